"""What a learner has solved: remembered beside their working copy, shown on request."""

import datetime
import json
import os
from pathlib import Path

from imgrec_course.language import message, render, say

FILE = "progress.json"


def record(exercise):
    """Remember an exercise such as "01.f_beta" as solved, when we run inside a working copy.

    Elsewhere (a build, a test, a notebook service) nothing is written. A folder that cannot be written
    never spoils the check: the learner is told, and goes on.
    """
    folder = _working_copy()
    if folder is None:
        return
    solved_so_far = solved(folder)
    if exercise in solved_so_far:
        return
    solved_so_far[exercise] = datetime.date.today().isoformat()
    path = folder / FILE
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        if path.exists() and _read(path) is None:
            path.replace(path.with_suffix(".damaged.json"))
        temporary.write_text(json.dumps(solved_so_far, indent=1, sort_keys=True), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        say(
            "Solved, but not remembered: {file} cannot be written ({reason}).",
            file=str(path),
            reason=error.strerror or str(error),
        )


def solved(folder=None):
    """Solved exercises {name: date}, from the working copy that we run in (or ``folder``)."""
    folder = folder or _working_copy()
    if folder is None or not (Path(folder) / FILE).exists():
        return {}
    return _read(Path(folder) / FILE) or {}


def show_progress():
    """Show under the cell what is solved and what comes next."""
    content = report()
    say(content["text"], **content["values"])


def report(folder=None):
    """Solved exercises lesson by lesson, and the next one, as a message."""
    from imgrec_course.checks.exercises import exercises_of, lessons_with_exercises

    if folder is None and _working_copy() is None:
        return message(
            "Progress is kept in the working copy: open the course with `python3 course.py lab`, "
            "and what you solve is shown here."
        )
    done = solved(folder)
    lines, upcoming = [], None
    for lesson in lessons_with_exercises():
        stars = ""
        for name, exercise in exercises_of(lesson).items():
            is_done = f"{lesson}.{name}" in done
            stars += (" ✓" if is_done else " ○") + "★" * exercise.stars
            if not is_done and upcoming is None:
                upcoming = f"{lesson}.{name}"
        lines.append(f"{lesson} {stars}")
    last = (
        message("Next: {exercise}", exercise=upcoming)
        if upcoming
        else message("Everything solved. Well done!")
    )
    return message("{table}\n{last}", table="\n".join(lines), last=last)


def _working_copy():
    from imgrec_course.workspace import find_working_copy

    return find_working_copy()


def _read(path):
    """The file's dictionary, or None when it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def main(folder=None):
    """Print the report on the terminal (`imgrec progress`)."""
    print(render(report(folder)))
