"""What the course costs on this machine, beside its budgets: a table in Markdown.

    .venv/bin/python benchmarks/budgets.py [--tests] [NN …]

Importing the package and opening the page: medians of fresh processes. Each lesson: the learner's edition
executed by itself, its seconds and the peak memory of its kernel (Linux, macOS, Windows: psutil). The largest
notebook, the folder's and the repository's size. With --tests also both commands for testing, which takes
the better part of an hour. With numbers only those lessons. Let nothing else compute meanwhile.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import psutil

from imgrec_course import workspace
from imgrec_course.authoring import build
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.paths import NOTEBOOKS, ROOT

STARTS = 5
IMPORT = "import time; t = time.perf_counter(); import imgrec_course; print(time.perf_counter() - t)"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tests", action="store_true", help="also `course.py test`, quick and whole")
    parser.add_argument("numbers", nargs="*", metavar="NN", help="lessons (default: all)")
    options = parser.parse_args()
    lessons = [read_lesson(path) for path in lesson_paths(options.numbers)]
    rows = [
        ("`import imgrec_course`", 0.3, import_seconds(), "s"),
        ("`imgrec lab` until the page answers", 6, page_seconds(), "s"),
    ]
    whole = 0
    for lesson in lessons:
        seconds, memory = executed(lesson)
        whole += seconds
        rows.append((f"{lesson.name}, executed", 120, seconds, "s"))
        rows.append((f"{lesson.name}, memory of its kernel", 2.0, memory / 1e9, "GB"))
    if not options.numbers:
        rows.append(("all lessons of the learner's edition", 12, whole / 60, "min"))
    sizes = [path.stat().st_size / 1e3 for path in NOTEBOOKS.rglob("*.ipynb")]
    rows.append(("the largest notebook", 400, max(sizes), "kB"))
    if options.tests:
        rows.append(("`course.py test --quick`", 2, test_seconds("--quick") / 60, "min"))
        rows.append(("`course.py test`", 30, test_seconds() / 60, "min"))
    print(f"{psutil.cpu_count(logical=False)} cores, {psutil.virtual_memory().total / 1e9:.0f} GB\n")
    print("| what | limit | measured | met |\n| --- | --- | --- | --- |")
    for what, limit, measured, unit in rows:
        met = "yes" if measured <= limit else "no"
        print(f"| {what} | {limit} {unit} | {measured:.3g} {unit} | {met} |")


def import_seconds():
    """Median of fresh processes, without what Python itself needs to start."""
    times = [
        float(subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=True).stdout)
        for _ in range(2 * STARTS)
    ]
    return statistics.median(times)


def page_seconds():
    """Median seconds from the command to the page's first answer, in a working copy that is there."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder) / "copy"
        workspace.prepare(folder)
        for _ in range(STARTS):
            command = [sys.executable, "-m", "imgrec_course.cli", "lab", "--no-browser"]
            started = time.perf_counter()
            server = subprocess.Popen([*command, "--folder", str(folder)], stdout=subprocess.PIPE, text=True)
            for line in server.stdout:  # the address is printed once the page answers
                if "http://" in line:
                    break
            times.append(time.perf_counter() - started)
            server.terminate()
            server.wait()
    return statistics.median(times)


def executed(lesson):
    """Seconds of the learner's edition, executed alone, and the peak of its kernel's memory in bytes."""
    before = set(psutil.Process().children(recursive=True))
    peak, done = 0, threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.2):
            for process in set(psutil.Process().children(recursive=True)) - before:
                try:
                    peak = max(peak, process.memory_info().rss)
                except psutil.Error:  # it has just ended
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        build.execute(build.assemble(lesson, "en", "learner"), lesson.name)
    finally:
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
    return seconds, peak


def test_seconds(*arguments):
    started = time.perf_counter()
    subprocess.run([sys.executable, str(ROOT / "course.py"), "test", *arguments], cwd=ROOT, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
