"""Recipes of stored networks: what they write, what is read back, and whether the figures are still true."""

import json
import re
import types

import numpy as np
import pytest

from imgrec_course import cli, experiments, paths, training
from imgrec_course.datasets.files import checksums, data_file
from imgrec_course.language import CourseError


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A recipe of one tiny network, and an empty folder of weights."""
    import keras

    def build(name):
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")])

    def train():
        network = build("tiny")
        network.compile("adam", "mean_squared_error")
        network.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
        network.get_layer("dense").kernel.assign(np.full((3, 2), 1 / 3))
        return {"tiny": network}

    source = tmp_path / "toy.py"
    source.write_text('"""A recipe."""\n', encoding="utf-8")
    module = types.SimpleNamespace(
        __file__=str(source),
        SETTINGS={"seed": 0},
        NETWORKS=("tiny",),
        build=build,
        train=train,
        measure=lambda name, network: {"weight": float(network.get_weights()[0][0, 0])},
    )
    monkeypatch.setattr(training, "names", lambda: ["toy"])
    monkeypatch.setattr(training, "recipe", lambda name: module)
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    (tmp_path / "data" / "weights").mkdir(parents=True)
    return module


@pytest.mark.slow
def test_weights_are_stored_in_half_precision_and_measured_as_stored(toy, capsys):
    import h5py

    sums = paths.DATA / "weights" / "SHA256SUMS"
    sums.write_text(f"{'0' * 64}  other.h5\n", encoding="utf-8")
    assert cli.main(["train", "toy"]) == 0
    assert re.search(r"tiny: \d+ s\n$", capsys.readouterr().out)
    assert sorted(checksums("weights")) == ["other.h5", "tiny.json", "tiny.weights.h5"]
    assert checksums("weights")["other.h5"] == "0" * 64
    third = float(np.float16(1 / 3))
    with h5py.File(data_file("weights", "tiny.weights.h5")) as file:
        found = []
        file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
        assert sum(item.size for item in found) == 8, "no optimiser in it"
        assert {str(item.dtype) for item in found} == {"float16"}
    content = training.describe("tiny")
    assert content["command"] == "imgrec train toy"
    assert content["settings"] == {"seed": 0}
    assert content["figures"] == {"weight": third}
    assert content["parameters"] == 8
    loaded = training.load(toy.build("tiny"), "tiny").get_weights()[0]
    np.testing.assert_array_equal(loaded, np.full((3, 2), third, "float32"))


def test_what_float16_cannot_hold_is_refused(tmp_path):
    import h5py

    with h5py.File(tmp_path / "some.h5", "w") as file:
        file.create_dataset("weight", data=np.full(3, 1e6, "float32"))
    with pytest.raises(ValueError, match="weight does not fit into float16"):
        training.halve(tmp_path / "some.h5")


def test_an_unknown_recipe_is_a_sentence(capsys):
    known = ", ".join(training.names())
    assert cli.main(["train", "no_such"]) == 1
    assert capsys.readouterr().err == f"There is no recipe no_such: the recipes are {known}.\n"


def test_recipes_are_listed(capsys):
    assert cli.main(["train"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "fashion_classifier: fashion_classifier" in lines
    assert "dcgan: dcgan_generator" in lines


def test_missing_weights_are_a_sentence(toy):
    (paths.DATA / "weights" / "SHA256SUMS").write_text(f"{'0' * 64}  tiny.weights.h5\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"data/weights/tiny\.weights\.h5 is missing"):
        training.load(toy.build("tiny"), "tiny")


MINE = ("dcgan", "fashion_classifier")
NETWORKS = [(name, network) for name in MINE for network in training.recipe(name).NETWORKS]


@pytest.mark.parametrize(("name", "network"), NETWORKS)
def test_what_is_stored_is_the_recipes(name, network):
    module, content = training.recipe(name), training.describe(network)
    assert content["recipe"] == experiments.fingerprint(module), f"run `imgrec train {name}`"
    assert content["settings"] == json.loads(json.dumps(module.SETTINGS))
    assert data_file("weights", f"{network}.weights.h5").stat().st_size < 1_500_000
    assert content["parameters"] == module.build(network).count_params()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "network"), NETWORKS)
def test_the_stored_figures_are_measured_again(name, network):
    """On this machine, with its own rounding: shares within half a percent, distances within 2 %."""
    module, content = training.recipe(name), training.describe(network)
    figures = module.measure(network, training.load(module.build(network), network))
    assert figures.keys() == content["figures"].keys()
    for figure, value in content["figures"].items():
        if figure.endswith("distance"):
            assert figures[figure] == pytest.approx(value, rel=0.02), figure
        else:
            np.testing.assert_allclose(figures[figure], value, atol=0.005, err_msg=figure)


def test_the_classifier_is_good_enough_to_judge():
    assert training.describe("fashion_classifier")["figures"]["test_macro_f1"] >= 0.91


def test_the_generator_is_worth_its_place():
    figures = training.describe("dcgan_generator")["figures"]
    assert figures["frechet_distance"] > figures["test_images_frechet_distance"]
    assert figures["precision"] > 0.4
    assert figures["recall"] > 0.4


@pytest.mark.slow
def test_an_interrupted_training_goes_on_from_its_checkpoint(tmp_path, monkeypatch, capsys):
    """The dcgan recipe in small: stopped after the first part, it ends with the weights of a whole run."""
    from imgrec_course.datasets import fashion
    from imgrec_course.models import gan
    from imgrec_course.training import dcgan

    images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)
    monkeypatch.setattr(fashion, "load_fashion", lambda: ((images, None), (images, None)))
    small = {"batch": 16, "steps": 6}
    monkeypatch.setattr(dcgan, "SETTINGS", dcgan.SETTINGS | small)
    monkeypatch.setattr(dcgan, "PART", 2)
    monkeypatch.setattr(dcgan, "CHECKPOINT", tmp_path / "checkpoint.keras")
    monkeypatch.setattr(dcgan, "CLOCK", tmp_path / "checkpoint.seconds")
    whole = dcgan.train()["dcgan_generator"].get_weights()
    assert list(tmp_path.iterdir()) == []

    fit, parts = gan.GAN.fit, []

    def interrupted(self, *arguments, **settings):
        parts.append(1)
        if len(parts) == 3:
            raise KeyboardInterrupt
        return fit(self, *arguments, **settings)

    monkeypatch.setattr(gan.GAN, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dcgan.train()
    assert dcgan.CHECKPOINT.exists()
    again = dcgan.train()["dcgan_generator"].get_weights()
    assert "Training goes on from step 4." in capsys.readouterr().out
    assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))
    assert dcgan.SECONDS > 0
