"""A lesson's source file → the cells of each edition, without outputs.

Read with jupytext (percent format). What the headers mean:

``[markdown] lang="en"`` / ``lang="zh"``  twins, one of which goes into each language's notebook
``tags=["exercise"]``   answer between ``### BEGIN SOLUTION`` and ``### END SOLUTION``
``source="imgrec_course.module.name"``    the cell becomes the source text of that object
``slide="slide"``       slide type (slide, subslide, fragment, skip, notes) for lectures

In a text cell ``- [@key]`` becomes a work of lessons/references.bib (see ``references``).
"""

import ast
import hashlib
import importlib
import inspect
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from imgrec_course.authoring.references import expand
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import LESSONS

EDITIONS = ("learner", "solutions")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes")
KNOWN = {"lang", "tags", "source", "slide"}


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: its text in each language and edition, and its stable id."""

    kind: str  # "markdown" or "code"
    identifier: str
    texts: dict  # {(language, edition): str}
    metadata: dict


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author wrote it."""

    name: str  # "01_precision_and_recall"
    cells: tuple

    @property
    def number(self):
        return self.name[:2]

    def code(self, edition):
        """The code cells' texts, which are the same in both languages."""
        return [cell.texts["en", edition] for cell in self.cells if cell.kind == "code"]


def lesson_paths(numbers=(), folder=None):
    """Paths of the lessons with these numbers ("01", or "1", or a whole name); of all when none is given."""
    paths = sorted((folder or LESSONS).glob("[0-9][0-9]_*.py"))
    if not numbers:
        return paths
    chosen = []
    for number in numbers:
        matching = [p for p in paths if p.stem == number or p.stem[:2] == str(number).zfill(2)]
        if not matching:
            raise CourseError(
                "There is no lesson {number}: the lessons are {lessons}.",
                number=number,
                lessons=", ".join(p.stem[:2] for p in paths),
            )
        chosen += matching
    return sorted(set(chosen))


def read_lesson(path):
    """Read and check one lesson file.

    Raises CourseError, naming lesson and cell, for a text without its twin in the other language, a
    ``source`` that does not exist, an exercise without markers, an unknown header, an unknown reference.
    """
    import jupytext

    path = Path(path)
    try:
        notebook = jupytext.read(path, fmt="py:percent")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise CourseError(
            "Lesson {lesson} cannot be read: {reason}.", lesson=path.stem, reason=str(error)
        ) from error
    cells, used = [], {}
    waiting = None  # an English text whose Chinese twin comes next
    for number, cell in enumerate(notebook.cells, start=1):
        place = {"lesson": path.stem, "number": number, "start": _first_line(cell.source)}
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note for writing the file back
        unknown = set(cell.metadata) - KNOWN
        if unknown:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): unknown header {unknown}; known are {known}.",
                **place,
                unknown=", ".join(sorted(unknown)),
                known=", ".join(sorted(KNOWN)),
            )
        language = cell.metadata.get("lang")
        if language not in (None, *LANGUAGES):
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): lang is {language}, expected en or zh.",
                **place,
                language=repr(language),
            )
        if waiting is not None and language != "zh":
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): the English text has no Chinese twin after it.",
                **waiting[1],
            )
        if language == "zh" and waiting is None:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): the Chinese text has no English twin before it.",
                **place,
            )
        if language == "en":
            waiting = (cell, place)
            continue
        if language == "zh":
            texts = {"en": waiting[0].source, "zh": cell.source}
            places = {"en": waiting[1], "zh": place}
            (header, place), waiting = waiting, None
            texts = {(lang, edition): texts[lang] for lang in LANGUAGES for edition in EDITIONS}
        else:
            header, places = cell, dict.fromkeys(LANGUAGES, place)
            learner, solutions = _code(cell, place) if cell.cell_type == "code" else (cell.source,) * 2
            texts = {(lang, "learner"): learner for lang in LANGUAGES}
            texts |= {(lang, "solutions"): solutions for lang in LANGUAGES}
        # Of the text as its author wrote it: a corrected reference leaves the id alone.
        identifier = _identifier(header.cell_type + texts["en", "solutions"], used)
        if header.cell_type == "markdown":
            texts = {
                (lang, edition): expand(text, lang, path.parent, places[lang])
                for (lang, edition), text in texts.items()
            }
        cells.append(
            Cell(
                kind=header.cell_type,
                identifier=identifier,
                texts=texts,
                metadata=_metadata(header, place),
            )
        )
    if waiting is not None:
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): the English text has no Chinese twin after it.",
            **waiting[1],
        )
    if not cells:
        raise CourseError("Lesson {lesson} has no cells; does each begin with # %%?", lesson=path.stem)
    return Lesson(path.stem, tuple(cells))


def _code(cell, place):
    """The learner's and the solved text of a code cell."""
    if "source" in cell.metadata:
        if cell.source.strip():
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): a cell with source= must be empty; "
                "its text comes from the package.",
                **place,
            )
        text = _source_of(cell.metadata["source"], place)
        return text, text
    marked = BEGIN in cell.source or END in cell.source
    if "exercise" not in cell.metadata.get("tags", []):
        if marked:
            raise CourseError(
                'Lesson {lesson}, cell {number} (“{start}”): solution markers without tags=["exercise"].',
                **place,
            )
        return cell.source, cell.source
    return _exercise(cell.source, place)


def _exercise(text, place):
    """The stub and the answer of an exercise cell."""
    pattern = re.compile(
        rf"^(?P<indent>[ \t]*){BEGIN}[ \t]*\n(?P<answer>.*?)^[ \t]*{END}[ \t]*$\n?", re.MULTILINE | re.DOTALL
    )
    pairs = len(pattern.findall(text + "\n"))
    if not pairs or text.count(BEGIN) != pairs or text.count(END) != pairs:
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): an exercise needs its answer between "
            "{begin} and {end}, each on a line of its own.",
            **place,
            begin=BEGIN,
            end=END,
        )

    def stub(match):
        indent = match["indent"]
        if indent:
            return f"{indent}# YOUR CODE HERE\n{indent}raise NotImplementedError\n"
        names = [
            target.id
            for statement in ast.parse(textwrap.dedent(match["answer"])).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        ]
        if not names:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): an answer outside a function must assign "
                "the names that the check asks for.",
                **place,
            )
        return "".join(f"{name} = ...  # YOUR ANSWER HERE\n" for name in dict.fromkeys(names))

    return pattern.sub(stub, text + "\n").rstrip("\n"), pattern.sub(
        lambda match: match["answer"], text + "\n"
    ).rstrip("\n")


def _source_of(dotted, place):
    """Source text of the object with this dotted name."""
    module_name, _, name = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), name)
        return textwrap.dedent(inspect.getsource(found)).rstrip("\n")
    except (ImportError, AttributeError, TypeError, ValueError, OSError) as error:
        raise CourseError(
            'Lesson {lesson}, cell {number}: source="{dotted}" is no function or class of the package.',
            lesson=place["lesson"],
            number=place["number"],
            dotted=dotted,
        ) from error


def _metadata(cell, place):
    metadata = {"tags": list(cell.metadata["tags"])} if cell.metadata.get("tags") else {}
    slide = cell.metadata.get("slide")
    if slide is not None:
        if slide not in SLIDE_TYPES:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): slide is {slide}, expected one of {types}.",
                **place,
                slide=repr(slide),
                types=", ".join(SLIDE_TYPES),
            )
        metadata["slideshow"] = {"slide_type": slide}
    return metadata


def _identifier(text, used):
    """An id that depends on the cell's own text alone: other cells may come and go."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    used[digest] = used.get(digest, 0) + 1
    return digest if used[digest] == 1 else f"{digest}-{used[digest]}"


def _first_line(text):
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:60]
