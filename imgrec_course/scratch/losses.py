"""Losses with their gradients in NumPy, as lesson 03 derives them, and the step that lowers them.

Each loss is a mean over the batch, as in Keras. ``f_backward`` is the gradient of ``f`` with respect to its
first argument. float32 stays float32, float64 stays float64.
"""

import numpy as np

from imgrec_course.scratch import expect
from imgrec_course.scratch.layers import sigmoid, softmax


def cross_entropy(probabilities, labels):
    """Mean of −ln of the probability that each image's own class was given.

    probabilities  (batch, classes), rows in [0, 1] that sum to 1
    labels         (batch,) whole numbers, 0 … classes − 1
    returns        a number ≥ 0; infinite when a true class was given probability 0

    Raises ValueError when they do not fit. Equals scikit-learn's log_loss; Keras's loss, too, where no
    probability lies below its limit of 1e-7. Taught in lesson 03.
    """
    probabilities, labels = expect.classes(probabilities, labels, "probabilities")
    expect.probabilities(probabilities, "probabilities")
    sums = probabilities.sum(axis=1)
    if (np.abs(sums - 1) > 1e-3).any():
        row = int(np.argmax(np.abs(sums - 1) > 1e-3))
        raise ValueError(f"probabilities must sum to 1 in every row; row {row} sums to {sums[row]:.6g}")
    with np.errstate(divide="ignore"):
        return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def cross_entropy_from_logits(logits, labels):
    """Cross-entropy of the softmax of the logits: log Σ eᶻ − z of the true class.

    logits   (batch, classes), any finite numbers
    labels   (batch,) whole numbers, 0 … classes − 1
    returns  the mean over the batch

    Raises ValueError when they do not fit. Equals Keras's
    SparseCategoricalCrossentropy(from_logits=True).
    Taught in lesson 03; Goodfellow et al. (2016), chapter 6.
    """
    logits, labels = expect.classes(logits, labels, "logits")
    largest = logits.max(axis=1)
    # log Σ eᶻ = m + log Σ eᶻ⁻ᵐ for any m; with m the largest, nothing overflows.
    log_sum = largest + np.log(np.exp(logits - largest[:, np.newaxis]).sum(axis=1))
    return (log_sum - logits[np.arange(len(labels)), labels]).mean()


def cross_entropy_from_logits_backward(logits, labels):
    """Gradient of cross_entropy_from_logits: (softmax(logits) − one-hot(labels)) / batch.

    returns  (batch, classes); every row sums to 0
    """
    logits, labels = expect.classes(logits, labels, "logits")
    gradient = softmax(logits)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


def binary_cross_entropy_from_logits(logits, labels):
    """Cross-entropy of the sigmoid of the logits: max(z, 0) − z·y + ln(1 + e^−|z|), the mean.

    logits   any shape, finite numbers
    labels   the same shape, numbers in [0, 1]

    Raises ValueError when they do not fit. Equals BinaryCrossentropy(from_logits=True) of Keras.
    Taught in lesson 03.
    """
    logits, labels = expect.pair(logits, labels, "logits", "labels")
    expect.probabilities(labels, "labels")
    # −y ln σ(z) − (1 − y) ln(1 − σ(z)), written so that no exponential exceeds 1.
    return (np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))).mean()


def binary_cross_entropy_from_logits_backward(logits, labels):
    """Gradient of binary_cross_entropy_from_logits: (σ(z) − y) / count."""
    logits, labels = expect.pair(logits, labels, "logits", "labels")
    expect.probabilities(labels, "labels")
    return (sigmoid(logits) - labels) / logits.size


def mean_squared_error(predictions, targets):
    """Mean of the squared differences.

    predictions, targets   one shape, finite numbers

    Raises ValueError when they do not fit. Equals MeanSquaredError of Keras. Taught in lesson 03.
    """
    predictions, targets = expect.pair(predictions, targets, "predictions", "targets")
    return ((predictions - targets) ** 2).mean()


def mean_squared_error_backward(predictions, targets):
    """Gradient of mean_squared_error: 2 (prediction − target) / count."""
    predictions, targets = expect.pair(predictions, targets, "predictions", "targets")
    return 2 * (predictions - targets) / predictions.size


def sgd_step(parameters, gradients, velocities, learning_rate, momentum=0.0):
    """One step of stochastic gradient descent with momentum.

    parameters, gradients, velocities   lists of arrays of the same shapes;
                                        velocities begin at 0
    learning_rate   positive number
    momentum        in [0, 1): share of the last step that is kept
    returns         new parameters, new velocities; the arguments stay as they are

    velocity ← momentum · velocity − learning_rate · gradient
    parameter ← parameter + velocity

    Raises ValueError when they do not fit. Equals keras.optimizers.SGD.
    Taught in lesson 03.
    """
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be positive, not {learning_rate!r}")
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must lie in [0, 1), not {momentum!r}")
    expect.same_shapes(parameters=parameters, gradients=gradients, velocities=velocities)
    velocities = [
        momentum * velocity - learning_rate * gradient
        for velocity, gradient in zip(velocities, gradients, strict=True)
    ]
    return [a + b for a, b in zip(parameters, velocities, strict=True)], velocities
