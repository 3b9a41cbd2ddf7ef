"""The command `imgrec`; COMMANDS says what it can do."""

import argparse
import contextlib
import os
import sys

from imgrec_course.language import LANGUAGES, CourseError, message, render, say

COMMANDS = {  # in the order of `imgrec --help`
    "lab": "open the course in JupyterLab, in your working copy",
    "test": "run every test, notebooks included",
    "build": "build the notebooks from lessons/",
    "site": "make the web edition from the built notebooks",
    "slides": "write a lesson's lecture: slides in both languages, with notes and explorers",
    "experiment": "run a recipe whose results the lessons read, and store them in data/results/",
    "train": "train a network longer than a lesson can wait, and store it in data/weights/",
    "reset": "restore a lesson in your working copy, keeping your file under another name",
    "progress": "show which exercises you have solved",
    "doctor": "check this machine and the course, and say what to do about each problem",
    "bundle": "pack the course and its packages into one archive that needs no network",
    "release": "write the course for a class: for students, for you with solutions and notes, for nbgrader",
    "grade": "grade a folder of returned notebooks and write a table",
    "lock": "compile requirements.txt anew from pyproject.toml",
}


def main(arguments=None):
    """Run one command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks ✓ still gets the sentence
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with chosen_language(arguments):
            return run(arguments) or 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `imgrec progress | head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def run(arguments):
    try:
        options = parse(arguments)
        return RUN[options.command](options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if not is_bundle():
            raise
        print(left_out(error.name), file=sys.stderr)
        return 1


def is_bundle():
    """Whether the course was unpacked from an archive of `imgrec bundle`, with a part of the packages."""
    from imgrec_course.paths import ROOT

    return (ROOT / "wheels" / "requirements.txt").exists()


def left_out(package):
    return CourseError(
        "This command needs the package {package}, which is not in this bundle: ask for one made with "
        "`imgrec bundle --all`, or delete the folder wheels and start again, with a network.",
        package=package,
    )


@contextlib.contextmanager
def chosen_language(arguments):
    """Speak the language of --lang while the command runs, and leave no trace of it.

    What JupyterLab starts must not inherit it: there the folder of a notebook decides.
    """
    before = os.environ.get("IMGREC_LANG")
    for position, argument in enumerate(arguments):
        following = arguments[position + 1] if position + 1 < len(arguments) else None
        chosen = argument.removeprefix("--lang=") if argument != "--lang" else following
        if argument.startswith("--lang") and chosen in LANGUAGES:
            os.environ["IMGREC_LANG"] = chosen
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("IMGREC_LANG", None)
        else:
            os.environ["IMGREC_LANG"] = before


class Parser(argparse.ArgumentParser):
    """argparse, with one sentence for a wrong argument."""

    def __init__(self, **settings):
        # Unabridged: `imgrec test --lf` is pytest's, not short for --lang.
        super().__init__(**settings, allow_abbrev=False)

    def error(self, text):
        raise CourseError("{text}: see `{command} --help`.", text=text, command=self.prog)


def parse(arguments):
    """The options as a namespace; ``options.command`` names the command."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        raise CourseError(
            "There is no command {command}: the commands are {commands}.",
            command=arguments[0],
            commands=", ".join(COMMANDS),
        )
    parser = Parser(prog="imgrec", description=render(message(DESCRIPTION)))
    parser.add_argument("--version", action="version", version=version())
    add_option(parser, "--lang", LANG, choices=LANGUAGES)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    parsers = {}
    for name, summary in COMMANDS.items():
        summary = render(message(summary))
        parsers[name] = commands.add_parser(name, help=summary, description=summary)
        # Before the command or after it, where it must not undo the former.
        add_option(parsers[name], "--lang", LANG, choices=LANGUAGES, default=argparse.SUPPRESS)
    folder = "your working copy (default: my_course)"
    add_option(parsers["lab"], "--no-browser", "print the address and open no browser", action="store_true")
    add_option(parsers["lab"], "--port", "port of the page (default: a free one)", type=int, metavar="N")
    for name in ("lab", "reset", "progress"):
        add_option(parsers[name], "--folder", folder, metavar="PATH")
    add_option(parsers["build"], "numbers", "lessons (default: all)", nargs="*", metavar="NN")
    add_option(parsers["slides"], "numbers", "lessons (default: all)", nargs="*", metavar="NN")
    add_option(parsers["slides"], "--folder", "where to (default: build/slides)", metavar="DIR")
    add_option(
        parsers["slides"],
        "--pdf",
        "print each deck to a PDF as well, with the Chromium of this machine",
        action="store_true",
    )
    add_option(parsers["site"], "--folder", "where to (default: build/site)", metavar="DIR")
    add_option(parsers["experiment"], "name", "the recipe (default: list them)", nargs="?", metavar="NAME")
    add_option(parsers["experiment"], "parts", "parts of it (default: all)", nargs="*", metavar="PART")
    add_option(parsers["train"], "name", "the recipe (default: list them)", nargs="?", metavar="NAME")
    add_option(parsers["reset"], "number", "the lesson, for example 04", metavar="NN")
    add_option(
        parsers["release"], "folder", "where to: a new folder, or one of an earlier release", metavar="DIR"
    )
    add_option(parsers["release"], "numbers", "lessons (default: all)", nargs="*", default=[], metavar="NN")
    add_option(parsers["grade"], "folder", "the returned notebooks", metavar="FOLDER")
    add_option(parsers["grade"], "--csv", "the table (default: grades.csv in the folder)", metavar="FILE")
    add_option(
        parsers["test"], "--quick", "no training, no browser, no notebooks: two minutes", action="store_true"
    )
    add_option(parsers["bundle"], "--folder", "where to (default: build/bundle)", metavar="PATH")
    add_option(
        parsers["bundle"],
        "--platform",
        "linux-x86_64, linux-aarch64, macos-arm64, windows-x86_64 (default: this one)",
        nargs="+",
        default=[],
        metavar="NAME",
    )
    add_option(parsers["bundle"], "--python", PYTHON, nargs="+", default=[], metavar="N")
    add_option(
        parsers["bundle"], "--all", "also what tests and authors need, not only learners", action="store_true"
    )
    parsers["lock"].usage = "imgrec lock [--lang {en,zh}] [UV ARGUMENT …]"
    parsers["test"].usage = "imgrec test [--quick] [--lang {en,zh}] [PYTEST ARGUMENT …]"
    if not arguments:
        parser.print_help()
        raise SystemExit(0)
    options, others = parser.parse_known_args(arguments)
    if others and options.command not in ("test", "lock"):
        parsers.get(options.command, parser).error(
            render(message("unknown argument {others}", others=" ".join(others)))
        )
    options.others = others
    return options


LANG = "language of what you read"
PYTHON = "3.11, 3.12, 3.13 (default: this one)"
DESCRIPTION = "Image Recognition, Precise and Complete: the command of the course."


def add_option(parser, name, explanation, **settings):
    parser.add_argument(name, help=render(message(explanation)), **settings)


def version():
    import imgrec_course

    return imgrec_course.__version__


# Each command imports what it needs when it runs: `imgrec --help` answers at once.


def lab(options):
    from imgrec_course.lab import lab

    return lab(options.lang, options.folder, options.port, browser=not options.no_browser)


def test(options):
    from importlib.util import find_spec

    from imgrec_course.testing import test

    if find_spec("pytest") is None and is_bundle():
        raise left_out("pytest")

    return test(options.others, quick=options.quick)


def build(options):
    from imgrec_course.authoring.build import build

    build(options.numbers)


def slides(options):
    from imgrec_course.authoring.slides import slides

    slides(options.numbers, options.folder, pdf=options.pdf)


def site(options):
    from imgrec_course.authoring.site import site

    say("The web edition begins at {page}.", page=str(site(options.folder)))


def experiment(options):
    from imgrec_course import experiments

    if options.name is None:
        for name in experiments.names():
            print(f"{name}: {', '.join(experiments.recipe(name).PARTS)}")
        return
    experiments.run(options.name, options.parts)


def train(options):
    from imgrec_course import training

    if options.name is None:
        for name in training.names():
            print(f"{name}: {', '.join(training.recipe(name).NETWORKS)}")
        return
    training.run(options.name)


def reset(options):
    from imgrec_course.workspace import reset

    lesson, kept = reset(options.number, options.lang, options.folder)
    if kept:
        say(
            "{lesson} is as it was released; your file is kept as {kept}.",
            lesson=str(lesson),
            kept=kept.name,
        )
    else:
        say("{lesson} is as it was released.", lesson=str(lesson))


def progress(options):
    from pathlib import Path

    from imgrec_course.progress import main
    from imgrec_course.workspace import current_working_copy, find_working_copy

    asked = options.folder and Path(options.folder).expanduser()
    folder = find_working_copy(asked) if asked else current_working_copy()
    if asked and folder is None:
        raise CourseError(
            "{folder} is no working copy of the course: name the folder that `python3 course.py lab` works "
            "in, or leave out --folder.",
            folder=str(asked),
        )
    main(folder)


def doctor(options):
    from imgrec_course.doctor import doctor

    return doctor()


def bundle(options):
    from imgrec_course.authoring.bundle import bundle

    bundle(options.folder, options.platform, options.python, options.all)


def release(options):
    from imgrec_course.classroom.release import release

    release(options.folder, options.numbers)


def grade(options):
    from imgrec_course.classroom.grading import grade

    grade(options.folder, options.csv)


def lock(options):
    """Run the command that stands at the head of requirements.txt, so that it stands in one place."""
    import shlex
    import subprocess
    from pathlib import Path

    from imgrec_course.paths import ROOT

    second = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[1]
    command = shlex.split(second.lstrip("# "))
    uv = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    if command[:3] != ["uv", "pip", "compile"]:
        raise CourseError(
            "requirements.txt does not say in its second line how it was made: restore the file."
        )
    if not uv.exists():
        raise CourseError(
            "There is no uv in .venv: delete that folder and run `python3 course.py doctor`, "
            "which makes it anew."
        )
    # What uv compiles it also prints; the file is enough.
    arguments = [str(uv), *command[1:], *options.others]
    return subprocess.run(arguments, cwd=ROOT, stdout=subprocess.DEVNULL).returncode


RUN = {name: globals()[name] for name in COMMANDS}


if __name__ == "__main__":
    sys.exit(main())
