"""The course's photographs: things and animals cut out on white (Tux Paint stamps, GPL-2)."""

import csv
from dataclasses import dataclass

import numpy as np

from imgrec_course.datasets.files import data_file
from imgrec_course.language import CourseError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Photos:
    """n photographs with what is known about each.

    images   (n, 224, 224, 3) uint8, red, green, blue, on white
    animal   (n,) uint8, 1 for an animal, 0 for anything else
    classes  (n,) str, for example "bird" or "tool"; PHOTO_CLASSES lists them
    files    (n,) str, name of the file in data/photos
    split    (n,) str, "train", "validation" or "test"

    ``photos[rows]`` takes part of them, ``len(photos)`` is n. As in keras.datasets::

        photos = load_photos()
        x_train, y_train = photos.pair("train")
        x_test, y_test = photos.pair("test")
    """

    images: np.ndarray
    animal: np.ndarray
    classes: np.ndarray
    files: np.ndarray
    split: np.ndarray

    def __len__(self):
        return len(self.files)

    def __getitem__(self, rows):
        """The photographs that ``rows`` (a slice, a mask or an array of places) points at."""
        return Photos(
            self.images[rows], self.animal[rows], self.classes[rows], self.files[rows], self.split[rows]
        )

    def pair(self, split):
        """(images, animal) of a split: ``x_train, y_train = photos.pair("train")``.

        Raises ValueError for a split that is not in SPLITS.
        """
        chosen = self[self.split == _known(split)]
        return chosen.images, chosen.animal


PHOTO_CLASSES = (
    "bird",
    "carnivore",
    "coin",
    "cold-blooded",
    "flower",
    "fruit",
    "hoofed mammal",
    "household",
    "instrument",
    "invertebrate",
    "monument",
    "other mammal",
    "planet",
    "plant",
    "rodent",
    "sport",
    "street",
    "tool",
    "vegetable",
    "vehicle",
)


def load_photos(split=None):
    """The course's photographs.

    split    "train", "validation" or "test"; all of them without it
    returns  Photos, in the order of photos.csv: by file name

    Near-duplicates (two poses of one animal, two coins of one series) share a split.
    Raises ValueError for another split, CourseError when a file is missing, damaged or altered.
    """
    from PIL import Image

    table = data_file("photos", "photos.csv")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if split is not None:
        rows = [row for row in rows if row["split"] == _known(split)]
    images = np.empty((len(rows), 224, 224, 3), np.uint8)
    for place, row in enumerate(rows):
        path = data_file("photos", row["file"])
        try:
            with Image.open(path) as picture:
                images[place] = np.asarray(picture.convert("RGB"))
        except (OSError, ValueError):
            raise CourseError(
                "{file} is not a picture of 224×224 pixels; restore it with "
                "`git checkout -- data/photos` in a clone, or download the course again.",
                file=f"data/photos/{row['file']}",
            ) from None
    return Photos(
        images=images,
        animal=np.array([row["animal"] for row in rows]).astype(np.uint8),
        classes=np.array([row["class"] for row in rows]),
        files=np.array([row["file"] for row in rows]),
        split=np.array([row["split"] for row in rows]),
    )


def _known(split):
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}, expected one of {', '.join(SPLITS)}")
    return split
