"""What the explorers share that play: a clock, and the buttons of a tape."""

import re
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
    """The JavaScript module of an explorer that plays: tape.js, base.js, then explorer.js from its folder.

    Every explorer of a notebook keeps a copy; without comments and indentation it is a sixth smaller.
    """
    text = (HERE / "tape.js").read_text(encoding="utf-8") + "\n" + base.script(folder)
    text = re.sub(r"^ *(//.*|/\*\*[\s\S]*?\*/)$", "", text, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def style(folder):
    """Its style sheet, in the same order."""
    return base.style(folder) + "\n" + (HERE / "tape.css").read_text(encoding="utf-8")
