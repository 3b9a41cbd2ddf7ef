"""Garments with a hole (lesson 11): one network, once by the absolute error alone, once with a discriminator.

Both see the same batches in the same order, from the same initial weights, with the same rates.
"""

NETWORKS = ("completion_error_only", "completion_adversarial")
SETTINGS = {
    "seed": 0,
    "width": 32,
    "batch": 64,
    "steps": 1600,
    "rate": 1e-3,
    "last_rate": 1e-5,
    "discriminator_rate": 4e-4,
    "beta_1": 0.5,
    "reconstruction": 10,
    "smoothing": 0.1,
    "hole": 12,
    "hole_seed": 0,
    "test_hole_seed": 1,
}
SAMPLES = 2000  # test images that are measured


def build(name):
    from imgrec_course.models.translation import completing_network

    return completing_network(SETTINGS["width"])


def data():
    """(images, holes) for training and for the test; images in [−1, 1]."""
    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.models.completion import square_holes
    from imgrec_course.sample_quality import to_signed

    (images, _), (test, _) = load_fashion()
    images, test = to_signed(images), to_signed(test[:SAMPLES])
    return (
        (images, square_holes(len(images), SETTINGS["hole"], SETTINGS["hole_seed"])),
        (test, square_holes(len(test), SETTINGS["hole"], SETTINGS["test_hole_seed"])),
    )


def train():
    from imgrec_course.models.completion import with_hole
    from imgrec_course.training.translation import train_one

    (images, holes), _ = data()
    given = with_hole(images, holes)
    return {name: train_one(name, build(name), given, images, SETTINGS) for name in NETWORKS}


def measure(name, network):
    """Error in the hole, sharpness and Fréchet distance of completed test images."""
    from imgrec_course.models.completion import hole_error, with_hole
    from imgrec_course.models.translation import sharpness
    from imgrec_course.sample_quality import features, frechet_distance

    _, (images, holes) = data()
    completed = network.predict(with_hole(images, holes), batch_size=250, verbose=0)
    return {
        "samples": len(images),
        "hole_error": round(float(hole_error(images, completed, holes).mean()), 3),
        "sharpness": round(float(sharpness(completed).mean() / sharpness(images).mean()), 4),
        "frechet_distance": round(frechet_distance(features(images), features(completed)), 3),
    }
