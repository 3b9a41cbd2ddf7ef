"""Recipes of data augmentation in Keras layers, for images from 0 to 1 that stand on plain paper."""

import numbers

NAMES = ("mirror", "gentle", "any_angle", "brightness", "black_corners")


def augmentation(name, paper=1.0, rotation=0.05, shift=0.1):
    """Keras layers that change an image at random in training and leave it alone in use.

    name      "mirror": every second image, on average, mirrored left to right
              "gentle": mirrored left to right, turned, enlarged or shrunk, shifted; new corners are paper
              "any_angle": turned by any angle, so that heads may point down
              "brightness": brightness and contrast changed, paper included
              "black_corners": turned and shifted like "gentle", but the new corners get the opposite of paper
    paper     value of the background, 1 where white paper is stored as 1, 0 where images were inverted
    rotation  largest angle of "gentle" and "black_corners" as a share of a full turn: 0.05 is 18 degrees
    shift     largest shift of these two, as a share of the side
    returns   list of Keras layers for (batch, height, width, channels) → the same shape

    Raises ValueError for another name, for a paper outside [0, 1], a rotation or shift outside [0, 0.5].
    Shorten & Khoshgoftaar (2019) list such transformations. Taught in lesson 05.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, not {name!r}")
    for argument, value, highest in (("paper", paper, 1), ("rotation", rotation, 0.5), ("shift", shift, 0.5)):
        if not isinstance(value, numbers.Real) or not 0 <= value <= highest:
            raise ValueError(f"{argument} must be a number in [0, {highest}], not {value!r}")
    import keras

    layers = keras.layers
    on_paper = {"fill_mode": "constant", "fill_value": paper}
    in_black = {"fill_mode": "constant", "fill_value": 1 - paper}
    in_range = {"value_range": (0, 1)}
    if name == "mirror":
        return [layers.RandomFlip("horizontal")]
    if name == "gentle":
        return [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(rotation, **on_paper),
            layers.RandomZoom(0.15, **on_paper),
            layers.RandomTranslation(shift, shift, **on_paper),
        ]
    if name == "any_angle":
        return [layers.RandomRotation(0.5, **on_paper)]
    if name == "brightness":
        return [layers.RandomBrightness(0.4, **in_range), layers.RandomContrast(0.4, **in_range)]
    return [
        layers.RandomRotation(rotation, **in_black),
        layers.RandomTranslation(shift, shift, **in_black),
    ]
