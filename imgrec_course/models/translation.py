"""Image-to-image networks: a U-Net that draws, a discriminator that looks at patches, and line drawings.

Ronneberger, Fischer & Brox (2015), arXiv:1505.04597; Isola, Zhu, Zhou & Efros (2017), arXiv:1611.07004.
Taught in lesson 11.
"""

import keras
import numpy as np

from imgrec_course.models.completion import SIDE, check_images
from imgrec_course.models.gan import GAN, PACKAGE
from imgrec_course.scratch.expect import whole_numbers


@keras.saving.register_keras_serializable(PACKAGE)
class ClippedInUse(keras.layers.Layer):
    """Cuts values off at −1 and 1 – in use only: a pixel cut off in training would learn nothing.

    Why not tanh? About half of all pixels are background, exactly −1. So the constant with the least absolute
    error is −1, or nearly; a network finds it in its first steps, and there tanh is flat: no gradient leads
    out again.
    """

    def call(self, inputs, training=False):
        return inputs if training else keras.ops.clip(inputs, -1.0, 1.0)


def u_net(channels_in=1, width=32):
    """Image in, image of the same size out: down twice, up twice, each level handed across.

    channels_in  channels of what goes in: 1 for a drawing, 2 for an image with a hole and the hole
    width        feature maps of the first level, a positive whole number
    returns      keras.Model (batch, 28, 28, channels_in) → (batch, 28, 28, 1) in [−1, 1], not compiled
    """
    layers = keras.layers
    whole_numbers(channels_in=channels_in, width=width)

    def relu(x, name):
        return layers.LeakyReLU(0.2, name=name)(x)

    given = keras.Input((SIDE, SIDE, channels_in), name="given")
    fine = relu(layers.Conv2D(width, 4, 2, "same", name="down1")(given), "fine")  # 14 × 14
    coarse = relu(layers.Conv2D(2 * width, 4, 2, "same", name="down2")(fine), "coarse")  # 7 × 7
    x = relu(layers.Conv2D(3 * width, 3, padding="same", name="middle1")(coarse), "middle1_relu")
    x = relu(layers.Conv2D(3 * width, 3, padding="same", name="middle2")(x), "middle2_relu")
    x = relu(layers.Conv2DTranspose(width, 4, 2, "same", name="up1")(x), "up1_relu")
    x = layers.Concatenate(name="with_fine")([x, fine])
    x = relu(layers.Conv2DTranspose(width // 2 or 1, 4, 2, "same", name="up2")(x), "up2_relu")
    x = layers.Concatenate(name="with_given")([x, given])
    image = ClippedInUse(name="image")(layers.Conv2D(1, 3, padding="same", name="drawn")(x))
    return keras.Model(given, image, name="u_net")


def patch_discriminator(channels_in=1, width=32):
    """Is it real, patch by patch: logits for 7 × 7 patches of an image, given what it was made from.

    Each logit sees 18 × 18 pixels: kernels of 4, 4 and 3 pixels, the first two in steps of 2.

    returns  keras.Model [(batch, 28, 28, 1) image, (batch, 28, 28, channels_in)] → (batch, 7, 7, 1) logits
    """
    layers = keras.layers
    whole_numbers(channels_in=channels_in, width=width)
    given = keras.Input((SIDE, SIDE, channels_in), name="given")
    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = layers.Concatenate(name="pair")([given, image])
    x = layers.LeakyReLU(0.2, name="fine")(layers.Conv2D(width, 4, 2, "same", name="down1")(x))
    x = layers.LeakyReLU(0.2, name="coarse")(layers.Conv2D(2 * width, 4, 2, "same", name="down2")(x))
    logits = layers.Conv2D(1, 3, padding="same", name="logits")(x)
    return keras.Model([image, given], logits, name="patch_discriminator")


def completing_network(width=32):
    """A U-Net whose drawing is kept in the hole only; around it stays what was known.

    returns  keras.Model (batch, 28, 28, 2) as from with_hole() → (batch, 28, 28, 1) in [−1, 1]
    """
    given = keras.Input((SIDE, SIDE, 2), name="given")
    drawn = u_net(2, width)(given)
    known, hole = given[..., :1], given[..., 1:]  # known is 0 in the hole
    completed = keras.layers.Add(name="completed")(
        [known, keras.layers.Multiply(name="patch")([drawn, hole])]
    )
    return keras.Model(given, completed, name="completing_network")


@keras.saving.register_keras_serializable(PACKAGE)
class ImageToImage(GAN):
    """A GAN whose generator gets an image instead of noise; ``fit`` takes (given, wanted) images.

    generator        keras.Model given → image
    discriminator    keras.Model [image, given] → logits, one for each patch
    reconstruction   λ: what the mean absolute error between image and wanted image weighs in the generator's
                     loss, against 1 for the adversarial loss; at least 0

    Steps, optimisers and saving are the GAN's. Isola, Zhu, Zhou & Efros (2017), arXiv:1611.07004.
    """

    def __init__(self, generator, discriminator, reconstruction=100.0, **settings):
        if not 0 <= reconstruction < np.inf:
            raise ValueError(f"reconstruction must be a number of at least 0, not {reconstruction!r}")
        super().__init__(generator, discriminator, **settings)
        self.reconstruction = reconstruction
        self.error = keras.metrics.Mean(name="absolute_error")

    def unpack(self, data):
        given, wanted, _ = keras.utils.unpack_x_y_sample_weight(data)
        return wanted, given

    def check_data(self, data):
        wanted, given = self.unpack(data)
        if wanted is None:
            raise ValueError("the wanted images are missing: fit(given, wanted)")
        super().check_data(data)
        expected = tuple(self.generator.inputs[0].shape[1:])
        if np.shape(given)[1:] != expected or len(given) != len(wanted):
            raise ValueError(
                f"given must have shape {(len(wanted), *expected)}, one for each wanted image, "
                f"not {np.shape(given)}"
            )

    def draw_noise(self, count):
        """None: what is given decides everything."""

    def generate(self, noise, condition=None, training=False):
        # predict(given) hands over its only input in the place of the noise
        return self.generator(noise if condition is None else condition, training=training)

    def judge(self, images, condition, training=False):
        return self.discriminator([images, condition], training=training)

    def generator_loss(self, fake_logits, generated, images, condition):
        """Adversarial loss + λ · mean absolute error."""
        error = keras.ops.mean(keras.ops.abs(generated - images))
        self.error.update_state(error)
        adversarial = super().generator_loss(fake_logits, generated, images, condition)
        return adversarial + self.reconstruction * error

    def report(self, values):
        return super().report(values) | {"absolute_error": self.error.result()}

    @property
    def metrics(self):
        return [*super().metrics, self.error]

    def get_config(self):
        return super().get_config() | {"reconstruction": self.reconstruction}


def edges(images, smoothing=0.5, threshold=0.1):
    """Line drawings: where grey changes fast, and faster than on both sides of the line.

    The first steps of Canny's detector: Gaussian smoothing, Sobel's slopes, and only those pixels whose slope
    is larger than a threshold and than that of the two neighbours across the line.

    images     (n, 28, 28, 1) in [−1, 1]
    smoothing  standard deviation of the Gaussian in pixels, > 0
    threshold  least slope, in shares of the whole range from black to white a pixel
    returns    (n, 28, 28, 1) float32: 1 on a line, 0 elsewhere

    Canny (1986), doi:10.1109/TPAMI.1986.4767851.
    """
    if not 0 < smoothing < np.inf or not 0 < threshold < 1:
        raise ValueError(
            f"smoothing must be above 0 and threshold between 0 and 1, not {smoothing!r} and {threshold!r}"
        )
    images = check_images(images)
    parts = np.split(images, range(5000, len(images), 5000))  # so that memory does not grow with n
    return np.concatenate([_lines((part[..., 0] + 1) / 2, smoothing, threshold) for part in parts])


def _lines(grey, smoothing, threshold):
    """edges() of one part; grey (n, 28, 28) from 0 to 1."""
    from scipy.ndimage import correlate1d, gaussian_filter

    smooth = gaussian_filter(grey, (0, smoothing, smoothing), mode="constant")

    def slope(axis):
        along = correlate1d(smooth, [-0.5, 0, 0.5], axis, mode="constant")
        return correlate1d(along, [0.25, 0.5, 0.25], 3 - axis, mode="constant")

    down, right = slope(1), slope(2)
    size = np.hypot(down, right)
    around = np.pad(size, ((0, 0), (1, 1), (1, 1)))
    across = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4  # in eighths of a turn
    line = np.zeros(size.shape, dtype=bool)
    for eighth, (row, column) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        before = around[:, 1 - row : 1 - row + SIDE, 1 - column : 1 - column + SIDE]
        after = around[:, 1 + row : 1 + row + SIDE, 1 + column : 1 + column + SIDE]
        line |= (across == eighth) & (size >= after) & (size > before)  # of two equals one stays
    return (line & (size > threshold)).astype(np.float32)[..., np.newaxis]


def sharpness(images):
    """How much neighbouring pixels differ: mean squared difference, down and to the right, of each image.

    images   (n, 28, 28, 1) in [−1, 1]
    returns  (n,)
    """
    images = check_images(images)
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return (down**2).mean(axis=(1, 2, 3)) + (right**2).mean(axis=(1, 2, 3))
