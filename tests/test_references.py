"""One bibliography: what the lessons cite is in it, what is in it is cited, and each work reads alike."""

import functools
import re

import nbformat
import pytest

from imgrec_course.authoring import build as builder
from imgrec_course.authoring import references
from imgrec_course.authoring.build import build, execution_key
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.authoring.references import CITATION, bibliography, formatted
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import LESSONS

WORKS = bibliography(LESSONS)
# A work written by hand: authors (year) with an identifier, or initials before a year.
BY_HAND = re.compile(r"^- (?=.*\((1[89]|20)\d\d\))(.*(arXiv:|doi:)|([A-Z]\.[- ]?)+[^\W\d])", re.MULTILINE)

KINDS = """
@article{journal,
  author = {Lin, Tsung-Yi and van Merriënboer, Bart and C{\\^o}t{\\'e}, Marc A.},
  title = {Rates of {CNN}s \\& others},
  journal = {Neural Things},
  volume = {9},
  number = {8},
  pages = {1735--1780},
  year = {1997},
  doi = {10.1207/s15516709cog1402_1},
}
@inproceedings{conference,
  author = {Tan, Mingxing},
  title = {Does it converge?},
  booktitle = {Proceedings of a Conference},
  series = {PMLR},
  volume = {28},
  pages = {3--7},
  year = {2013},
  doi = {10.1/2},
  eprint = {1211.5063},
}
@book{book,
  author = {van Rijsbergen, C. J.},
  title = {Information Retrieval},
  edition = {2nd},
  publisher = {Butterworths},
  year = {1979},
  url = {http://example.org/~keith/},
}
@incollection{chapter,
  author = {Prechelt, Lutz},
  title = {Early Stopping – But When?},
  booktitle = {Tricks of the Trade},
  pages = {55--69},
  publisher = {Springer},
  year = {1998},
}
@misc{page,
  author = {{Stanford University, CS231n}},
  title = {Neural Networks},
  year = {2015},
  url = {https://example.org/a_b_c/},
}
"""
LESSON = """# %% [markdown] lang="en"
# ## References
# - [@book, chapter 7]
# - [@chapter]
# - A note that is no work.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@book，第 7 章]
# - [@chapter]
# - 一句说明。

# %%
x = 1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "references.bib").write_text(KINDS, encoding="utf-8")
    (tmp_path / "07_demo.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


@functools.cache
def texts(path):
    """{language: text of the lesson's text cells, as its author wrote them}"""
    import jupytext

    cells = [cell for cell in jupytext.read(path, fmt="py:percent").cells if cell.cell_type == "markdown"]
    return {
        language: "\n".join(c.source for c in cells if c.metadata.get("lang", language) == language)
        for language in LANGUAGES
    }


def cited(text):
    return [match["key"] for match in CITATION.finditer(text)]


@pytest.mark.parametrize("path", lesson_paths(), ids=lambda path: path.stem[:2])
def test_a_lesson_cites_works_of_the_bibliography_the_same_in_both_languages(path):
    written = texts(path)
    keys = cited(written["en"])
    assert keys
    assert not set(keys) - set(WORKS)
    assert len(set(keys)) == len(keys)
    assert cited(written["zh"]) == keys


@pytest.mark.parametrize("path", lesson_paths(), ids=lambda path: path.stem[:2])
def test_no_lesson_writes_a_work_by_hand(path):
    for text in texts(path).values():
        found = [line for line in text.splitlines() if BY_HAND.search(line)]
        assert not found, f"cite it as `- [@key]` from references.bib: {found}"


def test_works_written_by_hand_are_recognised():
    for line in (
        "- M. Tan, Q. V. Le (2019). EfficientNet. arXiv:1905.11946.",
        "- T.-Y. Lin (2017). Focal Loss.",
        "- Elman 的论文 (1990)，doi:10.1/2。",
        "- C. J. van Rijsbergen (1979). *Information Retrieval*.",
    ):
        assert BY_HAND.search(line), line
    for line in (
        "- **P or R alone**: Wilson. Brown, Cai and DasGupta (2001) compare them.",
        "- The photograph is `china.jpg`, CC BY 2.0.",
        "- [@tan2019efficientnet]",
    ):
        assert not BY_HAND.search(line), line


def test_every_work_is_cited():
    used = {key for path in lesson_paths() for key in cited(texts(path)["en"])}
    assert not set(WORKS) - used


@pytest.mark.parametrize("path", lesson_paths(), ids=lambda path: path.stem[:2])
def test_a_citation_is_a_line_of_its_own(path):
    for text in texts(path).values():
        assert text.count("[@") == len(cited(text)), (
            "one that stands elsewhere would be shown as it is written"
        )


@pytest.mark.parametrize("key", WORKS)
def test_a_work_says_who_what_when_and_where(key):
    work = WORKS[key]
    assert work.persons["author"]
    assert "others" not in [str(person).lower() for person in work.persons["author"]], "name all authors"
    assert work.fields["title"]
    assert re.fullmatch(r"(1[89]|20)\d\d", work.fields["year"])
    assert {"doi", "eprint", "url", "pages"} & set(work.fields)
    assert re.fullmatch(r"\d{4}\.\d{4,5}", work.fields.get("eprint", "1234.5678"))
    assert re.fullmatch(r"10\.\d{4,5}/\S+", work.fields.get("doi", "10.1234/x"))
    assert re.fullmatch(r"https?://\S+", work.fields.get("url", "https://x"))
    assert work.fields["year"] in key
    assert not re.search(r"[{}\\]", formatted(work))


def test_the_bibliography_is_in_order_and_has_no_work_twice():
    assert list(WORKS) == sorted(WORKS)
    for name in ("doi", "eprint", "url"):
        values = [work.fields[name].lower() for work in WORKS.values() if name in work.fields]
        assert len(set(values)) == len(values), name
    # A title alone does not tell: a book and an article are both called "Deep Learning".
    titles = [
        (work.fields["title"].lower(), *sorted(str(person).lower() for person in work.persons["author"]))
        for work in WORKS.values()
    ]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("key", "language", "remark", "text"),
    [
        (
            "journal",
            "en",
            None,
            "T.-Y. Lin, B. van Merriënboer, M. A. Côté (1997). Rates of CNNs & others. *Neural Things* 9(8), "
            "1735–1780. doi:10.1207/s15516709cog1402_1.",
        ),
        (
            "conference",
            "en",
            None,
            "M. Tan (2013). Does it converge? *Proceedings of a Conference*, PMLR 28, 3–7. arXiv:1211.5063.",
        ),
        (
            "book",
            "en",
            "chapter 7",
            "C. J. van Rijsbergen (1979). *Information Retrieval*, 2nd edition, chapter 7. Butterworths. "
            "http://example.org/~keith/.",
        ),
        (
            "book",
            "zh",
            "第 7 章",
            "C. J. van Rijsbergen (1979). *Information Retrieval*，第 2 版，第 7 章。Butterworths. "
            "http://example.org/~keith/.",
        ),
        (
            "chapter",
            "zh",
            None,
            "L. Prechelt (1998). Early Stopping – But When? *Tricks of the Trade*, 55–69. Springer.",
        ),
        (
            "page",
            "en",
            "part 3",
            "Stanford University, CS231n (2015). Neural Networks, part 3. https://example.org/a_b_c/.",
        ),
    ],
)
def test_how_a_work_reads(folder, key, language, remark, text):
    assert formatted(bibliography(folder)[key], language, remark) == text


def test_a_lesson_shows_the_works_that_it_cites(folder):
    shown = read_lesson(folder / "07_demo.py").cells[0].texts
    assert shown["en", "learner"] == shown["en", "solutions"]
    assert shown["en", "learner"].splitlines() == [
        "## References",
        "- C. J. van Rijsbergen (1979). *Information Retrieval*, 2nd edition, chapter 7. Butterworths. "
        "http://example.org/~keith/.",
        "- L. Prechelt (1998). Early Stopping – But When? *Tricks of the Trade*, 55–69. Springer.",
        "- A note that is no work.",
    ]
    assert "，第 2 版，第 7 章。Butterworths." in shown["zh", "learner"]


@pytest.mark.parametrize(("old", "number"), [("# - [@book, ", 1), ("# - [@book，", 2)])
def test_an_unknown_work_is_named_with_its_place(folder, old, number):
    lesson = folder / "07_demo.py"
    lesson.write_text(LESSON.replace(old, old.replace("book", "bok")), encoding="utf-8")
    with pytest.raises(
        CourseError, match=rf"07_demo, cell {number} \(“## .*”\): references.bib has no work bok"
    ):
        read_lesson(lesson)


@pytest.mark.parametrize("content", [None, "@book{book, title = {Unfinished"])
def test_a_bibliography_that_is_missing_or_damaged_is_named(folder, content):
    (folder / "references.bib").unlink()
    if content:
        (folder / "references.bib").write_text(content, encoding="utf-8")
    with pytest.raises(CourseError, match=r"references.bib cannot be read: "):
        read_lesson(folder / "07_demo.py")


def test_a_corrected_work_executes_nothing_and_leaves_the_ids(folder, monkeypatch):
    executed = []

    def execute(notebook, label):
        executed.append(label)
        return {"cells": [(1, [])], "widgets": None}

    monkeypatch.setattr(builder, "execute", execute)
    notebooks = folder / "notebooks"
    build((), folder, notebooks)
    first = read_lesson(folder / "07_demo.py")
    assert len(executed) == 2

    (folder / "references.bib").write_text(KINDS.replace("{1979}", "{1975}"), encoding="utf-8")
    references.bibliography.cache_clear()
    assert len(build((), folder, notebooks)) == 4
    assert len(executed) == 2
    second = read_lesson(folder / "07_demo.py")
    assert [cell.identifier for cell in first.cells] == [cell.identifier for cell in second.cells]
    assert execution_key(first, "learner") == execution_key(second, "learner")
    notebook = nbformat.read(notebooks / "zh" / "07_demo.ipynb", as_version=4)
    assert "C. J. van Rijsbergen (1975)" in notebook.cells[0].source
