"""Layers forward and backward in NumPy, as lesson 03 derives them; each equals its layer of Keras.

Images are (batch, height, width, channels). ``f_backward`` takes what ``f`` took and the gradient of the
loss with respect to what ``f`` returned; it returns the gradient with respect to what ``f`` took, shape by
shape. No loop runs over pixels or images, only over the few cells of a kernel.

float32 stays float32, float64 stays float64; whole numbers alone are computed with as float64. A NaN is not
refused: what depends on it becomes NaN, as everywhere in NumPy.
"""

import numbers

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from imgrec_course.scratch import expect


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Number of places of a kernel along one axis: ⌊(H + 2p − d(k − 1) − 1) / s⌋ + 1.

    size         H, pixels along the axis
    kernel_size  k, numbers of the kernel along the axis
    stride       s, pixels from one place to the next
    padding      p, zeros added at both ends, or "same": as many as make the result ⌈H / s⌉
    dilation     d, pixels from one number of the kernel to the next
    returns      int; pixels that no full window reaches are left out

    Raises ValueError when a number is out of range or the kernel is larger than the padded image.
    Equals Keras's output shapes. Taught in lesson 03; Dumoulin & Visin (2016).
    """
    before, after = zeros_at_the_ends(size, kernel_size, stride, padding, dilation)
    reach = dilation * (kernel_size - 1) + 1
    if reach > size + before + after:
        raise ValueError(
            f"kernel_size must fit into the padded image: with dilation {dilation} its {kernel_size} numbers "
            f"span {reach} pixels, the image has {size + before + after}"
        )
    return (size + before + after - reach) // stride + 1


def zeros_at_the_ends(size, kernel_size, stride=1, padding=0, dilation=1):
    """Zeros before and after an axis: ``padding`` each, or Keras's choice for "same".

    returns  (before, after). "same" may need an odd number of zeros: the odd one goes to the end.
    """
    expect.whole_numbers(size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    if isinstance(padding, str) and padding == "same":
        places = -(-size // stride)
        missing = max((places - 1) * stride + dilation * (kernel_size - 1) + 1 - size, 0)
        return missing // 2, missing - missing // 2
    if isinstance(padding, bool) or not isinstance(padding, numbers.Integral) or padding < 0:
        raise ValueError(f'padding must be a whole number of at least 0, or "same", not {padding!r}')
    return int(padding), int(padding)


def windows(images, size, stride=1, padding=0, dilation=1):
    """What a kernel sees at each of its places.

    images   (batch, height, width, channels)
    size     (kernel_height, kernel_width)
    returns  (batch, out_height, out_width, kernel_height, kernel_width, channels),
             a view: pixels that windows share are stored once

    Raises ValueError when the shapes do not fit. Taught in lesson 03.
    """
    images, size = expect.images(images), expect.window_size(size)
    borders = []
    for length, cells in zip(images.shape[1:3], size, strict=True):
        output_size(length, cells, stride, padding, dilation)  # says what does not fit
        borders.append(zeros_at_the_ends(length, cells, stride, padding, dilation))
    padded = np.pad(images, ((0, 0), *borders, (0, 0)))
    reach = [dilation * (cells - 1) + 1 for cells in size]
    everywhere = sliding_window_view(padded, reach, axis=(1, 2))
    chosen = everywhere[:, ::stride, ::stride, :, ::dilation, ::dilation]
    return np.moveaxis(chosen, 3, 5)


def add_windows(values, shape, stride=1, padding=0, dilation=1):
    """Add to every pixel what the windows that saw it hold for it: windows() backwards.

    values   (batch, out_height, out_width, kernel_height, kernel_width, channels)
    shape    of the images, (batch, height, width, channels)
    returns  array of that shape; a pixel that no window saw is 0

    Raises ValueError when the shapes do not fit. Taught in lesson 03.
    """
    values = expect.window_values(values, shape)
    batch, height, width, channels = shape
    size = values.shape[3:5]
    rows = output_size(height, size[0], stride, padding, dilation)
    columns = output_size(width, size[1], stride, padding, dilation)
    expect.shape(values, (batch, rows, columns, *size, channels), "values")
    top, bottom = zeros_at_the_ends(height, size[0], stride, padding, dilation)
    left, right = zeros_at_the_ends(width, size[1], stride, padding, dilation)
    padded_shape = (batch, top + height + bottom, left + width + right, channels)
    padded = np.zeros(padded_shape, values.dtype)
    for i, j in np.ndindex(size):
        first, second = i * dilation, j * dilation
        # The pixels that lay under cell (i, j) of the kernel, one for each window
        down = slice(first, first + stride * rows, stride)
        across = slice(second, second + stride * columns, stride)
        padded[:, down, across] += values[:, :, :, i, j]
    return padded[:, top : top + height, left : left + width]


def conv2d(images, kernels, bias=0.0, stride=1, padding=0, dilation=1):
    """Cross-correlate a batch of images with a bank of kernels.

    images   (batch, height, width, channels_in)
    kernels  (kernel_height, kernel_width, channels_in, channels_out)
    bias     one number, or (channels_out,)
    padding  zeros at each border, or "same"; stride, dilation as in output_size
    returns  (batch, out_height, out_width, channels_out)

    Raises ValueError when the shapes do not fit. Equals keras.layers.Conv2D.
    Taught in lesson 03; Goodfellow et al. (2016), chapter 9.
    """
    images, kernels = expect.convolution(images, kernels)
    *size, _, channels_out = kernels.shape
    bias = expect.bias(bias, channels_out, images.dtype)
    seen = windows(images, size, stride, padding, dilation)
    # One row of numbers for every place, one column of weights for every kernel.
    rows = seen.reshape(-1, kernels[..., 0].size)
    outputs = rows @ kernels.reshape(-1, channels_out)
    outputs += bias  # in place: no second array
    return outputs.reshape(*seen.shape[:3], channels_out)


def conv2d_backward(images, kernels, gradient, stride=1, padding=0, dilation=1):
    """Gradients with respect to the images, the kernels and the bias of conv2d.

    images, kernels, stride, padding, dilation   as conv2d took them
    gradient   (batch, out_height, out_width, channels_out): of the loss, for each output
    returns    arrays shaped as images, as kernels, and (channels_out,)

    Raises ValueError when the shapes do not fit. Equals tf.GradientTape.
    Taught in lesson 03.
    """
    images, kernels = expect.convolution(images, kernels)
    *size, _, channels_out = kernels.shape
    seen = windows(images, size, stride, padding, dilation)
    gradient = expect.gradient(gradient, (*seen.shape[:3], channels_out), images.dtype)
    rows = seen.reshape(-1, kernels[..., 0].size)
    arriving = gradient.reshape(-1, channels_out)
    kernels_gradient = (rows.T @ arriving).reshape(kernels.shape)
    bias_gradient = arriving.sum(axis=0)
    # Each output hands its gradient, times the weight, to the pixels of its window.
    handed_on = (arriving @ kernels.reshape(-1, channels_out).T).reshape(seen.shape)
    images_gradient = add_windows(handed_on, images.shape, stride, padding, dilation)
    return images_gradient, kernels_gradient, bias_gradient


def max_pool(images, size=2, stride=None):
    """The largest value of each window, channel by channel.

    images   (batch, height, width, channels)
    size     side of the window; stride   None: as large as the window
    returns  (batch, out_height, out_width, channels); what fills no window is dropped

    Raises ValueError when the window does not fit. Equals keras.layers.MaxPooling2D
    with padding "valid". Taught in lesson 03.
    """
    images, stride = expect.pooling(images, size, stride)
    seen = windows(images, (size, size), stride)
    largest = seen[:, :, :, 0, 0]
    for i, j in np.ndindex(size, size):
        largest = np.maximum(largest, seen[:, :, :, i, j])
    return largest


def max_pool_backward(images, gradient, size=2, stride=None):
    """Gradient with respect to the images of max_pool: to the largest of each window.

    gradient  (batch, out_height, out_width, channels)
    returns   array shaped as images; among equals the first, row by row, takes it all

    Raises ValueError when the shapes do not fit. Equals tf.GradientTape.
    Taught in lesson 03.
    """
    images, stride = expect.pooling(images, size, stride)
    seen = windows(images, (size, size), stride)
    largest = max_pool(images, size, stride)
    gradient = expect.gradient(gradient, largest.shape, images.dtype)
    rows, columns = largest.shape[1:3]
    left = gradient.copy()  # what no pixel of the window has taken yet
    images_gradient = np.zeros_like(images)
    for i, j in np.ndindex(size, size):
        taken = left * (seen[:, :, :, i, j] == largest)
        left -= taken
        # The pixels that lay under cell (i, j), one for each window
        down = slice(i, i + stride * rows, stride)
        across = slice(j, j + stride * columns, stride)
        images_gradient[:, down, across] += taken
    return images_gradient


def average_pool(images, size=2, stride=None):
    """The mean of each window, channel by channel; arguments and shapes as in max_pool.

    Raises ValueError when the window does not fit. Equals keras.layers.AveragePooling2D with padding
    "valid". Taught in lesson 03.
    """
    images, stride = expect.pooling(images, size, stride)
    return windows(images, (size, size), stride).mean(axis=(3, 4))


def average_pool_backward(images, gradient, size=2, stride=None):
    """Gradient with respect to the images of average_pool: each window's, in equal shares.

    gradient  (batch, out_height, out_width, channels)
    returns   array shaped as images

    Raises ValueError when the shapes do not fit. Equals tf.GradientTape. Taught in lesson 03.
    """
    images, stride = expect.pooling(images, size, stride)
    seen = windows(images, (size, size), stride)
    gradient = expect.gradient(gradient, (*seen.shape[:3], images.shape[3]), images.dtype)
    share = gradient[:, :, :, np.newaxis, np.newaxis] / size**2
    return add_windows(np.broadcast_to(share, seen.shape), images.shape, stride)


def dense(inputs, weights, bias=0.0):
    """An affine map of each row: inputs · weights + bias.

    inputs   (batch, inputs)
    weights  (inputs, outputs)
    bias     one number, or (outputs,)
    returns  (batch, outputs)

    Raises ValueError when the shapes do not fit. Equals keras.layers.Dense.
    Taught in lesson 03.
    """
    inputs, weights = expect.dense(inputs, weights)
    bias = expect.bias(bias, weights.shape[1], inputs.dtype)
    return inputs @ weights + bias


def dense_backward(inputs, weights, gradient):
    """Gradients with respect to the inputs, the weights and the bias of dense.

    gradient  (batch, outputs): of the loss, for each output
    returns   arrays shaped as inputs, as weights, and (outputs,)

    Raises ValueError when the shapes do not fit. Equals tf.GradientTape.
    Taught in lesson 03.
    """
    inputs, weights = expect.dense(inputs, weights)
    gradient = expect.gradient(gradient, (len(inputs), weights.shape[1]), inputs.dtype)
    return gradient @ weights.T, inputs.T @ gradient, gradient.sum(axis=0)


def relu(x):
    """max(x, 0), number by number; Nair & Hinton (2010). Equals keras.activations.relu."""
    (x,) = expect.floats(x=x)
    return np.maximum(x, 0)


def relu_backward(x, gradient):
    """Gradient with respect to x of relu: passed on where x > 0, else 0, as in Keras."""
    x, gradient = expect.with_gradient(x, gradient)
    return gradient * (x > 0)


def sigmoid(x):
    """1 / (1 + e⁻ˣ), number by number; never overflows. Equals keras.activations.sigmoid."""
    (x,) = expect.floats(x=x)
    small = np.exp(-np.abs(x))  # e⁻ˣ or eˣ, whichever is at most 1
    return np.where(x >= 0, 1, small) / (1 + small)


def sigmoid_backward(x, gradient):
    """Gradient with respect to x of sigmoid: times σ(x)(1 − σ(x)), at most ¼."""
    x, gradient = expect.with_gradient(x, gradient)
    return gradient * sigmoid(x) * sigmoid(-x)


def tanh(x):
    """Hyperbolic tangent, number by number. Equals keras.activations.tanh."""
    (x,) = expect.floats(x=x)
    return np.tanh(x)


def tanh_backward(x, gradient):
    """Gradient with respect to x of tanh: times 1 − tanh²(x), at most 1."""
    x, gradient = expect.with_gradient(x, gradient)
    return gradient * (1 - np.tanh(x) ** 2)


def softmax(logits):
    """Probabilities from any real numbers: eᶻ of each, divided by their sum over the last axis.

    logits   (…, classes)
    returns  the same shape; rows of numbers in [0, 1] that sum to 1

    Subtracting the largest logit first changes nothing in the ratio and keeps eᶻ from overflowing.
    Equals keras.activations.softmax. Taught in lesson 03; Goodfellow et al. (2016), chapter 6.
    """
    (logits,) = expect.floats(logits=logits)
    if logits.ndim == 0:
        raise ValueError("logits must have at least one axis, the classes, not shape ()")
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_backward(logits, gradient):
    """Gradient with respect to the logits of softmax: p ⊙ (g − Σ g p), the sum over the last axis."""
    logits, gradient = expect.with_gradient(logits, gradient, name="logits")
    probabilities = softmax(logits)
    mean = (gradient * probabilities).sum(axis=-1, keepdims=True)
    return probabilities * (gradient - mean)


def parameter_count(channels_in, channels_out, size=1):
    """Numbers that a layer learns: size² · channels_in · channels_out + channels_out.

    size   side of the kernel of a convolution; a dense layer is the case size = 1,
           with its inputs and outputs for channels

    Raises ValueError when one is not a whole number of at least 1. Taught in lesson 03.
    """
    expect.whole_numbers(channels_in=channels_in, channels_out=channels_out, size=size)
    return size * size * channels_in * channels_out + channels_out


def numerical_gradient(function, array, step=1e-5):
    """Gradient by central differences: (f(x + h) − f(x − h)) / 2h for every number in x.

    function  takes an array like ``array``, returns a number
    array     float64: float32 has too few digits for differences
    step      h, about 1e-5 for values near 1
    returns   array of the same shape; two calls of the function for each number in it

    Raises ValueError for another dtype or a step that is not positive.
    Taught in lesson 03.
    """
    array = np.asarray(array)
    if array.dtype != np.float64:
        raise ValueError(f"array must be float64: {array.dtype} has too few digits for differences")
    if not step > 0:
        raise ValueError(f"step must be positive, not {step!r}")
    gradient = np.empty_like(array)
    for place in np.ndindex(array.shape):
        moved = array.copy()
        moved[place] = array[place] + step
        above = function(moved)
        moved[place] = array[place] - step
        gradient[place] = (above - function(moved)) / (2 * step)
    return gradient


def relative_error(first, second):
    """Largest difference of two arrays, relative to the largest number in either.

    returns  a number from 0 to 2; 0 when both arrays hold nothing but 0

    Raises ValueError when the shapes differ or a number is not finite.
    Taught in lesson 03.
    """
    first, second = expect.pair(first, second, "first", "second")
    largest = max(np.abs(first).max(), np.abs(second).max())
    return float(np.abs(first - second).max() / largest) if largest else 0.0
