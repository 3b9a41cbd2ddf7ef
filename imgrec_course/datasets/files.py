"""The one place that finds a data file, checks that it is whole and says how to restore it.

Each folder under ``data/`` lists its files in ``SHA256SUMS`` (the format of ``sha256sum``).
"""

import functools
import hashlib

from imgrec_course import paths
from imgrec_course.language import CourseError

FOLDERS = ("fashion-mnist", "photos", "results", "weights")
SUMS = "SHA256SUMS"


def data_file(folder, name):
    """Path of a data file that is whole.

    folder   name of a folder under ``data/``, for example "photos"
    name     name of a file in it, "/" between its parts
    returns  pathlib.Path

    Raises CourseError when the file is missing, cut short, altered, or not listed in ``SHA256SUMS``.
    The content is read and hashed once a process, and again when its size or time of change differs.
    """
    expected = checksums(folder).get(name)
    if expected is None:
        raise CourseError("{file} is not among the files of the course's data.", file=f"data/{folder}/{name}")
    path = paths.DATA / folder / name
    try:
        state = path.stat()
        found = _sha256(path, state.st_size, state.st_mtime_ns)
    except FileNotFoundError:
        raise _missing(folder, name) from None
    except OSError as error:
        raise _unreadable(folder, name, error) from None
    if found != expected:
        raise _altered(folder, name)
    return path


def checksums(folder):
    """What ``SHA256SUMS`` of a folder under ``data/`` says, as {file name: checksum}."""
    path = paths.DATA / folder / SUMS
    try:
        state = path.stat()
        return _parse_sums(path, state.st_size, state.st_mtime_ns)
    except FileNotFoundError:
        raise _missing(folder, SUMS) from None
    except OSError as error:
        raise _unreadable(folder, SUMS, error) from None
    except ValueError:
        raise _altered(folder, SUMS) from None


def verify_all():
    """Check every data file of the course.

    returns  list of CourseError, one a problem, each with a ``message``; empty when all is whole
    """
    problems = []
    for folder in FOLDERS:
        try:
            names = checksums(folder)
        except CourseError as problem:
            problems.append(problem)
            continue
        for name in names:
            try:
                data_file(folder, name)
            except CourseError as problem:
                problems.append(problem)
    return problems


@functools.cache
def _parse_sums(path, size, changed):
    entries = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        checksum, separator, name = line.partition("  ")
        if len(checksum) != 64 or not separator or not name:
            raise ValueError(line)
        entries[name] = checksum
    if not entries:
        raise ValueError("no entry")
    return entries


@functools.cache
def _sha256(path, size, changed):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(folder, name):
    return CourseError(
        "{file} is missing; restore it with `git checkout -- data/{folder}` in a clone, "
        "or download the course again.",
        file=f"data/{folder}/{name}",
        folder=folder,
    )


def _altered(folder, name):
    return CourseError(
        "{file} is damaged or was changed: its content is not what its checksum says; restore it with "
        "`git checkout -- data/{folder}` in a clone, or download the course again.",
        file=f"data/{folder}/{name}",
        folder=folder,
    )


def _unreadable(folder, name, error):
    return CourseError(
        "{file} cannot be read ({reason}); see to its permissions, or restore it with "
        "`git checkout -- data/{folder}` in a clone.",
        file=f"data/{folder}/{name}",
        folder=folder,
        reason=error.strerror or type(error).__name__,
    )
