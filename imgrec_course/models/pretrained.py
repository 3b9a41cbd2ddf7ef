"""EfficientNet-Lite0 with its ImageNet weights: a network that has already seen a million photographs.

Tan & Le (2019), arXiv:1905.11946; the Lite family leaves out squeeze-and-excitation and clips ReLU at 6.
"""

from imgrec_course.datasets.files import data_file

# (expansion, channels, kernel, stride, repeats) of each stage.
STAGES = (
    (1, 16, 3, 1, 1),
    (6, 24, 3, 2, 2),
    (6, 40, 5, 2, 2),
    (6, 80, 3, 2, 3),
    (6, 112, 5, 1, 3),
    (6, 192, 5, 2, 4),
    (6, 320, 3, 1, 1),
)


def efficientnet_lite0(include_top=True):
    """EfficientNet-Lite0 with random weights.

    input    (batch, 224, 224, 3), pixel values 0–255 (uint8 or float); the model itself scales them
    output   (batch, 1000) probabilities of the classes that imagenet_classes() names;
             without the top (batch, 1280) features: the last feature maps averaged over all places
    returns  keras.Model, float32; 4,652,008 parameters that train (3,371,008 without
             the top) and 42,016 running means and variances of batch normalisation
    """
    import keras

    layers = keras.layers

    def convolution(x, name, channels, kernel, stride=1, activation=True):
        x = layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
        return normalised(x, name, activation)

    def depthwise(x, name, kernel, stride):
        x = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
        return normalised(x, name, True)

    def normalised(x, name, activation):
        x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(x)
        return layers.ReLU(max_value=6, name=f"{name}_relu")(x) if activation else x

    inputs = keras.Input((224, 224, 3), name="pixels")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="scaling")(inputs)
    x = convolution(x, "stem", 32, 3, stride=2)
    block = 0
    for expansion, channels, kernel, first_stride, repeats in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            shortcut, name = x, f"block{block}"
            if expansion > 1:
                x = convolution(x, f"{name}_expand", expansion * x.shape[-1], 1)
            x = depthwise(x, f"{name}_depthwise", kernel, stride)
            x = convolution(x, f"{name}_project", channels, 1, activation=False)
            if repeat > 0:
                x = layers.Add(name=f"{name}_add")([x, shortcut])
            block += 1
    x = convolution(x, "head", 1280, 1)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    if include_top:
        x = layers.Dropout(0.2, name="dropout")(x)
        x = layers.Dense(1000, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, x, name="efficientnet_lite0")


def load_efficientnet_lite0(include_top=True):
    """EfficientNet-Lite0 with its ImageNet weights, float32, shapes as efficientnet_lite0() says.

    The weights are stored as float16 and computed with as float32.
    Raises CourseError when the file of weights is missing, damaged or altered.
    """
    import keras

    path = data_file("weights", "efficientnet_lite0.weights.h5")
    model = efficientnet_lite0()
    model.load_weights(path)
    if include_top:
        return model
    return keras.Model(model.input, model.get_layer("features").output, name="efficientnet_lite0_features")


def imagenet_classes():
    """The English names of ImageNet's 1000 classes, in the order of the network's outputs: list of str.

    Raises CourseError when the file of names is missing, damaged or altered.
    """
    return data_file("weights", "imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
