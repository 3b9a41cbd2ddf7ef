"""Remedies for scarce photographs: animal or not, learned from 159 photographs. Lesson 05 reads it.

Every part trains with the same split, five times (seeds 0 to 4: initial weights, order of the images, random
transformations), and returns the logits of the 63 validation and the 96 test photographs for each seed.
Every network but the article's, the frozen and the fine-tuned one is the same small one, trained for 600
steps of 16 photographs unless the part says otherwise.
"""

import functools
import time

import numpy as np

SEEDS = range(5)
EPOCHS = 60  # of 10 steps each: 159 photographs in batches of 16
ARTICLE_EPOCHS = 10  # by then it knows the training photographs nearly by heart
FINE_TUNING_EPOCHS = 15
BATCH = 16
RATE = 2e-3
FINE_TUNING_RATE = 1e-4
CUT = "block14_add"  # the pre-trained network is frozen up to here when its top is tuned
FEW = (10, 20, 40)  # photographs to learn from
FEW_STEPS = 300
FEW_DRAWS = 20  # of the methods that take no time; the others: SEEDS
VIEWS = 8  # of each photograph, for the frozen network with augmentation


@functools.cache
def splits():
    """{"train": (images, labels), …}: (n, 224, 224, 3) floats from 0 to 1, and (n,) 1 for animals."""
    from imgrec_course.datasets.photos import SPLITS, load_photos

    photos = load_photos()
    pairs = {split: photos.pair(split) for split in SPLITS}
    return {split: (images.astype(np.float32) / 255, labels) for split, (images, labels) in pairs.items()}


def prepare(images):
    """Half the size, white paper as 0: (n, 224, 224, 3) from 0 to 1 → (n, 112, 112, 3)."""
    return (1 - images).reshape(-1, 112, 2, 112, 2, 3).mean(axis=(2, 4))


def build(augmentation=None, dropout=0.0):
    """The network that every remedy without pre-training is tried on, not compiled.

    augmentation  a name that models.augmentation.augmentation() knows, such as "gentle"; None: no layers
    dropout       share of the pooled features that training leaves out
    returns       keras.Model (batch, 112, 112, 3) from prepare() → (batch, 1) probability of "animal":
                  models.cnn.small_network() with five convolutions in place of its four
    """
    from imgrec_course.models.augmentation import augmentation as layers_of
    from imgrec_course.models.cnn import small_network

    layers = layers_of(augmentation, paper=0.0) if augmentation else ()
    return small_network(
        (112, 112, 3), channels=(16, 32, 32, 64, 64), dropout=dropout, augmentation=tuple(layers)
    )


def logits_of(model, images):
    """(n,) scores before the sigmoid, exact where the probability rounds to 0 or 1."""
    import keras

    kernel, bias = model.layers[-1].get_weights()
    features = keras.Model(model.inputs, model.layers[-2].output).predict(images, verbose=0)
    return (features.astype(np.float64) @ kernel + bias).ravel()


def train(
    seed,
    augmentation=None,
    dropout=0.0,
    weight_decay=0.0,
    early_stopping=False,
    epochs=EPOCHS,
    rows=None,
):
    """Train the small network once.

    rows     places of the training photographs to learn from; None: all
    returns  {"validation": (63,) logits, "test": (96,) logits, "loss" at the end, "epochs", "seconds"}
    """
    import keras

    data = {split: (prepare(images), labels) for split, (images, labels) in splits().items()}
    images, labels = data["train"] if rows is None else (array[rows] for array in data["train"])
    keras.utils.set_random_seed(seed)
    model = build(augmentation, dropout)
    model.compile(keras.optimizers.AdamW(RATE, weight_decay=weight_decay), "binary_crossentropy")
    patience = keras.callbacks.EarlyStopping("val_loss", patience=10, restore_best_weights=True)
    started = time.monotonic()
    history = model.fit(
        images,
        labels,
        batch_size=BATCH,
        epochs=epochs,
        validation_data=data["validation"] if early_stopping else None,
        callbacks=[patience] if early_stopping else [],
        verbose=0,
    )
    seconds = time.monotonic() - started
    result = {split: logits_of(model, data[split][0]) for split in ("validation", "test")}
    losses = history.history["loss"]
    return {**result, "loss": losses[-1], "epochs": len(losses), "seconds": seconds}


def repeated(**settings):
    """A part: :func:`train` with these settings, once for every seed."""
    return lambda: stored([train(seed, **settings) for seed in SEEDS])


def stored(runs):
    """What is kept of several runs: lists, logits to three decimals."""
    result = {split: [np.round(run[split], 3).tolist() for run in runs] for split in ("validation", "test")}
    for name in ("loss", "epochs", "seconds"):
        if name in runs[0]:
            result[name] = [round(float(run[name]), 4) for run in runs]
    return result


def article():
    """The article's network on 224 × 224 pixels as they are: 25,234,433 parameters."""
    import keras

    from imgrec_course.models.cnn import article_network

    data, runs = splits(), []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        model = article_network()
        model.compile("adam", "binary_crossentropy")
        started = time.monotonic()
        losses = model.fit(*data["train"], batch_size=BATCH, epochs=ARTICLE_EPOCHS, verbose=0).history["loss"]
        seconds = time.monotonic() - started
        logits = {split: logits_of(model, data[split][0]) for split in ("validation", "test")}
        runs.append({**logits, "loss": losses[-1], "epochs": ARTICLE_EPOCHS, "seconds": seconds})
    return stored(runs)


def embed(images):
    """(n, 1280) features of EfficientNet-Lite0, which is not trained here, of images from 0 to 1."""
    from imgrec_course.models.pretrained import load_efficientnet_lite0

    return load_efficientnet_lite0(include_top=False).predict(images * 255, verbose=0)


def head(features, labels):
    """A new head on frozen features: logistic regression, as in lesson 01."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, max_iter=3000).fit(features, labels)


def frozen():
    """EfficientNet-Lite0 frozen, with a new head. The head has one best solution, so every seed gives it."""
    data = splits()
    started = time.monotonic()
    features = {split: embed(images) for split, (images, _) in data.items()}
    classifier = head(features["train"], data["train"][1])
    seconds = time.monotonic() - started
    run = {split: classifier.decision_function(features[split]) for split in ("validation", "test")}
    return stored([{**run, "seconds": seconds} for _ in SEEDS])


def fine_tune(seed, lower, rows=None, epochs=FINE_TUNING_EPOCHS):
    """Train the top of EfficientNet-Lite0 and a new head on what its lower part gives.

    lower    {split: (n, 7, 7, 192)} outputs of the lower part, computed once
    rows     places of the training photographs to learn from; None: all
    Batch normalisation keeps the means and variances of ImageNet: a batch of 16 is too small for its own.
    """
    import keras

    from imgrec_course.models.pretrained import load_efficientnet_lite0

    labels = splits()["train"][1]
    rows = np.arange(len(labels)) if rows is None else rows
    keras.utils.set_random_seed(seed)
    whole = load_efficientnet_lite0(include_top=False)
    top = keras.Model(whole.get_layer(CUT).output, whole.output)
    for layer in top.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model = keras.Sequential([keras.Input(lower["train"].shape[1:]), top, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(FINE_TUNING_RATE), keras.losses.BinaryCrossentropy(from_logits=True))
    started = time.monotonic()
    losses = model.fit(
        lower["train"][rows], labels[rows], batch_size=BATCH, epochs=epochs, verbose=0
    ).history["loss"]
    seconds = time.monotonic() - started
    result = {
        split: model.predict(lower[split], verbose=0).ravel().astype(np.float64)
        for split in ("validation", "test")
    }
    return {**result, "loss": losses[-1], "epochs": epochs, "seconds": seconds}


def lower_part():
    """{split: (n, 7, 7, 192)} what the frozen lower part of EfficientNet-Lite0 makes of the photographs."""
    import keras

    from imgrec_course.models.pretrained import load_efficientnet_lite0

    whole = load_efficientnet_lite0(include_top=False)
    lower = keras.Model(whole.input, whole.get_layer(CUT).output)
    return {split: lower.predict(images * 255, verbose=0) for split, (images, _) in splits().items()}


def fine_tuned():
    lower = lower_part()
    return stored([fine_tune(seed, lower) for seed in SEEDS])


def few_rows(size, seed):
    """Places of ``size`` training photographs drawn at random, animals and things in their usual shares."""
    labels = splits()["train"][1]
    generator = np.random.default_rng([size, seed])
    animals = generator.permutation(np.flatnonzero(labels == 1))
    things = generator.permutation(np.flatnonzero(labels == 0))
    count = round(size * labels.mean())
    return np.concatenate([animals[:count], things[: size - count]])


def few_steps(size):
    """Number of epochs that makes FEW_STEPS steps of ``size`` photographs."""
    return FEW_STEPS // -(-size // BATCH)


def few_from_scratch():
    """{size: test logits of every draw}, the small network."""
    return {
        str(size): stored([train(seed, rows=few_rows(size, seed), epochs=few_steps(size)) for seed in SEEDS])[
            "test"
        ]
        for size in FEW
    }


def few_fine_tuned():
    """{size: test logits of every draw}, the top of EfficientNet-Lite0 tuned."""
    lower = lower_part()
    return {
        str(size): stored(
            [fine_tune(seed, lower, rows=few_rows(size, seed), epochs=few_steps(size) // 2) for seed in SEEDS]
        )["test"]
        for size in FEW
    }


def few_frozen():
    """{"plain" or "augmented": {size: test logits of every draw}}, EfficientNet-Lite0 frozen.

    "augmented": every photograph is learned as it is and in 8 gently transformed views.
    """
    import keras

    from imgrec_course.models.augmentation import augmentation

    (images, labels), (test_images, _) = splits()["train"], splits()["test"]
    keras.utils.set_random_seed(0)
    layers = keras.Sequential(augmentation("gentle", paper=1.0))
    views = [embed(np.asarray(layers(images, training=True))) for _ in range(VIEWS)]
    features, test = embed(images), embed(test_images)
    result = {"plain": {}, "augmented": {}}
    for size in FEW:
        drawn = [few_rows(size, draw) for draw in range(FEW_DRAWS)]
        for name, several in (("plain", [features]), ("augmented", [features, *views])):
            logits = [
                head(
                    np.concatenate([array[rows] for array in several]), np.tile(labels[rows], len(several))
                ).decision_function(test)
                for rows in drawn
            ]
            result[name][str(size)] = np.round(logits, 3).tolist()
    return result


PARTS = {
    "article": article,
    "plain": repeated(),
    "gentle": repeated(augmentation="gentle"),
    "gentle_longer": repeated(augmentation="gentle", epochs=2 * EPOCHS),
    "any_angle": repeated(augmentation="any_angle"),
    "brightness": repeated(augmentation="brightness"),
    "black_corners": repeated(augmentation="black_corners"),
    "dropout": repeated(dropout=0.5),
    "weight_decay": repeated(weight_decay=0.1),
    "early_stopping": repeated(early_stopping=True),
    "frozen": frozen,
    "fine_tuned": fine_tuned,
    "few_from_scratch": few_from_scratch,
    "few_frozen": few_frozen,
    "few_fine_tuned": few_fine_tuned,
}
