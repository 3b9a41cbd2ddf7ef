"""The web edition of a course of two small lessons: pages, links, solutions, what is refused."""

import base64
import html.parser
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from nbformat import v4

from imgrec_course.authoring import site as edition
from imgrec_course.authoring import web
from imgrec_course.authoring.build import notebook_path
from imgrec_course.authoring.site import site
from imgrec_course.language import CourseError, catalogue

DOT = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
).decode()
PARTS = [
    {
        "en": "Part one",
        "zh": "第一部分",
        "lesson": [
            {"name": "01_small", "minutes": 5, "en": ["Small", "adding"], "zh": ["小课", "加法"]},
            {"name": "02_more", "minutes": 7, "en": ["More", "a | b"], "zh": ["大课", "a | b"]},
        ],
    }
]
TITLES = {
    "en": {"01_small": "01 · Small", "02_more": "02 · More"},
    "zh": {"01_small": "01 · 小课", "02_more": "02 · 大课"},
}
TABLE = "| English | 中文 |\n| --- | --- |\n| recall | 查全率（召回率） |"
STUB, ANSWER = (
    "def add(a, b):\n    raise NotImplementedError",
    "def add(a, b):\n    return a + b  # ``` in it",
)


def write_lesson(notebooks, chosen, name, text):
    """Write a lesson's two notebooks: a text, an exercise, outputs of each kind, a widget."""
    outputs = [
        v4.new_output("stream", name="stdout", text="first\n"),
        v4.new_output("display_data", {"text/plain": "✓ second"}),
        v4.new_output(
            "display_data",
            {"image/png": DOT, "text/plain": "x"},
            metadata={"image/png": {"alt": "one <dot>"}},
        ),
        v4.new_output(
            "execute_result",
            {web.VIEW: {"model_id": "m1"}, "image/png": DOT, "text/plain": "an explorer"},
            metadata={"image/png": {"alt": "an “explorer”"}},
            execution_count=2,
        ),
    ]
    state = {"m1": {"model_name": "AnyModel", "model_module": "anywidget", "state": {"_esm": "// </script>"}}}
    for folder, code in (("learner", STUB), ("solutions", ANSWER)):
        notebook = v4.new_notebook(
            cells=[
                v4.new_markdown_cell(f"# {TITLES[chosen][name]}\n\n{text}", id="text"),
                v4.new_markdown_cell(TABLE, id="table"),
                v4.new_code_cell(code, id="exercise", metadata={"tags": ["exercise"]}, execution_count=1),
                v4.new_code_cell("look()", id="look", execution_count=2, outputs=outputs),
            ],
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
                "widgets": {web.STATE: {"state": state, "version_major": 2, "version_minor": 0}},
            },
        )
        path = notebook_path(notebooks, chosen, folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)


def write_course(notebooks, text=""):
    links = (
        "Read [more](02_more.ipynb), [here](02_more.ipynb#deeper), [solved](solutions/02_more.ipynb), "
        "[data](data/photos/README.md) and $x^2$; {name}`is no role`.\n\n% no comment\n\n"
    )
    for chosen in ("en", "zh"):
        write_lesson(notebooks, chosen, "01_small", links + text)
        write_lesson(notebooks, chosen, "02_more", "Text.\n\n## Deeper\n\nEnd. [Back](01_small.ipynb)")
    return notebooks


class Page(html.parser.HTMLParser):
    """What the tests ask of a page: its ids, addresses, elements."""

    def __init__(self, path):
        super().__init__()
        self.text = Path(path).read_text(encoding="utf-8")
        self.ids, self.addresses, self.elements = set(), [], []
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.ids.add(attributes.get("id"))
        for name in ("href", "src"):
            if tag not in ("use", "image") and attributes.get(name):
                self.addresses.append(attributes[name])

    def all(self, wanted):
        return [attributes for tag, attributes in self.elements if tag == wanted]


def broken_links(folder):
    """Addresses on the pages of a site that lead nowhere, and scripts and images of other machines."""
    pages = {
        path.resolve(): Page(path) for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts
    }
    broken = []
    for path, page in pages.items():
        outside = [
            one.get("src") for tag, one in page.elements if tag in ("script", "img") and one.get("src")
        ]
        broken += [
            (path.name, one)
            for one in outside
            if urlsplit(one).scheme in ("http", "https") or one[:2] == "//"
        ]
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or address.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or (
                parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids
            ):
                broken.append((path.name, address))
    assert len(pages) > 2
    return broken


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small course's notebooks and its site."""
    folder = tmp_path_factory.mktemp("course")
    notebooks = write_course(folder / "notebooks")
    before = {path: path.read_bytes() for path in notebooks.rglob("*") if path.is_file()}
    first = site(folder / "site", notebooks, PARTS)
    after = {path: path.read_bytes() for path in notebooks.rglob("*") if path.is_file()}
    assert before == after
    assert first == folder / "site" / "index.html"
    return notebooks, folder / "site"


@pytest.mark.parametrize(("chosen", "lang"), [("en", "en"), ("zh", "zh-CN")])
def test_a_page_says_what_it_is(made, chosen, lang):
    page = Page(made[1] / chosen / "01_small.html")
    assert page.all("html")[0]["lang"] == lang
    assert f"<title>{TITLES[chosen]['01_small']}" in page.text
    described = [one["content"] for one in page.all("meta") if one.get("name") == "description"]
    assert described == [PARTS[0]["lesson"][0][chosen][1]]
    assert any(one.get("name") == "viewport" for one in page.all("meta"))
    other = {"en": "zh", "zh": "en"}[chosen]
    assert f"./../{other}/01_small.html" in page.addresses


def test_the_contents_page_has_the_parts(made):
    for chosen in ("en", "zh"):
        page = Page(made[1] / chosen / "index.html")
        assert page.text.count(PARTS[0][chosen]) >= 2  # a heading and a caption of the navigation
        assert {"01_small.html", "02_more.html"} <= set(page.addresses)
        assert "a | b" in page.text


def test_the_solution_is_folded_under_its_exercise(made):
    for chosen, label in (("en", "Solution"), ("zh", catalogue("zh")["Solution"])):
        text = (made[1] / chosen / "01_small.html").read_text(encoding="utf-8")
        plain = re.sub(r"<[^>]+>", "", text)
        stub, summary, answer, following = (
            plain.index(one) for one in ("raise NotImplementedError", label, "return a + b", "look()")
        )
        assert stub < summary < answer < following
        assert '<details class="solution">' in text and "``` in it" in plain


def test_sentences_stand_in_one_block_and_figures_have_their_text(made):
    page = Page(made[1] / "en" / "01_small.html")
    assert re.search(r"first\n✓ second", re.sub(r"<[^>]+>", "", page.text))
    assert {one.get("alt") for one in page.all("img")} == {"one <dot>", "an “explorer”"}


def test_the_explorer_and_its_state_are_on_the_page(made):
    text = (made[1] / "en" / "01_small.html").read_text(encoding="utf-8")
    view = re.search(r'<div class="explorer"><img [^>]*><script type="([^"]*)">([^<]*)</script></div>', text)
    assert view[1] == web.VIEW and '"m1"' in view[2]
    state = re.search(rf'<script type="{re.escape(web.STATE)}">(.*?)</script>', text, re.DOTALL)
    assert r"// \u003c/script>" in state[1]
    assert "require" not in re.findall(r'src="([^"]*)"', text)


def test_links_lead_to_pages_or_are_text(made):
    page = Page(made[1] / "en" / "01_small.html")
    lesson = [one for one in page.addresses if one.startswith("02_more.html")]
    assert lesson.count("02_more.html") >= 2 and "02_more.html#deeper" in lesson
    assert not any("data/photos" in one or "solutions" in one for one in page.addresses)
    plain = re.sub(r"<[^>]+>", "", page.text)
    assert "{name}is no role" in plain and "% no comment" in plain
    assert broken_links(made[1]) == []


def test_addresses_in_a_list_are_links():
    text = "- See https://a.b/c_d. And doi:10.1145/11.22, arXiv:1211.5063.\n- `https://in.code` (https://in.brackets)"
    first, second = edition.linked(text).splitlines()
    doi, preprint = "https://doi.org/10.1145/11.22", "https://arxiv.org/abs/1211.5063"
    assert first == f"- See <https://a.b/c_d>. And [doi:10.1145/11.22]({doi}), [arXiv:1211.5063]({preprint})."
    assert second == text.splitlines()[1]


def test_a_lesson_can_be_downloaded(made):
    notebooks, folder = made
    for chosen in ("en", "zh"):
        (link,) = [one for one in Page(folder / chosen / "02_more.html").all("a") if "download" in one]
        loaded = folder / chosen / unquote(link["href"])
        assert loaded.read_bytes() == notebook_path(notebooks, chosen, "learner", "02_more").read_bytes()


def test_the_first_page_leads_to_both_languages(made):
    assert {"en/index.html", "zh/index.html"} <= set(Page(made[1] / "index.html").addresses)
    assert (made[1] / ".nojekyll").exists()


def test_the_scripts_come_along_with_their_licence(made):
    for name in ("tex-svg.js", "tex-svg.LICENSE.txt", "explorers.js"):
        assert (made[1] / "zh" / "_static" / name).is_file()
    assert "Apache License" in (made[1] / "en" / "_static" / "tex-svg.LICENSE.txt").read_text(
        encoding="utf-8"
    )


def test_terms_of_the_glossary_are_words_of_the_index(made):
    index = (made[1] / "zh" / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["terms"]
    assert {"查全率", "召回率"} <= terms.keys()


def test_a_site_is_made_anew_and_anything_else_is_left_alone(tmp_path, monkeypatch):
    notebooks = write_course(tmp_path / "notebooks")
    monkeypatch.setattr(edition, "run_sphinx", made_up_pages)
    folder = tmp_path / "site"
    site(folder, notebooks, PARTS)
    (folder / "en" / "gone.html").touch()
    site(folder, notebooks, PARTS)
    assert not (folder / "en" / "gone.html").exists() and (folder / "en" / "index.html").exists()

    strange = tmp_path / "mine"
    strange.mkdir()
    (strange / "thesis.txt").write_text("years")
    with pytest.raises(CourseError, match="nothing was changed there: name an empty or a new folder"):
        site(strange, notebooks, PARTS)
    assert [path.name for path in strange.iterdir()] == ["thesis.txt"]
    with pytest.raises(CourseError, match=r"thesis\.txt holds something other"):
        site(strange / "thesis.txt", notebooks, PARTS)


def made_up_pages(temporary):
    for chosen in ("en", "zh"):
        (temporary / "site" / chosen).mkdir(parents=True)
        (temporary / "site" / chosen / "index.html").touch()


def test_a_missing_notebook_is_named_with_the_command_that_makes_it(tmp_path):
    notebooks = write_course(tmp_path / "notebooks")
    missing = notebook_path(notebooks, "zh", "solutions", "02_more")
    missing.unlink()
    with pytest.raises(CourseError, match=rf"no notebook {re.escape(str(missing))}: `imgrec build 02`"):
        site(tmp_path / "site", notebooks, PARTS)
    assert not (tmp_path / "site").exists()


def test_a_link_to_a_lesson_that_does_not_exist_is_an_error(tmp_path, capfd):
    notebooks = write_course(tmp_path / "notebooks", "[nowhere](03_none.ipynb)")
    with pytest.raises(CourseError, match="were not made: see Sphinx's warnings above"):
        site(tmp_path / "site", notebooks, PARTS)
    assert "03_none.ipynb" in capfd.readouterr().err
    assert not (tmp_path / "site").exists()
