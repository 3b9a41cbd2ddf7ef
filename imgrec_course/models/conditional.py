"""A conditional GAN: the class is an input of both networks, so that one may ask for it.

Mirza & Osindero (2014), arXiv:1411.1784. Taught in lesson 11.
"""

import functools

import keras
import numpy as np

from imgrec_course.models.gan import GAN, PACKAGE, dcgan_discriminator, dcgan_generator
from imgrec_course.sample_quality import check_signed
from imgrec_course.scratch.expect import whole_numbers


def conditional_generator(latent=64, classes=10, embedding=32, **settings):
    """Noise and a class in, an image of that class out: the class becomes numbers beside the noise.

    latent      numbers of the noise
    classes     number of classes, at least 2
    embedding   numbers that stand for a class; they are learned
    settings    as dcgan_generator() takes them: channels, kernel, shape, dtype, normalise
    returns     keras.Model [(batch, latent), (batch,) whole numbers] → (batch, *shape) in [−1, 1]
    """
    check_classes(classes)
    whole_numbers(latent=latent, embedding=embedding)
    noise = keras.Input((latent,), name="noise")
    label = keras.Input((), dtype="int32", name="label")
    words = keras.layers.Embedding(classes, embedding, name="class_embedding")(label)
    joined = keras.layers.Concatenate(name="joined")([noise, words])
    image = dcgan_generator(latent + embedding, **settings)(joined)
    return keras.Model([noise, label], image, name="conditional_generator")


def conditional_discriminator(classes=10, shape=(28, 28, 1), augmentation=(), **settings):
    """Image and class in, logit out: the class becomes one more channel of the image, learned pixel by pixel.

    classes       number of classes, at least 2
    augmentation  Keras layers that change real and generated images alike before they are judged, in training
                  only; gradients must pass through them (Zhao et al. 2020, arXiv:2006.10738)
    settings      as dcgan_discriminator() takes them: channels, kernel, slope, dtype
    returns       keras.Model [(batch, *shape), (batch,) whole numbers] → (batch, 1): is it a real image of
                  that class?
    """
    check_classes(classes)
    height, width, colours = shape
    image = keras.Input(shape, name="image")
    label = keras.Input((), dtype="int32", name="label")
    plane = keras.layers.Embedding(classes, height * width, name="class_embedding")(label)
    plane = keras.layers.Reshape((height, width, 1), name="class_channel")(plane)
    seen = image
    for layer in augmentation:
        seen = layer(seen)
    joined = keras.layers.Concatenate(name="joined")([seen, plane])
    logit = dcgan_discriminator((height, width, colours + 1), **settings)(joined)
    return keras.Model([image, label], logit, name="conditional_discriminator")


@keras.saving.register_keras_serializable(PACKAGE)
class ConditionalGAN(GAN):
    """A GAN whose networks both get the class; ``fit`` takes images in [−1, 1] and their labels.

    Called on [noise, labels], it gives images. Everything else – steps, losses, saving – is the GAN's.
    """

    def generate(self, noise, condition, training=False):
        return self.generator([noise, condition], training=training)

    def judge(self, images, condition, training=False):
        return self.discriminator([images, condition], training=training)

    def check_data(self, data):
        super().check_data(data)
        images, labels = self.unpack(data)
        if labels is None:
            raise ValueError("labels are missing: fit(images, labels), one class for each image")
        check_labels(labels, number_of_classes(self.generator), len(images))


def number_of_classes(generator):
    """How many classes a conditional generator knows."""
    return generator.get_layer("class_embedding").input_dim


def check_labels(labels, classes, count=None):
    """The labels as int32; ValueError unless they are ``count`` whole numbers from 0 to classes − 1."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or (count is not None and len(labels) != count):
        expected = "(n,)" if count is None else f"({count},), one class for each image"
        raise ValueError(f"labels must have shape {expected}, not {labels.shape}")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers (an integer array), not {labels.dtype}")
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        raise ValueError(
            f"labels must lie between 0 and {classes - 1}, for the generator knows {classes} classes; "
            f"{labels[outside][0]} does not"
        )
    return labels.astype(np.int32)


def generate_as_asked(generator, labels, seed=0, spread=1.0):
    """One image for each label asked for.

    generator  keras.Model [noise, labels] → images, such as conditional_generator()
    labels     (n,) whole numbers, the classes asked for
    seed       of the noise
    spread     standard deviation of the noise; 0: the same image for each request of a class
    returns    (n, height, width, channels) float32 in [−1, 1]

    Raises ValueError for labels that the generator does not know, or a negative spread.
    """
    labels = check_labels(labels, number_of_classes(generator))
    if not 0 <= spread < np.inf:
        raise ValueError(f"spread must be a number of at least 0, not {spread!r}")
    latent = generator.inputs[0].shape[1]
    noise = np.random.default_rng(seed).normal(size=(len(labels), latent)) * spread
    return generator.predict([noise.astype(np.float32), labels], batch_size=500, verbose=0)


def check_classes(classes):
    whole_numbers(classes=classes)
    if classes < 2:
        raise ValueError(f"classes must be at least 2, not {classes}")


@functools.cache
def _classifier():
    from imgrec_course.datasets.files import data_file
    from imgrec_course.models.cnn import garment_network

    network = garment_network()
    network.load_weights(data_file("weights", "fashion_classifier.weights.h5"))
    return network


def recognised_classes(images):
    """What the course's own classifier of Fashion-MNIST sees in images: (n,) classes, 0 … 9.

    images   (n, 28, 28, 1) in [−1, 1]
    It is wrong on about one real test image in twelve (data/weights/fashion_classifier.json).
    """
    check_signed(images)
    return _classifier().predict((images + 1) / 2, batch_size=500, verbose=0).argmax(axis=1)
