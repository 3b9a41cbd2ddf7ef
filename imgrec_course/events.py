"""Events in a stream: precision and recall where a whole stretch of time is found or missed.

An event has a kind, a first and a last frame; a detection has a kind, the time at which it is reported, and a
score. A detection is *admissible* for an event when it is of the same kind and

    first ≤ time ≤ last + tolerance:

whoever reports before anything has happened has guessed, and whoever reports long after it comes too late.
One detection counts for at most one event, and one event for at most one detection. These functions stand
apart from :mod:`imgrec_course.metrics`, which counts decisions about single images.
"""

import numbers
from typing import NamedTuple

import numpy as np


class Event(NamedTuple):
    """What happens: kind (a class), first and last frame, both part of it."""

    kind: int
    first: int
    last: int


class Detection(NamedTuple):
    """What is reported: kind (a class), the frame at which it is reported, how sure one is."""

    kind: int
    time: int
    score: float


def best_detections(scores, first_time=0):
    """The kind with the highest score at every time, as detections.

    scores       (times, kinds) numbers, without the background's
    first_time   time of the first row
    returns      list of ``times`` detections; the first kind where several share the highest score

    Raises ValueError for another rank, nothing, or numbers that are not finite.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.size == 0:
        raise ValueError(f"scores must have shape (times, kinds), at least (1, 1), not {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError(f"scores must be finite, not {scores[~np.isfinite(scores)][0]}")
    kinds = scores.argmax(axis=1)
    return [
        Detection(int(kind), first_time + time, float(scores[time, kind])) for time, kind in enumerate(kinds)
    ]


def suppress_neighbours(detections, radius):
    """Keep the best detection of every neighbourhood: non-maximum suppression in time.

    detections   list of Detection
    radius       frames, ≥ 0
    returns      list of those kept, in order of time

    The best-scored detection is kept, all others at most ``radius`` frames from it are dropped, whatever
    their kind; then the best of the rest, and so on. Of equal scores the earlier one comes first. A threshold
    before or after makes no difference: whoever drops a detection has a score at least as high.
    Raises ValueError for detections that are none, or another radius.
    """
    detections = _detections(detections)
    _frames("radius", radius)
    kept = []
    for one in sorted(detections, key=lambda one: (-one.score, one.time)):
        if all(abs(one.time - other.time) > radius for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.time)


def report_at_once(detections, threshold, pause):
    """Report as soon as a score reaches the threshold, then be silent for a while.

    detections   list of Detection
    threshold    lowest score that is reported
    pause        frames, ≥ 0: after a report at time t the next one comes at t + pause + 1 or later
    returns      list of those reported, in order of time

    Unlike :func:`suppress_neighbours` it needs no look at what comes later.
    Raises ValueError for detections that are none, a threshold that is not finite, or another pause.
    """
    detections = _detections(detections)
    _frames("pause", pause)
    if not np.isfinite(threshold):
        raise ValueError(f"threshold must be a finite number, not {threshold}")
    reported = []
    for one in sorted(detections, key=lambda one: (one.time, -one.score)):
        if one.score >= threshold and (not reported or one.time - reported[-1].time > pause):
            reported.append(one)
    return reported


def match_events(events, detections, tolerance=0):
    """Pair events and detections, as many as can be, and of all such matchings the earliest.

    events       list of Event
    detections   list of Detection
    tolerance    frames that a report may come after the last frame of the event, ≥ 0
    returns      list of (place in events, place in detections), in order of the events; among the
                 matchings with the most pairs it has the smallest sum of delays, time − first

    Found by SciPy's linear_sum_assignment, which is exact; a greedy choice may find fewer pairs where events
    overlap. Raises ValueError for events or detections that are none, or another tolerance.
    """
    events, detections = _events(events), _detections(detections)
    _frames("tolerance", tolerance)
    if not events or not detections:
        return []
    from scipy.optimize import linear_sum_assignment

    first, last = (np.array([getattr(one, name) for one in events]) for name in ("first", "last"))
    event_kind = np.array([one.kind for one in events])
    time = np.array([one.time for one in detections])
    kind = np.array([one.kind for one in detections])
    delay = time - first[:, np.newaxis]  # (events, detections)
    fits = (delay >= 0) & (time <= last[:, np.newaxis] + tolerance) & (kind == event_kind[:, np.newaxis])
    if not fits.any():
        return []
    # A pair is worth more than all delays together, so that pairs come first.
    worth = (delay[fits].max() + 1) * min(fits.shape)
    cost = np.where(fits, delay - worth, 0)
    rows, columns = linear_sum_assignment(cost)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if fits[row, column]]


class EventCounts(NamedTuple):
    """Right detections, false detections and missed events; precision, recall and F1 follow."""

    true_positive: int
    false_positive: int
    false_negative: int

    @property
    def precision(self):
        """Share of the detections that belong to an event; NaN without detections."""
        found = self.true_positive + self.false_positive
        return self.true_positive / found if found else float("nan")

    @property
    def recall(self):
        """Share of the events that were found; NaN without events."""
        wanted = self.true_positive + self.false_negative
        return self.true_positive / wanted if wanted else float("nan")

    @property
    def f1(self):
        """2TP / (2TP + FP + FN); NaN when there was nothing at all."""
        both = 2 * self.true_positive + self.false_positive + self.false_negative
        return 2 * self.true_positive / both if both else float("nan")


def count_events(events, detections, tolerance=0):
    """:class:`EventCounts` of a matching by :func:`match_events`."""
    pairs = len(match_events(events, detections, tolerance))
    return EventCounts(pairs, len(detections) - pairs, len(events) - pairs)


def event_curve(events, detections, tolerance=0):
    """Counts at every threshold that makes a difference: detections with score ≥ threshold are reported.

    returns   thresholds (m,) falling, and a list of m EventCounts

    Raises ValueError as :func:`match_events` does, and without detections.
    """
    detections = _detections(detections)
    if not detections:
        raise ValueError("detections must hold at least one detection, not none")
    thresholds = np.unique([one.score for one in detections])[::-1]
    counts = [
        count_events(events, [one for one in detections if one.score >= threshold], tolerance)
        for threshold in thresholds
    ]
    return thresholds, counts


def best_event_threshold(events, detections, tolerance=0):
    """(threshold, F1): the highest threshold with the best F1 over events; choose it on validation."""
    thresholds, counts = event_curve(events, detections, tolerance)
    f1 = np.nan_to_num([one.f1 for one in counts])
    best = int(np.argmax(f1))
    return float(thresholds[best]), float(f1[best])


def event_delays(events, detections, tolerance=0):
    """How many frames after its first each event is reported: (events,) floats, NaN for a missed one."""
    delays = np.full(len(events), np.nan)
    for event, detection in match_events(events, detections, tolerance):
        delays[event] = detections[detection].time - events[event].first
    return delays


def _events(events):
    events = list(events)
    for one in events:
        if not isinstance(one, Event):
            raise ValueError(f"events must hold Event(kind, first, last), not {one!r}")
        if not all(map(_whole, one)) or one.last < one.first:
            raise ValueError(f"an event must have whole numbers with first ≤ last, not {one}")
    return events


def _detections(detections):
    detections = list(detections)
    for one in detections:
        if not isinstance(one, Detection):
            raise ValueError(f"detections must hold Detection(kind, time, score), not {one!r}")
        if not _whole(one.kind) or not _whole(one.time):
            raise ValueError(f"a detection must have a whole kind and time, not {one}")
        if not np.isfinite(one.score):
            raise ValueError(f"a detection must have a finite score, not {one}")
    return detections


def _frames(name, value):
    if not _whole(value) or value < 0:
        raise ValueError(f"{name} must be a whole number of frames of at least 0, not {value!r}")


def _whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
