"""The game explorer: its arguments, its picture, its size, and what a real browser draws of the game."""

import itertools
from dataclasses import fields

import numpy as np
import pytest
from browser import chromium, data, settle, show_explorer, stored_size

from imgrec_course.games import GameRecord
from imgrec_course.language import message
from imgrec_course.widgets.game import GameExplorer

LONGEST = 34  # CSS pixels of the longest arrow
SAMPLE = 3.2  # radius of a sample in the plane


def plane(moments=6, samples=5, real=8, places=12, seed=0, spread=1.0):
    """A game in the plane, from −3 to 3; nothing was trained."""
    generator = np.random.default_rng(seed)
    axis = np.linspace(-3, 3, places)
    x, y = np.meshgrid(axis, axis)
    growing = np.arange(1, moments + 1)[:, np.newaxis, np.newaxis]
    return dict(
        steps=10 * np.arange(moments),
        real=generator.normal(size=(real, 2)),
        samples=spread * generator.normal(size=(moments, samples, 2)),
        axes=np.stack([axis, axis]),
        landscape=1 / (1 + np.exp(-(x + 0.5 * y) * growing / moments)),
        gradients=growing * generator.normal(size=(moments, samples, 2)),
        losses=np.stack([np.linspace(0.5, 1.4, moments), np.linspace(2.0, 0.7, moments)], axis=1),
    )


def line(moments=6, samples=5, real=8, places=60, seed=0):
    """A game on the line, from −5 to 5: p is a normal density, q one that comes nearer."""
    generator = np.random.default_rng(seed)
    axis = np.linspace(-5, 5, places)
    means = np.linspace(-2, 1, moments)[:, np.newaxis]
    normal = np.exp(-((axis - 1) ** 2) / 2) / np.sqrt(2 * np.pi)
    moving = np.exp(-((axis - means) ** 2) / 2 / 0.25) / np.sqrt(2 * np.pi * 0.25)
    return dict(
        steps=10 * np.arange(moments),
        real=1 + generator.normal(size=(real, 1)),
        samples=(means + 0.5 * generator.normal(size=samples))[..., np.newaxis],
        axes=axis[np.newaxis],
        landscape=1 / (1 + np.exp(-(axis - means))),
        gradients=-np.ones((moments, samples, 1)),
        losses=np.stack([np.linspace(0.5, 1.4, moments), np.linspace(2.0, 0.7, moments)], axis=1),
        p=normal,
        q=moving,
    )


def wandering(moments=40, samples=200, real=1000, places=40, seed=0):
    """A game as large as a lesson's: 200 points drift to five of eight places on a ring."""
    generator = np.random.default_rng(seed)
    angles = 2 * np.pi * np.arange(8) / 8
    modes = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    axis = np.linspace(-3, 3, places)
    x, y = np.meshgrid(axis, axis)
    time = np.linspace(0, 1, moments)[:, np.newaxis, np.newaxis]
    goal = modes[generator.integers(0, 5, samples)] + 0.15 * generator.normal(size=(samples, 2))
    noise = 0.1 * np.cumsum(generator.normal(size=(moments, samples, 2)), axis=0) / np.sqrt(moments)
    start = 0.3 * generator.normal(size=(samples, 2))
    points = start + (goal - start) * np.clip(1.5 * time, 0, 1) + noise

    def d(x, y, t):
        """A landscape of waves that go their way."""
        return 1 / (
            1 + np.exp(-2 * sum(np.sin((1 + k) * x + 3 * k * t) * np.cos(y - 2 * t) for k in range(3)))
        )

    here, there = (points[..., 0], points[..., 1], time[..., 0]), 1e-4
    slopes = [
        (np.log(d(here[0] + dx, here[1] + dy, here[2])) - np.log(d(*here))) / there
        for dx, dy in ((there, 0), (0, there))
    ]
    return GameRecord(
        steps=50 * np.arange(moments),
        real=modes[generator.integers(0, 8, real)] + 0.1 * generator.normal(size=(real, 2)),
        samples=points,
        axes=np.stack([axis, axis]),
        landscape=d(x, y, time),
        gradients=-np.stack(slopes, axis=-1),
        losses=1 + generator.uniform(size=(moments, 2)),
    )


def example(dimension=2, **arguments):
    return GameRecord(**(plane if dimension == 2 else line)(**arguments))


def typical():
    return GameExplorer(example(), title="positive")


def extremes():
    return (
        GameExplorer(example(), title="a rather long title_without_a_space" * 3),
        GameExplorer(example(1)),
        GameExplorer({**plane(), "steps": 1_000_000 * np.arange(6)}, position=5),
    )


# In Python


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"record": None}, "record must be an imgrec_course.games.GameRecord .* not NoneType"),
        ({"record": [1, 2]}, "record must be .* not list"),
        ({"record": {"steps": [0]}}, "record must hold the fields .* missing 6 required"),
        ({"record": {**plane(), "noise": 1}}, "record must hold the fields .* unexpected .* 'noise'"),
        ({"record": {**plane(), "steps": [0, 1]}}, r"samples must have shape \(2, 5, 2\)"),
        ({"record": plane(moments=61)}, "at most 60 moments, not 61: keep fewer"),
        ({"record": plane(samples=257)}, "at most 256 samples, not 257: keep the first"),
        ({"record": plane(real=1025)}, "at most 1024 real points, not 1025"),
        ({"record": plane(places=41)}, "at most 40 places along an axis, not 41: take a coarser grid"),
        ({"record": line(places=401)}, "at most 400 places along an axis, not 401"),
        ({"record": plane(places=1)}, "at least 2 places along an axis, not 1"),
        ({"record": {**line(places=3), "axes": [[0, 1, 5]]}}, "record.axes must be evenly spaced"),
        ({"record": {**line(), "p": -line()["p"]}}, "record.p must be a density: .* from -0.39"),
        ({"record": {**line(), "q": 0 * line()["q"]}}, "record.q must be a density: .* from 0 to 0"),
        ({"title": 3}, "title must be words, a message or None, not 3"),
        ({"title": " "}, "title must be words"),
        (
            {"equilibrium": 1.4},
            r"equilibrium must be two losses, \(discriminator, generator\), or None, not 1.4",
        ),
        ({"equilibrium": (1, 2, 3)}, r"equilibrium must be two losses, .* not \(1, 2, 3\)"),
        ({"equilibrium": (1, np.nan)}, "equilibrium must be two losses"),
        ({"equilibrium": "no"}, "equilibrium must be two losses, .* not 'no'"),
        ({"position": 6}, "position must be a whole number, 0 to 5, not 6"),
        ({"position": -1}, "position must be a whole number, 0 to 5, not -1"),
        ({"position": True}, "position must be .* not True"),
        ({"rate": 0}, "rate must be a number of moments a second, 0.5 to 60, not 0"),
        ({"rate": "fast"}, "rate must be .* not 'fast'"),
        ({"arrows": "long"}, "arrows must be one of 'same', 'own', 'none', not 'long'"),
        ({"arrows": None}, "arrows must be one of"),
        ({"glide": 1}, "glide must be True or False, not 1"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        GameExplorer(**{"record": plane(), **arguments})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("position", 6, "position must be a whole number, 0 to 5, not 6"),
        ("rate", 100, "rate must be a number of moments a second"),
        ("arrows", "all", "arrows must be one of"),
        ("glide", "yes", "glide must be True or False"),
    ],
)
def test_what_is_set_later_is_checked_too(name, value, sentence):
    explorer = GameExplorer(plane())
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=sentence):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_a_dictionary_is_as_good_as_a_record():
    record = wandering(moments=3)
    parts = {field.name: getattr(record, field.name) for field in fields(record)}
    assert GameExplorer(parts).packed == GameExplorer(record).packed


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_sentence_says_what_was_played(dimension, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    where = "on the line" if dimension == 1 else "in the plane"
    assert repr(GameExplorer(example(dimension), title="positive")) == (
        f"positive: Game explorer: 6 moments of a game {where}, from step 0 to step 50, with 5 generated "
        "samples (measured losses at the end: discriminator 1.4, generator 0.7). It moves in JupyterLab."
    )
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(GameExplorer(example(dimension), title="{odd}")).startswith("{odd}：")
    assert repr(GameExplorer(example(dimension), title=message("clip {number}", number=7))).startswith(
        "片段 7："
    )


@pytest.mark.parametrize(
    "record", [example(), example(moments=1), example(1), example(1, moments=2), wandering(moments=7)]
)
def test_the_picture_shows_first_and_last_moment(record):
    figure = GameExplorer(record, equilibrium=None).figure()
    titles = [axes.get_title() or axes.get_title("left") for axes in figure.axes]
    steps = [title for title in titles if title]
    assert steps[0] == f"step {record.steps[0]}"
    assert steps[-1] == f"step {record.steps[-1]}"
    assert len(steps) == min(4, len(record))


def test_what_a_notebook_stores_is_small():  # a real game on this ring took 115 kB
    explorer = GameExplorer(wandering(), title="positive")
    assert stored_size(explorer) < 120_000
    assert len(explorer._repr_mimebundle_()[0]["image/png"]) < 45_000


# In the browser

# Keeps what was drawn since a canvas was last cleared: every stroke and every filled circle.
SPY = """
(() => {
  const [drawn, paths] = [new Map(), new Map()];
  const pen = CanvasRenderingContext2D.prototype;
  const listen = (name, before) => {
    const own = pen[name];
    pen[name] = function (...values) { before(this, values); return own.apply(this, values); };
  };
  const kept = (map, key) => map.get(key) ?? map.set(key, []).get(key);
  const path = (context) => kept(paths, context);
  const keep = (context, what) => kept(drawn, context.canvas.className).push(what);
  listen("clearRect", (context) => { drawn.set(context.canvas.className, []); });
  listen("beginPath", (context) => { paths.set(context, []); });
  listen("moveTo", (context, point) => path(context).push(["move", ...point]));
  listen("lineTo", (context, point) => path(context).push(["line", ...point]));
  listen("arc", (context, [x, y, radius]) => path(context).push(["arc", x, y, radius]));
  listen("stroke", (context) => keep(context, { kind: "stroke", path: [...path(context)] }));
  listen("fillText", (context, [text, x, y]) => keep(context, { kind: "text", text, x, y }));
  listen("strokeRect", (context, box) => keep(context, { kind: "box", box }));
  window.drawn = (name) => drawn.get(name) ?? [];
})();
"""


def show(page, explorer, width=900, **arguments):
    page.evaluate(SPY)
    show_explorer(page, explorer, width, **arguments)
    settle(page)


def drawn(page, canvas, kind):
    settle(page)
    return [one for one in page.evaluate(f"drawn('imgrec-{canvas}')") if one["kind"] == kind]


def circles(page, canvas, radius):
    """(n, 2) middles of the circles of that radius."""
    paths = itertools.chain.from_iterable(stroke["path"] for stroke in drawn(page, canvas, "stroke"))
    return np.array([part[1:3] for part in paths if part[0] == "arc" and part[3] == radius])


def arrows(page):
    """(n, 4) of each arrow its start and its vector, in CSS pixels to the right and downwards."""
    for stroke in drawn(page, "picture", "stroke"):
        path = stroke["path"]
        kinds = [part[0] for part in path[:5]]
        if kinds == ["move", "line", "line", "move", "line"]:
            starts, ends = (
                np.array([part[1:] for part in path[::5]]),
                np.array([part[1:] for part in path[1::5]]),
            )
            return np.hstack([starts, ends - starts])
    return np.zeros((0, 4))


def frame_of_the_plane(page):
    (box,) = drawn(page, "picture", "box")
    left, top, width, height = box["box"]
    return left - 0.5, top - 0.5, width + 1, height + 1


def pixels_of(page, points, low=-3, high=3):
    """Where points of the plane should stand."""
    left, top, width, height = frame_of_the_plane(page)
    share = (np.asarray(points) - low) / (high - low)
    return np.stack([left + share[..., 0] * width, top + (1 - share[..., 1]) * height], axis=-1)


def go(page, position):
    page.evaluate("(value) => model.set('position', value)", position)
    settle(page)


@pytest.mark.browser
@pytest.mark.parametrize("ratio", [1, 1.5])
def test_every_sample_stands_where_it_is(ratio):
    record = example(moments=7, samples=9, seed=1)
    with chromium(device_scale_factor=ratio) as page:
        show(page, GameExplorer(record))
        for position in (0, 3, 6, 1):
            go(page, position)
            expected = pixels_of(page, record.samples[position])
            assert np.abs(circles(page, "picture", SAMPLE) - expected).max() < 0.3
            assert data(page, "step") == str(10 * position)
            assert page.text_content(".imgrec-reading") == f"moment {position + 1} of 7: step {10 * position}"
        _, _, width, height = frame_of_the_plane(page)
        assert width == pytest.approx(height)
        assert page.errors == []


@pytest.mark.browser
def test_what_lies_outside_is_counted_and_spoils_nothing():
    record = plane(moments=3, samples=6)
    record["samples"] = np.clip(record["samples"], -2, 2)
    record["samples"][1, :2] = [[1e6, 0], [0, -40]]
    with chromium() as page:
        show(page, GameExplorer(record))
        assert page.text_content(".imgrec-note") == ""
        go(page, 1)
        assert page.text_content(".imgrec-note") == "Samples outside the picture: 2 of 6."
        inside = circles(page, "picture", SAMPLE)[2:]
        assert np.abs(inside - pixels_of(page, record["samples"][1, 2:])).max() < 0.3
        assert page.get_by_role("img", name="Samples within the picture: 4 of 6").count() == 1
        assert page.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("background", ["#fff", "#111"])
def test_the_landscape_lies_the_right_way(background):
    """D rises to the right and upwards; the line D = ½ falls from left to right."""
    record = plane(moments=2, samples=1, real=1, places=40)
    record["real"][:] = record["samples"][:] = 2.95
    with chromium() as page:
        show(page, GameExplorer(record, position=1, arrows="none"), background=background)
        places = pixels_of(page, [[2.5, 0.9], [-2.5, -0.9]])
        right, left = page.evaluate(
            """(places) => {
              const pen = document.querySelector(".imgrec-picture").getContext("2d");
              return places.map(([x, y]) => [...pen.getImageData(Math.round(x), Math.round(y), 1, 1).data]);
            }""",
            places.tolist(),
        )
        assert right[2] > right[0] + 40  # blue: real
        assert left[0] > left[2] + 40  # vermilion: generated
        halves = [s["path"] for s in drawn(page, "picture", "stroke") if len(s["path"]) > 20]
        points = np.array([part[1:] for part in max(halves, key=len)])
        a, b = pixels_of(page, [[-1.5, 3.0], [1.5, -3.0]])
        direction = (b - a) / np.linalg.norm(b - a)
        away = (points - a) @ np.array([-direction[1], direction[0]])
        assert np.abs(away).max() < 0.5
        assert page.errors == []


@pytest.mark.browser
def test_arrows_point_where_the_generator_is_pushed():
    record = example(moments=4, samples=7, seed=2, spread=0.8)
    lengths = np.linalg.norm(record.gradients, axis=2)
    with chromium() as page:
        show(page, GameExplorer(record))
        for choice, longest in (("same", np.full(4, lengths.max())), ("own", lengths.max(axis=1))):
            page.get_by_label("arrows").select_option(choice)
            for position in (0, 3):
                go(page, position)
                expected = -LONGEST * record.gradients[position] / longest[position] * [1, -1]
                visible = np.linalg.norm(expected, axis=1) > 2.2
                starts = pixels_of(page, record.samples[position])[visible]
                found = arrows(page)
                for start, vector in zip(starts, expected[visible], strict=True):
                    nearest = found[np.abs(found[:, :2] - start).sum(axis=1).argmin()]
                    assert np.abs(nearest[:2] - start).max() < 0.3
                    assert np.abs(nearest[2:] - vector).max() < 0.7
        page.wait_for_function("window.saved?.arrows === 'own'")
        page.get_by_label("arrows").select_option("none")
        assert len(arrows(page)) == 0
        assert page.errors == []


@pytest.mark.browser
def test_no_push_at_all_is_no_arrow():
    record = plane()
    record["gradients"][:] = 0
    with chromium() as page:
        show(page, GameExplorer(record))
        assert len(arrows(page)) == 0
        assert len(circles(page, "picture", SAMPLE)) == 5
        assert page.errors == []


@pytest.mark.browser
def test_on_the_line_every_curve_is_what_it_says():
    record = line()
    record["q"][2, :20] = record["q"][2, 40:] = 0
    record["p"][-5:] = 0
    record = GameRecord(**record)
    axis = record.axes[0].astype(float)
    with chromium() as page:
        show(page, GameExplorer(record))
        for position in (0, 2, 5):
            go(page, position)
            curves = [
                np.array([part[1:] for part in stroke["path"]])
                for stroke in drawn(page, "picture", "stroke")
                if len(stroke["path"]) > 40
                and stroke["path"][0][0] == "move"
                and stroke["path"][1][0] == "line"
            ]
            p, q, optimal, learned = curves[:4]
            labels = [label for label in drawn(page, "picture", "text") if label["text"] in ("0", "½", "1")]
            farthest = max(label["x"] for label in labels)
            d_at = {label["text"]: label["y"] for label in labels if label["x"] == farthest}
            share = lambda points, at=d_at: (at["0"] - points[:, 1]) / (at["0"] - at["1"])  # noqa: E731
            assert np.abs(share(learned) - record.landscape[position]).max() < 2e-4
            both = record.p.astype(float) + record.q[position]
            # What 32-bit numbers cannot tell from 0 has no quotient.
            known = np.maximum(record.p, record.q[position]) >= np.finfo(np.float32).tiny
            assert len(optimal) == known.sum()
            assert np.abs(share(optimal) - (record.p[known] / both[known])).max() < 2e-4
            x_share = (learned[:, 0] - learned[0, 0]) / (learned[-1, 0] - learned[0, 0])
            assert np.abs(x_share - (axis + 5) / 10).max() < 1e-3
            # Densities: of p and q the heights are to one another as the densities are.
            height = share(p).max() / record.p.max()
            assert np.abs(share(p) - height * record.p).max() < 1e-3
            assert np.abs(share(q) - height * record.q[position]).max() < 1e-3
            samples = circles(page, "picture", 2.8)
            expected = learned[0, 0] + (record.samples[position, :, 0] + 5) / 10 * np.ptp(learned[:, 0])
            assert np.abs(samples[:, 0] - expected).max() < 0.3
            assert (arrows(page)[:, 2] > 0).all()  # −gradient points to the right
        assert page.errors == []


@pytest.mark.browser
def test_without_densities_there_is_d_alone_on_the_line():
    record = line()
    del record["p"], record["q"]
    with chromium() as page:
        show(page, GameExplorer(record))
        keys = page.locator(".imgrec-keys").first.text_content()
        assert "D, learned" in keys
        assert "optimal" not in keys
        assert page.errors == []


@pytest.mark.browser
def test_losses_their_equilibrium_and_the_present_moment():
    record = example(moments=6)
    with chromium() as page:
        show(page, GameExplorer(record))
        labels = drawn(page, "losses", "text")
        texts = {label["text"]: label["y"] for label in labels}
        # Updates are counted from 0, too; the loss of 0 is written first.
        zero, one = next(label["y"] for label in labels if label["text"] == "0"), texts["1"]
        height = lambda loss: zero - loss * (zero - one)  # noqa: E731
        assert texts["2 ln 2"] == pytest.approx(height(2 * np.log(2)), abs=0.5)
        assert texts["ln 2"] == pytest.approx(height(np.log(2)), abs=0.5)
        for position in (0, 4):
            go(page, position)
            marks = circles(page, "losses", 5)
            assert marks[0, 0] == marks[1, 0]
            assert marks[:, 1] == pytest.approx([height(loss) for loss in record.losses[position]], abs=0.5)
            assert page.text_content(".imgrec-result") == (
                f"Discriminator's loss {record.losses[position, 0]:.2f}, "
                f"generator's loss {record.losses[position, 1]:.2f}."
            )
        show(page, GameExplorer({**plane(), "losses": plane()["losses"] - 3}, equilibrium=None))
        assert "equilibrium" not in page.text_content(".imgrec-panels")
        assert "loss −2.50" in page.text_content(".imgrec-result")
        show(page, GameExplorer(plane(), equilibrium=(0.5, 0.5)))
        assert [t["text"] for t in drawn(page, "losses", "text")].count("0.50") == 1
        assert page.errors == []


@pytest.mark.browser
def test_in_the_losses_a_click_and_a_drag_move_and_the_keys_go_on_from_there():
    with chromium() as page:
        show(page, GameExplorer(example(moments=20)))
        box = page.locator(".imgrec-losses").bounding_box()
        page.mouse.move(box["x"] + 44 + 1, box["y"] + 50)
        page.mouse.down()
        settle(page)
        assert data(page, "position") == "0"
        page.mouse.move(box["x"] + 44 + (box["width"] - 96) / 2, box["y"] + 90)
        settle(page)
        assert data(page, "position") in ("9", "10")
        page.mouse.move(box["x"] + box["width"] + 60, box["y"] + 90)
        page.mouse.up()
        page.mouse.move(box["x"] + 60, box["y"] + 90)
        settle(page)
        assert data(page, "position") == "19"
        page.keyboard.press("ArrowLeft")
        settle(page)
        assert data(page, "position") == "18"
        page.wait_for_function("window.saved?.position === 18")
        assert page.errors == []


@pytest.mark.browser
def test_it_waits_to_be_played_glides_and_stops_at_the_end():
    record = example(moments=4, samples=3, spread=0.8)
    with chromium() as page:
        show(page, GameExplorer(record, rate=2))
        page.wait_for_timeout(700)
        assert (data(page, "playing"), data(page, "position")) == ("false", "0")
        page.get_by_role("slider").press(" ")
        seen = page.evaluate("""() => new Promise((done) => {
          const root = document.querySelector(".imgrec-game");
          const seen = [];
          const look = () => {
            const parts = drawn("imgrec-picture").flatMap((one) => one.path ?? []);
            const [, x, y] = parts.find((part) => part[3] === 3.2);
            seen.push([Number(root.dataset.position), Number(root.dataset.phase), x, y]);
            if (root.dataset.playing === "true" || seen.length < 5) requestAnimationFrame(look);
            else done(seen);
          };
          requestAnimationFrame(look);
        })""")
        seen = np.array(seen)
        places = pixels_of(page, record.samples[:, 0])
        # Frames between two moments lie on the way from one to the other.
        assert (seen[:, 1] > 0.2).sum() > 20
        assert set(seen[:, 0]) == {0, 1, 2, 3}
        assert (np.diff(seen[:, 0] + seen[:, 1]) > -0.01).all()
        for position, phase, x, y in seen:
            here, there = places[int(position)], places[min(3, int(position) + 1)]
            assert np.abs(here + phase * (there - here) - [x, y]).max() < 0.5
        assert tuple(seen[-1, :2]) == (3, 0)
        assert "Play" in page.text_content(".imgrec-play")
        page.wait_for_function("window.saved?.position === 3")
        page.get_by_role("slider").press(" ")  # from the end it begins anew
        page.wait_for_function("Number(document.querySelector('.imgrec-game').dataset.position) < 3")
        assert page.errors == []


@pytest.mark.browser
def test_without_gliding_only_what_was_recorded_is_drawn():
    with chromium() as page:
        show(page, GameExplorer(example(moments=60), rate=4, glide=True))
        page.get_by_label("glide").uncheck()
        page.get_by_label("speed").select_option("30")
        page.get_by_role("button", name="Play").click()
        redraws = page.evaluate("""() => new Promise((done) => {
          const root = document.querySelector(".imgrec-game");
          const phases = new Set();
          const look = () => {
            phases.add(root.dataset.phase);
            if (Number(root.dataset.position) < 20) requestAnimationFrame(look); else done([...phases]);
          };
          requestAnimationFrame(look);
        })""")
        assert redraws == ["0.000"]
        page.get_by_role("button", name="Pause").click()
        page.wait_for_function("window.saved?.glide === false && window.saved?.rate === 30")
        settle(page)
        stopped = data(page, "position")
        page.wait_for_timeout(300)
        assert data(page, "position") == stopped
        assert page.errors == []


@pytest.mark.browser
def test_a_pause_on_the_way_goes_to_the_nearer_moment():
    with chromium() as page:
        show(page, GameExplorer(example(), rate=0.5))
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("Number(document.querySelector('.imgrec-game').dataset.phase) > 0.6")
        page.get_by_role("button", name="Pause").click()
        settle(page)
        assert (data(page, "position"), data(page, "phase")) == ("1", "0.000")
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("Number(document.querySelector('.imgrec-game').dataset.phase) > 0.1")
        page.get_by_role("button", name="Pause").click()
        settle(page)
        assert (data(page, "position"), data(page, "phase")) == ("1", "0.000")


@pytest.mark.browser
def test_what_python_sets_is_shown_at_rest():
    with chromium() as page:
        show(page, GameExplorer(example(moments=40), rate=8))
        page.get_by_role("button", name="Play").click()
        page.evaluate("model.set('position', 34)")
        settle(page)
        assert (data(page, "playing"), data(page, "position")) == ("false", "34")
        page.evaluate("model.set('rate', 3); model.set('glide', false); model.set('arrows', 'own')")
        settle(page)
        assert page.get_by_label("speed").input_value() == "3"
        assert page.get_by_label("arrows").input_value() == "own"
        assert not page.get_by_label("glide").is_checked()
        assert page.errors == []


@pytest.mark.browser
def test_a_single_moment_is_a_picture():
    with chromium() as page:
        show(page, GameExplorer(example(moments=1)))
        assert page.locator(".imgrec-game button:enabled").count() == 0
        assert page.get_by_role("slider").is_disabled()
        page.get_by_label("glide").press("ArrowRight")
        assert data(page, "position") == "0"
        assert page.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("dimension", [1, 2])
def test_what_is_seen_is_also_said(dimension):
    record = example(dimension)
    with chromium() as page:
        show(page, GameExplorer(record))
        page.get_by_role("slider").press("ArrowRight")
        said = "moment 2 of 6: step 10. Discriminator's loss 0.68, generator's loss 1.74."
        page.wait_for_function(
            "(said) => document.querySelector('[aria-live]').textContent === said", arg=said
        )
        label = page.get_attribute(".imgrec-picture", "aria-label")
        assert "moment 2 of 6: step 10. Samples within the picture: 5 of 5; their D is 0." in label
        points = record.samples[1].astype(float)
        if dimension == 2:
            there = 1 / (1 + np.exp(-(points[:, 0] + 0.5 * points[:, 1]) / 3))
        else:
            there = 1 / (1 + np.exp(-(points[:, 0] + 1.4)))
        mean = float(label.split("their D is ")[1].split(" ")[0])
        assert mean == pytest.approx(there.mean(), abs=0.02)


@pytest.mark.browser
def test_a_browser_that_cannot_unpack_says_so():
    with chromium() as page:
        page.evaluate("delete window.DecompressionStream")
        explorer = GameExplorer(example())
        with pytest.raises(Exception, match="Timeout"):
            page.set_default_timeout(1500)
            show_explorer(page, explorer)
        assert page.text_content(".imgrec-note").startswith("This browser cannot unpack the recording")
        assert page.errors == []
