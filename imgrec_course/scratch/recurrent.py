"""Recurrent cells and back-propagation through time in NumPy, as lesson 07 derives them.

A cell is a function ``step(x, state, kernel, recurrent_kernel, bias)`` from one input and the old state to
the new state. Its twin ``step_backward`` takes the same and the gradient of the loss with respect to the new
state; it returns the gradients with respect to all five. Everything else is the same for every cell:
``recurrent`` walks through time, ``recurrent_backward`` walks back.

    inputs            (batch, time, inputs)
    kernel            (inputs, gates · units)
    recurrent_kernel  (units, gates · units)
    bias              (gates · units,); of "gru" (2, gates · units)
    state             (batch, units); of "lstm" (batch, 2 · units): the hidden state, then the cell state

The order of the gates, and so the weights, are those of Keras: ``layer.get_weights()`` fits as it is.
"""

import numpy as np

from imgrec_course.scratch import expect
from imgrec_course.scratch.layers import sigmoid


def rnn_step(x, state, kernel, recurrent_kernel, bias):
    """One step of a simple recurrent network: tanh(x @ kernel + h @ recurrent_kernel + bias).

    x        (batch, inputs)
    state    (batch, units), h of the step before
    returns  (batch, units), the new h

    Equals keras.layers.SimpleRNNCell. Taught in lesson 07; Elman (1990).
    """
    return np.tanh(x @ kernel + state @ recurrent_kernel + bias)


def rnn_step_backward(x, state, kernel, recurrent_kernel, bias, gradient):
    """Gradients of one rnn_step with respect to what it took.

    gradient  (batch, units), of the loss with respect to the new state
    returns   those with respect to x, state, kernel, recurrent_kernel, bias
    """
    new = rnn_step(x, state, kernel, recurrent_kernel, bias)
    inner = gradient * (1 - new**2)  # with respect to what tanh took
    return (
        inner @ kernel.T,
        inner @ recurrent_kernel.T,
        x.T @ inner,
        state.T @ inner,
        inner.sum(axis=0),
    )


def lstm_gates(x, hidden, kernel, recurrent_kernel, bias):
    """Input gate, forget gate, candidate and output gate of an LSTM, (batch, units) each."""
    inner = x @ kernel + hidden @ recurrent_kernel + bias
    i, f, candidate, o = np.split(inner, 4, axis=1)
    return sigmoid(i), sigmoid(f), np.tanh(candidate), sigmoid(o)


def lstm_step(x, state, kernel, recurrent_kernel, bias):
    """One step of a long short-term memory: c' = f c + i ĉ, h' = o tanh(c').

    x        (batch, inputs)
    state    (batch, 2 · units): h, then c
    returns  (batch, 2 · units): the new h, then the new c

    Equals keras.layers.LSTMCell. Taught in lesson 07; Hochreiter & Schmidhuber (1997),
    the forget gate: Gers, Schmidhuber & Cummins (2000).
    """
    hidden, cell = np.split(state, 2, axis=1)
    i, f, candidate, o = lstm_gates(x, hidden, kernel, recurrent_kernel, bias)
    cell = f * cell + i * candidate
    return np.concatenate([o * np.tanh(cell), cell], axis=1)


def lstm_step_backward(x, state, kernel, recurrent_kernel, bias, gradient):
    """Gradients of one lstm_step with respect to what it took.

    gradient  (batch, 2 · units), of the loss with respect to the new h, then the new c
    returns   those with respect to x, state, kernel, recurrent_kernel, bias
    """
    hidden, cell = np.split(state, 2, axis=1)
    i, f, candidate, o = lstm_gates(x, hidden, kernel, recurrent_kernel, bias)
    squashed = np.tanh(f * cell + i * candidate)  # tanh(c')
    to_hidden, to_cell = np.split(gradient, 2, axis=1)
    to_cell = to_cell + to_hidden * o * (1 - squashed**2)  # c' is seen twice
    inner = [
        to_cell * candidate * i * (1 - i),
        to_cell * cell * f * (1 - f),
        to_cell * i * (1 - candidate**2),
        to_hidden * squashed * o * (1 - o),
    ]
    inner = np.concatenate(inner, axis=1)
    to_state = np.concatenate([inner @ recurrent_kernel.T, to_cell * f], axis=1)
    return inner @ kernel.T, to_state, x.T @ inner, hidden.T @ inner, inner.sum(axis=0)


def gru_gates(x, hidden, kernel, recurrent_kernel, bias):
    """Update gate, reset gate, candidate of a GRU and what the reset gate multiplies."""
    z, r, candidate = np.split(x @ kernel + bias[0], 3, axis=1)
    from_z, from_r, recalled = np.split(hidden @ recurrent_kernel + bias[1], 3, axis=1)
    z, r = sigmoid(z + from_z), sigmoid(r + from_r)
    return z, r, np.tanh(candidate + r * recalled), recalled


def gru_step(x, state, kernel, recurrent_kernel, bias):
    """One step of a gated recurrent unit: h' = z h + (1 − z) ĥ.

    x        (batch, inputs)
    state    (batch, units), h of the step before
    bias     (2, 3 · units): of the inputs, of the state
    returns  (batch, units), the new h

    Equals keras.layers.GRUCell as it comes, with reset_after=True: the reset gate multiplies
    what the recurrent kernel has made of h. Taught in lesson 07; Cho et al. (2014).
    """
    z, _, candidate, _ = gru_gates(x, state, kernel, recurrent_kernel, bias)
    return z * state + (1 - z) * candidate


def gru_step_backward(x, state, kernel, recurrent_kernel, bias, gradient):
    """Gradients of one gru_step with respect to what it took.

    gradient  (batch, units), of the loss with respect to the new state
    returns   those with respect to x, state, kernel, recurrent_kernel, bias
    """
    z, r, candidate, recalled = gru_gates(x, state, kernel, recurrent_kernel, bias)
    to_candidate = gradient * (1 - z) * (1 - candidate**2)
    to_z = gradient * (state - candidate) * z * (1 - z)
    to_r = to_candidate * recalled * r * (1 - r)
    inner = np.concatenate([to_z, to_r, to_candidate], axis=1)  # of x W + b₀
    outer = np.concatenate([to_z, to_r, to_candidate * r], axis=1)  # of h U + b₁
    return (
        inner @ kernel.T,
        gradient * z + outer @ recurrent_kernel.T,
        x.T @ inner,
        state.T @ outer,
        np.stack([inner.sum(axis=0), outer.sum(axis=0)]),
    )


def original_gru_gates(x, hidden, kernel, recurrent_kernel, bias):
    """Update gate, reset gate and candidate of the GRU as it was published."""
    units = hidden.shape[1]
    inner = x @ kernel + bias
    z, r = np.split(sigmoid(inner[:, : 2 * units] + hidden @ recurrent_kernel[:, : 2 * units]), 2, axis=1)
    candidate = np.tanh(inner[:, 2 * units :] + (r * hidden) @ recurrent_kernel[:, 2 * units :])
    return z, r, candidate


def original_gru_step(x, state, kernel, recurrent_kernel, bias):
    """One step of a GRU whose reset gate multiplies h before the recurrent kernel does.

    x        (batch, inputs)
    state    (batch, units), h of the step before
    bias     (3 · units,)
    returns  (batch, units), the new h

    Equals keras.layers.GRUCell with reset_after=False. Cho et al. (2014), section 2.3.
    """
    z, _, candidate = original_gru_gates(x, state, kernel, recurrent_kernel, bias)
    return z * state + (1 - z) * candidate


def original_gru_step_backward(x, state, kernel, recurrent_kernel, bias, gradient):
    """Gradients of one original_gru_step with respect to what it took; shapes as in gru_step_backward."""
    z, r, candidate = original_gru_gates(x, state, kernel, recurrent_kernel, bias)
    units = state.shape[1]
    to_candidate = gradient * (1 - z) * (1 - candidate**2)
    to_product = to_candidate @ recurrent_kernel[:, 2 * units :].T  # of r h
    to_z = gradient * (state - candidate) * z * (1 - z)
    to_r = to_product * state * r * (1 - r)
    gates = np.concatenate([to_z, to_r], axis=1)
    inner = np.concatenate([gates, to_candidate], axis=1)
    to_state = gradient * z + to_product * r + gates @ recurrent_kernel[:, : 2 * units].T
    to_recurrent = np.concatenate([state.T @ gates, (r * state).T @ to_candidate], axis=1)
    return inner @ kernel.T, to_state, x.T @ inner, to_recurrent, inner.sum(axis=0)


# name: step, its backward, gates, arrays of (batch, units) that the state holds, rows of the bias
CELLS = {
    "rnn": (rnn_step, rnn_step_backward, 1, 1, 1),
    "lstm": (lstm_step, lstm_step_backward, 4, 2, 1),
    "gru": (gru_step, gru_step_backward, 3, 1, 2),
    "original_gru": (original_gru_step, original_gru_step_backward, 3, 1, 1),
}


def expected(cell, inputs, parameters, state):
    """Inputs, parameters and initial state (zeros when None) as floats; ValueError when they do not fit."""
    if cell not in CELLS:
        raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {cell!r}")
    _, _, gates, parts, rows = CELLS[cell]
    if len(parameters) != 3:
        raise ValueError(
            f"parameters must be kernel, recurrent_kernel and bias, not {len(parameters)} arrays"
        )
    names = ("inputs", "kernel", "recurrent_kernel", "bias")
    inputs, *parameters = expect.floats(**dict(zip(names, (inputs, *parameters), strict=True)))
    kernel, recurrent_kernel, bias = parameters
    if inputs.ndim != 3:
        raise ValueError(f"inputs must have shape (batch, time, inputs), not {inputs.shape}")
    if recurrent_kernel.ndim != 2 or recurrent_kernel.shape[1] != gates * len(recurrent_kernel):
        raise ValueError(
            f"recurrent_kernel of a cell {cell!r} must have shape (units, {gates} · units), "
            f"not {recurrent_kernel.shape}"
        )
    units = len(recurrent_kernel)
    expect.shape(kernel, (inputs.shape[2], gates * units), "kernel")
    expect.shape(bias, (gates * units,) if rows == 1 else (rows, gates * units), "bias")
    if state is None:
        state = np.zeros((len(inputs), parts * units))
    (state,) = expect.floats(state=state)
    expect.shape(state, (len(inputs), parts * units), "state")
    return inputs, parameters, state.astype(inputs.dtype, copy=False)


def recurrent(cell, inputs, parameters, state=None):
    """Walk through time: the state after every step.

    cell        "rnn", "lstm", "gru" or "original_gru"
    inputs      (batch, time, inputs)
    parameters  kernel, recurrent_kernel, bias
    state       (batch, size) before the first step; None: zeros
    returns     (batch, time, size); size is units, for "lstm" 2 · units: h, then c

    Raises ValueError when the shapes do not fit.
    Equals keras.layers.SimpleRNN, LSTM, GRU with return_sequences=True. Taught in lesson 07.
    """
    inputs, parameters, state = expected(cell, inputs, parameters, state)
    step = CELLS[cell][0]
    states = []
    for t in range(inputs.shape[1]):
        state = step(inputs[:, t], state, *parameters)
        states.append(state)
    return np.stack(states, axis=1)


def recurrent_backward(cell, inputs, parameters, gradient, state=None, chunk=None):
    """Back-propagation through time.

    cell, inputs, parameters, state   as recurrent took them
    gradient  (batch, time, size): of the loss, as far as it sees each state directly
    chunk     truncated: after every chunk of so many steps the state is handed on, but no
              gradient comes back; None: all the way
    returns   gradients with respect to inputs, [kernel, recurrent_kernel, bias], state

    Raises ValueError when the shapes do not fit. Equals tf.GradientTape.
    Taught in lesson 07; Werbos (1990), truncated: Williams & Peng (1990).
    """
    states = recurrent(cell, inputs, parameters, state)
    inputs, parameters, state = expected(cell, inputs, parameters, state)
    gradient = expect.gradient(gradient, states.shape, states.dtype)
    if chunk is not None:
        expect.whole_numbers(chunk=chunk)
    step_backward = CELLS[cell][1]
    before = np.concatenate([state[:, np.newaxis], states[:, :-1]], axis=1)
    to_inputs = np.zeros_like(inputs)
    to_parameters = [np.zeros_like(parameter) for parameter in parameters]
    to_state = np.zeros_like(state)  # what comes back from the step after
    for t in reversed(range(inputs.shape[1])):
        if chunk is not None and (t + 1) % chunk == 0:
            to_state = np.zeros_like(state)
        total = gradient[:, t] + to_state
        x = inputs[:, t]
        to_inputs[:, t], to_state, *of_step = step_backward(x, before[:, t], *parameters, total)
        for sum_so_far, part in zip(to_parameters, of_step, strict=True):
            sum_so_far += part
    return to_inputs, to_parameters, to_state


def clip_by_norm(gradients, limit):
    """Gradients scaled so that their common norm is at most the limit; their direction stays.

    gradients  list of arrays; the norm is that of all their numbers together
    limit      positive number
    returns    the scaled list, and the norm before

    Raises ValueError for a limit that is not positive or a gradient that is not finite.
    Equals tf.clip_by_global_norm. Taught in lesson 07; Pascanu, Mikolov & Bengio (2013).
    """
    if not limit > 0:
        raise ValueError(f"limit must be positive, not {limit!r}")
    gradients = [np.asarray(gradient) for gradient in gradients]
    for number, gradient in enumerate(gradients):
        expect.finite(gradient, f"gradient number {number}")
    norm = float(np.sqrt(sum((gradient.astype(np.float64) ** 2).sum() for gradient in gradients)))
    factor = min(1.0, limit / norm) if norm else 1.0
    return [gradient * gradient.dtype.type(factor) for gradient in gradients], norm
