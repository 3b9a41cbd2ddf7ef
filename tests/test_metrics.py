"""What lessons 01 and 02 teach, held against scikit-learn and counting, on thousands of random inputs."""

import time
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import label_binarize

from imgrec_course import metrics, scoreboard
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.scratch.counting import confusion_counts, precision_recall_points


@pytest.fixture(scope="module")
def solved():
    """The functions that lesson 01's solutions define."""
    names = {"np": np, "precision_recall_points": precision_recall_points}
    for cell in read_lesson(lesson_paths(["01"])[0]).cells:
        if "exercise" in cell.metadata.get("tags", []):
            exec(cell.texts["en", "solutions"], names)
    return names


PAIRS = st.integers(0, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
    )
)
# Scores with one decimal: ties are the rule, not the exception. Labels may hold one class alone.
SCORED = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(any),
        st.lists(st.integers(0, 10).map(lambda score: score / 10), min_size=n, max_size=n),
    )
)


@settings(max_examples=600, deadline=None)
@given(PAIRS)
def test_counts_precision_recall_and_f(solved, pair):
    labels, returned = np.array(pair[0], dtype=int), np.array(pair[1], dtype=int)
    tp, fp, fn, tn = confusion_counts(labels, returned)
    by_hand = [
        sum(1 for truth, answer in zip(*pair, strict=True) if (truth, answer) == wanted)
        for wanted in ((1, 1), (0, 1), (1, 0), (0, 0))
    ]
    assert [tp, fp, fn, tn] == by_hand
    if len(labels):
        theirs = sklearn.metrics.confusion_matrix(labels, returned, labels=[0, 1])
        assert np.array_equal([[tn, fp], [fn, tp]], theirs)
        for beta in (0.5, 1, 2):
            *expected, f_beta, _ = sklearn.metrics.precision_recall_fscore_support(
                labels, returned, beta=beta, average="binary", zero_division=np.nan
            )
            np.testing.assert_allclose(solved["precision_and_recall"](tp, fp, fn), expected, atol=1e-12)
            if tp + fp + fn:
                np.testing.assert_allclose(solved["f_beta"](tp, fp, fn, beta), f_beta, atol=1e-12)


@settings(max_examples=600, deadline=None)
@given(SCORED)
def test_curve_and_average_precision(solved, pair):
    labels, scores = np.array(pair[0]), np.array(pair[1])
    thresholds, precision, recall = precision_recall_points(labels, scores)
    their_precision, their_recall, their_thresholds = sklearn.metrics.precision_recall_curve(labels, scores)
    np.testing.assert_array_equal(thresholds, their_thresholds[::-1])
    np.testing.assert_allclose(precision, their_precision[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(recall, their_recall[:-1][::-1], atol=1e-12)
    for threshold, p, r in zip(thresholds, precision, recall, strict=True):
        tp, fp, fn, _ = confusion_counts(labels, scores >= threshold)
        assert (p, r) == (tp / (tp + fp), tp / (tp + fn))
    ours = solved["average_precision"](labels, scores)
    np.testing.assert_allclose(ours, sklearn.metrics.average_precision_score(labels, scores), atol=1e-12)
    # Its meaning, as the lesson words it: of all that scores at least as high, what share is right?
    meaning = np.mean([labels[scores >= score].mean() for score in scores[labels == 1]])
    np.testing.assert_allclose(ours, meaning, atol=1e-12)


@settings(max_examples=500, deadline=None)
@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_macro_f1(solved, classes, seed):
    generator = np.random.default_rng(seed)
    truth = np.append(generator.integers(classes, size=30), np.arange(classes))  # no class is empty
    answer = generator.integers(generator.integers(1, classes + 1), size=len(truth))  # some never predicted
    confusion = sklearn.metrics.confusion_matrix(truth, answer, labels=np.arange(classes))
    expected = sklearn.metrics.f1_score(truth, answer, average="macro", zero_division=0)
    np.testing.assert_allclose(solved["macro_f1"](confusion), expected, atol=1e-12)
    # micro precision = micro recall = accuracy, which the lesson states
    averages = sklearn.metrics.precision_recall_fscore_support(truth, answer, average="micro")[:3]
    np.testing.assert_allclose(averages, np.mean(truth == answer), atol=1e-12)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99))
def test_prevalence_formula_is_a_count(seed, prevalence):
    """P = TPR·π / (TPR·π + FPR·(1 − π)) counted out on a population with that prevalence."""
    tpr, fpr = np.random.default_rng(seed).uniform(0.01, 1, size=2)
    positives, negatives = 1e6 * prevalence, 1e6 * (1 - prevalence)
    counted = tpr * positives / (tpr * positives + fpr * negatives)
    np.testing.assert_allclose(metrics.precision_at_prevalence(tpr, fpr, prevalence), counted, rtol=1e-9)


def test_prevalence_edges():
    assert metrics.precision_at_prevalence(0.8, 0.1, 1.0) == 1
    assert metrics.precision_at_prevalence(0.8, 0.1, 0.0) == 0
    assert np.isnan(metrics.precision_at_prevalence(0.0, 0.0, 0.5))
    np.testing.assert_allclose(
        metrics.precision_at_prevalence(0.5, 0.5, np.array([0.1, 0.7])), [0.1, 0.7], atol=1e-12
    )


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=30), st.data())
def test_precision_and_recall_at_k(relevant, data):
    k = data.draw(st.integers(1, len(relevant)))
    hits = sum(relevant[:k])
    assert metrics.precision_at_k(relevant, k) == pytest.approx(hits / k)
    if any(relevant):
        assert metrics.recall_at_k(relevant, k) == pytest.approx(hits / sum(relevant))
    else:
        assert np.isnan(metrics.recall_at_k(relevant, k))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_retrieval_against_loops(seed):
    generator = np.random.default_rng(seed)
    embeddings, classes = generator.normal(size=(12, 4)), generator.integers(3, size=12)
    classes[:2] = 0
    rankings = metrics.rank_by_cosine(embeddings)
    values = []
    for query in range(12):
        similarity = {
            other: embeddings[query]
            @ embeddings[other]
            / np.linalg.norm(embeddings[query])
            / np.linalg.norm(embeddings[other])
            for other in range(12)
            if other != query
        }
        assert list(rankings[query]) == sorted(similarity, key=similarity.get, reverse=True)
        relevant = [classes[other] == classes[query] for other in rankings[query]]
        if any(relevant):
            precisions = [sum(relevant[: rank + 1]) / (rank + 1) for rank in range(11) if relevant[rank]]
            values.append(np.mean(precisions))
    assert metrics.mean_average_precision(rankings, classes) == pytest.approx(np.mean(values))


def test_weighted_and_macro_average_as_the_lesson_words_them():
    generator = np.random.default_rng(0)
    truth, answer = generator.integers(4, size=200), generator.integers(4, size=200)
    each = sklearn.metrics.f1_score(
        label_binarize(truth, classes=range(4)), label_binarize(answer, classes=range(4)), average=None
    )
    assert sklearn.metrics.f1_score(truth, answer, average="macro") == pytest.approx(each.mean())
    weights = np.bincount(truth)
    assert sklearn.metrics.f1_score(truth, answer, average="weighted") == pytest.approx(
        np.average(each, weights=weights)
    )


def test_whole_number_scores_are_sorted_as_numbers():
    thresholds, _, _ = precision_recall_points([1, 0, 1], np.array([0, 1, 2], dtype=np.uint8))
    assert list(thresholds) == [2, 1, 0]


def test_wilson_interval_against_its_formula():
    for successes, trials in ((0, 10), (7, 10), (10, 10), (58, 59)):
        z, share = 1.959963984540054, successes / trials
        centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
        half = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
        expected = (max(0, centre - half), min(1, centre + half))
        assert metrics.proportion_interval(successes, trials) == pytest.approx(expected, abs=1e-9)
    assert metrics.proportion_interval(0, 0) == (0, 1)


def test_clopper_pearson_holds_its_tails():
    """At the lower limit k or more has probability 2.5 %, at the upper limit k or fewer."""
    for successes, trials in ((1, 10), (7, 10), (58, 59)):
        low, high = metrics.proportion_interval(successes, trials, method="exact")
        at_least = 1 - scipy.stats.binom.cdf(successes - 1, trials, low)
        at_most = scipy.stats.binom.cdf(successes, trials, high)
        assert (at_least, at_most) == pytest.approx((0.025, 0.025), abs=1e-9)
    assert metrics.proportion_interval(10, 10, method="exact") == pytest.approx((0.025**0.1, 1))
    assert metrics.proportion_interval(0, 0, method="exact") == (0, 1)


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_precision_recall_f1_is_scikit_learns(classes, seed):
    generator = np.random.default_rng(seed)
    truth, answer = generator.integers(
        classes, size=(2, 8)
    )  # some classes never occur, some are not answered
    confusion = sklearn.metrics.confusion_matrix(truth, answer, labels=np.arange(classes))
    with np.errstate(invalid="ignore"):
        *expected, _ = sklearn.metrics.precision_recall_fscore_support(
            truth, answer, labels=np.arange(classes), zero_division=np.nan
        )
    ours = metrics.precision_recall_f1(confusion)
    np.testing.assert_allclose(ours, expected, atol=1e-12)
    stacked = metrics.precision_recall_f1(np.stack([confusion, confusion.T]).reshape(2, 1, classes, classes))
    assert [array.shape for array in stacked] == [(2, 1, classes)] * 3
    np.testing.assert_array_equal(stacked[0][1, 0], ours[1])  # transposed: P and R change places


def test_precision_recall_f1_without_denominator():
    precision, recall, f1 = metrics.precision_recall_f1([[3, 1, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0] * 4])
    np.testing.assert_array_equal(precision, [0.75, 0, np.nan, np.nan])
    np.testing.assert_array_equal(recall, [0.75, np.nan, 0, np.nan])
    np.testing.assert_array_equal(f1, [0.75, 0, 0, np.nan])
    assert metrics.precision_recall_f1([[7]]) == (1, 1, 1)


CONFUSION = np.array([[50, 5, 0], [10, 20, 2], [1, 1, 11]])


def test_resampled_confusions_have_the_moments_of_the_multinomial():
    draws = metrics.resample_confusion(CONFUSION, resamples=40_000, seed=1)
    assert draws.shape == (40_000, 3, 3)
    assert (draws.sum(axis=(1, 2)) == 100).all()
    shares = CONFUSION / 100
    np.testing.assert_allclose(draws.mean(axis=0), CONFUSION, atol=0.15)
    np.testing.assert_allclose(draws.var(axis=0), 100 * shares * (1 - shares), rtol=0.05, atol=1e-9)
    covariance = np.cov(draws[:, 0, 0], draws[:, 1, 1])[0, 1]
    assert covariance == pytest.approx(-100 * 0.5 * 0.2, rel=0.1)
    np.testing.assert_array_equal(draws, metrics.resample_confusion(CONFUSION, 40_000, seed=1))
    assert (draws[:, 0, 2] == 0).all()  # what did not occur cannot be drawn


def test_resampling_counts_and_resampling_images_agree():
    """The lesson's sentence: for statistics of the counts the two bootstraps are one."""
    truth, answer = (np.repeat(axis.ravel(), CONFUSION.ravel()) for axis in np.indices((3, 3)))

    def macro_f1(truth, answer):
        return sklearn.metrics.f1_score(truth, answer, average="macro")

    images = metrics.bootstrap(macro_f1, truth, answer, resamples=1500, seed=2)
    counts = metrics.precision_recall_f1(metrics.resample_confusion(CONFUSION, 1500, seed=3))[2].mean(axis=1)
    assert scipy.stats.ks_2samp(images, counts).pvalue > 0.01
    assert images.std() == pytest.approx(counts.std(), rel=0.1)


def test_ten_thousand_resamples_of_ten_classes_take_well_under_a_second():
    confusion = np.full((10, 10), 15) + np.diag([850] * 10)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        metrics.precision_recall_f1(metrics.resample_confusion(confusion))
        times.append(time.perf_counter() - started)
    assert confusion.sum() == 10_000
    assert min(times) < 1


def test_bootstrap_of_a_mean_and_in_pairs():
    values = np.random.default_rng(4).normal(size=200)
    means = metrics.bootstrap(np.mean, values, resamples=4000)
    assert means.shape == (4000,)
    assert means.std() == pytest.approx(values.std() / np.sqrt(200), rel=0.05)
    differences = metrics.bootstrap(lambda one, other: one.mean() - other.mean(), values, values - 0.25)
    np.testing.assert_allclose(differences, 0.25, atol=1e-12)  # the same rows for both
    table = metrics.bootstrap(lambda rows: rows.mean(axis=0), np.ones((5, 3)), resamples=7)
    assert table.shape == (7, 3)
    assert not np.array_equal(means, metrics.bootstrap(np.mean, values, resamples=4000, seed=1))


def test_percentile_interval():
    values = np.arange(1001.0)
    assert metrics.percentile_interval(values) == pytest.approx((25, 975))
    assert metrics.percentile_interval(values, 0.5) == pytest.approx((250, 750))
    with_nan = np.append(values, [np.nan] * 500)
    assert metrics.percentile_interval(with_nan) == pytest.approx((25, 975))
    low, high = metrics.percentile_interval(np.stack([values, np.full(1001, np.nan)], axis=1))
    np.testing.assert_allclose([low, high], [[25, np.nan], [975, np.nan]])
    assert np.isnan(metrics.percentile_interval([np.nan, np.nan])).all()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 25), st.integers(0, 25), st.integers(0, 30))
def test_mcnemar_is_a_sum_of_coin_tosses(only_first, only_second, agreed):
    """Every outcome of the tosses that is no more probable than what was seen, added up as fractions."""
    labels = np.ones(only_first + only_second + agreed + 1, dtype=int)
    first, second = labels.copy(), labels.copy()
    second[:only_first] = 0
    first[only_first : only_first + only_second] = 2
    result = metrics.mcnemar(labels, first, second)
    assert result[:2] == (only_first, only_second)
    tosses = only_first + only_second
    ways = [comb(tosses, heads) for heads in range(tosses + 1)]
    expected = Fraction(sum(way for way in ways if way <= ways[only_first]), 2**tosses)
    assert result.p_value == pytest.approx(float(expected), rel=1e-9)


@settings(max_examples=300, deadline=None)
@given(SCORED)
def test_best_f1_threshold_tries_every_threshold(pair):
    labels, scores = np.array(pair[0]), np.array(pair[1])
    threshold, f1 = metrics.best_f1_threshold(labels, scores)
    thresholds = np.append(np.unique(scores), 2)  # nothing reaches the last; one alone scikit-learn refuses
    returned, truth = (
        scores[:, np.newaxis] >= thresholds,
        np.repeat(labels[:, np.newaxis], len(thresholds), 1),
    )
    values = sklearn.metrics.precision_recall_fscore_support(truth, returned, zero_division=0)[2]
    each = dict(zip(thresholds, values, strict=True))
    assert f1 == pytest.approx(max(each.values()))
    assert each[threshold] == pytest.approx(f1)
    assert all(value < f1 - 1e-9 for t, value in each.items() if t > threshold)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9).filter(lambda p: sum(p) > 1e-6))
def test_half_the_best_expected_f1_is_the_threshold(probabilities):
    """Among all subsets of the images none has a larger F than those above F*/2."""
    values = metrics.expected_f1(probabilities)
    wanted = sum(probabilities)
    subsets = (
        2 * sum(chosen) / (len(chosen) + wanted)
        for size in range(1, len(probabilities) + 1)
        for chosen in combinations(probabilities, size)
    )
    best = values.max()
    assert best == pytest.approx(max(subsets))
    above = [p for p in probabilities if p > best / 2]
    assert 2 * sum(above) / (len(above) + wanted) == pytest.approx(best)


def test_expected_f1_is_what_many_draws_give():
    generator = np.random.default_rng(7)
    probabilities = np.sort(generator.beta(0.5, 2, size=5_000))[::-1]
    labels = generator.uniform(size=(200, 5_000)) < probabilities
    for returned in (300, 1_000, 3_000):
        f1 = 2 * labels[:, :returned].sum(axis=1) / (returned + labels.sum(axis=1))
        assert metrics.expected_f1(probabilities)[returned - 1] == pytest.approx(f1.mean(), abs=0.003)


def test_reliability_and_its_error_against_a_loop():
    generator = np.random.default_rng(5)
    probabilities = np.append(np.round(generator.uniform(size=400), 2), [0, 1, 0.2, 0.4])
    correct = (generator.uniform(size=404) < probabilities**2).astype(int)
    for bins in (1, 5, 10, 15):
        confidence, share, count = metrics.reliability(probabilities, correct, bins)
        assert len(confidence) == len(share) == len(count) == bins
        assert count.sum() == 404
        error = 0
        edges = np.linspace(0, 1, bins + 1)
        for place in range(bins):
            inside = (probabilities > edges[place]) & (probabilities <= edges[place + 1])
            inside |= (probabilities == 0) & (place == 0)
            assert count[place] == inside.sum()
            assert confidence[place] == pytest.approx(probabilities[inside].mean())
            assert share[place] == pytest.approx(correct[inside].mean())
            error += inside.mean() * abs(probabilities[inside].mean() - correct[inside].mean())
        ours = metrics.expected_calibration_error(probabilities, correct, bins)
        assert ours == pytest.approx(error)
    _, share, count = metrics.reliability([0.1, 0.95], [0, 1], bins=4)
    np.testing.assert_array_equal(share, [0, np.nan, np.nan, 1])
    assert metrics.expected_calibration_error([0.1, 0.9], [0, 1], bins=4) == pytest.approx(0.1)


def test_temperature_is_found_again():
    generator = np.random.default_rng(6)
    logits = generator.normal(scale=2, size=(20_000, 5))
    probabilities = metrics.softmax_temperature(logits)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    labels = (generator.uniform(size=(20_000, 1)) < probabilities.cumsum(axis=1)).argmax(axis=1)
    for true_temperature in (0.4, 1.0, 3.0):
        fitted = metrics.fit_temperature(logits * true_temperature, labels)
        assert fitted == pytest.approx(true_temperature, rel=0.03)
        losses = [
            sklearn.metrics.log_loss(
                labels, metrics.softmax_temperature(logits * true_temperature, fitted * factor)
            )
            for factor in (0.98, 1, 1.02)
        ]
        assert min(losses) == losses[1]
    assert metrics.fit_temperature([[5.0, 0], [0, 5.0]], [0, 1]) < 0.2  # all right: no minimum
    hot = metrics.softmax_temperature(logits, 7.0)
    np.testing.assert_array_equal(hot.argmax(axis=1), logits.argmax(axis=1))
    assert metrics.softmax_temperature([[2000.0, 0.0]])[0] == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: confusion_counts([1, 0], [1]), r"one shape, not \(2,\) and \(1,\)"),
        (lambda: precision_recall_points([1, 0], [0.1]), "one shape"),
        (lambda: precision_recall_points([0, 0], [0.1, 0.2]), "at least one 1"),
        (
            lambda: metrics.precision_at_prevalence(1.2, 0.1, 0.1),
            r"true_positive_rate must lie in \[0, 1\], not 1.2",
        ),
        (lambda: metrics.precision_at_prevalence(0.2, 0.1, -1), "prevalence must lie"),
        (lambda: metrics.precision_at_prevalence(0.2, float("nan"), 0.5), "false_positive_rate must lie"),
        (lambda: metrics.precision_at_k([1, 0], 3), "k must lie between 1 and the ranking's length 2, not 3"),
        (lambda: metrics.recall_at_k([1, 0], 0), "k must lie between"),
        (lambda: metrics.precision_at_k([[1, 0]], 1), r"one ranking, shape \(n,\), not \(1, 2\)"),
        (lambda: metrics.rank_by_cosine([[0, 0], [1, 0]]), "no row of zeros"),
        (lambda: metrics.mean_average_precision(np.array([[1], [0]]), ["a", "b"]), "two members"),
        (lambda: metrics.proportion_interval(5, 4), "successes must lie between 0 and trials = 4, not 5"),
        (lambda: metrics.proportion_interval(1.5, 4), "whole counts, not 1.5 and 4"),
        (lambda: metrics.proportion_interval(float("nan"), 4), "trials = 4, not nan"),
        (
            lambda: metrics.proportion_interval(1, 4, confidence=95),
            "confidence must lie between 0 and 1, not 95",
        ),
        (lambda: metrics.proportion_interval(1, 4, method="wald"), "method must be .*, not 'wald'"),
        (lambda: metrics.precision_recall_f1([1, 2]), r"shape \(…, k, k\) with k ≥ 1, not \(2,\)"),
        (lambda: metrics.precision_recall_f1(np.ones((2, 3))), r"not \(2, 3\)"),
        (lambda: metrics.precision_recall_f1(np.ones((4, 0, 0))), r"not \(4, 0, 0\)"),
        (lambda: metrics.precision_recall_f1([[1, -2], [0, 1]]), "finite and not negative, not -2"),
        (lambda: metrics.precision_recall_f1([[1, np.nan], [0, 1]]), "finite and not negative, not nan"),
        (
            lambda: metrics.resample_confusion(np.ones((2, 2, 2))),
            r"shape \(k, k\) with k ≥ 1, not \(2, 2, 2\)",
        ),
        (lambda: metrics.resample_confusion([[0.5, 0], [0, 1]]), "whole counts, none negative, not 0.5"),
        (lambda: metrics.resample_confusion([[np.nan, 0], [0, 1]]), "whole counts, none negative, not nan"),
        (
            lambda: metrics.resample_confusion([[0, 0], [0, 0]]),
            "confusion must count at least 1 image, not 0",
        ),
        (lambda: metrics.resample_confusion([[1]], resamples=0), "resamples must be at least 1, not 0"),
        (lambda: metrics.bootstrap(np.mean), r"one length n ≥ 1, not shapes \(\)"),
        (lambda: metrics.bootstrap(np.mean, []), r"not shapes \(0,\)"),
        (lambda: metrics.bootstrap(np.mean, 3.0), r"not shapes \(\)"),
        (lambda: metrics.bootstrap(np.mean, [1, 2], [1]), r"not shapes \(2,\), \(1,\)"),
        (lambda: metrics.bootstrap(np.mean, [1, 2], resamples=0), "resamples must be at least 1, not 0"),
        (lambda: metrics.percentile_interval([]), r"at least 1 resample, not \(0,\)"),
        (lambda: metrics.percentile_interval([1, np.inf]), "values must be finite"),
        (lambda: metrics.percentile_interval([1, 2], 1), "confidence must lie between 0 and 1, not 1"),
        (lambda: metrics.mcnemar([], [], []), r"one shape \(n,\) with n ≥ 1, not \(0,\)"),
        (lambda: metrics.mcnemar([1, 0], [1, 0], [1]), r"not \(2,\), \(2,\) and \(1,\)"),
        (lambda: metrics.mcnemar([1.0, 0], [1, 0], [1, np.nan]), "second must hold a class .*, not nan"),
        (lambda: metrics.best_f1_threshold([0, 0], [0.1, 0.2]), "at least one 1"),
        (lambda: metrics.best_f1_threshold([], []), "at least one 1"),
        (lambda: metrics.best_f1_threshold([1, 2], [0.1, 0.2]), "labels must hold only 0 and 1, not 2"),
        (lambda: metrics.best_f1_threshold([1, 0], [0.1]), r"one shape \(n,\), not \(2,\) and \(1,\)"),
        (lambda: metrics.best_f1_threshold([1, 0], [0.1, np.nan]), "scores must hold .*, not nan"),
        (lambda: metrics.reliability([0.5, 1.1], [1, 0]), r"probabilities must lie in \[0, 1\], not 1.1"),
        (lambda: metrics.reliability([0.5, np.nan], [1, 0]), "probabilities must lie .*, not nan"),
        (lambda: metrics.reliability([], []), r"n ≥ 1, not \(0,\) and \(0,\)"),
        (lambda: metrics.reliability([[0.5]], [[1]]), r"not \(1, 1\)"),
        (lambda: metrics.reliability([0.5], [3]), "correct must hold only 0 and 1, not 3"),
        (lambda: metrics.expected_calibration_error([0.5], [1], bins=0), "bins must be at least 1, not 0"),
        (lambda: metrics.expected_f1([]), r"shape \(n,\) with n ≥ 1, not \(0,\)"),
        (lambda: metrics.expected_f1([[0.5]]), r"not \(1, 1\)"),
        (lambda: metrics.expected_f1([0.5, np.nan]), r"probabilities must lie in \[0, 1\], not nan"),
        (lambda: metrics.expected_f1([0.0, 0.0]), "must not all be 0"),
        (lambda: metrics.softmax_temperature([1.0, 2]), r"logits must have shape \(n, k\) .*, not \(2,\)"),
        (lambda: metrics.softmax_temperature([[1, np.inf]]), "logits must be finite, not inf"),
        (lambda: metrics.softmax_temperature([[1, 2]], 0), "temperature must be a positive number, not 0"),
        (lambda: metrics.softmax_temperature([[1, 2]], np.nan), "temperature must be .*, not nan"),
        (lambda: metrics.fit_temperature([[1, 2]], [2]), "labels must be whole numbers from 0 to 1, not 2"),
        (lambda: metrics.fit_temperature([[1, 2]], [0.0]), "whole numbers from 0 to 1, not float64"),
        (lambda: metrics.fit_temperature([[1, 2]], [0, 1]), r"labels must have shape \(1,\).*, not \(2,\)"),
        (lambda: metrics.fit_temperature([[1, np.nan]], [0]), "logits must be finite, not nan"),
        (lambda: metrics.fit_temperature(np.ones((0, 3)), []), r"n, k ≥ 1, not \(0, 3\)"),
    ],
)
def test_bad_input_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_scoreboards_row(capsys):
    labels, scores = np.array([1, 1, 1, 0, 0]), np.array([0.9, 0.6, 0.2, 0.7, 0.1])
    row = scoreboard.record("a model", "five images", labels, scores >= 0.5, scores, parameters=3)
    assert (row["precision"], row["recall"], row["f1"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert row["precision_interval"] == metrics.proportion_interval(2, 3)
    assert row["average_precision"] == pytest.approx(sklearn.metrics.average_precision_score(labels, scores))
    assert row["parameters"] == 3
    assert capsys.readouterr().out.startswith("a model · five images (measured P 0.667 [")
    nothing = scoreboard.record("silent", "five images", labels, np.zeros(5, dtype=int))
    assert nothing["precision"] is None
    assert nothing["precision_interval"] == (0, 1)
    assert "P – [0.000, 1.000]" in capsys.readouterr().out
