"""Precision and recall beyond what scikit-learn has: prevalence, rankings, intervals, tests, calibration.

What scikit-learn has (precision_score, average_precision_score, …) the lessons take from there.
"""

from typing import NamedTuple

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


def proportion_interval(successes, trials, confidence=0.95, method="wilson"):
    """Interval for a proportion such as precision (TP of TP + FP) or recall (TP of TP + FN).

    successes, trials   counts, 0 ≤ successes ≤ trials
    confidence          in (0, 1)
    method              "wilson": holds the truth in about 95 of 100 cases on average over proportions;
                        "exact" (Clopper–Pearson): in at least 95 of 100 for every proportion. As a rule it
                        is wider, not always: for 0 of 100 it ends at 0.0362, Wilson's at 0.0370
    returns             (low, high); (0, 1) when there was no trial: nothing is known

    Raises ValueError for counts that do not fit, another confidence or method.
    Wilson (1927), JASA 22, 209–212; Clopper & Pearson (1934), Biometrika 26, 404–413; computed by SciPy.
    Taught in lesson 02.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must lie between 0 and trials = {trials}, not {successes}")
    if successes != int(successes) or trials != int(trials):
        raise ValueError(f"successes and trials must be whole counts, not {successes} and {trials}")
    _share("confidence", confidence)
    if method not in ("wilson", "exact"):
        raise ValueError(f'method must be "wilson" or "exact", not {method!r}')
    if trials == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(int(successes), int(trials)).proportion_ci(confidence, method=method)
    return float(interval.low), float(interval.high)


def precision_recall_f1(confusion):
    """Precision, recall and F1 of every class, from one confusion matrix or many.

    confusion   (…, k, k) counts, rows: truth, columns: answer
    returns     precision, recall, f1: (…, k) each. NaN where there is no denominator:
                precision of a class never answered, recall of one that never occurs.
                F1 = 2TP / (2TP + FP + FN) is 0, not NaN, once a class occurs or is answered

    Raises ValueError for another shape, for counts that are negative or not finite.
    Equals scikit-learn's precision_recall_fscore_support with zero_division=nan.
    """
    confusion = np.asarray(confusion)
    shape = confusion.shape
    if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] == 0:
        raise ValueError(f"confusion must have shape (…, k, k) with k ≥ 1, not {shape}")
    good = np.isfinite(confusion) & (confusion >= 0)
    if not good.all():
        wrong = confusion[~good][0]
        raise ValueError(f"confusion must hold counts, finite and not negative, not {wrong}")
    true_positive = np.diagonal(confusion, axis1=-2, axis2=-1)  # (…, k)
    answered = confusion.sum(axis=-2)  # TP + FP
    occurring = confusion.sum(axis=-1)  # TP + FN
    with np.errstate(invalid="ignore"):
        precision = true_positive / answered
        recall = true_positive / occurring
        f1 = 2 * true_positive / (answered + occurring)
    return precision, recall, f1


def resample_confusion(confusion, resamples=10_000, seed=0):
    """Confusion matrices of tests that might have been drawn instead: a bootstrap of counts.

    confusion   (k, k) whole counts, rows: truth, columns: answer; n in all
    returns     (resamples, k, k) counts, n in each

    Drawing n images with replacement and counting them gives multinomial counts with the
    shares of the confusion matrix; so the counts are drawn at once, without the images.

    Raises ValueError for another shape, counts not whole or negative, no image at all.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap. Taught in lesson 02.
    """
    confusion = np.asarray(confusion)
    shape = confusion.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"confusion must have shape (k, k) with k ≥ 1, not {shape}")
    good = np.isfinite(confusion) & (confusion >= 0) & (confusion == np.floor(confusion))
    if not good.all():
        wrong = confusion[~good][0]
        raise ValueError(f"confusion must hold whole counts, none negative, not {wrong}")
    images = int(confusion.sum())
    if images == 0:
        raise ValueError("confusion must count at least 1 image, not 0")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(images, confusion.ravel() / images, size=resamples)
    return counts.reshape(resamples, *shape)


def bootstrap(statistic, *arrays, resamples=2_000, seed=0):
    """Values of a statistic on tests that might have been drawn instead, with replacement.

    statistic   function of the arrays → a number (or an array, always of one shape)
    arrays      (n, …) each: row i of every array belongs to image i
    returns     (resamples,) values of statistic(array[rows], …), each time with new rows,
                the same for all arrays: with two models' answers the bootstrap is paired

    Raises ValueError without arrays, for arrays of different or no length, no resample.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap. Taught in lesson 02.
    """
    arrays = [np.asarray(array) for array in arrays]
    lengths = {len(array) if array.ndim else None for array in arrays}
    if len(lengths) != 1 or lengths & {0, None}:
        shapes = ", ".join(str(array.shape) for array in arrays) or "()"
        raise ValueError(f"arrays must have one length n ≥ 1, not shapes {shapes}")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    generator = np.random.default_rng(seed)
    images = len(arrays[0])
    values = []
    for _ in range(resamples):
        rows = generator.integers(images, size=images)
        values.append(statistic(*(array[rows] for array in arrays)))
    return np.array(values)


def percentile_interval(values, confidence=0.95):
    """The middle part of bootstrap values: what lies between their outer percentiles.

    values       (resamples,) or (resamples, …)
    confidence   in (0, 1): 0.95 cuts off 2.5 % at either end
    returns      (low, high), numbers or arrays of shape (…). NaN values, of resamples in which the statistic
                 had no value, are left out; NaN where all of them are NaN

    Raises ValueError without values, for infinite ones, for another confidence.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap. Taught in lesson 02.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(
            f"values must have shape (resamples, …) with at least 1 resample, not {values.shape}"
        )
    if np.isinf(values).any():
        raise ValueError("values must be finite, or NaN where the statistic has no value, not infinite")
    _share("confidence", confidence)
    tail = (1 - confidence) / 2
    if not np.isnan(values).any():
        low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    else:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # all NaN: the result says so
            low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    return (float(low), float(high)) if values.ndim == 1 else (low, high)


class McNemar(NamedTuple):
    """Result of :func:`mcnemar`."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(labels, first, second):
    """Exact test of McNemar: are two recognisers equally often right, judged by the same images?

    labels          (n,) the truth, classes or 0 and 1
    first, second   (n,) the answers of the two recognisers
    returns         (only_first, only_second, p_value): images that only one of the two has right, and how
                    probable a division at least as uneven would be if each such image fell to either by the
                    toss of a coin; 1 when there is no such image

    Raises ValueError for other shapes, no image, or NaN.
    McNemar (1947), Psychometrika 12, 153–157; the exact form is a binomial test, computed by SciPy.
    Taught in lesson 02.
    """
    labels, first, second = (np.asarray(array) for array in (labels, first, second))
    if labels.ndim != 1 or not labels.shape == first.shape == second.shape or len(labels) == 0:
        raise ValueError(
            "labels, first and second must have one shape (n,) with n ≥ 1, "
            f"not {labels.shape}, {first.shape} and {second.shape}"
        )
    for name, array in (("labels", labels), ("first", first), ("second", second)):
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise ValueError(f"{name} must hold a class for every image, not nan")
    only_first = int(np.sum((first == labels) & (second != labels)))
    only_second = int(np.sum((first != labels) & (second == labels)))
    if only_first + only_second == 0:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest

    p_value = binomtest(only_first, only_first + only_second, 0.5).pvalue
    return McNemar(only_first, only_second, float(p_value))


def best_f1_threshold(labels, scores):
    """The threshold whose decisions have the highest F1 on these images: choose it on validation.

    labels    (n,) 1 where the image is what we look for, else 0; at least one 1
    scores    (n,) an image is returned when score ≥ threshold
    returns   (threshold, f1); the highest threshold where several share the best F1

    Raises ValueError for other shapes, other labels, NaN, no 1.
    Taught in lesson 02.
    """
    from imgrec_course.scratch.counting import precision_recall_points

    labels, scores = np.asarray(labels), np.asarray(scores)
    if labels.ndim != 1 or labels.shape != scores.shape:
        raise ValueError(f"labels and scores must have one shape (n,), not {labels.shape} and {scores.shape}")
    _zeros_and_ones("labels", labels)
    if np.isnan(scores).any():
        raise ValueError("scores must hold a number for every image, not nan")
    thresholds, precision, recall = precision_recall_points(labels.astype(int), scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    best = int(np.round(f1, 12).argmax())  # the first, though rounding may tell equal ones apart
    return float(thresholds[best]), float(f1[best])


def expected_f1(probabilities):
    """F1 that calibrated probabilities promise, without a label, for returning the 1, 2, 3, … most probable.

    probabilities   (n,) in [0, 1]: how probable it is that an image is positive; not all 0
    returns         (n,) 2·Σ p of those returned / (number returned + Σ p of all): the ratio of expected
                    counts, which the expected F1 approaches as n grows. Its largest value F* lies where
                    everything with p > F*/2 is returned

    Raises ValueError for another shape, numbers out of range, NaN, no image, nothing but zeros.
    Lipton, Elkan & Narayanaswamy (2014), arXiv:1402.1892. Taught in lesson 02.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 1 or len(probabilities) == 0:
        raise ValueError(f"probabilities must have shape (n,) with n ≥ 1, not {probabilities.shape}")
    _inside("probabilities", probabilities)
    if not probabilities.any():
        raise ValueError("probabilities must not all be 0: nothing would be positive")
    ranked = np.sort(probabilities)[::-1]
    return 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())


def reliability(probabilities, correct, bins=15):
    """What a recogniser says beside what happens: the numbers of a reliability diagram.

    probabilities   (n,) in [0, 1]: how sure the recogniser is of its answer – or that an image is positive
    correct         (n,) 1 where the answer is right – or where the image is positive – else 0
    bins            of equal width; bin b holds b/bins < probability ≤ (b + 1)/bins, the first also 0
    returns         confidence, share, count: (bins,) each – mean probability, share of ones, number of
                    images; the first two NaN in an empty bin

    Raises ValueError for other shapes, no image, numbers out of range, NaN, fewer than 1 bin.
    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599. Taught in lesson 02.
    """
    probabilities, correct = np.asarray(probabilities, dtype=np.float64), np.asarray(correct)
    if probabilities.ndim != 1 or probabilities.shape != correct.shape or len(correct) == 0:
        raise ValueError(
            "probabilities and correct must have one shape (n,) with n ≥ 1, "
            f"not {probabilities.shape} and {correct.shape}"
        )
    _inside("probabilities", probabilities)
    _zeros_and_ones("correct", correct)
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    inner_edges = np.linspace(0, 1, bins + 1)[1:-1]
    place = np.searchsorted(inner_edges, probabilities)  # an edge belongs to the bin below it
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, weights=probabilities, minlength=bins) / count
        share = np.bincount(place, weights=correct, minlength=bins) / count
    return confidence, share, count


def expected_calibration_error(probabilities, correct, bins=15):
    """Distance between what is said and what happens, averaged over the bins of :func:`reliability`.

    ECE = Σ count/n · |share − confidence|; arguments and errors as there. It depends on the number of bins,
    and few images make it larger than 0 even where the truth is calibrated.

    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599. Taught in lesson 02.
    """
    confidence, share, count = reliability(probabilities, correct, bins)
    filled = count > 0
    return float(np.average(np.abs(share - confidence)[filled], weights=count[filled]))


def softmax_temperature(logits, temperature=1.0):
    """Probabilities from logits, softened (temperature > 1) or sharpened (temperature < 1).

    logits        (n, k) finite
    temperature   positive number
    returns       (n, k) rows that add up to 1; the largest stays the largest

    Raises ValueError for another rank, NaN or infinite logits, a temperature that is not positive.
    """
    logits = np.asarray(logits, dtype=np.float64)
    _logits(logits)
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a positive number, not {temperature}")
    from scipy.special import softmax

    return softmax(logits / temperature, axis=1)


def fit_temperature(logits, labels):
    """The temperature whose probabilities make the labels most likely (temperature scaling).

    logits    (n, k) of validation images
    labels    (n,) their classes, 0 … k − 1
    returns   temperature between 0.01 and 100 that minimises the mean of −log p(label)

    That mean is a convex function of 1/temperature, so a local minimum is the global one; where every
    label has the largest logit there is none, and the temperature returned is merely small.
    Raises ValueError for shapes that do not fit, labels out of range, logits that are not finite.
    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599; minimised by SciPy. Taught in lesson 02.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    _logits(logits)
    if labels.shape != logits.shape[:1]:
        raise ValueError(
            f"labels must have shape ({len(logits)},), one for each row of logits, not {labels.shape}"
        )
    known = np.isin(labels, np.arange(logits.shape[1]))
    if labels.dtype.kind not in "iu" or not known.all():
        wrong = labels[~known][0] if not known.all() else labels.dtype
        raise ValueError(f"labels must be whole numbers from 0 to {logits.shape[1] - 1}, not {wrong}")
    own = logits[np.arange(len(labels)), labels]

    def loss(log_temperature):
        inverse = np.exp(-log_temperature)
        return np.mean(logsumexp(logits * inverse, axis=1) - own * inverse)

    limit = np.log(100)
    best = minimize_scalar(loss, bounds=(-limit, limit), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(best.x))


def _share(name, value):
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")


def _inside(name, array):
    inside = (array >= 0) & (array <= 1)
    if not inside.all():
        raise ValueError(f"{name} must lie in [0, 1], not {array[~inside][0]}")


def _zeros_and_ones(name, array):
    known = np.isin(array, (0, 1))
    if not known.all():
        raise ValueError(f"{name} must hold only 0 and 1, not {array[~known][0]}")


def _logits(logits):
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"logits must have shape (n, k) with n, k ≥ 1, not {logits.shape}")
    if not np.isfinite(logits).all():
        raise ValueError(f"logits must be finite, not {logits[~np.isfinite(logits)][0]}")


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
