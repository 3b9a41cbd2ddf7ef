"""Working copies: refreshed where the learner has not worked, and never at the learner's cost."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from nbformat.sign import NotebookNotary

from imgrec_course import workspace
from imgrec_course.language import CourseError
from imgrec_course.paths import ROOT
from imgrec_course.workspace import MARKER, find_working_copy, prepare, reset

NAMES = ("en/00_start_here.ipynb", "en/04_cnn.ipynb", "en/solutions/04_cnn.ipynb", "zh/04_cnn.ipynb")
LESSON = "en/04_cnn.ipynb"


def notebook(text, output="1", tags=()):
    cells = [
        nbformat.v4.new_markdown_cell("# A lesson", id="title"),
        nbformat.v4.new_code_cell(
            text,
            id="code",
            execution_count=1,
            metadata={"tags": list(tags)},
            outputs=[nbformat.v4.new_output("stream", text=output)],
        ),
    ]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def release(folder, version, names=NAMES):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook(f"version = {version!r}  # {name}"), encoding="utf-8")


def edit(path, text="mine = 1"):
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][1]["source"] = text
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")


@pytest.fixture
def course(tmp_path):
    """(released notebooks, working copy), the copy just made from release 1."""
    notebooks, copy = tmp_path / "notebooks", tmp_path / "copy"
    release(notebooks, 1)
    prepare(copy, notebooks)
    return notebooks, copy


def test_first_start_copies_both_languages_with_their_solutions(tmp_path):
    notebooks, copy = tmp_path / "notebooks", tmp_path / "copy"
    release(notebooks, 1)
    assert prepare(copy, notebooks) == dict.fromkeys(NAMES, "written")
    for name in NAMES:
        assert (copy / name).read_bytes() == (notebooks / name).read_bytes()
    assert prepare(copy, notebooks) == {}


def test_a_release_refreshes_what_was_not_touched(course):
    notebooks, copy = course
    release(notebooks, 2)
    assert prepare(copy, notebooks) == dict.fromkeys(NAMES, "refreshed")
    assert (copy / LESSON).read_bytes() == (notebooks / LESSON).read_bytes()


def test_outputs_and_metadata_do_not_count_as_touched(course):
    notebooks, copy = course
    (copy / LESSON).write_text(notebook(f"version = 1  # {LESSON}", output="2", tags=["x"]), encoding="utf-8")
    assert prepare(copy, notebooks) == {}, "what the learner computed stays while there is no release"
    release(notebooks, 2)
    assert prepare(copy, notebooks)[LESSON] == "refreshed"


def test_a_release_goes_beside_what_was_touched(course):
    notebooks, copy = course
    edit(copy / LESSON)
    mine = (copy / LESSON).read_bytes()
    assert prepare(copy, notebooks) == {}, "a touched copy is no reason to speak of a new version"
    release(notebooks, 2)
    assert prepare(copy, notebooks)[LESSON] == "put beside"
    assert (copy / LESSON).read_bytes() == mine
    assert (copy / "en/04_cnn.new.ipynb").read_bytes() == (notebooks / LESSON).read_bytes()
    assert LESSON not in prepare(copy, notebooks), "once a release"


def test_a_touched_new_version_is_not_overwritten_either(course):
    notebooks, copy = course
    edit(copy / LESSON)
    release(notebooks, 2)
    prepare(copy, notebooks)
    edit(copy / "en/04_cnn.new.ipynb", "mine = 2")
    mine = (copy / "en/04_cnn.new.ipynb").read_bytes()
    release(notebooks, 3)
    prepare(copy, notebooks)
    assert (copy / "en/04_cnn.new.ipynb").read_bytes() == mine
    assert (copy / "en/04_cnn.new-2.ipynb").read_bytes() == (notebooks / LESSON).read_bytes()


def test_an_untouched_new_version_follows_the_release_and_a_deleted_one_stays_away(course):
    notebooks, copy = course
    edit(copy / LESSON)
    new = copy / "en/04_cnn.new.ipynb"
    for version in (2, 3):
        release(notebooks, version)
        prepare(copy, notebooks)
        assert new.read_bytes() == (notebooks / LESSON).read_bytes()
    new.unlink()
    prepare(copy, notebooks)
    assert not new.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"cells": 3}', b'{"cells": [{"source": 1}]}', b"[" * 100_000],
)
def test_damaged_copies_count_as_touched(course, content):
    notebooks, copy = course
    (copy / LESSON).write_bytes(content)
    release(notebooks, 2)
    assert prepare(copy, notebooks)[LESSON] == "put beside"
    assert (copy / LESSON).read_bytes() == content


def test_pictures_pasted_into_a_cell_count_as_the_learners(course):
    notebooks, copy = course
    content = json.loads((copy / LESSON).read_text(encoding="utf-8"))
    content["cells"][0]["attachments"] = {"mine.png": {"image/png": "AAAA"}}
    (copy / LESSON).write_text(json.dumps(content), encoding="utf-8")
    release(notebooks, 2)
    assert prepare(copy, notebooks)[LESSON] == "put beside"


def test_a_deleted_copy_is_restored(course):
    notebooks, copy = course
    (copy / LESSON).unlink()
    shutil.rmtree(copy / "zh")
    assert prepare(copy, notebooks) == {LESSON: "written", "zh/04_cnn.ipynb": "written"}


@pytest.mark.parametrize("state", ["", "{", "[]", '{"written": 3}', '{"written": {}}', "null"])
def test_damaged_notes_make_every_copy_the_learners(course, state):
    notebooks, copy = course
    (copy / MARKER).write_text(state, encoding="utf-8")
    assert prepare(copy, notebooks) == {}, "what equals the release needs nothing beside it"
    (copy / MARKER).write_text(state, encoding="utf-8")
    release(notebooks, 2)
    assert set(prepare(copy, notebooks).values()) == {"put beside"}
    assert json.loads((copy / MARKER).read_text(encoding="utf-8"))["written"]


def test_a_folder_or_a_link_in_place_of_a_lesson_is_left_alone(course, tmp_path):
    notebooks, copy = course
    (copy / LESSON).unlink()
    (copy / LESSON).mkdir()
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_bytes((notebooks / NAMES[0]).read_bytes())
    (copy / NAMES[0]).unlink()
    try:
        (copy / NAMES[0]).symlink_to(elsewhere)
    except OSError:
        pytest.skip("this system lets nobody make symbolic links")
    release(notebooks, 2)
    done = prepare(copy, notebooks)
    assert done[LESSON] == done[NAMES[0]] == "put beside"
    assert (copy / LESSON).is_dir()
    assert "version = 1" in elsewhere.read_text(encoding="utf-8")


def test_reset_restores_the_lesson_and_keeps_the_file(course):
    notebooks, copy = course
    for number, kept_name in [("04", "04_cnn.old.ipynb"), ("4", "04_cnn.old-2.ipynb")]:
        edit(copy / LESSON, f"mine = {number!r}")
        mine = (copy / LESSON).read_bytes()
        lesson, kept = reset(number, "en", copy, notebooks)
        assert lesson == copy / LESSON
        assert lesson.read_bytes() == (notebooks / LESSON).read_bytes()
        assert kept.name == kept_name
        assert kept.read_bytes() == mine
    assert reset("04", "en", copy, notebooks)[1] is None, "nothing to keep: it is as released"
    release(notebooks, 2)
    assert prepare(copy, notebooks)[LESSON] == "refreshed"


def test_reset_of_an_unknown_lesson_names_the_lessons(course):
    notebooks, copy = course
    for number in ("7", "x", "", "04_other"):
        with pytest.raises(CourseError, match="the lessons are 00, 04"):
            reset(number, "en", copy, notebooks)


def test_the_working_copy_is_found_from_within(course, tmp_path, monkeypatch):
    _, copy = course
    assert find_working_copy(copy / "en" / "solutions") == copy.resolve()
    assert find_working_copy(tmp_path) is None
    monkeypatch.chdir(copy / "en")
    assert find_working_copy() == copy.resolve()


def test_without_notebooks_one_sentence(tmp_path):
    with pytest.raises(CourseError) as caught:
        prepare(tmp_path / "copy", tmp_path / "nothing")
    assert "There are no notebooks in" in str(caught.value)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("folder", [".", "notebooks", "lessons/x", "imgrec_course", ".venv/copy"])
def test_the_course_itself_is_no_place_for_a_working_copy(folder):
    with pytest.raises(CourseError) as caught:
        prepare(ROOT / folder)
    assert "belongs to the course itself" in str(caught.value)


def test_what_cannot_be_written_is_one_sentence(course, tmp_path):
    notebooks, _ = course
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        prepare(tmp_path / "file", notebooks)
    assert "cannot be written" in str(caught.value)


def test_a_full_disk_is_one_sentence_and_costs_nothing(course, monkeypatch):
    notebooks, copy = course
    release(notebooks, 2)
    before = (copy / LESSON).read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(CourseError) as caught:
        prepare(copy, notebooks)
    assert "The disk is full" in str(caught.value)
    assert (copy / LESSON).read_bytes() == before
    assert not list(copy.rglob("*.tmp"))


def test_copies_are_trusted(course):
    _, copy = course
    with NotebookNotary(**workspace.signatures(copy)) as notary:
        assert all(notary.check_signature(nbformat.read(copy / name, as_version=4)) for name in NAMES)


class Learner(RuleBasedStateMachine):
    """Any sequence of work, accidents and releases: every file that holds the learner's words stays."""

    WORD = "learner"
    names = st.sampled_from([*NAMES, "en/04_cnn.new.ipynb", "en/04_cnn.old.ipynb", "en/mine.ipynb"])

    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp())
        self.notebooks, self.copy = self.folder / "notebooks", self.folder / "copy"
        self.count = 1
        release(self.notebooks, 0)
        self.update()

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def works(self):
        """The learner's words, file by file."""
        files = [path for path in self.copy.rglob("*") if path.is_file()]
        return sorted(c for c in (path.read_bytes() for path in files) if self.WORD.encode() in c)

    def nothing_lost(self, action):
        before = self.works()
        action()
        after = self.works()
        for work in before:
            assert work in after

    @rule()
    def update(self):
        self.nothing_lost(lambda: prepare(self.copy, self.notebooks))
        for name in NAMES:
            assert (self.copy / name).exists()

    @rule()
    def new_release(self):
        self.count += 1
        release(self.notebooks, self.count)

    @rule()
    def old_release(self):
        release(self.notebooks, 0)

    @rule(number=st.sampled_from(["00", "04"]))
    def start_over(self, number):
        self.nothing_lost(lambda: reset(number, "en", self.copy, self.notebooks))

    @rule(name=names)
    def write(self, name):
        self.count += 1
        (self.copy / name).parent.mkdir(parents=True, exist_ok=True)
        (self.copy / name).write_text(notebook(f"{self.WORD} = {self.count}"), encoding="utf-8")

    @rule(name=names, cut=st.integers(0, 400))
    def damage(self, name, cut):
        path = self.copy / name
        if path.exists():
            path.write_bytes(path.read_bytes()[:cut] + self.WORD.encode())

    @rule(name=names)
    def compute(self, name):
        path = self.copy / name
        if path.exists():
            try:
                content = json.loads(path.read_bytes())
            except ValueError:
                return
            self.count += 1
            content["cells"][1]["outputs"][0]["text"] = str(self.count)
            path.write_text(json.dumps(content), encoding="utf-8")

    @rule(name=names)
    def delete(self, name):
        (self.copy / name).unlink(missing_ok=True)

    @rule(before=names, after=names)
    def rename(self, before, after):
        if (self.copy / before).exists():
            (self.copy / before).replace(self.copy / after)

    @precondition(lambda self: (self.copy / MARKER).exists())
    @rule(content=st.sampled_from(["", "{}", '{"written": {"en/04_cnn.ipynb": "x"}, "offered": {}}']))
    def damage_notes(self, content):
        (self.copy / MARKER).write_text(content, encoding="utf-8")

    @invariant()
    def no_half_written_file(self):
        if hasattr(self, "copy"):
            assert not list(self.copy.rglob("*.tmp"))


Learner.TestCase.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNothingIsLost = Learner.TestCase
