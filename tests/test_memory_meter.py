"""The memory meter: its arguments and weights, Keras's equations, and its numbers in a real browser."""

import io
import re

import numpy as np
import pytest
from browser import chromium, data, press_all, settle, show_explorer, stored_size
from PIL import Image

from imgrec_course.widgets.memory import MemoryMeter
from imgrec_course.widgets.memory.explorer import CELLS, GONE


def films(time=12, height=6, width=8, seed=0):
    """A film that pans over a smooth random picture, and another first frame."""
    generator = np.random.default_rng(seed)
    small = Image.fromarray(generator.integers(0, 256, size=(6, 12)).astype(np.uint8))
    picture = np.asarray(small.resize((width + time, height), Image.Resampling.BICUBIC))
    return np.stack([picture[:, t : t + width] for t in range(time)]), picture[::-1, :width]


def settings(seed):
    """A film and settings drawn at random from all that are allowed."""
    generator = np.random.default_rng(seed)
    time, height, width = (int(generator.integers(low, high)) for low, high in ((2, 61), (2, 17), (2, 17)))
    frames, other_first = films(time, height, width, seed)
    return {
        "frames": frames,
        "other_first": other_first,
        "units": int(generator.integers(2, 33)),
        "seed": seed,
        "cell": list(CELLS)[seed % 3],
        "scale": float(generator.uniform(0, 2)),
        "gate_bias": float(generator.uniform(-4, 8)),
        "input_scale": float(generator.uniform(0.1, 3)),
        "length": int(generator.integers(2, time + 1)),
    }


def typical():
    return MemoryMeter(*films())


def extremes():
    return (
        MemoryMeter(*films()),
        MemoryMeter(*films(60, 16, 5), units=32, cell="lstm", gate_bias=7.75),
        MemoryMeter(*films(2, 3, 16), units=2, cell="gru", scale=2.0),
    )


def keep_a_curve(page, meter):
    page.get_by_role("button").first.click()
    settle(page)


# In Python


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"frames": np.zeros((6, 8))}, r"frames must have shape \(time, height, width\), grey, not \(6, 8\)"),
        ({"frames": np.zeros((5, 6, 8, 3))}, r"frames must have shape .*, not \(5, 6, 8, 3\)"),
        ({"frames": np.zeros((5, 0, 8))}, r"frames must have shape .*, not \(5, 0, 8\)"),
        ({"frames": []}, r"frames must have shape .*, not \(0,\)"),
        ({"frames": [[[1, 2]], [[1]]]}, "frames must be an array of numbers"),
        ({"frames": "film"}, "frames must be an array of numbers, not 'film'"),
        ({"frames": np.zeros((1, 6, 8))}, "frames must be 2 to 60, not 1"),
        ({"frames": np.zeros((61, 6, 8))}, "frames must be 2 to 60, not 61"),
        ({"frames": np.zeros((5, 17, 8))}, r"at most 16 pixels a side, not \(17, 8\): shrink them"),
        ({"frames": np.full((5, 6, 8), np.nan)}, "frames must hold finite numbers; nan is none"),
        ({"frames": np.full((5, 6, 8), 256)}, "numbers from 0 to 255, or from 0 to 1; 256 is outside"),
        ({"frames": np.full((5, 6, 8), -0.1)}, "numbers from 0 to 255, or from 0 to 1; -0.1 is outside"),
        ({"frames": np.full((5, 6, 8), 0.9)}, "in the same grey, .* the largest are 0.9 and "),
        ({"other_first": np.zeros((8, 6))}, r"must have the shape of one frame, \(6, 8\), not \(8, 6\)"),
        ({"other_first": None}, "other_first must be an array of numbers, not 'None'"),
        ({"other_first": np.full((6, 8), np.inf)}, "other_first must hold finite numbers; inf is none"),
        ({"other_first": np.full((6, 8), 0.5)}, "in the same grey, .* and 0.5"),
        ({"other_first": films()[0][0]}, "other_first must differ from the first of the frames"),
        ({"units": 1}, "units must be a whole number, 2 to 32, not 1"),
        ({"units": 33}, "units must be a whole number, 2 to 32, not 33"),
        ({"units": 8.0}, "units must be a whole number, 2 to 32, not 8.0"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, not -1"),
        ({"seed": None}, "seed must be a whole number, 0 or more, not None"),
        ({"cell": "rnn"}, "cell must be one of 'tanh', 'gru', 'lstm', not 'rnn'"),
        ({"cell": 3}, "cell must be one of 'tanh', 'gru', 'lstm', not 3"),
        ({"scale": 2.1}, "scale must be a number, 0 to 2, not 2.1"),
        ({"scale": np.nan}, "scale must be a number, 0 to 2, not nan"),
        ({"scale": "1"}, "scale must be a number, 0 to 2, not '1'"),
        ({"gate_bias": -5}, "gate_bias must be a number, -4 to 8, not -5"),
        ({"input_scale": 0}, "input_scale must be a number, 0.1 to 3, not 0"),
        ({"length": 1}, "length must be a whole number, 2 to 12, not 1"),
        ({"length": 13}, "length must be a whole number, 2 to 12, not 13"),
        ({"length": True}, "length must be a whole number, 2 to 12, not True"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    frames, other_first = films()
    with pytest.raises(ValueError, match=sentence):
        MemoryMeter(**{"frames": frames, "other_first": other_first, **arguments})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("cell", "simple", "cell must be one of"),
        ("cell", None, "cell must be one of"),
        ("scale", -1, "scale must be a number, 0 to 2, not -1"),
        ("gate_bias", 9, "gate_bias must be a number, -4 to 8, not 9"),
        ("input_scale", None, "input_scale must be a number"),
        ("length", 0, "length must be a whole number, 2 to 12, not 0"),
    ],
)
def test_what_is_set_later_is_checked_too(name, value, sentence):
    meter = MemoryMeter(*films())
    before = getattr(meter, name)
    with pytest.raises(ValueError, match=sentence):
        setattr(meter, name, value)
    assert getattr(meter, name) == before


def test_grey_from_0_to_1_is_the_same_as_from_0_to_255():
    frames, other_first = films()
    whole = MemoryMeter(frames, other_first).remaining
    assert np.array_equal(MemoryMeter(frames / 255, other_first / 255).remaining, whole)
    assert np.array_equal(MemoryMeter(frames.astype(float), other_first).remaining, whole)
    MemoryMeter(frames, np.zeros((6, 8)))  # black is black in both


@pytest.mark.parametrize("seed", range(9))
def test_weights_are_what_the_text_says(seed):
    meter = MemoryMeter(**settings(seed))
    kernel, recurrent, bias = meter.weights()
    gates = {"tanh": 1, "gru": 3, "lstm": 4}[meter.cell]
    inputs = meter.height * meter.width
    assert kernel.shape == (inputs, gates * meter.units)
    glorot = np.sqrt(2 / (inputs + meter.units))  # its standard deviation, for one gate
    assert np.allclose(np.abs(kernel), glorot, rtol=1e-12)
    assert 0.2 < (kernel > 0).mean() < 0.8
    for block in np.split(recurrent, gates, axis=1):
        assert np.allclose(block @ block.T, meter.scale**2 * np.eye(meter.units), atol=1e-6)
        assert np.allclose(np.abs(np.linalg.eigvals(block)), meter.scale, atol=1e-6)
    keeps = {"tanh": None, "gru": 0, "lstm": 1}[meter.cell]  # Keras: z, r, h and i, f, c, o
    expected = np.zeros(gates * meter.units)
    if keeps is not None:
        expected[keeps * meter.units : (keeps + 1) * meter.units] = meter.gate_bias
    assert np.array_equal(bias[0] if meter.cell == "gru" else bias, expected)
    assert meter.cell != "gru" or not bias[1].any()
    again = MemoryMeter(**settings(seed)).weights()
    assert all(np.array_equal(one, other) for one, other in zip(meter.weights(), again, strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_states_are_those_of_keras(seed):
    """Keras's own layers in float64, with these weights, over these films."""
    import keras

    meter = MemoryMeter(**settings(seed))
    kinds = {"tanh": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    layer = kinds[meter.cell](meter.units, return_sequences=True, return_state=True, dtype="float64")
    inputs = meter.inputs()
    layer.build(inputs.shape)
    layer.set_weights(meter.weights())
    hidden, *last = (np.asarray(array) for array in layer(inputs))
    states = meter.states()
    # Where the scale is large, a rounding error doubles and doubles.
    assert np.allclose(states[..., : meter.units], hidden, rtol=0, atol=1e-7)
    assert np.allclose(states[:, -1], np.concatenate(last, axis=1), rtol=0, atol=1e-7)
    distance = np.linalg.norm(states[0] - states[1], axis=1)
    assert np.allclose(meter.remaining, distance / distance[0])
    if meter.cell != "lstm":
        distance = np.linalg.norm(hidden[0] - hidden[1], axis=1)
        assert np.allclose(meter.remaining, distance / distance[0], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_no_tanh_rnn_keeps_more_than_the_dashed_line(seed):
    meter = MemoryMeter(**settings(seed) | {"cell": "tanh"})
    bound = meter.scale ** np.arange(meter.length)
    assert (meter.remaining <= bound * (1 + 1e-5) + 1e-15).all()


def test_without_input_worth_mentioning_the_dashed_line_is_reached():
    """Where tanh is a straight line, nothing is lost but what the scale takes."""
    frames, other_first = films(20)
    faint = MemoryMeter(frames // 64, other_first // 64, scale=0.9, input_scale=0.1)
    assert np.allclose(faint.remaining, 0.9 ** np.arange(20), rtol=0.02)
    strong = MemoryMeter(frames, other_first, scale=0.9, input_scale=3)
    assert strong.remaining[-1] < 0.1 * faint.remaining[-1]


def test_an_open_gate_remembers_and_a_closed_one_forgets():
    frames, other_first = films(40)
    for cell in ("gru", "lstm"):
        parts = [MemoryMeter(frames, other_first, cell=cell, scale=0.5, gate_bias=bias).remaining[-1]
                 for bias in (-4, 1, 8)]  # fmt: skip
        assert parts[0] < 1e-3 * parts[1] < 1e-3 * parts[2]
        assert parts[2] > 0.5
    assert MemoryMeter(frames, other_first, scale=0.5).remaining[-1] < 1e-10


@pytest.mark.parametrize("cell", list(CELLS))
def test_the_sentence_says_what_is_measured(cell, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    meter = MemoryMeter(*films(40, 12, 12), cell=cell, length=30)
    assert len(meter._repr_mimebundle_()[0]["image/png"]) < 30_000
    assert repr(meter).startswith("Memory meter: ")
    assert ("gate bias 1" in repr(meter)) == (cell != "tanh")
    # Training repeats on one machine and not on another; so, perhaps, does a sum: the number is “measured”.
    assert re.search(r"\(measured [^)]*\)", repr(meter))
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(MemoryMeter(*films())).startswith("记忆计：tanh 循环网络，24 个隐藏单元")


@pytest.mark.parametrize("arguments", [{"scale": 0.0}, {"scale": 2.0, "length": 2}, {"cell": "gru"}])
def test_the_picture_bears_extremes(arguments):
    data, _ = MemoryMeter(*films(2), **{**arguments, "length": None})._repr_mimebundle_()
    picture = np.asarray(Image.open(io.BytesIO(data["image/png"])).convert("L"))
    assert picture.std() > 5
    assert "nan" not in data["text/plain"]


def test_what_a_notebook_stores_is_small():
    """Forty frames of 12 × 12 pixels and 24 units: less than a sixth of what a notebook may weigh."""
    assert stored_size(MemoryMeter(*films(40, 12, 12))) < 64_000


# In the browser


def curve(page):
    return np.array([float(part) for part in data(page, "curve").split()])


def put(page, **values):
    """Set from Python; wait until it is drawn."""
    page.evaluate("(values) => { for (const [k, v] of Object.entries(values)) model.set(k, v); }", values)
    settle(page)


@pytest.mark.browser
def test_the_browser_computes_what_python_does():
    with chromium() as page:
        for seed in range(30):
            meter = MemoryMeter(**settings(seed))
            show_explorer(page, meter)
            meter.length = meter.time
            expected, found = meter.remaining, curve(page)
            assert len(found) == meter.time
            visible = expected >= GONE
            assert np.allclose(found[visible], expected[visible], rtol=1e-6, atol=0), seed
            assert (found[~visible] < GONE * 1.001).all()
            meter.length = settings(seed)["length"]
            assert float(data(page, "remaining")) == found[meter.length - 1]
            for cell, scale in (("lstm", 0.7), ("tanh", 1.3), ("gru", 1.0)):
                put(page, cell=cell, scale=scale)
                meter.cell, meter.scale = cell, scale
                meter.length = meter.time
                assert np.allclose(curve(page), meter.remaining, rtol=1e-6, atol=GONE * 1e-6), (seed, cell)
        assert page.errors == []


@pytest.mark.browser
def test_the_sentence_says_what_is_left():
    frames, other_first = films(40, 12, 12)
    meter = MemoryMeter(frames, other_first, cell="gru", gate_bias=3.0)
    with chromium() as page:
        show_explorer(page, meter)
        result = page.locator(".imgrec-result")
        found = re.fullmatch(
            r"After 40 frames, ([\d.]+) % of the first difference is left\.", result.text_content()
        )
        assert float(found[1]) == pytest.approx(100 * meter.remaining[-1], rel=0.06)
        put(page, length=2, scale=1.0)
        meter.length = 2
        assert result.text_content().startswith("After 2 frames, ")
        put(page, cell="tanh", scale=0.2, length=40)
        assert result.text_content() == (
            "After 40 frames, nothing is left of the first difference: less than 10⁻⁸ of it."
        )
        put(page, scale=1.0)
        meter.cell, meter.scale, meter.length = "tanh", 1.0, 40
        found = re.search(r"After 40 frames, ([\d.]+) × 10⁻(.) of", result.text_content())
        assert float(found[1]) * 10.0 ** -"⁰¹²³⁴⁵⁶⁷⁸⁹".index(found[2]) == pytest.approx(
            meter.remaining[-1], rel=0.06
        )
        assert page.text_content(".imgrec-note") == ""
        assert page.errors == []


@pytest.mark.browser
def test_growing_is_not_called_remembering():
    frames, other_first = films(60, 12, 12, seed=3)
    near = np.round(frames[0] + 0.02 * (other_first.astype(float) - frames[0])).astype(np.uint8)
    meter = MemoryMeter(frames, near, scale=2.0, input_scale=0.3)
    grown = meter.remaining
    assert grown[-1] > 2
    with chromium() as page:
        show_explorer(page, meter)
        settle(page)
        assert page.text_content(".imgrec-result").startswith("After 60 frames, the difference is ")
        factor = re.search(
            r"a million times smaller grew to ([\d.]+) times", page.text_content(".imgrec-note")
        )
        assert float(factor[1]) > 2
        # The same by Python's formulas: the first frame moved by a millionth of the difference.
        from imgrec_course.scratch.recurrent import recurrent

        inputs = meter.inputs()
        inputs[1, 0] = inputs[0, 0] + 1e-6 * (inputs[1, 0] - inputs[0, 0])
        distance = np.linalg.norm(np.subtract(*recurrent("rnn", inputs, meter.weights())), axis=1)
        assert float(factor[1]) == pytest.approx(distance[-1] / distance[0], rel=0.06)
        put(page, scale=0.8)
        assert page.text_content(".imgrec-note") == ""


@pytest.mark.browser
def test_a_chaotic_network_is_not_said_to_remember():
    """The large difference has not grown, so it might look like memory; a small one has."""
    meter = MemoryMeter(*films(60, 12, 12, seed=5), scale=2.0)
    assert 0.4 < meter.remaining[-1] < 0.7
    with chromium() as page:
        show_explorer(page, meter)
        settle(page)
        assert "this is not memory" in page.text_content(".imgrec-note")


@pytest.mark.browser
def test_an_lstm_whose_difference_grows_no_less_than_noise_is_not_scolded():
    meter = MemoryMeter(*films(40, 12, 12), cell="lstm", gate_bias=5)
    assert meter.remaining[-1] > 2
    with chromium() as page:
        show_explorer(page, meter)
        settle(page)
        assert page.text_content(".imgrec-note") == "Measured over the whole state of the LSTM, h and c."


@pytest.mark.browser
def test_keys_move_the_settings():
    with chromium() as page:
        show_explorer(page, MemoryMeter(*films(), gate_bias=1.0))
        bias = page.locator('[data-setting="gate_bias"]')
        assert bias.is_disabled()
        scale = page.get_by_label("scale of the recurrent weights")
        press_all(page, scale, ["ArrowRight"] * 2)
        before = data(page, "remaining")
        assert scale.input_value() == "1.1"
        page.get_by_role("radio", name="tanh RNN").press("ArrowRight")  # the radio buttons: the next cell
        settle(page)
        assert data(page, "cell") == "gru"
        assert data(page, "remaining") != before
        assert bias.is_enabled()
        assert page.get_by_label("bias of the update gate").count() == 1
        bias.press("End")
        page.get_by_label("length in frames").press("ArrowLeft")
        page.get_by_label("scale of the input").press("Home")
        settle(page)
        page.wait_for_function("window.saved?.length === 11 && window.saved.gate_bias === 8")
        assert page.evaluate("[saved.cell, saved.scale, saved.input_scale]") == ["gru", 1.1, 0.1]
        expected = MemoryMeter(*films(), cell="gru", scale=1.1, gate_bias=8, input_scale=0.1, length=11)
        assert float(data(page, "remaining")) == pytest.approx(expected.remaining[-1], rel=1e-9)
        page.get_by_role("button", name="Reset").click()
        page.wait_for_function("window.saved.cell === 'tanh' && window.saved.scale === 1")
        assert (data(page, "cell"), data(page, "length")) == ("tanh", "12")
        assert page.errors == []


@pytest.mark.browser
def test_the_mouse_moves_the_length():
    with chromium() as page:
        show_explorer(page, MemoryMeter(*films(21)))
        page.locator(".imgrec-curve").scroll_into_view_if_needed()
        box = page.locator(".imgrec-curve").bounding_box()
        left, right = box["x"] + 66, box["x"] + box["width"] - 30
        page.mouse.move(right, box["y"] + 100)
        page.mouse.down()
        page.mouse.move((left + right) / 2, box["y"] + 100, steps=5)
        settle(page)
        assert data(page, "length") == "11"
        page.mouse.move(left - 40, box["y"] + 100)
        page.mouse.up()
        settle(page)
        assert data(page, "length") == "2"
        page.keyboard.press("ArrowRight")  # after the mouse, the keys go on
        page.wait_for_function("window.saved?.length === 3")
        assert page.errors == []


@pytest.mark.browser
def test_a_curve_can_be_kept_beside_the_next():
    with chromium() as page:
        show_explorer(page, MemoryMeter(*films(30, 12, 12)))
        kept = page.locator(".imgrec-kept")
        remove = page.get_by_role("button", name="Remove it")
        assert kept.is_hidden()
        assert remove.is_hidden()
        picture = "document.querySelector('.imgrec-curve').toDataURL()"
        page.get_by_role("button", name="Keep curve").click()
        page.get_by_role("radio", name="LSTM").check()
        settle(page)
        assert kept.text_content() == "kept: tanh RNN, scale 1.00, input 1.0"
        both = page.evaluate(picture)
        remove.click()
        settle(page)
        assert kept.is_hidden()
        assert page.evaluate("document.activeElement.textContent") == "Keep curve"
        assert page.evaluate(picture) != both
        assert page.errors == []


@pytest.mark.browser
def test_the_films_differ_in_the_first_frame_only():
    frames, other_first = films(12, 8, 8)
    with chromium() as page:
        show_explorer(page, MemoryMeter(frames, other_first, length=12))
        read = """() => {
          const canvas = document.querySelector(".imgrec-films");
          const context = canvas.getContext("2d");
          const inner = canvas.clientWidth - 66 - 30;
          return Array.from({ length: 2 }, (_, row) => Array.from({ length: 12 }, (_, t) => {
            const left = Math.round(66 + t / 11 * inner - 20);
            return Array.from({ length: 64 }, (_, at) => {
              const [x, y] = [left + (at % 8) * 5 + 2, 4 + row * 46 + Math.floor(at / 8) * 5 + 2];
              return context.getImageData(x, y, 1, 1).data[0];
            });
          }));
        }"""
        shown = np.array(page.evaluate(read)).reshape(2, 12, 8, 8)
        assert np.array_equal(shown[0], frames)
        assert np.array_equal(shown[1, 0], other_first)
        assert np.array_equal(shown[1, 1:], frames[1:])
        put(page, length=5)  # what the network does not see is pale
        opaque = np.array(page.evaluate(read.replace("data[0]", "data[3]"))).reshape(2, 12, 64)
        assert (opaque[:, :5] == 255).all()
        assert (opaque[:, 5:] < 80).all()
        assert page.errors == []


@pytest.mark.browser
def test_what_is_seen_is_also_said():
    with chromium() as page:
        show_explorer(page, MemoryMeter(*films(), units=3, cell="lstm"))
        page.get_by_label("length in frames").press("Home")
        page.wait_for_function("document.querySelector('[aria-live]').textContent")
        said = page.text_content(".imgrec-result")
        assert page.text_content("[aria-live]") == said
        assert page.get_attribute(".imgrec-curve", "aria-label") == (
            f"What is left of the first difference. LSTM, scale 1.00, bias 1, input 1.0. {said}"
        )
        assert page.get_attribute(".imgrec-films", "aria-label") == (
            "Two films of 12 frames; the network sees the first 2."
        )
        states = MemoryMeter(*films(), units=3, cell="lstm", length=2).states()[:, 1]
        numbers = [", ".join(f"{value:.2f}".replace("-", "−") for value in state) for state in states]
        assert page.get_attribute(".imgrec-bars", "aria-label") == (
            f"The two states after frame 2. film A: {numbers[0]}. film B: {numbers[1]}"
        )


@pytest.mark.browser
def test_nothing_chosen_is_lost_with_the_language():
    with chromium() as page:
        show_explorer(page, MemoryMeter(*films()))
        page.get_by_role("radio", name="LSTM").check()
        page.evaluate("model.set('language', 'zh')")
        settle(page)
        assert "遗忘门的偏置" in page.text_content(".imgrec-memory")
        assert page.evaluate("saved.cell") == "lstm"
        assert page.errors == []
