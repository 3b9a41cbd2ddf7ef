"""Checkers of lesson 01: each solution is scikit-learn's where scikit-learn has it."""

import numpy as np

from imgrec_course import metrics
from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.language import message


def _decisions(true_positive, false_positive, false_negative):
    """Labels and decisions with these counts (and no true negative, which P and R never look at)."""
    labels = [1] * true_positive + [0] * false_positive + [1] * false_negative
    returned = [1] * (true_positive + false_positive) + [0] * false_negative
    return np.array(labels), np.array(returned)


def _precision_and_recall(true_positive, false_positive, false_negative):
    from sklearn.metrics import precision_score, recall_score

    pair = _decisions(true_positive, false_positive, false_negative)
    return precision_score(*pair, zero_division=np.nan), recall_score(*pair, zero_division=np.nan)


def _count_cases(generator):
    cases = [
        ("counts drawn at random", tuple(int(n) for n in generator.integers(1, 60, size=3))) for _ in range(4)
    ]
    return [
        *cases,
        ("nothing returned", (0, 0, int(generator.integers(1, 60)))),
        ("nothing to be found", (0, int(generator.integers(1, 60)), 0)),
    ]


def _pair_mistake(function, hint):
    """A mistake in the formula by somebody who handles the empty cases well."""

    def answer(true_positive, false_positive, false_negative):
        if true_positive + false_positive == 0 or true_positive + false_negative == 0:
            return _precision_and_recall(true_positive, false_positive, false_negative)
        return function(true_positive, false_positive, false_negative)

    return Mistake(answer, hint)


def _no_answer(value):
    def answer(true_positive, false_positive, false_negative):
        pair = _precision_and_recall(true_positive, false_positive, false_negative)
        return tuple(value if np.isnan(number) else number for number in pair)

    return answer


def _f_beta(true_positive, false_positive, false_negative, beta):
    from sklearn.metrics import fbeta_score

    return fbeta_score(*_decisions(true_positive, false_positive, false_negative), beta=beta)


def _f_beta_cases(generator):
    return [
        (
            message("beta = {beta}", beta=beta),
            (*(int(n) for n in generator.integers(1, 60, size=3)), beta),
        )
        for beta in (1.0, 2.0, 0.5, round(float(generator.uniform(0.2, 4)), 2))
    ] + [("nothing found", (0, int(generator.integers(1, 60)), int(generator.integers(1, 60)), 2.0))]


def _f_beta_mistake(function, hint):
    """A mistake in the formula that does not trip over zero."""

    def answer(true_positive, false_positive, false_negative, beta):
        if true_positive == 0:
            return 0.0
        precision = true_positive / (true_positive + false_positive)
        recall = true_positive / (true_positive + false_negative)
        return function(precision, recall, beta)

    return Mistake(answer, hint)


def _average_precision(labels, scores):
    from sklearn.metrics import average_precision_score

    return average_precision_score(labels, scores)


def _score_cases(generator):
    def draw(count, decimals):
        labels = generator.integers(0, 2, size=count)
        labels[generator.integers(count)] = 1
        return labels, np.round(generator.uniform(size=count), decimals)

    return [
        ("ten images, all scores different", draw(10, 9)),
        ("sixty images, all scores different", draw(60, 9)),
        ("forty images, many equal scores", draw(40, 1)),
        ("two hundred images, many equal scores", draw(200, 2)),
        ("every score the same", (np.array([1, 0, 0, 1, 0]), np.full(5, 0.5))),
        ("images in ascending order of score", (np.array([1, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4]))),
    ]


def _trapezoid(labels, scores):
    from sklearn.metrics import auc, precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, scores)
    return auc(recall, precision)


def _one_by_one(labels, scores):
    """Average precision that takes equal scores apart, in the order in which the images stand."""
    ranked = labels[np.argsort(-scores, kind="stable")]
    return float(np.mean((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked == 1]))


def _mean_of_all(labels, scores):
    from sklearn.metrics import precision_recall_curve

    return float(np.mean(precision_recall_curve(labels, scores)[0][:-1]))


def _area_under_roc(labels, scores):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(labels, scores) if 0 < labels.sum() < len(labels) else 0.5


def _interpolated(labels, scores):
    """Average precision with each precision raised to the highest at the same or a higher recall."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, scores)  # recall falls
    highest = np.maximum.accumulate(precision[:-1])  # from the loosest threshold to the strictest
    return float(np.sum(-np.diff(recall) * highest))


def _unsorted(labels, scores):
    return float(np.mean((np.cumsum(labels) / np.arange(1, len(labels) + 1))[labels == 1]))


def _prevalence_cases(generator):
    return [
        (
            message("prevalence {prevalence}", prevalence=prevalence),
            (*(round(float(x), 3) for x in generator.uniform(0.05, 0.95, size=2)), prevalence),
        )
        for prevalence in (0.5, 0.1, 0.01, 0.001, round(float(generator.uniform(0.1, 0.9)), 3))
    ]


def _macro_f1(confusion):
    from sklearn.metrics import f1_score

    return f1_score(*_labels_of(confusion), average="macro", zero_division=0)


def _labels_of(confusion):
    """True and predicted classes with this confusion matrix (rows: truth, columns: prediction)."""
    classes = np.arange(len(confusion))
    truth, predicted = np.meshgrid(classes, classes, indexing="ij")
    return np.repeat(truth.ravel(), confusion.ravel()), np.repeat(predicted.ravel(), confusion.ravel())


def _confusion_cases(generator):
    def draw(classes):
        return generator.integers(1, 30, size=(classes, classes)) + np.diag(
            generator.integers(20, 90, size=classes)
        )

    unequal = draw(4)
    unequal[3] = [2, 1, 0, 3]
    never = draw(3)
    never[:, 2] = 0
    return [
        ("three classes", (draw(3),)),
        ("ten classes", (draw(10),)),
        ("one rare class", (unequal,)),
        ("a class that is never predicted", (never,)),
    ]


def _shares(confusion):
    right = np.diag(confusion)
    predicted, wanted = confusion.sum(axis=0), confusion.sum(axis=1)
    return right / np.maximum(predicted, 1), right / np.maximum(wanted, 1), wanted


def _f1_of_means(confusion):
    precision, recall, _ = _shares(confusion)
    return 2 * precision.mean() * recall.mean() / (precision.mean() + recall.mean())


def _weighted_f1(confusion):
    precision, recall, wanted = _shares(confusion)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    return float(np.average(f1, weights=wanted))


def _skip_empty(confusion):
    precision, recall, _ = _shares(confusion)
    kept = confusion.sum(axis=0) > 0
    return float(np.mean((2 * precision * recall / np.maximum(precision + recall, 1e-300))[kept]))


def _at_k(relevant, k):
    return metrics.precision_at_k(relevant, k), metrics.recall_at_k(relevant, k)


def _ranking_cases(generator):
    def draw(count, share):
        relevant = (generator.uniform(size=count) < share).astype(int)
        relevant[generator.integers(count)] = 1
        return relevant

    return [
        ("k = 1", (draw(12, 0.5), 1)),
        ("k = 5 of 20", (draw(20, 0.4), 5)),
        ("k = 10 of 200", (draw(200, 0.1), 10)),
        ("k beyond the last relevant image", (np.array([1, 0, 1, 0, 0, 0, 0, 0]), 6)),
        ("k = the whole ranking", (draw(30, 0.3), 30)),
    ]


EXERCISES = {
    "precision_and_recall": Exercise(
        solution=_precision_and_recall,
        cases=_count_cases,
        stars=1,
        peer="scikit-learn",
        mistakes=(
            _pair_mistake(
                lambda tp, fp, fn: (tp / (tp + fn), tp / (tp + fp)),
                "The two have changed places: precision divides by what was returned.",
            ),
            _pair_mistake(
                lambda tp, fp, fn: (tp / (tp + fp + fn), tp / (tp + fn)),
                "Precision never looks at what stayed behind: leave the false negatives out of it.",
            ),
            _pair_mistake(
                lambda tp, fp, fn: (fp / (tp + fp), fn / (tp + fn)),
                "These are the shares of errors; precision and recall are the shares of right ones.",
            ),
            Mistake(
                _no_answer(0.0),
                "0 would say “all wrong”. When nothing was returned, nobody knows: return float('nan').",
            ),
            Mistake(
                _no_answer(1.0),
                "1 would say “all right”. When nothing was returned, nobody knows: return float('nan').",
            ),
        ),
    ),
    "f_beta": Exercise(
        solution=_f_beta,
        cases=_f_beta_cases,
        stars=2,
        peer="scikit-learn",
        mistakes=(
            _f_beta_mistake(
                lambda p, r, beta: (1 + beta) * p * r / (beta * p + r), "Beta enters squared, in both places."
            ),
            _f_beta_mistake(
                lambda p, r, beta: (1 + beta**2) * p * r / (p + beta**2 * r),
                "Beta² belongs to the precision in the denominator; in the form with counts, to the false negatives.",
            ),
            _f_beta_mistake(
                lambda p, r, beta: 2 * p * r / (p + r),
                "This is F1 whatever beta is; where does beta come in?",
            ),
            _f_beta_mistake(
                lambda p, r, beta: p * r / (beta**2 * p + r),
                "The factor 1 + beta² in front is missing: F of P = R = 1 must be 1.",
            ),
            _f_beta_mistake(
                lambda p, r, beta: (p + r) / 2, "This is the arithmetic mean; F is a weighted harmonic mean."
            ),
        ),
    ),
    "precision_at_prevalence": Exercise(
        solution=metrics.precision_at_prevalence,
        cases=_prevalence_cases,
        stars=2,
        peer="Bayes' theorem",
        mistakes=(
            Mistake(
                lambda tpr, fpr, prevalence: tpr / (tpr + fpr),
                "This holds only where half of the images are positive.",
            ),
            Mistake(
                lambda tpr, fpr, prevalence: tpr * prevalence / (tpr * prevalence + fpr),
                "The false alarms come from the share 1 − π of the images.",
            ),
            Mistake(
                lambda tpr, fpr, prevalence: tpr * prevalence / tpr * prevalence + fpr * (1 - prevalence),
                "Python divides before it adds: the whole denominator needs parentheses.",
            ),
            Mistake(
                lambda tpr, fpr, prevalence: tpr * prevalence,
                "This is the share of all images that are returned and right; divide by the share that is returned at all.",
            ),
            Mistake(
                lambda tpr, fpr, prevalence: (
                    tpr * prevalence / (tpr * prevalence + (1 - fpr) * (1 - prevalence))
                ),
                "1 − FPR of the negatives are rightly left alone; what is returned by mistake is FPR of them.",
            ),
        ),
    ),
    "average_precision": Exercise(
        solution=_average_precision,
        cases=_score_cases,
        stars=3,
        peer="scikit-learn",
        mistakes=(
            Mistake(
                _trapezoid,
                "The trapezoid rule draws straight lines between the points; average precision is a sum of steps.",
            ),
            Mistake(
                _one_by_one,
                "Images with the same score come back together: there is one step for all of them.",
            ),
            Mistake(
                _interpolated,
                "This is the interpolated average precision; ours takes each precision as it was measured.",
            ),
            Mistake(_mean_of_all, "Each precision is weighted by the rise in recall, not by 1/n."),
            Mistake(
                _area_under_roc,
                "This is the area under the ROC curve, with the false positive rate on its axis.",
            ),
            Mistake(_unsorted, "Sort the images by their scores first, highest first."),
        ),
    ),
    "macro_f1": Exercise(
        solution=_macro_f1,
        cases=_confusion_cases,
        stars=2,
        peer="scikit-learn",
        mistakes=(
            Mistake(
                _f1_of_means,
                "This is the F1 of the mean precision and the mean recall; take the mean of the classes' F1.",
            ),
            Mistake(
                _weighted_f1,
                "This weights each class by its number of images; macro counts every class once.",
            ),
            Mistake(
                lambda confusion: float(np.trace(confusion) / confusion.sum()),
                "This is the accuracy, which equals the micro F1.",
            ),
            Mistake(_skip_empty, "A class that is never predicted has F1 = 0 and still counts."),
        ),
    ),
    "precision_and_recall_at_k": Exercise(
        solution=_at_k,
        cases=_ranking_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda relevant, k: (relevant[:k].sum() / relevant.sum(), relevant[:k].sum() / k),
                "The two have changed places: P@k divides by k.",
            ),
            Mistake(
                lambda relevant, k: (relevant[:k].mean(), relevant[:k].sum() / min(k, relevant.sum())),
                "R@k divides by all relevant images, even when they are more than k.",
            ),
            Mistake(
                lambda relevant, k: (relevant[: k - 1].sum() / k, relevant[: k - 1].sum() / relevant.sum()),
                "relevant[:k] already leaves out position k: Python counts from 0.",
            ),
            Mistake(
                lambda relevant, k: (
                    relevant[: k + 1].sum() / k,
                    relevant[: k + 1].sum() / relevant.sum(),
                ),
                "relevant[: k + 1] holds k + 1 images; the first k are relevant[:k].",
            ),
            Mistake(
                lambda relevant, k: (relevant[:k].sum() / len(relevant), relevant[:k].sum() / relevant.sum()),
                "P@k looks at the first k alone: divide by k, not by the length of the ranking.",
            ),
        ),
    ),
}
