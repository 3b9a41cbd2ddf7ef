"""Transposed convolution in NumPy, as lesson 10 derives it: forward, backward, its matrix, its overlaps.

It is no "deconvolution": it undoes nothing. Its matrix is the transpose of a convolution's matrix, so it is
what sends gradients back through a convolution (conv2d_backward of lesson 03), used as a layer of its own.
"""

import numpy as np

from imgrec_course.scratch import expect
from imgrec_course.scratch.layers import add_windows, conv2d, windows


def transposed_size(size, kernel_size, stride=1, padding="valid"):
    """Pixels along one axis after a transposed convolution.

    size         h, pixels along the axis before
    kernel_size  k, numbers of the kernel along the axis
    stride       s, pixels from one stamp to the next
    padding      "valid": all that is stamped, (h − 1)·s + k; "same": h·s
    returns      int; for "valid" with k < s, h·s: the last stamp keeps its empty pixels, as in Keras

    Raises ValueError when a number is out of range, for another padding.
    Equals Keras's output shapes. Taught in lesson 10; Dumoulin & Visin (2016), arXiv:1603.07285.
    """
    expect.whole_numbers(size=size, kernel_size=kernel_size, stride=stride)
    if padding not in ("valid", "same"):
        raise ValueError(f'padding must be "valid" or "same", not {padding!r}')
    return size * stride if padding == "same" else (size - 1) * stride + max(kernel_size, stride)


def conv2d_transpose(images, kernels, bias=0.0, stride=1, padding="valid"):
    """Stamp the kernel onto the output once for every input pixel, times that pixel, and add up.

    images   (batch, height, width, channels_in)
    kernels  (kernel_height, kernel_width, channels_out, channels_in), channels out before in
    bias     one number, or (channels_out,)
    returns  (batch, out_height, out_width, channels_out), sizes as transposed_size says

    Raises ValueError when the shapes do not fit. Equals keras.layers.Conv2DTranspose.
    Taught in lesson 10; Dumoulin & Visin (2016), arXiv:1603.07285.
    """
    images, kernels, bias, shape, border = fit(images, kernels, bias, stride, padding)
    # The stamp of each pixel: (batch, height, width, kernel_height, kernel_width, channels_out)
    stamps = np.tensordot(images, kernels, axes=(3, 3))
    return add_windows(stamps, shape, stride, border) + bias


def conv2d_transpose_backward(images, kernels, gradient, stride=1, padding="valid"):
    """Gradients with respect to the images, the kernels and the bias of conv2d_transpose.

    gradient   (batch, out_height, out_width, channels_out): of the loss, for each output
    returns    arrays shaped as images, as kernels, and (channels_out,)

    The transpose of a transpose: images get their gradient by an ordinary convolution.
    Raises ValueError when the shapes do not fit. Equals tf.GradientTape. Taught in lesson 10.
    """
    images, kernels, _, shape, border = fit(images, kernels, 0.0, stride, padding)
    gradient = expect.gradient(gradient, shape, images.dtype)
    images_gradient = conv2d(gradient, kernels, stride=stride, padding=border)
    seen = windows(gradient, kernels.shape[:2], stride, border)
    kernels_gradient = np.tensordot(seen, images, axes=((0, 1, 2), (0, 1, 2)))
    return images_gradient, kernels_gradient, gradient.sum(axis=(0, 1, 2))


def matrix_of(linear, shape):
    """The matrix of a linear map of images: column j is what the map makes of pixel j alone.

    linear   function (batch, *shape) → (batch, …), linear, without bias
    shape    (height, width, channels) of one image
    returns  (outputs, inputs) float64 array: linear(image) flattened is matrix @ image flattened

    Taught in lesson 10.
    """
    inputs = int(np.prod(shape))
    columns = linear(np.eye(inputs).reshape(inputs, *shape))
    return columns.reshape(inputs, -1).T


def overlaps(size, kernel_size, stride, padding="valid"):
    """How many stamps fall on each pixel along one axis of a transposed convolution.

    returns  (transposed_size(…),) whole numbers; away from the border they are all alike exactly when the
             stride divides the kernel's size: then each is kernel_size / stride

    Raises ValueError when a number is out of range.
    Odena, Dumoulin & Olah (2016), doi:10.23915/distill.00003. Taught in lesson 10.
    """
    transposed_size(size, kernel_size, stride, padding)  # says what is out of range
    row, kernel = np.ones((1, 1, size, 1)), np.ones((1, kernel_size, 1, 1))
    # One row high: along the other axis a single stamp, without overlap
    images, kernels, _, shape, border = fit(row, kernel, 0.0, stride, padding)
    stamps = np.tensordot(images, kernels, axes=(3, 3))
    return add_windows(stamps, shape, stride, border)[0, 0, :, 0].astype(int)


def fit(images, kernels, bias, stride, padding):
    """Arguments of conv2d_transpose as floats, its output's shape, the padding of the way back.

    returns  images, kernels, bias, shape (batch, out_height, out_width, channels_out), and the padding of
             the convolution whose matrix is the transpose

    Raises ValueError when the shapes do not fit.
    """
    images, kernels = expect.floats(images=images, kernels=kernels)
    images = expect.images(images)
    if kernels.ndim != 4:
        raise ValueError(
            f"kernels must have shape (height, width, channels_out, channels_in), not {kernels.shape}"
        )
    batch, height, width, channels = images.shape
    if kernels.shape[3] != channels:
        raise ValueError(
            f"kernels must have as many input channels, the last axis, as images, {channels}, "
            f"not {kernels.shape[3]}"
        )
    rows, columns = (
        transposed_size(size, cells, stride, padding)
        for size, cells in zip((height, width), kernels.shape[:2], strict=True)
    )
    bias = expect.bias(bias, kernels.shape[2], images.dtype)
    border = "same" if padding == "same" else 0
    return images, kernels, bias, (batch, rows, columns, kernels.shape[2]), border
