"""What the explorers share that play: a clock, and the buttons of a tape."""

from pathlib import Path

from imgrec_course.widgets import base
from imgrec_course.widgets.base import word

HERE = Path(__file__).parent

WORDS = {
    "play": word("Play"),
    "pause": word("Pause"),
    "back": word("Back"),
    "step": word("Step"),
    "speed": word("speed"),
    "a_second": word("{count} a second"),
}


def script(folder):
    """The JavaScript module of an explorer that plays: tape.js, base.js, then explorer.js from its folder."""
    return base.code_alone((HERE / "tape.js").read_text(encoding="utf-8")) + "\n" + base.script(folder)


def style(folder):
    """Its style sheet, in the same order."""
    return base.style(folder) + "\n" + (HERE / "tape.css").read_text(encoding="utf-8")
