"""Checkers of lesson 11: shares are counted, losses are Keras's, the smoothest filling solves its equations."""

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake


def _recognised_as_asked(asked, recognised, classes):
    with np.errstate(invalid="ignore"):
        return np.bincount(asked[asked == recognised], minlength=classes) / np.bincount(
            asked, minlength=classes
        )


def _request_cases(generator):
    def draw(count, classes, hits):
        asked = generator.permutation(np.resize(np.arange(classes), count))
        missed = generator.uniform(size=count) > hits
        recognised = np.where(missed, generator.integers(classes, size=count), asked)
        return asked, recognised, classes

    asked, recognised, _ = draw(30, 4, 0.5)
    collapsed = np.repeat([0, 1, 2], [6, 10, 4]), np.full(20, 1), 3
    return [
        ("sixty requests of five classes, most of them met", draw(60, 5, 0.8)),
        ("forty requests of three classes, at random", draw(40, 3, 0.0)),
        ("requests of very different number", (np.repeat([0, 1, 2], [2, 5, 13]), draw(20, 3, 0.3)[1], 3)),
        ("everything looks like class 1", collapsed),
        ("one class that nobody asked for", (asked, recognised, 5)),
    ]


FAIR = (True, True, False, False, False, True)


def _hole_errors(images, completed, holes):
    return np.array([np.abs(a - b)[h].mean() for a, b, h in zip(images, completed, holes, strict=True)])


def _hole_cases(generator):
    def draw(count, side, largest):
        images = generator.uniform(-1, 1, size=(count, side, side))
        holes = np.zeros((count, side, side), dtype=bool)
        for hole in holes:
            row, column = generator.integers(side - largest, size=2)
            height, width = generator.integers(1, largest + 1, size=2)
            hole[row : row + height, column : column + width] = True
        return images, np.where(holes, generator.uniform(-1, 1, size=images.shape), images), holes

    return [
        ("three images of 6 × 6 pixels", draw(3, 6, 3)),
        ("five images of 9 × 9 pixels, holes of different size", draw(5, 9, 6)),
        ("one image", draw(1, 5, 2)),
    ]


def _system(image, hole, steps, edge):
    """Solve "each hole pixel is the mean of its neighbours"; ``edge``: pixels outside count as 0."""
    height, width = image.shape
    number = {place: i for i, place in enumerate(map(tuple, np.argwhere(hole)))}
    matrix, right = np.zeros((len(number), len(number))), np.zeros(len(number))
    for (row, column), i in number.items():
        for down, across in steps:
            place = row + down, column + across
            inside = 0 <= place[0] < height and 0 <= place[1] < width
            if inside or edge:
                matrix[i, i] += 1
            if place in number:
                matrix[i, number[place]] -= 1
            elif inside:
                right[i] += image[place]
    filled = image.copy()
    filled[hole] = np.linalg.solve(matrix, right)
    return filled


CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
STAR = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def _smoothest(image, hole):
    return _system(image, hole, CROSS, edge=False)


def _smoothest_cases(generator):
    def draw(height, width, top, left, rows, columns):
        image, hole = generator.uniform(-1, 1, size=(height, width)), np.zeros((height, width), dtype=bool)
        hole[top : top + rows, left : left + columns] = True
        return np.where(hole, 0, image), hole

    ramp, hole = np.add.outer(np.arange(6.0), np.arange(7.0)) / 11, np.zeros((6, 7), dtype=bool)
    hole[2:4, 2:5] = True
    return [
        ("one unknown pixel", draw(4, 4, 1, 2, 1, 1)),
        ("a hole of 2 × 3 pixels", draw(6, 7, 2, 2, 2, 3)),
        ("a hole of 4 × 4 pixels", draw(8, 8, 2, 3, 4, 4)),
        ("a slope, which must go on through the hole", (np.where(hole, 0, ramp), hole)),
        ("a hole at the edge of the image", draw(6, 6, 0, 2, 3, 2)),
        ("a hole in the corner", draw(5, 5, 3, 3, 2, 2)),
    ]


def _neighbours_once(image, hole):
    """One pass: the mean of the neighbours as they stand, the unknown ones still 0."""
    padded, inside = np.pad(image, 1), np.pad(np.ones(image.shape), 1)

    def around(values):
        return values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]

    return np.where(hole, around(padded) / around(inside), image)


def _rim(image, hole):
    """The mean of all known pixels that touch the hole."""
    padded = np.pad(hole, 1)
    touched = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return np.where(hole, image[touched & ~hole].mean(), image)


def _by_rows(image, hole):
    filled = image.copy()
    for row, unknown in zip(filled, hole, strict=True):
        if unknown.any() and not unknown.all():
            row[unknown] = np.interp(np.flatnonzero(unknown), np.flatnonzero(~unknown), row[~unknown])
    return filled


def _everywhere(image, hole):
    smooth = image
    for _ in range(200):
        smooth = _neighbours_once(smooth, np.ones(hole.shape, dtype=bool))
    return smooth


def _softplus(values):
    return np.logaddexp(0, values)


def _translation_loss(logits, generated, wanted, weight):
    return _softplus(-logits).mean() + weight * np.abs(generated - wanted).mean()


def _loss_cases(generator):
    def draw(count, side, patches, weight):
        return (
            generator.normal(0, 2, size=(count, patches, patches, 1)),
            generator.uniform(-1, 1, size=(count, side, side, 1)),
            generator.uniform(-1, 1, size=(count, side, side, 1)),
            weight,
        )

    loud = draw(2, 4, 2, 10.0)
    return [
        ("four images, nine patches each, weight 100", draw(4, 6, 3, 100.0)),
        ("two images, weight 1", draw(2, 5, 2, 1.0)),
        ("no reconstruction: weight 0", draw(3, 4, 2, 0.0)),
        ("logits of a thousand", (np.where(loud[0] > 0, 1000.0, -1000.0), *loud[1:])),
    ]


EXERCISES = {
    "recognised_as_asked": Exercise(
        solution=_recognised_as_asked,
        cases=_request_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda asked, recognised, classes: (
                    np.bincount(asked[asked == recognised], minlength=classes)
                    / np.bincount(recognised, minlength=classes)
                ),
                "You divide by how often each class was recognised. The question starts from the request: of those asked for, how many came?",
            ),
            Mistake(
                lambda asked, recognised, classes: np.full(classes, np.mean(asked == recognised)),
                "This is the share over all requests; give one share for each class.",
            ),
            Mistake(
                lambda asked, recognised, classes: np.bincount(asked[asked == recognised], minlength=classes),
                "These are counts; divide each by the number of requests for its class.",
            ),
            Mistake(
                lambda asked, recognised, classes: (
                    np.bincount(asked[asked == recognised], minlength=classes) / len(asked)
                ),
                "You divide by all requests. Each class has its own number of them.",
            ),
            Mistake(
                lambda asked, recognised, classes: np.nan_to_num(
                    _recognised_as_asked(asked, recognised, classes)
                ),
                "Of a class that nobody asked for nothing is known: NaN, not 0.",
            ),
            Mistake(
                lambda asked, recognised, classes: np.bincount(recognised, minlength=classes) / len(asked),
                "You count what was recognised, whether or not it had been asked for there.",
            ),
        ),
    ),
    "fair_generators": Exercise(
        solution=lambda: FAIR,
        cases=None,
        stars=2,
        mistakes=(
            Mistake(
                (True, True, True, False, False, True),
                "Number 3 leaves the test alone, true. But 6,000 pullovers went into its generator; the other remedies had 200.",
            ),
            Mistake(
                (True, True, False, True, False, True),
                "Number 4: the validation images hold 100 pullovers more, and the threshold is then chosen on images that the training has seen.",
            ),
            Mistake(
                (True, True, False, False, True, True),
                "Number 5: where did the classifier that sorts out learn what a pullover is?",
            ),
            Mistake(
                (True, True, True, True, True, True),
                "None touches the test; that is not enough. What did the other remedies have to learn from?",
            ),
            Mistake(
                (True, True, False, False, False, False),
                "Number 6: to choose on validation images is what they are for; so the thresholds are chosen, too.",
            ),
            Mistake(
                (True, False, False, False, False, True),
                "Number 2: the 19,800 other garments of the training set were there for every remedy.",
            ),
            Mistake(
                (False, True, False, False, False, True),
                "Number 1 is wasteful, but which image did it use that the other remedies had not?",
            ),
        ),
    ),
    "hole_errors": Exercise(
        solution=_hole_errors,
        cases=_hole_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda images, completed, holes: np.abs(images - completed).mean(axis=(1, 2)),
                "You divide by all pixels, and the known ones are right by themselves: a smaller hole would look like a better completion.",
            ),
            Mistake(
                lambda images, completed, holes: np.array(
                    [(a - b)[h].mean() for a, b, h in zip(images, completed, holes, strict=True)]
                ),
                "Too dark here and too bright there cancel out. Take absolute values before the mean.",
            ),
            Mistake(
                lambda images, completed, holes: np.array(
                    [((a - b)[h] ** 2).mean() for a, b, h in zip(images, completed, holes, strict=True)]
                ),
                "This is the squared error; asked for is the absolute one.",
            ),
            Mistake(
                lambda images, completed, holes: np.abs(images - completed)[holes].mean(),
                "One number over all holes together, so that large holes count more. Give one number for each image.",
            ),
            Mistake(
                lambda images, completed, holes: np.array(
                    [np.abs(a - b)[~h].mean() for a, b, h in zip(images, completed, holes, strict=True)]
                ),
                "This is the error on the known pixels, and there it is 0: True marks what is not known.",
            ),
            Mistake(
                lambda images, completed, holes: np.abs(images - completed).sum(axis=(1, 2)),
                "This is the sum; divide by the number of pixels in the hole.",
            ),
        ),
    ),
    "smoothest": Exercise(
        solution=_smoothest,
        cases=_smoothest_cases,
        stars=3,
        peer="a system of linear equations",
        tolerance=1e-6,
        seconds=20,
        mistakes=(
            Mistake(
                _neighbours_once,
                "This is one pass, in which the neighbours that are not known count as 0. Repeat it until nothing changes any more, or solve the equations.",
            ),
            Mistake(
                _rim,
                "The mean of the rim everywhere: each pixel must be the mean of its own four neighbours. A slope should go on through the hole.",
            ),
            Mistake(
                lambda image, hole: _system(image, hole, STAR, edge=False),
                "You take eight neighbours; asked for are the four above, below, left and right.",
            ),
            Mistake(
                lambda image, hole: _system(image, hole, CROSS, edge=True),
                "At the edge of the image you count neighbours that are not there, as 0. Divide by the number of those that are.",
            ),
            Mistake(
                _by_rows,
                "Row by row: neighbours above and below count as well.",
            ),
            Mistake(
                _everywhere,
                "You smooth the known pixels, too; they must stay as they are.",
            ),
        ),
    ),
    "translation_loss": Exercise(
        solution=_translation_loss,
        cases=_loss_cases,
        stars=2,
        peer="Keras",
        mistakes=(
            Mistake(
                lambda logits, generated, wanted, weight: (
                    _softplus(logits).mean() + weight * np.abs(generated - wanted).mean()
                ),
                "softplus(z) is −ln(1 − D): with it the generator learns to be found out. It wants D near 1: softplus(−z).",
            ),
            Mistake(
                lambda logits, generated, wanted, weight: (
                    -_softplus(logits).mean() + weight * np.abs(generated - wanted).mean()
                ),
                "This is ln(1 − D), the saturating loss: nearly flat where D is sure of itself. Asked for is −ln D.",
            ),
            Mistake(
                lambda logits, generated, wanted, weight: (
                    weight * _softplus(-logits).mean() + np.abs(generated - wanted).mean()
                ),
                "The weight λ belongs to the reconstruction.",
            ),
            Mistake(
                lambda logits, generated, wanted, weight: (
                    _softplus(-logits).mean() + np.abs(generated - wanted).mean()
                ),
                "The weight λ is missing.",
            ),
            Mistake(
                lambda logits, generated, wanted, weight: (
                    _softplus(-logits).mean() + weight * np.mean((generated - wanted) ** 2)
                ),
                "This is the squared error; the reconstruction here is the mean absolute error.",
            ),
            Mistake(
                lambda logits, generated, wanted, weight: (
                    _softplus(-logits).sum() + weight * np.abs(generated - wanted).sum()
                ),
                "Sums: so the loss grows with the number of patches and pixels. Take means.",
            ),
        ),
    ),
}
