"""The adversarial losses against Keras, autodiff and brute force, in float64; what they refuse."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import log_expit
from scipy.stats import norm

from imgrec_course.scratch import adversarial
from imgrec_course.scratch.layers import numerical_gradient, relative_error


@pytest.fixture
def logits():
    generator = np.random.default_rng(0)
    return generator.normal(scale=3, size=(7, 2)), generator.normal(scale=3, size=11)


@pytest.fixture
def densities():
    """Two normal densities on a fine grid, and its width."""
    places = np.linspace(-12, 12, 4001)
    p, q = norm(-1, 1).pdf(places), norm(1.5, 0.7).pdf(places)
    return p, q, places[1] - places[0]


def test_log_sigmoid_is_finite_and_scipys():
    places = np.array([-1e4, -745, -40, -1, 0, 1e-9, 3, 50, 1e4])
    np.testing.assert_allclose(adversarial.log_sigmoid(places), log_expit(places), rtol=1e-12)
    small = adversarial.log_sigmoid(places.astype(np.float32))
    assert small.dtype == np.float32
    assert np.isfinite(small).all()


@pytest.mark.parametrize("targets", [(1.0, 0.0), (0.9, 0.0), (0.8, 0.1)])
def test_discriminator_loss_is_keras_and_its_gradient_is_numerical(logits, targets):
    import keras

    real, fake = logits
    loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    expected = sum(
        float(loss(np.full((1, part.size), target), part.reshape(1, -1)))
        for part, target in zip((real, fake), targets, strict=True)
    )
    assert adversarial.discriminator_loss(real, fake, *targets) == pytest.approx(expected, abs=1e-12)
    to_real, to_fake = adversarial.discriminator_loss_backward(real, fake, *targets)
    by_real = numerical_gradient(lambda x: adversarial.discriminator_loss(x, fake, *targets), real)
    by_fake = numerical_gradient(lambda x: adversarial.discriminator_loss(real, x, *targets), fake)
    assert relative_error(to_real, by_real) < 1e-7
    assert relative_error(to_fake, by_fake) < 1e-7


@pytest.mark.parametrize("name", ["saturating_loss", "non_saturating_loss"])
def test_generator_losses_are_tensorflows(logits, name):
    import tensorflow as tf

    fake = tf.constant(logits[1])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        d = tf.sigmoid(fake)
        loss = tf.reduce_mean(tf.math.log(1 - d) if name == "saturating_loss" else -tf.math.log(d))
    assert getattr(adversarial, name)(logits[1]) == pytest.approx(float(loss), abs=1e-12)
    gradient = getattr(adversarial, f"{name}_backward")(logits[1])
    np.testing.assert_allclose(gradient, tape.gradient(loss, fake), atol=1e-12)


def test_gradients_at_the_ends():
    fake = np.array([-30.0, 0.0, 30.0])
    np.testing.assert_allclose(3 * adversarial.saturating_loss_backward(fake), [0, -0.5, -1], atol=1e-12)
    np.testing.assert_allclose(3 * adversarial.non_saturating_loss_backward(fake), [-1, -0.5, 0], atol=1e-12)


@pytest.mark.parametrize("targets", [(1.0, 0.0), (0.9, 0.0), (0.7, 0.2)])
def test_no_other_discriminator_is_better(targets):
    """Place by place, of 9,999 probabilities none has a smaller loss than the optimal one."""
    generator = np.random.default_rng(1)
    p, q = generator.uniform(size=(2, 6))
    best = adversarial.optimal_discriminator(p, q, *targets)
    tried = np.linspace(0, 1, 10001)[1:-1, np.newaxis]

    def loss(d):
        (a, b) = targets
        real = -p * (a * np.log(d) + (1 - a) * np.log(1 - d))
        return real - q * (b * np.log(d) + (1 - b) * np.log(1 - d))

    assert np.all(loss(best) <= loss(tried).min(axis=0) + 1e-12)
    np.testing.assert_allclose(tried[loss(tried).argmin(axis=0), 0], best, atol=1.01e-4)


def test_where_nothing_falls_nothing_is_decided():
    assert adversarial.optimal_discriminator(np.zeros(2), np.zeros(2)).tolist() == [0.5, 0.5]
    assert adversarial.optimal_discriminator([1.0, 0.0], [0.0, 2.0]).tolist() == [1, 0]


def test_value_at_the_optimum_is_the_divergence(densities):
    p, q, width = densities
    best = adversarial.optimal_logits(p, q)
    np.testing.assert_allclose(adversarial.sigmoid(best), adversarial.optimal_discriminator(p, q), atol=1e-12)
    divergence = adversarial.jensen_shannon(p, q, width)
    optimum = adversarial.value(p, q, best, width)
    assert optimum == pytest.approx(2 * divergence - np.log(4), abs=1e-6)
    for other in (best + 0.3, best - 0.3, 0.9 * best):
        assert adversarial.value(p, q, other, width) < optimum


def test_value_where_they_never_meet():
    p, q = np.array([2.0, 0, 0]), np.array([0, 0, 2.0])
    best = adversarial.optimal_logits(p, q)
    assert best.tolist() == [np.inf, 0, -np.inf]
    assert adversarial.value(p, q, best, 0.5) == 0
    assert adversarial.value(p, q, -best, 0.5) == -np.inf


def test_value_is_the_loss_of_many_samples(densities):
    """A logistic discriminator on samples and on the grid."""
    p, q, width = densities
    places = np.linspace(-12, 12, 4001)
    generator = np.random.default_rng(2)
    real, fake = generator.normal(-1, 1, size=200_000), generator.normal(1.5, 0.7, size=200_000)
    on_grid = -adversarial.value(p, q, -2 * places, width)
    assert adversarial.discriminator_loss(-2 * real, -2 * fake) == pytest.approx(on_grid, abs=0.01)


def test_jensen_shannon_is_scipys_and_has_its_bounds(densities):
    p, q, width = densities
    expected = jensenshannon(p * width, q * width) ** 2
    assert adversarial.jensen_shannon(p, q, width) == pytest.approx(expected, abs=1e-9)
    assert adversarial.jensen_shannon(p, p, width) == pytest.approx(0, abs=1e-12)
    left, right = np.array([2.0, 0, 0, 0]), np.array([0, 0, 1.0, 1])
    assert adversarial.jensen_shannon(left, right, 0.5) == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: adversarial.discriminator_loss([np.nan], [0]), "real_logits must hold finite numbers"),
        (
            lambda: adversarial.discriminator_loss([0], [0], 1.1),
            r"real_target and fake_target must lie in \[0, 1\]; 1.1",
        ),
        (lambda: adversarial.non_saturating_loss([]), "fake_logits must not be empty"),
        (lambda: adversarial.saturating_loss([np.inf]), "fake_logits must hold finite numbers"),
        (lambda: adversarial.optimal_discriminator([1, -1], [1, 1]), "p must hold densities, none below 0"),
        (lambda: adversarial.optimal_discriminator([1, 1], [1]), "q must have the shape of p"),
        (lambda: adversarial.value([1], [1], [np.nan], 0.1), "logits must be numbers, not NaN"),
        (lambda: adversarial.jensen_shannon([1], [1], 0), "width must be a positive number, not 0"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
