"""What Keras does today with each mistake of lesson 15, and that no row of the ledger is forgotten."""

import inspect
import re

import pytest

from imgrec_course import ledger, mistakes
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.language import render
from imgrec_course.mistakes import MISTAKES, outcome, plain


def trains(mistake):
    return "epochs=" in inspect.getsource(mistake.broken)


@pytest.mark.parametrize(
    "mistake",
    [pytest.param(one, marks=pytest.mark.slow if trains(one) else ()) for one in MISTAKES],
    ids=lambda mistake: mistake.broken.__name__,
)
def test_keras_still_does_what_the_lesson_says(mistake):
    """Fails when Keras changes its mind: then lesson 15 must be read again."""
    line = re.sub(r"\(measured [^)]*\)", "(measured)", outcome(mistake.broken))
    first, _, warned = line.partition("\n")
    expected, _, expected_warning = mistake.today.partition("\n")
    assert first == expected
    assert bool(warned) == bool(expected_warning)
    assert warned.startswith(expected_warning)


def test_every_row_about_code_has_a_piece_that_runs():
    """Row 37, “no data set, no result”, cannot be run; row 32 shares a piece with row 28."""
    rows = {row for mistake in MISTAKES for row in mistake.rows}
    code = {row.number for row in ledger.ROWS if row.part == "code"}
    assert code - rows == {37}
    assert len({mistake.broken for mistake in MISTAKES}) == len(MISTAKES)


def test_an_error_is_one_line():
    assert plain("\x1b[1mInput 0\x1b[0m\n\nArguments received by it") == "Input 0"
    assert plain("Exception encountered when calling.\n\nAll must agree.'x' sizes: 3\n") == (
        "All must agree. 'x' sizes: 3"
    )
    assert len(plain("x" * 500)) == 170
    assert outcome(lambda: 1 / 0) == "refused: ZeroDivisionError: division by zero"
    assert outcome(lambda: "fine") == "accepted: fine"


def test_the_ledger_is_whole():
    assert [row.number for row in ledger.ROWS] == list(range(1, 49))
    counts = [sum(row.part == part for row in ledger.ROWS) for part in ledger.PARTS]
    assert counts == [12, 10, 15, 2, 3, 6]
    for row in ledger.ROWS:
        assert row.lessons
        for language in ("en", "zh"):
            text = render(ledger.table(row.part), language)
            assert render(row.claim, language) in text
            assert render(row.verdict, language) in text
    with pytest.raises(ValueError, match=r"part must be one of concepts, .* not 'prose'"):
        ledger.table("prose")


def test_lesson_15_shows_every_part_of_the_ledger():
    (lesson,) = (read_lesson(path) for path in lesson_paths(["15"]))
    shown = re.findall(r'ledger\.show\("(\w+)"\)', "\n".join(lesson.code("learner")))
    assert sorted(shown) == sorted(ledger.PARTS)


def test_lesson_15_runs_every_mistake():
    (lesson,) = (read_lesson(path) for path in lesson_paths(["15"]))
    code = "\n".join(lesson.code("learner"))
    assert not [m.broken.__name__ for m in MISTAKES if f"outcome({m.broken.__name__})" not in code]


def test_the_two_networks_of_the_pieces_are_as_described():
    assert mistakes.generator().output_shape == (None, 16, 16, 3)
    assert mistakes.recogniser((16, 16, 3)).output_shape == (None, 1)
