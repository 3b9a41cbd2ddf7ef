"""GameExplorer: a recorded game in, quantised and compressed; explorer.js unpacks and plays it."""

import numbers
import zlib
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.games import GameRecord
from imgrec_course.language import message, render
from imgrec_course.widgets import tape
from imgrec_course.widgets.base import Explorer, word

HERE = Path(__file__).parent
EQUILIBRIUM = (2 * float(np.log(2)), float(np.log(2)))
MOST_MOMENTS = 60
MOST_SAMPLES = 256
MOST_REAL = 1024
MOST_PLACES = {1: 400, 2: 40}  # of the grid along an axis
ARROWS = ("same", "own", "none")
PLACES = 2047  # steps between the ends of a coordinate: eleven bits
SHADES = 200  # steps between 0 and 1 of D in the plane; even, so that ½ is one of them
FINE = 65534  # steps of a curve on the line; one more stands for “nothing there”
LENGTHS = 63  # steps of a gradient's coordinate, in parts of the moment's largest
STILLS = 4  # moments in the picture where nothing moves


class GameExplorer(Explorer):
    """Play a recorded game: samples, the discriminator's landscape, gradients on the samples, losses.

    record       imgrec_course.games.GameRecord, or a dictionary of its fields. At most 60 moments,
                 256 samples, 1,024 real points; an evenly spaced grid of at most 40 × 40 places in the plane,
                 400 on the line
    title        words or a message above the pictures (its Chinese stands in the catalogue), or None
    equilibrium  (discriminator's loss, generator's loss) where neither can win, drawn as dotted lines;
                 None for losses that have no such value. The default is that of the cross-entropy with the
                 non-saturating loss of the generator
    position     the moment to begin with, counted from 0
    rate         moments a second, 0.5 to 60
    arrows       how long the arrows are: "same" in all moments, "own" for each moment by its largest, "none"
    glide        whether samples and curves glide from moment to moment while it plays; what lies between two
                 moments is drawn, not computed

    Arrows point along −gradient, where the generator is pushed; on the line only some samples have one.
    ``explorer.position``, ``rate``, ``arrows`` and ``glide`` follow what the learner does, and may be set.
    Points are kept in 2,048 places an axis, D in 201 shades, so that a notebook stays small; what lies
    further outside the picture than half its width is moved to there.
    Raises ValueError for arguments that do not fit.
    """

    _esm = tape.script(HERE)
    _css = tape.style(HERE)

    WORDS = tape.WORDS | {
        "moment": word("moment"),
        "moment_of": word("moment {number} of {count}: step {step}"),
        "arrows": word("arrows"),
        "same": word("one scale for all moments"),
        "own": word("each moment its own scale"),
        "none": word("no arrows"),
        "glide": word("glide"),
        "hint": word("Space plays and pauses, ← and → step; drag in the losses to move."),
        "plane": word("Samples and what the discriminator says"),
        "line": word("Densities and what the discriminator says"),
        "losses": word("Losses"),
        "real": word("real points"),
        "generated": word("generated samples"),
        "pushed": word("arrow: where the generator is pushed"),
        "half": word("line: D = ½"),
        "d_scale": word("D: 0 generated, 1 real"),
        "p": word("p, density of the real points"),
        "q": word("q, density of the generated ones"),
        "d_optimal": word("optimal D = p / (p + q)"),
        "d": word("D, learned"),
        "density": word("density"),
        "step_axis": word("update of the generator"),
        "d_loss": word("discriminator's loss"),
        "g_loss": word("generator's loss"),
        "equilibrium": word("dotted: at the equilibrium"),
        "now": word("Discriminator's loss {d}, generator's loss {g}."),
        "outside": word("Samples outside the picture: {count} of {total}."),
        "old": word("This browser cannot unpack the recording: it is too old."),
        "picture_said": word(
            "{name}, {moment}. Samples within the picture: {inside} of {total}; their D is {mean} on average."
        ),
    }

    packed = traitlets.Bytes().tag(sync=True)  # zlib; see _packed
    dimension = traitlets.Int().tag(sync=True)
    counts = traitlets.Dict().tag(sync=True)  # moments, samples, real, places
    axes = traitlets.List().tag(sync=True)  # of each axis its first and last place on the grid
    bounds = traitlets.List().tag(sync=True)  # of each axis what the least and the largest coordinate mean
    pushes = traitlets.List().tag(sync=True)  # of each moment the largest length of a gradient
    heights = traitlets.List().tag(sync=True)  # on the line: the largest p and q
    steps = traitlets.List().tag(sync=True)
    losses = traitlets.List().tag(sync=True)
    equilibrium = traitlets.List().tag(sync=True)
    titled = traitlets.Bool(False).tag(sync=True)

    position = traitlets.TraitType(0).tag(sync=True)
    rate = traitlets.TraitType(4.0).tag(sync=True)
    arrows = traitlets.TraitType("same").tag(sync=True)
    glide = traitlets.TraitType(True).tag(sync=True)

    def __init__(
        self, record, title=None, equilibrium=EQUILIBRIUM, position=0, rate=4, arrows="same", glide=True,
        **traits,
    ):  # fmt: skip
        self._record = record = _checked_record(record)
        self._title = _checked_title(title)
        axes = np.array([[axis[0], axis[-1]] for axis in record.axes], np.float64)
        bounds = _bounds(record, axes)
        pushes = np.sqrt((record.gradients.astype(np.float64) ** 2).sum(axis=2)).max(axis=1)
        heights = [] if record.p is None else _heights(record)
        super().__init__(
            words={} if title is None else {"title": self._title},
            packed=zlib.compress(_packed(record, bounds, pushes), 9),
            dimension=record.dimension,
            counts={
                "moments": len(record),
                "samples": record.samples.shape[1],
                "real": len(record.real),
                "places": record.axes.shape[1],
            },
            axes=axes.tolist(),
            bounds=bounds.tolist(),
            pushes=[_short(push) for push in pushes],
            heights=heights,
            steps=[int(step) for step in record.steps],
            losses=[[_short(loss) for loss in pair] for pair in record.losses],
            equilibrium=_checked_equilibrium(equilibrium),
            titled=title is not None,
            position=_checked_position(position, len(record)),
            rate=_checked_rate(rate),
            arrows=_checked_arrows(arrows),
            glide=_checked_glide(glide),
            **traits,
        )

    @traitlets.validate("position")
    def _validate_position(self, proposal):
        return _checked_position(proposal["value"], len(self._record))

    @traitlets.validate("rate")
    def _validate_rate(self, proposal):
        return _checked_rate(proposal["value"])

    @traitlets.validate("arrows")
    def _validate_arrows(self, proposal):
        return _checked_arrows(proposal["value"])

    @traitlets.validate("glide")
    def _validate_glide(self, proposal):
        return _checked_glide(proposal["value"])

    def description(self):
        record = self._record
        values = {
            "moments": len(record),
            "first": int(record.steps[0]),
            "last": int(record.steps[-1]),
            "samples": record.samples.shape[1],
            "d": f"{record.losses[-1, 0]:.3g}",
            "g": f"{record.losses[-1, 1]:.3g}",
        }
        if record.dimension == 1:
            said = message(
                "Game explorer: {moments} moments of a game on the line, from step {first} to step {last}, "
                "with {samples} generated samples (measured losses at the end: discriminator {d}, generator "
                "{g}). It moves in JupyterLab.",
                **values,
            )
        else:
            said = message(
                "Game explorer: {moments} moments of a game in the plane, from step {first} to step {last}, "
                "with {samples} generated samples (measured losses at the end: discriminator {d}, generator "
                "{g}). It moves in JupyterLab.",
                **values,
            )
        return message("{title}: {said}", title=self._title, said=said) if self.titled else said

    def figure(self):
        record, words = self._record, self.words["en"]
        moments = np.unique(np.linspace(0, len(record) - 1, min(STILLS, len(record))).round().astype(int))
        figure, grid = plots.subplots(
            2, len(moments), size=(max(5.0, 2.5 * len(moments)), 4.5), squeeze=False,
            gridspec_kw={"height_ratios": (2.3 if record.dimension == 2 else 1.5, 1)},
        )  # fmt: skip
        if self.titled:
            figure.suptitle(render(self._title, "en"), x=0.01, ha="left", fontsize=11)
        draw = _still_line if record.dimension == 1 else _still_plane
        for axes, moment in zip(grid[0], moments, strict=True):
            draw(axes, record, moment, moment == moments[0], moment == moments[-1])
            axes.set_title(f"step {record.steps[moment]}", fontsize=10)
        for axes in grid[1]:
            axes.remove()
        axes = figure.add_subplot(grid[1, 0].get_gridspec()[1, :])
        styles = ((plots.PRECISION, "o-", "d_loss"), (plots.NEGATIVE, "s--", "g_loss"))
        for column, (colour, style, name) in enumerate(styles):
            axes.plot(
                record.steps, record.losses[:, column], style, color=colour, markersize=3, label=words[name]
            )
            if self.equilibrium:
                axes.axhline(self.equilibrium[column], color=colour, linestyle=":", linewidth=1.2)
        for moment in moments:
            axes.axvline(record.steps[moment], color=plots.CHANCE, linewidth=0.8)
        dotted = "\ndotted: at the equilibrium" if self.equilibrium else ""
        axes.set(xlabel=f"{words['step_axis']}{dotted}", ylabel="loss")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9)
        return figure


def _still_plane(axes, record, moment, first, last):
    from matplotlib.colors import LinearSegmentedColormap

    colours = [_pale(plots.NEGATIVE), "#FFFFFF", _pale(plots.POSITIVE)]
    axes.grid(False)
    axes.contourf(
        *record.axes, record.landscape[moment], levels=np.linspace(0, 1, 9), alpha=1.0,
        cmap=LinearSegmentedColormap.from_list("says", colours), vmin=0, vmax=1,
    )  # fmt: skip
    axes.scatter(*record.real[:300].T, s=2, color=plots.POSITIVE, marker="s", linewidths=0)
    axes.scatter(*record.samples[moment].T, s=11, color=plots.NEGATIVE, edgecolor="white", linewidth=0.4)
    axes.set(xlim=record.axes[0, [0, -1]], ylim=record.axes[1, [0, -1]], aspect="equal", xticks=[], yticks=[])
    if first:
        axes.set_xlabel("circles: generated, dots: real\nblue: D says real", fontsize=8)


def _still_line(axes, record, moment, first, last):
    places = record.axes[0]
    axes.set_ylim(0, 1.05)
    axes.plot(places, record.landscape[moment], color=plots.PRECISION, linewidth=1.5, label="D")
    top = 1.0
    if record.p is not None:
        axes.plot(places, _optimal(record)[moment], ":", color=plots.RECALL, linewidth=2, label="optimal D")
        top = _highest(record.p.max(), record.q.max())
        # Densities in parts of the highest, so that they share the axis with D.
        axes.fill_between(places, record.p / top, color=plots.POSITIVE, alpha=0.25, linewidth=0, label="p")
        axes.plot(places, record.q[moment] / top, "--", color=plots.NEGATIVE, linewidth=1.5, label="q")
    axes.plot(record.samples[moment, :, 0], np.full(record.samples.shape[1], 0.02), "|", color=plots.NEGATIVE)
    axes.set(xlim=places[[0, -1]], xlabel="x", yticks=[0, 0.5, 1])
    if first and record.p is not None:
        axes.set_ylabel(f"D; p and q in parts of {top:.2g}", fontsize=8)
    if last:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9)


def _highest(p, q):
    """Top of the densities' axis: a q that collapsed to a needle must not flatten p."""
    return 1.08 * min(max(p, q), 2.5 * p)


def _optimal(record):
    """(moments, g) the optimal D, p / (p + q); NaN where both are too small for 32-bit numbers."""
    p, q = record.p.astype(np.float64), record.q.astype(np.float64)
    known = np.maximum(p, q) >= np.finfo(np.float32).tiny
    return np.divide(p, p + q, out=np.full_like(q, np.nan), where=known)


def _heights(record):
    """What the largest kept p and q are; a needle of q is cut, high above what is drawn."""
    p, q = float(record.p.max()), float(record.q.max())
    return [p, min(q, 4 * p)]


def _pale(colour):
    """A colour mixed with white, as behind the samples."""
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - 0.55 * (255 - channel)):02X}" for channel in channels)


def _short(number):
    """A float of five digits: what a notebook stores should not be longer than what it means."""
    return float(f"{float(number):.5g}")


def _bounds(record, axes):
    """(dim, 2) the least and the largest coordinate that are kept: all points, but not far off the grid."""
    points = np.concatenate([record.real, record.samples.reshape(-1, record.dimension)]).astype(np.float64)
    width = (axes[:, 1] - axes[:, 0]) / 2
    least = np.maximum(np.minimum(points.min(axis=0), axes[:, 0]), axes[:, 0] - width)
    most = np.minimum(np.maximum(points.max(axis=0), axes[:, 1]), axes[:, 1] + width)
    return np.stack([least, most], axis=1)


def _packed(record, bounds, pushes):
    """All arrays as bytes, one after the other; explorer.js reads them in this order.

    Numbers come as differences to their neighbours, low bytes before high ones: so zlib finds more to save.
    samples    (moments, m, dim) eleven bits; differences of moments; 0, −1, 1, −2 … as 0, 1, 2, 3 …
    gradients  (moments, m, dim) signed bytes, in parts of the moment's largest length
    real       (n, dim) eleven bits
    landscape  in the plane (moments, g, g) bytes, differences from moment to moment and along both axes,
               modulo 256; on the line (moments, g) sixteen bits, differences along the grid modulo 65536,
               then as many for the optimal D, g for p and (moments, g) for q where the record has them
    """
    moves = np.diff(_steps(record.samples, bounds), axis=0, prepend=0)
    parts = [_planes(np.where(moves < 0, -2 * moves - 1, 2 * moves))]
    shares = record.gradients / np.where(pushes > 0, pushes, 1)[:, np.newaxis, np.newaxis]
    parts.append(np.round(shares * LENGTHS).astype(np.int8).tobytes())
    parts.append(_planes(_steps(record.real, bounds)))
    if record.dimension == 2:
        shades = np.round(record.landscape * SHADES).astype(np.int64)
        for axis in range(3):
            shades = np.diff(shades, axis=axis, prepend=0)
        parts.append((shades % 256).astype(np.uint8).tobytes())
        return b"".join(parts)
    curves = [record.landscape]
    if record.p is not None:
        p_most, q_most = _heights(record)
        curves += [_optimal(record), record.p[np.newaxis] / p_most, np.minimum(record.q / q_most, 1)]
    for curve in curves:
        fine = np.where(np.isnan(curve), FINE + 1, np.round(np.nan_to_num(curve) * FINE)).astype(np.int64)
        parts.append(_planes(np.diff(fine, axis=1, prepend=0) % (FINE + 2)))
    return b"".join(parts)


def _steps(points, bounds):
    """Coordinates as whole numbers from 0 to 2047."""
    shares = (points.astype(np.float64) - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])
    return np.round(np.clip(shares, 0, 1) * PLACES).astype(np.int64)


def _planes(numbers_of_16_bits):
    """Low bytes of all numbers, then their high bytes."""
    low, high = numbers_of_16_bits & 255, numbers_of_16_bits >> 8
    return low.astype(np.uint8).tobytes() + high.astype(np.uint8).tobytes()


def _checked_record(record):
    """The record as a GameRecord that is not too large; ValueError for others."""
    if isinstance(record, dict):
        try:
            record = GameRecord(**record)
        except TypeError as error:
            said = str(error).removeprefix("GameRecord.").removeprefix("__init__() ")
            raise ValueError(
                f"record must hold the fields of imgrec_course.games.GameRecord; as a dictionary it {said}"
            ) from None
    if not isinstance(record, GameRecord):
        raise ValueError(
            "record must be an imgrec_course.games.GameRecord or a dictionary of its fields, "
            f"not {type(record).__name__}"
        )
    dimension = record.dimension
    for name, count, most, hint in (
        ("moments", len(record), MOST_MOMENTS, "keep fewer of them"),
        ("samples", record.samples.shape[1], MOST_SAMPLES, "keep the first ones"),
        ("real points", len(record.real), MOST_REAL, "keep the first ones"),
        ("places along an axis", record.axes.shape[1], MOST_PLACES[dimension], "take a coarser grid"),
    ):
        if count > most:
            raise ValueError(f"record must have at most {most} {name}, not {count}: {hint}")
    if record.axes.shape[1] < 2:
        raise ValueError("record.axes must have at least 2 places along an axis, not 1")
    for axis in record.axes:
        even = np.linspace(axis[0], axis[-1], len(axis))
        if np.abs(axis - even).max() > 1e-3 * (even[1] - even[0]):
            raise ValueError("record.axes must be evenly spaced, as numpy.linspace makes them")
    for name in "pq":
        density = getattr(record, name)
        if density is not None and (density.min() < 0 or not density.max() > 0):
            raise ValueError(
                f"record.{name} must be a density: not below 0, and somewhere above; "
                f"it goes from {density.min():g} to {density.max():g}"
            )
    return record


def _checked_title(title):
    if title is None or isinstance(title, dict):
        return title
    if not isinstance(title, str) or not title.strip():
        raise ValueError(f"title must be words, a message or None, not {title!r}")
    # A text with braces is no sentence with places to fill: it is shown as it is.
    return title if set("{}") & set(title) else message(title)


def _checked_equilibrium(equilibrium):
    if equilibrium is None:
        return []
    try:
        values = [float(value) for value in equilibrium]
    except (TypeError, ValueError):
        values = []
    if len(values) != 2 or not np.isfinite(values).all():
        raise ValueError(
            f"equilibrium must be two losses, (discriminator, generator), or None, not {equilibrium!r}"
        )
    return values


def _checked_position(position, moments):
    if (
        not isinstance(position, numbers.Integral)
        or isinstance(position, bool)
        or not 0 <= position < moments
    ):
        raise ValueError(f"position must be a whole number, 0 to {moments - 1}, not {position!r}")
    return int(position)


def _checked_rate(rate):
    if not isinstance(rate, numbers.Real) or isinstance(rate, bool) or not 0.5 <= rate <= 60:
        raise ValueError(f"rate must be a number of moments a second, 0.5 to 60, not {rate!r}")
    return float(rate)


def _checked_arrows(arrows):
    if not isinstance(arrows, str) or arrows not in ARROWS:
        raise ValueError(f"arrows must be one of {', '.join(map(repr, ARROWS))}, not {arrows!r}")
    return arrows


def _checked_glide(glide):
    if not isinstance(glide, (bool, np.bool_)):
        raise ValueError(f"glide must be True or False, not {glide!r}")
    return bool(glide)
