"""Every lesson as a learner meets it: the real `imgrec lab`, a browser, Run All, the explorer moved."""

import re

import pytest
from browser import chromium, course_lab, open_notebook, run_all_cells

from imgrec_course.authoring.lesson import lesson_paths
from imgrec_course.language import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The code is the same in both languages: what trains for a minute runs once, in English; in Chinese it is
# opened with its stored outputs.
RUN_IN_BOTH = ("00_start_here", "01_precision_and_recall")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with course_lab(tmp_path_factory.mktemp("learner"), "--lang", "en") as found:
        yield found


@pytest.fixture(scope="module")
def page():
    with chromium(viewport={"width": 1300, "height": 1000}) as found:
        yield found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", [path.stem for path in lesson_paths()])
def test_a_lesson_runs_and_its_threshold_explorers_move(address, page, lesson, language):
    open_notebook(page, address, f"{language}/{lesson}.ipynb")
    if language == "en" or lesson in RUN_IN_BOTH:
        run_all_cells(page)
    outputs = page.locator(".jp-Notebook .jp-OutputArea-output")
    assert page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    text = "\n".join(outputs.all_text_contents())
    # What the machine says is in the language of the notebook's folder.
    assert ("not attempted yet" in text) == (language == "en")
    assert ("尚未作答" in text) == (language == "zh")
    assert page.locator(".jp-RenderedHTMLCommon mjx-container, .jp-RenderedHTMLCommon .MathJax").count() >= (
        lesson >= "01"
    )
    assert page.locator("mjx-merror").count() == 0
    wide = page.evaluate(
        "[...document.querySelectorAll('.jp-OutputArea-output img')]"
        ".filter((image) => image.clientWidth > image.closest('.jp-Cell').clientWidth).length"
    )
    assert wide == 0
    explorers = page.locator(".imgrec-threshold")
    for index in range(explorers.count()):
        explorer = explorers.nth(index)
        explorer.scroll_into_view_if_needed()
        before = [explorer.locator(f'[data-count="{name}"]').text_content() for name in ("tp", "fp")]
        slider = explorer.locator("input[type=range]")
        for _ in range(3):
            slider.press("PageDown")
        page.wait_for_timeout(300)
        after = [explorer.locator(f'[data-count="{name}"]').text_content() for name in ("tp", "fp")]
        assert re.fullmatch(r"0\.2\d\d", explorer.locator(".imgrec-reading").text_content())
        assert sum(map(int, after)) > sum(map(int, before))
    assert page.errors == []


def test_every_lesson_with_an_explorer_was_moved(address, page):
    """Lessons 00 and 01 have one: should it no longer be found, the test above would check nothing."""
    for lesson in ("00_start_here", "01_precision_and_recall"):
        open_notebook(page, address, f"en/{lesson}.ipynb")
        page.wait_for_selector(".imgrec-threshold [data-measure]")


def test_the_page_speaks_the_asked_language(page, tmp_path):
    with course_lab(tmp_path, "--lang", "zh") as address:
        assert "/lab/tree/zh/00_start_here.ipynb" in address
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(".lm-MenuBar-itemLabel:has-text('文件')", timeout=30_000)
        page.wait_for_selector(".jp-RenderedMarkdown :text('从这里开始')", timeout=30_000)
