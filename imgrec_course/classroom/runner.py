"""The process in which one answer of a submission runs. Started by ``room``; knows no solution.

It reads one line of JSON with the notebook's code cells and the exercise's name, runs the statements that
the answer needs, and then answers calls: arguments in, plain values out. Whatever it says is only a value;
whether that value is right is decided by the grader, in another process.
"""

import builtins
import json
import linecache
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]  # the copy of the package, without solutions


def main():
    """Serve one answer until the grader closes the line."""
    requests, replies = take_line()
    first = json.loads(requests.readline())
    limit_resources(first["megabytes"], first["seconds"], first["alone"])
    sys.path[:] = [str(HERE), *(path for path in sys.path if path not in first["hidden"])]
    os.chdir(first["folder"])

    import numpy  # noqa: F401  (before the fence: it looks at the processor)

    from imgrec_course.classroom.needed import needed, statements, unreadable
    from imgrec_course.classroom.values import decode, encode

    readable = [*first["readable"], str(HERE), *sys_folders()]
    fences = [name for name, works in fence(readable, first["folder"]) if works]
    watch_over(readable, first["folder"])

    def reply(**content):
        replies.write(json.dumps(content).encode() + b"\n")
        replies.flush()

    namespace = {"__name__": "__main__", "__builtins__": builtins, "display": lambda *a, **k: None}
    failed = {}  # names whose statement failed, and how: what uses them fails for that reason
    try:
        chosen = needed(statements(first["cells"]), first["name"])
        broken = None if chosen else unreadable(first["cells"], first["name"])
    except BaseException as error:
        reply(**told(error, failed))
        return
    if broken is not None:
        reply(**told_of_syntax(broken))
        return
    for number, statement in enumerate(chosen):
        try:
            run(statement, first["cells"], namespace)
        except BaseException as error:
            # What a name is given last counts: a statement before it may fail without harm.
            if number == len(chosen) - 1 or first["name"] in statement.binds:
                namespace.pop(first["name"], None)
                reply(**told(error, failed))
                return
            failed.update(dict.fromkeys(statement.binds, error))
    if first["name"] not in namespace:
        reply(missing=True, fences=fences)
        return
    answer = namespace[first["name"]]
    if callable(answer):
        reply(function=True, fences=fences)
    else:
        reply(value=encode(answer), fences=fences)
        return

    for line in requests:
        content = json.loads(line)["arguments"]
        arguments = decode(content)
        before = encode(arguments)
        try:
            said = {"value": encode(answer(*arguments))}
        except BaseException as error:  # exit() in an answer is an answer, too
            said = told(error, failed)
        after = encode(arguments)
        if after != before:
            said["arguments"] = after
        reply(**said)


def take_line():
    """The two ends of the line to the grader; what the answer prints goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return requests, replies


def run(statement, cells, namespace):
    """Run one statement of a cell, so that an error can name its line."""
    import ast

    name = f"<cell {statement.cell + 1}>"
    source = cells[statement.cell]
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(ast.Module([statement.node], []), name, "exec"), namespace)


def told_of_syntax(error):
    """An error of syntax as plain texts."""
    said = {"error": type(error).__name__, "text": str(getattr(error, "msg", error))[:300]}
    if getattr(error, "text", None):
        said |= {"number": error.lineno, "line": error.text.strip()[:200]}
    return said


def told(error, failed):
    """An error as plain texts: its kind, what it says, and the line of the notebook that raised it.

    failed    {name: the error of the statement that should have defined it}; of an import that failed the
              reason is told, not that its name is missing
    """
    if isinstance(error, NameError):
        error = failed.get(error.name, error)
    kind, text = type(error).__name__, " ".join(str(error).split())[:300]
    if isinstance(error, NotImplementedError):
        return {"unanswered": True}
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell")
    ]
    said = {"error": kind, "text": text}
    if frames:
        said |= {"number": frames[-1].lineno, "line": (frames[-1].line or "").strip()[:200]}
    return said


# What the operating system refuses. Each part works where the system has it; the grader says which did.


def limit_resources(megabytes, seconds, alone):
    """Limits on memory, processor time, files and processes (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    limits = {
        "RLIMIT_DATA": megabytes * 2**20,
        "RLIMIT_AS": 3 * megabytes * 2**20,  # TensorFlow reserves far more than it uses
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": 16 * 2**20,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }
    if alone:  # elsewhere it would count all that the user runs
        limits["RLIMIT_NPROC"] = 256
    for name, limit in limits.items():
        try:
            resource.setrlimit(getattr(resource, name), (limit, limit))
        except (AttributeError, OSError, ValueError):
            continue


def sys_folders():
    """Folders that Python and its packages are read from."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.base_prefix)}
    if os.name != "nt":
        found |= {"/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/opt/homebrew", "/System"}
    return sorted(folder for folder in found if Path(folder).is_dir())


def fence(readable, writable):
    """Let the system refuse files outside these folders, connections and signals: Linux's Landlock.

    It cannot be undone, and holds for whatever this process starts. Yields (what, whether it works).
    """
    yield "landlock", sys.platform == "linux" and landlock(readable, writable)


def landlock(readable, writable):
    """Whether Landlock now holds (documented in the kernel's userspace-api/landlock)."""
    import ctypes

    create, add_rule, restrict = 444, 445, 446
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number, *arguments):
        return libc.syscall(ctypes.c_long(number), *arguments)

    version = call(create, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    read = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
    everything = (1 << {1: 13, 2: 14}.get(version, 15)) - 1
    if version >= 5:
        everything |= 1 << 15  # devices' controls
    network = 3 if version >= 4 else 0  # bind and connect
    scope = 3 if version >= 6 else 0  # abstract sockets and signals of processes outside

    class Rules(ctypes.Structure):
        _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64)]

    class Beneath(ctypes.Structure):
        _pack_ = 1
        _fields_ = [("access", ctypes.c_uint64), ("folder", ctypes.c_int32)]

    rules = Rules(everything, network, scope)
    size = 8 if version < 4 else 16 if version < 6 else 24
    handle = call(create, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if handle < 0:
        return False
    allowed = [(folder, read) for folder in readable] + [(writable, everything)]
    allowed += [("/dev/null", 1 << 1 | 1 << 2), ("/dev/urandom", 1 << 2), ("/dev/random", 1 << 2)]
    for folder, access in allowed:
        try:
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        beneath = Beneath(access, opened)
        call(add_rule, ctypes.c_int(handle), ctypes.c_int(1), ctypes.byref(beneath), ctypes.c_uint32(0))
        os.close(opened)
    no_new_privileges = 38
    libc.prctl(no_new_privileges, 1, 0, 0, 0)
    works = call(restrict, ctypes.c_int(handle), ctypes.c_uint32(0)) == 0
    os.close(handle)
    return works


REFUSED = (
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "subprocess.Popen",
    "winreg.OpenKey",
    "_winapi.CreateProcess",
    "_winapi.TerminateProcess",
)
CHANGES = (
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "shutil.copyfile",
    "shutil.move",
    "shutil.rmtree",
)


def watch_over(readable, writable):
    """Let Python refuse the same, and new processes, on every system.

    A fence for the curious: somebody who knows Python's inside gets over it. What they find there are
    no points, since these are decided elsewhere.
    """
    # Held by the closure alone, so that an answer cannot find and change them by name.
    real, absolute, fspath, fsdecode = os.path.realpath, os.path.isabs, os.fspath, os.fsdecode
    refused, changes = frozenset(REFUSED), frozenset(CHANGES)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    own = real(writable)
    known = tuple(real(folder) for folder in readable)
    devices = frozenset((os.devnull, "/dev/urandom", "/dev/random"))
    separator = os.sep
    current = os.getcwd
    text_types, join = (str, bytes, os.PathLike), os.path.join

    def beneath(path, folders):
        return any(
            path == folder or path.startswith(folder.rstrip(separator) + separator) for folder in folders
        )

    def whole(path):
        path = fsdecode(fspath(path))
        return real(path if absolute(path) else join(current(), path))

    def hook(event, arguments):
        if event in refused:
            raise PermissionError(f"{event} is refused while a submission is graded")
        if event == "open" and isinstance(arguments[0], text_types):
            path, mode, flags = arguments
            if fsdecode(fspath(path)) in devices:
                return
            path = whole(path)
            writes = (
                bool(flags & writing) if isinstance(flags, int) else bool(mode and set(mode) & set("wax+"))
            )
            if not beneath(path, (own,) if writes else (own, *known)):
                raise PermissionError(f"opening {path} is refused while a submission is graded")
        elif event in changes:
            for path in arguments:
                if isinstance(path, text_types) and not beneath(whole(path), (own,)):
                    raise PermissionError(f"{event} is refused while a submission is graded")

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
