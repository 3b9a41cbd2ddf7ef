"""What the explorers share: words in two languages, a picture for where nothing moves, thumbnails.

An explorer sends its arrays to the browser once, as binary buffers; the browser computes and draws.
To write another one, imitate ``threshold/``, or ``game/`` where it plays: a subclass of :class:`Explorer`
with ``WORDS``, ``description()`` and ``figure()``, an ``explorer.js`` that exports ``render``, and a line in
``tests/test_explorers.py``.
"""

import io
import re
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import LANGUAGES, language, message, render

HERE = Path(__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"


def script(folder):
    """The explorer's JavaScript module: base.js, then explorer.js from its folder.

    One text, because a widget's module cannot import a neighbour: in a stored notebook there is none.
    Every explorer of a notebook keeps a copy; without comments and indentation it is a sixth smaller.
    """
    return code_alone(_joined(HERE / "base.js", Path(folder) / "explorer.js"))


def code_alone(text):
    """A JavaScript text without indentation, empty lines, and comments that stand on lines of their own."""
    text = re.sub(r"^ *(//.*|/\*\*[\s\S]*?\*/)$", "", text, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def style(folder):
    """The explorer's style sheet: base.css, then explorer.css from its folder."""
    return _joined(HERE / "base.css", Path(folder) / "explorer.css")


def _joined(*paths):
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


class Explorer(anywidget.AnyWidget):
    """A widget that is drawn in the browser, speaks both languages and always has a picture.

    A subclass defines ``_esm = script(folder)``, ``_css = style(folder)`` and

    WORDS           {name: message}, all words that its JavaScript writes
    description()   message, one sentence for those who cannot see or move the explorer
    figure()        matplotlib figure for where no JavaScript runs: GitHub, print, a terminal
    """

    WORDS = {}  # noqa: RUF012  (a trait would be copied into every widget)

    language = traitlets.Enum(LANGUAGES).tag(sync=True)
    # Both languages travel together: whoever flips ``language`` in a stored notebook has translated it.
    words = traitlets.Dict().tag(sync=True)
    palette = traitlets.Dict().tag(sync=True)

    def __init__(self, words=None, **traits):
        """words   {name: message} of this one widget, in addition to ``WORDS``."""
        everything = self.WORDS | (words or {})
        super().__init__(
            language=traits.pop("language", None) or language(),
            words={
                one: {name: render(content, one) for name, content in everything.items()} for one in LANGUAGES
            },
            palette={
                name: getattr(plots, name.upper())
                for name in ("positive", "negative", "precision", "recall", "f1", "chance")
            },
            **traits,
        )

    def description(self):
        raise NotImplementedError

    def figure(self):
        raise NotImplementedError

    def png(self, figure):
        """The figure as PNG bytes; a subclass may need more colours than 64."""
        return plots.png(figure)

    def __repr__(self):
        return render(self.description(), self.language)

    def _repr_mimebundle_(self, **arguments):
        import matplotlib.pyplot as pyplot

        bundle = super()._repr_mimebundle_(**arguments)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        figure, text = self.figure(), repr(self)
        picture = self.png(figure)
        pyplot.close(figure)
        data = {**data, "image/png": picture, "text/plain": text}
        return data, {**metadata, "image/png": {"alt": text}, "imgrec": self.description()}


def word(text):
    """A word that an explorer's JavaScript writes; its Chinese stands in the catalogue.

    A sentence may hold ``{name}``: it stays as it is, for JavaScript's ``fillIn`` to put a value there.
    """
    return message(text, **{name: f"{{{name}}}" for name in re.findall(r"{(\w+)}", text)})


def sprite(images, size=48, quality=72):
    """All images as small squares in one JPEG, row by row.

    images    (n, height, width) or (n, height, width, 3) uint8 array
    size      pixels of a square's side; a multiple of 16, so that no JPEG block lies in two squares
    returns   (JPEG bytes, squares in a row)
    """
    from PIL import Image

    columns = max(1, int(np.ceil(np.sqrt(len(images)))))
    rows = -(-len(images) // columns)
    mode, white = ("L", 255) if images.ndim == 3 else ("RGB", (255, 255, 255))
    sheet = Image.new(mode, (columns * size, rows * size), white)
    for index, image in enumerate(images):
        picture = Image.fromarray(image)
        scale = size / max(picture.size)
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        row, column = divmod(index, columns)
        sheet.paste(picture, (column * size + (size - width) // 2, row * size + (size - height) // 2))
    buffer = io.BytesIO()
    sheet.save(buffer, format="jpeg", quality=quality, optimize=True)
    return buffer.getvalue(), columns


def compressed(sheet, most, qualities):
    """Many images in one picture: as a PNG, or where that is too large as a JPEG.

    sheet      (height, width) or (height, width, 3) uint8 array
    most       bytes that the picture should have at the most
    qualities  of the JPEG, falling: the first that is small enough is taken, or else the last
    returns    (bytes, "image/png" or "image/jpeg")
    """
    from PIL import Image

    picture = Image.fromarray(sheet)

    def encoded(**settings):
        buffer = io.BytesIO()
        try:
            picture.save(buffer, optimize=True, **settings)
        except OSError:  # Pillow gives an optimised JPEG a byte a pixel; coloured noise needs more
            buffer = io.BytesIO()
            picture.save(buffer, **settings)
        return buffer.getvalue()

    data, kind = encoded(format="png"), "image/png"
    for quality in qualities:
        if len(data) <= most:
            break
        # Colour as fine as light: with halved colour a block would reach into the neighbour.
        data, kind = encoded(format="jpeg", quality=quality, subsampling=0), "image/jpeg"
    return data, kind
