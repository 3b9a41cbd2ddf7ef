"""Every lesson as a learner meets it: the real `imgrec lab`, a browser, cells run, every explorer moved."""

import nbformat
import pytest
from browser import chromium, course_lab, open_notebook, run_all_cells, run_cells_above

from imgrec_course.authoring.lesson import lesson_paths
from imgrec_course.language import LANGUAGES
from imgrec_course.paths import NOTEBOOKS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# That every cell runs is nbval's to prove. Here the first lessons run whole; of the others, which train for
# a minute, only what comes before their last explorer; what has none is opened with its stored outputs.
RUN_WHOLE = ("00_start_here", "01_precision_and_recall")

# What gets the key, and the key that moves each kind of explorer: what it says of itself must change.
MOVES = {
    "threshold": ("input[type=range]", "PageDown"),
    "kernel": (".imgrec-map", "ArrowRight"),
    "memory": ('input[data-setting="scale"]', "ArrowLeft"),
    "player": ("input[type=range]", "ArrowRight"),
    "game": ("input[type=range]", "ArrowRight"),
    "latent": (".imgrec-plane", "ArrowRight"),
    "resampling": ('input[data-setting="draws"]', "PageUp"),
}
CALLS = (
    "ThresholdExplorer(",
    "KernelExplorer(",
    "MemoryMeter(",
    "ClipPlayer(",
    "GameExplorer(",
    "LatentExplorer(",
    "ResamplingExplorer(",
)
# Should one no longer be found, the test would move nothing: so it counts them.
EXPLORERS = {
    "00_start_here": ["threshold"],
    "01_precision_and_recall": ["threshold"],
    "02_honest_evaluation": ["resampling"],
    "03_convolution_by_hand": ["kernel"],
    "07_recurrence_by_hand": ["memory"],
    "08_image_sequences": ["player"],
    "09_adversarial_game": ["game", "game"],
    "10_dcgan": ["latent"],
}
SAYS = """(root) => JSON.stringify([
  { ...root.dataset, redraws: null },
  [...root.querySelectorAll("[data-count], .imgrec-reading")].map((node) => node.textContent),
])"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with course_lab(tmp_path_factory.mktemp("learner"), "--lang", "en") as found:
        yield found


@pytest.fixture(scope="module")
def page():
    with chromium(viewport={"width": 1300, "height": 1000}) as found:
        yield found


def moved(page, kind):
    """Number of explorers of this kind on the page; each has been moved by keys and has said so."""
    explorers = page.locator(f".imgrec-{kind}[data-redraws]")
    target, key = MOVES[kind]
    for index in range(explorers.count()):
        explorer = explorers.nth(index)
        explorer.scroll_into_view_if_needed()
        before = explorer.evaluate(SAYS)
        for _ in range(3):
            explorer.locator(target).first.press(key)
        page.wait_for_timeout(300)
        assert explorer.evaluate(SAYS) != before
    return explorers.count()


def after_the_explorers(name):
    """Place of the code cell that follows the notebook's last explorer."""
    cells = nbformat.read(NOTEBOOKS / name, as_version=4).cells
    code = [place for place, cell in enumerate(cells) if cell.cell_type == "code"]
    last = max(place for place in code if any(call in cells[place].source for call in CALLS))
    return min(place for place in code if place > last)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", [path.stem for path in lesson_paths()])
def test_a_lesson_runs_and_its_explorers_move(address, page, lesson, language):
    open_notebook(page, address, f"{language}/{lesson}.ipynb")
    if lesson in RUN_WHOLE:
        run_all_cells(page)
    elif lesson in EXPLORERS:
        run_cells_above(page, after_the_explorers(f"{language}/{lesson}.ipynb"))
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
    for kind in EXPLORERS.get(lesson, ()):
        page.wait_for_selector(f".imgrec-{kind}[data-redraws]", state="attached", timeout=30_000)
    for kind in MOVES:
        assert moved(page, kind) == EXPLORERS.get(lesson, ()).count(kind), kind
    assert page.errors == []


def test_the_contents_open_in_the_asked_language_and_lead_to_the_lessons(page, tmp_path):
    with course_lab(tmp_path, "--lang", "zh") as address:
        assert "/lab/tree/zh/contents.ipynb" in address
        page.goto(address)
        page.wait_for_selector(".lm-MenuBar-itemLabel:has-text('文件')", timeout=60_000)
        page.wait_for_selector(".jp-RenderedMarkdown :text('查准与查全')", timeout=30_000)
        page.locator(".jp-OutputArea-output a", has_text="从这里开始").click()
        page.wait_for_selector(".jp-RenderedMarkdown :text('00 · 从这里开始')", timeout=30_000)
