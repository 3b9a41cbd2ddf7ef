"""Eleven networks that tell directions of motion, and why some wait so long. Lesson 08 reads it.

Every network sees the same 6,400 clips for 10 epochs in batches of 32, the same steps of Adam at the same
rate; three seeds decide initial weights and the order of the clips. Each is measured on 1,000 test clips – as
they are, with their frames shuffled, played backwards, and in worlds with other noise, bars and distractors.
Stored are confusion matrices, so that every precision and recall can be computed from them.
"""

import functools
import time

import numpy as np

SEEDS = (0, 1, 2)
EPOCHS = 10
BATCH = 32
RATE = 2e-3
WORLD = {"size": 24, "noise": 20, "occlusion": 4, "distractor": 0.3}
TRAIN, TEST = 6400, 1000  # 6400: 200 whole batches
SHAPE = (10, 24, 24, 1)
CLASSES = 8
STRENGTHS = {
    "noise": (0, 10, 20, 30, 40, 60, 80),
    "occlusion": (0, 2, 4, 6, 8, 10, 12),
    "distractor": (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0),
}
RATES = (5e-4, 4e-3, 8e-3)  # beside RATE
SIGNAL_BATCHES = 24  # to estimate how much of a step is signal
SIGNAL_STEPS = 100


@functools.cache
def clips(**changes):
    """(x_train, y_train), (x_test, y_test) as floats (n, 10, 24, 24, 1); ``changes`` make another world."""
    from imgrec_course.datasets.clips import load_clips

    train = 8 if changes else TRAIN  # the changed worlds are only tested in
    pairs = load_clips(train=train, test=TEST, **{**WORLD, **changes})
    return tuple((as_floats(x), y.astype(int)) for x, y in pairs)


def as_floats(x):
    """(…) uint8 → (…, 1) float32 from 0 to 1."""
    return x[..., np.newaxis] / np.float32(255)


def build(name):
    """One of the networks, not compiled."""
    from imgrec_course.models import rnn

    if name in ("frame votes", "long exposure", "ConvLSTM", "Conv3D"):
        builder = {
            "frame votes": rnn.frame_votes,
            "long exposure": rnn.long_exposure,
            "ConvLSTM": rnn.conv_lstm_network,
            "Conv3D": rnn.conv3d_network,
        }[name]
        return builder(SHAPE, CLASSES)
    if name == "article":
        return article()
    if name == "no places":
        return rnn.recurrent_network(SHAPE, CLASSES, "GRU", places=False)
    cell, _, normalised = name.partition(" ")
    return rnn.recurrent_network(SHAPE, CLASSES, cell, normalise=bool(normalised))


def article():
    """The article's network with convolutions and maxima of one frame for its TimeDistributed layers.

    It computes the same as :func:`imgrec_course.models.rnn.article_sequence_network`, and faster.
    """
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv3D(32, (1, 3, 3), activation="relu"),
            layers.MaxPooling3D((1, 2, 2)),
            layers.Reshape((SHAPE[0], -1)),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def train(name, seed, epochs=EPOCHS, rate=RATE):
    """Train one network.

    returns   network, loss of every step (epochs · 200,), seconds
    """
    import keras

    (x, y), _ = clips()
    keras.utils.set_random_seed(seed)
    network = build(name)
    if name == "article":  # an answer for each frame: the clip's label, ten times
        y = np.repeat(y[:, np.newaxis], SHAPE[0], axis=1)
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    losses = LossOfSteps()
    started = time.monotonic()
    network.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[losses.callback()])
    return network, np.array(losses.values), time.monotonic() - started


class LossOfSteps:
    """The loss of each batch, which Keras itself reports only as a mean since the epoch's begin."""

    def __init__(self):
        self.values = []

    def callback(self):
        """keras.callbacks.Callback that fills ``values``."""
        import keras

        def after(batch, logs):
            # Keras gives the mean over the batches of this epoch so far: undo it.
            total = logs["loss"] * (batch + 1)
            self.values.append(total - self.total if batch else total)
            self.total = total

        return keras.callbacks.LambdaCallback(on_train_batch_end=after)


def answers(network, x):
    """(n,) classes; a network that answers for each frame has its mean answer taken."""
    probabilities = network.predict(x, batch_size=250, verbose=0)
    if probabilities.ndim == 3:
        probabilities = probabilities.mean(axis=1)
    return probabilities.argmax(axis=1)


def confusion(y, answered):
    """(8, 8) counts as lists, rows: truth, columns: answer."""
    counts = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(counts, (y, answered), 1)
    return counts.tolist()


def compared(name):
    """A part: this network with every seed, and what it answers to the test clips in all their forms."""

    def part():
        from imgrec_course.datasets.clips import shuffle_frames

        _, (x, y) = clips()
        result = {"parameters": build(name).count_params(), "seconds": [], "loss": []}
        kinds = ["test", "shuffled", "backwards"]
        kinds += [f"{kind} {value:g}" for kind, values in STRENGTHS.items() for value in values]
        result |= {kind: [] for kind in kinds}
        for seed in SEEDS:
            network, losses, seconds = train(name, seed)
            result["seconds"].append(round(seconds, 1))
            result["loss"].append(thinned(losses))
            result["test"].append(confusion(y, answers(network, x)))
            result["shuffled"].append(confusion(y, answers(network, shuffle_frames(x, seed))))
            result["backwards"].append(confusion(y, answers(network, x[:, ::-1])))
            for kind, values in STRENGTHS.items():
                for value in values:
                    _, (other, labels) = clips(**{kind: value})
                    result[f"{kind} {value:g}"].append(confusion(labels, answers(network, other)))
        return result

    return part


def thinned(losses, every=20):
    """Means of 20 steps each, to three decimals: a curve that fits into a file."""
    whole = len(losses) // every * every
    return [round(float(value), 3) for value in np.reshape(losses[:whole], (-1, every)).mean(axis=1)]


# Why does a gated network wait?


def rates():
    """{rate: loss curve} of the GRU network, seed 0 and the same number of steps, at other rates."""
    return {f"{rate:g}": thinned(train("GRU", 0, rate=rate)[1]) for rate in RATES}


def signal():
    """How much of a step is signal: the GRU's gradient, batch by batch, at several moments of training.

    returns   {"step", "share", "loss"}: lists. The share is ‖mean gradient‖² / mean ‖gradient‖² over 24
              batches of 32, corrected for the few batches: 0 when they have nothing in common, 1 when all is
    """
    import keras
    import tensorflow as tf

    (x, y), _ = clips()
    keras.utils.set_random_seed(0)
    network = build("GRU")
    network.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    generator = np.random.default_rng(0)

    @tf.function
    def gradient(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, network(images, training=True))
        parts = tape.gradient(loss, network.trainable_weights)
        return loss, tf.concat([tf.reshape(part, [-1]) for part in parts], axis=0)

    order = np.concatenate([generator.permutation(TRAIN) for _ in range(EPOCHS)])
    steps = len(order) // BATCH
    result = {"step": [], "share": [], "loss": []}
    for step in range(steps + 1):
        if step % SIGNAL_STEPS == 0:
            chosen = generator.permutation(TRAIN)[: SIGNAL_BATCHES * BATCH].reshape(SIGNAL_BATCHES, BATCH)
            pairs = [gradient(x[rows], y[rows]) for rows in chosen]
            gradients = np.stack([pair[1].numpy() for pair in pairs]).astype(np.float64)
            result["step"].append(step)
            result["share"].append(round(signal_share(gradients), 4))
            result["loss"].append(round(float(np.mean([pair[0] for pair in pairs])), 4))
        if step < steps:
            rows = order[step * BATCH : (step + 1) * BATCH]
            network.train_on_batch(x[rows], y[rows])
    return result


def signal_share(gradients):
    """Share of a gradient's squared length that all batches have in common; gradients (batches, weights)."""
    count = len(gradients)
    squared = np.mean(np.sum(gradients**2, axis=1))
    of_mean = np.sum(gradients.mean(axis=0) ** 2)
    # The mean of `count` gradients without anything in common has the squared length squared / count.
    return float(max(0.0, (of_mean - squared / count) / (squared * (1 - 1 / count))))


def probes():
    """What becomes of the features of a frame: four ways to hand them to the GRU, each with every seed.

    returns   {way: {"loss": curves of 1,000 steps, "begin": spreads, "end": spreads}}, lists over the seeds.
              The spread is the standard deviation of a feature over the frames of 200 clips, mean over the 64
    """
    import keras

    from imgrec_course.models.rnn import UNITS, features_of_frames

    layers = keras.layers
    ways = {
        "ReLU": ("relu", False),
        "linear": (None, False),
        "ReLU, normalised": ("relu", True),
        "linear, normalised": (None, True),
    }
    (x, y), (unseen, _) = clips()
    result = {}
    for name, (activation, normalised) in ways.items():
        part = result[name] = {"loss": [], "begin": [], "end": []}
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            clip = keras.Input(SHAPE)
            features = features_of_frames(clip, SHAPE[0], activation=activation)
            given = layers.LayerNormalization()(features) if normalised else features
            answer = layers.Dense(CLASSES, activation="softmax")(layers.GRU(UNITS)(given))
            network, eyes = keras.Model(clip, answer), keras.Model(clip, features)
            network.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
            part["begin"].append(spread(eyes.predict(unseen[:200], verbose=0)))
            losses = LossOfSteps()
            network.fit(x, y, batch_size=BATCH, epochs=EPOCHS // 2, verbose=0, callbacks=[losses.callback()])
            part["end"].append(spread(eyes.predict(unseen[:200], verbose=0)))
            part["loss"].append(thinned(np.array(losses.values)))
    return result


def spread(features):
    """Mean over the features of their standard deviation over all frames; features (n, time, features)."""
    return round(float(features.reshape(-1, features.shape[-1]).std(axis=0).mean()), 5)


NETWORKS = (
    "article",
    "frame votes",
    "long exposure",
    "no places",
    "GRU",
    "LSTM",
    "SimpleRNN normalised",
    "GRU normalised",
    "LSTM normalised",
    "ConvLSTM",
    "Conv3D",
)
PARTS = {
    **{name: compared(name) for name in NETWORKS},
    "rates": rates,
    "signal": signal,
    "probes": probes,
}
