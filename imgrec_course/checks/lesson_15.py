"""Checkers of lesson 15: find the bug. The wrong piece itself is the first of the known mistakes."""

import numpy as np
from scipy.special import expit

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.metrics import best_f1_threshold

# Pixels


def _to_network(images):
    return images.astype(np.float64) / 127.5 - 1


def _pixel_cases(generator):
    def draw(*shape):
        return (generator.integers(0, 256, size=shape).astype(np.uint8),)

    return [
        ("two grey images of 4 × 4 pixels", draw(2, 4, 4, 1)),
        ("three colour images of 5 × 3 pixels", draw(3, 5, 3, 3)),
        ("black, middle and white", (np.array([[0, 127, 128, 255]], dtype=np.uint8),)),
    ]


def _channels_last(images):
    return np.transpose(images, (0, 2, 3, 1))


def _channel_cases(generator):
    def draw(*shape):
        return (generator.random(shape),)

    return [
        ("two images of 4 × 4 pixels, 3 channels", draw(2, 3, 4, 4)),
        ("one image, 5 high and 3 wide, 3 channels", draw(1, 3, 5, 3)),
        ("as many channels as rows and columns", draw(2, 4, 4, 4)),
    ]


def _in_pairs(images, labels, seed):
    order = np.random.default_rng(seed).permutation(len(images))
    return images[order], labels[order]


def _pair_cases(generator):
    def draw(count, seed):
        images = generator.integers(0, 256, size=(count, 2, 2))
        return images, images[:, 0, 0] % 10, seed

    return [
        ("twelve images", draw(12, 0)),
        ("twelve images, another seed", draw(12, 7)),
        ("thirty images", draw(30, 3)),
    ]


def _broken_pairs(images, labels, seed):
    generator = np.random.default_rng(seed)
    return generator.permutation(images), generator.permutation(labels)


def _back_again(images, labels, seed):
    order = np.argsort(np.random.default_rng(seed).permutation(len(images)))
    return images[order], labels[order]


# Evaluation


def _precision(labels, returned):
    return np.sum((labels == 1) & (returned == 1)) / np.sum(returned == 1)


def _decision_cases(generator):
    def draw(count, share):
        labels = (generator.random(count) < share).astype(int)
        returned = np.where(generator.random(count) < 0.25, 1 - labels, labels)
        labels[:3], returned[:3] = (1, 1, 0), (1, 0, 1)
        return labels, returned

    return [
        ("forty images, half of them wanted", draw(40, 0.5)),
        ("sixty images, one in ten wanted", draw(60, 0.1)),
        ("sixty images, nine in ten wanted", draw(60, 0.9)),
    ]


def _over_batches(batches):
    labels = np.concatenate([labels for labels, _ in batches])
    returned = np.concatenate([returned for _, returned in batches])
    return _precision(labels, returned), _precision(returned, labels)


def _batch_cases(generator):
    def draw(*sizes):
        batches = []
        for size in sizes:
            share = generator.uniform(0.2, 0.8)
            labels = (generator.random(size) < share).astype(int)
            returned = np.where(generator.random(size) < 0.3, 1 - labels, labels)
            labels[:3], returned[:3] = (1, 1, 0), (1, 0, 1)
            batches.append((labels, returned))
        return (batches,)

    return [
        ("four batches, the last one short", draw(16, 16, 16, 5)),
        ("three batches of one size", draw(12, 12, 12)),
        ("two batches", draw(30, 8)),
    ]


def _mean_of_batches(batches, weights=None):
    pairs = [_over_batches([batch]) for batch in batches]
    return tuple(np.average(pairs, axis=0, weights=weights))


def _standardised(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation


def _feature_cases(generator):
    def draw(count, others, features):
        spread = generator.uniform(0.5, 4, size=features)
        train, test = (generator.normal(size=(n, features)) for n in (count, others))
        return train * spread + generator.normal(size=features), test * spread * 1.5 + 1

    return [
        ("twenty rows to learn from, eight to judge by", draw(20, 8, 3)),
        ("ten and five rows, one feature", draw(10, 5, 1)),
        ("a single row to judge by", draw(15, 1, 4)),
    ]


def _own_measure(train, test):
    return _standardised(train, train)[0], _standardised(test, test)[0]


def _common_measure(train, test):
    both = np.concatenate([train, test])
    return _standardised(both, train)[1], _standardised(both, test)[1]


def _one_for_all(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def _mean_alone(train, test):
    return train - train.mean(axis=0), test - train.mean(axis=0)


def _at(threshold, labels, scores):
    returned = (scores >= threshold).astype(int)
    if not returned.any():
        return float("nan"), 0.0
    return _precision(labels, returned), _precision(returned, labels)


def _report(validation_labels, validation_scores, test_labels, test_scores):
    threshold, _ = best_f1_threshold(validation_labels, validation_scores)
    return _at(threshold, test_labels, test_scores)


def _score_cases(generator):
    def draw(count, others):
        pairs = []
        for n in (count, others):
            labels = (generator.random(n) < 0.4).astype(int)
            labels[:2] = 0, 1
            pairs += [labels, np.round(expit(generator.normal(size=n) + 1.5 * labels - 1), 6)]
        return tuple(pairs)

    threshold_met = (
        np.array([0, 1, 1, 0]),
        np.array([0.1, 0.6, 0.9, 0.5]),
        np.array([1, 0, 1, 0]),
        np.array([0.6, 0.7, 0.95, 0.2]),
    )
    return [
        ("forty for validation, sixty for the test", draw(40, 60)),
        ("thirty each", draw(30, 30)),
        ("fifty each", draw(50, 50)),
        ("a test image exactly at the threshold", threshold_met),
    ]


def _chosen_on_test(validation_labels, validation_scores, test_labels, test_scores):
    return _report(test_labels, test_scores, test_labels, test_scores)


def _chosen_on_both(validation_labels, validation_scores, test_labels, test_scores):
    labels = np.concatenate([validation_labels, test_labels])
    scores = np.concatenate([validation_scores, test_scores])
    return _report(labels, scores, test_labels, test_scores)


def _above(validation_labels, validation_scores, test_labels, test_scores):
    threshold, _ = best_f1_threshold(validation_labels, validation_scores)
    return _at(np.nextafter(threshold, np.inf), test_labels, test_scores)


def _one_side(originals, share, seed):
    kinds = np.unique(originals)
    chosen = np.random.default_rng(seed).permutation(kinds)[: round(share * len(kinds))]
    return np.isin(originals, chosen)


def _copy_cases(generator):
    def draw(photographs, copies, share, seed):
        names = generator.choice(1000, size=photographs, replace=False)
        return generator.permutation(np.repeat(names, copies)), share, seed

    uneven = np.repeat(generator.choice(1000, size=6, replace=False), (1, 5, 2, 4, 3, 1))
    return [
        ("ten photographs, four copies each, 0.3 for the test", draw(10, 4, 0.3, 0)),
        ("twenty photographs, three copies each, a quarter", draw(20, 3, 0.25, 5)),
        ("six photographs with one to five copies, half", (generator.permutation(uneven), 0.5, 2)),
    ]


def _image_by_image(originals, share, seed):
    order = np.random.default_rng(seed).permutation(len(originals))
    return np.isin(np.arange(len(originals)), order[: round(share * len(originals))])


def _by_name(originals, share, seed):
    kinds = np.unique(originals)
    return np.isin(originals, kinds[: round(share * len(kinds))])


def _the_others(originals, share, seed):
    return ~_one_side(originals, share, seed)


def _too_many(originals, share, seed):
    """As many photographs as the share says of images."""
    return np.isin(
        originals,
        np.random.default_rng(seed).permutation(np.unique(originals))[: round(share * len(originals))],
    )


# Sequences


def _hidden_states(inputs, input_weights, recurrent_weights, bias):
    state, states = np.zeros(len(bias)), []
    for row in inputs:
        state = np.tanh(row @ input_weights + state @ recurrent_weights + bias)
        states.append(state)
    return np.array(states)


def _sequence_cases(generator):
    def draw(steps, features, units):
        return (
            generator.normal(size=(steps, features)),
            generator.normal(size=(features, units)),
            generator.normal(size=(units, units)) / 2,
            generator.normal(size=units),
        )

    return [
        ("five steps, three features, two units", draw(5, 3, 2)),
        ("two steps, one feature, four units", draw(2, 1, 4)),
        ("nine steps, two features, one unit", draw(9, 2, 1)),
    ]


def _one_buffer(*arguments):
    states = _hidden_states(*arguments)
    return np.repeat(states[-1:], len(states), axis=0)


def _no_memory(inputs, input_weights, recurrent_weights, bias):
    return np.tanh(inputs @ input_weights + bias)


def _with_the_first(*arguments):
    states = _hidden_states(*arguments)
    return np.concatenate([np.zeros((1, states.shape[1])), states])


def _straight(inputs, input_weights, recurrent_weights, bias):
    state, states = np.zeros(len(bias)), []
    for row in inputs:
        state = row @ input_weights + state @ recurrent_weights + bias
        states.append(state)
    return np.array(states)


def _last_real(outputs, lengths):
    return outputs[np.arange(len(outputs)), lengths - 1]


def _padded_cases(generator):
    def draw(count, steps, units):
        lengths = generator.integers(1, steps + 1, size=count)
        lengths[:2] = steps, 1 + steps // 3
        return generator.normal(size=(count, steps, units)), lengths

    return [
        ("four sequences of up to six steps", draw(4, 6, 3)),
        ("eight sequences of up to five steps", draw(8, 5, 2)),
        ("two sequences of up to nine steps", draw(2, 9, 1)),
    ]


def _one_too_far(outputs, lengths):
    return outputs[np.arange(len(outputs)), np.minimum(lengths, outputs.shape[1] - 1)]


def _mean_of_real(outputs, lengths):
    real = np.arange(outputs.shape[1]) < lengths[:, np.newaxis]
    return (outputs * real[..., np.newaxis]).sum(axis=1) / lengths[:, np.newaxis]


# The game of two networks


def _discriminator_loss(real_logits, made_logits):
    return np.logaddexp(0, -real_logits).mean() + np.logaddexp(0, made_logits).mean()


def _logit_cases(generator):
    def draw(real, made):
        return generator.normal(1, 2, size=real), generator.normal(-1, 2, size=made)

    return [
        ("eight real and eight made images", draw(8, 8)),
        ("ten real and four made images", draw(10, 4)),
        ("a discriminator that is very sure", (np.array([900.0, -800.0]), np.array([-950.0, 700.0, 3.0]))),
    ]


def _with_tanh(real_logits, made_logits):
    return -np.log(np.tanh(real_logits)).mean() - np.log(1 - np.tanh(made_logits)).mean()


def _with_sigmoid(real_logits, made_logits):
    return -np.log(expit(real_logits)).mean() - np.log(1 - expit(made_logits)).mean()


def _squared_error(labels, answers):
    return np.mean((labels - answers[:, 0]) ** 2)


def _column_cases(generator):
    def draw(count):
        labels = (generator.random(count) < 0.5).astype(float)
        labels[:2] = 0, 1
        return labels, np.clip(labels + generator.normal(0, 0.3, size=count), 0, 1)[:, np.newaxis]

    return [
        ("six labels, six answers", draw(6)),
        ("twenty labels, twenty answers", draw(20)),
        ("three labels, three answers", draw(3)),
    ]


def _generator_gradient(noise, weights, discriminator):
    pictures = np.tanh(noise @ weights)
    of_logits = -expit(-(pictures @ discriminator)) / len(noise)
    return noise.T @ (of_logits[:, np.newaxis] * discriminator * (1 - pictures**2))


def _generator_cases(generator):
    def draw(batch, inputs, pixels):
        return (
            generator.normal(size=(batch, inputs)),
            generator.normal(size=(inputs, pixels)) / 2,
            generator.normal(size=pixels),
        )

    return [
        ("batch of 6, noise of 3 numbers, 4 pixels", draw(6, 3, 4)),
        ("batch of 2, noise of 5 numbers, 3 pixels", draw(2, 5, 3)),
        ("batch of 1", draw(1, 2, 2)),
    ]


def _saturating(noise, weights, discriminator):
    pictures = np.tanh(noise @ weights)
    of_logits = -expit(pictures @ discriminator) / len(noise)
    return noise.T @ (of_logits[:, np.newaxis] * discriminator * (1 - pictures**2))


def _without_tanh(noise, weights, discriminator):
    of_logits = -expit(-(np.tanh(noise @ weights) @ discriminator)) / len(noise)
    return noise.T @ (of_logits[:, np.newaxis] * discriminator)


def _discriminators_own(noise, weights, discriminator):
    pictures = np.tanh(noise @ weights)
    return -pictures.T @ expit(-(pictures @ discriminator)) / len(noise)


EXERCISES = {
    "to_network": Exercise(
        solution=_to_network,
        cases=_pixel_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda images: (images - np.uint8(128)) / 127.5,
                "The subtraction is done in whole numbers from 0 to 255: 0 − 128 becomes 128. Make floats first, or divide first.",
            ),
            Mistake(
                lambda images: images / 255,
                "These are numbers from 0 to 1; asked for is −1 for black and 1 for white.",
            ),
            Mistake(
                lambda images: (2 * images) / 255 - 1,
                "2 · 200 does not fit into eight bits and becomes 144. Make floats before you multiply.",
            ),
            Mistake(
                lambda images: (images.astype(float) - 128) / 128,
                "Almost: white, 255, becomes 0.992. The middle of 0 and 255 is 127.5.",
            ),
            Mistake(
                lambda images: 1 - images / 127.5,
                "Black and white have changed places: 0 shall become −1.",
            ),
        ),
    ),
    "channels_last": Exercise(
        solution=_channels_last,
        cases=_channel_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda images: images.reshape(
                    images.shape[0], images.shape[2], images.shape[3], images.shape[1]
                ),
                "reshape keeps the order of the numbers in memory and cuts it anew: neighbours no longer belong together. Axes change places with transpose or moveaxis.",
            ),
            Mistake(
                lambda images: np.transpose(images, (0, 3, 2, 1)),
                "The channels are last, but rows and columns have changed places, too: the pictures lie on their side.",
            ),
            Mistake(
                lambda images: np.moveaxis(images, 1, 2),
                "The channels came only one place further; they belong at the end.",
            ),
            Mistake(
                lambda images: np.transpose(images),
                "Without an order, transpose turns all axes round, the batch, too; name the order: (0, 2, 3, 1).",
            ),
        ),
    ),
    "in_pairs": Exercise(
        solution=_in_pairs,
        cases=_pair_cases,
        stars=1,
        mistakes=(
            Mistake(
                _broken_pairs,
                "Two draws give two orders, and the labels belong to other images. Draw one order and use it twice.",
            ),
            Mistake(
                lambda images, labels, seed: (_in_pairs(images, labels, seed)[0], labels),
                "The images have moved, the labels stayed.",
            ),
            Mistake(
                lambda images, labels, seed: (images, _in_pairs(images, labels, seed)[1]),
                "The labels have moved, the images stayed.",
            ),
            Mistake(
                _back_again,
                "They stay together, but in the order that undoes the asked one: images[order], not argsort of it.",
            ),
        ),
    ),
    "precision": Exercise(
        solution=_precision,
        cases=_decision_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda labels, returned: np.mean(labels == returned),
                "This is accuracy: the share of all decisions that are right. Precision asks only about what was returned.",
            ),
            Mistake(
                lambda labels, returned: _precision(returned, labels),
                "This is recall: you divide by what should have been returned.",
            ),
            Mistake(
                lambda labels, returned: np.sum((labels == 1) & (returned == 1)) / len(labels),
                "The true positives are counted; divide by the number returned, not by the number of images.",
            ),
            Mistake(
                lambda labels, returned: np.sum((labels == 0) & (returned == 1)) / np.sum(returned == 1),
                "This is the share of wrong ones among what was returned: one minus precision.",
            ),
        ),
    ),
    "hidden_states": Exercise(
        solution=_hidden_states,
        cases=_sequence_cases,
        stars=2,
        mistakes=(
            Mistake(
                _one_buffer,
                "All rows are the last state: the list holds one and the same array many times, and state[:] = overwrites it. Make a new array at each step.",
            ),
            Mistake(
                _no_memory,
                "Nothing recurs: each step sees its input alone. Where does the previous state come in?",
            ),
            Mistake(
                _with_the_first,
                "The zeros with which one begins are no state of the sequence: one row for each input.",
            ),
            Mistake(
                _straight,
                "The states are right but for the tanh around the sum.",
            ),
            Mistake(
                lambda *arguments: _hidden_states(*arguments)[-1],
                "This is the last state alone; asked for are all of them, one row for each step.",
            ),
        ),
    ),
    "last_real": Exercise(
        solution=_last_real,
        cases=_padded_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda outputs, lengths: outputs[:, -1],
                "Short sequences were filled up at their end; at −1 stands what the network said of nothing. The last real step of a sequence of length n is n − 1.",
            ),
            Mistake(
                _one_too_far,
                "One step too far: counting begins at 0, so the last of n steps is n − 1.",
            ),
            Mistake(
                _mean_of_real,
                "This is the mean over the real steps; asked for is the last one.",
            ),
            Mistake(
                lambda outputs, lengths: outputs[:, lengths - 1],
                "This takes all those steps of every sequence; pair the row numbers with the steps: outputs[np.arange(n), steps].",
            ),
        ),
    ),
    "discriminator_loss": Exercise(
        solution=_discriminator_loss,
        cases=_logit_cases,
        stars=2,
        mistakes=(
            Mistake(
                _with_tanh,
                "tanh lies between −1 and 1, and the logarithm of a negative number is not a number. A probability comes from the sigmoid.",
            ),
            Mistake(
                _with_sigmoid,
                "Right, until the discriminator is very sure: then the sigmoid rounds to 0 or 1, and the logarithm is infinite. Stay with the logits: −ln σ(f) = ln(1 + e^(−f)), np.logaddexp(0, −f).",
            ),
            Mistake(
                lambda real, made: _discriminator_loss(made, real),
                "This discriminator is rewarded for taking made images for real: the signs belong the other way round.",
            ),
            Mistake(
                lambda real, made: np.logaddexp(0, made).mean(),
                "Only the made images count with you: a discriminator that calls everything made has no loss at all.",
            ),
            Mistake(
                lambda real, made: (
                    (np.logaddexp(0, -real).sum() + np.logaddexp(0, made).sum()) / (len(real) + len(made))
                ),
                "This is one mean over all images. The formula has two means, one over real and one over made images, and adds them.",
            ),
        ),
    ),
    "squared_error": Exercise(
        solution=_squared_error,
        cases=_column_cases,
        stars=2,
        mistakes=(
            Mistake(
                lambda labels, answers: np.mean((labels - answers) ** 2),
                "A row minus a column is a whole table: every label against every answer. Bring both to one shape first.",
            ),
            Mistake(
                lambda labels, answers: np.sum((labels - answers[:, 0]) ** 2),
                "This is the sum; the mean is asked for.",
            ),
            Mistake(
                lambda labels, answers: np.mean(labels - answers[:, 0]) ** 2,
                "First square, then average: here differences of opposite sign cancel.",
            ),
            Mistake(
                lambda labels, answers: np.sqrt(np.mean((labels - answers[:, 0]) ** 2)),
                "This is the root of it.",
            ),
        ),
    ),
    "generator_gradient": Exercise(
        solution=_generator_gradient,
        cases=_generator_cases,
        stars=3,
        tolerance=1e-5,
        seconds=30,
        mistakes=(
            Mistake(
                _saturating,
                "This is the gradient of the mean of ln(1 − D), the saturating loss; asked for is that of −ln D.",
            ),
            Mistake(
                _without_tanh,
                "The tanh of the generator has a derivative, too: 1 − picture².",
            ),
            Mistake(
                _discriminators_own,
                "This is the gradient for the discriminator's weights. The generator's are to move.",
            ),
            Mistake(
                lambda *arguments: -_generator_gradient(*arguments),
                "The sign is turned: the gradient of the loss, which the optimiser then goes down.",
            ),
            Mistake(
                lambda noise, *others: len(noise) * _generator_gradient(noise, *others),
                "This is the gradient of the sum over the batch; the loss is the mean.",
            ),
        ),
    ),
    "over_batches": Exercise(
        solution=_over_batches,
        cases=_batch_cases,
        stars=2,
        mistakes=(
            Mistake(
                _mean_of_batches,
                "A mean of ratios is not the ratio of the sums: a batch in which little was returned weighs as much as any other. Add up the counts, divide once.",
            ),
            Mistake(
                lambda batches: _mean_of_batches(batches, [len(labels) for labels, _ in batches]),
                "Weighting by the size of the batch does not help: precision divides by what was returned. Add up the counts, divide once.",
            ),
            Mistake(
                lambda batches: _over_batches(batches[-1:]),
                "These are the numbers of the last batch alone.",
            ),
            Mistake(
                lambda batches: _over_batches(batches)[::-1],
                "Precision comes first, recall second.",
            ),
        ),
    ),
    "standardised": Exercise(
        solution=_standardised,
        cases=_feature_cases,
        stars=2,
        mistakes=(
            Mistake(
                _own_measure,
                "Each set is measured by itself: the same image gets other numbers in each, and a single image cannot be judged at all. Keep what was measured on the training set.",
            ),
            Mistake(
                _common_measure,
                "Mean and deviation were taken over both sets: the test has been looked at before it began.",
            ),
            Mistake(
                _one_for_all,
                "One mean over all features; each feature has its own: axis=0.",
            ),
            Mistake(
                _mean_alone,
                "The mean is gone; the division by the deviation is missing.",
            ),
        ),
    ),
    "report": Exercise(
        solution=_report,
        cases=_score_cases,
        stars=2,
        mistakes=(
            Mistake(
                _chosen_on_test,
                "The threshold was chosen on the very images that judge it, so the numbers look better than they are. Choose on validation.",
            ),
            Mistake(
                _chosen_on_both,
                "The test took part in the choice of the threshold. Choose on validation alone.",
            ),
            Mistake(
                lambda labels, scores, test_labels, test_scores: _at(0.5, test_labels, test_scores),
                "0.5 is a threshold like any other; asked for is the one with the best F1 on validation.",
            ),
            Mistake(
                _above,
                "An image whose score equals the threshold is returned, too: ≥, not >.",
            ),
        ),
    ),
    "one_side": Exercise(
        solution=_one_side,
        cases=_copy_cases,
        stars=3,
        mistakes=(
            Mistake(
                _image_by_image,
                "Copies of one photograph stand on both sides: the test asks for what was learned by heart. Draw photographs, not images.",
            ),
            Mistake(
                _by_name,
                "The photographs keep together, but nothing is drawn: always the smallest numbers go into the test.",
            ),
            Mistake(
                _the_others,
                "True stands for the test; you marked the training images.",
            ),
            Mistake(
                _too_many,
                "The share is one of photographs; you took so many photographs as the share says of images.",
            ),
        ),
    ),
}
