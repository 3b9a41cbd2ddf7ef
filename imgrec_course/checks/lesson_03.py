"""Checkers of lesson 03: convolution and pooling against Keras, gradients against automatic differentiation."""

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.language import message
from imgrec_course.scratch import layers, losses


def _sizes(generator):
    """Settings that fit, among them ones where the stride does not divide."""
    cases = [
        (7, 3, 2, 0, 1),
        (8, 3, 2, 0, 1),
        (28, 5, 1, 2, 1),
        (10, 3, 1, 0, 2),
        (224, 3, 2, 1, 1),
        (11, 3, 3, 1, 2),
    ]
    for _ in range(6):
        kernel_size, stride, dilation = (int(n) for n in generator.integers(1, 6, size=3))
        padding = int(generator.integers(0, 4))
        smallest = dilation * (kernel_size - 1) + 1
        cases.append(
            (smallest + int(generator.integers(1, 30)), kernel_size, stride, padding, dilation),
        )
    return [
        (
            message(
                "{size} pixels, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}",
                size=case[0],
                kernel=case[1],
                stride=case[2],
                padding=case[3],
                dilation=case[4],
            ),
            case,
        )
        for case in cases
    ]


def _conv_cases(generator):
    def draw(batch, height, width, size, channels_in, channels_out):
        return (
            generator.normal(size=(batch, height, width, channels_in)),
            generator.normal(size=(size, size, channels_in, channels_out)),
            generator.normal(size=channels_out),
        )

    return [
        ("one grey image, one kernel", (*draw(1, 5, 6, 3, 1, 1), 1)),
        ("two colour images, four kernels", (*draw(2, 6, 5, 3, 3, 4), 1)),
        ("stride 2", (*draw(2, 7, 9, 3, 2, 3), 2)),
        ("stride 2 that does not divide", (*draw(2, 8, 6, 3, 2, 3), 2)),
        ("stride 3, kernel 2 × 2", (*draw(1, 9, 8, 2, 2, 2), 3)),
        ("kernel 1 × 1", (*draw(2, 4, 5, 1, 3, 2), 1)),
    ]


def _keras_conv(images, kernels, bias, stride):
    """What keras.layers.Conv2D computes, in float64."""
    import keras

    images, kernels = (keras.ops.convert_to_tensor(array, "float64") for array in (images, kernels))
    outputs = keras.ops.conv(images, kernels, strides=stride, padding="valid")
    return keras.ops.convert_to_numpy(outputs) + bias


def _one_channel(images, kernels, bias, stride):
    return layers.conv2d(images[..., :1], kernels[:, :, :1], bias, stride)


def _bias_at_every_cell(images, kernels, bias, stride):
    """The bias added to every product inside the sum."""
    return layers.conv2d(images, kernels, bias * kernels[..., 0].size, stride)


def _last_window_lost(images, kernels, bias, stride):
    """range(height − size) instead of range(height − size + 1)."""
    size = len(kernels)
    return layers.conv2d(images, kernels, bias)[:, :-1:stride, :-1:stride][
        :, : (images.shape[1] - size) // stride, : (images.shape[2] - size) // stride
    ]


def _pool_cases(generator):
    def draw(height, width, channels):
        return generator.normal(size=(height, width, channels))

    return [
        ("windows of 2 × 2", (draw(6, 8, 1), 2, 2)),
        ("three channels", (draw(6, 4, 3), 2, 2)),
        ("negative numbers only", (-1 - generator.uniform(size=(4, 6, 2)), 2, 2)),
        ("a row and a column left over", (draw(7, 5, 2), 2, 2)),
        ("windows of 3 × 3 that overlap, stride 2", (draw(7, 9, 2), 3, 2)),
        ("windows of 2 × 2, stride 3", (draw(8, 9, 2), 2, 3)),
    ]


def _keras_pool(image, size, stride):
    import keras

    image = keras.ops.convert_to_tensor(image[np.newaxis], "float64")
    pooled = keras.ops.max_pool(image, size, stride, padding="valid")
    return keras.ops.convert_to_numpy(pooled)[0]


def _over_channels(image, size, stride):
    pooled = layers.max_pool(image[np.newaxis], size, stride)[0]
    return np.broadcast_to(pooled.max(axis=2, keepdims=True), pooled.shape)


def _with_leftovers(image, size, stride):
    """Windows cut off at the border are kept."""
    height, width = image.shape[:2]
    rows, columns = range(0, height, stride), range(0, width, stride)
    return np.array([[image[i : i + size, j : j + size].max(axis=(0, 1)) for j in columns] for i in rows])


def _zero_first(image, size, stride):
    """A running maximum that begins at 0."""
    return np.maximum(layers.max_pool(image[np.newaxis], size, stride)[0], 0)


def _softmax_cases(generator):
    return [
        ("three images, four classes", (generator.normal(size=(3, 4)),)),
        ("one image", (generator.normal(size=(1, 10)),)),
        ("logits of a thousand", (np.array([[1000.0, 999.0, 0.0], [1.0, 2.0, 3.0]]),)),
        ("rows far apart from each other", (np.array([[0.0, 1.0], [-2000.0, -2001.0]]),)),
        ("logits of minus a thousand", (np.array([[-1000.0, -1001.0, -1003.0]]),)),
    ]


def _plain_softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def _wrong_axis(logits):
    powers = np.exp(logits - logits.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)


def _one_maximum(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum(axis=1, keepdims=True)


def _whole_sum(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum()


def _by_largest(logits):
    """Divided by the largest logit instead of subtracting it."""
    powers = np.exp(logits / logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _gradient_cases(generator):
    return [
        ("one image", (generator.normal(size=(1, 3)), np.array([1]))),
        ("five images, four classes", (generator.normal(size=(5, 4)), generator.integers(4, size=5))),
        ("all images of one class", (generator.normal(size=(4, 3)), np.full(4, 2))),
        ("large logits", (generator.normal(scale=300, size=(3, 10)), generator.integers(10, size=3))),
    ]


def _one_hot(logits, labels):
    return np.eye(logits.shape[1])[labels]


def _through_sigmoid(logits, labels):
    """The factor p(1 − p) that squared error has."""
    probabilities = layers.softmax(logits)
    difference = probabilities - _one_hot(logits, labels)
    return difference * probabilities * (1 - probabilities) / len(labels)


def _true_class_only(logits, labels):
    """The entries of the true classes alone."""
    return losses.cross_entropy_from_logits_backward(logits, labels) * _one_hot(logits, labels)


def _kernel_cases(generator):
    def draw(batch, height, width, size, stride, channels_in, channels_out):
        rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
        return (
            generator.normal(size=(batch, height, width, channels_in)),
            generator.normal(size=(batch, rows, columns, channels_out)),
            size,
            stride,
        )

    return [
        ("one grey image, one kernel", draw(1, 5, 6, 3, 1, 1, 1)),
        ("two colour images, four kernels", draw(2, 6, 5, 3, 1, 3, 4)),
        ("stride 2", draw(2, 7, 9, 3, 2, 2, 3)),
        ("stride 2 that does not divide", draw(2, 8, 10, 3, 2, 2, 3)),
        ("kernel 2 × 2, stride 3", draw(3, 9, 8, 2, 3, 2, 2)),
    ]


def _kernels_gradient(images, gradient, size, stride):
    """By automatic differentiation: of Σ gradient · conv(images, kernels), with respect to the kernels."""
    import tensorflow as tf

    kernels = tf.zeros((size, size, images.shape[3], gradient.shape[3]), "float64")
    with tf.GradientTape() as tape:
        tape.watch(kernels)
        total = tf.reduce_sum(tf.nn.conv2d(images, kernels, stride, "VALID") * gradient)
    return tape.gradient(total, kernels).numpy()


def _by_hand(images, gradient, size, stride):
    kernels = np.zeros((size, size, images.shape[3], gradient.shape[3]))
    return layers.conv2d_backward(images, kernels, gradient, stride)[1]


def _dense_places(images, gradient, size, stride):
    """The pixels under each cell taken one after the other, whatever the stride."""
    rows, columns = gradient.shape[1:3]
    result = np.empty((size, size, images.shape[3], gradient.shape[3]))
    for p, q in np.ndindex(size, size):
        below = images[:, p : p + rows, q : q + columns]
        result[p, q] = np.einsum("nijc,nijo->co", below, gradient)
    return result


EXERCISES = {
    "window_count": Exercise(
        solution=layers.output_size,
        cases=_sizes,
        stars=1,
        mistakes=(
            Mistake(
                lambda size, k, s, p, d: (size + 2 * p - d * (k - 1) - 1) // s,
                "The first window needs no stride: add 1 for it.",
            ),
            Mistake(
                lambda size, k, s, p, d: (size + p - d * (k - 1) - 1) // s + 1,
                "Padding is added at both ends: 2p.",
            ),
            Mistake(
                lambda size, k, s, p, d: (size + 2 * p - d * k) // s + 1,
                "A kernel of k numbers has k − 1 steps of d between them: it spans d(k − 1) + 1 pixels.",
            ),
            Mistake(
                lambda size, k, s, p, d: (size + 2 * p - k) // s + 1,
                "Dilation pulls the kernel apart: it spans d(k − 1) + 1 pixels, not k.",
            ),
            Mistake(
                lambda size, k, s, p, d: (size + 2 * p - d * (k - 1) - 1) / s + 1,
                "A place is there or it is not: round down, with //.",
            ),
            Mistake(
                lambda size, k, s, p, d: -(-(size + 2 * p - d * (k - 1) - 1) // s) + 1,
                "Round down: a last stride that does not fit is not made.",
            ),
            Mistake(
                lambda size, k, s, p, d: size + 2 * p - d * (k - 1),
                "This is the count for stride 1; where does the stride come in?",
            ),
        ),
    ),
    "conv_layer": Exercise(
        solution=_keras_conv,
        cases=_conv_cases,
        stars=2,
        peer="Keras",
        mistakes=(
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(
                    images, kernels[::-1, ::-1], bias, stride
                ),
                "Your kernel is flipped: this is mathematics' convolution; a layer takes the kernel as it stands.",
            ),
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(
                    images, kernels.swapaxes(0, 1), bias, stride
                ),
                "Rows and columns have changed places: the kernel's first axis runs down the image.",
            ),
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(images, kernels, 0.0, stride),
                "The bias is missing: each kernel adds its own number everywhere.",
            ),
            Mistake(
                _bias_at_every_cell,
                "The bias is added once for each place, after the sum, not to every product.",
            ),
            Mistake(
                _one_channel,
                "Only the first channel counts here: the sum runs over all channels.",
            ),
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(images, kernels, bias),
                "The stride is ignored: window (i, j) begins at pixel (stride·i, stride·j).",
            ),
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(
                    images, kernels / kernels[..., 0].size, bias, stride
                ),
                "The products are added up, not averaged.",
            ),
            Mistake(
                _last_window_lost,
                "The last row and column of windows are missing: H − k + 1 windows fit with stride 1, and range(n) ends at n − 1.",
            ),
            Mistake(
                lambda images, kernels, bias, stride: layers.conv2d(images, kernels, bias, stride, "same"),
                "No padding here: only windows that lie inside the image count.",
            ),
        ),
    ),
    "max_pool_image": Exercise(
        solution=_keras_pool,
        cases=_pool_cases,
        stars=2,
        peer="Keras",
        mistakes=(
            Mistake(
                lambda image, size, stride: layers.average_pool(image[np.newaxis], size, stride)[0],
                "This is average pooling; take the largest.",
            ),
            Mistake(_over_channels, "Channel by channel: the maximum must not run over the channels."),
            Mistake(
                lambda image, size, stride: image.max(axis=(0, 1), keepdims=True),
                "This is one maximum of the whole image, as in the article's formula; each window has its own.",
            ),
            Mistake(
                _with_leftovers,
                "Windows that stick out at the border are dropped: count the places with the formula for the output size.",
            ),
            Mistake(
                lambda image, size, stride: layers.max_pool(image[np.newaxis], size)[0],
                "The windows begin stride pixels apart, not size pixels.",
            ),
            Mistake(
                _zero_first,
                "A running maximum must not begin at 0: a window may hold negative numbers only.",
            ),
            Mistake(
                lambda image, size, stride: -layers.max_pool(-image[np.newaxis], size, stride)[0],
                "This is the smallest; take the largest.",
            ),
        ),
    ),
    "stable_softmax": Exercise(
        solution=layers.softmax,
        cases=_softmax_cases,
        stars=1,
        mistakes=(
            Mistake(
                _plain_softmax,
                "Right for small logits, but it overflows: subtract each row's largest logit before np.exp.",
            ),
            Mistake(
                _wrong_axis,
                "Each image is a row: maximum and sum run along axis=1, over the classes.",
            ),
            Mistake(
                _one_maximum,
                "Subtract each row's own maximum: beside one large row, all powers of another become 0, and 0/0 is left.",
            ),
            Mistake(
                _whole_sum,
                "Each row must sum to 1 for itself: sum with axis=1, keepdims=True.",
            ),
            Mistake(
                _by_largest,
                "Subtract the largest logit; dividing by it changes the ratios of the powers.",
            ),
            Mistake(
                layers.sigmoid,
                "This is a sigmoid of each number: the rows do not sum to 1.",
            ),
        ),
    ),
    "cross_entropy_gradient": Exercise(
        solution=losses.cross_entropy_from_logits_backward,
        cases=_gradient_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda logits, labels: layers.softmax(logits) - _one_hot(logits, labels),
                "The loss is the mean over the images: divide by their number.",
            ),
            Mistake(
                lambda logits, labels: (_one_hot(logits, labels) - layers.softmax(logits)) / len(labels),
                "The sign is turned: predicted minus true, or the loss would be climbed.",
            ),
            Mistake(
                lambda logits, labels: (layers.softmax(logits) - _one_hot(logits, labels)) / logits.size,
                "Divide by the number of images alone, not by images × classes.",
            ),
            Mistake(
                _through_sigmoid,
                "No factor p(1 − p): that one belongs to the squared error; in cross-entropy it cancels.",
            ),
            Mistake(
                _true_class_only,
                "The other classes have a gradient, too: their probability is to go down.",
            ),
            Mistake(
                lambda logits, labels: (logits - _one_hot(logits, labels)) / len(labels),
                "Predicted means probabilities: take the softmax of the logits first.",
            ),
        ),
    ),
    "kernels_gradient": Exercise(
        solution=_kernels_gradient,
        cases=_kernel_cases,
        stars=3,
        peer="automatic differentiation",
        mistakes=(
            Mistake(
                lambda images, gradient, size, stride: _by_hand(images, gradient, size, stride) / len(images),
                "Sum over the images: the mean is in the loss already, and g holds its 1/N.",
            ),
            Mistake(
                lambda images, gradient, size, stride: _by_hand(images, gradient, size, stride)[::-1, ::-1],
                "Flipped: the kernel's gradient is a plain correlation of input and gradient; the flip belongs to the input's gradient.",
            ),
            Mistake(
                _dense_places,
                "The stride is ignored: place (i, j) has its cell (p, q) on pixel (stride·i + p, stride·j + q).",
            ),
            Mistake(
                lambda images, gradient, size, stride: _by_hand(images[:1], gradient[:1], size, stride),
                "Only the first image counts here: every image of the batch uses the same weights.",
            ),
            Mistake(
                lambda images, gradient, size, stride: (
                    _by_hand(images, gradient, size, stride) / gradient[0, :, :, 0].size
                ),
                "Sum over the places, no mean: every place adds its share.",
            ),
            Mistake(
                lambda images, gradient, size, stride: _by_hand(images, gradient, size, stride).swapaxes(
                    2, 3
                ),
                "The axes of the channels have changed places: (size, size, channels in, channels out).",
            ),
        ),
    ),
}
