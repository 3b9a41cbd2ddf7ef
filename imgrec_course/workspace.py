"""The learner's working copy: my_course/, refreshed by every release, never at the learner's cost.

The copy holds `en/` and `zh/` as `notebooks/` does. `.imgrec.json` in it marks it and remembers what we
last wrote. A copy is *untouched* when its cells' sources are those; what was computed does not count.
Untouched copies follow the release; beside a touched `04_x.ipynb` the new one is put as `04_x.new.ipynb`.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from imgrec_course.language import LANGUAGES, CourseError, language
from imgrec_course.paths import NOTEBOOKS, ROOT, WORKING_COPY

MARKER = ".imgrec.json"
OWN_FOLDER = ".imgrec"  # Jupyter's settings and signatures for this copy


def find_working_copy(start=None):
    """The working copy that ``start`` (default: the current folder) lies in, or None."""
    try:
        start = Path(start or Path.cwd()).resolve()
    except OSError:  # the current folder has been removed
        return None
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file():
            return folder
    return None


def current_working_copy():
    """The working copy that we stand in, else the course's own; None when there is none yet."""
    return find_working_copy() or (WORKING_COPY if (WORKING_COPY / MARKER).is_file() else None)


def prepare(folder=None, notebooks=None):
    """Make the working copy, or bring it up to the release.

    folder      where (default: my_course/ in the course's folder)
    notebooks   what is released (default: notebooks/ in the course's folder)
    returns     {relative path: what was done}, done one of "written", "refreshed", "put beside"
    """
    folder = checked_folder(folder)
    released = released_notebooks(notebooks)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        state = read_state(folder)
        done, written = {}, []
        for name, source in released.items():
            content = source.read_bytes()
            what, path = bring(folder, name, content, state)
            if what:
                done[name] = what
                written.append(path)
        write_state(folder, state)
    sign(folder, written)
    return done


def reset(number, chosen=None, folder=None, notebooks=None):
    """Put a lesson back as it was released, and keep the learner's file under a fresh name.

    returns   (path of the lesson, path of the kept file or None)
    """
    chosen = chosen or language()
    folder = checked_folder(folder or current_working_copy())
    released = released_notebooks(notebooks)
    lessons = [name for name in released if Path(name).parent == Path(chosen)]
    wanted = str(number)
    matching = [name for name in lessons if wanted in (Path(name).stem, Path(name).stem[:2])]
    matching += [name for name in lessons if wanted.isdigit() and Path(name).stem[:2] == "0" + wanted]
    if len(matching) != 1:
        raise CourseError(
            "There is no lesson {number}: the lessons are {lessons}.",
            number=number,
            lessons=", ".join(sorted(Path(name).stem[:2] for name in lessons)),
        )
    name = matching[0]
    content = released[name].read_bytes()
    target, kept = folder / name, None
    with writing(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        state = read_state(folder)
        if os.path.lexists(target) and not is_same_file(target, content):
            kept = free_name(target, "old")
            target.rename(kept)
        write(target, content)
        remember(state, name, content)
        write_state(folder, state)
    sign(folder, [target])
    return target, kept


def bring(folder, name, content, state):
    """One released notebook into the working copy: (what was done or None, the path written)."""
    target = folder / name
    new = fingerprint(content)
    if not os.path.lexists(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write(target, content)
        remember(state, name, content)
        return "written", target
    found = fingerprint_of(target)
    if found is not None and found == new:
        remember(state, name, content)  # the learner may have taken it over by hand
        return None, None
    if found is not None and found == state["written"].get(name):
        write(target, content)
        remember(state, name, content)
        return "refreshed", target
    if new in (state["written"].get(name), state["offered"].get(name)):
        # Nothing new; or offered once: a learner who has thrown it away does not want it again.
        return None, None
    beside = place_beside(folder, target, state)
    write(beside, content)
    remember(state, beside.relative_to(folder).as_posix(), content)
    state["offered"][name] = new
    return "put beside", beside


def place_beside(folder, target, state):
    """Where a new version may stand: 04_x.new.ipynb, unless the learner has worked in that one."""
    for candidate in names_beside(target, "new"):
        known = state["written"].get(candidate.relative_to(folder).as_posix())
        if not os.path.lexists(candidate) or (known is not None and fingerprint_of(candidate) == known):
            return candidate


def free_name(target, word):
    return next(candidate for candidate in names_beside(target, word) if not os.path.lexists(candidate))


def names_beside(target, word):
    """04_x.new.ipynb, 04_x.new-2.ipynb, 04_x.new-3.ipynb, …"""
    yield target.with_name(f"{target.stem}.{word}{target.suffix}")
    count = 2
    while True:
        yield target.with_name(f"{target.stem}.{word}-{count}{target.suffix}")
        count += 1


# What a learner can have written in a notebook.


def fingerprint(content):
    """Hash of ids, types, sources and pasted pictures of a notebook's cells; None if it is damaged."""
    try:
        cells = json.loads(content.decode("utf-8"))["cells"]
        parts = []
        for cell in cells:
            source = cell["source"]
            if not isinstance(source, str):
                source = "".join(source)
            parts.append([cell.get("id"), cell["cell_type"], source, cell.get("attachments") or {}])
        text = json.dumps(parts, sort_keys=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def fingerprint_of(path):
    """Fingerprint of a file; None when it cannot be read, which counts as touched."""
    if path.is_symlink():  # replacing it would leave its target, but surprise its owner
        return None
    try:
        return fingerprint(path.read_bytes())
    except OSError:
        return None


def is_same_file(path, content):
    try:
        return not path.is_symlink() and path.read_bytes() == content
    except OSError:
        return False


# What we remember.


def read_state(folder):
    """{"written": {path: fingerprint}, "offered": {path: fingerprint}}.

    Damaged: as if we had written nothing, so that every copy counts as touched.
    """
    state = {"written": {}, "offered": {}}
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        for part in state:
            state[part] = {str(name): str(value) for name, value in content[part].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"written": {}, "offered": {}}
    return state


def write_state(folder, state):
    write(folder / MARKER, json.dumps(state, indent=1, sort_keys=True).encode("utf-8"))


def remember(state, name, content):
    state["written"][name] = fingerprint(content)
    state["offered"].pop(name, None)


# Files.


def write(path, content):
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=".imgrec-", suffix=".tmp", dir=path.parent)
    temporary = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave an empty file under a finished name
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def released_notebooks(notebooks=None):
    """{relative path: path} of what the release holds."""
    notebooks = Path(notebooks or NOTEBOOKS)
    found = {}
    for chosen in LANGUAGES:
        for pattern in ("*.ipynb", "solutions/*.ipynb"):
            for path in sorted((notebooks / chosen).glob(pattern)):
                found[path.relative_to(notebooks).as_posix()] = path
    if not found:
        raise CourseError(
            "There are no notebooks in {folder}: get the whole course again (git clone), "
            "or build them with `python3 course.py build`.",
            folder=str(notebooks),
        )
    return found


def checked_folder(folder):
    """The working copy's folder; CourseError for one inside the course where we keep our own files."""
    folder = Path(folder or WORKING_COPY).expanduser().absolute()
    resolved = folder.resolve()
    if resolved == ROOT or (ROOT in resolved.parents and resolved.relative_to(ROOT).parts[0] in RESERVED):
        raise CourseError(
            "{folder} belongs to the course itself: choose another folder for your working copy, "
            "or leave out --folder.",
            folder=str(folder),
        )
    return folder


RESERVED = ("notebooks", "lessons", "imgrec_course", "data", "tests", "site", ".git", ".venv", ".bootstrap")


@contextlib.contextmanager
def writing(folder):
    """Turn what the file system answers into one sentence."""
    try:
        yield
    except OSError as error:
        free = None
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(next(p for p in (folder, *folder.parents) if p.exists())).free
        if free is not None and free < 50_000_000:
            raise CourseError(
                "The disk is full, so the working copy {folder} could not be written: free some space and "
                "start again; nothing of yours was changed.",
                folder=str(folder),
            ) from error
        raise CourseError(
            "The working copy {folder} cannot be written ({reason}): change its permissions, or choose "
            "another folder with --folder.",
            folder=str(folder),
            reason=f"{error.filename}: {error.strerror}" if error.filename else str(error),
        ) from error


def signatures(folder):
    """Options that make Jupyter keep its signatures in the working copy, as `sign` does."""
    return {"data_dir": str(folder / OWN_FOLDER / "trust")}


def sign(folder, paths):
    """Tell Jupyter that these notebooks are ours, so that their explorers live before the first run.

    Whatever fails here costs a notebook its trust, not its content, so nothing is said about it.
    """
    if not paths:
        return
    import nbformat
    from nbformat.sign import NotebookNotary

    with contextlib.suppress(Exception):
        Path(signatures(folder)["data_dir"]).mkdir(parents=True, exist_ok=True)
        with NotebookNotary(**signatures(folder)) as notary:
            for path in paths:
                # Not nbformat.read: it validates, which takes longer than everything else here.
                notary.sign(nbformat.from_dict(json.loads(Path(path).read_text(encoding="utf-8"))))
