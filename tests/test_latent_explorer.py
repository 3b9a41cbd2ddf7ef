"""The latent explorer: its arguments, its pictures, its size, and what a real browser shows of them."""

import io

import numpy as np
import pytest
from browser import chromium, data, press_all, settle, show_explorer, stored_size
from PIL import Image

from imgrec_course.language import message
from imgrec_course.widgets.latent import LatentExplorer
from imgrec_course.widgets.latent.explorer import SHEET_BYTES


def noisy(count=2, rows=3, columns=4, height=10, width=12, seed=0):
    """(sheet, nearest, distance); some of the nearest images are the same."""
    generator = np.random.default_rng(seed)
    sheet = generator.integers(0, 256, size=(count, rows, columns, height, width)).astype(np.uint8)
    several = generator.integers(0, 256, size=(5, height, width)).astype(np.uint8)
    nearest = several[generator.integers(0, 5, size=(count, rows, columns))]
    return sheet, nearest, generator.uniform(1, 9, size=(count, rows, columns))


def garments(count=1, rows=9, columns=9, seed=0):
    """A sheet as lesson 10 has it: blends of four Fashion-MNIST images with a little noise; and 81 images."""
    from imgrec_course.datasets.fashion import load_fashion

    (images, _), _ = load_fashion()
    generator = np.random.default_rng(seed)
    down, right = np.linspace(0, 1, rows), np.linspace(0, 1, columns)
    weights = np.stack([np.outer(a, b) for a in (1 - down, down) for b in (1 - right, right)])
    corners = images[generator.choice(len(images), size=(count, 4))] / 255
    sheet = np.einsum("crs,kchw->krshw", weights, corners)
    sheet = np.clip(sheet + 0.04 * generator.normal(size=sheet.shape) * (sheet > 0.05), 0, 1)
    nearest = images[generator.choice(60, size=(count, rows, columns))]
    return sheet, nearest, generator.uniform(3, 7, size=(count, rows, columns))


def example(**arguments):
    sheet, nearest, distance = noisy()
    return LatentExplorer(**{"sheet": sheet, "nearest": nearest, "distance": distance, **arguments})


def typical():
    return example(titles=["positive", "negative"], reference=4.0)


def extremes():
    long = "a rather long title of_one_sheet_without_a_space"
    wide, tall = np.zeros((1, 3, 30, 8, 20)), np.zeros((1, 12, 2, 40, 8))
    return (
        example(titles=[long, "b"], measure=long, reference=400.0),
        LatentExplorer(*garments(), titles=[long]),
        LatentExplorer(wide, wide),
        LatentExplorer(tall, tall),
    )


def keeps_its_shape(page, explorer):
    sides = page.locator(".imgrec-generated").bounding_box()
    assert sides["width"] / sides["height"] == pytest.approx(explorer.width / explorer.height, rel=0.03)


# In Python


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"sheet": None}, "sheet must have shape .* all images of one size"),
        ({"sheet": np.zeros((3, 8, 8))}, r"sheet must have shape \(k, rows, .* grey images, not \(3, 8, 8\)"),
        ({"sheet": np.zeros((1, 3, 4, 8, 8, 3))}, r"sheet must have shape .* not \(1, 3, 4, 8, 8, 3\)"),
        ({"sheet": np.zeros((1, 0, 4, 8, 8))}, r"sheet must not be empty; its shape is \(1, 0, 4, 8, 8\)"),
        ({"sheet": np.zeros((1, 3, 4, 8, 3))}, r"images of 4 to 64 pixels a side, not \(1, 3, 4, 8, 3\)"),
        ({"sheet": np.zeros((1, 3, 4, 65, 65))}, "images of 4 to 64 pixels a side"),
        ({"sheet": np.zeros((13, 2, 2, 8, 8))}, "sheet must hold at most 12 sheets, not 13"),
        ({"sheet": np.zeros((1, 40, 30, 8, 8))}, "at most 1000 images, not 1200: take a coarser plane"),
        ({"sheet": np.zeros((2, 1, 1, 8, 8))}, "sheet must have at least two images on a sheet"),
        (
            {"sheet": np.full((2, 3, 4, 10, 12), -1.0)},
            r"sheet of floats must lie in \[0, 1\]; -1 does not .* \(images \+ 1\) / 2",
        ),
        ({"sheet": np.full((2, 3, 4, 10, 12), np.nan)}, r"must lie in \[0, 1\]; nan does not"),
        ({"sheet": np.zeros((2, 3, 4, 10, 12), int)}, "sheet must be uint8, .* not int64"),
        ({"nearest": noisy(1)[1]}, r"nearest must have the shape of sheet, \(2, 3, 4, 10, 12\), not \(1, 3"),
        ({"nearest": 2.0 * noisy()[1]}, r"nearest of floats must lie in \[0, 1\]"),
        (
            {"distance": np.ones((3, 4))},
            r"distance must have shape \(2, 3, 4\), one for each image, not \(3, 4\)",
        ),
        ({"distance": "far"}, r"distance must be numbers of shape \(2, 3, 4\), or None"),
        ({"distance": np.full((2, 3, 4), -1)}, "distance must hold numbers of at least 0; -1 is none"),
        ({"distance": np.full((2, 3, 4), np.inf)}, "distance must hold numbers of at least 0; inf is none"),
        ({"titles": ["a"]}, "titles must be as many as sheets, 2, not 1"),
        ({"titles": "ab"}, "titles must be a list of 2 words, one for each sheet, not 'ab'"),
        ({"titles": ["a", " "]}, "titles must be words, a message or None, not ' '"),
        ({"measure": 3}, "measure must be words, a message or None, not 3"),
        ({"reference": 0}, "reference must be a distance above 0, or None, not 0"),
        ({"reference": "near"}, "reference must be a distance above 0"),
        ({"reference": 3, "distance": None}, "reference is compared with distance: give distance, too"),
        ({"row": 3}, "row must be a whole number, 0 to 2, not 3"),
        ({"column": -1}, "column must be a whole number, 0 to 3, not -1"),
        ({"chosen": 2}, "chosen must be a whole number, 0 to 1, not 2"),
        ({"row": 1.0}, "row must be a whole number, 0 to 2, not 1.0"),
        ({"walk": [(0, 0)]}, "walk must have at least two places, not 1"),
        ({"walk": [(0, 0), (3, 0)]}, r"rows 0 to 2 and columns 0 to 3; \(3, 0\) does not"),
        ({"walk": [(0, 0), (0.5, 0)]}, r"walk must be a list of places \(row, column\), or None"),
        ({"walk": 7}, "walk must be a list of places"),
        ({"rate": 0}, "rate must be a number of steps a second, 0.5 to 60, not 0"),
        ({"rate": True}, "rate must be .* not True"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        example(**arguments)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("row", 3, "row must be a whole number, 0 to 2, not 3"),
        ("column", 4, "column must be a whole number, 0 to 3, not 4"),
        ("chosen", None, "chosen must be a whole number, 0 to 1, not None"),
        ("rate", 100, "rate must be a number of steps a second"),
    ],
)
def test_what_is_set_later_is_checked_too(name, value, sentence):
    explorer = example()
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=sentence):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def on_picture(data, explorer):
    """The images of a picture, one after the other, as the browser finds them."""
    picture = np.asarray(Image.open(io.BytesIO(data)))
    tall, wide = (-(-side // 8) * 8 for side in (explorer.height, explorer.width))
    assert picture.shape[0] % tall == 0
    assert picture.shape[1] == explorer.columns * wide
    tiles = picture.reshape(-1, tall, explorer.columns, wide).swapaxes(1, 2).reshape(-1, tall, wide)
    return tiles[:, : explorer.height, : explorer.width]


def test_small_pictures_hold_every_pixel_and_every_nearest_image_once():
    sheet, nearest, distance = noisy()
    for given in (
        (sheet, nearest),
        (sheet / 255, nearest / 255),
        (sheet[..., np.newaxis], nearest[..., np.newaxis]),
    ):
        explorer = LatentExplorer(*given, distance)
        assert (explorer.sheet_kind, explorer.others_kind) == ("image/png", "image/png")
        assert np.array_equal(on_picture(explorer.sheet, explorer), sheet.reshape(-1, 10, 12))
        which = np.frombuffer(explorer.which, np.uint16).reshape(2, 3, 4)
        assert which.max() == 4
        assert np.array_equal(on_picture(explorer.others, explorer)[which], nearest)
    rounded = sheet / 255 * (1 + 1e-7) - 1e-8
    assert LatentExplorer(rounded, nearest).sheet == LatentExplorer(sheet, nearest).sheet
    alone = LatentExplorer(sheet[0], nearest[0], distance[0])
    assert (alone.count, alone.rows, alone.columns) == (1, 3, 4)


def test_large_pictures_become_jpegs_whose_images_do_not_mix():
    tone = np.where(np.arange(200) % 2, 230, 25)[:, np.newaxis, np.newaxis]
    images = tone + np.random.default_rng(0).normal(0, 12, size=(200, 28, 28))
    images = np.clip(images, 0, 255).astype(np.uint8).reshape(2, 10, 10, 28, 28)
    explorer = LatentExplorer(images, images)
    assert explorer.sheet_kind == "image/jpeg"
    difference = on_picture(explorer.sheet, explorer).astype(float) - images.reshape(-1, 28, 28)
    # An image of 230 stands beside one of 25: were a block in both, the edges would be off by tens.
    edges = [difference[:, :2], difference[:, -2:], difference[:, :, :2], difference[:, :, -2:]]
    assert max(np.abs(edge.mean(axis=(1, 2))).max() for edge in edges) < 8


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (2, 2, [(0, 0), (0, 1), (1, 1), (1, 0)]),
        (3, 3, [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]),
        (1, 3, [(0, 0), (0, 1), (0, 2)]),
        (3, 1, [(0, 0), (1, 0), (2, 0)]),
    ],
)
def test_the_walk_goes_along_the_rim(rows, columns, expected):
    images = np.zeros((rows, columns, 8, 8))
    assert [tuple(place) for place in LatentExplorer(images, images).walk] == expected


@pytest.mark.parametrize("count", [1, 2])
def test_the_sentence_and_the_frame_say_where_one_is(count, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    arguments = dict(zip(("sheet", "nearest", "distance"), noisy(count), strict=True))
    arguments |= {"titles": ["positive", "negative"][:count], "row": 2, "column": 1, "reference": 4.0}
    explorer = LatentExplorer(**arguments, chosen=count - 1)
    data, _ = explorer._repr_mimebundle_()
    number = "3 × 4" if count == 1 else "2 sheets of 3 × 4"
    assert data["text/plain"] == (
        f"{'positive' if count == 1 else 'negative'}: Latent explorer: {number} generated images, and beside "
        "the one in row 3, column 2 its nearest training image. It moves in JupyterLab. Between the two: "
        f"distance (measured {arguments['distance'][count - 1, 2, 1]:.3g})."
    )
    # The frame is blue among greys.
    picture = np.asarray(Image.open(io.BytesIO(data["image/png"])).convert("RGB")).astype(int)
    assert (picture[..., 2] - picture[..., 0] > 100).sum() > 40
    monkeypatch.setenv("IMGREC_LANG", "zh")
    said = repr(LatentExplorer(**{**arguments, "measure": message("clip {number}", number=7)}))
    assert said.startswith("正例：潜在空间探索器：")
    assert said.endswith(f"两者之间：片段 7（实测 {arguments['distance'][0, 2, 1]:.3g}）。")
    bare = repr(LatentExplorer(arguments["sheet"], arguments["nearest"]))
    assert "实测" not in bare
    assert bare.startswith("潜在空间探索器" if count == 1 else "图版 1：潜在空间探索器")


def test_what_a_notebook_stores_is_small():
    """A sheet of 9 × 9 garments, as lesson 10 shows it."""
    explorer = LatentExplorer(*garments(), reference=5.0)
    assert len(explorer.sheet) <= SHEET_BYTES
    assert len(explorer.others) <= SHEET_BYTES
    assert stored_size(explorer) < 100_000
    assert len(explorer._repr_mimebundle_()[0]["image/png"]) < 35_000


# In the browser


def place(page):
    settle(page)
    return tuple(int(data(page, name)) for name in ("chosen", "row", "column"))


def shown(page, name, height=10, width=12):
    """(height, width, 3): what stands on one of the two large canvases, one value for each pixel."""
    values = page.evaluate(
        """([name, height, width]) => {
      const canvas = document.querySelector(`.imgrec-${name}`);
      const context = canvas.getContext("2d");
      const found = [];
      for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) {
        const [x, y] = [(column + 0.5) * canvas.width / width, (row + 0.5) * canvas.height / height];
        found.push([...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3)]);
      }
      return found;
    }""",
        [name, height, width],
    )
    return np.array(values).reshape(height, width, 3)


def grey(image):
    return np.repeat(image[..., np.newaxis], 3, axis=-1)


@pytest.mark.browser
@pytest.mark.parametrize("ratio", [1, 1.5])
def test_every_image_is_shown_as_it_is(ratio):
    sheet, nearest, distance = noisy()
    with chromium(device_scale_factor=ratio) as page:
        show_explorer(page, example(reference=4.0, measure="distance"))
        for chosen, row, column in ((0, 0, 0), (0, 2, 3), (1, 1, 2), (1, 2, 0)):
            page.evaluate(
                "(at) => { for (const name of ['chosen', 'row', 'column']) model.set(name, at[name]); }",
                {"chosen": chosen, "row": row, "column": column},
            )
            assert place(page) == (chosen, row, column)
            assert np.array_equal(shown(page, "generated"), grey(sheet[chosen, row, column]))
            assert np.array_equal(shown(page, "nearest"), grey(nearest[chosen, row, column]))
            far = distance[chosen, row, column]
            assert page.text_content(".imgrec-reading") == f"row {row + 1} of 3, column {column + 1} of 4"
            assert float(page.text_content(".imgrec-result").removeprefix("distance: ")) == pytest.approx(
                far, rel=0.006
            )
            times = page.text_content(".imgrec-note").partition(" times as far")[0]
            assert float(times) == pytest.approx(far / 4, abs=0.006)
        assert page.errors == []


@pytest.mark.browser
def test_the_plane_shows_the_chosen_sheet_and_where_one_is():
    count, rows, columns = 2, 3, 4
    tones = np.arange(24).reshape(count, rows, columns) * 10
    images = np.broadcast_to(tones[..., np.newaxis, np.newaxis], (*tones.shape, 8, 8)).astype(np.uint8)
    with chromium() as page:
        show_explorer(page, LatentExplorer(images, images))
        for chosen in (0, 1):
            page.get_by_role("combobox", name="sheet").select_option(str(chosen))
            page.locator(".imgrec-plane").press("ArrowRight")
            settle(page)
            seen = page.evaluate("""() => {
              const canvas = document.querySelector(".imgrec-plane");
              const pen = canvas.getContext("2d");
              const { width, height } = canvas;
              return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => {
                const [x, y] = [(column + 0.5) / 4 * width, (row + 0.5) / 3 * height].map(Math.round);
                return pen.getImageData(x, y, 1, 1).data[0];
              }));
            }""")
            assert np.abs(np.array(seen) - tones[chosen]).max() <= 1
            # The frame: blue where image 1, 2 … of the first row begins, nowhere else in that row.
            blue = page.evaluate("""() => {
              const canvas = document.querySelector(".imgrec-plane");
              const data = canvas.getContext("2d").getImageData(0, canvas.height / 6, canvas.width, 1).data;
              const found = [];
              for (let x = 0; x < canvas.width; x += 1) {
                if (data[4 * x + 2] - data[4 * x] > 100) found.push(x / canvas.width);
              }
              return found;
            }""")
            assert min(blue) == pytest.approx((1 + chosen) / 4, abs=0.02)
            assert max(blue) == pytest.approx((2 + chosen) / 4, abs=0.02)
        page.wait_for_function("window.saved?.chosen === 1 && window.saved?.column === 2")
        assert page.errors == []


@pytest.mark.browser
def test_keys_and_mouse():
    with chromium() as page:
        show_explorer(page, example())
        plane = page.get_by_role("application")
        for keys, expected in (
            (["ArrowRight"] * 2, (0, 0, 2)),
            (["ArrowDown"], (0, 1, 2)),
            (["End"], (0, 1, 3)),
            (["ArrowRight", "PageDown", "ArrowDown"], (0, 2, 3)),
            (["Home"], (0, 2, 0)),
            (["ArrowLeft", "ArrowUp"], (0, 1, 0)),
            (["PageUp", "ArrowUp", "a"], (0, 0, 0)),
        ):
            press_all(page, plane, keys)
            assert place(page) == expected
        box = plane.bounding_box()
        at = lambda row, column: (  # noqa: E731
            box["x"] + (column + 0.5) / 4 * box["width"],
            box["y"] + (row + 0.5) / 3 * box["height"],
        )
        page.mouse.move(*at(1, 2))
        page.mouse.down()
        assert place(page) == (0, 1, 2)
        page.mouse.move(*at(2, 3))
        assert place(page) == (0, 2, 3)
        page.mouse.move(box["x"] - 30, box["y"] - 30)  # further than the plane goes
        assert place(page) == (0, 0, 0)
        page.mouse.move(*at(0, 1))
        page.mouse.up()
        page.mouse.move(*at(2, 2))
        assert place(page) == (0, 0, 1)
        page.keyboard.press("ArrowDown")  # from a click the keys go on
        assert place(page) == (0, 1, 1)
        page.wait_for_function("window.saved?.row === 1 && window.saved?.column === 1")
        # In the list of sheets the arrows choose a sheet.
        page.get_by_role("combobox", name="sheet").focus()
        page.keyboard.press("ArrowDown")
        assert place(page) == (1, 1, 1)
        page.wait_for_function("window.saved?.chosen === 1")
        assert page.errors == []


@pytest.mark.browser
def test_it_walks_its_way_again_and_again():
    way = [(0, 0), (1, 1), (2, 2), (2, 3)]
    with chromium() as page:
        show_explorer(page, example(walk=way, rate=20))
        page.wait_for_timeout(300)
        assert (data(page, "playing"), place(page)) == ("false", (0, 0, 0))
        page.get_by_role("application").press(" ")
        seen = page.evaluate("""() => new Promise((done) => {
          const root = document.querySelector(".imgrec-latent");
          const seen = [];
          const look = () => {
            const here = [Number(root.dataset.row), Number(root.dataset.column)];
            if (String(here) !== String(seen[seen.length - 1])) seen.push(here);
            if (seen.length < 10) requestAnimationFrame(look); else done(seen);
          };
          requestAnimationFrame(look);
        })""")
        start = way.index(tuple(seen[0]))
        assert [tuple(here) for here in seen] == [way[(start + step) % 4] for step in range(10)]
        told = page.evaluate("JSON.stringify([saved.row, saved.column])")
        for _ in range(5):  # walking is no news for Python
            page.wait_for_timeout(60)
            assert page.evaluate("JSON.stringify([saved.row, saved.column])") == told
        page.get_by_role("application").press(" ")
        settle(page)
        assert data(page, "playing") == "false"
        stopped = place(page)
        page.wait_for_timeout(300)
        assert place(page) == stopped
        page.wait_for_function(f"window.saved?.row === {stopped[1]} && window.saved?.column === {stopped[2]}")
        # Whoever has left the way goes back to where it is nearest, then along.
        page.evaluate("model.set('row', 1); model.set('column', 3)")
        step = page.get_by_role("button", name="Step")
        for expected in ((2, 3), (0, 0), (1, 1), (2, 2)):
            step.click()
            assert place(page)[1:] == expected
        page.get_by_role("button", name="Back").click()
        assert place(page)[1:] == (1, 1)
        page.get_by_role("button", name="Play").click()
        page.get_by_role("application").press("Home")  # a hand in the plane ends the walk
        settle(page)
        assert data(page, "playing") == "false"
        assert "Play" in page.text_content(".imgrec-play")
        assert page.errors == []


@pytest.mark.browser
def test_the_distances_stand_on_their_axis():
    _, _, distance = noisy()
    with chromium() as page:
        page.evaluate("""() => {
          const pen = CanvasRenderingContext2D.prototype;
          window.lines = [];
          for (const [name, kind] of [["fillRect", "rect"], ["moveTo", "move"], ["fillText", "text"]]) {
            const own = pen[name];
            pen[name] = function (...values) {
              if (this.canvas.className === "imgrec-distances") window.lines.push([kind, ...values]);
              return own.apply(this, values);
            };
          }
          const clear = pen.clearRect;
          pen.clearRect = function (...values) {
            if (this.canvas.className === "imgrec-distances") window.lines = [];
            return clear.apply(this, values);
          };
        }""")
        show_explorer(page, example(reference=4.0, chosen=1, row=2, column=1))
        settle(page)
        lines = page.evaluate("window.lines")
        labels = {line[1]: line[2] for line in lines if line[0] == "text"}
        zero, unit = labels["0"], (labels["8"] - labels["0"]) / 8
        marks = sorted(
            line[1] + 0.5 for line in lines if line[0] == "rect" and line[3] == 1 and line[4] == 12
        )
        assert marks == pytest.approx(sorted(zero + unit * distance[1].ravel()), abs=0.1)
        reference, here = (line[1] for line in lines if line[0] == "move")
        assert reference == pytest.approx(zero + 4 * unit)
        assert here == pytest.approx(zero + distance[1, 2, 1] * unit, abs=0.1)
        assert any(text == "held-out real images, median: 4" for text in labels)
        show_explorer(page, example(distance=None))
        assert page.locator(".imgrec-distances").count() == 0
        assert page.errors == []


@pytest.mark.browser
def test_what_is_seen_is_also_said():
    _, _, distance = noisy()
    with chromium() as page:
        show_explorer(page, typical())
        page.get_by_role("application").press("ArrowRight")
        page.wait_for_function("document.querySelector('[aria-live]').textContent !== ''")
        said = page.text_content("[aria-live]")
        assert said.startswith("positive, row 1 of 3, column 2 of 4. distance: ")
        assert said.endswith(" times as far from the training images as a held-out real image is")
        label = page.get_by_role("application").get_attribute("aria-label")
        assert label == "Latent plane, positive, row 1 of 3, column 2 of 4"
        label = page.get_attribute(".imgrec-distances", "aria-label")
        assert label.endswith(". held-out real images, median: 4")
        assert float(label.split(": ")[1].split(". ")[0]) == pytest.approx(distance[0, 0, 1], rel=0.006)


@pytest.mark.browser
def test_what_python_sets_is_shown_at_rest():
    with chromium() as page:
        show_explorer(page, example(rate=2))
        page.get_by_role("button", name="Play").click()
        page.evaluate("model.set('column', 2)")
        assert place(page)[2] == 2
        assert data(page, "playing") == "false"
        page.evaluate("model.set('rate', 7)")
        assert page.get_by_label("speed").input_value() == "7"
        assert page.errors == []
