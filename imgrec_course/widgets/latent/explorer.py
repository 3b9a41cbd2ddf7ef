"""LatentExplorer: generated images in, as two compressed pictures; explorer.js walks about among them."""

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
MOST_SHEETS = 12
MOST_CELLS = 1000  # images on all sheets together
SIDES = (4, 64)  # pixels of an image
BLOCK = 8  # an image's place on a picture is a multiple of it, so that no JPEG block lies in two images
SHEET_BYTES = 32_000  # what each of the two pictures should not exceed, so that a notebook stays small
QUALITIES = (92, 88, 84, 80, 75, 70, 65, 60)
GAP = 2  # pixels between two images where nothing moves


class LatentExplorer(Explorer):
    """Walk over a plane of latent vectors: the generator's image of each, and the nearest real one.

    sheet      (k, rows, columns, height, width): k sheets of generated grey images, each over a plane of
               latent vectors; (rows, columns, height, width) is one sheet; a last axis of 1 is left out.
               uint8 from 0 to 255, or floats from 0 to 1 (a generator's −1 to 1 is brought there by
               (images + 1) / 2). At most 12 sheets, 1,000 images, 64 pixels a side
    nearest    of the same shape: the nearest training image of each
    distance   (k, rows, columns) how far that is, or None
    titles     k words or messages that name the sheets (their Chinese stands in the catalogue), or None
    measure    what distance is, words or a message, or None: “distance”
    reference  what distance held-out real images have from their nearest training image (the median), or None
    row, column, chosen   where to begin, and on which sheet, counted from 0
    walk       [(row, column), …], the way that is walked when it plays, again and again; None: along the rim,
               from corner to corner
    rate       steps a second, 0.5 to 60

    ``explorer.row``, ``column``, ``chosen`` and ``rate`` follow what the learner does, and may be set.
    Images are shown exactly where that takes less than about 32 kB, else as a JPEG of about that size; many
    sheets take more even so.
    Raises ValueError for arguments that do not fit.
    """

    _esm = tape.script(HERE)
    _css = tape.style(HERE)

    WORDS = tape.WORDS | {
        "sheet": word("sheet"),
        "plane": word("Latent plane"),
        "generated": word("Generated"),
        "nearest": word("Nearest training image"),
        "place": word("row {row} of {rows}, column {column} of {columns}"),
        "far": word("{measure}: {distance}"),
        "reference": word("held-out real images, median: {distance}"),
        "times": word("{times} times as far from the training images as a held-out real image is"),
        "all": word("thin lines: all images of this sheet"),
        "hint_plane": word(
            "Drag in the plane, or move with the arrow keys after a click; Space walks and pauses."
        ),
    }

    sheet = traitlets.Bytes().tag(sync=True)  # PNG or JPEG: k · rows rows of images, columns columns
    sheet_kind = traitlets.Unicode("image/png").tag(sync=True)
    others = traitlets.Bytes().tag(sync=True)  # the different ones among the nearest, as many in a row
    others_kind = traitlets.Unicode("image/png").tag(sync=True)
    which = traitlets.Bytes().tag(sync=True)  # uint16 (k, rows, columns): place of the nearest one there
    far = traitlets.Bytes().tag(sync=True)  # float32 (k, rows, columns), or nothing
    count = traitlets.Int().tag(sync=True)
    rows = traitlets.Int().tag(sync=True)
    columns = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    reference = traitlets.Float(None, allow_none=True).tag(sync=True)
    titled = traitlets.Bool(False).tag(sync=True)
    walk = traitlets.List().tag(sync=True)

    row = traitlets.TraitType(0).tag(sync=True)
    column = traitlets.TraitType(0).tag(sync=True)
    chosen = traitlets.TraitType(0).tag(sync=True)
    rate = traitlets.TraitType(4.0).tag(sync=True)

    def __init__(
        self, sheet, nearest, distance=None, titles=None, measure=None, reference=None, row=0, column=0,
        chosen=0, walk=None, rate=4, **traits,
    ):  # fmt: skip
        self._sheet = _checked_images(sheet, "sheet")
        self._nearest = _checked_images(nearest, "nearest", self._sheet.shape)
        count, rows, columns, height, width = self._sheet.shape
        self._distance = _checked_distance(distance, (count, rows, columns))
        self._titles = _checked_titles(titles, count)
        self._measure = word("distance") if measure is None else _checked_words(measure, "measure")
        cells = count * rows * columns
        others, which = np.unique(self._nearest.reshape(cells, height, width), axis=0, return_inverse=True)
        sheet, sheet_kind = _picture(self._sheet.reshape(cells, height, width), columns)
        others, others_kind = _picture(others, columns)
        super().__init__(
            words={
                "measure": self._measure,
                **{f"title_{number}": title for number, title in enumerate(self._titles)},
            },
            sheet=sheet,
            sheet_kind=sheet_kind,
            others=others,
            others_kind=others_kind,
            which=which.astype(np.uint16).tobytes(),
            far=b"" if self._distance is None else self._distance.astype(np.float32).tobytes(),
            count=count,
            rows=rows,
            columns=columns,
            height=height,
            width=width,
            reference=_checked_reference(reference, self._distance),
            titled=titles is not None or count > 1,
            walk=_checked_walk(walk, rows, columns),
            row=_checked_place(row, "row", rows),
            column=_checked_place(column, "column", columns),
            chosen=_checked_place(chosen, "chosen", count),
            rate=_checked_rate(rate),
            **traits,
        )

    @traitlets.validate("row", "column", "chosen")
    def _validate_place(self, proposal):
        name = proposal["trait"].name
        return _checked_place(
            proposal["value"], name, self._sheet.shape[("chosen", "row", "column").index(name)]
        )

    @traitlets.validate("rate")
    def _validate_rate(self, proposal):
        return _checked_rate(proposal["value"])

    def description(self):
        values = {"rows": self.rows, "columns": self.columns, "row": self.row + 1, "column": self.column + 1}
        if self.count == 1:
            said = message(
                "Latent explorer: {rows} × {columns} generated images, and beside the one in row {row}, "
                "column {column} its nearest training image. It moves in JupyterLab.",
                **values,
            )
        else:
            said = message(
                "Latent explorer: {count} sheets of {rows} × {columns} generated images, and beside the one "
                "in row {row}, column {column} its nearest training image. It moves in JupyterLab.",
                count=self.count,
                **values,
            )
        if self._distance is not None:
            said = message(
                "{said} Between the two: {measure} (measured {distance}).",
                said=said,
                measure=self._measure,
                distance=f"{self._distance[self.chosen, self.row, self.column]:.3g}",
            )
        return message("{title}: {said}", title=self._titles[self.chosen], said=said) if self.titled else said

    def figure(self):
        from matplotlib.patches import Rectangle

        words = self.words["en"]
        here = self.chosen, self.row, self.column
        plane = _strip(self._sheet[self.chosen])
        inches = np.array(plane.shape) / 80  # pixels of an inch, as in plots.STYLE
        figure = plots.subplots(size=(inches[1] + 4.6, max(inches[0] + 0.5, 2.4)))[0]
        figure.clear()
        figure.set_layout_engine("none")
        width, height = figure.get_size_inches()
        axes = figure.add_axes((0.1 / width, 0.05 / height, inches[1] / width, inches[0] / height))
        axes.imshow(plane, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        top, left = self.row * (self.height + GAP), self.column * (self.width + GAP)
        box = (left - 1.5, top - 1.5), self.width + 2, self.height + 2
        axes.add_patch(Rectangle(*box, fill=False, color=plots.POSITIVE, linewidth=2.5))
        axes.set_title(render(self._titles[self.chosen], "en") if self.titled else words["plane"])
        pictures = (("generated", self._sheet[here]), ("nearest", self._nearest[here]))
        for number, (name, image) in enumerate(pictures):
            place = ((inches[1] + 0.5 + 2.0 * number) / width, 1 - 2.25 / height, 1.75 / width, 1.75 / height)
            beside = figure.add_axes(place)
            beside.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            beside.set_title(words[name], fontsize=10)
            beside.set_axis_off()
        axes.set_axis_off()
        if self._distance is not None:
            said = f"{render(self._measure, 'en')}: {self._distance[here]:.3g}"
            if self.reference is not None:
                said += f"\nheld-out real images, median: {self.reference:.3g}"
            figure.text((inches[1] + 0.5) / width, max(0.02, 1 - 2.4 / height), said, va="top", fontsize=9)
        return figure

    def png(self, figure):
        """Sixteen greys do for the images, and the frame keeps its blue."""
        from PIL import Image

        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=figure.dpi)
        blue = [int(plots.POSITIVE[at : at + 2], 16) for at in (1, 3, 5)]
        greys = np.repeat(np.linspace(0, 255, 16).round().astype(int), 3)
        palette = Image.new("P", (1, 1))
        palette.putpalette([*greys.tolist(), *blue])
        picture = Image.open(buffer).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        picture.save(buffer, format="png", optimize=True)
        return buffer.getvalue()


def _strip(images):
    """Images (rows, columns, height, width) as one picture, white between them."""
    rows, columns, height, width = images.shape
    strip = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP), 255, np.uint8)
    for row, column in np.ndindex(rows, columns):
        top, left = row * (height + GAP), column * (width + GAP)
        strip[top : top + height, left : left + width] = images[row, column]
    return strip


def _picture(images, columns):
    """All images in one picture, so many in a row; PNG where that is small, else JPEG, as good as fits.

    images    (n, height, width) uint8
    returns   (bytes, "image/png" or "image/jpeg")
    """
    count, height, width = images.shape
    tall, wide = (-(-side // BLOCK) * BLOCK for side in (height, width))
    images = np.pad(images, ((0, 0), (0, tall - height), (0, wide - width)), mode="edge")
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, tall, wide), np.uint8)
    sheet[:count] = images
    sheet = sheet.reshape(rows, columns, tall, wide).swapaxes(1, 2).reshape(rows * tall, columns * wide)
    return compressed(sheet, SHEET_BYTES, QUALITIES)


def _checked_images(images, name, shape=None):
    """Sheets of images as uint8, (k, rows, columns, height, width); ValueError when they are none."""
    try:
        images = np.asarray(images)
    except ValueError:
        images = np.asarray(None)
    expected = "(k, rows, columns, height, width) or (rows, columns, height, width)"
    if images.dtype == object:
        raise ValueError(f"{name} must have shape {expected}: all images of one size")
    came = images.shape
    if images.ndim in (5, 6) and came[-1] == 1:
        images = images[..., 0]
    if images.ndim == 4:
        images = images[np.newaxis]
    if images.ndim != 5:
        raise ValueError(f"{name} must have shape {expected}, grey images, not {came}")
    if shape is not None and images.shape != shape:
        raise ValueError(f"{name} must have the shape of sheet, {shape}, not {came}")
    count, rows, columns, *sides = images.shape
    if not images.size:
        raise ValueError(f"{name} must not be empty; its shape is {came}")
    if min(sides) < SIDES[0] or max(sides) > SIDES[1]:
        raise ValueError(
            f"{name} must have shape {expected} with images of {SIDES[0]} to {SIDES[1]} pixels a side, "
            f"not {came}"
        )
    if count > MOST_SHEETS:
        raise ValueError(f"{name} must hold at most {MOST_SHEETS} sheets, not {count}")
    if count * rows * columns > MOST_CELLS:
        raise ValueError(
            f"{name} must hold at most {MOST_CELLS} images, not {count * rows * columns}: "
            "take a coarser plane"
        )
    if rows * columns < 2:
        raise ValueError(
            f"{name} must have at least two images on a sheet: there is nowhere to go, shape {came}"
        )
    if images.dtype.kind == "f":
        outside = ~((images >= -1e-6) & (images <= 1 + 1e-6))  # what rounding adds is forgiven
        if outside.any():
            raise ValueError(
                f"{name} of floats must lie in [0, 1]; {images[outside][0]:g} does not "
                "(a generator's images from −1 to 1 are brought there by (images + 1) / 2)"
            )
        return np.round(np.clip(images, 0, 1).astype(np.float32) * 255).astype(np.uint8)
    if images.dtype != np.uint8:
        raise ValueError(f"{name} must be uint8, 0 to 255, or floats from 0 to 1, not {images.dtype}")
    return images


def _checked_distance(distance, shape):
    """Distances (k, rows, columns) as float64, or None; ValueError for others."""
    if distance is None:
        return None
    try:
        distance = np.asarray(distance, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"distance must be numbers of shape {shape}, or None") from None
    came = distance.shape
    if distance.ndim == 2 and shape[0] == 1:
        distance = distance[np.newaxis]
    if distance.shape != shape:
        raise ValueError(f"distance must have shape {shape}, one for each image, not {came}")
    wrong = ~(np.isfinite(distance) & (distance >= 0))
    if wrong.any():
        raise ValueError(f"distance must hold numbers of at least 0; {distance[wrong][0]:g} is none")
    return distance


def _checked_words(words, name):
    if isinstance(words, dict):
        return words
    if not isinstance(words, str) or not words.strip():
        raise ValueError(f"{name} must be words, a message or None, not {words!r}")
    # A text with braces is no sentence with places to fill: it is shown as it is.
    return words if set("{}") & set(words) else message(words)


def _checked_titles(titles, count):
    if titles is None:
        return [message("sheet {number}", number=number + 1) for number in range(count)]
    if isinstance(titles, (str, dict)) or not np.iterable(titles):
        raise ValueError(f"titles must be a list of {count} words, one for each sheet, not {titles!r}")
    titles = list(titles)
    if len(titles) != count:
        raise ValueError(f"titles must be as many as sheets, {count}, not {len(titles)}")
    return [_checked_words(title if isinstance(title, dict) else str(title), "titles") for title in titles]


def _checked_reference(reference, distance):
    if reference is None:
        return None
    if not isinstance(reference, numbers.Real) or isinstance(reference, bool) or not 0 < reference < np.inf:
        raise ValueError(f"reference must be a distance above 0, or None, not {reference!r}")
    if distance is None:
        raise ValueError("reference is compared with distance: give distance, too")
    return float(reference)


def _checked_walk(walk, rows, columns):
    """The walk as [[row, column], …]; along the rim when None."""
    if walk is None:
        top = [(0, column) for column in range(columns)]
        right = [(row, columns - 1) for row in range(1, rows)]
        bottom = [(rows - 1, column) for column in range(columns - 2, -1, -1)] if rows > 1 else []
        left = [(row, 0) for row in range(rows - 2, 0, -1)] if columns > 1 else []
        return [list(place) for place in top + right + bottom + left]
    try:
        places = [[_whole(row), _whole(column)] for row, column in walk]
    except (TypeError, ValueError):
        raise ValueError(f"walk must be a list of places (row, column), or None, not {walk!r}") from None
    if len(places) < 2:
        raise ValueError(f"walk must have at least two places, not {len(places)}")
    for row, column in places:
        if not (0 <= row < rows and 0 <= column < columns):
            raise ValueError(
                f"walk must stay on the sheet, rows 0 to {rows - 1} and columns 0 to {columns - 1}; "
                f"({row}, {column}) does not"
            )
    return places


def _whole(number):
    if not isinstance(number, numbers.Integral) or isinstance(number, bool):
        raise TypeError
    return int(number)


def _checked_place(place, name, count):
    if not isinstance(place, numbers.Integral) or isinstance(place, bool) or not 0 <= place < count:
        raise ValueError(f"{name} must be a whole number, 0 to {count - 1}, not {place!r}")
    return int(place)


def _checked_rate(rate):
    if not isinstance(rate, numbers.Real) or isinstance(rate, bool) or not 0.5 <= rate <= 60:
        raise ValueError(f"rate must be a number of steps a second, 0.5 to 60, not {rate!r}")
    return float(rate)
