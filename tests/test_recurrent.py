"""The recurrent cells of lesson 07 against Keras and differences, on shapes drawn at random in float64."""

import numpy as np
import pytest

from imgrec_course.scratch import recurrent as ours
from imgrec_course.scratch.layers import numerical_gradient, relative_error

PARITY = 1e-10  # of numbers near 1; the lesson claims 1e-7 or better
SEEDS = range(10)
GATES = {"rnn": 1, "lstm": 4, "gru": 3, "original_gru": 3}


def draw(cell, seed):
    """inputs, [kernel, recurrent_kernel, bias], state, and a weight for every number of the states."""
    generator = np.random.default_rng(seed)
    batch, time, size, units = generator.integers(1, 7, size=4)
    width = GATES[cell] * units
    state_size = 2 * units if cell == "lstm" else units
    inputs = generator.normal(size=(batch, time, size))
    parameters = [
        generator.normal(size=(size, width)),
        generator.normal(size=(units, width)),
        generator.normal(size=(2, width) if cell == "gru" else width),
    ]
    state = generator.normal(size=(batch, state_size))
    return inputs, parameters, state, generator.normal(size=(batch, time, state_size))


def keras_cell(cell, units):
    import keras

    make = {
        "rnn": keras.layers.SimpleRNNCell,
        "lstm": keras.layers.LSTMCell,
        "gru": keras.layers.GRUCell,
        "original_gru": lambda *args, **more: keras.layers.GRUCell(*args, reset_after=False, **more),
    }
    return make[cell](units, dtype="float64")


def through_keras(cell, inputs, parameters, state, weight, chunk=None):
    """States of a Keras cell, and gradients of Σ weight · states, by automatic differentiation."""
    import tensorflow as tf

    units = len(parameters[1])
    layer = keras_cell(cell, units)
    layer.build((None, inputs.shape[2]))
    layer.set_weights(parameters)
    x, first = tf.constant(inputs), tf.constant(state)
    with tf.GradientTape() as tape:
        tape.watch([x, first])
        parts, states = tf.split(first, first.shape[1] // units, axis=1), []
        for t in range(inputs.shape[1]):
            if chunk and t and t % chunk == 0:
                parts = [tf.stop_gradient(part) for part in parts]
            _, parts = layer(x[:, t], parts)
            parts = list(parts) if isinstance(parts, list | tuple) else [parts]
            states.append(tf.concat(parts, axis=1))
        states = tf.stack(states, axis=1)
        total = tf.reduce_sum(states * weight)
    to_inputs, to_state, *rest = tape.gradient(
        total, [x, first, *layer.trainable_variables], unconnected_gradients="zero"
    )
    return states.numpy(), to_inputs.numpy(), [part.numpy() for part in rest], to_state.numpy()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cell", ours.CELLS)
def test_every_cell_and_its_gradients_are_keras(cell, seed):
    inputs, parameters, state, weight = draw(cell, seed)
    chunk = (None, 1, 2, 3)[seed % 4]
    theirs = through_keras(cell, inputs, parameters, state, weight, chunk)
    states = ours.recurrent(cell, inputs, parameters, state)
    to_inputs, to_parameters, to_state = ours.recurrent_backward(
        cell, inputs, parameters, weight, state, chunk
    )
    np.testing.assert_allclose(states, theirs[0], atol=PARITY)
    np.testing.assert_allclose(to_inputs, theirs[1], atol=PARITY)
    for mine, expected in zip(to_parameters, theirs[2], strict=True):
        np.testing.assert_allclose(mine, expected, atol=10 * PARITY)
    np.testing.assert_allclose(to_state, theirs[3], atol=PARITY)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_whole_layer_is_keras(cell):
    """From zeros, as SimpleRNN, LSTM and GRU run: their weights fit as they are."""
    import keras

    inputs, _, _, _ = draw(cell, 100)
    layer = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell](
        5, return_sequences=True, bias_initializer="normal", dtype="float64"
    )
    theirs = layer(inputs).numpy()
    hidden = ours.recurrent(cell, inputs, layer.get_weights())[:, :, :5]
    np.testing.assert_allclose(hidden, theirs, atol=PARITY)


@pytest.mark.parametrize("cell", ours.CELLS)
def test_gradients_are_differences(cell):
    inputs, parameters, state, weight = draw(cell, 7)
    to_inputs, to_parameters, to_state = ours.recurrent_backward(cell, inputs, parameters, weight, state)

    def total(x=inputs, first=state, place=None, value=None):
        changed = [value if place == i else one for i, one in enumerate(parameters)]
        return (ours.recurrent(cell, x, changed, first) * weight).sum()

    assert relative_error(numerical_gradient(lambda x: total(x=x), inputs), to_inputs) < 1e-7
    assert relative_error(numerical_gradient(lambda s: total(first=s), state), to_state) < 1e-7
    for place, analytic in enumerate(to_parameters):
        numeric = numerical_gradient(lambda p, at=place: total(place=at, value=p), parameters[place])
        assert relative_error(numeric, analytic) < 1e-7


def test_the_arguments_stay_as_they_are():
    inputs, parameters, state, weight = draw("lstm", 3)
    before = [array.copy() for array in (inputs, *parameters, state, weight)]
    ours.recurrent_backward("lstm", inputs, parameters, weight, state)
    for old, new in zip(before, (inputs, *parameters, state, weight), strict=True):
        np.testing.assert_array_equal(old, new)


def test_float32_stays_float32():
    inputs, parameters, _, _ = draw("gru", 5)
    single = [array.astype(np.float32) for array in (inputs, *parameters)]
    assert ours.recurrent("gru", single[0], single[1:]).dtype == np.float32


@pytest.mark.parametrize("limit", [0.5, 1.0, 1e6])
def test_clipping_is_tensorflows(limit):
    import tensorflow as tf

    generator = np.random.default_rng(0)
    gradients = [generator.normal(size=shape) for shape in ((3, 4), (5,), (2, 2, 2))]
    theirs, norm = tf.clip_by_global_norm([tf.constant(one) for one in gradients], limit)
    mine, before = ours.clip_by_norm(gradients, limit)
    assert before == pytest.approx(float(norm))
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-12)
    assert ours.clip_by_norm([np.zeros(3)], 1)[1] == 0


X, KERNEL, RECURRENT, BIAS = np.ones((2, 3, 4)), np.ones((4, 5)), np.ones((5, 5)), np.ones(5)
BAD = [
    (lambda: ours.recurrent("RNN", X, (KERNEL, RECURRENT, BIAS)), "cell must be one of rnn, lstm.*not 'RNN'"),
    (lambda: ours.recurrent("rnn", X, (KERNEL, RECURRENT)), "parameters must be kernel.*not 2 arrays"),
    (
        lambda: ours.recurrent("rnn", X[0], (KERNEL, RECURRENT, BIAS)),
        r"inputs must have shape \(batch, time, inputs\), not \(3, 4\)",
    ),
    (lambda: ours.recurrent("rnn", X[:, :0], (KERNEL, RECURRENT, BIAS)), "inputs must not be empty"),
    (
        lambda: ours.recurrent("lstm", X, (KERNEL, RECURRENT, BIAS)),
        r"recurrent_kernel of a cell 'lstm' must have shape \(units, 4 · units\), not \(5, 5\)",
    ),
    (
        lambda: ours.recurrent("rnn", X, (KERNEL[1:], RECURRENT, BIAS)),
        r"kernel must have shape \(4, 5\), not \(3, 5\)",
    ),
    (
        lambda: ours.recurrent("rnn", X, (KERNEL, RECURRENT, BIAS[1:])),
        r"bias must have shape \(5,\), not \(4,\)",
    ),
    (
        lambda: ours.recurrent("rnn", X, (KERNEL, RECURRENT, BIAS), np.ones((3, 5))),
        r"state must have shape \(2, 5\), not \(3, 5\)",
    ),
    (lambda: ours.recurrent("rnn", [["a"]], (KERNEL, RECURRENT, BIAS)), "inputs must hold numbers"),
    (
        lambda: ours.recurrent("rnn", [np.ones((4, 2)), np.ones((5, 2))], (KERNEL, RECURRENT, BIAS)),
        "inputs must be one array; its parts differ in length or shape",
    ),
    (
        lambda: ours.recurrent_backward("rnn", X, (KERNEL, RECURRENT, BIAS), np.ones((2, 5))),
        r"gradient must have the shape of the output, \(2, 3, 5\), not \(2, 5\)",
    ),
    (
        lambda: ours.recurrent_backward("rnn", X, (KERNEL, RECURRENT, BIAS), np.ones((2, 3, 5)), chunk=0),
        "chunk must be a whole number of at least 1, not 0",
    ),
    (lambda: ours.clip_by_norm([np.ones(2)], 0), "limit must be positive, not 0"),
    (lambda: ours.clip_by_norm([np.ones(2), np.array([np.nan])], 1), "gradient number 1 must hold finite"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
