"""Checkers of lesson 10: sizes and stamps against the package's layer, which equals Keras's; balls one by one."""

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.sample_quality import precision_recall
from imgrec_course.scratch.transposed import conv2d_transpose, transposed_size


def _size_cases(generator):
    def draw(padding):
        stride = int(generator.integers(1, 5))
        return int(generator.integers(1, 30)), stride + int(generator.integers(0, 5)), stride, padding

    return [
        ("7 pixels, kernel 4, stride 2, same", (7, 4, 2, "same")),
        ("7 pixels, kernel 4, stride 2, valid", (7, 4, 2, "valid")),
        *[("numbers drawn at random, valid", draw("valid")) for _ in range(3)],
        *[("numbers drawn at random, same", draw("same")) for _ in range(3)],
    ]


def _stamp(values, kernel, stride):
    image, kernels = (
        values[np.newaxis, np.newaxis, :, np.newaxis],
        kernel[np.newaxis, :, np.newaxis, np.newaxis],
    )
    made = conv2d_transpose(image, kernels, stride=stride)
    return made[0, 0, : (len(values) - 1) * stride + len(kernel), 0]


def _stamp_cases(generator):
    def draw(pixels, cells, stride):
        return np.round(generator.normal(size=pixels), 2), np.round(generator.normal(size=cells), 2), stride

    return [
        ("one pixel: the kernel times its value", draw(1, 3, 2)),
        ("three pixels, kernel 2, stride 2: stamps side by side", draw(3, 2, 2)),
        ("four pixels, kernel 3, stride 2: stamps overlap", draw(4, 3, 2)),
        ("five pixels, kernel 5, stride 1", draw(5, 5, 1)),
        ("four pixels, kernel 7, stride 3", draw(4, 7, 3)),
    ]


def _stamped(values, kernel, stride, add=True, flip=False, step=None):
    row = np.zeros((len(values) - 1) * stride + len(kernel))
    kernel = kernel[::-1] if flip else kernel
    for i, value in enumerate(values):
        place = slice(i * (step or stride), i * (step or stride) + len(kernel))
        row[place] = (row[place] if add else 0) + value * kernel
    return row


def _repeated(values, kernel, stride):
    """Each pixel repeated, then an ordinary convolution."""
    return np.convolve(np.repeat(values, stride), kernel)[: (len(values) - 1) * stride + len(kernel)]


def _cut(values, kernel, stride):
    return _stamped(values, kernel, stride)[: len(values) * stride]


def _game_losses(real_logits, fake_logits, smoothing):
    def cross_entropy(target, logits):
        return float(np.mean(np.logaddexp(0, logits) - target * logits))

    discriminator = (cross_entropy(1 - smoothing, real_logits) + cross_entropy(0, fake_logits)) / 2
    return discriminator, cross_entropy(1, fake_logits)


def _loss_cases(generator):
    def draw(real, fake, smoothing, scale=1.0):
        return scale * generator.normal(size=real), scale * generator.normal(size=fake), smoothing

    return [
        ("four images of each kind, smoothing 0.1", draw(4, 4, 0.1)),
        ("no smoothing", draw(5, 5, 0.0)),
        ("a smoothing of 0.3", draw(6, 6, 0.3)),
        ("more generated than real images", draw(3, 9, 0.1)),
        ("logits far from 0", draw(4, 4, 0.1, 30.0)),
    ]


def _with_losses(discriminator, generator):
    """A wrong answer whose two losses are made from H, real and fake logits and the smoothing."""

    def answer(real_logits, fake_logits, smoothing):
        def cross_entropy(target, logits):
            return float(np.mean(np.logaddexp(0, logits) - target * logits))

        arguments = cross_entropy, real_logits, fake_logits, smoothing
        return discriminator(*arguments), generator(*arguments)

    return answer


def _right_d(h, real, fake, s):
    return (h(1 - s, real) + h(0, fake)) / 2


def _right_g(h, real, fake, s):
    return h(1, fake)


def _manifold_cases(generator):
    def draw(real, fake, features, k, shift=0.0):
        return generator.normal(size=(real, features)), generator.normal(size=(fake, features)) + shift, k

    return [
        ("thirty points of each kind in the plane", draw(30, 30, 2, 3, 0.8)),
        ("more real than generated points", draw(60, 20, 3, 3, 0.6)),
        ("more generated than real points", draw(15, 50, 3, 2, 0.7)),
        ("one neighbour, k = 1", draw(40, 40, 2, 1, 0.3)),
        ("five features", draw(50, 40, 5, 5, 0.5)),
    ]


def _distances(a, b):
    return np.linalg.norm(a[:, None] - b[None], axis=-1)


def _in_balls(points, centres, radii):
    return float(np.mean((_distances(points, centres) <= radii).any(axis=1)))


def _radii(samples, place):
    return np.sort(_distances(samples, samples), axis=1)[:, place]


def _all_balls(real, fake, k):
    return float(np.mean((_distances(fake, real) <= _radii(real, k)).all(axis=1)))


EVEN_STAMPS = (False, True, False, True, True, True)
VERDICTS = (True, False, True, False, True, True, False, True)

EXERCISES = {
    "output_size": Exercise(
        solution=transposed_size,
        cases=_size_cases,
        stars=1,
        peer="Keras",
        mistakes=(
            Mistake(
                lambda size, kernel_size, stride, padding: size * stride,
                "That is “same”. With “valid” nothing is cut off: the last stamp begins at (h − 1)·s and is k long.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (size - 1) * stride + kernel_size,
                "That is “valid”. With “same” the surplus is cut off, and size · stride is left whatever the kernel.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (
                    size * stride if padding == "same" else size * stride + kernel_size
                ),
                "The first stamp begins at pixel 0, so the last one begins at (h − 1)·s, not at h·s.",
            ),
            Mistake(
                lambda size, kernel_size, stride, padding: (
                    -(-size // stride) if padding == "same" else (size - kernel_size) // stride + 1
                ),
                "This is the size after an ordinary convolution. The transposed one goes the other way.",
            ),
        ),
    ),
    "stamp": Exercise(
        solution=_stamp,
        cases=_stamp_cases,
        stars=2,
        peer="Keras",
        mistakes=(
            Mistake(
                lambda values, kernel, stride: _stamped(values, kernel, stride, add=False),
                "A later stamp wipes out what lay below it. Stamps that overlap add up: +=.",
            ),
            Mistake(
                lambda values, kernel, stride: _stamped(values, kernel, stride, flip=True),
                "The kernel is mirrored. The stamp is the kernel itself: its first number falls on pixel i·s.",
            ),
            Mistake(
                lambda values, kernel, stride: _stamped(values, kernel, stride, step=1),
                "Your stamps lie one pixel apart; they should lie `stride` pixels apart.",
            ),
            Mistake(
                _repeated,
                "You repeat each pixel and convolve then. That is another cure (enlarge, then convolve); here every pixel stamps once.",
            ),
            Mistake(
                _cut,
                "The row is too short: that is padding “same” without its cut at the beginning. With “valid” all (h − 1)·s + k pixels stay.",
            ),
        ),
    ),
    "even_stamps": Exercise(
        solution=lambda: EVEN_STAMPS,
        cases=None,
        stars=1,
        mistakes=(
            Mistake(
                (True, False, True, True, False, True),
                "An odd kernel is no remedy: count the stamps for kernel 3 and stride 2: one, two, one, two.",
            ),
            Mistake(
                (False, True, False, True, False, True),
                "Kernel 2, stride 2: the stamps lie side by side. How many fall on each pixel?",
            ),
            Mistake(
                (False, True, False, True, True, False),
                "Stride 1 divides everything: every pixel away from the border gets five stamps.",
            ),
            Mistake(
                (False, True, False, False, True, True),
                "6 is divisible by 3: away from the border every pixel gets 6/3 = 2 stamps.",
            ),
            Mistake(
                (False, True, True, True, True, True),
                "5 is not divisible by 2: pixels get two or three stamps in turn.",
            ),
        ),
    ),
    "game_losses": Exercise(
        solution=_game_losses,
        cases=_loss_cases,
        stars=2,
        mistakes=(
            Mistake(
                _with_losses(_right_d, lambda h, real, fake, s: -h(0, fake)),
                "Your generator's loss is the saturating one, −H(0, ·): where the discriminator is sure, it has no slope (lesson 09). Use target 1.",
            ),
            Mistake(
                _with_losses(lambda h, real, fake, s: (h(1, real) + h(0, fake)) / 2, _right_g),
                "The smoothing is missing: the target for real images is 1 − smoothing.",
            ),
            Mistake(
                _with_losses(lambda h, real, fake, s: (h(1 - s, real) + h(s, fake)) / 2, _right_g),
                "The smoothing is one-sided: generated images keep the target 0, or the discriminator would praise what is bad.",
            ),
            Mistake(
                _with_losses(_right_d, lambda h, real, fake, s: h(1 - s, fake)),
                "The smoothing belongs to the discriminator alone; the generator's target is 1.",
            ),
            Mistake(
                _with_losses(lambda h, real, fake, s: h(1 - s, real) + h(0, fake), _right_g),
                "The ½ before the bracket is missing.",
            ),
            Mistake(
                _with_losses(lambda h, real, fake, s: (h(0, real) + h(1 - s, fake)) / 2, _right_g),
                "The targets have changed places: real images 1 − smoothing, generated ones 0.",
            ),
            Mistake(
                _with_losses(
                    lambda h, real, fake, s: h(
                        np.r_[np.full(len(real), 1 - s), np.zeros(len(fake))], np.r_[real, fake]
                    ),
                    _right_g,
                ),
                "One mean over all images together: with more generated than real ones that is another number. Take a mean of each kind, then the mean of the two.",
            ),
        ),
    ),
    "manifold_precision": Exercise(
        solution=lambda real, fake, k: precision_recall(real, fake, k)[0],
        cases=_manifold_cases,
        stars=3,
        mistakes=(
            Mistake(
                lambda real, fake, k: _in_balls(fake, real, _radii(real, k - 1)),
                "Each point is its own nearest neighbour, at distance 0. It does not count: the k-th other one stands at place k of the sorted distances.",
            ),
            Mistake(
                lambda real, fake, k: _in_balls(real, fake, _radii(fake, k)),
                "That is recall: balls around the generated points. For precision the balls lie around the real ones.",
            ),
            Mistake(
                lambda real, fake, k: float(
                    np.mean((_distances(fake, real) <= _radii(fake, k)[:, None]).any(axis=1))
                ),
                "You use the radius of the generated point. The ball belongs to the real point and has its radius.",
            ),
            Mistake(
                _all_balls,
                "One ball is enough: any, not all.",
            ),
            Mistake(
                lambda real, fake, k: float(np.mean(_distances(fake, real) <= _radii(real, k))),
                "This counts pairs. Asked for is the share of generated points that lie in at least one ball.",
            ),
            Mistake(
                lambda real, fake, k: _in_balls(fake, real, np.median(_radii(real, k))),
                "Every real point has a radius of its own: small where real images are dense, large where they are rare.",
            ),
        ),
    ),
    "verdicts": Exercise(
        solution=lambda: VERDICTS,
        cases=None,
        stars=2,
        mistakes=(
            Mistake(
                (True, True, True, False, True, True, False, True),
                "(a) makes trousers alone. Nine classes of real images lie in no ball of its trousers.",
            ),
            Mistake(
                (True, False, False, False, True, True, False, True),
                "(b): so one should think. Look at the row of the blurred pictures: where in the cloud do they lie?",
            ),
            Mistake(
                (True, False, True, True, True, True, False, True),
                "(b) has all classes, but recall asks for each *sharp* real image whether it lies in a ball of blurred ones.",
            ),
            Mistake(
                (True, False, True, False, False, False, False, True),
                "(c): a training image is a real image. No measure of this kind asks whether it is new.",
            ),
            Mistake(
                (True, False, True, False, True, True, True, True),
                "(d): half of what it makes falls into no ball. Precision is a share of all that is made.",
            ),
            Mistake(
                (True, False, True, False, True, True, False, False),
                "(d) makes everything that is real. The rest costs precision; recall does not ask for it.",
            ),
        ),
    ),
}
