"""Time of one convolution layer in four ways: 64 images of 28 × 28 × 1, 32 kernels of 3 × 3, float32.

    .venv/bin/python benchmarks/convolution.py

A loop in Python (one image, times 64), ``imgrec_course.scratch.layers.conv2d``, the Keras layer called as
it is, and the same layer compiled by ``tf.function``. Forward, and forward with backward (to images, kernels
and bias). The ways take turns within every round, so that a busy moment of the machine meets all of them;
the median of the rounds is what to quote. NumPy runs with one thread, where two of them wait for each other
on matrices as small as these, and again with its own choice; Keras always uses all cores.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from threadpoolctl import threadpool_limits

from imgrec_course.scratch.layers import conv2d, conv2d_backward

BATCH, SIDE, CHANNELS, KERNELS = 64, 28, 1, 32


def by_loops(image, kernels, bias):
    """One image (height, width, channels): a loop over places and kernels."""
    size, places = len(kernels), image.shape[0] - len(kernels) + 1
    outputs = np.empty((places, places, kernels.shape[3]), image.dtype)
    for i, j, o in np.ndindex(outputs.shape):
        outputs[i, j, o] = np.sum(image[i : i + size, j : j + size] * kernels[..., o]) + bias[o]
    return outputs


def medians(ways, rounds):
    """{name: median milliseconds} of functions {name: function}, called in turns."""
    times = {name: [] for name in ways}
    for number in range(rounds + 3):  # the first three warm up
        for name, function in ways.items():
            begun = time.perf_counter()
            function()
            if number >= 3:
                times[name].append(1000 * (time.perf_counter() - begun))
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds

    generator = np.random.default_rng(0)
    images = generator.normal(size=(BATCH, SIDE, SIDE, CHANNELS)).astype("float32")
    layer = keras.layers.Conv2D(KERNELS, 3, bias_initializer="normal")
    outputs = layer(images).numpy()
    kernels, bias = layer.get_weights()
    np.testing.assert_allclose(conv2d(images, kernels, bias), outputs, atol=1e-5)
    np.testing.assert_allclose(by_loops(images[0], kernels, bias), outputs[0], atol=1e-5)

    def keras_both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            result = layer(x)
        return tape.gradient(result, [x, *layer.trainable_variables], output_gradients=result)

    def ours_both():
        return conv2d_backward(images, kernels, conv2d(images, kernels, bias))

    tensor = tf.constant(images)
    compiled, compiled_both = tf.function(layer), tf.function(keras_both)
    for ours, theirs in zip(ours_both(), compiled_both(tensor), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-3, atol=1e-2)
    forward = {
        "NumPy": lambda: conv2d(images, kernels, bias),
        "Keras, called": lambda: layer(tensor).numpy(),
        "Keras, compiled": lambda: compiled(tensor).numpy(),
    }
    both = {
        "NumPy": ours_both,
        "Keras, called": lambda: [gradient.numpy() for gradient in keras_both(tensor)],
        "Keras, compiled": lambda: [gradient.numpy() for gradient in compiled_both(tensor)],
    }
    loop = BATCH * medians({"loop": lambda: by_loops(images[0], kernels, bias)}, 3)["loop"]
    print(f"{os.cpu_count()} cores; milliseconds, medians of {rounds} rounds")
    print(f"forward, loop in Python (one image × {BATCH}): {loop:.0f}")
    for threads in (1, None):
        with threadpool_limits(threads, user_api="blas"):
            for title, ways in (("forward", forward), ("forward and backward", both)):
                times = medians(ways, rounds)
                line = "  ".join(f"{name} {value:.2f}" for name, value in times.items())
                ratio = times["NumPy"] / times["Keras, compiled"]
                print(f"NumPy threads: {threads or 'all'}; {title}: {line}  (NumPy ÷ compiled {ratio:.2f})")


if __name__ == "__main__":
    main()
