"""`imgrec release`: the course for a class – the students' edition, the instructor's, nbgrader's sources."""

import hashlib
import re
import secrets
import shutil
from pathlib import Path

from imgrec_course.authoring.build import assemble, fill, notebook_path, write
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.checks.exercises import exercises_of
from imgrec_course.classroom.marking import LAST_SEED
from imgrec_course.classroom.needed import needed, statements
from imgrec_course.classroom.submission import CHECK
from imgrec_course.elsewhere import without_first_cell
from imgrec_course.language import LANGUAGES, CourseError, message, render, say
from imgrec_course.paths import LESSONS, NOTEBOOKS, ROOT

MARKER = ".imgrec-release"
# What students need of the course's folder besides their notebooks.
FOLDERS = ("imgrec_course", "data", "images")
FILES = (
    "course.py",
    "pyproject.toml",
    "requirements.txt",
    "environment.yml",
    "README.md",
    "README.zh.md",
    "LICENSE",
    "CITATION.cff",
    "lessons/references.bib",
)
LEFT_BEHIND = ("__pycache__", "*.pyc", ".*")
SENTENCE_ON_SOLUTIONS = re.compile(r"(?:(?!\.\s|。)[^\n])*solutions/?`(?:(?!\.\s|。)[^\n])*[.。]")
FOR_TEACHERS = re.compile(r"\| `(?:slides|grade)\b")
LINK = re.compile(r"\]\(([^)#:]+)\)")
SCHEMA = 3


def release(folder, numbers=()):
    """Write the editions for a class into a folder; returns {"student": …, "instructor": …, "nbgrader": …}.

    folder    new, empty, or written by an earlier release; what others have put there stays
    numbers   lessons, "01"; all when none is given
    """
    folder = checked(Path(folder).expanduser().absolute())
    lessons = [read_lesson(path) for path in lesson_paths(numbers)]
    missing = [name for lesson in lessons for name in unbuilt(lesson)]
    if missing:
        raise CourseError(
            "{name} is not built, or its source has changed since: run `imgrec build {number}` first.",
            name=missing[0],
            number=missing[0][:2],
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
        parts = {"student": students, "instructor": instructor, "nbgrader": nbgrader}
        for name, part in parts.items():
            part(folder / name, lessons)
    except OSError as error:
        raise CourseError(
            "The release cannot be written to {folder} ({reason}): choose another folder.",
            folder=str(folder),
            reason=error.strerror or str(error),
        ) from error
    say(
        "Lessons {numbers} are in {folder}: student/ for the students, instructor/ with solutions and notes "
        "for you, nbgrader/ for nbgrader.",
        numbers=", ".join(lesson.number for lesson in lessons),
        folder=str(folder),
    )
    return {name: folder / name for name in parts}


def checked(folder):
    """The folder; CourseError where the release would mix with something else."""
    inside = folder == ROOT or (ROOT in folder.parents and folder.relative_to(ROOT).parts[0] != "build")
    if inside:
        raise CourseError(
            "{folder} lies in the course itself: choose a folder outside of it, or one in build/.",
            folder=str(folder),
        )
    occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if occupied and not (folder / MARKER).is_file():
        raise CourseError(
            "{folder} is not empty and was not made by `imgrec release`: choose another folder.",
            folder=str(folder),
        )
    return folder


def unbuilt(lesson):
    """Names of the lesson's notebooks that are missing or have other code cells than its source."""
    import nbformat

    for edition in ("learner", "solutions"):
        path = notebook_path(NOTEBOOKS, "en", edition, lesson.name)
        if not path.is_file():
            yield lesson.name
            continue
        notebook = nbformat.read(path, as_version=4)
        if [cell.source for cell in without_first_cell(notebook)] != lesson.code(edition):
            yield lesson.name


# The students' edition.


def students(folder, lessons):
    """The course as students need it: the learner's notebooks in both languages, data, package, starter.

    Without solved notebooks and lessons' sources. The package holds the checks, and these know the answers.
    """
    for name in FOLDERS:
        shutil.copytree(
            ROOT / name,
            folder / name,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(*LEFT_BEHIND),
        )
    for name in FILES:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    names = {lesson.name for lesson in lessons}
    (folder / "lessons").mkdir(exist_ok=True)
    (folder / "lessons" / "syllabus.toml").write_text(syllabus_of(names), encoding="utf-8", newline="\n")
    for language in LANGUAGES:
        (folder / "notebooks" / language).mkdir(parents=True, exist_ok=True)
        for name in sorted(names):
            source = notebook_path(NOTEBOOKS, language, "learner", name)
            shutil.copy(source, notebook_path(folder / "notebooks", language, "learner", name))
    for name in ("README.md", "README.zh.md"):
        text = for_students((ROOT / name).read_text(encoding="utf-8"), folder)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def for_students(text, folder):
    """A README without the lines that are for teachers or lead to what this folder does not hold."""
    kept = [
        line
        for line in SENTENCE_ON_SOLUTIONS.sub("", text).splitlines()
        if not FOR_TEACHERS.match(line) and all((folder / link).exists() for link in LINK.findall(line))
    ]
    return "\n".join(kept) + "\n"


def syllabus_of(names):
    """The table of contents with these lessons alone, parts without a lesson left out."""
    text = (LESSONS / "syllabus.toml").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=\[\[)", text, flags=re.MULTILINE)
    kept = []
    for block in blocks:
        if block.startswith("[[part.lesson]]"):
            name = re.search(r'^name = "([^"]+)"', block, re.MULTILINE)[1]
            if name not in names:
                continue
        elif block.startswith("[[part]]") and kept and kept[-1].startswith("[[part]]"):
            kept.pop()
        kept.append(block)
    if kept[-1].startswith("[[part]]"):
        kept.pop()
    return "".join(kept)


# The instructor's edition.


def instructor(folder, lessons):
    """Solved notebooks with their outputs and the speaker's notes, and the texts for those who teach."""
    import nbformat

    for lesson in lessons:
        for language in LANGUAGES:
            built = nbformat.read(notebook_path(NOTEBOOKS, language, "solutions", lesson.name), as_version=4)
            cells = [(cell.execution_count, cell.outputs) for cell in without_first_cell(built)]
            notebook = assemble(lesson, language, "instructor")
            fill(notebook, {"cells": cells, "widgets": built.metadata.get("widgets")}, language)
            for cell in notebook.cells:
                if "notes" in cell.metadata.get("tags", []):
                    cell.source = quoted(render(message("**For the lecture.**"), language), cell.source)
            notebook.metadata["imgrec"] = {"lesson": lesson.name, "edition": "instructor"}
            write(notebook, folder / language / f"{lesson.name}.ipynb")
    if (ROOT / "teaching").is_dir():
        shutil.copytree(ROOT / "teaching", folder / "teaching", dirs_exist_ok=True)


def quoted(title, text):
    """The speaker's notes as a quotation: told apart at a glance from what learners read."""
    return "\n".join(f"> {line}".rstrip() for line in f"{title} {text}".split("\n"))


# nbgrader's sources.


CONFIGURATION = '''"""nbgrader for this class. Run nbgrader in this folder, with the course's Python."""

import os
import sys
from pathlib import Path

from imgrec_course.classroom.gradebook import GradeElsewhere
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)

os.environ.setdefault("IMGREC_LANG", "{language}")  # of what the checks say
# nbgrader calls a program, alembic, that lies beside this Python, where a shell need not look for it.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

c = get_config()  # noqa: F821 (nbgrader defines it)
c.CourseDirectory.course_id = "imgrec-{language}"
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE"}}
c.OverwriteCells.add_missing_cells = True  # a test that was deleted is asked all the same

# Answers run in processes of their own, and the points are set outside of them: nbgrader's Execute, which
# would run the whole notebook and its tests in one kernel, is left out.
c.Autograde.autograde_preprocessors = [
    GradeElsewhere,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]

# Of the hidden cases; drawn for this class. Keep it to yourself.
c.GradeElsewhere.seed = {seed}
'''


def nbgrader(folder, lessons):
    """A course folder for nbgrader in each language: its configuration and source/NAME/NAME.ipynb.

    A configuration that is there already stays, and with it the seed of the class.
    """
    for language in LANGUAGES:
        course = folder / language
        course.mkdir(parents=True, exist_ok=True)
        configuration = course / "nbgrader_config.py"
        if not configuration.exists():
            seed = secrets.randbelow(LAST_SEED)
            text = CONFIGURATION.format(language=language, seed=seed)
            configuration.write_text(text, encoding="utf-8", newline="\n")
        seed = seed_of(configuration)
        for lesson in lessons:
            write(
                nbgrader_source(lesson, language, seed),
                course / "source" / lesson.name / f"{lesson.name}.ipynb",
            )


def seed_of(configuration):
    """The seed that a configuration names."""
    found = re.search(
        r"^c\.GradeElsewhere\.seed = (\d+)", configuration.read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise CourseError(
            "{file} names no seed (c.GradeElsewhere.seed = …): restore the line, or remove the file; a new "
            "one is written.",
            file=str(configuration),
        )
    return int(found[1])


def nbgrader_source(lesson, language, seed):
    """A lesson as nbgrader's source: exercises are solution cells, their checks locked tests with points.

    The cells that the solutions depend on (imports, functions) are locked too; all others stay free.
    """
    notebook = assemble(lesson, language, "solutions")
    exercises = exercises_of(lesson.number)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    texts = [cell.source for cell in code]
    marked = marked_answers(lesson)
    own = None
    locked = set()
    for place, cell in enumerate(code):
        if cell.id in marked:
            own = cell
            continue
        match = CHECK.search(cell.source)
        if match is None or own is None:
            continue
        name = match["exercise"]
        own.source = marked[own.id]
        own.metadata["nbgrader"] = about(name, solution=True)
        cell.source = f"{cell.source}\n{hidden_tests(lesson.number, name, seed)}"
        cell.metadata["nbgrader"] = about(
            f"{name}-test", grade=True, locked=True, points=exercises[name].stars
        )
        locked |= {statement.cell for statement in needed(statements(texts[:place]), name)}
        own = None
    for place in sorted(locked):
        if "nbgrader" not in code[place].metadata:
            code[place].metadata["nbgrader"] = about(f"needed-{code[place].id}", locked=True)
    key = built_key(lesson, language)
    notebook.metadata["imgrec"] = {"lesson": lesson.name, "edition": "nbgrader", "key": key}
    return notebook


def about(grade_id, *, solution=False, grade=False, locked=False, points=None):
    """nbgrader's metadata of a cell."""
    found = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
    }
    return found if points is None else {**found, "points": points}


def hidden_tests(number, name, seed):
    """What nbgrader's students never see before grading; its feedback shows it to them afterwards.

    So it does not hold the seed of the class but one made from it for this exercise.
    """
    digest = hashlib.sha256(f"{seed} {number}.{name}".encode()).digest()
    own = int.from_bytes(digest[:7], "big")
    return (
        "### BEGIN HIDDEN TESTS\n"
        "from imgrec_course.classroom.hidden import points\n\n"
        f'points("{number}.{name}", In, seed={own})\n'
        "### END HIDDEN TESTS"
    )


def marked_answers(lesson):
    """{cell's id: text of an exercise with nbgrader's markers around the answer}.

    nbgrader puts a comment in the answer's place. What makes the rest a whole cell stands outside: a
    function raises NotImplementedError after it, a value begins as ``...``.
    """
    import jupytext

    source = jupytext.read(LESSONS / f"{lesson.name}.py", fmt="py:percent")
    written = [cell.source for cell in source.cells if "exercise" in cell.metadata.get("tags", [])]
    cells = [cell for cell in lesson.cells if "exercise" in cell.metadata.get("tags", [])]
    found = {}
    for cell, text in zip(cells, written, strict=True):
        stub = cell.texts["en", "learner"].splitlines()
        begins = [line for line in stub if line.endswith("# YOUR ANSWER HERE")]
        ends = [line for line in stub if line.strip() == "raise NotImplementedError"]
        if begins:
            text = text.replace("### BEGIN SOLUTION", "\n".join([*begins, "### BEGIN SOLUTION"]), 1)
        else:
            mark = re.search(r"^[ \t]*### END SOLUTION[ \t]*$", text, re.MULTILINE)[0]
            text = text.replace(mark, f"{mark}\n{ends[-1]}", 1)
        found[cell.identifier] = text
    return found


def built_key(lesson, language):
    import nbformat

    built = nbformat.read(notebook_path(NOTEBOOKS, language, "learner", lesson.name), as_version=4)
    return built.metadata["imgrec"]["key"]
