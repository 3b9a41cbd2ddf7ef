"""The threshold explorer: its arguments, its picture, its size, and its numbers in a real browser."""

import numpy as np
import pytest
import sklearn.metrics
from browser import chromium, press_all, settle, show_explorer, stored_size

from imgrec_course.widgets.threshold import ThresholdExplorer


def example(count=200, decimals=2, seed=0):
    """Scores with many ties, and labels that go with them."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, size=count)
    return np.round(np.clip(generator.normal(0.4 + 0.2 * labels, 0.2), 0, 1), decimals), labels


def typical():
    return ThresholdExplorer(*example())


def extremes():
    scores, labels = example()
    images = np.zeros((200, 8, 8, 3), np.uint8)
    return [ThresholdExplorer(scores, labels, images, names=("animal", "other"))]


# In Python


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.55, 1.0])
def test_counts_are_scikit_learns(threshold):
    scores, labels = example()
    tp, fp, fn, tn = ThresholdExplorer(scores, labels, threshold=threshold).counts()
    theirs = sklearn.metrics.confusion_matrix(labels, scores >= threshold, labels=[0, 1])
    assert np.array_equal([[tn, fp], [fn, tp]], theirs)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([], []), r"scores must have shape \(n,\) with n ≥ 1, not \(0,\)"),
        (([[0.1]], [[1]]), "scores must have shape"),
        (([0.1, 0.2], [1]), r"labels must have the shape of scores, \(2,\), not \(1,\)"),
        (([0.1, 1.2], [1, 0]), r"scores must lie in \[0, 1\]; 1.2 does not"),
        (([0.1, float("nan")], [1, 0]), "nan does not"),
        (([0.1, 0.2], [1, 2]), "labels must be 0 or 1; 2 is neither"),
        (([0.1], [1], np.zeros((1, 4))), "images must have shape"),
        (([0.1], [1], np.zeros((1, 4, 4, 4), np.uint8)), "images must have shape"),
        (([0.1], [1], np.zeros((2, 4, 4), np.uint8)), "images must be as many as scores, 1, not 2"),
        (([0.1], [1], np.zeros((1, 4, 4))), "images must be uint8, 0 to 255, not float64"),
        (([0.1], [1], None, ("a",)), "names must be two words"),
        (([0.1], [1], None, ("a", "b"), 1.5), r"threshold must be a number in \[0, 1\], not 1.5"),
        (([0.1], [1], None, ("a", "b"), "0.5"), "threshold must be a number"),
        ((["high", "low"], [1, 0]), "scores must be numbers"),
        (([[0.1, 0.2], [0.3]], [1, 0]), "scores must be numbers"),
        ((np.full(1001, 0.5), np.ones(1001), np.zeros((1001, 2, 2), np.uint8)), "at most 1000, not 1001"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        ThresholdExplorer(*arguments)


def test_a_threshold_set_later_is_checked_too():
    explorer = ThresholdExplorer([0.2, 0.9], [0, 1])
    with pytest.raises(ValueError, match=r"threshold must be a number in \[0, 1\], not 2"):
        explorer.threshold = 2
    assert explorer.threshold == 0.5


def test_the_sentence_counts_the_scores_and_the_picture_is_small(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    assert len(typical()._repr_mimebundle_()[0]["image/png"]) < 30_000
    assert repr(typical()).startswith("Threshold explorer: 200 scores")
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(typical()).startswith("阈值探索器：200 个得分")


def test_what_a_notebook_stores_is_small():
    """160 photographs, or ten thousand scores without images: within a notebook's 400 kB, twice over."""
    from imgrec_course.datasets.photos import load_photos

    generator = np.random.default_rng(0)
    images = load_photos().images[:160]
    for count, pictures in ((160, images), (10_000, None)):
        scores, labels = generator.uniform(size=count), generator.integers(0, 2, size=count)
        assert stored_size(ThresholdExplorer(scores, labels, pictures)) < 200_000


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], [1, 0]])
@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_one_class_alone_and_nothing_returned(labels, threshold):
    explorer = ThresholdExplorer([0.2, 0.9], labels, threshold=threshold)
    data, _ = explorer._repr_mimebundle_()
    assert "nan" not in data["text/plain"]


# In the browser


def shown(page):
    counts = {name: int(page.text_content(f'[data-count="{name}"]')) for name in ("tp", "fp", "fn", "tn")}
    measures = {name: page.text_content(f'[data-measure="{name}"]') for name in ("precision", "recall", "f1")}
    return counts, measures


def expected(scores, labels, threshold):
    returned = scores >= threshold
    tn, fp, fn, tp = sklearn.metrics.confusion_matrix(labels, returned, labels=[0, 1]).ravel()
    values = {
        "precision": sklearn.metrics.precision_score(labels, returned, zero_division=np.nan),
        "recall": sklearn.metrics.recall_score(labels, returned, zero_division=np.nan),
        "f1": sklearn.metrics.f1_score(labels, returned, zero_division=np.nan),
    }
    return (
        {"tp": tp, "fp": fp, "fn": fn, "tn": tn},
        {name: "–" if np.isnan(value) else f"{value:.3f}" for name, value in values.items()},
    )


@pytest.mark.browser
def test_the_browser_counts_as_scikit_learn_does():
    scores, labels = example(count=500)
    with chromium() as page:
        show_explorer(page, ThresholdExplorer(scores, labels))
        for threshold in [*np.round(np.linspace(0, 1, 41), 4), 0.333333, scores[3], scores.max()]:
            page.evaluate("(value) => model.set('threshold', value)", float(threshold))
            settle(page)
            assert shown(page) == expected(scores, labels, threshold), threshold
        page.evaluate("model.set('threshold', 1)")
        settle(page)
        assert page.errors == []


@pytest.mark.browser
def test_keys_and_mouse_move_the_threshold():
    scores, labels = example()
    with chromium() as page:
        show_explorer(page, ThresholdExplorer(scores, labels))
        slider = page.get_by_role("slider", name="threshold")
        for keys, threshold in (
            (["ArrowRight"] * 3, 0.53),
            (["Shift+ArrowLeft"], 0.529),
            (["PageDown"], 0.429),
            (["Home"], 0.0),
            (["End"], 1.0),
            (["ArrowLeft"], 0.99),
            (["Shift+Home"], 0.0),
            (["Shift+End"], 1.0),
            (["a", "Tab"], 1.0),
        ):
            press_all(page, slider, keys)
            assert page.text_content(".imgrec-reading") == f"{threshold:.3f}"
            assert shown(page) == expected(scores, labels, threshold)
        box = page.locator(".imgrec-handle").bounding_box()
        page.mouse.move(box["x"] + 52, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 52 + (box["width"] - 66) / 4, box["y"] + 100, steps=5)
        page.mouse.up()
        settle(page)
        assert float(page.text_content(".imgrec-reading")) == pytest.approx(0.25, abs=0.01)
        slider.press("ArrowRight")  # after the mouse, the keys go on
        page.wait_for_function("window.saved?.threshold > 0.25 && window.saved.threshold < 0.28")
        page.get_by_role("button", name="best F1").click()
        settle(page)
        # The threshold that is read is the one that decides.
        assert shown(page) == expected(scores, labels, float(page.text_content(".imgrec-reading")))
        best = max(sklearn.metrics.f1_score(labels, scores >= threshold) for threshold in scores)
        assert shown(page)[1]["f1"] == f"{best:.3f}"
        page.wait_for_function("document.querySelector('[aria-live]').textContent.includes('precision')")
        assert page.errors == []


@pytest.mark.browser
def test_thumbnails_stand_in_their_group():
    scores, labels = np.array([0.9, 0.8, 0.3, 0.2]), np.array([1, 0, 1, 0])
    images = np.arange(4, dtype=np.uint8)[:, None, None] * np.full((1, 9, 5), 60, np.uint8)
    with chromium() as page:
        show_explorer(page, ThresholdExplorer(scores, labels, images, names=("animal", "other")))

        def group(name):
            pictures = page.locator(f".imgrec-{name} .imgrec-thumbnail:visible")
            return [picture.get_attribute("aria-label") for picture in pictures.all()]

        assert (group("right"), group("wrong"), group("missed")) == (
            ["animal, 0.900"],
            ["other, 0.800"],
            ["animal, 0.300"],
        )
        page.evaluate("model.set('threshold', 0.25)")
        settle(page)
        # Nearest to the threshold first: whoever has just come back is seen.
        assert (group("right"), group("missed")) == (["animal, 0.300", "animal, 0.900"], [])
        page.evaluate("model.set('threshold', 0.95)")
        settle(page)
        assert (group("right"), group("wrong"), len(group("missed"))) == ([], [], 2)
        assert page.errors == []


@pytest.mark.browser
def test_a_rare_class_stays_visible_beside_a_frequent_one():
    """One in a hundred: its bars, above the middle, still have a height of three pixels and more."""
    generator = np.random.default_rng(0)
    scores = np.concatenate([generator.uniform(0.6, 1, 100), generator.beta(1, 12, 9900)])
    with chromium() as page:
        show_explorer(page, ThresholdExplorer(scores, np.repeat([1, 0], [100, 9900]), threshold=0.0))
        settle(page)
        heights = page.evaluate("""() => {
          const canvas = document.querySelector(".imgrec-handle");
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          return [0.7, 0.8, 0.9].map((score) => {
            const x = Math.round(52 + (score + 0.01) * (width - 52 - 14));
            let blue = 0;
            for (let y = 0; y < height; y += 1) {
              const [red, , strong] = data.slice(4 * (y * width + x));
              if (strong - red > 80) blue += 1;
            }
            return blue;
          });
        }""")
        assert min(heights) >= 3
        assert page.errors == []


@pytest.mark.browser
def test_what_is_seen_is_also_said():
    scores, labels = example()
    with chromium() as page:
        show_explorer(page, ThresholdExplorer(scores, labels))
        page.get_by_role("slider", name="threshold").press("Home")
        page.wait_for_function("document.querySelector('[aria-live]').textContent")
        (counts, measures), canvases = shown(page), page.locator(".imgrec-threshold canvas")
        precision = f"{float(measures['precision']):.2f}"
        assert canvases.nth(0).get_attribute("aria-label") == (
            f"Scores. threshold 0.000: true positives {counts['tp']}, false positives {counts['fp']}, "
            "false negatives 0, true negatives 0"
        )
        assert canvases.nth(1).get_attribute("aria-label") == (
            f"Precision–recall curve. threshold 0.000: precision {precision}, recall 1.00"
        )


@pytest.mark.browser
def test_where_nothing_is_to_be_found_it_says_so():
    with chromium() as page:
        show_explorer(page, ThresholdExplorer([0.2, 0.4], [0, 0]))
        settle(page)
        assert shown(page)[1] == {"precision": "–", "recall": "–", "f1": "–"}
        assert page.text_content(".imgrec-note") == (
            "precision undefined: nothing is returned; recall undefined: there is nothing to find"
        )
        assert page.errors == []
