"""Moving garments: equal frames in every class, proved by counting them all; films; image files; batches."""

import itertools
from collections import Counter

import numpy as np
import pytest

from imgrec_course.datasets import clips
from imgrec_course.datasets.clips import (
    DIRECTIONS,
    GARMENT,
    STEPS,
    as_batch,
    draw_moving,
    frame_paths,
    load_clips,
    make_clips,
    make_film,
    read_clip,
    shuffle_frames,
    windows,
)

PLAIN = {"noise": 0, "occlusion": 0, "distractor": 0.0}


@pytest.fixture(scope="module")
def small():
    """A few clips in the default world."""
    return load_clips(train=80, test=40)


def test_shapes_types_and_balance(small):
    (x_train, y_train), (x_test, y_test) = small
    assert x_train.shape == (80, 10, 24, 24)
    assert x_test.shape == (40, 10, 24, 24)
    assert x_train.dtype == y_train.dtype == x_test.dtype == y_test.dtype == np.uint8
    assert np.bincount(y_train).tolist() == [10] * 8
    assert np.bincount(y_test).tolist() == [5] * 8
    assert len(DIRECTIONS) == len(STEPS) == 8
    for kind in range(8):  # the opposite direction is four places on
        assert np.add(STEPS[kind], STEPS[(kind + 4) % 8]).tolist() == [0, 0]


def test_the_same_seed_gives_the_same_clips(small):
    for one, other in zip(itertools.chain(*small), itertools.chain(*load_clips(80, 40)), strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(small[0][0], load_clips(80, 40, seed=1)[0][0])
    assert not np.array_equal(small[0][0][:40], small[1][0])


def test_more_noise_leaves_garments_and_paths_alone():
    quiet, loud = (load_clips(16, 8, **{**PLAIN, "noise": noise}) for noise in (0, 5))
    assert np.array_equal(quiet[0][1], loud[0][1])
    difference = loud[0][0].astype(int) - quiet[0][0]
    assert 0 < np.abs(difference).max() < 40
    bars = load_clips(16, 8, **{**PLAIN, "occlusion": 6})[0][0]
    changed = bars != quiet[0][0]
    assert np.all(bars[changed] == 128)


# Single frames have exactly the same distribution in every class


def frames_of_all_starts(picture, step, frames, size):
    """{time: Counter of the frames}, over every first place on the torus."""
    starts = np.array(list(itertools.product(range(size), repeat=2)))
    paths = (starts[:, np.newaxis] + np.arange(frames)[:, np.newaxis] * np.array(step)) % size
    drawn = draw_moving(np.repeat(picture[np.newaxis], len(starts), axis=0), paths, size)
    return {time: Counter(frame.tobytes() for frame in drawn[:, time]) for time in range(frames)}


@pytest.mark.parametrize("speed", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8])
def test_every_frame_has_the_same_distribution_in_every_class(speed, size):
    """All first places are tried: at each time, each class shows the same frames equally often."""
    picture = np.random.default_rng(0).integers(1, 256, size=(3, 2))  # no symmetry
    of_class = [
        frames_of_all_starts(picture, np.multiply(step, speed), frames=6, size=size) for step in STEPS
    ]
    for time in range(6):
        first = of_class[0][time]
        assert len(first) == size * size
        assert all(other[time] == first for other in of_class)
    # … and at all times: no frame tells how long the clip has been running.
    assert all(of_class[0][time] == of_class[0][0] for time in range(6))


def test_pairs_of_frames_differ_between_classes():
    """Two neighbouring frames belong to one class alone; so do two frames further apart, here."""
    picture = np.random.default_rng(0).integers(1, 256, size=(3, 2))
    starts = np.array(list(itertools.product(range(8), repeat=2)))
    pairs = []
    for step in STEPS:
        paths = (starts[:, np.newaxis] + np.arange(2)[:, np.newaxis] * np.array(step)) % 8
        drawn = draw_moving(np.repeat(picture[np.newaxis], 64, axis=0), paths, 8)
        pairs.append({clip.tobytes() for clip in drawn})
    assert all(len(one) == 64 for one in pairs)
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(pairs, 2))


def test_the_frames_in_disorder_are_those_of_the_opposite_class():
    """Backwards, a clip is one of the opposite class: an order-free answer is right half the time at most."""
    picture = np.random.default_rng(0).integers(1, 256, size=(3, 2))

    def bags(step):
        starts = np.array(list(itertools.product(range(8), repeat=2)))
        paths = (starts[:, np.newaxis] + np.arange(5)[:, np.newaxis] * np.array(step)) % 8
        drawn = draw_moving(np.repeat(picture[np.newaxis], 64, axis=0), paths, 8)
        return Counter(tuple(sorted(frame.tobytes() for frame in clip)) for clip in drawn)

    for kind in range(4):
        assert bags(STEPS[kind]) == bags(STEPS[kind + 4])
        assert bags(STEPS[kind]) != bags(STEPS[(kind + 1) % 8])


def test_the_generator_draws_its_places_uniformly_and_apart_from_the_class():
    """What the proof presupposes of make_clips: each of the 16 × 16 places, equally often, in each class."""
    one_dot = np.zeros((1, 28, 28), dtype=np.uint8)
    one_dot[0, :2, :2] = 255
    count = 40_960
    made, kinds = make_clips(one_dot, count, 2, 16, (1, 3), **PLAIN, seed=3)
    places = made.reshape(count, 2, 256).argmax(axis=2)
    for time in range(2):
        table = np.zeros((8, 256))
        np.add.at(table, (kinds, places[:, time]), 1)
        expected = count / 8 / 256
        chi_squared = ((table - expected) ** 2 / expected).sum()
        # 8 · 255 degrees of freedom: mean 2040, standard deviation √(2 · 2040) = 64
        assert abs(chi_squared - 2040) < 5 * 64


def test_motion_is_the_classs_step_times_a_speed():
    one_dot = np.zeros((1, 28, 28), dtype=np.uint8)
    one_dot[0, :2, :2] = 255
    made, kinds = make_clips(one_dot, 400, 5, 20, (1, 3), **PLAIN, seed=1)
    places = np.stack(np.unravel_index(made.reshape(400, 5, 400).argmax(axis=2), (20, 20)), axis=-1)
    steps = (np.diff(places, axis=1) + 10) % 20 - 10
    speeds = np.abs(steps).max(axis=2)
    assert set(np.unique(speeds)) == {1, 3}
    assert np.all(speeds == speeds[:, :1])
    assert np.array_equal(steps, np.array(STEPS)[kinds][:, np.newaxis] * speeds[..., np.newaxis])


def test_a_bar_stands_still_and_a_distractor_is_darker():
    clean = load_clips(24, 8, **PLAIN)[0][0]
    assert clean.max() == 255
    behind = load_clips(24, 8, **{**PLAIN, "distractor": 0.4})[0][0]
    only = behind[clean == 0]
    assert 0 < only.max() <= 0.4 * 255 + 1
    assert np.all(behind >= clean)
    barred = load_clips(24, 8, **{**PLAIN, "occlusion": 5})[0][0]
    still = (barred == 128).all(axis=1)
    assert np.all(still.sum(axis=(1, 2)) >= 5 * 24)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"train": 0}, "train must be a whole number of at least 1, not 0"),
        ({"test": 2.5}, "test must be a whole number"),
        ({"frames": 1}, "frames must be .* one frame has no motion; not 1"),
        ({"size": 13}, "size must be a whole number of at least 14 pixels"),
        ({"speeds": ()}, r"speeds must be a tuple of whole numbers of at least 1, not \(\)"),
        ({"speeds": (0,)}, "speeds must be"),
        ({"speeds": (12,)}, "below half the size, 12"),
        ({"noise": -1}, "noise must be a number of grey levels of at least 0, not -1"),
        ({"noise": float("nan")}, "noise must be"),
        ({"occlusion": 24}, "occlusion must be a whole number of pixels from 0 to below the size 24"),
        ({"distractor": 1.5}, "distractor must be a brightness from 0 to 1, not 1.5"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
    ],
)
def test_bad_settings_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_clips(**{"train": 8, "test": 8, **arguments})


# Films


def dot_film(monkeypatch, **arguments):
    """A film of one bright dot, and its places frame by frame."""
    from imgrec_course.datasets import fashion

    one_dot = np.zeros((1, 28, 28), dtype=np.uint8)
    one_dot[0, :2, :2] = 255
    monkeypatch.setattr(fashion, "load_fashion", lambda: ((one_dot, None), (one_dot, None)))
    film, events = make_film(**{**PLAIN, "size": 24, **arguments})
    flat = film.reshape(len(film), -1).argmax(axis=1)
    return np.stack(np.unravel_index(flat, (24, 24)), axis=-1), events


def straight_runs(places, scene):
    """[(step, first frame, last frame)] of all stretches with one step, scene by scene, from places alone."""
    found = []
    for start in range(0, len(places), scene):
        steps = (np.diff(places[start : start + scene], axis=0) + 12) % 24 - 12
        first = 0
        for place in range(1, len(steps) + 1):
            if place == len(steps) or np.any(steps[place] != steps[first]):
                found.append((tuple(steps[first]), start + first, start + place))
                first = place
    return found


@pytest.mark.parametrize("seed", range(4))
def test_events_are_the_straight_runs_of_a_film_and_nothing_else_is(monkeypatch, seed):
    places, events = dot_film(monkeypatch, scenes=60, scene=40, seed=seed)
    runs = straight_runs(places, scene=40)
    long = [(step, first, last) for step, first, last in runs if last - first + 1 >= 15]
    assert len(long) == len(events) == 30
    for (step, first, last), event in zip(long, events, strict=True):
        speed = max(map(abs, step))
        assert (first, last) == (event.first, event.last)
        assert tuple(speed * np.array(STEPS[event.kind])) == step
        assert event.last - event.first + 1 == 15
    others = [last - first for step, first, last in runs if last - first + 1 < 15]
    assert max(others) == 2
    assert {event.kind for event in events} <= set(range(8))


def test_a_film_repeats_and_its_options_leave_the_events_alone():
    film, events = make_film(scenes=4, seed=2)
    again, same = make_film(scenes=4, seed=2)
    assert np.array_equal(film, again)
    assert events == same
    assert film.shape == (240, 24, 24)
    assert film.dtype == np.uint8
    assert make_film(scenes=4, seed=2, **PLAIN)[1] == events
    assert not np.array_equal(film, make_film(scenes=4, seed=2, test=True)[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"scenes": 0}, "scenes must be a whole number of at least 1, not 0"),
        ({"event": 3}, r"event must have at least longest_run \+ 2 = 4 frames"),
        ({"scene": 11}, r"scene must have at least event \+ 2 = 17 frames, not 11"),
        ({"longest_run": 0}, "longest_run must be"),
        ({"noise": -3}, "noise must be"),
    ],
)
def test_bad_films_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        make_film(**arguments)


def test_windows_are_every_stretch_of_a_film():
    film = np.arange(7 * 2).reshape(7, 2)
    found = windows(film, 3)
    assert found.shape == (5, 3, 2)
    for place in range(5):
        assert np.array_equal(found[place], film[place : place + 3])
    with pytest.raises(ValueError, match="film must have at least 8 frames, as many as a window, not 7"):
        windows(film, 8)
    with pytest.raises(ValueError, match="frames must be"):
        windows(film, 0)


def test_shuffled_frames_are_the_same_frames_in_another_order():
    made = np.arange(50 * 6 * 4).reshape(50, 6, 2, 2)
    mixed = shuffle_frames(made, seed=1)
    assert mixed.shape == made.shape
    assert np.array_equal(np.sort(mixed[:, :, 0, 0], axis=1), made[:, :, 0, 0])
    orders = mixed[:, :, 0, 0] - mixed[:, :, 0, 0].min(axis=1, keepdims=True)
    assert len({tuple(order) for order in orders}) > 40  # each clip has an order of its own
    assert np.array_equal(mixed, shuffle_frames(made, seed=1))
    with pytest.raises(ValueError, match=r"clips must have shape \(n, frames, …\), not \(3,\)"):
        shuffle_frames(np.arange(3))


# Image files and batches


@pytest.fixture
def folder(tmp_path):
    """Twelve grey pictures, number n of brightness 10n, and a text file."""
    from PIL import Image

    for number in range(12):
        Image.new("L", (6, 4), color=10 * number).save(tmp_path / f"frame{number}.png")
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    return tmp_path


def test_frames_come_in_the_order_of_their_numbers(folder):
    paths = frame_paths(folder, "*.png")
    assert [path.name for path in paths] == [f"frame{number}.png" for number in range(12)]
    clip = read_clip(paths, color_mode="grayscale")
    assert clip.shape == (12, 4, 6, 1)
    assert clip.dtype == np.float32
    np.testing.assert_allclose(clip[:, 0, 0, 0], np.arange(12) * 10 / 255, atol=1e-6)
    assert read_clip(paths, shape=(8, 5)).shape == (12, 8, 5, 3)


def test_names_with_several_numbers(tmp_path):
    for name in ("take2_frame1.png", "take1_frame10.png", "take1_frame9.png"):
        (tmp_path / name).touch()
    assert [path.stem for path in frame_paths(tmp_path)] == [
        "take1_frame9",
        "take1_frame10",
        "take2_frame1",
    ]


def test_folders_that_hold_no_clip(folder, tmp_path):
    from PIL import Image

    with pytest.raises(ValueError, match=r"folder must hold files \*.jpg; there is none"):
        frame_paths(folder, "*.jpg")
    with pytest.raises(ValueError, match=r"must hold its number; notes.txt has none"):
        frame_paths(folder)
    (folder / "frame03.png").touch()
    with pytest.raises(ValueError, match=r"frame03.png and frame3.png share one"):
        frame_paths(folder, "*.png")
    with pytest.raises(ValueError, match="at least one file"):
        read_clip([])
    Image.new("L", (7, 4)).save(tmp_path / "wide1.png")
    with pytest.raises(ValueError, match=r"frame0.png has \(4, 6\) and wide1.png \(4, 7\); give shape="):
        read_clip([folder / "frame0.png", tmp_path / "wide1.png"])


def test_a_batch_is_stacked():
    made = [np.ones((10, 8, 8, 1)), np.zeros((10, 8, 8, 1))]
    assert as_batch(made).shape == (2, 10, 8, 8, 1)
    batch, labels = as_batch(made, [3, 4], frames=10)
    assert batch.shape == (2, 10, 8, 8, 1)
    assert labels.tolist() == [3, 4]


def clip(frames=10, size=8):
    return np.zeros((frames, size, size, 1))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: as_batch([]), "clips must hold at least one clip, not none"),
        (lambda: as_batch([clip(10), clip(9)]), "all clips must have 10 frames; clip 1 has 9: cut it"),
        (lambda: as_batch([clip(0)]), r"at least one frame; clip 0 has shape \(0, 8, 8, 1\)"),
        (lambda: as_batch([clip(), clip(size=7)]), r"clip 0 have \(8, 8, 1\), those of clip 1 \(7, 7, 1\)"),
        (lambda: as_batch([clip()], frames=12), "all clips must have 12 frames; clip 0 has 10"),
        (
            lambda: as_batch(clip()),
            r"clip 0 has \(8, 8, 1\); a single clip is a batch of one: put it into a list",
        ),
        (lambda: as_batch(clip()[..., 0]), r"clip 0 has \(8, 8\)"),
        (lambda: as_batch([clip()], np.zeros((1, 10))), r"shape \(1,\); \(1, 10\) is one for each frame"),
        (lambda: as_batch([clip(), clip()], [1]), r"one number a clip, shape \(2,\), not \(1,\)"),
    ],
)
def test_what_is_no_batch_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_garment_is_half_of_fashion_mnists():
    images = np.random.default_rng(0).integers(0, 255, size=(2, 28, 28)).astype(np.uint8)
    small = clips._garments(np.random.default_rng(1), images, 5)
    assert small.shape == (5, GARMENT, GARMENT)
    np.testing.assert_allclose(small.max(axis=(1, 2)), 255, rtol=1e-6)
