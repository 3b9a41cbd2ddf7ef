"""Checkers of lesson 09: a generator's precision and recall, best discriminators, slopes, packs."""

import itertools

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.games import World, count_modes
from imgrec_course.scratch.adversarial import optimal_discriminator
from imgrec_course.scratch.layers import sigmoid


def _generator_precision_recall(samples, centres, sigma):
    count = count_modes(samples, World(centres, sigma))
    return count.precision, count.recall


def _generator_cases(generator):
    def draw(modes, sigma, shares, spread, count=600):
        """Samples from modes with those shares, ``spread`` times as wide, and some from anywhere."""
        centres = generator.uniform(-4, 4, size=(modes, 2))
        while np.linalg.norm(centres[:, np.newaxis] - centres, axis=-1)[np.triu_indices(modes, 1)].min() < 1:
            centres = generator.uniform(-4, 4, size=(modes, 2))
        places = generator.choice(modes, size=count, p=np.array(shares) / np.sum(shares))
        samples = centres[places] + spread * sigma * generator.normal(size=(count, 2))
        return samples, centres, sigma

    return [
        ("three of five modes, exactly", draw(5, 0.1, [1, 1, 1, 0, 0], 1)),
        ("all of four modes, twice as wide", draw(4, 0.1, [1, 1, 1, 1], 2)),
        ("six modes, one rare and one nearly forgotten", draw(6, 0.08, [1, 1, 1, 1, 0.3, 0.03], 1.5)),
        ("one mode of eight, three times as wide", draw(8, 0.05, [1] + [0] * 7, 3)),
        ("samples far from every mode", (generator.normal(50, 1, size=(200, 2)), np.zeros((2, 2)) + 1, 0.1)),
    ]


def _distances(samples, centres):
    return np.linalg.norm(samples[:, np.newaxis] - centres, axis=-1)


def _counted(good, samples, centres, least):
    nearest = _distances(samples, centres).argmin(axis=1)
    counts = np.bincount(nearest[good], minlength=len(centres))
    return good.mean(), np.mean(counts >= least)


def _in_a_square(samples, centres, sigma):
    good = (np.abs(samples[:, np.newaxis] - centres) <= 3 * sigma).all(axis=-1).any(axis=1)
    return _counted(good, samples, centres, 0.1 * len(samples) / len(centres))


def _one_is_enough(samples, centres, sigma):
    return _counted(_distances(samples, centres).min(axis=1) <= 3 * sigma, samples, centres, 1)


def _within_one_sigma(samples, centres, sigma):
    good = _distances(samples, centres).min(axis=1) <= sigma
    return _counted(good, samples, centres, 0.1 * len(samples) / len(centres))


def _all_samples_cover(samples, centres, sigma):
    precision, _ = _generator_precision_recall(samples, centres, sigma)
    every = np.ones(len(samples), dtype=bool)
    return precision, _counted(every, samples, centres, 0.1 * len(samples) / len(centres))[1]


def _share_of_the_good(samples, centres, sigma):
    good = _distances(samples, centres).min(axis=1) <= 3 * sigma
    least = max(1, 0.5 * len(samples) / len(centres))
    return _counted(good, samples, centres, least)


def _best_discriminator(p, q):
    return optimal_discriminator(p, q)


def _density_cases(generator):
    p, q = generator.uniform(0, 2, size=(2, 6))
    wide = generator.uniform(0, 1, size=(2, 3, 4))
    return [
        ("six places", (p, q)),
        ("densities on a 3 × 4 grid", (wide[0], wide[1])),
        ("places where one of them is 0", (np.array([0.5, 0.0, 1.2]), np.array([0.0, 0.3, 0.4]))),
        ("places where both are 0", (np.array([0.0, 0.7, 0.0]), np.array([0.0, 0.2, 0.0]))),
    ]


def _slope_cases(generator):
    return [
        ("five logits", (generator.normal(scale=2, size=5),)),
        ("a batch of 4 × 1 logits", (generator.normal(scale=3, size=(4, 1)),)),
        ("very sure either way", (np.array([-40.0, -12.0, 12.0, 40.0]),)),
    ]


def _generator_slopes(logits):
    return -sigmoid(logits), -sigmoid(-logits)


def _smoothed_discriminator(p, q, alpha, beta):
    return optimal_discriminator(p, q, alpha, beta)


def _smoothing_cases(generator):
    p, q = generator.uniform(0.05, 2, size=(2, 5))
    return [
        ("labels 0.9 and 0", (p, q, 0.9, 0.0)),
        ("labels 0.8 and 0.1", (q, p, 0.8, 0.1)),
        ("labels 0.7 and 0.25, where p is 0", (np.array([0.0, 0.4]), np.array([1.0, 0.6]), 0.7, 0.25)),
    ]


def _packed_divergence(modes, covered, pack):
    """Counted over all ways in which a pack can fall."""
    r = 0.0
    for fall in itertools.product(range(modes), repeat=pack):
        r += all(mode < covered for mode in fall) / modes**pack
    return _of_shared(r)


def _of_shared(r, log=np.log):
    rest = (1 - r) * log(2) if r < 1 else 0.0
    return (r * log(2 * r / (1 + r)) + rest + log(2 / (1 + r))) / 2


def _pack_cases(generator):
    drawn = [
        (int(modes), int(generator.integers(1, modes)), int(pack))
        for modes, pack in zip(generator.integers(3, 7, size=3), (1, 2, 4), strict=True)
    ]
    return [
        ("three of eight modes, alone", (8, 3, 1)),
        ("six of eight modes, packs of 3", (8, 6, 3)),
        *[("numbers drawn at random", one) for one in drawn],
        ("all modes covered", (5, 5, 3)),
    ]


EXERCISES = {
    "generator_precision_recall": Exercise(
        solution=_generator_precision_recall,
        cases=_generator_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda samples, centres, sigma: _generator_precision_recall(samples, centres, sigma)[::-1],
                "Precision first, then recall.",
            ),
            Mistake(
                _in_a_square,
                "3 σ in each coordinate by itself is a square; asked for is the distance √(Δ₁² + Δ₂²), a disc.",
            ),
            Mistake(
                _one_is_enough,
                "One sample that has strayed there is not enough: a mode is covered from n / (10 K) good samples on.",
            ),
            Mistake(
                _within_one_sigma,
                "Within 3 σ, not within one: of the real points themselves most would be refused.",
            ),
            Mistake(
                _all_samples_cover,
                "For recall only good samples count; the others lie nearest to some mode, too, however far away.",
            ),
            Mistake(
                _share_of_the_good,
                "You ask for half of the fair share; a tenth of it is enough.",
            ),
        ),
    ),
    "best_discriminator": Exercise(
        solution=_best_discriminator,
        cases=_density_cases,
        stars=1,
        peer="Bayes' theorem",
        mistakes=(
            Mistake(
                lambda p, q: np.where(p + q > 0, q / np.where(p + q > 0, p + q, 1), 0.5),
                "This is the probability of a *generated* sample; D says how probable a real one is.",
            ),
            Mistake(
                lambda p, q: p / (p + q),
                "Where both densities are 0 this is 0/0; say ½ there.",
            ),
            Mistake(
                lambda p, q: np.where(p + q > 0, p / np.where(p + q > 0, p + q, 1), 0),
                "Where neither falls nothing speaks for “generated” either: ½, not 0.",
            ),
            Mistake(
                lambda p, q: np.where(p == q, 0.5, (p > q).astype(float)),
                "This is the verdict, real or not; D is the probability before the verdict.",
            ),
            Mistake(
                lambda p, q: p / np.where(q > 0, q, 1),
                "p / q is the odds, and exceeds 1; the probability is odds / (1 + odds).",
            ),
        ),
    ),
    "generator_slopes": Exercise(
        solution=_generator_slopes,
        cases=_slope_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda f: (-sigmoid(-f), -sigmoid(f)),
                "The two have changed places: ln(1 − σ(f)) has the slope −σ(f) and is flat where f ≪ 0.",
            ),
            Mistake(
                lambda f: (sigmoid(f), sigmoid(-f)),
                "The sign is missing: both losses fall when the logit rises.",
            ),
            Mistake(
                lambda f: (-sigmoid(f), sigmoid(-f)),
                "−ln σ(f) has a minus sign in front: its slope is −(1 − σ(f)).",
            ),
            Mistake(
                lambda f: (-1 / sigmoid(-f), -1 / sigmoid(f)),
                "These are slopes in D. In the logit comes one factor more, the slope of the sigmoid: σ(f)(1 − σ(f)).",
            ),
            Mistake(
                lambda f: (-sigmoid(f) * sigmoid(-f), -sigmoid(f) * sigmoid(-f)),
                "This is the slope of the sigmoid alone; the logarithm divides it by 1 − σ(f), or by σ(f).",
            ),
            Mistake(
                lambda f: (-sigmoid(f) / np.size(f), -sigmoid(-f) / np.size(f)),
                "Divided by their number these are slopes of the mean; asked for are those of each sample's own loss.",
            ),
        ),
    ),
    "smoothed_discriminator": Exercise(
        solution=_smoothed_discriminator,
        cases=_smoothing_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda p, q, alpha, beta: p / (p + q),
                "This is the optimum for the labels 1 and 0; alpha and beta do not appear.",
            ),
            Mistake(
                lambda p, q, alpha, beta: alpha * p / (p + q),
                "Right when beta is 0; otherwise beta · q stands before ln y, too.",
            ),
            Mistake(
                lambda p, q, alpha, beta: alpha * p / (alpha * p + beta * q),
                "The denominator is a + b: what stands before ln y and before ln(1 − y). Add them up again.",
            ),
            Mistake(
                lambda p, q, alpha, beta: alpha * p / (alpha * p + (1 - beta) * q),
                "A real sample labelled alpha speaks for 1 − y as well, with weight 1 − alpha.",
            ),
            Mistake(
                lambda p, q, alpha, beta: (beta * p + alpha * q) / (p + q),
                "alpha is the label of the real samples, beta that of the generated ones.",
            ),
        ),
    ),
    "packed_divergence": Exercise(
        solution=_packed_divergence,
        cases=_pack_cases,
        stars=3,
        tolerance=1e-8,
        mistakes=(
            Mistake(
                lambda modes, covered, pack: _of_shared(covered / modes),
                "This is one sample alone. All m samples of a real pack must lie in covered modes: (k / K)ᵐ.",
            ),
            Mistake(
                lambda modes, covered, pack: _of_shared((covered / modes) ** pack, np.log2),
                "This is in bits; with natural logarithms the divergence reaches ln 2, not 1.",
            ),
            Mistake(
                lambda modes, covered, pack: 2 * _of_shared((covered / modes) ** pack),
                "The Jensen–Shannon divergence is the mean of the two, not their sum.",
            ),
            Mistake(
                lambda modes, covered, pack: (
                    ((r := (covered / modes) ** pack) * np.log(2 * r / (1 + r)) + np.log(2 / (1 + r))) / 2
                ),
                "Real packs that the forger never makes count, too: there p over the mixture is 2, and the share is 1 − r.",
            ),
            Mistake(
                lambda modes, covered, pack: -np.log((covered / modes) ** pack),
                "This is KL(q ‖ p); the Jensen–Shannon divergence compares both with their mixture.",
            ),
            Mistake(
                lambda modes, covered, pack: _of_shared(1 - (1 - covered / modes) ** pack),
                "One sample in a covered mode is not enough: a pack looks possible only if *all* its samples do.",
            ),
        ),
    ),
}
