"""How good are generated images? Distance, precision, recall, density and coverage of a generator.

All measures compare two sets of feature vectors, one of real and one of generated images, each row one image.
Nothing is random in them. Images go in as a generator gives them: floats from −1 (black) to 1 (white).
"""

import functools
import numbers

import numpy as np

from imgrec_course.datasets.files import data_file

CLASSIFIER = "fashion_classifier"
BOUNDARY = 1e-9  # relative: what rounding moves off the surface of a ball still counts as inside


def to_signed(images):
    """Bytes as a generator's images: 0 … 255 becomes −1 … 1, and grey images get an axis of channels.

    images   uint8 array (batch, height, width), or with a last axis of channels, which then stays
    returns  float32 array (batch, height, width, channels), x / 127.5 − 1

    Raises ValueError for another type or number of axes. Taught in lesson 10.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise ValueError(
            "images must be bytes (uint8) of shape (batch, height, width) or (batch, height, width, "
            f"channels), not {images.dtype} of shape {images.shape}"
        )
    images = images.astype(np.float32) / 127.5 - 1
    return images if images.ndim == 4 else images[..., np.newaxis]


def check_signed(images, name="images"):
    """ValueError unless the images are finite and use the range of tanh, −1 to 1.

    images  array (batch, height, width, channels)
    Images from 0 to 1 lie within that range, but with black at 0 no generator could tell; they are refused
    too, if none of their numbers is negative.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.size == 0:
        raise ValueError(
            f"{name} must have shape (batch, height, width, channels), none of them 0, not {images.shape}"
        )
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError(f"{name} must hold finite numbers; every weight would become NaN after one step")
    low, high = float(images.min()), float(images.max())
    if low < -1.00001 or high > 1.00001 or low >= 0:
        raise ValueError(
            f"{name} must lie between -1 (black) and 1 (white), the range of the generator's tanh; "
            f"these lie between {low:g} and {high:g}: scale bytes with to_signed(), that is x / 127.5 - 1"
        )


@functools.cache
def feature_network():
    """The course's own classifier of Fashion-MNIST up to its last layer but one, with its stored weights.

    returns  keras.Model (batch, 28, 28, 1) in [0, 1] → (batch, 128): 128 numbers, none negative, an image

    Raises CourseError when the file of weights is missing, damaged or altered.
    """
    import keras

    from imgrec_course.models.cnn import garment_network

    classifier = garment_network()
    classifier.load_weights(data_file("weights", f"{CLASSIFIER}.weights.h5"))
    return keras.Model(classifier.inputs, classifier.get_layer("dense").output, name="garment_features")


def features(images):
    """What the course's own classifier sees in images: its last layer but one.

    images   (batch, 28, 28, 1) floats in [−1, 1], as a generator gives them
    returns  (batch, 128) float32

    Raises ValueError for another shape or range. These are not the Inception network's features, so a
    distance between them is no FID and can be compared only with distances on the same features.
    """
    images = np.asarray(images)
    check_signed(images)
    if images.shape[1:] != (28, 28, 1):
        raise ValueError(f"images must have shape (batch, 28, 28, 1), not {images.shape}")
    scaled = (np.clip(images.astype(np.float32), -1, 1) + 1) / 2
    return feature_network().predict(scaled, batch_size=500, verbose=0)


def frechet_distance(real, fake):
    """Squared Fréchet distance between the normal distributions with the samples' means and covariances.

    real, fake   (n, d) and (m, d) features, n, m ≥ 2
    returns      |μ_r − μ_f|² + tr(Σ_r + Σ_f − 2 (Σ_r Σ_f)^½); 0 for equal means and covariances

    Σ are the unbiased covariances. The trace of the root is Σ √λ over the eigenvalues λ ≥ 0 of
    Σ_r^½ Σ_f Σ_r^½, which are those of Σ_r Σ_f. The estimate is too large on average, the more so the fewer
    the samples: compare only distances of equally many.
    Raises ValueError for other shapes, fewer than 2 samples, numbers that are not finite.
    Dowson & Landau (1982), doi:10.1016/0047-259X(82)90077-X; on Inception features it is called FID (Heusel
    et al. 2017, arXiv:1706.08500). Taught in lesson 10.
    """
    real, fake = _pair(real, fake, at_least=2, why="a covariance needs two")
    difference = real.mean(axis=0) - fake.mean(axis=0)
    real_covariance, fake_covariance = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (real, fake))
    values, vectors = np.linalg.eigh(real_covariance)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    eigenvalues = np.linalg.eigvalsh(root @ fake_covariance @ root)
    trace_of_root = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    traces = np.trace(real_covariance) + np.trace(fake_covariance)
    return float(difference @ difference + traces - 2 * trace_of_root)


def precision_recall(real, fake, k=3):
    """Precision and recall of a generator by balls that reach to the k-th nearest neighbour.

    real, fake   (n, d) and (m, d) features, more than k of each
    returns      (precision, recall): the share of generated images that lie in the ball of a real one, and
                 the share of real images that lie in the ball of a generated one. The ball of an image
                 reaches to its k-th nearest neighbour of its own set, itself not counted; its surface is in

    Raises ValueError for other shapes, too few samples, numbers that are not finite.
    Kynkäänniemi, Karras, Laine, Lehtinen & Aila (2019), arXiv:1904.06991. Taught in lesson 10.
    """
    real, fake = _pair(real, fake, k)
    precision = np.mean(balls_around(fake, real, k) > 0)
    recall = np.mean(balls_around(real, fake, k) > 0)
    return float(precision), float(recall)


def density_coverage(real, fake, k=5):
    """Density and coverage: precision and recall that trust only the balls of the real images.

    real, fake   (n, d) and (m, d) features, more than k real ones
    returns      (density, coverage): the mean number of real balls in which a generated image lies, divided
                 by k – about 1 where both come from one distribution, more where the generated crowd
                 together – and the share of real images in whose own ball lies a generated one

    Raises ValueError for other shapes, too few samples, numbers that are not finite.
    Naeem, Oh, Uh, Choi & Yoo (2020), arXiv:2002.09797. Taught in lesson 10.
    """
    real, fake = _pair(real, fake, k, both=False)
    density = balls_around(fake, real, k).mean() / k
    radii = neighbour_distances(real, k)
    nearest = _nearest(fake, real, 1)[0][:, 0]
    return float(density), float(np.mean(nearest <= radii * (1 + BOUNDARY)))


def neighbour_distances(samples, k):
    """Distance of each sample to its k-th nearest neighbour, itself not counted: (n, d) → (n,)."""
    from sklearn.neighbors import NearestNeighbors

    neighbours = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(samples)
    return neighbours.kneighbors()[0][:, -1]


def balls_around(points, centres, k):
    """In how many of the centres' balls each point lies: (m, d) and (n, d) → (m,) counts.

    The ball of a centre reaches to its k-th nearest other centre. Distances are computed for a block of
    points at a time, so that memory does not grow with m · n.
    """
    from sklearn.metrics import pairwise_distances_chunked

    radii = neighbour_distances(centres, k) * (1 + BOUNDARY)
    blocks = pairwise_distances_chunked(
        points, centres, reduce_func=lambda distances, start: (distances <= radii).sum(axis=1)
    )
    return np.concatenate(list(blocks))


def record(model, data, measures, count, **details):
    """Show and store a generator's row of the course's scoreboard.

    model, data   names, a few words each
    measures      (distance, precision, recall, …)
    count         number of images on either side; precision and recall are shares of so many
    details       further facts such as parameters=…; None is left out
    returns       the row, a dictionary; the intervals are Wilson's, for these two networks, not for another
                  training

    Raises ValueError for a precision or recall that is no share.
    """
    from imgrec_course.language import show_text
    from imgrec_course.metrics import proportion_interval
    from imgrec_course.scoreboard import describe

    distance, precision, recall, *_ = (float(value) for value in measures)
    row = {"model": model, "data": data, "frechet_distance": distance}
    for name, share in (("precision", precision), ("recall", recall)):
        row[name] = share
        row[f"{name}_interval"] = proportion_interval(round(share * count), count)
    row["f1"] = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    row |= {name: value for name, value in details.items() if value is not None}
    show_text(describe(row), imgrec_score=row)
    return row


def nearest(samples, collection):
    """The nearest of a collection for each sample.

    samples, collection   (m, d) and (n, d) features; float32 stays float32
    returns               (index, distance): (m,) whole numbers and floats

    Raises ValueError for other shapes, no sample, numbers that are not finite.
    """
    collection, samples = _pair(collection, samples, keep=True, names=("collection", "samples"))
    distances, places = _nearest(collection, samples, 1)
    return places[:, 0], distances[:, 0]


def _nearest(collection, samples, k):
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(collection).kneighbors(samples)


def _pair(real, fake, k=None, at_least=1, both=True, why=None, keep=False, names=("real", "fake")):
    """Both sets as float64, or float32 where ``keep`` lets them; ValueError when they do not fit."""
    if k is not None and (isinstance(k, bool) or not isinstance(k, numbers.Integral) or k < 1):
        raise ValueError(f"k must be a whole number of at least 1, not {k!r}")
    arrays = [np.asarray(array) for array in (real, fake)]
    if not keep or any(array.dtype != np.float32 for array in arrays):
        arrays = [array.astype(np.float64, copy=False) for array in arrays]
    if any(array.ndim != 2 for array in arrays) or arrays[0].shape[1] != arrays[1].shape[1]:
        raise ValueError(
            f"{names[0]} and {names[1]} must have shapes (n, d) and (m, d), one row of d features an image, "
            f"not {arrays[0].shape} and {arrays[1].shape}"
        )
    for position, (name, array) in enumerate(zip(names, arrays, strict=True)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must hold finite numbers only")
        needed = at_least if k is None or (position == 1 and not both) else k + 1
        if len(array) < needed:
            if k is not None and needed == k + 1:
                why = f"each needs k = {k} neighbours besides itself"
            reason = f": {why}" if why else ""
            raise ValueError(f"{name} must hold at least {needed} samples, not {len(array)}{reason}")
    return arrays
