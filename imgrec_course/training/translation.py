"""Edges → garment (lesson 11): the same U-Net, once by the absolute error alone, once with a discriminator.

Both see the same batches in the same order, from the same initial weights, with the same rates.
"""

NETWORKS = ("translation_error_only", "translation_adversarial")
SETTINGS = {
    "seed": 0,
    "width": 32,
    "batch": 64,
    "steps": 1600,
    "rate": 1e-3,
    "last_rate": 1e-5,
    "discriminator_rate": 4e-4,
    "beta_1": 0.5,
    "reconstruction": 100,
    "smoothing": 0.1,
}
SAMPLES = 2000  # test images that are measured


def build(name):
    from imgrec_course.models.translation import u_net

    return u_net(1, SETTINGS["width"])


def data():
    """(given, wanted) training and test images in [−1, 1]: drawings, garments."""
    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.models.translation import edges
    from imgrec_course.sample_quality import to_signed

    (images, _), (test, _) = load_fashion()
    images, test = to_signed(images), to_signed(test[:SAMPLES])
    return (edges(images), images), (edges(test), test)


def train():
    (given, wanted), _ = data()
    return {name: train_one(name, build(name), given, wanted, SETTINGS) for name in NETWORKS}


def train_one(name, network, given, wanted, settings):
    """Train one of the two; ``name`` ends in "error_only" or "adversarial".

    network   generator, given → image; its initial weights are drawn anew from the seed
    returns   the same network, trained
    """
    import keras

    from imgrec_course.models.gan import StopAtNaN, endless_batches
    from imgrec_course.models.translation import ImageToImage, patch_discriminator

    keras.utils.set_random_seed(settings["seed"])
    fresh = keras.models.clone_model(network)
    network.set_weights(fresh.get_weights())

    def adam(rate):
        falling = keras.optimizers.schedules.CosineDecay(
            rate, settings["steps"], alpha=settings["last_rate"] / settings["rate"]
        )
        return keras.optimizers.Adam(falling, beta_1=settings["beta_1"])

    if name.endswith("error_only"):
        model = network
        model.compile(adam(settings["rate"]), "mean_absolute_error", jit_compile=False)
    else:
        discriminator = patch_discriminator(given.shape[-1], settings["width"])
        model = ImageToImage(network, discriminator, reconstruction=settings["reconstruction"])
        model.compile(
            adam(settings["rate"]), adam(settings["discriminator_rate"]), smoothing=settings["smoothing"]
        )
    guard = StopAtNaN()
    model.fit(
        endless_batches(given, wanted, settings["batch"], settings["seed"]),
        steps_per_epoch=min(200, settings["steps"]),
        epochs=max(1, settings["steps"] // 200),
        verbose=2,
        shuffle=False,
        callbacks=[guard],
    )
    if guard.reason is not None:
        raise FloatingPointError("a loss is no number: see above")
    return network


def measure(name, network):
    """Error, sharpness and Fréchet distance of translated test drawings."""
    from imgrec_course.models.translation import sharpness
    from imgrec_course.sample_quality import features, frechet_distance

    _, (given, wanted) = data()
    drawn = network.predict(given, batch_size=250, verbose=0)
    return {
        "samples": len(wanted),
        "absolute_error": round(float(127.5 * abs(drawn - wanted).mean()), 3),
        "sharpness": round(float(sharpness(drawn).mean() / sharpness(wanted).mean()), 4),
        "frechet_distance": round(frechet_distance(features(wanted), features(drawn)), 3),
    }
