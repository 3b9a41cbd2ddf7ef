"""Exercises that answer back: run the learner's answer on random cases and say what is wrong.

Each lesson has a module ``imgrec_course.checks.lesson_NN`` with a dictionary ``EXERCISES``. An exercise
knows a right answer, cases to try it on, and the wrong answers that people really give, each with the
hint that helps: when the learner's results are those of a known mistake, its hint is shown.
"""

import copy
import ctypes
import functools
import importlib
import linecache
import pkgutil
import threading
import traceback
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from imgrec_course import progress
from imgrec_course.language import CourseError, message, say


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and the hint that helps them on.

    answer   a function like the learner's, or a value where the answer is a value
    hint     English sentence; its Chinese stands in the catalogue
    """

    answer: object
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson.

    solution    function that gives the right answer; for an answer that is a value, one without parameters
    cases       function (numpy.random.Generator) → list of (description, arguments); None: the answer is a
                value. The description is an English sentence or a message; arguments a tuple
    mistakes    known wrong answers, at least three
    stars       1 (a few minutes) to 3 (a challenge)
    peer        what the solution is: "scikit-learn", "Keras", "a count by hand"
    tolerance   largest difference that counts as equal, relative to max(1, |expected|)
    seconds     after which a call is given up
    """

    solution: Callable
    cases: Callable | None
    mistakes: tuple
    stars: int
    peer: str = "a count by hand"
    tolerance: float = 1e-9
    seconds: float = 5.0


def check(name, answer):
    """Check the learner's answer and say what is right or wrong with it. Never raises for a wrong one.

    name     "lesson.exercise", such as "01.f_beta"
    answer   the learner's function or value
    """
    exercise = find(name)
    short = name.partition(".")[2]
    content, solved = judge(short, exercise, answer)
    say(content["text"], **content["values"])
    if solved:
        progress.record(name)


def lessons_with_exercises():
    """Numbers of the lessons that have exercises, such as ["00", "01"]."""
    from imgrec_course import checks

    names = (module.name for module in pkgutil.iter_modules(checks.__path__))
    return sorted(name.removeprefix("lesson_") for name in names if name.startswith("lesson_"))


def exercises_of(lesson):
    """Dictionary {name: Exercise} of a lesson, in the lesson's order; ``lesson`` such as "01"."""
    return importlib.import_module(f"imgrec_course.checks.lesson_{lesson}").EXERCISES


def find(name):
    """The exercise called "lesson.exercise"; CourseError when there is none."""
    lesson, _, short = str(name).partition(".")
    if lesson not in lessons_with_exercises():
        raise CourseError(
            "There is no exercise {name}: a name is a lesson and an exercise, such as 01.f_beta; "
            "lessons with exercises are {lessons}.",
            name=repr(name),
            lessons=", ".join(lessons_with_exercises()),
        )
    exercises = exercises_of(lesson)
    if short not in exercises:
        raise CourseError(
            "There is no exercise {name}: lesson {lesson} has {exercises}.",
            name=repr(name),
            lesson=lesson,
            exercises=", ".join(exercises),
        )
    return exercises[short]


def judge(name, exercise, answer, seed=None, call=None):
    """Compare an answer with the exercise's solution.

    seed      of the cases; None: the one that the learner always sees
    call      runs the answer like :func:`_call`, where the answer is not a function of this process
    returns   (message, solved): what to say, and whether every case agrees
    """
    call = call or _call
    if answer is Ellipsis:
        return message("○ {name}: not attempted yet", name=name), False
    is_value = exercise.cases is None
    if not is_value and not callable(answer):
        return message(
            "✗ {name}: expected your function, got {kind} {value}; "
            "pass the function's name, without parentheses.",
            name=name,
            kind=type(answer).__name__,
            value=_short(answer),
        ), False
    cases = _cases(name, exercise, seed)
    function = (lambda: answer) if is_value else answer
    for number, (description, arguments) in enumerate(cases, start=1):
        fault = _fault(exercise, function, arguments, call)
        if fault is None:
            continue
        if fault["text"] == NOT_ATTEMPTED:
            return message(NOT_ATTEMPTED, name=name), False
        if is_value:
            content = message("✗ {name}: {fault}", name=name, fault=fault)
        else:
            case = description if isinstance(description, dict) else message(description)
            content = message(
                "✗ {name}: case {number} of {total}, {case}: {fault}",
                name=name,
                number=number,
                total=len(cases),
                case=case,
                fault=fault,
            )
        hint = _hint(exercise, function, cases, call)
        if hint is not None:
            content = message("{result}\n  Hint: {hint}", result=content, hint=message(hint))
        return content, False
    if is_value:
        return message("✓ {name}: right", name=name), True
    return message(
        "✓ {name}: {total} of {total} cases agree with {peer}",
        name=name,
        total=len(cases),
        peer=message(exercise.peer),
    ), True


NOT_ATTEMPTED = "○ {name}: not attempted yet"


def _cases(name, exercise, seed):
    if exercise.cases is None:
        return [("", ())]
    # The learner's seed is fixed, so that a hint stays while they work; the cases are drawn, so that an
    # answer cannot be typed in.
    seed = zlib.crc32(name.encode()) if seed is None else seed
    return exercise.cases(np.random.default_rng(seed))


def _fault(exercise, function, arguments, call):
    """What is wrong with the function on one case, as a message; None when nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = exercise.solution(*copy.deepcopy(arguments))
        given = copy.deepcopy(arguments)
        outcome = call(function, given, exercise.seconds)
    if "error" in outcome:
        return _raised(function, outcome["error"])
    if "fault" in outcome:
        return outcome["fault"]
    if "value" not in outcome:
        return message("no answer after {seconds} s; does every loop end?", seconds=f"{exercise.seconds:g}")
    fault = _difference(expected, outcome["value"], exercise.tolerance, reveal=exercise.cases is not None)
    given = outcome.get("arguments", given)
    if fault is None and not _same(given, arguments):
        changed = next(i for i, pair in enumerate(zip(given, arguments, strict=True), 1) if not _same(*pair))
        return message(
            "the result is right, but your function changed its argument number {number}, "
            "which belongs to the caller; work on a copy.",
            number=changed,
        )
    return fault


def _call(function, arguments, seconds):
    """Run in a thread, so that a function that never returns can be given up on every system.

    returns   {"value": …}, {"error": …}, or {} when time ran out; a call elsewhere (see ``judge``) says
              {"fault": message} instead of an error, and "arguments" where the function has changed them
    """
    outcome = {}

    def run():
        try:
            outcome["value"] = function(*arguments)
        except BaseException as error:  # exit() in an answer must not end the kernel
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not thread.is_alive():
        return outcome
    for _ in range(5):  # an answer may catch the first with a bare except
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_GivenUp))
        thread.join(0.1)
        if not thread.is_alive():
            break
    return {}


class _GivenUp(BaseException):
    """Raised inside an answer that does not return."""


def _raised(function, error):
    if isinstance(error, NotImplementedError):
        return message(NOT_ATTEMPTED)
    kind, text = type(error).__name__, _shortened(str(error))
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    if not frames:
        return message("your function raised {kind}: {text}.", kind=kind, text=text)
    line = linecache.getline(own, frames[-1].lineno).strip()
    return message(
        "your function raised {kind}: {text}, in line {number}: {line}",
        kind=kind,
        text=text,
        number=frames[-1].lineno,
        line=line,
    )


def _difference(expected, value, tolerance, reveal=True):
    """How a value differs from the expected one, as a message; None when it does not."""
    if value is None:
        return message("the result is None; does every path of your function end in return?")
    if isinstance(expected, tuple | list):
        several = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim > 0)
        if not several or len(value) != len(expected):
            return message(
                "expected {count} values, yours is {value}", count=len(expected), value=_short(value)
            )
        for position, pair in enumerate(zip(expected, value, strict=True), start=1):
            fault = _difference(*pair, tolerance, reveal)
            if fault is not None:
                return message("value {position}: {fault}", position=position, fault=fault)
        return None
    if isinstance(expected, str):
        same = isinstance(value, str) and value == expected
        return None if same else _unequal(expected, value, reveal)
    try:
        array = np.asarray(value)
        numeric = array.astype(np.float64)
    except (TypeError, ValueError):
        return message("expected a number or an array of numbers, yours is {value}", value=_short(value))
    if numeric.dtype == object or array.dtype.kind in "US":
        return message("expected a number or an array of numbers, yours is {value}", value=_short(value))
    target = np.asarray(expected, dtype=np.float64)
    if numeric.shape != target.shape and target.ndim == 0:
        return message("expected one number, yours is an array of shape {value}", value=str(numeric.shape))
    if numeric.shape != target.shape:
        return message(
            "expected shape {expected}, yours is {value}",
            expected=str(target.shape),
            value=str(numeric.shape),
        )
    close = np.isclose(numeric, target, rtol=0, atol=tolerance * np.fmax(1, np.abs(target)), equal_nan=True)
    if close.all():
        return None
    if target.ndim == 0:
        return _unequal(expected, value, reveal)
    place = tuple(int(i) for i in np.argwhere(~close)[0])
    return message(
        "{wrong} of {total} numbers differ; at {place} expected {expected}, yours is {value}",
        wrong=int((~close).sum()),
        total=int(close.size),
        place=str(place),
        expected=_short(target[place]),
        value=_short(numeric[place]),
    )


def _unequal(expected, value, reveal):
    if not reveal:
        return message("{value} is not it.", value=_short(value))
    return message("expected {expected}, yours is {value}", expected=_short(expected), value=_short(value))


def _hint(exercise, function, cases, call):
    """Hint of the known mistake that gives the learner's results; None when there is none.

    A case on which the learner's function raises says nothing: the others are compared.
    """
    results = []
    for _, arguments in cases:
        outcome = _quietly(function, arguments, exercise.seconds, call)
        if not outcome:  # never returned: do not wait for it on every further case
            return None
        if outcome.get("value") is not None:
            results.append((arguments, outcome["value"]))

    def agrees(answer):
        for arguments, value in results:
            outcome = _quietly(answer, arguments, exercise.seconds)
            theirs = outcome.get("value")
            if theirs is None or _difference(theirs, value, exercise.tolerance) is not None:
                return False
        return True

    if not results:
        return None
    if agrees(exercise.solution):
        return RIGHT_ELSEWHERE
    for mistake in exercise.mistakes:
        wrong = mistake.answer if exercise.cases is not None else functools.partial(_constant, mistake.answer)
        if agrees(wrong):
            return mistake.hint
    return None


RIGHT_ELSEWHERE = "Where your function answers, it is right; what should it say in this case?"


def _constant(value):
    return value


def _quietly(function, arguments, seconds, call=None):
    """What :func:`_call` says of the function on a copy of the arguments, warnings kept quiet."""
    call = call or _call
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(function, copy.deepcopy(arguments), seconds)


def _same(first, second):
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, np.ndarray):
        return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    return bool(first == second) or first is second


def _short(value, length=120):
    if isinstance(value, float | np.floating):
        text = f"{float(value):.6g}"
    elif isinstance(value, np.generic):
        text = repr(value.item())
    else:
        text = repr(value)
    return _shortened(text, length)


def _shortened(text, length=120):
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
