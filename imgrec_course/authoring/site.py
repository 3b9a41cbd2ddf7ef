"""The web edition: pages of both languages from the executed notebooks, made by Sphinx; nothing is executed.

A page is the learner's notebook with each exercise's solution folded under it and its explorers moving. What
Sphinx reads is put together in a temporary folder: ``site/`` (configuration, templates, the contents page's
text), the notebooks as pages, the scripts of ``web``.
"""

import copy
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from imgrec_course import contents
from imgrec_course.authoring import web
from imgrec_course.authoring.build import notebook_path
from imgrec_course.language import LANGUAGES, CourseError, message, render
from imgrec_course.paths import NOTEBOOKS, ROOT

SOURCE = ROOT / "site"
FOLDER = ROOT / "build" / "site"
MARK = ".imgrec-site"  # a folder that holds it was written here and may be written anew
SPHINX = {"en": "en", "zh": "zh_CN"}
COURSE = message("Image Recognition, Precise and Complete")
SOLUTION = message("Solution")


def site(folder=None, notebooks=None, parts=None):
    """Make the web edition.

    folder      where it goes (default: build/site); it must be new, empty, or a site made earlier
    notebooks   folder of the executed notebooks (default: the course's)
    parts       the course's parts as ``contents.syllabus`` gives them (default: the course's)
    returns     path of the page that chooses a language

    Raises CourseError when the folder holds something else, a notebook is missing, or Sphinx complains.
    """
    folder, notebooks = Path(folder or FOLDER), Path(notebooks or NOTEBOOKS)
    parts = contents.syllabus() if parts is None else parts
    require_ours(folder)
    lessons = [lesson["name"] for part in parts for lesson in part["lesson"]]
    for chosen in LANGUAGES:
        for name in lessons:
            for edition in ("learner", "solutions"):
                require_notebook(notebook_path(notebooks, chosen, edition, name))
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        for chosen in LANGUAGES:
            assemble(temporary / "source" / chosen, notebooks, parts, chosen)
        run_sphinx(temporary)
        return publish(temporary / "site", folder)


def require_ours(folder):
    """Raise CourseError unless the folder may be written: absent, empty, or a site of ours."""
    if folder.is_dir():
        if not any(folder.iterdir()) or (folder / MARK).is_file():
            return
    elif not os.path.lexists(folder):
        return
    raise CourseError(
        "{folder} holds something other than a site made by `imgrec site`, and nothing was changed there: "
        "name an empty or a new folder with --folder.",
        folder=str(folder),
    )


def require_notebook(path):
    if not path.is_file():
        raise CourseError(
            "There is no notebook {path}: `imgrec build {number}` makes it.",
            path=str(path),
            number=path.stem[:2],
        )


def assemble(source, notebooks, parts, chosen):
    """Put together in a folder what Sphinx reads for one language."""
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("pages", "index.html", "__pycache__"))
    web.copy(source / "static")
    downloads = source / "extra" / "notebooks"
    downloads.mkdir(parents=True)
    opening = (SOURCE / "pages" / f"index.{chosen}.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(contents_page(opening, parts, chosen), encoding="utf-8")
    (source / "glossary.txt").write_text("\n".join(glossary(notebooks, parts)), encoding="utf-8")
    for part in parts:
        for lesson in part["lesson"]:
            learner, solved = (
                notebook_path(notebooks, chosen, edition, lesson["name"])
                for edition in ("learner", "solutions")
            )
            write_page(source / learner.name, learner, solved, lesson[chosen][1], chosen)
            shutil.copyfile(learner, downloads / learner.name)


def contents_page(opening, parts, chosen):
    """The MyST text of the first page: its opening, then each part with its lessons."""
    heads = [render(head, chosen) for head in ("", contents.LESSON, contents.MINUTES, contents.SUBJECT)]
    lines = ["---", "html_theme.sidebar_secondary.remove: true", "---", "", opening]
    for part in parts:
        lines += [f"## {part[chosen]}", "", row(heads), row(["---"] * 4)]
        for lesson in part["lesson"]:
            title, subject = lesson[chosen]
            link = f"[{title}]({lesson['name']}.ipynb)"
            lines.append(row([lesson["name"][:2], link, str(lesson["minutes"]), subject]))
        names = [lesson["name"] for lesson in part["lesson"]]
        lines += ["", "```{toctree}", f":caption: {part[chosen]}", ":hidden:", "", *names, "```", ""]
    return "\n".join(lines)


def glossary(notebooks, parts):
    """Chinese terms for the search, which must not cut them in two: those of lesson 00's table, and what the
    lessons print in bold, as they do with a term where it is introduced."""
    import nbformat

    terms = set()
    for part in parts:
        for lesson in part["lesson"]:
            notebook = nbformat.read(notebook_path(notebooks, "zh", "learner", lesson["name"]), as_version=4)
            for cell in notebook.cells:
                if cell.source.startswith("| English | 中文 |"):
                    for line in cell.source.splitlines()[2:]:
                        terms.update(re.findall(r"[\u4e00-\u9fff]{2,8}", line.split("|")[2]))
                elif cell.cell_type == "markdown":
                    terms.update(re.findall(r"\*\*([\u4e00-\u9fff]{2,8})\*\*", cell.source))
    return sorted(terms)


def row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write_page(path, learner, solved, subject, chosen):
    """Write a lesson's notebook as Sphinx reads it: solutions folded, explorers and alternative texts in."""
    import nbformat

    notebook, solutions = (nbformat.read(one, as_version=4) for one in (learner, solved))
    answers = {cell.id: cell.source for cell in solutions.cells}
    cells = []
    explorers = 0
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            cell.source = linked(cell.source)
            continue
        explorers += show_outputs(cell)
        if "exercise" in cell.metadata.get("tags", []):
            cells.append(folded(answers[cell.id], cell.id, chosen))
    if explorers:
        cells.append(raw(web.state(notebook), "widget-state"))
    notebook.cells = cells
    notebook.metadata = {
        "kernelspec": notebook.metadata.kernelspec,
        "language_info": notebook.metadata.language_info,
        "notebook": path.name,
        "myst": {"html_meta": {"description": subject}},
    }
    nbformat.write(notebook, path)


# Written out in the lessons' references: what it looks like, where it leads.
ADDRESSES = (
    (r"(?<![\w(<`])https?://[^\s<>()`，。；、]*[\w/]", r"<\g<0>>"),
    (r"(?<![\w/`])doi:(10\.\d+/[^\s<>`，。；、]*\w)", r"[\g<0>](https://doi.org/\1)"),
    (r"(?<![\w/`])arXiv:(\d{4}\.\d{4,5})", r"[\g<0>](https://arxiv.org/abs/\1)"),
)


def linked(text):
    """A text whose lists, such as the references, have links where an address is written out."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.lstrip().startswith("- "):
            for pattern, link in ADDRESSES:
                line = re.sub(pattern, link, line)
            lines[place] = line
    return "\n".join(lines)


def show_outputs(cell):
    """Make a cell's outputs what the page shows; returns how many explorers are among them."""
    from nbformat import v4

    outputs, explorers = [], 0
    for output in map(copy.deepcopy, cell.outputs):
        data = output.get("data", {})
        if web.VIEW in data:
            explorers += 1
            outputs.append(v4.new_output("display_data", {"text/html": web.explorer(output)}))
            continue
        text = output.text if output.output_type == "stream" else None
        if list(data) == ["text/plain"]:
            text = data["text/plain"] + "\n"
        if text is None:
            outputs.append(output)
            for kind in ("image/png", "image/jpeg"):
                if kind in data:
                    cell.metadata.setdefault("mystnb", {})["image"] = {"alt": output.metadata[kind]["alt"]}
        # Sentences that follow one another stand in one block, as they do in JupyterLab.
        elif outputs and outputs[-1].output_type == "stream":
            outputs[-1].text += text
        else:
            outputs.append(v4.new_output("stream", name="stdout", text=text))
    cell.outputs = outputs
    return explorers


def folded(answer, identifier, chosen):
    """A text cell with an exercise's solution, closed until it is asked for."""
    from nbformat import v4

    longest = max((len(run) for run in re.findall("`+", answer)), default=0)
    fence = "`" * max(3, longest + 1)
    text = (
        f'<details class="solution">\n<summary>{render(SOLUTION, chosen)}</summary>\n\n'
        f"{fence}python\n{answer}\n{fence}\n\n</details>"
    )
    return v4.new_markdown_cell(text, id=f"solution-{identifier}")


def raw(text, identifier):
    from nbformat import v4

    return v4.new_raw_cell(text, id=identifier, metadata={"raw_mimetype": "text/html", "format": "text/html"})


def run_sphinx(temporary):
    """Make the pages of all languages side by side; every warning is an error."""
    processes = {}
    for chosen in LANGUAGES:
        arguments = [
            *("-b", "html", "-W", "--keep-going", "-q"),
            *("-d", str(temporary / "doctrees" / chosen)),
            *("-D", f"language={SPHINX[chosen]}"),
            *("-D", f"html_title={render(COURSE, chosen)}"),
            str(temporary / "source" / chosen),
            str(temporary / "site" / chosen),
        ]
        processes[chosen] = subprocess.Popen(
            [sys.executable, "-m", "sphinx", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    said = {chosen: process.communicate()[0] for chosen, process in processes.items()}
    for chosen, process in processes.items():
        if process.returncode:
            print(said[chosen], file=sys.stderr)
            raise CourseError(
                "The pages in {folder} were not made: see Sphinx's warnings above.", folder=chosen
            )


def publish(made, folder):
    """Move the finished pages into their folder; returns the path of the first one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `imgrec site`, which may replace all of this.\n", encoding="utf-8")
    for chosen in LANGUAGES:
        shutil.rmtree(folder / chosen, ignore_errors=True)
        # Left out: the theme's maps for debuggers (a tenth of all), an empty folder of sources.
        shutil.copytree(made / chosen, folder / chosen, ignore=shutil.ignore_patterns("*.map", "_sources"))
    shutil.copyfile(SOURCE / "index.html", folder / "index.html")
    # GitHub Pages would leave out folders whose names begin with "_".
    (folder / ".nojekyll").touch()
    return folder / "index.html"
