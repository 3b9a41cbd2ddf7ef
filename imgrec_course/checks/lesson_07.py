"""Checkers of lesson 07: recurrent states and gradients against the package's cells, which equal Keras's."""

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.scratch.layers import sigmoid
from imgrec_course.scratch.recurrent import clip_by_norm, lstm_step, recurrent, recurrent_backward


def _state_cases(generator):
    def draw(steps, inputs, units):
        return (
            generator.normal(size=(steps, inputs)),
            generator.normal(size=(inputs, units)),
            generator.normal(size=(units, units)),
            generator.normal(size=units),
        )

    return [
        ("one step", draw(1, 3, 2)),
        ("two steps", draw(2, 3, 2)),
        ("five steps, as many inputs as units", draw(5, 4, 4)),
        ("twelve steps, one unit", draw(12, 3, 1)),
        ("twenty steps, one input", draw(20, 1, 6)),
    ]


def _states(inputs, kernel, recurrent_kernel, bias):
    return recurrent("rnn", inputs[np.newaxis], (kernel, recurrent_kernel, bias))[0]


def _linear_states(inputs, kernel, recurrent_kernel, bias):
    hidden, states = np.zeros(len(recurrent_kernel)), []
    for x in inputs:
        hidden = x @ kernel + hidden @ recurrent_kernel + bias
        states.append(hidden)
    return np.array(states)


def _tanh_on_old_state(inputs, kernel, recurrent_kernel, bias):
    """tanh around the recurrent part alone."""
    hidden, states = np.zeros(len(recurrent_kernel)), []
    for x in inputs:
        hidden = x @ kernel + np.tanh(hidden @ recurrent_kernel) + bias
        states.append(hidden)
    return np.array(states)


def _gradient_cases(generator):
    def draw(steps, units):
        inputs, kernel = generator.normal(size=(1, steps, 3)), generator.normal(size=(3, units))
        recurrent_kernel = generator.normal(size=(units, units))
        states = recurrent("rnn", inputs, (kernel, recurrent_kernel, np.zeros(units)))[0]
        return states, recurrent_kernel, generator.normal(size=units)

    return [
        ("one step: the recurrent kernel meets only the state 0", draw(1, 3)),
        ("two steps", draw(2, 3)),
        ("six steps", draw(6, 4)),
        ("one unit, ten steps", draw(10, 1)),
        ("fifteen steps", draw(15, 5)),
    ]


def _recurrent_gradient(states, recurrent_kernel, gradient, transposed=True, slope=True, before=1):
    """The right answer with all its switches as they are; each other setting is a mistake."""
    padded = np.vstack([np.zeros((1, states.shape[1])), states])
    result, delta = np.zeros_like(recurrent_kernel), gradient
    for t in reversed(range(len(states))):
        alpha = delta * (1 - states[t] ** 2) if slope else delta
        result += np.outer(padded[t + 1 - before], alpha)
        delta = alpha @ (recurrent_kernel.T if transposed else recurrent_kernel)
    return result


def _gradient_through_package(states, recurrent_kernel, gradient):
    """With the states as inputs of a network that is told what to be: tanh(x) = state for x = artanh(state)."""
    units = states.shape[1]
    before = np.vstack([np.zeros((1, units)), states[:-1]])
    inputs = np.arctanh(states) - before @ recurrent_kernel
    to_states = np.zeros((1, *states.shape))
    to_states[0, -1] = gradient
    parameters = (np.eye(units), recurrent_kernel, np.zeros(units))
    return recurrent_backward("rnn", inputs[np.newaxis], parameters, to_states)[1][1]


def _last_step_only(states, recurrent_kernel, gradient):
    alpha = gradient * (1 - states[-1] ** 2)
    return np.outer(states[-2] if len(states) > 1 else np.zeros_like(alpha), alpha)


def _gradient_at_every_step(states, recurrent_kernel, gradient):
    to_states = np.repeat(gradient[np.newaxis], len(states), axis=0)
    padded = np.vstack([np.zeros((1, states.shape[1])), states])
    result, from_later = np.zeros_like(recurrent_kernel), 0
    for t in reversed(range(len(states))):
        alpha = (to_states[t] + from_later) * (1 - states[t] ** 2)
        result += np.outer(padded[t], alpha)
        from_later = alpha @ recurrent_kernel.T
    return result


def _clip_cases(generator):
    return [
        ("longer than the limit", (generator.normal(size=5) * 10, 1.0)),
        ("shorter than the limit", (generator.normal(size=5) * 0.01, 1.0)),
        ("a matrix", (generator.normal(size=(3, 4)), 0.5)),
        ("the gradient 0", (np.zeros(4), 1.0)),
        ("a limit of 5", (generator.normal(size=40) * 3, 5.0)),
        ("exactly as long as the limit", (np.array([3.0, 0.0, 4.0]), 5.0)),
    ]


def _cell_cases(generator):
    def draw(units, scale=1.0):
        return tuple(scale * generator.normal(size=units) for _ in range(5))

    shut = np.full(3, -50.0)
    return [
        ("one unit", draw(1)),
        ("four units", draw(4)),
        ("large numbers in the gates", draw(6, 4.0)),
        ("the forget gate shut", (*draw(3)[:1], shut, *draw(3)[:3])),
        ("the input gate shut", (shut, *draw(3)[:4])),
    ]


def _lstm_cell(i, f, c, o, cell_state):
    units = len(i)
    inner = np.concatenate([i, f, c, o])
    state = np.concatenate([np.zeros(units), cell_state])[np.newaxis]
    zeros = np.zeros((1, 4 * units))
    new = lstm_step(np.zeros((1, 1)), state, zeros, np.zeros((units, 4 * units)), inner)[0]
    return new[:units], new[units:]


def _lstm_wrong(write="tanh", shown="new", gates="sigmoid", sum_of="both"):
    """An LSTM cell with one thing wrong."""

    def answer(i, f, c, o, cell_state):
        gate = sigmoid if gates == "sigmoid" else np.tanh
        candidate = np.tanh(c) if write == "tanh" else sigmoid(c)
        written = gate(i) * candidate if sum_of == "both" else (1 - gate(f)) * candidate
        new = gate(f) * cell_state + written
        return {
            "new": gate(o) * np.tanh(new),
            "old": gate(o) * np.tanh(cell_state),
            "plain": gate(o) * new,
        }[shown], new

    return answer


def _count_cases(generator):
    cases = [
        ("28 inputs, 64 units", (28, 64)),
        ("1 input, 1 unit", (1, 1)),
        ("196 inputs, 32 units", (196, 32)),
    ]
    return cases + [("more", tuple(int(n) for n in generator.integers(2, 300, size=2))) for _ in range(3)]


def _counts(inputs, units, biases=(1, 4, 6)):
    matrices = inputs * units + units * units
    simple, lstm, gru = biases
    return matrices + simple * units, 4 * matrices + lstm * units, 3 * matrices + gru * units


def _share_cases(generator):
    cases = [
        ("half of it, bias 0", (0.5, 0.0)),
        ("half of it, bias 1", (0.5, 1.0)),
        ("a hundredth, bias 5", (0.01, 5.0)),
        ("a tenth, bias −2", (0.1, -2.0)),
    ]
    return cases + [
        ("more", (float(generator.uniform(0.01, 0.9)), float(generator.normal()))) for _ in range(3)
    ]


EXERCISES = {
    "hidden_states": Exercise(
        solution=_states,
        cases=_state_cases,
        stars=1,
        mistakes=(
            Mistake(
                _linear_states, "tanh is missing: without it the whole chain is one affine map (lesson 03)."
            ),
            Mistake(
                lambda x, w, u, b: np.tanh(x @ w + b),
                "The state before is missing: this network has no memory, each step stands alone.",
            ),
            Mistake(
                lambda x, w, u, b: _states(x, w, u.T, b),
                "The recurrent kernel is transposed: the state is a row, so it stands to the left, h @ recurrent_kernel.",
            ),
            Mistake(
                lambda x, w, u, b: _states(x, w, u, 0 * b),
                "The bias is missing; it is added at every step.",
            ),
            Mistake(
                _tanh_on_old_state,
                "tanh goes around the whole sum, not around the recurrent part alone.",
            ),
            Mistake(
                lambda x, w, u, b: _states(x, w, u, b)[-1],
                "All states are wanted, one row for each step, not the last one alone.",
            ),
            Mistake(
                lambda x, w, u, b: _states(x[::-1], w, u, b)[::-1],
                "You walk through time backwards: the first row comes first.",
            ),
        ),
    ),
    "recurrent_gradient": Exercise(
        solution=_gradient_through_package,
        cases=_gradient_cases,
        stars=3,
        peer="back-propagation through time, which equals Keras",
        tolerance=1e-7,
        mistakes=(
            Mistake(
                lambda h, u, g: _recurrent_gradient(h, u, g, transposed=False),
                "On the way back the recurrent kernel is transposed: δ = α @ recurrent_kernel.T.",
            ),
            Mistake(
                lambda h, u, g: _recurrent_gradient(h, u, g, slope=False),
                "The slope of tanh is missing: α = δ · (1 − h²), with the state of the same step.",
            ),
            Mistake(
                lambda h, u, g: _recurrent_gradient(h, u, g, before=0),
                "What the recurrent kernel met at step t was the state of the step before, not that of step t.",
            ),
            Mistake(
                _last_step_only,
                "This is the last step alone: the same kernel was used at every step, and all effects add up.",
            ),
            Mistake(
                _gradient_at_every_step,
                "The loss looks at the last state alone: the others get only what comes back from the step after.",
            ),
            Mistake(
                lambda h, u, g: _recurrent_gradient(h, u, g).T,
                "Rows and columns have changed places: np.outer(state before, α).",
            ),
        ),
    ),
    "clip": Exercise(
        solution=lambda gradient, limit: clip_by_norm([gradient], limit)[0][0],
        cases=_clip_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda g, c: np.clip(g, -c, c),
                "This clips number by number, and that changes the direction; shorten the whole array by one factor.",
            ),
            Mistake(
                lambda g, c: g * c / np.sqrt(np.sum(g**2)),
                "A gradient that is short enough stays as it is (and one of length 0 must not be divided by 0).",
            ),
            Mistake(
                lambda g, c: g * min(1, c / max(np.abs(g).max(), 1e-300)),
                "The length is the square root of the sum of squares, not the largest number.",
            ),
            Mistake(
                lambda g, c: g * min(1, c / max(np.sum(g**2), 1e-300)),
                "The square root is missing in the length.",
            ),
            Mistake(
                lambda g, c: g if np.sqrt(np.sum(g**2)) <= c else 0 * g,
                "A gradient that is too long is shortened, not thrown away.",
            ),
        ),
    ),
    "lstm_cell": Exercise(
        solution=_lstm_cell,
        cases=_cell_cases,
        stars=2,
        mistakes=(
            Mistake(
                _lstm_wrong(write="sigmoid"),
                "The candidate goes through tanh: what is written may be negative.",
            ),
            Mistake(_lstm_wrong(shown="old"), "What is shown is the new cell state, o · tanh(new c)."),
            Mistake(_lstm_wrong(shown="plain"), "tanh is missing on the way out: h = o · tanh(new c)."),
            Mistake(_lstm_wrong(gates="tanh"), "Gates go through the sigmoid: they lie between 0 and 1."),
            Mistake(
                _lstm_wrong(sum_of="forget"),
                "An LSTM has an input gate of its own; 1 − f is the GRU's way.",
            ),
            Mistake(
                lambda i, f, c, o, s: _lstm_cell(f, i, c, o, s),
                "Input gate and forget gate have changed places: f multiplies the old state, i the candidate.",
            ),
            Mistake(
                lambda i, f, c, o, s: _lstm_cell(i, f, c, o, s)[::-1],
                "The order is (h, c): first what is shown, then the cell state.",
            ),
        ),
    ),
    "parameters_of": Exercise(
        solution=_counts,
        cases=_count_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda i, u: _counts(i, u, (1, 4, 3)),
                "Keras's GRU has two biases, one for the inputs and one for the state: 6 · units in all.",
            ),
            Mistake(
                lambda i, u: _counts(i, u, (0, 0, 0)),
                "The biases are missing.",
            ),
            Mistake(
                lambda i, u: tuple(n * (i * u + u) for n in (1, 4, 3)),
                "The recurrent kernel is missing: units × units numbers for each gate.",
            ),
            Mistake(
                lambda i, u: (_counts(i, u)[0], _counts(i, u)[2], _counts(i, u)[1]),
                "LSTM and GRU have changed places: the LSTM has four of everything, the GRU three.",
            ),
            Mistake(
                lambda i, u: (_counts(i, u)[0], 3 * _counts(i, u)[0], _counts(i, u)[2]),
                "The LSTM has three gates and a candidate: four of everything.",
            ),
        ),
    ),
    "steps_until": Exercise(
        solution=lambda share, bias: np.log(share) / np.log(sigmoid(bias)),
        cases=_share_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda share, bias: np.log(sigmoid(bias)) / np.log(share),
                "Turned upside down: from σ(b)ᵏ = share follows k · ln σ(b) = ln share.",
            ),
            Mistake(
                lambda share, bias: np.ceil(np.log(share) / np.log(sigmoid(bias))),
                "A real number is wanted; do not round.",
            ),
            Mistake(
                lambda share, bias: np.log(share) / bias if bias else 0.0,
                "The factor at each step is σ(b), not eᵇ.",
            ),
            Mistake(
                lambda share, bias: (1 - share) / (1 - sigmoid(bias)),
                "What is lost is a share of what is left, not of the beginning: a power, not a product.",
            ),
            Mistake(
                lambda share, bias: np.log(1 - share) / np.log(sigmoid(bias)),
                "`share` is what is left, not what is lost.",
            ),
        ),
    ),
}
