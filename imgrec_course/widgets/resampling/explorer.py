"""ResamplingExplorer: four counts in; explorer.js draws the bootstrap samples."""

import numbers
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import CourseError, message
from imgrec_course.widgets.base import Explorer, script, style, word

HERE = Path(__file__).parent
MOST_IMAGES = 200  # each of them is drawn as a token, at 16 times the size 3,200
MOST_DRAWS = 2000
FEWEST_DRAWS = 100  # of which outer percentiles are worth showing
TIMES = (1, 2, 4, 8, 16)
MEASURES = ("precision", "recall", "f1")
LARGEST_SEED = 9999


class ResamplingExplorer(Explorer):
    """Draw tests that might have been from one test; see the 95 % interval grow, and shrink with n.

    counts      (true positives, false positives, false negatives, true negatives) of the test, whole numbers:
                at least 1 positive, 1 negative, at most 200 images
    measure     "precision", "recall" or "f1"
    times       1, 2, 4, 8 or 16: a test so many times as large, with the same shares
    positives   how many of every sum(counts) images are positive, the two rates TP/(TP + FN) and FP/(FP + TN)
                staying as they are (counts are rounded); None: as in the test
    seed        of the draws, 0 to 9,999; draw number i of a seed is always the same
    draws       how many have been drawn, 0 to 2,000

    All but counts follow what the learner does, and may be set.
    Raises CourseError for arguments that do not fit.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap.
    """

    _esm = script(HERE)
    _css = style(HERE)

    WORDS = {  # noqa: RUF012
        "measure": word("measure"),
        "precision": word("precision"),
        "recall": word("recall"),
        "f1": word("F1"),
        "tp": word("true positives"),
        "fp": word("false positives"),
        "fn": word("false negatives"),
        "tn": word("true negatives"),
        "times": word("images in the test"),
        "times_said": word("{images} ({times} ×)"),
        "positives": word("positives among them"),
        "positives_said": word("{count} of {images} ({percent} %)"),
        "seed": word("seed"),
        "draws": word("draws"),
        "draws_said": word("draws: {count}"),
        "draw": word("Draw {count}"),
        "again": word("Start over"),
        "tokens": word("The test, and how often the last draw took each image"),
        "tokens_hint": word("faint: not drawn; a number: drawn that often"),
        "histogram": word("The measure in each draw"),
        "value_axis": word("{measure} of a draw"),
        "widths": word("Width of the interval"),
        "width_axis": word("images in the test"),
        "line": word("1/√n through the present width"),
        "here": word("present width"),
        "other": word("other shares of positives"),
        "table": word("Counts"),
        "test": word("the test"),
        "last": word("last draw"),
        "estimate": word("the test itself"),
        "middle": word("middle 95 % of the draws"),
        "nothing": word("Draw a test that might have been."),
        "few": word(
            "{measure} {value}. The interval is shown from {least} draws on; so far {draws} (seed {seed})."
        ),
        "result": word(
            "{measure} {value}; 95 % interval {low} to {high}, width {width} ({draws} draws, seed {seed})."
        ),
        "undefined": word("{count} of the draws have no value here (nothing to divide by) and are left out."),
        "same": word(
            "All draws give the same value: an error that the test does not hold cannot be drawn from it."
        ),
        "none": word("No draw has a value here: there is nothing to divide by."),
    }

    counts = traitlets.List().tag(sync=True)  # of the test as it came: TP, FP, FN, TN
    limits = traitlets.Dict(
        {"draws": MOST_DRAWS, "least": FEWEST_DRAWS, "times": list(TIMES), "seed": LARGEST_SEED}
    ).tag(sync=True)
    measure = traitlets.TraitType("recall").tag(sync=True)
    times = traitlets.TraitType(1).tag(sync=True)
    positives = traitlets.TraitType(1).tag(sync=True)
    seed = traitlets.TraitType(1).tag(sync=True)
    draws = traitlets.TraitType(0).tag(sync=True)

    def __init__(self, counts, measure="recall", times=1, positives=None, seed=1, draws=0, **traits):
        counts = _checked_counts(counts)
        super().__init__(
            counts=counts,
            measure=_checked_choice(measure, "measure", MEASURES),
            times=_checked_choice(times, "times", TIMES),
            positives=_checked_whole(
                counts[0] + counts[2] if positives is None else positives, "positives", 1, sum(counts) - 1
            ),
            seed=_checked_whole(seed, "seed", 0, LARGEST_SEED),
            draws=_checked_whole(draws, "draws", 0, MOST_DRAWS),
            **traits,
        )

    @traitlets.validate("measure")
    def _validate_measure(self, proposal):
        return _checked_choice(proposal["value"], "measure", MEASURES)

    @traitlets.validate("times")
    def _validate_times(self, proposal):
        return _checked_choice(proposal["value"], "times", TIMES)

    @traitlets.validate("positives")
    def _validate_positives(self, proposal):
        return _checked_whole(proposal["value"], "positives", 1, sum(self.counts) - 1)

    @traitlets.validate("seed")
    def _validate_seed(self, proposal):
        return _checked_whole(proposal["value"], "seed", 0, LARGEST_SEED)

    @traitlets.validate("draws")
    def _validate_draws(self, proposal):
        return _checked_whole(proposal["value"], "draws", 0, MOST_DRAWS)

    def test(self, times=None, positives=None):
        """(TP, FP, FN, TN) of the test from which is drawn, at the present settings or at others."""
        true_positive, false_positive, false_negative, true_negative = self.counts
        times = self.times if times is None else _checked_choice(times, "times", TIMES)
        if positives is None:
            positives = self.positives
        positives = times * _checked_whole(positives, "positives", 1, sum(self.counts) - 1)
        negatives = times * sum(self.counts) - positives
        found = _rounded(true_positive * positives, true_positive + false_negative)
        wrong = _rounded(false_positive * negatives, false_positive + true_negative)
        return found, wrong, positives - found, negatives - wrong

    def interval(self, times=None, positives=None):
        """(low, high) of the 95 % percentile interval, by 2,000 resamples drawn in Python: other draws than
        those of the browser, so the two agree as two bootstraps do. NaN where the measure has no value."""
        from imgrec_course.metrics import percentile_interval

        return percentile_interval(_values(self._resampled(times, positives), self.measure))

    def _resampled(self, times=None, positives=None):
        from imgrec_course.metrics import resample_confusion

        return resample_confusion(_matrix(self.test(times, positives)), MOST_DRAWS, seed=self.seed)

    def description(self):
        low, high = self.interval()
        return message(
            "Resampling explorer: a test of {images} images, {positives} of them positive "
            "(measured {measure} {value}, 95 % interval {low} to {high}). It moves in JupyterLab.",
            images=self.times * sum(self.counts),
            positives=self.times * self.positives,
            measure=self.WORDS[self.measure],
            value=_number(_values(_matrix(self.test()), self.measure)),
            low=_number(low),
            high=_number(high),
        )

    def figure(self):
        figure, (left, right) = plots.subplots(1, 2, size=(8.0, 3.0), width_ratios=(3, 2))
        name = self.words["en"][self.measure]
        colour = getattr(plots, self.measure.upper())
        values = _values(self._resampled(), self.measure)
        low, high = self.interval()
        left.hist(values[~np.isnan(values)], bins=np.linspace(0, 1, 51), color=colour)
        left.axvline(_values(_matrix(self.test()), self.measure), color="black", linewidth=1)
        left.axvspan(low, high, ymax=0.05, color="black")
        left.set(xlabel=f"{name} of a draw", ylabel=f"draws of {MOST_DRAWS:,}", xlim=(0, 1))
        left.set_title("Tests that might have been; bar: the middle 95 %")
        sizes = sum(self.counts) * np.array(TIMES)
        widths = np.array([np.diff(self.interval(times))[0] for times in TIMES])
        right.plot(sizes, widths, "o", color=colour)
        at = TIMES.index(self.times)
        right.plot(sizes, widths[at] * np.sqrt(sizes[at] / sizes), ":", color=plots.CHANCE, label="1/√n")
        right.set(xlabel="images in the test", ylabel="width", ylim=(0, None), xscale="log")
        right.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=8)
        right.minorticks_off()
        right.set_title("Four times as many, half as wide")
        right.legend()
        return figure


def _rounded(numerator, denominator):
    """The quotient of two whole numbers, halves rounded up: as explorer.js does it."""
    return (2 * numerator + denominator) // (2 * denominator)


def _matrix(counts):
    """Confusion matrix, rows: truth, columns: answer, of (TP, FP, FN, TN)."""
    true_positive, false_positive, false_negative, true_negative = counts
    return np.array([[true_negative, false_positive], [false_negative, true_positive]])


def _values(confusion, measure):
    """The measure of the positive class, from one confusion matrix or many."""
    from imgrec_course.metrics import precision_recall_f1

    return precision_recall_f1(confusion)[MEASURES.index(measure)][..., 1]


def _number(value):
    return "–" if np.isnan(value) else f"{value:.3f}"


def _is_whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def _checked_counts(counts):
    """The four counts as a list of int."""
    values = list(counts) if np.ndim(counts) == 1 else []
    if len(values) != 4 or not all(_is_whole(value) and value >= 0 for value in values):
        raise CourseError(
            "counts must be four whole numbers, (true positives, false positives, false negatives, true "
            "negatives), as confusion_counts returns them, not {counts}.",
            counts=repr(counts)[:80],
        )
    values = [int(value) for value in values]
    if values[0] + values[2] == 0 or values[1] + values[3] == 0:
        raise CourseError(
            "counts must hold at least 1 positive (TP + FN) and 1 negative (FP + TN), not {positives} and "
            "{negatives}.",
            positives=values[0] + values[2],
            negatives=values[1] + values[3],
        )
    if sum(values) > MOST_IMAGES:
        raise CourseError(
            "counts must add up to at most {most} images, not {images}: begin with a smaller test, "
            "or raise times.",
            most=MOST_IMAGES,
            images=sum(values),
        )
    return values


def _checked_choice(value, name, choices):
    if isinstance(value, (bool, np.bool_)) or value not in choices:
        raise CourseError(
            "{name} must be one of {choices}, not {value}.",
            name=name,
            choices=", ".join(map(repr, choices)),
            value=repr(value)[:80],
        )
    return value if isinstance(value, str) else int(value)


def _checked_whole(value, name, least, most):
    if not _is_whole(value) or not least <= value <= most:
        raise CourseError(
            "{name} must be a whole number, {least} to {most}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=repr(value)[:80],
        )
    return int(value)
