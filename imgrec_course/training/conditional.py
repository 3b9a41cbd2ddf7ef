"""The conditional generator of lesson 11: ten classes of garments, trained on all 60,000 images.

What is stored is the running mean of the generator's weights.
"""

NETWORKS = ("conditional_generator",)
SETTINGS = {
    "seed": 0,
    "latent": 64,
    "embedding": 32,
    "batch": 64,
    "steps": 6000,
    "generator_rate": 2e-3,
    "discriminator_rate": 1e-3,
    "last_share": 0.05,  # of either rate, along a cosine
    "beta_1": 0.5,
    "smoothing": 0.1,
    "average": 0.998,  # momentum of the running mean of the generator's weights
}
SAMPLES = 2000  # images of each kind that are compared, 200 of each class
NOISE_SEED = 1


def build(name):
    from imgrec_course.models.conditional import conditional_generator

    return conditional_generator(SETTINGS["latent"], 10, SETTINGS["embedding"], normalise=True)


def data():
    """((images, labels), (test images, labels)), images in [−1, 1], labels int32."""
    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.sample_quality import to_signed

    return tuple((to_signed(images), labels.astype("int32")) for images, labels in load_fashion())


def build_gan(steps):
    """Both networks, compiled, with random weights; the rate falls within so many steps."""
    import keras

    from imgrec_course.models.conditional import ConditionalGAN, conditional_discriminator

    keras.utils.set_random_seed(SETTINGS["seed"])
    gan = ConditionalGAN(build("conditional_generator"), conditional_discriminator(10), SETTINGS["seed"])

    def adam(rate, **settings):
        falling = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=SETTINGS["last_share"])
        return keras.optimizers.Adam(falling, beta_1=SETTINGS["beta_1"], **settings)

    gan.compile(
        adam(SETTINGS["generator_rate"], use_ema=True, ema_momentum=SETTINGS["average"]),
        adam(SETTINGS["discriminator_rate"]),
        smoothing=SETTINGS["smoothing"],
    )
    return gan


def train():
    from imgrec_course.models.gan import StopAtNaN, endless_batches

    (images, labels), _ = data()
    gan, guard = build_gan(SETTINGS["steps"]), StopAtNaN()
    gan.fit(
        endless_batches(images, labels, SETTINGS["batch"], SETTINGS["seed"]),
        steps_per_epoch=1000,
        epochs=SETTINGS["steps"] // 1000,
        verbose=2,
        callbacks=[guard],
    )
    if guard.reason is not None:
        raise FloatingPointError("a loss is no number: see above")
    return {"conditional_generator": gan.averaged_generator()}


def measure(name, generator):
    """Which requests are recognised as such, and how the images compare with as many test images."""
    import numpy as np

    from imgrec_course import sample_quality as quality
    from imgrec_course.models.conditional import generate_as_asked, recognised_classes

    _, (test, labels) = data()
    real = quality.features(np.concatenate([test[labels == kind][: SAMPLES // 10] for kind in range(10)]))
    asked = np.repeat(np.arange(10), SAMPLES // 10)
    images = generate_as_asked(generator, asked, NOISE_SEED)
    right = recognised_classes(images) == asked
    found = quality.features(images)
    precision, recall = quality.precision_recall(real, found)
    return {
        "samples": SAMPLES,
        "recognised_as_asked": [float(share) for share in right.reshape(10, -1).mean(axis=1)],
        "frechet_distance": round(quality.frechet_distance(real, found), 3),
        "precision": precision,
        "recall": recall,
    }
