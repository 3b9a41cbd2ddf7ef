"""pyproject.toml, requirements.txt, environment.yml and course.py say the same."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import course
from imgrec_course import __version__
from imgrec_course.paths import ROOT

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PYTHONS = SpecifierSet(PROJECT["project"]["requires-python"])
EXTRAS = PROJECT["project"]["optional-dependencies"]

# Where the course runs: (sys_platform, platform_machine, os_name, platform_system).
MACHINES = [
    ("linux", "x86_64", "posix", "Linux"),
    ("linux", "aarch64", "posix", "Linux"),
    ("darwin", "arm64", "posix", "Darwin"),
    ("win32", "AMD64", "nt", "Windows"),
]
NAMES = ("sys_platform", "platform_machine", "os_name", "platform_system")


def locked():
    """[(Requirement, its hashes)] of requirements.txt."""
    text = re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE).replace("\\\n", " ")
    entries = []
    for line in text.splitlines():
        requirement, *hashes = line.split("--hash=")
        entries.append((Requirement(requirement), [each.strip() for each in hashes]))
    return entries


def environments():
    for machine in MACHINES:
        for minor in range(course.OLDEST[1], course.TOO_NEW[1]):
            values = dict(zip(NAMES, machine, strict=True))
            values |= {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9"}
            yield values | {"implementation_name": "cpython", "platform_python_implementation": "CPython"}


def wanted(extras=tuple(EXTRAS)):
    texts = [*PROJECT["project"]["dependencies"], *(text for extra in extras for text in EXTRAS[extra])]
    return [Requirement(text) for text in texts]


def applies(requirement, environment):
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize(
    "environment", list(environments()), ids=lambda e: f"{e['sys_platform']}-{e['python_version']}"
)
def test_the_lock_has_what_the_project_asks_for_on_every_machine(environment):
    versions = {}
    for requirement, _ in locked():
        if applies(requirement, environment):
            (pin,) = requirement.specifier
            assert canonicalize_name(requirement.name) not in versions, "one version a machine"
            versions[canonicalize_name(requirement.name)] = Version(pin.version)
    for requirement in wanted():
        if applies(requirement, environment):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement
    assert len({"tensorflow", "tensorflow-cpu"} & set(versions)) == 1


def test_every_entry_of_the_lock_is_one_version_with_hashes():
    entries = locked()
    assert len(entries) > 100
    for requirement, hashes in entries:
        assert [pin.operator for pin in requirement.specifier] == ["=="], requirement
        assert requirement.url is None
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


def test_no_servers_address_in_the_lock():
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", LOCK)


def test_the_lock_says_how_it_was_made():
    command = LOCK.splitlines()[1]
    for part in ("uv pip compile pyproject.toml", "--all-extras", "--universal", "--generate-hashes"):
        assert part in command
    assert "--no-emit-index-url" in command
    assert f"--python-version {'.'.join(map(str, course.OLDEST))}" in command
    assert not (ROOT / "uv.lock").exists() or "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8")


def test_course_py_accepts_the_pythons_that_the_project_accepts():
    oldest, too_new = (".".join(map(str, bound)) for bound in (course.OLDEST, course.TOO_NEW))
    assert SpecifierSet(f">={oldest},<{too_new}") == PYTHONS == SpecifierSet(course.FROM_UV)
    sentence = course.BAD_PYTHON
    assert f"from {oldest} to 3.{course.TOO_NEW[1] - 1}" in sentence
    for version in ("3.10.13", "3.14.0"):
        assert version not in PYTHONS


def test_uv_in_the_lock_is_new_enough_to_build_the_course_without_the_network():
    (uv,) = [Version(next(iter(r.specifier)).version) for r, _ in locked() if r.name == "uv"]
    (backend,) = map(Requirement, PROJECT["build-system"]["requires"])
    assert backend.name == "uv_build"
    assert uv in backend.specifier
    assert Version(".".join(map(str, course.OLDEST_UV))) in backend.specifier


def test_conda_and_binder_get_the_same():
    requirements = [each for each in CONDA["dependencies"] if isinstance(each, str)]
    (pip,) = [each["pip"] for each in CONDA["dependencies"] if isinstance(each, dict)]
    python = next(each for each in requirements if each.startswith("python="))
    assert Version(python.partition("=")[2]) in PYTHONS
    assert sorted(each.partition("=")[0] for each in requirements) == ["pip", "python"], "the rest is pip's"
    assert pip == ["-r requirements.txt"]
    build = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert build.startswith("#!/usr/bin/env bash\n")
    assert "--no-deps --editable ." in build


def test_tensorflow_is_no_requirement_of_the_package_itself():
    assert not [each for each in wanted(()) if each.name.startswith("tensorflow")]
    assert [each.name for each in wanted(("tensorflow",))[-2:]] == ["tensorflow-cpu", "tensorflow"]


def test_one_version():
    assert PROJECT["project"]["version"] == __version__


def test_the_tests_run_on_what_the_ci_calls():
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("\npython3 course.py test")
    (workflow,) = (ROOT / ".github" / "workflows").glob("*.yml")
    content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    job = content["jobs"]["test"]
    assert {name.partition("-")[0] for name in job["strategy"]["matrix"]["os"]} == {
        "ubuntu",
        "macos",
        "windows",
    }
    for version in job["strategy"]["matrix"]["python"]:
        assert Version(version) in PYTHONS
    assert job["steps"][-1]["run"] == "python course.py test"
    assert {"push", "pull_request", "schedule"} <= set(content[True]), "YAML reads `on` as true"
