"""Static figures: one palette for the whole course, alt text on every figure."""

import io

from imgrec_course.language import message, render

# Okabe & Ito (2008), "Color Universal Design": tells apart for every common kind of colour vision.
POSITIVE = "#0072B2"  # blue: the class that is looked for
NEGATIVE = "#D55E00"  # vermilion: everything else
PRECISION = "#009E73"  # green
RECALL = "#CC79A7"  # purple
F1 = "#56B4E9"  # sky blue
CHANCE = "#7F7F7F"  # grey: baselines, chance, what is only for orientation
PALETTE = (POSITIVE, NEGATIVE, PRECISION, RECALL, "#E69F00", F1, "#F0E442", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # so that colour is never the only carrier

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 80,
    "font.family": "DejaVu Sans",  # comes with matplotlib: figures look alike on every machine
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "lines.linewidth": 2,
}


def subplots(rows=1, columns=1, size=(6.4, 4.0), **arguments):
    """A figure in the course's style and its axes, as from ``matplotlib.pyplot.subplots``.

    size   (width, height) in inches; a notebook page is about 10 inches wide
    """
    import matplotlib
    import matplotlib.pyplot as pyplot
    from cycler import cycler

    matplotlib.rcParams.update(STYLE | {"axes.prop_cycle": cycler(color=PALETTE)})
    return pyplot.subplots(rows, columns, figsize=size, **arguments)


def staircase(axes, recall, precision, **style):
    """Draw a precision–recall curve as steps.

    recall, precision   (m,) each, from the strictest threshold to the loosest
    style               colour, linestyle, label … as for ``axes.step``

    From recall 0 to the first stop the height is the first precision.
    """
    recall, precision = [0, *recall], [precision[0], *precision]
    axes.step(recall, precision, where="pre", **style)


def confusion_matrix(confusion, names, title, size=(6.4, 5.0)):
    """A confusion matrix as a picture: counts in the cells, each row shaded by its own share.

    confusion   (k, k) counts, rows: truth, columns: answer
    names       k names of classes
    returns     figure
    """
    import numpy as np

    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape != (len(names), len(names)):
        raise ValueError(
            f"confusion must have shape ({len(names)}, {len(names)}), one row and one column for each of the "
            f"{len(names)} names, not {confusion.shape}"
        )
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    figure, axes = subplots(size=size)
    axes.grid(False)
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            colour = "white" if shares[row, column] > 0.6 else "black"
            axes.text(column, row, count, ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set(xlabel="answer", ylabel="truth", title=title)
    figure.colorbar(picture, label="share of the row", shrink=0.8)
    return figure


def png(figure):
    """The figure as PNG bytes of at most 64 colours, small enough to live in a notebook."""
    from PIL import Image

    picture = _pixels(figure).quantize(64, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    picture.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def jpeg(figure):
    """The figure as JPEG bytes: smaller where it shows photographs."""
    buffer = io.BytesIO()
    _pixels(figure).save(buffer, format="jpeg", quality=88, optimize=True)
    return buffer.getvalue()


def _pixels(figure):
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi)
    return Image.open(buffer).convert("RGB")


def show(figure, alt, photographs=False):
    """Display a figure under the cell, with a description for those who cannot see it.

    alt           what the figure shows, in a sentence; its Chinese stands in the catalogue
    photographs   the figure shows photographs (stored as JPEG, not PNG)
    """
    import matplotlib.pyplot as pyplot
    from IPython.display import display

    description = render(message(alt))
    kind, data = ("image/jpeg", jpeg(figure)) if photographs else ("image/png", png(figure))
    pyplot.close(figure)
    display(
        {kind: data, "text/plain": description},
        raw=True,
        metadata={kind: {"alt": description}, "imgrec": message(alt)},
    )


def photo_grid(images, titles=None, columns=8, size=1.1, edges=None):
    """Photographs or grey images side by side, each with a short title.

    images   (n, height, width) or (n, height, width, 3) array
    titles   n strings, or None
    edges    n colours for the frames, or None
    returns  figure
    """
    rows = max(1, -(-len(images) // columns))
    extra = 0.28 if titles is not None else 0.0
    figure, axes = subplots(rows, columns, size=(columns * size, rows * (size + extra)), squeeze=False)
    for index, axis in enumerate(axes.flat):
        axis.grid(False)
        axis.set(xticks=[], yticks=[])
        for side in axis.spines.values():
            side.set_visible(False)
        if index >= len(images):
            continue
        axis.imshow(images[index], cmap="gray_r" if images[index].ndim == 2 else None)
        if titles is not None:
            axis.set_title(titles[index], fontsize=8, loc="center")
        if edges is not None:
            for side in axis.spines.values():
                side.set(visible=True, color=edges[index], linewidth=2.5)
    return figure
