"""What web pages of the course need so that explorers move and formulas are drawn with no kernel, no network.

A page writes ``explorer(output)`` where an explorer's output stands and ``state(notebook)`` once, and loads
``explorers.js`` and MathJax from the folder that ``copy`` filled::

    <script defer src="explorers.js"></script>
    <script defer src="tex-svg.js"></script>
"""

import html
import importlib.resources
import json
import shutil
from pathlib import Path

WEB = Path(__file__).with_name("web")
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

# MathJax as one file: TeX in, SVG out, glyphs included (a version with fonts would fetch them).
MATHJAX = {"es5/tex-svg.js": "tex-svg.js", "LICENSE": "tex-svg.LICENSE.txt"}


def copy(folder):
    """Copy the scripts into a folder, which is made if need be.

    returns   names of the files: explorers.js, tex-svg.js and MathJax's licence
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(WEB / "explorers.js", folder / "explorers.js")
    package = importlib.resources.files("mathjax") / "static" / "mathjax"
    for source, name in MATHJAX.items():
        folder.joinpath(name).write_bytes(package.joinpath(*source.split("/")).read_bytes())
    return ["explorers.js", *MATHJAX.values()]


def explorer(output, picture=None):
    """The HTML of an explorer's stored output: its picture, and the view that takes its place.

    output    a code cell's output whose data hold a widget's view
    picture   address of its picture (default: the stored one, inside the page)
    """
    kind = "image/png"
    stored = output["data"].get(kind)
    if picture is None and stored:
        picture = f"data:{kind};base64,{''.join(stored).replace(chr(10), '')}"
    alt = output.get("metadata", {}).get(kind, {}).get("alt", "".join(output["data"].get("text/plain", "")))
    image = f'<img src="{picture}" alt="{html.escape(alt)}">' if picture else ""
    return f'<div class="explorer">{image}{script(VIEW, output["data"][VIEW])}</div>'


def state(notebook):
    """The HTML that holds the state of a notebook's widgets; empty when it has none."""
    stored = notebook["metadata"].get("widgets", {}).get(STATE)
    return script(STATE, stored) if stored else ""


def script(kind, content):
    """Content as JSON in a script element that no browser runs."""
    # A "<" in it could end the element, or begin a comment that hides its end.
    return f'<script type="{kind}">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>'
