"""Recipes that run once: what they store, what is read back, and whether it is still theirs."""

import json
import types

import pytest

from imgrec_course import cli, experiments, paths
from imgrec_course.datasets import files
from imgrec_course.language import CourseError


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A recipe of two parts that counts its runs, and an empty data folder."""
    source = tmp_path / "toy.py"
    source.write_text('"""A recipe."""\n\nSEED = 1\n', encoding="utf-8")
    runs = []
    module = types.SimpleNamespace(
        __file__=str(source),
        PARTS={
            "first": lambda: runs.append("first") or {"scores": [0.25, 0.5]},
            "second": lambda: runs.append("second") or {"scores": [[1, 2], [3, 4]]},
        },
    )
    monkeypatch.setattr(experiments, "names", lambda: ["toy"])
    monkeypatch.setattr(experiments, "recipe", lambda name: module)
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    (tmp_path / "data").mkdir()
    module.runs = runs
    return module


def test_what_is_stored_is_read_back(toy, capsys):
    experiments.run("toy")
    assert toy.runs == ["first", "second"]
    assert experiments.load_result("toy") == {
        "first": {"scores": [0.25, 0.5]},
        "second": {"scores": [[1, 2], [3, 4]]},
    }
    assert capsys.readouterr().out == "toy first: 0 s\ntoy second: 0 s\n"
    stored = json.loads((paths.DATA / "results" / "toy.json").read_text(encoding="utf-8"))
    assert stored["command"] == "imgrec experiment toy"
    entry = stored["parts"]["first"]
    assert entry.keys() == {"recipe", "made", "seconds", "machine", "versions", "result"}
    assert entry["versions"].keys() == {"python", *experiments.PACKAGES}


def test_one_part_can_be_run_again_and_keeps_the_others(toy):
    experiments.run("toy", ["second"])
    experiments.run("toy", ["first"])
    assert toy.runs == ["second", "first"]
    assert list(experiments.load_result("toy")) == ["first", "second"]  # in the recipe's order


def test_what_else_has_a_checksum_keeps_it(toy):
    """Another result that was altered is not declared whole because this one was stored."""
    folder = paths.DATA / "results"
    folder.mkdir()
    (folder / "other.json").write_text("altered", encoding="utf-8")
    (folder / files.SUMS).write_text(f"{'0' * 64}  other.json\n", encoding="utf-8")
    experiments.run("toy", ["first"])
    assert sorted(files.checksums("results")) == ["other.json", "toy.json"]
    assert files.checksums("results")["other.json"] == "0" * 64
    assert list(experiments.load_result("toy")) == ["first"]


def test_an_altered_result_is_refused(toy):
    experiments.run("toy")
    path = paths.DATA / "results" / "toy.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0.25", "0.75"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"data/results/toy\.json is damaged or was changed"):
        experiments.load_result("toy")


def test_not_a_number_is_no_result(toy):
    toy.PARTS["first"] = lambda: float("nan")
    with pytest.raises(ValueError, match="JSON"):
        experiments.run("toy", ["first"])


def test_fingerprint_follows_code_and_not_comments(toy, tmp_path):
    before = experiments.fingerprint(toy)
    source = tmp_path / "toy.py"
    source.write_text('"""Another description."""\n\n# why\nSEED = 1\n', encoding="utf-8")
    assert experiments.fingerprint(toy) == before
    source.write_text('"""A recipe."""\n\nSEED = 2\n', encoding="utf-8")
    assert experiments.fingerprint(toy) != before


def test_unknown_names_are_answered_by_one_sentence(capsys):
    known = ", ".join(experiments.names())
    assert cli.main(["experiment", "no_such"]) == 1
    assert capsys.readouterr().err == f"There is no recipe no_such: the recipes are {known}.\n"


def test_unknown_parts_are_answered_by_one_sentence(toy, capsys):
    assert cli.main(["experiment", "toy", "third"]) == 1
    assert capsys.readouterr().err == "The experiment toy has no part third: its parts are first, second.\n"
    assert toy.runs == []


def test_the_command_lists_recipes_and_their_parts(toy, capsys):
    assert cli.main(["experiment"]) == 0
    assert capsys.readouterr().out == "toy: first, second\n"


@pytest.mark.parametrize("name", experiments.names())
def test_a_stored_result_is_that_of_its_recipe(name):
    """A recipe that was changed after it ran must run again."""
    module = experiments.recipe(name)
    stored = json.loads(files.data_file("results", f"{name}.json").read_text(encoding="utf-8"))
    assert list(stored["parts"]) == list(module.PARTS)
    stale = [
        part for part, entry in stored["parts"].items() if entry["recipe"] != experiments.fingerprint(module)
    ]
    assert stale == [], f"run `imgrec experiment {name} {' '.join(stale)}`"
