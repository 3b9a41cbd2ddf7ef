"""Transposed convolution: equal to Keras, forward and backward; the transpose of a convolution's matrix."""

import numpy as np
import pytest

from imgrec_course.scratch.layers import conv2d, numerical_gradient
from imgrec_course.scratch.transposed import (
    conv2d_transpose,
    conv2d_transpose_backward,
    matrix_of,
    overlaps,
    transposed_size,
)

CASES = [
    (kernel, stride, padding)
    for kernel in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (3, 2), (2, 5))
    for stride in (1, 2, 3)
    for padding in ("valid", "same")
]


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def draw(generator, kernel):
    images = generator.normal(size=(2, 4, 5, 3))
    kernels = generator.normal(size=(*kernel, 2, 3))
    return images, kernels, generator.normal(size=2)


def keras_layer(kernels, bias, stride, padding):
    import keras

    layer = keras.layers.Conv2DTranspose(
        kernels.shape[2], kernels.shape[:2], stride, padding, dtype="float64"
    )
    layer.build((None, None, None, kernels.shape[3]))
    layer.set_weights([kernels, bias])
    return layer


@pytest.mark.parametrize(("kernel", "stride", "padding"), CASES)
def test_equals_keras_forward_and_backward(generator, kernel, stride, padding):
    import tensorflow as tf

    images, kernels, bias = draw(generator, kernel)
    layer = keras_layer(kernels, bias, stride, padding)
    with tf.GradientTape() as tape:
        given = tf.constant(images)
        tape.watch(given)
        expected = layer(given)
        weight = tf.constant(generator.normal(size=expected.shape))
        loss = tf.reduce_sum(expected * weight)
    result = conv2d_transpose(images, kernels, bias, stride, padding)
    np.testing.assert_allclose(result, expected, atol=1e-12)
    expected_gradients = tape.gradient(loss, [given, *layer.trainable_variables])
    gradients = conv2d_transpose_backward(images, kernels, weight.numpy(), stride, padding)
    for ours, theirs in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-11)


@pytest.mark.parametrize(("kernel", "stride", "padding"), CASES)
def test_its_matrix_is_the_transpose_of_the_convolutions(generator, kernel, stride, padding):
    kernels = generator.normal(size=(*kernel, 2, 3))
    border = "same" if padding == "same" else 0
    rows, columns = (transposed_size(n, k, stride, padding) for n, k in zip((4, 5), kernel, strict=True))
    forward = matrix_of(lambda x: conv2d(x, kernels, stride=stride, padding=border), (rows, columns, 2))
    back = matrix_of(lambda x: conv2d_transpose(x, kernels, stride=stride, padding=padding), (4, 5, 3))
    assert forward.shape == (4 * 5 * 3, rows * columns * 2)
    np.testing.assert_array_equal(back, forward.T)


def test_gradients_are_differences(generator):
    images, kernels, _ = draw(generator, (3, 3))
    weight = generator.normal(size=conv2d_transpose(images, kernels, stride=2).shape)
    gradients = conv2d_transpose_backward(images, kernels, weight, stride=2)
    by_images = numerical_gradient(
        lambda x: float(np.sum(conv2d_transpose(x, kernels, stride=2) * weight)), images
    )
    by_kernels = numerical_gradient(
        lambda x: float(np.sum(conv2d_transpose(images, x, stride=2) * weight)), kernels
    )
    np.testing.assert_allclose(gradients[0], by_images, atol=1e-7)
    np.testing.assert_allclose(gradients[1], by_kernels, atol=1e-7)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6, 8])
def test_overlaps_counted_one_by_one(kernel, stride, padding):
    size = 30
    counted = np.zeros(transposed_size(size, kernel, stride, padding), int)
    first = max(kernel - stride, 0) // 2 if padding == "same" else 0
    for place in range(size):
        for cell in range(kernel):
            pixel = place * stride + cell - first
            if 0 <= pixel < len(counted):
                counted[pixel] += 1
    found = overlaps(size, kernel, stride, padding)
    np.testing.assert_array_equal(found, counted)
    inner = found[kernel:-kernel]
    assert (len(set(inner)) == 1) is (kernel % stride == 0)
    if kernel % stride == 0:
        assert set(inner) == {kernel // stride}


def test_float32_stays():
    made = conv2d_transpose(np.ones((1, 2, 2, 1), "float32"), np.ones((2, 2, 1, 1), "float32"), stride=2)
    assert made.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: transposed_size(0, 3), "size must be a whole number of at least 1, not 0"),
        (lambda: transposed_size(3, 3, 2, 1), 'padding must be "valid" or "same", not 1'),
        (lambda: conv2d_transpose(np.ones((2, 2)), np.ones((1, 1, 1, 1))), "images must have shape"),
        (lambda: conv2d_transpose(np.ones((1, 2, 2, 1)), np.ones((3, 3))), "kernels must have shape"),
        (
            lambda: conv2d_transpose(np.ones((1, 2, 2, 3)), np.ones((2, 2, 3, 1))),
            "as many input channels, the last axis, as images, 3, not 1",
        ),
        (
            lambda: conv2d_transpose(np.ones((1, 2, 2, 1)), np.ones((2, 2, 3, 1)), np.ones(2)),
            r"bias must be one number or have shape \(3,\)",
        ),
        (
            lambda: conv2d_transpose_backward(
                np.ones((1, 2, 2, 1)), np.ones((2, 2, 1, 1)), np.ones((1, 2, 2, 1)), 2
            ),
            r"gradient must have the shape of the output, \(1, 4, 4, 1\), not \(1, 2, 2, 1\)",
        ),
        (lambda: overlaps(4, 0, 2), "kernel_size must be"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
