"""Which generator is best after equal seconds? Fréchet distance and precision/recall of six ways to train.

    .venv/bin/python benchmarks/gan_quality.py [--seconds 50] [--seeds 1] [NAME …]

All train on the 60,000 images of Fashion-MNIST for the same time on the machine's processor; tracing the
graph, loading the data and drawing the images that are measured are nobody's training time. Measured are
5,000 generated images against 5,000 training images on the features of the course's own classifier.

Two seeds, 50 seconds each, on two cores of an AMD EPYC in bfloat16, with hardly anything beside it; real test
images against the same training images first:

    way to train                          steps         distance       precision      recall
    real test images                                      0.92           0.855         0.852
    the usual: batch 128, 4e-4, plain   2300  1600    84.4   88.8    0.468  0.481   0.176  0.130
    batch 64, higher rates, plain       2200  2500    32.8   26.5    0.454  0.494   0.560  0.566
    the same, upsampled                 2400  3000    29.5   32.3    0.480  0.499   0.614  0.578
    the same, normalised                2700  2500    23.2   25.7    0.516  0.475   0.609  0.601
    normalised, half the rates          2300  2200    24.6   27.3    0.425  0.454   0.580  0.524
    normalised, batch 32                4000  4200    25.7   26.9    0.476  0.497   0.641  0.647

Rates and batch, which were changed together, matter most, then batch normalisation; the last three lie within
what a seed changes.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from imgrec_course import sample_quality as quality
from imgrec_course.datasets.fashion import load_fashion
from imgrec_course.experiments import machine, versions
from imgrec_course.models import gan
from imgrec_course.models.cnn import fast_dtype

layers = keras.layers
SAMPLES = 5000
CHUNK = 100  # steps between two looks at the clock

STANDARD = {
    "batch": 64,
    "rates": (2e-3, 1e-3),  # generator, discriminator
    "generator": "normalised",
    "average": 0.99,  # momentum of the running mean of the generator's weights
}
CANDIDATES = {
    "the usual: batch 128, 4e-4, plain": {"batch": 128, "rates": (4e-4, 4e-4), "generator": "plain"},
    "batch 64, higher rates, plain": {"generator": "plain"},
    "the same, upsampled": {"generator": "upsampled"},
    "the same, normalised": {},
    "normalised, half the rates": {"rates": (1e-3, 5e-4)},
    "normalised, batch 32": {"batch": 32},
}


def upsampled(channels, dtype):
    """Pixels doubled, then an ordinary 3 × 3 convolution, in place of each transposed convolution."""
    stack = [
        keras.Input((64,)),
        layers.Dense(49 * channels[0], activation="relu", dtype=dtype),
        layers.Reshape((7, 7, channels[0]), dtype=dtype),
    ]
    for filters in channels[1:]:
        stack += [layers.UpSampling2D(dtype=dtype)]
        stack += [layers.Conv2D(filters, 3, padding="same", activation="relu", dtype=dtype)]
    stack += [layers.UpSampling2D(dtype=dtype), layers.Conv2D(1, 3, padding="same", dtype=dtype)]
    return keras.Sequential([*stack, layers.Activation("tanh", dtype="float32")])


def build(settings):
    """The two networks and how they learn."""
    dtype = fast_dtype()
    if settings["generator"] == "upsampled":
        generator = upsampled((64, 32), dtype)
    else:
        generator = gan.dcgan_generator(dtype=dtype, normalise=settings["generator"] == "normalised")
    model = gan.GAN(generator, gan.dcgan_discriminator(dtype=dtype))
    first, second = settings["rates"]
    model.compile(
        keras.optimizers.Adam(first, beta_1=0.5, use_ema=True, ema_momentum=settings["average"]),
        keras.optimizers.Adam(second, beta_1=0.5),
    )
    return model


def train(settings, images, seconds, seed=0, chunk=CHUNK):
    """Train for so many seconds; (model, steps, seconds)."""
    keras.utils.set_random_seed(seed)
    settings = STANDARD | settings
    model = build(settings)
    # A step that is thrown away traces the graph.
    state = [variable.numpy() for variable in everything(model)]
    model.fit(images[: settings["batch"]], batch_size=settings["batch"], verbose=0)
    for variable, value in zip(everything(model), state, strict=True):
        variable.assign(value)
    steps, used = 0, 0.0
    while used < seconds:
        batches = gan.endless_batches(images, batch_size=settings["batch"], seed=seed, first_step=steps)
        started = time.perf_counter()
        model.fit(batches, steps_per_epoch=chunk, verbose=0)
        used += time.perf_counter() - started
        steps += chunk
    return model, steps, used


def everything(model):
    return [*model.variables, *model.generator_optimizer.variables, *model.discriminator_optimizer.variables]


def measure(model, real, count=SAMPLES):
    """{measure: value} of the generator with averaged weights."""
    generator = model.averaged_generator()
    noise = np.random.default_rng(1).normal(size=(count, model.latent)).astype("float32")
    fake = quality.features(generator.predict(noise, batch_size=500, verbose=0))
    precision, recall = quality.precision_recall(real, fake)
    distance = quality.frechet_distance(real, fake)
    return {"distance": distance, "precision": precision, "recall": recall}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CANDIDATES)} (default: all)")
    parser.add_argument("--seconds", type=float, default=50)
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    (x_train, _), (x_test, _) = load_fashion()
    images = quality.to_signed(x_train)
    real = quality.features(images[:SAMPLES])
    print(machine(), versions(), fast_dtype())
    held_out = quality.features(quality.to_signed(x_test[:SAMPLES]))
    floor = quality.frechet_distance(real, held_out), *quality.precision_recall(real, held_out)
    print("real against real: distance {:.2f}, precision {:.3f}, recall {:.3f}".format(*floor))
    for name in arguments.names or CANDIDATES:
        for seed in range(arguments.seeds):
            model, steps, used = train(CANDIDATES[name], images, arguments.seconds, seed)
            found = measure(model, real)
            print(
                f"{name:34s} seed {seed}: {steps:5d} steps, {1000 * used / steps:5.1f} ms each; distance "
                f"{found['distance']:6.2f}, precision {found['precision']:.3f}, recall {found['recall']:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
