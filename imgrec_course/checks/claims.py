"""Numbers that the prose leans on, checked where they are printed."""

import math
import numbers

from imgrec_course.language import message, render, say


class ClaimError(AssertionError):
    """A sentence of the lesson that does not hold on this machine."""

    def __init__(self, content):
        self.message = content
        super().__init__(content["text"])

    def __str__(self):
        return render(self.message)

    def _render_traceback_(self):
        return [str(self)]


def claim(name, value, *, at_least=None, at_most=None, equals=None, within=0.0):
    """Print a statement of the lesson with its measured value; raise ClaimError when it is false.

    name       what is claimed, a few words (their Chinese stands in the catalogue)
    value      a number, or a bool when no bound is given
    at_least, at_most   bounds, both inclusive; one or both
    equals, within      the expected number and how far from it the value may lie

    The bound is part of the sentence that the test suite compares; the measured value differs between
    processors and is printed as ``(measured …)``, which the comparison leaves out.
    """
    name = message(name)
    if at_least is None and at_most is None and equals is None:
        if not isinstance(value, bool) and type(value).__name__ != "bool":
            raise TypeError(
                f"claim: value must be True or False when no bound is given, not {value!r}; "
                "give at_least=, at_most= or equals="
            )
        if not value:
            raise ClaimError(message(FAILED, name=name, expectation=message("True"), value=message("False")))
        say("✓ {name}", name=name)
        return
    value = float(value)
    holds = not math.isnan(value)
    if equals is not None:
        holds = holds and abs(value - equals) <= within
        if within:
            expectation = message("equals {bound} ± {within}", bound=_number(equals), within=_number(within))
        else:
            expectation = message("equals {bound}", bound=_number(equals))
    else:
        holds = holds and (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
        if at_least is not None and at_most is not None:
            expectation = message("between {low} and {high}", low=_number(at_least), high=_number(at_most))
        elif at_least is not None:
            expectation = message("at least {bound}", bound=_number(at_least))
        else:
            expectation = message("at most {bound}", bound=_number(at_most))
    content = {"name": name, "expectation": expectation, "value": _number(value)}
    if not holds:
        raise ClaimError(message(FAILED, **content))
    say("✓ {name} {expectation} (measured {value})", **content)


FAILED = (
    "✗ {name}: expected {expectation}, measured {value}. This sentence of the lesson does not hold here: "
    "has a cell above been changed or left out? Kernel → Restart Kernel and Run All Cells tells."
)


def measured(value, unit=""):
    """``(measured 12.3 s)``: what differs between machines, in the form that tests leave out.

    value   a number, or a text without parentheses that holds several
    """
    text = value if isinstance(value, str) else _number(value)
    if ")" in text:
        raise ValueError(f"measured: the text must not hold a parenthesis, not {text!r}")
    return f"(measured {text}{' ' + unit if unit else ''})"


def _number(value):
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    return f"{float(value):.4g}"
