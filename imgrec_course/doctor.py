"""`imgrec doctor`: what is right on this machine, what is not, and what to do about it."""

import contextlib
import os
import platform
import re
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path

from imgrec_course.language import CourseError, message, render, say
from imgrec_course.paths import ROOT, WORKING_COPY

# Images a second of `train_for_one_second` on the machine whose minutes the lessons state.
REFERENCE_SPEED = 8000
REFERENCE_MACHINE = "two cores of a server, no GPU"

MEMORY_NEEDED = 4_000_000_000  # a lesson's kernel may take half of it
DISK_NEEDED = 1_000_000_000
REPAIR = message("delete the folder .venv and run `python3 course.py doctor`")


def doctor():
    """Check everything, one line each; returns 1 if anything is wrong."""
    wrong = 0
    for check in CHECKS:
        try:
            findings = list(check())
        except CourseError as error:
            findings = [(False, error.message, None)]
        except Exception as error:  # a doctor who faints helps nobody
            what = message(
                "{check} could not be checked ({error})", check=check.__name__, error=f"{error!r:.200}"
            )
            findings = [(False, what, REPAIR)]
        for is_well, what, remedy in findings:
            mark = "✓" if is_well else "✗"
            # Each line as soon as it is known: TensorFlow takes its time.
            print(mark, render(what), *(["→", render(remedy)] if remedy else []), flush=True)
            wrong += not is_well
    if wrong:
        say("{count} of these need you: do what stands behind each arrow.", count=wrong)
    else:
        say("All is well.")
    return 1 if wrong else 0


# Each check yields (whether it is well, what was found, what to do or None).


def python():
    found = f"Python {platform.python_version()}, {platform.platform()}"
    is_well = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield is_well, found, None if is_well else REPAIR


def packages():
    """Everything that requirements.txt asks of this machine, in its version."""
    missing, other = [], []
    for name, version in locked().items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if found != version:
            other.append(f"{name} {found} ({version})")
    tensorflow = next((name for name in missing if name in ("tensorflow", "tensorflow-cpu")), None)
    if tensorflow and has_another_tensorflow():  # the GPU build in place of the CPU build
        missing.remove(tensorflow)
    shown = ("tensorflow-cpu", "tensorflow", "keras", "jupyterlab", "scikit-learn", "numpy", "uv")
    versions = ", ".join(f"{name} {version_of(name)}" for name in shown if version_of(name))
    if missing:
        yield False, message("packages are missing: {names}", names=shortened(missing)), REPAIR
    if other:
        yield (
            False,
            message("packages differ from requirements.txt: {names}", names=shortened(other)),
            REPAIR,
        )
    if not missing and not other:
        yield True, message("packages as in requirements.txt: {versions}", versions=versions), None


def locked():
    """{package: version} of the lock, as far as its markers say that this machine needs it."""
    from packaging.requirements import Requirement

    # A bundle installs a part of it.
    part = ROOT / "wheels" / "requirements.txt"
    lock = part if part.exists() else ROOT / "requirements.txt"
    found = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip("\\ "))
            if requirement.marker is None or requirement.marker.evaluate():
                found[requirement.name] = str(next(iter(requirement.specifier)).version)
    return found


def has_another_tensorflow():
    return bool(version_of("tensorflow") or version_of("tensorflow-cpu"))


def version_of(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def shortened(names):
    return ", ".join(names[:5]) + (f" … ({len(names)})" if len(names) > 5 else "")


def machine():
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    total = psutil.virtual_memory().total
    free = shutil.disk_usage(ROOT).free
    yield (
        total >= MEMORY_NEEDED,
        message("{cores} CPU cores, {memory} GB of memory", cores=cores, memory=f"{total / 1e9:.0f}"),
        None
        if total >= MEMORY_NEEDED
        else message("lessons take up to 2 GB: close other programs before you start one"),
    )
    yield (
        free >= DISK_NEEDED,
        message("{free} GB free on the disk", free=f"{free / 1e9:.0f}"),
        None if free >= DISK_NEEDED else message("free 1 GB"),
    )


def permission():
    """Whether the course may write where it must."""
    probe = ROOT / f".write-probe-{os.getpid()}"
    try:
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        yield (
            False,
            message("{folder} cannot be written ({reason})", folder=str(ROOT), reason=error.strerror),
            message("change its permissions, or copy the course to a folder of yours"),
        )
    else:
        yield True, message("{folder} can be written", folder=str(ROOT)), None


def data():
    from imgrec_course.datasets.files import verify_all

    problems = verify_all()
    for problem in problems:
        # Each says itself what to do.
        yield False, problem.message, None
    if not problems:
        yield True, message("the data are whole"), None


def kernel():
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        found = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield False, message("Jupyter finds no Python kernel"), REPAIR
        return
    program = found.argv[0]
    # A kernel.json in the reader's home may name another Python, which has not our packages.
    is_ours = program == "python" or is_this_python(program)
    what = message("Jupyter's Python kernel is {program}", program=sys.executable if is_ours else program)
    remedy = message("remove the folder {folder}", folder=found.resource_dir)
    yield is_ours, what, None if is_ours else remedy


def is_this_python(program):
    found = shutil.which(program)
    return found is not None and Path(found).absolute().parent == Path(sys.executable).absolute().parent


def working_copy():
    from imgrec_course import workspace

    folder = workspace.current_working_copy()
    if folder is None:
        yield (
            True,
            message("no working copy yet: `python3 course.py lab` makes {folder}", folder=str(WORKING_COPY)),
            None,
        )
        return
    known = workspace.read_state(folder)["written"]
    present = [name for name in known if (folder / name).exists()]
    touched = [name for name in present if workspace.fingerprint_of(folder / name) != known[name]]
    is_well = bool(known) and os.access(folder, os.W_OK)
    what = message(
        "working copy {folder}: {count} notebooks, {touched} changed by you",
        folder=str(folder),
        count=len(present),
        touched=len(touched),
    )
    remedy = message("run `python3 course.py lab`, which mends its notes and touches nothing of yours")
    yield is_well, what, None if is_well else remedy


def graphics():
    """A GPU that TensorFlow does not use is no fault, but worth a word."""
    tensorflow = quiet_tensorflow()
    used = len(tensorflow.config.list_physical_devices("GPU"))
    if used:
        yield True, message("TensorFlow uses {count} GPU", count=used), None
    elif shutil.which("nvidia-smi") and sys.platform.startswith("linux"):
        version = version_of("tensorflow-cpu") or version_of("tensorflow")
        yield (
            True,
            message("TensorFlow does not use the NVIDIA card of this machine"),
            message(
                "to train on it: `.venv/bin/uv pip uninstall tensorflow-cpu`, then "
                '`.venv/bin/uv pip install "tensorflow[and-cuda]=={version}"`; '
                "it stays until requirements.txt changes",
                version=version,
            ),
        )


def speed():
    found = train_for_one_second()
    factor = REFERENCE_SPEED / found
    what = message(
        "trains {speed} images a second, the reference ({machine}) {reference}",
        speed=f"{found:.0f}",
        machine=message(REFERENCE_MACHINE),
        reference=REFERENCE_SPEED,
    )
    if factor <= 1.2:
        verdict = message("lessons take the minutes that they state, or less")
    else:
        verdict = message("lessons will take about {factor} times the stated minutes", factor=f"{factor:.1f}")
    # A slow machine is a fact, not a fault; from three times on, something else is probably running.
    if factor < 3:
        yield True, message("{what}: {verdict}", what=what, verdict=verdict), None
    else:
        remedy = message("close other programs, plug in the power supply, and ask again")
        yield False, message("{what}: {verdict}", what=what, verdict=verdict), remedy


def train_for_one_second():
    """Images a second that a fixed small network trains on, after the first, slow step."""
    quiet_tensorflow()
    import keras
    import numpy

    random = numpy.random.default_rng(0)
    images = random.random((512, 28, 28, 1), dtype="float32")
    labels = random.integers(0, 10, 512)
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.train_on_batch(images[:128], labels[:128])
    count, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < 1:
        first = count % 512
        network.train_on_batch(images[first : first + 128], labels[first : first + 128])
        count += 128
    return count / seconds


def quiet_tensorflow():
    """TensorFlow without its log lines: the doctor's must be found."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with quiet_stderr():
        import tensorflow

        tensorflow.config.list_physical_devices()  # what it looks for here, it also complains about
    return tensorflow


@contextlib.contextmanager
def quiet_stderr():
    """Without what C++ writes to the terminal before anybody can tell it not to."""
    sys.stderr.flush()
    kept, silence = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


CHECKS = (python, packages, machine, permission, data, kernel, working_copy, graphics, speed)
