"""Explorers on pages without a kernel, as web edition and slides have them."""

import nbformat
import pytest
from browser import chromium

from imgrec_course.authoring import web
from imgrec_course.paths import NOTEBOOKS

pytestmark = pytest.mark.browser


def explorers_of(language, number):
    """A lesson's notebook, and its outputs that are explorers."""
    path = next((NOTEBOOKS / language).glob(f"{number}_*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return notebook, [output for output in outputs if web.VIEW in output.get("data", {})]


def write_page(folder, body, background="#fff"):
    """A page with the scripts beside it; returns its address, which needs no server."""
    web.copy(folder)
    content = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
        f'<body style="background:{background}">{body}<script defer src="explorers.js"></script></body></html>'
    )
    (folder / "page.html").write_text(content, encoding="utf-8")
    return (folder / "page.html").as_uri()


def write_explorers(folder, language, number):
    notebook, outputs = explorers_of(language, number)
    return write_page(folder, "".join(map(web.explorer, outputs)) + web.state(notebook)), len(outputs)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("number", ["01", "03", "04", "07", "08", "09", "10"])
def test_explorers_of_a_stored_notebook_are_drawn(tmp_path, language, number):
    address, count = write_explorers(tmp_path, language, number)
    with chromium(viewport={"width": 1000, "height": 900}) as page:
        console = []
        page.on("console", lambda message: console.append(message.text))
        page.goto(address)
        page.wait_for_function(
            f"[...document.querySelectorAll('.imgrec')].filter(one => one.dataset.redraws > 0).length == {count}"
        )
        assert page.locator(".explorer > img:visible").count() == 0
        page.emulate_media(media="print")
        assert page.locator(".explorer > img:visible").count() == count
        assert page.locator(".imgrec:visible").count() == 0
        assert page.errors == [] and console == []
