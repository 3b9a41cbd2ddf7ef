"""Returned notebooks for the tests of grading: solved, untouched, and hostile ones."""

import functools
import textwrap

from imgrec_course.authoring.build import assemble
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.classroom.submission import CHECK
from imgrec_course.paths import ROOT


@functools.cache
def lesson_of(number):
    (path,) = lesson_paths([number])
    return read_lesson(path)


def returned(number, edition="learner", answers=None, first=None, language="en"):
    """A returned notebook.

    edition   what the student began with: "learner" (nothing answered) or "solutions"
    answers   {exercise: text that stands in its cell}
    first     text of a code cell before all others
    """
    notebook = assemble(lesson_of(number), language, edition)
    notebook.metadata["imgrec"] = {"lesson": lesson_of(number).name, "edition": "learner"}
    own = None
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        match = CHECK.search(cell.source)
        if match and answers and match["exercise"] in answers:
            own.source = textwrap.dedent(answers[match["exercise"]]).strip("\n")
        own = cell
    if first is not None:
        code = next(place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        copy = type(notebook.cells[code])(notebook.cells[code], id="of-the-student", source=first)
        copy.metadata = type(notebook.metadata)()
        notebook.cells.insert(code, copy)
    return notebook


def code_cells(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


RIGHT = """
    def f_beta(true_positive, false_positive, false_negative, beta):
        weight = beta**2
        found = (1 + weight) * true_positive
        return found / (found + weight * false_negative + false_positive)
"""

CHECKER = ROOT / "imgrec_course" / "checks" / "lesson_01.py"


def function(body):
    """The exercise f_beta with another body."""
    head = "def f_beta(true_positive, false_positive, false_negative, beta):\n"
    return head + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")


# What somebody might hand in to get points without the answer: {name: (cell, words of what is said)}.
HOSTILE = {
    "replaces check()": (
        function("""
            import imgrec_course.checks
            imgrec_course.checks.check = lambda *arguments: print("✓ f_beta")
            return 1.0
        """),
        "differ|expected",
    ),
    "prints the checker's line": (
        function("""
            print("✓ f_beta: 5 of 5 cases agree with scikit-learn, hidden ones too")
            return 1.0
        """),
        "expected",
    ),
    "imports the solutions": (
        function("""
            from imgrec_course.checks.lesson_01 import EXERCISES
            return EXERCISES["f_beta"].solution(true_positive, false_positive, false_negative, beta)
        """),
        "ModuleNotFoundError",
    ),
    "imports the solutions from the course's folder": (
        function(f"""
            import sys
            for name in [name for name in sys.modules if name.startswith("imgrec_course")]:
                del sys.modules[name]
            sys.path.insert(0, {str(ROOT)!r})
            from imgrec_course.checks.lesson_01 import EXERCISES
            return EXERCISES["f_beta"].solution(true_positive, false_positive, false_negative, beta)
        """),
        "PermissionError|ModuleNotFoundError",
    ),
    "reads the solutions as a file": (
        function(f"""
            text = open({str(CHECKER)!r}, encoding="utf-8").read()
            return eval(text)
        """),
        "PermissionError",
    ),
    "reads the solutions through the C library": (
        function(f"""
            import ctypes
            library = ctypes.CDLL(None)
            handle = library.open({str(CHECKER)!r}.encode(), 0)
            return 1.0 / (handle + 1)
        """),
        "ZeroDivisionError|AttributeError|TypeError",
    ),
    "looks for a solution in memory": (
        function("""
            import gc
            found = [one for one in gc.get_objects() if type(one).__name__ == "Exercise"]
            return found[0].solution(true_positive, false_positive, false_negative, beta)
        """),
        "IndexError",
    ),
    "overwrites the checker": (
        function(f"""
            with open({str(CHECKER)!r}, "w") as file:
                file.write("EXERCISES = {{}}")
            return 1.0
        """),
        "PermissionError",
    ),
    "removes the checker": (
        function(f"""
            import os, shutil
            try:
                os.remove({str(CHECKER)!r})
            except OSError:
                shutil.rmtree({str(CHECKER.parent)!r})
            return 1.0
        """),
        "PermissionError",
    ),
    "changes the grader's functions": (
        function("""
            import builtins, numpy
            numpy.isclose = numpy.allclose = numpy.array_equal = lambda *a, **k: True
            builtins.isinstance = lambda *a: True
            builtins.AssertionError = type("Never", (Exception,), {})
            return 1.0
        """),
        "expected|no answer|ended|raised",
    ),
    "an object that equals everything": (
        function("""
            class Equal(float):
                def __eq__(self, other): return True
                def __ne__(self, other): return False
                def __sub__(self, other): return 0.0
                def __hash__(self): return 1
            return Equal(1)
        """),
        "expected",
    ),
    "an array that compares as it likes": (
        function("""
            import numpy as np
            class Equal(np.ndarray):
                def __array_ufunc__(self, *a, **k): return True
                def __array_function__(self, *a, **k): return True
            return np.array(1.0).view(Equal)
        """),
        "expected|raised",
    ),
    "an object with a trap for pickle": (
        function("""
            class Trap:
                def __reduce__(self):
                    return (exec, ("raise SystemExit",))
            return Trap()
        """),
        "expected a number",
    ),
    "leaves by sys.exit": (function("import sys; sys.exit(0)"), "SystemExit"),
    "leaves by os._exit": (function("import os; os._exit(0)"), "ended its own process"),
    "crashes": (function("import ctypes; ctypes.string_at(0)"), "ended its own process"),
    "recursion without end": (function("return f_beta(1, 2, 3, 4)"), "RecursionError"),
    "loops for ever": (function("while True: pass"), "no answer"),
    "loops for ever and catches everything": (
        function("""
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        """),
        "no answer",
    ),
    "loops while it is defined": ("while True:\n    f_beta = 1", "no answer"),
    "takes all memory": (function("return len(bytearray(10**12))"), "MemoryError"),
    "takes memory bit by bit": (
        function("""
            kept = []
            while True:
                kept.append(bytearray(10**8))
        """),
        "MemoryError|ended|no answer",
    ),
    "answers with a gigabyte": (
        function("import numpy as np; return np.zeros(10**8)"),
        "more than|no answer|ended|MemoryError",
    ),
    "answers with a list in a list in a list": (
        function("""
            value = 1.0
            for _ in range(100_000):
                value = [value]
            return value
        """),
        "expected|no answer|raised",
    ),
    "answers with an enormous number": (function("return 10**100_000"), "expected"),
    "starts a program": (
        function("import subprocess; subprocess.run(['true']); return 1.0"),
        "PermissionError",
    ),
    "forks for ever": (
        function("""
            import os
            while True:
                os.fork()
        """),
        "PermissionError",
    ),
    "leaves threads behind": (
        function("""
            import threading
            def work():
                while True: pass
            for _ in range(4):
                threading.Thread(target=work).start()
            return 1.0
        """),
        "expected",
    ),
    "ends the grader": (
        function("import os, signal; os.kill(os.getppid(), signal.SIGKILL); return 1.0"),
        "PermissionError",
    ),
    "ends the grader through the C library": (
        function("""
            import ctypes, os
            return float(ctypes.CDLL(None).kill(os.getppid(), 15)) + 5
        """),
        "expected|raised",
    ),
    "writes answers into every open file": (
        function("""
            import os
            for number in range(3, 64):
                try:
                    for _ in range(20):
                        os.write(number, b'{"value": "1.0"}\\n{"function": true}\\n')
                except OSError:
                    pass
            return 1.0
        """),
        "expected|no answer",
    ),
    "writes nonsense into every open file": (
        function("""
            import os
            for number in range(3, 64):
                try:
                    os.write(number, b'[[[[{"value"\\n')
                except OSError:
                    pass
            return 1.0
        """),
        "is no answer",
    ),
    "prints without end": (
        function("""
            while True:
                print("x" * 10**6)
        """),
        "no answer",
    ),
    "asks the network": (
        function("import urllib.request; return urllib.request.urlopen('http://127.0.0.1:9/').read()"),
        "PermissionError|URLError|OSError",
    ),
    "reads the grader's environment": (
        function("""
            import os
            text = open(f"/proc/{os.getppid()}/environ").read()
            return float(len(text))
        """),
        "expected|PermissionError|FileNotFoundError|ProcessLookupError",
    ),
    "fills the disk": (
        function("""
            with open("large", "wb") as file:
                while True:
                    file.write(bytes(10**6))
        """),
        "OSError|ended|no answer",
    ),
    "types the visible answers in": (None, "hidden cases"),  # written by the test that grades it
    "changes its arguments' names alone": ("f_beta = f_beta_of_the_course", "NameError"),
}
