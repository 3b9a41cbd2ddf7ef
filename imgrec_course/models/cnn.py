"""Convolutional networks in plain Keras, built in lesson 04 and used again by later lessons.

Every builder returns a model that is not compiled yet: which loss, which optimiser and which rate are
decisions of the lesson. Images go in as floats from 0 to 1, probabilities come out.
"""

import numbers


def article_network(shape=(224, 224, 3), outputs=1):
    """The network that the course's source article describes: nearly all of it is one dense layer.

    3 × 3 convolution with 32 channels, ReLU, 2 × 2 maximum, flattened, dense 64 with ReLU, output.

    shape    (height, width, channels) of the images, values from 0 to 1
    outputs  1: the sigmoid probability that the image is positive; more: softmax probabilities of classes
    returns  keras.Model (batch, height, width, channels) → (batch, outputs), not compiled; for 224 × 224 × 3
             and one output 25,234,433 parameters, 25,233,472 of them in the dense layer after flattening

    Raises ValueError for a shape or a number of outputs that no such network can have.
    """
    import keras

    check_network(shape, outputs)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(shape, name="image"),
            layers.Conv2D(32, 3, activation="relu", name="convolution"),
            layers.MaxPooling2D(2, name="pooling"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense"),
            _output_layer(outputs),
        ],
        name="article_network",
    )


def small_network(shape=(224, 224, 3), outputs=1, channels=(16, 32, 64, 64), dropout=0.0, augmentation=()):
    """A few convolutions and a mean over all places instead of the huge dense layer.

    After each 3 × 3 convolution but the last a 2 × 2 maximum halves height and width; global average
    pooling (Lin, Chen & Yan 2013, arXiv:1312.4400) then keeps one number a channel.

    shape         (height, width, channels) of the images, values from 0 to 1
    outputs       1: the sigmoid probability that the image is positive; more: softmax probabilities
    channels      number of feature maps of each convolution
    dropout       share of the pooled features that training leaves out, 0 ≤ dropout < 1
    augmentation  Keras layers that change images in training only, such as RandomFlip, put first
    returns       keras.Model (batch, height, width, channels) → (batch, outputs), not compiled;
                  60,577 parameters as called without arguments, whatever the size of the image

    Raises ValueError for a shape, number of outputs, channels or dropout that no such network can have.
    """
    import keras

    channels = tuple(channels)
    if not channels or not all(_is_count(number) for number in channels):
        raise ValueError(f"channels must be positive whole numbers, at least one, not {channels}")
    check_network(shape, outputs, dropout, smallest=2 ** (len(channels) - 1))
    layers = keras.layers
    stack = [keras.Input(shape, name="image"), *augmentation]
    for number, filters in enumerate(channels, start=1):
        if number > 1:
            stack.append(layers.MaxPooling2D(2, name=f"pooling{number - 1}"))
        stack.append(
            layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"convolution{number}")
        )
    stack.append(layers.GlobalAveragePooling2D(name="features"))
    if dropout:
        stack.append(layers.Dropout(dropout, name="dropout"))
    stack.append(_output_layer(outputs))
    return keras.Sequential(stack, name="small_network")


def garment_network(shape=(28, 28, 1), outputs=10, dropout=0.4, dtype="float32"):
    """Two convolutions that halve height and width by stepping two pixels, then two dense layers.

    shape    (height, width, channels) of the images, values from 0 to 1
    outputs  1: a sigmoid probability; more: softmax probabilities of so many classes
    dropout  share of the flattened features that training leaves out
    dtype    "float32", or "mixed_bfloat16" to compute in bfloat16; see fast_dtype()
    returns  keras.Model (batch, height, width, channels) → (batch, outputs), not compiled; 422,154
             parameters as called without arguments

    Raises ValueError for what no such network can have. Taught in lesson 04.
    """
    import keras

    check_network(shape, outputs, dropout, dtype)
    layers = keras.layers
    relu = {"activation": "relu", "dtype": dtype}
    return keras.Sequential(
        [
            keras.Input(shape, name="image"),
            layers.Conv2D(32, 5, strides=2, padding="same", name="convolution1", **relu),
            layers.Conv2D(64, 3, strides=2, padding="same", name="convolution2", **relu),
            layers.Flatten(name="flatten", dtype=dtype),
            layers.Dropout(dropout, name="dropout", dtype=dtype),
            layers.Dense(128, name="dense", **relu),
            layers.Dense(
                outputs,
                activation="softmax" if outputs > 1 else "sigmoid",
                name="probability",
                dtype="float32",
            ),
        ],
        name="garment_network",
    )


def one_cycle(peak, steps, warmup=0.25):
    """Learning rate that rises to a peak in a straight line and falls to nearly nothing along a cosine.

    peak     highest learning rate, > 0
    steps    number of batches in the whole training, at least 2
    warmup   share of the steps on the way up, 0 < warmup < 1
    returns  keras.optimizers.schedules.LearningRateSchedule: rate as a function of the step

    With w = round(warmup · steps), at least 1: at step t < w the rate is peak · (1/20 + 19/20 · t/w), from
    there on peak · (1/500 + 499/500 · (1 + cos(π (t − w) / (steps − w))) / 2).
    Raises ValueError for numbers outside these bounds.
    Computed by Keras's CosineDecay; after Smith & Topin (2017), arXiv:1708.07120, who rise and fall in
    straight lines. Taught in lesson 04.
    """
    import keras

    if not isinstance(peak, numbers.Real) or not 0 < peak < float("inf"):
        raise ValueError(f"peak must be a positive number, not {peak!r}")
    if not _is_count(steps) or steps < 2:
        raise ValueError(f"steps must be a whole number of at least 2, not {steps!r}")
    if not isinstance(warmup, numbers.Real) or not 0 < warmup < 1:
        raise ValueError(f"warmup must lie between 0 and 1, not {warmup!r}")
    upwards = min(steps - 1, max(1, round(warmup * steps)))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 20,
        warmup_target=peak,
        warmup_steps=upwards,
        decay_steps=steps - upwards,
        alpha=1 / 500,
    )


def fast_dtype():
    """The faster arithmetic of this machine: "mixed_bfloat16" where the processor multiplies in it.

    bfloat16 has float32's range and 8 significant bits instead of 24. Everything is correct in float32;
    where we cannot tell (other systems than Linux, other processors than x86), it is what we take.
    """
    from pathlib import Path

    information = Path("/proc/cpuinfo")
    if not information.exists():
        return "float32"
    flags = set()
    for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("flags"):
            flags.update(line.partition(":")[2].split())
    return "mixed_bfloat16" if flags & {"avx512_bf16", "amx_bf16"} else "float32"


def receptive_field(model, layer):
    """How many pixels one place of a layer's output looks at, in each direction.

    model    keras.Sequential whose layers up to ``layer`` are convolutions, pooling and what works on each
             place alone
    layer    name of a layer
    returns  (size, step): the field is size × size pixels, and neighbouring places look step pixels apart

    size grows by (kernel − 1) · dilation · step and step is multiplied by stride, layer by layer, from
    (1, 1); padding shifts the field and does not change its size.
    Raises ValueError when there is no such layer, or one before it has no receptive field of this form.
    Taught in lesson 04.
    """
    names = [one.name for one in model.layers]
    if layer not in names:
        raise ValueError(f"layer must be one of {', '.join(names)}, not {layer!r}")
    size, step = 1, 1
    for one in model.layers[: names.index(layer) + 1]:
        kernel, stride, dilation = _window(one)
        size += (kernel - 1) * dilation * step
        step *= stride
    return size, step


def _window(layer):
    """(kernel, stride, dilation) of a layer that treats height and width alike."""
    import keras

    layers = keras.layers
    if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)):
        window = layer.kernel_size, layer.strides, layer.dilation_rate
    elif isinstance(layer, (layers.MaxPooling2D, layers.AveragePooling2D)):
        window = layer.pool_size, layer.strides, (1, 1)
    elif isinstance(
        layer, (layers.Activation, layers.ReLU, layers.Dropout, layers.BatchNormalization, layers.Rescaling)
    ):
        return 1, 1, 1
    else:
        raise ValueError(
            f"layer must come after convolutions and pooling only; {layer.name} is a {type(layer).__name__}"
        )
    if any(first != second for first, second in window):
        raise ValueError(f"layer {layer.name} must treat height and width alike, not {window}")
    return tuple(first for first, _ in window)


def check_network(shape, outputs=1, dropout=0.0, dtype="float32", smallest=4):
    """Raise ValueError for arguments that none of these networks can have.

    shape    (height, width, channels), at least ``smallest`` pixels high and wide
    outputs  a positive whole number
    dropout  0 ≤ dropout < 1
    dtype    "float32" or "mixed_bfloat16"
    """
    if not isinstance(shape, (tuple, list)) or len(shape) != 3 or not all(map(_is_count, shape)):
        raise ValueError(f"shape must be (height, width, channels), positive whole numbers, not {shape!r}")
    if min(shape[:2]) < smallest:
        raise ValueError(
            f"shape must be at least {smallest} × {smallest} pixels here, not {shape[0]} × {shape[1]}"
        )
    if not _is_count(outputs):
        raise ValueError(f"outputs must be a positive whole number, not {outputs!r}")
    if not isinstance(dropout, numbers.Real) or not 0 <= dropout < 1:
        raise ValueError(f"dropout must be a number from 0 to below 1, not {dropout!r}")
    if dtype not in ("float32", "mixed_bfloat16"):
        raise ValueError(f'dtype must be "float32" or "mixed_bfloat16", not {dtype!r}')


def _output_layer(outputs):
    import keras

    activation = "sigmoid" if outputs == 1 else "softmax"
    return keras.layers.Dense(outputs, activation=activation, name="probability")


def _is_count(number):
    return isinstance(number, numbers.Integral) and not isinstance(number, bool) and number > 0
