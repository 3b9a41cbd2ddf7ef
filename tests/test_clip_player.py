"""The clip player: its arguments, its picture, its size, and what a real browser shows of the clips."""

import io
import itertools

import numpy as np
import pytest
from browser import chromium, data, press_all, settle, show_explorer, stored_size
from PIL import Image

from imgrec_course.language import message
from imgrec_course.widgets.player import ClipPlayer
from imgrec_course.widgets.player.explorer import LARGEST_SIDE, SHEET_BYTES


def example(count=3, time=6, height=12, width=15, seed=0, colour=False):
    shape = (count, time, height, width, *([3] if colour else []))
    return np.random.default_rng(seed).integers(0, 256, size=shape).astype(np.uint8)


def drifting(count, time, side, noise=0.0, seed=0):
    """Striped squares that drift over a torus: clips as lesson 08 has them, more or less noisy."""
    generator = np.random.default_rng(seed)
    clips = np.zeros((count, time, side, side))
    square = 0.5 + 0.4 * np.sin(np.arange(28))[:, np.newaxis] * np.cos(np.arange(28))
    for clip in clips:
        start, step = generator.integers(0, side, size=2), generator.integers(-2, 3, size=2)
        clip[:, :28, :28] = square
        for number in range(time):
            clip[number] = np.roll(clip[number], start + number * step, axis=(0, 1))
    return np.clip(clips + noise * generator.normal(size=clips.shape), 0, 1)


def typical():
    return ClipPlayer(example(), titles=["positive", "negative", "other"])


def extremes():
    return (
        ClipPlayer(example()),
        ClipPlayer(
            example(12, height=20, width=90),
            [f"a rather long title of clip_number_{number}_without_a_space" for number in range(12)],
        ),
        ClipPlayer(example(1, height=200, width=20, colour=True)),
        ClipPlayer(drifting(8, 10, 40)),
    )


def keeps_its_shape(page, player):
    sides = page.locator(".imgrec-clips canvas").first.bounding_box()
    assert sides["width"] / sides["height"] == pytest.approx(player.width / player.height, rel=0.03)


# In Python


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"clips": example()[0]}, r"not \(6, 12, 15\); one clip alone is clips\[np.newaxis\]"),
        (
            {"clips": example(colour=True)[0]},
            r"at least 4 pixels a side, not \(6, 12, 15, 3\); one clip alone",
        ),
        ({"clips": np.zeros((2, 3, 8, 8, 2))}, r"clips must have shape .* not \(2, 3, 8, 8, 2\)"),
        ({"clips": np.zeros((2, 0, 8, 8))}, r"clips must not be empty; their shape is \(2, 0, 8, 8\)"),
        ({"clips": np.zeros((0, 5, 8, 8))}, "clips must not be empty"),
        ({"clips": []}, r"clips must have shape .* not \(0,\)"),
        (
            {"clips": [np.zeros((3, 8, 8)), np.zeros((4, 8, 8))]},
            "clips must have .* all of one length and size",
        ),
        ({"clips": None}, "clips must have shape"),
        ({"clips": "film.mp4"}, r"clips must have shape .* not \(\)"),
        ({"clips": np.zeros((13, 2, 8, 8))}, "clips must be at most 12, not 13: show a part"),
        ({"clips": np.zeros((1, 121, 8, 8))}, "clips must have at most 120 frames, not 121: show a part"),
        (
            {"clips": np.full((1, 2, 8, 8), 200.0)},
            r"floats must lie in \[0, 1\]; 200 does not \(divide by 255",
        ),
        ({"clips": np.full((1, 2, 8, 8), -0.5)}, r"must lie in \[0, 1\]; -0.5 does not"),
        ({"clips": np.full((1, 2, 8, 8), np.nan)}, r"must lie in \[0, 1\]; nan does not"),
        (
            {"clips": np.zeros((1, 2, 8, 8), int)},
            "clips must be uint8, 0 to 255, or floats from 0 to 1, not int64",
        ),
        ({"clips": np.zeros((1, 2, 8, 8), bool)}, "clips must be uint8, .* not bool"),
        ({"titles": ["a", "b"]}, "titles must be as many as clips, 3, not 2"),
        ({"titles": "abc"}, "titles must be a list of 3 words, one for each clip, not 'abc'"),
        ({"titles": 3}, "titles must be a list of 3 words"),
        ({"rate": 0}, "rate must be a number of frames a second, 0.5 to 60, not 0"),
        ({"rate": np.nan}, "rate must be a number of frames a second, 0.5 to 60, not nan"),
        ({"rate": "fast"}, "rate must be .* not 'fast'"),
        ({"rate": True}, "rate must be .* not True"),
        ({"position": 6}, "position must be a whole number, 0 to 5, not 6"),
        ({"position": -1}, "position must be a whole number, 0 to 5, not -1"),
        ({"position": 1.0}, "position must be a whole number, 0 to 5, not 1.0"),
        ({"loop": 1}, "loop must be True or False, not 1"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        ClipPlayer(**{"clips": example(), **arguments})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("position", 6, "position must be a whole number, 0 to 5, not 6"),
        ("position", None, "position must be a whole number"),
        ("rate", 100, "rate must be a number of frames a second"),
        ("loop", "yes", "loop must be True or False"),
    ],
)
def test_what_is_set_later_is_checked_too(name, value, sentence):
    player = ClipPlayer(example())
    before = getattr(player, name)
    with pytest.raises(ValueError, match=sentence):
        setattr(player, name, value)
    assert getattr(player, name) == before


def on_sheet(player):
    """The clips as the browser finds them on the sheet."""
    sheet = np.asarray(Image.open(io.BytesIO(player.sheet)))
    rows, columns = sheet.shape[0] // player.time, sheet.shape[1] // player.count
    assert rows == -(-player.height // 8) * 8
    assert columns == -(-player.width // 8) * 8
    clips = sheet.reshape(player.time, rows, player.count, columns, *sheet.shape[2:])
    return np.moveaxis(clips, 2, 0)[:, :, : player.height, : player.width]


@pytest.mark.parametrize("colour", [False, True])
def test_a_small_sheet_holds_every_pixel(colour):
    clips = example(colour=colour)
    assert np.array_equal(on_sheet(ClipPlayer(clips)), clips)
    assert np.array_equal(on_sheet(ClipPlayer(clips / 255)), clips)
    if not colour:
        assert np.array_equal(on_sheet(ClipPlayer(clips[..., np.newaxis])), clips)


@pytest.mark.parametrize("colour", [False, True])
def test_a_large_sheet_becomes_a_jpeg_whose_frames_do_not_mix(colour):
    clips = np.where(np.arange(30)[:, np.newaxis, np.newaxis] % 2, 230, 25) * np.ones((8, 30, 37, 43))
    clips = clips + np.random.default_rng(0).normal(0, 12, size=clips.shape)
    clips = np.clip(clips, 0, 255).astype(np.uint8)
    if colour:
        clips = np.stack([clips, 255 - clips, clips], axis=-1)
    player = ClipPlayer(clips)
    assert player.kind == "image/jpeg"
    difference = on_sheet(player).astype(float) - clips
    # A frame of 230 lies above one of 25: were a block in both, the edges would be off by tens.
    edges = [difference[:, :, :2], difference[:, :, -2:], difference[:, :, :, :2], difference[:, :, :, -2:]]
    assert max(np.abs(edge.mean(axis=tuple(range(2, edge.ndim)))).max() for edge in edges) < 8


def test_coloured_noise_is_stored_too():
    noise = np.random.default_rng(0).integers(0, 256, size=(8, 30, 37, 43, 3)).astype(np.uint8)
    player = ClipPlayer(noise)
    assert player.kind == "image/jpeg"
    assert np.abs(on_sheet(player).mean() - noise.mean()) < 1


def test_large_frames_are_shrunk():
    clips = np.zeros((2, 3, 300, 150), np.uint8)
    clips[:, :, 150:] = 200
    player = ClipPlayer(clips)
    assert (player.height, player.width) == (LARGEST_SIDE, LARGEST_SIDE // 2)
    small = on_sheet(player)
    assert np.all(small[:, :, :60] == 0)
    assert np.all(small[:, :, 68:] == 200)


@pytest.mark.parametrize("arguments", [{}, {"titles": ["one", "two", "{three}"]}, {"titles": list("abc")}])
def test_the_sentence_names_the_clips(arguments, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    said = repr(ClipPlayer(example(), **arguments))
    assert said.startswith("Clip player: 3 × 6 frames of 12 × 15 pixels")
    if arguments:
        assert said.endswith(f" Clips: {', '.join(arguments['titles'])}.")
    monkeypatch.setenv("IMGREC_LANG", "zh")
    said = repr(ClipPlayer(example(), titles=[message("clip {number}", number=7), "b", "c"]))
    assert said.startswith("片段播放器：3 个片段，各 6 帧")
    assert said.endswith("片段：片段 7、b、c。")


@pytest.mark.parametrize("time", [1, 2, 9, 10, 11, 37, 120])
def test_the_film_strip_steps_evenly(time):
    figure = ClipPlayer(drifting(2, time, 32)).figure()
    (axes,) = figure.axes
    numbers = [int(label.get_text()) for label in axes.get_xticklabels()]
    assert numbers[0] == 1
    assert len(numbers) <= 10
    assert numbers[-1] <= time
    assert len(set(np.diff(numbers))) <= 1
    if time <= 10:
        assert numbers == list(range(1, time + 1))


@pytest.mark.parametrize("noise", [0, 0.1])
def test_what_a_notebook_stores_is_small(noise):
    """Eight clips of ten frames, as lesson 08 shows them."""
    player = ClipPlayer(drifting(8, 10, 40, noise), titles=list("abcdefgh"))
    assert len(player.sheet) <= SHEET_BYTES
    assert stored_size(player) < 60_000
    assert len(player._repr_mimebundle_()[0]["image/png"]) < 40_000


# In the browser


def at_rest(page, player, width=900, **arguments):
    """Show the player and stop it at its first frame."""
    show_explorer(page, player, width, **arguments)
    page.evaluate("model.set('position', 0)")
    if data(page, "playing") == "true":
        page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider").press("Home")
    settle(page)
    assert (data(page, "playing"), data(page, "position")) == ("false", "0")


def drawn(page, height, width):
    """(n, height, width, 3): what stands on the canvases, one value for each pixel of the frames."""
    values = page.evaluate(
        """([height, width]) => [...document.querySelectorAll(".imgrec-clips canvas")].map((canvas) => {
      const context = canvas.getContext("2d");
      const found = [];
      for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) {
        const [x, y] = [(column + 0.5) * canvas.width / width, (row + 0.5) * canvas.height / height];
        found.push([...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3)]);
      }
      return found;
    })""",
        [height, width],
    )
    return np.array(values).reshape(-1, height, width, 3)


@pytest.mark.browser
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("ratio", [1, 1.5])
def test_every_frame_is_shown_as_it_is(colour, ratio):
    clips = example(colour=colour)
    with chromium(device_scale_factor=ratio, reduced_motion="reduce") as page:
        show_explorer(page, ClipPlayer(clips))
        for position in (0, 3, 5, 1):
            page.evaluate("(value) => model.set('position', value)", position)
            settle(page)
            expected = clips[:, position] if colour else np.repeat(clips[:, position, ..., np.newaxis], 3, -1)
            assert np.array_equal(drawn(page, 12, 15), expected)
            assert page.text_content(".imgrec-reading") == f"frame {position + 1} of 6"
        assert page.errors == []


@pytest.mark.browser
def test_it_plays_by_itself_in_step_and_rests_before_it_begins_anew():
    with chromium() as page:
        show_explorer(page, ClipPlayer(example(), rate=20))
        assert "Pause" in page.text_content(".imgrec-play")
        times = page.evaluate("""() => new Promise((done) => {
          const root = document.querySelector(".imgrec-player");
          const seen = [];
          let last = null;
          const look = (now) => {
            if (root.dataset.position !== last) seen.push([last = root.dataset.position, now]);
            if (seen.length < 16) requestAnimationFrame(look); else done(seen);
          };
          requestAnimationFrame(look);
        })""")
        positions = [int(position) for position, _ in times]
        assert all(after == (before + 1) % 6 for before, after in itertools.pairwise(positions))
        waits = {position: [] for position in range(6)}
        for (position, begun), (_, ended) in list(itertools.pairwise(times))[1:]:
            waits[int(position)].append(ended - begun)
        assert min(waits.pop(5)) > 500
        assert np.median(list(itertools.chain(*waits.values()))) == pytest.approx(50, abs=17)
        # The last move is told only when somebody makes one: playing is no news for Python.
        assert page.evaluate("window.saved === undefined")
        assert page.errors == []


@pytest.mark.browser
def test_space_and_a_click_play_and_pause():
    with chromium() as page:
        at_rest(page, ClipPlayer(example(time=20)))
        slider = page.get_by_role("slider", name="frame")
        press_all(page, slider, ["ArrowRight", "ArrowRight", " "])
        page.wait_for_function("Number(document.querySelector('.imgrec-player').dataset.position) > 2")
        slider.press(" ")
        settle(page)
        assert data(page, "playing") == "false"
        stopped = data(page, "position")
        page.wait_for_timeout(300)
        assert data(page, "position") == stopped
        page.wait_for_function(f"window.saved?.position === {stopped}")

        page.locator(".imgrec-clips canvas").first.click()  # a click plays, and the keys go on from there
        settle(page)
        assert data(page, "playing") == "true"
        assert page.evaluate("document.activeElement.type") == "range"
        page.keyboard.press("ArrowRight")  # a step pauses
        settle(page)
        assert data(page, "playing") == "false"
        assert page.errors == []


@pytest.mark.browser
def test_speed_and_loop_can_be_chosen():
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, ClipPlayer(example(), rate=12))
        speed, loop = page.get_by_label("speed"), page.get_by_label("loop")
        assert speed.locator("option").all_text_contents()[5] == "15 frames a second"
        assert speed.input_value() == "12"  # a speed of its own is among those to choose
        speed.select_option("30")
        loop.uncheck()
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('.imgrec-player').dataset.position === '5'")
        page.wait_for_function("document.querySelector('.imgrec-player').dataset.playing === 'false'")
        page.wait_for_function("window.saved?.position === 5")
        assert page.evaluate("[window.saved.rate, window.saved.loop]") == [30, False]
        speed.select_option("15")
        loop.check()
        page.get_by_role("slider").press("ArrowLeft")  # three pieces of news at once
        page.wait_for_function("window.saved?.position === 4")
        assert page.evaluate("[window.saved.rate, window.saved.loop]") == [15, True]
        page.get_by_role("slider").press("End")
        speed.select_option("30")
        loop.uncheck()
        page.get_by_role("button", name="Play").click()  # from the end it begins anew
        page.wait_for_function("Number(document.querySelector('.imgrec-player').dataset.position) < 5")
        page.wait_for_function("document.querySelector('.imgrec-player').dataset.position === '5'")
        page.evaluate("model.set('rate', 3); model.set('loop', true)")
        assert speed.input_value() == "3"
        assert loop.is_checked()
        assert page.errors == []


@pytest.mark.browser
def test_whoever_wants_less_motion_is_not_given_any():
    with chromium(reduced_motion="reduce") as page:
        show_explorer(page, ClipPlayer(example(), rate=30))
        page.wait_for_timeout(300)
        assert (data(page, "playing"), data(page, "position")) == ("false", "0")
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("Number(document.querySelector('.imgrec-player').dataset.position) > 0")


@pytest.mark.browser
def test_what_python_sets_is_shown_at_rest():
    with chromium() as page:
        show_explorer(page, ClipPlayer(example()))
        page.evaluate("model.set('position', 4)")
        settle(page)
        assert (data(page, "playing"), data(page, "position")) == ("false", "4")
        assert "Play" in page.text_content(".imgrec-play")
        label = page.locator(".imgrec-clips canvas").nth(1).get_attribute("aria-label")
        assert label == "clip 2. frame 5 of 6"


@pytest.mark.browser
def test_a_single_frame_is_a_picture():
    with chromium() as page:
        show_explorer(page, ClipPlayer(example(time=1)))
        settle(page)
        assert page.locator(".imgrec-player button:enabled").count() == 0
        assert page.get_by_role("slider").is_disabled()
        assert data(page, "playing") == "false"
        page.locator(".imgrec-clips canvas").first.click()
        page.keyboard.press(" ")
        assert page.errors == []


@pytest.mark.browser
def test_what_is_seen_is_also_said():
    with chromium() as page:
        at_rest(page, typical())
        page.get_by_role("slider").press("ArrowRight")
        page.wait_for_function("document.querySelector('[aria-live]').textContent === 'frame 2 of 6'")
        assert page.get_by_role("img", name="negative. frame 2 of 6").count() == 1
