"""Completion and translation in lesson 11: fillings equal brute force; what networks keep; refusals."""

import json

import numpy as np
import pytest

from imgrec_course.models import completion


@pytest.fixture(scope="module")
def garments():
    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.sample_quality import to_signed

    (images, _), (test, _) = load_fashion()
    return to_signed(images[:300]), to_signed(test[:40])


@pytest.fixture(scope="module")
def translation():
    from imgrec_course.models import translation

    return translation


def test_holes_are_squares_inside_the_image():
    holes = completion.square_holes(500, 12, seed=3)
    assert holes.shape == (500, 28, 28, 1)
    assert set(holes.reshape(500, -1).sum(axis=1)) == {144}
    assert not holes[:, [0, -1]].any()
    assert not holes[:, :, [0, -1]].any()
    rows = holes.any(axis=(2, 3))
    assert all(np.ptp(np.flatnonzero(row)) == 11 for row in rows)
    assert len({hole.tobytes() for hole in holes}) > 150  # 15 × 15 places
    np.testing.assert_array_equal(holes, completion.square_holes(500, 12, seed=3))


def test_the_harmonic_filling_is_the_mean_of_its_neighbours(garments):
    _, images = garments
    holes = completion.square_holes(len(images), 9, seed=1)
    holes[0, :5, :7] = True  # at the corner of the image
    filled = completion.harmonic_fill(images, holes)[..., 0].astype(np.float64)
    np.testing.assert_array_equal(filled[~holes[..., 0]], images[..., 0][~holes[..., 0]])
    padded = np.pad(filled, ((0, 0), (1, 1), (1, 1)))
    inside = np.pad(np.ones((28, 28)), 1)

    def around(values):
        return values[..., :-2, 1:-1] + values[..., 2:, 1:-1] + values[..., 1:-1, :-2] + values[..., 1:-1, 2:]

    mean = around(padded) / around(inside)
    np.testing.assert_allclose(filled[holes[..., 0]], mean[holes[..., 0]], atol=1e-5)


def test_the_harmonic_filling_equals_the_exercise(garments):
    from imgrec_course.checks.lesson_11 import EXERCISES

    _, images = garments
    holes = completion.square_holes(5, 6, seed=2)
    filled = completion.harmonic_fill(images[:5], holes)
    for image, hole, ours in zip(images[:5, ..., 0], holes[..., 0], filled[..., 0], strict=True):
        by_hand = EXERCISES["smoothest"].solution(image.astype(np.float64), hole)
        np.testing.assert_allclose(ours, by_hand, atol=1e-5)


def test_the_nearest_filling_equals_a_search_one_by_one(garments):
    library, images = garments
    holes = completion.square_holes(len(images), 12, seed=1)
    filled = completion.nearest_fill(images, holes, library)
    for image, hole, ours in zip(images, holes, filled, strict=True):
        distances = [np.sum(((image - one) ** 2)[~hole]) for one in library.astype(np.float64)]
        best = library[int(np.argmin(distances))]
        np.testing.assert_allclose(ours, np.where(hole, best, image), atol=1e-6)


def test_a_garment_from_the_library_is_found_whole(garments):
    library, _ = garments
    holes = completion.square_holes(20, 12, seed=1)
    np.testing.assert_allclose(completion.nearest_fill(library[:20], holes, library), library[:20], atol=1e-6)


def test_the_mean_filling_is_the_mean(garments):
    library, images = garments
    holes = completion.square_holes(len(images), 12)
    filled = completion.mean_fill(images, holes, library)
    np.testing.assert_allclose(
        filled[holes], np.broadcast_to(library.mean(0), images.shape)[holes], atol=1e-6
    )
    np.testing.assert_array_equal(filled[~holes], images[~holes])


def test_the_error_is_that_of_the_exercise_in_steps_of_grey(garments):
    from imgrec_course.checks.lesson_11 import EXERCISES

    library, images = garments
    holes = completion.square_holes(len(images), 10)
    filled = completion.mean_fill(images, holes, library)
    by_hand = EXERCISES["hole_errors"].solution(images, filled, holes)
    np.testing.assert_allclose(completion.hole_error(images, filled, holes), 127.5 * by_hand, rtol=1e-5)


def test_what_a_network_is_given_hides_the_hole(garments):
    _, images = garments
    holes = completion.square_holes(len(images), 12)
    given = completion.with_hole(images, holes)
    assert given.shape == (len(images), 28, 28, 2)
    assert not given[..., :1][holes].any()
    np.testing.assert_array_equal(given[..., 1:], holes)
    other = np.where(holes, -images, images)  # another garment in the hole
    np.testing.assert_array_equal(completion.with_hole(other, holes), given)


def test_the_completing_network_keeps_what_is_known(translation, garments):
    _, images = garments
    holes = completion.square_holes(len(images), 12)
    network = translation.completing_network(width=4)
    completed = network.predict(completion.with_hole(images, holes), verbose=0)
    np.testing.assert_allclose(completed[~holes], images[~holes], atol=1e-6)
    assert np.abs(completed).max() <= 1


def test_a_patch_is_18_pixels_wide(translation):
    import tensorflow as tf

    network = translation.patch_discriminator(1, width=4)
    image = tf.Variable(np.random.default_rng(0).uniform(-1, 1, (1, 28, 28, 1)).astype(np.float32))
    with tf.GradientTape() as tape:
        logit = network([image, tf.zeros((1, 28, 28, 1))])[0, 3, 3, 0]
    touched = np.abs(tape.gradient(logit, image).numpy()[0, ..., 0]) > 0
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (18, 18)


def test_clipping_happens_in_use_only(translation):
    layer = translation.ClippedInUse()
    values = np.array([[-3.0, 0.5, 2.0]], dtype=np.float32)
    np.testing.assert_array_equal(layer(values), [[-1, 0.5, 1]])
    np.testing.assert_array_equal(layer(values, training=True), values)


def test_the_loss_is_that_of_the_exercise(translation, garments):
    from imgrec_course.checks.lesson_11 import EXERCISES

    generator = np.random.default_rng(0)
    logits = generator.normal(0, 3, size=(5, 7, 7, 1)).astype(np.float32)
    drawn, wanted = generator.uniform(-1, 1, size=(2, 5, 28, 28, 1)).astype(np.float32)
    model = translation.ImageToImage(
        translation.u_net(1, 4), translation.patch_discriminator(1, 4), reconstruction=30.0
    )
    model.compile()
    ours = float(model.generator_loss(logits, drawn, wanted, None))
    by_hand = EXERCISES["translation_loss"].solution(logits, drawn, wanted, 30.0)
    np.testing.assert_allclose(ours, by_hand, rtol=1e-5)


@pytest.mark.slow
def test_it_learns_reports_its_error_and_is_saved(translation, garments, tmp_path):
    import keras

    keras.utils.set_random_seed(0)
    library, _ = garments
    given = translation.edges(library)
    model = translation.ImageToImage(
        translation.u_net(1, 8), translation.patch_discriminator(1, 8), reconstruction=50.0
    )
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5))
    history = model.fit(given, library, batch_size=25, epochs=4, verbose=0).history
    assert history["absolute_error"][-1] < 0.9 * history["absolute_error"][0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.reconstruction == 50.0
    np.testing.assert_array_equal(model.predict(given[:8], verbose=0), loaded.predict(given[:8], verbose=0))


def test_edges_are_thin_lines_where_grey_changes(translation):
    image = np.full((1, 28, 28, 1), -1.0, dtype=np.float32)
    image[0, 8:20, 6:22] = 1
    lines = translation.edges(image)[0, ..., 0]
    assert set(np.unique(lines)) == {0, 1}
    for row in lines[11:17]:
        assert row.sum() == 2  # one pixel for each side of the square
    assert not lines[:5].any()
    assert not lines[12:16, 10:18].any()
    assert not translation.edges((image + 1) * 0.05 - 1).any()  # too faint
    # Each image alone: a neighbour in the batch changes nothing
    pair = np.concatenate([image, -image])
    np.testing.assert_array_equal(translation.edges(pair)[0, ..., 0], lines)


def test_sharpness_falls_when_an_image_is_blurred(translation, garments):
    from scipy.ndimage import gaussian_filter

    _, images = garments
    blurred = gaussian_filter(images, (0, 1, 1, 0))
    assert (translation.sharpness(blurred) < translation.sharpness(images)).all()
    by_hand = np.diff(images[0, ..., 0], axis=0) ** 2, np.diff(images[0, ..., 0], axis=1) ** 2
    np.testing.assert_allclose(
        translation.sharpness(images[:1])[0], sum(part.mean() for part in by_hand), rtol=1e-5
    )


REFUSED = {
    "bytes": (
        lambda t, x, h: completion.with_hole(x * 255, h),
        r"images must lie between -1 \(black\) and 1 \(white\)",
    ),
    "holes of another shape": (
        lambda t, x, h: completion.with_hole(x, h[..., 0]),
        r"holes must have the shape of the images, \(40, 28, 28, 1\), not \(40, 28, 28\)",
    ),
    "one hole for all": (
        lambda t, x, h: completion.harmonic_fill(x, h[:1]),
        r"holes must have the shape of the images",
    ),
    "holes of 0 and 1": (
        lambda t, x, h: completion.with_hole(x, h.astype(int)),
        r"holes must be an array of True and False \(True: not known\), not int64",
    ),
    "no hole": (
        lambda t, x, h: completion.nearest_fill(x, h & (np.arange(40) != 3).reshape(40, 1, 1, 1), x),
        r"holes: image 3 has no hole",
    ),
    "nothing known": (
        lambda t, x, h: completion.harmonic_fill(x[:1], np.ones((1, 28, 28, 1), dtype=bool)),
        r"holes: image 0 has no known pixel",
    ),
    "changed outside the hole": (
        lambda t, x, h: completion.hole_error(x, -x, h),
        r"completed must equal the images outside the holes",
    ),
    "a hole too large": (
        lambda t, x, h: completion.square_holes(3, 27),
        r"size must leave a known pixel on every side, at most 26, not 27",
    ),
    "images of another size": (
        lambda t, x, h: t.edges(x[:, :20]),
        r"images must have shape \(n, 28, 28, 1\), not \(40, 20, 28, 1\)",
    ),
    "a threshold above 1": (
        lambda t, x, h: t.edges(x, threshold=100),
        r"smoothing must be above 0 and threshold between 0 and 1, not 0.5 and 100",
    ),
    "nothing wanted": (
        lambda t, x, h: small(t).fit(t.edges(x)),
        r"the wanted images are missing: fit\(given, wanted\)",
    ),
    "wanted in bytes": (
        lambda t, x, h: small(t).fit(t.edges(x), x * 255),
        r"images must lie between -1 \(black\) and 1 \(white\)",
    ),
    "given of another shape": (
        lambda t, x, h: small(t).fit(completion.with_hole(x, h), x),
        r"given must have shape \(40, 28, 28, 1\), one for each wanted image, not \(40, 28, 28, 2\)",
    ),
    "a negative weight": (
        lambda t, x, h: t.ImageToImage(t.u_net(1, 4), t.patch_discriminator(1, 4), reconstruction=-1),
        r"reconstruction must be a number of at least 0, not -1",
    ),
    "no width": (lambda t, x, h: t.u_net(1, 0), r"width must be a whole number of at least 1, not 0"),
}


def small(translation):
    model = translation.ImageToImage(translation.u_net(1, 4), translation.patch_discriminator(1, 4))
    model.compile()
    return model


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_named(name, translation, garments):
    call, sentence = REFUSED[name]
    _, images = garments
    with pytest.raises(ValueError, match=sentence):
        call(translation, images, completion.square_holes(len(images), 12))


RECIPES = ("completion", "translation", "conditional", "scarce_pullovers")  # of lesson 11


def stored():
    from imgrec_course import training

    return [(name, network) for name in RECIPES for network in training.recipe(name).NETWORKS]


@pytest.mark.parametrize(("name", "network"), stored())
def test_stored_weights_are_the_recipes(name, network):
    from imgrec_course import experiments, training
    from imgrec_course.datasets.files import data_file

    module, content = training.recipe(name), training.describe(network)
    assert content["recipe"] == experiments.fingerprint(module), f"run `imgrec train {name}`"
    assert content["settings"] == json.loads(json.dumps(module.SETTINGS))
    assert content["parameters"] == module.build(network).count_params()
    assert data_file("weights", f"{network}.weights.h5").stat().st_size < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "network"), stored())
def test_stored_figures_are_measured_again(name, network):
    from imgrec_course import training

    module = training.recipe(name)
    figures = module.measure(network, training.load(module.build(network), network))
    for figure, value in training.describe(network)["figures"].items():
        np.testing.assert_allclose(figures[figure], value, rtol=0.03, atol=0.01, err_msg=figure)
