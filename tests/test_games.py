"""Games on the line and in the plane: the world, the counting, the match against plain Keras, the record."""

import numpy as np
import pytest

from imgrec_course import games
from imgrec_course.scratch import adversarial


@pytest.fixture
def small():
    return {"generator": (8, 8), "discriminator": (9, 7), "batch": 16}


def test_worlds_draw_what_their_density_says():
    world = games.World([[-1.0], [2.0]], 0.5)
    points = world.draw(100_000, np.random.default_rng(0))
    assert points.shape == (100_000, 1)
    assert points.dtype == np.float32
    heights, edges = np.histogram(points, bins=40, range=(-3, 4), density=True)
    middles = (edges[1:] + edges[:-1]) / 2
    np.testing.assert_allclose(heights, world.density(middles[:, np.newaxis]), atol=0.02)
    places = np.stack(np.meshgrid(*[np.linspace(-3, 3, 301)] * 2), axis=-1)
    assert games.ring(sigma=0.1).density(places).sum() * 0.02**2 == pytest.approx(1, abs=1e-3)


def test_ring_and_grid_have_their_modes():
    assert games.ring().centres.shape == (8, 2)
    np.testing.assert_allclose(np.linalg.norm(games.ring().centres, axis=1), 2)
    assert games.grid().centres.shape == (25, 2)
    assert len(np.unique(games.grid().centres, axis=0)) == 25
    assert games.grid().centres.mean() == pytest.approx(0)


def test_modes_are_counted_as_by_hand():
    world = games.World([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [5.0, 5.0]], 0.1)
    samples = np.array([[0.0, 0.0]] * 6 + [[5.2, 0.0]] * 1 + [[0.0, 5.31]] * 2 + [[2.5, 2.5]])
    assert games.near_modes(samples, world).tolist() == [0] * 6 + [1, -1, -1, -1]
    count = games.count_modes(samples, world, fair=0)
    assert count == (7, 10, 2, 4)
    assert count.precision == 0.7
    assert count.recall == 0.5
    assert count.f1 == pytest.approx(0.7 / 1.2)
    assert games.count_modes(samples, world, fair=0.8).covered == 1  # two of ten would be needed
    assert games.count_modes(samples + 100, world).f1 == 0


def test_real_points_cover_all_modes_and_lie_where_theory_says():
    """Within 3 σ in the plane lies a share of 1 − e^−4.5."""
    for world in (games.ring(), games.grid()):
        count = games.count_modes(world.draw(50_000, np.random.default_rng(1)), world)
        assert count.recall == 1
        assert count.precision == pytest.approx(1 - np.exp(-4.5), abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss": "saturating"},
        {"penalty": 2.0},
        {"pack": 2},
        {"pack": 4, "penalty": 1.0},
        {"smoothing": 0.9},
        {"discriminator_updates": 3},
    ],
)
def test_a_match_is_what_plain_keras_plays(settings, small):
    """The second of two games, against Keras models that begin with its weights and get its chance."""
    import keras
    import tensorflow as tf

    match = games.Match(games.ring(4), (5, 6), **small, **settings)
    twin = games.Match(games.ring(4), (5, 6), **small, **settings)
    generator = keras.Sequential(
        [keras.Input((2,)), *[keras.layers.Dense(n, "relu") for n in (8, 8)], keras.layers.Dense(2)]
    )
    inner = [keras.layers.Dense(n, "relu") for n in (9, 7)]
    discriminator = keras.Sequential([keras.Input((2 * match.pack,)), *inner, keras.layers.Dense(1)])
    for model, arrays in ((generator, twin.generator), (discriminator, twin.discriminator)):
        weights = [array.numpy()[1] for array in arrays]
        model.set_weights([array[0] if number % 2 else array for number, array in enumerate(weights)])
    optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def judge(points):
        return discriminator(tf.reshape(points, (-1, 2 * match.pack)))

    z, real = twin.chance(6)
    losses = []
    for step in range(6):
        for turn in range(match.discriminator_updates):
            with tf.GradientTape() as tape:
                points = tf.constant(real[step, turn, 1])
                with tf.GradientTape() as inner:
                    inner.watch(points)
                    on_real = judge(points)
                slopes = inner.gradient(on_real, points)
                price = match.penalty / 2 * tf.reduce_sum(slopes**2) / len(on_real)
                on_fake = judge(generator(z[step, turn, 1]))
                target = match.smoothing * tf.ones_like(on_real)
                first = cross_entropy(target, on_real) + cross_entropy(tf.zeros_like(on_fake), on_fake)
                total = first + price
            weights = discriminator.trainable_variables
            optimizers[0].apply_gradients(zip(tape.gradient(total, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            on_fake = judge(generator(z[step, -1, 1]))
            if match.loss == "saturating":
                second = tf.reduce_mean(tf.math.log(1 - tf.sigmoid(on_fake)))
            else:
                second = cross_entropy(tf.ones_like(on_fake), on_fake)
        weights = generator.trainable_variables
        optimizers[1].apply_gradients(zip(tape.gradient(second, weights), weights, strict=True))
        losses.append([float(first), float(second)])
    np.testing.assert_allclose(match.play(6)[:, 1], losses, atol=2e-5)
    for model, arrays in ((generator, match.generator), (discriminator, match.discriminator)):
        for weight, array in zip(model.get_weights(), arrays, strict=True):
            np.testing.assert_allclose(array.numpy()[1].reshape(weight.shape), weight, atol=2e-5)


@pytest.mark.slow
def test_a_game_depends_on_its_own_seed_alone(small):
    alone = games.Match(games.ring(), (3,), **small)
    among = games.Match(games.ring(), (1, 3, 2), **small)
    np.testing.assert_allclose(alone.play(20)[:, 0], among.play(20)[:, 1], atol=1e-4)
    np.testing.assert_allclose(alone.samples(50)[0], among.samples(50)[1], atol=1e-4)
    assert np.abs(among.samples(50)[0] - among.samples(50)[1]).max() > 0.1


@pytest.mark.slow
def test_played_in_parts_or_at_once(small):
    one, two = (games.Match(games.ring(), (0,), **small) for _ in range(2))
    parts = np.concatenate([one.play(7), one.play(110)])
    np.testing.assert_allclose(parts, two.play(117), atol=1e-4)
    assert one.updates == two.updates == 117


@pytest.mark.slow
def test_the_losses_begin_near_the_equilibriums(small):
    first = games.Match(games.ring(), range(4), **small).play(1)[0]
    assert np.all(np.abs(first[:, 0] - 2 * np.log(2)) < 0.6)
    assert np.all(np.abs(first[:, 1] - np.log(2)) < 0.6)


@pytest.mark.slow
def test_a_game_on_the_line_reaches_its_equilibrium():
    """Affine generator, normal world: q can be p, and the losses 2 ln 2 and ln 2."""
    world = games.World([[2.0]], 0.6)
    match = games.Match(
        world, (0,), noise=1, generator=(), discriminator=(32, 32), rates=(2e-3, 1e-2), batch=256
    )
    record = match.record(1200, moments=5, samples=100, reach=3, places=200)
    width = float(record.axes[0, 1] - record.axes[0, 0])
    p, q = record.p.astype(float), record.q.astype(float)
    begin, end = (adversarial.jensen_shannon(p, q[at], width) for at in (0, -1))
    assert begin > 0.2
    assert end < 0.02
    assert record.losses[-1] == pytest.approx([2 * np.log(2), np.log(2)], abs=0.1)
    np.testing.assert_allclose(record.optimal[-1][80:120], 0.5, atol=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"pack": 2}, {"loss": "saturating"}])
def test_the_record_shows_what_the_match_does(settings, small):
    match = games.Match(games.ring(), (0, 1), **small, **settings)
    record = match.record(12, moments=4, samples=10, game=1, places=6)
    assert record.steps.tolist() == [0, 4, 8, 12]
    assert len(record) == 4
    assert record.dimension == 2
    assert record.p is None
    np.testing.assert_allclose(record.samples[-1], match.samples(10)[1], atol=1e-6)
    twin = games.Match(games.ring(), (0, 1), **small, **settings)
    np.testing.assert_allclose(record.losses[1], twin.play(4)[:, 1].mean(axis=0), atol=1e-5)
    if not settings:
        points = np.array([[record.axes[0, 4], record.axes[1, 1]]])
        assert match.discriminate(points, game=1)[0] == pytest.approx(record.landscape[-1, 1, 4], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["non-saturating", "saturating"])
def test_recorded_gradients_are_those_of_each_samples_loss(loss, small):
    match = games.Match(games.ring(), (0,), **small, loss=loss)
    record = match.record(1, moments=2, samples=3, places=4)

    w1, b1, w2, b2, w3, b3 = (array.numpy()[0].astype(np.float64) for array in match.discriminator)
    for place, gradient in zip(record.samples[-1].astype(np.float64), record.gradients[-1], strict=True):
        first = place @ w1 + b1[0]
        second = np.maximum(first, 0) @ w2 + b2[0]
        logit = np.maximum(second, 0) @ w3[:, 0] + b3[0, 0]
        slope = ((w3[:, 0] * (second > 0)) @ w2.T * (first > 0)) @ w1.T
        of_the_loss = -1 / (1 + np.exp(logit if loss == "non-saturating" else -logit))
        np.testing.assert_allclose(gradient, of_the_loss * slope, atol=1e-5)


def test_where_packs_are_judged_no_point_is_judged_alone(small):
    with pytest.raises(ValueError, match="judges packs of 2 points, none alone"):
        games.Match(games.ring(), pack=2, **small).discriminate(np.zeros((1, 2)))


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_the_game(small):
    match = games.Match(games.ring(), (0,), **small)
    match.discriminator[0].assign(np.full(match.discriminator[0].shape, np.nan, np.float32))
    with pytest.raises(FloatingPointError, match="NaN or infinite between updates 0 and 5; begin again"):
        match.play(5)


@pytest.mark.slow
def test_a_row_of_the_scoreboard(capsys):
    counts = [games.ModeCount(good, 1000, covered, 8) for good, covered in ((900, 4), (700, 8), (800, 6))]
    row = games.score_row("three", "a ring", counts)
    assert row["precision"] == pytest.approx(0.8)
    assert row["recall"] == pytest.approx(0.75)
    low, high = row["recall_interval"]
    assert 0.5 <= low < 0.75 < high <= 1
    assert row["f1"] == pytest.approx(np.mean([one.f1 for one in counts]))
    assert capsys.readouterr().out.startswith("three · a ring (measured P 0.800 [")


def test_the_stored_experiment_is_counted_as_the_lesson_counts():
    from imgrec_course.experiments import mode_collapse as recipe

    world = recipe.WORLDS["ring"]
    points = world.draw((2, 500), np.random.default_rng(0))
    points[0, :400] += 5
    rows = recipe.counts(points, "ring")
    for row, some in zip(rows, points, strict=True):
        assert recipe.as_mode_counts(row, samples=500) == games.count_modes(some, world)


RECORD = {
    "steps": [0, 5],
    "real": np.zeros((3, 1)),
    "samples": np.zeros((2, 4, 1)),
    "axes": np.arange(6.0)[np.newaxis],
    "landscape": np.full((2, 6), 0.5),
    "gradients": np.zeros((2, 4, 1)),
    "losses": np.ones((2, 2)),
    "p": np.array([0, 0, 1, 1, 0, 0.0]),
    "q": np.array([[0, 0, 0, 1, 1, 0.0]] * 2),
}


def test_the_records_optimum():
    record = games.GameRecord(**RECORD)
    assert record.optimal[0].tolist() == [0.5, 0.5, 1, 0.5, 0, 0.5]
    assert record.real.dtype == np.float32
    assert games.GameRecord(**{**RECORD, "p": None, "q": None}).optimal is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"steps": [5, 5]}, "steps must be whole numbers that rise"),
        ({"steps": [0.5, 1]}, "steps must be whole numbers"),
        ({"real": np.zeros((3, 3))}, r"real must have shape \(n, 1\) or \(n, 2\), not \(3, 3\)"),
        ({"axes": np.ones((1, 6))}, r"axes must have shape \(1, g\) and rise"),
        ({"samples": np.zeros((2, 4, 2))}, r"samples must have shape \(2, 4, 1\), not \(2, 4, 2\)"),
        ({"landscape": np.full((2, 6), 1.5)}, "landscape must hold probabilities"),
        ({"losses": np.full((2, 2), np.nan)}, "losses must hold finite numbers"),
        ({"q": None}, "p and q come together"),
        ({"p": np.zeros(5)}, r"p must have shape \(6,\)"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.GameRecord(**{**RECORD, **changed})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: games.World([[0, 0, 0]], 1), r"centres must have shape \(modes, 1\) or \(modes, 2\)"),
        (lambda: games.World([[np.nan]], 1), "centres must hold finite numbers"),
        (lambda: games.World([[0.0]], 0), "sigma must be a positive number, not 0"),
        (lambda: games.ring(0), "modes must be a whole number of at least 1, not 0"),
        (lambda: games.near_modes(np.zeros((3, 1)), games.ring()), r"samples must have shape \(…, 2\)"),
        (lambda: games.count_modes(np.zeros((3, 2)), games.ring(), fair=2), r"fair must lie in \[0, 1\]"),
        (lambda: games.Match("ring"), r"world must be a World, such as ring\(\), not str"),
        (lambda: games.Match(games.ring(), ()), "seeds must hold at least one seed"),
        (lambda: games.Match(games.ring(), loss="wasserstein"), "loss must be one of non-saturating, sat"),
        (lambda: games.Match(games.ring(), pack=3), "batch must be a multiple of pack = 3, not 128"),
        (lambda: games.Match(games.ring(), penalty=-1), "penalty must be a number of at least 0, not -1"),
        (lambda: games.Match(games.ring(), smoothing=0.3), r"smoothing must lie in \(0.5, 1\], not 0.3"),
        (lambda: games.Match(games.ring(), rates=(1e-3,)), "rates must be two positive numbers"),
        (lambda: games.Match(games.ring(), generator=(8, 0)), "each width of the generator must be a whole"),
        (lambda: games.Match(games.ring()).play(0), "updates must be a whole number of at least 1"),
        (lambda: games.Match(games.ring()).record(5, moments=9), "moments must lie between 2 and updates"),
        (lambda: games.Match(games.ring()).record(50, game=2), "game must lie between 0 and 0, not 2"),
        (lambda: games.score_row("a", "b", [games.ModeCount(1, 1, 1, 1)]), "at least 2 seeds, not 1"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
