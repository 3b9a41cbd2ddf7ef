"""Start the course: `python3 course.py lab`, `python3 course.py test`, `python3 course.py --help`.

Makes .venv from requirements.txt when it is missing, half made or out of date, then hands over to the
command `imgrec` in it. Where there is a folder wheels/ (from `imgrec bundle`) that needs no network.
Standard library only; Python 3.6 can read this file, so that an old Python gets a sentence and not a
SyntaxError.

To train on an NVIDIA card (Linux), exchange TensorFlow in .venv; it stays until requirements.txt changes:
    .venv/bin/uv pip uninstall tensorflow-cpu
    .venv/bin/uv pip install "tensorflow[and-cuda]==<the version in requirements.txt>"
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BOOTSTRAP = ROOT / ".bootstrap"  # the lock file, and a uv of our own where this Python is too new
STAMP = VENV / "imgrec.json"  # written last: a .venv without it is half made
LOCK = ROOT / "requirements.txt"
WHEELS = ROOT / "wheels"  # in a bundle (`imgrec bundle`): every package, and which part of the lock they are
PROJECT = ROOT / "pyproject.toml"

OLDEST, TOO_NEW = (3, 11), (3, 14)  # what TensorFlow's wheels need; pyproject.toml says the same
FROM_UV = ">=3.11,<3.14"  # what uv is asked for where this Python does not fit
OLDEST_UV = (0, 9)  # builds the package without the network, and reads our lock

WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")

USAGE = (
    "Usage: python3 course.py COMMAND …, for example `lab` to learn, `test` to test, `doctor` when "
    "something is wrong; the first start installs about 2.5 GB into .venv."
)
BAD_PYTHON = (
    "The course needs a 64-bit Python from 3.11 to 3.13, and this is Python {version} ({bits}-bit): "
    "install one of those (python.org), or uv (docs.astral.sh/uv), which brings its own, and start again."
)
NO_VENV = (
    "This Python cannot make virtual environments (its module `{module}` is missing): on Debian and "
    "Ubuntu run `sudo apt install python3-venv`, elsewhere install uv (docs.astral.sh/uv), and start "
    "again."
)
DISK_FULL = (
    "The disk is full: the course needs about 4 GB in its folder and in your home folder (the download "
    "cache); free some and start again, finished downloads are kept."
)
READ_ONLY = (
    "No permission to write ({reason}): the course needs a folder that you may write to; copy it there, "
    "or change the permissions of {folder}, and start again."
)
NO_NETWORK = (
    "The download failed ({reason}): the first start needs the internet; check the connection, or the "
    "proxy in HTTPS_PROXY, and start again, finished downloads are kept."
)
BAD_CERTIFICATE = (
    "The download failed because a certificate is not trusted ({reason}): where a firewall has "
    "certificates of its own, name their file in SSL_CERT_FILE, and start again."
)
BAD_DOWNLOAD = (
    "A download is not what requirements.txt expects, so nothing of it was installed ({reason}): start "
    "again; should it stay so, whatever serves your downloads alters them."
)
NO_WHEEL = (
    "A package that the course needs does not exist for this machine ({reason}): TensorFlow has Linux "
    "(glibc), Windows on x86-64 and macOS on Apple silicon."
)
NO_FILE = "The file {file} is missing: get the whole course again (git clone), not single files of it."
OTHER_FAILURE = (
    "Preparing .venv failed ({reason}): start again; should it stay so, delete the folder .venv first."
)
BAD_BUNDLE = (
    "The folder wheels is incomplete or damaged ({reason}): unpack the bundle again, or delete the folder "
    "wheels, and the packages come from the internet."
)
OTHER_BUNDLE = (
    "This bundle of the course is for {machines} with Python {pythons}, and this is {machine} with Python "
    "{version}: start it with one of those, ask for a bundle for your machine (`imgrec bundle --help`), or "
    "delete the folder wheels, and the packages come from the internet."
)
WAITING = "Another start of the course prepares .venv; this one waits for it."
MAKING = "Preparing .venv, once: about 180 packages, 650 MB of downloads, some minutes on a slow line."
UNPACKING = "Preparing .venv, once, from the folder wheels; this takes a minute or two and no network."
RENEWING = "Bringing .venv up to date with requirements.txt."
BRINGING = (
    "Python {version} is too new or too old for TensorFlow: uv finds or brings one from 3.11 to 3.13 for "
    "the course, and leaves yours alone."
)
STOPPED = "Stopped before .venv was ready; start again to go on, finished downloads are kept."
STEP_UV = "installing uv"
STEP_VENV = "making .venv"
STEP_SYNC = "installing the packages"
STEP_COURSE = "installing the course"


class Problem(Exception):
    """Something that the reader can mend, as one sentence."""

    def __init__(self, text, **values):
        Exception.__init__(self, text)
        self.text, self.values = text, values


def main(arguments):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter still gets the sentence
    chosen = language(arguments)
    try:
        if not is_ready():
            if not arguments or arguments[0] in ("-h", "--help"):
                tell(chosen, USAGE)
                return 0
            prepare(chosen)
        return hand_over(arguments)
    except Problem as problem:
        tell(chosen, problem.text, **problem.values)
    except OSError as error:
        problem = from_os_error(error)
        tell(chosen, problem.text, **problem.values)
    except KeyboardInterrupt:
        tell(chosen, STOPPED)
        return 130
    return 1


def hand_over(arguments):
    """Become `imgrec` in .venv; returns its exit status where a process cannot become another."""
    # UTF-8 whatever the console: files and pipes are then the same on Windows as elsewhere.
    os.environ.setdefault("PYTHONUTF8", "1")
    # -P: a json.py in the reader's folder is not ours to import.
    command = [str(PYTHON), "-P", "-m", "imgrec_course.cli", *arguments]
    if not WINDOWS:
        os.execv(command[0], command)
    import subprocess

    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child has it too, and decides
            continue


# Whether .venv is as it should be. This runs at every start, so it starts no process.


def is_ready():
    stamp = read_stamp()
    return stamp == current_stamp() and stamp is not None and has_course()


def read_stamp():
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def current_stamp():
    """What .venv would be stamped with now; None when there is no usable .venv.

    place   which Python, in which folder: when that changes (an upgrade of the system, a moved folder),
            .venv is made anew
    lock    what it holds: when that changes, it is brought up to date
    """
    try:
        config = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
        lock = hashlib.sha256(lock_in_use().read_bytes() + PROJECT.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        if Path(error.filename).parent == ROOT:
            raise Problem(NO_FILE, file=Path(error.filename).name) from None
        return None
    except (OSError, ValueError):
        return None
    interpreter = PYTHON.resolve()
    if not interpreter.exists():
        return None
    place = "\n".join([str(ROOT), str(interpreter), config])
    return {"place": hashlib.sha256(place.encode("utf-8")).hexdigest(), "lock": lock}


def lock_in_use():
    """requirements.txt, or the part of it whose wheels a bundle brings along."""
    part = WHEELS / LOCK.name
    return part if part.is_file() else LOCK


def has_course():
    """Whether the package itself is in .venv: `uv pip sync`, called by hand, takes it out."""
    pattern = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
    return any(VENV.glob(pattern + "/imgrec_course.pth"))


# Making it so.


def prepare(chosen):
    """Make .venv, or bring it up to date."""
    with only_one(chosen):
        if is_ready():  # another start has done it while we waited
            return
        found, expected = read_stamp(), current_stamp()
        if found and expected and found.get("place") == expected["place"]:
            tell(chosen, RENEWING)
            uv = movable(VENV / ("Scripts/uv.exe" if WINDOWS else "bin/uv"))
            if not uv_fits(uv):
                uv = find_uv()
            if uv is None:
                uv = make_venv(chosen)
            else:
                STAMP.unlink()
        else:
            uv = make_venv(chosen)
        sync(uv, chosen)
        write_stamp()


def make_venv(chosen):
    """An empty .venv, and the path of a uv to fill it with."""
    if lock_in_use() != LOCK:
        return make_venv_from_bundle(chosen)
    fits = OLDEST <= sys.version_info[:2] < TOO_NEW and sys.maxsize > 2**32
    uv = find_uv()
    version = "{}.{}.{}".format(*sys.version_info[:3])
    if uv is None and not fits and sys.version_info[:2] < TOO_NEW:
        raise Problem(BAD_PYTHON, version=version, bits=64 if sys.maxsize > 2**32 else 32)
    tell(chosen, MAKING)
    remove(VENV)
    if not fits:
        tell(chosen, BRINGING, version=version)
        uv = uv or install_uv(BOOTSTRAP / "venv", chosen)
    python = base_python() if fits else FROM_UV
    if uv is None:
        return install_uv(VENV, chosen)
    run([uv, "venv", "--no-project", "--python", python, str(VENV)], chosen, STEP_VENV)
    return uv


def make_venv_from_bundle(chosen):
    """The same, with nothing but what this machine has and the folder wheels brings."""
    try:
        described = json.loads((WHEELS / "bundle.json").read_text(encoding="utf-8"))
        wheel, pythons = described["machines"].get(this_machine()), described["pythons"]
    except (OSError, ValueError, KeyError) as error:
        raise Problem(BAD_BUNDLE, reason="bundle.json: " + str(error)) from None
    version = "{}.{}".format(*sys.version_info[:2])
    other = Problem(
        OTHER_BUNDLE,
        machines=", ".join(sorted(described["machines"])),
        pythons=", ".join(pythons),
        machine=this_machine(),
        version=version,
    )
    if wheel is None:
        raise other
    uv = find_uv() or unpacked_uv(WHEELS / wheel)
    tell(chosen, UNPACKING)
    remove(VENV)
    fits = version in pythons and sys.maxsize > 2**32
    for python in [base_python()] if fits else pythons:
        command = [uv, "venv", "--no-project", "--offline", "--no-python-downloads", "--python", python]
        try:
            run([*command, str(VENV)], chosen, STEP_VENV)
            return uv
        except Problem as problem:
            if fits or problem.text in (DISK_FULL, READ_ONLY):
                raise
    raise other  # uv knows of no such Python on this machine either


def this_machine():
    """For example linux-x86_64, macos-arm64, windows-x86_64; `imgrec bundle` names them alike."""
    import platform

    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return "{}-{}".format(system, "x86_64" if machine == "amd64" else machine)


def unpacked_uv(wheel):
    """The uv in its wheel, which is a zip: so no pip is needed, which Debian's Python may lack."""
    import zipfile

    try:
        content = wheel.read_bytes()
    except FileNotFoundError:
        raise Problem(BAD_BUNDLE, reason=wheel.name + " is missing") from None
    if hashlib.sha256(content).hexdigest() not in locked_block("uv"):
        raise Problem(BAD_BUNDLE, reason=wheel.name + " is not what requirements.txt expects")
    with zipfile.ZipFile(str(wheel)) as archive:
        (name,) = [each for each in archive.namelist() if re.search(r"/scripts/uv(\.exe)?$", each)]
        uv = BOOTSTRAP / name.rpartition("/")[2]
        uv.write_bytes(archive.read(name))
    uv.chmod(0o755)
    return str(uv)


def find_uv():
    """A uv that is there already and new enough, or None."""
    import shutil

    # `uv run course.py` names itself in UV.
    for candidate in (os.environ.get("UV"), shutil.which("uv")):
        if candidate and uv_fits(candidate):
            return candidate
    return None


def uv_fits(uv):
    import subprocess

    try:
        answer = subprocess.check_output([str(uv), "--version"], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return False
    match = re.match(r"uv (\d+)\.(\d+)", answer.decode("utf-8", "replace"))
    return bool(match) and tuple(map(int, match.groups())) >= OLDEST_UV


def install_uv(folder, chosen):
    """Make a virtual environment with the locked uv in it, by means of pip; returns that uv."""
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            raise Problem(NO_VENV, module=module) from None
    remove(folder)
    run([base_python(), "-m", "venv", str(folder)], chosen, STEP_VENV)
    programs = folder / ("Scripts" if WINDOWS else "bin")
    wanted = BOOTSTRAP / "uv.txt"
    wanted.write_text(locked_block("uv"), encoding="utf-8")
    pip = [str(programs / "python"), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--require-hashes", "-r", str(wanted)], chosen, STEP_UV)
    # Readers behind a slow line have often told pip of a mirror nearby; uv reads no setting of pip's.
    if not any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        import subprocess

        asked = subprocess.run(
            [*pip, "config", "get", "global.index-url"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        mirror = os.environ.get("PIP_INDEX_URL") or asked.stdout.decode("utf-8", "replace").strip()
        if mirror:
            os.environ["UV_DEFAULT_INDEX"] = mirror
    return movable(programs / ("uv.exe" if WINDOWS else "uv"))


def locked_block(name):
    """The lines of requirements.txt that pin one package."""
    block = []
    for line in LOCK.read_text(encoding="utf-8").splitlines(True):
        if line.startswith(name + "=="):
            block = [line]
        elif block and line.startswith(" "):
            block.append(line)
        elif block:
            break
    return "".join(block)


def movable(uv):
    """On Windows a copy of uv outside .venv: a program that runs cannot be replaced there."""
    if not WINDOWS or not uv.exists():
        return str(uv)
    import shutil

    BOOTSTRAP.mkdir(exist_ok=True)
    return shutil.copy2(str(uv), str(BOOTSTRAP / "uv.exe"))


def sync(uv, chosen):
    """Exactly what the lock says, then the course itself, which a sync takes out."""
    python = ["--python", str(PYTHON)]
    # Compiled now, TensorFlow is imported in half the time when the first lesson needs it.
    options = ["--require-hashes", "--compile-bytecode"]
    lock, offline = lock_in_use(), []
    if lock != LOCK:
        offline = ["--offline"]
        options += ["--no-index", "--find-links", str(WHEELS)]
    try:
        run([uv, "pip", "sync", *python, *offline, *options, str(lock)], chosen, STEP_SYNC)
    except Problem as problem:
        if not offline or problem.text in (DISK_FULL, READ_ONLY):
            raise
        raise Problem(BAD_BUNDLE, reason=problem.values.get("reason", "")) from None
    run([uv, "pip", "install", *python, *offline, "--no-deps", "--editable", str(ROOT)], chosen, STEP_COURSE)


def write_stamp():
    stamp = current_stamp()
    if stamp is None:
        raise Problem(OTHER_FAILURE, reason="no Python in .venv")
    unfinished = STAMP.with_name("imgrec.json.unfinished")
    unfinished.write_text(json.dumps(stamp), encoding="utf-8")
    unfinished.replace(STAMP)


def base_python():
    """The Python that this one comes from: .venv's own may be about to be removed."""
    return getattr(sys, "_base_executable", None) or sys.executable


def remove(folder):
    import shutil

    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        # Should this be interrupted, what is left must not look finished.
        if (folder / STAMP.name).exists():
            (folder / STAMP.name).unlink()
        shutil.rmtree(str(folder))


class only_one:
    """A lock that one start holds at a time; it ends with its process, however that ends."""

    def __init__(self, chosen):
        self.chosen = chosen

    def __enter__(self):
        BOOTSTRAP.mkdir(exist_ok=True)
        self.file = (BOOTSTRAP / "lock").open("w")
        try:
            self.take(wait=False)
        except OSError:
            tell(self.chosen, WAITING)
            with contextlib.suppress(OSError):  # a file system without locks: two at once are rare
                self.take(wait=True)
        return self

    def take(self, wait):
        if WINDOWS:
            import msvcrt
            import time

            while True:
                try:
                    return msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
                except OSError:
                    if not wait:
                        raise
                    time.sleep(1)
        import fcntl

        fcntl.flock(self.file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def __exit__(self, *error):
        self.file.close()


def run(command, chosen, step):
    """Run a program, showing how long it takes; raises Problem when it fails."""
    import subprocess
    import threading
    import time

    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    started = time.time()
    try:
        while reader.is_alive():
            reader.join(1)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r  {translate(chosen, step)} … {time.time() - started:.0f} s ")
                sys.stderr.flush()
        process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\n")
    if process.returncode:
        raise from_output(b"".join(output).decode("utf-8", "replace"))


# What went wrong, in the reader's terms.

SIGNS = (  # in this order: a full disk also breaks downloads, and most failures mention a request
    (DISK_FULL, r"no space left on device|not enough space on the disk|disk quota exceeded|os error 112\b"),
    (READ_ONLY, r"permission denied|read-only file system|access is denied|operation not permitted"),
    (BAD_DOWNLOAD, r"hash mismatch|do not match the hashes|invalid zip|failed to extract|checksum"),
    (BAD_CERTIFICATE, r"certificate"),
    (NO_WHEEL, r"for the current platform|no wheels with a matching|not a supported wheel"),
    (
        NO_NETWORK,
        r"dns error|error sending request|failed to fetch|failed to download|connection|connect error"
        r"|timed? ?out|unreachable|name resolution|max retries|error decoding response|proxy"
        r"|network connectivity is disabled|network was disabled|no such host|request failed",
    ),
    (NO_NETWORK, r"could not find a version"),  # pip's last word, after it has said why
    (NO_VENV, r"ensurepip"),
)


def from_output(output):
    """The Problem that a failed program's output tells of."""
    lines = [line.strip(" │├╰─▶×\t") for line in output.splitlines() if line.strip(" │├╰─▶×\t")]
    for text, pattern in SIGNS:
        # The deepest cause stands last, and says most.
        for line in reversed(lines):
            if re.search(pattern, line, re.IGNORECASE):
                return Problem(text, reason=shortened(line), folder=str(ROOT), module="ensurepip")
    return Problem(OTHER_FAILURE, reason=shortened(lines[-1] if lines else "no output"))


def from_os_error(error):
    reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return Problem(DISK_FULL)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Problem(READ_ONLY, reason=reason, folder=str(ROOT))
    return Problem(OTHER_FAILURE, reason=reason)


def shortened(line):
    inner = re.search(r"\[Errno -?\d+\] ([^'\")]+)", line)  # at the heart of what pip says
    if inner:
        return inner.group(1)
    line = re.sub(r"^(error|caused by|cause):\s*", "", line, flags=re.IGNORECASE).rstrip(".:")
    return line if len(line) <= 160 else line[:157] + "…"


# Two languages. The Chinese stands with that of the command; this file is read before the package can be.


def language(arguments):
    """en or zh: --lang, else IMGREC_LANG, else the system's."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and arguments[position + 1 : position + 2] in (["en"], ["zh"]):
            return arguments[position + 1]
        if argument in ("--lang=en", "--lang=zh"):
            return argument[-2:]
    if os.environ.get("IMGREC_LANG") in ("en", "zh"):
        return os.environ["IMGREC_LANG"]
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if not system and WINDOWS:
        import ctypes

        if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x04:
            system = os.environ["LANG"] = "zh_CN"  # what comes after us reads it there
    return "zh" if system.lower().startswith("zh") else "en"


def translate(chosen, text):
    if chosen == "zh":
        try:
            path = ROOT / "imgrec_course" / "locale" / "zh" / "command.json"
            return json.loads(path.read_text(encoding="utf-8")).get(text, text)
        except (OSError, ValueError):
            pass
    return text


def tell(chosen, text, **values):
    """One sentence on stderr: stdout belongs to the command."""
    sys.stderr.write(translate(chosen, text).format(**values) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
