"""``- [@key]`` in a lesson's text → the work that lessons/references.bib holds under that key.

A remark may follow the key, in the language of the cell: ``- [@goodfellow2016deep, chapters 6 and 9]``.
"""

import functools
import re

from imgrec_course.language import CourseError

FILE = "references.bib"
CITATION = re.compile(r"^- \[@(?P<key>[^],，\n]*)(?:[,，]\s*(?P<remark>.*))?\]$", re.MULTILINE)
# An edition; what joins it and a remark to the title; what ends the two.
WORDS = {"en": ("{} edition", ", ", ". "), "zh": ("第 {} 版", "，", "。")}


def expand(text, language, folder, place):
    """The text with each line ``- [@key]`` replaced by the work, formatted in Markdown.

    folder   where references.bib lies
    place    {"lesson": …, "number": …, "start": …} of the cell, for the error
    Raises CourseError for a key that is not in the file.
    """

    def work(match):
        works = bibliography(folder)
        if match["key"] not in works:
            raise CourseError(
                "Lesson {lesson}, cell {number} (“{start}”): {file} has no work {key}.",
                **place,
                file=FILE,
                key=match["key"],
            )
        return f"- {formatted(works[match['key']], language, match['remark'])}"

    return CITATION.sub(work, text)


@functools.cache
def bibliography(folder):
    """{key: pybtex's Entry} of the references.bib in this folder, in its order."""
    from pybtex.database import parse_file
    from pybtex.exceptions import PybtexError

    try:
        return parse_file(folder / FILE, "bibtex", encoding="utf-8").entries
    except (OSError, PybtexError) as error:
        raise CourseError("{file} cannot be read: {reason}.", file=FILE, reason=str(error)) from error


def formatted(entry, language="en", remark=None):
    """One work: authors (year). Title, remark. *Where it appeared* volume(number), pages. Identifier."""
    field = {name: plain(value) for name, value in entry.fields.items()}
    edition, comma, stop = WORDS[language]
    title = [f"*{field['title']}*" if entry.type == "book" else field["title"]]
    if "edition" in field:
        title.append(
            edition.format(field["edition"] if language == "en" else field["edition"].rstrip("dhnrst"))
        )
    if remark:
        title.append(remark)
    if len(title) == 1:
        stop = " " if title[0].endswith(("?", "!")) else ". "
    authors = ", ".join(short_name(person) for person in entry.persons["author"])
    rest = [appeared(field), field.get("publisher"), found(entry.fields)]
    rest = " ".join(f"{part}." for part in rest if part)
    return f"{authors} ({field['year']}). {comma.join(title)}{stop}{rest}"


def appeared(field):
    """*Journal or proceedings*, series volume(number), pages; None when there is neither."""
    where = field.get("journal", field.get("booktitle"))
    if where is None:
        return None
    text = f"*{where}*" + (f", {field['series']}" if "series" in field else "")
    text += f" {field['volume']}" if "volume" in field else ""
    text += f"({field['number']})" if "number" in field else ""
    return text + (f", {field['pages']}" if "pages" in field else "")


def found(field):
    """Where to find the work: arXiv, where all may read it, or else its DOI, or else an address."""
    if "eprint" in field:
        return f"arXiv:{field['eprint']}"
    return f"doi:{field['doi']}" if "doi" in field else field.get("url")


def short_name(person):
    """Initials and family name: T.-Y. Lin, B. van Merriënboer."""
    from pybtex.textutils import abbreviate

    given = [abbreviate(plain(name)) for name in (*person.first_names, *person.middle_names)]
    family = [plain(name) for name in (*person.prelast_names, *person.last_names)]
    return " ".join(given + family)


def plain(value):
    """A field's text without BibTeX's braces and escapes."""
    from pybtex.richtext import Text

    return str(Text.from_latex(value))  # not render_as("text"), which searches all of .venv for its backend
