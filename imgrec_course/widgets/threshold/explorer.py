"""ThresholdExplorer: scores and labels in, everything else in explorer.js."""

import numbers
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import message
from imgrec_course.widgets.base import Explorer, script, sprite, style, word

HERE = Path(__file__).parent
MOST_IMAGES = 1000
THUMBNAIL = 48


class ThresholdExplorer(Explorer):
    """Move a threshold over scores; see what is returned, what is right, what is missed.

    scores     (n,) floats in [0, 1]; what scores at least the threshold is returned
    labels     (n,) 1 for what is looked for, else 0
    images     (n, height, width) or (n, height, width, 3) uint8, shown small; at most 1,000; or None
    names      words for label 1 and label 0 (their Chinese stands in the catalogue)
    threshold  where to begin, in [0, 1]; follows what the learner does

    Raises ValueError for arguments that do not fit.
    """

    _esm = script(HERE)
    _css = style(HERE)

    WORDS = {  # noqa: RUF012
        "threshold": word("threshold"),
        "scores": word("Scores"),
        "score": word("score"),
        "curve": word("Precision–recall curve"),
        "returned": word("returned"),
        "left": word("not returned"),
        "tp": word("true positives"),
        "fp": word("false positives"),
        "fn": word("false negatives"),
        "tn": word("true negatives"),
        "precision": word("precision"),
        "recall": word("recall"),
        "f1": word("F1"),
        "precision_undefined": word("undefined: nothing is returned"),
        "recall_undefined": word("undefined: there is nothing to find"),
        "prevalence": word("prevalence"),
        "scale": word("height: square root of the count"),
        "best": word("best F1"),
        "right": word("Returned and right"),
        "wrong": word("Returned and wrong"),
        "missed": word("Missed"),
        "none": word("none"),
        "counts": word("Decisions"),
    }

    scores = traitlets.Bytes().tag(sync=True)  # float64, so that “score ≥ threshold” is decided as in Python
    labels = traitlets.Bytes().tag(sync=True)  # uint8
    thumbnails = traitlets.Bytes().tag(sync=True)  # one JPEG
    thumbnail_columns = traitlets.Int(0).tag(sync=True)
    thumbnail_size = traitlets.Int(THUMBNAIL).tag(sync=True)
    threshold = traitlets.Float(0.5).tag(sync=True)

    def __init__(self, scores, labels, images=None, names=("positive", "negative"), threshold=0.5, **traits):
        self._scores, self._labels = _checked(scores, labels)
        if len(names) != 2:
            raise ValueError(f"names must be two words, for label 1 and label 0, not {names!r}")
        jpeg, columns = b"", 0
        if images is not None:
            jpeg, columns = sprite(_checked_images(images, len(self._scores)), THUMBNAIL)
        super().__init__(
            words={"positive": word(names[0]), "negative": word(names[1])},
            scores=self._scores.tobytes(),
            labels=self._labels.tobytes(),
            thumbnails=jpeg,
            thumbnail_columns=columns,
            threshold=_checked_threshold(threshold),
            **traits,
        )

    @traitlets.validate("threshold")
    def _validate_threshold(self, proposal):
        return _checked_threshold(proposal["value"])

    def counts(self):
        """(true positives, false positives, false negatives, true negatives) at the present threshold."""
        from imgrec_course.scratch.counting import confusion_counts

        return confusion_counts(self._labels, self._scores >= self.threshold)

    def description(self):
        true_positive, false_positive, false_negative, _ = self.counts()
        returned, wanted = true_positive + false_positive, true_positive + false_negative
        return message(
            "Threshold explorer: {total} scores, {wanted} of them positive, at threshold {threshold} "
            "(measured precision {precision}, recall {recall}). It moves in JupyterLab.",
            total=len(self._scores),
            wanted=wanted,
            threshold=f"{self.threshold:g}",
            precision=f"{true_positive / returned:.2f}" if returned else "–",
            recall=f"{true_positive / wanted:.2f}" if wanted else "–",
        )

    def figure(self):
        from imgrec_course.scratch.counting import precision_recall_points

        figure, (left, right) = plots.subplots(1, 2, size=(8.0, 3.0))
        edges = np.linspace(0, 1, 31)
        up, _ = np.histogram(self._scores[self._labels == 1], edges)
        down, _ = np.histogram(self._scores[self._labels == 0], edges)
        names = self.words["en"]
        # Square roots, as in the browser: beside a frequent class a rare one stays visible.
        left.bar(edges[:-1], np.sqrt(up), 1 / 30, align="edge", color=plots.POSITIVE, label=names["positive"])
        left.bar(
            edges[:-1], -np.sqrt(down), 1 / 30, align="edge", label=names["negative"],
            color="white", edgecolor=plots.NEGATIVE, hatch="////",
        )  # fmt: skip
        left.axvline(self.threshold, color="black")
        left.set(xlabel="score", ylabel="count (square-root scale)", xlim=(0, 1))
        left.yaxis.set_major_formatter(lambda root, _: f"{root * root:.0f}")
        left.set_title(f"What scores at least {self.threshold:g} is returned")
        left.legend()
        true_positive, false_positive, false_negative, _ = self.counts()
        if self._labels.any():
            _, precision, recall = precision_recall_points(self._labels, self._scores)
            plots.staircase(right, recall, precision, color="black")
            if true_positive + false_positive:
                point = (
                    true_positive / (true_positive + false_negative),
                    true_positive / (true_positive + false_positive),
                )
                right.plot(*point, "o", color=plots.NEGATIVE, markersize=9)
        right.set(xlabel="recall", ylabel="precision", xlim=(0, 1.03), ylim=(0, 1.05))
        right.set_title("Precision–recall curve")
        return figure


def _checked(scores, labels):
    """Scores as float64 and labels as uint8; ValueError when they do not fit."""
    try:
        scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    except (TypeError, ValueError):
        raise ValueError(f"scores must be numbers in [0, 1], not {str(scores)[:60]}") from None
    if scores.ndim != 1 or not len(scores):
        raise ValueError(f"scores must have shape (n,) with n ≥ 1, not {scores.shape}")
    if labels.shape != scores.shape:
        raise ValueError(f"labels must have the shape of scores, {scores.shape}, not {labels.shape}")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError(f"scores must lie in [0, 1]; {scores[~((scores >= 0) & (scores <= 1))][0]} does not")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"labels must be 0 or 1; {labels[~np.isin(labels, (0, 1))][0]} is neither")
    return np.ascontiguousarray(scores), labels.astype(np.uint8)


def _checked_threshold(threshold):
    if not isinstance(threshold, numbers.Real) or not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a number in [0, 1], not {threshold!r}")
    return float(threshold)


def _checked_images(images, count):
    images = np.asarray(images)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise ValueError(
            f"images must have shape (n, height, width) or (n, height, width, 3), not {images.shape}"
        )
    if len(images) != count:
        raise ValueError(f"images must be as many as scores, {count}, not {len(images)}")
    if count > MOST_IMAGES:
        raise ValueError(f"images must be at most {MOST_IMAGES}, not {count}: leave them out, or show a part")
    if images.dtype != np.uint8:
        raise ValueError(f"images must be uint8, 0 to 255, not {images.dtype}")
    return images
