"""What the READMEs state is so: links, commands, figures, and that both say the same."""

import re

import nbformat
import pytest

from imgrec_course.checks.exercises import exercises_of, lessons_with_exercises
from imgrec_course.cli import COMMANDS, parse
from imgrec_course.paths import NOTEBOOKS, ROOT

READMES = ("README.md", "README.zh.md")
AUTHORS = {"lock"}  # in CONTRIBUTING.md


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def claims():
    """Number of claims in the learner's notebooks: outputs that begin with ✓."""
    return sum(
        output.get("data", {}).get("text/plain", "").startswith("✓")
        for path in (NOTEBOOKS / "en").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
    )


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)]+)\)", text_of(name)) + re.findall(r'src="([^"]+)"', text_of(name))
    local = [target for target in targets if "://" not in target]
    assert len(local) > 10
    for target in local:
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_the_commands_are_those_of_imgrec(name):
    table = re.findall(r"^\| `(\w+)[^`]*` \|", text_of(name), re.MULTILINE)
    assert set(table) == set(COMMANDS) - AUTHORS


@pytest.mark.parametrize("name", READMES)
def test_the_options_exist(name):
    for command, option in (
        ("lab", "--lang zh"),
        ("lab", "--no-browser"),
        ("lab", "--port 8888"),
        ("test", "--quick"),
    ):
        assert option.split()[0] in text_of(name)
        parse([command, *option.split()])


@pytest.mark.parametrize("name", READMES)
def test_the_figures_are_those_of_the_course(name):
    found = re.search(
        r"(?:more than|超过) (\d+) (?:claims|条断言).*?(\d+) (?:exercises|道练习).*?(?:more than|超过) (\d+)",
        text_of(name),
    )
    stated_claims, stated_exercises, stated_mistakes = map(int, found.groups())
    exercises = [
        exercise for lesson in lessons_with_exercises() for exercise in exercises_of(lesson).values()
    ]
    mistakes = sum(len(exercise.mistakes) for exercise in exercises)
    assert stated_exercises == len(exercises)
    assert stated_claims < claims() <= stated_claims + 100
    assert stated_mistakes < mistakes <= stated_mistakes + 100
