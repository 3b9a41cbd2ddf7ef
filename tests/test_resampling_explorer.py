"""The resampling explorer: its arguments, its picture, and that the browser's bootstrap is Python's."""

import json
import re

import numpy as np
import pytest
from browser import chromium, settle, show_explorer

from imgrec_course import metrics
from imgrec_course.language import CourseError
from imgrec_course.widgets.resampling import ResamplingExplorer

STATE = "application/vnd.jupyter.widget-state+json"
COUNTS = (42, 20, 17, 80)  # the thumbnail finder of lessons 01 and 02
MEASURES = ("precision", "recall", "f1")


def matrix(counts):
    found, wrong, missed, left = counts
    return np.array([[left, wrong], [missed, found]])


def measure_of(counts, measure):
    """The measure of counts (…, 4): TP, FP, FN, TN."""
    found, wrong, missed, left = np.moveaxis(np.asarray(counts), -1, 0)
    confusion = np.stack([np.stack([left, wrong], -1), np.stack([missed, found], -1)], -2)
    return metrics.precision_recall_f1(confusion)[MEASURES.index(measure)][..., 1]


def drawn_counts(counts, seed, draws):
    """(draws, 4) counts that the browser must draw: sfc32 (Doty-Humphrey's PractRand), all draws at once."""
    images = sum(counts)
    kinds = np.repeat(np.arange(4), counts)
    a = np.full(draws, seed, dtype=np.uint32)
    b = np.arange(draws, dtype=np.uint32)
    c = np.full(draws, 0x9E3779B9, dtype=np.uint32)
    tallies = np.zeros((draws, 4), dtype=int)
    for step in range(15 + images):
        out = a + b + np.uint32(1 + step)
        a = b ^ (b >> np.uint32(9))
        b = c + (c << np.uint32(3))
        c = ((c << np.uint32(21)) | (c >> np.uint32(11))) + out
        if step >= 15:
            tallies[np.arange(draws), kinds[(out.astype(np.float64) * images / 2**32).astype(int)]] += 1
    return tallies


def typical():
    return ResamplingExplorer(COUNTS)


def extremes():
    return [
        ResamplingExplorer(COUNTS, measure="f1", times=times, draws=draws)
        for times, draws in ((1, 0), (16, 2000))
    ]


# In Python


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"counts": (1, 2, 3)}, r"counts must be four whole numbers, .* not \(1, 2, 3\)"),
        ({"counts": (1, 2, 3, -4)}, "counts must be four whole numbers"),
        ({"counts": (1, 2, 3, 0.5)}, "counts must be four whole numbers"),
        ({"counts": matrix(COUNTS)}, "counts must be four whole numbers"),
        ({"counts": None}, "counts must be four whole numbers, .* not None"),
        ({"counts": (0, 2, 0, 4)}, r"at least 1 positive \(TP \+ FN\) and 1 negative .* not 0 and 6"),
        ({"counts": (1, 0, 3, 0)}, "at least 1 positive .* not 4 and 0"),
        ({"counts": (100, 1, 1, 99)}, "at most 200 images, not 201: begin with a smaller test"),
        ({"measure": "accuracy"}, "measure must be one of 'precision', 'recall', 'f1', not 'accuracy'"),
        ({"times": 3}, "times must be one of 1, 2, 4, 8, 16, not 3"),
        ({"times": True}, "times must be one of .* not True"),
        ({"positives": 0}, "positives must be a whole number, 1 to 158, not 0"),
        ({"positives": 159}, "positives must be a whole number, 1 to 158, not 159"),
        ({"positives": 9.5}, "positives must be .* not 9.5"),
        ({"seed": -1}, "seed must be a whole number, 0 to 9999, not -1"),
        ({"draws": 2001}, "draws must be a whole number, 0 to 2000, not 2001"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    with pytest.raises(CourseError) as caught:
        ResamplingExplorer(**{"counts": COUNTS, **arguments})
    assert re.search(sentence, str(caught.value))
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert not re.search(sentence, str(caught.value))


@pytest.mark.parametrize(
    ("name", "value"), [("measure", "F1"), ("times", 5), ("positives", 400), ("seed", 1.5), ("draws", -1)]
)
def test_what_is_set_later_is_checked_too(name, value):
    explorer = ResamplingExplorer(COUNTS)
    before = getattr(explorer, name)
    with pytest.raises(CourseError):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_another_size_and_another_share_keep_the_rates():
    explorer = ResamplingExplorer(COUNTS)
    assert explorer.test() == COUNTS
    explorer.times = 4
    assert explorer.test() == tuple(4 * count for count in COUNTS)
    for times in (1, 16):
        for positives in range(1, 159):
            explorer.times, explorer.positives = times, positives
            found, wrong, missed, left = explorer.test()
            assert found + missed == times * positives
            assert found + wrong + missed + left == times * 159
            assert abs(found - 42 / 59 * times * positives) <= 0.5
            assert abs(wrong - 0.2 * times * (159 - positives)) <= 0.5


def test_the_width_of_python_falls_with_the_square_root():
    explorer = ResamplingExplorer(COUNTS)
    widths = [np.diff(explorer.interval(times))[0] for times in (1, 4, 16)]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.12)
    assert widths[1] / widths[2] == pytest.approx(2, rel=0.12)
    assert explorer.interval(positives=8) == ResamplingExplorer(COUNTS, positives=8).interval()
    assert explorer.interval() != explorer.interval(positives=8)
    with pytest.raises(CourseError):
        explorer.interval(times=3)


def test_where_nothing_moves_it_says_what_was_measured(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    explorer = ResamplingExplorer(COUNTS)
    low, high = explorer.interval()
    assert repr(explorer) == (
        "Resampling explorer: a test of 159 images, 59 of them positive "
        f"(measured recall 0.712, 95 % interval {low:.3f} to {high:.3f}). It moves in JupyterLab."
    )
    # Nothing was returned: precision has no value, and that is said, not raised.
    nothing = ResamplingExplorer((0, 0, 17, 80), measure="precision", language="en")
    assert "precision –, 95 % interval – to –" in repr(nothing)
    assert nothing._repr_mimebundle_()[0]["image/png"].startswith(b"\x89PNG")


def test_what_a_notebook_stores_is_small():
    explorer = ResamplingExplorer(COUNTS)
    state = sum(len(json.dumps(value)) for name, value in explorer.get_state().items() if name != "layout")
    assert state < 50_000


# In the browser


def show(page, explorer, width=900, **arguments):
    show_explorer(page, explorer, width, **arguments)
    counted(page)


def counted(page):
    """Wait until all draws that were asked for are counted and shown."""
    settle(page)
    page.wait_for_function(
        "(({ draws, counted }) => draws === counted)(document.querySelector('.imgrec-resampling').dataset)"
    )


def data(page, name):
    return page.get_attribute(".imgrec-resampling", f"data-{name}")


def numbers(page, *names):
    return [float(data(page, name)) for name in names]


def put(page, **settings):
    for name, value in settings.items():
        page.evaluate("([name, value]) => model.set(name, value)", [name, value])
    counted(page)


def control(page, name):
    return page.locator(f'.imgrec-resampling [data-setting="{name}"]')


@pytest.mark.browser
@pytest.mark.parametrize(("times", "positives", "seed"), [(1, 59, 1), (4, 59, 2), (1, 3, 9999), (2, 150, 0)])
def test_the_browser_draws_what_the_generator_says(times, positives, seed):
    with chromium() as page:
        explorer = ResamplingExplorer(COUNTS, times=times, positives=positives, seed=seed, draws=2000)
        show(page, explorer)
        test = explorer.test()
        assert data(page, "test") == " ".join(map(str, test))
        counts = drawn_counts(test, seed, 2000)
        for measure in MEASURES:
            put(page, measure=measure)
            values = measure_of(counts, measure)
            expected = (
                *metrics.percentile_interval(values),
                float(measure_of(test, measure)),
                float(values[-1]),
            )
            assert numbers(page, "low", "high", "estimate", "last") == pytest.approx(expected, abs=1e-12)
            missing = int(np.isnan(values).sum())
            note = page.text_content(".imgrec-note")
            assert note.startswith(f"{missing} of the draws have no value") == (missing > 0)
        assert page.errors == []


@pytest.mark.browser
def test_the_interval_agrees_with_the_packages_bootstrap():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS, draws=2000))
        for times, positives in ((1, 59), (4, 59), (16, 59), (1, 8), (4, 100)):
            put(page, times=times, positives=positives)
            test = [int(count) for count in data(page, "test").split()]
            by_counts = metrics.resample_confusion(matrix(test), 20_000, seed=11)
            for index, measure in enumerate(MEASURES):
                put(page, measure=measure)
                values = metrics.precision_recall_f1(by_counts)[index][:, 1]
                expected = metrics.percentile_interval(values)
                # A 2.5 % quantile of 2,000 draws has a standard error of about 0.06 standard deviations;
                # a quantile also jumps by the distance of two possible values.
                spread = np.nanstd(values)
                allowed = 4 * 0.06 * spread + (0.5 / (times * positives) if measure == "recall" else 0)
                low, high = numbers(page, "low", "high")
                assert abs(low - expected[0]) < allowed, (times, positives, measure)
                assert abs(high - expected[1]) < allowed, (times, positives, measure)
        # and with the bootstrap of images, on the lesson's own test
        labels = np.repeat([1, 0, 1, 0], COUNTS)
        returned = np.repeat([1, 1, 0, 0], COUNTS)
        by_images = metrics.bootstrap(lambda y, d: (y & d).sum() / y.sum(), labels, returned)
        put(page, times=1, positives=59, measure="recall")
        assert numbers(page, "low", "high") == pytest.approx(np.quantile(by_images, [0.025, 0.975]), abs=0.02)
        assert page.errors == []


@pytest.mark.browser
def test_different_seeds_give_different_draws_whose_spread_is_right():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS, draws=1))
        lasts = []
        for seed in range(200):
            put(page, seed=seed)
            lasts.append(float(data(page, "last")))
        expected = measure_of(drawn_counts(COUNTS, 0, 2000), "recall")
        assert len(set(lasts)) > 20
        assert np.mean(lasts) == pytest.approx(42 / 59, abs=4 * expected.std() / np.sqrt(200))
        assert np.std(lasts) == pytest.approx(expected.std(), rel=0.25)


@pytest.mark.browser
def test_four_times_the_images_half_the_width_and_rare_positives_widen():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS, draws=2000))

        def width():
            low, high = numbers(page, "low", "high")
            return high - low

        at_one = width()
        for expected in (1 / np.sqrt(2), 1 / 2, 1 / np.sqrt(8), 1 / 4):
            control(page, "times").press("ArrowRight")
            counted(page)
            assert width() / at_one == pytest.approx(expected, rel=0.12)
        assert data(page, "times") == "16"
        put(page, times=1, positives=6)
        assert width() > 2.5 * at_one
        assert page.errors == []


@pytest.mark.browser
def test_buttons_slider_keys_and_what_python_is_told():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS))
        assert page.text_content(".imgrec-result") == "Draw a test that might have been."
        slider = control(page, "draws")
        for keys, draws in (
            (["ArrowRight"] * 3, 3),
            (["ArrowLeft"], 2),
            (["PageUp"], 102),
            (["PageDown", "ArrowUp", "ArrowDown"], 2),
            (["End", "ArrowRight"], 2000),
            (["Home", "ArrowLeft"], 0),
        ):
            for key in keys:
                slider.press(key)
            counted(page)
            assert data(page, "draws") == str(draws)
            assert slider.get_attribute("aria-valuetext") == f"draws: {draws}"
        for name, draws in (("Draw 1", 1), ("Draw 10", 11), ("Draw 100", 111), ("Draw 2000", 2000)):
            page.get_by_role("button", name=name, exact=True).click()
            counted(page)
            assert data(page, "draws") == str(draws)
        assert page.get_by_role("button", name="Draw 1", exact=True).is_disabled()
        control(page, "measure").select_option("precision")
        control(page, "seed").fill("77")
        control(page, "positives").press("ArrowLeft")
        page.wait_for_function("window.saved?.positives === 58")
        counted(page)
        saved = page.evaluate("window.saved")
        assert [saved[name] for name in ("measure", "times", "positives", "seed", "draws")] == [
            "precision", 1, 58, 77, 2000,
        ]  # fmt: skip
        control(page, "seed").fill("100000")  # not a seed: the last one stays, and comes back
        control(page, "seed").press("Tab")
        settle(page)
        assert (data(page, "seed"), control(page, "seed").input_value()) == ("77", "77")
        page.get_by_role("button", name="Start over").click()
        counted(page)
        assert (data(page, "draws"), data(page, "remembered")) == ("0", "0")
        assert page.evaluate("document.activeElement.textContent") == "Draw 1"
        assert page.errors == []


@pytest.mark.browser
def test_the_numbers_on_the_page_are_those_drawn():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS, draws=1))
        counts = drawn_counts(COUNTS, 1, 2000)
        cells = {
            cell.get_attribute("data-count"): cell.text_content()
            for cell in page.locator("[data-count]").all()
        }
        assert [cells[f"test-{kind}"] for kind in ("tp", "fp", "fn", "tn")] == ["42", "20", "17", "80"]
        assert [cells[f"last-{kind}"] for kind in ("tp", "fp", "fn", "tn")] == [str(n) for n in counts[0]]
        assert cells["test-value"] == "42/59 = 0.712"
        found, missed = counts[0][0], counts[0][2]
        assert cells["last-value"] == f"{found}/{found + missed} = {found / (found + missed):.3f}"
        assert "shown from 100 draws on; so far 1 (seed 1)" in page.text_content(".imgrec-result")
        put(page, draws=2000, measure="f1")
        low, high = metrics.percentile_interval(measure_of(counts, "f1"))
        assert page.text_content(".imgrec-result") == (
            f"F1 {84 / 121:.3f}; 95 % interval {low:.3f} to {high:.3f}, width {high - low:.3f} "
            "(2000 draws, seed 1)."
        )
        assert page.errors == []


@pytest.mark.browser
def test_an_error_never_seen_is_never_drawn_and_no_value_is_no_number():
    with chromium() as page:
        show(page, ResamplingExplorer((10, 3, 0, 40), draws=2000))
        assert numbers(page, "low", "high") == [1, 1]
        assert page.text_content(".imgrec-note").startswith("All draws give the same value")
        show(page, ResamplingExplorer((0, 0, 5, 40), measure="precision", draws=500))
        assert "No draw has a value" in page.text_content(".imgrec-note")
        assert page.text_content(".imgrec-result").startswith("Precision –.")
        assert page.errors == []


@pytest.mark.browser
def test_thirty_redraws_a_second_where_most_is_to_be_counted():
    with chromium() as page:
        show(page, ResamplingExplorer(COUNTS, times=16, draws=2000))
        # What runs between a callback asked for before the redraw and one asked for after it is the redraw.
        milliseconds = page.evaluate("""async () => {
          const root = document.querySelector(".imgrec-resampling");
          const times = [];
          for (let positives = 20; positives < 60; positives += 1) {
            const redraws = Number(root.dataset.redraws);
            let begun;
            requestAnimationFrame(() => { begun = performance.now(); });
            model.set("positives", positives);
            await new Promise((done) => requestAnimationFrame(() => {
              if (Number(root.dataset.redraws) === redraws + 1) times.push(performance.now() - begun);
              setTimeout(done, 100); // the draws that are left are counted meanwhile
            }));
          }
          return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
        }""")
        assert milliseconds < 1000 / 30
        assert page.errors == []


@pytest.mark.browser
def test_what_is_seen_is_also_said_and_axe_finds_nothing():
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with chromium() as page:
        for background in ("#ffffff", "#111111"):
            show(page, ResamplingExplorer(COUNTS, draws=150), background=background)
            found = axe.Axe().run(page, context=".imgrec-resampling").response["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        assert page.locator(".imgrec-resampling [aria-live]").count() == 1
        page.evaluate("document.querySelector('[aria-live]').textContent = ''")
        control(page, "draws").press("ArrowRight")
        assert page.text_content("[aria-live]") == ""  # only when the hand rests
        page.wait_for_function(
            "document.querySelector('[aria-live]').textContent.includes('(151 draws, seed 1)')"
        )
        tokens = page.get_attribute(".imgrec-tokens", "aria-label")
        counts = drawn_counts(COUNTS, 1, 151)[-1]
        assert tokens.startswith("the test: true positives 42, false positives 20, false negatives 17, true")
        assert f"last draw: true positives {counts[0]}, false positives {counts[1]}" in tokens
        bare = page.evaluate("""() => {
          const nodes = document.querySelectorAll(".imgrec-resampling :is(input, select, button)");
          const marked = (node) => { node.focus(); return node.hasAttribute("data-lm-suppress-shortcuts"); };
          return [...nodes].filter((node) => !node.disabled && !marked(node)).length;
        }""")
        assert bare == 0  # JupyterLab leaves the keys alone
        assert page.errors == []
