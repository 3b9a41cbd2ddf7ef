"""The command: starts fast, answers every mistake with one sentence, in the reader's language."""

import json
import signal
import socket
import subprocess
import sys
import time
from importlib import metadata

import pytest

from imgrec_course import cli, doctor, lab, testing, workspace
from imgrec_course.language import LOCALE, CourseError, catalogue
from imgrec_course.paths import ROOT


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A release of two lessons and a place for the working copy, in place of the course's."""
    cells = [{"id": "a", "cell_type": "code", "source": "1", "metadata": {}, "outputs": []}]
    content = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    for chosen in ("en", "zh"):
        for name in ("00_start_here", "04_cnn"):
            path = tmp_path / "notebooks" / chosen / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(workspace, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(workspace, "WORKING_COPY", tmp_path / "copy")
    return tmp_path / "notebooks"


def run(capsys, *arguments):
    """(exit status, stdout, stderr) of a command."""
    try:
        status = cli.main(arguments)
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["learn"], "There is no command learn: the commands are lab, test, build"),
        (["reset", "77"], "There is no lesson 77: the lessons are 00, 04."),
        (["reset"], "the following arguments are required: NN: see `imgrec reset --help`."),
        (["release"], "the following arguments are required: DIR: see `imgrec release --help`."),
        (["build", "77"], "There is no lesson 77: the lessons are 00"),
        (["lab", "--port", "x"], "argument --port: invalid int value: 'x': see `imgrec lab --help`."),
        (["lab", "--port", "0"], "There is no port 0: choose one from 1024 to 65535."),
        (["lab", "--port", "70000"], "There is no port 70000: choose one from 1024 to 65535."),
        (["lab", "zh"], "unknown argument zh: see `imgrec lab --help`."),
        (["lab", "--lang", "fr"], "argument --lang: invalid choice: 'fr'"),
        (["lab", "--folder", str(ROOT)], "belongs to the course itself"),
        (["--fast"], "unknown argument --fast: see `imgrec --help`."),
    ],
)
def test_mistakes_are_answered_by_one_sentence(notebooks, capsys, arguments, sentence):
    status, out, err = run(capsys, *arguments)
    assert status == 1
    assert sentence in err
    assert err.count("\n") == 1
    assert out == ""


def test_mistakes_are_answered_in_the_language_asked_for(notebooks, capsys, monkeypatch):
    assert run(capsys, "reset", "77", "--lang", "zh") == (1, "", "没有第 77 课：现有 00, 04。\n")
    assert run(capsys, "reset", "77", "--lang=en")[2].startswith("There is no lesson 77")
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert run(capsys, "learn")[2].startswith("没有命令 learn")


def test_a_port_in_use_is_named(notebooks, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, _, err = run(capsys, "lab", "--no-browser", "--port", str(port))
    assert status == 1
    assert err.startswith(f"Port {port} is in use")
    lab.check_port(port)  # free again


def test_help_names_every_command_and_both_languages_have_it(capsys):
    assert set(cli.RUN) == set(cli.COMMANDS)
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert all(f"    {name} " in out for name in cli.COMMANDS)
    assert "在 JupyterLab 中打开课程" in run(capsys, "--lang", "zh", "--help")[1]
    for name in cli.COMMANDS:
        assert run(capsys, name, "--help")[0] == 0


def test_help_answers_at_once_and_loads_nothing_heavy():
    code = (
        "import sys; from imgrec_course.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'numpy', 'nbformat', 'IPython'} & set(sys.modules)))"
    )
    times = []
    for _ in range(5):
        started = time.perf_counter()
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        times.append(time.perf_counter() - started)
        assert answer.stdout.endswith("[]\n")
    assert min(times) < 0.3


def test_interrupt_is_quiet(capsys, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.RUN, "doctor", interrupted)
    assert run(capsys, "doctor") == (130, "", "")


def test_reset_says_where_the_old_file_is(notebooks, capsys, tmp_path):
    workspace.prepare()
    lesson = tmp_path / "copy" / "en" / "04_cnn.ipynb"
    assert run(capsys, "reset", "04")[1] == f"{lesson} is as it was released.\n"
    lesson.write_text("mine", encoding="utf-8")
    status, out, _ = run(capsys, "reset", "4")
    assert status == 0
    assert out == f"{lesson} is as it was released; your file is kept as 04_cnn.old.ipynb.\n"
    assert lesson.with_name("04_cnn.old.ipynb").read_text(encoding="utf-8") == "mine"


def test_progress_is_that_of_the_working_copy(notebooks, capsys, tmp_path):
    assert "Progress is kept in the working copy" in run(capsys, "progress")[1]
    workspace.prepare()
    solved = {"01.f_beta": "2026-01-01"}
    (tmp_path / "copy" / "progress.json").write_text(json.dumps(solved), encoding="utf-8")
    status, out, _ = run(capsys, "progress")
    assert status == 0
    assert "✓" in out
    # Any folder in it will do; one elsewhere must not look like a copy in which nothing is solved.
    assert run(capsys, "progress", "--folder", str(tmp_path / "copy" / "en"))[1] == out
    status, out, said = run(capsys, "progress", "--folder", str(tmp_path / "cpoy"))
    assert (status, out) == (1, "")
    assert said.startswith(f"{tmp_path / 'cpoy'} is no working copy of the course: name the folder that")


def test_build_gets_the_numbers(capsys, monkeypatch):
    from imgrec_course.authoring import build

    asked = []
    monkeypatch.setattr(build, "build", asked.append)
    assert run(capsys, "build", "00", "1")[0] == run(capsys, "build")[0] == 0
    assert asked == [["00", "1"], []]


def test_lock_runs_the_command_at_the_head_of_the_lock(capsys, monkeypatch):
    commands = []

    def record(command, **settings):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", record)
    assert run(capsys, "lock", "--upgrade")[0] == 0
    (command,) = commands
    head = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[1]
    assert head.removeprefix("#").split()[1:] == [*command[1:-1]]
    assert command[-1] == "--upgrade"
    assert "--generate-hashes" in command
    assert "--no-emit-index-url" in command


# lab


def test_lab_listens_on_this_machine_only_and_keeps_the_token(tmp_path):
    workspace.write(tmp_path / "00_start_here.ipynb", b"")
    command = lab.command("zh", tmp_path, 9000, browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--ServerApp.port=9000" in command
    assert "--ServerApp.port_retries=0" in command
    assert not any("token" in part.lower() for part in command), "visible to every user of the machine"
    settings = json.loads((tmp_path / ".imgrec/settings-zh/overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/translation-extension:plugin"] == {"locale": "zh_CN"}
    assert not any("ServerApp.port" in part for part in lab.command("en", tmp_path, None, browser=True))


def test_lab_opens_the_contents_where_there_are_any(tmp_path):
    assert lab.page("en", tmp_path) == "/lab/tree/en"
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "contents.ipynb").write_text("", encoding="utf-8")
    assert lab.page("en", tmp_path) == "/lab/tree/en/contents.ipynb"


def test_lab_that_ends_early_is_one_sentence(notebooks, capsys, monkeypatch):
    monkeypatch.setattr(lab, "command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest keeps its own handlers
    status, out, err = run(capsys, "lab", "--no-browser")
    assert status == 1
    assert "4 notebooks copied" in out
    assert err.startswith("JupyterLab ended before its page answered (exit status 3)")


@pytest.mark.slow
def test_lab_answers_and_ends_on_request(notebooks, tmp_path):
    code = (
        "import sys; from pathlib import Path; from imgrec_course import cli, workspace\n"
        f"workspace.NOTEBOOKS = Path({str(notebooks)!r})\n"
        f"sys.exit(cli.main(['lab', '--no-browser', '--lang', 'zh', '--folder', {str(tmp_path / 'copy')!r}]))"
    )
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        seconds = time.perf_counter() - started
        assert "4" in lines[0]
        assert "http://127.0.0.1:" in lines[1]
        assert "/lab/tree/zh/contents.ipynb?token=" in lines[1]
        assert seconds < 6 * 3, "six seconds is the budget; a test machine may be busy"
    finally:
        if sys.platform == "win32":
            process.kill()
        else:
            process.send_signal(signal.SIGINT)
        status = process.wait(30)
    if sys.platform != "win32":
        assert status == 0
        assert "JupyterLab 已结束" in process.stdout.read()


# doctor


@pytest.fixture
def quick_doctor(monkeypatch):
    """The doctor without the two checks that need TensorFlow."""
    monkeypatch.setattr(
        doctor, "CHECKS", tuple(c for c in doctor.CHECKS if c not in (doctor.graphics, doctor.speed))
    )


def test_doctor_finds_nothing_wrong_here(quick_doctor, capsys):
    status, out, _ = run(capsys, "doctor")
    assert "✗" not in out, out
    assert status == 0
    assert "All is well." in out
    assert "numpy " in out


def test_doctor_says_what_to_do(quick_doctor, capsys, monkeypatch):
    versions = {"keras": "1.0"}

    def version(name):
        if name == "jupytext" or name not in doctor.locked():
            raise metadata.PackageNotFoundError(name)
        return versions.get(name) or doctor.locked()[name]

    monkeypatch.setattr(doctor.metadata, "version", version)
    problem = CourseError("{file} is missing", file="data/x")
    monkeypatch.setattr("imgrec_course.datasets.files.verify_all", lambda: [problem])
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    repair, keras = "delete the folder .venv and run `python3 course.py doctor`", doctor.locked()["keras"]
    assert f"✗ packages are missing: jupytext → {repair}\n" in out
    assert f"✗ packages differ from requirements.txt: keras 1.0 ({keras}) → {repair}" in out
    assert "✗ data/x is missing\n" in out
    assert "3 of these need you" in out


def test_doctor_accepts_the_gpu_build(monkeypatch):
    wanted = next(name for name in doctor.locked() if name.startswith("tensorflow"))
    other = {"tensorflow": "tensorflow-cpu", "tensorflow-cpu": "tensorflow"}[wanted]

    def version(name):
        if name == wanted:
            raise metadata.PackageNotFoundError(name)
        return doctor.locked()[wanted if name == other else name]

    monkeypatch.setattr(doctor.metadata, "version", version)
    assert [is_well for is_well, _, _ in doctor.packages()] == [True]


def test_a_check_that_fails_itself_is_a_line_and_not_a_traceback(capsys, monkeypatch):
    def broken():
        raise RuntimeError("no such thing")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken,))
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    assert out.startswith("✗ broken could not be checked (RuntimeError('no such thing'))")


@pytest.mark.parametrize(
    ("speed", "status", "verdict"), [(9000, 0, "or less"), (4000, 0, "2.0"), (800, 1, "10.0")]
)
def test_doctor_compares_the_speed(capsys, monkeypatch, speed, status, verdict):
    monkeypatch.setattr(doctor, "CHECKS", (doctor.speed,))
    monkeypatch.setattr(doctor, "train_for_one_second", lambda: speed)
    found, out, _ = run(capsys, "doctor")
    assert found == status
    assert verdict in out


@pytest.mark.slow
def test_doctor_measures_the_speed_without_noise():
    code = "from imgrec_course.doctor import train_for_one_second; print(train_for_one_second() > 50)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "True\n"
    assert answer.stderr == ""


# test


@pytest.mark.parametrize(
    ("statuses", "quick", "expected", "line"),
    [
        ([0, 0], False, 0, "tests: passed; notebooks: passed"),
        ([1, 0], False, 1, "tests: FAILED; notebooks: passed"),
        ([0, 1], False, 1, "tests: passed; notebooks: FAILED"),
        ([0, 5], False, 1, "tests: passed; notebooks: NOTHING FOUND TO TEST"),
        ([0], True, 0, "tests: passed; notebooks: left out by --quick"),
    ],
)
def test_both_parts_run_whatever_the_first_says(capsys, monkeypatch, statuses, quick, expected, line):
    answers, asked = iter(statuses), []

    def run_pytest(arguments):
        asked.append(arguments)
        return next(answers)

    monkeypatch.setattr(testing, "run_pytest", run_pytest)
    mine = ["-k", "x", "--lf", "tests/test_a.py"]
    status, out, _ = run(capsys, "test", *(["--quick"] if quick else []), *mine)
    assert status == expected
    assert out == line + "\n"
    assert asked[0][-4:] == mine
    assert ("not slow and not browser" in asked[0]) is quick
    if not quick:
        assert "--nbval" in asked[1]
        assert "-k" not in asked[1]


# Both languages


def test_help_and_verdicts_have_a_translation():
    """Sentences that stand in a variable: tests/test_language.py finds those that stand in a call."""
    chinese = catalogue("zh")
    sentences = [*cli.COMMANDS.values(), cli.DESCRIPTION, doctor.REFERENCE_MACHINE, "tests", "notebooks"]
    sentences += ["your working copy (default: my_course)", "lessons (default: all)"]
    assert [text for text in sentences if text not in chinese] == []
    assert (LOCALE / "zh" / "command.json").exists()
