"""What lesson 01 teaches, held against scikit-learn and against counting, on thousands of random inputs."""

import numpy as np
import pytest
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


@settings(max_examples=1000, deadline=None)
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
        expected = [
            function(labels, returned, zero_division=np.nan)
            for function in (sklearn.metrics.precision_score, sklearn.metrics.recall_score)
        ]
        np.testing.assert_allclose(solved["precision_and_recall"](tp, fp, fn), expected, atol=1e-12)
        if tp + fp + fn:
            for beta in (0.5, 1, 2):
                expected = sklearn.metrics.fbeta_score(labels, returned, beta=beta)
                np.testing.assert_allclose(solved["f_beta"](tp, fp, fn, beta), expected, atol=1e-12)


@settings(max_examples=1500, deadline=None)
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
    for average in (sklearn.metrics.precision_score, sklearn.metrics.recall_score, sklearn.metrics.f1_score):
        np.testing.assert_allclose(
            average(truth, answer, average="micro"), np.mean(truth == answer), atol=1e-12
        )


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
