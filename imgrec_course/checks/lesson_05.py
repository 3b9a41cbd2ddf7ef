"""Checkers of lesson 05: weights are scikit-learn's, the focal loss is Keras's, verdicts are counted."""

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake


def _f1(labels, returned):
    right = np.sum(labels & returned, axis=-1)
    return 2 * right / (np.sum(labels, axis=-1) + np.sum(returned, axis=-1))


def _judged(difference, remedy, plain, word=None, percent=2.5):
    """Interval and verdict of resampled differences."""
    low, high = np.quantile(difference, [percent / 100, 1 - percent / 100])
    if word is None:
        word = "helps" if low > 0 else "hurts" if high < 0 else "cannot tell"
    return float(low), float(high), word


def _resampled(labels, plain, remedy, rows, score=_f1):
    """The score of either model on every resample, (resamples,) each."""
    labels, plain, remedy = (np.asarray(array).astype(bool) for array in (labels, plain, remedy))
    return score(labels[rows], remedy[rows]), score(labels[rows], plain[rows])


def _judge_remedy(labels, plain, remedy, rows):
    of_remedy, of_plain = _resampled(labels, plain, remedy, rows)
    return _judged(of_remedy - of_plain, of_remedy, of_plain)


def _judge_cases(generator):
    def draw(images, plain_error, remedy_error):
        labels = (generator.uniform(size=images) < 0.4).astype(int)
        labels[:2] = 1, 0
        # Both err on the same hard images first: that is what pairs are for.
        difficulty = generator.uniform(size=images)
        plain = np.where(difficulty < plain_error, 1 - labels, labels)
        remedy = np.where(difficulty < remedy_error, 1 - labels, labels)
        rows = generator.integers(images, size=(120, images))
        return labels, plain, remedy, rows

    return [
        ("a remedy that repairs many errors", draw(300, 0.30, 0.18)),
        ("a remedy that repairs a few errors", draw(300, 0.30, 0.27)),
        ("a remedy that makes many errors", draw(200, 0.20, 0.35)),
        ("a remedy that changes one decision in a hundred", draw(100, 0.30, 0.29)),
        ("few images, a small gain", draw(60, 0.30, 0.25)),
    ]


def _judge_mistake(function, hint):
    def answer(labels, plain, remedy, rows):
        of_remedy, of_plain = _resampled(labels, plain, remedy, rows)
        return function(of_remedy, of_plain)

    return Mistake(answer, hint)


def _separate(of_remedy, of_plain):
    remedy, plain = np.quantile(of_remedy, [0.025, 0.975]), np.quantile(of_plain, [0.025, 0.975])
    low, high = float(remedy[0] - plain[1]), float(remedy[1] - plain[0])
    return low, high, "helps" if low > 0 else "hurts" if high < 0 else "cannot tell"


def _standard_error(of_remedy, of_plain):
    difference = of_remedy - of_plain
    margin = 1.96 * difference.std() / np.sqrt(len(difference))
    low, high = float(difference.mean() - margin), float(difference.mean() + margin)
    return low, high, "helps" if low > 0 else "hurts" if high < 0 else "cannot tell"


def _by_accuracy(labels, plain, remedy, rows):
    def accuracy(truth, returned):
        return np.mean(truth == returned, axis=-1)

    of_remedy, of_plain = _resampled(labels, plain, remedy, rows, accuracy)
    return _judged(of_remedy - of_plain, of_remedy, of_plain)


KEEPS_LABEL = (True, True, False, False, False, True)


def _class_weights(negatives, positives):
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1], [negatives, positives])
    zero, one = compute_class_weight("balanced", classes=np.array([0, 1]), y=labels)
    return float(zero), float(one)


def _weight_cases(generator):
    drawn = [tuple(int(n) for n in generator.integers(5, 5000, size=2)) for _ in range(3)]
    return [
        ("99 others to 1 pullover", (19_800, 200)),
        ("as many of each", (500, 500)),
        *[("counts drawn at random", pair) for pair in drawn],
    ]


def _oversampled_rows(labels, validation, times):
    labels, validation = np.asarray(labels), np.asarray(validation, dtype=bool)
    rows = np.flatnonzero(~validation)
    return np.repeat(rows, np.where(labels[rows] == 1, times, 1))


def _row_cases(generator):
    def draw(images, share, times):
        labels = (generator.uniform(size=images) < share).astype(int)
        validation = generator.uniform(size=images) < 0.3
        labels[:4], validation[:4] = (1, 1, 0, 0), (True, False, True, False)
        return labels, validation, times

    return [
        ("twelve images, positives three times", draw(12, 0.3, 3)),
        ("sixty images, positives five times", draw(60, 0.1, 5)),
        ("two hundred images, positives twenty times", draw(200, 0.05, 20)),
        ("every image once", draw(30, 0.3, 1)),
    ]


def _row_mistake(function, hint):
    def answer(labels, validation, times):
        return function(np.asarray(labels), np.asarray(validation, dtype=bool), times)

    return Mistake(answer, hint)


def _split_afterwards(labels, validation, times):
    """Oversample everything, then leave out only as many as the validation set had places."""
    rows = np.arange(len(labels))
    return np.repeat(rows, np.where(labels == 1, np.where(validation, times - 1, times), ~validation))


def _focal(labels, probabilities, gamma):
    right = np.where(np.asarray(labels) == 1, probabilities, 1 - np.asarray(probabilities))
    return -((1 - right) ** gamma) * np.log(right)


def _focal_cases(generator):
    def draw(count, low, high):
        return generator.integers(0, 2, size=count), np.round(generator.uniform(low, high, size=count), 4)

    return [
        ("gamma = 0: plain cross-entropy", (*draw(8, 0.02, 0.98), 0.0)),
        ("gamma = 2", (*draw(8, 0.02, 0.98), 2.0)),
        ("gamma = 0.5", (*draw(8, 0.02, 0.98), 0.5)),
        ("gamma = 5, all nearly right or nearly wrong", (*draw(8, 0.001, 0.05), 5.0)),
        ("one negative, nearly right", (np.array([0]), np.array([0.1]), 2.0)),
    ]


def _focal_mistake(function, hint):
    def answer(labels, probabilities, gamma):
        labels, probabilities = np.asarray(labels), np.asarray(probabilities)
        return function(labels, probabilities, np.where(labels == 1, probabilities, 1 - probabilities), gamma)

    return Mistake(answer, hint)


def _threshold_for_precision(labels, scores, target):
    from imgrec_course.scratch.counting import precision_recall_points

    thresholds, precision, _ = precision_recall_points(labels, scores)
    enough = np.flatnonzero(precision >= target)
    return float(thresholds[enough[-1]]) if len(enough) else float("nan")


def _threshold_cases(generator):
    def draw(count, target):
        labels = (generator.uniform(size=count) < 0.4).astype(int)
        labels[:2] = 1, 0
        return labels, np.round(generator.normal(size=count) + 1.5 * labels, 2), target

    return [
        ("forty images, P at least 0.8", draw(40, 0.8)),
        ("two hundred images, P at least 0.9", draw(200, 0.9)),
        ("two hundred images, P at least 0.7", draw(200, 0.7)),
        (
            "precision falls and rises again",
            (
                np.array([1, 0, 1, 1, 1, 1, 1, 0, 0]),
                np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]),
                0.85,
            ),
        ),
        (
            "the highest score is a false alarm",
            (np.array([0, 1, 1, 1, 1, 1, 1, 1, 0, 0]), np.linspace(0.95, 0.05, 10).round(2), 0.7),
        ),
        ("no threshold is precise enough", (np.array([0, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.6]), 0.9)),
        ("exactly the target", (np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.6]), 0.5)),
    ]


def _threshold_mistake(choose, hint):
    """``choose(thresholds, precision, recall, target)`` → position or None, where some threshold is precise enough."""

    def answer(labels, scores, target):
        from imgrec_course.scratch.counting import precision_recall_points

        thresholds, precision, recall = precision_recall_points(labels, scores)
        if not np.any(precision >= target):
            return float("nan")
        return float(thresholds[choose(thresholds, precision, recall, target)])

    return Mistake(answer, hint)


def _before_the_first_failure(thresholds, precision, recall, target):
    enough = precision >= target
    if not enough[0]:
        return 0
    return len(enough) - 1 if enough.all() else int(np.argmin(enough)) - 1


def _loosest_or_lowest(labels, scores, target):
    """Right, except that a target out of reach returns everything."""
    threshold = _threshold_for_precision(labels, scores, target)
    return float(np.min(scores)) if np.isnan(threshold) else threshold


EXERCISES = {
    "judge_remedy": Exercise(
        solution=_judge_remedy,
        cases=_judge_cases,
        stars=3,
        mistakes=(
            _judge_mistake(
                lambda r, p: _judged(p - r, r, p),
                "The difference is remedy minus plain: a gain must be positive.",
            ),
            _judge_mistake(
                _separate,
                "This subtracts the ends of two separate intervals. Subtract on each resample first, then take the interval of the differences.",
            ),
            _judge_mistake(
                lambda r, p: _judged(r - p[::-1], r, p),
                "Both models must be measured on the same resample: the same rows for both.",
            ),
            _judge_mistake(
                lambda r, p: _judged(r - p, r, p, percent=5),
                "A 95 % interval leaves out 2.5 % at either end: np.quantile(…, [0.025, 0.975]).",
            ),
            Mistake(
                _by_accuracy,
                "This compares accuracies; the verdict asked for is about F1 = 2TP / (2TP + FP + FN).",
            ),
            _judge_mistake(
                _standard_error,
                "The spread of the resampled differences is the uncertainty; dividing it by √(number of resamples) makes it vanish at will.",
            ),
            _judge_mistake(
                lambda r, p: _judged(r - p, r, p, word="helps" if np.mean(r - p) > 0 else "hurts"),
                "The interval is right. Where it contains 0, the verdict is “cannot tell”.",
            ),
        ),
    ),
    "keeps_label": Exercise(
        solution=lambda: KEEPS_LABEL,
        cases=None,
        stars=1,
        mistakes=(
            Mistake(
                (True, False, False, False, False, True),
                "An animal upside down is still an animal: the label stays. Whether it helps to train on such pictures is another question, and a measurement.",
            ),
            Mistake(
                (True, True, True, False, False, True),
                "Mirror a left shoe, and what do you hold in your hand?",
            ),
            Mistake((True, True, False, True, False, True), "Turn a 6 by half a turn and read it again."),
            Mistake(
                (True, True, False, False, True, True),
                "Ripe or unripe is told by the colour: a green tomato that is painted red has changed its class.",
            ),
            Mistake(
                (True,) * 6,
                "“Keeps the label” depends on the question. Go through them one by one: would a person who sees only the changed picture give the old answer?",
            ),
        ),
    ),
    "class_weights": Exercise(
        solution=_class_weights,
        cases=_weight_cases,
        stars=1,
        peer="scikit-learn",
        mistakes=(
            Mistake(
                lambda negatives, positives: (
                    (negatives + positives) / (2 * positives),
                    (negatives + positives) / (2 * negatives),
                ),
                "The two have changed places: the rarer class gets the larger weight.",
            ),
            Mistake(
                lambda negatives, positives: (1.0, negatives / positives),
                "The ratio is right, but the weights of all images must add up to their number; otherwise the loss, and with plain gradient descent the step, grows.",
            ),
            Mistake(
                lambda negatives, positives: (
                    (negatives + positives) / negatives,
                    (negatives + positives) / positives,
                ),
                "Twice too large: each of the two classes shall weigh half of the n images.",
            ),
            Mistake(
                lambda negatives, positives: (1 / negatives, 1 / positives),
                "The ratio is right, but the weights of all images must add up to n, not to 2.",
            ),
            Mistake(
                lambda negatives, positives: (
                    negatives / (negatives + positives),
                    positives / (negatives + positives),
                ),
                "These are the classes' shares; the weights go the other way.",
            ),
        ),
    ),
    "oversampled_rows": Exercise(
        solution=_oversampled_rows,
        cases=_row_cases,
        stars=2,
        mistakes=(
            _row_mistake(
                lambda labels, validation, times: np.repeat(
                    np.arange(len(labels)), np.where(labels == 1, times, ~validation)
                ),
                "Positives of the validation set are among your training rows: the network would be examined on what it has learned by heart.",
            ),
            _row_mistake(
                _split_afterwards,
                "You repeat first and split afterwards: copies of a validation image stay in the training rows. Split first.",
            ),
            _row_mistake(
                lambda labels, validation, times: np.repeat(
                    np.flatnonzero(~validation), np.where(labels[~validation] == 1, times + 1, 1)
                ),
                "A positive shall appear `times` times in all, the original included.",
            ),
            _row_mistake(
                lambda labels, validation, times: np.repeat(np.flatnonzero(~validation), times),
                "You repeat every image, so the shares of the classes stay as they were.",
            ),
            _row_mistake(
                lambda labels, validation, times: np.repeat(
                    np.flatnonzero(~validation & (labels == 1)), times
                ),
                "The negatives are missing: each of them stays, once.",
            ),
            _row_mistake(
                lambda labels, validation, times: np.repeat(
                    np.flatnonzero(~validation), np.where(labels[~validation] == 0, times, 1)
                ),
                "You repeat the common class; it is the rare one that shall appear more often.",
            ),
            _row_mistake(
                lambda labels, validation, times: np.repeat(
                    np.flatnonzero(validation), np.where(labels[validation] == 1, times, 1)
                ),
                "These are the validation rows; `validation` is True for what must stay out of training.",
            ),
        ),
    ),
    "focal": Exercise(
        solution=_focal,
        cases=_focal_cases,
        stars=2,
        peer="Keras",
        mistakes=(
            _focal_mistake(
                lambda y, p, right, gamma: -((1 - p) ** gamma) * np.log(right),
                "The factor needs p_t as well: for a negative 1 − p_t is p.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: -((1 - p) ** gamma) * np.log(p),
                "p is the probability of a positive; for a negative the truth has the probability p_t = 1 − p.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: -(right**gamma) * np.log(right),
                "p_t^γ turns down the hard images; (1 − p_t)^γ turns down the easy ones.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: (1 - right) ** gamma * np.log(right),
                "The logarithm of a probability is negative: a loss needs the minus sign.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: -gamma * (1 - right) * np.log(right),
                "γ is an exponent, not a factor: with γ = 0 plain cross-entropy must come out.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: -y * (1 - right) ** gamma * np.log(right),
                "Negatives have a loss, too.",
            ),
            _focal_mistake(
                lambda y, p, right, gamma: float(np.mean(-((1 - right) ** gamma) * np.log(right))),
                "One number for every image, please; the mean over the batch comes later.",
            ),
        ),
    ),
    "threshold_for_precision": Exercise(
        solution=_threshold_for_precision,
        cases=_threshold_cases,
        stars=2,
        mistakes=(
            _threshold_mistake(
                lambda thresholds, precision, recall, target: np.flatnonzero(precision >= target)[0],
                "This is the strictest threshold that is precise enough; the lowest one finds more.",
            ),
            _threshold_mistake(
                _before_the_first_failure,
                "You stop at the first threshold that misses the target, but precision can rise again further down.",
            ),
            _threshold_mistake(
                lambda thresholds, precision, recall, target: np.argmax(precision),
                "This is the most precise threshold; asked for is the lowest that is precise enough.",
            ),
            _threshold_mistake(
                lambda thresholds, precision, recall, target: np.flatnonzero(
                    recall >= min(target, recall[-1])
                )[0],
                "You compare recall with the target; the promise is about precision.",
            ),
            _threshold_mistake(
                lambda thresholds, precision, recall, target: (
                    np.flatnonzero(precision > target)[-1] if np.any(precision > target) else 0
                ),
                "A precision that equals the target keeps the promise: ≥, not >.",
            ),
            Mistake(
                _loosest_or_lowest,
                "Where no threshold is precise enough, there is none to give: return float('nan').",
            ),
        ),
    ),
}
