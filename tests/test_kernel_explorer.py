"""The kernel explorer: its arguments, its picture, its size, and its numbers in a real browser."""

import io
import statistics

import numpy as np
import pytest
import scipy.signal
from browser import chromium, data, press_all, settle, show_explorer, stored_size
from PIL import Image

from imgrec_course.widgets.kernel import KernelExplorer

MODES = ("convolution", "max", "average")


def example(height=12, width=15, seed=0):
    return np.random.default_rng(seed).integers(0, 256, size=(height, width)).astype(np.uint8)


def by_counting(image, kernel, stride, padding, dilation, mode):
    """The feature map, window by window, by definition."""
    size, padded = len(kernel), np.pad(np.asarray(image, dtype=float), padding)
    span = dilation * (size - 1) + 1
    found = []
    for top in range(0, padded.shape[0] - span + 1, stride):
        found.append([])
        for left in range(0, padded.shape[1] - span + 1, stride):
            window = np.array(
                [[padded[top + dilation * i, left + dilation * j] for j in range(size)] for i in range(size)]
            )
            found[-1].append(
                {"convolution": (window * kernel).sum(), "max": window.max(), "average": window.mean()}[mode]
            )
    return np.array(found)


def settings(seed):
    """Image, kernel, stride, padding, dilation and mode drawn at random; some window fits."""
    generator = np.random.default_rng(seed)
    size, dilation, padding = (int(generator.integers(low, high)) for low, high in ((1, 6), (1, 4), (0, 4)))
    span = dilation * (size - 1) + 1
    height, width = (max(2, span - 2 * padding + int(generator.integers(0, 9))) for _ in range(2))
    image = generator.integers(0, 256, size=(height, width)).astype(np.uint8)
    if seed % 3 == 0:
        image = image * 0.777
    kernel = generator.normal(size=(size, size)) if seed % 2 else generator.integers(-4, 5, size=(size, size))
    return {
        "image": image,
        "kernel": kernel,
        "stride": int(generator.integers(1, 5)),
        "padding": padding,
        "dilation": dilation,
        "mode": MODES[seed % 3] if seed % 4 else "convolution",
    }


def typical():
    return KernelExplorer(example())


def extremes():
    long_numbers = -np.random.default_rng(0).uniform(10, 100, size=(5, 5))
    return (
        KernelExplorer(example(28, 28)),
        KernelExplorer(example(64, 40), long_numbers, padding=8, stride=7),
        KernelExplorer(example(10, 40), padding=3, mode="average", stride=2),
        KernelExplorer(example(5, 5) / 1.7, long_numbers),
    )


def no_cell_is_cut(page, explorer):
    cut = page.evaluate(
        "[...document.querySelectorAll('.imgrec-cells > span, .imgrec-cells > input')]"
        ".filter((node) => node.scrollWidth > node.clientWidth + 1)"
        ".map((node) => node.textContent || node.value)"
    )
    assert cut == []


# In Python


@pytest.mark.parametrize("seed", range(40))
def test_the_feature_map_is_the_one_by_definition(seed):
    arguments = settings(seed)
    assert np.allclose(KernelExplorer(**arguments).feature_map(), by_counting(**arguments), atol=1e-9)


@pytest.mark.parametrize("size", range(1, 6))
def test_the_kernel_is_not_flipped(size):
    image, kernel = example(), np.random.default_rng(size).normal(size=(size, size))
    theirs = scipy.signal.correlate2d(image.astype(float), kernel, mode="valid")
    assert np.allclose(KernelExplorer(image, kernel).feature_map(), theirs, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"image": np.zeros((4, 4, 3))}, r"image must have shape \(height, width\).*, not \(4, 4, 3\)"),
        ({"image": np.zeros(9)}, r"image must have shape .*, not \(9,\)"),
        ({"image": np.zeros((0, 5))}, r"not empty, not \(0, 5\)"),
        ({"image": [[1, 2], [3]]}, "image must be an array of numbers from 0 to 255"),
        ({"image": [["a", "b"]]}, "image must be an array of numbers"),
        ({"image": [[True, False]]}, "image must be an array of numbers"),
        ({"image": [[1.0, np.nan]]}, "image must hold finite numbers; nan is none"),
        ({"image": [[1.0, 256.0]]}, "image must hold numbers from 0 to 255; 256 is outside"),
        ({"image": [[-1, 3]]}, "image must hold numbers from 0 to 255; -1 is outside"),
        ({"image": np.full((4, 4), 0.5)}, r"the largest here is 0.5: multiply it by 255"),
        ({"image": np.zeros((97, 4))}, r"at most 96 pixels a side, not \(97, 4\)"),
        (
            {"kernel": np.ones((2, 3))},
            r"kernel must have shape \(size, size\) with size 1 to 5, not \(2, 3\)",
        ),
        ({"kernel": np.ones((6, 6))}, r"size 1 to 5, not \(6, 6\)"),
        ({"kernel": np.ones((0, 0))}, r"size 1 to 5, not \(0, 0\)"),
        ({"kernel": [1, 2, 3]}, r"size 1 to 5, not \(3,\)"),
        ({"kernel": [[1, np.inf], [0, 1]]}, "kernel must hold finite numbers; inf is none"),
        ({"kernel": [[1, -101], [0, 1]]}, "kernel must hold numbers from −100 to 100; -101 is outside"),
        ({"kernel": "edge"}, "kernel must be a square array of numbers, not 'edge'"),
        (
            {"kernel": np.ones((5, 5)), "dilation": 4},
            "padded image, 12 × 15; with size 5 and dilation 4 it sp",
        ),
        ({"stride": 0}, "stride must be a whole number, 1 to 8, not 0"),
        ({"stride": 1.5}, "stride must be a whole number, 1 to 8, not 1.5"),
        ({"stride": True}, "stride must be a whole number, 1 to 8, not True"),
        ({"padding": -1}, "padding must be a whole number, 0 to 8, not -1"),
        ({"padding": "same"}, "padding must be a whole number, 0 to 8, not 'same'"),
        ({"dilation": 0}, "dilation must be a whole number, 1 to 8, not 0"),
        ({"dilation": 9}, "dilation must be a whole number, 1 to 8, not 9"),
        ({"mode": "min"}, "mode must be one of 'convolution', 'max', 'average', not 'min'"),
        ({"mode": ["max"]}, "mode must be one of"),
        ({"position": 130}, "position must be less than the 130 windows, not 130"),
        ({"position": -1}, "position must be a whole number, 0 or more, not -1"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        KernelExplorer(**{"image": example()} | arguments)


def test_what_is_set_later_is_checked_too():
    explorer = KernelExplorer(example())
    for name, value, sentence in (
        ("stride", 0, "stride must be a whole number, 1 to 8, not 0"),
        ("padding", None, "padding must be a whole number"),
        ("mode", "sum", "mode must be one of"),
        ("kernel", [[1, 2]], r"kernel must have shape .*, not \(1, 2\)"),
    ):
        with pytest.raises(ValueError, match=sentence):
            setattr(explorer, name, value)
    assert (explorer.stride, explorer.padding, explorer.mode) == (1, 0, "convolution")
    with pytest.raises(ValueError, match="read-only"):
        explorer.kernel[0, 0] = 5  # it would not reach the browser
    explorer.kernel = np.full((2, 2), 0.25)
    assert explorer.feature_map().shape == explorer.map_shape() == (11, 14)
    explorer.dilation = 8
    explorer.stride = 4
    explorer.kernel = np.ones((5, 5))  # a state that the learner can reach: nothing fits, nothing breaks
    assert explorer.map_shape() == explorer.feature_map().shape == (0, 0)
    data, _ = explorer._repr_mimebundle_()
    assert "0 × 0" in data["text/plain"]


def test_the_arguments_are_left_alone():
    image, kernel = example().astype(float), np.ones((3, 3))
    explorer = KernelExplorer(image, kernel)
    kernel[0, 0] = image[0, 0] = 7
    assert explorer.kernel[0, 0] == 1
    assert explorer.feature_map()[0, 0] == example().astype(float)[:3, :3].sum()


@pytest.mark.parametrize("mode", MODES)
def test_the_sentence_gives_the_sizes_and_the_picture_is_small(mode, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    explorer = KernelExplorer(example(28, 28), padding=1, dilation=2, mode=mode)
    assert len(explorer._repr_mimebundle_()[0]["image/png"]) < 30_000
    assert repr(explorer).startswith("Kernel explorer: ")
    assert "28 × 28 pixels; the feature map has 26 × 26" in repr(explorer)
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(KernelExplorer(example())).startswith("卷积核探索器：卷积核（互相关）")


def test_the_picture_keeps_its_colours():
    """The ends of the scale, the greys and the mark: none is replaced by a neighbour to save bytes."""
    image = np.tile(np.arange(0, 256, 8), (32, 1))
    image[:, 16:] = image[:, 15::-1]
    data, _ = KernelExplorer(image)._repr_mimebundle_()
    picture = Image.open(io.BytesIO(data["image/png"])).convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1 << 20)}
    assert colours >= {(213, 94, 0), (0, 114, 178), (240, 228, 66)}
    assert colours >= {(grey, grey, grey) for grey in range(0, 121, 8)}


def test_what_a_notebook_stores_is_small():
    generator = np.random.default_rng(0)
    for image in (
        generator.integers(0, 256, size=(96, 96)),
        generator.uniform(0, 255, size=(48, 48)),
    ):
        assert stored_size(KernelExplorer(image)) < 100_000


def test_it_begins_in_the_middle_unless_asked():
    assert KernelExplorer(example(5, 5)).position == 4
    explorer = KernelExplorer(example(5, 5), position=0)
    assert (explorer.position, explorer.filled) == (0, 1)


# In the browser


# Every window is visited by setting the position; what the page then says is its value.
VISIT_ALL = """async () => {
  const { dataset } = document.querySelector(".imgrec-kernel");
  const values = [];
  for (let index = 0; index < dataset.rows * dataset.columns; index += 1) {
    model.set("position", index);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    values.push(Number(dataset.value));
  }
  return { rows: Number(dataset.rows), columns: Number(dataset.columns), values };
}"""


def saved(page, name):
    """What Python would have been told last."""
    page.wait_for_timeout(250)
    return page.evaluate(f"window.saved?.{name}")


def written(page, selector):
    """Numbers in the cells of a grid."""
    texts = page.locator(f".imgrec-kernel {selector} > span").all_text_contents()
    return np.array([float(text.replace("−", "-")) for text in texts])


def cell_of_map(page, row, column):
    """Where the mouse must point for a cell of the feature map."""
    box = page.locator(".imgrec-map").bounding_box()
    rows, columns = int(data(page, "rows")), int(data(page, "columns"))
    return (
        box["x"] + (column + 0.5) * box["width"] / columns,
        box["y"] + (row + 0.5) * box["height"] / rows,
    )


def cell_of_kernel(page, row, column):
    return page.get_by_role("spinbutton", name=f"kernel, row {row}, column {column}")


@pytest.mark.browser
def test_the_browser_computes_what_scipy_and_counting_do():
    with chromium() as page:
        for seed in range(24):
            arguments = settings(seed)
            show_explorer(page, KernelExplorer(**arguments))
            found = page.evaluate(VISIT_ALL)
            expected = by_counting(**arguments)
            assert (found["rows"], found["columns"]) == expected.shape, arguments
            assert np.allclose(found["values"], expected.ravel(), rtol=0, atol=1e-9), arguments
            if arguments["mode"] == "convolution":
                padded = np.pad(np.asarray(arguments["image"], dtype=float), arguments["padding"])
                holes = np.zeros([arguments["dilation"] * (len(arguments["kernel"]) - 1) + 1] * 2)
                holes[:: arguments["dilation"], :: arguments["dilation"]] = arguments["kernel"]
                theirs = scipy.signal.correlate2d(padded, holes, mode="valid")
                theirs = theirs[:: arguments["stride"], :: arguments["stride"]]
                assert np.allclose(found["values"], theirs.ravel(), rtol=0, atol=1e-9), arguments
        assert page.errors == []


@pytest.mark.browser
def test_the_numbers_on_the_page_multiply_and_add_up():
    image = example()
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, dilation=2, stride=2, padding=1, position=9))
        settle(page)
        row, column = divmod(9, 7)  # a map of 5 × 7
        window = np.pad(image, 1)[2 * row : 2 * row + 5 : 2, 2 * column : 2 * column + 5 : 2].ravel()
        assert np.array_equal(written(page, ".imgrec-under"), window)
        products = window * np.tile([-1, 0, 1], 3)
        assert np.array_equal(written(page, ".imgrec-products"), products)
        assert page.text_content(".imgrec-result") == str(products.sum()).replace("-", "−")
        assert page.text_content(".imgrec-outcome code") == f"feature_map[{row}, {column}]"
        page.get_by_label("operation").select_option("max")
        settle(page)
        assert page.text_content(".imgrec-result") == str(window.max())
        winners = page.locator(".imgrec-winner")
        assert winners.count() == 1
        assert winners.text_content() == str(window.max())
        assert page.locator(".imgrec-products").is_hidden()
        assert page.locator(".imgrec-weights input:enabled").count() == 0
        page.get_by_label("operation").select_option("average")
        settle(page)
        assert float(data(page, "value")) == pytest.approx(window.mean(), abs=1e-12)
        assert f"mean: {window.sum()} ÷ 9" in page.text_content(".imgrec-outcome")
        assert "zeros of the padding count" in page.text_content(".imgrec-notes")
        page.get_by_label("operation").select_option("convolution")
        settle(page)
        assert page.locator(".imgrec-weights input:enabled").count() == 9
        assert float(data(page, "value")) == products.sum()  # the kernel was not lost
        assert page.errors == []


@pytest.mark.browser
def test_the_size_is_written_as_a_formula():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(12, 15), dilation=2, stride=3, padding=1))
        text = page.text_content(".imgrec-sizes").replace("\u2009", " ")
        assert "⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1" in text
        assert "height ⌊(12 + 2·1 − 2·(3 − 1) − 1) / 3⌋ + 1 = 4" in text
        assert "width ⌊(15 + 2·1 − 2·(3 − 1) − 1) / 3⌋ + 1 = 5" in text


@pytest.mark.browser
def test_typing_changes_the_map_and_reaches_python():
    image = example()
    with chromium() as page:
        show_explorer(page, KernelExplorer(image))
        kernel = np.tile([-1.0, 0, 1], (3, 1))
        for row, column, text, value in (
            (0, 0, "2", 2),
            (1, 1, "−0.5", -0.5),
            (2, 0, "1/8", 0.125),
            (2, 2, "0,25", 0.25),
            (0, 2, "－３", -3),
        ):
            cell_of_kernel(page, row, column).fill(text)
            kernel[row, column] = value
        settle(page)
        assert saved(page, "kernel") == kernel.tolist()
        assert page.get_by_label("example kernel").input_value() == "own"
        row, column = divmod(int(data(page, "position")), 13)
        expected = (image[row : row + 3, column : column + 3] * kernel).sum()
        assert float(data(page, "value")) == pytest.approx(expected, abs=1e-9)

        for text, sentence in (
            ("abc", "“abc” is not a number (such as −1, 0.5 or 1/9): this place keeps 2."),
            ("", "“” is not a number"),
            ("1/0", "“1/0” is not a number"),
            ("400", "400 is too large: this place keeps 2. Numbers go from −100 to 100."),
        ):
            cell = cell_of_kernel(page, 0, 0)
            cell.fill(text)
            assert cell.get_attribute("aria-invalid") == "true"
            cell.press("Tab")
            assert page.text_content(".imgrec-complaint").startswith(sentence)
            assert cell.input_value() == "2"
            assert cell.get_attribute("aria-invalid") is None
        assert saved(page, "kernel") == kernel.tolist()

        cell_of_kernel(page, 0, 0).press("ArrowUp")
        cell_of_kernel(page, 0, 0).press("Shift+ArrowDown")
        assert saved(page, "kernel")[0][0] == 2.9
        cell_of_kernel(page, 0, 0).press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "kernel, row 0, column 1"
        assert page.text_content(".imgrec-complaint") == ""
        assert page.errors == []


@pytest.mark.browser
def test_a_rounded_number_that_is_only_looked_at_stays_exact():
    kernel = np.random.default_rng(0).normal(size=(3, 3))
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(), kernel))
        for row in range(3):
            for column in range(3):
                cell_of_kernel(page, row, column).press("Tab")
        page.evaluate("destroy()")
        assert page.evaluate("model.get('kernel')") == kernel.tolist()


@pytest.mark.browser
def test_example_kernels_and_sizes_lose_nothing():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example()))
        preset, size = page.get_by_label("example kernel"), page.get_by_label("size k")
        assert preset.input_value() == "edge_vertical"
        for name, kernel in (
            ("edge_horizontal", [[-1] * 3, [0] * 3, [1] * 3]),
            ("blur", [[1 / 9] * 3] * 3),
            ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
            ("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
            ("identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        ):
            preset.select_option(name)
            assert saved(page, "kernel") == kernel
            assert preset.input_value() == name
        assert np.array_equal(page.evaluate(VISIT_ALL)["values"], example()[1:-1, 1:-1].ravel())
        preset.select_option("blur")
        assert cell_of_kernel(page, 1, 1).input_value() == "1/9"
        size.select_option("5")
        assert saved(page, "kernel") == [[1 / 25] * 5] * 5
        cell_of_kernel(page, 0, 4).fill("7")
        for smaller in ("4", "1", "2", "3"):
            size.select_option(smaller)
            assert len(saved(page, "kernel")) == int(smaller)
        size.select_option("5")
        own = np.full((5, 5), 1 / 25)
        own[0, 4] = 7
        assert saved(page, "kernel") == own.tolist()  # what the smaller sizes hid comes back
        size.select_option("2")
        preset.select_option("sharpen")  # there is none of size 2
        assert size.input_value() == "3"
        page.get_by_role("button", name="Reset").click()
        assert saved(page, "kernel") == [[-1, 0, 1]] * 3
        assert page.errors == []


@pytest.mark.browser
def test_keys_move_the_window():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(), position=0))  # a map of 10 × 13
        for target, presses in (
            (
                page.get_by_role("slider", name="window"),
                (
                    (["ArrowRight"] * 3, 3),
                    (["ArrowLeft"], 2),
                    (["PageDown"], 15),
                    (["ArrowUp"], 16),
                    (["PageUp"], 3),
                    (["End"], 129),
                    (["ArrowRight"], 129),
                    (["Home"], 0),
                    (["ArrowLeft", "PageUp"], 0),
                ),
            ),
            (
                page.locator(".imgrec-map"),
                (
                    (["ArrowRight", "ArrowRight"], 2),
                    (["ArrowDown"], 15),
                    (["End"], 25),
                    (["ArrowRight"], 25),
                    (["PageDown"], 129),
                    (["ArrowDown"], 129),
                    (["ArrowUp"], 116),
                    (["Home"], 104),
                    (["PageUp"], 0),
                    (["ArrowLeft", "ArrowUp", "a"], 0),
                ),
            ),
        ):
            for keys, position in presses:
                press_all(page, target, keys)
                assert int(data(page, "position")) == position, keys
                assert page.text_content(".imgrec-reading") == f"window {position + 1} of 130"
        assert saved(page, "position") == 0
        assert data(page, "filled") == "130"
        assert page.errors == []


@pytest.mark.browser
def test_the_mouse_points_clicks_and_drags():
    image = example()
    values = KernelExplorer(image).feature_map()
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, position=0))
        page.mouse.move(*cell_of_map(page, 4, 7))
        settle(page)
        assert float(data(page, "value")) == values[4, 7]  # pointing shows …
        assert (data(page, "position"), data(page, "filled")) == ("0", "1")  # … and changes nothing
        page.mouse.move(2, 2)
        settle(page)
        assert float(data(page, "value")) == values[0, 0]
        page.mouse.click(*cell_of_map(page, 2, 3))
        settle(page)
        assert (data(page, "position"), data(page, "filled")) == ("29", "30")
        page.keyboard.press("ArrowRight")  # after the mouse, the keys go on
        settle(page)
        assert data(page, "position") == "30"

        # In the image: the window whose middle is nearest to the pixel.
        box = page.locator(".imgrec-image").bounding_box()
        cell = box["width"] / 15

        def pixel(row, column):
            return box["x"] + (column + 0.5) * cell, box["y"] + (row + 0.5) * cell

        page.mouse.move(*pixel(6, 8))
        settle(page)
        assert page.text_content(".imgrec-outcome code") == "feature_map[5, 7]"
        page.mouse.down()
        page.mouse.move(*pixel(8, 9), steps=4)
        page.mouse.up()
        page.mouse.move(*pixel(0, 0))
        settle(page)
        assert page.text_content(".imgrec-outcome code") == "feature_map[0, 0]"
        page.mouse.move(2, 2)
        settle(page)
        assert page.text_content(".imgrec-outcome code") == "feature_map[7, 8]"
        assert saved(page, "position") == 7 * 13 + 8

        # A place of the kernel shows its pixel and its product.
        cell_of_kernel(page, 1, 2).hover()
        settle(page)
        assert page.locator(".imgrec-twin").count() == 3
        assert page.locator(".imgrec-under .imgrec-twin").text_content() == str(image[8, 10])
        assert page.errors == []


def map_is_filled(page):
    """For each cell of the feature map whether its corner has a colour that is neither surface nor dot."""
    return page.evaluate("""() => {
      const canvas = document.querySelector(".imgrec-map");
      const { rows, columns } = document.querySelector(".imgrec-kernel").dataset;
      const context = canvas.getContext("2d");
      const filled = [];
      for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) {
        const x = Math.round((column + 0.25) * canvas.width / columns);
        const y = Math.round((row + 0.25) * canvas.height / rows);
        filled.push(context.getImageData(x, y, 1, 1).data[0] < 250);
      }
      return filled;
    }""")


@pytest.mark.browser
def test_the_map_grows_in_reading_order():
    image = np.full((8, 9), 90, dtype=np.uint8)  # grey everywhere, under a kernel that copies
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, [[1]], position=0))
        page.mouse.move(2, 2)

        def filled():
            settle(page)
            return np.flatnonzero(map_is_filled(page)).tolist()

        assert filled() == [0]
        step = page.get_by_role("button", name="Step")
        for _ in range(10):
            step.click()
        assert filled() == list(range(11))
        page.get_by_role("button", name="Back").click()
        assert (filled(), data(page, "position")) == (list(range(11)), "9")
        page.get_by_role("button", name="Fill all").click()
        assert filled() == list(range(72))
        page.get_by_role("button", name="Start over").click()
        assert (filled(), data(page, "position")) == ([0], "0")

        page.get_by_label("speed").select_option("60")
        play = page.locator(".imgrec-play")
        assert "Play" in play.text_content()
        play.click()
        assert "Pause" in play.text_content()
        page.wait_for_function("document.querySelector('.imgrec-kernel').dataset.position > 8")
        play.click()
        settle(page)
        stopped = data(page, "position")
        page.wait_for_timeout(200)
        assert data(page, "position") == stopped
        assert data(page, "filled") == str(int(stopped) + 1)
        play.click()
        page.wait_for_function("document.querySelector('.imgrec-kernel').dataset.position == 71")
        page.wait_for_function("document.querySelector('.imgrec-play').textContent.includes('Play')")
        play.click()  # from the end it begins anew
        page.wait_for_function("document.querySelector('.imgrec-kernel').dataset.position < 60")
        page.evaluate("destroy()")
        assert page.errors == []


@pytest.mark.browser
def test_where_no_window_fits_it_says_so_and_nothing_is_lost():
    kernel = np.random.default_rng(0).integers(-3, 4, size=(5, 5))
    image = example(12, 15)
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, kernel, padding=1, position=20))
        before = data(page, "value")
        dilation = page.get_by_label("dilation d")
        dilation.select_option("4")
        settle(page)
        assert page.text_content(".imgrec-nowindow") == (
            "No window fits: the kernel spans d(k − 1) + 1 = 17 pixels, the padded image is only 14 × 17. "
            "Choose a smaller kernel or dilation, or more padding."
        )
        assert page.locator(".imgrec-map").is_hidden()
        assert page.locator(".imgrec-buttons button:enabled").count() == 0
        assert written_texts(page, ".imgrec-under") == [""] * 25
        cell_of_kernel(page, 0, 0).fill(str(kernel[0, 0]))  # the kernel can still be edited
        page.mouse.click(*[5 + side for side in page.locator(".imgrec-image").bounding_box().values()][:2])
        dilation.select_option("1")
        settle(page)
        assert page.locator(".imgrec-map").is_visible()
        assert (data(page, "position"), data(page, "value")) == ("20", before)
        assert page.evaluate("model.get('kernel')") == kernel.tolist()
        assert page.errors == []


def written_texts(page, selector):
    return page.locator(f".imgrec-kernel {selector} > span").all_text_contents()


def hatched(page, rows, columns):
    """For each pixel of the padded image whether it is hatched: the only reddish colour on black."""
    return np.reshape(
        page.evaluate(
            """([rows, columns]) => {
      const canvas = document.querySelector(".imgrec-image");
      const context = canvas.getContext("2d");
      const found = [];
      for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) {
        const [w, h] = [canvas.width / columns, canvas.height / rows];
        const corner = [Math.round(column * w) + 3, Math.round(row * h) + 3];
        const { data } = context.getImageData(...corner, Math.floor(w) - 6, Math.floor(h) - 6);
        let red = 0;
        for (let at = 0; at < data.length; at += 4) {
          if (data[at] > data[at + 2] + 60 && data[at + 1] < 140) red += 1;
        }
        found.push(red > 0);
      }
      return found;
    }""",
            [rows, columns],
        ),
        (rows, columns),
    )


@pytest.mark.browser
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"stride": 1}, None),
        ({"stride": 2}, "Rows left over at the bottom: 1; columns on the right: 0."),
        ({"stride": 4}, "Rows left over at the bottom: 1; columns on the right: 2."),
        ({"stride": 4, "padding": 1}, "Rows left over at the bottom: 3; columns on the right: 0."),
        ({"stride": 2, "padding": 2}, "All of it is padding: no pixel of the image is lost."),
        ({"stride": 3, "kernel": [[1, 1], [1, 1]]}, "rows and columns that the stride jumps over"),
        ({"stride": 2, "dilation": 2}, "rows and columns that the stride jumps over"),
    ],
)
def test_pixels_that_no_window_reads_are_hatched(arguments, sentence):
    explorer = KernelExplorer(np.zeros((12, 13)), position=0, **arguments)
    (rows, columns), size = explorer.map_shape(), len(explorer.kernel)
    padding = explorer.padding
    read = np.zeros((12 + 2 * padding, 13 + 2 * padding), dtype=bool)
    touched = np.arange(size) * explorer.dilation
    for row in range(rows):
        for column in range(columns):
            read[np.ix_(row * explorer.stride + touched, column * explorer.stride + touched)] = True
    with chromium() as page:
        show_explorer(page, explorer, 700)
        settle(page)
        assert np.array_equal(hatched(page, *read.shape), ~read)
        notes = page.text_content(".imgrec-notes")
        assert (sentence in notes) if sentence else ("Hatched" not in notes)
        assert page.errors == []


@pytest.mark.browser
def test_colours_tell_the_sign_and_dashes_do_too():
    image = np.repeat([[0, 0, 0, 200, 200, 200, 0, 0, 0]], 9, axis=0)
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, position=0), 480)
        page.get_by_role("button", name="Fill all").click()
        page.mouse.move(2, 2)
        settle(page)
        colours = page.evaluate("""() => {
          const canvas = document.querySelector(".imgrec-map");
          const context = canvas.getContext("2d");
          const [w, h] = [canvas.width / 7, canvas.height / 7];
          return Array.from({ length: 7 }, (_, column) => {
            const corner = [Math.round(column * w) + 3, Math.round(3 * h) + 3];
            const { data } = context.getImageData(...corner, Math.floor(w) - 6, Math.floor(h) - 6);
            const pixels = [];
            for (let at = 0; at < data.length; at += 4) pixels.push(String(data.slice(at, at + 3)));
            return pixels;
          });
        }""")
        names = {"255,255,255": 0, "213,94,0": -1, "0,114,178": 1}
        signs = [names.get(statistics.mode(pixels)) for pixels in colours]
        assert signs == np.sign(KernelExplorer(image).feature_map()[3]).tolist()
        assert [len(set(pixels)) > 1 for pixels in colours] == [sign == -1 for sign in signs]
        assert page.locator(".imgrec-ticks span").all_text_contents() == ["−600", "0", "600"]
        page.get_by_label("example kernel").select_option("blur")
        settle(page)
        assert page.locator(".imgrec-ticks span").all_text_contents() == ["0", "255"]
        assert page.errors == []


@pytest.mark.browser
def test_what_python_sets_is_shown_and_a_finished_map_stays_finished():
    image = example()
    with chromium() as page:
        show_explorer(page, KernelExplorer(image, position=30))
        page.evaluate("model.set('kernel', [[0.5, 0], [0, -0.5]])")
        settle(page)
        assert (data(page, "rows"), data(page, "columns")) == ("11", "14")
        assert page.get_by_label("size k").input_value() == "2"
        assert cell_of_kernel(page, 1, 1).input_value() == "−0.5"
        page.get_by_role("button", name="Fill all").click()
        page.evaluate("model.set('stride', 3); model.set('padding', 2); model.set('mode', 'max')")
        settle(page)
        arguments = {"kernel": np.ones((2, 2)), "stride": 3, "padding": 2, "dilation": 1, "mode": "max"}
        expected = by_counting(image, **arguments)
        assert (int(data(page, "rows")), int(data(page, "columns"))) == expected.shape
        assert int(data(page, "filled")) == expected.size
        assert page.get_by_label("stride s").input_value() == "3"
        page.evaluate("model.set('position', 100000)")  # more windows than there are
        settle(page)
        assert int(data(page, "position")) == expected.size - 1
        assert page.errors == []


@pytest.mark.browser
def test_stride_there_and_back_finds_the_same_window():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(24, 24), position=205))
        for name, values in (
            ("stride s", "3581"),
            ("padding p", "250"),
            ("dilation d", "31"),
            ("size k", "53"),
        ):
            for value in values:
                page.get_by_label(name).select_option(value)
                settle(page)
        assert data(page, "position") == "205"


@pytest.mark.browser
def test_what_is_seen_is_also_said():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(), padding=1, position=0))
        page.get_by_role("slider", name="window").press("ArrowRight")
        page.wait_for_function("document.querySelector('[aria-live]').textContent")
        value = int(float(data(page, "value")))
        result = f"feature_map[0, 1] = {value}".replace("-", "−")
        assert page.text_content("[aria-live]") == result
        assert page.get_attribute(".imgrec-image", "aria-label") == (
            "Image, 12 × 15 pixels; the window touches rows −1, 0, 1 and columns 0, 1, 2"
        )
        assert page.get_attribute(".imgrec-map", "aria-label") == (
            f"Feature map, 12 × 15. Arrow keys move the window. {result}"
        )
        assert page.get_attribute(".imgrec-under", "aria-label").startswith("Window pixels: 0, 0, 0, ")


@pytest.mark.browser
def test_nothing_typed_is_lost():
    with chromium() as page:
        show_explorer(page, KernelExplorer(example(), position=0))
        cell_of_kernel(page, 0, 0).fill("42")
        page.evaluate("model.set('language', 'zh')")
        settle(page)
        first = page.locator(".imgrec-weights input").first
        assert first.input_value() == "42"  # neither with the language …
        first.fill("43")
        page.evaluate("destroy()")  # … nor with the view
        assert page.evaluate("window.saved.kernel[0][0]") == 43
        page.evaluate("model.set('kernel', [[1]])")
        settle(page)
        assert page.errors == []
