"""The networks of lesson 04: their sizes, what they refuse, the schedule, the receptive field."""

import math

import numpy as np
import pytest

from imgrec_course.experiments import article_network, learning_curve
from imgrec_course.models import cnn


def test_the_articles_network_is_one_dense_layer():
    network = cnn.article_network()
    counts = {layer.name: layer.count_params() for layer in network.layers}
    assert counts == {
        "convolution": 896,
        "pooling": 0,
        "flatten": 0,
        "dense": 25_233_472,
        "probability": 65,
    }
    assert network.count_params() == 25_234_433
    assert network.output_shape == (None, 1)


@pytest.mark.parametrize("shape", [(224, 224, 3), (64, 48, 3)])
def test_the_small_network_has_the_same_parameters_for_every_size(shape):
    assert cnn.small_network(shape).count_params() == 60_577


def test_the_small_network_takes_channels_dropout_and_augmentation():
    import keras

    flip = keras.layers.RandomFlip("horizontal")
    network = cnn.small_network((28, 28, 1), 10, channels=(8, 16), dropout=0.4, augmentation=[flip])
    assert network.layers[0] is flip
    assert [layer.name for layer in network.layers[1:]] == [
        "convolution1",
        "pooling1",
        "convolution2",
        "features",
        "dropout",
        "probability",
    ]
    assert network.get_layer("dropout").rate == 0.4


@pytest.mark.parametrize(
    ("build", "outputs"),
    [
        (lambda outputs: cnn.article_network((16, 16, 1), outputs), 1),
        (lambda outputs: cnn.small_network((16, 16, 1), outputs), 3),
        (lambda outputs: cnn.garment_network((28, 28, 1), outputs), 10),
        (lambda outputs: cnn.garment_network((28, 28, 1), outputs, dtype="mixed_bfloat16"), 10),
    ],
)
def test_probabilities_come_out_in_float32(build, outputs):
    network = build(outputs)
    images = np.random.default_rng(0).uniform(size=(3, *network.input_shape[1:])).astype("float32")
    probabilities = network.predict(images, verbose=0)
    assert probabilities.shape == (3, outputs)
    assert probabilities.dtype == np.float32
    assert (probabilities >= 0).all() and (probabilities <= 1).all()
    if outputs > 1:
        assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_garment_networks_parameters():
    network = cnn.garment_network()
    assert [layer.output.shape[1:] for layer in network.layers[:3]] == [(14, 14, 32), (7, 7, 64), (3136,)]
    assert network.count_params() == 26 * 32 + 289 * 64 + 3137 * 128 + 129 * 10 == 422_154


def test_bfloat16_keeps_its_weights_in_float32_and_agrees_roughly():
    exact, fast = cnn.garment_network(), cnn.garment_network(dtype="mixed_bfloat16")
    fast.set_weights(exact.get_weights())
    assert {weight.dtype for weight in fast.get_weights()} == {np.dtype("float32")}
    assert fast.get_layer("convolution1").compute_dtype == "bfloat16"
    images = np.random.default_rng(0).uniform(size=(20, 28, 28, 1)).astype("float32")
    difference = exact.predict(images, verbose=0) - fast.predict(images, verbose=0)
    assert 0 < np.abs(difference).max() < 0.02


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: cnn.article_network((224, 224)), r"shape must be \(height, width, channels\)"),
        (lambda: cnn.article_network((224, 224, 0)), "positive whole numbers, not"),
        (lambda: cnn.article_network((3, 3, 3)), "shape must be at least 4 × 4 pixels here, not 3 × 3"),
        (lambda: cnn.article_network(outputs=0), "outputs must be a positive whole number, not 0"),
        (lambda: cnn.article_network(outputs=True), "outputs must be a positive whole number, not True"),
        (lambda: cnn.small_network((4, 4, 3)), "shape must be at least 8 × 8 pixels here, not 4 × 4"),
        (lambda: cnn.small_network(channels=()), r"channels must be positive whole numbers, at least one"),
        (lambda: cnn.small_network(channels=(16, 2.5)), r"not \(16, 2.5\)"),
        (lambda: cnn.small_network(dropout=1), "dropout must be a number from 0 to below 1, not 1"),
        (lambda: cnn.small_network(dropout=float("nan")), "dropout must be a number"),
        (lambda: cnn.garment_network(dropout=-0.1), "dropout must be a number"),
        (lambda: cnn.garment_network((3, 8, 1)), "shape must be at least 4 × 4 pixels here, not 3 × 8"),
        (lambda: cnn.garment_network(dtype="float16"), 'dtype must be "float32" or "mixed_bfloat16"'),
        (lambda: cnn.one_cycle(0, 100), "peak must be a positive number, not 0"),
        (lambda: cnn.one_cycle(float("nan"), 100), "peak must be a positive number, not nan"),
        (lambda: cnn.one_cycle(float("inf"), 100), "peak must be a positive number, not inf"),
        (lambda: cnn.one_cycle(0.1, 1), "steps must be a whole number of at least 2, not 1"),
        (lambda: cnn.one_cycle(0.1, 10.5), "steps must be a whole number"),
        (lambda: cnn.one_cycle(0.1, 10, warmup=1), "warmup must lie between 0 and 1, not 1"),
        (lambda: cnn.receptive_field(cnn.small_network(), "x"), "layer must be one of convolution1"),
        (
            lambda: cnn.receptive_field(cnn.small_network(), "probability"),
            "features is a GlobalAveragePooling2D",
        ),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(("steps", "warmup"), [(1000, 0.25), (7, 0.3), (2, 0.5), (2, 0.01), (100, 0.99)])
def test_one_cycle_is_its_formula(steps, warmup):
    peak = 0.006
    rate = cnn.one_cycle(peak, steps, warmup)
    w = min(steps - 1, max(1, round(warmup * steps)))
    for t in range(steps + 1):
        if t < w:
            expected = peak * (1 / 20 + 19 / 20 * t / w)
        else:
            fall = (1 + math.cos(math.pi * (t - w) / (steps - w))) / 2
            expected = peak * (1 / 500 + 499 / 500 * fall)
        assert float(rate(t)) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def stack(*layers):
    import keras

    return keras.Sequential([keras.Input((33, 33, 1)), *layers])


def measured_field(network, layer):
    """Side of the square of pixels that change the middle of a layer, all weights being 1."""
    import keras

    until = keras.Model(network.inputs, network.get_layer(layer).output)
    for one in until.layers:
        one.set_weights([np.full(w.shape, float(w.ndim > 1)) for w in one.get_weights()])
    pixels = np.eye(33 * 33, dtype="float32").reshape(-1, 33, 33, 1)
    maps = until.predict(pixels, batch_size=500, verbose=0)
    reached = maps[:, maps.shape[1] // 2, maps.shape[2] // 2, 0].reshape(33, 33) != 0
    return int(np.ptp(np.flatnonzero(reached.any(axis=0)))) + 1


def test_the_receptive_field_is_the_measured_one():
    from keras import layers

    networks = [
        stack(layers.Conv2D(2, 3, name="a"), layers.Conv2D(2, 3, name="last")),
        stack(layers.Conv2D(2, 3, strides=2), layers.Conv2D(2, 3, name="last")),
        stack(layers.Conv2D(2, 3), layers.AveragePooling2D(2), layers.Conv2D(2, 3, name="last")),
        stack(layers.Conv2D(2, 3), layers.MaxPooling2D(3, strides=2), layers.Conv2D(2, 3, name="last")),
        stack(layers.Conv2D(2, 3, dilation_rate=3), layers.ReLU(), layers.Conv2D(2, 2, name="last")),
        stack(
            layers.Conv2D(2, 5, strides=2, padding="same"), layers.Conv2D(2, 3, padding="same", name="last")
        ),
    ]
    for network, size in zip(networks, (5, 7, 8, 9, 8, 9), strict=True):
        assert cnn.receptive_field(network, "last")[0] == measured_field(network, "last") == size


def test_a_receptive_field_that_is_no_square_is_refused():
    from keras import layers

    network = stack(layers.Conv2D(2, (3, 5), name="oblong"))
    with pytest.raises(ValueError, match="oblong must treat height and width alike"):
        cnn.receptive_field(network, "oblong")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 fsrm\n", "mixed_bfloat16"),
        ("flags\t\t: fpu amx_tile amx_bf16\n", "mixed_bfloat16"),
        ("flags\t\t: fpu avx2\n", "float32"),
        ("Features\t: fp asimd bf16\n", "float32"),
        (None, "float32"),
    ],
)
def test_fast_arithmetic_is_found_and_never_required(content, expected, tmp_path, monkeypatch):
    from pathlib import Path

    information = tmp_path / "cpuinfo"
    if content is not None:
        information.write_text(content, encoding="utf-8")
    monkeypatch.setattr(
        "pathlib.Path", lambda *parts: information if parts == ("/proc/cpuinfo",) else Path(*parts)
    )
    assert cnn.fast_dtype() == expected


# The experiment


def test_as_many_images_of_each_class_are_drawn():
    labels = np.random.default_rng(1).integers(0, 10, size=3_000)
    chosen = learning_curve.draw(labels, 500, seed=3)
    assert len(set(chosen.tolist())) == 500
    assert np.bincount(labels[chosen]).tolist() == [50] * 10
    assert np.array_equal(chosen, learning_curve.draw(labels, 500, seed=3))
    assert not np.array_equal(chosen, learning_curve.draw(labels, 500, seed=4))


@pytest.mark.slow
def test_one_point_of_the_learning_curve_is_what_is_stored():
    from imgrec_course.experiments import load_result

    stored = load_result("learning_curve")
    assert list(stored) == ["1000", "5000", "20000", "60000"]
    again = learning_curve.point(1_000, seed=learning_curve.SEEDS[1])
    for name, value in again.items():
        assert value == pytest.approx(stored["1000"][name][1], abs=0.03)


def test_the_three_networks_of_the_article_and_its_repair():
    counts = {name: article_network.build(name).count_params() for name in article_network.SETTINGS}
    assert counts == {"article": 25_234_433, "averaged": 3_073, "repaired": 69_825}
    for name, side in (("article", 224), ("averaged", 112), ("repaired", 112)):
        (seen, animal), (unseen, _) = article_network.photographs(name)
        assert seen.shape == (159, side, side, 3)
        assert unseen.shape == (96, side, side, 3)
        assert animal.sum() == 58
        assert seen.dtype == np.float32
        assert np.median(seen) == 0  # the white around the things
        assert seen.min() >= 0 and seen.max() <= 1


def test_what_is_measured_of_the_articles_network_is_scikit_learns():
    from sklearn.metrics import average_precision_score, classification_report

    from imgrec_course.datasets.photos import load_photos

    generator = np.random.default_rng(0)
    seen_scores, scores = generator.uniform(size=159), generator.uniform(size=96)
    values = article_network.measure(seen_scores, scores)
    animal = load_photos("test").animal
    report = classification_report(animal, scores >= 0.5, output_dict=True)["1"]
    assert values["precision"] == pytest.approx(report["precision"], abs=1e-4)
    assert values["recall"] == pytest.approx(report["recall"], abs=1e-4)
    assert values["f1"] == pytest.approx(report["f1-score"], abs=1e-4)
    assert values["average_precision"] == pytest.approx(average_precision_score(animal, scores), abs=1e-4)
