"""A returned notebook: which lesson it is, and which of its cells belong to which exercise.

Only read as JSON: nothing of it is run here.
"""

import collections
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from imgrec_course.checks.exercises import lessons_with_exercises
from imgrec_course.language import CourseError, message
from imgrec_course.paths import NOTEBOOKS

LARGEST_FILE = 50 * 2**20
CHECK = re.compile(r"""\bcheck\(\s*["'](?P<lesson>\d\d)\.(?P<exercise>\w+)["']""")


@dataclass(frozen=True)
class Submission:
    """A returned notebook.

    lesson   its number, "01"
    cells    texts of its code cells, in order
    ids      their ids (None where there is none)
    notes    messages for whoever grades
    """

    lesson: str
    cells: tuple
    ids: tuple
    notes: tuple


def read_submission(path):
    """Read a returned notebook; CourseError, one sentence, for what is none of the course's."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CourseError(
                "{file} has more than {size} MB: ask for the notebook with its outputs cleared.",
                file=path.name,
                size=LARGEST_FILE // 2**20,
            )
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise CourseError(
            "{file} cannot be read ({reason}).", file=path.name, reason=error.strerror or str(error)
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise CourseError(
            "{file} is damaged or no notebook: ask for it again, saved by JupyterLab.", file=path.name
        ) from error
    try:
        code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        cells = tuple(source_of(cell) for cell in code)
        ids = tuple(str(cell["id"]) if "id" in cell else None for cell in code)
        about = content.get("metadata", {}).get("imgrec", {})
        about = about if isinstance(about, dict) else {}
    except (KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            "{file} has no cells as notebooks have them: ask for it again, saved by JupyterLab.",
            file=path.name,
        ) from error
    lesson = which_lesson(path, cells, str(about.get("lesson", "")))
    return Submission(lesson, cells, ids, tuple(remarks(lesson, about)))


def source_of(cell):
    source = cell["source"]
    if isinstance(source, list):
        source = "".join(source)
    if not isinstance(source, str):
        raise TypeError("a cell's source is text")
    return source


def which_lesson(path, cells, named):
    """Number of the lesson: by the checks that the notebook asks for, by its metadata, by its name."""
    known = lessons_with_exercises()
    asked = collections.Counter(
        match["lesson"] for source in cells for match in CHECK.finditer(source) if match["lesson"] in known
    )
    if asked:
        return asked.most_common(1)[0][0]
    for text in (named, path.name):
        if text[:2] in known and text[2:3] in ("_", "."):
            return text[:2]
    raise CourseError(
        "{file} is not recognised as a lesson with exercises: expected one of {lessons}, with its checks.",
        file=path.name,
        lessons=", ".join(known),
    )


def remarks(lesson, about):
    """What whoever grades should know about a notebook before its points."""
    if not about:
        yield message("The notebook does not say which release it is from.")
        return
    if about.get("edition") == "solutions":
        yield message("This is the solutions edition, handed in.")
    released = released_notebook(lesson)
    if released is None or about.get("edition") == "solutions":
        return
    if str(about.get("lesson", ""))[:2] != lesson:
        yield message("The notebook was made from lesson {other}.", other=str(about.get("lesson", ""))[:40])
    elif about.get("key") != released["metadata"].get("imgrec", {}).get("key"):
        yield message("The notebook is from another release of the lesson.")


@functools.cache
def released_notebook(lesson):
    """The built English learner's notebook of a lesson; None when there is none."""
    for path in sorted((NOTEBOOKS / "en").glob(f"{lesson}_*.ipynb")):
        return json.loads(path.read_text(encoding="utf-8"))
    return None


@functools.cache
def exercise_ids(lesson):
    """{exercise: id of the cell in which it is solved}, of the released notebook."""
    found, last = {}, None
    notebook = released_notebook(lesson) or {"cells": []}
    for cell in notebook["cells"]:
        if "exercise" in cell["metadata"].get("tags", []):
            last = cell.get("id")
        elif cell["cell_type"] == "code":
            for match in CHECK.finditer(source_of(cell)):
                found[match["exercise"]] = last
    return found


def cells_for(submission, exercise):
    """Texts of the code cells from the first to the one that asks for an exercise, and messages about them.

    Where the check has been removed, to the exercise's own cell; where that is gone too, all of them.
    """
    places = [
        place
        for place, source in enumerate(submission.cells)
        for match in CHECK.finditer(source)
        if (match["lesson"], match["exercise"]) == (submission.lesson, exercise)
    ]
    own = exercise_ids(submission.lesson).get(exercise)
    copies = [place for place, name in enumerate(submission.ids) if own is not None and name == own]
    notes = []
    if len(copies) > 1:
        notes.append(message("Its cell is there {count} times.", count=len(copies)))
    if len(places) > 1:
        notes.append(message("Its check is there {count} times; the last one counts.", count=len(places)))
    if not places:
        notes.append(message("Its check cell is missing."))
        places = copies or [len(submission.cells) - 1]
    if own is not None and not copies and any(submission.ids):
        notes.append(message("Its own cell is missing or was made anew."))
    return submission.cells[: places[-1] + 1], notes
