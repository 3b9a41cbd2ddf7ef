"""The contents page: it names what there is, counts what is solved, and spares what a learner has written."""

import json
import re

import nbformat
import pytest

from imgrec_course import contents, workspace
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.checks.exercises import exercises_of
from imgrec_course.language import LANGUAGES
from imgrec_course.paths import ROOT

READMES = {"en": "README.md", "zh": "README.zh.md"}
MINUTES = {"en": r"\*\*Time\*\* (\d+) minutes", "zh": r"\*\*时间\*\*：(\d+) 分钟"}


def everything():
    return {
        f"{lesson['name'][:2]}.{name}": "2026-01-01"
        for lesson in contents.lessons()
        for name in exercises_of(lesson["name"][:2])
    }


def shown(path):
    return nbformat.read(path, as_version=4).cells[1].outputs[0].data["text/html"]


def test_the_syllabus_is_that_of_the_lessons():
    assert [lesson["name"] for lesson in contents.lessons()] == [path.stem for path in lesson_paths()]
    for lesson, path in zip(contents.lessons(), lesson_paths(), strict=True):
        opening = read_lesson(path).cells[0].texts
        for chosen in LANGUAGES:
            text = opening[chosen, "learner"]
            assert text.startswith(f"# {path.stem[:2]} · {lesson[chosen][0]}\n")
            assert int(re.search(MINUTES[chosen], text)[1]) == lesson["minutes"]


@pytest.mark.parametrize("chosen", LANGUAGES)
def test_the_readme_lists_the_lessons(chosen):
    table = "\n".join(contents.readme_table(chosen))
    text = (ROOT / READMES[chosen]).read_text(encoding="utf-8")
    assert f"\n\n{table}\n\n" in text, f"the table must be:\n{table}"


@pytest.mark.parametrize("chosen", LANGUAGES)
def test_every_lesson_is_linked_with_what_is_solved(chosen):
    one = next(iter(exercises_of("01")))
    page = contents.bundle(chosen, {f"01.{one}": "2026-01-01"})["text/html"]
    linked = re.findall(r'href="(\w+)\.ipynb"', page)
    assert linked == [path.stem for path in lesson_paths()]
    assert f'<td style="text-align:left">1 / {len(exercises_of("01"))}</td>' in page
    assert "✓" not in page
    assert contents.bundle(chosen, everything())["text/html"].count(" ✓") == len(linked)


def test_what_comes_next():
    assert contents.upcoming({})["en"] == "Begin with lesson 00, Start here."
    solved = everything()
    assert contents.upcoming(solved)["zh"] == "全部完成，做得好！"
    last = list(exercises_of("03"))[-1]
    del solved[f"03.{last}"]
    assert contents.upcoming(solved)["en"] == f"Next: lesson 03, Convolution by hand, exercise {last}."


def test_the_page_follows_the_progress_and_spares_what_is_the_learners(tmp_path):
    (tmp_path / workspace.MARKER).write_text("{}", encoding="utf-8")
    contents.write(tmp_path)
    pages = [tmp_path / chosen / contents.FILE for chosen in LANGUAGES]
    first = next(iter(exercises_of("00")))
    count = f">1 / {len(exercises_of('00'))}"
    assert not any(count in shown(page) for page in pages)

    (tmp_path / "progress.json").write_text(json.dumps({f"00.{first}": "2026-01-01"}), encoding="utf-8")
    contents.write(tmp_path)
    assert all(count in shown(page) for page in pages)

    mine = nbformat.read(pages[0], as_version=4)
    mine.cells[0].source = "my notes"
    nbformat.write(mine, pages[0])
    pages[1].unlink()
    contents.write(tmp_path)
    assert nbformat.read(pages[0], as_version=4).cells[0].source == "my notes"
    assert count in shown(pages[1])  # thrown away, it comes back


def test_its_cell_shows_the_page_again(tmp_path, monkeypatch):
    from IPython.testing.globalipapp import get_ipython

    (tmp_path / workspace.MARKER).write_text("{}", encoding="utf-8")
    contents.write(tmp_path)
    monkeypatch.chdir(tmp_path / "zh")
    monkeypatch.delenv("IMGREC_LANG", raising=False)
    stored = nbformat.read(contents.FILE, as_version=4).cells[1]
    displayed = []
    shell = get_ipython()
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, *_, **__: displayed.append(data))
    shell.run_cell(stored.source).raise_error()
    assert displayed == [stored.outputs[0].data]
