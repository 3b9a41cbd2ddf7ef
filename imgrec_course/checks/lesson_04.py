"""Checkers of lesson 04: Keras's own layers and schedule give the right answers."""

import math

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.language import message
from imgrec_course.models.cnn import one_cycle


def _crop(image):
    """The largest central square, cut out by Keras."""
    import keras

    size = min(image.shape[:2])
    return keras.ops.convert_to_numpy(keras.layers.CenterCrop(size, size, dtype="float64")(image))


def _images(generator):
    def draw(height, width, channels):
        return (generator.integers(0, 256, size=(height, width, channels)).astype(np.float64),)

    return [
        ("an image wider than high", draw(12, 20, 3)),
        ("an image higher than wide", draw(21, 13, 3)),
        ("an odd number of columns to remove", draw(10, 15, 3)),
        ("a square image", draw(9, 9, 3)),
        ("a grey image", draw(8, 14, 1)),
    ]


def _squeezed(image):
    """Resized to the square of the shorter side, nearest pixel."""
    size = min(image.shape[:2])
    rows, columns = (np.arange(size) * side // size for side in image.shape[:2])
    return image[rows][:, columns]


def _cut(image, top, left, size):
    return image[top : top + size, left : left + size]


def _only_columns(image):
    height, width = image.shape[:2]
    left = max(0, (width - height) // 2)
    return image[:, left : left + height]


def _padded(image):
    """A white square around the whole image instead of a square out of it."""
    height, width = image.shape[:2]
    size = max(height, width)
    square = np.full((size, size, image.shape[2]), 255.0)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = image
    return square


def _late(image):
    height, width = image.shape[:2]
    size = min(height, width)
    return _cut(image, -(-(height - size) // 2), -(-(width - size) // 2), size)


def _pixels(generator):
    def draw(count, brightest):
        return (generator.integers(0, brightest + 1, size=(count, 28, 28)).astype(np.uint8),)

    return [
        ("five images", draw(5, 255)),
        ("one image", draw(1, 255)),
        ("one dark image, brightest pixel 40", draw(1, 40)),
    ]


def _prepared(images):
    return np.asarray(images, dtype=np.float32)[..., np.newaxis] / 255


def _prepared_as(images, function):
    return function(np.asarray(images, dtype=np.float64))[..., np.newaxis]


def _layer_size(height, width, channels, filters, kernel, stride):
    import keras

    layer = keras.layers.Conv2D(filters, kernel, strides=stride, padding="same")
    _, rows, columns, depth = layer.compute_output_shape((None, height, width, channels))
    layer.build((None, height, width, channels))
    return rows, columns, depth, layer.count_params()


def _layers(generator):
    def draw(height, width, stride):
        channels, filters = (int(number) for number in generator.integers(2, 40, size=2))
        return height, width, channels, filters, int(generator.choice([1, 3, 5])), stride

    return [
        ("stride 1", draw(28, 28, 1)),
        ("stride 2", draw(28, 28, 2)),
        ("stride 2, an odd size", draw(15, 15, 2)),
        ("height and width differ", draw(13, 22, 3)),
        ("a 7 × 7 kernel", (*draw(224, 224, 2)[:4], 7, 2)),
    ]


def _layer_mistake(function, hint):
    """A mistake in one of the four numbers by somebody who has the others right."""

    def answer(height, width, channels, filters, kernel, stride):
        rows, columns = math.ceil(height / stride), math.ceil(width / stride)
        right = rows, columns, filters, (kernel**2 * channels + 1) * filters
        return function(height, width, channels, filters, kernel, stride, right)

    return Mistake(answer, hint)


def _rate(step, steps, peak, warmup_steps):
    return float(one_cycle(peak, steps, warmup_steps / steps)(step))


def _steps(generator):
    peak = round(float(generator.uniform(0.001, 0.01)), 4)
    return [
        (message("step {step} of {steps}", step=step, steps=steps), (step, steps, peak, warmup))
        for step, steps, warmup in (
            (0, 1000, 250),
            (int(generator.integers(20, 200)), 1000, 250),
            (250, 1000, 250),
            (int(generator.integers(300, 900)), 1000, 250),
            (999, 1000, 250),
            (int(generator.integers(60, 90)), 100, 40),
        )
    ]


def _falling(step, steps, peak, warmup_steps, fall):
    if step < warmup_steps:
        return peak * (1 / 20 + 19 / 20 * step / warmup_steps)
    return peak * (1 / 500 + 499 / 500 * fall(step, steps, warmup_steps))


def _cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


def _from_zero(step, steps, peak, warmup_steps):
    if step < warmup_steps:
        return peak * step / warmup_steps
    return _falling(step, steps, peak, warmup_steps, lambda t, n, w: _cosine((t - w) / (n - w)))


def _field_size(kernels, strides):
    """By the layers themselves: a convolution is in the field where its window is, last layer first."""
    low = high = 0
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        low, high = low * stride, high * stride + kernel - 1
    return high - low + 1


def _stacks(generator):
    def draw(count):
        kernels = [int(kernel) for kernel in generator.choice([2, 3, 5, 7], size=count)]
        return kernels, [int(stride) for stride in generator.choice([1, 2], size=count)]

    return [
        ("one layer", ([5], [2])),
        ("three layers of stride 1", ([3, 3, 3], [1, 1, 1])),
        ("stride 2 first, then stride 1", ([3, 3], [2, 1])),
        ("stride 1 first, then stride 2", ([5, 3, 3], [1, 1, 2])),
        ("four layers drawn at random", draw(4)),
        ("seven layers drawn at random", draw(7)),
    ]


def _own_stride(kernels, strides):
    size, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        step *= stride
        size += (kernel - 1) * step
    return size


def _whole_kernel(kernels, strides):
    size, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        size += kernel * step
        step *= stride
    return size


def _last_stride(kernels, strides):
    size, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        size += (kernel - 1) * step
        step = stride
    return size


def _head_parameters(height, width, channels, units):
    import keras

    counts = []
    for inputs in (height * width * channels, channels):
        layer = keras.layers.Dense(units)
        layer.build((None, inputs))
        counts.append(layer.count_params())
    return tuple(counts)


def _heads(generator):
    return [
        (
            message("{height} × {width} places of {channels} channels, {units} units", **case),
            tuple(case.values()),
        )
        for case in (
            dict(
                zip(
                    ("height", "width", "channels", "units"),
                    (int(n) for n in generator.integers(2, 30, size=4)),
                    strict=True,
                )
            )
            for _ in range(4)
        )
    ]


EXERCISES = {
    "crop_to_square": Exercise(
        solution=_crop,
        cases=_images,
        stars=1,
        peer="Keras",
        mistakes=(
            Mistake(
                _squeezed,
                "The square holds the whole image, squeezed. Cropping leaves pixels as they are and drops the margin.",
            ),
            Mistake(
                lambda image: _cut(image, 0, 0, min(image.shape[:2])),
                "This is the square at the top left; the centre is asked for: leave out half of what is too much before it.",
            ),
            Mistake(
                _only_columns,
                "It works for images wider than high. Which side is longer in the failing case?",
            ),
            Mistake(
                _padded,
                "This pads to the longer side; cropping cuts down to the shorter one, min(height, width).",
            ),
            Mistake(
                _late,
                "Nearly: where an odd number must go, the smaller half goes from the beginning; // rounds down.",
            ),
        ),
    ),
    "prepare": Exercise(
        solution=_prepared,
        cases=_pixels,
        stars=1,
        tolerance=1e-6,
        mistakes=(
            Mistake(
                lambda images: np.asarray(images) / 255,
                "The channel axis is missing: (n, 28, 28) must become (n, 28, 28, 1), for example by images[..., np.newaxis].",
            ),
            Mistake(
                lambda images: _prepared_as(images, lambda pixels: pixels / pixels.max()),
                "You divide by the brightest pixel that happens to be there; a dark image would be brightened. Training divided by 255, always.",
            ),
            Mistake(
                lambda images: _prepared_as(images, lambda pixels: pixels),
                "The pixels are still 0 to 255: divide as in training.",
            ),
            Mistake(
                lambda images: _prepared_as(images, lambda pixels: pixels / 256),
                "White is 255, not 256: it must become 1.",
            ),
            Mistake(
                lambda images: _prepared_as(images, lambda pixels: (pixels - pixels.mean()) / pixels.std()),
                "This standardises by the images at hand; the network was trained on pixels divided by 255.",
            ),
            Mistake(
                lambda images: (np.asarray(images) // 255)[..., np.newaxis],
                "// divides whole numbers and drops the rest: only white stays. Use / for floats.",
            ),
        ),
    ),
    "layer_size": Exercise(
        solution=_layer_size,
        cases=_layers,
        stars=1,
        peer="Keras",
        mistakes=(
            _layer_mistake(
                lambda h, w, c, f, k, s, right: (h // s, w // s, *right[2:]),
                'Rounded down. With padding "same" the size is rounded up: 15 pixels at stride 2 give 8 places.',
            ),
            _layer_mistake(
                lambda h, w, c, f, k, s, right: ((h - k) // s + 1, (w - k) // s + 1, *right[2:]),
                'This is padding "valid". With "same" the kernel may stand over the margin: the height is h/s, rounded up.',
            ),
            _layer_mistake(
                lambda h, w, c, f, k, s, right: (*right[:3], k**2 * c * f),
                "The biases are missing: one for each output channel.",
            ),
            _layer_mistake(
                lambda h, w, c, f, k, s, right: (*right[:3], (k**2 + 1) * f),
                "Each kernel reaches through all input channels: k² weights for each of them.",
            ),
            _layer_mistake(
                lambda h, w, c, f, k, s, right: (*right[:3], right[0] * right[1] * right[3]),
                "The weights are shared: the same kernel serves every place, so height and width do not multiply the parameters.",
            ),
            _layer_mistake(
                lambda h, w, c, f, k, s, right: (right[0], right[1], c, right[3]),
                "The output has as many channels as there are filters, whatever came in.",
            ),
        ),
    ),
    "one_cycle_rate": Exercise(
        solution=_rate,
        cases=_steps,
        stars=2,
        peer="Keras",
        tolerance=1e-7,
        mistakes=(
            Mistake(
                lambda t, n, peak, w: _falling(t, n, peak, w, lambda t, n, w: _cosine(t / n)),
                "The cosine begins at the end of the warm-up: count from there, (t − w) / (T − w).",
            ),
            Mistake(
                lambda t, n, peak, w: _falling(t, n, peak, w, lambda t, n, w: 1 - (t - w) / (n - w)),
                "This falls in a straight line; the formula falls along a cosine.",
            ),
            Mistake(
                lambda t, n, peak, w: _falling(
                    t, n, peak, w, lambda t, n, w: (1 + math.cos((t - w) / (n - w))) / 2
                ),
                "The cosine must run through half a turn: π is missing in it.",
            ),
            Mistake(
                _from_zero,
                "At step 0 the rate is peak/20, not 0: the first step should already move something.",
            ),
            Mistake(
                lambda t, n, peak, w: (
                    peak * (1 / 20 + 19 / 20 * t / w) if t < w else peak * _cosine((t - w) / (n - w))
                ),
                "The rate falls to peak/500, not to 0: see the second line of the formula.",
            ),
            Mistake(
                lambda t, n, peak, w: peak / 20 + peak * 19 / 20 * min(1, t / w),
                "After the warm-up the rate stays at its peak. The second line of the formula brings it down.",
            ),
        ),
    ),
    "field_size": Exercise(
        solution=_field_size,
        cases=_stacks,
        stars=2,
        mistakes=(
            Mistake(
                lambda kernels, strides: 1 + sum(kernel - 1 for kernel in kernels),
                "Right for stride 1. After a stride of 2 each further step is worth two pixels: multiply k − 1 by the product of the strides before it.",
            ),
            Mistake(
                _own_stride,
                "A layer's own stride moves its window; it does not widen it. Multiply k − 1 by the strides of the layers before.",
            ),
            Mistake(
                _last_stride,
                "The step is the product of all strides before, not the last one alone.",
            ),
            Mistake(
                _whole_kernel,
                "A kernel of k spans k − 1 steps: a 1 × 1 kernel adds nothing.",
            ),
            Mistake(
                lambda kernels, strides: math.prod(kernels),
                "Kernels overlap, so their sizes do not multiply: two 3 × 3 layers see 5 pixels, not 9.",
            ),
        ),
    ),
    "head_parameters": Exercise(
        solution=_head_parameters,
        cases=_heads,
        stars=1,
        peer="Keras",
        mistakes=(
            Mistake(lambda h, w, c, u: (h * w * c * u, c * u), "The biases are missing: one for each unit."),
            Mistake(
                lambda h, w, c, u: ((h * w * c + 1) * u, (h * w + 1) * u),
                "Global pooling averages over the places and keeps the channels: one number a channel is left.",
            ),
            Mistake(
                lambda h, w, c, u: ((c + 1) * u, (h * w * c + 1) * u),
                "The two have changed places: flattening keeps every place.",
            ),
            Mistake(
                lambda h, w, c, u: ((h * w * c + 1) * u, 2 * u),
                "Pooling leaves one number for each channel, not one for the whole image.",
            ),
            Mistake(
                lambda h, w, c, u: ((h * w + 1) * u, (c + 1) * u),
                "Flattening keeps every channel of every place: height · width · channels numbers.",
            ),
        ),
    ),
}
