"""`imgrec lab`: JupyterLab on the learner's working copy, on this machine alone."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from imgrec_course import contents, workspace
from imgrec_course.language import CourseError, language, say

PATIENCE = 60  # seconds; a cold disk is slow, a page that answers takes about two
# Packages that the authors need put menus, buttons and views of their own into JupyterLab. Nobody learns with
# those, and they make it start later.
OTHERS_SERVER_EXTENSIONS = (
    "jupyterlab_jupytext",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
    "notebook",
    "notebook_shim",
)
OTHERS_LAB_EXTENSIONS = ("@jupyter-notebook/lab-extension", "@jupyter/nbgrader", "jupyterlab-jupytext")
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # to this machine, past any proxy


def lab(chosen=None, folder=None, port=None, browser=True):
    """Bring the working copy up to date, open JupyterLab on it, and stay until it ends.

    chosen    "en" or "zh"; default: the system's
    folder    the working copy; default: the one we stand in, else my_course/ in the course's folder
    port      default: a free one
    returns   exit status
    """
    chosen = chosen or language()
    if port is not None:
        check_port(port)
    folder = workspace.checked_folder(folder or workspace.find_working_copy())
    report(workspace.prepare(folder))
    contents.write(folder)
    token, address = secrets.token_hex(24), None
    server = start(command(chosen, folder, port, browser), token, write_kernel_settings(folder))
    try:
        address = wait_for(server, token)
        if address is None:
            raise CourseError(
                "JupyterLab ended before its page answered (exit status {status}); what it said stands "
                "above, and `python3 course.py doctor` may know more.",
                status=server.returncode,
            )
        say(
            "The course is open at {address} (Ctrl-C here ends it; your work is in {folder})",
            address=address + page(chosen, folder) + "?token=" + token,
            folder=str(folder),
        )
        sys.stdout.flush()
        return server.wait()
    except KeyboardInterrupt:
        say("JupyterLab has ended; your work is in {folder}", folder=str(folder))
        return 0
    finally:
        stop(server, address, token)


def report(done):
    """Say what was done to the working copy: one line for a first start, one for each touched lesson."""
    written = sum(what == "written" for what in done.values())
    refreshed = sum(what == "refreshed" for what in done.values())
    if written:
        say("{count} notebooks copied into your working copy.", count=written)
    if refreshed:
        say("{count} notebooks that you have not changed brought up to date.", count=refreshed)
    for name, what in done.items():
        if what == "put beside":
            say("There is a new version of {name}; yours stays, the new one stands beside it.", name=name)


def command(chosen, folder, port, browser):
    """The command that starts JupyterLab."""
    options = {
        # This machine alone. A container, whose 127.0.0.1 nobody reaches, says otherwise (docker/Dockerfile).
        "ServerApp.ip": os.environ.get("IMGREC_LISTEN", "127.0.0.1"),
        "ServerApp.root_dir": str(folder),
        "ServerApp.open_browser": str(browser),
        "LabApp.default_url": page(chosen, folder),
        "LabApp.app_settings_dir": str(write_settings(chosen, folder)),
        # The open tabs of the learner's other projects are no part of the course, nor the reverse.
        "LabApp.workspaces_dir": str(folder / workspace.OWN_FOLDER / "workspaces"),
        # What kernel and page say to each other is not for other users of this machine.
        "KernelManager.transport_encryption": "auto",
        "Application.log_level": "ERROR",  # the one line that matters must be found
    }
    if port is not None:
        options.update({"ServerApp.port": str(port), "ServerApp.port_retries": "0"})
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options["ServerApp.allow_root"] = "True"  # containers; Jupyter refuses to start otherwise
    for name, value in workspace.signatures(folder).items():
        options[f"NotebookNotary.{name}"] = value
    return [
        *(sys.executable, "-m", "jupyterlab"),
        *(f"--{name}={value}" for name, value in options.items()),
        *(f"--ServerApp.jpserver_extensions={name}=False" for name in OTHERS_SERVER_EXTENSIONS),
    ]


def page(chosen, folder):
    """Path of the page to open: the contents, or the language's folder should they be gone."""
    exists = (folder / chosen / contents.FILE).exists()
    return f"/lab/tree/{chosen}/{contents.FILE}" if exists else f"/lab/tree/{chosen}"


def write_settings(chosen, folder):
    """Our defaults for JupyterLab, in a folder of this working copy; the learner's own settings win.

    ``page_config.json`` switches off what other packages put into the page.
    """
    overrides = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        # Cells off-screen stay in the page: find-in-page, printing and explorers need them.
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
        "@jupyterlab/translation-extension:plugin": {"locale": "zh_CN" if chosen == "zh" else "default"},
    }
    settings = folder / workspace.OWN_FOLDER / f"settings-{chosen}"
    with workspace.writing(folder):
        settings.mkdir(parents=True, exist_ok=True)
        workspace.write(settings / "overrides.json", json.dumps(overrides, indent=1).encode("utf-8"))
        page_config = {"disabledExtensions": OTHERS_LAB_EXTENSIONS}
        workspace.write(settings / "page_config.json", json.dumps(page_config, indent=1).encode("utf-8"))
    return settings


def write_kernel_settings(folder):
    """Settings for the kernels of this working copy, as a folder for IPYTHONDIR.

    TensorFlow's log lines go to the terminal, not under the cell of a reader whom they would alarm.
    """
    home = folder / workspace.OWN_FOLDER / "ipython"
    settings = {"IPKernelApp": {"capture_fd_output": False}}
    with workspace.writing(folder):
        (home / "profile_default").mkdir(parents=True, exist_ok=True)
        path = home / "profile_default" / "ipython_kernel_config.json"
        workspace.write(path, json.dumps(settings, indent=1).encode("utf-8"))
    return home


def check_port(port):
    """CourseError when nothing can listen at this port."""
    if not 1 <= port <= 65535:
        raise CourseError("There is no port {port}: choose one from 1024 to 65535.", port=port)
    with socket.socket() as probe:
        if os.name == "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # the last second's connections of a server that has ended do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CourseError(
                "Port {port} is reserved for the system: choose one from 1024 to 65535.", port=port
            ) from error
        except OSError as error:
            raise CourseError(
                "Port {port} is in use, perhaps by another JupyterLab: choose another one, "
                "or leave out --port and a free one is found.",
                port=port,
            ) from error


def start(arguments, token, kernel_settings):
    """Start JupyterLab. The token goes through the environment, where other users cannot read it.

    In a process group of its own, Ctrl-C reaches us alone, and we end it in good order.
    """
    if os.name == "nt":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    else:
        group = {"process_group": 0}
        # A terminal that closes, or `kill`, ends JupyterLab as Ctrl-C does.
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, interrupt)
    environment = dict(os.environ, JUPYTER_TOKEN=token, IPYTHONDIR=str(kernel_settings))
    environment.pop("IMGREC_LANG", None)  # in a notebook its folder decides
    # So that `imgrec` is found in JupyterLab's terminal.
    programs = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([programs, environment.get("PATH", os.defpath)])
    return subprocess.Popen(arguments, env=environment, **group)


def interrupt(*_):
    raise KeyboardInterrupt


def wait_for(server, token):
    """Address of the server (http://127.0.0.1:8888) once it answers; None when it has ended."""
    from jupyter_core.paths import jupyter_runtime_dir

    begun = time.time()
    while server.poll() is None:
        if time.time() - begun > PATIENCE:
            raise CourseError(
                "JupyterLab has not answered for {seconds} seconds: end what else keeps this machine busy "
                "and start again.",
                seconds=PATIENCE,
            )
        time.sleep(0.05)
        port = announced_port(Path(jupyter_runtime_dir()), token, begun)
        if port is None:
            continue
        address = f"http://127.0.0.1:{port}"
        try:
            DIRECT.open(address + "/api", timeout=5).close()
        except OSError:
            continue
        return address
    return None


def announced_port(runtime, token, since):
    """The port of the server with our token, from the files that Jupyter servers announce themselves in."""
    for path in runtime.glob("jpserver-*.json"):
        try:
            if path.stat().st_mtime < since - 5:
                continue
            announced = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # being written, or just removed
            continue
        if announced.get("token") == token:
            return announced["port"]
    return None


def stop(server, address, token):
    """End JupyterLab with its kernels, should it still run."""
    if server.poll() is not None:
        return
    # A second Ctrl-C while it ends is heard, and changes nothing.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if address is None or not ask_to_end(address, token):
            server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def ask_to_end(address, token):
    """Whether JupyterLab agreed to end by itself: it then ends its kernels, on Windows too."""
    headers = {"Authorization": f"token {token}"}
    request = urllib.request.Request(address + "/api/shutdown", method="POST", headers=headers)
    try:
        DIRECT.open(request, timeout=15).close()
    except OSError:
        return False
    return True
