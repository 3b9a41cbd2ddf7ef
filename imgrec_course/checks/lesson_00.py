"""Checkers of lesson 00."""

from imgrec_course.checks.exercises import Exercise, Mistake


def _precision_cases(generator):
    return [
        ("a draw of counts", tuple(int(n) for n in generator.integers(1, 50, size=2))) for _ in range(5)
    ] + [("nothing wrong", (int(generator.integers(1, 50)), 0))]


EXERCISES = {
    "recall_of_the_example": Exercise(
        solution=lambda: 9 / 20,
        cases=None,
        stars=1,
        mistakes=(
            Mistake(9 / 12, "That is the precision: 9 of the 12 that came back. What should have come back?"),
            Mistake(9 / 11, "11 is how many stayed behind; the animals are those and the 9 found ones."),
            Mistake(9 / 23, "Three of the 12 are no animals: they do not belong to what was looked for."),
            Mistake(45, "A share lies between 0 and 1: divide by 100."),
            Mistake(12 / 20, "Only 9 of the 12 that came back are animals."),
            Mistake(0.55, "That is the share that was missed."),
        ),
    ),
    "precision": Exercise(
        solution=lambda right, wrong: right / (right + wrong),
        cases=_precision_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda right, wrong: right / wrong if wrong else 1.0,
                "Divide by all that came back, not by the wrong ones.",
            ),
            Mistake(
                lambda right, wrong: wrong / (right + wrong),
                "That is the share of wrong ones; precision is the share of right ones.",
            ),
            Mistake(lambda right, wrong: right // (right + wrong), "// drops the fraction; divide with /."),
            Mistake(
                lambda right, wrong: right / right + wrong,
                "Division binds first: put the sum into parentheses.",
            ),
            Mistake(
                lambda right, wrong: 100 * right / (right + wrong),
                "A share lies between 0 and 1; leave the percent out.",
            ),
        ),
    ),
}
