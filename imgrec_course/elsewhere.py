"""The course on Google Colab and on Binder: badges, and a first cell that fetches what is missing there.

Nothing of this appears until pyproject.toml says where the course is published:

    [project.urls]
    Repository = "https://github.com/OWNER/NAME"
"""

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from imgrec_course.language import CourseError, say
from imgrec_course.paths import ROOT

FOLDER = "image-recognition"  # what a clone is called there
CELL = "elsewhere"  # id and tag of the first cell

# What of pyproject.toml's requirements makes JupyterLab and the editions: a place that runs notebooks has
# its own, and to replace the kernel under a running notebook would break it.
OF_THE_PLACE = re.compile(r"jupyt|ipykernel|ipywidgets|nb")


def project():
    """The table [project] of pyproject.toml."""
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def repository():
    """The address from which the course can be cloned; None as long as it is published nowhere."""
    return project().get("urls", {}).get("Repository") or None


def first_cell(address, language):
    """The code of a notebook's first cell: it does nothing where the package can be imported."""
    return textwrap.dedent(
        f"""\
        # On Google Colab, and wherever else the course is not installed, this fetches it.
        try:
            import imgrec_course
        except ModuleNotFoundError:
            import pathlib, subprocess, sys

            if not pathlib.Path("{FOLDER}").exists():
                clone = ["git", "clone", "--quiet", "--depth", "1", {json.dumps(address)}]
                subprocess.run([*clone, "{FOLDER}"], check=True)
            sys.path.insert(0, str(pathlib.Path("{FOLDER}").resolve()))
            from imgrec_course.elsewhere import prepare

            prepare("{language}")"""
    )


def add_first_cell(notebook, language):
    """Put that cell before the others of a finished notebook, if the course is published.

    It has neither number nor output: those of the other cells, by which a lesson is known to be up to date,
    are the same with it and without it.
    """
    from nbformat import v4

    address = repository()
    if address:
        tags = [CELL, "remove-cell"]  # the web edition leaves it out
        cell = v4.new_code_cell(first_cell(address, language), id=CELL, metadata={"tags": tags})
        notebook.cells.insert(0, cell)


def without_first_cell(notebook):
    """The notebook's code cells that come from its lesson."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != CELL]


def badges(address, language):
    """The READMEs' line of badges; only for GitHub, which is where Binder and Colab look by these links."""
    parts = urlsplit(address)
    if parts.hostname != "github.com":
        return ""
    place = parts.path.strip("/").removesuffix(".git")
    lesson = f"notebooks/{language}/00_start_here.ipynb"
    binder = f"https://mybinder.org/v2/gh/{place}/HEAD?urlpath=lab/tree/{lesson}"
    colab = f"https://colab.research.google.com/github/{place}/blob/HEAD/{lesson}"
    return (
        f"[![Binder](https://mybinder.org/badge_logo.svg)]({binder}) "
        f"[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    )


def prepare(language):
    """Install what the lessons import and is missing here, without touching a TensorFlow that is there.

    language   "en" or "zh", of the notebook: here no folder's name says it
    """
    os.environ.setdefault("IMGREC_LANG", language)
    # Also for the processes that a lesson starts.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    wanted = missing()
    if wanted:
        say("Installing {packages} …", packages=", ".join(wanted))
        install(wanted)
    show_explorers()
    say("The course is ready.")


def missing():
    """Those of the lessons' requirements that this Python does not meet, as pip takes them."""
    from packaging.requirements import Requirement

    wanted = [text for text in project()["dependencies"] if not OF_THE_PLACE.match(text)]
    if importlib.util.find_spec("tensorflow") is None:
        wanted += project()["optional-dependencies"]["tensorflow"]
    found = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        if not requirement.specifier.contains(version_of(requirement.name) or "0", prereleases=True):
            found.append(f"{requirement.name}{requirement.specifier}")
    return found


def version_of(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def install(wanted):
    """Install these requirements with pip; TensorFlow and NumPy stay as they are."""
    installed = {name: version_of(name) for name in ("tensorflow", "tensorflow-cpu", "numpy")}
    kept = [f"{name}=={version}" for name, version in installed.items() if version]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch) / "kept.txt"
        constraints.write_text("\n".join(kept), encoding="utf-8")
        command += ["--constraint", str(constraints), *wanted]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CourseError(
            "What the course needs could not be installed ({reason}): check that this notebook may use the "
            "internet, restart its kernel, and run this cell again.",
            reason=lines[-1][:200] if lines else str(done.returncode),
        )
    importlib.invalidate_caches()


def show_explorers():
    """Colab shows widgets that are not its own only when asked to."""
    with contextlib.suppress(ImportError):
        from google.colab import output

        output.enable_custom_widget_manager()
