"""Lessons → notebooks: two languages, with and without solutions, executed once per edition."""

import ast
import copy
import hashlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from imgrec_course import elsewhere
from imgrec_course.authoring.lesson import EDITIONS, lesson_paths, read_lesson
from imgrec_course.language import LANGUAGES, CourseError, render
from imgrec_course.paths import DATA, NOTEBOOKS, ROOT

CELL_SECONDS = 300
KERNEL_ARGUMENTS = [
    "--log-level=ERROR",  # no warning about the kernel's own transport
    # TensorFlow's log lines go to the kernel's stderr, not under a cell; nbval's kernels do the same.
    "--IPKernelApp.capture_fd_output=False",
]


def build(numbers=(), lessons=None, notebooks=None):
    """Build the lessons with these numbers (all when none is given).

    lessons, notebooks   folders to read from and write to (default: the course's)
    returns              paths of the notebooks whose bytes changed
    """
    notebooks = Path(notebooks or NOTEBOOKS)
    changed = []
    paths = lesson_paths(numbers, lessons)
    # All are read before the first is executed: a missing translation shows at once.
    for lesson in [read_lesson(path) for path in paths]:
        started = time.monotonic()
        written, executed = [], []
        results = {}
        for edition in EDITIONS:
            key = execution_key(lesson, edition)
            outputs = stored_outputs(notebook_path(notebooks, "en", edition, lesson.name), key)
            if outputs is None:
                outputs = execute(assemble(lesson, "en", edition), f"{lesson.name} {edition}")
                executed.append(edition)
            results[edition] = key, outputs
        # Everything is executed before the first notebook is written: the editions stay one release.
        for edition, (key, outputs) in results.items():
            for language in LANGUAGES:
                notebook = assemble(lesson, language, edition)
                fill(notebook, outputs, language)
                notebook.metadata["imgrec"] = {"lesson": lesson.name, "edition": edition, "key": key}
                path = notebook_path(notebooks, language, edition, lesson.name)
                if write(notebook, path):
                    written.append(path)
        changed += written
        seconds = time.monotonic() - started
        what = f"executed {' and '.join(executed)} in {seconds:.0f} s" if executed else "nothing to execute"
        print(f"{lesson.name}: {what}, {len(written)} of {len(EDITIONS) * len(LANGUAGES)} notebooks changed")
    if not numbers:
        changed += remove_strays(notebooks, {path.stem for path in paths})
    return changed


def notebook_path(notebooks, language, edition, name):
    """Where a notebook stands: notebooks/en/NAME.ipynb, notebooks/en/solutions/NAME.ipynb, …"""
    folder = Path(notebooks) / language
    return (folder if edition == "learner" else folder / edition) / f"{name}.ipynb"


def assemble(lesson, language, edition):
    """The notebook of one language and edition, without outputs.

    edition   "learner" or "solutions", which are built and stored, or "instructor": the solutions with the
              speaker's notes of the slides as texts (tag ``notes``) where they stand in the source. Its code
              cells are those of the solutions, so ``fill`` gives it their outputs.
    """
    from nbformat import v4

    notebook = v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
    }
    make = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell}
    cells, text_of = lesson.cells, edition
    if edition == "instructor":
        cells = [c for c in lesson.everything if not c.slides_only or c.lecture["slide"] == "notes"]
        text_of = "solutions"
    for cell in cells:
        metadata = copy.deepcopy(cell.metadata)
        if cell.slides_only:
            metadata["tags"] = ["notes"]
        notebook.cells.append(
            make[cell.kind](cell.texts[language, text_of], id=cell.identifier, metadata=metadata)
        )
    return notebook


def execute(notebook, label):
    """Run all cells; return {"cells": outputs of each code cell, "widgets": their state or None}.

    Raises CourseError, naming lesson and cell, when a cell fails.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbconvert.filters import strip_ansi

    line = ProgressLine(label, len(notebook.cells))
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        allow_errors=True,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(ROOT)}},
        on_cell_start=lambda cell, cell_index: line.at(cell_index + 1),
    )
    try:
        with tempfile.TemporaryFile() as log:
            try:
                client.execute(env=dict(os.environ, IMGREC_LANG="en"), stderr=log)
            except DeadKernelError:
                log.seek(0)
                print(log.read().decode(errors="replace"), file=sys.stderr)
                raise
    except CellTimeoutError as error:
        raise CourseError(
            "Lesson {lesson}, cell {number}: no end after {seconds} s.",
            lesson=label,
            number=line.number,
            seconds=CELL_SECONDS,
        ) from error
    except DeadKernelError as error:
        raise CourseError(
            "Lesson {lesson}, cell {number}: the kernel died.", lesson=label, number=line.number
        ) from error
    finally:
        line.close()
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                text = "\n".join(output.traceback)
                print(text if sys.stderr.isatty() else strip_ansi(text), file=sys.stderr)
                raise CourseError(
                    "Lesson {lesson}, cell {number} (“{start}”) failed: {kind}: {reason}",
                    lesson=label,
                    number=number,
                    start=cell.source.strip().partition("\n")[0],
                    kind=output.ename,
                    reason=output.evalue,
                )
    return {
        "cells": [
            (cell.execution_count, cell.outputs) for cell in notebook.cells if cell.cell_type == "code"
        ],
        "widgets": notebook.metadata.get("widgets"),
    }


class ProgressLine:
    """One line that says where a build is; only where somebody watches."""

    def __init__(self, label, total):
        self.label, self.total, self.number = label, total, 0
        self.started = time.monotonic()
        self.watched = sys.stderr.isatty()

    def at(self, number):
        self.number = number
        if self.watched:
            seconds = time.monotonic() - self.started
            text = f"{self.label}: cell {number} of {self.total}, {seconds:.0f} s"
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def close(self):
        if self.watched:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def fill(notebook, outputs, language):
    """Put the outputs of an execution into a notebook of either language."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, (count, cell_outputs) in zip(code_cells, outputs["cells"], strict=True):
        cell.execution_count = count
        cell.outputs = [translate(output, language) for output in cell_outputs]
    if outputs["widgets"]:
        notebook.metadata["widgets"] = copy.deepcopy(outputs["widgets"])
        for kept in notebook.metadata["widgets"].values():
            for model in kept["state"].values():
                if "language" in model["state"]:
                    model["state"]["language"] = language
    elsewhere.add_first_cell(notebook, language)


def translate(output, language):
    """The output with its text in the language, where it carries a message (see ``language.say``)."""
    output = copy.deepcopy(output)
    content = output.get("metadata", {}).get("imgrec")
    if content is None:
        return output
    text = render(content, language)
    output.data["text/plain"] = text
    for kind in ("image/png", "image/jpeg"):
        if kind in output.metadata:
            output.metadata[kind]["alt"] = text
    return output


def stored_outputs(path, key):
    """The outputs of a built English notebook, when they are of this key; else None."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError):
        return None
    if notebook.metadata.get("imgrec", {}).get("key") != key:
        return None
    cells = [(cell.execution_count, cell.outputs) for cell in elsewhere.without_first_cell(notebook)]
    return {"cells": cells, "widgets": notebook.metadata.get("widgets")}


def write(notebook, path):
    """Write the notebook whole or not at all; returns whether its bytes changed."""
    import nbformat

    nbformat.validate(notebook)
    content = (nbformat.writes(notebook, indent=1) + "\n").encode()
    path = Path(path)
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def remove_strays(notebooks, names):
    """Remove notebooks whose lesson is gone; returns their paths."""
    strays = [
        path
        for language in LANGUAGES
        for edition in EDITIONS
        for path in notebook_path(notebooks, language, edition, "x").parent.glob("*.ipynb")
        if path.stem not in names
    ]
    for path in strays:
        path.unlink()
        print(f"{path.name}: removed, its lesson is gone")
    return strays


def execution_key(lesson, edition):
    """Hash of all that decides a lesson's outputs: its code, the modules and data it uses, the lock."""
    code = lesson.code(edition)
    modules = imported_modules(code, f"imgrec_course.checks.lesson_{lesson.number}")
    digest = hashlib.sha256()
    for text in code:
        digest.update(text.encode() + b"\0")
    for path in sorted({part for module in modules for part in module_files(module)}):
        digest.update(path.read_bytes() + b"\0")
    words = string_constants(code + [path.read_text(encoding="utf-8") for path in modules])
    for manifest in sorted(DATA.glob("*/SHA256SUMS")):
        if manifest.parent.name in words:
            digest.update(needed_sums(manifest, words) + b"\0")
    digest.update("\n".join(needed_packages()).encode())
    return digest.hexdigest()[:16]


def needed_packages():
    """Packages and versions of the lock on which a lesson's outputs can depend: "keras==3.15.1 ; marker", …

    Those that pyproject.toml requires, TensorFlow, and what these require; without the tools and tests.
    """
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["tensorflow"]
    needed = {canonicalize_name(Requirement(line).name) for line in wanted}
    # uv's lock: `name==version ; marker \`, its hashes, then who asks for it; a name once for each marker.
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    entries = [
        (
            entry.partition("==")[0],
            entry.partition("\n")[0].rstrip(" \\"),
            re.findall(r"#(?: via)? +(\S+)", entry),
        )
        for entry in re.split(r"^(?=\S+==)", lock, flags=re.MULTILINE)[1:]
    ]
    before = None
    while needed != before:
        before = set(needed)
        needed |= {name for name, _, askers in entries if needed.intersection(askers)}
    return sorted(pin for name, pin, _ in entries if name in needed)


# Folders whose files are loaded one by one, each by its name: a new one there changes no older lesson.
LOADED_BY_NAME = ("results", "weights")


def needed_sums(manifest, words):
    """Bytes of a folder's checksums, without those of files that the code does not name."""
    if manifest.parent.name not in LOADED_BY_NAME:
        return manifest.read_bytes()
    lines = manifest.read_bytes().splitlines(keepends=True)
    names = [line.split()[-1].decode() for line in lines]
    return b"".join(
        line
        for line, name in zip(lines, names, strict=True)
        if name in words or name.partition(".")[0] in words
    )


# What a lesson's numbers cannot depend on, though its modules import it.
NOT_FOLLOWED = (
    "imgrec_course",
    "imgrec_course.language",
    "imgrec_course.progress",
    "imgrec_course.workspace",
)


def imported_modules(code, *extra):
    """Paths of the package's modules that code imports, directly or through one another."""
    waiting = [name for text in code for name in imported_names(text)] + list(extra)
    found = {}
    while waiting:
        name = waiting.pop()
        path = module_path(name)
        if path is None or name in found or name in NOT_FOLLOWED:
            continue
        found[name] = path
        waiting += imported_names(path.read_text(encoding="utf-8"))
    return sorted(found.values())


def imported_names(text):
    """Dotted names that Python code may import from the package (a name of a module or in one)."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    names = {name for name in names if name.split(".")[0] == "imgrec_course"}
    # A package's __init__ runs when one of its modules is imported.
    return names | {name.rpartition(".")[0] for name in names if name.count(".") > 1}


def module_path(name):
    """The file of one of the package's modules; None when the name is not one."""
    base = ROOT.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def module_files(path):
    """A module's file and, for an explorer, the scripts and styles beside it."""
    beside = [other for other in path.parent.iterdir() if other.suffix in {".js", ".css"}]
    return [path, *beside]


def string_constants(code):
    """All string literals of some Python texts."""
    return {
        node.value
        for text in code
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
