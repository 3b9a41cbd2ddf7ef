"""Decisions counted, and the precision–recall curve, as lesson 01 teaches them."""

import numpy as np


def confusion_counts(labels, returned):
    """Count the four outcomes of a yes/no decision.

    labels     (n,) 1 where the image is what we look for, else 0
    returned   (n,) 1 where the recogniser returned it, else 0
    returns    true_positive, false_positive, false_negative, true_negative

    Raises ValueError when the shapes differ.
    Equals sklearn.metrics.confusion_matrix. Taught in lesson 01; Manning et al. (2008), section 8.3.
    """
    labels, returned = np.asarray(labels, dtype=bool), np.asarray(returned, dtype=bool)
    if labels.shape != returned.shape:
        raise ValueError(f"labels and returned must have one shape, not {labels.shape} and {returned.shape}")
    true_positive = int(np.sum(returned & labels))
    false_positive = int(np.sum(returned & ~labels))
    false_negative = int(np.sum(~returned & labels))
    true_negative = int(np.sum(~returned & ~labels))
    return true_positive, false_positive, false_negative, true_negative


def precision_recall_points(labels, scores):
    """Precision and recall at every threshold that makes a difference.

    labels    (n,) 1 where the image is what we look for, else 0; at least one 1
    scores    (n,) the higher, the more the recogniser believes in a 1
    returns   thresholds, precision, recall: (m,) each, from the strictest threshold to the loosest,
              m the number of distinct scores; an image is returned when score ≥ threshold

    Raises ValueError when the shapes differ or no label is 1.
    Equals sklearn.metrics.precision_recall_curve without its last point. Taught in lesson 01.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if labels.shape != scores.shape:
        raise ValueError(f"labels and scores must have one shape, not {labels.shape} and {scores.shape}")
    if not labels.any():
        raise ValueError("labels must hold at least one 1: recall divides by the number of ones")
    order = np.argsort(-scores, kind="stable")
    labels, scores = labels[order], scores[order]
    true_positive = np.cumsum(labels)  # right ones among the first 1, 2, 3, … images
    returned = np.arange(1, len(labels) + 1)
    last_of_its_score = np.append(np.diff(scores) != 0, True)  # equal scores are returned together
    true_positive, returned = true_positive[last_of_its_score], returned[last_of_its_score]
    return scores[last_of_its_score], true_positive / returned, true_positive / labels.sum()
