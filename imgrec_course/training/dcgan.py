"""The generator of lesson 10, trained longer than the lesson can wait, by the lesson's own code.

What is stored is the running mean of the generator's weights. Training stops and goes on where it stopped: a
checkpoint lies in the system's folder for temporary files until the end.
"""

import tempfile
import time
from pathlib import Path

NETWORKS = ("dcgan_generator",)
SETTINGS = {
    "seed": 0,
    "latent": 64,
    "batch": 64,
    "steps": 20_000,
    "generator_rate": 2e-3,
    "discriminator_rate": 1e-3,
    "last_share": 0.05,  # of either rate, along a cosine
    "beta_1": 0.5,
    "smoothing": 0.1,
    "average": 0.999,  # momentum of the running mean of the generator's weights
    "dtype": "float32",
}
PART = 1000  # steps between two checkpoints
SAMPLES = 5000  # images of each kind that are compared
NOISE_SEED = 1
CHECKPOINT = Path(tempfile.gettempdir()) / "imgrec_dcgan.keras"
CLOCK = CHECKPOINT.with_suffix(".seconds")
SECONDS = None  # of all parts together, once it is done


def build(name):
    from imgrec_course.models.gan import dcgan_generator

    return dcgan_generator(SETTINGS["latent"], dtype=SETTINGS["dtype"], normalise=True)


def build_gan():
    """Both networks, compiled, with random weights."""
    import keras

    from imgrec_course.models.gan import GAN, dcgan_discriminator

    keras.utils.set_random_seed(SETTINGS["seed"])
    gan = GAN(build("dcgan_generator"), dcgan_discriminator(dtype=SETTINGS["dtype"]), seed=SETTINGS["seed"])

    def adam(rate, **settings):
        falling = keras.optimizers.schedules.CosineDecay(rate, SETTINGS["steps"], SETTINGS["last_share"])
        return keras.optimizers.Adam(falling, beta_1=SETTINGS["beta_1"], **settings)

    gan.compile(
        adam(SETTINGS["generator_rate"], use_ema=True, ema_momentum=SETTINGS["average"]),
        adam(SETTINGS["discriminator_rate"]),
        smoothing=SETTINGS["smoothing"],
    )
    return gan


def train():
    global SECONDS

    import keras

    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.language import say
    from imgrec_course.models.gan import StopAtNaN, endless_batches
    from imgrec_course.sample_quality import to_signed

    (images, _), _ = load_fashion()
    images = to_signed(images)
    if CHECKPOINT.exists():
        gan = keras.saving.load_model(CHECKPOINT)
        seconds = float(CLOCK.read_text())
        say("Training goes on from step {step}.", step=int(gan.generator_optimizer.iterations))
    else:
        gan, seconds = build_gan(), 0.0
    while (step := int(gan.generator_optimizer.iterations)) < SETTINGS["steps"]:
        started, guard = time.monotonic(), StopAtNaN()
        gan.fit(
            endless_batches(images, None, SETTINGS["batch"], SETTINGS["seed"], first_step=step),
            steps_per_epoch=min(PART, SETTINGS["steps"] - step),
            verbose=2,
            callbacks=[guard],
        )
        if guard.reason is not None:
            raise FloatingPointError("a loss is no number: see above")
        seconds += time.monotonic() - started
        unfinished = CHECKPOINT.with_name("imgrec_dcgan_unfinished.keras")
        gan.save(unfinished)
        unfinished.replace(CHECKPOINT)  # whole or not there at all
        CLOCK.write_text(str(seconds))
    SECONDS = seconds
    CHECKPOINT.unlink()
    CLOCK.unlink()
    return {"dcgan_generator": gan.averaged_generator()}


def measure(name, generator):
    """Measures against the first training images, and beside them those of as many test images."""
    import numpy as np

    from imgrec_course import sample_quality as quality
    from imgrec_course.datasets.fashion import load_fashion

    (images, _), (test, _) = load_fashion()
    real = quality.features(quality.to_signed(images[:SAMPLES]))
    noise = np.random.default_rng(NOISE_SEED).normal(size=(SAMPLES, SETTINGS["latent"])).astype("float32")
    figures = {"samples": SAMPLES}
    for prefix, others in (
        ("", generator.predict(noise, batch_size=500, verbose=0)),
        ("test_images_", quality.to_signed(test[:SAMPLES])),
    ):
        found = quality.features(others)
        precision, recall = quality.precision_recall(real, found)
        density, coverage = quality.density_coverage(real, found)
        figures |= {
            f"{prefix}frechet_distance": round(quality.frechet_distance(real, found), 3),
            f"{prefix}precision": precision,
            f"{prefix}recall": recall,
            f"{prefix}density": round(density, 4),
            f"{prefix}coverage": coverage,
        }
    return figures
