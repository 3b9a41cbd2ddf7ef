"""Checkers of lesson 08: shapes are counted, parameters are Keras's, matchings are the largest there are."""

import re

import numpy as np

from imgrec_course.checks.exercises import Exercise, Mistake
from imgrec_course.events import Detection, Event, count_events


def _digits(name):
    """The number before the dot."""
    return int(re.search(r"\d+", name.rpartition(".")[0]).group())


def _frame_order(names):
    return sorted(names, key=_digits)


def _frame_cases(generator):
    def draw(pattern, highest, count):
        numbers = generator.choice(highest, size=count, replace=False)
        return ([pattern.format(number) for number in numbers],)

    def mixed(names):
        return ([str(name) for name in generator.permutation(names)],)

    return [
        ("twelve frames, numbers with one or two digits", draw("frame{}.png", 12, 12)),
        ("numbers up to 1,000", draw("img_{}.png", 1000, 8)),
        ("some names with leading zeros", mixed(["f007.jpg", "f9.jpg", "f31.jpg", "f0058.jpg", "f112.jpg"])),
        ("different letters before the number", mixed(["b2.png", "a9.png", "d10.png", "c11.png", "a30.png"])),
        ("endings of which one holds a digit", mixed(["f3.jp2", "f10.png", "f11.jp2", "f25.png"])),
    ]


def _clip_batch(frames):
    return np.stack(frames)[np.newaxis, ..., np.newaxis] / 255


def _batch_cases(generator):
    def draw(count, height, width):
        return (list(generator.integers(0, 256, size=(count, height, width)).astype(np.uint8)),)

    return [
        ("ten frames of 6 × 8 pixels", draw(10, 6, 8)),
        ("three frames of 4 × 4 pixels", draw(3, 4, 4)),
        ("one frame of 5 × 7 pixels", draw(1, 5, 7)),
    ]


HIDES_MOTION = (True, False, False, True, False, False)


def _conv_lstm_parameters(size, channels, filters):
    import keras

    layer = keras.layers.ConvLSTM2D(filters, size)
    layer.build((None, 5, 16, 16, channels))
    return layer.count_params()


def _parameter_cases(generator):
    drawn = [
        tuple(int(n) for n in (generator.choice([1, 3, 5]), *generator.integers(1, 20, size=2)))
        for _ in range(3)
    ]
    return [
        ("5 × 5, 16 channels, 16 filters", (5, 16, 16)),
        *[("numbers drawn at random", one) for one in drawn],
    ]


def _best_times(times, scores, radius):
    kept = []
    for place in np.argsort(-np.asarray(scores), kind="stable"):
        if all(abs(times[place] - other) > radius for other in kept):
            kept.append(int(times[place]))
    return np.array(sorted(kept))


def _suppression_cases(generator):
    def draw(count, longest, radius):
        times = np.sort(generator.choice(longest, size=count, replace=False))
        return times, np.round(generator.permutation(count) / count + 0.001, 4), radius

    stairs = np.arange(0, 12, 2), np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95]), 3
    return [
        ("twelve reports in 60 frames, radius 5", draw(12, 60, 5)),
        ("thirty reports in 100 frames, radius 4", draw(30, 100, 4)),
        ("scores that climb like stairs", stairs),
        ("neighbours exactly `radius` apart", (np.array([3, 6, 9, 20]), np.array([0.4, 0.9, 0.3, 0.2]), 3)),
        ("radius 0: everything is kept", draw(6, 20, 0)),
    ]


def _local_maxima(times, scores, radius):
    """Dropped by any better neighbour, even one that is itself dropped."""
    near = np.abs(times[:, np.newaxis] - times) <= radius
    return times[np.all(~near | (scores <= scores[:, np.newaxis]), axis=1)]


def _first_come(times, scores, radius):
    kept = []
    for time in times:
        if not kept or time - kept[-1] > radius:
            kept.append(int(time))
    return np.array(kept)


def _of_each_run(times, scores, radius):
    """Reports with no gap larger than the radius are one run; the best of each run."""
    runs = np.cumsum(np.diff(times, prepend=times[0]) > radius)
    return np.array([times[runs == run][scores[runs == run].argmax()] for run in np.unique(runs)])


def _strictly_nearer(times, scores, radius):
    return _best_times(times, scores, radius - 1) if radius else np.array(sorted(times))


def _by_score(times, scores, radius):
    kept = _best_times(times, scores, radius)
    return kept[np.argsort([-scores[list(times).index(time)] for time in kept])]


def _fits(event, report, tolerance):
    return event[0] == report[0] and event[1] <= report[1] <= event[2] + tolerance


def _event_counts(events, reports, tolerance):
    counts = count_events(
        [Event(*one) for one in events], [Detection(*one, 0.0) for one in reports], tolerance
    )
    return tuple(counts)


def _event_cases(generator):
    def draw(count, extra, kinds, tolerance, length=80):
        firsts = np.sort(generator.choice(length, size=count, replace=False))
        events = [(int(generator.integers(kinds)), int(first), int(first) + 9) for first in firsts]
        reports = []
        for kind, first, last in events:
            for _ in range(int(generator.integers(0, 3))):
                reports.append((kind, int(generator.integers(first - 3, last + 6))))
        for _ in range(extra):
            reports.append((int(generator.integers(kinds)), int(generator.integers(length))))
        return events, [reports[place] for place in generator.permutation(len(reports))], tolerance

    return [
        ("three events of one kind", draw(3, 2, 1, 2)),
        ("six events of three kinds", draw(6, 4, 3, 3)),
        ("ten events of two kinds that overlap", draw(10, 6, 2, 2)),
        ("no tolerance", draw(8, 4, 2, 0)),
        ("two events that overlap, two reports", ([(0, 0, 9), (0, 5, 14)], [(0, 7), (0, 3)], 0)),
        ("one report inside two events", ([(0, 0, 9), (0, 4, 13)], [(0, 6)], 0)),
        ("a report one frame too early", ([(0, 10, 19), (1, 30, 39)], [(0, 9), (1, 31)], 2)),
        ("nothing was reported", ([(1, 0, 9), (0, 20, 29)], [], 2)),
        ("nothing happened", ([], [(0, 5), (1, 7)], 2)),
    ]


def _counting(fits):
    """Wrong answers that count right but mistake the rule: a pair fits when ``fits`` says so."""

    def answer(events, reports, tolerance):
        allowed = np.array([[fits(e, r, tolerance) for r in reports] for e in events], dtype=float)
        if allowed.size == 0:
            return 0, len(reports), len(events)
        from scipy.optimize import linear_sum_assignment

        pairs = int(allowed[linear_sum_assignment(-allowed)].sum())
        return pairs, len(reports) - pairs, len(events) - pairs

    return answer


def _every_report_counts(events, reports, tolerance):
    right = sum(any(_fits(e, r, tolerance) for e in events) for r in reports)
    missed = sum(not any(_fits(e, r, tolerance) for r in reports) for e in events)
    return right, len(reports) - right, missed


def _every_event_counts(events, reports, tolerance):
    found = sum(any(_fits(e, r, tolerance) for r in reports) for e in events)
    return found, max(0, len(reports) - found), len(events) - found


def _in_the_given_order(events, reports, tolerance):
    taken = set()
    for report in reports:
        for place, event in enumerate(events):
            if place not in taken and _fits(event, report, tolerance):
                taken.add(place)
                break
    return len(taken), len(reports) - len(taken), len(events) - len(taken)


def _misses_first(events, reports, tolerance):
    right, wrong, missed = _event_counts(events, reports, tolerance)
    return right, missed, wrong


EXERCISES = {
    "frame_order": Exercise(
        solution=_frame_order,
        cases=_frame_cases,
        stars=1,
        mistakes=(
            Mistake(
                sorted,
                "Texts are compared letter by letter, and “1” comes before “9”: frame10 before frame9. Compare numbers.",
            ),
            Mistake(
                lambda names: sorted(names, key=lambda name: (len(name), name)),
                "Shorter names first: that works until someone writes 07. Compare the numbers themselves.",
            ),
            Mistake(
                lambda names: sorted(names, key=lambda name: int(re.search(r"\d", name).group())),
                "This takes the first digit alone; \\d+ takes the whole number.",
            ),
            Mistake(
                lambda names: sorted(names, key=lambda name: int("".join(filter(str.isdigit, name)))),
                "The ending may hold a digit, too (.jp2): take the number before the dot.",
            ),
            Mistake(
                lambda names: sorted(names, key=lambda name: re.search(r"\d+", name).group()),
                "You found the number but compare it as text; int() makes a number of it.",
            ),
            Mistake(
                lambda names: sorted(names, key=_digits, reverse=True),
                "The film runs backwards: the smallest number comes first.",
            ),
        ),
    ),
    "clip_batch": Exercise(
        solution=_clip_batch,
        cases=_batch_cases,
        stars=1,
        mistakes=(
            Mistake(
                lambda frames: np.stack(frames)[..., np.newaxis] / 255,
                "The batch axis is missing: a single clip is a batch of one, and its first axis has length 1.",
            ),
            Mistake(
                lambda frames: np.stack(frames)[:, np.newaxis, ..., np.newaxis] / 255,
                "These are many clips of one frame each; asked for is one clip of many frames.",
            ),
            Mistake(
                lambda frames: np.stack(frames)[np.newaxis, :, np.newaxis] / 255,
                "Channels come last in Keras: (1, time, height, width, 1).",
            ),
            Mistake(
                lambda frames: np.stack(frames)[np.newaxis] / 255,
                "A grey image has one channel, and the network wants its axis: one more at the end.",
            ),
            Mistake(
                lambda frames: np.stack(frames)[np.newaxis, ..., np.newaxis],
                "The shape is right; the values must be floats from 0 to 1.",
            ),
            Mistake(
                lambda frames: np.stack(frames, axis=-1)[np.newaxis, ..., np.newaxis] / 255,
                "Time became the last axis but one; np.stack puts it first if you name no axis.",
            ),
        ),
    ),
    "hides_motion": Exercise(
        solution=lambda: HIDES_MOTION,
        cases=None,
        stars=2,
        mistakes=(
            Mistake(
                (False, False, False, True, False, False),
                "Uniform in the fifth frame: a whole step further, or back, every place is again hit by exactly one place. So it is uniform in all frames.",
            ),
            Mistake(
                (True, True, False, True, False, False),
                "The first frame tells nothing, true. But look at the last: where is a garment that has moved to the right from the middle?",
            ),
            Mistake(
                (True, False, True, True, False, False),
                "Where do the garments gather that have moved to the right for a while and must stop at the edge?",
            ),
            Mistake(
                (True, False, False, False, False, False),
                "Speed is a matter of two frames. Is any *single* frame of a fast clip different from one of a slow clip?",
            ),
            Mistake(
                (True, False, False, True, True, False),
                "After one step to the right, is the column even or odd? And after one step down?",
            ),
            Mistake(
                (True, False, False, True, False, True),
                "The place is uniform, but the frame is more than a place: how bright is it?",
            ),
        ),
    ),
    "conv_lstm_parameters": Exercise(
        solution=_conv_lstm_parameters,
        cases=_parameter_cases,
        stars=2,
        peer="Keras",
        seconds=20,
        mistakes=(
            Mistake(
                lambda size, channels, filters: filters * (size**2 * (channels + filters) + 1),
                "This is one gate. There are four such sums: input, forget, output gate and candidate.",
            ),
            Mistake(
                lambda size, channels, filters: 4 * filters * (size**2 * channels + 1),
                "The kernels over the input are there; those over the state, which has `filters` channels, are missing.",
            ),
            Mistake(
                lambda size, channels, filters: 4 * filters * size**2 * (channels + filters),
                "The biases are missing: one for each filter of each of the four gates.",
            ),
            Mistake(
                lambda size, channels, filters: 4 * filters * (size**2 * (channels + filters) + 2),
                "One bias for each filter and gate, not one for the input and one for the state.",
            ),
            Mistake(
                lambda size, channels, filters: 4 * filters * (channels + filters + 1),
                "This is a dense LSTM. Here each weight is a kernel of size × size numbers.",
            ),
            Mistake(
                lambda size, channels, filters: 3 * filters * (size**2 * (channels + filters) + 1),
                "Three is the GRU; an LSTM has three gates and a candidate: four.",
            ),
        ),
    ),
    "best_times": Exercise(
        solution=_best_times,
        cases=_suppression_cases,
        stars=2,
        mistakes=(
            Mistake(
                _local_maxima,
                "A report is dropped by one that is *kept*. On your stairs each is dropped by its neighbour, though that one is dropped itself.",
            ),
            Mistake(
                _first_come,
                "You go by time; the best report shall go first, whenever it came.",
            ),
            Mistake(
                _of_each_run,
                "You take the best of each run of neighbours. A long run may hold several that are more than `radius` apart.",
            ),
            Mistake(
                _strictly_nearer,
                "A report exactly `radius` frames away is dropped, too: ≤, not <.",
            ),
            Mistake(
                _by_score,
                "The right ones, but in order of score: return them in order of time.",
            ),
        ),
    ),
    "event_counts": Exercise(
        solution=_event_counts,
        cases=_event_cases,
        stars=3,
        mistakes=(
            Mistake(
                _every_report_counts,
                "Each report inside an event counts with you, so one event can bring several true positives. One report an event; the others are false.",
            ),
            Mistake(
                _every_event_counts,
                "One report serves two overlapping events with you. Each report matches at most one event.",
            ),
            Mistake(
                _counting(lambda e, r, tolerance: e[1] <= r[1] <= e[2] + tolerance),
                "The kind must be the same, too: who calls “left” where something moves up is wrong.",
            ),
            Mistake(
                _counting(lambda e, r, tolerance: e[0] == r[0] and e[1] <= r[1] <= e[2]),
                "The tolerance is missing: a report may come up to that many frames after the last frame of the event.",
            ),
            Mistake(
                _counting(
                    lambda e, r, tolerance: e[0] == r[0] and e[1] - tolerance <= r[1] <= e[2] + tolerance
                ),
                "The tolerance counts after the event only: whoever reports before its first frame has guessed.",
            ),
            Mistake(
                _in_the_given_order,
                "Your reports take events in the order in which they stand, and one may take the only event that would have suited a later one. Go by time, and take the event that ends first.",
            ),
            Mistake(
                _misses_first,
                "False positives and misses have changed places: TP, FP, FN.",
            ),
        ),
    ),
}
