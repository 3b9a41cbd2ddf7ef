"""The data that come with the course: whole, as described, and honest about damage."""

import csv
import hashlib
import importlib.util
import re
import shutil
import time

import numpy
import pytest

from imgrec_course import paths
from imgrec_course.datasets import files
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion
from imgrec_course.datasets.photos import PHOTO_CLASSES, SPLITS, load_photos
from imgrec_course.language import CourseError, catalogue, render

PHOTOS = paths.ROOT / "data" / "photos"


def table(name):
    with (PHOTOS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def fashion():
    return load_fashion()


@pytest.fixture(scope="module")
def photos():
    return load_photos()


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the small data that a test may damage."""
    for folder in files.FOLDERS:
        (tmp_path / folder).mkdir()
        for name in (files.SUMS, *files.checksums(folder)):
            if not name.startswith("train-images"):
                shutil.copy2(paths.DATA / folder / name, tmp_path / folder / name)
    sums = tmp_path / "fashion-mnist" / files.SUMS
    kept = [line for line in sums.read_text().splitlines(keepends=True) if "train-images" not in line]
    sums.write_text("".join(kept), newline="\n")
    monkeypatch.setattr(paths, "DATA", tmp_path)
    return tmp_path


# Fashion-MNIST


def test_fashion_has_its_shapes_and_balance(fashion):
    (x_train, y_train), (x_test, y_test) = fashion
    assert (x_train.shape, y_train.shape) == ((60000, 28, 28), (60000,))
    assert (x_test.shape, y_test.shape) == ((10000, 28, 28), (10000,))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {numpy.dtype("uint8")}
    assert numpy.bincount(y_train).tolist() == [6000] * 10
    assert numpy.bincount(y_test).tolist() == [1000] * 10
    assert x_train.flags.writeable
    assert len(set(FASHION_CLASSES)) == 10


def test_fashion_is_the_published_data(fashion):
    (x_train, y_train), (x_test, _) = fashion
    # The mean and deviation that every published recipe normalises with.
    assert x_train.mean() / 255 == pytest.approx(0.2860, abs=1e-4)
    assert x_train.std() / 255 == pytest.approx(0.3530, abs=1e-4)
    assert y_train[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert x_test[0].any()


def test_fashion_loads_in_a_second(fashion):
    start = time.perf_counter()
    load_fashion()
    assert time.perf_counter() - start < 3  # 0.3 s on an idle machine


def test_fashion_with_a_wrong_header_is_refused(copied):
    """A file whose checksum was changed with it still cannot give wrong data."""
    folder = copied / "fashion-mnist"
    swapped = folder / "train-labels-idx1-ubyte.gz"
    shutil.copy2(folder / "t10k-labels-idx1-ubyte.gz", swapped)
    sums = folder / files.SUMS
    new = hashlib.sha256(swapped.read_bytes()).hexdigest()
    sums.write_text(re.sub(r"\w{64}(?=  train-labels)", new, sums.read_text()), newline="\n")
    from imgrec_course.datasets.fashion import _read

    with pytest.raises(CourseError, match=r"train-labels-idx1-ubyte\.gz does not hold 60000 bytes"):
        _read("train-labels-idx1-ubyte.gz", (60000,))


# Photographs


def test_photos_have_their_shapes(photos):
    count = len(photos)
    assert 300 <= count <= 400
    assert photos.images.shape == (count, 224, 224, 3)
    assert photos.images.dtype == photos.animal.dtype == numpy.uint8
    assert photos.animal.shape == photos.classes.shape == photos.files.shape == photos.split.shape == (count,)
    assert len(set(photos.files)) == count
    assert list(photos.files) == sorted(photos.files)


def test_photos_are_cut_out_on_white(photos):
    border = numpy.ones((224, 224), bool)
    border[6:-6, 6:-6] = False
    assert photos.images[:, border].min() > 225  # white but for what JPEG leaves of an edge
    # And each shows something.
    assert (photos.images < 200).any(axis=-1).mean(axis=(1, 2)).min() > 0.005


def test_every_class_has_enough_pictures_of_one_kind(photos):
    assert tuple(sorted(set(photos.classes))) == PHOTO_CLASSES
    for name in PHOTO_CLASSES:
        chosen = photos.classes == name
        assert chosen.sum() >= 8, name
        assert len(set(photos.animal[chosen])) == 1, name
        for split, share in zip(SPLITS, (0.5, 0.2, 0.3), strict=True):
            part = (photos.split[chosen] == split).sum()
            assert part >= 2, (name, split)
            assert abs(part - share * chosen.sum()) < 1, (name, split)


def test_table_selection_and_folder_agree():
    rows, selection = table("photos.csv"), table("selection.csv")
    listed = [row["file"] for row in rows]
    assert listed == [row["file"] for row in selection]
    assert [row["class"] for row in rows] == [row["class"] for row in selection]
    assert set(listed) == {path.name for path in PHOTOS.glob("*.jpg")}
    assert set(files.checksums("photos")) == {"photos.csv", *listed}
    assert {row["animal"] for row in rows} == {"0", "1"}
    assert len({row["source"] for row in selection}) == len(selection)
    assert not [row["source"] for row in selection if "cartoon" in row["source"]]


def test_split_is_what_the_making_script_draws():
    specification = importlib.util.spec_from_file_location("make_photos", PHOTOS / "make.py")
    make = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(make)
    selection = table("selection.csv")
    splits = make.assign_splits(selection)
    assert [splits[row["group"]] for row in selection] == [row["split"] for row in table("photos.csv")]


def test_readme_counts_what_is_there(photos):
    readme = (PHOTOS / "README.md").read_text(encoding="utf-8")
    for name in PHOTO_CLASSES:
        counts = [((photos.classes == name) & (photos.split == split)).sum() for split in SPLITS]
        row = re.search(rf"^\| {name} \|.*\| (\d+) \| (\d+) \| (\d+) \|$", readme, re.M)
        assert [int(count) for count in row.groups()] == counts, name
    assert readme.splitlines()[1].startswith(
        f"{len(photos)} photographs of animals ({photos.animal.sum()}) "
        f"and of things ({len(photos) - photos.animal.sum()})"
    )


def tiny(images):
    """(n, 768) float: each picture as 16×16 means, with which identical scenes are found."""
    return images.reshape(len(images), 16, 14, 16, 14, 3).mean(axis=(2, 4)).reshape(len(images), -1)


def closest_across(photos, distance):
    """The smallest distance of two pictures in different splits, and their names."""
    apart = numpy.where(photos.split[:, None] != photos.split[None, :], distance, numpy.inf)
    first, second = numpy.unravel_index(apart.argmin(), apart.shape)
    return apart.min(), photos.files[first], photos.files[second]


def pixel_distance(images):
    small = tiny(images)
    return numpy.stack([numpy.abs(small - picture).mean(axis=1) for picture in small])


def test_no_picture_is_in_two_splits(photos):
    distance, *names = closest_across(photos, pixel_distance(photos.images))
    assert distance > 5, names


def test_the_search_for_copies_finds_a_copy(photos):
    """A brightened, shifted copy in another split is nearer than the limit of the test above."""
    animals = photos[photos.animal == 1]
    source = int(numpy.flatnonzero(animals.split == "train")[0])
    target = int(numpy.flatnonzero(animals.split == "test")[0])
    images = animals.images.copy()
    copy = numpy.roll(images[source], 1, axis=1).astype(int) + 3
    images[target] = copy.clip(0, 255)
    planted = type(photos)(images, animals.animal, animals.classes, animals.files, animals.split)
    distance, *names = closest_across(planted, pixel_distance(images))
    assert distance < 5
    assert set(names) == {animals.files[source], animals.files[target]}


def test_groups_never_cross_the_split():
    splits = {}
    for chosen, row in zip(table("selection.csv"), table("photos.csv"), strict=True):
        splits.setdefault(chosen["group"], set()).add(row["split"])
    assert max(len(found) for found in splits.values()) == 1
    assert len(splits) < len(table("photos.csv"))


def test_pairs_are_taken_as_from_keras(photos):
    x_train, y_train = photos.pair("train")
    x_test, y_test = photos.pair("test")
    assert len(x_train) == len(y_train) == (photos.split == "train").sum()
    assert len(x_test) == len(y_test) == (photos.split == "test").sum()
    numpy.testing.assert_array_equal(x_train, load_photos("train").images)
    assert photos[:5].images.shape == (5, 224, 224, 3)


def test_an_unknown_split_is_named(photos):
    for call in (load_photos, photos.pair):
        with pytest.raises(ValueError, match="'valid', expected one of train, validation, test"):
            call("valid")


def test_photos_load_quickly(photos):
    start = time.perf_counter()
    load_photos()
    assert time.perf_counter() - start < 5  # 0.2 s on an idle machine


# Whole or not


def test_all_data_are_whole():
    assert [str(problem) for problem in files.verify_all()] == []


def test_every_folder_says_where_it_comes_from():
    for folder in files.FOLDERS:
        base = paths.ROOT / "data" / folder
        made_by = "imgrec experiment" if folder == "results" else "make.py"
        assert made_by in (base / "README.md").read_text(encoding="utf-8")
        beside = () if folder == "results" else ("LICENSE", "make.py")
        for name in ("README.md", files.SUMS, *beside):
            assert (base / name).stat().st_size > 60, (folder, name)


DAMAGE = {
    "missing": (lambda path: path.unlink(), "is missing"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-100]), "is damaged or was changed"),
    "empty": (lambda path: path.write_bytes(b""), "is damaged or was changed"),
    "altered": (
        lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
        "is damaged or was changed",
    ),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
}
VICTIMS = (
    ("fashion-mnist", "t10k-images-idx3-ubyte.gz"),
    ("fashion-mnist", "t10k-labels-idx1-ubyte.gz"),
    ("photos", "photos.csv"),
    ("photos", "frog.jpg"),
    ("weights", "efficientnet_lite0.weights.h5"),
    ("weights", "imagenet_classes.txt"),
)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(("folder", "name"), VICTIMS)
def test_damage_is_one_sentence_with_the_remedy(copied, monkeypatch, folder, name, damage):
    monkeypatch.setenv("IMGREC_LANG", "en")
    assert files.data_file(folder, name) == copied / folder / name
    spoil, said = DAMAGE[damage]
    spoil(copied / folder / name)
    with pytest.raises(CourseError) as raised:
        files.data_file(folder, name)
    sentence = str(raised.value)
    assert sentence.startswith(f"data/{folder}/{name} {said}")
    assert f"git checkout -- data/{folder}" in sentence
    assert "\n" not in sentence
    assert [str(problem) for problem in files.verify_all()] == [sentence]


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered"])
def test_loaders_pass_the_sentence_on(copied, damage):
    from imgrec_course.models.pretrained import imagenet_classes

    for folder, name, load in (
        ("photos", "frog.jpg", load_photos),
        ("weights", "imagenet_classes.txt", imagenet_classes),
    ):
        DAMAGE[damage][0](copied / folder / name)
        with pytest.raises(CourseError, match=re.escape(f"data/{folder}/{name}")):
            load()


@pytest.mark.parametrize("content", [None, "", "nothing of the kind\n"])
def test_a_broken_list_of_checksums_is_named(copied, content):
    sums = copied / "photos" / files.SUMS
    sums.unlink() if content is None else sums.write_text(content)
    problems = [str(problem) for problem in files.verify_all()]
    assert len(problems) == 1
    assert problems[0].startswith("data/photos/SHA256SUMS ")
    with pytest.raises(CourseError):
        load_photos()


def test_a_file_that_is_not_listed_is_refused():
    with pytest.raises(CourseError, match=r"data/photos/README\.md"):
        files.data_file("photos", "README.md")


def test_sentences_and_class_names_have_their_chinese():
    chinese = catalogue("zh")
    for name in (*FASHION_CLASSES, *PHOTO_CLASSES):
        assert re.search("[一-鿿]", chinese[name]), name
    for problem in (
        files._missing("photos", "a"),
        files._altered("photos", "a"),
        files._unreadable("photos", "a", PermissionError(13, "Permission denied")),
    ):
        text = render(problem.message, "zh")
        assert "data/photos/a" in text
        assert re.search("[一-鿿]", text)
