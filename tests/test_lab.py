"""What `imgrec lab` leaves out of JupyterLab: the extensions of packages that only authors need."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser import chromium, course_lab, open_notebook

from imgrec_course import lab

SERVER = {"jupyter_lsp", "jupyter_server_terminals", "jupyterlab"}
LAB = {"@jupyter-widgets/jupyterlab-manager", "anywidget", "jupyterlab_pygments"}


def test_every_installed_extension_is_wanted_or_switched_off():
    """A new package that brings one must be judged: is it for those who learn?"""
    found = set()
    for path in (Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d").glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        found |= content.get("ServerApp", {}).get("jpserver_extensions", {}).keys()
    assert found <= SERVER | set(lab.OTHERS_SERVER_EXTENSIONS)
    folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    packages = {path.parent.relative_to(folder).as_posix() for path in folder.rglob("package.json")}
    packages = {name for name in packages if name.count("/") == name.startswith("@")}
    assert packages <= LAB | set(lab.OTHERS_LAB_EXTENSIONS)
    assert packages >= LAB


def test_server_and_page_are_told_what_to_leave_out(tmp_path):
    command = lab.command("en", tmp_path, None, browser=False)
    assert "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=False" in command
    page = json.loads((tmp_path / ".imgrec/settings-en/page_config.json").read_text(encoding="utf-8"))
    assert "@jupyter/nbgrader" in page["disabledExtensions"]


@pytest.mark.slow
@pytest.mark.browser
def test_the_learner_sees_none_of_it(tmp_path):
    with course_lab(tmp_path / "copy", "--lang", "en") as address, chromium() as page:
        open_notebook(page, address, "en/00_start_here.ipynb")
        assert page.locator(".lm-MenuBar-itemLabel").all_text_contents() == [
            *("File", "Edit", "View", "Run", "Kernel", "Tabs", "Settings", "Help")
        ]
        said = page.locator("body").inner_text().lower()
        assert not [word for word in ("nbgrader", "validate", "jupytext") if word in said]
        toolbar = page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name]")
        names = {button.get_attribute("data-jp-item-name") for button in toolbar.all()}
        assert names >= {"save", "run", "kernelName"}
        assert not names & {"interfaceSwitcher", "runAll"}  # those of the other notebook application
        page.locator(".lm-MenuBar-item").first.click()
        page.wait_for_selector(".lm-Menu-itemLabel")
        assert not {"Jupytext", "New Text Notebook"} & {
            *page.locator(".lm-Menu-itemLabel").all_text_contents()
        }
        disabled = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent)")
        assert set(disabled["disabledExtensions"]) >= set(lab.OTHERS_LAB_EXTENSIONS)
        base, _, token = address.partition("?token=")
        for path in ("formgrader", "assignments", "tree"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                lab.DIRECT.open(f"{base.partition('/lab')[0]}/{path}?token={token}", timeout=10)
        assert page.errors == []
