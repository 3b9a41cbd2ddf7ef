"""ClipPlayer: clips in, as one compressed sheet of frames; explorer.js plays them."""

import io
import numbers
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import message, render
from imgrec_course.widgets import tape
from imgrec_course.widgets.base import Explorer, compressed, word

HERE = Path(__file__).parent
MOST_CLIPS = 12
MOST_FRAMES = 120
SMALLEST_SIDE = 4  # pixels; less is an axis that is not a side
LARGEST_SIDE = 128  # pixels of a frame on the sheet; larger ones are shrunk
BLOCK = 8  # a frame's place on the sheet is a multiple of it, so that no JPEG block lies in two frames
SHEET_BYTES = 28_000  # what the sheet should not exceed, so that a notebook can hold several players
QUALITIES = (90, 80, 70, 60, 50, 40, 30)
STRIP_FRAMES = (10, 5, 3)  # most frames of a clip where nothing moves; fewer where the picture gets large
STRIP_BYTES = 30_000
STRIP_PIXELS = 40  # side of a frame there
STRIP_GAP = 3


class ClipPlayer(Explorer):
    """Play short clips side by side, in step: play, pause, step, scrub.

    clips      (n, time, height, width), grey, or (n, time, height, width, 3), colour; a last axis of 1 is
               grey, too. uint8 from 0 to 255, or floats from 0 to 1. At most 12 clips of at most 120 frames
    titles     n words or messages, written below the clips (their Chinese stands in the catalogue); or None
    rate       frames a second, 0.5 to 60
    position   the frame to begin with, counted from 0
    loop       whether it begins anew after the last frame, which rests for a moment, so that the jump back is
               not taken for motion

    It plays as soon as it is seen, unless the reader's system asks for less motion.
    ``player.position`` follows what the learner does; set from Python, it shows that frame, at rest.
    Small clips are shown exactly, others as a JPEG of about 28 kB; frames of more than 128 pixels a side are
    shrunk. Hundreds of noisy frames need more than that even so, and make the notebook as much larger.
    Raises ValueError for arguments that do not fit.
    """

    _esm = tape.script(HERE)
    _css = tape.style(HERE)

    WORDS = tape.WORDS | {
        "clips": word("Clips"),
        "a_second": word("{count} frames a second"),
        "loop": word("loop"),
        "frame": word("frame"),
        "frame_of": word("frame {number} of {count}"),
        "hint": word("Space plays and pauses, ← and → step."),
    }

    sheet = traitlets.Bytes().tag(sync=True)  # PNG or JPEG: one column a clip, one row a frame
    kind = traitlets.Unicode("image/png").tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    time = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)  # of a frame on the sheet
    width = traitlets.Int().tag(sync=True)
    titled = traitlets.Bool(False).tag(sync=True)

    rate = traitlets.TraitType(8).tag(sync=True)
    position = traitlets.TraitType(0).tag(sync=True)
    loop = traitlets.TraitType(True).tag(sync=True)

    def __init__(self, clips, titles=None, rate=8, position=0, loop=True, **traits):
        self._clips = _checked_clips(clips)
        count, time = self._clips.shape[:2]
        self._titles = _checked_titles(titles, count)
        sheet, kind, (height, width) = _sheet(self._clips)
        super().__init__(
            words={f"title_{number}": title for number, title in enumerate(self._titles)},
            sheet=sheet,
            kind=kind,
            count=count,
            time=time,
            height=height,
            width=width,
            titled=titles is not None,
            rate=_checked_rate(rate),
            position=_checked_position(position, time),
            loop=_checked_loop(loop),
            **traits,
        )

    @traitlets.validate("rate")
    def _validate_rate(self, proposal):
        return _checked_rate(proposal["value"])

    @traitlets.validate("position")
    def _validate_position(self, proposal):
        return _checked_position(proposal["value"], len(self._clips[0]))

    @traitlets.validate("loop")
    def _validate_loop(self, proposal):
        return _checked_loop(proposal["value"])

    def description(self):
        count, time, height, width = self._clips.shape[:4]
        said = message(
            "Clip player: {count} × {time} frames of {height} × {width} pixels, as film strips from left to "
            "right. They move in JupyterLab.",
            count=count,
            time=time,
            height=height,
            width=width,
        )
        if not self.titled:
            return said
        titles = self._titles[-1]
        for title in self._titles[-2::-1]:
            titles = message("{first}, {rest}", first=title, rest=titles)
        return message("{said} Clips: {titles}.", said=said, titles=titles)

    def figure(self):
        time, height, width = self._clips.shape[1:4]
        scale = STRIP_PIXELS / max(height, width)
        tile = max(1, round(height * scale)), max(1, round(width * scale))
        for most in STRIP_FRAMES:
            # Even steps: an uneven one would look like a motion that is not there.
            frames = np.arange(0, time, max(1, -(-(time - 1) // (most - 1))))
            strip = _strip(self._clips[:, frames], *tile)
            if len(self._encoded(strip)) <= STRIP_BYTES:
                break
        inches = np.array(strip.shape[:2]) / 80  # pixels of an inch, as in plots.STYLE
        figure, axes = plots.subplots(size=(inches[1] + 1.8, inches[0] + 0.75))
        axes.grid(False)
        axes.imshow(strip, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(length=0)
        titles = [render(title, "en") for title in self._titles]
        rows, columns = (side + STRIP_GAP for side in tile)
        axes.set_yticks(np.arange(len(titles)) * rows + tile[0] / 2, titles)
        axes.set_xticks(np.arange(len(frames)) * columns + tile[1] / 2, frames + 1)
        axes.set(xlabel="frame", title="Film strips: time runs to the right")
        return figure

    def png(self, figure):
        from PIL import Image

        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=figure.dpi)
        picture = Image.open(buffer).convert("RGB")
        return self._encoded(np.asarray(picture))

    def _encoded(self, picture):
        """A small picture as PNG: sixteen greys do for grey clips, 64 colours for coloured ones."""
        from PIL import Image

        colours, mode = (64, "RGB") if self._clips.ndim == 5 else (16, "L")
        picture = Image.fromarray(picture).convert(mode).quantize(colours, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        picture.save(buffer, format="png", optimize=True)
        return buffer.getvalue()


def _strip(clips, height, width):
    """One row a clip, one column a frame, white between them; tiles of height × width pixels."""
    count, time = clips.shape[:2]
    rows, columns = height + STRIP_GAP, width + STRIP_GAP
    strip = np.full((count * rows - STRIP_GAP, time * columns - STRIP_GAP, *clips.shape[4:]), 255, np.uint8)
    for row, clip in enumerate(clips):
        for column, frame in enumerate(clip):
            top, left = row * rows, column * columns
            strip[top : top + height, left : left + width] = _resized(frame, height, width)
    return strip


def _resized(frame, height, width):
    """A frame in another size: enlarged in whole pixels, shrunk smoothly."""
    from PIL import Image

    if (height, width) == frame.shape[:2]:
        return frame
    how = Image.Resampling.NEAREST if height > frame.shape[0] else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(frame).resize((width, height), how))


def _sheet(clips):
    """All frames in one picture, one column a clip, one row a frame.

    clips     (n, time, height, width) or (n, time, height, width, 3) uint8
    returns   (bytes, "image/png" or "image/jpeg", (height, width) of a frame)

    PNG keeps every pixel and is taken where it is small; else JPEG, as good as fits.
    """
    count, time, height, width = clips.shape[:4]
    scale = min(1, LARGEST_SIDE / max(height, width))
    height, width = max(1, round(height * scale)), max(1, round(width * scale))
    rows, columns = (-(-side // BLOCK) * BLOCK for side in (height, width))
    sheet = np.zeros((time * rows, count * columns, *clips.shape[4:]), np.uint8)
    spare = ((0, rows - height), (0, columns - width), (0, 0))[: clips.ndim - 2]
    for index, clip in enumerate(clips):
        for number, frame in enumerate(clip):
            if scale < 1:
                frame = _resized(frame, height, width)
            top, left = number * rows, index * columns
            sheet[top : top + rows, left : left + columns] = np.pad(frame, spare, mode="edge")
    return *compressed(sheet, SHEET_BYTES, QUALITIES), (height, width)


def _checked_clips(clips):
    """Clips as uint8 without an axis of 1; ValueError when they are none."""
    try:
        clips = np.asarray(clips)
    except ValueError:
        clips = np.asarray(None)
    expected = "(n, time, height, width) or (n, time, height, width, 3)"
    if clips.dtype == object:
        raise ValueError(f"clips must have shape {expected}: all of one length and size")
    if clips.ndim not in (4, 5) or (clips.ndim == 5 and clips.shape[4] not in (1, 3)):
        hint = "; one clip alone is clips[np.newaxis]" if clips.ndim == 3 else ""
        raise ValueError(f"clips must have shape {expected}, not {clips.shape}{hint}")
    if not clips.size:
        raise ValueError(f"clips must not be empty; their shape is {clips.shape}")
    count, time, *sides = clips.shape[:4]
    if min(sides) < SMALLEST_SIDE:
        raise ValueError(
            f"clips must have shape {expected} with frames of at least {SMALLEST_SIDE} pixels a side, "
            f"not {clips.shape}; one clip alone is clips[np.newaxis]"
        )
    if count > MOST_CLIPS:
        raise ValueError(f"clips must be at most {MOST_CLIPS}, not {count}: show a part")
    if time > MOST_FRAMES:
        raise ValueError(f"clips must have at most {MOST_FRAMES} frames, not {time}: show a part")
    if clips.dtype.kind == "f":
        outside = ~((clips >= 0) & (clips <= 1))
        if outside.any():
            raise ValueError(
                f"clips of floats must lie in [0, 1]; {clips[outside][0]:g} does not "
                "(divide by 255, or convert to uint8)"
            )
        clips = np.round(clips.astype(np.float32) * 255).astype(np.uint8)
    elif clips.dtype != np.uint8:
        raise ValueError(f"clips must be uint8, 0 to 255, or floats from 0 to 1, not {clips.dtype}")
    return np.ascontiguousarray(clips[..., 0] if clips.ndim == 5 and clips.shape[4] == 1 else clips)


def _checked_titles(titles, count):
    """One message or plain text for each clip; ValueError when they are not as many."""
    if titles is None:
        return [message("clip {number}", number=number + 1) for number in range(count)]
    if isinstance(titles, str) or not np.iterable(titles):
        raise ValueError(f"titles must be a list of {count} words, one for each clip, not {titles!r}")
    titles = list(titles)
    if len(titles) != count:
        raise ValueError(f"titles must be as many as clips, {count}, not {len(titles)}")
    # A text with braces is no sentence with places to fill: it is shown as it is.
    return [
        title if isinstance(title, dict) or set("{}") & set(str(title)) else message(str(title))
        for title in titles
    ]


def _checked_rate(rate):
    if not isinstance(rate, numbers.Real) or isinstance(rate, bool) or not 0.5 <= rate <= 60:
        raise ValueError(f"rate must be a number of frames a second, 0.5 to 60, not {rate!r}")
    return float(rate)


def _checked_position(position, time):
    if not isinstance(position, numbers.Integral) or isinstance(position, bool) or not 0 <= position < time:
        raise ValueError(f"position must be a whole number, 0 to {time - 1}, not {position!r}")
    return int(position)


def _checked_loop(loop):
    if not isinstance(loop, (bool, np.bool_)):
        raise ValueError(f"loop must be True or False, not {loop!r}")
    return bool(loop)
