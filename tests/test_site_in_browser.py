"""The web edition as a reader has it, and explorers on pages without a kernel."""

import contextlib
import functools
import http.server
import io
import re
import threading
import time
from urllib.parse import quote

import nbformat
import pytest
from browser import chromium
from test_lessons_in_browser import EXPLORERS, moved
from test_site import Page, broken_links

from imgrec_course import contents
from imgrec_course.authoring import web
from imgrec_course.authoring.site import glossary, site
from imgrec_course.paths import NOTEBOOKS

pytestmark = pytest.mark.browser

LESSONS = [lesson["name"] for lesson in contents.lessons()]
WITH_EXPLORERS = ["01", "03", "04", "07", "08", "09", "10"]
SHOWN = """(count) =>
  [...document.querySelectorAll(".imgrec")].filter((one) => one.dataset.redraws > 0).length === count"""
RED_OF_BACKGROUND = "(node) => Number(getComputedStyle(node).backgroundColor.match(/\\d+/)[0])"
ACCESSIBLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def explorers_of(language, number):
    """A lesson's notebook, and its outputs that are explorers."""
    path = next((NOTEBOOKS / language).glob(f"{number}_*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return notebook, [output for output in outputs if web.VIEW in output.get("data", {})]


def write_page(folder, body):
    """A page with the scripts beside it; returns its address, which needs no server."""
    web.copy(folder)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
    content = f'{head}<body>{body}<script defer src="explorers.js"></script></body></html>'
    (folder / "page.html").write_text(content, encoding="utf-8")
    return (folder / "page.html").as_uri()


@contextlib.contextmanager
def opened(address, **context):
    """A page of which nothing is asked but files; what its console says stands in page.said."""
    with chromium(viewport={"width": 1000, "height": 900}, **context) as page:
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        yield page
        assert [one for one in page.asked if not one.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("number", WITH_EXPLORERS)
def test_explorers_of_a_stored_notebook_are_drawn(tmp_path, number):
    notebook, outputs = explorers_of("zh", number)
    address = write_page(tmp_path, "".join(map(web.explorer, outputs)) + web.state(notebook))
    with opened(address) as page:
        page.wait_for_function(SHOWN, arg=len(outputs))
        assert page.locator(".explorer > img:visible").count() == 0
        page.emulate_media(media="print")
        assert page.locator(".explorer > img:visible").count() == len(outputs)
        assert page.locator(".imgrec:visible").count() == 0
        assert page.errors == [] and page.said == []


SMALL = """
export default () => ({
  initialize({ model }) { model.set("made", (model.get("made") || 0) + 1); },
  render({ model, el }) {
    const bytes = new Uint8Array(model.get("nested").bytes.buffer);
    const say = () => { el.textContent = `${model.get("made")} ${model.get("count")} ${bytes}`; };
    model.on("change:count", say);
    el.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); model.send({}); };
    say();
  },
});
"""


def small_page(folder, views, **model):
    """A page of a widget that counts clicks, seen in some views."""
    state = {"_esm": SMALL, "_css": "div { color: red }", "count": 1, "nested": {"bytes": None}}
    stored = {
        "model_module": "anywidget",
        "state": state,
        "buffers": [{"path": ["nested", "bytes"], "encoding": "base64", "data": "AQIC"}],
    } | model
    body = "".join(
        f'<p class="explorer"><img alt="picture" src="data:,">{web.script(web.VIEW, {"model_id": view})}</p>'
        for view in views
    )
    return write_page(folder, body + web.script(web.STATE, {"state": {"m": stored}}))


def test_two_views_share_a_model(tmp_path):
    with opened(small_page(tmp_path, ["m", "m"])) as page:
        page.locator(".explorer-live").nth(1).click()
        assert page.locator(".explorer-live").all_text_contents() == ["1 2 1,2,2"] * 2
        assert page.errors == [] and page.said == []


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (
            {"model_module": "@jupyter-widgets/controls"},
            "it is of @jupyter-widgets/controls, expected anywidget",
        ),
        (
            {"state": {"_esm": "export default { render() { throw new Error('broken') } }"}, "buffers": []},
            "broken",
        ),
        ({"buffers": [{"path": ["count"], "encoding": "rot13", "data": ""}]}, "encoded as rot13"),
    ],
)
def test_what_cannot_be_drawn_keeps_its_picture_and_says_why(tmp_path, model, reason):
    with opened(small_page(tmp_path, ["m", "absent"], **model)) as page:
        page.wait_for_function("document.querySelectorAll('.explorer').length === 2")
        page.wait_for_timeout(300)
        assert page.locator(".explorer > img:visible").count() == 2
        assert page.locator(".explorer-live").count() == 0
        assert len(page.said) == 2 and page.errors == []
        assert any(reason in sentence for sentence in page.said)
        assert any("its state is not on this page" in sentence for sentence in page.said)


# From here on: the whole site.


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    started = time.monotonic()
    made = tmp_path_factory.mktemp("site")
    site(made)
    seconds, pages = time.monotonic() - started, len(list(made.rglob("*.html")))
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    print(f"site: {seconds:.0f} s, {size / 1e6:.1f} MB, {pages} pages")
    return made


def ready(page):
    """Wait until formulas and explorers of a page are drawn."""
    page.wait_for_function(
        "!window.MathJax?.startup?.promise || window.MathJax.startup.promise.then(() => true)"
    )
    count = page.locator(".explorer").count()
    page.wait_for_function(SHOWN, arg=count)
    return count


@pytest.mark.slow
def test_every_page_is_there_and_every_link_leads_somewhere(folder):
    assert broken_links(folder) == []
    for language in ("en", "zh"):
        assert {path.stem for path in (folder / language).glob("*.html")} == {*LESSONS, "index", "search"}
        for name in LESSONS:
            page = Page(folder / language / f"{name}.html")
            notebook = nbformat.read(NOTEBOOKS / language / f"{name}.ipynb", as_version=4)
            figures = [one for one in page.all("img") if one.get("alt")]
            assert len(figures) == len(page.all("img"))
            kinds = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
            assert len(figures) == sum("image/png" in data or "image/jpeg" in data for data in kinds)
            exercises = [cell for cell in notebook.cells if "exercise" in cell.metadata.get("tags", [])]
            folded = [one for one in page.all("details") if one.get("class") == "solution"]
            assert len(folded) == len(exercises) and not any("open" in one for one in folded)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_lessons_open_without_a_server(folder, language):
    """Explorers move, formulas are drawn, nothing sticks out of a telephone, no other machine is asked."""
    with opened((folder / language / "index.html").as_uri()) as page:
        for name in LESSONS:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto((folder / language / f"{name}.html").as_uri())
            ready(page)
            for kind in set(EXPLORERS.get(name, [])):
                assert moved(page, kind) == EXPLORERS[name].count(kind)
            formulas = page.locator("article .math")
            assert page.locator("article .math > mjx-container").count() == formulas.count()
            assert page.locator("[data-mjx-error], mjx-merror").count() == 0
            page.set_viewport_size({"width": 390, "height": 800})
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
            assert page.errors == []
        assert [text for text in page.said if not text.startswith("[PST]")] == []


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "rules"), [("light", ACCESSIBLE), ("dark", ["color-contrast"])])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_are_accessible(folder, language, scheme, rules):
    """By axe, WCAG A and AA; of the dark pages what can differ, the contrast. What recurs by the thousand –
    words of code, parts of formulas – is looked at on one lesson's page, the explorers in test_explorers."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    with opened((folder / "index.html").as_uri(), color_scheme=scheme) as page:
        for path in sorted((folder / language).glob("*.html")):
            page.goto(path.as_uri())
            ready(page)
            whole = path.stem in ("index", "search", "01_precision_and_recall")
            context = {"exclude": [] if whole else [["pre"], ["mjx-container"], [".imgrec"]]}
            result = axe.run(page, context, options={"runOnly": rules, "resultTypes": ["violations"]})
            found = [
                (one["id"], [node["html"] for node in one["nodes"]][:3])
                for one in result.response["violations"]
            ]
            assert found == [], path.name
            for surface in ("body", ".imgrec"):
                if page.locator(surface).count():
                    red = page.locator(surface).first.evaluate(RED_OF_BACKGROUND)
                    assert (red < 100) == (scheme == "dark"), (path.name, surface)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("locale", "title"),
    [("zh-CN", "查准与查全：深度学习图像识别"), ("de-AT", "Image Recognition, Precise and Complete")],
)
def test_the_first_page_chooses_a_language_and_every_page_leads_to_the_other(folder, locale, title):
    with opened((folder / "index.html").as_uri(), locale=locale) as page:
        page.wait_for_url("**/index.html")
        page.wait_for_function("document.querySelector('article')")
        assert page.title() == title
        here, there = ("zh", "en") if locale == "zh-CN" else ("en", "zh")
        for name in ("index", "search", "03_convolution_by_hand"):
            page.goto((folder / here / f"{name}.html").as_uri())
            page.locator(".edition-link").first.click()
            page.wait_for_url(f"**/{there}/{name}.html")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "query", "lesson"),
    [
        ("zh", "查全率", "01"),
        ("zh", "查准率与查全率", "01"),
        ("zh", "卷积核", "03"),
        ("zh", "转置卷积", "10"),
        ("zh", "dropout", "04"),
        ("en", "recall", "01"),
        ("en", "transposed convolutions", "10"),
    ],
)
def test_the_search_finds_a_lesson(folder, language, query, lesson):
    address = (folder / language / "search.html").as_uri()
    with opened(f"{address}?q={quote(query)}") as page:
        page.wait_for_selector("#search-results li a")
        page.wait_for_timeout(500)
        found = page.locator("#search-results li a").all_text_contents()
        assert any(title.startswith(f"{lesson} ·") for title in found)
        page.locator("#search-results li a", has_text=re.compile(rf"^{lesson} ·")).first.click()
        page.wait_for_url(f"**/{language}/{lesson}_*")
        assert page.errors == []


@pytest.mark.slow
def test_the_search_is_precise_and_complete(folder):
    """Over the lessons' Chinese terms: of the pages found, how many hold the term, and the reverse."""
    terms = glossary(NOTEBOOKS, contents.syllabus())
    assert len(terms) > 80
    search = """(terms) => Object.fromEntries(terms.map((term) => {
      const [, words] = Search._parseQuery(term);
      return [term, Search.performTermsSearch(words, new Set()).map((result) => result[0])];
    }))"""
    with opened((folder / "zh" / "search.html").as_uri()) as page:
        page.wait_for_function("Search._index")
        returned = page.evaluate(search, terms)
        texts = {}
        for path in (folder / "zh").glob("[0-9]*.html"):
            page.goto(path.as_uri())
            texts[path.stem] = page.evaluate("document.querySelector('article').textContent")
        assert page.evaluate("typeof Search._index") == "object"
    right = wanted = answered = 0
    for term, pages in returned.items():
        pages = {name for name in pages if name in texts}
        holding = {name for name, text in texts.items() if term in text}
        right, wanted, answered = right + len(pages & holding), wanted + len(holding), answered + len(pages)
    print(f"search: precision {right / answered:.3f}, recall {right / wanted:.3f}, {len(terms)} terms")
    assert right / wanted >= 0.95 and right / answered >= 0.9


@pytest.mark.slow
def test_what_no_page_holds_is_not_found(folder):
    with opened((folder / "zh" / "search.html").as_uri() + "?q=" + quote("量子力学")) as page:
        page.wait_for_function("document.querySelector('.search-summary')?.innerText")
        assert page.locator("#search-results li").count() == 0


@pytest.mark.slow
def test_a_server_gives_excerpts_with_the_results(folder):
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, chromium() as page:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}/"
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{root}zh/search.html?q={quote('卷积核')}")
        page.wait_for_selector("#search-results li .context")
        page.goto(f"{root}en/09_adversarial_game.html")
        assert ready(page) == 2
        server.shutdown()
        assert page.errors == []
        assert [one for one in asked if not one.startswith((root, "data:", "blob:"))] == []


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.mark.slow
def test_a_printed_page_has_pictures_and_solutions_and_no_navigation(folder):
    from pypdf import PdfReader

    with opened((folder / "en" / "01_precision_and_recall.html").as_uri()) as page:
        ready(page)
        printed = PdfReader(io.BytesIO(page.pdf(format="A4")))
        page.emulate_media(media="print")
        assert page.locator(".explorer > img:visible").count() == 1
        for hidden in (
            ".imgrec",
            ".bd-sidebar-primary",
            ".bd-sidebar-secondary",
            ".edition-link",
            ".prev-next-footer",
        ):
            assert page.locator(f"{hidden}:visible").count() == 0, hidden
    text = " ".join(sheet.extract_text() for sheet in printed.pages)
    assert "precision = true_positive / returned if returned else" in text
    assert 10 <= len(printed.pages) <= 40
