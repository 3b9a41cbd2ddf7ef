"""What every explorer owes its reader: a picture where nothing moves, two languages, light and dark pages,
any width, keys and names, and an end that leaves nothing behind.

A new explorer is one line of EXPLORERS. What it computes and how else it is moved is tested in a module of
its own, which has two functions more: ``typical()``, the explorer as a lesson shows it, the same at each
call, and ``extremes()``, those that are hard to lay out.
"""

import base64
import json
import re
from types import ModuleType
from typing import NamedTuple

import pytest
import test_clip_player as player
import test_game_explorer as game
import test_kernel_explorer as kernel
import test_latent_explorer as latent
import test_memory_meter as memory
import test_resampling_explorer as resampling
import test_threshold_explorer as threshold
import test_training_curves as training
from browser import chromium, data, overflowing, press_all, settle, show_explorer
from nbclient import NotebookClient
from nbformat import v4

from imgrec_course.paths import ROOT

WIDGETS = ROOT / "imgrec_course" / "widgets"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


ANY, WIDE = (320, 360, 480, 760, 1200), (480, 500, 700, 960, 1200)  # CSS pixels of a page
SLIDER, PLANE = "input[type=range]", "[role=application]"


class Case(NamedTuple):
    module: ModuleType  # its tests
    begins: str  # how the sentence that stands for it begins in Chinese
    word: str  # a word on its page in Chinese
    handle: str = ""  # selector of what the arrow keys move; empty: nothing can be moved
    trait: str = ""  # what they move
    widths: tuple = ANY
    look: object = None  # look(page, explorer): what else is done or looked at wherever it is laid out
    painted: bool = True  # its canvases are drawn in the colours of the page


EXPLORERS = {
    "game": Case(game, "正例：博弈探索器：", "平滑", SLIDER, "position"),
    "kernel": Case(kernel, "卷积核探索器：", "特征图", SLIDER, "position", WIDE, kernel.no_cell_is_cut),
    "latent": Case(latent, "正例：潜在空间探索器：", "前进", PLANE, "column", look=latent.keeps_its_shape),
    "memory": Case(memory, "记忆计：", "影片", SLIDER, "scale", look=memory.keep_a_curve),
    "player": Case(player, "片段播放器：", "循环", SLIDER, "position", ANY, player.keeps_its_shape, False),
    "resampling": Case(resampling, "重抽样探索器：", "指标", '[data-setting="draws"]', "draws", ANY[1:]),
    "threshold": Case(threshold, "阈值探索器：", "查准率", SLIDER, "threshold", WIDE),
    "training": Case(training, "训练曲线", "学习率"),
}
EVERY = pytest.mark.parametrize("name", EXPLORERS)
MOVABLE = pytest.mark.parametrize("name", [name for name, case in EXPLORERS.items() if case.handle])


def test_no_explorer_is_left_out():
    folders = {path.parent.name for path in WIDGETS.glob("*/explorer.py")}
    assert folders == EXPLORERS.keys()


@EVERY
def test_where_nothing_moves_there_is_a_picture_and_a_sentence(name, monkeypatch):
    case = EXPLORERS[name]
    monkeypatch.setenv("IMGREC_LANG", "en")
    data, metadata = case.module.typical()._repr_mimebundle_()
    again, _ = case.module.typical()._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert len(data["image/png"]) < 45_000
    assert data["text/plain"] == metadata["image/png"]["alt"] == repr(case.module.typical())
    assert VIEW in data
    assert (again["text/plain"], again["image/png"]) == (data["text/plain"], data["image/png"])
    assert not re.search("[\u4e00-\u9fff]|nan", data["text/plain"])
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(case.module.typical()).startswith(case.begins)


@EVERY
def test_of_the_script_the_code_alone_is_stored(name):
    def code(path):
        lines = [line.strip() for line in (WIDGETS / path).read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line and not line.startswith(("//", "/**", "*"))]

    stored = EXPLORERS[name].module.typical()._esm.splitlines()
    shared = code("base.js") + code(f"{name}/explorer.js")
    assert stored in (shared, code("tape/tape.js") + shared)


@pytest.mark.slow
def test_what_a_notebook_stores_is_complete():
    """Without a kernel, a page has what the notebook keeps: every trait, and every array as its bytes."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from test_explorers import EXPLORERS
for case in EXPLORERS.values():
    display(case.module.typical())
"""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", store_widget_state=True).execute()
    models = notebook.metadata["widgets"][STATE]["state"].values()
    stored = {model["state"]["_esm"]: model for model in models if "_esm" in model["state"]}
    assert len(stored) == len(EXPLORERS)
    for name, case in EXPLORERS.items():
        expected = case.module.typical().get_state()
        model = stored[expected["_esm"]]
        arrays = {buffer["path"][0]: base64.b64decode(buffer["data"]) for buffer in model.get("buffers", ())}
        found = {**model["state"], **arrays}
        ours = [key for key in expected if key in ("_esm", "_css") or not key.startswith(("_", "layout"))]
        for key in ours:
            value = (
                expected[key] if isinstance(expected[key], bytes) else json.loads(json.dumps(expected[key]))
            )
            assert found.get(key) == value, (name, key)
        assert "export default" in expected["_esm"], name


@pytest.mark.browser
@EVERY
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_overflows(name, language, monkeypatch):
    case = EXPLORERS[name]
    monkeypatch.setenv("IMGREC_LANG", language)
    with chromium() as page:
        for explorer in case.module.extremes():
            for width in case.widths:
                show_explorer(page, explorer, width)
                settle(page)
                if case.look:
                    case.look(page, explorer)
                assert overflowing(page) == 0, (width, repr(explorer))
                assert (case.word in page.text_content(".imgrec")) == (language == "zh")
        assert page.errors == []


@pytest.mark.browser
@EVERY
def test_everything_has_a_name_and_jupyterlab_leaves_its_keys_alone(name):
    """Lab's X cuts the cell, unless the focused element itself – not one around it – says otherwise."""
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, EXPLORERS[name].module.typical())
        nameless = page.evaluate("""[...document.querySelectorAll(".imgrec :is(input, select, canvas)")]
          .filter((node) => !node.closest("[aria-hidden=true]") && !node.getAttribute("aria-label"))
          .filter((node) => !node.closest("label")?.textContent.trim())
          .map((node) => node.outerHTML)""")
        assert nameless == []
        bare = page.evaluate("""() => {
          const nodes = document.querySelectorAll(".imgrec :is(input, select, button, [tabindex])");
          const reached = [...nodes].filter((node) => !node.disabled && node.checkVisibility());
          const marked = (node) => { node.focus(); return node.hasAttribute("data-lm-suppress-shortcuts"); };
          return reached.filter((node) => !marked(node)).map((node) => node.outerHTML);
        }""")
        assert bare == []
        assert page.errors == []


@pytest.mark.browser
@MOVABLE
def test_a_move_is_said_once_and_only_when_the_hand_rests(name):
    case = EXPLORERS[name]
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, case.module.typical())
        assert page.locator(".imgrec :is(output, [aria-live], [role=status], [role=alert])").count() == 1
        page.evaluate("document.querySelector('[aria-live]').textContent = ''")
        page.locator(case.handle).first.press("ArrowRight")
        assert page.text_content("[aria-live]") == ""
        page.wait_for_function("document.querySelector('[aria-live]').textContent !== ''")
        assert page.errors == []


@pytest.mark.browser
@EVERY
def test_language_and_theme_can_change_and_the_end_leaves_nothing(name):
    case = EXPLORERS[name]
    explorer = case.module.typical()
    canvases = "[...document.querySelectorAll('.imgrec canvas')].map((canvas) => canvas.toDataURL())"
    style = "getComputedStyle(document.querySelector('.imgrec'))"
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, explorer)
        settle(page)
        light = page.evaluate(canvases)
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
        settle(page)
        assert page.evaluate(f"[{style}.color, {style}.backgroundColor]") == [
            "rgb(228, 228, 228)",
            "rgb(28, 28, 28)",
        ]
        assert (page.evaluate(canvases) != light) == case.painted
        if case.handle:
            page.locator(case.handle).first.press("ArrowRight")
        page.evaluate("model.set('language', 'zh')")
        text = "(word) => document.querySelector('.imgrec').textContent.includes(word)"
        page.wait_for_function(text, arg=case.word)
        settle(page)
        if case.handle:
            told = lambda: page.evaluate("(trait) => saved[trait]", case.trait)  # noqa: E731
            begun = getattr(explorer, case.trait)
            moved = told()  # nothing moved is lost with the language …
            assert moved not in (None, begun)
            page.locator(case.handle).first.press("End")
            page.evaluate("destroy()")  # … nor with the view
            assert told() not in (None, begun, moved)
            page.evaluate("([trait, value]) => model.set(trait, value)", [case.trait, begun])
        else:
            page.evaluate("destroy()")
        assert page.evaluate("listening()") == 0
        settle(page)
        assert page.errors == []


# {name: (one of twenty moments, what it says of where it stands)}: those that play from first to last.
TAPES = {
    "game": (lambda: game.GameExplorer(game.example(moments=20)), "moment {number} of 20: step {step}"),
    "player": (lambda: player.ClipPlayer(player.example(time=20)), "frame {number} of 20"),
}


@pytest.mark.browser
@pytest.mark.parametrize("name", TAPES)
def test_keys_slider_and_buttons_move_a_tape(name):
    make, said = TAPES[name]
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, make())
        slider = page.get_by_role("slider")
        for keys, position in (
            (["ArrowRight"] * 3, 3),
            (["ArrowLeft"], 2),
            (["PageUp"], 12),
            (["End", "ArrowRight"], 19),
            (["ArrowLeft", "PageDown"], 8),
            (["Home", "ArrowLeft"], 0),
            (["a", "ArrowUp", "ArrowRight", "ArrowDown", "Tab"], 1),
        ):
            press_all(page, slider, keys)
            assert data(page, "position") == str(position), keys
            words = said.format(number=position + 1, step=10 * position)
            assert slider.get_attribute("aria-valuetext") == page.text_content(".imgrec-reading") == words
        page.wait_for_function("window.saved?.position === 1")
        page.get_by_role("button", name="Step").click()
        page.get_by_role("button", name="Step").press("ArrowRight")
        page.get_by_role("button", name="Back").click()
        settle(page)
        assert data(page, "position") == "2"
        page.wait_for_function("window.saved?.position === 2")
        slider.evaluate("(node) => { node.value = 7; node.dispatchEvent(new Event('input')); }")
        settle(page)
        assert data(page, "position") == "7"
        assert page.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("name", [*TAPES, "latent"])
def test_what_is_not_seen_does_not_play(name):
    where = "JSON.stringify({ ...document.querySelector('.imgrec').dataset, redraws: 0 })"
    playing = "(said) => document.querySelector('.imgrec').dataset.playing === said"
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, TAPES[name][0]() if name in TAPES else EXPLORERS[name].module.typical())
        page.get_by_role("button", name="Play").click()
        page.wait_for_function(playing, arg="true")
        page.evaluate("document.getElementById('here').style.marginTop = '3000px'")
        page.wait_for_function(playing, arg="false")
        settle(page)
        stopped = page.evaluate(where)
        page.wait_for_timeout(300)
        assert page.evaluate(where) == stopped
        page.evaluate("document.getElementById('here').style.marginTop = '0'")
        page.wait_for_function(playing, arg="true")
        assert page.errors == []
