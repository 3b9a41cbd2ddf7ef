"""The conditional GAN of lesson 11: the class reaches both networks; refusals; the recipe's protocol."""

import numpy as np
import pytest

from imgrec_course.experiments import generated_rare_class as recipe
from imgrec_course.experiments import rare_class


@pytest.fixture(scope="module")
def conditional():
    import keras

    from imgrec_course.models import conditional

    keras.utils.set_random_seed(0)
    return conditional


@pytest.fixture
def gan(conditional):
    made = conditional.ConditionalGAN(
        conditional.conditional_generator(latent=8, classes=3, embedding=4, channels=(8, 4)),
        conditional.conditional_discriminator(3, channels=(4, 8)),
    )
    made.compile()
    return made


@pytest.fixture
def pairs():
    generator = np.random.default_rng(0)
    images = generator.uniform(-1, 1, size=(32, 28, 28, 1)).astype(np.float32)
    return images, generator.integers(3, size=32).astype(np.int32)


def test_the_class_changes_image_and_judgement(conditional, gan, pairs):
    images, _ = pairs
    made = conditional.generate_as_asked(gan.generator, np.array([0, 1, 2]), spread=0)
    assert made.shape == (3, 28, 28, 1)
    assert np.abs(made).max() <= 1
    assert min(np.abs(made[a] - made[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 1e-4
    logits = [gan.judge(images[:4], np.full(4, kind)).numpy() for kind in range(3)]
    assert logits[0].shape == (4, 1)
    assert np.abs(logits[0] - logits[1]).max() > 1e-5


def test_without_spread_each_class_has_one_image(conditional, gan):
    made = conditional.generate_as_asked(gan.generator, np.repeat([0, 2], 4), spread=0)
    np.testing.assert_allclose(made[:4], made[:1].repeat(4, axis=0), atol=1e-6)
    other = conditional.generate_as_asked(gan.generator, np.repeat([0, 2], 4), seed=1)
    assert np.abs(other[0] - other[1]).max() > 1e-4


def test_the_same_seed_gives_the_same_images(conditional, gan):
    asked = np.array([0, 1, 2, 1])
    first, again, other = (conditional.generate_as_asked(gan.generator, asked, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


@pytest.mark.slow
def test_both_networks_learn_and_a_saved_one_goes_on(gan, pairs, tmp_path):
    import keras

    before = [[w.copy() for w in part.get_weights()] for part in (gan.generator, gan.discriminator)]
    history = gan.fit(*pairs, batch_size=16, epochs=2, verbose=0).history
    assert {"discriminator_loss", "generator_loss"} <= set(history)
    for part, old in zip((gan.generator, gan.discriminator), before, strict=True):
        changed = [np.abs(a - b).max() for a, b in zip(part.get_weights(), old, strict=True)]
        assert min(changed) > 0  # the embeddings of the classes, too
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for model in (gan, loaded):
        model.fit(*pairs, batch_size=16, shuffle=False, verbose=0)
    for one, other in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_augmentation_moves_what_the_discriminator_sees_in_training_only(conditional):
    import keras

    moved = keras.layers.RandomTranslation(0.3, 0.3, "constant", "nearest", fill_value=-1.0, seed=0)
    network = conditional.conditional_discriminator(2, augmentation=[moved], channels=(4, 8))
    image, label = np.full((1, 28, 28, 1), -1.0, dtype=np.float32), np.zeros(1, dtype=np.int32)
    image[:, 8:20, 8:20] = 1
    in_use = [float(network([image, label], training=False)[0, 0]) for _ in range(3)]
    in_training = [float(network([image, label], training=True)[0, 0]) for _ in range(6)]
    assert np.ptp(in_use) == 0
    assert np.ptp(in_training) > 0


REFUSED = {
    "a class too many": (
        lambda module, gan, images, labels: gan.fit(images, np.full(32, 3)),
        r"labels must lie between 0 and 2, for the generator knows 3 classes; 3 does not",
    ),
    "a negative class": (
        lambda module, gan, images, labels: module.generate_as_asked(gan.generator, [-1]),
        r"labels must lie between 0 and 2.*-1 does not",
    ),
    "classes in tenths": (
        lambda module, gan, images, labels: gan.fit(images, labels / 10),
        r"labels must be whole numbers \(an integer array\), not float64",
    ),
    "too few labels": (
        lambda module, gan, images, labels: gan.fit(images, labels[:5]),
        r"labels must have shape \(32,\), one class for each image, not \(5,\)",
    ),
    "one-hot labels": (
        lambda module, gan, images, labels: gan.fit(images, np.eye(3, dtype=int)[labels]),
        r"labels must have shape \(32,\).*not \(32, 3\)",
    ),
    "no labels": (
        lambda module, gan, images, labels: gan.fit(images),
        r"labels are missing: fit\(images, labels\)",
    ),
    "bytes": (
        lambda module, gan, images, labels: gan.fit(images * 127.5 + 127.5, labels),
        r"must lie between -1 \(black\) and 1 \(white\)",
    ),
    "one class": (
        lambda module, gan, images, labels: module.conditional_generator(classes=1),
        r"classes must be at least 2, not 1",
    ),
    "negative spread": (
        lambda module, gan, images, labels: module.generate_as_asked(gan.generator, [0], spread=-1),
        r"spread must be a number of at least 0, not -1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_named(name, conditional, gan, pairs):
    call, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=sentence):
        call(conditional, gan, *pairs)


def test_extras_replace_half_of_the_pullovers_of_oversampling():
    labels = rare_class.garments()[0][1][rare_class.world(0)["train"]]
    plain = rare_class.order_of_images(labels, oversampled=True, seed=0)
    order = recipe.order_with_extras(labels, 0)
    extra = order >= len(labels)
    assert labels[plain[extra]].all()  # only pullovers were replaced …
    np.testing.assert_array_equal(order[~extra], plain[~extra])  # … and nothing else was touched
    assert abs(extra.sum() / labels[plain].sum() - 0.5) < 0.01
    assert order.max() == len(labels) + recipe.EXTRAS - 1


def test_more_real_pullovers_are_new_to_this_world():
    images, labels = rare_class.garments()[0]
    extras = recipe.more_real(1)
    assert extras.shape == (recipe.EXTRAS, 28, 28, 1)
    used = np.concatenate(list(rare_class.world(1).values()))
    seen = {images[row].tobytes() for row in used[labels[used]]}
    pullovers = {image.tobytes() for image in images[labels]}
    # A few garments stand in Fashion-MNIST more than once.
    assert sum(extra.tobytes() in seen for extra in extras) <= 3
    assert all(extra.tobytes() in pullovers for extra in extras)


def test_the_scarce_generator_sees_this_world_alone(monkeypatch):
    """Its batches are those of the remedy oversampling, drawn from the training rows."""
    import tensorflow as tf

    seen = {}

    def fit(self, batches, **settings):
        pictures, kinds = zip(*batches.take(2), strict=True)
        seen["images"], seen["labels"] = tf.concat(pictures, 0).numpy(), tf.concat(kinds, 0).numpy()
        seen["steps"] = int(batches.cardinality())

    monkeypatch.setattr("imgrec_course.models.conditional.ConditionalGAN.fit", fit)
    recipe.train_generator(0)
    (images, labels), _ = rare_class.garments()
    rows = rare_class.world(0)["train"]
    order = rare_class.order_of_images(labels[rows], True, 0)[: 2 * recipe.GAN_BATCH]
    np.testing.assert_array_equal(seen["labels"], labels[rows][order])
    np.testing.assert_allclose(seen["images"], images[rows][order] * 2 - 1)
    assert seen["steps"] == recipe.GAN_STEPS
