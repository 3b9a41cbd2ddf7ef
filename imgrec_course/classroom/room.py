"""A room for one answer: a process of its own, watched from outside, with nothing in it worth taking.

The grader's process never runs, compiles or unpickles anything of a submission. It hands over the texts of
the code cells, then arguments; it gets back plain values, which it compares itself.
"""

import contextlib
import functools
import importlib.util
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from imgrec_course.checks.exercises import NOT_ATTEMPTED
from imgrec_course.classroom.values import decode, encode
from imgrec_course.language import message
from imgrec_course.paths import DATA, ROOT

MEGABYTES = 2048  # what a lesson's kernel may take
READY_SECONDS = 60.0
ALL_SECONDS = 180.0
LONGEST_LINE = 4 * 2**20
LEFT_OUT = (
    "authoring",
    "checks",
    "cli.py",
    "doctor.py",
    "lab.py",
    "testing.py",
    "workspace.py",
    "__pycache__",
)
CLASSROOM = ("__init__.py", "needed.py", "runner.py", "values.py")
CHECKS = '''"""While a submission is graded: claims hold, checks say nothing."""

from imgrec_course.checks.claims import ClaimError, claim, measured

__all__ = ["ClaimError", "check", "claim", "measured"]


def check(name, answer):
    """The grader checks."""
'''


@contextlib.contextmanager
def package_without_solutions():
    """A folder with a copy of the package that holds neither solutions nor graders."""
    source = Path(importlib.util.find_spec("imgrec_course").origin).parent
    with tempfile.TemporaryDirectory(prefix="imgrec-package-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "imgrec_course"
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT, "classroom"))
        (target / "classroom").mkdir()
        for name in CLASSROOM:
            shutil.copy(source / "classroom" / name, target / "classroom" / name)
        (target / "checks").mkdir()
        shutil.copy(source / "checks" / "claims.py", target / "checks" / "claims.py")
        (target / "checks" / "__init__.py").write_text(CHECKS, encoding="utf-8")
        yield Path(folder)


@functools.cache
def walls():
    """Command that puts a process into namespaces of its own (Linux); empty where the system has none.

    No network, no sight of other processes, and whatever it started ends with it.
    """
    tool = shutil.which("unshare") if sys.platform == "linux" else None
    if tool is None:
        return ()
    options = (
        "--user",
        "--map-root-user",
        "--mount-proc",
        "--pid",
        "--fork",
        "--kill-child",
        "--net",
        "--ipc",
    )
    try:
        tried = subprocess.run([tool, *options, "true"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (tool, *options) if tried.returncode == 0 else ()


class Room:
    """One answer of one submission, running elsewhere.

    cells     texts of the code cells, from the first to the one that asks for the answer
    name      what the exercise is called in the notebook
    package   folder made by :func:`package_without_solutions`

    ``answer()`` is what ``judge`` takes: a function's stand-in or a plain value; ``call`` runs it.
    """

    def __init__(self, cells, name, package):
        self.cells, self.name, self.package = list(cells), name, Path(package)
        self.ended = None  # a message, once the process is no more
        self.fences = []
        self.over = False

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="imgrec-answer-")
        self.deadline = time.monotonic() + ALL_SECONDS
        runner = self.package / "imgrec_course" / "classroom" / "runner.py"
        separate = {"start_new_session": True} if os.name != "nt" else {"creationflags": 0x00000200}
        self.process = subprocess.Popen(
            [*walls(), sys.executable, "-I", "-B", str(runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=self._environment(),
            **separate,
        )
        # Two lines at most wait here: an answer that talks without end fills its own pipe, not our memory.
        self.lines = queue.Queue(maxsize=2)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self):
        """What the answer's process may know; nothing of the grader's own settings."""
        kept = ("PATH", "SYSTEMROOT", "WINDIR", "COMSPEC", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE")
        own = dict.fromkeys(
            (
                "HOME",
                "USERPROFILE",
                "APPDATA",
                "LOCALAPPDATA",
                "TMPDIR",
                "TEMP",
                "TMP",
                "MPLCONFIGDIR",
                "KERAS_HOME",
            ),
            self.folder,
        )
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **own,
            "CUDA_VISIBLE_DEVICES": "",
            "IMGREC_DATA": str(DATA),
            "IMGREC_LANG": "en",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }

    def _listen(self):
        with self.process.stdout as stream:
            line = b"\n"
            while line:
                try:
                    line = stream.readline(LONGEST_LINE + 1)
                except (OSError, ValueError):
                    line = b""
                if len(line) > LONGEST_LINE:
                    line = None
                while not self.over:
                    with contextlib.suppress(queue.Full):
                        self.lines.put(line, timeout=0.2)
                        break
                if self.over:
                    return

    def _ask(self, content, seconds):
        """Send one line and wait for one; returns a dictionary, or None when there is no answer to be had."""
        try:
            self.process.stdin.write(json.dumps(content).encode() + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has ended: the line below says how
        seconds = max(0.1, min(seconds, self.deadline - time.monotonic()))
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            self.ended = message(
                "no answer after {seconds} s; does every loop end?", seconds=f"{seconds:.0f}"
            )
            self._end()
            return None
        if not line:
            self._end()
            status = self.process.returncode
            self.ended = (
                message("it ended its own process (exit status {status}).", status=status)
                if line == b""
                else message("it said more than {size} MB at once.", size=LONGEST_LINE // 2**20)
            )
            return None
        try:
            said = json.loads(line)
            if not isinstance(said, dict):
                raise ValueError("no dictionary")
        except (ValueError, RecursionError):
            self.ended = message("what it said is no answer.")
            self._end()
            return None
        return said

    def _end(self):
        """End the process and what it started."""
        self.over = True
        with contextlib.suppress(OSError):
            if os.name == "nt":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.close()

    def answer(self):
        """Run the cells as far as needed.

        returns   (answer, None) for ``judge``: this room, when it is a function, else a plain value;
                  or (None, message): why there is none
        """
        content = {
            "cells": self.cells,
            "name": self.name,
            "folder": self.folder,
            "hidden": [str(ROOT)],
            "readable": [str(DATA)],
            "megabytes": MEGABYTES,
            "seconds": int(ALL_SECONDS),
            "alone": bool(walls()),
        }
        said = self._ask(content, READY_SECONDS)
        if said is None:
            return None, self.ended
        fences = said.get("fences")
        self.fences = [str(name) for name in fences] if isinstance(fences, list) else []
        if said.get("function") is True:
            return self, None
        if said.get("missing") is True:
            return None, message("nothing in the notebook defines it.")
        if "value" in said:
            try:
                return decode(str(said["value"])), None
            except ValueError:
                return None, message("what it said is no answer.")
        return None, fault(said)

    def __call__(self, *arguments):
        """``judge`` asks whether an answer is callable; it is run by ``call``."""
        raise TypeError("run by call")

    def call(self, function, arguments, seconds):
        """Run the answer on arguments, as ``judge`` wants it; ``function`` is this room or a value's."""
        if function is not self:
            return {"value": function(*arguments)}
        if self.ended is not None:
            return {}
        said = self._ask({"arguments": encode(arguments)}, seconds)
        if said is None:
            return {"fault": self.ended}
        outcome = {}
        try:
            if "arguments" in said:
                changed = decode(str(said["arguments"]))
                if isinstance(changed, tuple) and len(changed) == len(arguments):
                    outcome["arguments"] = changed
            if "value" in said:
                return outcome | {"value": decode(str(said["value"]))}
        except ValueError:
            return {"fault": message("what it said is no answer.")}
        return {"fault": fault(said)}


def fault(said):
    """What went wrong in the room, as a message."""
    if said.get("unanswered") is True:
        return message(NOT_ATTEMPTED)
    kind, text, line = (str(said.get(key, ""))[:300] for key in ("error", "text", "line"))
    if not kind:
        return message("what it said is no answer.")
    if not line:
        return message("your function raised {kind}: {text}.", kind=kind, text=text)
    number = said.get("number")
    return message(
        "your function raised {kind}: {text}, in line {number}: {line}",
        kind=kind,
        text=text,
        number=number if isinstance(number, int) else 0,
        line=line,
    )
