"""The benchmarks can be run: each network of the race takes a step. Nothing is timed here."""

import importlib.util

import numpy as np
import pytest

from imgrec_course.paths import ROOT


def load(name):
    specification = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_network_of_the_race_takes_a_step():
    race = load("time_to_f1")
    labels = np.arange(600, dtype="int32") % 10
    images = np.random.default_rng(0).uniform(size=(600, 28, 28, 1)).astype("float32")
    data = (images, labels), (images[:50], labels[:50])
    for build in (*race.PEERS.values(), race.ours):
        run = race.train(build, data, seed=0, cap=60, most_epochs=1)
        assert run["epochs"] == 1
        assert 0 <= run["f1"] <= 1
        assert run["parameters"] > 10_000
