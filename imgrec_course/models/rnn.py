"""Networks for image sequences in plain Keras, of lesson 08: with memory, without, or time as an axis.

Clips go in as floats from 0 to 1, shape (batch, time, height, width, channels); probabilities of classes
come out. A convolution whose kernel is one frame deep works on each frame alone, as TimeDistributed(Conv2D)
does, and is several times faster on a processor. No builder compiles.
"""

import numbers

from imgrec_course.models.cnn import check_network

CELLS = ("SimpleRNN", "GRU", "LSTM")
WIDTHS = (16, 32)  # feature maps of the two convolutions
UNITS = 64


def article_sequence_network(shape=(10, 224, 224, 3), outputs=10):
    """What the course's source article calls an RNN: every layer treats each frame alone, so nothing recurs.

    Of each frame: 3 × 3 convolution with 32 channels, 2 × 2 maximum, flattened, dense 64 with ReLU, softmax.

    shape    (time, height, width, channels) of the clips
    returns  keras.Model (batch, time, height, width, channels) → (batch, time, outputs): probabilities for
             each frame; as called without arguments 25,235,018 parameters

    Raises ValueError for a shape or a number of outputs that no such network can have.
    """
    import keras

    check_sequence(shape, outputs)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(shape, name="clip"),
            layers.TimeDistributed(layers.Conv2D(32, 3, activation="relu"), name="convolution"),
            layers.TimeDistributed(layers.MaxPooling2D(2), name="pooling"),
            layers.TimeDistributed(layers.Flatten(), name="flatten"),
            layers.Dense(64, activation="relu", name="dense"),
            layers.Dense(outputs, activation="softmax", name="probability"),
        ],
        name="article_sequence_network",
    )


def frame_votes(shape=(10, 32, 32, 1), outputs=8):
    """Each frame votes for itself, and the votes are averaged: the baseline that cannot see order.

    shape    (time, height, width, channels) of the clips
    returns  keras.Model (batch, time, height, width, channels) → (batch, outputs): softmax of the mean,
             over the frames, of each frame's logits

    Raises ValueError for a shape or a number of outputs that no such network can have.
    """
    import keras

    check_sequence(shape, outputs)
    layers = keras.layers
    clip = keras.Input(shape, name="clip")
    votes = layers.Dense(outputs, name="votes")(features_of_frames(clip, shape[0]))
    mean = layers.GlobalAveragePooling1D(name="mean_vote")(votes)
    return keras.Model(clip, layers.Softmax(name="probability")(mean), name="frame_votes")


def long_exposure(shape=(10, 32, 32, 1), outputs=8):
    """One image for the whole clip, the mean of its frames, and a small network that looks at it.

    shape    (time, height, width, channels) of the clips
    returns  keras.Model (batch, time, height, width, channels) → (batch, outputs)

    Raises ValueError for a shape or a number of outputs that no such network can have.
    """
    import keras

    check_sequence(shape, outputs)
    layers = keras.layers
    clip = keras.Input(shape, name="clip")
    image = keras.ops.mean(clip, axis=1, keepdims=True)
    maps = convolutions_of_frames(image)
    features = layers.GlobalAveragePooling3D(name="features")(maps)
    return keras.Model(clip, probability(outputs)(features), name="long_exposure")


def recurrent_network(shape=(10, 32, 32, 1), outputs=8, cell="GRU", units=UNITS, places=True, normalise=True):
    """Two convolutions and a dense layer for each frame, then a recurrent layer over the frames.

    shape      (time, height, width, channels) of the clips
    cell       "SimpleRNN", "GRU" or "LSTM": the layer that remembers
    units      size of its state
    places     True: the feature maps are flattened, so that the dense layer knows what is where; False: each
               map is averaged over all places first
    normalise  True: the memory is given each frame's features with mean 0 and variance 1; False: it is given
               them after a ReLU, and may wait long before it learns anything
    returns    keras.Model (batch, time, height, width, channels) → (batch, outputs)

    Raises ValueError for what no such network can have.
    Donahue et al. (2015), arXiv:1411.4389, put an LSTM on a convolutional network in this way.
    """
    import keras

    check_sequence(shape, outputs)
    if cell not in CELLS:
        raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {cell!r}")
    check_count("units", units)
    layers = keras.layers
    clip = keras.Input(shape, name="clip")
    if normalise:
        features = features_of_frames(clip, shape[0], places, activation=None)
        features = layers.LayerNormalization(name="normalised")(features)
    else:
        features = features_of_frames(clip, shape[0], places)
    state = getattr(layers, cell)(units, name="memory")(features)
    return keras.Model(clip, probability(outputs)(state), name="recurrent_network")


def conv_lstm_network(shape=(10, 32, 32, 1), outputs=8, filters=16):
    """An LSTM whose inputs and states are feature maps and whose matrix products are convolutions.

    shape    (time, height, width, channels) of the clips
    filters  number of feature maps in the state
    returns  keras.Model (batch, time, height, width, channels) → (batch, outputs)

    Raises ValueError for what no such network can have. Shi et al. (2015), arXiv:1506.04214; Keras leaves out
    their peephole terms.
    """
    import keras

    check_sequence(shape, outputs)
    check_count("filters", filters)
    layers = keras.layers
    clip = keras.Input(shape, name="clip")
    maps = layers.Conv3D(WIDTHS[0], (1, 5, 5), (1, 2, 2), "same", activation="relu", name="convolution1")(
        clip
    )
    state = layers.ConvLSTM2D(filters, 5, 2, "same", name="memory")(maps)
    features = layers.GlobalAveragePooling2D(name="features")(state)
    return keras.Model(clip, probability(outputs)(features), name="conv_lstm_network")


def conv3d_network(shape=(10, 32, 32, 1), outputs=8):
    """Convolution over time as over height and width: three layers of kernels three frames deep.

    shape    (time, height, width, channels) of the clips
    returns  keras.Model (batch, time, height, width, channels) → (batch, outputs)

    Raises ValueError for what no such network can have. Tran et al. (2015), arXiv:1412.0767.
    """
    import keras

    check_sequence(shape, outputs)
    layers = keras.layers
    maps = clip = keras.Input(shape, name="clip")
    for number, (filters, size, step) in enumerate(
        ((16, 5, (1, 2, 2)), (32, 3, (1, 2, 2)), (64, 3, (2, 2, 2))), start=1
    ):
        maps = layers.Conv3D(
            filters, (3, size, size), step, "same", activation="relu", name=f"convolution{number}"
        )(maps)
    features = layers.GlobalAveragePooling3D(name="features")(maps)
    return keras.Model(clip, probability(outputs)(features), name="conv3d_network")


def convolutions_of_frames(clip):
    """Two convolutions of each frame alone: (batch, time, height, width, channels) → (…, /4, /4, 32)."""
    import keras

    layers = keras.layers
    for number, (width, size) in enumerate(zip(WIDTHS, (5, 3), strict=True), start=1):
        clip = layers.Conv3D(
            width, (1, size, size), (1, 2, 2), "same", activation="relu", name=f"convolution{number}"
        )(clip)
    return clip


def features_of_frames(clip, frames, places=True, activation="relu"):
    """(batch, time, 64) features of each frame alone."""
    import keras

    layers = keras.layers
    maps = convolutions_of_frames(clip)
    if places:
        flat = layers.Reshape((frames, -1), name="flatten")(maps)
    else:
        flat = layers.TimeDistributed(layers.GlobalAveragePooling2D(), name="mean_over_places")(maps)
    return layers.Dense(UNITS, activation=activation, name="features")(flat)


def probability(outputs):
    import keras

    return keras.layers.Dense(outputs, activation="softmax", name="probability")


def check_sequence(shape, outputs=8):
    """Raise ValueError for a shape of clips or a number of classes that none of these networks can have.

    shape    (time, height, width, channels), at least 1 frame of 4 × 4 pixels
    outputs  a whole number of at least 2
    """
    if not isinstance(shape, tuple | list) or len(shape) != 4:
        raise ValueError(
            f"shape must be (time, height, width, channels), positive whole numbers, not {shape!r}"
        )
    check_count("the first number of shape, the frames,", shape[0])
    check_network(tuple(shape[1:]), outputs)
    if outputs < 2:
        raise ValueError(f"outputs must be a whole number of at least 2, the classes, not {outputs!r}")


def check_count(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
