"""A lesson's cells that are marked for it → a lecture: a deck of slides in each language, and its PDF.

``lesson`` says which headers mark a cell. A deck is one page for reveal.js that holds its pictures; the
scripts, which all decks share, stand beside it. What a deck shows of code cells are the outputs stored in the
built notebooks: nothing is executed. Everything opens by a double click, with no network and no server.
"""

import ast
import base64
import contextlib
import html
import importlib.resources
import io
import itertools
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from imgrec_course import contents, plots
from imgrec_course.authoring import web
from imgrec_course.authoring.build import notebook_path
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.language import LANGUAGES, CourseError, message, render, say
from imgrec_course.paths import NOTEBOOKS, ROOT

TEMPLATES = Path(__file__).with_name("slides")
SLIDES = ROOT / "build" / "slides"
WIDTH, HEIGHT = 1280, 720  # pixels of a slide, before it is fitted to the screen
REVEAL = {
    "dist/reveal.js": "reveal.js",
    "dist/reveal.css": "reveal.css",
    "plugin/notes/notes.js": "notes.js",
    "plugin/zoom/zoom.js": "zoom.js",
    "LICENSE": "reveal.LICENSE.txt",
}
TIMING = re.compile(r"\*\*(\d+(?:\.\d+)?)\s*(?:min\.|分钟。)\*\*\s*")
PREDICT = ("**Predict first.**", "**先预测。**")
SCORE = "imgrec_score"  # metadata of a line of the scoreboard
LONG = 14  # lines of code that a slide shows beside an output without being asked
HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}


@dataclass
class Slide:
    """One slide of a deck, as HTML; ``minutes`` is None where the speaker's notes state none."""

    heading: str = ""
    left: list = field(default_factory=list)
    right: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    minutes: float | None = None


def slides(numbers=(), folder=None, pdf=False, lessons=None, notebooks=None):
    """Write the lectures of these lessons (of all that have one when none is given).

    folder     where to (default: build/slides); it becomes one site of index.html, en/, zh/ and assets/
    pdf        whether to print each deck, one page a slide, with the Chromium of this machine
    returns    paths of the decks (and of their PDFs)

    Raises CourseError for a lesson without a lecture, a deck that its languages do not agree on, notebooks
    that are not of the present source, a folder that holds something else, a PDF without Chromium.
    """
    folder = Path(folder or SLIDES)
    check_folder(folder)
    chosen = [read_lesson(path) for path in lesson_paths(numbers, lessons)]
    lectures = [lesson for lesson in chosen if has_lecture(lesson)]
    if numbers and len(lectures) < len(chosen):
        raise CourseError(
            "Lesson {lesson} has no lecture: mark cells with slide= and give each slide its notes "
            "(CONTRIBUTING.md says how).",
            lesson=next(lesson.name for lesson in chosen if not has_lecture(lesson)),
        )
    # All are made before the first is written: a folder holds decks of one release.
    decks = [
        (lesson, {language: read_deck(lesson, language, notebooks) for language in LANGUAGES})
        for lesson in lectures
    ]
    for lesson, editions in decks:
        check_twins(lesson, editions)
    program = chromium() if pdf else None
    written = []
    copy_assets(folder)
    for lesson, editions in decks:
        for language, (deck, state) in editions.items():
            path = folder / language / f"{lesson.name}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(lesson, language, deck, state), encoding="utf-8")
            written.append(path)
        report(lesson, editions["en"][0])
    index = folder / "index.html"
    index.write_text(index_page(folder), encoding="utf-8")
    if pdf:
        written += print_decks(written, program)
        index.write_text(index_page(folder), encoding="utf-8")  # now with the PDFs
    say("Open {page} in a browser; there, S shows the speaker's notes.", page=str(index.resolve()))
    return written


def has_lecture(lesson):
    """Whether a lesson is marked as a lecture: it has notes for the speaker."""
    return any(cell.lecture.get("slide") == "notes" for cell in lesson.everything)


def check_folder(folder):
    """Refuse a folder that holds something else than slides of ours."""
    if folder.is_file():
        raise CourseError("{folder} is a file: name a folder for the slides.", folder=str(folder))
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "assets" / "deck.js").exists():
        raise CourseError(
            "{folder} holds other files: name a new or an empty folder for the slides.", folder=str(folder)
        )


# From cells to slides


def read_deck(lesson, language, notebooks=None):
    """The slides of a lesson in one language and the HTML of its explorers' state."""
    import nbformat

    path = notebook_path(Path(notebooks or NOTEBOOKS), language, "learner", lesson.name)
    due = CourseError(
        "The notebooks of lesson {lesson} are not of its present text: run `imgrec build {number}` first.",
        lesson=lesson.name,
        number=lesson.number,
    )
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise due from error
    built = {cell.id: cell for cell in notebook.cells}
    deck, used = [], False
    for cell in lesson.everything:
        kind = cell.lecture.get("slide")
        if kind is None:
            continue
        if kind in ("slide", "subslide"):
            deck.append(Slide(heading=deck[-1].heading if kind == "subslide" and deck else ""))
        if not deck:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): the first cell that is marked must be a slide.",
                **cell.place,
            )
        text = cell.texts[language, "learner"]
        if kind == "notes":
            add_notes(deck[-1], text)
            continue
        if cell.kind == "markdown":
            heading, body = text_parts(text, cell)
            if heading:
                deck[-1].heading = heading
        else:
            if cell.identifier not in built:
                raise due
            outputs = built[cell.identifier].outputs
            body = code_parts(text, outputs, cell)
            used = used or 'class="explorer"' in body
        if kind == "fragment" and body:
            body = f'<div class="fragment">{body}</div>'
        if body:
            (deck[-1].right if "column" in cell.lecture else deck[-1].left).append(body)
    return deck, web.state(notebook) if used else ""


def add_notes(slide, text):
    """Add what the speaker reads; its first words may be the slide's minutes."""
    timing = TIMING.match(text)
    if timing:
        slide.minutes = (slide.minutes or 0) + float(timing[1])
        text = text[timing.end() :]
    slide.notes.append(markdown().render(text))


def text_parts(text, cell):
    """A text cell's heading and the HTML of the parts that its header takes (all when it names none)."""
    parser = markdown()
    environment = {}
    blocks = top_level_blocks(parser.parse(text, environment))
    wanted = cell.lecture.get("take")
    heading, body = "", []
    for kind, tokens in blocks:
        if wanted is not None and kind not in wanted:
            continue
        shown = parser.renderer.render(tokens, parser.options, environment)
        if kind == "heading" and not heading and not body:
            heading = parser.renderer.renderInline(tokens[1].children, parser.options, environment)
        elif kind == "predict":
            body.append(f'<div class="predict">{shown}</div>')
        else:
            body.append(shown)
    missing = set(wanted or ()) - {kind for kind, _ in blocks}
    if missing:
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): take={part}, but the text has no such part.",
            **cell.place,
            part=", ".join(sorted(missing)),
        )
    return heading, "".join(body)


def top_level_blocks(tokens):
    """[(kind, tokens of one block)], with the kinds of ``lesson.PARTS`` and "quote", "other"."""
    blocks, start, depth = [], 0, 0
    for position, token in enumerate(tokens):
        depth += token.nesting
        if depth:
            continue
        block, start = tokens[start : position + 1], position + 1
        kind = {
            "heading_open": "heading",
            "math_block": "formula",
            "math_block_label": "formula",
            "bullet_list_open": "list",
            "ordered_list_open": "list",
            "table_open": "table",
            "blockquote_open": "quote",
            "paragraph_open": "text",
        }.get(block[0].type, "other")
        if kind == "text" and block[1].content.startswith(PREDICT):
            kind = "predict"
        blocks.append((kind, block))
    return blocks


def markdown():
    """The parser of texts: what Jupyter's Markdown has, formulas kept for MathJax."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def formula(content, options):
        before, after = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
        return before + html.escape(content) + after

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    dollarmath_plugin(parser, allow_labels=False, double_inline=True, renderer=formula)

    # A link to another lesson's notebook or to a file of the course leads nowhere on a slide.
    def link_open(renderer, tokens, index, options, environment):
        outside = tokens[index].attrGet("href").startswith("http")
        return renderer.renderToken(tokens, index, options, environment) if outside else "<a>"

    parser.add_render_rule("link_open", link_open)
    return parser


def code_parts(text, outputs, cell):
    """A code cell's HTML: its code, its stored outputs (all, or those that its header counts), or both."""
    show, counted = cell.lecture.get("show"), cell.lecture.get("outputs")
    if counted and max(counted) > len(outputs):
        raise CourseError(
            "Lesson {lesson}, cell {number} (“{start}”): outputs counts up to {last}, but it has {count}.",
            **cell.place,
            last=max(counted),
            count=len(outputs),
        )
    if counted:
        outputs = [outputs[number - 1] for number in counted]
    shown = [
        scores_html([output.metadata[SCORE] for output in group])
        if scored
        else "".join(output_html(output) for output in group)
        for scored, group in itertools.groupby(outputs, lambda output: SCORE in output.get("metadata", {}))
    ]
    pictures = any("<img" in one for one in shown)
    if show is None:
        # A picture or a long computation speaks through its result; the code is in the notebook.
        show = "output" if pictures or (shown and len(text.splitlines()) > LONG) else "both"
    parts = [] if show == "output" else [code_html(text)]
    return "".join(parts if show == "code" else parts + shown)


def code_html(text):
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(abridged(text), PythonLexer(), HtmlFormatter(cssclass="code"))


def abridged(text):
    """Code as a slide shows it: of a docstring the first line, of functions no checks of their arguments."""
    try:
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except SyntaxError:  # a line of the notebook's own, such as %timeit
        return text
    lines, dropped = text.splitlines(), set()
    for function in functions:
        first = function.body[0]
        if ast.get_docstring(function) and first.end_lineno > first.lineno:
            quotes = lines[first.end_lineno - 1].strip()[-3:]
            lines[first.lineno - 1] += quotes
            dropped.update(range(first.lineno, first.end_lineno))
        for node in function.body:
            if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[0], ast.Raise):
                dropped.update(range(node.lineno - 1, node.end_lineno))
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped)


def output_html(output):
    """A stored output as HTML; a picture keeps the sentence that describes it."""
    data = output.get("data", {})
    if web.VIEW in data:
        return web.explorer(output)
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            alt = output.metadata.get(kind, {}).get("alt", "")
            source = base64.b64encode(trimmed(base64.b64decode("".join(data[kind])))).decode()
            return f'<figure><img src="data:{kind};base64,{source}" alt="{html.escape(alt)}"></figure>'
    text = output.get("text") or data.get("text/plain", "")
    text = "".join(text).rstrip("\n")
    if text.startswith("✓ "):
        return f'<p class="claim">{html.escape(text)}</p>'
    return f'<pre class="output">{html.escape(text)}</pre>' if text else ""


def scores_html(rows):
    """Lines of the scoreboard (see ``scoreboard.record``), which are too long for a slide, as one table."""

    def share(row, name):
        value, (low, high) = row[name], row[f"{name}_interval"]
        return f"{'–' if value is None else f'{value:.3f}'} <small>[{low:.3f}, {high:.3f}]</small>"

    ranked = any("average_precision" in row for row in rows)
    heads = ["P", "R", "F1", *(["AP"] if ranked else [])]
    lines = ["<tr><td></td>" + "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>"]
    for row in rows:
        values = [share(row, "precision"), share(row, "recall"), f"{row['f1']:.3f}"]
        if ranked:
            values.append(f"{row['average_precision']:.3f}" if "average_precision" in row else "–")
        name = f"{html.escape(row['model'])}<br><small>{html.escape(row['data'])}</small>"
        lines.append(
            f'<tr><th scope="row">{name}</th>{"".join(f"<td>{value}</td>" for value in values)}</tr>'
        )
    return f'<table class="scores">{"".join(lines)}</table>'


def trimmed(picture):
    """A PNG's or JPEG's bytes without its white border, where that is wide: what it shows gets larger."""
    from PIL import Image, ImageChops

    image = Image.open(io.BytesIO(picture))
    shown = image.convert("RGB")
    # A JPEG's white is not quite white.
    marks = ImageChops.invert(shown).convert("L").point(lambda value: 255 if value > 12 else 0)
    box = marks.getbbox()
    if box is None or (box[2] - box[0] > 0.92 * image.width and box[3] - box[1] > 0.92 * image.height):
        return picture
    edge = 4
    box = (
        max(0, box[0] - edge),
        max(0, box[1] - edge),
        min(image.width, box[2] + edge),
        min(image.height, box[3] + edge),
    )
    buffer = io.BytesIO()
    options = {"quality": 92} if image.format == "JPEG" else {"optimize": True}
    image.crop(box).save(buffer, format=image.format, **options)
    return buffer.getvalue()


def check_twins(lesson, editions):
    """The decks of both languages agree slide by slide, also in their minutes."""
    counts = {language: [slide.minutes for slide in deck] for language, (deck, _) in editions.items()}
    if counts["en"] != counts["zh"]:
        place = next(
            number
            for number, (one, other) in enumerate(zip(counts["en"], counts["zh"], strict=True), start=1)
            if one != other
        )
        raise CourseError(
            "Lesson {lesson}, slide {number}: its notes state {english} minutes in English and {chinese} in "
            "Chinese.",
            lesson=lesson.name,
            number=place,
            english=str(counts["en"][place - 1]),
            chinese=str(counts["zh"][place - 1]),
        )


def total_minutes(deck):
    return sum(slide.minutes or 0 for slide in deck)


def report(lesson, deck):
    """One line about a deck on the terminal."""
    silent = [str(number) for number, slide in enumerate(deck, start=1) if slide.minutes is None]
    say(
        "{lesson}: {count} slides, {minutes} minutes",
        lesson=lesson.name,
        count=len(deck),
        minutes=f"{total_minutes(deck):g}",
    )
    if silent:
        say("  slides whose notes state no minutes: {numbers}", numbers=", ".join(silent))


# From slides to pages


def words(language):
    """What the pages say of themselves."""
    return {
        "course": render(message("Image Recognition, Precise and Complete"), language),
        "other": {"en": "中文", "zh": "English"}[language],
        "switch": {"en": "这张幻灯片的中文版", "zh": "This slide in English"}[language],
    }


def fill_in(name, values):
    """A template with its ``{{names}}`` replaced."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    # In one pass: a value that holds braces is left as it is.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(values[match[1]]), text)


def page(lesson, language, deck, state):
    """The page of a deck."""
    said = words(language)
    passed, sections = 0, []
    for number, slide in enumerate(deck, start=1):
        passed += slide.minutes or 0
        sections.append(section(lesson, language, deck, number, passed))
    return fill_in(
        "deck.html",
        {
            "language": HTML_LANGUAGE[language],
            "title": f"{lesson.number} {title_of(lesson, deck)} – {html.escape(said['course'])}",
            "description": html.escape(said["course"]),
            "minutes": f"{total_minutes(deck):g}",
            "seconds": round(60 * total_minutes(deck)),
            "sections": "\n".join(sections),
            "state": state,
        },
    )


def title_of(lesson, deck):
    """The lesson's title without its number, as HTML text."""
    return re.sub(r"<[^>]+>", "", deck[0].heading).removeprefix(f"{lesson.number} · ")


def section(lesson, language, deck, number, passed):
    """One slide as HTML: heading, one column or two, a line at the foot, notes."""
    slide, said = deck[number - 1], words(language)
    first = number == 1
    parts = {one["name"]: part[language] for part in contents.syllabus() for one in part["lesson"]}
    part = parts.get(lesson.name, "")
    body = "".join(slide.left)
    if slide.right:
        body = "".join(f'<div class="column">{"".join(one)}</div>' for one in (slide.left, slide.right))
    body = f'<div class="body{" columns" if slide.right else ""}">{body}</div>'
    level = "h1" if first else "h2"
    title = title_of(lesson, deck)
    heading, above, below = slide.heading, "", ""
    if first:
        heading = title
        above = f'<p class="course">{html.escape(said["course"])}</p><p class="number">{lesson.number}</p>'
        below = f'<p class="part">{html.escape(part)}</p>'
    other = "zh" if language == "en" else "en"
    remaining = total_minutes(deck) - passed
    timing = render(
        message(
            "{minutes} min; when this slide ends, {passed} min have passed and {remaining} remain",
            minutes=f"{slide.minutes or 0:g}",
            passed=f"{passed:g}",
            remaining=f"{remaining:g}",
        ),
        language,
    )
    kinds = [name for name, holds in (("title", first), ("stage", 'class="explorer"' in body)) if holds]
    return f"""<section data-timing="{round(60 * (slide.minutes or 0))}" class="{" ".join(kinds)}">
<div class="page">
{above}<{level}>{heading}</{level}>{below}
{body}
<footer><span>{html.escape(said["course"])} <i>{lesson.number} {title}</i></span>
<span><a href="../{other}/{lesson.name}.html#/{number - 1}" lang="{HTML_LANGUAGE[other]}" \
title="{said["switch"]}">{said["other"]}</a> <b>{number} / {len(deck)}</b></span></footer>
</div>
<aside class="notes"><p><b>{timing}</b></p>{"".join(slide.notes)}</aside>
</section>"""


def index_page(folder):
    """The page that lists all decks of a folder, in both languages."""
    rows = []
    for part in contents.syllabus():
        for lesson in part["lesson"]:
            path = folder / "en" / f"{lesson['name']}.html"
            if not path.exists():
                continue
            text = path.read_text(encoding="utf-8")
            minutes = re.search(r'name="minutes" content="([\d.]+)"', text)[1]
            links = " ".join(
                f'<td lang="{HTML_LANGUAGE[language]}"><a href="{language}/{lesson["name"]}.html">'
                f"{html.escape(lesson[language][0])}</a>{pdf_link(folder, language, lesson)}</td>"
                for language in LANGUAGES
            )
            rows.append(f"<tr><td>{lesson['name'][:2]}</td>{links}<td>{minutes}</td></tr>")
    return fill_in("index.html", {"rows": "\n".join(rows)})


def pdf_link(folder, language, lesson):
    """A link to a deck's PDF, where there is one that is not of an older deck."""
    deck = folder / language / f"{lesson['name']}.html"
    printed = deck.with_suffix(".pdf")
    if not printed.exists() or printed.stat().st_mtime < deck.stat().st_mtime:
        return ""
    title = html.escape(lesson[language][0])
    return f' <a href="{language}/{printed.name}" aria-label="PDF: {title}">PDF</a>'


def copy_assets(folder):
    """What the decks share: reveal.js, MathJax, the explorers' host, our own style and script."""
    assets = folder / "assets"
    web.copy(assets)
    package = importlib.resources.files("sphinx_revealjs") / "_static" / "revealjs"
    for source, name in REVEAL.items():
        assets.joinpath(name).write_bytes(package.joinpath(*source.split("/")).read_bytes())
    names = ("positive", "negative", "precision", "recall")
    colours = {name: getattr(plots, name.upper()) for name in names}
    (assets / "deck.css").write_text(fill_in("deck.css", colours), encoding="utf-8")
    shutil.copyfile(TEMPLATES / "deck.js", assets / "deck.js")


# From pages to PDF


def chromium():
    """The path of Chromium or Chrome on this machine: $IMGREC_CHROMIUM, the system's, playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    for name in (os.environ.get("IMGREC_CHROMIUM"), *names):
        path = name and shutil.which(name)
        if path:
            return path
    with contextlib.suppress(ImportError):
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            own = playwright.chromium.executable_path
        if Path(own).exists():
            return own
    raise CourseError(
        "There is no Chromium to print the slides with: install Chromium or Chrome, or name it in the "
        "variable IMGREC_CHROMIUM; the decks themselves need none (leave out --pdf)."
    )


def print_decks(decks, program):
    """Print each deck to a PDF beside it, one page a slide; returns their paths."""
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    printed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", *sandbox])
        try:
            for deck in decks:
                sheet = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
                # As on the screen: a sheet of paper would show the explorers' pictures, in English.
                sheet.emulate_media(media="screen")
                sheet.goto(f"{deck.resolve().as_uri()}?print-pdf")
                sheet.wait_for_selector("html[data-printable]", state="attached")
                path = deck.with_suffix(".pdf")
                sheet.pdf(
                    path=path, width=f"{WIDTH}px", height=f"{HEIGHT}px", print_background=True, tagged=True
                )
                sheet.close()
                printed.append(path)
        finally:
            browser.close()
    return printed
