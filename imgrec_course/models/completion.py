"""Completion: a square hole in a garment, four plain ways to fill it, and a network that learned to.

Images are (n, 28, 28, 1) in [−1, 1], −1 the background. Holes are of the same shape, True where an image is
not known. Pathak, Krähenbühl, Donahue, Darrell & Efros (2016), arXiv:1604.07379. Taught in lesson 11.
"""

import numpy as np

SIDE = 28


def square_holes(count, size=12, seed=0):
    """Square holes at random places, with a known pixel or more on every side.

    count    number of images, at least 1
    size     side of the square, 1 … 26
    seed     of the places
    returns  (count, 28, 28, 1) bool, True in the hole
    """
    from imgrec_course.scratch.expect import whole_numbers

    whole_numbers(count=count, size=size)
    if size > SIDE - 2:
        raise ValueError(f"size must leave a known pixel on every side, at most {SIDE - 2}, not {size}")
    corners = np.random.default_rng(seed).integers(1, SIDE - size, size=(count, 2))
    place = np.arange(SIDE)
    row, column = ((place >= corners[:, [i]]) & (place < corners[:, [i]] + size) for i in (0, 1))
    return (row[:, :, np.newaxis] & column[:, np.newaxis, :])[..., np.newaxis]


def with_hole(images, holes):
    """What a network sees: the image with 0 in the hole, and the hole itself.

    returns  (n, 28, 28, 2) float32: 0 is halfway between black and white, so the second channel, 1 in the
             hole, is needed to tell a hole from grey cloth

    Raises ValueError for images outside [−1, 1] or holes that do not fit them.
    """
    images, holes = check_holes(images, holes)
    return np.concatenate([np.where(holes, 0, images), holes], axis=-1).astype(np.float32)


def check_images(images, name="images"):
    """The images as float32; ValueError unless they are (n, 28, 28, 1) numbers in [−1, 1]."""
    from imgrec_course.sample_quality import check_signed

    check_signed(images, name)
    images = np.asarray(images)
    if images.shape[1:] != (SIDE, SIDE, 1):
        raise ValueError(f"{name} must have shape (n, {SIDE}, {SIDE}, 1), not {images.shape}")
    images = images.astype(np.float32, copy=False)
    inside = images.min() >= -1 and images.max() <= 1  # then no copy is made; tanh may round beyond
    return images if inside else np.clip(images, -1, 1)


def check_holes(images, holes):
    """Images and holes; ValueError when they do not fit each other, or nothing around a hole is known."""
    images, holes = check_images(images), np.asarray(holes)
    if holes.dtype != bool:
        raise ValueError(f"holes must be an array of True and False (True: not known), not {holes.dtype}")
    if holes.shape != images.shape:
        raise ValueError(
            f"holes must have the shape of the images, {images.shape}, not {holes.shape}: "
            "one value for every pixel, True where it is not known"
        )
    inside = holes.reshape(len(holes), -1).sum(axis=1)
    if not inside.all() or (inside == SIDE * SIDE).any():
        number = int(np.flatnonzero((inside == 0) | (inside == SIDE * SIDE))[0])
        what = "no hole" if inside[number] == 0 else "no known pixel"
        raise ValueError(f"holes: image {number} has {what}; every image needs both")
    return images, holes


def mean_fill(images, holes, library):
    """The hole filled with the mean of other images, pixel by pixel; library (m, 28, 28, 1)."""
    images, holes = check_holes(images, holes)
    return np.where(holes, check_images(library, "library").mean(axis=0), images)


def harmonic_fill(images, holes):
    """Every unknown pixel becomes the mean of its neighbours above, below, left and right.

    For each hole one system of linear equations, solved by SciPy (sparse LU). The result is the smoothest
    surface that meets the known pixels: it solves Laplace's equation, as heat does that has come to rest.
    A neighbour outside the image does not count.

    returns   (n, 28, 28, 1) float32
    """
    from scipy.sparse.linalg import splu

    images, holes = check_holes(images, holes)
    neighbours, count = _neighbours()
    filled = images.copy().reshape(len(images), -1)
    flat = holes.reshape(len(holes), -1)
    for hole in np.unique(flat, axis=0):
        rows = np.flatnonzero((flat == hole).all(axis=1))  # all images with this hole
        # count · x − Σ unknown neighbours = Σ known neighbours
        system = count[hole][:, hole] - neighbours[hole][:, hole]
        known = neighbours[hole][:, ~hole] @ filled[rows][:, ~hole].T
        filled[np.ix_(rows, np.flatnonzero(hole))] = splu(system.tocsc()).solve(known).T
    return filled.reshape(images.shape)


def _neighbours():
    """Sparse (784, 784) matrices: which pixels are neighbours, and on the diagonal how many each has."""
    from scipy.sparse import diags_array, eye_array, kron

    line = diags_array([np.ones(SIDE - 1)] * 2, offsets=[-1, 1])
    neighbours = (kron(line, eye_array(SIDE)) + kron(eye_array(SIDE), line)).tocsr()
    return neighbours, diags_array(neighbours.sum(axis=1)).tocsr()


def nearest_fill(images, holes, library):
    """The hole filled from that library image which comes closest on the known pixels.

    library   (m, 28, 28, 1)
    returns   (n, 28, 28, 1) float32: the hole is a piece of a real garment, sewn in as it is

    Exact search by two matrix products: Σ k (x − t)² = Σ k x² − 2 (k x)·t + k·t² with k = 1 where known.
    """
    images, holes = check_holes(images, holes)
    library = check_images(library, "library")
    known = ~holes.reshape(len(holes), -1)
    given = np.where(known, images.reshape(len(images), -1), 0)
    weights = known.astype(np.float32)
    least, best = np.full(len(images), np.inf), np.zeros(len(images), dtype=int)
    for begin in range(0, len(library), 10_000):  # so that memory does not grow with the library
        pieces = library[begin : begin + 10_000].reshape(-1, SIDE * SIDE)
        distances = weights @ (pieces**2).T - 2 * given @ pieces.T
        nearest = distances.argmin(axis=1)
        distance = distances[np.arange(len(images)), nearest]
        better = distance < least
        least[better], best[better] = distance[better], begin + nearest[better]
    return np.where(holes, library[best], images)


def hole_error(images, completed, holes):
    """Mean absolute error in the hole of each image, in pixel steps of 0–255.

    returns   (n,): half the mean of |image − completed| over the hole, times 255

    Raises ValueError for other shapes, values outside [−1, 1], or images changed outside the hole.
    """
    images, holes = check_holes(images, holes)
    completed = check_images(completed, "completed")
    if completed.shape != images.shape:
        raise ValueError(
            f"completed must have the shape of the images, {images.shape}, not {completed.shape}"
        )
    if not np.allclose(images[~holes], completed[~holes], atol=1e-6):
        raise ValueError("completed must equal the images outside the holes: put the known pixels back first")
    difference = np.where(holes, np.abs(images - completed), 0).reshape(len(images), -1)
    return 127.5 * difference.sum(axis=1) / holes.reshape(len(holes), -1).sum(axis=1)
