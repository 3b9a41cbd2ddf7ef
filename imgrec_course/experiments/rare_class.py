"""Remedies for a rare class: one garment in a hundred is a pullover (Fashion-MNIST). Lesson 05 reads it.

Every seed has a world of its own: 200 pullovers among 20,000 training images, 100 among 10,000 for
validation, drawn anew. All remedies of one seed share this world, the initial weights, the network and the
budget: 1,600 steps of 128 images. The test is Fashion-MNIST's own, all 10,000 images.
"""

import base64
import functools
import time
import zlib

import numpy as np

SEEDS = range(8)
RARE = "Pullover"
SHARE = 0.01  # of pullovers in the rare world
TRAINING, VALIDATION = 20_000, 10_000  # images
STEPS, BATCH, RATE = 1_600, 128, 1e-3
CHUNK = 200  # steps that are laid out in memory at once
STEP = 1 / 32  # stored logits are rounded to multiples of it …
FLOOR = -10  # … and raised to this: below it, no threshold of interest tells images apart


@functools.cache
def garments():
    """(images, is_pullover) of Fashion-MNIST's training and test part; images (n, 28, 28, 1) from 0 to 1."""
    from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

    return tuple(
        ((images[..., np.newaxis] / 255).astype(np.float32), labels == FASHION_CLASSES.index(RARE))
        for images, labels in load_fashion()
    )


def world(seed):
    """{"train": rows, "validation": rows} of Fashion-MNIST's training part; 1 in 100 is a pullover."""
    _, rare = garments()[0]
    generator = np.random.default_rng(seed)
    pullovers = generator.permutation(np.flatnonzero(rare))
    others = generator.permutation(np.flatnonzero(~rare))
    rows, used_pullovers, used_others = {}, 0, 0
    for split, size in (("train", TRAINING), ("validation", VALIDATION)):
        count = round(size * SHARE)
        part = (
            pullovers[used_pullovers : used_pullovers + count],
            others[used_others : used_others + size - count],
        )
        rows[split] = generator.permutation(np.concatenate(part))
        used_pullovers, used_others = used_pullovers + count, used_others + size - count
    return rows


def build(augmentation=None):
    """A small network whose output is a logit; augmentation changes pullovers and others alike."""
    import keras

    from imgrec_course.models.augmentation import augmentation as layers_of

    layers = keras.layers
    front = layers_of(augmentation, paper=0.0, rotation=0.02, shift=0.07) if augmentation else []
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *front,
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def order_of_images(labels, oversampled, seed):
    """Which training image stands in which place of which batch: (STEPS · BATCH,) row numbers.

    Not oversampled: all images in a new order, again and again. Oversampled: every place is a pullover or
    another garment by the toss of a coin, then any of that kind.
    """
    generator, places = np.random.default_rng(seed), STEPS * BATCH
    if not oversampled:
        rounds = -(-places // len(labels))
        return np.concatenate([generator.permutation(len(labels)) for _ in range(rounds)])[:places]
    rare, others = np.flatnonzero(labels), np.flatnonzero(~labels)
    coin = generator.uniform(size=places) < 0.5
    return np.where(coin, generator.choice(rare, places), generator.choice(others, places))


def train(seed, loss="cross-entropy", class_weights=False, oversampled=False, augmentation=None):
    """Train once in the world of this seed.

    loss     "cross-entropy", "focal" (γ = 2) or "focal 0.25" (γ = 2 and α = 0.25)
    returns  {"validation": (10000,) logits, "test": (10000,) logits, "seconds": of training}
    """
    import keras

    (images, labels), (test_images, _) = garments()
    rows = world(seed)
    x, y = images[rows["train"]], labels[rows["train"]]
    weight = {0: len(y) / (2 * np.sum(~y)), 1: len(y) / (2 * np.sum(y))} if class_weights else None
    keras.utils.set_random_seed(seed)
    model = build(augmentation)
    losses = keras.losses
    loss = {
        "cross-entropy": lambda: losses.BinaryCrossentropy(from_logits=True),
        "focal": lambda: losses.BinaryFocalCrossentropy(gamma=2.0, from_logits=True),
        "focal 0.25": lambda: losses.BinaryFocalCrossentropy(
            apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True
        ),
    }[loss]()
    model.compile(keras.optimizers.Adam(RATE), loss)
    order = order_of_images(y, oversampled, seed)
    started = time.monotonic()
    for part in order.reshape(-1, CHUNK * BATCH):
        model.fit(
            x[part],
            y[part].astype(np.float32),
            batch_size=BATCH,
            shuffle=False,
            class_weight=weight,
            verbose=0,
        )
    seconds = time.monotonic() - started
    return {
        "validation": model.predict(images[rows["validation"]], batch_size=1000, verbose=0).ravel(),
        "test": model.predict(test_images, batch_size=1000, verbose=0).ravel(),
        "seconds": seconds,
    }


def pack(logits):
    """Logits (n,) as text: multiples of STEP, at least FLOOR, two bytes each, compressed, in base64.

    Raises ValueError for another shape, NaN, or a logit of 1000 or more.
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.ndim != 1 or not np.all(logits < 1000):
        raise ValueError(f"logits must be (n,) numbers below 1000, not {logits}")
    steps = np.rint(np.maximum(logits, FLOOR) / STEP)
    return base64.b64encode(zlib.compress(steps.astype("<i2").tobytes(), 9)).decode("ascii")


def unpack(text):
    """(n,) logits from what :func:`pack` made."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<i2") * STEP


def repeated(**settings):
    """A part: :func:`train` with these settings, once for every seed."""

    def part():
        runs = [train(seed, **settings) for seed in SEEDS]
        result = {split: [pack(run[split]) for run in runs] for split in ("validation", "test")}
        return {**result, "seconds": [round(run["seconds"], 2) for run in runs]}

    return part


PARTS = {
    "plain": repeated(),
    "class_weights": repeated(class_weights=True),
    "oversampling": repeated(oversampled=True),
    "focal": repeated(loss="focal"),
    "focal_alpha": repeated(loss="focal 0.25"),
    "mirror": repeated(augmentation="mirror"),
    "oversampling_mirror": repeated(oversampled=True, augmentation="mirror"),
    "gentle": repeated(augmentation="gentle"),
}
