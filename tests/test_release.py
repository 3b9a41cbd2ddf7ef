"""`imgrec release`: editions for a class; and nbgrader's whole way with what is released."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
from classroom import CHECKER, HOSTILE, lesson_of, returned

from imgrec_course.authoring.build import assemble
from imgrec_course.checks.exercises import exercises_of, lessons_with_exercises
from imgrec_course.classroom import release as releasing
from imgrec_course.classroom.submission import CHECK
from imgrec_course.language import CourseError
from imgrec_course.paths import ROOT

QUICK = ("00", "01", "10")
NUMBERS = [
    number if number in QUICK else pytest.param(number, marks=pytest.mark.slow)
    for number in lessons_with_exercises()
]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")


def graded_cells(notebook):
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell for cell in notebook.cells if "nbgrader" in cell.metadata
    }


# nbgrader's sources


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_is_an_answer_and_a_locked_test_with_points(number, monkeypatch):
    monkeypatch.setattr(releasing, "built_key", lambda lesson, language: "key")
    for language in ("en", "zh"):
        notebook = releasing.nbgrader_source(lesson_of(number), language, 7)
        nbformat.validate(notebook)
        found, seeds = graded_cells(notebook), set()
        ids = [
            cell.metadata["nbgrader"]["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata
        ]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[A-Za-z0-9_\-]+", name) for name in ids)
        for name, exercise in exercises_of(number).items():
            answer, test = found[name], found[f"{name}-test"]
            about = answer.metadata["nbgrader"]
            assert (about["solution"], about["grade"], about["locked"]) == (True, False, False)
            assert answer.source.count("### BEGIN SOLUTION") == answer.source.count("### END SOLUTION") == 1
            about = test.metadata["nbgrader"]
            assert (about["solution"], about["grade"], about["locked"]) == (False, True, True)
            assert about["points"] == exercise.stars
            assert about["schema_version"] == 3
            assert CHECK.findall(test.source) == [(number, name)]
            (seed,) = re.findall(
                rf'^points\("{number}\.{name}", In, seed=(\d+)\)$', test.source, re.MULTILINE
            )
            seeds.add(seed)
            assert test.source.endswith("### END HIDDEN TESTS")
        assert len(seeds) == len(exercises_of(number)) and "7" not in seeds
        others = set(found) - set(exercises_of(number)) - {f"{name}-test" for name in exercises_of(number)}
        assert all(
            name.startswith("needed-") and found[name].metadata["nbgrader"]["locked"] for name in others
        )


@pytest.mark.parametrize("number", NUMBERS)
def test_an_answer_without_its_solution_is_a_whole_cell(number):
    """nbgrader puts a comment where the solution was: what is left behaves like the learner's cell."""
    for text in releasing.marked_answers(lesson_of(number)).values():
        left = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "# YOUR CODE HERE", text, flags=re.DOTALL)
        compile(left, "cell", "exec")
        assert ("raise NotImplementedError" in left) != ("= ...  # YOUR ANSWER HERE" in left)


def test_cells_on_which_answers_depend_are_locked(monkeypatch):
    monkeypatch.setattr(releasing, "built_key", lambda lesson, language: "key")
    notebook = releasing.nbgrader_source(lesson_of("01"), "en", 7)
    locked = [cell.source for name, cell in graded_cells(notebook).items() if name.startswith("needed-")]
    assert any("import numpy as np" in source for source in locked)
    assert any("def precision_recall_points" in source for source in locked)
    assert len(locked) < 5


# Editions


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Lessons 00, 01 and 03, released; the built notebooks need not be of today's sources."""
    folder = tmp_path_factory.mktemp("class") / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releasing, "unbuilt", lambda lesson: ())
        patch.setattr(releasing, "fill", lambda notebook, outputs, language: None)
        return releasing.release(folder, ["00", "1", "03"])


def test_students_get_no_solutions_and_what_they_need(released):
    folder = released["student"]
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in names if name.endswith(".ipynb")} == {
        f"notebooks/{language}/{name}.ipynb"
        for language in ("en", "zh")
        for name in ("00_start_here", "01_precision_and_recall", "03_convolution_by_hand")
    }
    assert {"course.py", "requirements.txt", "pyproject.toml", "imgrec_course/checks/lesson_01.py"} <= names
    assert {"data/photos/photos.csv", "data/fashion-mnist/SHA256SUMS"} <= names
    assert not any(name.startswith("lessons/0") or "__pycache__" in name for name in names)
    for name in ("README.md", "README.zh.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "solutions" not in text
        assert all((folder / link).exists() for link in re.findall(r"\]\(([^)#:]+)\)", text))
        assert text.count(".ipynb)") == 3
        assert not re.search(r"imgrec release|`(?:slides|release|grade)\b|course\.py slides", text)
        assert "course.py lab" in text and "my_course" in text
    parts = tomllib.loads((folder / "lessons" / "syllabus.toml").read_text(encoding="utf-8"))["part"]
    assert [[lesson["name"][:2] for lesson in part["lesson"]] for part in parts] == [["00", "01"], ["03"]]


@pytest.mark.slow
def test_the_students_edition_starts_by_itself(released):
    """Its own package, not ours, makes a working copy and its contents page."""
    folder = released["student"]
    code = (
        "import imgrec_course, sys; from imgrec_course import contents, doctor, lab, workspace; "
        "from imgrec_course.cli import main; done = workspace.prepare(); "
        "contents.write(workspace.WORKING_COPY); "
        "print(imgrec_course.__file__, len(done)); sys.exit(main(['progress']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"{folder / 'imgrec_course' / '__init__.py'} 6"
    assert "02_honest" not in (folder / "my_course" / "en" / "contents.ipynb").read_text(encoding="utf-8")


def test_the_instructor_gets_solutions_and_notes(released):
    notebook = nbformat.read(released["instructor"] / "zh" / "01_precision_and_recall.ipynb", as_version=4)
    solved = assemble(lesson_of("01"), "zh", "solutions")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [cell.source for cell in solved.cells if cell.cell_type == "code"]
    notes = [cell.source for cell in notebook.cells if "notes" in cell.metadata.get("tags", [])]
    assert notes
    assert all(text.startswith("> **讲课备注。** **") for text in notes)
    assert all(line.startswith(">") for text in notes for line in text.splitlines())


def test_a_second_release_keeps_the_seed_and_what_others_put_there(released, tmp_path, monkeypatch):
    monkeypatch.setattr(releasing, "unbuilt", lambda lesson: ())
    monkeypatch.setattr(releasing, "fill", lambda notebook, outputs, language: None)
    monkeypatch.setattr(releasing, "students", lambda folder, lessons: None)
    first = releasing.release(tmp_path / "new", ["00"])["nbgrader"] / "en"
    (first / "gradebook.db").write_text("precious")
    before = (first / "nbgrader_config.py").read_text(encoding="utf-8")
    releasing.release(tmp_path / "new", ["00"])
    assert (first / "nbgrader_config.py").read_text(encoding="utf-8") == before
    assert (first / "gradebook.db").read_text() == "precious"
    assert before != (released["nbgrader"] / "en" / "nbgrader_config.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [(ROOT, "lies in the course itself"), (ROOT / "data" / "x", "lies in the course itself")],
)
def test_the_course_is_not_released_into_itself(folder, sentence):
    with pytest.raises(CourseError, match=sentence):
        releasing.release(folder, ["00"])


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CourseError, match="is not empty"):
        releasing.release(tmp_path, ["00"])


def test_a_lesson_that_is_not_built_is_not_released(tmp_path, monkeypatch):
    monkeypatch.setattr(releasing, "NOTEBOOKS", tmp_path)
    with pytest.raises(CourseError, match="imgrec build 00"):
        releasing.release(tmp_path / "class", ["00"])
    assert not (tmp_path / "class").exists()


# nbgrader itself


def nbgrader(course, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=500,
    )
    return done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nbgrader_accepts_every_source(released, language):
    course = released["nbgrader"] / language
    for path in sorted((course / "source").iterdir()):
        status, said = nbgrader(course, "generate_assignment", path.name, "--no-db", "--force")
        assert status == 0, said
        notebook = nbformat.read(course / "release" / path.name / f"{path.name}.ipynb", as_version=4)
        text = json.dumps(notebook)
        assert not any(word in text for word in ("BEGIN SOLUTION", "HIDDEN TESTS", "seed="))


@pytest.mark.slow
def test_nbgrader_gives_the_points_that_are_deserved(released, tmp_path):
    course, name = released["nbgrader"] / "en", "01_precision_and_recall"
    status, said = nbgrader(course, "generate_assignment", name, "--force")
    assert status == 0, said
    given = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    solved = returned("01", "solutions")

    def hand_in(student, answers=None, change=None):
        notebook = nbformat.from_dict(json.loads(json.dumps(given)))
        for grade_id, cell in graded_cells(notebook).items():
            if answers is not None and cell.metadata["nbgrader"]["solution"]:
                own = next(c for c in solved.cells if c.id == cell.id)
                cell.source = answers.get(grade_id, own.source)
        if change:
            change(notebook)
        path = course / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)

    def remove_tests(notebook):
        notebook.cells = [
            cell
            for cell in notebook.cells
            if not cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test")
        ]

    def forge_tests(notebook):
        for grade_id, cell in graded_cells(notebook).items():
            if grade_id.endswith("-test"):
                cell.source = "100"
                cell.metadata["nbgrader"]["points"] = 100

    def kill_first(notebook):
        first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells.insert(first, nbformat.v4.new_code_cell("import os\nos._exit(1)\nwhile True: pass"))

    wrong = "def f_beta(*counts):\n    return 0.5"
    hand_in("solved", {})
    hand_in("untouched")
    hand_in(
        "partial",
        {
            "f_beta": wrong,
            "macro_f1": "def macro_f1(confusion):\n    return confusion.trace() / confusion.sum()",
        },
    )
    hand_in("loops", {"f_beta": HOSTILE["loops for ever"][0]})
    hand_in("exits", {"f_beta": HOSTILE["leaves by os._exit"][0]}, kill_first)
    hand_in("reads", {"f_beta": HOSTILE["reads the solutions as a file"][0]})
    hand_in("overwrites", {"f_beta": HOSTILE["overwrites the checker"][0]})
    hand_in("imports", {"f_beta": HOSTILE["imports the solutions"][0]})
    hand_in("removes tests", {"f_beta": wrong}, remove_tests)
    hand_in("forges tests", {"f_beta": wrong}, forge_tests)
    checker = CHECKER.read_bytes()
    status, said = nbgrader(course, "autograde", name)
    assert status == 0, said
    assert CHECKER.read_bytes() == checker
    status, said = nbgrader(course, "export", "--to", str(tmp_path / "grades.csv"))
    assert status == 0, said
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        points = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert points == {
        "solved": 12,
        "untouched": 0,
        "partial": 8,
        "loops": 10,
        "exits": 10,
        "reads": 10,
        "overwrites": 10,
        "imports": 10,
        "removes tests": 10,
        "forges tests": 10,
    }
    status, said = nbgrader(course, "generate_feedback", name)
    assert status == 0, said
    page = (course / "feedback" / "partial" / name / f"{name}.html").read_text(encoding="utf-8")
    assert "This is the accuracy, which equals the micro F1." in page


@pytest.mark.slow
def test_the_hidden_tests_work_in_a_kernel_too(released):
    """Where another configuration of nbgrader runs the test cell itself."""
    from nbclient import NotebookClient

    course, name = released["nbgrader"] / "en", "00_start_here"
    source = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)
    found = graded_cells(source)
    cells = [nbformat.v4.new_code_cell("from imgrec_course.checks import check")]
    cells += [found[key] for key in ("recall_of_the_example", "recall_of_the_example-test")]
    cells += [
        nbformat.v4.new_code_cell("def precision(right, wrong):\n    return right"),
        found["precision-test"],
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=source.metadata)
    NotebookClient(notebook, timeout=120).execute(env={**os.environ, "IMGREC_LANG": "en"})
    results = [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert results == ["1", "0"]
