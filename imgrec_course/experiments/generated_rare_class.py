"""Generated images for the rare class: do they help a recogniser of pullovers? Lesson 11 reads it.

World, network, initial weights and budget are those of the recipe rare_class, seed by seed: its stored
remedies are the ones to beat. As in its "oversampling", every place of a batch is a pullover by the toss of a
coin; then a second coin decides whether a real one stands there or an extra one. Three sources of extras:

generated   a conditional GAN that saw nothing but this world's 20,000 training images, 200 of them pullovers
cheat       the conditional generator of data/weights, which saw all 6,000 pullovers of Fashion-MNIST
more_real   real pullovers that this world holds back: what no generator can be expected to beat
"""

import time

import numpy as np

from imgrec_course.experiments import rare_class

SEEDS = range(5)
SOURCES = ("generated", "cheat", "more_real")
EXTRAS = 2000  # images of each source
PULLOVER = 2  # its class in Fashion-MNIST
GAN_STEPS, GAN_BATCH = 1_600, 64
GENERATOR_RATE, DISCRIMINATOR_RATE, LAST_SHARE = 2e-3, 1e-3, 0.05  # the rates fall along a cosine
AVERAGE = 0.99  # momentum of the running mean of the generator's weights
SHIFT = 0.1  # how far, in shares of the side, images are moved before the discriminator sees them
SAMPLES = 1000  # extras that are compared with the 1,000 pullovers of the test


def build_generator():
    from imgrec_course.models.conditional import conditional_generator

    return conditional_generator(classes=2, normalise=True)


def train_generator(seed):
    """A generator of pullovers (class 1) and others (class 0), from this world's training images alone.

    returns  keras.Model with the running mean of its weights, seconds
    """
    import keras
    import tensorflow as tf

    from imgrec_course.models.conditional import ConditionalGAN, conditional_discriminator

    (images, labels), _ = rare_class.garments()
    rows = rare_class.world(seed)["train"]
    x, y = images[rows] * 2 - 1, labels[rows]
    keras.utils.set_random_seed(seed)
    moved = keras.layers.RandomTranslation(
        SHIFT, SHIFT, "constant", "nearest", fill_value=-1.0, seed=seed, name="moved"
    )
    gan = ConditionalGAN(build_generator(), conditional_discriminator(2, augmentation=[moved]), seed)

    def adam(rate, **settings):
        falling = keras.optimizers.schedules.CosineDecay(rate, GAN_STEPS, alpha=LAST_SHARE)
        return keras.optimizers.Adam(falling, beta_1=0.5, **settings)

    gan.compile(adam(GENERATOR_RATE, use_ema=True, ema_momentum=AVERAGE), adam(DISCRIMINATOR_RATE))
    order = rare_class.order_of_images(y, oversampled=True, seed=seed)[: GAN_STEPS * GAN_BATCH]
    batches = tf.data.Dataset.from_tensor_slices(order.reshape(GAN_STEPS, GAN_BATCH))
    pictures, kinds = tf.constant(x), tf.constant(y.astype(np.int32))
    started = time.monotonic()
    gan.fit(batches.map(lambda places: (tf.gather(pictures, places), tf.gather(kinds, places))), verbose=0)
    return gan.averaged_generator(), time.monotonic() - started


def more_real(seed):
    """(EXTRAS, 28, 28, 1) pullovers of Fashion-MNIST's training part that this world holds back."""
    (images, labels), _ = rare_class.garments()
    used = np.concatenate(list(rare_class.world(seed).values()))
    left = np.setdiff1d(np.flatnonzero(labels), used)
    return images[np.random.default_rng([seed, 2]).choice(left, EXTRAS, replace=False)]


def drawn(generator, kind, seed):
    """(EXTRAS, 28, 28, 1) images from 0 to 1 of one class."""
    from imgrec_course.models.conditional import generate_as_asked

    return (generate_as_asked(generator, np.full(EXTRAS, kind), seed) + 1) / 2


def order_with_extras(labels, seed):
    """Row numbers as of the remedy "oversampling"; half of its pullovers, by a coin, replaced by extras.

    labels   (n,) True for a pullover
    returns  (STEPS · BATCH,) rows; n and above are extras
    """
    order = rare_class.order_of_images(labels, oversampled=True, seed=seed)
    generator = np.random.default_rng([seed, 1])
    swapped = labels[order] & (generator.uniform(size=len(order)) < 0.5)
    order[swapped] = len(labels) + generator.integers(EXTRAS, size=swapped.sum())
    return order


def train(seed, extras):
    """Train the network of rare_class once, with extra pullovers (EXTRAS, 28, 28, 1) from 0 to 1.

    returns  {"validation": (10000,) logits, "test": (10000,) logits, "seconds": of training}
    """
    import keras

    (images, labels), (test_images, _) = rare_class.garments()
    rows = rare_class.world(seed)
    x = np.concatenate([images[rows["train"]], extras.astype(np.float32)])
    y = np.concatenate([labels[rows["train"]], np.ones(len(extras), dtype=bool)])
    keras.utils.set_random_seed(seed)
    model = rare_class.build()
    model.compile(keras.optimizers.Adam(rare_class.RATE), keras.losses.BinaryCrossentropy(from_logits=True))
    order = order_with_extras(labels[rows["train"]], seed)
    started = time.monotonic()
    for part in order.reshape(-1, rare_class.CHUNK * rare_class.BATCH):
        model.fit(x[part], y[part].astype(np.float32), batch_size=rare_class.BATCH, shuffle=False, verbose=0)
    seconds = time.monotonic() - started
    return {
        "validation": model.predict(images[rows["validation"]], batch_size=1000, verbose=0).ravel(),
        "test": model.predict(test_images, batch_size=1000, verbose=0).ravel(),
        "seconds": seconds,
    }


def judged(extras):
    """How pullover-like the extras are: {"recognised", "frechet_distance", "precision", "recall"}."""
    from imgrec_course import sample_quality as quality
    from imgrec_course.models.conditional import recognised_classes

    _, (test_images, test_labels) = rare_class.garments()
    signed = extras[:SAMPLES] * 2 - 1
    real, found = quality.features(test_images[test_labels] * 2 - 1), quality.features(signed)
    precision, recall = quality.precision_recall(real, found)
    return {
        "recognised": float(np.mean(recognised_classes(signed) == PULLOVER)),
        "frechet_distance": round(quality.frechet_distance(real, found), 3),
        "precision": precision,
        "recall": recall,
    }


def of_seed(seed):
    """A part: the network of this seed with each of the three sources."""

    def part():
        from imgrec_course import training
        from imgrec_course.training import conditional

        cheat = training.load(conditional.build("conditional_generator"), "conditional_generator")
        generator, generator_seconds = train_generator(seed)
        sources = {
            "generated": drawn(generator, 1, seed),
            "cheat": drawn(cheat, PULLOVER, seed),
            "more_real": more_real(seed),
        }
        result = {"generator_seconds": round(generator_seconds, 1)}
        for name, extras in sources.items():
            run = train(seed, extras)
            result[name] = {
                **{split: rare_class.pack(run[split]) for split in ("validation", "test")},
                "seconds": round(run["seconds"], 2),
                "extras": judged(extras),
            }
        return result

    return part


PARTS = {f"seed {seed}": of_seed(seed) for seed in SEEDS}
