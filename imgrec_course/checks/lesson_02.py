"""Checkers of lesson 02: intervals, tests, thresholds and calibration, held against SciPy and scikit-learn."""

import numpy as np

from imgrec_course import metrics
from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.language import message


def _f1_values(labels, returned, rows, rows_of_returned=None):
    """F1 of every resample; the rows of the decisions are those of the labels unless given."""
    labels = labels[rows]
    returned = returned[rows if rows_of_returned is None else rows_of_returned]
    found = (labels & returned).sum(axis=1)
    return 2 * found / np.maximum(labels.sum(axis=1) + returned.sum(axis=1), 1)


def _f1_interval(labels, returned, rows):
    return metrics.percentile_interval(_f1_values(labels, returned, rows))


def _normal_interval(labels, returned, rows):
    values = _f1_values(labels, returned, rows)
    return values.mean() - 1.96 * values.std(), values.mean() + 1.96 * values.std()


def _torn_apart(labels, returned, rows):
    return metrics.percentile_interval(_f1_values(labels, returned, rows, np.arange(len(labels))[np.newaxis]))


def _outer(low, high):
    def answer(labels, returned, rows):
        return tuple(np.quantile(_f1_values(labels, returned, rows), [low, high]))

    return answer


def _precision_interval(labels, returned, rows):
    labels, returned = labels[rows], returned[rows]
    values = (labels & returned).sum(axis=1) / np.maximum(returned.sum(axis=1), 1)
    return metrics.percentile_interval(values)


def _resample_cases(generator):
    def draw(images, resamples, share):
        labels = (generator.uniform(size=images) < share).astype(int)
        labels[:3] = 1
        returned = np.where(generator.uniform(size=images) < 0.2, 1 - labels, labels)
        returned[:2] = 1
        return labels, returned, generator.integers(images, size=(resamples, images))

    return [
        ("40 images, 200 resamples", draw(40, 200, 0.5)),
        ("159 images, 500 resamples", draw(159, 500, 0.37)),
        ("100 images, few of them positive", draw(100, 300, 0.1)),
        ("60 images, 1000 resamples", draw(60, 1000, 0.4)),
    ]


def _wilson(successes, trials):
    from scipy.stats import binomtest

    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return interval.low, interval.high


def _proportion_cases(generator):
    cases = [
        (
            message("{successes} of {trials}", successes=successes, trials=trials),
            (successes, trials),
        )
        for trials in (12, 59, int(generator.integers(100, 400)))
        for successes in (int(generator.integers(1, trials)),)
    ]
    return [
        *cases,
        (message("{successes} of {trials}", successes=10, trials=10), (10, 10)),
        (message("{successes} of {trials}", successes=0, trials=25), (0, 25)),
    ]


Z = 1.959963984540054


def _wilson_mistake(function, hint):
    """A mistake in the formula: function (share, trials, z) → (low, high)."""
    return Mistake(lambda successes, trials: function(successes / trials, trials, Z), hint)


def _wald(share, trials, z):
    half = z * np.sqrt(share * (1 - share) / trials)
    return share - half, share + half


def _wilson_parts(share, trials, z):
    """Numerator's centre and half width, and the denominator."""
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return share + z**2 / (2 * trials), half, 1 + z**2 / trials


def _not_divided(share, trials, z):
    centre, half, _ = _wilson_parts(share, trials, z)
    return centre - half, centre + half


def _half_divided(share, trials, z):
    """The centre alone is divided by 1 + z²/n."""
    centre, half, below = _wilson_parts(share, trials, z)
    return centre / below - half, centre / below + half


def _around_the_share(share, trials, z):
    _, half, below = _wilson_parts(share, trials, z)
    return share - half / below, share + half / below


def _ninety(share, trials, z):
    centre, half, below = _wilson_parts(share, trials, 1.6448536269514722)
    return (centre - half) / below, (centre + half) / below


def _without_square(share, trials, z):
    centre, _, below = _wilson_parts(share, trials, z)
    half = z * np.sqrt(share * (1 - share) / trials)
    return (centre - half) / below, (centre + half) / below


def _mcnemar(labels, first, second):
    return metrics.mcnemar(labels, first, second).p_value


def _answer_cases(generator):
    def draw(images, classes, first_right, second_right):
        labels = generator.integers(classes, size=images)
        answers = [
            np.where(generator.uniform(size=images) < right, labels, generator.integers(classes, size=images))
            for right in (first_right, second_right)
        ]
        return labels, *answers

    labels, first, _ = draw(50, 2, 0.8, 0.8)
    return [
        ("60 images, two classes", draw(60, 2, 0.7, 0.3)),
        ("200 images, ten classes", draw(200, 10, 0.8, 0.7)),
        ("500 images, ten classes", draw(500, 10, 0.75, 0.7)),
        ("two recognisers with the same answers", (labels, first, first.copy())),
    ]


def _disagreements(labels, first, second):
    only_first = int(np.sum((first == labels) & (second != labels)))
    return only_first, int(np.sum((first != labels) & (second == labels)))


def _tosses(function):
    """A test of the disagreements by somebody who handles their absence well."""

    def answer(labels, first, second):
        only_first, only_second = _disagreements(labels, first, second)
        if only_first + only_second == 0:
            return 1.0
        return float(function(only_first, only_second))

    return answer


def _one_sided(only_first, only_second):
    from scipy.stats import binomtest

    larger = max(only_first, only_second)
    return binomtest(larger, only_first + only_second, 0.5, alternative="greater").pvalue


def _one_outcome(only_first, only_second):
    from scipy.stats import binom

    return binom.pmf(only_first, only_first + only_second, 0.5)


def _chi_square(only_first, only_second):
    from scipy.stats import chi2

    return chi2.sf((only_first - only_second) ** 2 / (only_first + only_second), 1)


def _all_images(labels, first, second):
    from scipy.stats import binomtest

    return float(binomtest(_disagreements(labels, first, second)[0], len(labels), 0.5).pvalue)


def _unpaired(labels, first, second):
    from scipy.stats import fisher_exact

    right = np.array([np.sum(first == labels), np.sum(second == labels)])
    return float(fisher_exact(np.stack([right, len(labels) - right])).pvalue)


def _different_answers(labels, first, second):
    """Counts every image on which the answers differ, also where both are wrong."""
    from scipy.stats import binomtest

    different = int(np.sum(first != second))
    if different == 0:
        return 1.0
    return float(binomtest(_disagreements(labels, first, second)[0], different, 0.5).pvalue)


def _f1_at(labels, scores, threshold):
    from sklearn.metrics import f1_score

    return f1_score(labels, scores >= threshold, zero_division=0)


def _best(labels, scores):
    return metrics.best_f1_threshold(labels, scores)[0]


def _honest_f1(validation_labels, validation_scores, test_labels, test_scores):
    threshold = _best(validation_labels, validation_scores)
    return threshold, _f1_at(test_labels, test_scores, threshold)


def _chosen_on(choose, evaluate_on_validation=False):
    def answer(validation_labels, validation_scores, test_labels, test_scores):
        threshold = choose(validation_labels, validation_scores, test_labels, test_scores)
        if evaluate_on_validation:
            return threshold, _f1_at(validation_labels, validation_scores, threshold)
        return threshold, _f1_at(test_labels, test_scores, threshold)

    return answer


def _best_of_both(validation_labels, validation_scores, test_labels, test_scores):
    return _best(
        np.concatenate([validation_labels, test_labels]), np.concatenate([validation_scores, test_scores])
    )


def _strictly_above(validation_labels, validation_scores, test_labels, test_scores):
    """A score counts as returned when it is larger than the threshold, not when it equals it."""
    from sklearn.metrics import f1_score

    candidates = np.unique(validation_scores)[::-1]
    values = [f1_score(validation_labels, validation_scores > t, zero_division=0) for t in candidates]
    threshold = candidates[int(np.argmax(values))]
    return threshold, f1_score(test_labels, test_scores > threshold, zero_division=0)


def _two_set_cases(generator):
    def draw(validation, test, share):
        pairs = []
        for images in (validation, test):
            labels = (generator.uniform(size=images) < share).astype(int)
            labels[:2] = 1
            pairs += [labels, np.round(1 / (1 + np.exp(-generator.normal(2 * labels - 1.5, 1.2))), 6)]
        return tuple(pairs)

    return [
        ("60 and 90 images", draw(60, 90, 0.4)),
        ("200 images each, a tenth of them positive", draw(200, 200, 0.1)),
        ("30 and 300 images", draw(30, 300, 0.5)),
        ("300 and 50 images", draw(300, 50, 0.3)),
    ]


def _calibration_cases(generator):
    def draw(images, power, decimals=6):
        probabilities = np.round(generator.uniform(size=images), decimals)
        return probabilities, (generator.uniform(size=images) < probabilities**power).astype(int)

    return [
        ("500 images, 10 bins", (*draw(500, 2.0), 10)),
        ("80 images, 15 bins", (*draw(80, 0.5), 15)),
        ("300 images, one bin", (*draw(300, 1.5), 1)),
        ("6 images, most bins empty", (*draw(6, 1.0), 10)),
        (
            "probabilities of 0 and 1 among them",
            (np.array([0, 0, 1, 1, 0.33, 0.77]), np.array([0, 1, 1, 1, 0, 1]), 4),
        ),
    ]


def _bins_mistake(function, hint):
    """A mistake in how the bins are added up: function (confidence, share, count) of the filled bins."""

    def answer(probabilities, correct, bins):
        confidence, share, count = metrics.reliability(probabilities, correct, bins)
        filled = count > 0
        return float(function(confidence[filled], share[filled], count[filled]))

    return Mistake(answer, hint)


def _middle_of_bins(probabilities, correct, bins):
    _, share, count = metrics.reliability(probabilities, correct, bins)
    middle, filled = (np.arange(bins) + 0.5) / bins, count > 0
    return float(np.average(np.abs(share - middle)[filled], weights=count[filled]))


def _best_expected_f1(probabilities):
    best = metrics.expected_f1(probabilities).max()
    return best, best / 2


def _last_returned(probabilities):
    values = metrics.expected_f1(probabilities)
    return values.max(), np.sort(probabilities)[::-1][int(values.argmax())]


def _half(probabilities):
    returned = probabilities >= 0.5
    best = 2 * probabilities[returned].sum() / max(returned.sum() + probabilities.sum(), 1e-300)
    return best, best / 2


def _rounded_labels(probabilities):
    labels = np.sort(probabilities)[::-1] >= 0.5
    values = 2 * np.cumsum(labels) / (np.arange(1, len(labels) + 1) + labels.sum())
    return values.max(), values.max() / 2


def _no_positives_below(probabilities):
    """Counts as wanted only what is returned: F1 of precision, with recall taken as 1."""
    ranked = np.sort(probabilities)[::-1]
    found = np.cumsum(ranked)
    best = (2 * found / (np.arange(1, len(ranked) + 1) + found)).max()
    return best, best / 2


def _unsorted(probabilities):
    values = 2 * np.cumsum(probabilities) / (np.arange(1, len(probabilities) + 1) + probabilities.sum())
    return values.max(), values.max() / 2


def _probability_cases(generator):
    return [
        ("100 images, probabilities even from 0 to 1", (generator.uniform(size=100),)),
        ("500 images, a tenth positive", (generator.beta(0.4, 3.6, size=500),)),
        ("200 images, hard to tell apart", (generator.beta(3, 9, size=200),)),
        ("60 images, easy to tell apart", (generator.beta(0.1, 0.2, size=60),)),
    ]


EXERCISES = {
    "f1_interval": Exercise(
        solution=_f1_interval,
        cases=_resample_cases,
        stars=2,
        peer="NumPy",
        mistakes=(
            Mistake(
                _torn_apart,
                "An image keeps its label and its decision: take the same rows of both.",
            ),
            Mistake(_outer(0.05, 0.95), "This cuts off 5 % at either end and holds 90 %; cut off 2.5 %."),
            Mistake(
                _outer(0.00025, 0.00975),
                "np.percentile counts in hundredths: 2.5 and 97.5; np.quantile takes 0.025 and 0.975.",
            ),
            Mistake(_outer(0, 1), "These are the smallest and the largest value; take the percentiles."),
            Mistake(
                _normal_interval,
                "Mean ± 1.96 standard deviations assumes a bell-shaped distribution; take the percentiles.",
            ),
            Mistake(_precision_interval, "This is an interval of the precision."),
        ),
    ),
    "wilson": Exercise(
        solution=_wilson,
        cases=_proportion_cases,
        stars=2,
        peer="SciPy",
        tolerance=1e-6,
        mistakes=(
            _wilson_mistake(
                _wald,
                "This puts the observed share into the standard error: at 10 of 10 it has no width. "
                "Put p there, and solve for p.",
            ),
            _wilson_mistake(_not_divided, "Both the centre and the half width are divided by 1 + z²/n."),
            _wilson_mistake(_half_divided, "The half width is divided by 1 + z²/n, too."),
            _wilson_mistake(
                _around_the_share,
                "Wilson's interval is not centred on the observed share: its centre is drawn towards one half.",
            ),
            _wilson_mistake(_without_square, "Under the square root z²/(4n²) is missing."),
            _wilson_mistake(
                _ninety,
                "z = 1.645 leaves 5 % at either end; for a 95 % interval z is 1.959964 (2.5 % at either end).",
            ),
        ),
    ),
    "mcnemar_p_value": Exercise(
        solution=_mcnemar,
        cases=_answer_cases,
        stars=2,
        peer="SciPy",
        mistakes=(
            Mistake(
                _tosses(_one_sided),
                "This counts one direction alone; an equally uneven result in the other one would have "
                "surprised as much.",
            ),
            Mistake(
                _tosses(_one_outcome),
                "This is the probability of exactly this outcome; add those that are no more probable.",
            ),
            Mistake(
                _tosses(_chi_square),
                "This is the χ² approximation; the exact test adds up coin tosses (scipy.stats.binomtest).",
            ),
            Mistake(
                _all_images,
                "Images that both have right, or both wrong, toss no coin: count only those that one alone has right.",
            ),
            Mistake(
                _different_answers,
                "Different answers can both be wrong; only images that exactly one has right toss the coin.",
            ),
            Mistake(
                _unpaired,
                "This compares two shares as if the images were others for each recogniser; they are the same ones.",
            ),
        ),
    ),
    "honest_f1": Exercise(
        solution=_honest_f1,
        cases=_two_set_cases,
        stars=1,
        peer="scikit-learn",
        mistakes=(
            Mistake(
                _chosen_on(lambda vl, vs, tl, ts: _best(tl, ts)),
                "The threshold was chosen on the test images; they may only judge.",
            ),
            Mistake(
                _chosen_on(lambda vl, vs, tl, ts: _best(vl, vs), evaluate_on_validation=True),
                "The threshold is right, but its F1 is that of the validation images on which it was the best.",
            ),
            Mistake(
                _chosen_on(_best_of_both),
                "The test images took part in the choice; leave them out of it.",
            ),
            Mistake(
                _chosen_on(lambda vl, vs, tl, ts: 0.5),
                "0.5 is only a habit: try every validation score as a threshold.",
            ),
            Mistake(_strictly_above, "An image whose score equals the threshold is returned: ≥, not >."),
        ),
    ),
    "calibration_error": Exercise(
        solution=metrics.expected_calibration_error,
        cases=_calibration_cases,
        stars=2,
        mistakes=(
            _bins_mistake(
                lambda confidence, share, count: np.mean(np.abs(share - confidence)),
                "A bin counts by the number of its images: weight it by count / n.",
            ),
            _bins_mistake(
                lambda confidence, share, count: np.average(share - confidence, weights=count),
                "Too sure here and too modest there must not cancel: take the absolute value in each bin.",
            ),
            _bins_mistake(
                lambda confidence, share, count: abs(np.average(share - confidence, weights=count)),
                "The absolute value belongs inside, around the difference of each bin.",
            ),
            _bins_mistake(
                lambda confidence, share, count: np.max(np.abs(share - confidence)),
                "This is the largest difference, the maximum calibration error; take the weighted mean.",
            ),
            _bins_mistake(
                lambda confidence, share, count: np.sqrt(
                    np.average((share - confidence) ** 2, weights=count)
                ),
                "ECE averages absolute differences, not squares.",
            ),
            Mistake(
                _middle_of_bins,
                "Compare with the mean probability of the images in the bin, not with the middle of the bin.",
            ),
        ),
    ),
    "best_expected_f1": Exercise(
        solution=_best_expected_f1,
        cases=_probability_cases,
        stars=3,
        peer="the formula tried at every threshold",
        mistakes=(
            Mistake(
                _last_returned,
                "F* is right. The last probability returned only lies near the threshold; the rule says F*/2.",
            ),
            Mistake(
                lambda probabilities: (metrics.expected_f1(probabilities).max(),) * 2,
                "F* is right. The threshold is half of it: compare 2p with F.",
            ),
            Mistake(
                _half, "0.5 is the best threshold for accuracy; for F1 try every number of returned images."
            ),
            Mistake(
                _rounded_labels,
                "Do not round the probabilities to labels: an image counts as the share p of a positive.",
            ),
            Mistake(
                _no_positives_below,
                "The positives that are left behind count, too: add up the probabilities of all images.",
            ),
            Mistake(_unsorted, "Return the images of highest probability first: sort, largest first."),
        ),
    ),
}
