"""`imgrec bundle`: one archive from which the course starts without a network.

In it: the files that git knows, and in ``wheels/`` a wheel of every package that a learner needs, with

``wheels/requirements.txt``   the part of requirements.txt that they are, hashes included
``wheels/bundle.json``        for which machines and Pythons, and which of the wheels is uv for which

course.py sees that folder and installs from it. Without it, it downloads as ever.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from imgrec_course import __version__
from imgrec_course.language import CourseError, say
from imgrec_course.paths import ROOT

# name: what the lock's markers ask, and the wheels' tags, the newest first.
# Linux: what a system with glibc 2.28 (2018) can install, TensorFlow's own limit being 2.27.
GLIBC = ("_2_28", "_2_27", "_2_26", "_2_24", "_2_17", "2014", "_2_12", "2010", "_2_5", "1")
MACHINES = {
    "linux-x86_64": (
        {"sys_platform": "linux", "platform_machine": "x86_64", "platform_system": "Linux"},
        [f"manylinux{version}_x86_64" for version in GLIBC],
    ),
    "linux-aarch64": (
        {"sys_platform": "linux", "platform_machine": "aarch64", "platform_system": "Linux"},
        [f"manylinux{version}_aarch64" for version in GLIBC[:6]],
    ),
    "macos-arm64": (
        {"sys_platform": "darwin", "platform_machine": "arm64", "platform_system": "Darwin"},
        ["macosx_14_0_arm64"],
    ),
    "windows-x86_64": (
        {"sys_platform": "win32", "platform_machine": "AMD64", "platform_system": "Windows"},
        ["win_amd64"],
    ),
}
PYTHONS = ("3.11", "3.12", "3.13")
COMPRESSED = (".whl", ".gz", ".jpg", ".png", ".npz", ".h5")  # once more gains nothing
DEFAULT_FOLDER = ROOT / "build" / "bundle"


def bundle(folder=None, machines=(), pythons=(), everything=False):
    """Write the archive and say where it is and how large.

    folder       where to (default: build/bundle)
    machines     names out of ``MACHINES`` (default: this one)
    pythons      "3.11", … (default: this one)
    everything   also what tests and authors need, not only what learners need
    returns      its path

    Raises CourseError for a course that is no git clone or has changes that are not committed, for a
    machine or Python that there is not, and for a package that has no wheel there.
    """
    machines = list(dict.fromkeys(machines)) or [this_machine()]
    pythons = sorted(dict.fromkeys(pythons)) or ["{}.{}".format(*sys.version_info)]
    check_choice(machines, MACHINES)
    check_choice(pythons, PYTHONS)
    files = tracked_files()
    folder = Path(folder or DEFAULT_FOLDER).expanduser().resolve()
    name = f"image-recognition-{__version__}-{'+'.join(machines)}-python{'+'.join(pythons)}"
    name += "-all" if everything else ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            wheels = Path(scratch) / "wheels"
            wheels.mkdir()
            fill_wheels(wheels, machines, pythons, everything)
            unfinished = Path(scratch) / "archive"
            write_archive(unfinished, f"image-recognition-{__version__}", files, wheels)
            archive = folder / f"{name}.zip"
            unfinished.replace(archive)
    except OSError as error:
        raise CourseError(
            "The bundle cannot be written to {folder} ({reason}): it takes about 1 GB for each machine and "
            "Python; choose another place with --folder.",
            folder=str(folder),
            reason=error.strerror or str(error),
        ) from error
    say(
        "{archive}: {size} MB, for {machines} with Python {pythons}. Unpack it and run "
        "`python3 course.py lab` in it; no network is needed.",
        archive=str(archive),
        size=f"{archive.stat().st_size / 1e6:.0f}",
        machines=", ".join(machines),
        pythons=", ".join(pythons),
    )
    return archive


def this_machine():
    """The name in ``MACHINES`` of the machine that we run on (course.py names it alike)."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{'x86_64' if machine == 'amd64' else machine}"


def check_choice(chosen, known):
    for name in chosen:
        if name not in known:
            raise CourseError(
                "No bundle can be made for {name}: choose among {known}.", name=name, known=", ".join(known)
            )


def tracked_files():
    """Paths, relative to the course's folder, of all files that git knows, all as they were committed."""
    try:
        status = git("status", "--porcelain")
        # A folder inside somebody else's repository is no clone of the course.
        files = git("ls-files", "-z").split("\0") if (ROOT / ".git").exists() else None
    except (OSError, subprocess.CalledProcessError):
        files = None
    if not files:
        raise CourseError(
            "{folder} is no git clone of the course, so nobody can say which files are its own: make the "
            "bundle in a clone, where the program git is installed.",
            folder=str(ROOT),
        )
    if status:
        raise CourseError(
            "What git has not recorded would be missing from the bundle or untested ({file}, {count} files "
            "in all): commit it, or take it back, and start again.",
            file=status.splitlines()[0][3:],
            count=len(status.splitlines()),
        )
    return [name for name in files if name]


def git(*arguments):
    return subprocess.run(
        ["git", "-c", "core.quotepath=false", *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


def chosen_blocks(everything=False):
    """{"name==version ; marker": its lines in requirements.txt} of what a learner needs, or of everything."""
    from imgrec_course.authoring.build import needed_packages

    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    blocks = {
        block.partition("\n")[0].rstrip(" \\"): block
        for block in re.split(r"^(?=\S+==)", lock, flags=re.MULTILINE)[1:]
    }
    if everything:
        return blocks
    # uv: course.py installs with it.
    needed = {*needed_packages(), *(pin for pin in blocks if pin.startswith("uv=="))}
    return {pin: block for pin, block in blocks.items() if pin in needed}


def lock_text(blocks):
    """A lock of these blocks of requirements.txt."""
    return "# The part of requirements.txt that is installed here.\n" + "".join(blocks.values())


def fill_wheels(wheels, machines, pythons, everything):
    """Put the wheels for these machines and Pythons into a folder, and what course.py reads there."""
    blocks = chosen_blocks(everything)
    for machine in machines:
        for python in pythons:
            say("Wheels for {machine}, Python {python} …", machine=machine, python=python)
            done = set()
            # A marker may divide the releases of one Python: 3.11.2 and 3.11.9 need different wheels.
            for release in ("0", "99"):
                wanted = {pin for pin in blocks if applies(pin, machine, f"{python}.{release}")} - done
                if wanted:
                    download(wheels, {pin: blocks[pin] for pin in wanted}, machine, f"{python}.{release}")
                done |= wanted
    described = {
        "machines": {machine: uv_wheel(wheels, machine) for machine in machines},
        "pythons": list(pythons),
    }
    (wheels / "bundle.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    (wheels / "requirements.txt").write_text(lock_text(blocks), encoding="utf-8", newline="\n")


def applies(pin, machine, python):
    """Whether the marker of "name==version ; marker" holds on a machine with a Python ("3.11.99")."""
    from packaging.requirements import Requirement

    marker = Requirement(pin).marker
    values = MACHINES[machine][0] | {
        "os_name": "nt" if machine.startswith("windows") else "posix",
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return marker is None or marker.evaluate(values)


def download(wheels, blocks, machine, python):
    """Fetch one wheel for each block, checked by its hashes.

    Done by pip, which uv runs: uv itself has no command that only downloads. pip judges markers by the
    machine that it runs on, so they are taken out; they have been judged here.
    """
    without_markers = [re.sub(r"\A(\S+==\S+) ;.*", r"\1 \\", block) for block in blocks.values()]
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("".join(without_markers), encoding="utf-8")
        command = [uv_program(), "tool", "run", "--from", "pip>=23.2", "pip", "download", "--no-deps"]
        command += ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        command += ["--implementation", "cp", "--python-version", python, "--requirement", str(wanted)]
        command += [part for tag in MACHINES[machine][1] for part in ("--platform", tag)]
        done = subprocess.run([*command, "--dest", str(wheels)], capture_output=True, encoding="utf-8")
    if done.returncode:
        raise failure(done.stderr, machine, python)


def uv_program():
    """The uv beside this Python."""
    uv = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    if not uv.exists():
        raise CourseError(
            "There is no uv in .venv: delete that folder and run `python3 course.py doctor`, "
            "which makes it anew."
        )
    return str(uv)


def failure(said, machine, python):
    """The CourseError that pip's words tell of."""
    if "No space left on device" in said:
        return OSError(28, "No space left on device")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    missing = re.search(r"No matching distribution found for (\S+)", said)
    # Where nothing answers, pip also finds no distribution, of the very first package.
    if missing and not re.search(r"Retrying|Could not fetch|[Cc]onnection|offline", said):
        return CourseError(
            "There is no wheel of {package} for {machine} with Python {python}: leave that machine or that "
            "Python out, or lock a version that has one.",
            package=missing[1],
            machine=machine,
            python=python.rpartition(".")[0],
        )
    return CourseError(
        "The wheels could not be fetched ({reason}): making a bundle needs the internet; check the "
        "connection, and start again.",
        reason=lines[-1][:200] if lines else "?",
    )


def uv_wheel(wheels, machine):
    """The name of the wheel of uv for a machine: one for each, whichever its Python."""
    # Linux and macOS write a version of the system between: macosx_11_0_arm64.
    system, _, processor = re.sub(r"_\d+_\d+|\d{4}", "", MACHINES[machine][1][0]).partition("_")
    pattern = re.compile(rf"\b{system}\w*_{processor}\b")
    (found,) = [path.name for path in wheels.glob("uv-*.whl") if pattern.search(path.name)]
    return found


def write_archive(path, top, files, wheels):
    """Zip the course's files and the wheels, all under one folder with the name ``top``."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in files:
            add(archive, ROOT / name, f"{top}/{name}")
        for wheel in sorted(wheels.iterdir()):
            add(archive, wheel, f"{top}/wheels/{wheel.name}")


def add(archive, path, name):
    """One file, with the permission to be executed that it has, and nothing else of this machine."""
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix: `unzip` then keeps what follows
    info.external_attr = (0o100755 if os.access(path, os.X_OK) else 0o100644) << 16
    info.compress_type = zipfile.ZIP_STORED if path.suffix in COMPRESSED else zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 1 << 20)


if __name__ == "__main__":
    # For the Dockerfile: the learner's part of the lock, on stdout.
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(newline="\n")
    sys.stdout.write(lock_text(chosen_blocks()))
