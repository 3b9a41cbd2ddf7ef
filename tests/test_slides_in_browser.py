"""The decks as a room sees them: opened from the disk, every step of every slide, in both languages."""

import subprocess
import sys
from pathlib import Path

import pytest
from browser import ARGUMENTS, find_chromium
from test_slides import NAMES, NOT_YET

from imgrec_course.authoring.slides import HEIGHT, WIDTH, slides
from imgrec_course.language import LANGUAGES
from imgrec_course.paths import ROOT

pytestmark = pytest.mark.browser

DECKS = [
    pytest.param(name, language, id=f"{name[:2]}-{language}")
    for name in NAMES
    if name[:2] not in NOT_YET
    for language in LANGUAGES
]

# What sticks out of the present slide, and pictures that have become too small to be seen.
FAULTS = r"""() => {
  const slide = Reveal.getCurrentSlide();
  const [page, body] = [slide.querySelector(".page"), slide.querySelector(".body")];
  const [outer, inner] = [page.getBoundingClientRect(), body.getBoundingClientRect()];
  const faults = [];
  const name = (node) => `${node.tagName}.${node.className}: ${node.textContent.trim().slice(0, 40)}`;
  for (const node of page.querySelectorAll("h1, h2, .body *")) {
    if (node.closest(".explorer-live, mjx-assistive-mml")) continue;
    if (node.closest("svg") && node.tagName !== "svg") continue;
    const box = node.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (box.right > outer.right - 50 || box.left < outer.left + 50) faults.push(`too wide: ${name(node)}`);
    if (box.bottom > inner.bottom + 2 || box.top < outer.top) faults.push(`too high: ${name(node)}`);
    if (node.tagName === "IMG" && (box.height < 150 || box.width < 300)) faults.push(`small: ${node.alt}`);
    if (node.tagName === "PRE") {
      const line = document.createRange();
      line.selectNodeContents(node);
      if (line.getBoundingClientRect().right > box.right - 6) faults.push(`code at the edge: ${name(node)}`);
    }
    if (node.childElementCount || !node.textContent.trim() || node.closest("svg")) continue;
    const size = parseFloat(getComputedStyle(node).fontSize);
    const least = node.closest("pre") ? 16 : node.closest("code, .claim, small") ? 20 : 24;
    if (size < least) faults.push(`${size} pixels: ${name(node)}`);
  }
  for (const live of page.querySelectorAll(".explorer-live")) {
    const [box, room] = [live.getBoundingClientRect(), live.parentElement.getBoundingClientRect()];
    if (box.right > room.right + 2 || box.bottom > room.bottom + 2) faults.push("the explorer sticks out");
    if (box.height < 0.75 * room.height && box.width < 0.75 * room.width) faults.push("a small explorer");
  }
  for (const node of page.querySelectorAll("h1, h2, p, li, td, th")) {
    const raw = !node.querySelector("code") && /\$|\\[(\[]|\\(frac|mathrm|text)/.test(node.innerText);
    if (raw) faults.push(`a formula is not drawn: ${node.innerText}`);
  }
  if (page.querySelector("mjx-merror, .explorer script")) faults.push("something is missing");
  return faults;
}"""


FIRST_EXPLORER = """[...document.querySelectorAll(".slides > section")]
  .findIndex((slide) => slide.querySelector(".explorer"))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("slides")
    slides(sorted({name[:2] for name, _ in (deck.values for deck in DECKS)}), found)
    return found


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def open_deck(browser, folder):
    """open_deck(name, language, …) → a page whose complaints and requests are collected."""
    contexts = []

    def open_it(name, language, hash="", query="", width=WIDTH, height=HEIGHT):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.complaints, page.outside = [], []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda entry: page.complaints.append(entry.text) if entry.type in ("error", "warning") else None,
        )
        own = folder.resolve().as_uri()
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((own, "data:", f"blob:{own[:4]}", "blob:null"))
                else page.outside.append(request.url)
            ),
        )
        page.goto(f"{(folder / language / f'{name}.html').resolve().as_uri()}{query}{hash}")
        page.wait_for_selector("html[data-started]", state="attached", timeout=30_000)
        return page

    yield open_it
    for context in contexts:
        context.close()


def settle(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.parametrize(("name", "language"), DECKS)
def test_every_step_of_every_slide_fits_and_explorers_move(open_deck, name, language):
    page = open_deck(name, language)
    count = page.evaluate("Reveal.getTotalSlides()")
    faults, steps = {}, 0
    while True:
        settle(page)
        index = page.evaluate("Reveal.getIndices().h")
        found = page.evaluate(FAULTS)
        if found:
            faults[index + 1] = found
        if page.locator(".present .explorer").count():
            move_explorer(page)
            assert page.evaluate("Reveal.getIndices().h") == index
        steps += 1
        if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
            break
        page.keyboard.press("PageDown")  # goes on although an explorer has the focus
        assert steps < 200
    assert faults == {}
    assert index + 1 == count
    assert page.complaints == [] and page.outside == []


def test_what_sticks_out_or_is_not_drawn_is_seen(open_deck):
    page = open_deck("01_precision_and_recall", "en", hash="#/2")
    assert page.evaluate(FAULTS) == []
    for spoil in (
        "body.style.setProperty('--larger', 2.5)",
        "body.style.setProperty('--larger', 0.8)",
        "body.insertAdjacentHTML('beforeend', '<p>$x^2$</p>')",
        "body.insertAdjacentHTML('beforeend', '<pre class=output>' + 'x'.repeat(200) + '</pre>')",
    ):
        page.reload()
        page.wait_for_selector("html[data-started]", state="attached")
        page.evaluate(f"{{ const body = document.querySelector('.present .body'); {spoil}; }}")
        assert page.evaluate(FAULTS) != [], spoil


def move_explorer(page):
    """Some key on some part of the explorer makes it draw anew."""
    root = page.locator(".present .explorer-live .imgrec").first
    redraws = "(node) => Number(node.dataset.redraws)"
    assert root.evaluate(redraws) > 0
    before = root.evaluate(redraws)
    parts = root.locator("input, button, canvas[tabindex], [role=slider], select")
    for number in range(min(parts.count(), 8)):
        for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "Enter"):
            if parts.nth(number).is_enabled():
                parts.nth(number).focus()
                page.keyboard.press(key)
                settle(page)
                if root.evaluate(redraws) > before:
                    return
    raise AssertionError("no key moves the explorer")


@pytest.mark.parametrize(("name", "language"), DECKS)
def test_everybody_can_read_a_deck_and_it_prints_one_page_a_slide(open_deck, tmp_path, name, language):
    """In the view for print all slides are visible at once: axe reads them all."""
    import pypdf
    from axe_playwright_python.sync_playwright import Axe

    page = open_deck(name, language, query="?print-pdf")
    count = page.locator(".slides .page").count()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in violations] == []
    page.emulate_media(media="screen")
    path = tmp_path / "deck.pdf"
    page.pdf(path=path, width=f"{WIDTH}px", height=f"{HEIGHT}px", print_background=True)
    pages = pypdf.PdfReader(path).pages
    assert len(pages) == count
    assert {(float(one.mediabox.width), float(one.mediabox.height)) for one in pages} == {(960, 540)}
    for number, one in enumerate(pages, start=1):
        assert f"{number} / {count}" in one.extract_text().replace("\n", " ")


def test_the_command_prints_decks(tmp_path):
    import pypdf

    # In a process of its own: playwright refuses to run inside itself.
    command = [sys.executable, "-m", "imgrec_course.cli", "slides", "00", "--pdf", "--folder", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    for language, words in (("en", "Start here"), ("zh", "深度学习")):
        pages = pypdf.PdfReader(tmp_path / language / "00_start_here.pdf").pages
        assert words in pages[0].extract_text()
        assert len(pages) >= 12
        assert f'href="{language}/00_start_here.pdf"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_pointer_hits_what_it_points_at_on_an_enlarged_slide(open_deck):
    page = open_deck("01_precision_and_recall", "en", width=1920, height=1080)
    number = page.evaluate(FIRST_EXPLORER)
    page.evaluate(f"Reveal.slide({number})")
    settle(page)
    canvas = page.locator(".present .imgrec canvas").first
    box = canvas.bounding_box()
    ratio = box["width"] / canvas.evaluate("(node) => node.offsetWidth")
    assert ratio > 1.2  # the slide is enlarged, or this test shows nothing
    for wanted in (0.2, 0.8):
        # The chart's own margins, 52 pixels left and 14 right, are enlarged with it.
        x = box["x"] + ratio * 52 + wanted * (box["width"] - ratio * 66)
        page.mouse.move(x, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.up()
        settle(page)
        reading = float(page.locator(".present .imgrec-reading").first.inner_text())
        assert abs(reading - wanted) < 0.01


def test_escape_gives_the_arrow_keys_back(open_deck):
    page = open_deck("01_precision_and_recall", "en")
    number = page.evaluate(FIRST_EXPLORER)
    page.evaluate(f"Reveal.slide({number})")
    page.locator(".present .imgrec input").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == number
    page.keyboard.press("Escape")
    assert not page.evaluate("Reveal.isOverview()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == number + 1


def test_the_other_language_opens_at_the_same_slide(open_deck):
    page = open_deck("01_precision_and_recall", "en", hash="#/4")
    page.locator(".present footer a").click()
    page.wait_for_selector("html[data-started]", state="attached")
    assert Path(page.url.partition("#")[0]).parent.name == "zh"
    assert page.evaluate("Reveal.getIndices().h") == 4
    assert page.locator(".present h2").inner_text() == "两个问题"


def test_the_speakers_window_has_notes_and_time(open_deck):
    page = open_deck("01_precision_and_recall", "zh", hash="#/2")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    notes = speaker.locator(".speaker-controls-notes .value")
    notes.filter(has_text="常见误解").wait_for()
    assert "还剩" in notes.inner_text()
    speaker.locator(".pacing-title:visible").wait_for()
    page.keyboard.press("ArrowRight")
    notes.filter(has_text="scikit-learn").wait_for()


def test_dark_slides_and_the_list_of_decks(open_deck, folder):
    from axe_playwright_python.sync_playwright import Axe

    page = open_deck("01_precision_and_recall", "en", query="?print-pdf")
    page.evaluate("document.documentElement.classList.add('dark')")
    settle(page)
    options = {"runOnly": ["wcag2a", "wcag2aa"], "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in violations] == []
    page.goto((folder / "index.html").resolve().as_uri())
    assert Axe().run(page, options=options).response["violations"] == []
    links = page.locator("table a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert len(links) == len(DECKS)
    assert all((folder / link).exists() for link in links)
