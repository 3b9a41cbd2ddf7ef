"""Does a remedy help? Several trained runs, one test, pairs, an interval and a verdict; lesson 05."""

import numpy as np


def draw_tests(labels, resamples=1000, seed=0):
    """Tests that might have been drawn instead: how often each image is in each of them.

    labels    (n,) 0 or 1; positives are drawn among positives, the others among the others, with
              replacement, so that every test has as many of each as the real one
    returns   (resamples, n) whole numbers

    Raises ValueError for other labels, one class alone, or fewer than 1 resample.
    """
    positive = positives_of(labels)
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    generator = np.random.default_rng(seed)
    counts = np.zeros((resamples, len(positive)), dtype=np.int32)
    for images in (np.flatnonzero(positive), np.flatnonzero(~positive)):
        share = np.full(len(images), 1 / len(images))
        counts[:, images] = generator.multinomial(len(images), share, size=resamples)
    return counts


def measure(labels, scores, thresholds, counts, prevalence=None):
    """Precision, recall, F1 and AP of several runs on several tests at once.

    labels       (n,) 0 or 1
    scores       (runs, n) of each trained run; an image is returned when score ≥ the run's threshold
    thresholds   (runs,)
    counts       (tests, n) how often each image is in each test, as from :func:`draw_tests`;
                 np.ones((1, n)) for the test as it is
    prevalence   share of positives in the world that the numbers are for, 0 < prevalence < 1; None: theirs
                 in the test. Images are weighted so that they have it: P = TPR·π / (TPR·π + FPR·(1 − π))
    returns      {"P", "R", "F1", "AP"}: (runs, tests) each; P is NaN where nothing is returned

    Raises ValueError for shapes that do not fit, other labels, NaN, or another prevalence.
    Equals scikit-learn's functions with sample_weight. Taught in lesson 05.
    """
    positive = positives_of(labels)
    scores, thresholds = np.asarray(scores, dtype=np.float64), np.asarray(thresholds, dtype=np.float64)
    counts = np.asarray(counts)
    images, positives, negatives = len(positive), np.flatnonzero(positive), np.flatnonzero(~positive)
    if scores.ndim != 2 or scores.shape[1] != images or thresholds.shape != scores.shape[:1]:
        raise ValueError(
            f"scores must have shape (runs, {images}) and thresholds (runs,), "
            f"not {scores.shape} and {thresholds.shape}"
        )
    if np.isnan(scores).any() or np.isnan(thresholds).any():
        raise ValueError("scores and thresholds must be numbers, not nan")
    if counts.ndim != 2 or counts.shape[1] != images or counts.shape[0] == 0:
        raise ValueError(f"counts must have shape (tests, {images}), not {counts.shape}")
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1, not {prevalence!r}")
    if (counts != np.rint(counts)).any() or (counts < 0).any():
        raise ValueError("counts must be whole numbers of at least 0: how often each image is in a test")
    by_image = np.ascontiguousarray(counts.T, dtype=np.int32)
    share = positive.mean() if prevalence is None else prevalence
    results = {name: np.empty((len(scores), len(counts))) for name in ("P", "R", "F1", "AP")}
    for run, (score, threshold) in enumerate(zip(scores, thresholds, strict=True)):
        # From the highest score down, positives and others apart; row i: what the first i images hold.
        wanted, others = (rows[np.argsort(-score[rows], kind="stable")] for rows in (positives, negatives))
        found, alarms = (_running_totals(by_image[rows]) for rows in (wanted, others))

        def returned(stops, wanted=wanted, others=others, found=found, alarms=alarms, score=score):
            """Recall, and right and wrong share of the world, when all with score ≥ stop come back."""
            stops = -np.atleast_1d(stops)
            recall = found[np.searchsorted(-score[wanted], stops, side="right")] / found[-1]
            false_alarm_rate = alarms[np.searchsorted(-score[others], stops, side="right")] / alarms[-1]
            return recall, share * recall, (1 - share) * false_alarm_rate

        _, right, wrong = returned(score[wanted])
        drawn = np.diff(found, axis=0)  # how often each positive is in the test
        results["AP"][run] = np.sum(drawn * right / np.maximum(right + wrong, 1e-300), axis=0) / found[-1]
        (recall,), (right,), (wrong,) = returned(threshold)
        with np.errstate(invalid="ignore"):
            results["P"][run] = right / (right + wrong)
        results["R"][run], results["F1"][run] = recall, 2 * right / (right + wrong + share)
    return results


def _running_totals(counts):
    """(n + 1, tests) sums of the first 0, 1, … n rows of counts (n, tests)."""
    totals = np.zeros((len(counts) + 1, counts.shape[1]), dtype=np.int32)
    np.cumsum(counts, axis=0, out=totals[1:])
    return totals


def mean_over_runs(values, seed=0):
    """Means over runs that might have been trained instead, one for each test.

    values    (runs, tests) of one measure, or differences between two models, run by run and test by test
    returns   (tests,) mean of runs drawn with replacement, anew for each test; its spread therefore holds
              both sources of chance, the images of the test and the seeds of the training

    One run fewer is drawn than there are: the mean of S − 1 draws has variance ((S − 1)/S) s²/(S − 1) = s²/S,
    which is that of a mean of S runs; S draws would understate it. NaN is left out of a mean.
    Raises ValueError for another shape or fewer than 2 runs. Taught in lesson 05.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] == 0:
        raise ValueError(f"values must have shape (runs, tests) with at least 2 runs, not {values.shape}")
    runs, tests = values.shape
    drawn = np.random.default_rng(seed).integers(runs, size=(runs - 1, tests))
    picked = np.take_along_axis(values, drawn, axis=0)
    known = ~np.isnan(picked)
    with np.errstate(invalid="ignore"):
        return np.where(known, picked, 0).sum(axis=0) / known.sum(axis=0)


def verdict(low, high):
    """What an interval of the difference "remedy minus baseline" says of the remedy.

    returns   "helps" when the whole interval lies above 0, "hurts" when it lies below, else "cannot tell"

    Raises ValueError when low > high or either is NaN. Taught in lesson 05.
    """
    if not low <= high:
        raise ValueError(f"low and high must be the ends of an interval, low ≤ high, not {low} and {high}")
    tiny = 1e-9  # what is 0 up to rounding does not count as above it
    if low > tiny:
        return "helps"
    if high < -tiny:
        return "hurts"
    return "cannot tell"


def positives_of(labels):
    """(n,) True for a positive; ValueError unless labels hold 0 and 1, both of them."""
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have shape (n,), not {labels.shape}")
    known = np.isin(labels, (0, 1))
    if not known.all():
        raise ValueError(f"labels must hold only 0 and 1, not {labels[~known][0]}")
    positive = labels == 1
    if positive.all() or not positive.any():
        raise ValueError("labels must hold both 0 and 1")
    return positive
