"""A lesson's source file → the cells of each edition, without outputs.

Read with jupytext (percent format). What the headers mean:

``[markdown] lang="en"`` / ``lang="zh"``  twins, one of which goes into each language's notebook
``tags=["exercise"]``   answer between ``### BEGIN SOLUTION`` and ``### END SOLUTION``
``source="imgrec_course.module.name"``    the cell becomes the source text of that object

For lectures (see ``slides``), in any cell; none of these changes a notebook:

``slide="slide"``       begins a slide; ``subslide`` one that repeats the heading above; ``same`` adds to
                        the slide above, ``fragment`` adds to it at the next key; ``notes`` are the speaker's
``only="slides"``       a text that stands on slides and in no notebook
``take="heading formula"``   only these parts of a text: heading, text, formula, list, table, predict
``show="output"``       of a code cell: "code", "output" or "both"; ``outputs="1 3"`` of its outputs these
``column="right"``      stands on the right of what the slide holds otherwise

In a text cell ``- [@key]`` becomes a work of lessons/references.bib (see ``references``).
"""

import ast
import hashlib
import importlib
import inspect
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from imgrec_course.authoring.references import expand
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import LESSONS

EDITIONS = ("learner", "solutions")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SLIDE_TYPES = ("slide", "subslide", "same", "fragment", "notes")
PARTS = ("heading", "text", "formula", "list", "table", "predict")
SHOWN = ("code", "output", "both")
KNOWN = {"lang", "tags", "source", "slide", "only", "take", "show", "outputs", "column"}


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: its text in each language and edition, and its stable id."""

    kind: str  # "markdown" or "code"
    identifier: str
    texts: dict  # {(language, edition): str}
    metadata: dict
    # What a lecture makes of it: {"slide": a type, "take": parts, "show": …, "column": …}; {} when nothing
    lecture: dict = field(default_factory=dict)
    slides_only: bool = False  # in no learner's notebook
    place: dict = field(default_factory=dict)  # where it stands in the source, for messages


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author wrote it."""

    name: str  # "01_precision_and_recall"
    cells: tuple  # of the notebooks
    everything: tuple = ()  # these and, between them, the texts for slides alone: only="slides", notes

    @property
    def number(self):
        return self.name[:2]

    def code(self, edition):
        """The code cells' texts, which are the same in both languages."""
        return [cell.texts["en", edition] for cell in self.cells if cell.kind == "code"]


def lesson_paths(numbers=(), folder=None):
    """Paths of the lessons with these numbers ("01", or "1", or a whole name); of all when none is given."""
    paths = sorted((folder or LESSONS).glob("[0-9][0-9]_*.py"))
    if numbers and not paths:
        raise CourseError(
            "{folder} holds no lesson sources; the students' edition has none: use the whole course.",
            folder=str(folder or LESSONS),
        )
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
    cells, everything, used, used_on_slides = [], [], {}, {}
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
        lecture = _lecture(header, place)
        slides_only = lecture.get("slide") == "notes" or "only" in header.metadata
        # Of the text as its author wrote it: a corrected reference leaves the id alone. Counted apart: what
        # stands on slides alone changes no id of a notebook.
        identifier = _identifier(
            header.cell_type + texts["en", "solutions"], used_on_slides if slides_only else used
        )
        if header.cell_type == "markdown":
            texts = {
                (lang, edition): expand(text, lang, path.parent, places[lang])
                for (lang, edition), text in texts.items()
            }
        everything.append(
            Cell(
                kind=header.cell_type,
                identifier=f"slides-{identifier}" if slides_only else identifier,
                texts=texts,
                metadata={"tags": list(header.metadata["tags"])} if header.metadata.get("tags") else {},
                lecture=lecture,
                slides_only=slides_only,
                place=place,
            )
        )
        if not slides_only:
            cells.append(everything[-1])
    if waiting is not None:
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): the English text has no Chinese twin after it.",
            **waiting[1],
        )
    if not cells:
        raise CourseError("Lesson {lesson} has no cells; does each begin with # %%?", lesson=path.stem)
    return Lesson(path.stem, tuple(cells), tuple(everything))


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


def _lecture(cell, place):
    """The headers for slides, checked; {} for a cell that stands on no slide."""
    names = ("slide", "only", "take", "show", "outputs", "column")
    headers = {name: cell.metadata[name] for name in names if name in cell.metadata}
    if not headers:
        return {}

    def demand(name, value, choices):
        if value not in choices:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): {header} is {value}, expected one of {choices}.",
                **place,
                header=name,
                value=repr(value),
                choices=", ".join(choices),
            )

    if "slide" not in headers:
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): {headers} without slide=: say which slide it is on.",
            **place,
            headers=", ".join(headers),
        )
    demand("slide", headers["slide"], SLIDE_TYPES)
    for name, choices in (("only", ("slides",)), ("show", SHOWN), ("column", ("right",))):
        if name in headers:
            demand(name, headers[name], choices)
    if "take" in headers:
        headers["take"] = tuple(str(headers["take"]).split())
        for part in headers["take"] or ("",):
            demand("take", part, PARTS)
    if "outputs" in headers:
        for number in str(headers["outputs"]).split() or ("",):
            demand("outputs", number, tuple("123456789"))
        headers["outputs"] = tuple(int(number) for number in str(headers["outputs"]).split())
    for_code = {"show", "outputs"} & headers.keys()
    for_text = {"only", "take"} & headers.keys() or headers["slide"] == "notes"
    if (cell.cell_type == "code" and for_text) or (cell.cell_type != "code" and for_code):
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): show= and outputs= belong to code cells; only=, "
            "take= and notes to texts.",
            **place,
        )
    return {name: value for name, value in headers.items() if name != "only"}


def _identifier(text, used):
    """An id that depends on the cell's own text alone: other cells may come and go."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    used[digest] = used.get(digest, 0) + 1
    return digest if used[digest] == 1 else f"{digest}-{used[digest]}"


def _first_line(text):
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:60]
