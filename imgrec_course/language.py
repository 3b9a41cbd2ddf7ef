"""One sentence, two languages: messages keyed by their English text.

Every sentence that the package shows a learner is written in English where it is used. Its Chinese
stands in ``locale/zh/*.json`` under the English sentence as key; a test finds the missing ones.
"""

import functools
import json
import os
from pathlib import Path

LANGUAGES = ("en", "zh")
LOCALE = Path(__file__).parent / "locale"


def language():
    """Language of the learner: ``IMGREC_LANG``, else the folder ``en`` or ``zh`` that we run in,
    else the system's language, else English."""
    asked = os.environ.get("IMGREC_LANG")
    if asked in LANGUAGES:
        return asked
    for folder in reversed(Path.cwd().parts):
        if folder in LANGUAGES:
            return folder
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if system.lower().startswith("zh") else "en"


@functools.cache
def catalogue(chosen):
    """All translations into a language as one dictionary {English sentence: translation}."""
    entries = {}
    for path in sorted((LOCALE / chosen).glob("*.json")):
        entries.update(json.loads(path.read_text(encoding="utf-8")))
    return entries


def message(text, /, **values):
    """A sentence not yet in any language: the English text, with ``{name}`` for each value.

    A value may itself be a message. The result is plain JSON, so a notebook can store it.
    """
    return {"text": text, "values": values}


def render(content, chosen=None):
    """The message (or the plain string, number …) as text in a language (default: the learner's)."""
    if not (isinstance(content, dict) and content.keys() == {"text", "values"}):
        return str(content)
    chosen = chosen or language()
    text = catalogue(chosen).get(content["text"], content["text"])
    return text.format(**{name: render(value, chosen) for name, value in content["values"].items()})


def say(text, /, **values):
    """Show one sentence under the cell (or on the terminal) in the learner's language.

    The output carries the message itself as metadata, from which the builder takes the text of the
    other language's notebook.
    """
    content = message(text, **values)
    show_text(render(content), imgrec=content)


def show_text(text, **metadata):
    """Print one text, in a notebook with metadata for whoever reads its outputs later."""
    if not in_notebook():
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text}, raw=True, metadata=metadata)


def in_notebook():
    """Whether a Jupyter kernel runs us."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class CourseError(Exception):
    """What came, what was expected, what to do – in one sentence, in the learner's language.

    Built like :func:`message`. In a notebook it shows without a traceback of our own code.
    """

    def __init__(self, text, /, **values):
        self.message = message(text, **values)
        super().__init__(text)

    def __str__(self):
        return render(self.message)

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]
