"""Lectures: which cells stand on which slide, what is refused, and that the notebooks know nothing of it."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from imgrec_course import contents
from imgrec_course.authoring import build as builder
from imgrec_course.authoring.build import assemble, build
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.authoring.slides import (
    abridged,
    has_lecture,
    read_deck,
    scores_html,
    slides,
    total_minutes,
    trimmed,
)
from imgrec_course.cli import main
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import LESSONS

# Lessons of the syllabus that are not marked as lectures yet: to be emptied.
NOT_YET = ()
MINUTES = {"00": (15, 25)}  # of a lecture, where they are not 30 to 45
NAMES = [lesson["name"] for lesson in contents.lessons()]

LESSON = '''
# %% [markdown] lang="en" slide="slide" take="heading"
# # 07 · A demonstration
# Long prose that stands on no slide.

# %% [markdown] lang="zh"
# # 07 · 演示
# 不上幻灯片的长文字。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Say hello.

# %% [markdown] lang="zh"
# **1 分钟。** 问好。

# %% [markdown] lang="en" slide="slide" take="heading formula predict"
# ## Two sums
# Prose with $a$ in it.
#
# $$a + b < c$$
#
# - a list
#
# **Predict first.** Which one is larger?

# %% [markdown] lang="zh"
# ## 两个和
# 含 $a$ 的文字。
#
# $$a + b < c$$
#
# - 一个列表
#
# **先预测。** 哪个更大？

# %% [markdown] lang="en" only="slides" slide="fragment"
# A short line with a [link](03_other.ipynb) and [another](https://example.org/).

# %% [markdown] lang="zh"
# 一行短文字，带[链接](03_other.ipynb)和[另一个](https://example.org/)。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Wait.

# %% [markdown] lang="zh"
# **1.5 分钟。** 等一等。

# %%
unseen = 1

# %% slide="subslide" show="both" outputs="1 3" column="right"
print("three outputs")

# %% slide="same" tags=["exercise"]
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% [markdown] lang="en" slide="notes"
# Notes without minutes.

# %% [markdown] lang="zh"
# 没有分钟数的备注。
'''


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A lesson with built notebooks; in place of a kernel, three outputs under every code cell."""
    lessons, notebooks = tmp_path / "lessons", tmp_path / "notebooks"
    lessons.mkdir()
    (lessons / "07_demo.py").write_text(LESSON.lstrip(), encoding="utf-8")

    def execute(notebook, label):
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        texts = ("first <one>\n", "second\n", "third\n")
        outputs = [nbformat.v4.new_output("stream", text=text) for text in texts]
        return {"cells": [(n, outputs) for n, _ in enumerate(cells, 1)], "widgets": None}

    monkeypatch.setattr(builder, "execute", execute)
    build((), lessons, notebooks)
    return lessons, notebooks


def deck_of(folders, language="en"):
    lessons, notebooks = folders
    return read_deck(read_lesson(lessons / "07_demo.py"), language, notebooks)[0]


def edit(folders, old, new):
    path = folders[0] / "07_demo.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# From cells to slides


def test_marked_cells_and_they_alone_stand_on_slides(folders):
    first, second, third = deck_of(folders)
    assert (first.heading, first.left, first.minutes) == ("07 · A demonstration", [], 1)
    assert second.heading == third.heading == "Two sums"
    body = "".join(second.left)
    assert r"\[" in body and "a + b &lt; c" in body
    assert '<div class="predict"><p><strong>Predict first.' in body
    assert "list" not in body and "Prose" not in body
    assert second.minutes == 1.5 and third.minutes is None
    everything = str([first, second, third])
    assert "unseen" not in everything and "Long prose" not in everything


def test_a_fragment_comes_at_a_key_and_only_links_out_of_the_course_stay(folders):
    fragment = deck_of(folders)[1].left[-1]
    assert fragment.startswith('<div class="fragment">')
    assert "<a>link</a>" in fragment
    assert '<a href="https://example.org/">' in fragment


def test_code_and_counted_outputs_stand_in_the_right_column(folders):
    third = deck_of(folders)[2]
    assert len(third.right) == 1
    assert (
        "first &lt;one&gt;" in third.right[0] and "third" in third.right[0] and "second" not in third.right[0]
    )
    assert "three outputs" in third.right[0]
    learner = re.sub("<[^>]+>", "", third.left[0])
    assert "raise NotImplementedError" in learner and "2 * x" not in learner  # slides give nothing away


def test_both_languages_have_the_same_slides(folders):
    english, chinese = deck_of(folders), deck_of(folders, "zh")
    assert [slide.minutes for slide in english] == [slide.minutes for slide in chinese]
    assert chinese[1].heading == "两个和"
    assert "先预测。" in chinese[1].left[0]


def test_code_is_abridged_for_a_slide():
    text = '''def f(x):
    """First line.

    More of it.
    """
    if x < 0:
        raise ValueError("x must be at least 0")
    if x == 0:
        return 1
    return x
'''
    assert (
        abridged(text) == 'def f(x):\n    """First line."""\n    if x == 0:\n        return 1\n    return x'
    )
    assert abridged("%timeit f(1)") == "%timeit f(1)"
    assert abridged("x = 1\ny = 2") == "x = 1\ny = 2"


def test_lines_of_the_scoreboard_become_one_table():
    interval = (0.5, 0.875)
    both = {"precision_interval": interval, "recall_interval": interval, "recall": 0.75, "f1": 0.625}
    rows = [
        {"model": "a < b", "data": "eight clips", "precision": 0.75, "average_precision": 0.25, **both},
        {"model": "says nothing", "data": "eight clips", "precision": None, **both},
    ]
    table = scores_html(rows)
    assert table.count("<tr>") == 3
    assert "a &lt; b<br><small>eight clips" in table
    assert "<td>0.750 <small>[0.500, 0.875]</small></td>" in table
    assert "<td>– <small>" in table  # no precision is no number
    assert re.findall(r'scope="col">(\w+)<', table) == ["P", "R", "F1", "AP"]
    assert re.findall(r'scope="col">(\w+)<', scores_html(rows[1:])) == ["P", "R", "F1"]


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_loses_its_white_border(kind):
    import io

    from PIL import Image

    def stored(image):
        buffer = io.BytesIO()
        image.save(buffer, format=kind)
        return buffer.getvalue()

    image = Image.new("RGB", (300, 200), "white")
    image.paste((0, 114, 178), (20, 30, 120, 90))
    small = Image.open(io.BytesIO(trimmed(stored(image))))
    assert small.width in range(108, 120) and small.height in range(68, 80)
    full = stored(Image.new("RGB", (300, 200), "navy"))
    assert trimmed(full) == full
    blank = stored(Image.new("RGB", (300, 200), "white"))
    assert trimmed(blank) == blank


# The folder


def test_the_folder_holds_decks_scripts_and_a_list(folders, tmp_path, capsys):
    folder = tmp_path / "out"
    written = slides((), folder, lessons=folders[0], notebooks=folders[1])
    assert written == [folder / "en" / "07_demo.html", folder / "zh" / "07_demo.html"]
    said = capsys.readouterr().out
    assert "07_demo: 3 slides, 2.5 minutes" in said
    assert f"Open {(folder / 'index.html').resolve()} in a browser" in said
    english, chinese = (path.read_text(encoding="utf-8") for path in written)
    assert 'href="../zh/07_demo.html#/1"' in english and 'href="../en/07_demo.html#/2"' in chinese
    assert 'data-timing="90"' in english
    assert "3 / 3" in english
    assert "when this slide ends, 2.5 min have passed and 0 remain" in english
    assert '<html lang="zh-CN">' in chinese
    assets = {path.name for path in (folder / "assets").iterdir()}
    for page in (english, chinese):
        assert set(re.findall(r'(?:src|href)="\.\./assets/([^"]+)"', page)) <= assets
        assert not re.search(r'(?:src|href)="(?!\.\./|data:|https://example\.org)', page)
    assert {"reveal.LICENSE.txt", "tex-svg.LICENSE.txt"} <= assets
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*.*"))}
    slides((), folder, lessons=folders[0], notebooks=folders[1])
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*.*"))} == before


def test_a_folder_of_something_else_is_refused_and_left_alone(folders, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(CourseError, match="mine holds other files: name a new or an empty folder"):
        slides((), folder, lessons=folders[0], notebooks=folders[1])
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    with pytest.raises(CourseError, match=r"letter\.txt is a file"):
        slides((), folder / "letter.txt", lessons=folders[0], notebooks=folders[1])


def test_without_chromium_one_sentence_and_nothing_written(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: "chrom" not in str(self) and exists(self))
    with pytest.raises(CourseError, match="There is no Chromium to print the slides with"):
        slides((), tmp_path / "out", pdf=True, lessons=folders[0], notebooks=folders[1])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'slide="slide" take="heading"\n',
            'slide="fragment"\n',
            "cell 1 .*the first cell that is marked must be a slide",
        ),
        ('take="heading"', 'take="headline"', "cell 1 .*take is 'headline', expected one of heading, text"),
        ("**Predict first.**", "**Guess first.**", "cell 5 .*take=predict, but the text has no such part"),
        ('only="slides"', 'only="site"', "cell 7 .*only is 'site', expected one of slides"),
        ('only="slides" slide="fragment"', 'only="slides"', "cell 7 .*only without slide="),
        ('show="both"', 'show="all"', "cell 12 .*show is 'all', expected one of code, output, both"),
        ('outputs="1 3"', 'outputs="1 0"', "cell 12 .*outputs is '0', expected"),
        ('outputs="1 3"', 'outputs="1 5"', "cell 12 .*outputs counts up to 5, but it has 3"),
        ('column="right"', 'column="middle"', "cell 12 .*column is 'middle', expected one of right"),
        (
            'slide="same" tags',
            'slide="notes" tags',
            "cell 13 .*show= and outputs= belong to code cells; only=",
        ),
        (
            "**1.5 分钟。**",
            "**2 分钟。**",
            "slide 2: its notes state 1.5 minutes in English and 2.0 in Chinese",
        ),
        (
            "three outputs",
            "four outputs",
            r"The notebooks of lesson 07_demo are not of its present text: run `imgrec build 07`",
        ),
    ],
)
def test_faults_are_named_with_their_place_and_nothing_is_written(folders, tmp_path, old, new, sentence):
    edit(folders, old, new)
    with pytest.raises(CourseError, match=sentence):
        slides((), tmp_path / "out", lessons=folders[0], notebooks=folders[1])
    assert not (tmp_path / "out").exists()


def test_a_lesson_without_notes_has_no_lecture(folders, tmp_path):
    text = (folders[0] / "07_demo.py").read_text(encoding="utf-8")
    text = without_marks(text)
    (folders[0] / "07_demo.py").write_text(text, encoding="utf-8")
    assert not has_lecture(read_lesson(folders[0] / "07_demo.py"))
    with pytest.raises(CourseError, match="Lesson 07_demo has no lecture: mark cells"):
        slides(["07"], tmp_path / "out", lessons=folders[0], notebooks=folders[1])
    assert slides((), tmp_path / "out", lessons=folders[0], notebooks=folders[1]) == []


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("a")
    assert main(["slides", "00", "--folder", str(tmp_path)]) == 1
    assert "holds other files" in capsys.readouterr().err
    assert main(["slides", "77"]) == 1
    assert "There is no lesson 77" in capsys.readouterr().err


# The notebooks know nothing of slides


def without_marks(text):
    """A lesson's source without what is there for slides."""
    blocks = re.split(r"(?m)^(?=# %%)", text)
    kept, skip = [], False
    for block in blocks:
        header = block.partition("\n")[0]
        if 'lang="zh"' in header:
            if not skip:
                kept.append(block)
            skip = False
            continue
        skip = 'only="slides"' in header or 'slide="notes"' in header
        if not skip:
            plain = re.sub(r' (?:slide|take|show|outputs|column)="[^"]*"', "", header)
            kept.append(plain + block[len(header) :])
    return "".join(kept)


@pytest.mark.parametrize("path", lesson_paths(), ids=lambda path: path.stem[:2])
def test_marks_change_no_notebook(path, tmp_path):
    shutil.copyfile(LESSONS / "references.bib", tmp_path / "references.bib")
    plain = tmp_path / path.name
    plain.write_text(without_marks(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert "slide=" not in plain.read_text(encoding="utf-8")
    marked, unmarked = read_lesson(path), read_lesson(plain)
    for language in LANGUAGES:
        for edition in ("learner", "solutions"):
            assert assemble(marked, language, edition) == assemble(unmarked, language, edition)
    # An execution key is made of the code (and of modules and data that the code names): it stays, too.
    assert marked.code("solutions") == unmarked.code("solutions")


def test_the_instructors_edition_is_the_solutions_and_the_notes(folders):
    lesson = read_lesson(folders[0] / "07_demo.py")
    instructor, solutions = (assemble(lesson, "en", edition) for edition in ("instructor", "solutions"))
    notes = [cell for cell in instructor.cells if cell.metadata.get("tags") == ["notes"]]
    assert [cell.source.partition("\n")[0] for cell in notes] == [
        "**1 min.** Say hello.", "**1.5 min.** Wait.", "Notes without minutes.",
    ]  # fmt: skip
    assert [cell for cell in instructor.cells if cell not in notes] == solutions.cells
    assert "A short line" not in str(instructor)
    nbformat.validate(instructor)


# The course's lectures


def test_the_list_of_lessons_without_lecture_is_true():
    found = tuple(path.stem[:2] for path in lesson_paths() if not has_lecture(read_lesson(path)))
    assert set(found) == set(NOT_YET) & {path.stem[:2] for path in lesson_paths()}


@pytest.mark.parametrize("name", [name for name in NAMES if name[:2] not in NOT_YET])
def test_a_lecture_is_whole(name):
    lesson = read_lesson(LESSONS / f"{name}.py")
    for language in LANGUAGES:
        deck, _ = read_deck(lesson, language)
        assert len(deck) >= 12
        assert [number for number, slide in enumerate(deck, 1) if not slide.notes or not slide.minutes] == []
        low, high = MINUTES.get(name[:2], (30, 45))
        assert low <= total_minutes(deck) <= high
        assert all(slide.heading for slide in deck)
        words = "".join("".join(slide.left + slide.right) for slide in deck)
        assert "blockquote" in words, "a question for the room"
        assert words.count('class="predict"') >= 1
        assert "<figure>" in words
        notes = "".join("".join(slide.notes) for slide in deck)
        assert {"en": "Misconception", "zh": "常见误解"}[language] in notes
