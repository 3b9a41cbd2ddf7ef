"""Mistakes that people make with Keras, each as a short broken piece that runs; lesson 15.

The source article makes them, and so do many programs. The pieces are ours. Each does what it does and
returns one line of what came of it; some raise. :func:`outcome` says it in one line either way, and a test
pins every line to what Keras does today: when Keras changes its mind, the test fails.
"""

import re
import warnings
from dataclasses import dataclass

import numpy as np

from imgrec_course.checks.claims import measured


def outcome(broken):
    """Run a piece and say in one line what came of it.

    broken    function without parameters that returns a line, or raises
    returns   "accepted: …" or "refused: ERROR: …", and what was warned of
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            line = f"accepted: {broken()}"
        except Exception as error:  # whatever it is: that is the question
            line = f"refused: {type(error).__name__}: {plain(error)}"
    for text in dict.fromkeys(plain(warning.message) for warning in caught):
        line += f"\n  warned: {text}"
    return line


def plain(error, length=170):
    """What an error says, in one line, without Keras's bold type and its list of arguments."""
    text = re.sub(r"\x1b\[\d+m", "", str(error)).partition("Arguments received by")[0]
    lines = [line.strip() for line in text.split("\n") if "Exception encountered" not in line]
    text = re.sub(r"(?<=[.!?])(?=['\"])", " ", " ".join(line for line in lines if line))
    return text if len(text) <= length else text[: length - 1] + "…"


def recogniser(shape=(32, 32, 3), activation="sigmoid"):
    """A small recogniser with one unit at its end: convolution, pooling, two dense layers; seed 0."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input(shape, name="image"),
            layers.Conv2D(4, 3, activation="relu", name="convolution"),
            layers.MaxPooling2D(2, name="pooling"),
            layers.Flatten(name="flatten"),
            layers.Dense(8, activation="relu", name="dense"),
            layers.Dense(1, activation=activation, name="answer"),
        ]
    )


def generator():
    """Noise (batch, 100) → pictures (batch, 16, 16, 3): nothing bends between Reshape and the last tanh."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((100,), name="noise"),
            layers.Dense(4 * 4 * 8, activation="relu"),
            layers.Reshape((4, 4, 8)),
            layers.Conv2DTranspose(8, 4, strides=2, padding="same"),
            layers.Conv2DTranspose(8, 4, strides=2, padding="same"),
            layers.Conv2DTranspose(3, 3, padding="same", activation="tanh"),
        ]
    )


# Data and recognisers


def old_import():
    import keras
    from keras.preprocessing.image import load_img

    return f"the same function as keras.utils.load_img: {load_img is keras.utils.load_img}"


def resized_not_cropped():
    import keras

    picture = np.zeros((40, 80, 1))
    picture[10:30, 30:50] = 1  # a square of 20 × 20 pixels
    small = keras.ops.convert_to_numpy(keras.ops.image.resize(picture, (40, 40))) > 0.5
    return f"the square is now {small.any(axis=1).sum()} pixels high and {small.any(axis=0).sum()} wide"


def one_image():
    image = np.zeros((32, 32, 3))
    network = recogniser()
    network.compile("adam", "binary_crossentropy")
    network.fit(image, np.array([1]), verbose=0)
    return "trained"


def old_argument():
    import keras

    optimizer = keras.optimizers.Adam(lr=0.1)
    return f"learning rate {float(optimizer.learning_rate):.3g}"


def old_attribute():
    network = recogniser()
    network.compile("adam", "binary_crossentropy")
    network.optimizer.lr = 0.1
    return f"learning rate {float(network.optimizer.learning_rate):.3g}, lr {network.optimizer.lr}"


def ten_classes_one_unit():
    numbers = np.random.default_rng(0)
    images, classes = numbers.random((64, 32, 32, 3)), np.arange(64) % 10
    network = recogniser()
    network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    losses = network.fit(images, classes, epochs=20, verbose=0).history["loss"]
    return f"loss after 20 epochs below 0: {losses[-1] < 0} {measured(losses[-1])}"


def accuracy_alone():
    import keras

    labels = np.zeros((1000, 1))
    labels[:10] = 1  # one image in a hundred is looked for
    answers = np.full((1000, 1), 0.02)  # and the network knows nothing but that
    values = [
        float(metric(labels, answers))
        for metric in (
            keras.metrics.BinaryAccuracy(),
            keras.metrics.Precision(),
            keras.metrics.Recall(),
        )
    ]
    return "accuracy {:.2f}, precision {:.2f}, recall {:.2f}".format(*values)


def softmax_of_one():
    images = np.random.default_rng(0).random((100, 32, 32, 3))
    network = recogniser(activation="softmax")
    answers = network.predict(images, verbose=0)
    return f"smallest answer {answers.min():.1f}, largest {answers.max():.1f}"


# Sequences


def frames_one_by_one(frames=10, side=8):
    """Convolution and dense layers over (batch, time, height, width, channels), softmax for each frame."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((frames, side, side, 3), name="clip"),
            layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
            layers.TimeDistributed(layers.Flatten()),
            layers.Dense(8, activation="relu"),
            layers.Dense(5, activation="softmax"),
        ]
    )


def missing_import():
    names = {}
    exec("from keras.layers import Conv2D, Dense", names)
    exec("Dense(64), Flatten()", names)
    return "built"


def nothing_recurs():
    import keras

    network = frames_one_by_one()
    recurrent = [layer for layer in network.layers if isinstance(layer, keras.layers.RNN)]
    return f"recurrent layers: {len(recurrent)} of {len(network.layers)}"


def frames_in_another_order():
    clip = np.random.default_rng(0).random((1, 10, 8, 8, 3))
    network, order = frames_one_by_one(), np.random.default_rng(1).permutation(10)
    answers, mixed = network.predict(clip, verbose=0), network.predict(clip[:, order], verbose=0)
    same = np.abs(mixed - answers[:, order]).max() < 1e-6
    return f"the same answers in another order: {same}"


def list_of_frames():
    frames = [np.zeros((8, 8, 3)) for _ in range(10)]
    network = frames_one_by_one()
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(frames, np.zeros(1), verbose=0)
    return "trained"


def one_label_for_ten_answers():
    clips, label = np.zeros((1, 10, 8, 8, 3)), np.array([[0, 0, 1, 0, 0]])
    network = frames_one_by_one()
    network.compile("adam", "categorical_crossentropy")
    network.fit(clips, label, verbose=0)
    return "trained"


# The game of two networks


def two_scales():
    from sklearn.metrics import precision_score, recall_score

    numbers = np.random.default_rng(0)
    real = numbers.integers(0, 256, (100, 16, 16, 3)) / 255
    made = generator().predict(numbers.normal(size=(100, 100)), verbose=0)
    labels = np.repeat([1, 0], 100)  # real, made
    called_real = np.concatenate([real, made]).min(axis=(1, 2, 3)) >= 0  # no pixel below 0
    precision, recall = precision_score(labels, called_real), recall_score(labels, called_real)
    return f"real or made? precision {precision:.2f}, recall {recall:.2f}"


def stored_in_the_noise():
    noise = np.random.default_rng(0).random((1, 100))
    before = generator().predict(noise, verbose=0)
    z = np.ones((224, 224, 3)) / 255  # "the data": loaded, scaled, and named like the noise
    after = generator().predict(noise, verbose=0)
    return f"z has shape {z.shape}; pictures as if it were not there: {np.array_equal(before, after)}"


def shapes_do_not_meet():
    D = recogniser((64, 64, 3))
    pictures = generator()(np.zeros((1, 100)))  # (1, 16, 16, 3)
    D(pictures)
    return "judged"


def nothing_bends():
    import keras

    network = generator()
    straight = keras.Model(network.layers[1].output, network.layers[-1].output)
    numbers = np.random.default_rng(0)
    one, other = numbers.normal(size=(2, 1, 4, 4, 8))

    def before_tanh(features):
        return np.arctanh(straight.predict(features, verbose=0).astype(np.float64))

    gap = before_tanh(one + other) + before_tanh(0 * one) - before_tanh(one) - before_tanh(other)
    return f"f(a + b) + f(0) = f(a) + f(b): {np.abs(gap).max() < 1e-4}"


def sigmoid_and_from_logits():
    import keras

    labels, features = np.array([[1.0], [0.0], [1.0]]), np.array([[2.0], [-1.0], [0.5]])
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    answers = network(features)
    wrong = keras.losses.BinaryCrossentropy(from_logits=True)(labels, answers)
    right = keras.losses.BinaryCrossentropy()(labels, answers)
    return f"the same loss as without from_logits: {abs(float(wrong) - float(right)) < 1e-6}"


def probabilities_as_logits():
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    made, real = (float(loss(np.array([[truth]]), np.array([[truth]]))) for truth in (0.0, 1.0))
    return f"loss of a perfect answer: {real:.3f} to a real image, {made:.3f} to a made one"


def gradient_by_name():
    network = recogniser()
    network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    network.optimizer.get_gradients(["accuracy"], network.trainable_weights)
    return "gradients"


def predict_cuts():
    import keras
    import tensorflow as tf

    G, D, noise = generator(), recogniser((16, 16, 3)), np.zeros((8, 100))
    with tf.GradientTape() as tape:
        pictures = G.predict(noise, verbose=0)
        loss = -tf.reduce_mean(tf.math.log(D(pictures)))
    gradients = tape.gradient(loss, G.trainable_weights)
    keras.optimizers.Adam().apply_gradients(zip(gradients, G.trainable_weights, strict=True))
    return "a step"


def wrong_player_moves():
    import keras
    import tensorflow as tf

    G, D = generator(), recogniser((16, 16, 3))
    noise, optimizer = np.random.default_rng(0).normal(size=(8, 100)), keras.optimizers.Adam()
    before = [weights.copy() for weights in G.get_weights()]
    for _ in range(5):  # "train the generator"
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(tf.math.log(D(G(noise))))
        gradients = tape.gradient(loss, D.trainable_weights)
        optimizer.apply_gradients(zip(gradients, D.trainable_weights, strict=True))
    same = all(np.array_equal(*pair) for pair in zip(before, G.get_weights(), strict=True))
    return f"the loss fell: {float(loss) < np.log(2)}; the generator is as before: {same}"


def frozen_too_late():
    images, labels = np.random.default_rng(0).random((8, 16, 16, 3)), np.ones(8)
    D = recogniser((16, 16, 3))
    D.compile("adam", "binary_crossentropy")
    D.train_on_batch(images, labels)
    D.trainable = False  # and no compile() afterwards
    before = [weights.copy() for weights in D.get_weights()]
    D.train_on_batch(images, labels)
    moved = any(np.any(a != b) for a, b in zip(before, D.get_weights(), strict=True))
    return f"weights that train: {len(D.trainable_weights)}; the weights moved: {moved}"


def nothing_real():
    numbers = np.random.default_rng(0)
    real = 2 * numbers.random((64, 16, 16, 3)) - 1
    made = generator().predict(numbers.normal(size=(64, 100)), verbose=0)
    D = recogniser((16, 16, 3))
    D.compile("adam", "binary_crossentropy")
    D.fit(made, np.zeros(64), epochs=30, verbose=0)  # every image that it sees is a made one
    called_real = int(np.sum(D.predict(real, verbose=0) >= 0.5))
    return f"real images called real: {called_real} of 64"


def judged_by_itself():
    import keras

    answers = np.full((64, 1), 0.99)  # "real", 64 times
    truth = np.zeros((64, 1))  # all 64 are made
    loss = keras.losses.BinaryCrossentropy()
    itself, honest = float(loss(answers, answers)), float(loss(truth, answers))
    return f"loss against its own answers {itself:.2f}, against the truth {honest:.2f}"


@dataclass(frozen=True)
class Mistake:
    """One piece, the rows of the ledger that it stands for, and what Keras does with it.

    rows     numbers of rows in :mod:`imgrec_course.ledger`
    broken   the piece
    today    its :func:`outcome`, measured values left out; what a warning says is cut to its beginning
    """

    rows: tuple
    broken: object
    today: str


MISTAKES = (
    Mistake((23,), old_import, "accepted: the same function as keras.utils.load_img: True"),
    Mistake((24,), resized_not_cropped, "accepted: the square is now 20 pixels high and 10 wide"),
    Mistake(
        (25,),
        one_image,
        "refused: ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of "
        "samples. 'x' sizes: 32 'y' sizes: 1",
    ),
    Mistake((26,), old_argument, "refused: ValueError: Argument(s) not recognized: {'lr': 0.1}"),
    Mistake((26,), old_attribute, "accepted: learning rate 0.001, lr 0.1"),
    Mistake((27,), ten_classes_one_unit, "accepted: loss after 20 epochs below 0: True (measured)"),
    Mistake((11, 27), accuracy_alone, "accepted: accuracy 0.99, precision 0.00, recall 0.00"),
    Mistake((27,), softmax_of_one, "accepted: smallest answer 1.0, largest 1.0\n  warned: You are using"),
    Mistake((28, 32), missing_import, "refused: NameError: name 'Flatten' is not defined"),
    Mistake((28,), nothing_recurs, "accepted: recurrent layers: 0 of 4"),
    Mistake((29,), frames_in_another_order, "accepted: the same answers in another order: True"),
    Mistake(
        (30,),
        list_of_frames,
        "refused: ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of "
        "samples. 'x' sizes: 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 'y' sizes: 1",
    ),
    Mistake(
        (30,),
        one_label_for_ten_answers,
        "refused: ValueError: Arguments `target` and `output` must have the same rank (ndim). Received: "
        "target.shape=(None, 5), output.shape=(None, 10, 5)",
    ),
    Mistake((31,), two_scales, "accepted: real or made? precision 1.00, recall 1.00"),
    Mistake(
        (31,),
        stored_in_the_noise,
        "accepted: z has shape (224, 224, 3); pictures as if it were not there: True",
    ),
    Mistake(
        (33,),
        shapes_do_not_meet,
        "refused: ValueError: Input 0 with name 'None' of layer 'dense' is incompatible with the layer: "
        "expected axis -1 of input shape to have value 3844, but received input with shape (1, 196)",
    ),
    Mistake((33,), nothing_bends, "accepted: f(a + b) + f(0) = f(a) + f(b): True"),
    Mistake(
        (34,),
        sigmoid_and_from_logits,
        "accepted: the same loss as without from_logits: True\n  warned: ",
    ),
    Mistake(
        (34,),
        probabilities_as_logits,
        "accepted: loss of a perfect answer: 0.313 to a real image, 0.693 to a made one",
    ),
    Mistake(
        (35,), gradient_by_name, "refused: AttributeError: 'Adam' object has no attribute 'get_gradients'"
    ),
    Mistake((36,), predict_cuts, "refused: ValueError: No gradients provided for any variable."),
    Mistake((36,), wrong_player_moves, "accepted: the loss fell: True; the generator is as before: True"),
    Mistake((36,), frozen_too_late, "accepted: weights that train: 0; the weights moved: True"),
    Mistake((36,), nothing_real, "accepted: real images called real: 0 of 64"),
    Mistake(
        (36,),
        judged_by_itself,
        "accepted: loss against its own answers 0.06, against the truth 4.61",
    ),
)
