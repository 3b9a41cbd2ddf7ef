"""What lesson 05 rests on: the focal loss, augmentation, measuring several runs, verdicts, its recipes."""

import json

import numpy as np
import pytest
import sklearn.metrics

from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.checks.exercises import exercises_of
from imgrec_course.experiments import rare_class, scarce_photos
from imgrec_course.metrics import percentile_interval
from imgrec_course.models.augmentation import NAMES, augmentation
from imgrec_course.paths import DATA
from imgrec_course.scratch.focal import focal_gradient, focal_loss
from imgrec_course.scratch.remedies import draw_tests, mean_over_runs, measure, verdict

LABELS = np.array([0, 1, 1, 0])
LOGITS = np.array([-1.0, 0.5, -2.0, 3.0])


# The focal loss


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
def test_focal_loss_is_that_of_keras(gamma, alpha):
    import keras

    generator = np.random.default_rng(0)
    labels, logits = generator.integers(0, 2, size=200), generator.normal(scale=3, size=200)
    theirs = keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=alpha is not None,
        alpha=0.25 if alpha is None else alpha,
        gamma=gamma,
        from_logits=True,
        reduction=None,
    )
    # One image a row: Keras takes the mean over the last axis.
    expected = np.asarray(
        theirs(labels[:, np.newaxis].astype("float32"), logits[:, np.newaxis].astype("float32"))
    )
    np.testing.assert_allclose(focal_loss(labels, logits, gamma, alpha), expected, rtol=2e-5, atol=2e-6)


def test_focal_loss_without_focus_is_cross_entropy():
    generator = np.random.default_rng(1)
    labels, logits = generator.integers(0, 2, size=500), generator.normal(scale=4, size=500)
    probabilities = 1 / (1 + np.exp(-logits))
    expected = -np.where(labels == 1, np.log(probabilities), np.log1p(-probabilities))
    np.testing.assert_allclose(focal_loss(labels, logits, gamma=0), expected, rtol=1e-9)
    np.testing.assert_allclose(focal_gradient(labels, logits, gamma=0), probabilities - labels, atol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_focal_gradient_is_the_slope_of_the_loss(gamma, alpha):
    generator = np.random.default_rng(2)
    labels, logits = generator.integers(0, 2, size=300), generator.normal(scale=3, size=300)
    h = 1e-5
    up, down = (focal_loss(labels, logits + step, gamma, alpha) for step in (h, -h))
    numeric = (up - down) / (2 * h)
    ours = focal_gradient(labels, logits, gamma, alpha)
    np.testing.assert_allclose(ours, numeric, rtol=1e-6, atol=1e-9)


def test_focal_loss_survives_extreme_logits():
    loss = focal_loss(np.array([1, 1, 0, 0]), np.array([900.0, -900.0, 900.0, -900.0]))
    np.testing.assert_allclose(loss, [0, 900, 900, 0])
    gradient = focal_gradient(np.array([1, 1, 0, 0]), np.array([900.0, -900.0, 900.0, -900.0]))
    np.testing.assert_allclose(gradient, [0, -1, 1, 0])


@pytest.mark.parametrize("function", [focal_loss, focal_gradient])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((LABELS, LOGITS[:2]), r"labels and logits must have one shape.*\(4,\) and \(2,\)"),
        ((LABELS.reshape(2, 2), LOGITS.reshape(2, 2)), r"one shape \(n,\)"),
        ((np.array([]), np.array([])), "n ≥ 1"),
        ((np.array([0, 2, 1, 0]), LOGITS), "labels must hold only 0 and 1, not 2"),
        ((LABELS, np.array([0, np.nan, 1, 2])), "logits must be finite, not nan"),
        ((LABELS, np.array([0, np.inf, 1, 2])), "logits must be finite, not inf"),
        ((LABELS, LOGITS, -1.0), "gamma must be a number of at least 0, not -1.0"),
        ((LABELS, LOGITS, float("nan")), "gamma must be a number of at least 0, not nan"),
        ((LABELS, LOGITS, 2.0, 1.5), r"alpha must lie in \[0, 1\] or be None, not 1.5"),
        ((LABELS, LOGITS, 2.0, float("nan")), "alpha must lie in"),
    ],
)
def test_focal_loss_names_what_is_wrong(function, arguments, words):
    with pytest.raises(ValueError, match=words):
        function(*arguments)


# Augmentation


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("paper", [0.0, 1.0])
def test_augmentation_changes_training_images_alone(name, paper):
    import keras

    keras.utils.set_random_seed(0)
    images = np.full((4, 32, 32, 3), paper, dtype=np.float32)
    images[:, 8:24, 12:20] = 1 - paper  # a bar on paper
    images[:, 8:12, 12:16, 0] = 0.5
    layers = keras.Sequential(augmentation(name, paper=paper))
    np.testing.assert_array_equal(np.asarray(layers(images, training=False)), images)
    changed = np.asarray(layers(images, training=True))
    assert changed.shape == images.shape
    assert np.abs(changed - images).max() > 0.1
    assert -1e-5 <= changed.min() <= changed.max() <= 1 + 1e-5
    corners = changed[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    if name in ("gentle", "any_angle"):
        np.testing.assert_allclose(corners, paper, atol=1e-5)
    if name == "black_corners":
        assert np.abs(corners - paper).max() > 0.9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rough",), "name must be one of mirror, gentle, any_angle, brightness, black_corners, not 'rough'"),
        (("gentle", 255), r"paper must be a number in \[0, 1\], not 255"),
        (("gentle", float("nan")), r"paper must be a number in \[0, 1\], not nan"),
        (("gentle", "white"), "paper must be a number"),
        (("gentle", 1.0, 18), r"rotation must be a number in \[0, 0.5\], not 18"),
        (("gentle", 1.0, 0.1, -0.1), r"shift must be a number in \[0, 0.5\], not -0.1"),
    ],
)
def test_augmentation_names_what_is_wrong(arguments, words):
    with pytest.raises(ValueError, match=words):
        augmentation(*arguments)


# Measuring several runs on several tests


@pytest.mark.parametrize("prevalence", [None, 0.01])
@pytest.mark.parametrize("decimals", [1, 6])  # with one decimal many scores are equal
def test_measures_are_those_of_scikit_learn(prevalence, decimals):
    generator = np.random.default_rng(3)
    labels = generator.permutation(np.repeat([1, 0], [30, 70]))
    scores = np.round(generator.normal(size=(3, 100)) + labels, decimals)
    thresholds = np.array([0.5, 9.0, -9.0])
    counts = draw_tests(labels, resamples=25, seed=4)
    results = measure(labels, scores, thresholds, counts, prevalence)
    share = 0.3 if prevalence is None else prevalence
    for run in range(3):
        returned = scores[run] >= thresholds[run]
        for test, count in enumerate(counts):
            weight = count * np.where(labels == 1, share / 30, (1 - share) / 70)
            expected = (
                sklearn.metrics.precision_score(labels, returned, sample_weight=weight, zero_division=np.nan),
                sklearn.metrics.recall_score(labels, returned, sample_weight=weight),
                sklearn.metrics.f1_score(labels, returned, sample_weight=weight, zero_division=0),
                sklearn.metrics.average_precision_score(labels, scores[run], sample_weight=weight),
            )
            ours = [results[name][run, test] for name in ("P", "R", "F1", "AP")]
            np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_tests_have_as_many_positives_as_the_real_one():
    labels = np.array([1] * 5 + [0] * 20)
    counts = draw_tests(labels, resamples=2000, seed=0)
    assert counts.shape == (2000, 25)
    assert np.all(counts[:, labels == 1].sum(axis=1) == 5)
    assert np.all(counts[:, labels == 0].sum(axis=1) == 20)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.1)
    np.testing.assert_array_equal(counts, draw_tests(labels, resamples=2000, seed=0))


def test_the_mean_over_runs_has_the_spread_of_a_mean():
    generator = np.random.default_rng(0)
    runs = generator.normal(size=6)
    values = np.repeat(runs[:, np.newaxis], 40_000, axis=1)  # every test the same: seeds alone differ
    means = mean_over_runs(values)
    assert means.shape == (40_000,)
    np.testing.assert_allclose(means.mean(), runs.mean(), atol=0.01)
    np.testing.assert_allclose(means.std(), runs.std(ddof=1) / np.sqrt(6), rtol=0.02)


def test_a_run_without_a_value_is_left_out_of_the_mean():
    values = np.array([[np.nan, np.nan], [1.0, 1.0], [1.0, 1.0]])
    means = mean_over_runs(np.repeat(values, 50, axis=1))
    assert set(means[~np.isnan(means)]) == {1.0}
    assert np.isnan(mean_over_runs(np.full((3, 4), np.nan))).all()


@pytest.mark.parametrize(
    ("taste", "luck", "noise", "most"),
    [(0.5, 0.0, 0.1, 30), (0.3, 0.3, 0.3, 36), (0.0, 0.0, 0.5, 15)],
    ids=["chance in the images", "chance in the runs", "chance in single answers"],
)
def test_verdicts_on_remedies_that_do_nothing_are_rarely_wrong(taste, luck, noise, most):
    """Two models of equal worth: a verdict other than "cannot tell" is a false alarm; 5 % of 300 are 15."""
    generator = np.random.default_rng(0)
    labels = np.repeat([1, 0], [36, 60])
    counts = draw_tests(labels, resamples=300)

    def scores(seen):
        strength = 1 + luck * generator.normal(size=(5, 1))
        own = taste * generator.normal(size=96) + noise * generator.normal(size=(5, 96))
        return seen + 1.5 * labels * strength + own

    wrong = 0
    for _ in range(300):
        seen = generator.normal(size=96)
        f1 = [measure(labels, scores(seen), np.full(5, 0.75), counts)["F1"] for _ in range(2)]
        wrong += verdict(*percentile_interval(mean_over_runs(f1[1] - f1[0]))) != "cannot tell"
    assert wrong <= most


def test_a_remedy_that_works_is_recognised():
    generator = np.random.default_rng(8)
    labels = np.repeat([1, 0], [36, 60])
    counts = draw_tests(labels, resamples=300)
    plain = labels * 0.5 + generator.normal(size=(5, 96))
    remedy = labels * 3.0 + generator.normal(size=(5, 96))
    ap = [measure(labels, scores, np.zeros(5), counts)["AP"] for scores in (plain, remedy)]
    assert verdict(*percentile_interval(mean_over_runs(ap[1] - ap[0]))) == "helps"
    assert verdict(*percentile_interval(mean_over_runs(ap[0] - ap[1]))) == "hurts"


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        ((0.01, 0.2), "helps"),
        ((-0.2, -0.01), "hurts"),
        ((-0.01, 0.2), "cannot tell"),
        ((0.0, 0.2), "cannot tell"),
        ((-0.2, 0.0), "cannot tell"),
        ((0.0, 0.0), "cannot tell"),
        ((1e-17, 0.2), "cannot tell"),
    ],
)
def test_verdict(interval, word):
    assert verdict(*interval) == word


FOUR = np.array([1, 0, 1, 0])
ONES = np.ones((1, 4), dtype=int)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: draw_tests(np.array([0, 1, 2])), "labels must hold only 0 and 1, not 2"),
        (lambda: draw_tests(np.array([1, 1])), "labels must hold both 0 and 1"),
        (lambda: draw_tests(np.array([])), "labels must hold both 0 and 1"),
        (lambda: draw_tests(np.ones((2, 2))), r"labels must have shape \(n,\), not \(2, 2\)"),
        (lambda: draw_tests(np.array([0, 1]), resamples=0), "resamples must be at least 1, not 0"),
        (lambda: measure(FOUR, np.zeros(4), [0.5], ONES), r"scores must have shape \(runs, 4\)"),
        (lambda: measure(FOUR, np.zeros((2, 4)), [0.5], ONES), r"not \(2, 4\) and \(1,\)"),
        (lambda: measure(FOUR, np.full((1, 4), np.nan), [0.5], ONES), "must be numbers, not nan"),
        (lambda: measure(FOUR, np.zeros((1, 4)), [np.nan], ONES), "must be numbers, not nan"),
        (lambda: measure(FOUR, np.zeros((1, 4)), [0], ONES[0]), r"counts must have shape \(tests, 4\)"),
        (lambda: measure(FOUR, np.zeros((1, 4)), [0], ONES * 0.5), "counts must be whole numbers"),
        (lambda: measure(FOUR, np.zeros((1, 4)), [0], ONES - 2), "counts must be whole numbers"),
        (
            lambda: measure(FOUR, np.zeros((1, 4)), [0], ONES, 1.0),
            "prevalence must lie between 0 and 1, not 1.0",
        ),
        (lambda: mean_over_runs(np.zeros((1, 5))), r"at least 2 runs, not \(1, 5\)"),
        (lambda: mean_over_runs(np.zeros(5)), r"shape \(runs, tests\)"),
        (
            lambda: verdict(0.2, 0.1),
            "low and high must be the ends of an interval, low ≤ high, not 0.2 and 0.1",
        ),
        (lambda: verdict(float("nan"), 0.1), "not nan and 0.1"),
    ],
)
def test_measuring_names_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# The recipes


def test_packed_logits_come_back():
    logits = np.random.default_rng(0).normal(scale=8, size=10_000)
    text = rare_class.pack(logits)
    expected = np.maximum(logits, rare_class.FLOOR)
    np.testing.assert_allclose(rare_class.unpack(text), expected, atol=rare_class.STEP / 2 + 1e-12)
    assert len(text) < 25_000
    for wrong in (np.array([1000.0]), np.array([np.nan]), np.zeros((2, 2))):
        with pytest.raises(ValueError, match="logits must be"):
            rare_class.pack(wrong)


def test_a_rare_world_is_rare_and_its_parts_are_apart():
    _, rare = rare_class.garments()[0]
    first, second = rare_class.world(0), rare_class.world(1)
    for split, size, pullovers in (("train", 20_000, 200), ("validation", 10_000, 100)):
        assert len(set(first[split])) == len(first[split]) == size
        assert rare[first[split]].sum() == pullovers
    assert not set(first["train"]) & set(first["validation"])
    assert set(first["train"]) != set(second["train"])
    np.testing.assert_array_equal(first["train"], rare_class.world(0)["train"])


def test_budgets_are_equal_and_oversampling_draws_as_many_of_each():
    labels = rare_class.garments()[0][1][rare_class.world(0)["train"]]
    for oversampled, share in ((False, 0.01), (True, 0.5)):
        order = rare_class.order_of_images(labels, oversampled, seed=0)
        assert order.shape == (rare_class.STEPS * rare_class.BATCH,)
        assert abs(labels[order].mean() - share) < 0.01
    assert rare_class.STEPS % rare_class.CHUNK == 0


def test_few_photographs_are_drawn_in_their_usual_shares():
    labels = scarce_photos.splits()["train"][1]
    for size in scarce_photos.FEW:
        rows = scarce_photos.few_rows(size, 0)
        assert len(set(rows)) == size
        assert labels[rows].sum() == round(size * 58 / 159)
        assert set(rows) != set(scarce_photos.few_rows(size, 1))


def test_photographs_are_halved_and_inverted():
    images = np.ones((2, 224, 224, 3), dtype=np.float32)
    images[0, :2, :2] = 0.5
    small = scarce_photos.prepare(images)
    assert small.shape == (2, 112, 112, 3)
    assert small[0, 0, 0, 0] == 0.5
    assert np.count_nonzero(small) == 3


def test_logits_are_those_of_the_sigmoid():
    import keras

    keras.utils.set_random_seed(0)
    model = scarce_photos.build()
    images = np.random.default_rng(0).uniform(size=(3, 112, 112, 3)).astype("float32")
    probabilities = model.predict(images, verbose=0).ravel()
    logits = scarce_photos.logits_of(model, images)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probabilities, atol=1e-6)


@pytest.mark.parametrize("module", [rare_class, scarce_photos], ids=["rare_class", "scarce_photos"])
def test_stored_results_are_complete_and_small(module):
    name = module.__name__.rpartition(".")[2]
    path = DATA / "results" / f"{name}.json"
    assert path.stat().st_size < 2_100_000
    parts = json.loads(path.read_text(encoding="utf-8"))["parts"]
    assert list(parts) == list(module.PARTS)
    sizes = {"rare_class": (10_000, 10_000), "scarce_photos": (63, 96)}[name]
    for part, entry in parts.items():
        if part.startswith("few"):
            continue
        for split, size in zip(("validation", "test"), sizes, strict=True):
            runs = entry["result"][split]
            assert len(runs) == len(module.SEEDS)
            for run in runs:
                logits = rare_class.unpack(run) if isinstance(run, str) else np.array(run)
                assert logits.shape == (size,)
                assert np.isfinite(logits).all()


# The exercises' solutions are those of the lesson


@pytest.fixture(scope="module")
def solved():
    names = {"np": np, "sklearn": sklearn}
    for cell in read_lesson(lesson_paths(["05"])[0]).cells:
        if "exercise" in cell.metadata.get("tags", []):
            exec(cell.texts["en", "solutions"], names)
    return names


@pytest.mark.parametrize("name", exercises_of("05"))
def test_the_lessons_solutions_pass(solved, name):
    from imgrec_course.checks.exercises import judge

    _, right = judge(name, exercises_of("05")[name], solved[name])
    assert right


def test_class_weights_add_up(solved):
    zero, one = solved["class_weights"](19_800, 200)
    np.testing.assert_allclose(19_800 * zero, 200 * one)
    np.testing.assert_allclose(19_800 * zero + 200 * one, 20_000)


def test_the_exercises_focal_loss_is_the_packages(solved):
    generator = np.random.default_rng(5)
    labels, logits = generator.integers(0, 2, size=100), generator.normal(size=100)
    ours = solved["focal"](labels, 1 / (1 + np.exp(-logits)), 2.0)
    np.testing.assert_allclose(ours, focal_loss(labels, logits), rtol=1e-9)
