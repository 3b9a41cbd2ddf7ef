"""How precision, recall and F1 grow with the number of training images (Fashion-MNIST, lesson 04).

For each number of images and each of five seeds: images drawn at random from the training set, as many of
each class; the lesson's network trained from new weights; measured once on the 10,000 test images.
Nothing is chosen by the result, so the test stays a test.
"""

import numpy as np

from imgrec_course.datasets.fashion import load_fashion
from imgrec_course.models.cnn import garment_network, one_cycle

SEEDS = (0, 1, 2, 3, 4)
# Fewer images are seen more often, so that small sets are not merely trained less.
SETTINGS = {
    1_000: {"epochs": 40, "batch": 64, "peak": 0.003},
    5_000: {"epochs": 20, "batch": 64, "peak": 0.003},
    20_000: {"epochs": 10, "batch": 128, "peak": 0.004},
    60_000: {"epochs": 8, "batch": 256, "peak": 0.006},
}


def draw(labels, size, seed):
    """Places of ``size`` images drawn at random, as many of each of the classes."""
    generator = np.random.default_rng(seed)
    classes = np.unique(labels)
    chosen = [generator.permutation(np.flatnonzero(labels == one))[: size // len(classes)] for one in classes]
    return generator.permutation(np.concatenate(chosen))


def point(size, seed):
    """Train on ``size`` images and measure on the test.

    returns   {"precision": …, "recall": …, "f1": …}, each the plain mean over the ten classes
    """
    import keras
    from sklearn.metrics import precision_recall_fscore_support

    (images, labels), (test_images, test_labels) = load_fashion()
    chosen = draw(labels, size, seed)
    settings = SETTINGS[size]
    steps = settings["epochs"] * -(-size // settings["batch"])
    keras.utils.set_random_seed(seed)
    network = garment_network()
    network.compile(
        keras.optimizers.Adam(one_cycle(settings["peak"], steps)), "sparse_categorical_crossentropy"
    )
    network.fit(
        images[chosen, ..., np.newaxis] / np.float32(255),
        labels[chosen],
        batch_size=settings["batch"],
        epochs=settings["epochs"],
        verbose=0,
    )
    tested = test_images[..., np.newaxis] / np.float32(255)
    answers = network.predict(tested, batch_size=1000, verbose=0).argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(test_labels, answers, average="macro")
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _part(size):
    def run():
        points = [point(size, seed) for seed in SEEDS]
        return {name: [one[name] for one in points] for name in ("precision", "recall", "f1")}

    return run


PARTS = {str(size): _part(size) for size in SETTINGS}
