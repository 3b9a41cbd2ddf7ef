"""A generative adversarial network as a Keras model: two networks, two optimisers, one ``fit``.

Images are floats from −1 (black) to 1 (white), the range of the generator's tanh; the discriminator answers
with a logit, the logarithm of the odds that an image is real. The two updates of a step need TensorFlow's
GradientTape: ``GAN.train_step`` and what it calls are the only places here that are not plain Keras.
"""

import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from imgrec_course.language import message, say
from imgrec_course.models.cnn import check_network
from imgrec_course.sample_quality import check_signed

PACKAGE = "imgrec_course"


def dcgan_generator(
    latent=64, channels=(64, 32), kernel=4, shape=(28, 28, 1), dtype="float32", normalise=False
):
    """From noise to an image: a dense layer, then transposed convolutions that double height and width.

    latent     numbers of the noise
    channels   feature maps after the dense layer and after each transposed convolution but the last, which
               gives the image; so many numbers, so many doublings
    kernel     side of the kernels of the transposed convolutions; even, so that the stride 2 divides it
    shape      (height, width, channels) of the images; height and width divisible by 2 ** len(channels)
    dtype      "float32", or "mixed_bfloat16" to compute in bfloat16
    normalise  True: batch normalisation before each ReLU, in place of the biases
    returns    keras.Model (batch, latent) → (batch, *shape) in [−1, 1], not compiled

    Raises ValueError for what no such network can have.
    After Radford, Metz & Chintala (2016), arXiv:1511.06434. Taught in lesson 10.
    """
    _check_counts(latent=latent, kernel=kernel)
    channels = _check_channels(channels)
    check_network(tuple(shape), dtype=dtype)
    height, width, colours = shape
    factor = 2 ** len(channels)
    if height % factor or width % factor:
        raise ValueError(
            f"shape must be divisible by {factor}, for {len(channels)} doublings, not {height} × {width}"
        )
    layers = keras.layers
    rows, columns = height // factor, width // factor

    def activated(name):
        """ReLU, after normalisation where it is wanted; running means of about ten batches."""
        first = (
            [layers.BatchNormalization(momentum=0.9, name=f"{name}_norm", dtype=dtype)] if normalise else []
        )
        return [*first, layers.ReLU(name=f"{name}_relu", dtype=dtype)]

    with_bias = not normalise  # normalisation would take it away again
    stack = [
        keras.Input((latent,), name="noise"),
        layers.Dense(rows * columns * channels[0], use_bias=with_bias, name="dense", dtype=dtype),
        layers.Reshape((rows, columns, channels[0]), name="maps", dtype=dtype),
        *activated("maps"),
    ]
    for number, filters in enumerate(channels[1:], start=1):
        name = f"double{number}"
        stack.append(
            layers.Conv2DTranspose(filters, kernel, 2, "same", use_bias=with_bias, name=name, dtype=dtype)
        )
        stack.extend(activated(name))
    stack.append(
        layers.Conv2DTranspose(colours, kernel, 2, "same", name=f"double{len(channels)}", dtype=dtype)
    )
    stack.append(layers.Activation("tanh", name="image", dtype="float32"))
    return keras.Sequential(stack, name="generator")


def dcgan_discriminator(shape=(28, 28, 1), channels=(32, 64), kernel=4, slope=0.2, dtype="float32"):
    """From an image to a logit: convolutions that halve height and width, leaky ReLU, one dense layer.

    shape     (height, width, channels) of the images, in [−1, 1]
    channels  feature maps after each convolution
    kernel    side of their kernels
    slope     of the leaky ReLU below 0, 0 ≤ slope < 1
    dtype     "float32", or "mixed_bfloat16" to compute in bfloat16
    returns   keras.Model (batch, *shape) → (batch, 1): the logit of "real", not compiled

    Raises ValueError for what no such network can have.
    After Radford, Metz & Chintala (2016), arXiv:1511.06434. Taught in lesson 10.
    """
    channels = _check_channels(channels)
    _check_counts(kernel=kernel)
    check_network(tuple(shape), dtype=dtype, smallest=2 ** len(channels))
    if not isinstance(slope, numbers.Real) or not 0 <= slope < 1:
        raise ValueError(f"slope must be a number from 0 to below 1, not {slope!r}")
    layers = keras.layers
    stack = [keras.Input(shape, name="image")]
    for number, filters in enumerate(channels, start=1):
        stack.append(layers.Conv2D(filters, kernel, 2, "same", name=f"halve{number}", dtype=dtype))
        stack.append(layers.LeakyReLU(slope, name=f"leaky{number}", dtype=dtype))
    stack.append(layers.Flatten(name="flatten", dtype=dtype))
    stack.append(layers.Dense(1, name="logit", dtype="float32"))
    return keras.Sequential(stack, name="discriminator")


def check_shapes_meet(generator, discriminator):
    """Raise ValueError unless the generator's images are what the discriminator takes, and it gives logits.

    generator, discriminator   keras.Models that are built; where one has several inputs (a condition beside
                               noise or image), the image is the discriminator's first
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        if not isinstance(network, keras.Model) or not network.built:
            raise ValueError(f"{name} must be a keras.Model with a known input shape, not {network!r}")
    given, expected = _shape(generator.outputs), _shape(discriminator.inputs)
    if given != expected:
        raise ValueError(
            f"generator and discriminator must meet: the generator gives images of shape {given}, the "
            f"discriminator expects {expected}; let both have the shape of the real images"
        )
    activation = getattr(getattr(discriminator.layers[-1], "activation", None), "__name__", "linear")
    if activation != "linear":
        raise ValueError(
            "discriminator must end in a logit, any real number, without activation; its last layer "
            f'"{discriminator.layers[-1].name}" ends in {activation}'
        )


@keras.saving.register_keras_serializable(PACKAGE)
class GAN(keras.Model):
    """A generator and a discriminator that learn from each other; ``fit`` takes images in [−1, 1].

    generator       keras.Model (batch, latent) → images
    discriminator   keras.Model images → logits
    seed            of the noise

    Called on noise, it gives images: ``gan.predict(noise)``. Each step of ``fit`` first improves the
    discriminator on real and generated images, then the generator against the improved discriminator.
    A saved model (``.keras``) holds both networks, both optimisers and the state of every random number,
    so that training goes on from it as if it had never stopped.

    A subclass with a condition (a class, an edge map) overrides ``generate`` and ``judge``, and ``unpack``
    where its data are not (images, condition); ``generator_loss`` and ``discriminator_loss`` may be extended.

    Raises ValueError when the shapes of the networks do not meet.
    Goodfellow et al. (2014), arXiv:1406.2661. Taught in lesson 10.
    """

    def __init__(self, generator, discriminator, seed=0, **settings):
        check_shapes_meet(generator, discriminator)
        super().__init__(**settings)
        self.generator = generator
        self.discriminator = discriminator
        self.seed = seed
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.latent = _shape(generator.inputs)[0]
        self.means = [keras.metrics.Mean(name=name) for name in self.measured_in_training()]
        self.built = True  # both networks are

    def measured_in_training(self):
        """Names of what ``fit`` reports: both losses, and the shares that pass for real (logit > 0)."""
        return ["discriminator_loss", "generator_loss", "real_passed", "fake_passed"]

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss=None,
        smoothing=0.1,
        **settings,
    ):
        """Choose how both networks learn.

        generator_optimizer, discriminator_optimizer   Keras optimisers or their names; None: Adam with
                   rate 4e-4 and β₁ = 0.5
        loss       a Keras loss of (targets, logits); None: binary cross-entropy of logits
        smoothing  the discriminator's target for real images is 1 − smoothing, 0 ≤ smoothing < 0.5
                   (one-sided label smoothing; Salimans et al. 2016, arXiv:1606.03498)
        settings   as keras.Model.compile takes them: steps_per_execution, run_eagerly
        """
        if not isinstance(smoothing, numbers.Real) or not 0 <= smoothing < 0.5:
            raise ValueError(f"smoothing must be a number from 0 to below 0.5, not {smoothing!r}")
        # XLA is several times slower on a processor (benchmarks), so Keras's "auto" is not our default.
        super().compile(optimizer=None, **{"jit_compile": False, **settings})
        self._compiled_with = {
            "generator_optimizer": keras.optimizers.get(generator_optimizer or default_optimizer()),
            "discriminator_optimizer": keras.optimizers.get(discriminator_optimizer or default_optimizer()),
            "loss": keras.losses.get(loss) or keras.losses.BinaryCrossentropy(from_logits=True),
            "smoothing": smoothing,
            "steps_per_execution": self.steps_per_execution,
            "run_eagerly": self.run_eagerly,
        }
        self.generator_optimizer = self._compiled_with["generator_optimizer"]
        self.discriminator_optimizer = self._compiled_with["discriminator_optimizer"]
        self.adversarial_loss = self._compiled_with["loss"]
        self.smoothing = smoothing
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def fit(self, x=None, y=None, **settings):
        """As keras.Model.fit; refuses images outside [−1, 1] before anything is trained.

        y   the condition that goes with x, such as labels; None where there is none, or where x is a dataset
            that holds both. Of a tf.data.Dataset or a PyDataset the first batch is looked at, of arrays all.
        """
        self.check_data(_first_batch(x) if y is None else (x, y))
        if isinstance(x, tf.data.Dataset):
            settings.setdefault("shuffle", False)  # it has its own order, and Keras would warn
        return super().fit(x, y, **settings)

    def check_data(self, data):
        """Raise ValueError for a batch that cannot be trained on; ``data`` as train_step gets it."""
        images = np.asarray(self.unpack(data)[0])
        check_signed(images)
        expected = _shape(self.discriminator.inputs)
        if images.shape[1:] != expected:
            raise ValueError(
                f"images must have shape (batch, {', '.join(map(str, expected))}), not {images.shape}"
            )

    # What a subclass with a condition overrides

    def unpack(self, data):
        """(images, condition) of what one batch of ``fit`` holds; the condition is None here."""
        images, condition, _ = keras.utils.unpack_x_y_sample_weight(data)
        return images, condition

    def generate(self, noise, condition=None, training=False):
        """Images from noise (batch, latent)."""
        return self.generator(noise, training=training)

    def judge(self, images, condition=None, training=False):
        """Logits of "real" for images."""
        return self.discriminator(images, training=training)

    def draw_noise(self, count):
        """Fresh noise, (count, latent) from the normal distribution."""
        return keras.random.normal((count, self.latent), seed=self.noise_seed)

    def call(self, inputs, training=False):
        if isinstance(inputs, list | tuple):
            return self.generate(*inputs, training=training)
        return self.generate(inputs, training=training)

    # One step of the game

    def discriminator_loss(self, real_logits, fake_logits):
        """Mean cross-entropy over real images (target 1 − smoothing) and generated ones (target 0)."""
        real = self.adversarial_loss(tf.ones_like(real_logits) * (1 - self.smoothing), real_logits)
        return (real + self.adversarial_loss(tf.zeros_like(fake_logits), fake_logits)) / 2

    def generator_loss(self, fake_logits, generated, images, condition):
        """The non-saturating loss: mean −log D(G(z)), as if generated images had target 1."""
        return self.adversarial_loss(tf.ones_like(fake_logits), fake_logits)

    def train_step(self, data):
        images, condition = self.unpack(data)
        noise = self.draw_noise(tf.shape(images)[0])
        with tf.GradientTape() as tape:
            generated = self.generate(noise, condition, training=True)
            with tape.stop_recording():
                judged = self.update_discriminator(images, generated, condition)
            # The discriminator has just changed: it judges the same images anew.
            logits = self.judge(generated, condition, training=True)
            loss = self.generator_loss(logits, generated, images, condition)
        variables = self.generator.trainable_variables
        self.generator_optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return self.report(judged | {"generator_loss": loss})

    def update_discriminator(self, images, generated, condition):
        """One step of the discriminator; {name: value} of what it says about the batch."""
        with tf.GradientTape() as tape:
            real_logits = self.judge(images, condition, training=True)
            fake_logits = self.judge(generated, condition, training=True)
            loss = self.discriminator_loss(real_logits, fake_logits)
        variables = self.discriminator.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.discriminator_optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return self._judged(loss, real_logits, fake_logits)

    def test_step(self, data):
        images, condition = self.unpack(data)
        generated = self.generate(self.draw_noise(tf.shape(images)[0]), condition)
        real_logits, fake_logits = self.judge(images, condition), self.judge(generated, condition)
        loss = self.discriminator_loss(real_logits, fake_logits)
        judged = self._judged(loss, real_logits, fake_logits)
        return self.report(
            judged | {"generator_loss": self.generator_loss(fake_logits, generated, images, condition)}
        )

    def _judged(self, loss, real_logits, fake_logits):
        return {
            "discriminator_loss": loss,
            "real_passed": tf.reduce_mean(tf.cast(real_logits > 0, tf.float32)),
            "fake_passed": tf.reduce_mean(tf.cast(fake_logits > 0, tf.float32)),
        }

    def report(self, values):
        """Add the values of a step to the means of the epoch; {name: mean so far}."""
        for mean in self.means:
            mean.update_state(values[mean.name])
        return {mean.name: mean.result() for mean in self.means}

    @property
    def metrics(self):
        return self.means  # so that fit and evaluate begin each epoch anew

    def averaged_generator(self):
        """A copy of the generator with the running mean of its weights over the steps.

        Compile with an optimiser that keeps the mean: ``Adam(…, use_ema=True, ema_momentum=0.999)``.
        Raises ValueError without one. Yazıcı et al. (2019), arXiv:1806.04498.
        """
        optimizer = getattr(self, "generator_optimizer", None)
        if optimizer is None or not optimizer.use_ema:
            raise ValueError(
                "generator_optimizer must keep a mean of the weights: compile with use_ema=True in it"
            )
        averaged = keras.models.clone_model(self.generator)
        averaged.set_weights(self.generator.get_weights())
        if int(optimizer.iterations) > 0:
            optimizer.finalize_variable_values(averaged.trainable_variables)
        return averaged

    # Saving: networks and settings as JSON, weights, optimisers and random states beside them

    def get_config(self):
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("generator", "discriminator"):
            config[name] = keras.saving.deserialize_keras_object(config[name])
        return cls(**config)

    def get_compile_config(self):
        return keras.saving.serialize_keras_object(self._compiled_with) if self.compiled else {}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store):
        for name, state in self._random_states():
            store[name] = state.numpy()

    def load_own_variables(self, store):
        for name, state in self._random_states():
            state.assign(store[name])

    def _random_states(self):
        """(name, variable) of every seed generator, dropout's included, which Keras itself does not save."""
        states = [variable for variable in self.variables if "seed_generator_state" in variable.path]
        return [(f"random_state{number}", state) for number, state in enumerate(states)]


def default_optimizer():
    """Adam with rate 4e-4 and β₁ = 0.5."""
    return keras.optimizers.Adam(4e-4, beta_1=0.5)


def endless_batches(images, labels=None, batch_size=128, seed=0, first_step=0):
    """Batches for ``fit(…, steps_per_epoch=…)``: epoch after epoch, each in a new order, without end.

    images      (n, height, width, channels) array, n ≥ batch_size
    labels      (n, …) array that goes with it, or None
    first_step  number of batches to leave out: the batch of a step depends on seed and step alone, so
                training that goes on after a break sees what it would have seen without one
    returns     tf.data.Dataset of images, or of (images, labels)

    What fills no batch at the end of an epoch is left out in that epoch.
    Raises ValueError for labels that do not fit, too few images, a first_step below 0.
    """
    _check_counts(batch_size=batch_size)
    if len(images) < batch_size:
        raise ValueError(f"images must hold at least one batch of {batch_size}, not {len(images)}")
    if labels is not None and len(labels) != len(images):
        raise ValueError(f"labels must hold one row for each of the {len(images)} images, not {len(labels)}")
    if isinstance(first_step, bool) or not isinstance(first_step, numbers.Integral) or first_step < 0:
        raise ValueError(f"first_step must be a whole number of at least 0, not {first_step!r}")
    steps = len(images) // batch_size
    arrays = tf.constant(images) if labels is None else (tf.constant(images), tf.constant(labels))

    def batch(step):
        places = step % steps * batch_size + tf.range(batch_size, dtype=tf.int64)
        rows = tf.random.experimental.index_shuffle(
            places, [tf.cast(seed, tf.int64), step // steps], len(images) - 1
        )
        return tf.nest.map_structure(lambda array: tf.gather(array, rows), arrays)

    return tf.data.Dataset.counter(first_step).map(batch, tf.data.AUTOTUNE).prefetch(4)


class StopAtNaN(keras.callbacks.Callback):
    """Stops training as soon as a loss is no number, and says why.

    ``reason`` is None, or the message that was shown.
    """

    def __init__(self):
        super().__init__()
        self.reason = None
        self._before = {}

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        losses = {name: float(value) for name, value in (logs or {}).items() if name.endswith("loss")}
        broken = [name for name, value in losses.items() if not math.isfinite(value)]
        if not broken:
            self._before = losses
            return
        self.model.stop_training = True
        self.reason = message(
            "Training stopped in epoch {epoch}, step {step}: {name} is {value}. {cause}",
            epoch=self._epoch + 1,
            step=batch + 1,
            name=broken[0],
            value=f"{losses[broken[0]]}",
            cause=self._cause(),
        )
        say(self.reason["text"], **self.reason["values"])

    def _cause(self):
        if any(abs(value) > 100 for value in self._before.values()):
            return message(
                "The losses had grown to {losses}, so the steps were too long: lower the learning rates.",
                losses=", ".join(f"{name} {value:.3g}" for name, value in self._before.items()),
            )
        return message(
            "It came without a warning: look for a logarithm or a root of a number below 0 in a loss or a "
            "layer (does the discriminator end in a logit?), for NaN in the images, or for a learning rate "
            "that is far too high."
        )


def _first_batch(x):
    """What a step would get first, of anything that fit takes."""
    if isinstance(x, tf.data.Dataset):
        return next(iter(x))
    if isinstance(x, keras.utils.PyDataset):
        return x[0]
    return x


def _shape(tensors):
    return tuple(tensors[0].shape[1:])


def _check_counts(**values):
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")


def _check_channels(channels):
    channels = tuple(channels)
    if not channels:
        raise ValueError("channels must hold at least one number")
    _check_counts(**{f"channels[{place}]": number for place, number in enumerate(channels)})
    return channels
