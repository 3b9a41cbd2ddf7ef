"""Games between a generator and a discriminator on points of the line or the plane.

Small enough to see everything: the real distribution is known, and with it the modes that can be counted.
:class:`GameRecord` is what one game leaves behind, moment by moment; the explorer of ``widgets/game`` plays
it. :class:`Match` plays. Lesson 09 teaches what it does.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from imgrec_course.scratch import expect


@dataclass(frozen=True, eq=False)
class GameRecord:
    """One recorded game, moment by moment, on the line (dim = 1) or in the plane (dim = 2).

    steps      (moments,) whole numbers that rise: updates of the generator made so far
    real       (n, dim) real points; the same at every moment
    samples    (moments, m, dim) what the generator makes of the same m noises at every moment
    axes       (dim, g) the grid: g rising places along each axis
    landscape  D on the grid, probabilities in [0, 1]: (moments, g) on the line, D at axes[0];
               (moments, g, g) in the plane, landscape[t, j, i] is D at the point (axes[0, i], axes[1, j]),
               so that rows go with the second coordinate as in a picture with its origin below
    gradients  (moments, m, dim) of the generator's loss of one sample with respect to that sample;
               the generator moves it the other way, so an arrow points along −gradient
    losses     (moments, 2) discriminator's loss, then generator's, each a mean in natural logarithms;
               the discriminator's is the sum over real and generated samples, 2 ln 2 at the equilibrium
    p, q       on the line only, or None: density of the real points on the grid (g,), and of the
               generated ones (moments, g); the optimal D is p / (p + q)

    Raises ValueError when they do not fit each other, or for NaN. Arrays are kept as float32 (steps: int64).
    """

    steps: np.ndarray
    real: np.ndarray
    samples: np.ndarray
    axes: np.ndarray
    landscape: np.ndarray
    gradients: np.ndarray
    losses: np.ndarray
    p: np.ndarray | None = None
    q: np.ndarray | None = None

    def __post_init__(self):
        names = ("real", "samples", "axes", "landscape", "gradients", "losses", "p", "q")
        for name in names:
            value = getattr(self, name)
            if value is None and name in "pq":
                continue
            value = np.asarray(value, dtype=np.float32)
            if not np.isfinite(value).all():
                raise ValueError(f"{name} must hold finite numbers; the game has left them (NaN or infinity)")
            object.__setattr__(self, name, value)
        steps = np.asarray(self.steps)
        if steps.ndim != 1 or len(steps) == 0 or steps.dtype.kind not in "iu" or (np.diff(steps) <= 0).any():
            raise ValueError("steps must be whole numbers that rise, one for each moment, at least one")
        object.__setattr__(self, "steps", steps.astype(np.int64))
        if self.real.ndim != 2 or self.real.shape[1] not in (1, 2) or len(self.real) == 0:
            raise ValueError(f"real must have shape (n, 1) or (n, 2), not {self.real.shape}")
        moments, dim = len(steps), self.real.shape[1]
        if self.axes.ndim != 2 or len(self.axes) != dim or (np.diff(self.axes) <= 0).any():
            raise ValueError(
                f"axes must have shape ({dim}, g) and rise along each row, not shape {self.axes.shape}"
            )
        g = self.axes.shape[1]
        if self.samples.ndim != 3 or self.samples.shape[1] == 0:
            raise ValueError(f"samples must have shape (moments, m, {dim}), not {self.samples.shape}")
        m = self.samples.shape[1]
        expected = {
            "samples": (moments, m, dim),
            "landscape": (moments, *(g,) * dim),
            "gradients": (moments, m, dim),
            "losses": (moments, 2),
            "p": (g,),
            "q": (moments, g),
        }
        for name, shape in expected.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, not {value.shape}")
        if (self.landscape < 0).any() or (self.landscape > 1).any():
            raise ValueError("landscape must hold probabilities in [0, 1]; give σ(f), not the logits f")
        if dim == 2 and (self.p is not None or self.q is not None):
            raise ValueError("p and q are drawn on the line only; leave them None in the plane")
        if (self.p is None) != (self.q is None):
            raise ValueError("p and q come together: give both or neither")

    def __len__(self):
        """Number of moments."""
        return len(self.steps)

    @property
    def dimension(self):
        """1 on the line, 2 in the plane."""
        return self.real.shape[1]

    @property
    def optimal(self):
        """(moments, g) the optimal discriminator p / (p + q) on the grid; None without p and q."""
        if self.p is None:
            return None
        both = self.p + self.q
        return np.divide(self.p, both, out=np.full_like(both, 0.5), where=both > 0)


@dataclass(frozen=True, eq=False)
class World:
    """Where real points come from: an equal mixture of normal distributions, all as wide as each other.

    centres   (modes, dim), dim 1 or 2
    sigma     standard deviation of every mode in every direction, > 0

    Raises ValueError for other shapes, numbers that are not finite, or a width that is not positive.
    """

    centres: np.ndarray
    sigma: float

    def __post_init__(self):
        (centres,) = expect.floats(centres=self.centres)
        if centres.ndim != 2 or centres.shape[1] not in (1, 2):
            raise ValueError(f"centres must have shape (modes, 1) or (modes, 2), not {centres.shape}")
        expect.finite(centres, "centres")
        if not (np.isfinite(self.sigma) and self.sigma > 0):
            raise ValueError(f"sigma must be a positive number, not {self.sigma!r}")
        object.__setattr__(self, "centres", centres.astype(np.float64))

    @property
    def dimension(self):
        """1 on the line, 2 in the plane."""
        return self.centres.shape[1]

    def draw(self, shape, generator):
        """Real points as float32.

        shape       a number or a tuple
        generator   numpy.random.Generator
        returns     (*shape, dim)
        """
        return self._draw(shape, generator, generator)

    def _draw(self, shape, of_modes, of_places):
        """Two generators: then the points do not depend on how many are drawn at once."""
        modes = of_modes.integers(len(self.centres), size=shape)
        noise = of_places.normal(size=(*modes.shape, self.dimension))
        return (self.centres[modes] + self.sigma * noise).astype(np.float32)

    def density(self, points):
        """p at points (…, dim): (…)."""
        points = np.asarray(points, dtype=np.float64)
        squares = ((points[..., np.newaxis, :] - self.centres) ** 2).sum(axis=-1)
        scale = (2 * np.pi * self.sigma**2) ** (self.dimension / 2)
        return (np.exp(-squares / (2 * self.sigma**2)) / scale).mean(axis=-1)


def ring(modes=8, radius=2.0, sigma=0.05):
    """Modes on a circle around the origin."""
    expect.whole_numbers(modes=modes)
    angles = 2 * np.pi * np.arange(modes) / modes
    return World(radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), sigma)


def grid(side=5, spacing=1.0, sigma=0.05):
    """side × side modes on a square grid around the origin."""
    expect.whole_numbers(side=side)
    places = spacing * (np.arange(side) - (side - 1) / 2)
    return World(np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2), sigma)


class ModeCount(NamedTuple):
    """What :func:`count_modes` found.

    good        samples that lie at a mode
    samples     all samples
    covered     modes at which enough of them lie
    modes       all modes
    """

    good: int
    samples: int
    covered: int
    modes: int

    @property
    def precision(self):
        """Share of the samples that are good."""
        return self.good / self.samples

    @property
    def recall(self):
        """Share of the modes that are covered."""
        return self.covered / self.modes

    @property
    def f1(self):
        """Harmonic mean of the two; 0 when both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def near_modes(samples, world, sigmas=3.0):
    """Where each sample lies.

    samples   (…, dim)
    returns   (…) whole numbers: the nearest mode, −1 when it is further than ``sigmas`` · σ away

    Raises ValueError for another number of dimensions, or NaN.
    """
    (samples,) = expect.floats(samples=samples)
    if samples.ndim < 2 or samples.shape[-1] != world.dimension:
        raise ValueError(f"samples must have shape (…, {world.dimension}), not {samples.shape}")
    expect.finite(samples, "samples")
    distances = np.linalg.norm(samples[..., np.newaxis, :] - world.centres, axis=-1)
    near = distances.min(axis=-1) <= sigmas * world.sigma
    return np.where(near, distances.argmin(axis=-1), -1)


def count_modes(samples, world, fair=0.1, sigmas=3.0):
    """Precision and recall of a generator whose modes are known.

    samples   (n, dim)
    fair      a mode is covered when at least this share of its fair share n / modes lies there, and at least
              one sample; 0: one is enough, as VEEGAN and PacGAN count
    sigmas    a sample is good within so many σ of the nearest centre
    returns   ModeCount

    Srivastava et al. (2017), arXiv:1705.07761; Lin et al. (2018), arXiv:1712.04086. Taught in lesson 09.
    """
    places = near_modes(samples, world, sigmas)
    expect.shape(places, (len(places),), "samples without their last axis")
    if not 0 <= fair <= 1:
        raise ValueError(f"fair must lie in [0, 1], not {fair!r}")
    counts = np.bincount(places[places >= 0], minlength=len(world.centres))
    enough = max(1, fair * len(places) / len(world.centres))
    return ModeCount(int(counts.sum()), len(places), int((counts >= enough).sum()), len(counts))


class Match:
    """Several games of one kind at once: one for each seed, each with its own players and its own chance.

    world            where the real points come from
    seeds            whole numbers; a game depends on its own seed alone, but for rounding
    noise            how many standard normal numbers make one z
    generator        widths of the generator's hidden layers; () makes it affine, x = z W + b
    discriminator    widths of the discriminator's hidden layers
    rates            learning rates of discriminator and generator (Adam, β₁ = 0.5)
    loss             "non-saturating" or "saturating": what the generator lowers
    discriminator_updates   of the discriminator for each one of the generator
    penalty          γ of R1: γ/2 times the mean squared length of the logit's gradient at real points
    pack             points that the discriminator judges together; 1: each alone
    smoothing        the discriminator's target for real points: 1, or a little less
    batch            real and as many generated points for each update

    Every array of weights holds all games, (games, inputs, outputs): the same operations play them all.
    Raises ValueError for settings with which no game can be played.
    """

    def __init__(
        self,
        world,
        seeds=(0,),
        *,
        noise=2,
        generator=(64, 64),
        discriminator=(64, 64),
        rates=(1e-3, 1e-3),
        loss="non-saturating",
        discriminator_updates=1,
        penalty=0.0,
        pack=1,
        smoothing=1.0,
        batch=128,
    ):
        import keras

        if not isinstance(world, World):
            raise ValueError(f"world must be a World, such as ring(), not {type(world).__name__}")
        self.seeds = tuple(seeds)
        if not self.seeds:
            raise ValueError("seeds must hold at least one seed; each seed is a game")
        if loss not in LOSSES:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}, not {loss!r}")
        expect.whole_numbers(noise=noise, discriminator_updates=discriminator_updates, pack=pack, batch=batch)
        for name, widths in (("generator", generator), ("discriminator", discriminator)):
            for width in widths:
                expect.whole_numbers(**{f"each width of the {name}": width})
        if batch % pack:
            raise ValueError(f"batch must be a multiple of pack = {pack}, not {batch}")
        if not (np.isfinite(penalty) and penalty >= 0):
            raise ValueError(f"penalty must be a number of at least 0, not {penalty!r}")
        if not 0.5 < smoothing <= 1:
            raise ValueError(f"smoothing must lie in (0.5, 1], not {smoothing!r}")
        if len(rates) != 2 or not all(np.isfinite(rate) and rate > 0 for rate in rates):
            raise ValueError(f"rates must be two positive numbers, discriminator's first, not {rates!r}")
        self.world, self.noise, self.loss, self.batch = world, noise, loss, batch
        self.discriminator_updates, self.penalty = discriminator_updates, float(penalty)
        self.pack, self.smoothing = pack, float(smoothing)
        self.updates = 0
        weights = [np.random.default_rng([seed, 0]) for seed in self.seeds]
        # Three streams each, so that a game played in parts is the game played at once.
        self._chances = [[np.random.default_rng([seed, i]) for i in (1, 2, 3)] for seed in self.seeds]
        self.generator = _weights(weights, (noise, *generator, world.dimension))
        self.discriminator = _weights(weights, (pack * world.dimension, *discriminator, 1))
        self._optimizers = [keras.optimizers.Adam(rate, beta_1=0.5) for rate in rates]
        self._optimizers[0].build(self.discriminator)
        self._optimizers[1].build(self.generator)
        self._compiled = None

    def play(self, updates):
        """Update every generator so many times, and its discriminator as the settings say.

        returns   (updates, games, 2): the discriminator's loss before each last update of its own, without
                  the penalty, and the generator's

        Raises FloatingPointError when a loss becomes NaN or infinite: nothing could be learned after it.
        """
        import tensorflow as tf

        expect.whole_numbers(updates=updates)
        if self._compiled is None:
            shapes = [
                tf.TensorSpec((None, turns, len(self.seeds), self.batch, numbers), tf.float32)
                for turns, numbers in (
                    (self.discriminator_updates + 1, self.noise),
                    (self.discriminator_updates, self.world.dimension),
                )
            ]
            self._compiled = tf.function(self._play, input_signature=shapes)
        parts = []
        while updates > 0:
            part = min(updates, 100)
            losses = self._compiled(*self.chance(part)).numpy()
            if not np.isfinite(losses).all():
                raise FloatingPointError(
                    f"a loss became NaN or infinite between updates {self.updates} and "
                    f"{self.updates + part}; begin again with smaller rates"
                )
            parts.append(losses)
            updates -= part
            self.updates += part
        return np.concatenate(parts)

    def chance(self, updates):
        """Everything random in the next so many updates.

        returns   z (updates, d + 1, games, batch, noise): for the d updates of the discriminator, then for
                  the generator's; real points (updates, d, games, batch, dim)
        """
        turns, batch = self.discriminator_updates, self.batch
        drawn = [
            (
                of_z.normal(size=(updates, turns + 1, batch, self.noise)).astype(np.float32),
                self.world._draw((updates, turns, batch), of_modes, of_places),
            )
            for of_z, of_modes, of_places in self._chances
        ]
        z, real = (np.stack(parts, axis=2) for parts in zip(*drawn, strict=True))
        return z, real

    def samples(self, count, seed=0):
        """What every generator makes of the same z, drawn with a seed: (games, count, dim)."""
        expect.whole_numbers(count=count)
        z = np.random.default_rng(seed).normal(size=(1, count, self.noise)).astype(np.float32)
        return _network(np.repeat(z, len(self.seeds), axis=0), self.generator).numpy()

    def record(self, updates, moments=40, samples=200, game=0, reach=1.5, places=40):
        """Play on and record one game, moment by moment, for the explorer.

        updates   of the generator from the first moment to the last
        moments   at least 2, evenly spaced; the first is before any of these updates
        samples   points that are followed
        game      which one, 0 is that of the first seed; the others are played, too
        reach     the grid reaches so many times as far from the middle of the modes as they do
        places    of the grid along each axis
        returns   GameRecord; its losses are means since the moment before. Where the discriminator judges
                  packs, its landscape shows each point among generated companions, the mean over 8 packs

        Raises ValueError for numbers that do not fit, FloatingPointError as :meth:`play` does.
        """
        expect.whole_numbers(updates=updates, moments=moments, samples=samples, places=places)
        if moments < 2 or updates < moments - 1:
            raise ValueError(f"moments must lie between 2 and updates + 1 = {updates + 1}, not {moments}")
        if samples % self.pack:
            raise ValueError(f"samples must be a multiple of pack = {self.pack}, not {samples}")
        if game not in range(len(self.seeds)):
            raise ValueError(f"game must lie between 0 and {len(self.seeds) - 1}, not {game!r}")
        axes = _axes(self.world, reach, places)
        dim = self.world.dimension
        points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, dim).astype(np.float32)
        steps = np.linspace(0, updates, moments).round().astype(int)
        kept = {name: [] for name in ("samples", "landscape", "gradients", "losses", "q")}
        for before, step in zip([0, *steps], steps, strict=False):
            losses = self.play(step - before)[:, game].mean(axis=0) if step > before else None
            made = self.samples(samples)[game]
            kept["samples"].append(made)
            kept["landscape"].append(self._landscape(points, made, game).reshape((places,) * dim))
            value, gradients = self._pull(made, game)
            kept["gradients"].append(gradients)
            kept["losses"].append(self._losses_now(made, value, game) if losses is None else losses)
            kept["q"].append(self._affine_density(points[:, 0], game))
        q = kept.pop("q")
        known = q[0] is not None
        real = self.world.draw(min(600, 3 * samples), np.random.default_rng(0))
        return GameRecord(
            steps=steps + self.updates - updates,
            real=real,
            axes=axes,
            p=self.world.density(points).astype(np.float32) if known else None,
            q=np.stack(q) if known else None,
            **{name: np.stack(values) for name, values in kept.items()},
        )

    def discriminate(self, points, game=0):
        """D of every point alone, (n,) probabilities; ValueError where it judges packs."""
        if self.pack > 1:
            raise ValueError(f"this discriminator judges packs of {self.pack} points, none alone")
        return self._landscape(np.asarray(points, dtype=np.float32), None, game)

    def _landscape(self, points, companions, game):
        weights = _of_game(self.discriminator, game)
        n, beside = len(points), self.pack - 1
        tries = 8 if beside else 1
        mean = np.zeros(n)
        for chance in range(tries):
            together = points[:, np.newaxis]  # (n, 1, dim)
            if beside:
                drawn = np.random.default_rng(chance).integers(len(companions), size=(n, beside))
                together = np.concatenate([together, companions[drawn]], axis=1)
            logits = _network(together.reshape(1, n, -1), weights).numpy()[0, :, 0]
            mean += 1 / (1 + np.exp(-logits.astype(np.float64)))
        return mean / tries

    def _pull(self, made, game):
        """The generator's mean loss and the gradients (m, dim) of each sample's own loss at it."""
        import tensorflow as tf

        made = tf.constant(made)
        weights = _of_game(self.discriminator, game)
        with tf.GradientTape() as tape:
            tape.watch(made)
            losses = self._generator_loss(_network(tf.reshape(made, self._packed(1, len(made))), weights))
            total = tf.reduce_sum(losses)
        return float(tf.reduce_mean(losses)), tape.gradient(total, made).numpy()

    def _losses_now(self, made, generator_loss, game):
        import tensorflow as tf

        real = self.world.draw(len(made), np.random.default_rng(0))
        weights = _of_game(self.discriminator, game)
        on_real, on_fake = (
            _network(tf.reshape(points, self._packed(1, len(points))), weights) for points in (real, made)
        )
        return np.array([self._discriminator_loss(on_real, on_fake, axis=None), generator_loss])

    def _affine_density(self, places, game):
        """q on the line where the generator is affine, and so normal; else None."""
        if self.world.dimension != 1 or len(self.generator) > 2:
            return None
        kernel, bias = (array.numpy()[game].astype(np.float64) for array in self.generator)
        sigma = max(np.linalg.norm(kernel), 1e-6)
        return World(bias, sigma).density(places[:, np.newaxis])

    def _packed(self, games, points):
        return (games, points // self.pack, self.pack * self.world.dimension)

    def _discriminator_loss(self, on_real, on_fake, axis=1):
        import tensorflow as tf

        target = self.smoothing
        real = target * tf.nn.softplus(-on_real) + (1 - target) * tf.nn.softplus(on_real)
        return tf.reduce_mean(real, axis=axis) + tf.reduce_mean(tf.nn.softplus(on_fake), axis=axis)

    def _generator_loss(self, on_fake):
        import tensorflow as tf

        if self.loss == "non-saturating":
            return tf.nn.softplus(-on_fake)
        return -tf.nn.softplus(on_fake)

    def _play(self, z, real):
        import tensorflow as tf

        losses = tf.TensorArray(tf.float32, size=tf.shape(z)[0])
        for step in tf.range(tf.shape(z)[0]):
            for turn in range(self.discriminator_updates):
                first = self._teach_discriminator(z[step, turn], real[step, turn])
            second = self._teach_generator(z[step, -1])
            losses = losses.write(step, tf.stack([first, second], axis=-1))
        return losses.stack()

    def _judge(self, points):
        """Logits (games, batch / pack) of points (games, batch, dim)."""
        import tensorflow as tf

        packed = tf.reshape(points, self._packed(len(self.seeds), self.batch))
        return _network(packed, self.discriminator)[..., 0]

    def _teach_discriminator(self, z, real):
        import tensorflow as tf

        fake = _network(z, self.generator)
        with tf.GradientTape() as tape:
            total = 0.0
            if self.penalty:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    on_real = self._judge(real)
                slopes = inner.gradient(on_real, real)  # (games, batch, dim)
                squares = tf.reduce_sum(slopes**2) / (self.batch // self.pack)
                total += self.penalty / 2 * squares
            else:
                on_real = self._judge(real)
            losses = self._discriminator_loss(on_real, self._judge(fake))
            total += tf.reduce_sum(losses)  # the games share no weight: a sum trains each by itself
        self._optimizers[0].apply(tape.gradient(total, self.discriminator), self.discriminator)
        return losses

    def _teach_generator(self, z):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            fake = _network(z, self.generator)
            losses = tf.reduce_mean(self._generator_loss(self._judge(fake)), axis=1)
            total = tf.reduce_sum(losses)
        self._optimizers[1].apply(tape.gradient(total, self.generator), self.generator)
        return losses


LOSSES = ("non-saturating", "saturating")


def _axes(world, reach, places):
    """The grid (dim, places): a square around the middle of the modes, a little wider than they are."""
    if places < 2 or not (np.isfinite(reach) and reach > 0):
        raise ValueError(f"reach must be positive and places at least 2, not {reach!r} and {places!r}")
    middle = world.centres.mean(axis=0)
    far = max(np.abs(world.centres - middle).max(), 3 * world.sigma)
    return middle[:, np.newaxis] + reach * far * np.linspace(-1, 1, places)


def _weights(generators, widths):
    """Kernels and biases, in turn, of one network for each generator of random numbers."""
    import keras

    arrays = []
    for inputs, outputs in itertools.pairwise(widths):
        bound = np.sqrt(6 / (inputs + outputs))  # Glorot & Bengio (2010), as Keras's Dense
        drawn = [generator.uniform(-bound, bound, size=(inputs, outputs)) for generator in generators]
        arrays += [np.stack(drawn), np.zeros((len(generators), 1, outputs))]
    return [keras.Variable(array.astype(np.float32)) for array in arrays]


def _of_game(weights, game):
    """The weights of one game, (1, inputs, outputs) each."""
    import tensorflow as tf

    return [tf.convert_to_tensor(array)[game : game + 1] for array in weights]


def _network(points, weights):
    """(games, n, inputs) → (games, n, outputs): ReLU between the layers, none after the last."""
    import tensorflow as tf

    for place in range(0, len(weights), 2):
        if place:
            points = tf.nn.relu(points)
        points = points @ tf.convert_to_tensor(weights[place]) + tf.convert_to_tensor(weights[place + 1])
    return points


def score_row(model, data, counts, seed=0, **details):
    """Show and store a row of the course's scoreboard for a generator, from counts over several seeds.

    counts    list of ModeCount, one for each seed
    details   further facts such as seconds=…
    returns   the row. Precision and recall are means over the seeds; the intervals are those of the means,
              by a bootstrap over the seeds, which alone are independent of each other

    Raises ValueError for fewer than two seeds: they have no spread.
    """
    from imgrec_course import scoreboard
    from imgrec_course.language import show_text
    from imgrec_course.metrics import bootstrap, percentile_interval

    counts = list(counts)
    if len(counts) < 2:
        raise ValueError(f"counts must hold at least 2 seeds, not {len(counts)}")
    row = {"model": model, "data": data}
    for name in ("precision", "recall"):
        values = np.array([getattr(one, name) for one in counts])
        row[name] = float(values.mean())
        row[f"{name}_interval"] = percentile_interval(bootstrap(np.mean, values, seed=seed))
    row["f1"] = float(np.mean([one.f1 for one in counts]))
    row.update(details)
    show_text(scoreboard.describe(row), imgrec_score=row)
    return row
