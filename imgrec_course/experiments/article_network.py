"""The source article's network and its repair on scarce photographs, from several seeds (lesson 04).

159 photographs to learn from, 96 to judge by: animal or not, at a threshold of 0.5. One training says
little, because the next one differs; five of each show how much.
"""

import time

import numpy as np

from imgrec_course.datasets.photos import load_photos
from imgrec_course.models.cnn import article_network, small_network

SEEDS = (0, 1, 2, 3, 4)
# As the article trains its own; the other two see half the size, and as many steps as they need.
SETTINGS = {
    "article": {"rate": 0.001, "batch": 32, "epochs": 10},
    "averaged": {"rate": 0.002, "batch": 16, "epochs": 40},
    "repaired": {"rate": 0.002, "batch": 16, "epochs": 40},
}


def photographs(name):
    """(pixels, animal) to learn from and to judge by, as the network called ``name`` takes them.

    White becomes 0 and black 1, so that the zeros with which a convolution pads continue the background.
    """
    photos = load_photos()
    pairs = []
    for split in ("train", "test"):
        images, animal = photos.pair(split)
        pixels = 1 - images / np.float32(255)  # (n, 224, 224, 3)
        if name != "article":
            pixels = pixels.reshape(-1, 112, 2, 112, 2, 3).mean(axis=(2, 4))  # half the size
        pairs.append((pixels, animal))
    return pairs


def build(name):
    """The network called "article", "averaged" (its dense layer fed by global pooling) or "repaired"."""
    import keras

    if name == "article":
        return article_network()
    if name == "repaired":
        return small_network((112, 112, 3), channels=(16, 32, 32, 64, 64))
    return keras.Sequential(
        [
            keras.Input((112, 112, 3), name="image"),
            keras.layers.Conv2D(32, 3, activation="relu", name="convolution"),
            keras.layers.MaxPooling2D(2, name="pooling"),
            keras.layers.GlobalAveragePooling2D(name="features"),
            keras.layers.Dense(64, activation="relu", name="dense"),
            keras.layers.Dense(1, activation="sigmoid", name="probability"),
        ],
        name="averaged_network",
    )


def train(name, seed):
    """Train once.

    returns   network, scores of the photographs learned from (159,), of those to judge by (96,), seconds
    """
    import keras

    (seen, animal), (unseen, _) = photographs(name)
    settings = SETTINGS[name]
    keras.utils.set_random_seed(seed)
    network = build(name)
    network.compile(keras.optimizers.Adam(settings["rate"]), "binary_crossentropy")
    begun = time.perf_counter()
    network.fit(seen, animal, batch_size=settings["batch"], epochs=settings["epochs"], verbose=0)
    seconds = time.perf_counter() - begun
    scores = [network.predict(part, verbose=0)[:, 0] for part in (seen, unseen)]
    return network, *scores, seconds


def measure(seen_scores, scores):
    """{"training_f1", "precision", "recall", "f1", "average_precision"} of one training's scores."""
    from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

    photos = load_photos()
    seen, animal = photos.animal[photos.split == "train"], photos.animal[photos.split == "test"]
    decided = scores >= 0.5
    values = {
        "training_f1": f1_score(seen, seen_scores >= 0.5, zero_division=0),
        "precision": precision_score(animal, decided, zero_division=0),
        "recall": recall_score(animal, decided),
        "f1": f1_score(animal, decided, zero_division=0),
        "average_precision": average_precision_score(animal, scores),
    }
    return {key: round(float(value), 4) for key, value in values.items()}


def _part(name):
    def run():
        part = {"seconds": [], "scores": []}
        for seed in SEEDS:
            _, seen_scores, scores, seconds = train(name, seed)
            for key, value in measure(seen_scores, scores).items():
                part.setdefault(key, []).append(value)
            part["seconds"].append(round(seconds, 1))
            part["scores"].append([round(float(score), 6) for score in scores])
        return part

    return run


PARTS = {name: _part(name) for name in SETTINGS}
