"""MemoryMeter: two films in, and random weights; explorer.js runs the network over both."""

import numbers
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import message
from imgrec_course.widgets.base import Explorer, script, style, word

HERE = Path(__file__).parent
CELLS = {"tanh": word("tanh RNN"), "gru": word("GRU"), "lstm": word("LSTM")}
# Four blocks of weights are drawn: input gate, forget gate, candidate, output gate. The tanh RNN is the
# candidate alone; the GRU's update gate, which keeps, takes the forget gate's weights.
BLOCKS = {"tanh": (2,), "gru": (1, 0, 2), "lstm": (0, 1, 2, 3)}
MOST_FRAMES = 60
LARGEST_SIDE = 16  # pixels of a frame
MOST_UNITS = 32
RANGES = {"scale": (0, 2), "gate_bias": (-4, 8), "input_scale": (0.1, 3)}
GONE = 1e-8  # what is less is drawn as nothing


class MemoryMeter(Explorer):
    """Two films that differ in the first frame only: how much of that difference does the state still hold?

    frames       (time, height, width), grey: from 0 to 255, or from 0 to 1. 2 to 60 frames of at most
                 16 pixels a side; kept in 256 steps of grey
    other_first  (height, width), the first frame of the other film, in the same grey
    units        size of the hidden state, 2 to 32
    seed         of the random weights, a whole number
    cell         "tanh", "gru" or "lstm", with the equations and the order of gates of Keras
    scale        factor of the recurrent weights, 0 to 2: their spectral radius, gate by gate
    gate_bias    of the gate that keeps, −4 to 8: the LSTM's forget gate, the GRU's update gate
    input_scale  factor of the frames, 0.1 to 3
    length       how many frames the network sees, 2 to time; None: all

    The weights are random and stay so. Recurrent: an orthogonal matrix for each gate, Keras's start; all its
    eigenvalues have modulus 1. Input: random signs, as large as the standard deviation of Glorot & Bengio
    (2010), so that a notebook needs one bit for each. The biases are 0 but for ``gate_bias``.

    ``meter.remaining`` is the measured curve; the settings follow what the learner does, and may be set from
    Python. Raises ValueError for arguments that do not fit.
    """

    _esm = script(HERE)
    _css = style(HERE)

    WORDS = {  # noqa: RUF012
        **CELLS,
        "cell": word("cell"),
        "scale": word("scale of the recurrent weights"),
        "no_gate": word("bias of the gate (there is none)"),
        "gru_bias": word("bias of the update gate"),
        "lstm_bias": word("bias of the forget gate"),
        "input_scale": word("scale of the input"),
        "length": word("length in frames"),
        "opens": word("{bias} (open by {share})"),
        "percent": word("{number} %"),
        "reset": word("Reset"),
        "keep": word("Keep curve"),
        "drop": word("Remove it"),
        "films": word("Two films, different in the first frame only"),
        "a": word("film A"),
        "b": word("film B"),
        "left": word("What is left of the first difference"),
        "axis": word("distance of the two states, frame 1 = 1"),
        "frame": word("frame"),
        "gone": word("gone: smaller than the rounding of 32-bit numbers"),
        "now": word("{cell}, now"),
        "kept": word("kept: {settings}"),
        "settings_tanh": word("{cell}, scale {scale}, input {input}"),
        "settings_gate": word("{cell}, scale {scale}, bias {bias}, input {input}"),
        "bound": word("scale to the power of t − 1: more than that no tanh RNN with these weights keeps"),
        "guide": word("σ(bias) to the power of t − 1: what the gate would keep, moved by its bias alone"),
        "part_left": word("After {count} frames, {part} of the first difference is left."),
        "nothing_left": word(
            "After {count} frames, nothing is left of the first difference: less than 10⁻⁸ of it."
        ),
        "grown": word("After {count} frames, the difference is {part} times the first."),
        "not_memory": word(
            "A difference a million times smaller grew to {part} times its size, and so would noise: "
            "this is not memory."
        ),
        "states": word("The two states after frame {count}"),
        "states_legend": word("bars: film A; marks: film B"),
        "hidden": word("hidden state h"),
        "cell_state": word("cell state c"),
        "both": word("Measured over the whole state of the LSTM, h and c."),
        "drag": word("Drag in the curve to change the length."),
        "films_said": word("Two films of {time} frames; the network sees the first {count}."),
    }

    frames = traitlets.Bytes().tag(
        sync=True
    )  # uint8 (time + 1, height · width): film A, then B's first frame
    signs = traitlets.Bytes().tag(sync=True)  # one bit for each input weight, (height · width, 4 · units)
    recurrent = traitlets.Bytes().tag(sync=True)  # float32 (units, 4 · units)
    input_weight = traitlets.Float().tag(sync=True)  # size of every input weight
    time = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    units = traitlets.Int().tag(sync=True)
    blocks = traitlets.Dict().tag(sync=True)
    ranges = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what “Reset” goes back to

    cell = traitlets.TraitType("tanh").tag(sync=True)
    scale = traitlets.TraitType(1.0).tag(sync=True)
    gate_bias = traitlets.TraitType(1.0).tag(sync=True)
    input_scale = traitlets.TraitType(1.0).tag(sync=True)
    length = traitlets.TraitType(2).tag(sync=True)

    def __init__(
        self, frames, other_first, units=24, seed=0, cell="tanh", scale=1.0, length=None, gate_bias=1.0,
        input_scale=1.0, **traits,
    ):  # fmt: skip
        self._frames = _checked_films(frames, other_first)
        time, height, width = len(self._frames) - 1, *self._frames.shape[1:]
        for name, value, least, most in (("units", units, 2, MOST_UNITS), ("seed", seed, 0, None)):
            _checked_whole(value, name, least, most)
        settings = {
            "cell": _checked_cell(cell),
            "scale": _checked_number(scale, "scale"),
            "gate_bias": _checked_number(gate_bias, "gate_bias"),
            "input_scale": _checked_number(input_scale, "input_scale"),
            "length": _checked_whole(time if length is None else length, "length", 2, time),
        }
        inputs = height * width
        generator = np.random.default_rng(seed)
        self._signs = generator.integers(0, 2, size=(inputs, 4 * units), dtype=np.uint8)
        self._recurrent = np.hstack([_orthogonal(generator, units) for _ in range(4)]).astype(np.float32)
        super().__init__(
            frames=self._frames.tobytes(),
            signs=np.packbits(self._signs).tobytes(),
            recurrent=self._recurrent.tobytes(),
            input_weight=float(np.sqrt(2 / (inputs + units))),
            time=time,
            height=height,
            width=width,
            units=int(units),
            blocks=BLOCKS,
            ranges=RANGES,
            start=settings,
            **settings,
            **traits,
        )

    @traitlets.validate("cell")
    def _validate_cell(self, proposal):
        return _checked_cell(proposal["value"])

    @traitlets.validate("scale", "gate_bias", "input_scale")
    def _validate_number(self, proposal):
        return _checked_number(proposal["value"], proposal["trait"].name)

    @traitlets.validate("length")
    def _validate_length(self, proposal):
        return _checked_whole(proposal["value"], "length", 2, len(self._frames) - 1)

    def weights(self):
        """Kernel, recurrent kernel and bias at the present settings, float64, as a Keras layer takes them.

        kernel            (height · width, gates · units); for inputs see :meth:`inputs`
        recurrent_kernel  (units, gates · units)
        bias              (gates · units,); of the GRU (2, gates · units)
        """
        blocks, units = BLOCKS[self.cell], self.units
        columns = np.concatenate([np.arange(units) + block * units for block in blocks])
        kernel = self.input_weight * (2.0 * self._signs[:, columns] - 1)
        bias = np.zeros(len(blocks) * units)
        if self.cell != "tanh":
            keeps = blocks.index(1) * units
            bias[keeps : keeps + units] = self.gate_bias
        if self.cell == "gru":
            bias = np.stack([bias, np.zeros_like(bias)])
        return [kernel, self.scale * self._recurrent[:, columns].astype(np.float64), bias]

    def inputs(self):
        """The two films as the network sees them, (2, length, height · width) float64."""
        flat = self.input_scale / 255 * self._frames.reshape(len(self._frames), -1)
        films = np.stack([flat[:-1], np.concatenate([flat[-1:], flat[1:-1]])])
        return films[:, : self.length]

    def states(self):
        """The state after each frame of each film, (2, length, units); of the LSTM (2, length, 2 · units)."""
        from imgrec_course.scratch.recurrent import recurrent

        return recurrent("rnn" if self.cell == "tanh" else self.cell, self.inputs(), self.weights())

    @property
    def remaining(self):
        """Distance of the two states after each frame, in parts of that after the first, (length,)."""
        distance = np.linalg.norm(np.subtract(*self.states()), axis=-1)
        return distance / distance[0]

    def description(self):
        cell = CELLS[self.cell]
        if self.cell != "tanh":
            cell = message("{cell} with gate bias {bias}", cell=cell, bias=f"{self.gate_bias:g}")
        return message(
            "Memory meter: {cell}, {units} units, recurrent weights scaled by {scale}, runs over two films "
            "of {length} frames that differ in the first one (measured part of that difference in the last "
            "state {part}). It moves in JupyterLab.",
            cell=cell,
            units=self.units,
            scale=f"{self.scale:g}",
            length=self.length,
            part=f"{self.remaining[-1]:.2g}",
        )

    def figure(self):
        words = self.words["en"]
        numbers_of_frames = np.unique(np.linspace(0, self.time - 1, min(self.time, 14)).astype(int))
        films = [self._frames[:-1], np.concatenate([self._frames[-1:], self._frames[1:-1]])]
        spare = ((0, 0), (1, 1), (1, 1))
        strip = np.vstack(
            [np.hstack(np.pad(film[numbers_of_frames], spare, constant_values=255)) for film in films]
        )
        figure, (top, axes) = plots.subplots(2, 1, size=(8.0, 4.6), gridspec_kw={"height_ratios": (1, 2.3)})
        top.grid(False)
        top.imshow(strip, cmap="gray", vmin=0, vmax=255)
        rows, columns = self.height + 2, self.width + 2
        top.set_yticks([rows / 2, rows * 1.5], [words["a"], words["b"]])
        top.set_xticks((np.arange(len(numbers_of_frames)) + 0.5) * columns, numbers_of_frames + 1)
        top.tick_params(length=0)
        for side in top.spines.values():
            side.set_visible(False)
        top.set_title(words["films"])
        remaining, frames = self.remaining, np.arange(1, self.length + 1)
        base = self.scale if self.cell == "tanh" else 1 / (1 + np.exp(-self.gate_bias))
        name = f"{'scale' if self.cell == 'tanh' else 'σ(bias)'} to the power of t − 1"
        axes.semilogy(frames, np.float64(base) ** (frames - 1), "--", color=plots.CHANCE, label=name)
        axes.semilogy(frames, remaining, "o-", markersize=3, color=plots.POSITIVE, label=words[self.cell])
        axes.axhspan(GONE / 10, GONE, facecolor="none", edgecolor=plots.CHANCE, hatch="////", linewidth=0)
        highest = max(10, 10 ** np.ceil(np.log10(remaining.max())))
        axes.text(1.3, GONE / 3.2, words["gone"], va="center", fontsize=9, backgroundcolor="white")
        axes.set(xlabel="frame t", ylabel="part that is left", title=words["left"])
        axes.set(xlim=(0.7, self.length + 0.3), ylim=(GONE / 10, highest))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.14))
        return figure


def _orthogonal(generator, units):
    """A random orthogonal matrix, uniform over all of them, as keras.initializers.Orthogonal draws it."""
    q, r = np.linalg.qr(generator.normal(size=(units, units)))
    return q * np.sign(np.diag(r))


def _checked_films(frames, other_first):
    """Film A, then the first frame of film B, (time + 1, height, width) uint8; ValueError for others."""
    arrays = {}
    for name, value in (("frames", frames), ("other_first", other_first)):
        try:
            array = np.asarray(value)
        except ValueError:
            array = np.asarray(None)
        if array.dtype.kind not in "uif":
            raise ValueError(f"{name} must be an array of numbers, not {str(value)[:60]!r}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must hold finite numbers; {array[~np.isfinite(array)][0]} is none")
        arrays[name] = array
    frames, other_first = arrays.values()
    if frames.ndim != 3 or not frames.size:
        raise ValueError(f"frames must have shape (time, height, width), grey, not {frames.shape}")
    if not 2 <= len(frames) <= MOST_FRAMES:
        raise ValueError(f"frames must be 2 to {MOST_FRAMES}, not {len(frames)}")
    if max(frames.shape[1:]) > LARGEST_SIDE:
        raise ValueError(
            f"frames must have at most {LARGEST_SIDE} pixels a side, not {frames.shape[1:]}: shrink them"
        )
    if other_first.shape != frames.shape[1:]:
        raise ValueError(
            f"other_first must have the shape of one frame, {frames.shape[1:]}, not {other_first.shape}"
        )
    least, most = min(frames.min(), other_first.min()), max(frames.max(), other_first.max())
    whole = frames.dtype.kind != "f" and other_first.dtype.kind != "f"
    if least < 0 or most > 255:
        raise ValueError(
            "frames and other_first must hold numbers from 0 to 255, or from 0 to 1; "
            f"{least if least < 0 else most:g} is outside"
        )
    for one, other in ((frames, other_first), (other_first, frames)):
        if one.dtype.kind == "f" and 0 < one.max() <= 1 < other.max():
            raise ValueError(
                "frames and other_first must be in the same grey, from 0 to 255 or from 0 to 1; "
                f"the largest are {frames.max():g} and {other_first.max():g}"
            )
    factor = 1 if whole or most > 1 else 255
    films = np.concatenate([frames, other_first[np.newaxis]]).astype(np.float64)
    films = np.round(films * factor).astype(np.uint8)
    if np.array_equal(films[0], films[-1]):
        raise ValueError("other_first must differ from the first of the frames: nothing could be remembered")
    return films


def _checked_cell(cell):
    if not isinstance(cell, str) or cell not in CELLS:
        raise ValueError(f"cell must be one of {', '.join(map(repr, CELLS))}, not {cell!r}")
    return cell


def _checked_number(value, name):
    least, most = RANGES[name]
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} must be a number, {least} to {most}, not {value!r}")
    return float(value)


def _checked_whole(value, name, least, most=None):
    if (
        not isinstance(value, numbers.Integral)
        or isinstance(value, bool)
        or value < least
        or (most is not None and value > most)
    ):
        upper = "or more" if most is None else f"to {most}"
        raise ValueError(f"{name} must be a whole number, {least} {upper}, not {value!r}")
    return int(value)
