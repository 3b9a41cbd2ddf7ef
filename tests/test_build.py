"""The builder: one source → four notebooks, executed when needed, never half written."""

import json
import re
import textwrap

import nbformat
import pytest

from imgrec_course.authoring import build as builder
from imgrec_course.authoring.build import build, execution_key, imported_modules, needed_packages, write
from imgrec_course.authoring.lesson import read_lesson
from imgrec_course.language import CourseError
from imgrec_course.paths import ROOT

LESSON = '''
# %% [markdown] lang="en" slide="slide"
# # A title
# Text.

# %% [markdown] lang="zh"
# # 标题
# 文字。

# %% [markdown]
# $$x^2$$

# %%
from imgrec_course.checks import claim
from imgrec_course.language import say

x = 3

# %% source="imgrec_course.scratch.counting.confusion_counts"

# %% tags=["exercise"]
def square(x):
    """Square of x."""
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION

# %% tags=["exercise"]
### BEGIN SOLUTION
answer = 9
### END SOLUTION

# %%
claim("the course begins", x, at_least=2)
say("nothing wrong")
'''


@pytest.fixture
def folders(tmp_path):
    lessons, notebooks = tmp_path / "lessons", tmp_path / "notebooks"
    lessons.mkdir()
    (lessons / "07_demo.py").write_text(LESSON.lstrip(), encoding="utf-8")
    return lessons, notebooks


@pytest.fixture
def executions(monkeypatch):
    """Stand-in for the kernel: counts the executions, gives every code cell one output."""
    labels = []

    def execute(notebook, label):
        labels.append(label)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        output = nbformat.v4.new_output("stream", text=f"run {len(labels)}\n")
        return {"cells": [(n, [output]) for n, _ in enumerate(cells, 1)], "widgets": None}

    monkeypatch.setattr(builder, "execute", execute)
    return labels


def read(notebooks, where):
    return nbformat.read(notebooks / where / "07_demo.ipynb", as_version=4)


def edit(lessons, old, new):
    path = lessons / "07_demo.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(notebooks):
    return {path: path.read_bytes() for path in sorted(notebooks.rglob("*.ipynb"))}


@pytest.mark.slow
def test_a_lesson_is_executed_and_reads_right_in_both_languages(folders, capsys):
    lessons, notebooks = folders
    assert len(build((), lessons, notebooks)) == 4
    english, chinese = read(notebooks, "en"), read(notebooks, "zh")
    assert [c.source for c in english.cells[:2]] == ["# A title\nText.", "$$x^2$$"]
    assert [c.source for c in chinese.cells[:2]] == ["# 标题\n文字。", "$$x^2$$"]
    assert english.cells[0].metadata == {}  # what is marked for slides is the slides' alone
    assert [c.id for c in english.cells] == [c.id for c in chinese.cells]
    assert [c.execution_count for c in english.cells if c.cell_type == "code"] == [1, 2, 3, 4, 5]
    texts = [o.data["text/plain"] for o in english.cells[-1].outputs]
    assert texts == ["✓ the course begins at least 2 (measured 3)", "nothing wrong"]
    texts = [o.data["text/plain"] for o in chinese.cells[-1].outputs]
    assert texts == ["✓ the course begins：不低于 2（实测 3）", "没有返回错的"]
    assert "executed learner and solutions" in capsys.readouterr().out
    before = snapshot(notebooks)
    assert build((), lessons, notebooks) == []
    assert snapshot(notebooks) == before
    assert "nothing to execute, 0 of 4" in capsys.readouterr().out


def test_exercises_have_a_stub_in_the_learners_edition_and_the_answer_in_the_other(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    learner = [c.source for c in read(notebooks, "zh").cells]
    solved = [c.source for c in read(notebooks, "en/solutions").cells]
    assert learner[4] == (
        'def square(x):\n    """Square of x."""\n    # YOUR CODE HERE\n    raise NotImplementedError'
    )
    assert solved[4] == 'def square(x):\n    """Square of x."""\n    return x * x'
    assert learner[5] == "answer = ...  # YOUR ANSWER HERE"
    assert solved[5] == "answer = 9"
    assert learner[3].startswith("def confusion_counts(labels, returned):")
    for text in learner + solved:
        assert "SOLUTION" not in text


def test_text_alone_executes_nothing(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    assert executions == ["07_demo learner", "07_demo solutions"]
    before = snapshot(notebooks)
    edit(lessons, "# 文字。", "# 别的文字。")
    changed = build((), lessons, notebooks)
    assert len(executions) == 2
    assert {path.parent.name for path in changed} == {"zh", "solutions"}
    assert all("zh" in path.parts for path in changed)
    after = snapshot(notebooks)
    assert {path for path in after if after[path] != before[path]} == set(changed)


def test_a_changed_answer_executes_the_solutions_alone(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    edit(lessons, "return x * x", "return x**2")
    build((), lessons, notebooks)
    assert executions[2:] == ["07_demo solutions"]


def test_a_new_cell_leaves_the_ids_of_the_others(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    before = [c.id for c in read(notebooks, "en").cells]
    edit(lessons, "# %%\nfrom", "# %%\ny = 1\n\n# %%\nfrom")
    build((), lessons, notebooks)
    after = [c.id for c in read(notebooks, "en").cells]
    assert [i for i in after if i in before] == before
    assert len(after) == len(before) + 1
    assert len(set(after)) == len(after)


def test_equal_cells_have_different_ids(folders, executions):
    lessons, notebooks = folders
    edit(lessons, "# %%\nfrom", "# %%\nx = 1\n\n# %%\nx = 1\n\n# %%\nfrom")
    build((), lessons, notebooks)
    ids = [c.id for c in read(notebooks, "en").cells]
    assert len(set(ids)) == len(ids)


def test_a_lesson_that_is_gone_takes_its_notebooks_along(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    (lessons / "07_demo.py").rename(lessons / "08_demo.py")
    build(["8"], lessons, notebooks)
    assert len(snapshot(notebooks)) == 8  # naming lessons removes nothing
    build((), lessons, notebooks)
    assert {path.stem for path in snapshot(notebooks)} == {"08_demo"}


@pytest.mark.slow
def test_a_failing_cell_is_named_and_nothing_is_written(folders, capsys):
    lessons, notebooks = folders
    edit(lessons, "x = 3\n", "x = 3 / 0\n")
    with pytest.raises(CourseError, match=r"07_demo learner, cell 3 .*ZeroDivisionError: division by zero"):
        build((), lessons, notebooks)
    assert snapshot(notebooks) == {}
    assert "x = 3 / 0" in capsys.readouterr().err


@pytest.mark.slow
def test_a_cell_that_never_ends_and_a_kernel_that_dies_are_named(folders, monkeypatch):
    lessons, notebooks = folders
    monkeypatch.setattr(builder, "CELL_SECONDS", 2)
    edit(lessons, "x = 3\n", "while True:\n    pass\n")
    with pytest.raises(CourseError, match="cell 3: no end after 2 s"):
        build((), lessons, notebooks)
    edit(lessons, "while True:\n    pass\n", "import os\nos._exit(3)\n")
    with pytest.raises(CourseError, match="cell 3: the kernel died"):
        build((), lessons, notebooks)
    assert snapshot(notebooks) == {}


def test_an_interruption_leaves_the_old_notebook_whole(tmp_path, monkeypatch):
    path = tmp_path / "x.ipynb"
    notebook = nbformat.v4.new_notebook()
    write(notebook, path)
    before = path.read_bytes()
    notebook.metadata["imgrec"] = {"key": "1"}

    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(notebook, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_notebook_is_built_again(folders, executions):
    lessons, notebooks = folders
    build((), lessons, notebooks)
    before = read(notebooks, "en")
    path = notebooks / "en" / "07_demo.ipynb"
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    assert path in build((), lessons, notebooks)
    assert [c.source for c in read(notebooks, "en").cells] == [c.source for c in before.cells]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('# %% [markdown] lang="zh"\n# # 标题\n# 文字。\n', "", "cell 1 .*no Chinese twin"),
        ('# %% [markdown] lang="en" slide="slide"\n# # A title\n# Text.\n', "", "cell .*no English twin"),
        ('lang="zh"', 'lang="de"', "cell 2 .*lang is 'de', expected en or zh"),
        ("counting.confusion_counts", "counting.none", "cell 5: source=.*counting.none.* is no function"),
        ("scratch.counting", "scratch.nowhere", "cell 5: .* is no function or class of the package"),
        ("    ### BEGIN SOLUTION\n", "", "cell 6 .*an exercise needs its answer between"),
        ("    ### END SOLUTION\n", "", "cell 6 .*an exercise needs its answer between"),
        ('# %% tags=["exercise"]\ndef', "# %%\ndef", "cell 6 .*solution markers without"),
        ("answer = 9", "print(9)", "cell 7 .*must assign the names"),
        ('slide="slide"', 'slide="big"', "cell 1 .*slide is 'big', expected one of"),
        ('slide="slide"', 'slyde="slide"', "cell 1 .*unknown header slyde"),
        ('.confusion_counts"\n', '.confusion_counts"\nx = 1\n', "cell 5 .*must be empty"),
    ],
)
def test_a_faulty_lesson_is_refused_with_its_place(folders, executions, old, new, sentence):
    lessons, notebooks = folders
    edit(lessons, old, new)
    with pytest.raises(CourseError, match=f"07_demo, {sentence}"):
        build((), lessons, notebooks)
    assert executions == []
    assert snapshot(notebooks) == {}


def test_unknown_lesson(folders):
    with pytest.raises(CourseError, match="There is no lesson 31: the lessons are 07"):
        build(["31"], *folders)


@pytest.mark.parametrize("number", ["7", "07", "07_demo"])
def test_ways_to_name_a_lesson(folders, executions, number):
    assert len(build([number], *folders)) == 4


def test_the_key_follows_code_modules_data_and_lock(folders, tmp_path, monkeypatch):
    lessons, _ = folders
    data = tmp_path / "data" / "pictures"
    data.mkdir(parents=True)
    (data / "SHA256SUMS").write_text("1")
    monkeypatch.setattr(builder, "DATA", tmp_path / "data")

    def key():
        return execution_key(read_lesson(lessons / "07_demo.py"), "learner")

    first = key()
    (data / "SHA256SUMS").write_text("2")
    assert key() == first  # the lesson does not name that folder
    edit(lessons, "x = 3", 'x = 3  # "pictures"')
    second = key()
    assert second != first
    edit(lessons, 'x = 3  # "pictures"', 'x, folder = 3, "pictures"')
    third = key()
    (data / "SHA256SUMS").write_text("3")
    assert key() != third


def test_a_new_result_makes_no_older_lesson_due(folders, tmp_path, monkeypatch):
    lessons, _ = folders
    data = tmp_path / "data" / "results"
    data.mkdir(parents=True)
    monkeypatch.setattr(builder, "DATA", tmp_path / "data")
    edit(lessons, "x = 3", 'x, folder, name = 3, "results", "mine"')

    def key(sums):
        (data / "SHA256SUMS").write_text(sums)
        return execution_key(read_lesson(lessons / "07_demo.py"), "learner")

    first = key("1  mine.json\n")
    assert key("1  mine.json\n2  yours.json\n") == first
    assert key("3  mine.json\n2  yours.json\n") != first


def test_the_key_follows_the_packages_that_lessons_need(folders, tmp_path, monkeypatch):
    lessons, _ = folders
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / "requirements.txt").write_text(lock, encoding="utf-8")
    pins = needed_packages()
    names = {pin.partition("==")[0] for pin in pins}
    assert {"numpy", "tensorflow", "tensorflow-cpu", "h5py", "pillow", "ipykernel"} <= names
    assert not {"pytest", "ruff", "playwright", "nbval", "uv"} & names
    versions = {line.partition(" ")[0] for line in lock.splitlines() if line.startswith("numpy==")}
    assert versions == {pin.partition(" ")[0] for pin in pins if pin.startswith("numpy==")}

    monkeypatch.setattr(builder, "ROOT", tmp_path)

    def key(text):
        (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
        return execution_key(read_lesson(lessons / "07_demo.py"), "learner")

    first = key(lock)
    assert key(re.sub(r"^pytest==\S+", "pytest==1.0", lock, flags=re.MULTILINE)) == first
    assert key(re.sub(r"^h5py==\S+", "h5py==1.0", lock, flags=re.MULTILINE)) != first


def test_imports_are_followed_through_the_package():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in imported_modules(["from imgrec_course.checks import check"])
    }
    assert "imgrec_course/checks/exercises.py" in found
    assert "imgrec_course/progress.py" not in found
    nested = imported_modules(["def f():\n    import imgrec_course.scoreboard"])
    assert "imgrec_course/metrics.py" in {path.relative_to(ROOT).as_posix() for path in nested}
    assert imported_modules(["import numpy"]) == []


def test_widget_state_speaks_the_notebooks_language(folders, monkeypatch):
    lessons, notebooks = folders
    kind = "application/vnd.jupyter.widget-state+json"

    def execute(notebook, label):
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        state = {"1": {"model_name": "A", "model_module": "a", "state": {"language": "en", "threshold": 0.5}}}
        widgets = {kind: {"version_major": 2, "version_minor": 0, "state": state}}
        return {"cells": [(n, []) for n, _ in enumerate(cells, 1)], "widgets": widgets}

    monkeypatch.setattr(builder, "execute", execute)
    build((), lessons, notebooks)
    for language in ("en", "zh"):
        stored = json.loads((notebooks / language / "07_demo.ipynb").read_text(encoding="utf-8"))
        assert stored["metadata"]["widgets"][kind]["state"]["1"]["state"]["language"] == language


def test_contributing_shows_a_lesson_that_builds(folders, executions):
    """The example in CONTRIBUTING.md is a lesson; it stays one."""
    lessons, notebooks = folders
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    (lessons / "08_example.py").write_text(textwrap.dedent(example), encoding="utf-8")
    assert len(build(["08"], lessons, notebooks)) == 4
