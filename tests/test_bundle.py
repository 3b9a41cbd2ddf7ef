"""`imgrec bundle`: what is in the archive, who may make one, and a start from it with no network at all."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from test_course import start_lab

import course
from imgrec_course import cli, doctor
from imgrec_course.authoring import bundle
from imgrec_course.authoring.bundle import MACHINES, PYTHONS
from imgrec_course.language import CourseError
from imgrec_course.paths import ROOT

COMMIT = ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "--message", "x"]


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small clone, from which a bundle is made without downloading anything."""
    folder = tmp_path / "clone"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("course.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "notebooks" / "数 a.ipynb").write_text("{}", encoding="utf-8")
    (folder / "postBuild").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "postBuild").chmod(0o755)
    (folder / ".gitignore").write_text(".venv/\nmy_course/\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, *COMMIT)
    for made in (".venv", "my_course"):
        (folder / made).mkdir()
        (folder / made / "mine").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(bundle, "ROOT", folder)
    monkeypatch.setattr(bundle, "download", pretended_download)
    monkeypatch.setenv("IMGREC_LANG", "en")
    return folder


def pretended_download(wheels, blocks, machine, python):
    tag = {"macos-arm64": "macosx_11_0_arm64"}.get(machine, MACHINES[machine][1][0])
    for pin in blocks:
        name, _, version = pin.partition(" ")[0].partition("==")
        file = f"{name.replace('-', '_')}-{version}-py3-none-{tag}.whl"
        (wheels / file).write_text(python, encoding="utf-8")


def names_in(archive):
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_the_archive_holds_what_git_knows_and_the_wheels_and_nothing_else(clone, tmp_path, capsys):
    archive = bundle.bundle(tmp_path / "out", ["linux-x86_64"], ["3.12"])
    (said,) = capsys.readouterr().out.splitlines()[1:]
    assert said.startswith(f"{archive}: ")
    assert "for linux-x86_64 with Python 3.12" in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == [archive.name]
    top, names = "image-recognition-0.1.0", names_in(archive)
    own = {name for name in names if "/wheels/" not in name}
    assert own == {
        f"{top}/{name}"
        for name in (
            ".gitignore",
            "course.py",
            "notebooks/数 a.ipynb",
            "postBuild",
            "pyproject.toml",
            "requirements.txt",
        )
    }
    with zipfile.ZipFile(archive) as opened:
        assert opened.getinfo(f"{top}/postBuild").external_attr >> 16 == 0o100755
        assert opened.getinfo(f"{top}/course.py").external_attr >> 16 == 0o100644
        described = json.loads(opened.read(f"{top}/wheels/bundle.json"))
        lock = opened.read(f"{top}/wheels/requirements.txt").decode()
    assert described["pythons"] == ["3.12"]
    (uv,) = described["machines"].values()
    assert f"{top}/wheels/{uv}" in names
    assert uv.startswith("uv-")
    packages = {parse_wheel_filename(Path(name).name)[0] for name in names if name.endswith(".whl")}
    assert {"tensorflow-cpu", "jupyterlab", "keras", "uv"} <= packages
    assert not {"pytest", "sphinx", "playwright", "ruff", "nbgrader", "tensorflow"} & packages
    whole = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=\S+==)", lock, flags=re.MULTILINE)[1:]
    assert len(blocks) > 100
    assert all(block in whole and "--hash=sha256:" in block for block in blocks), "each block as it stands"


def test_everything_is_the_whole_lock(clone):
    assert len(bundle.chosen_blocks(True)) > len(bundle.chosen_blocks()) + 30


def test_several_machines_and_pythons_in_one_archive(clone, tmp_path):
    archive = bundle.bundle(tmp_path / "out", ["windows-x86_64", "macos-arm64"], ["3.13", "3.11"])
    assert archive.name == "image-recognition-0.1.0-windows-x86_64+macos-arm64-python3.11+3.13.zip"
    with zipfile.ZipFile(archive) as opened:
        described = json.loads(opened.read("image-recognition-0.1.0/wheels/bundle.json"))
    assert set(described["machines"]) == {"windows-x86_64", "macos-arm64"}
    assert described["pythons"] == ["3.11", "3.13"]
    names = " ".join(names_in(archive))
    assert "tensorflow_cpu-2.21.0-py3-none-win_amd64" in names
    assert "tensorflow-2.21.0-py3-none-macosx" in names
    assert "pywinpty" in names
    # 3.11.2 and 3.11.9 need different ones.
    versions = set(re.findall(r"soupsieve-([\d.]+)-", names))
    assert len(versions) == 2, "the lock divides 3.11 no longer: find another package for this test"


def test_each_machine_finds_its_own_uv(tmp_path):
    """The names under which uv is published."""
    names = {
        "linux-x86_64": "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "linux-aarch64": "uv-0.13.9-py3-none-manylinux_2_17_aarch64.musllinux_1_1_aarch64.whl",
        "macos-arm64": "uv-0.13.9-py3-none-macosx_11_0_arm64.whl",
        "windows-x86_64": "uv-0.13.9-py3-none-win_amd64.whl",
    }
    for name in names.values():
        (tmp_path / name).touch()
    assert {machine: bundle.uv_wheel(tmp_path, machine) for machine in MACHINES} == names


def test_changes_that_are_not_committed_are_refused(clone, tmp_path, capsys):
    (clone / "course.py").write_text("", encoding="utf-8")
    (clone / "notebooks" / "new.ipynb").write_text("", encoding="utf-8")
    with pytest.raises(CourseError, match=re.escape("untested (course.py, 2 files in all): commit it")):
        bundle.bundle(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("state", ["no git folder", "no git program"])
def test_what_is_no_clone_is_refused(clone, tmp_path, monkeypatch, state):
    if state == "no git folder":
        shutil.rmtree(clone / ".git")
    else:
        monkeypatch.setenv("PATH", "")
    with pytest.raises(CourseError, match="is no git clone of the course"):
        bundle.bundle(tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--platform", "amiga"],
            "No bundle can be made for amiga: choose among linux-x86_64, linux-aarch64",
        ),
        (["--python", "3.10"], "No bundle can be made for 3.10: choose among 3.11, 3.12, 3.13."),
        (["here"], "unknown argument here: see `imgrec bundle --help`."),
    ],
)
def test_wrong_arguments_are_one_sentence(capsys, monkeypatch, arguments, sentence):
    monkeypatch.setenv("IMGREC_LANG", "en")
    assert cli.main(["bundle", *arguments]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(sentence)


def test_a_folder_that_cannot_be_written_is_one_sentence(clone, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CourseError, match="The bundle cannot be written to"):
        bundle.bundle(tmp_path / "file")


# What pip really said.
SAID = [
    (
        "ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from "
        "versions: none)\nERROR: No matching distribution found for tensorflow-cpu==2.21.0\n",
        "There is no wheel of tensorflow-cpu==2.21.0 for macos-arm64 with Python 3.12",
    ),
    (
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError'\n"
        "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n"
        "ERROR: No matching distribution found for x==1\n",
        "The wheels could not be fetched (ERROR: No matching distribution found for x==1): making a bundle",
    ),
    ("", "The wheels could not be fetched (?)"),
]


@pytest.mark.parametrize(("said", "sentence"), SAID)
def test_a_download_that_fails_is_one_sentence(said, sentence, monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    assert str(bundle.failure(said, "macos-arm64", "3.12.0")).startswith(sentence)
    assert isinstance(bundle.failure("[Errno 28] No space left on device", "linux-x86_64", "3.12.0"), OSError)


def test_both_name_this_machine_alike():
    assert bundle.this_machine() == course.this_machine()
    assert set(PYTHONS) == {f"3.{minor}" for minor in range(course.OLDEST[1], course.TOO_NEW[1])}


def test_a_command_that_the_bundle_leaves_out_says_so(monkeypatch, capsys):
    monkeypatch.setenv("IMGREC_LANG", "en")
    monkeypatch.setattr(cli, "is_bundle", lambda: True)

    def missing(options):
        raise ModuleNotFoundError("No module named 'pybtex'", name="pybtex")

    monkeypatch.setitem(cli.RUN, "build", missing)
    assert cli.main(["build"]) == 1
    assert capsys.readouterr().err.startswith("This command needs the package pybtex, which is not in this")


def test_the_doctor_asks_for_what_the_bundle_holds(tmp_path, monkeypatch):
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert "pytest" in doctor.locked()
    (tmp_path / "wheels").mkdir()
    text = bundle.lock_text(bundle.chosen_blocks())
    (tmp_path / "wheels" / "requirements.txt").write_text(text, encoding="utf-8")
    assert "pytest" not in doctor.locked()
    assert {"keras", "jupyterlab", "uv"} <= set(doctor.locked())


# The real thing: made from this course as it stands, started in an empty home with the network gone.


def committed_copy(folder):
    """A clone of the course as it stands, changes included, all of it committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, *COMMIT)


def without_network():
    """The start of a command line that takes the network away, this machine's own address excepted."""
    command = ["unshare", "--net", "--map-root-user", "--"]
    if sys.platform == "linux" and not subprocess.run([*command, "true"], capture_output=True).returncode:
        lift = "import fcntl, socket, struct; s = socket.socket(); "
        lift += "fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 1)); "  # what `ip link set lo up` does
        lift += "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
        return [*command, sys.executable, "-c", lift]
    return []


@pytest.mark.slow
def test_from_the_archive_to_the_page_with_no_network(tmp_path):
    clone = tmp_path / "clone"
    clone.mkdir()
    committed_copy(clone)
    settings = {"cwd": clone, "check": True, "capture_output": True, "encoding": "utf-8"}
    make = [sys.executable, "-P", "-m", "imgrec_course.cli", "bundle", "--folder", str(tmp_path / "out")]
    made = subprocess.run(make, env=dict(os.environ, PYTHONPATH=str(clone)), **settings | {"check": False})
    if "needs the internet" in made.stderr and not os.environ.get("CI"):
        pytest.skip("making a bundle needs the internet, once")
    assert made.returncode == 0, made.stderr
    (archive,) = (tmp_path / "out").iterdir()
    assert archive.stat().st_size < 700e6
    home = tmp_path / "a home"
    home.mkdir()
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(home)
    (folder,) = home.iterdir()
    nowhere = "http://127.0.0.1:9"
    proxies = {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "NO_PROXY": "127.0.0.1"}
    system = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    environment = {"HOME": str(home), "USERPROFILE": str(home), "PATH": os.defpath, "IMGREC_LANG": "en"}
    environment |= proxies | system
    seconds, said = start_lab(folder, environment, without_network())
    print(f"{archive.stat().st_size / 1e6:.0f} MB, {seconds:.0f} s until the page")
    assert course.UNPACKING in said
    assert "/lab/tree/en" in said, said
    ask = [*without_network(), course.base_python(), "course.py"]
    settings = {"cwd": folder, "env": environment, "capture_output": True, "encoding": "utf-8"}
    assert "✓ packages as in requirements.txt" in subprocess.run([*ask, "doctor"], **settings).stdout
    assert "is not in this bundle" in subprocess.run([*ask, "test"], **settings).stderr

    # A wheel gone, a wheel damaged: one sentence, and nothing half made passes for whole.
    (folder / ".venv" / "imgrec.json").unlink()
    (wheel,) = (folder / "wheels").glob("jupyterlab-4*.whl")
    content = wheel.read_bytes()
    for damage in (wheel.unlink, lambda: wheel.write_bytes(content[:-1] + b"x")):
        damage()
        shutil.rmtree(home / ".cache", ignore_errors=True)
        failed = subprocess.run([*ask, "--version"], **settings)
        assert failed.returncode == 1
        assert failed.stderr.splitlines()[-1].startswith("The folder wheels is incomplete or damaged (")
        assert not (folder / ".venv" / "imgrec.json").exists()
