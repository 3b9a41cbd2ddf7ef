"""Networks trained longer than a lesson can wait: recipes that make the weights in ``data/weights``.

A recipe is a module of this package with

    SETTINGS            dictionary of every number that the training depends on, seeds included
    NETWORKS            names of the networks it makes, each the stem of its files
    train()             {name: trained keras.Model}
    build(name)         the same network with other weights
    measure(name, network)    {figure: number or list}, of the network as it is stored

``imgrec train NAME`` runs one. Weights are stored as float16 in ``data/weights/NETWORK.weights.h5``;
``NETWORK.json`` beside them holds the command, the settings, the versions, machine and seconds, and the
figures, measured with the stored weights. A test measures them again.
"""

import datetime
import json
import time

from imgrec_course import experiments, paths
from imgrec_course.datasets.files import data_file
from imgrec_course.language import say

FOLDER = "weights"


def names():
    """Names of all recipes."""
    return experiments.names(__name__)


def recipe(name):
    """The module of a recipe; CourseError when there is none."""
    return experiments.recipe(name, __name__)


def run(name):
    """Train the networks of a recipe, store them and measure what is stored."""
    module = recipe(name)
    started = time.monotonic()
    networks = module.train()
    seconds = time.monotonic() - started
    for network_name, network in networks.items():
        store(name, network_name, network, seconds)
        say("{name}: {seconds} s", name=network_name, seconds=f"{seconds:.0f}")


def store(name, network_name, network, seconds):
    """Write one network's weights, its description and their checksums into ``data/weights``.

    seconds   of the training; a recipe that was interrupted may know better and say so in ``SECONDS``
    """
    module = recipe(name)
    folder = paths.DATA / FOLDER
    weights = folder / f"{network_name}.weights.h5"
    stored = module.build(network_name)  # not compiled: the file holds no optimiser
    stored.set_weights(network.get_weights())
    stored.save_weights(weights, overwrite=True)
    halve(weights)
    stored.load_weights(weights)
    content = {
        "command": f"imgrec train {name}",
        "recipe": experiments.fingerprint(module),
        "made": datetime.date.today().isoformat(),
        "seconds": round(getattr(module, "SECONDS", None) or seconds),
        "machine": experiments.machine(),
        "versions": experiments.versions(),
        "settings": module.SETTINGS,
        "parameters": stored.count_params(),
        "figures": module.measure(network_name, stored),
    }
    description = folder / f"{network_name}.json"
    description.write_text(experiments.compact(content) + "\n", encoding="utf-8", newline="\n")
    experiments.write_checksums(weights, description)


def describe(network_name):
    """What is stored about a network: the dictionary of ``data/weights/NETWORK.json``.

    Raises CourseError when the file is missing, damaged or altered.
    """
    return json.loads(data_file(FOLDER, f"{network_name}.json").read_text(encoding="utf-8"))


def load(network, network_name):
    """Put stored weights into a network that was built alike; returns the network.

    Raises CourseError when the file of weights is missing, damaged or altered.
    """
    network.load_weights(data_file(FOLDER, f"{network_name}.weights.h5"))
    return network


def halve(path):
    """Store every float32 array of an HDF5 file as float16: half the size, 3 digits.

    Raises ValueError for a number that float16 cannot hold.
    """
    import h5py
    import numpy

    whole = path.with_name("float32.h5")
    path.rename(whole)

    with h5py.File(whole) as source, h5py.File(path, "w") as target:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                values = item[()]
                if values.dtype == numpy.float32:
                    if numpy.abs(values).max() > numpy.finfo(numpy.float16).max:
                        raise ValueError(f"{name} does not fit into float16")
                    values = values.astype(numpy.float16)
                copied = target.create_dataset(name, data=values)
            else:
                copied = target.require_group(name)
            copied.attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    whole.unlink()
