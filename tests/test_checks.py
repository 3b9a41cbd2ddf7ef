"""claim() and check(): right answers pass, the wrong ones that people give get a helpful sentence."""

import json
import time

import numpy as np
import pytest

from imgrec_course import progress
from imgrec_course.checks import ClaimError, check, claim, measured
from imgrec_course.checks.exercises import (
    Exercise,
    Mistake,
    exercises_of,
    judge,
    lessons_with_exercises,
)
from imgrec_course.language import CourseError, render

ALL = [
    (f"{lesson}.{name}", exercise)
    for lesson in lessons_with_exercises()
    for name, exercise in exercises_of(lesson).items()
]
MISTAKES = [
    pytest.param(name, exercise, mistake, id=f"{name}-{number}")
    for name, exercise in ALL
    for number, mistake in enumerate(exercise.mistakes)
]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")


def verdict(exercise, answer, name="it"):
    content, solved = judge(name, exercise, answer)
    return render(content), solved


@pytest.mark.parametrize(("name", "exercise"), ALL, ids=[name for name, _ in ALL])
def test_the_solution_passes_and_three_mistakes_are_known(name, exercise):
    answer = exercise.solution() if exercise.cases is None else exercise.solution
    text, solved = verdict(exercise, answer, name.partition(".")[2])
    assert solved, text
    assert text.startswith("✓ ")
    assert len(exercise.mistakes) >= 3
    assert exercise.stars in (1, 2, 3)


@pytest.mark.parametrize(("name", "exercise", "mistake"), MISTAKES)
def test_a_typical_wrong_answer_gets_its_own_hint(name, exercise, mistake):
    text, solved = verdict(exercise, mistake.answer, name.partition(".")[2])
    assert not solved
    assert text.startswith("✗ ")
    assert text.endswith(f"Hint: {mistake.hint}")


def test_cases_are_the_same_every_time_and_differ_between_exercises():
    exercise = exercises_of("01")["f_beta"]
    seen = []

    def answer(*arguments):
        seen.append(arguments)
        return exercise.solution(*arguments)

    for name in ("a", "a", "b"):
        verdict(exercise, answer, name)
    third = len(seen) // 3
    assert seen[:third] == seen[third : 2 * third] != seen[2 * third :]


DOUBLE = Exercise(
    solution=lambda values: 2 * values,
    cases=lambda generator: [("a row", (generator.uniform(size=3),)), ("a table", (np.ones((2, 2)),))],
    stars=1,
    mistakes=(Mistake(lambda values: values, "Twice."),),
    seconds=0.3,
)


def loops_for_ever(values):
    while True:
        pass


def loops_and_catches(values):
    while True:
        try:
            while True:
                pass
        except BaseException:
            break


def changes_its_argument(values):
    values *= 2
    return values


def raises(values):
    return values / undefined  # noqa: F821


def unfinished(values):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (unfinished, "○ it: not attempted yet"),
        (..., "○ it: not attempted yet"),
        (lambda values: None, "case 1 of 2, a row: the result is None; does every path"),
        (lambda values: 2 * values[:2], "case 1 of 2, a row: expected shape (3,), yours is (2,)"),
        (lambda values: 2 * values + 1e-6, "case 1 of 2, a row: 3 of 3 numbers differ; at (0,) expected"),
        (lambda values: 2 * np.ravel(values), "case 2 of 2, a table: expected shape (2, 2), yours is (4,)"),
        (lambda values: "two", "expected a number or an array of numbers, yours is 'two'"),
        (lambda values: [1, [2]], "expected a number or an array of numbers, yours is [1, [2]]"),
        (lambda values: np.full(values.shape, np.nan), "yours is nan"),
        (lambda values: values, "Hint: Twice."),
        (lambda: 1, "raised TypeError"),
        (7, "expected your function, got int 7"),
        (raises, "raised NameError: name 'undefined' is not defined, in line"),
        (raises, "return values / undefined"),
        (lambda values: exit(), "raised SystemExit"),
        (loops_for_ever, "no answer after 0.3 s; does every loop end?"),
        (loops_and_catches, "no answer after 0.3 s"),
        (changes_its_argument, "your function changed its argument number 1"),
    ],
)
def test_faults_are_named(answer, expected):
    started = time.monotonic()
    text, solved = verdict(DOUBLE, answer)
    assert not solved
    assert expected in text
    assert "Traceback" not in text
    assert time.monotonic() - started < 5


def test_a_function_that_never_returns_is_stopped():
    counter = [0]

    def counts(values):
        while True:
            counter[0] += 1

    verdict(DOUBLE, counts)
    before = counter[0]
    time.sleep(0.1)
    assert counter[0] == before


def test_recursion_without_end_is_an_ordinary_error():
    def again(values):
        return again(values)

    assert "RecursionError" in verdict(DOUBLE, again)[0]


def test_right_answers_of_other_types_are_right():
    assert verdict(DOUBLE, lambda values: (2 * values).tolist())[1]
    pair = Exercise(lambda x: (x, 2 * x), lambda _: [("x", (3,))], (), 1)
    for answer in (lambda x: [x, 2 * x], lambda x: np.array([x, 2 * x])):
        assert verdict(pair, answer)[1]
    assert "expected 2 values, yours is 3" in verdict(pair, lambda x: x)[0]
    number = Exercise(lambda x: x, lambda _: [("x", (3,))], (), 1)
    assert "expected one number, yours is an array of shape (2,)" in verdict(number, lambda x: [x, x])[0]


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("00.precision", lambda right, wrong: right / wrong, "Divide by all that came back"),
        ("01.precision_and_recall", lambda tp, fp, fn: (tp / (tp + fn), tp / (tp + fp)), "changed places"),
        (
            "01.f_beta",
            lambda tp, fp, fn, b: (
                (1 + b) * (tp / (tp + fp)) * (tp / (tp + fn)) / (b * (tp / (tp + fp)) + tp / (tp + fn))
            ),
            "squared",
        ),
        (
            "01.precision_and_recall",
            lambda tp, fp, fn: (tp / (tp + fp), tp / (tp + fn)),
            "Where your function",
        ),
    ],
)
def test_a_mistake_that_also_trips_over_zero_still_gets_its_hint(name, answer, hint):
    lesson, _, short = name.partition(".")
    text, solved = verdict(exercises_of(lesson)[short], answer, short)
    assert not solved
    assert hint in text.partition("Hint: ")[2]


def test_a_ragged_answer_is_an_ordinary_fault():
    pair = Exercise(lambda x: (x, 2 * x), lambda _: [("x", (3,))], (), 1)
    assert "expected one number" in verdict(pair, lambda x: (x, [2 * x, 1]))[0]
    assert not verdict(pair, lambda x: (x, [[1], [2, 3]]))[1]


def test_a_value_is_not_given_away():
    value = Exercise(lambda: 0.45, None, (Mistake(0.75, "No."),), 1)
    assert verdict(value, 0.45) == ("✓ it: right", True)
    assert verdict(value, 0.5) == ("✗ it: 0.5 is not it.", False)
    assert "0.45" not in verdict(value, 0.75)[0]


@pytest.mark.parametrize("name", ["f_beta", "99.f_beta", "01.none", "", 3])
def test_unknown_exercise(name):
    with pytest.raises(CourseError, match="There is no exercise"):
        check(name, None)


def test_check_speaks_chinese(monkeypatch, capsys):
    monkeypatch.setenv("IMGREC_LANG", "zh")
    check("01.f_beta", ...)
    assert capsys.readouterr().out == "○ f_beta：尚未作答\n"


# claim()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ({"value": 0.9142, "at_least": 0.91}, "✓ it at least 0.91 (measured 0.9142)"),
        ({"value": 3, "at_most": 3}, "✓ it at most 3 (measured 3)"),
        ({"value": 0.5, "equals": 0.45, "within": 0.1}, "✓ it equals 0.45 ± 0.1 (measured 0.5)"),
        ({"value": np.int64(7), "equals": 7}, "✓ it equals 7 (measured 7)"),
        ({"value": 0.5, "at_least": 0, "at_most": 1}, "✓ it between 0 and 1 (measured 0.5)"),
        ({"value": np.True_}, "✓ it"),
    ],
)
def test_claims_that_hold(arguments, printed, capsys):
    claim("it", **arguments)
    assert capsys.readouterr().out == printed + "\n"


@pytest.mark.parametrize(
    "arguments",
    [
        {"value": 0.9, "at_least": 0.91},
        {"value": 4, "at_most": 3},
        {"value": 0.6, "equals": 0.45, "within": 0.1},
        {"value": float("nan"), "at_least": 0},
        {"value": float("nan"), "equals": 0, "within": 1},
        {"value": 2, "at_least": 0, "at_most": 1},
        {"value": False},
    ],
)
def test_claims_that_do_not_hold(arguments):
    with pytest.raises(ClaimError, match="does not hold here"):
        claim("it", **arguments)


def test_a_claim_needs_a_bound_or_a_truth():
    with pytest.raises(TypeError, match="at_least"):
        claim("it", 0.5)


def test_measured_is_the_form_that_the_notebook_tests_leave_out():
    assert measured(12.34567, "s") == "(measured 12.35 s)"
    assert measured(3) == "(measured 3)"


# what is solved is remembered


@pytest.fixture
def working_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "_working_copy", lambda: tmp_path)
    return tmp_path


def solve(name):
    lesson, _, short = name.partition(".")
    exercise = exercises_of(lesson)[short]
    check(name, exercise.solution() if exercise.cases is None else exercise.solution)


def test_solved_exercises_are_remembered(working_copy, capsys):
    solve("01.f_beta")
    check("01.f_beta", ...)  # what is solved stays solved
    solve("00.precision")
    assert list(progress.solved()) == ["00.precision", "01.f_beta"]
    assert "Next: 00.recall_of_the_example" in render(progress.report())
    for name, _ in ALL:
        solve(name)
    assert "Everything solved" in render(progress.report())


def test_a_damaged_record_is_kept_aside(working_copy):
    (working_copy / progress.FILE).write_text("{not json", encoding="utf-8")
    assert progress.solved() == {}
    solve("01.f_beta")
    assert list(json.loads((working_copy / progress.FILE).read_text())) == ["01.f_beta"]
    assert (working_copy / "progress.damaged.json").read_text() == "{not json"


def test_a_folder_that_cannot_be_written_does_not_spoil_the_check(working_copy, monkeypatch, capsys):
    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(working_copy), "write_text", refuse)
    solve("01.f_beta")
    out = capsys.readouterr().out
    assert "✓ f_beta" in out
    assert "not remembered" in out


def test_outside_a_working_copy_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "_working_copy", lambda: None)
    monkeypatch.chdir(tmp_path)
    solve("01.f_beta")
    assert list(tmp_path.iterdir()) == []
    assert progress.solved() == {}
    assert "course.py lab" in render(progress.report())
