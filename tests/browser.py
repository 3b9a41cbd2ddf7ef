"""Headless Chromium, explorers and JupyterLab in it, for the tests that look at what a learner sees."""

import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import time

import pytest

from imgrec_course.authoring import slides
from imgrec_course.language import CourseError
from imgrec_course.paths import ROOT

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium():
    """Chromium, as `imgrec slides --pdf` finds it; without one the test is skipped, in CI it fails."""
    try:
        return slides.chromium()
    except CourseError:
        text = "No Chromium here (install it, or name it in IMGREC_CHROMIUM)"
        if os.environ.get("CI"):
            pytest.fail(f"{text}: in CI the browser tests must run")
        pytest.skip(text)


@contextlib.contextmanager
def chromium(**context):
    """A browser page: ``with chromium(viewport=…) as page``; JavaScript errors stand in page.errors."""
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = browser.new_context(**context).new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        try:
            yield page
        finally:
            browser.close()


PAGE = """<!doctype html><meta charset="utf-8"><style>%css</style>
<body style="margin:0;background:%background"><div id="here" style="width:%widthpx"></div>
<script type="module">
%esm
window.bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const state = %state;
for (const name of %bytes) state[name] = bytes(state[name]);
const listeners = {};
window.listening = () => Object.values(listeners).flat().length;
window.model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; for (const f of listeners["change:" + name] || []) f(); },
  save_changes: () => { window.saved = { ...state }; },
  on: (name, f) => (listeners[name] = listeners[name] || []).push(f),
  off: (name, f) => { listeners[name] = (listeners[name] || []).filter((other) => other !== f); },
};
window.destroy = exported.render({ model, el: document.getElementById("here") });
</script>"""


def show_explorer(page, explorer, width=900, background="#fff"):
    """An explorer on a page of its own, as a stored notebook on the web has it: no kernel, no server.

    The page has ``model``, as anywidget hands it to the explorer; ``saved``, what Python would have been told
    last; ``destroy()``, which takes the explorer down; ``listening()``, how many listeners the model has;
    ``bytes(text)``, base64 as the bytes that a trait holds.
    """
    state = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in explorer.get_state().items()
        if not name.startswith("_") and name != "layout"
    }
    binary = [name for name, value in explorer.get_state().items() if isinstance(value, bytes)]
    content = PAGE
    for name, value in (
        ("css", explorer._css),
        ("background", background),
        ("width", str(width)),
        ("esm", explorer._esm.replace("export default ", "const exported = ")),
        ("state", json.dumps(state)),
        ("bytes", json.dumps(binary)),
    ):
        content = content.replace(f"%{name}", value, 1)
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content(content)
    page.wait_for_function("document.querySelector('.imgrec')?.dataset.redraws > 0")


def data(page, name):
    """What the explorer's box says of itself in ``data-NAME``."""
    return page.get_attribute(".imgrec", f"data-{name}")


def stored_size(explorer):
    """Bytes that a notebook keeps of an explorer, its picture left out."""
    return sum(
        len(value) * 4 // 3 if isinstance(value, bytes) else len(json.dumps(value))
        for name, value in explorer.get_state().items()
        if name != "layout"
    )


def press_all(page, target, keys):
    """Press keys one after the other, and wait until the explorer has drawn."""
    for key in keys:
        target.press(key)
    settle(page)


def settle(page):
    """Wait until the explorer has drawn what was asked for."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def overflowing(page):
    """How many parts of the explorer stick out of the page to the right; the page itself counts as one."""
    return page.evaluate("""(document.documentElement.scrollWidth > innerWidth)
      + [...document.querySelectorAll(".imgrec *")]
        .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).length""")


@contextlib.contextmanager
def course_lab(folder, *arguments):
    """The real `imgrec lab` on a working copy in ``folder``; yields the address it prints."""
    command = [sys.executable, "-m", "imgrec_course.cli", "lab", "--no-browser", "--folder", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    process = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            address = re.search(r"http://127\.0\.0\.1:\d+\S*", line)
            if address:
                yield address[0].rstrip(".)")
                break
        else:
            raise AssertionError("imgrec lab printed no address: " + "".join(lines))
    finally:
        process.terminate()
        process.wait(30)


def open_notebook(page, address, name):
    """Open a notebook, such as "en/00_start_here.ipynb", and wait until its kernel is idle."""
    base, _, token = address.partition("?token=")
    page.goto(f"{base.partition('/lab')[0]}/lab/tree/{name}?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(".jp-SplashScreen, #jupyterlab-splash", state="detached", timeout=60_000)
    page.wait_for_selector('.jp-NotebookPanel-toolbar [data-status="idle"]', timeout=60_000)
    # A moment too early, and Lab asks which kernel to use.
    page.wait_for_timeout(2000)


def run_all_cells(page, seconds=240):
    """Run → Run All Cells, by the menu's command, and wait until every cell has its number."""
    run_cells(page, "runmenu:run-all", seconds)


def run_cells_above(page, place, seconds=240):
    """Run → Run All Above Selected Cell, with the code cell at this place selected, and wait for it."""
    page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".jp-InputPrompt").click()
    run_cells(page, "notebook:run-all-above", seconds)


def run_cells(page, command, seconds):
    page.locator(".lm-MenuBar-item").nth(3).click()
    page.locator(f'.lm-Menu-item[data-command="{command}"]').click()
    deadline = time.monotonic() + seconds
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    while time.monotonic() < deadline:
        prompts = cells.locator(".jp-InputPrompt").all_text_contents()
        idle = page.locator('.jp-NotebookPanel-toolbar [data-status="idle"]').count()
        if idle and all(prompt.strip("[]: \u200b").isdigit() for prompt in prompts):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"the notebook still runs after {seconds} s: {prompts}")
