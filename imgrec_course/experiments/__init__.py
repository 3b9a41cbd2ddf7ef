"""What does not fit into a lesson's two minutes: recipes that run once, and their stored results.

A recipe is a module of this package with a dictionary ``PARTS`` of named functions without parameters,
each of which returns what JSON can hold; seeds and settings stand in it. ``imgrec experiment NAME`` runs
the parts and stores each one, with the command, versions, machine and time that made it, in
``data/results/NAME.json``. A lesson reads it with :func:`load_result`, repeats one part live and claims
that the two agree.
"""

import ast
import datetime
import hashlib
import importlib
import json
import pkgutil
import platform
import time
from pathlib import Path

from imgrec_course import paths
from imgrec_course.datasets.files import SUMS, data_file
from imgrec_course.language import CourseError, say

FOLDER = "results"
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")


def names(package=__name__):
    """Names of all recipes of a package: of the experiments, or of ``imgrec_course.training``."""
    path = importlib.import_module(package).__path__
    return sorted(module.name for module in pkgutil.iter_modules(path))


def recipe(name, package=__name__):
    """The module of a recipe of a package; CourseError when there is none."""
    known = names(package)
    if name not in known:
        raise CourseError(
            "There is no recipe {name}: the recipes are {names}.", name=name, names=", ".join(known)
        )
    return importlib.import_module(f"{package}.{name}")


def load_result(name):
    """The stored result of an experiment.

    returns   {part: what the part returned}

    Raises CourseError when the file is missing or damaged.
    """
    stored = json.loads(data_file(FOLDER, f"{name}.json").read_text(encoding="utf-8"))
    return {part: entry["result"] for part, entry in stored["parts"].items()}


def run(name, parts=()):
    """Run parts of a recipe (all when none is named) and store each as soon as it is there."""
    module = recipe(name)
    unknown = [part for part in parts if part not in module.PARTS]
    if unknown:
        raise CourseError(
            "The experiment {name} has no part {part}: its parts are {parts}.",
            name=name,
            part=unknown[0],
            parts=", ".join(module.PARTS),
        )
    for part in parts or module.PARTS:
        started = time.monotonic()
        result = module.PARTS[part]()
        seconds = time.monotonic() - started
        store(name, part, result, seconds)
        say("{name} {part}: {seconds} s", name=name, part=part, seconds=f"{seconds:.0f}")


def store(name, part, result, seconds):
    """Write one part's result into ``data/results/NAME.json`` and its checksum beside it."""
    module = recipe(name)
    path = paths.DATA / FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8"))["parts"] if path.exists() else {}
    before[part] = {
        "recipe": fingerprint(module),
        "made": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "machine": machine(),
        "versions": versions(),
        "result": result,
    }
    content = {
        "command": f"imgrec experiment {name}",
        "parts": {part: before[part] for part in module.PARTS if part in before},
    }
    path.write_text(compact(content) + "\n", encoding="utf-8", newline="\n")
    write_checksums(path)


def write_checksums(*files):
    """Put the files' checksums into ``SHA256SUMS`` beside them; what else stands there stays."""
    path = files[0].parent / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = {line.partition("  ")[2]: line for line in lines}
    for file in files:
        entries[file.name] = f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}"
    text = "".join(f"{entries[name]}\n" for name in sorted(entries))
    path.write_text(text, encoding="utf-8", newline="\n")


def fingerprint(module):
    """Hash of a recipe's code without comments and docstrings: whether a result is that of the recipe."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and node.body
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def machine():
    """The processor in words, such as "AMD EPYC, 2 cores, Linux"."""
    import os

    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def versions():
    """{"python": …, "tensorflow": …} of what decides a result."""
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in PACKAGES:
        for name in (package, f"{package}-cpu"):
            try:
                found[package] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
    return found


def compact(value, depth=0):
    """JSON with one line for each innermost list: small, and readable in a comparison."""
    if isinstance(value, dict) and value:
        inner = ",\n".join(
            f"{' ' * (depth + 1)}{json.dumps(key, ensure_ascii=False)}: {compact(item, depth + 1)}"
            for key, item in value.items()
        )
        return "{\n" + inner + "\n" + " " * depth + "}"
    if isinstance(value, list) and value and any(isinstance(item, list | dict) for item in value):
        inner = ",\n".join(" " * (depth + 1) + compact(item, depth + 1) for item in value)
        return "[\n" + inner + "\n" + " " * depth + "]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
