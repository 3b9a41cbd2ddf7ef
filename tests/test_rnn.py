"""The networks of lesson 08: sizes, what order means to them, what they refuse; the recipe's arithmetic."""

import numpy as np
import pytest

from imgrec_course.models import rnn

SHAPE = (6, 16, 16, 1)
BUILDERS = {
    "frame_votes": lambda: rnn.frame_votes(SHAPE, 8),
    "long_exposure": lambda: rnn.long_exposure(SHAPE, 8),
    "SimpleRNN": lambda: rnn.recurrent_network(SHAPE, 8, "SimpleRNN", normalise=False),
    "GRU": lambda: rnn.recurrent_network(SHAPE, 8, "GRU", normalise=False),
    "LSTM": lambda: rnn.recurrent_network(SHAPE, 8, "LSTM", normalise=False),
    "GRU normalised": lambda: rnn.recurrent_network(SHAPE, 8, "GRU", normalise=True),
    "GRU without places": lambda: rnn.recurrent_network(SHAPE, 8, places=False),
    "ConvLSTM": lambda: rnn.conv_lstm_network(SHAPE, 8),
    "Conv3D": lambda: rnn.conv3d_network(SHAPE, 8),
}


@pytest.fixture
def made():
    return np.random.default_rng(0).uniform(size=(5, *SHAPE)).astype(np.float32)


@pytest.fixture(autouse=True)
def seeded():
    import keras

    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("name", BUILDERS)
def test_probabilities_come_out(name, made):
    network = BUILDERS[name]()
    probabilities = network.predict(made, verbose=0)
    assert probabilities.shape == (5, 8)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def with_small_weights(network):
    """Random biases and weights, so that no unit is idle by accident."""
    generator = np.random.default_rng(1)
    network.set_weights(
        [weight + 0.1 * generator.normal(size=weight.shape) for weight in network.get_weights()]
    )
    return network


@pytest.mark.parametrize("name", BUILDERS)
def test_order_matters_where_it_should_and_only_there(name, made):
    network = with_small_weights(BUILDERS[name]())
    mixed = made[:, np.random.default_rng(2).permutation(SHAPE[0])]
    change = np.abs(network.predict(mixed, verbose=0) - network.predict(made, verbose=0)).max()
    if name in ("frame_votes", "long_exposure"):
        assert change < 1e-5
    else:
        assert change > 1e-4


def test_the_articles_network_has_the_articles_size_and_permutes_with_its_frames():
    assert rnn.article_sequence_network().count_params() == 25_235_018
    network = with_small_weights(rnn.article_sequence_network((10, 12, 12, 3), 10))
    assert network.output_shape == (None, 10, 10)
    made = np.random.default_rng(0).uniform(size=(3, 10, 12, 12, 3)).astype(np.float32)
    order = np.random.default_rng(1).permutation(10)
    given = network.predict(made, verbose=0)
    np.testing.assert_allclose(network.predict(made[:, order], verbose=0), given[:, order], atol=1e-6)


def test_a_kernel_of_one_frame_is_time_distributed(made):
    import keras

    one = keras.layers.Conv3D(4, (1, 5, 5), (1, 2, 2), "same")
    two = keras.layers.TimeDistributed(keras.layers.Conv2D(4, 5, 2, "same"))
    one(made), two(made)
    kernel, bias = one.get_weights()
    two.set_weights([kernel[0], bias])
    np.testing.assert_allclose(one(made), two(made), atol=1e-5)


def test_conv3d_counts_its_parameters():
    network = rnn.conv3d_network((10, 24, 24, 1), 8)
    assert network.count_params() == ((3 * 25 + 1) * 16 + (27 * 16 + 1) * 32 + (27 * 32 + 1) * 64 + 65 * 8)


def test_the_recipes_article_network_is_the_articles():
    from imgrec_course.experiments import image_sequences as recipe

    fast, slow = recipe.article(), rnn.article_sequence_network(recipe.SHAPE, recipe.CLASSES)
    kernel, *others = with_small_weights(fast).get_weights()
    slow.set_weights([kernel[0], *others])
    made = np.random.default_rng(0).uniform(size=(3, *recipe.SHAPE)).astype(np.float32)
    np.testing.assert_allclose(fast.predict(made, verbose=0), slow.predict(made, verbose=0), atol=1e-5)


def test_the_recipe_knows_its_networks():
    from imgrec_course.experiments import image_sequences as recipe

    names = {name: [layer.name for layer in recipe.build(name).layers] for name in recipe.NETWORKS}
    assert "normalised" in names["LSTM normalised"]
    assert "normalised" not in names["LSTM"]
    assert "mean_over_places" in names["no places"]
    assert set(recipe.NETWORKS) < set(recipe.PARTS)


def test_the_loss_of_each_step_is_found_again():
    import keras

    from imgrec_course.experiments.image_sequences import LossOfSteps, thinned

    x = np.arange(12.0).reshape(12, 1)
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    network.compile(keras.optimizers.SGD(0.0), "mean_squared_error")  # weights stay: loss = x² of the batch
    losses = LossOfSteps()
    network.fit(x, 0 * x, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[losses.callback()])
    expected = np.tile((x**2).reshape(3, 4).mean(axis=1), 2)
    np.testing.assert_allclose(losses.values, expected, rtol=1e-5)
    assert thinned(expected, every=2) == [round(v, 3) for v in expected.reshape(3, 2).mean(axis=1)]


def test_share_of_signal():
    from imgrec_course.experiments.image_sequences import signal_share

    generator = np.random.default_rng(0)
    noise = generator.normal(size=(24, 5000))
    common = generator.normal(size=5000)
    assert signal_share(noise) < 0.01
    assert signal_share(np.tile(common, (24, 1))) == pytest.approx(1)
    assert signal_share(noise + common) == pytest.approx(0.5, abs=0.05)


def test_the_spread_of_features():
    from imgrec_course.experiments.image_sequences import spread

    features = np.zeros((3, 2, 2))
    features[..., 0] = [[1, -1], [1, -1], [1, -1]]
    assert spread(features) == 0.5


def test_what_is_stored_is_the_recipes():
    import json

    from imgrec_course import paths
    from imgrec_course.experiments import image_sequences as recipe

    stored = json.loads((paths.DATA / "results" / "image_sequences.json").read_text(encoding="utf-8"))
    assert list(stored["parts"]) == list(recipe.PARTS)
    for name in recipe.NETWORKS:
        result = stored["parts"][name]["result"]
        for confusion in result["test"]:
            assert np.sum(confusion) == recipe.TEST
            assert np.sum(confusion, axis=1).tolist() == [125] * 8


def test_the_mean_of_votes_cannot_beat_ln_8_on_average():
    """Whatever the weights: over all clips of a small world the mean cross-entropy is at least ln 8."""
    import itertools

    from scipy.special import log_softmax

    from imgrec_course.datasets.clips import STEPS, draw_moving

    generator = np.random.default_rng(3)
    picture = generator.uniform(size=(1, 3, 2))
    starts = np.array(list(itertools.product(range(8), repeat=2)))
    votes = generator.normal(scale=2, size=(9, 64, 8))  # nine "networks": any function of a frame
    losses = np.zeros(9)
    for kind, step in enumerate(STEPS):
        paths = (starts[:, np.newaxis] + np.arange(5)[:, np.newaxis] * np.array(step)) % 8
        drawn = draw_moving(np.repeat(picture, 64, axis=0), paths, 8)
        assert drawn.shape == (64, 5, 8, 8)
        places = paths[..., 0] * 8 + paths[..., 1]  # which frame it is
        mean = votes[:, places].mean(axis=2)  # (9, 64, 8)
        losses -= log_softmax(mean, axis=-1)[:, :, kind].mean(axis=1) / 8
    assert np.all(losses >= np.log(8) - 1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: rnn.frame_votes((32, 32, 1)), r"shape must be \(time, height, width, channels\)"),
        (lambda: rnn.frame_votes((0, 32, 32, 1)), "the first number of shape, the frames, must be .* not 0"),
        (lambda: rnn.long_exposure((10, 2, 32, 1)), "at least 4 × 4 pixels here, not 2 × 32"),
        (lambda: rnn.conv3d_network((10, 32, 32, 0)), "positive whole numbers"),
        (lambda: rnn.conv3d_network(outputs=1), "outputs must be a whole number of at least 2"),
        (lambda: rnn.conv_lstm_network(filters=1.5), "filters must be"),
        (lambda: rnn.recurrent_network(cell="RNN"), "cell must be one of SimpleRNN, GRU, LSTM, not 'RNN'"),
        (lambda: rnn.recurrent_network(units=True), "units must be"),
        (lambda: rnn.article_sequence_network((10, 224, 224)), r"shape must be \(time"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
