"""Measures of generated images: equal to brute force and to SciPy, and moved the right way by damage."""

import numpy as np
import pytest

from imgrec_course import sample_quality as quality


@pytest.fixture
def sets():
    generator = np.random.default_rng(0)
    return generator.normal(size=(70, 5)), generator.normal(size=(90, 5)) * 1.3 + 0.4


def radii(samples, k):
    """Distance of each sample to its k-th nearest other one, one by one."""
    found = []
    for i, one in enumerate(samples):
        others = sorted(np.linalg.norm(one - other) for j, other in enumerate(samples) if j != i)
        found.append(others[k - 1])
    return found


def share_in_balls(points, centres, k):
    reach = radii(centres, k)
    inside = [
        any(np.linalg.norm(point - centre) <= r for centre, r in zip(centres, reach, strict=True))
        for point in points
    ]
    return np.mean(inside)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_precision_and_recall_are_those_of_brute_force(sets, k):
    real, fake = sets
    precision, recall = quality.precision_recall(real, fake, k)
    assert precision == pytest.approx(share_in_balls(fake, real, k))
    assert recall == pytest.approx(share_in_balls(real, fake, k))
    assert 0 < precision < 1
    assert 0 < recall < 1


@pytest.mark.parametrize("k", [1, 5])
def test_density_and_coverage_are_those_of_brute_force(sets, k):
    real, fake = sets
    reach = radii(real, k)
    within = np.array([[np.linalg.norm(f - r) <= d for f in fake] for r, d in zip(real, reach, strict=True)])
    density, coverage = quality.density_coverage(real, fake, k)
    assert density == pytest.approx(within.sum() / (k * len(fake)))
    assert coverage == pytest.approx(within.any(axis=1).mean())


def test_blocks_change_nothing(sets):
    from sklearn import config_context

    real, fake = sets
    whole = quality.precision_recall(real, fake), quality.density_coverage(real, fake)
    with config_context(working_memory=0.01):  # a few rows at a time
        assert (quality.precision_recall(real, fake), quality.density_coverage(real, fake)) == whole


def test_the_frechet_distance_is_that_of_scipys_matrix_root(sets):
    from scipy.linalg import sqrtm

    real, fake = sets
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    expected = np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert quality.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)
    assert quality.frechet_distance(fake, real) == pytest.approx(expected, rel=1e-9)


def test_the_frechet_distance_of_numbers_is_known():
    """In one dimension: (μ₁ − μ₂)² + (σ₁ − σ₂)²."""
    generator = np.random.default_rng(1)
    real, fake = generator.normal(size=(50, 1)), 3 * generator.normal(size=(60, 1)) + 2
    expected = (real.mean() - fake.mean()) ** 2 + (real.std(ddof=1) - fake.std(ddof=1)) ** 2
    assert quality.frechet_distance(real, fake) == pytest.approx(expected)


def test_the_frechet_distance_survives_constant_features_and_few_samples():
    generator = np.random.default_rng(2)
    real = np.hstack([generator.normal(size=(20, 30)), np.zeros((20, 3))])
    assert quality.frechet_distance(real, real) == pytest.approx(0, abs=1e-6)
    assert quality.frechet_distance(real[:10], real[10:]) > 1  # few samples: far too large


def test_a_set_against_itself():
    real = np.random.default_rng(3).normal(size=(200, 4))
    assert quality.precision_recall(real, real) == (1, 1)
    density, coverage = quality.density_coverage(real, real)
    assert density >= 1
    assert coverage == 1


def test_copies_lie_in_their_own_balls():
    """Rounding must not push an exact copy out of a ball, also far from the origin."""
    real = np.random.default_rng(4).normal(size=(300, 20)) + 1000
    index, distance = quality.nearest(real[::-1], real)
    np.testing.assert_array_equal(index, np.arange(300)[::-1])
    assert quality.precision_recall(real, real.copy(), 1) == (1, 1)
    assert distance.max() < 1e-3


def test_each_measure_moves_the_right_way():
    generator = np.random.default_rng(5)
    modes = generator.normal(size=(8, 6)) * 6

    def draw(count, kept=8, spread=1.0):
        return modes[generator.integers(kept, size=count)] + spread * generator.normal(size=(count, 6))

    real, good, half, blurred, narrow = draw(800), draw(800), draw(800, kept=4), draw(800), draw(800)
    blurred = blurred + 3 * generator.normal(size=blurred.shape)
    narrow = draw(800, spread=0.3)
    measured = {
        name: (*quality.precision_recall(real, fake), *quality.density_coverage(real, fake))
        for name, fake in {"good": good, "half": half, "blurred": blurred, "narrow": narrow}.items()
    }
    assert min(measured["good"]) > 0.85
    precision, recall, _, coverage = measured["half"]
    assert precision > 0.85
    assert recall < 0.6
    assert coverage < 0.6
    assert measured["blurred"][0] < 0.6
    precision, recall, density, _ = measured["narrow"]
    assert precision > 0.97
    assert recall < 0.3
    assert density > measured["good"][2]
    distance = {name: quality.frechet_distance(real, fake) for name, fake in (("good", good), ("half", half))}
    assert distance["half"] > 20 * distance["good"]


def test_the_distance_of_equals_falls_with_their_number():
    generator = np.random.default_rng(6)
    distances = [
        quality.frechet_distance(generator.normal(size=(n, 20)), generator.normal(size=(n, 20)))
        for n in (50, 200, 800, 3200)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] > 0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: quality.precision_recall(np.zeros((3, 2)), np.zeros((9, 2)), 3),
            "real must hold at least 4 samples, not 3: each needs k = 3 neighbours besides itself",
        ),
        (
            lambda: quality.precision_recall(np.zeros((9, 2)), np.zeros((3, 2)), 3),
            "fake must hold at least 4 samples, not 3: each needs k = 3",
        ),
        (
            lambda: quality.density_coverage(np.zeros((5, 2)), np.zeros((1, 2)), 5),
            "real must hold at least 6",
        ),
        (
            lambda: quality.density_coverage(np.zeros((9, 2)), np.zeros((0, 2))),
            "fake must hold at least 1 sam",
        ),
        (lambda: quality.precision_recall(np.zeros((9, 2)), np.zeros((9, 3))), r"not \(9, 2\) and \(9, 3\)"),
        (lambda: quality.precision_recall(np.zeros((9, 2)), np.zeros((9, 2)), 0), "k must be a whole number"),
        (
            lambda: quality.precision_recall(np.zeros((9, 2)), np.full((9, 2), np.nan)),
            "fake must hold finite",
        ),
        (
            lambda: quality.frechet_distance(np.zeros((1, 2)), np.zeros((9, 2))),
            "real must hold at least 2 samples, not 1: a covariance needs two",
        ),
        (lambda: quality.frechet_distance(np.zeros(4), np.zeros((9, 4))), r"shapes \(n, d\) and \(m, d\)"),
        (lambda: quality.nearest(np.zeros((2, 3)), np.zeros((0, 3))), "collection must hold at least 1"),
        (lambda: quality.to_signed(np.zeros((2, 28, 28))), "images must be bytes"),
        (lambda: quality.features(np.zeros((2, 28, 28))), "images must have shape"),
        (lambda: quality.features(np.full((2, 28, 28, 1), 200.0)), "scale bytes with to_signed"),
        (lambda: quality.features(np.full((2, 28, 28, 1), 0.5)), "these lie between 0.5 and 0.5"),
        (lambda: quality.features(np.full((2, 28, 28, 1), np.nan)), "finite"),
        (lambda: quality.features(np.full((2, 32, 32, 1), -1.0)), r"not \(2, 32, 32, 1\)"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_bytes_become_the_range_of_tanh():
    images = np.array([[[0, 255], [51, 204]]], dtype=np.uint8)
    made = quality.to_signed(images)
    assert made.shape == (1, 2, 2, 1)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made[0, ..., 0], [[-1, 1], [-0.6, 0.6]], atol=1e-6)
    assert quality.to_signed(np.zeros((1, 2, 2, 3), np.uint8)).shape == (1, 2, 2, 3)


def test_a_row_of_the_scoreboard(capsys):
    row = quality.record(
        "some generator", "100 images", (12.5, 0.6, 0.3, 0.9, 0.5), 100, parameters=7, extra=None
    )
    assert row["precision"] == 0.6
    assert row["precision_interval"][0] < 0.6 < row["precision_interval"][1]
    assert row["recall_interval"][0] < 0.3 < row["recall_interval"][1]
    assert row["f1"] == pytest.approx(0.4)
    assert row["frechet_distance"] == 12.5
    assert row["parameters"] == 7
    assert "extra" not in row
    assert capsys.readouterr().out.startswith("some generator · 100 images (measured P 0.600 [")
    assert quality.record("collapsed", "x", (1, 0.0, 0.0), 10)["f1"] == 0
    with pytest.raises(ValueError, match="successes"):
        quality.record("wrong", "x", (1, 1.2, 0.5), 10)
