"""Precision and recall beyond what scikit-learn has: prevalence, rankings, intervals.

What scikit-learn has (precision_score, average_precision_score, …) the lessons take from there.
"""

import numpy as np


def precision_at_prevalence(true_positive_rate, false_positive_rate, prevalence):
    """Precision of one and the same recogniser where a share ``prevalence`` of the images is positive.

    P = TPR·π / (TPR·π + FPR·(1 − π)), by Bayes' theorem; numbers in [0, 1] or arrays of them.
    NaN where nothing would be returned. Taught in lesson 01.

    Raises ValueError for a number outside [0, 1].
    """
    rates = {
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "prevalence": prevalence,
    }
    for name, value in rates.items():
        if not np.all((np.asarray(value) >= 0) & (np.asarray(value) <= 1)):
            raise ValueError(f"{name} must lie in [0, 1], not {value!r}")
    right = np.asarray(true_positive_rate) * prevalence
    wrong = np.asarray(false_positive_rate) * (1 - np.asarray(prevalence))
    with np.errstate(invalid="ignore"):
        return right / (right + wrong)


def proportion_interval(successes, trials, confidence=0.95):
    """Wilson's interval for a proportion such as precision (TP of TP + FP) or recall (TP of TP + FN).

    successes, trials   counts, 0 ≤ successes ≤ trials
    returns             (low, high); (0, 1) when there was no trial: nothing is known

    Raises ValueError for counts that do not fit. Wilson (1927), JASA 22, 209–212; computed by SciPy.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must lie between 0 and trials = {trials}, not {successes}")
    if trials == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(int(successes), int(trials)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def precision_at_k(relevant, k):
    """Share of relevant images among the first k of a ranking.

    relevant   (n,) 1 where the image at that rank is relevant, best rank first
    k          1 ≤ k ≤ n; a ranking shorter than k is an error, not a reason to divide by less
    Taught in lesson 01; Manning et al. (2008), section 8.4.
    """
    relevant = _ranking(relevant, k)
    return float(relevant[:k].mean())


def recall_at_k(relevant, k):
    """Share of all relevant images that are among the first k of a ranking.

    relevant   (n,) 1 where the image at that rank is relevant, best rank first, over the whole collection
    returns    NaN when nothing is relevant
    Taught in lesson 01; Manning et al. (2008), section 8.4.
    """
    relevant = _ranking(relevant, k)
    return float(relevant[:k].sum() / relevant.sum()) if relevant.any() else float("nan")


def _ranking(relevant, k):
    relevant = np.asarray(relevant)
    if relevant.ndim != 1:
        raise ValueError(f"relevant must be one ranking, shape (n,), not {relevant.shape}")
    if not 1 <= k <= len(relevant):
        raise ValueError(f"k must lie between 1 and the ranking's length {len(relevant)}, not {k}")
    return relevant


def rank_by_cosine(embeddings):
    """Every image as a query: the other images from the most to the least similar.

    embeddings   (n, d) array, no row all zero
    returns      (n, n − 1) integer array; row i ranks all images but i by cosine similarity
    """
    embeddings = np.asarray(embeddings, dtype=np.float64)
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    if not norms.all():
        raise ValueError("embeddings must have no row of zeros: its direction is undefined")
    similarity = (embeddings / norms) @ (embeddings / norms).T
    np.fill_diagonal(similarity, -np.inf)  # a query must not find itself
    return np.argsort(-similarity, axis=1, kind="stable")[:, :-1]


def mean_average_precision(rankings, classes):
    """Mean over all queries of the average precision of their ranking (same class: relevant).

    rankings   (n, n − 1) as from :func:`rank_by_cosine`
    classes    (n,) class of every image
    returns    mAP over the queries whose class has another member

    Average precision is scikit-learn's. Taught in lesson 01; Manning et al. (2008), section 8.4.
    """
    from sklearn.metrics import average_precision_score

    classes = np.asarray(classes)
    scores = -np.arange(rankings.shape[1])  # the higher, the better the rank
    values = [
        average_precision_score(relevant, scores)
        for relevant in classes[rankings] == classes[:, np.newaxis]
        if relevant.any()
    ]
    if not values:
        raise ValueError("classes must have at least one class with two members")
    return float(np.mean(values))
