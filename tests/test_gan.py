"""The GAN of lesson 10: shapes that meet, one step by hand, saving and going on, what it refuses."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from imgrec_course.models import gan as module  # noqa: E402
from imgrec_course.models.gan import GAN, StopAtNaN, check_shapes_meet, endless_batches  # noqa: E402

SHAPE = (8, 8, 1)


def small_generator(latent=5):
    return module.dcgan_generator(latent, channels=(6, 4), shape=SHAPE)


def small_discriminator():
    return module.dcgan_discriminator(SHAPE, channels=(4, 6))


def small(seed=0, optimizers=None, **settings):
    keras.utils.set_random_seed(seed)
    model = GAN(small_generator(), small_discriminator(), seed=seed)
    generator_optimizer, discriminator_optimizer = optimizers or (
        keras.optimizers.Adam(1e-3, beta_1=0.5, use_ema=True, ema_momentum=0.9),
        keras.optimizers.RMSprop(1e-3),
    )
    model.compile(generator_optimizer, discriminator_optimizer, **settings)
    return model


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, size=(64, *SHAPE)).astype("float32")


def state(model):
    optimizers = (*model.generator_optimizer.variables, *model.discriminator_optimizer.variables)
    return [variable.numpy() for variable in (*model.variables, *optimizers)]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(state(first), state(second), strict=True))


# Builders


def test_shapes_and_parameters():
    generator, discriminator = module.dcgan_generator(), module.dcgan_discriminator()
    assert (generator.input_shape, generator.output_shape) == ((None, 64), (None, 28, 28, 1))
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, 28, 28, 1), (None, 1))
    assert generator.count_params() == 65 * 49 * 64 + (16 * 64 + 1) * 32 + (16 * 32 + 1)
    assert discriminator.count_params() == 17 * 32 + (16 * 32 + 1) * 64 + 49 * 64 + 1
    made = generator.predict(np.full((3, 64), 9.0), verbose=0)
    assert np.abs(made).max() <= 1
    normalised = module.dcgan_generator(normalise=True)
    trained = sum(np.prod(weight.shape) for weight in normalised.trainable_weights)
    assert trained == 64 * 49 * 64 + 2 * 64 + 16 * 64 * 32 + 2 * 32 + 16 * 32 + 1
    assert normalised.count_params() == trained + 2 * 64 + 2 * 32
    three = module.dcgan_generator(7, (8, 6, 4), shape=(32, 16, 3))
    assert three.output_shape == (None, 32, 16, 3)
    doubling = [layer.name for layer in three.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert doubling == ["double1", "double2", "double3"]


def test_mixed_precision_keeps_images_and_logits_in_float32():
    generator = module.dcgan_generator(5, (6, 4), shape=SHAPE, dtype="mixed_bfloat16")
    discriminator = module.dcgan_discriminator(SHAPE, (4, 6), dtype="mixed_bfloat16")
    made = generator(np.ones((2, 5), "float32"))
    assert made.dtype == tf.float32
    assert discriminator(made).dtype == tf.float32
    assert {str(weight.dtype) for weight in generator.weights} == {"float32"}


# One step


@pytest.mark.slow
def test_a_step_is_the_two_updates_one_after_the_other(images):
    """Plain gradient descent, done again by hand with the noise that was drawn."""
    optimizers = keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.25)
    model = small(optimizers=optimizers, smoothing=0.2)
    twin = small(optimizers=(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)))
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True))
    batch = images[:16]
    noise = keras.random.normal((16, 5), seed=keras.random.SeedGenerator(0))

    def cross_entropy(target, logits):
        return tf.reduce_mean(tf.nn.softplus(logits) - target * logits)

    G, D = twin.generator, twin.discriminator
    fake = G(noise)
    with tf.GradientTape() as tape:
        loss_d = (cross_entropy(0.8, D(batch)) + cross_entropy(0.0, D(fake))) / 2
    for variable, gradient in zip(
        D.trainable_variables, tape.gradient(loss_d, D.trainable_variables), strict=True
    ):
        variable.assign_sub(0.25 * gradient)
    with tf.GradientTape() as tape:
        loss_g = cross_entropy(1.0, D(G(noise)))
    for variable, gradient in zip(
        G.trainable_variables, tape.gradient(loss_g, G.trainable_variables), strict=True
    ):
        variable.assign_sub(0.5 * gradient)

    history = model.fit(batch, batch_size=16, shuffle=False, verbose=0).history
    assert history["discriminator_loss"][0] == pytest.approx(float(loss_d), rel=1e-5)
    assert history["generator_loss"][0] == pytest.approx(float(loss_g), rel=1e-5)
    for ours, by_hand in zip(model.get_weights()[:-1], twin.get_weights()[:-1], strict=False):
        np.testing.assert_allclose(ours, by_hand, atol=1e-6)


@pytest.mark.slow
def test_both_networks_learn_and_metrics_begin_anew_each_epoch(images):
    model = small()
    before = [network.get_weights() for network in (model.generator, model.discriminator)]
    seen = []
    history = model.fit(
        images,
        batch_size=16,
        epochs=3,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs)))],
    ).history
    for network, weights in zip((model.generator, model.discriminator), before, strict=True):
        assert all(not np.array_equal(a, b) for a, b in zip(network.get_weights(), weights, strict=True))
    names = {"discriminator_loss", "generator_loss", "real_passed", "fake_passed"}
    assert set(history) == names
    assert [len(values) for values in history.values()] == [3] * 4
    assert seen[2]["generator_loss"] == pytest.approx(history["generator_loss"][2])
    assert {metric.name for metric in model.metrics} == names
    result = model.evaluate(images, batch_size=16, verbose=0, return_dict=True)
    assert set(result) == names
    assert 0 <= result["real_passed"] <= 1


def test_predict_gives_images(images):
    model = small()
    noise = np.random.default_rng(1).normal(size=(7, 5)).astype("float32")
    np.testing.assert_array_equal(model.predict(noise, verbose=0), model.generator.predict(noise, verbose=0))


@pytest.mark.slow
def test_noise_of_two_steps_differs(images):
    model = small()
    first, second = model.draw_noise(4), model.draw_noise(4)
    assert np.abs(first - second).max() > 0.1


@pytest.mark.slow
def test_the_discriminator_wins_against_a_generator_that_stands_still():
    """Real images are white squares: a discriminator must soon tell them, a generator come near them."""
    generator = np.random.default_rng(0)
    real = np.full((256, *SHAPE), -1.0, "float32")
    real[:, 2:6, 2:6] = 1 - 0.1 * generator.uniform(size=(256, 4, 4, 1))
    model = small(optimizers=(keras.optimizers.SGD(0.0), keras.optimizers.Adam(3e-3)))
    history = model.fit(real, batch_size=32, epochs=5, verbose=0).history
    assert history["real_passed"][-1] > 0.95
    assert history["fake_passed"][-1] < 0.05
    trained = small(optimizers=[keras.optimizers.Adam(2e-3, beta_1=0.5) for _ in range(2)])
    trained.fit(endless_batches(real, batch_size=32), steps_per_epoch=600, verbose=0)
    made = trained.predict(np.random.default_rng(1).normal(size=(50, 5)), verbose=0)
    assert np.abs(made - real[:50]).mean() < 0.3
    standing = model.predict(np.random.default_rng(1).normal(size=(50, 5)), verbose=0)
    assert np.abs(standing - real[:50]).mean() > 0.7


# Saving and going on


@pytest.mark.slow
def test_interrupted_and_resumed_is_as_if_never_stopped(images, tmp_path):
    whole, first = small(), small()
    whole.fit(endless_batches(images, batch_size=16), steps_per_epoch=14, verbose=0)
    first.fit(endless_batches(images, batch_size=16), steps_per_epoch=6, verbose=0)
    assert not same(whole, first)
    first.save(tmp_path / "gan.keras")
    del first
    keras.utils.set_random_seed(99)  # nothing may hang on the global seed
    second = keras.saving.load_model(tmp_path / "gan.keras", safe_mode=True)
    assert isinstance(second, GAN)
    second.fit(endless_batches(images, batch_size=16, first_step=6), steps_per_epoch=8, verbose=0)
    assert same(whole, second)
    assert second.smoothing == whole.smoothing
    noise = np.ones((2, 5), "float32")
    np.testing.assert_array_equal(
        second.averaged_generator().predict(noise, verbose=0),
        whole.averaged_generator().predict(noise, verbose=0),
    )


@pytest.mark.slow
def test_without_the_optimizers_or_the_noise_it_would_not_be(images, tmp_path):
    """What the test above compares does depend on them."""
    whole, first = small(), small()
    whole.fit(endless_batches(images, batch_size=16), steps_per_epoch=14, verbose=0)
    first.fit(endless_batches(images, batch_size=16), steps_per_epoch=6, verbose=0)
    first.save(tmp_path / "gan.keras")
    for forget in ("optimizer", "noise"):
        second = keras.saving.load_model(tmp_path / "gan.keras")
        if forget == "optimizer":
            second.compile(
                keras.optimizers.Adam(1e-3, beta_1=0.5, use_ema=True, ema_momentum=0.9),
                keras.optimizers.RMSprop(1e-3),
            )
        else:
            second.noise_seed.state.assign([0, 0])
        second.fit(endless_batches(images, batch_size=16, first_step=6), steps_per_epoch=8, verbose=0)
        assert not same(whole, second), forget


@pytest.mark.slow
def test_dropouts_random_state_is_saved_too(images, tmp_path):
    keras.utils.set_random_seed(0)
    layers = [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    model = GAN(small_generator(), keras.Sequential(layers))
    model.compile()
    model.fit(images, batch_size=16, verbose=0)
    model.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    states = [
        [variable.numpy().tolist() for variable in one.variables if "seed_generator" in variable.path]
        for one in (model, again)
    ]
    assert states[0] == states[1]
    assert len(states[0]) == 2
    assert states[0][0] != [0, 0] or states[0][1] != [0, 0]


@pytest.mark.slow
def test_a_checkpoint_callback_and_a_csv_work(images, tmp_path):
    model = small()
    model.fit(
        images,
        batch_size=32,
        epochs=2,
        verbose=0,
        callbacks=[
            keras.callbacks.ModelCheckpoint(tmp_path / "epoch{epoch}.keras"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.EarlyStopping("fake_passed", patience=5, mode="min"),
        ],
    )
    assert same(model, keras.saving.load_model(tmp_path / "epoch2.keras"))
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


def test_an_uncompiled_gan_is_saved_too(tmp_path):
    model = GAN(small_generator(), small_discriminator(), seed=3)
    model.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    assert again.seed == 3
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))


@pytest.mark.slow
def test_several_steps_in_one_call_are_the_same_steps(images):
    one, several = small(), small(steps_per_execution=4)
    for model in (one, several):
        model.fit(endless_batches(images, batch_size=16), steps_per_epoch=8, verbose=0)
    assert same(one, several)


@pytest.mark.slow
def test_the_average_is_the_running_mean_of_the_weights(images):
    model = small(optimizers=(keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.8), "adam"))
    mean = None
    for step in range(4):
        model.fit(images[:16], batch_size=16, verbose=0)
        weights = model.generator.get_weights()
        mean = weights if step == 0 else [0.8 * m + 0.2 * w for m, w in zip(mean, weights, strict=True)]
    averaged = model.averaged_generator().get_weights()
    for ours, expected in zip(averaged, mean, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert any(not np.allclose(a, b) for a, b in zip(averaged, model.generator.get_weights(), strict=True))


# Batches


def test_endless_batches_show_every_image_once_an_epoch_in_new_orders():
    images, labels = np.arange(10.0).reshape(10, 1), np.arange(10) * 2
    taken = [
        (x.numpy()[:, 0], y.numpy()) for x, y in endless_batches(images, labels, batch_size=5, seed=1).take(6)
    ]
    epochs = [np.concatenate([taken[i][0], taken[i + 1][0]]).tolist() for i in (0, 2, 4)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert all(np.array_equal(y, 2 * x) for x, y in taken)
    later = [x.numpy().tolist() for x in endless_batches(images, batch_size=5, seed=1, first_step=3).take(3)]
    assert later == [x[:, np.newaxis].tolist() for x, _ in taken[3:]]
    other = next(iter(endless_batches(images, batch_size=5, seed=2)))
    assert other.numpy()[:, 0].tolist() != taken[0][0].tolist()


# What it refuses


def square(side, channels, outputs=None):
    """A generator of such images, or a discriminator of them."""
    if outputs is None:
        return keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(side * side * channels),
                keras.layers.Reshape((side, side, channels)),
            ]
        )
    return keras.Sequential(
        [keras.Input((side, side, channels)), keras.layers.GlobalAveragePooling2D(), outputs]
    )


def test_networks_that_do_not_meet_are_one_sentence():
    logit = keras.layers.Dense(1)
    with pytest.raises(
        ValueError, match=r"gives images of shape \(16, 16, 3\), the discriminator expects \(224,"
    ):
        GAN(square(16, 3), square(224, 3, logit))
    with pytest.raises(ValueError, match=r"must end in a logit.* ends in sigmoid"):
        check_shapes_meet(square(16, 3), square(16, 3, keras.layers.Dense(1, activation="sigmoid")))
    with pytest.raises(ValueError, match=r"generator must be a keras\.Model with a known input shape"):
        check_shapes_meet(keras.Sequential([keras.layers.Dense(3)]), square(16, 3, logit))
    check_shapes_meet(square(16, 3), square(16, 3, logit))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda x: (x + 1) * 127.5, "must lie between -1 .* and 1"),
        (lambda x: (x + 1) / 2, "these lie between 0.* scale bytes with"),
        (lambda x: x[..., 0], r"must have shape \(batch, height, width, channels\)"),
        (lambda x: x[:, :6], r"images must have shape \(batch, 8, 8, 1\), not"),
        (lambda x: np.where(x > 0.99, np.nan, x), "finite"),
    ],
)
def test_bad_images_are_refused_before_training(images, change, sentence):
    model = small()
    before = state(model)
    damaged = change(images)
    for x in (damaged, endless_batches(damaged, batch_size=64)):
        with pytest.raises(ValueError, match=sentence):
            model.fit(x, steps_per_epoch=1, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, state(model), strict=True))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: module.dcgan_generator(0), "latent must be a whole number of at least 1, not 0"),
        (lambda: module.dcgan_generator(shape=(30, 28, 1)), "divisible by 4, for 2 doublings, not 30 × 28"),
        (lambda: module.dcgan_generator(channels=()), "channels must hold at least one number"),
        (lambda: module.dcgan_generator(channels=(8, 0.5)), r"channels\[1\] must be a whole number"),
        (lambda: module.dcgan_generator(dtype="float16"), "dtype must be"),
        (lambda: module.dcgan_discriminator(slope=1), "slope must be a number from 0 to below 1, not 1"),
        (lambda: module.dcgan_discriminator((2, 28, 1)), "at least 4 × 4 pixels"),
        (lambda: small(smoothing=0.5), "smoothing must be a number from 0 to below 0.5, not 0.5"),
        (lambda: endless_batches(np.zeros((3, 1)), batch_size=4), "at least one batch of 4, not 3"),
        (
            lambda: endless_batches(np.zeros((8, 1)), np.zeros(7), 4),
            "one row for each of the 8 images, not 7",
        ),
        (lambda: endless_batches(np.zeros((8, 1)), None, 4, first_step=-1), "first_step must be"),
        (lambda: small(optimizers=("adam", "adam")).averaged_generator(), "use_ema=True"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.slow
def test_nan_stops_the_training_with_a_reason(images, capsys):
    guard = StopAtNaN()
    model = small(optimizers=(keras.optimizers.SGD(1e20), keras.optimizers.SGD(1e20)))
    history = model.fit(images, batch_size=16, epochs=5, verbose=0, callbacks=[guard])
    assert len(history.epoch) == 1
    assert guard.reason is not None
    out = capsys.readouterr().out
    assert "Training stopped in epoch 1, step" in out
    assert "learning rate" in out


def test_growing_losses_are_told_from_sudden_ones(images):
    guard = StopAtNaN()
    guard.set_model(small())
    guard.on_epoch_begin(2)
    guard.on_train_batch_end(6, {"discriminator_loss": 5000.0, "generator_loss": 0.1})
    guard.on_train_batch_end(7, {"discriminator_loss": float("nan"), "generator_loss": 0.1})
    assert guard.model.stop_training
    assert guard.reason["values"]["epoch"] == 3
    assert guard.reason["values"]["step"] == 8
    assert guard.reason["values"]["cause"]["text"].startswith("The losses had grown to")


@pytest.mark.slow
def test_a_log_of_negative_numbers_is_found(images):
    """The article's D ends in tanh; log D of a negative number is NaN."""

    @keras.saving.register_keras_serializable("tests")
    def log_of_tanh(targets, logits):
        return -tf.reduce_mean(tf.math.log(tf.tanh(logits)), axis=-1)

    guard = StopAtNaN()
    model = small(loss=log_of_tanh)
    model.fit(images, batch_size=16, epochs=5, verbose=0, callbacks=[guard])
    assert guard.reason["values"]["cause"]["text"].startswith("It came without a warning")


@pytest.mark.slow
def test_good_training_is_not_stopped(images):
    guard = StopAtNaN()
    history = small().fit(images, batch_size=16, epochs=2, verbose=0, callbacks=[guard])
    assert guard.reason is None
    assert len(history.epoch) == 2


@pytest.mark.slow
def test_a_condition_reaches_both_networks(images):
    """The hooks that lesson 11 uses: generate and judge with what fit got as y."""

    class Conditional(GAN):
        def generate(self, noise, condition=None, training=False):
            return self.generator(noise, training=training) * condition[:, None, None, None]

        def judge(self, images, condition=None, training=False):
            return self.discriminator(images, training=training) + condition[:, None]

    keras.utils.set_random_seed(0)
    model = Conditional(small_generator(), small_discriminator())
    model.compile()
    scale = np.linspace(0.1, 1, 64, dtype="float32")
    history = model.fit(images, scale, batch_size=16, verbose=0).history
    assert np.isfinite(history["generator_loss"][0])
    made = model([np.ones((2, 5), "float32"), np.array([0.0, 1.0], "float32")])
    assert np.abs(made[0]).max() == 0 < np.abs(made[1]).max()


@pytest.mark.slow
def test_every_candidate_of_the_benchmark_takes_a_step_and_is_measured():
    """Nothing is timed or compared here."""
    import importlib.util

    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.paths import ROOT
    from imgrec_course.sample_quality import features, to_signed

    specification = importlib.util.spec_from_file_location("gan_quality", ROOT / "benchmarks/gan_quality.py")
    race = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(race)
    signed = to_signed(load_fashion()[0][0][:600])
    real = features(signed[:100])
    for settings in race.CANDIDATES.values():
        model, steps, seconds = race.train(settings, signed, seconds=1e-6, chunk=1)
        assert steps == 1
        assert seconds > 0
        assert int(model.generator_optimizer.iterations) == 1, "the step that traces the graph is undone"
        found = race.measure(model, real, count=100)
        assert found["distance"] > 0
        assert 0 <= found["precision"] <= 1
