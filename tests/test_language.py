"""Every sentence that a learner may see exists in Chinese, with the same placeholders."""

import ast
import json
import re

import numpy as np
import pytest

from imgrec_course import language
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.checks.exercises import exercises_of, lessons_with_exercises
from imgrec_course.language import LOCALE, CourseError, catalogue, message, render
from imgrec_course.paths import ROOT

SPEAKERS = {"say", "message", "word", "CourseError", "Mistake", "claim", "show"}


def literal(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences_in(text):
    """Sentences that Python code says: first string argument of a speaker, and NAMES = "sentence"."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            if name in SPEAKERS:
                position = 1 if name in {"Mistake", "show"} else 0
                if len(node.args) > position and literal(node.args[position]):
                    yield literal(node.args[position])


def all_sentences():
    """{sentence: where it stands}"""
    found = {}
    for path in sorted((ROOT / "imgrec_course").rglob("*.py")):
        for sentence in sentences_in(path.read_text(encoding="utf-8")):
            found.setdefault(sentence, path.name)
    for path in lesson_paths():
        for cell in read_lesson(path).code("solutions"):
            for sentence in sentences_in(cell):
                found.setdefault(sentence, path.name)
    for lesson in lessons_with_exercises():
        for name, exercise in exercises_of(lesson).items():
            found.setdefault(exercise.peer, name)
            if exercise.cases is not None:
                for case, _ in exercise.cases(np.random.default_rng(0)):
                    found.setdefault(case["text"] if isinstance(case, dict) else case, name)
            for mistake in exercise.mistakes:
                found.setdefault(mistake.hint, name)
    return found


def placeholders(text):
    return set(re.findall(r"\{(\w+)", text))


def test_every_sentence_has_a_translation():
    missing = {text: place for text, place in all_sentences().items() if text not in catalogue("zh")}
    assert not missing, json.dumps(missing, ensure_ascii=False, indent=1)


def test_translations_keep_the_placeholders_and_no_sentence_is_translated_twice():
    seen = {}
    for path in sorted((LOCALE / "zh").glob("*.json")):
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
        for english, chinese in pairs:
            assert english not in seen, f"{english!r} stands in {path.name} and {seen[english]}"
            seen[english] = path.name
            assert placeholders(english) == placeholders(chinese), english
            assert chinese.strip(), english


@pytest.mark.parametrize(
    ("asked", "folder", "system", "expected"),
    [
        ("zh", "x/en", "", "zh"),
        (None, "my_course/zh", "en_US.UTF-8", "zh"),
        (None, "notebooks/en/solutions", "zh_CN.UTF-8", "en"),
        (None, "x", "zh_CN.UTF-8", "zh"),
        (None, "x", "de_DE", "en"),
        ("fr", "x", "", "en"),
    ],
)
def test_language_of_the_learner(asked, folder, system, expected, tmp_path, monkeypatch):
    for name in ("IMGREC_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    if asked:
        monkeypatch.setenv("IMGREC_LANG", asked)
    monkeypatch.setenv("LANG", system)
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    assert language.language() == expected


def test_messages_nest_and_render():
    inner = message("expected shape {expected}, yours is {value}", expected="(1,)", value="(2,)")
    outer = message("{result}\n  Hint: {hint}", result=inner, hint="look")
    assert render(outer, "en") == "expected shape (1,), yours is (2,)\n  Hint: look"
    assert render(outer, "zh").startswith("形状应为 (1,)")
    assert json.loads(json.dumps(outer)) == outer
    assert render(3, "zh") == "3"


def test_errors_speak_the_learners_language(monkeypatch):
    error = CourseError("There is no lesson {number}: the lessons are {lessons}.", number="7", lessons="00")
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert str(error) == "没有第 7 课：现有 00。"
    monkeypatch.setenv("IMGREC_LANG", "en")
    assert str(error) == "There is no lesson 7: the lessons are 00."
    assert error._render_traceback_() == ["CourseError: There is no lesson 7: the lessons are 00."]
