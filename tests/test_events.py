"""Events in a stream, against brute force: every matching tried, every neighbourhood looked at."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgrec_course import events as module
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.events import (
    Detection,
    Event,
    best_detections,
    best_event_threshold,
    count_events,
    event_curve,
    event_delays,
    match_events,
    report_at_once,
    suppress_neighbours,
)


@pytest.fixture(scope="module")
def solved():
    """The functions that lesson 08's solutions define."""
    names = {"np": np}
    for cell in read_lesson(lesson_paths(["08"])[0]).cells:
        if "exercise" in cell.metadata.get("tags", []):
            exec(cell.texts["en", "solutions"], names)
    return names


EVENTS = st.lists(
    st.builds(
        lambda kind, first, length: Event(kind, first, first + length),
        st.integers(0, 1),
        st.integers(0, 12),
        st.integers(0, 6),
    ),
    max_size=4,
)
DETECTIONS = st.lists(
    st.builds(Detection, st.integers(0, 1), st.integers(0, 20), st.integers(0, 5).map(lambda s: s / 5)),
    max_size=5,
)
TOLERANCE = st.integers(0, 4)


def admissible(event, detection, tolerance):
    """The rule, as the module's docstring words it."""
    return event.kind == detection.kind and event.first <= detection.time <= event.last + tolerance


def all_matchings(events, detections, tolerance, event=0, used=()):
    """Every set of admissible pairs in which no event and no detection stands twice."""
    if event == len(events):
        yield ()
        return
    yield from all_matchings(events, detections, tolerance, event + 1, used)
    for place, detection in enumerate(detections):
        if place not in used and admissible(events[event], detection, tolerance):
            for rest in all_matchings(events, detections, tolerance, event + 1, (*used, place)):
                yield ((event, place), *rest)


def delay_of(pairs, events, detections):
    return sum(detections[d].time - events[e].first for e, d in pairs)


@settings(max_examples=600, deadline=None)
@given(EVENTS, DETECTIONS, TOLERANCE)
def test_a_matching_is_the_largest_and_of_those_the_earliest(events, detections, tolerance):
    pairs = match_events(events, detections, tolerance)
    assert all(admissible(events[e], detections[d], tolerance) for e, d in pairs)
    assert len({e for e, _ in pairs}) == len({d for _, d in pairs}) == len(pairs)
    tried = list(all_matchings(events, detections, tolerance))
    most = max(map(len, tried))
    assert len(pairs) == most
    least = min(delay_of(one, events, detections) for one in tried if len(one) == most)
    assert delay_of(pairs, events, detections) == least
    counts = count_events(events, detections, tolerance)
    assert counts == (most, len(detections) - most, len(events) - most)


@settings(max_examples=300, deadline=None)
@given(EVENTS, DETECTIONS, TOLERANCE, st.randoms())
def test_the_order_of_the_lists_does_not_matter(events, detections, tolerance, random):
    before = count_events(events, detections, tolerance)
    random.shuffle(events)
    random.shuffle(detections)
    assert count_events(events, detections, tolerance) == before


@settings(max_examples=600, deadline=None)
@given(EVENTS, DETECTIONS, TOLERANCE)
def test_the_lessons_greedy_answer_finds_as_many_pairs(solved, events, detections, tolerance):
    """By time, and of the free events that fit the one that ends first: as many pairs as can be."""
    reports = [one[:2] for one in detections]
    counted = solved["event_counts"]([tuple(one) for one in events], reports, tolerance)
    assert counted == tuple(count_events(events, detections, tolerance))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True), st.integers(0, 6), st.randoms())
def test_the_lessons_suppression_is_the_packages(solved, times, radius, random):
    scores = random.sample(range(100), len(times))
    kept = suppress_neighbours(
        [Detection(0, time, score) for time, score in zip(times, scores, strict=True)], radius
    )
    answer = solved["best_times"](np.array(times), np.array(scores), radius)
    assert [one.time for one in kept] == list(answer)


def kept_by_hand(detections, radius):
    """Suppression with a list that is crossed out, as one would do it on paper."""
    rest, kept = list(detections), []
    while rest:
        best = max(rest, key=lambda one: (one.score, -one.time))
        kept.append(best)
        rest = [one for one in rest if abs(one.time - best.time) > radius]
    return sorted(kept, key=lambda one: one.time)


@settings(max_examples=600, deadline=None)
@given(DETECTIONS, st.integers(0, 6), st.integers(0, 5).map(lambda s: s / 5))
def test_suppression(detections, radius, threshold):
    kept = suppress_neighbours(detections, radius)
    assert [one[1:] for one in kept] == [one[1:] for one in kept_by_hand(detections, radius)]
    for one in detections:  # whoever was dropped has a better one near by
        assert one in kept or any(
            abs(one.time - other.time) <= radius and other.score >= one.score for other in kept
        )
    for one in kept:
        assert not [other for other in kept if other != one and abs(one.time - other.time) <= radius]
    # A threshold may come before or after.
    assert [one for one in kept if one.score >= threshold] == suppress_neighbours(
        [one for one in detections if one.score >= threshold], radius
    )


@settings(max_examples=300, deadline=None)
@given(EVENTS.filter(bool), DETECTIONS.filter(bool), TOLERANCE)
def test_curve_and_threshold(events, detections, tolerance):
    thresholds, counts = event_curve(events, detections, tolerance)
    assert list(thresholds) == sorted({one.score for one in detections}, reverse=True)
    recalls = [one.recall for one in counts]
    assert recalls == sorted(recalls)  # with more detections a maximum matching never shrinks
    threshold, best = best_event_threshold(events, detections, tolerance)
    again = count_events(events, [one for one in detections if one.score >= threshold], tolerance)
    assert again.f1 == best == max(one.f1 for one in counts)


def test_overlapping_events_where_a_greedy_choice_finds_one_pair_too_few():
    events = [Event(0, 0, 9), Event(0, 5, 14)]
    detections = [Detection(0, 7, 0.9), Detection(0, 3, 0.8)]  # the surer one fits both events
    assert match_events(events, detections) == [(0, 1), (1, 0)]


def test_the_rule_at_its_edges():
    event = [Event(2, 10, 19)]
    for time, found in ((9, 0), (10, 1), (19, 1), (22, 1), (23, 0)):
        assert count_events(event, [Detection(2, time, 0.5)], tolerance=3).true_positive == found
    assert count_events(event, [Detection(1, 15, 0.5)], tolerance=3) == (0, 1, 1)
    assert count_events(event, [Detection(2, 12, 0.5), Detection(2, 15, 0.9)], tolerance=3) == (1, 1, 0)
    np.testing.assert_array_equal(
        event_delays([*event, Event(0, 0, 1)], [Detection(2, 15, 0.9), Detection(2, 12, 0.5)], 3), [2, np.nan]
    )


def test_counts_know_their_ratios():
    counts = module.EventCounts(6, 2, 4)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((0.75, 0.6, 12 / 18))
    nothing = count_events([], [])
    assert nothing == (0, 0, 0)
    assert all(math.isnan(value) for value in (nothing.precision, nothing.recall, nothing.f1))


def test_the_best_kind_at_every_time():
    found = best_detections([[0.1, 0.7], [0.3, 0.3]], first_time=9)
    assert found == [Detection(1, 9, 0.7), Detection(0, 10, 0.3)]


def test_reports_at_once_are_the_first_above_the_threshold():
    scores = [0.1, 0.6, 0.9, 0.7, 0.2, 0.8, 0.9]
    stream = [Detection(0, time, score) for time, score in enumerate(scores)]
    assert [one.time for one in report_at_once(stream[::-1], 0.6, 2)] == [1, 5]
    assert [one.time for one in report_at_once(stream, 0.8, 0)] == [2, 5, 6]
    assert report_at_once(stream, 1.0, 0) == report_at_once([], 0.5, 3) == []
    for index in range(len(stream)):  # what comes later changes nothing
        assert report_at_once(stream[:index], 0.6, 2) == [
            one for one in report_at_once(stream, 0.6, 2) if one.time < index
        ]


def test_a_long_stream_is_matched_quickly():
    import time

    events = [Event(0, 20 * i, 20 * i + 9) for i in range(500)]
    detections = [Detection(0, 20 * i + 5, 0.5) for i in range(500)]
    started = time.monotonic()
    assert count_events(events, detections, 2) == (500, 0, 0)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: match_events([(0, 1, 2)], []),
            r"events must hold Event\(kind, first, last\), not \(0, 1, 2\)",
        ),
        (lambda: match_events([Event(0, 5, 4)], []), "first ≤ last, not Event"),
        (lambda: match_events([Event(0, 5.5, 6)], []), "whole numbers"),
        (lambda: match_events([], [(0, 1, 0.5)]), "detections must hold Detection"),
        (lambda: match_events([], [Detection(0, 1, float("nan"))]), "finite score"),
        (lambda: match_events([], [Detection(0, 1.5, 0.5)]), "whole kind and time"),
        (
            lambda: match_events([], [], -1),
            "tolerance must be a whole number of frames of at least 0, not -1",
        ),
        (lambda: count_events([], [], 0.5), "tolerance must be"),
        (
            lambda: suppress_neighbours([], -1),
            "radius must be a whole number of frames of at least 0, not -1",
        ),
        (lambda: report_at_once([], float("nan"), 1), "threshold must be a finite number, not nan"),
        (lambda: report_at_once([], 0.5, -1), "pause must be a whole number of frames"),
        (lambda: suppress_neighbours([3], 1), "detections must hold"),
        (lambda: best_detections([0.1, 0.2]), r"scores must have shape \(times, kinds\).*, not \(2,\)"),
        (lambda: best_detections(np.zeros((0, 3))), r"not \(0, 3\)"),
        (lambda: best_detections([[0.1, np.nan]]), "scores must be finite, not nan"),
        (lambda: event_curve([Event(0, 1, 2)], []), "at least one detection, not none"),
    ],
)
def test_bad_input_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
