"""EfficientNet-Lite0: the right network, the right weights, the right names."""

import importlib.util
import io
import pickle
import subprocess
import sys
import time

import numpy
import pytest

from imgrec_course import paths
from imgrec_course.datasets.photos import load_photos
from imgrec_course.models.pretrained import efficientnet_lite0, imagenet_classes, load_efficientnet_lite0


@pytest.fixture(scope="module")
def model():
    return load_efficientnet_lite0()


@pytest.fixture(scope="module")
def photos():
    return load_photos()


@pytest.fixture(scope="module")
def features(photos):
    return load_efficientnet_lite0(include_top=False).predict(photos.images, batch_size=32, verbose=0)


def best(model, images, count=1):
    """Names of the most probable classes of each image."""
    names = imagenet_classes()
    probabilities = model.predict(images, verbose=0)
    return [[names[place] for place in row.argsort()[::-1][:count]] for row in probabilities]


def test_importing_the_module_imports_no_tensorflow():
    program = (
        "import sys, imgrec_course.models.pretrained, imgrec_course.datasets.photos;"
        "print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=paths.ROOT, check=True
    )
    assert result.stdout.split() == ["False", "False"]


def test_there_are_a_thousand_names():
    names = imagenet_classes()
    assert len(names) == 1000
    assert (names[0], names[985], names[999]) == ("tench", "daisy", "toilet paper")


def test_shapes_and_parameters(model):
    bare = efficientnet_lite0(include_top=False)
    assert model.input_shape == bare.input_shape == (None, 224, 224, 3)
    assert (model.output_shape, bare.output_shape) == ((None, 1000), (None, 1280))
    assert model.count_params() == 4_694_024
    assert sum(numpy.prod(variable.shape) for variable in model.trainable_variables) == 4_652_008
    assert sum(numpy.prod(variable.shape) for variable in bare.trainable_variables) == 3_371_008
    assert {str(weight.dtype) for weight in model.weights} == {"float32"}


def test_flower_is_a_daisy(model):
    from PIL import Image
    from sklearn.datasets import load_sample_image

    flower = Image.fromarray(load_sample_image("flower.jpg")[:, 107:534]).resize((224, 224))
    assert best(model, numpy.asarray(flower)[None]) == [["daisy"]]


KNOWN = {
    "zebra.jpg": "zebra",
    "chimp.jpg": "chimpanzee",
    "koala.jpg": "koala",
    "violin.jpg": "violin",
    "pineapple.jpg": "pineapple",
    "broccoli.jpg": "broccoli",
    "basketball.jpg": "basketball",
}


def test_photographs_are_recognised(model, photos):
    chosen = photos[numpy.isin(photos.files, list(KNOWN))]
    found = dict(zip(chosen.files, best(model, chosen.images, 3), strict=True))
    assert [name for name in KNOWN if KNOWN[name] not in found[name]] == []


def test_the_model_scales_pixels_itself(model, photos):
    """Bytes and floats give the same; pixels scaled beforehand, the usual mistake, do not."""
    images = photos.images[:4]
    expected = model.predict(images, verbose=0)
    numpy.testing.assert_allclose(model.predict(images.astype("float32"), verbose=0), expected, atol=1e-6)
    assert numpy.abs(model.predict(images / 255.0, verbose=0) - expected).max() > 0.1
    numpy.testing.assert_allclose(expected.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_features_are_what_the_top_reads(model, photos, features):
    weights, bias = model.get_layer("probabilities").get_weights()
    assert features.shape == (len(photos), 1280)
    logits = features[:8] @ weights + bias
    exponentials = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    numpy.testing.assert_allclose(
        exponentials / exponentials.sum(axis=1, keepdims=True),
        model.predict(photos.images[:8], verbose=0),
        atol=1e-4,
    )


def test_weights_are_stored_in_half_precision():
    import h5py

    dtypes = set()
    with h5py.File(paths.DATA / "weights" / "efficientnet_lite0.weights.h5") as file:

        def collect(name, item):
            if isinstance(item, h5py.Dataset) and item.size > 1000:
                dtypes.add(str(item.dtype))
                assert numpy.isfinite(item[()]).all(), name

        file.visititems(collect)
    assert dtypes == {"float16"}
    assert (paths.DATA / "weights" / "efficientnet_lite0.weights.h5").stat().st_size < 10_500_000


def making_script():
    specification = importlib.util.spec_from_file_location(
        "make_weights", paths.ROOT / "data/weights/make.py"
    )
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    return script


def test_half_precision_changes_no_answer(model, photos):
    """A float16 lies within 2⁻¹¹ of the number it stands for: errors of that size move nothing."""
    images = photos.images[::20]
    expected = model.predict(images, verbose=0)
    stored = model.get_weights()
    generator = numpy.random.default_rng(0)
    try:
        model.set_weights([w * (1 + generator.uniform(-1, 1, w.shape) * 2.0**-11) for w in stored])
        moved = model.predict(images, verbose=0)
    finally:
        model.set_weights(stored)
    assert 0 < numpy.abs(moved - expected).max() < 0.02


def test_halving_keeps_every_number(tmp_path):
    import h5py

    values = numpy.random.default_rng(0).normal(size=(50, 40)).astype("float32")
    path = tmp_path / "some.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layer/vars/0", data=values).attrs["name"] = "kernel"
        file.create_dataset("steps", data=numpy.int64(70000))
    making_script().halve(path)
    with h5py.File(path) as file:
        assert file["layer/vars/0"].dtype == "float16"
        assert file["layer/vars/0"].attrs["name"] == "kernel"
        assert file["steps"][()] == 70000
        numpy.testing.assert_allclose(file["layer/vars/0"][()], values, rtol=2**-10, atol=1e-7)


def test_the_checkpoint_reader_runs_no_program():
    harmful = pickle.dumps(print)
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.print is not allowed"):
        making_script().OnlyTensors(io.BytesIO(harmful)).load()


def test_loading_is_quick(model):
    start = time.perf_counter()
    load_efficientnet_lite0()
    assert time.perf_counter() - start < 10  # 0.6 s on an idle machine


@pytest.mark.slow
def test_no_near_duplicate_crosses_the_split(photos, features):
    unit = features / numpy.linalg.norm(features, axis=1, keepdims=True)
    cosine = unit @ unit.T
    across = numpy.where(photos.split[:, None] != photos.split[None, :], cosine, -1)
    first, second = numpy.unravel_index(across.argmax(), across.shape)
    assert across.max() < 0.805, (photos.files[first], photos.files[second])
    # The limit means something: pictures that share a split do come nearer than that.
    within = numpy.where(numpy.eye(len(photos), dtype=bool), -1, cosine).max()
    assert within > 0.85


@pytest.mark.slow
def test_features_find_the_animals(photos, features):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score

    train, test = photos.split == "train", photos.split == "test"
    classifier = LogisticRegression(max_iter=2000).fit(features[train], photos.animal[train])
    scores = classifier.decision_function(features[test])
    assert average_precision_score(photos.animal[test], scores) > 0.97
