"""The layers and losses of lesson 03 against Keras, SciPy and loops, on shapes drawn at random in float64."""

import functools

import numpy as np
import pytest
from scipy import signal
from sklearn.metrics import log_loss

from imgrec_course.scratch import layers, losses

SEEDS = range(40)
PARITY = 1e-11  # of numbers near 1; the lesson claims 1e-7 or better


def close(ours, theirs, limit=PARITY):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= limit * max(1, np.abs(theirs).max())


def gradients_of(function, arrays, weight):
    """Output, and gradients of Σ weight · output, of a TensorFlow function of float64 arrays."""
    import tensorflow as tf

    tensors = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        outputs = function(*tensors)
        total = tf.reduce_sum(outputs * weight(outputs.shape))
    return outputs.numpy(), [gradient.numpy() for gradient in tape.gradient(total, tensors)]


def draw(seed):
    """A convolution drawn at random: images, kernels, bias and the arguments of conv2d."""
    generator = np.random.default_rng(seed)
    batch, channels_in, channels_out = generator.integers(1, 5, size=3)
    rows, columns = generator.integers(1, 6, size=2)
    stride = int(generator.integers(1, 4))
    dilation = int(generator.integers(1, 4)) if stride == 1 else 1  # Keras allows one of them alone
    padding = ("same", 0, 1, 2)[generator.integers(4)]
    smallest = dilation * (max(rows, columns) - 1) + 1
    height, width = generator.integers(smallest, smallest + 9, size=2)
    images = generator.normal(size=(batch, height, width, channels_in))
    kernels = generator.normal(size=(rows, columns, channels_in, channels_out))
    bias = generator.normal(size=channels_out)
    return images, kernels, bias, {"stride": stride, "padding": padding, "dilation": dilation}


def by_loops(images, kernels, bias, stride=1, padding=0, dilation=1):
    """conv2d as its formula stands there: one loop for each letter."""
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns, channels_in, channels_out = kernels.shape
    batch, height, width, _ = padded.shape
    out_height = (height - dilation * (rows - 1) - 1) // stride + 1
    out_width = (width - dilation * (columns - 1) - 1) // stride + 1
    outputs = np.empty((batch, out_height, out_width, channels_out))
    for n, i, j, o in np.ndindex(outputs.shape):
        total = bias[o]
        for p, q, c in np.ndindex(rows, columns, channels_in):
            pixel = padded[n, stride * i + dilation * p, stride * j + dilation * q, c]
            total += pixel * kernels[p, q, c, o]
        outputs[n, i, j, o] = total
    return outputs


# Convolution


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_and_its_gradients_are_keras(seed):
    import keras

    images, kernels, bias, arguments = draw(seed)
    generator = np.random.default_rng(seed + 1000)
    padding = arguments["padding"]

    def theirs(x, kernel, b):
        if padding != "same":
            x = keras.ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
        outputs = keras.ops.conv(
            x,
            kernel,
            strides=arguments["stride"],
            padding="same" if padding == "same" else "valid",
            dilation_rate=arguments["dilation"],
        )
        return outputs + b

    weights = functools.cache(lambda shape: generator.normal(size=shape))
    outputs, expected = gradients_of(theirs, (images, kernels, bias), weights)
    close(layers.conv2d(images, kernels, bias, **arguments), outputs)
    gradients = layers.conv2d_backward(images, kernels, weights(outputs.shape), **arguments)
    for ours, keras_gradient in zip(gradients, expected, strict=True):
        close(ours, keras_gradient)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_conv2d_is_the_layer_conv2d(padding, stride, size):
    import keras

    for length in range(size, size + 7):
        images = np.random.default_rng(length).normal(size=(2, length, length + 1, 3))
        layer = keras.layers.Conv2D(4, size, stride, padding, dtype="float64")
        outputs = layer(images).numpy()
        kernels, bias = (weight.numpy() for weight in layer.weights)
        ours = layers.conv2d(images, kernels, bias, stride, 0 if padding == "valid" else "same")
        close(ours, outputs)
        assert outputs.shape[1:3] == tuple(
            layers.output_size(length + extra, size, stride, 0 if padding == "valid" else "same")
            for extra in (0, 1)
        )


@pytest.mark.parametrize("seed", range(12))
def test_stride_with_dilation_which_keras_refuses_is_the_formula(seed):
    generator = np.random.default_rng(seed)
    stride, dilation, padding = (int(generator.integers(2, 4)), int(generator.integers(2, 4)), seed % 3)
    images = generator.normal(size=(2, 9 + seed % 4, 11, 2))
    kernels = generator.normal(size=(3, 2, 2, 3))
    bias = generator.normal(size=3)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation}
    outputs = layers.conv2d(images, kernels, bias, **arguments)
    close(outputs, by_loops(images, kernels, bias, **arguments))
    weight = generator.normal(size=outputs.shape)
    gradients = layers.conv2d_backward(images, kernels, weight, **arguments)
    for position, array in enumerate((images, kernels, bias)):

        def loss(moved, position=position):
            given = [images, kernels, bias]
            given[position] = moved
            return (layers.conv2d(*given, **arguments) * weight).sum()

        numerical = layers.numerical_gradient(loss, array)
        assert layers.relative_error(numerical, gradients[position]) < 1e-8


def test_keras_refuses_stride_with_dilation():
    import keras

    with pytest.raises(ValueError, match="strides > 1"):
        keras.layers.Conv2D(1, 3, strides=2, dilation_rate=2)(np.ones((1, 9, 9, 1)))


def test_one_channel_is_scipys_correlation_and_convolution_flips():
    generator = np.random.default_rng(0)
    image, kernel = generator.normal(size=(12, 9)), generator.normal(size=(3, 4))
    ours = layers.conv2d(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0]
    close(ours, signal.correlate2d(image, kernel, mode="valid"))
    flipped = layers.conv2d(image[None, :, :, None], kernel[::-1, ::-1, None, None])[0, :, :, 0]
    close(flipped, signal.convolve2d(image, kernel, mode="valid"))


def test_the_images_gradient_is_a_full_convolution_with_the_kernels():
    generator = np.random.default_rng(1)
    images, kernels = generator.normal(size=(2, 8, 7, 3)), generator.normal(size=(3, 3, 3, 4))
    gradient = generator.normal(size=(2, 6, 5, 4))
    ours, _, _ = layers.conv2d_backward(images, kernels, gradient)
    close(ours, layers.conv2d(gradient, kernels[::-1, ::-1].swapaxes(2, 3), padding=2))


def test_windows_and_add_windows_are_transposes():
    """⟨windows(x), v⟩ = ⟨x, add_windows(v)⟩ for any x and v."""
    for seed in SEEDS:
        images, kernels, _, arguments = draw(seed)
        seen = layers.windows(images, kernels.shape[:2], **arguments)
        values = np.random.default_rng(seed).normal(size=seen.shape)
        back = layers.add_windows(values, images.shape, **arguments)
        close((seen * values).sum(), (images * back).sum())


def test_output_size_counts_places():
    for size, kernel_size, stride, padding, dilation in np.ndindex(9, 4, 4, 3, 4):
        size, kernel_size, stride, dilation = size + 1, kernel_size + 1, stride + 1, dilation + 1
        padded, reach = size + 2 * padding, dilation * (kernel_size - 1) + 1
        places = len([first for first in range(0, padded, stride) if first + reach <= padded])
        if places:
            assert layers.output_size(size, kernel_size, stride, padding, dilation) == places
        else:
            with pytest.raises(ValueError, match="kernel_size must fit"):
                layers.output_size(size, kernel_size, stride, padding, dilation)


# Pooling


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (2, 1), (3, 2), (2, 3), (3, None), (1, 1)])
def test_pooling_and_its_gradients_are_keras(kind, size, stride, ties):
    import keras

    layer = getattr(keras.layers, f"{kind}Pooling2D")(size, stride, dtype="float64")
    forward = getattr(layers, f"{kind.lower()}_pool")
    backward = getattr(layers, f"{kind.lower()}_pool_backward")
    for height in range(3, 10):
        generator = np.random.default_rng(height)
        images = generator.normal(size=(2, height, 11, 3))
        if ties:
            images = np.round(images)
        weights = functools.cache(lambda shape, generator=generator: generator.normal(size=shape))
        outputs, (expected,) = gradients_of(layer, (images,), weights)
        close(forward(images, size, stride), outputs)
        close(backward(images, weights(outputs.shape), size, stride), expected)


# Dense, activations, losses


def test_dense_and_its_gradients_are_keras():
    generator = np.random.default_rng(0)
    for _ in range(10):
        batch, inputs, outputs = (int(n) for n in generator.integers(1, 9, size=3))
        x, weights, bias = (generator.normal(size=s) for s in ((batch, inputs), (inputs, outputs), outputs))
        weight = functools.cache(lambda shape: generator.normal(size=shape))
        theirs, expected = gradients_of(lambda a, w, b: a @ w + b, (x, weights, bias), weight)
        close(layers.dense(x, weights, bias), theirs)
        for ours, gradient in zip(
            layers.dense_backward(x, weights, weight(theirs.shape)), expected, strict=True
        ):
            close(ours, gradient)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_activations_and_their_gradients_are_keras(name):
    import keras

    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(scale=4, size=(20, 6)), [[0, -0.0, 1, -1, 30, -30]]])
    weight = functools.cache(lambda shape: generator.normal(size=shape))
    theirs, (expected,) = gradients_of(getattr(keras.activations, name), (x,), weight)
    close(getattr(layers, name)(x), theirs)
    close(getattr(layers, f"{name}_backward")(x, weight(theirs.shape)), expected)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_activations_of_huge_numbers_are_finite_and_silent(name):
    x = np.array([[1e4, -1e4, 0.0, 700.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(getattr(layers, name)(x)).all()
        assert np.isfinite(getattr(layers, f"{name}_backward")(x, np.ones_like(x))).all()


def test_losses_and_their_gradients_are_keras():
    import keras

    generator = np.random.default_rng(0)
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    binary = keras.losses.BinaryCrossentropy(from_logits=True)
    square = keras.losses.MeanSquaredError()
    for batch, classes in ((1, 2), (7, 10), (32, 3)):
        logits = generator.normal(scale=5, size=(batch, classes))
        labels = generator.integers(classes, size=batch)
        targets = generator.uniform(size=(batch, classes))
        for ours, backward, theirs, wanted in (
            (losses.cross_entropy_from_logits, losses.cross_entropy_from_logits_backward, sparse, labels),
            (
                losses.binary_cross_entropy_from_logits,
                losses.binary_cross_entropy_from_logits_backward,
                binary,
                targets,
            ),
            (losses.mean_squared_error, losses.mean_squared_error_backward, square, targets),
        ):
            outputs, (expected,) = gradients_of(
                # A loss in float64: the object would compute in Keras's default, float32.
                lambda z, theirs=theirs, wanted=wanted: keras.ops.mean(theirs.call(wanted, z)),
                (logits,),
                lambda shape: 1.0,
            )
            close(ours(logits, wanted), outputs)
            close(backward(logits, wanted), expected)
        close(
            losses.cross_entropy(layers.softmax(logits), labels),
            log_loss(labels, layers.softmax(logits), labels=np.arange(classes)),
        )
        close(
            losses.cross_entropy(layers.softmax(logits), labels),
            losses.cross_entropy_from_logits(logits, labels),
        )


def test_losses_of_huge_logits_are_finite_and_silent():
    logits, labels = np.array([[1e4, 0.0, -1e4]]), np.array([2])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert losses.cross_entropy_from_logits(logits, labels) == 2e4
        assert losses.binary_cross_entropy_from_logits(np.array([-1e4]), np.array([1.0])) == 1e4
        np.testing.assert_allclose(losses.cross_entropy_from_logits_backward(logits, labels), [[1, 0, -1]])
    assert losses.cross_entropy(np.array([[1.0, 0.0]]), np.array([1])) == np.inf


@pytest.mark.parametrize(("momentum", "steps"), [(0.0, 3), (0.9, 6)])
def test_sgd_is_keras(momentum, steps):
    import keras

    generator = np.random.default_rng(0)
    parameters = [generator.normal(size=(3, 2)), generator.normal(size=2)]
    variables = [keras.Variable(p, dtype="float64") for p in parameters]
    optimizer = keras.optimizers.SGD(0.1, momentum=momentum)
    velocities = [np.zeros_like(p) for p in parameters]
    for _ in range(steps):
        gradients = [generator.normal(size=p.shape) for p in parameters]
        before = [p.copy() for p in parameters]
        optimizer.apply(gradients, variables)
        new, velocities = losses.sgd_step(parameters, gradients, velocities, 0.1, momentum)
        for kept, given in zip(before, parameters, strict=True):
            assert np.array_equal(kept, given)  # the arguments stay as they are
        parameters = new
    for ours, theirs in zip(parameters, variables, strict=True):
        # Keras keeps the learning rate as float32: 0.1 has an error of 1.5e-9.
        close(ours, theirs.numpy(), 1e-7)


# Types


FORWARD_AND_BACKWARD = [
    pytest.param(lambda t: layers.conv2d(ones(t, 1, 4, 4, 2), ones(t, 3, 3, 2, 1)), id="conv2d"),
    pytest.param(
        lambda t: layers.conv2d_backward(ones(t, 1, 4, 4, 2), ones(t, 3, 3, 2, 1), ones(t, 1, 2, 2, 1)),
        id="conv2d_backward",
    ),
    pytest.param(lambda t: layers.max_pool(ones(t, 1, 4, 4, 2)), id="max_pool"),
    pytest.param(
        lambda t: layers.max_pool_backward(ones(t, 1, 4, 4, 2), ones(t, 1, 2, 2, 2)), id="max_pool_backward"
    ),
    pytest.param(lambda t: layers.average_pool(ones(t, 1, 4, 4, 2)), id="average_pool"),
    pytest.param(
        lambda t: layers.average_pool_backward(ones(t, 1, 4, 4, 2), ones(t, 1, 2, 2, 2)),
        id="average_pool_backward",
    ),
    pytest.param(lambda t: layers.dense(ones(t, 2, 3), ones(t, 3, 4)), id="dense"),
    pytest.param(
        lambda t: layers.dense_backward(ones(t, 2, 3), ones(t, 3, 4), ones(t, 2, 4)), id="dense_backward"
    ),
    *(
        pytest.param(lambda t, name=name: getattr(layers, name)(ones(t, 2, 3)), id=name)
        for name in ("relu", "sigmoid", "tanh", "softmax")
    ),
    *(
        pytest.param(
            lambda t, name=name: getattr(layers, f"{name}_backward")(ones(t, 2, 3), ones(t, 2, 3)),
            id=f"{name}_backward",
        )
        for name in ("relu", "sigmoid", "tanh", "softmax")
    ),
    *(
        pytest.param(
            lambda t, name=name: getattr(losses, name)(ones(t, 2, 3), np.array([0, 2])),
            id=name,
        )
        for name in ("cross_entropy_from_logits", "cross_entropy_from_logits_backward")
    ),
    *(
        pytest.param(lambda t, name=name: getattr(losses, name)(ones(t, 2, 3), ones(t, 2, 3)), id=name)
        for name in (
            "binary_cross_entropy_from_logits",
            "binary_cross_entropy_from_logits_backward",
            "mean_squared_error",
            "mean_squared_error_backward",
        )
    ),
    pytest.param(lambda t: losses.cross_entropy(ones(t, 2, 4) / t(4), np.array([0, 2])), id="cross_entropy"),
    pytest.param(
        lambda t: [
            a
            for arrays in losses.sgd_step([ones(t, 2)], [ones(t, 2)], [ones(t, 2)], 0.1, 0.9)
            for a in arrays
        ],
        id="sgd_step",
    ),
]


def ones(kind, *shape):
    return np.ones(shape, kind)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("call", FORWARD_AND_BACKWARD)
def test_float32_stays_float32_and_float64_stays_float64(call, kind):
    results = call(kind)
    for result in results if isinstance(results, tuple | list) else [results]:
        assert result.dtype == kind


def test_whole_numbers_do_not_wrap_around():
    images = np.full((1, 2, 2, 1), 200, np.uint8)
    assert layers.conv2d(images, np.ones((2, 2, 1, 1), np.uint8)).item() == 800
    assert layers.conv2d(images, np.ones((2, 2, 1, 1), np.float32)).dtype == np.float32
    assert layers.average_pool(images).item() == 200
    assert losses.mean_squared_error(np.array([0], np.uint8), np.array([255], np.uint8)) == 255**2


def test_arguments_are_left_alone():
    generator = np.random.default_rng(0)
    images, kernels = generator.normal(size=(2, 6, 6, 2)), generator.normal(size=(3, 3, 2, 2))
    gradient, pooled = generator.normal(size=(2, 4, 4, 2)), generator.normal(size=(2, 3, 3, 2))
    logits, labels = generator.normal(size=(3, 4)), np.array([0, 1, 3])
    arrays = (images, kernels, gradient, pooled, logits, labels)
    before = [array.copy() for array in arrays]
    layers.conv2d(images, kernels)
    layers.conv2d_backward(images, kernels, gradient)
    layers.max_pool_backward(images, pooled)
    layers.average_pool_backward(images, pooled)
    losses.cross_entropy_from_logits_backward(logits, labels)
    layers.numerical_gradient(lambda z: losses.cross_entropy_from_logits(z, labels), logits)
    for kept, array in zip(before, arrays, strict=True):
        assert np.array_equal(kept, array)


# The gradient check itself


def test_numerical_gradient_of_a_known_function():
    x = np.random.default_rng(0).normal(size=(3, 4))
    gradient = layers.numerical_gradient(lambda a: (a**3).sum(), x)
    assert layers.relative_error(gradient, 3 * x**2) < 1e-9


def test_relative_error():
    assert layers.relative_error([1.0, 2.0], [1.0, 2.0]) == 0
    assert layers.relative_error([0.0], [0.0]) == 0
    assert layers.relative_error([1.0, 10.0], [2.0, 10.0]) == 0.1
    assert layers.relative_error([1.0], [-1.0]) == 2
    assert layers.relative_error([1, 4], [1, 5]) == 0.2


def test_parameters_of_the_articles_network():
    convolution = layers.parameter_count(3, 32, size=3)
    hidden, last = layers.parameter_count(111 * 111 * 32, 64), layers.parameter_count(64, 1)
    assert (convolution, hidden, last) == (896, 25_233_472, 65)
    assert convolution + hidden + last == 25_234_433


def test_nan_spreads_to_what_depends_on_it_alone():
    images = np.ones((1, 4, 4, 1))
    images[0, 0, 0] = np.nan
    outputs = layers.conv2d(images, np.ones((2, 2, 1, 1)))[0, :, :, 0]
    assert np.isnan(outputs[0, 0]) and np.isfinite(outputs.ravel()[1:]).all()
    for pool in (layers.max_pool, layers.average_pool):
        assert np.isnan(pool(images)[0, 0, 0, 0]) and np.isfinite(pool(images)[0, 1:]).all()
    for activation in (layers.relu, layers.sigmoid, layers.tanh):
        assert np.isnan(activation(np.array([np.nan, 1.0]))).tolist() == [True, False]


# Bad input: the argument, what came, what was expected

IMAGES, KERNELS = np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4))
LOGITS, LABELS = np.ones((2, 3)), np.array([0, 2])
BAD = [
    (lambda: layers.conv2d(IMAGES[0], KERNELS), r"images must have shape \(batch, .*\), not \(5, 5, 2\)"),
    (
        lambda: layers.conv2d(IMAGES, KERNELS[0]),
        r"kernels must have shape \(height, .*\), not \(3, 2, 4\)",
    ),
    (lambda: layers.conv2d(IMAGES, KERNELS[:, :, :1]), "as many input channels as images, 2, not 1"),
    (lambda: layers.conv2d(IMAGES, np.ones((6, 6, 2, 1))), "kernel_size must fit .* 6 pixels, .* has 5"),
    (lambda: layers.conv2d(IMAGES, KERNELS, dilation=3), "kernel_size must fit .* span 7 pixels"),
    (lambda: layers.conv2d(IMAGES, KERNELS, stride=0), "stride must be a whole number of at least 1, not 0"),
    (lambda: layers.conv2d(IMAGES, KERNELS, stride=1.5), "stride must be .*, not 1.5"),
    (lambda: layers.conv2d(IMAGES, KERNELS, stride=True), "stride must be .*, not True"),
    (lambda: layers.conv2d(IMAGES, KERNELS, dilation=0), "dilation must be .*, not 0"),
    (lambda: layers.conv2d(IMAGES, KERNELS, padding=-1), 'padding must be .* or "same", not -1'),
    (lambda: layers.conv2d(IMAGES, KERNELS, padding="full"), "padding must be .*, not 'full'"),
    (lambda: layers.conv2d(IMAGES, KERNELS, bias=np.ones(3)), r"bias must .* \(4,\), not \(3,\)"),
    (lambda: layers.conv2d(IMAGES[:0], KERNELS), r"images must not be empty; its shape is \(0, 5, 5, 2\)"),
    (lambda: layers.conv2d(IMAGES, KERNELS[..., :0]), "kernels must not be empty"),
    (lambda: layers.conv2d(IMAGES.astype(str), KERNELS), "images must hold numbers, not <U"),
    (lambda: layers.conv2d(IMAGES * 1j, KERNELS), "images must hold numbers, not complex128"),
    (
        lambda: layers.conv2d_backward(IMAGES, KERNELS, np.ones((1, 3, 3, 2))),
        r"gradient must have the shape of the output, \(1, 3, 3, 4\), not \(1, 3, 3, 2\)",
    ),
    (lambda: layers.conv2d_backward(IMAGES, KERNELS, np.ones((1, 3, 3, 4)), stride=0), "stride must be"),
    (lambda: layers.output_size(4, 5), "kernel_size must fit .* 5 pixels, the image has 4"),
    (lambda: layers.output_size(0, 1), "size must be a whole number of at least 1, not 0"),
    (lambda: layers.output_size(4, 0), "kernel_size must be .*, not 0"),
    (lambda: layers.output_size(4.0, 2), "size must be .*, not 4.0"),
    (lambda: layers.zeros_at_the_ends(4, 2, padding=None), "padding must be .*, not None"),
    (lambda: layers.windows(IMAGES[0], (2, 2)), "images must have shape"),
    (lambda: layers.windows(IMAGES, 2), "size must be a pair, .*, not 2"),
    (lambda: layers.windows(IMAGES, (2, 0)), "width_of_the_window must be .*, not 0"),
    (lambda: layers.windows(IMAGES, (6, 2)), "kernel_size must fit"),
    (lambda: layers.add_windows(np.ones((1, 2, 2)), (1, 4, 4, 1)), "values must have shape"),
    (
        lambda: layers.add_windows(np.ones((1, 2, 2, 2, 2, 1)), (1, 4, 4, 1)),
        r"values must have shape \(1, 3, 3, 2, 2, 1\), not \(1, 2, 2, 2, 2, 1\)",
    ),
    (lambda: layers.add_windows(np.ones((1, 2, 2, 2, 2, 1)), (4, 4)), "shape must be"),
    (lambda: layers.max_pool(IMAGES[0]), "images must have shape"),
    (lambda: layers.max_pool(IMAGES, 6), "size must fit into the images of 5 × 5"),
    (lambda: layers.max_pool(IMAGES, 0), "size must be .*, not 0"),
    (lambda: layers.max_pool(IMAGES, 2, 0), "stride must be .*, not 0"),
    (lambda: layers.max_pool(IMAGES[:, :0]), "images must not be empty"),
    (lambda: layers.average_pool(IMAGES, 6), "size must fit into the images of 5 × 5"),
    (lambda: layers.average_pool(IMAGES[0]), "images must have shape"),
    (
        lambda: layers.max_pool_backward(IMAGES, IMAGES),
        r"gradient must .* \(1, 2, 2, 2\), not \(1, 5, 5, 2\)",
    ),
    (lambda: layers.average_pool_backward(IMAGES, IMAGES), "gradient must have the shape of the output"),
    (lambda: layers.dense(np.ones(3), np.ones((3, 2))), r"inputs must have shape .*, not \(3,\)"),
    (lambda: layers.dense(LOGITS, np.ones((2, 2))), r"weights must have shape \(3, outputs\), not \(2, 2\)"),
    (lambda: layers.dense(LOGITS, np.ones((3, 2)), np.ones(3)), r"bias must .* \(2,\), not \(3,\)"),
    (lambda: layers.dense(LOGITS[:0], np.ones((3, 2))), "inputs must not be empty"),
    (lambda: layers.dense_backward(LOGITS, np.ones((3, 2)), LOGITS), r"gradient must .* \(2, 2\), not"),
    *(
        (lambda name=name: getattr(layers, name)([]), "must not be empty")
        for name in ("relu", "sigmoid", "tanh", "softmax")
    ),
    *(
        (
            lambda name=name: getattr(layers, f"{name}_backward")(LOGITS, LABELS),
            "gradient must have the shape",
        )
        for name in ("relu", "sigmoid", "tanh", "softmax")
    ),
    (lambda: layers.relu(["a"]), "x must hold numbers"),
    (lambda: layers.softmax(1.0), "logits must have at least one axis"),
    (lambda: layers.parameter_count(3, 32, size=0), "size must be .*, not 0"),
    (lambda: layers.parameter_count(0, 1), "channels_in must be .*, not 0"),
    (lambda: layers.numerical_gradient(np.sum, np.ones(3, np.float32)), "array must be float64: float32"),
    (lambda: layers.numerical_gradient(np.sum, np.ones(3), step=0), "step must be positive, not 0"),
    (lambda: layers.numerical_gradient(np.sum, np.ones(3), step=np.nan), "step must be positive, not nan"),
    (
        lambda: layers.relative_error(np.ones(2), np.ones(3)),
        r"second must have the shape of first, \(2,\), not \(3,\)",
    ),
    (lambda: layers.relative_error([1.0], [np.nan]), "second must hold finite numbers; .* is nan"),
    (lambda: layers.relative_error([], []), "first must not be empty"),
    (lambda: losses.cross_entropy_from_logits(LOGITS[0], LABELS), r"logits must have shape .*, not \(3,\)"),
    (lambda: losses.cross_entropy_from_logits(LOGITS * np.nan, LABELS), r"the one at \(0, 0\) is nan"),
    (lambda: losses.cross_entropy_from_logits(LOGITS * np.inf, LABELS), r"logits must hold finite numbers"),
    (
        lambda: losses.cross_entropy_from_logits(LOGITS, LABELS[:1]),
        r"labels must have shape \(2,\), .* \(1,\)",
    ),
    (lambda: losses.cross_entropy_from_logits(LOGITS, [0, 3]), "labels must lie between 0 and 2; 3 does not"),
    (
        lambda: losses.cross_entropy_from_logits(LOGITS, [0, -1]),
        "labels must lie between 0 and 2; -1 does not",
    ),
    (lambda: losses.cross_entropy_from_logits(LOGITS, [0.0, 1.0]), "labels must be whole numbers .* float64"),
    (lambda: losses.cross_entropy_from_logits(LOGITS, np.eye(3)[[0, 2]]), r"labels must have shape \(2,\)"),
    (lambda: losses.cross_entropy_from_logits(LOGITS[:0], LABELS[:0]), "logits must not be empty"),
    (lambda: losses.cross_entropy_from_logits_backward(LOGITS, [0, 3]), "labels must lie between 0 and 2"),
    (lambda: losses.cross_entropy(LOGITS * 2, LABELS), r"probabilities must lie in \[0, 1\]; 2.0 does not"),
    (lambda: losses.cross_entropy(LOGITS * -0.1, LABELS), r"probabilities must lie in \[0, 1\]; -0.1"),
    (
        lambda: losses.cross_entropy(LOGITS, LABELS),
        "probabilities must sum to 1 in every row; row 0 sums to 3",
    ),
    (lambda: losses.cross_entropy(LOGITS * np.nan, LABELS), "probabilities must hold finite numbers"),
    (
        lambda: losses.binary_cross_entropy_from_logits(LOGITS, LOGITS * 2),
        r"labels must lie in \[0, 1\]; 2.0 does not",
    ),
    (
        lambda: losses.binary_cross_entropy_from_logits(LOGITS, LABELS),
        r"labels must have the shape of logits",
    ),
    (lambda: losses.binary_cross_entropy_from_logits_backward(LOGITS, LOGITS * -1), "labels must lie in"),
    (lambda: losses.mean_squared_error(LOGITS, LABELS), "targets must have the shape of predictions"),
    (lambda: losses.mean_squared_error(LOGITS, LOGITS * np.nan), "targets must hold finite numbers"),
    (lambda: losses.mean_squared_error_backward([], []), "predictions must not be empty"),
    (lambda: losses.sgd_step([LOGITS], [LOGITS], [LOGITS], 0), "learning_rate must be positive, not 0"),
    (
        lambda: losses.sgd_step([LOGITS], [LOGITS], [LOGITS], 1, 1.0),
        r"momentum must lie in \[0, 1\), not 1.0",
    ),
    (lambda: losses.sgd_step([LOGITS], [LABELS], [LOGITS], 1), "must have the same shapes"),
    (lambda: losses.sgd_step([LOGITS], [], [LOGITS], 1), "must have the same shapes"),
]


@pytest.mark.parametrize(
    ("call", "expected"), BAD, ids=[f"{i}-{text[:30]}" for i, (_, text) in enumerate(BAD)]
)
def test_bad_input_names_argument_value_and_expectation(call, expected):
    with pytest.raises(ValueError, match=expected):
        call()
