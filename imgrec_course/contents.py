"""The contents page of a working copy: which lessons there are, what is solved, what comes next.

Made from ``lessons/syllabus.toml``, which a test holds against the lessons' opening cells and both READMEs.
"""

import functools
import html
import os
import tomllib

from imgrec_course import progress, workspace
from imgrec_course.language import LANGUAGES, language, message, render
from imgrec_course.paths import LESSONS

FILE = "contents.ipynb"


@functools.cache
def syllabus():
    """The parts of the course: [{"en": title, "zh": title, "lesson": [{"name": …, "minutes": …, …}]}].

    A lesson holds, for each language, its title and what it is about.
    """
    with (LESSONS / "syllabus.toml").open("rb") as file:
        return tomllib.load(file)["part"]


def lessons():
    """The lessons of all parts, in order."""
    return [lesson for part in syllabus() for lesson in part["lesson"]]


def exercises(lesson, solved):
    """{name: is it solved} of a lesson's exercises; ``solved`` as progress.solved() gives it."""
    from imgrec_course.checks.exercises import exercises_of

    number = lesson["name"][:2]
    return {name: f"{number}.{name}" in solved for name in exercises_of(number)}


def upcoming(solved):
    """What comes next for the learner, the first exercise that is not solved, in a sentence of each language.

    returns  {"en": sentence, "zh": sentence}
    """
    for lesson in lessons():
        for name, is_solved in exercises(lesson, solved).items():
            if not is_solved:
                text = message("Begin with lesson {number}, {title}.")
                if solved:
                    text = message("Next: lesson {number}, {title}, exercise {exercise}.")
                values = {"number": lesson["name"][:2], "exercise": name}
                return {
                    chosen: render({**text, "values": {**values, "title": lesson[chosen][0]}}, chosen)
                    for chosen in LANGUAGES
                }
    return {chosen: render(message("Everything solved. Well done!"), chosen) for chosen in LANGUAGES}


def bundle(chosen, solved):
    """What the page's cell shows in a language, {type of output: content}."""
    heads = ("", *(render(head, chosen) for head in (LESSON, MINUTES, SUBJECT, SOLVED)))
    rows = [row((html.escape(head) for head in heads), "th")]
    for part in syllabus():
        rows.append(f'<tr><th colspan="5" style="text-align:left">{html.escape(part[chosen])}</th></tr>')
        for lesson in part["lesson"]:
            title, subject = map(html.escape, lesson[chosen])
            done = list(exercises(lesson, solved).values())
            count = f"{sum(done)} / {len(done)}" + (" ✓" if all(done) else "")
            link = f'<a href="{lesson["name"]}.ipynb">{title}</a>'
            rows.append(row((lesson["name"][:2], link, str(lesson["minutes"]), subject, count), "td"))
    sentence = upcoming(solved)[chosen]
    return {
        "text/html": f"<table>{''.join(rows)}</table><p><strong>{html.escape(sentence)}</strong></p>",
        "text/plain": sentence,
    }


LESSON, MINUTES = message("lesson"), message("minutes")
SUBJECT, SOLVED = message("what it is about"), message("exercises solved")


def row(cells, kind):
    return "<tr>" + "".join(f'<{kind} style="text-align:left">{cell}</{kind}>' for cell in cells) + "</tr>"


def show():
    """Show the contents under the cell, with what is solved by now."""
    from IPython.display import display

    display(bundle(language(), progress.solved()), raw=True)


def write(folder):
    """Put the contents page of each language into a working copy, with what is solved by now.

    A page in which the learner has written stays as it is.
    """
    solved, written = progress.solved(folder), []
    with workspace.writing(folder):
        state = workspace.read_state(folder)
        for chosen in LANGUAGES:
            name = f"{chosen}/{FILE}"
            target = folder / name
            if os.path.lexists(target) and workspace.fingerprint_of(target) != state["written"].get(name):
                continue
            content = notebook(chosen, solved)
            target.parent.mkdir(parents=True, exist_ok=True)
            workspace.write(target, content)
            workspace.remember(state, name, content)
            written.append(target)
        workspace.write_state(folder, state)
    workspace.sign(folder, written)


def notebook(chosen, solved):
    """The contents page in a language, as the bytes of a notebook."""
    import nbformat
    from nbformat import v4

    text = message(
        "# Image Recognition, Precise and Complete\n\n"
        "Of what it returned, how much was right? Of what was right, how much did it return?\n\n"
        "Click a lesson to open it. What you have solved is counted whenever the course is started, and "
        "whenever you run the cell below (Shift-Enter)."
    )
    shown = v4.new_output("display_data", bundle(chosen, solved))
    code = "from imgrec_course import contents\n\ncontents.show()"
    page = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(render(text, chosen), id="contents"),
            v4.new_code_cell(code, id="table", execution_count=1, outputs=[shown]),
        ],
        metadata={
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        },
    )
    return (nbformat.writes(page, indent=1) + "\n").encode()


def readme_table(chosen):
    """The lines of the table of lessons in README.md (``chosen`` "en") or README.zh.md ("zh")."""
    heads = (message("no."), LESSON, MINUTES, SUBJECT)
    lines = ["| " + " | ".join(render(head, chosen) for head in heads) + " |", "| --- | --- | --- | --- |"]
    for lesson in lessons():
        title, subject = lesson[chosen]
        link = f"[{title}](notebooks/{chosen}/{lesson['name']}.ipynb)"
        lines.append(f"| {lesson['name'][:2]} | {link} | {lesson['minutes']} | {subject} |")
    return lines
