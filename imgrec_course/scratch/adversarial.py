"""The adversarial game in NumPy, as lesson 09 derives it: losses from logits, and what is optimal.

A discriminator gives a logit f for each sample; D = σ(f) is the probability that the sample is real.
Densities stand on a grid: an integral is a sum times the width of a cell. float32 stays float32, float64
stays float64.
"""

import numpy as np

from imgrec_course.scratch import expect
from imgrec_course.scratch.layers import sigmoid


def log_sigmoid(logits):
    """log σ(f) = min(f, 0) − log(1 + e^−|f|): finite for every finite f.

    log(1 − σ(f)) is log σ(−f). Equals keras.ops.log_sigmoid. Taught in lesson 09.
    """
    (logits,) = expect.floats(logits=logits)
    return np.minimum(logits, 0) - np.log1p(np.exp(-np.abs(logits)))


def discriminator_loss(real_logits, fake_logits, real_target=1.0, fake_target=0.0):
    """Cross-entropy of the real samples plus that of the generated ones, each a mean.

    real_logits, fake_logits   logits, any shape and number each
    real_target, fake_target   what D shall say, in [0, 1]; 1 and 0, unless labels are smoothed
    returns                    a number; 2 ln 2 when D says ½ of everything and the targets are 1 and 0

    Raises ValueError for logits that are not finite, targets outside [0, 1].
    Equals the sum of two BinaryCrossentropy(from_logits=True) of Keras.
    Taught in lesson 09; Goodfellow et al. (2014), arXiv:1406.2661.
    """
    real, fake = expect.floats(real_logits=real_logits, fake_logits=fake_logits)
    expect.finite(real, "real_logits")
    expect.finite(fake, "fake_logits")
    expect.probabilities(np.array([real_target, fake_target]), "real_target and fake_target")

    def cross_entropy(logits, target):
        return -target * log_sigmoid(logits) - (1 - target) * log_sigmoid(-logits)

    return cross_entropy(real, real_target).mean() + cross_entropy(fake, fake_target).mean()


def discriminator_loss_backward(real_logits, fake_logits, real_target=1.0, fake_target=0.0):
    """Gradients of discriminator_loss with respect to both: (σ(f) − target) / count."""
    discriminator_loss(real_logits, fake_logits, real_target, fake_target)  # refuses what does not fit
    real, fake = expect.floats(real_logits=real_logits, fake_logits=fake_logits)
    return (sigmoid(real) - real_target) / real.size, (sigmoid(fake) - fake_target) / fake.size


def saturating_loss(fake_logits):
    """Mean of log(1 − D): what the generator lowers when the game is minimax."""
    return log_sigmoid(-_one(fake_logits)).mean()


def saturating_loss_backward(fake_logits):
    """Gradient of saturating_loss: −σ(f) / count; near 0 where D is sure of the fake."""
    fake = _one(fake_logits)
    return -sigmoid(fake) / fake.size


def non_saturating_loss(fake_logits):
    """Mean of −log D: the generator's cross-entropy with the target 1.

    Equals BinaryCrossentropy(from_logits=True) with labels 1.
    Taught in lesson 09; Goodfellow et al. (2014), section 3.
    """
    return -log_sigmoid(_one(fake_logits)).mean()


def non_saturating_loss_backward(fake_logits):
    """Gradient of non_saturating_loss: −(1 − σ(f)) / count; near −1 / count where D is sure of the fake."""
    fake = _one(fake_logits)
    return -sigmoid(-fake) / fake.size


def optimal_discriminator(p, q, real_target=1.0, fake_target=0.0):
    """The D that lowers the discriminator's loss most: (target · p + target′ · q) / (p + q), place by place.

    p, q       densities of real and of generated samples, the same shape
    returns    the same shape; ½ where neither ever falls, for there nothing decides

    With the targets 1 and 0 it is p / (p + q). Raises ValueError for negative densities, other shapes.
    Taught in lesson 09; Goodfellow et al. (2014), proposition 1; Salimans et al. (2016), section 3.4.
    """
    p, q = _densities(p, q)
    expect.probabilities(np.array([real_target, fake_target]), "real_target and fake_target")
    both = p + q
    return np.divide(real_target * p + fake_target * q, both, out=np.full_like(both, 0.5), where=both > 0)


def optimal_logits(p, q):
    """The logits f of p / (p + q): ln p − ln q; infinite where only one of them falls, 0 where neither."""
    p, q = _densities(p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((p > 0) | (q > 0), np.log(p) - np.log(q), 0)


def value(p, q, logits, width):
    """V(D, G) = ∫ p log D + ∫ q log(1 − D) on a grid, D = σ(f).

    p, q     densities, the same shape
    logits   f, the same shape; may be infinite
    width    of a cell (in the plane: its area)
    returns  a number ≤ 0; 0 · log 0 counts as 0

    Its negative is the discriminator's loss over infinitely many samples.
    """
    p, q = _densities(p, q)
    (logits,) = expect.floats(logits=logits)
    expect.shape(logits, p.shape, "logits")
    if np.isnan(logits).any():
        raise ValueError("logits must be numbers, not NaN")
    _positive(width)
    return width * (_weighted(p, log_sigmoid(logits)) + _weighted(q, log_sigmoid(-logits))).sum()


def jensen_shannon(p, q, width):
    """Jensen–Shannon divergence on a grid: mean of KL(p ‖ m) and KL(q ‖ m), m = (p + q) / 2.

    p, q      densities, the same shape; each should sum to 1 / width
    width     of a cell (in the plane: its area)
    returns   a number in nats: 0 where p = q, ln 2 where they never meet

    scipy.spatial.distance.jensenshannon gives its square root. Taught in lesson 09; Lin (1991).
    """
    p, q = _densities(p, q)
    _positive(width)
    middle = (p + q) / 2
    one = np.ones_like(middle)
    to_p = np.divide(p, middle, out=one.copy(), where=p > 0)
    to_q = np.divide(q, middle, out=one.copy(), where=q > 0)
    return width * (_weighted(p, np.log(to_p)) + _weighted(q, np.log(to_q))).sum() / 2


def _one(fake):
    (fake,) = expect.floats(fake_logits=fake)
    expect.finite(fake, "fake_logits")
    return fake


def _densities(p, q):
    p, q = expect.pair(p, q, "p", "q")
    for name, density in (("p", p), ("q", q)):
        if (density < 0).any():
            raise ValueError(f"{name} must hold densities, none below 0; {density[density < 0][0]} is")
    return p, q


def _positive(width):
    if not (np.isfinite(width) and width > 0):
        raise ValueError(f"width must be a positive number, not {width!r}")


def _weighted(weights, values):
    """weights · values, 0 where the weight is 0, whatever the value."""
    return np.multiply(weights, values, out=np.zeros_like(weights), where=weights > 0)
