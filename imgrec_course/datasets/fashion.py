"""Fashion-MNIST: 70,000 grey pictures of garments (Xiao, Rasul & Vollgraf, 2017, arXiv:1708.07747)."""

import gzip
import zlib

import numpy as np

from imgrec_course.datasets.files import data_file
from imgrec_course.language import CourseError

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def load_fashion():
    """Fashion-MNIST as keras.datasets.fashion_mnist.load_data() returns it, from the course's own copy.

    returns  (x_train, y_train), (x_test, y_test)
        x_train  (60000, 28, 28) uint8, 0 black background … 255 white
        y_train  (60000,) uint8, 0–9: the place of the class's name in FASHION_CLASSES
        x_test   (10000, 28, 28) uint8
        y_test   (10000,) uint8

    Raises CourseError when a file is missing, damaged or altered.
    """
    return (
        (
            _read("train-images-idx3-ubyte.gz", (60000, 28, 28)),
            _read("train-labels-idx1-ubyte.gz", (60000,)),
        ),
        (
            _read("t10k-images-idx3-ubyte.gz", (10000, 28, 28)),
            _read("t10k-labels-idx1-ubyte.gz", (10000,)),
        ),
    )


def _read(name, shape):
    """Unpack an idx file: two zero bytes, 8 for uint8, the number of axes, each axis's length, the values."""
    path = data_file("fashion-mnist", name)
    header = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        content = b""
    values = np.frombuffer(content, np.uint8)[len(header) :]
    if not content.startswith(header) or values.size != np.prod(shape):
        raise CourseError(
            "{file} does not hold {shape} bytes in the idx format; restore it with "
            "`git checkout -- data/fashion-mnist` in a clone, or download the course again.",
            file=f"data/fashion-mnist/{name}",
            shape="×".join(str(length) for length in shape),
        )
    # A copy: frombuffer's array is read-only.
    return values.reshape(shape).copy()
