"""`imgrec grade`: a folder of returned notebooks → one table of points."""

import collections
import contextlib
import csv
import functools
import hashlib
import io
import json
import os
import re
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imgrec_course.checks.exercises import exercises_of
from imgrec_course.classroom.marking import LAST_SEED, mark
from imgrec_course.classroom.room import Room, package_without_solutions, walls
from imgrec_course.classroom.submission import cells_for, read_submission
from imgrec_course.doctor import quiet_stderr
from imgrec_course.language import CourseError, message, render, say
from imgrec_course.paths import ROOT
from imgrec_course.workspace import write

COLUMNS = ("student", "lesson", "exercise", "points", "of", "said", "file")
TOTAL = "total"
NAME_OF_A_LESSON = re.compile(r"(?:\d\d_[a-z]+(?:_[a-z]+)*)", re.IGNORECASE)
# What browsers, systems and Jupyter add to the name of a second copy.
COPY = re.compile(r"(?:\s*\(\d+\)|\s*-\s*(?:copy|副本)\s*\d*)+$", re.IGNORECASE)
ARCHIVES = (".zip", ".rar", ".7z")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One line of the table; ``exercise`` empty: about the whole notebook."""

    student: str
    lesson: str
    exercise: str
    points: int
    of: int
    said: str
    file: str


def grade(folder, table=None):
    """Grade every notebook in a folder and write the table; returns its rows, totals left out.

    folder   returned notebooks: in a folder for each student, or with the student in the file's name
    table    the CSV file (default: grades.csv in the folder)
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(
            "There is no folder {folder}: give the folder with the returned notebooks.", folder=str(folder)
        )
    table = Path(table) if table else folder / "grades.csv"
    found = returned_notebooks(folder)
    if not found:
        raise CourseError(
            "There is no notebook in {folder}: put the returned .ipynb files there, in a folder for each "
            "student or with the student in the file's name.",
            folder=str(folder),
        )
    check_writable(table)
    memory = Memory(folder)
    rows = []
    with package_without_solutions() as package:
        say_what_protects(package)
        work = functools.partial(grade_notebook, folder, memory=memory, package=package)
        workers = max(1, (os.cpu_count() or 2) // 2)
        # TensorFlow, which some solutions need, writes lines of its own between those of the class.
        with quiet_stderr(), ThreadPoolExecutor(workers) as pool:
            try:
                for number, path, graded in zip(
                    range(1, len(found) + 1), found, pool.map(work, found), strict=True
                ):
                    rows += graded
                    show_progress(number, len(found), path.relative_to(folder), graded)
            except BaseException:
                pool.shutdown(cancel_futures=True)  # Ctrl-C waits for what runs, not for the class
                raise
    for row in returned_otherwise(folder, found):
        say("{student}: {said}", student=row.student, said=row.said)
        rows.append(row)
    write_table(table, rows)
    say(
        "{count} notebooks of {students} students: the table is {table}.",
        count=len(found),
        students=len({student_of(path, folder) for path in found}),
        table=str(table),
    )
    return rows


def returned_notebooks(folder):
    """Paths of the notebooks in a folder, Jupyter's own and hidden folders left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() == ".ipynb"
        and path.is_file()
        and not path.is_symlink()  # to somebody else's work
        and not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)
    )


def returned_otherwise(folder, found):
    """Rows for those who returned something else than a notebook: a folder without one, an archive."""
    graded = {path.relative_to(folder).parts[0] for path in found}
    for path in sorted(folder.iterdir()):
        if path.name in graded or path.name.startswith((".", "__MACOSX")):
            continue
        if path.is_dir():
            held = sorted(one.name for one in path.rglob("*") if one.is_file())
            said = message(
                "no notebook (.ipynb) is in this folder; it holds: {files}.", files=", ".join(held[:5]) or "–"
            )
            yield Row(path.name, "", "", 0, 0, render(said), path.name)
        elif path.suffix.lower() in ARCHIVES:
            said = message("{file} is an archive: unpack it and grade again.", file=path.name)
            yield Row(student_of(path, folder), "", "", 0, 0, render(said), path.name)


def student_of(path, folder):
    """Who returned a notebook: the first folder's name, or the file's name without the lesson's."""
    parts = path.relative_to(folder).parts
    if len(parts) > 1:
        return parts[0]
    stem = COPY.sub("", path.stem)
    name = COPY.sub("", NAME_OF_A_LESSON.sub("", stem).strip(" _-–.,")).strip(" _-–.,")
    return name or stem


def grade_notebook(folder, path, memory, package):
    """The rows of one notebook; whatever is wrong with it is one sentence in them."""
    student, file = student_of(path, folder), str(path.relative_to(folder))
    try:
        submission = read_submission(path)
    except CourseError as error:
        return [Row(student, "", "", 0, 0, str(error), file)]
    lesson = submission.lesson
    rows = [Row(student, lesson, "", 0, 0, render(note), file) for note in submission.notes]
    marks = memory.recall(lesson, submission.cells)
    if marks is None:
        marks = []
        try:
            for name in exercises_of(lesson):
                cells, notes = cells_for(submission, name)
                earned = mark(lesson, name, cells, memory.seed, package)
                marks.append((name, earned.points, earned.of, [earned.said, *notes]))
        except OSError as error:  # no process or no disk left: the next one may find some
            said = message(
                "{file} could not be graded here ({reason}): grade again.",
                file=path.name,
                reason=error.strerror or str(error),
            )
            return [*rows, Row(student, lesson, "", 0, 0, render(said), file)]
        # On a busy machine a right answer may be late: it is asked again next time.
        if not any(is_late(part) for _, _, _, said in marks for part in said):
            memory.keep(lesson, submission.cells, marks)
    for name, points, of, said in marks:
        text = " ".join(" ".join(render(part).split()) for part in said)
        rows.append(Row(student, lesson, name, points, of, text, file))
    return rows


def is_late(said):
    """Whether a message tells of an answer that took too long."""
    parts = [part for part in said["values"].values() if isinstance(part, dict)]
    return said["text"].startswith("no answer after") or any(map(is_late, parts))


class Memory:
    """What has been graded: a run that was interrupted goes on where it stopped.

    Kept with the course, not among what students return. The seed of the hidden cases is drawn once for a
    folder: all of a class are asked the same, today and tomorrow.
    """

    def __init__(self, folder):
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self.path = ROOT / "build" / "grading" / f"{name}.json"
        self.content = {"seed": secrets.randbelow(LAST_SEED), "marks": {}}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.content = {"seed": int(kept["seed"]), "marks": dict(kept["marks"])}

    @property
    def seed(self):
        return self.content["seed"]

    def recall(self, lesson, cells):
        """Marks of the same cells under the same checks; None when there are none."""
        return self.content["marks"].get(self._key(lesson, cells))

    def keep(self, lesson, cells, marks):
        self.content["marks"][self._key(lesson, cells)] = marks
        with contextlib.suppress(OSError):  # a memory lost costs time, not points
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write(self.path, json.dumps(dict(self.content)).encode())

    def _key(self, lesson, cells):
        digest = hashlib.sha256(rules(lesson))
        for source in cells:
            digest.update(source.encode("utf-8", "surrogatepass") + b"\0")
        return digest.hexdigest()


@functools.cache
def rules(lesson):
    """Bytes on which a lesson's points depend: its checks and the grader."""
    checks, classroom = ROOT / "imgrec_course" / "checks", ROOT / "imgrec_course" / "classroom"
    paths = [checks / "exercises.py", checks / f"lesson_{lesson}.py", *sorted(classroom.glob("*.py"))]
    return b"\0".join(path.read_bytes() for path in paths)


def say_what_protects(package):
    """One line on the terminal: which of the system's fences hold here."""
    with Room(["answer = 1"], "answer", package) as room:
        value, fault = room.answer()
        if fault is not None or value != 1:
            raise CourseError(
                "The process in which submissions run does not start here ({reason}): "
                "`python3 course.py doctor` may know more.",
                reason=render(fault) if fault else repr(value),
            )
        parts = [message("a process of its own for every answer")]
        if os.name != "nt":
            parts.append(message("limits on memory and time"))
        if "landlock" in room.fences:
            parts.append(message("no other files (Landlock)"))
        if walls():
            parts.append(message("no network, no other processes (namespaces)"))
    say("Submissions run in: {parts}.", parts=render(message("; ")).join(render(part) for part in parts))


def show_progress(number, total, file, rows):
    about = [row for row in rows if row.exercise]
    if about:
        say(
            "{number} of {total}: {file}: {points} of {of}",
            number=number,
            total=total,
            file=str(file),
            points=sum(row.points for row in about),
            of=sum(row.of for row in about),
        )
    else:
        row = rows[-1]
        say(
            "{number} of {total}: {student}: {said}",
            number=number,
            total=total,
            student=row.student,
            said=row.said,
        )
    sys.stdout.flush()


def totals(rows):
    """Rows with the sums of each student's lessons and of each student.

    Of several notebooks of one lesson the best answer to each exercise counts.
    """
    best = {}
    for row in rows:
        if row.exercise:
            key = row.student, row.lesson, row.exercise
            best[key] = max(best.get(key, (0, 0)), (row.points, row.of))
    lessons, students = collections.defaultdict(list), collections.defaultdict(list)
    for (student, lesson, _), earned in best.items():
        lessons[student, lesson].append(earned)
        students[student].append(earned)

    def summed(earned):
        return sum(points for points, _ in earned), sum(of for _, of in earned)

    found = [
        Row(student, lesson, TOTAL, *summed(earned), "", "") for (student, lesson), earned in lessons.items()
    ]
    return found + [Row(student, TOTAL, "", *summed(earned), "", "") for student, earned in students.items()]


def write_table(path, rows):
    """Write the table whole or not at all; a spreadsheet opens it by a double click."""
    ordered = sorted(
        [*rows, *totals(rows)],
        key=lambda row: (row.student, row.lesson == TOTAL, row.lesson, row.exercise == TOTAL),
    )
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for row in ordered:
        points = ("", "") if not row.exercise and row.lesson != TOTAL else (row.points, row.of)
        texts = [row.student, row.lesson, row.exercise, *points, row.said, row.file]
        writer.writerow([harmless(text) for text in texts])
    try:
        # With a byte order mark, by which Excel knows UTF-8.
        write(path, table.getvalue().encode("utf-8-sig", "replace"))
    except OSError as error:
        raise unwritable(path, error) from error


def harmless(value):
    """A text that no spreadsheet takes for a formula."""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def check_writable(path):
    """CourseError, before an hour of grading, when the table cannot be written."""
    existed = path.exists()
    try:
        with path.open("a"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path, error):
    return CourseError(
        "The table {file} cannot be written ({reason}): close the program that shows it, or name another "
        "file with --csv.",
        file=str(path),
        reason=error.strerror or str(error),
    )
