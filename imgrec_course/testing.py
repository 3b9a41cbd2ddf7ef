"""`imgrec test`: the tests of the code, then the notebooks, executed again and compared."""

import os
import subprocess
import sys

from imgrec_course.language import message, render
from imgrec_course.paths import NOTEBOOKS, ROOT

NOTHING_COLLECTED = 5  # pytest's exit status
SANITIZE = ROOT / "tests" / "nbval.cfg"  # blanks what differs between processors: `(measured …)`


def test(arguments=(), quick=False):
    """Run the tests, both parts whatever the first one says; returns an exit status.

    arguments   for pytest on tests/ alone
    quick       no training, no browser, no notebooks
    """
    results = [("tests", run_pytest(tests(arguments, quick)))]
    if not quick:
        results.append(("notebooks", run_pytest(notebooks())))
    verdicts = {0: message("passed"), NOTHING_COLLECTED: message("NOTHING FOUND TO TEST")}
    parts = [
        render(message(name)) + ": " + render(verdicts.get(status, message("FAILED")))
        for name, status in results
    ]
    if quick:
        parts.append(render(message("notebooks: left out by --quick")))
    print("; ".join(parts))
    return 1 if any(status for _, status in results) else 0


def tests(arguments, quick):
    """pytest's arguments for tests/; the reader's come last, so that they win."""
    return [*(["-m", "not slow and not browser"] if quick else []), *arguments]


def notebooks():
    """pytest's arguments for the English notebooks, the learner's and the solutions.

    One after the other: a lesson that trains uses every core, and some claim how long something takes.
    The Chinese notebooks have the same code cells, as a test in tests/ proves.
    """
    return [
        *("-p", "no:cacheprovider"),
        *("--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(SANITIZE)),
        str(NOTEBOOKS / "en"),
    ]


def run_pytest(arguments):
    # The language of what is printed decides about nothing but the reader; stored outputs are English.
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    environment.pop("IMGREC_LANG", None)
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment).returncode
