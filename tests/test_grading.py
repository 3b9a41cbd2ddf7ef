"""`imgrec grade`: what deserves points gets them, and nothing else does."""

import csv
import json
import re
import sys
import zlib
from typing import ClassVar

import nbformat
import numpy as np
import pytest
from classroom import CHECKER, HOSTILE, RIGHT, code_cells, function, returned

from imgrec_course.checks.exercises import exercises_of, lessons_with_exercises
from imgrec_course.classroom import grading, marking, room
from imgrec_course.classroom.marking import mark
from imgrec_course.classroom.needed import needed, statements
from imgrec_course.classroom.submission import cells_for, read_submission
from imgrec_course.classroom.values import decode, encode
from imgrec_course.language import CourseError, message, render

SEED = 20260911
QUICK = (
    "imports the solutions",
    "reads the solutions as a file",
    "leaves by os._exit",
    "overwrites the checker",
)


@pytest.fixture(autouse=True)
def english(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("IMGREC_LANG", "en")


@pytest.fixture(scope="module")
def package():
    with room.package_without_solutions() as folder:
        yield folder


def marked(cells, package, name="f_beta", lesson="01", seed=SEED):
    earned = mark(lesson, name, cells, seed, package)
    return earned.points, render(earned.said)


# One answer


def test_a_right_answer_gets_its_stars(package):
    points, said = marked([RIGHT.replace("\n    ", "\n")], package)
    assert (points, said) == (2, "✓ f_beta: 5 of 5 cases agree with scikit-learn, hidden ones too")


def test_an_untouched_exercise_is_not_attempted(package):
    assert marked(code_cells(returned("01")), package) == (0, "○ f_beta: not attempted yet")


RIGHT_BUT_BETA = """
    found = (1 + beta) * true_positive
    return found / (found + beta * false_negative + false_positive)
"""


def test_a_known_mistake_gets_its_hint_and_no_points(package):
    cell = function(RIGHT_BUT_BETA)
    points, said = marked([cell], package)
    assert points == 0
    assert said.endswith("Hint: Beta enters squared, in both places.")


def test_an_error_names_its_line(package):
    points, said = marked([function("\nx = 1\nreturn x / undefined")], package)
    assert points == 0
    assert "raised NameError: name 'undefined' is not defined, in line 3: return x / undefined" in said


def test_a_cell_without_syntax_names_its_line(package):
    source = "x = 1\ndef f_beta(right, wrong, missed, beta):\n    return beta right\n"
    points, said = marked([source], package)
    assert points == 0
    assert "SyntaxError: invalid syntax" in said
    assert "in line 3: return beta right" in said


@pytest.mark.parametrize(
    "source",
    [
        "import no_such_package as tools\ndef f_beta(*counts):\n    return tools.f_beta(*counts)\n",
        "import no_such_package as tools\nf_beta = tools.f_beta\n",
    ],
)
def test_an_import_that_failed_is_told_not_its_missing_name(package, source):
    points, said = marked([source], package)
    assert points == 0
    assert "ModuleNotFoundError: No module named 'no_such_package'" in said
    assert "in line 1: import no_such_package as tools" in said


def test_an_argument_that_was_changed_is_told(package):
    cell = (
        "def clip(gradient, limit):\n"
        "    gradient *= min(1, limit / (gradient**2).sum() ** 0.5)\n"
        "    return gradient"
    )
    points, said = marked([cell], package, "clip", "07")
    assert points == 0
    assert "changed its argument number 1" in said


def test_values_are_compared_here(package):
    for text, points in (("0.45", 1), ("9 / 20", 1), ("0.5", 0), ("...", 0), ("'0.45'", 0), ("None", 0)):
        cell = f"recall_of_the_example = {text}"
        assert marked([cell], package, "recall_of_the_example", "00")[0] == points, text


def typed_in():
    """An answer that knows the visible cases by heart."""
    exercise = exercises_of("01")["f_beta"]
    cases = exercise.cases(np.random.default_rng(zlib.crc32(b"f_beta")))
    known = {arguments: exercise.solution(*arguments) for _, arguments in cases}
    return f"KNOWN = {known!r}\ndef f_beta(*counts):\n    return KNOWN.get(counts, 0.5)"


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in HOSTILE]
)
def test_what_is_hostile_gains_nothing(name, package, monkeypatch):
    monkeypatch.setattr(room, "READY_SECONDS", 10.0)
    cell, words = HOSTILE[name]
    before = CHECKER.read_bytes()
    points, said = marked([cell or typed_in()], package)
    assert points == 0
    assert re.search(words, said), said
    assert CHECKER.read_bytes() == before
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_the_fences_stand(package):
    with room.Room(["answer = 1"], "answer", package) as opened:
        assert opened.answer() == (1, None)
        assert opened.fences == ["landlock"]


def test_the_package_of_a_submission_knows_no_solution(package):
    names = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    assert "imgrec_course/checks/__init__.py" in names
    assert not any("checks/lesson_" in name or "exercises.py" in name for name in names)
    assert not any("BEGIN SOLUTION" in (package / name).read_text(encoding="utf-8") for name in names)


# What of a notebook is run


def chosen(cells, name):
    return [(one.cell, sorted(one.binds)) for one in needed(statements(cells), name)]


def test_only_what_an_answer_needs_is_run():
    cells = [
        "import numpy as np\nimport keras",
        "model = keras.Sequential()\nmodel.fit(x, y)",
        "def helper(x):\n    return np.sum(x) + OFFSET",
        "OFFSET = 1\n%matplotlib inline\n!pip install everything",
        "def answer(x):\n    model = 3\n    return helper(x)\nanswer(3)",
        "OFFSET = 2",
    ]
    assert chosen(cells, "answer") == [
        (0, ["np"]),
        (2, ["helper"]),
        (4, ["answer"]),
        (5, ["OFFSET"]),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a = 1", "a = 2"], [(1, ["a"])]),
        (["a = 1", "a += 2"], [(0, ["a"]), (1, ["a"])]),
        (["a = {}", "a['x'] = b", "b = 3"], [(0, ["a"]), (1, [])]),
        (["b = 3", "a = []", "a.append(b)", "b.pop()"], [(0, ["b"]), (1, ["a"]), (2, [])]),
        (["from math import *", "a = sqrt(4)"], [(0, []), (1, ["a"])]),
        (["if True:\n    def a(): return a()"], [(0, ["a"])]),
        (["%%bash\na = 1", "%%time\na = 3"], [(1, ["a"])]),
        (["a = 1", "a = = 3"], [(0, ["a"])]),
        (["x = 1", "a = [x for x in range(3)]"], [(1, ["a"])]),
        (["x = 1", "a = lambda y=x: y"], [(0, ["x"]), (1, ["a"])]),
        (["b = 1"], []),
    ],
)
def test_the_last_definition_counts_with_what_it_needs(cells, expected):
    assert chosen(cells, "a") == expected


def test_a_failing_cell_before_the_exercise_does_no_harm(package):
    cells = [
        "raise ValueError",
        "1 / 0",
        "import nothing_like_this",
        RIGHT.replace("\n    ", "\n"),
        "check('01.f_beta', f_beta)",
    ]
    assert marked(cells, package)[0] == 2


# Values that pass between the processes


@pytest.mark.parametrize(
    "value",
    [
        (1, 2.5, float("inf"), "text", None, True, ...),
        [(1,), [], ()],
        (np.arange(6).reshape(2, 3), np.array([True]), np.zeros((0, 3), np.float32), np.uint8(3)),
        np.array([[1.5, np.nan]]),
    ],
)
def test_values_survive_the_way(value):
    np.testing.assert_equal(decode(encode(value)), value)


def test_arrays_keep_their_type_and_belong_to_the_receiver():
    array = decode(encode(np.arange(3, dtype=np.uint8)))
    assert array.dtype == np.uint8
    array += 1


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "{}",
        '{"tuple": 1}',
        '{"dtype": "|O", "shape": [1], "bytes": ""}',
        '{"dtype": "<f8", "shape": [-1], "bytes": ""}',
        '{"dtype": "<f8", "shape": [2], "bytes": "AAAAAAAAAAA="}',
        '{"dtype": "<f8", "shape": [1000000, 1000000, 1000000], "bytes": ""}',
        '{"dtype": ["<f8"], "shape": [], "bytes": ""}',
        '{"dtype": "<f8", "shape": [1], "bytes": 3}',
        '{"list": ' * 5000 + "1" + "}" * 5000,
        "nonsense",
    ],
)
def test_what_is_no_value_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        decode(text)


# Returned files


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """Marks of the tests are not remembered with the course."""
    monkeypatch.setattr(grading, "ROOT", tmp_path / "course")
    monkeypatch.setattr(grading, "rules", lambda lesson: lesson.encode())


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_of_all_kinds(tmp_path, memory, capsys):
    folder = tmp_path / "returned works"
    write(folder / "Anna Müller" / "00 (final).ipynb", returned("00", "solutions"))
    write(folder / "李伟" / "作业.ipynb", returned("00", language="zh"))
    half = returned(
        "00", answers={"precision": "def precision(right, wrong):\n    return right / (right + wrong)"}
    )
    write(folder / "bo_00_start_here.ipynb", half)
    (folder / "cy_01_precision_and_recall.ipynb").write_text('{"cells": [', encoding="utf-8")
    (folder / "dot.ipynb").write_text("[]", encoding="utf-8")
    write(folder / "eve" / "x.ipynb", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    write(folder / "Anna Müller" / ".ipynb_checkpoints" / "00.ipynb", returned("00"))
    without = returned("00", "solutions")
    without.cells = [cell for cell in without.cells if "precision" not in cell.source]
    del without.metadata["imgrec"]
    write(folder / "fay" / "00.ipynb", without)
    write(folder / "=cmd" / "00.ipynb", returned("00"))
    (folder / "gil").mkdir()
    (folder / "gil" / "answers.docx").write_text("no notebook", encoding="utf-8")
    (folder / "hal 00.zip").write_bytes(b"PK")

    grading.grade(folder)
    rows = table(folder / "grades.csv")
    sums = {row["student"]: (row["points"], row["of"]) for row in rows if row["lesson"] == "total"}
    assert sums == {
        "Anna Müller": ("2", "2"),
        "李伟": ("0", "2"),
        "bo": ("1", "2"),
        "fay": ("1", "2"),
        "'=cmd": ("0", "2"),
    }
    said = {(row["student"], row["exercise"]): row["said"] for row in rows if row["said"]}
    assert {row["points"] for row in rows if not row["exercise"] and row["lesson"] != "total"} == {""}
    assert "damaged" in said["cy", ""]
    assert "no cells" in said["dot", ""]
    assert "not recognised as a lesson" in said["eve", ""]
    assert "nothing in the notebook defines it" in said["fay", "precision"]
    assert "Its check cell is missing" in said["fay", "precision"]
    out = capsys.readouterr().out
    assert said["gil", ""] == "no notebook (.ipynb) is in this folder; it holds: answers.docx."
    assert "gil: no notebook (.ipynb) is in this folder" in out
    assert "unpack it" in said["hal 00", ""]
    assert "8 of 8" in out
    assert "8 notebooks of 8 students" in out


def test_a_second_run_remembers(tmp_path, memory, monkeypatch):
    write(tmp_path / "works" / "a" / "00.ipynb", returned("00", "solutions"))
    first = grading.grade(tmp_path / "works", tmp_path / "one.csv")
    monkeypatch.setattr(grading, "mark", lambda *arguments: pytest.fail("graded again"))
    assert grading.grade(tmp_path / "works", tmp_path / "two.csv") == first
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_late_answer_is_asked_again_and_an_exhausted_machine_stops_nobody(tmp_path, memory, monkeypatch):
    for student in "ab":
        write(tmp_path / "works" / student / "00.ipynb", returned("00"))
    late = message("✗ {name}: {fault}", name="x", fault=message("no answer after {seconds} s", seconds=5))
    asked = []

    def busy(lesson, name, cells, seed, package):
        asked.append(name)
        if len(asked) == 1:
            raise OSError(11, "Resource temporarily unavailable")
        return marking.Mark(name, 0, 1, late)

    monkeypatch.setattr(grading, "mark", busy)
    rows = grading.grade(tmp_path / "works")
    assert [row.said for row in rows if row.student == "a"][-1] == (
        "00.ipynb could not be graded here (Resource temporarily unavailable): grade again."
    )
    assert len([row for row in rows if row.exercise]) == 2
    grading.grade(tmp_path / "works")
    assert len(asked) == 3 + 4


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: None, "There is no folder"),
        (lambda folder: folder.mkdir(), "There is no notebook in"),
    ],
)
def test_a_folder_without_notebooks(tmp_path, make, sentence):
    make(tmp_path / "works")
    with pytest.raises(CourseError, match=sentence):
        grading.grade(tmp_path / "works")


def test_a_table_that_cannot_be_written_is_told_before_the_work(tmp_path, memory, monkeypatch):
    write(tmp_path / "works" / "a" / "00.ipynb", returned("00"))
    monkeypatch.setattr(grading, "grade_notebook", lambda *a, **k: pytest.fail("graded"))
    with pytest.raises(CourseError, match="cannot be written"):
        grading.grade(tmp_path / "works", tmp_path / "nowhere" / "grades.csv")


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("Anna Müller/01_precision_and_recall.ipynb", "Anna Müller"),
        ("wei_li/submitted/01/01_precision_and_recall.ipynb", "wei_li"),
        ("bo 01_precision_and_recall.ipynb", "bo"),
        ("01_precision_and_recall_bo.ipynb", "01_precision_and_recall_bo"),
        ("01_precision_and_recall - 王芳.ipynb", "王芳"),
        ("bo 01_precision_and_recall (1).ipynb", "bo"),
        ("bo_01_precision_and_recall-Copy1.ipynb", "bo"),
        ("王芳 - 01_precision_and_recall - 副本 (2).ipynb", "王芳"),
        ("李伟 04 cnn (1).ipynb", "李伟 04 cnn"),
        ("Anna (Berlin) 01_precision_and_recall.ipynb", "Anna (Berlin)"),
        ("01_precision_and_recall.ipynb", "01_precision_and_recall"),
    ],
)
def test_who_returned_a_notebook(tmp_path, path, student):
    assert grading.student_of(tmp_path / path, tmp_path) == student


def read_back(tmp_path, notebook):
    return read_submission(write(tmp_path / "x.ipynb", notebook))


def test_notebooks_of_other_origin_are_remarked(tmp_path):
    def notes(notebook):
        return [render(note) for note in read_back(tmp_path, notebook).notes]

    mine = returned("00")
    assert notes(mine) == ["The notebook is from another release of the lesson."]
    mine.metadata["imgrec"]["edition"] = "solutions"
    assert notes(mine) == ["This is the solutions edition, handed in."]
    mine.metadata["imgrec"] = {"lesson": "01_precision_and_recall", "edition": "learner"}
    assert notes(mine) == ["The notebook was made from lesson 01_precision_and_recall."]
    mine.metadata["imgrec"] = "?"
    assert notes(mine) == ["The notebook does not say which release it is from."]


def test_an_exercise_that_stands_twice_is_remarked(tmp_path, package):
    notebook = returned("01", "solutions")
    wrong = returned("01", answers={"f_beta": "def f_beta(*counts):\n    return 0.5"})
    place = next(i for i, cell in enumerate(wrong.cells) if cell.source.startswith("def f_beta"))
    notebook.cells += wrong.cells[place : place + 2]
    for cell in notebook.cells[-2:]:
        cell.id += "-copy"
    submission = read_back(tmp_path, notebook)
    cells, notes = cells_for(submission, "f_beta")
    assert [render(note) for note in notes] == ["Its check is there 2 times; the last one counts."]
    assert marked(cells, package)[0] == 0


def test_a_notebook_whose_ids_are_gone_is_graded_by_its_checks(tmp_path, package):
    notebook = json.loads(nbformat.writes(returned("01", "solutions")))
    for cell in notebook["cells"]:
        del cell["id"]
        cell["source"] = cell["source"] if isinstance(cell["source"], list) else [cell["source"]]
    (tmp_path / "y.ipynb").write_text(json.dumps(notebook), encoding="utf-8-sig")
    cells, notes = cells_for(read_submission(tmp_path / "y.ipynb"), "average_precision")
    assert marked(cells, package, "average_precision") == (
        3,
        "✓ average_precision: 6 of 6 cases agree with scikit-learn, hidden ones too",
    )
    assert notes == []


# Every exercise of the course


@pytest.mark.slow
@pytest.mark.parametrize("lesson", lessons_with_exercises())
def test_solved_is_full_and_untouched_is_nothing(lesson, tmp_path, package):
    for edition, share in (("solutions", 1), ("learner", 0)):
        submission = read_back(tmp_path, returned(lesson, edition))
        assert submission.lesson == lesson
        for name, exercise in exercises_of(lesson).items():
            cells, notes = cells_for(submission, name)
            points, said = marked(cells, package, name, lesson)
            assert points == share * exercise.stars, said
            assert share or "not attempted yet" in said
            assert notes == []


class Here:
    """A room that is none: runs functions of this process, so that known mistakes can be marked."""

    answers: ClassVar = {}

    def __init__(self, cells, name, package):
        self.given = self.answers[cells[0]]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def answer(self):
        return self.given, None

    def call(self, function, arguments, seconds):
        return {"value": function(*arguments)}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", lessons_with_exercises())
def test_known_mistakes_get_no_points_and_solutions_all_on_any_draw(lesson, monkeypatch):
    monkeypatch.setattr(marking, "Room", Here)
    for name, exercise in exercises_of(lesson).items():
        solution = exercise.solution if exercise.cases is not None else exercise.solution()
        monkeypatch.setattr(
            Here,
            "answers",
            {"solution": solution} | {str(n): one.answer for n, one in enumerate(exercise.mistakes)},
        )
        for seed in (SEED, 1, 2**40):
            for given in Here.answers:
                earned = marking.mark(lesson, name, [given], seed, None)
                assert earned.points == (exercise.stars if given == "solution" else 0), (name, given)
