"""course.py: what goes wrong on other people's machines, and one real start from nothing."""

import ast
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import course
from imgrec_course.paths import ROOT


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """course.py in a folder that has only the files it reads; no uv, a Python that fits."""
    for name in ("requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("ROOT", "VENV", "BOOTSTRAP", "STAMP", "LOCK", "WHEELS", "PROJECT", "PYTHON"):
        monkeypatch.setattr(course, name, tmp_path / getattr(course, name).relative_to(ROOT))
    monkeypatch.setattr(course, "find_uv", lambda: None)
    monkeypatch.setattr(course, "translate", translate_from_root)
    for name in ("IMGREC_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setattr(course, "hand_over", lambda arguments: 0)
    return tmp_path


def translate_from_root(chosen, text):
    if chosen == "en":
        return text
    path = ROOT / "imgrec_course" / "locale" / "zh" / "command.json"
    return json.loads(path.read_text(encoding="utf-8"))[text]


def fake_venv(folder, python=None):
    """What course.py looks at in a finished .venv."""
    packages = folder / ".venv" / ("Lib" if course.WINDOWS else "lib/python3.11") / "site-packages"
    packages.mkdir(parents=True)
    (packages / "imgrec_course.pth").write_text(str(folder), encoding="utf-8")
    (folder / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n", encoding="utf-8")
    course.PYTHON.parent.mkdir()
    shutil.copy(python or sys.executable, course.PYTHON)


def failing(monkeypatch, output, status=1):
    """Every program that course.py runs prints this and fails."""
    real = subprocess.Popen
    code = f"import sys; sys.stdout.buffer.write({output.encode()!r}); sys.exit({status})"
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **settings: real([sys.executable, "-c", code], **settings)
    )


def sentences(capsys):
    out, err = capsys.readouterr()
    assert out == "", "stdout belongs to the command"
    assert "Traceback" not in err
    return [line for line in err.splitlines() if line != course.MAKING]


def test_an_old_python_can_read_it():
    text = (ROOT / "course.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert imported <= sys.stdlib_module_names, "standard library only"


def test_every_sentence_has_a_translation():
    path = ROOT / "imgrec_course" / "locale" / "zh" / "command.json"
    chinese = json.loads(path.read_text(encoding="utf-8"))
    constants = {name: value for name, value in vars(course).items() if name.isupper()}
    texts = {name: v for name, v in constants.items() if isinstance(v, str) and " " in v}
    assert len(texts) >= 15
    assert [name for name, text in texts.items() if text not in chinese] == []


# What the tools really said, and the beginning of what we make of it.
FAILURES = [
    (
        "  × Failed to download `numpy==2.4.6`\n  ╰─▶ failed to write to file `/x`: "
        "No space left on device (os error 28)\n",
        "The disk is full: the course needs about 4 GB",
        "磁盘已满：",
    ),
    (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
        "The disk is full:",
        "磁盘已满：",
    ),
    (
        "error: Failed to fetch: `https://x/simple/absl-py/`\n  Caused by: Request failed after 3 retries\n"
        "  Caused by: error sending request for url (https://x/)\n  Caused by: client error (Connect)\n"
        "  Caused by: Connection refused (os error 111)\n",
        "The download failed (Connection refused (os error 111)): the first start needs the internet",
        "下载失败（Connection refused (os error 111)）：首次启动需要联网",
    ),
    (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<X>: Failed to "
        "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/uv/\n"
        "ERROR: Could not find a version that satisfies the requirement uv==1 (from versions: none)\n"
        "ERROR: No matching distribution found for uv==1\n",
        "The download failed (Temporary failure in name resolution)",
        "下载失败（Temporary failure in name resolution）",
    ),
    (
        "error: Failed to download `x`\n  Caused by: error decoding response body\n"
        "  Caused by: unexpected EOF during chunk size line\n",
        "The download failed (error decoding response body)",
        "下载失败（error decoding response body）",
    ),
    (
        "hint: Packages were unavailable because the network was disabled.\n",
        "The download failed (hint: Packages were unavailable because the network was disabled)",
        "下载失败（",
    ),
    (
        "error: Request failed\n  Caused by: invalid peer certificate: UnknownIssuer\n",
        "The download failed because a certificate is not trusted (invalid peer certificate: UnknownIssuer)",
        "下载失败，因为证书不受信任",
    ),
    (
        "  × Failed to read `terminado==0.18.1`\n  ╰─▶ Hash mismatch for `terminado==0.18.1`\n\n"
        "      Expected:\n        sha256:aaaa\n",
        "A download is not what requirements.txt expects",
        "下载的内容与 requirements.txt 不符",
    ),
    (
        "error: failed to create directory `/x/.venv`: Permission denied (os error 13)\n",
        "No permission to write (failed to create directory `/x/.venv`: Permission denied (os error 13))",
        "没有写入权限（",
    ),
    (
        "error: Distribution `tensorflow==2.21.0` can't be installed because it doesn't have a source "
        "distribution or wheel for the current platform\n",
        "A package that the course needs does not exist for this machine (Distribution `tensorflow==2.21.0`",
        "课程需要的某个软件包没有适用于本机的版本（",
    ),
    (
        "what is this\n",
        "Preparing .venv failed (what is this): start again",
        "准备 .venv 失败（what is this）",
    ),
    ("", "Preparing .venv failed (no output): start again", "准备 .venv 失败（no output）"),
]


@pytest.mark.parametrize(("output", "english", "chinese"), FAILURES)
def test_failures_are_one_sentence_in_either_language(fresh, capsys, monkeypatch, output, english, chinese):
    failing(monkeypatch, output)
    assert course.main(["lab"]) == 1
    (sentence,) = sentences(capsys)
    assert sentence.startswith(english)
    assert course.main(["lab", "--lang", "zh"]) == 1
    assert sentences(capsys)[-1].startswith(chinese)
    assert not course.STAMP.exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_debian_without_python3_venv(fresh, capsys, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert course.main(["lab"]) == 1
    (sentence,) = sentences(capsys)
    assert f"(its module `{module}` is missing)" in sentence
    assert "sudo apt install python3-venv" in sentence


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 1)])
def test_python_too_old(fresh, capsys, monkeypatch, version):
    (fresh / ".venv").mkdir()
    monkeypatch.setattr(sys, "version_info", version)
    assert course.main(["lab"]) == 1
    (sentence,) = sentences(capsys)
    assert "64-bit Python from 3.11 to 3.13, and this is Python " + ".".join(map(str, version)) in sentence
    assert (fresh / ".venv").exists(), "nothing is removed before it can be replaced"


@pytest.mark.parametrize(
    ("version", "has_uv"), [((3, 14, 0), False), ((3, 14, 0), True), ((3, 8, 0), True), ((3, 12, 0), True)]
)
def test_uv_brings_a_python_where_this_one_does_not_fit(fresh, capsys, monkeypatch, version, has_uv):
    commands = []
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(course, "run", lambda command, chosen, step: commands.append(command))
    monkeypatch.setattr(course, "find_uv", lambda: "/usr/bin/uv" if has_uv else None)
    monkeypatch.setattr(course, "install_uv", lambda folder, chosen: str(folder / "uv"))
    monkeypatch.setattr(course, "write_stamp", lambda: None)
    assert course.main(["lab"]) == 0
    make, sync, editable = commands
    fits = version[:2] == (3, 12)
    assert make[1:4] == ["venv", "--no-project", "--python"]
    assert make[4] == (course.base_python() if fits else ">=3.11,<3.14")
    assert make[0] == ("/usr/bin/uv" if has_uv else str(fresh / ".bootstrap" / "venv" / "uv"))
    assert sync[1:3] == ["pip", "sync"]
    assert "--require-hashes" in sync
    assert editable[-3:] == ["--no-deps", "--editable", str(fresh)]
    expected = [] if fits else [course.BRINGING.format(version=".".join(map(str, version)))]
    assert sentences(capsys) == expected


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "No permission to write"),
        (errno.EROFS, "No permission to write"),
        (errno.EIO, "Preparing .venv failed"),
    ],
)
def test_what_the_file_system_answers_is_one_sentence(fresh, capsys, monkeypatch, number, sentence):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), str(fresh))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert course.main(["lab"]) == 1
    (found,) = sentences(capsys)
    assert found.startswith(sentence)


def test_ctrl_c_while_installing(fresh, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "run", interrupted)
    assert course.main(["lab"]) == 130
    assert sentences(capsys) == [course.STOPPED]


def test_a_missing_lock_is_named(fresh, capsys):
    fake_venv(fresh)
    (fresh / "requirements.txt").unlink()
    assert course.main(["lab"]) == 1
    assert sentences(capsys) == [course.NO_FILE.format(file="requirements.txt")]


def test_help_installs_nothing(fresh, capsys):
    assert course.main([]) == course.main(["--help"]) == 0
    assert sentences(capsys) == [course.USAGE] * 2
    assert not (fresh / ".venv").exists()


# From a bundle.

UV_WHEEL = "uv-0.13.9-py3-none-any.whl"


@pytest.fixture
def unpacked(fresh, monkeypatch):
    """The same, with the folder wheels of a bundle for this machine and Python; returns the commands run."""
    (fresh / "wheels").mkdir()
    (fresh / "wheels" / "requirements.txt").write_text("keras==3\n", encoding="utf-8")
    with zipfile.ZipFile(fresh / "wheels" / UV_WHEEL, "w") as archive:
        archive.writestr("uv-0.13.9.data/scripts/uv", "#!/bin/sh\n")
        archive.writestr("uv-0.13.9.data/scripts/uvx", "#!/bin/sh\n")
    describe(fresh, course.this_machine(), "{}.{}".format(*sys.version_info))
    digest = hashlib.sha256((fresh / "wheels" / UV_WHEEL).read_bytes()).hexdigest()
    course.LOCK.write_text(f"uv==0.13.9 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    commands = []
    monkeypatch.setattr(course, "run", lambda command, chosen, step: commands.append(command))
    monkeypatch.setattr(course, "write_stamp", lambda: None)
    return commands


def describe(folder, machine, *pythons):
    described = {"machines": {machine: UV_WHEEL}, "pythons": pythons}
    (folder / "wheels" / "bundle.json").write_text(json.dumps(described), encoding="utf-8")


def test_a_bundle_needs_neither_network_nor_pip(fresh, unpacked, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert course.main(["lab"]) == 0
    make, sync, editable = unpacked
    uv = fresh / ".bootstrap" / "uv"
    assert {each[0] for each in unpacked} == {str(uv)}
    assert os.access(uv, os.X_OK)
    assert all("--offline" in each for each in unpacked)
    assert "--no-python-downloads" in make
    assert make[make.index("--python") + 1] == course.base_python()
    assert {"--no-index", "--require-hashes", "--find-links"} < set(sync)
    assert sync[-1] == str(fresh / "wheels" / "requirements.txt")
    assert editable[-1] == str(fresh)
    assert sentences(capsys) == [course.UNPACKING]


def test_a_bundle_for_another_machine(fresh, unpacked, capsys):
    describe(fresh, "amiga-68000", "3.11", "3.13")
    assert course.main(["lab"]) == 1
    (sentence,) = sentences(capsys)
    assert "is for amiga-68000 with Python 3.11, 3.13, and this is " + course.this_machine() in sentence
    assert unpacked == []


@pytest.mark.parametrize("found", ["3.12", None])
def test_a_bundle_for_another_python(fresh, unpacked, capsys, monkeypatch, found):
    """uv looks for one on this machine; where there is none, one sentence."""

    def run(command, chosen, step):
        unpacked.append(command)
        if command[1] == "venv" and command[command.index("--python") + 1] != found:
            raise course.from_output("error: No interpreter found for Python 3.11 in managed installations")

    monkeypatch.setattr(course, "run", run)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    describe(fresh, course.this_machine(), "3.11", "3.12")
    assert course.main(["lab"]) == (0 if found else 1)
    assert [each[each.index("--python") + 1] for each in unpacked if each[1] == "venv"] == ["3.11", "3.12"]
    if found is None:
        assert "with Python 3.11, 3.12, and this is " in sentences(capsys)[-1]


@pytest.mark.parametrize("damage", ["no description", "bad description", "no uv", "other uv", "a wheel"])
def test_a_damaged_bundle_is_one_sentence(fresh, unpacked, capsys, monkeypatch, damage):
    wheels = fresh / "wheels"
    if damage == "no description":
        (wheels / "bundle.json").unlink()
    elif damage == "bad description":
        (wheels / "bundle.json").write_text("{}", encoding="utf-8")
    elif damage == "no uv":
        (wheels / UV_WHEEL).unlink()
    elif damage == "other uv":
        (wheels / UV_WHEEL).write_bytes(b"x")
    else:

        def run(command, chosen, step):
            if command[2] == "sync":
                raise course.from_output(
                    "  × Failed to read `keras==3`\n  ╰─▶ Hash mismatch for `keras==3`\n"
                )

        monkeypatch.setattr(course, "run", run)
    assert course.main(["lab"]) == 1
    sentence = sentences(capsys)[-1]
    assert sentence.startswith("The folder wheels is incomplete or damaged (")
    assert "delete the folder wheels" in sentence


def test_without_its_wheels_a_bundle_is_the_course_as_ever(fresh, unpacked):
    assert course.lock_in_use() == fresh / "wheels" / "requirements.txt"
    shutil.rmtree(fresh / "wheels")
    assert course.lock_in_use() == course.LOCK


# Ready, out of date, half made.


@pytest.fixture
def steps(fresh, monkeypatch):
    """What course.py would do to a finished .venv, without doing it."""
    fake_venv(fresh)
    course.write_stamp()
    done = []
    monkeypatch.setattr(course, "uv_fits", lambda uv: True)
    monkeypatch.setattr(course, "sync", lambda uv, chosen: done.append("sync"))

    def make_venv(chosen):
        done.append("make")
        shutil.rmtree(course.VENV)
        fake_venv(fresh)
        return "uv"

    monkeypatch.setattr(course, "make_venv", make_venv)
    return done


def test_a_finished_venv_is_left_alone(fresh, steps, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)  # nothing is started
    assert course.main(["lab"]) == 0
    assert steps == []


def test_a_changed_lock_is_synced(fresh, steps):
    for name in ("requirements.txt", "pyproject.toml"):
        with (fresh / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        assert course.main(["lab"]) == course.main(["lab"]) == 0
        assert steps == ["sync"], name
        steps.clear()


def test_the_course_taken_out_by_a_sync_is_put_back(fresh, steps):
    next(course.VENV.rglob("imgrec_course.pth")).unlink()
    course.main(["lab"])
    assert steps == ["sync"]


@pytest.mark.parametrize(
    "damage", ["no stamp", "bad stamp", "empty stamp", "no python", "other python", "no config"]
)
def test_a_half_made_or_foreign_venv_is_made_anew(fresh, steps, damage):
    if damage == "no stamp":
        course.STAMP.unlink()
    elif damage == "bad stamp":
        course.STAMP.write_text("{", encoding="utf-8")
    elif damage == "empty stamp":
        course.STAMP.write_text("[]", encoding="utf-8")
    elif damage == "no python":
        course.PYTHON.unlink()
    elif damage == "other python":
        (course.VENV / "pyvenv.cfg").write_text("version = 3.12.1\n", encoding="utf-8")
    else:
        (course.VENV / "pyvenv.cfg").unlink()
    assert course.main(["lab"]) == course.main(["lab"]) == 0
    assert steps == ["make", "sync"]


def test_a_moved_folder_is_made_anew(fresh, steps, monkeypatch):
    monkeypatch.setattr(course, "ROOT", fresh / "elsewhere")
    assert course.main(["lab"]) == 0
    assert steps == ["make", "sync"]


def test_a_sync_that_fails_leaves_no_stamp(fresh, steps, monkeypatch):
    def fail(uv, chosen):
        raise course.Problem(course.DISK_FULL)

    (fresh / "requirements.txt").write_text("", encoding="utf-8")
    monkeypatch.setattr(course, "sync", fail)
    assert course.main(["lab"]) == 1
    assert not course.STAMP.exists()


def test_two_starts_do_not_collide(fresh):
    code = (
        "import sys, time, course; from pathlib import Path\n"
        f"course.BOOTSTRAP = Path({str(fresh)!r}) / 'lock'\n"
        "with course.only_one('en'):\n    print('in'); sys.stdout.flush(); time.sleep(.5); print('out')"
    )
    start = [sys.executable, "-u", "-c", code]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    first = subprocess.Popen(start, **settings)
    assert first.stdout.readline() == "in\n"
    second = subprocess.Popen(start, **settings)
    assert "waits" in second.stderr.readline()
    assert second.stdout.readline() == "in\n"
    assert first.poll() is not None or first.stdout.read() == "out\n", "the first had come out"
    assert first.wait(5) == second.wait(5) == 0
    for process in (first, second):
        process.stdout.close()
        process.stderr.close()


def test_uvs_own_block_of_the_lock(fresh):
    block = course.locked_block("uv").splitlines()
    assert block[0].startswith("uv==")
    assert sum("--hash=sha256:" in line for line in block) >= 10
    assert [line for line in block[1:] if not line.startswith("    ")] == []
    assert course.locked_block("no-such-package") == ""


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["lab", "--lang", "zh"], {"LANG": "de_DE"}, "zh"),
        (["lab", "--lang=en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["lab", "--lang"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["lab"], {"LANG": "zh_CN.UTF-8", "IMGREC_LANG": "en"}, "en"),
        (["lab"], {"LANG": "en_US", "LC_ALL": "zh_TW"}, "zh"),
        (["lab"], {"LANG": "C"}, "en"),
    ],
)
def test_language(fresh, monkeypatch, arguments, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert course.language(arguments) == expected


# The real thing.


def copy_of_the_course(folder):
    """The files of the course without what is made from them; the data, which `lab` does not read, aside."""
    made = (".git", ".venv", ".bootstrap", "my_course", "__pycache__", ".*_cache", ".hypothesis", "data")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made))


def start_lab(folder, environment, before=()):
    """(seconds until the page is announced, the announcement); the lab is ended again.

    before   the beginning of the command line, should something stand between us and the course
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [*before, course.base_python(), "course.py", "lab", "--no-browser"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "http://127.0.0.1:" in line:
                break
        return time.perf_counter() - started, "".join(said)
    finally:
        process.send_signal(signal.SIGTERM if course.WINDOWS else signal.SIGINT)
        process.wait(60)
        process.stdout.close()


@pytest.mark.slow
def test_from_a_fresh_clone_to_the_page(tmp_path):
    folder = tmp_path / "a course"  # a space, as in many a person's home folder
    copy_of_the_course(folder)
    environment = dict(os.environ, IMGREC_LANG="en")
    for name in ("VIRTUAL_ENV", "UV", "PYTHONPATH"):
        environment.pop(name, None)
    _, said = start_lab(folder, environment)
    assert course.MAKING in said
    assert "/lab/tree/en" in said, said

    # The second start, with no network at all.
    nowhere = "http://127.0.0.1:9"
    offline = dict(environment, UV_OFFLINE="1", HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, NO_PROXY="127.0.0.1")
    seconds, said = start_lab(folder, offline)
    assert said.count("\n") == 1, said
    assert seconds < 6 * 3, "six seconds is the budget; a test machine may be busy"

    ask = [course.base_python(), "course.py", "--version"]
    settings = {"cwd": folder, "capture_output": True, "encoding": "utf-8", "check": True}
    times = []
    for _ in range(3):
        started = time.perf_counter()
        assert subprocess.run(ask, env=offline, **settings).stderr == ""
        times.append(time.perf_counter() - started)
    assert min(times) < 1

    # Half made: packages gone, and the stamp, which is written last, not there.
    (folder / ".venv" / "imgrec.json").unlink()
    shutil.rmtree(next((folder / ".venv").rglob("site-packages")) / "jupyterlab")
    assert course.MAKING in subprocess.run(ask, env=environment, **settings).stderr
    assert next((folder / ".venv").rglob("site-packages/jupyterlab")).is_dir()
