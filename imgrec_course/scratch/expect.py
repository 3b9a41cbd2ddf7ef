"""What layers and losses expect: a ValueError names the argument, what came, and what would fit."""

import numbers

import numpy as np


def floats(**arrays):
    """The arrays, by name, in the floating-point type that holds them all; ValueError for other things."""
    for name, array in arrays.items():
        try:
            arrays[name] = array = np.asarray(array)
        except ValueError:
            raise ValueError(f"{name} must be one array; its parts differ in length or shape") from None
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{name} must hold numbers, not {array.dtype}")
        if array.size == 0:
            raise ValueError(f"{name} must not be empty; its shape is {array.shape}")
    common = np.result_type(*arrays.values())
    common = common if common.kind == "f" else np.dtype(np.float64)
    return [array.astype(common, copy=False) for array in arrays.values()]


def whole_numbers(**values):
    """ValueError unless every value, by name, is a whole number of at least 1."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")


def finite(array, name):
    """ValueError when a number is NaN or infinite: a loss of it would be NaN, and soon every weight."""
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must hold finite numbers; the one at {place} is {array[place]}")


def probabilities(array, name):
    """ValueError when a number lies outside [0, 1]."""
    outside = (array < 0) | (array > 1)
    if outside.any():
        raise ValueError(f"{name} must lie in [0, 1]; {array[outside][0]} does not")


def shape(array, expected, name):
    """ValueError unless the array has that shape."""
    if array.shape != tuple(expected):
        raise ValueError(f"{name} must have shape {tuple(expected)}, not {array.shape}")


def same_shapes(**lists):
    """ValueError unless the lists of arrays, by name, hold the same shapes in the same order."""
    shapes = {name: [np.shape(array) for array in arrays] for name, arrays in lists.items()}
    if any(other != next(iter(shapes.values())) for other in shapes.values()):
        came = ", ".join(f"{name}: {value}" for name, value in shapes.items())
        raise ValueError(f"{' and '.join(lists)} must have the same shapes, not {came}")


def images(images):
    """Images as floats; ValueError unless they have four axes."""
    (images,) = floats(images=images)
    if images.ndim != 4:
        raise ValueError(f"images must have shape (batch, height, width, channels), not {images.shape}")
    return images


def gradient(gradient, shape, dtype):
    """The gradient of a layer's output in that dtype; ValueError unless it has the output's shape."""
    (gradient,) = floats(gradient=gradient)
    if gradient.shape != tuple(shape):
        raise ValueError(f"gradient must have the shape of the output, {tuple(shape)}, not {gradient.shape}")
    return gradient.astype(dtype, copy=False)


def with_gradient(x, output_gradient, name="x"):
    """An array and the gradient of what was made of it, number by number, as floats of one shape."""
    (x,) = floats(**{name: x})
    return x, gradient(output_gradient, x.shape, x.dtype)


def bias(bias, outputs, dtype):
    """The bias in that dtype; ValueError unless it is one number or one for each output."""
    (bias,) = floats(bias=bias)
    if bias.shape not in ((), (outputs,)):
        raise ValueError(f"bias must be one number or have shape ({outputs},), not {bias.shape}")
    return bias.astype(dtype, copy=False)


def convolution(batch, kernels):
    """Images and kernels as floats; ValueError when they do not fit each other."""
    batch, kernels = floats(images=batch, kernels=kernels)
    batch = images(batch)
    if kernels.ndim != 4:
        raise ValueError(
            f"kernels must have shape (height, width, channels_in, channels_out), not {kernels.shape}"
        )
    if kernels.shape[2] != batch.shape[3]:
        raise ValueError(
            f"kernels must have as many input channels as images, {batch.shape[3]}, not {kernels.shape[2]}"
        )
    return batch, kernels


def pooling(batch, size, stride):
    """Images as floats, and the stride (the window's size when None); ValueError when they do not fit."""
    stride = size if stride is None else stride
    whole_numbers(size=size, stride=stride)
    batch = images(batch)
    height, width = batch.shape[1:3]
    if size > min(height, width):
        raise ValueError(f"size must fit into the images of {height} × {width} pixels, not {size}")
    return batch, stride


def window_size(size):
    """Height and width of a window; ValueError for anything else."""
    try:
        height, width = size
    except (TypeError, ValueError):
        raise ValueError(f"size must be a pair, height and width of the window, not {size!r}") from None
    whole_numbers(height_of_the_window=height, width_of_the_window=width)
    return height, width


def window_values(values, shape):
    """Values of windows as floats; ValueError unless they have six axes and the images' shape has four."""
    (values,) = floats(values=values)
    if len(shape) != 4:
        raise ValueError(f"shape must be (batch, height, width, channels), not {tuple(shape)}")
    if values.ndim != 6:
        raise ValueError(
            "values must have shape (batch, out_height, out_width, kernel_height, kernel_width, channels), "
            f"not {values.shape}"
        )
    return values


def dense(inputs, weights):
    """Inputs and weights of a dense layer as floats; ValueError when they do not fit each other."""
    inputs, weights = floats(inputs=inputs, weights=weights)
    if inputs.ndim != 2:
        raise ValueError(f"inputs must have shape (batch, inputs), not {inputs.shape}")
    if weights.ndim != 2 or len(weights) != inputs.shape[1]:
        raise ValueError(f"weights must have shape ({inputs.shape[1]}, outputs), not {weights.shape}")
    return inputs, weights


def classes(rows, labels, name):
    """Rows of one number for each class, and whole-number labels; ValueError when they do not fit."""
    (rows,) = floats(**{name: rows})
    labels = np.asarray(labels)
    if rows.ndim != 2:
        raise ValueError(f"{name} must have shape (batch, classes), not {rows.shape}")
    finite(rows, name)
    if labels.shape != (len(rows),):
        raise ValueError(f"labels must have shape ({len(rows)},), one for each row, not {labels.shape}")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers (an integer array), not {labels.dtype}")
    outside = (labels < 0) | (labels >= rows.shape[1])
    if outside.any():
        raise ValueError(f"labels must lie between 0 and {rows.shape[1] - 1}; {labels[outside][0]} does not")
    return rows, labels


def pair(first, second, first_name, second_name):
    """Two finite arrays of one shape, the second in the first one's type; ValueError when they do not fit."""
    (first,) = floats(**{first_name: first})
    (second,) = floats(**{second_name: second})
    if second.shape != first.shape:
        raise ValueError(
            f"{second_name} must have the shape of {first_name}, {first.shape}, not {second.shape}"
        )
    finite(first, first_name)
    finite(second, second_name)
    return first, second.astype(first.dtype, copy=False)
