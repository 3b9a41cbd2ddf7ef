"""Moving garments: short clips, long films and folders of image files, as arrays.

The clips are made from Fashion-MNIST. A garment moves over a torus (what leaves the picture on one side comes
in on the other) by the same whole number of pixels from frame to frame, and the class of a clip is the
direction of that motion. The first place is drawn uniformly from all places, so the place in *every* frame
is uniform, whatever the class: a single frame has exactly the same distribution in all classes and tells
nothing about the motion. Two frames do: the difference of their places is the step.
"""

import itertools
import numbers
import re
from pathlib import Path

import numpy as np

DIRECTIONS = ("right", "down right", "down", "down left", "left", "up left", "up", "up right")
STEPS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))  # rows, columns
GARMENT = 14  # pixels: Fashion-MNIST's 28, each pixel the mean of 2 × 2


def load_clips(
    train=6400,
    test=1000,
    frames=10,
    size=24,
    speeds=(1, 2),
    noise=20,
    occlusion=4,
    distractor=0.3,
    seed=0,
):
    """Clips of moving garments and their directions, as keras.datasets returns images and labels.

    train, test   numbers of clips; those of the test show garments of Fashion-MNIST's test set
    frames        images in a clip
    size          height and width of the picture in pixels, at least 14
    speeds        pixels a frame, along each axis that moves; one of them is drawn for each clip
    noise         standard deviation of the noise added to each pixel of each frame, in grey levels
    occlusion     width in pixels of a bar that stands still before the garments; 0: no bar
    distractor    brightness, from 0 (none) to 1, of a second garment behind, which moves as it likes
    seed          a whole number; the same arguments give the same clips
    returns       (x_train, y_train), (x_test, y_test)
        x_…   (n, frames, size, size) uint8, 0 black background … 255 white
        y_…   (n,) uint8, 0–7: place of the direction in DIRECTIONS; equally many of each, give or take one

    Raises ValueError for arguments that no such clips can have.
    """
    from imgrec_course.datasets.fashion import load_fashion

    _check_counts(train=train, test=test)
    settings = (frames, size, speeds, noise, occlusion, distractor)
    _check_world(*settings)
    (train_images, _), (test_images, _) = load_fashion()
    return (
        make_clips(train_images, train, *settings, seed=[seed, 0]),
        make_clips(test_images, test, *settings, seed=[seed, 1]),
    )


def make_clips(images, count, frames, size, speeds, noise, occlusion, distractor, seed):
    """Clips from these pictures of garments: arguments as for :func:`load_clips`.

    images    (m, 28, 28) uint8
    seed      a whole number or a list of them
    returns   (count, frames, size, size) uint8, (count,) uint8

    Each ingredient is drawn from a stream of its own: the same seed with more noise gives the same garments
    on the same paths.
    """
    _check_counts(count=count)
    _check_world(frames, size, speeds, noise, occlusion, distractor)
    streams = _streams(seed)
    kinds, paths = _motion(streams, count, frames, size, speeds)
    scenes = [(_garments(streams[2], images, count), paths)]
    if distractor:
        _, paths = _motion(streams[3:], count, frames, size, speeds)
        scenes.append((_garments(streams[5], images, count), paths))
    bars = _bars(streams[6], count, size, occlusion)
    return _filmed(scenes, distractor, bars, noise, streams[7]), kinds.astype(np.uint8)


def _motion(streams, count, frames, size, speeds):
    """Kinds (count,) from one stream of chance, places (count, frames, 2) from the next."""
    kinds = streams[0].permutation(np.arange(count) % len(STEPS))
    steps = np.array(STEPS)[kinds] * streams[0].choice(speeds, size=(count, 1))
    return kinds, _path(streams[1], np.repeat(steps[:, np.newaxis], frames - 1, axis=1), size)


def make_film(
    scenes=100,
    scene=60,
    event=15,
    longest_run=2,
    size=24,
    speeds=(1, 2),
    noise=20,
    occlusion=4,
    distractor=0.3,
    seed=0,
    test=False,
):
    """A long film in which a straight motion of ``event`` frames is a rare event, and the list of them.

    A scene shows one garment. It changes its direction, and perhaps its speed, after every 1 to
    ``longest_run`` steps. Half of the scenes, drawn at random, hold one event somewhere: ``event`` frames
    with the same step between them, in one of the eight directions. The steps before and after an event
    point elsewhere, so its first and its last frame are certain.

    scenes         number of scenes, one after the other
    scene          frames of a scene
    event          frames of an event, at least longest_run + 2
    longest_run    longest straight run of the background in steps
    test           whether the garments come from Fashion-MNIST's test set
    others         as for :func:`load_clips`
    returns        film (scenes · scene, size, size) uint8, [Event(kind, first, last), …] in order of time;
                   kind is a place in DIRECTIONS, first and last are frames of the film

    Raises ValueError for arguments that no such film can have.
    """
    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.events import Event

    _check_counts(scenes=scenes, scene=scene, event=event, longest_run=longest_run)
    if event < longest_run + 2:
        raise ValueError(
            f"event must have at least longest_run + 2 = {longest_run + 2} frames, so that it is longer than "
            f"any other straight run, not {event}"
        )
    if scene < event + 2:
        raise ValueError(f"scene must have at least event + 2 = {event + 2} frames, not {scene}")
    _check_world(event, size, speeds, noise, occlusion, distractor)
    images = load_fashion()[int(bool(test))][0]
    streams = _streams(seed)
    events, steps = [], np.empty((scenes, scene - 1, 2), dtype=int)
    eventful = streams[0].permutation(np.arange(scenes) % 2 == 0)
    for number in range(scenes):
        steps[number], found = _scene_steps(
            streams[0], scene - 1, event - 1, longest_run, speeds, eventful[number]
        )
        if found:
            kind, first = found
            first += number * scene
            events.append(Event(kind, first, first + event - 1))
    moving = [(_garments(streams[2], images, scenes), _path(streams[1], steps, size))]
    if distractor:
        others = [
            _scene_steps(streams[3], scene - 1, 0, longest_run, speeds, False)[0] for _ in range(scenes)
        ]
        moving.append((_garments(streams[5], images, scenes), _path(streams[4], np.stack(others), size)))
    bars = _bars(streams[6], scenes, size, occlusion)
    film = _filmed(moving, distractor, bars, noise, streams[7])
    return film.reshape(scenes * scene, size, size), events


def _scene_steps(generator, count, event, longest_run, speeds, eventful):
    """Steps (count, 2) of one scene, and (kind, first frame) of its event or None.

    event   steps of the event
    """
    start = int(generator.integers(1, count - event)) if eventful else count
    steps, before, place, found = np.empty((count, 2), dtype=int), None, 0, None
    while place < count:
        kind = generator.choice([one for one in range(len(STEPS)) if one != before])
        if place == start:
            length, found = event, (int(kind), place)
        else:
            length = int(generator.integers(1, longest_run + 1))
            if place < start:
                length = min(length, start - place)
        length = min(length, count - place)
        steps[place : place + length] = np.array(STEPS[kind]) * generator.choice(speeds)
        place, before = place + length, kind
    return steps, found


def draw_moving(pictures, paths, size):
    """Pictures drawn at the places of a path over the torus.

    pictures   (n, height, width) numbers
    paths      (n, frames, 2) whole numbers: row and column of the upper left corner in each frame
    size       height and width of a frame, not smaller than the pictures
    returns    (n, frames, size, size) of the pictures' type: 0 where there is no picture
    """
    height, width = pictures.shape[1:]
    frames = np.zeros((*paths.shape[:2], size, size), dtype=pictures.dtype)
    clip = np.arange(len(pictures))[:, np.newaxis, np.newaxis]
    for time in range(paths.shape[1]):
        rows = (paths[:, time, 0, np.newaxis] + np.arange(height)) % size
        columns = (paths[:, time, 1, np.newaxis] + np.arange(width)) % size
        frames[clip, time, rows[:, :, np.newaxis], columns[:, np.newaxis, :]] = pictures
    return frames


def _garments(generator, images, count):
    """(count, 14, 14) float32 pictures drawn at random: means of 2 × 2 pixels, the brightest of them 255."""
    chosen = images[generator.integers(len(images), size=count)].astype(np.float32)
    small = chosen.reshape(count, GARMENT, 2, GARMENT, 2).mean(axis=(2, 4))
    return 255 * small / np.maximum(small.max(axis=(1, 2), keepdims=True), 1)


def _path(generator, steps, size):
    """(n, frames, 2) places on the torus from (n, frames − 1, 2) steps; the first place is uniform."""
    starts = generator.integers(size, size=(len(steps), 1, 2))
    return np.concatenate([starts, starts + np.cumsum(steps, axis=1)], axis=1) % size


def _bars(generator, count, size, width):
    """(count, size, size) True where a bar stands, upright or level, anywhere on the torus."""
    bar = np.arange(size) < width
    bars = np.stack([np.roll(bar, shift) for shift in generator.integers(size, size=count)])
    upright = generator.uniform(size=(count, 1, 1)) < 0.5
    return np.where(upright, bars[:, np.newaxis, :], bars[:, :, np.newaxis])


def _filmed(moving, brightness, bars, noise, generator):
    """(n, frames, size, size) uint8 of what moves, one behind the other, with bars before it and noise.

    moving       [(pictures, paths)] as for :func:`draw_moving`: in front, and perhaps another behind
    brightness   of what is behind
    bars         (n, size, size) True where a middle grey bar hides everything
    noise        standard deviation in grey levels; the sum is cut off at 0 and 255
    """
    size = bars.shape[1]
    count, frames = moving[0][1].shape[:2]
    clips = np.empty((count, frames, size, size), dtype=np.uint8)
    for number in range(count):  # one at a time: floats of all would take many times the memory
        one = slice(number, number + 1)
        clip, *behind = (draw_moving(pictures[one], paths[one], size)[0] for pictures, paths in moving)
        for other in behind:
            np.maximum(clip, np.float32(brightness) * other, out=clip)
        clip[:, bars[number]] = 128
        if noise:
            clip += np.float32(noise) * generator.standard_normal(clip.shape, dtype=np.float32)
        clips[number] = np.clip(np.rint(clip), 0, 255)
    return clips


def _check_world(frames, size, speeds, noise, occlusion, distractor):
    if not _whole(frames, 2):
        raise ValueError(
            f"frames must be a whole number of at least 2: one frame has no motion; not {frames!r}"
        )
    if not _whole(size, GARMENT):
        raise ValueError(f"size must be a whole number of at least {GARMENT} pixels, a garment, not {size!r}")
    if not isinstance(speeds, tuple | list) or not speeds or not all(_whole(speed, 1) for speed in speeds):
        raise ValueError(f"speeds must be a tuple of whole numbers of at least 1, not {speeds!r}")
    if max(speeds) >= size / 2:
        raise ValueError(
            f"speeds must stay below half the size, {size / 2:g}, or a step could be one in the opposite "
            f"direction, not {max(speeds)}"
        )
    if not _number(noise) or not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be a number of grey levels of at least 0, not {noise!r}")
    if not _whole(occlusion, 0) or occlusion >= size:
        raise ValueError(
            f"occlusion must be a whole number of pixels from 0 to below the size {size}, not {occlusion!r}"
        )
    if not _number(distractor) or not 0 <= distractor <= 1:
        raise ValueError(f"distractor must be a brightness from 0 to 1, not {distractor!r}")


def _check_counts(**counts):
    for name, count in counts.items():
        if not _whole(count, 1):
            raise ValueError(f"{name} must be a whole number of at least 1, not {count!r}")


def _streams(seed):
    """Eight independent streams of chance from one seed."""
    parts = seed if isinstance(seed, list) else [seed]
    if not all(_whole(part, 0) for part in parts):
        raise ValueError(f"seed must be a whole number of at least 0, not {parts[0]!r}")
    return np.random.default_rng(seed).spawn(8)


def _whole(value, smallest):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= smallest


def _number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def windows(film, frames):
    """Every stretch of ``frames`` frames of a film, one frame apart, without copying it.

    film      (time, …)
    returns   (time − frames + 1, frames, …), a read-only view; window i ends with frame i + frames − 1

    Raises ValueError when the film is shorter than a window.
    """
    film = np.asarray(film)
    if not _whole(frames, 1):
        raise ValueError(f"frames must be a whole number of at least 1, not {frames!r}")
    if film.ndim < 1 or len(film) < frames:
        length = len(film) if film.ndim else 0
        raise ValueError(f"film must have at least {frames} frames, as many as a window, not {length}")
    view = np.lib.stride_tricks.sliding_window_view(film, frames, axis=0)
    return np.moveaxis(view, -1, 1)


def shuffle_frames(clips, seed=0):
    """The same frames in each clip, in an order drawn for each clip anew.

    clips     (n, frames, …) array
    returns   an array of the same shape and type

    Raises ValueError without an axis of frames.
    """
    clips = np.asarray(clips)
    if clips.ndim < 2:
        raise ValueError(f"clips must have shape (n, frames, …), not {clips.shape}")
    orders = _streams(seed)[0].permuted(np.tile(np.arange(clips.shape[1]), (len(clips), 1)), axis=1)
    return clips[np.arange(len(clips))[:, np.newaxis], orders]


def frame_paths(folder, pattern="*"):
    """Image files of a folder in the order of the numbers in their names: frame9.png before frame10.png.

    folder    where the files are
    pattern   as for pathlib.Path.glob, such as "*.png"
    returns   list of pathlib.Path

    Raises ValueError when there is no such file, when names have no number, or two have the same numbers.
    """
    paths = [path for path in Path(folder).glob(pattern) if path.is_file()]
    if not paths:
        raise ValueError(f"folder must hold files {pattern}; there is none in {folder}")
    places = {path: tuple(int(digits) for digits in re.findall(r"\d+", path.stem)) for path in paths}
    without = sorted(path.name for path, place in places.items() if not place)
    if without:
        raise ValueError(f"the name of each frame must hold its number; {without[0]} has none")
    ordered = sorted(paths, key=lambda path: (places[path], path.name))
    for path, after in itertools.pairwise(ordered):
        if places[path] == places[after]:
            raise ValueError(f"each frame must have its own number; {path.name} and {after.name} share one")
    return ordered


def read_clip(paths, shape=None, color_mode="rgb"):
    """Image files as one clip.

    paths        files in the order of the frames, as from :func:`frame_paths`
    shape        (height, width) to resize to; None: as they are, which must be alike
    color_mode   "rgb" (3 channels) or "grayscale" (1)
    returns      (frames, height, width, channels) float32 from 0 to 1

    Raises ValueError without files or when frames differ in size.
    """
    import keras

    paths = list(paths)
    if not paths:
        raise ValueError("paths must name at least one file, not none: a clip of zero frames has no motion")
    frames = [
        keras.utils.img_to_array(keras.utils.load_img(path, color_mode=color_mode, target_size=shape))
        for path in paths
    ]
    for path, frame in zip(paths, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise ValueError(
                f"all frames must have one size; {Path(paths[0]).name} has {frames[0].shape[:2]} and "
                f"{Path(path).name} {frame.shape[:2]}; give shape=(height, width) to resize them"
            )
    return np.stack(frames).astype(np.float32) / 255


def as_batch(clips, labels=None, frames=None):
    """Clips, perhaps with labels, as one array that a network takes: (batch, time, height, width, channels).

    clips     sequence of (time, height, width, channels) arrays, or one array of five axes
    labels    None, or one whole number a clip
    frames    number of frames that the network expects; None: any
    returns   the batch, or (batch, labels) when labels were given

    Raises ValueError for what a network would take for something else: clips of different lengths or sizes,
    a clip without frames, a single clip without its batch axis, another number of frames, labels for each
    frame.
    """
    arrays = [np.asarray(clip) for clip in clips]
    if not arrays:
        raise ValueError("clips must hold at least one clip, not none")
    for number, clip in enumerate(arrays):
        if clip.ndim != 4:
            hint = "; a single clip is a batch of one: put it into a list" if clip.ndim == 3 else ""
            raise ValueError(
                f"each clip must have shape (time, height, width, channels); clip {number} has "
                f"{clip.shape}{hint}"
            )
        if clip.size == 0:
            raise ValueError(f"each clip must have at least one frame; clip {number} has shape {clip.shape}")
        if clip.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                f"all frames must have one shape; those of clip 0 have {arrays[0].shape[1:]}, "
                f"those of clip {number} {clip.shape[1:]}"
            )
        wanted = len(arrays[0]) if frames is None else frames
        if len(clip) != wanted:
            raise ValueError(
                f"all clips must have {wanted} frames; clip {number} has {len(clip)}: cut it, or repeat its "
                "last frame"
            )
    batch = np.stack(arrays)
    if labels is None:
        return batch
    labels = np.asarray(labels)
    if labels.shape == batch.shape[:2]:
        raise ValueError(
            f"labels must be one number a clip, shape ({len(batch)},); {labels.shape} is one for each frame"
        )
    if labels.shape != (len(batch),):
        raise ValueError(f"labels must be one number a clip, shape ({len(batch)},), not {labels.shape}")
    return batch, labels
