"""The course on Google Colab, on Binder and in a container; nothing of Colab as long as no address is set."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter

import nbformat
import pytest
import yaml

from imgrec_course import elsewhere, lab
from imgrec_course.authoring.build import assemble, build, execution_key, fill, notebook_path, stored_outputs
from imgrec_course.authoring.lesson import read_lesson
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import NOTEBOOKS, ROOT

ADDRESS = "https://github.com/someone/image-recognition"
READMES = {"en": "README.md", "zh": "README.zh.md"}
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
LESSON = """\
# %% [markdown] lang="en"
# # A title

# %% [markdown] lang="zh"
# # 标题

# %%
print(1 + 1)
"""


@pytest.fixture
def published(monkeypatch):
    monkeypatch.setattr(elsewhere, "repository", lambda: ADDRESS)


def test_the_address_stands_in_pyproject_alone(tmp_path, monkeypatch):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert elsewhere.repository() == project.get("urls", {}).get("Repository")
    monkeypatch.setattr(elsewhere, "ROOT", tmp_path)
    for urls, expected in (("", None), ('Repository = ""', None), (f'Repository = "{ADDRESS}"', ADDRESS)):
        (tmp_path / "pyproject.toml").write_text(f"[project.urls]\n{urls}\n", encoding="utf-8")
        assert elsewhere.repository() == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readmes_have_badges_just_when_there_is_an_address(language):
    text = (ROOT / READMES[language]).read_text(encoding="utf-8")
    address = elsewhere.repository()
    line = elsewhere.badges(address, language) if address else ""
    if line:
        assert line in text, f"put this line under the title of {READMES[language]}:\n{line}"
    else:
        assert not re.search(r"mybinder\.org|colab\.research", text)


def test_the_badges_lead_to_a_notebook_that_there_is():
    for language in LANGUAGES:
        line = elsewhere.badges(ADDRESS + ".git", language)
        assert line == elsewhere.badges(ADDRESS, language)
        assert line.count("someone/image-recognition/") == 2
        for path in re.findall(r"(notebooks/[\w/]+\.ipynb)", line):
            assert (ROOT / path).exists()
    assert elsewhere.badges("https://example.org/course.git", "en") == "", "Binder and Colab look at GitHub"


def test_with_an_address_notebooks_begin_with_the_cell_and_no_lesson_is_due(tmp_path, monkeypatch, capsys):
    lessons, notebooks = tmp_path / "lessons", tmp_path / "notebooks"
    lessons.mkdir()
    (lessons / "00_one.py").write_text(LESSON, encoding="utf-8")
    build([], lessons, notebooks)
    before = {path: path.read_text(encoding="utf-8") for path in notebooks.rglob("*.ipynb")}
    assert len(before) == 4
    assert not any(elsewhere.FOLDER in text for text in before.values())
    monkeypatch.setattr(elsewhere, "repository", lambda: ADDRESS)
    for changed in (4, 0):
        capsys.readouterr()
        build([], lessons, notebooks)
        assert f"nothing to execute, {changed} of 4 notebooks changed" in capsys.readouterr().out
    for path in before:
        notebook = nbformat.read(path, as_version=4)
        first = notebook.cells.pop(0)
        assert first.id == elsewhere.CELL
        assert first.execution_count is None
        assert first.outputs == []
        assert ADDRESS in first.source
        assert f'prepare("{path.relative_to(notebooks).parts[0]}")' in first.source
        assert notebook == nbformat.reads(before[path], as_version=4)
    monkeypatch.undo()
    build([], lessons, notebooks)
    assert {path: path.read_text(encoding="utf-8") for path in before} == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cells_of_the_course_are_the_same_with_an_address(published, language):
    lesson = read_lesson(next((ROOT / "lessons").glob("00_*.py")))
    path = notebook_path(NOTEBOOKS, "en", "learner", lesson.name)
    key = nbformat.read(path, as_version=4).metadata["imgrec"]["key"]
    outputs = stored_outputs(path, key)
    notebook = assemble(lesson, language, "learner")
    if len(outputs["cells"]) != len(elsewhere.without_first_cell(notebook)):
        pytest.skip("lesson 00 is due for execution")
    cells = [cell.id for cell in notebook.cells]
    fill(notebook, outputs, language)
    assert [cell.id for cell in notebook.cells] == [elsewhere.CELL, *cells]
    nbformat.validate(notebook)
    assert len(execution_key(lesson, "learner")) == 16


def test_where_the_course_is_installed_the_cell_does_nothing(tmp_path, capsys):
    names = {}
    exec(elsewhere.first_cell(ADDRESS, "en"), names)
    assert set(names) == {"__builtins__", "imgrec_course"}
    assert capsys.readouterr() == ("", "")


def test_the_cell_is_short_and_quotes_what_it_is_given():
    text = elsewhere.first_cell('https://x/"a"', "zh")
    assert len(text.splitlines()) <= 15
    assert max(map(len, text.splitlines())) <= 92
    compile(text, "cell", "exec")
    assert '"https://x/\\"a\\""' in text


def test_a_tensorflow_that_is_there_stays(monkeypatch):
    """As on Colab: an older Keras and scikit-learn are renewed, TensorFlow, NumPy and Jupyter are not."""
    there = {"tensorflow": "2.19.0", "numpy": "2.0.2", "keras": "3.10.0", "scikit-learn": "1.6.1"}
    there |= {"matplotlib": "3.10.0", "pillow": "11.3.0", "scipy": "1.16.1", "ipykernel": "6.17.1"}
    monkeypatch.setattr(elsewhere, "version_of", there.get)
    assert elsewhere.missing() == ["anywidget>=0.11", "keras>=3.15", "scikit-learn>=1.7"]
    commands = []

    def run(command, **settings):
        kept = command[command.index("--constraint") + 1]
        with open(kept, encoding="utf-8") as file:  # noqa: PTH123  (a name that pip is given)
            commands.append((command[-1], file.read().split()))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    elsewhere.install(["anywidget>=0.11"])
    assert commands == [("anywidget>=0.11", ["tensorflow==2.19.0", "numpy==2.0.2"])]


def test_where_there_is_no_tensorflow_it_is_installed(monkeypatch):
    monkeypatch.setattr(elsewhere.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(elsewhere, "version_of", lambda name: None)
    wanted = elsewhere.missing()
    assert len([each for each in wanted if each.startswith("tensorflow")]) == 1, "the one for this machine"
    assert not [each for each in wanted if re.match("jupyter|ipy|nb", each)]


def test_an_installation_that_fails_is_one_sentence(monkeypatch):
    done = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: No matching distribution found for a\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.setenv("IMGREC_LANG", "en")
    with pytest.raises(CourseError) as caught:
        elsewhere.install(["a"])
    assert str(caught.value).startswith("What the course needs could not be installed (ERROR: No matching")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "lesson"), [("en", "00_start_here"), ("zh", "01_precision_and_recall")])
def test_in_an_empty_folder_the_cell_fetches_the_course_and_the_lesson_runs(tmp_path, language, lesson):
    """A Python that knows all packages and not the course, as Colab's; a folder with the notebook alone."""
    from test_bundle import committed_copy

    clone, place = tmp_path / "clone", tmp_path / "content"
    clone.mkdir()
    place.mkdir()
    committed_copy(clone)
    notebook = nbformat.read(NOTEBOOKS / language / "solutions" / f"{lesson}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != elsewhere.CELL]
    cell = nbformat.v4.new_code_cell(elsewhere.first_cell(clone.as_uri(), language))
    notebook.cells.insert(0, cell)
    nbformat.write(notebook, place / "lesson.ipynb")
    # Without -S this Python would find the course by the .pth file that an editable installation leaves.
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    see = f"import sys; sys.path.append({packages!r})\n"
    kernel = see + "from ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance()"
    code = see + (
        "import nbclient, nbformat\n"
        "from jupyter_client.manager import AsyncKernelManager\n"
        "class Bare(AsyncKernelManager):\n"
        "    def format_kernel_cmd(self, extra_arguments=None):\n"
        f"        return [sys.executable, '-S', '-c', {kernel!r}, '-f', self.connection_file]\n"
        "notebook = nbformat.read('lesson.ipynb', as_version=4)\n"
        "nbclient.NotebookClient(notebook, timeout=300, kernel_manager_class=Bare).execute()\n"
        "nbformat.write(notebook, 'done.ipynb')\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "IMGREC_LANG")
    }
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=place, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (place / elsewhere.FOLDER / "course.py").exists()
    executed = nbformat.read(place / "done.ipynb", as_version=4)
    said = [o.data["text/plain"] for o in executed.cells[0].outputs]
    assert said == [{"en": "The course is ready.", "zh": "课程已就绪。"}[language]]
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    marks = Counter(output.get("data", {}).get("text/plain", " ")[:1] for output in outputs)
    assert marks["✓"] > 5
    assert not marks["✗"] + marks["○"]


# Docker and Binder.


def instructions():
    """[(word, rest)] of the Dockerfile, continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def test_everything_that_the_container_copies_is_there():
    sources = []
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            *froms, _ = [part for part in rest.split() if not part.startswith("--")]
            sources += froms
    assert len(sources) > 8
    for source in sources:
        assert (ROOT / source).exists(), source
    copied = [part for word, rest in instructions() if word == "COPY" for part in rest.split()]
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "my_course", "wheels"} <= set(ignored)
    assert not set(ignored) & set(copied) - {".venv", "wheels"}, "those two come from the first stage"


def test_the_container_is_pinned_unprivileged_and_looked_after():
    said = dict(instructions())
    bases = [rest for word, rest in instructions() if word == "FROM"]
    assert bases == ["${BASE} AS build", "${BASE}"]
    python = re.fullmatch(r"BASE=python:(3\.\d+)-slim-\w+", said["ARG"])
    assert python[1] in ("3.11", "3.12", "3.13")
    words = [word for word, _ in instructions()]
    assert said["USER"] == "learner"
    assert words.index("USER") < words.index("CMD"), "nothing is started as root"
    assert {"HEALTHCHECK", "VOLUME", "EXPOSE"} <= set(words)
    assert "--require-hashes" in DOCKERFILE
    assert "sudo" not in DOCKERFILE
    command = json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"])
    assert command[:2] == ["imgrec", "lab"]
    from imgrec_course.cli import parse

    options = parse(command[1:])
    assert not vars(options)["others"]
    assert str(options.port) == said["EXPOSE"]
    assert options.folder.startswith(said["VOLUME"])


def test_what_the_first_stage_runs_needs_little_of_the_package(tmp_path):
    """The learner's part of the lock is found with the few files that the stage copies, and `packaging`."""
    import packaging

    for word, rest in instructions():
        if word == "COPY":
            *froms, to = [part for part in rest.split() if not part.startswith("--")]
            if to == "imgrec_course/" and len(froms) == 1 and froms[0] == to:
                break  # the rest of the package, copied after the packages are installed
            for source in froms:
                for path in [ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*.py"):
                    target = tmp_path / path.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(path.read_bytes())
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "packaging").symlink_to(os.path.dirname(packaging.__file__))  # noqa: PTH120
    # -S: no package of ours, nor the course in its whole.
    code = "import runpy, sys; sys.path[:0] = ['.', 'lib']; "
    code += "runpy.run_module('imgrec_course.authoring.bundle', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^\S+==", done.stdout, re.MULTILINE)) > 100
    assert "\npytest==" not in done.stdout


@pytest.mark.parametrize(("asked", "expected"), [(None, "127.0.0.1"), ("0.0.0.0", "0.0.0.0")])
def test_only_the_container_listens_to_others(tmp_path, monkeypatch, asked, expected):
    monkeypatch.delenv("IMGREC_LISTEN", raising=False)
    if asked:
        monkeypatch.setenv("IMGREC_LISTEN", asked)
    assert f"--ServerApp.ip={expected}" in lab.command("en", tmp_path, None, False)
    assert re.findall(r"IMGREC_LISTEN=(\S+)", DOCKERFILE) == ["0.0.0.0"]


def test_binder_takes_the_environment_and_not_the_container():
    """repo2docker prefers a Dockerfile, and a folder binder/, to environment.yml."""
    for name in ("Dockerfile", "binder", ".binder"):
        assert not (ROOT / name).exists(), name
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == "image-recognition"
    assert os.access(ROOT / "postBuild", os.X_OK) or os.name == "nt"
