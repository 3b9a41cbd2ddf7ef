"""KernelExplorer: an image and a kernel in, everything else in explorer.js."""

import io
import numbers
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import message
from imgrec_course.widgets.base import Explorer, script, style, word

HERE = Path(__file__).parent
VERTICAL_EDGES = ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
MODES = {
    "convolution": word("kernel (cross-correlation)"),
    "max": word("max pooling"),
    "average": word("average pooling"),
}
LARGEST_KERNEL = 5  # numbers a side; more are not legible
LARGEST_WEIGHT = 100
LARGEST_IMAGE = 96  # pixels a side; more are not seen one by one
LARGEST_STEP = 8  # of stride, padding and dilation


class _Checked(traitlets.TraitType):
    """A trait that a function checks: it returns the value to keep, or raises ValueError."""

    def __init__(self, check, default=None):
        super().__init__(default)
        self.check = check

    def validate(self, owner, value):
        return self.check(value, self.name)


class KernelExplorer(Explorer):
    """Step a kernel over an image; see the products, their sum, and the feature map grow.

    image      (height, width) numbers from 0 (black) to 255 (white), at most 96 pixels a side
    kernel     (size, size) numbers from −100 to 100, size 1 to 5; vertical edges when None
    stride     pixels from one window to the next, 1 to 8
    padding    rings of zeros around the image, 0 to 8
    dilation   pixels from one number of the kernel to the next, 1 to 8
    mode       "convolution": sum of window × kernel, not flipped, as networks compute it (cross-correlation);
               "max", "average": pooling with a window of the kernel's size (zeros of the padding count)
    position   the window to begin with, counted in reading order from 0; None: in the middle

    ``explorer.kernel`` and the other settings follow what the learner does, and may be set from Python.
    Raises ValueError for arguments that do not fit, or that leave no window inside the padded image.
    """

    _esm = script(HERE)
    _css = style(HERE)

    WORDS = {  # noqa: RUF012
        **MODES,
        "mode": word("operation"),
        "preset": word("example kernel"),
        "edge_vertical": word("vertical edges"),
        "edge_horizontal": word("horizontal edges"),
        "blur": word("blur"),
        "sharpen": word("sharpen"),
        "emboss": word("emboss"),
        "identity": word("identity"),
        "own": word("your own"),
        "size": word("size k"),
        "stride": word("stride s"),
        "padding": word("padding p"),
        "dilation": word("dilation d"),
        "reset": word("Reset"),
        "image": word("Image"),
        "padded": word("padded"),
        "feature_map": word("Feature map"),
        "play": word("Play"),
        "pause": word("Pause"),
        "back": word("Back"),
        "step": word("Step"),
        "fill": word("Fill all"),
        "restart": word("Start over"),
        "speed": word("speed"),
        "a_second": word("{count} a second"),
        "window": word("window"),
        "window_of": word("window {number} of {count}"),
        "under": word("Window pixels"),
        "kernel": word("Kernel (type in it)"),
        "unused": word("Kernel (not used)"),
        "products": word("Products"),
        "kernel_cell": word("kernel, row {row}, column {column}"),
        "sum": word("sum of the products"),
        "largest": word("the largest"),
        "mean": word("mean: {sum} ÷ {count}"),
        "rounded": word("Shown rounded; computed with the exact numbers."),
        "height": word("height"),
        "width": word("width"),
        "grey_legend": word("black 0, white 255"),
        "hint": word("Point, click or drag in either picture; after a click, arrow keys work too."),
        "ring_legend": word("outside the dashed line: padding, zeros"),
        "negative_legend": word("dashes: below 0"),
        "left_over": word(
            "Hatched, read by no window: the stride does not divide. "
            "Rows left over at the bottom: {rows}; columns on the right: {columns}."
        ),
        "only_padding": word("All of it is padding: no pixel of the image is lost."),
        "skipped": word("Hatched, read by no window: rows and columns that the stride jumps over."),
        "pooled_padding": word(
            'The zeros of the padding count here. With padding="same" Keras\'s pooling leaves them out.'
        ),
        "no_window": word(
            "No window fits: the kernel spans d(k − 1) + 1 = {span} pixels, the padded image is only "
            "{height} × {width}. Choose a smaller kernel or dilation, or more padding."
        ),
        "not_a_number": word("“{text}” is not a number (such as −1, 0.5 or 1/9): this place keeps {value}."),
        "too_large": word("{text} is too large: this place keeps {value}. Numbers go from −100 to 100."),
        "image_said": word(
            "Image, {height} × {width} pixels; the window touches rows {rows} and columns {columns}"
        ),
        "map_said": word("Feature map, {height} × {width}. Arrow keys move the window. {result}"),
    }

    pixels = traitlets.Bytes().tag(sync=True)  # uint8 where all are whole numbers, else float64
    height = traitlets.Int().tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what “Reset” goes back to

    kernel = _Checked(lambda value, name: _checked_kernel(value)).tag(
        sync=True, to_json=lambda kernel, _: kernel.tolist(), from_json=lambda rows, _: rows
    )
    stride = _Checked(lambda value, name: _checked_step(value, name, 1), 1).tag(sync=True)
    padding = _Checked(lambda value, name: _checked_step(value, name, 0), 0).tag(sync=True)
    dilation = _Checked(lambda value, name: _checked_step(value, name, 1), 1).tag(sync=True)
    mode = _Checked(lambda value, name: _checked_mode(value), "convolution").tag(sync=True)
    # Which window, and how many cells of the feature map are filled; both in reading order.
    position = _Checked(lambda value, name: _checked_whole(value, name, 0), 0).tag(sync=True)
    filled = _Checked(lambda value, name: _checked_whole(value, name, 0), 0).tag(sync=True)

    def __init__(
        self, image, kernel=None, stride=1, padding=0, dilation=1, mode="convolution", position=None, **traits
    ):
        self._image = _checked_image(image)
        settings = {
            "kernel": _checked_kernel(VERTICAL_EDGES if kernel is None else kernel),
            "stride": _checked_step(stride, "stride", 1),
            "padding": _checked_step(padding, "padding", 0),
            "dilation": _checked_step(dilation, "dilation", 1),
            "mode": _checked_mode(mode),
        }
        height, width = self._image.shape
        span = settings["dilation"] * (len(settings["kernel"]) - 1) + 1
        if span > min(height, width) + 2 * settings["padding"]:
            raise ValueError(
                f"kernel must fit into the padded image, {height + 2 * padding} × {width + 2 * padding}; "
                f"with size {len(settings['kernel'])} and dilation {dilation} it spans {span} pixels"
            )
        rows, columns = ((side + 2 * padding - span) // stride + 1 for side in (height, width))
        if position is None:
            position = rows // 2 * columns + columns // 2
        elif _checked_whole(position, "position", 0) >= rows * columns:
            raise ValueError(f"position must be less than the {rows * columns} windows, not {position}")
        whole = np.array_equal(self._image, np.round(self._image))
        super().__init__(
            pixels=self._image.astype(np.uint8 if whole else np.float64).tobytes(),
            height=height,
            width=width,
            position=position,
            filled=traits.pop("filled", position + 1),
            start=settings | {"kernel": settings["kernel"].tolist(), "position": int(position)},
            **settings,
            **traits,
        )

    def map_shape(self):
        """(height, width) of the feature map at the present settings; 0 where no window fits."""
        span = self.dilation * (len(self.kernel) - 1) + 1
        return tuple(
            max(0, (side + 2 * self.padding - span) // self.stride + 1) for side in self._image.shape
        )

    def feature_map(self):
        """The whole feature map at the present settings, (map height, map width) float64."""
        size, dilation = len(self.kernel), self.dilation
        span = dilation * (size - 1) + 1
        if 0 in self.map_shape():
            return np.zeros(self.map_shape())
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(self._image, self.padding), (span, span))
        # (map height, map width, size, size)
        windows = windows[:: self.stride, :: self.stride, ::dilation, ::dilation]
        if self.mode == "max":
            return windows.max(axis=(2, 3))
        if self.mode == "average":
            return windows.mean(axis=(2, 3))
        return np.einsum("rcij,ij->rc", windows, self.kernel)

    def description(self):
        (height, width), size = self._image.shape, len(self.kernel)
        rows, columns = self.map_shape()
        return message(
            "Kernel explorer: {mode}, size {size} × {size}, stride {stride}, padding {padding}, "
            "dilation {dilation}, over an image of {height} × {width} pixels; "
            "the feature map has {rows} × {columns}. It moves in JupyterLab.",
            mode=MODES[self.mode],
            size=size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            height=height,
            width=width,
            rows=rows,
            columns=columns,
        )

    def figure(self):
        from matplotlib.patches import Rectangle

        figure, (left, middle, right) = plots.subplots(
            1, 3, size=(8.4, 3.0), gridspec_kw={"width_ratios": (4, 2.4, 4)}
        )
        for axes in (left, middle, right):
            axes.grid(False)
            axes.set(xticks=[], yticks=[])
        size, padding, dilation = len(self.kernel), self.padding, self.dilation
        padded, values = np.pad(self._image, padding), self.feature_map()
        left.imshow(padded, cmap="gray", vmin=0, vmax=255)
        left.set_title(f"Image, {self.height} × {self.width}" + (f", padding {padding}" if padding else ""))
        middle.set(xlim=(-0.05, size + 0.05), ylim=(size + 0.05, -0.05), aspect="equal")
        for side in middle.spines.values():
            side.set_visible(False)
        for (row, column), weight in np.ndenumerate(self.kernel):
            middle.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor="black"))
            if self.mode == "convolution":
                middle.text(
                    column + 0.5, row + 0.5, f"{weight:.3g}", ha="center", va="center",
                    fontsize=11 - size,
                )  # fmt: skip
        pooling = {"max": "Window: the largest", "average": "Window: the mean"}
        middle.set_title(pooling.get(self.mode, "Kernel"))
        if not values.size:
            right.set_title("Feature map: no window fits")
            return figure
        colours, lowest, highest = _scale(values, self.kernel, self.mode)
        picture = right.imshow(values, cmap=colours, vmin=lowest, vmax=highest)
        right.set_title("Feature map, {} × {}".format(*values.shape))
        figure.colorbar(picture, shrink=0.8)
        row, column = divmod(min(self.position, values.size - 1), values.shape[1])
        span = dilation * (size - 1) + 1
        corner = column * self.stride - 0.5, row * self.stride - 0.5
        for axes, place, side in ((left, corner, span), (right, (column - 0.5, row - 0.5), 1)):
            for edge, thickness in (("black", 4), ("#F0E442", 2)):
                axes.add_patch(Rectangle(place, side, side, fill=False, edgecolor=edge, linewidth=thickness))
        return figure

    def png(self, figure):
        # With 64 colours the greys of the image would take those of the scale: blue becomes grey.
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=figure.dpi, metadata={"Software": None})
        return buffer.getvalue()


def _scale(values, kernel, mode):
    """(colour map, lowest, highest) for a feature map, as in the browser."""
    from matplotlib.colors import LinearSegmentedColormap

    if mode != "convolution":
        return "gray", 0, 255
    if (kernel >= 0).all():
        return "gray", 0, 255 * kernel.sum() or 1
    most = np.abs(values).max() or 1
    signed = LinearSegmentedColormap.from_list("signed", (plots.NEGATIVE, "white", plots.POSITIVE))
    return signed, -most, most


def _numbers(values, name, expected):
    """The argument as a float64 array; ValueError when it holds anything but finite real numbers."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "uif":
        raise ValueError(f"{name} must be {expected}, not {str(values)[:60]!r}")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers; {array[~np.isfinite(array)][0]} is none")
    return array


def _checked_image(image):
    image = _numbers(image, "image", "an array of numbers from 0 to 255")
    if image.ndim != 2 or not image.size:
        raise ValueError(f"image must have shape (height, width), grey and not empty, not {image.shape}")
    if max(image.shape) > LARGEST_IMAGE:
        raise ValueError(
            f"image must have at most {LARGEST_IMAGE} pixels a side, not {image.shape}: "
            "shrink it or show a part"
        )
    if image.min() < 0 or image.max() > 255:
        wrong = image.min() if image.min() < 0 else image.max()
        raise ValueError(f"image must hold numbers from 0 to 255; {wrong:g} is outside")
    if 0 < image.max() <= 1:
        raise ValueError(
            f"image must hold numbers from 0 (black) to 255 (white); the largest here is {image.max():g}: "
            "multiply it by 255"
        )
    return image


def _checked_kernel(kernel):
    kernel = _numbers(kernel, "kernel", "a square array of numbers")
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or not 1 <= len(kernel) <= LARGEST_KERNEL:
        raise ValueError(
            f"kernel must have shape (size, size) with size 1 to {LARGEST_KERNEL}, not {kernel.shape}"
        )
    if np.abs(kernel).max() > LARGEST_WEIGHT:
        wrong = kernel.flat[np.abs(kernel).argmax()]
        raise ValueError(
            f"kernel must hold numbers from −{LARGEST_WEIGHT} to {LARGEST_WEIGHT}; {wrong:g} is outside"
        )
    kernel.setflags(write=False)  # explorer.kernel[0, 0] = 1 would not reach the browser
    return kernel


def _checked_whole(value, name, least, most=None):
    upper = "" if most is None else f" to {most}"
    if (
        not isinstance(value, numbers.Integral)
        or isinstance(value, bool)
        or value < least
        or (most is not None and value > most)
    ):
        raise ValueError(f"{name} must be a whole number, {least}{upper or ' or more'}, not {value!r}")
    return int(value)


def _checked_step(value, name, least):
    return _checked_whole(value, name, least, LARGEST_STEP)


def _checked_mode(mode):
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, not {mode!r}")
    return mode
