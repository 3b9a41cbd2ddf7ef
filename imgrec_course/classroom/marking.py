"""Points for one exercise: the answer runs in a room of its own, the comparison here."""

import dataclasses
import threading
from dataclasses import dataclass

from imgrec_course.checks.exercises import NOT_ATTEMPTED, exercises_of, judge
from imgrec_course.classroom.room import Room
from imgrec_course.language import message

LAST_SEED = 2**62
HIDDEN_DRAWS = 3  # one draw may miss a mistake that shows in rare cases alone
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True)
class Mark:
    """What an exercise earned: its stars when every case agrees, visible or hidden, else nothing.

    said   a message
    """

    exercise: str
    points: int
    of: int
    said: dict


def mark(lesson, exercise_name, cells, seed, package):
    """Points for an exercise.

    cells     texts of the code cells up to the one that asks for the answer
    seed      of the hidden cases; the visible ones are those that the learner's own check uses
    package   folder from ``package_without_solutions``
    """
    exercise = exercises_of(lesson)[exercise_name]
    solution = exercise.solution

    def one_at_a_time(*arguments):
        # Some solutions are Keras layers, which several notebooks at once would confuse.
        with _ONE_AT_A_TIME:
            return solution(*arguments)

    exercise = dataclasses.replace(exercise, solution=one_at_a_time)

    def earned(points, said):
        return Mark(exercise_name, points, exercise.stars, said)

    with Room(cells, exercise_name, package) as room:
        answer, fault = room.answer()
        if fault is not None:
            if fault["text"] == NOT_ATTEMPTED:
                return earned(0, message(NOT_ATTEMPTED, name=exercise_name))
            return earned(0, message("✗ {name}: {fault}", name=exercise_name, fault=fault))
        try:
            said, solved = judge(exercise_name, exercise, answer, call=room.call)
            if not solved:
                return earned(0, said)
            if exercise.cases is None:
                return earned(exercise.stars, said)
            for draw in range(HIDDEN_DRAWS):
                hidden, solved = judge(exercise_name, exercise, answer, seed=seed + draw, call=room.call)
                if not solved:
                    return earned(0, message("hidden cases: {result}", result=hidden))
            said = message("{result}, hidden ones too", result=said)
            return earned(exercise.stars, said)
        except Exception as error:  # a value that no comparison expects must not stop the class
            kind = type(error).__name__
            return earned(0, message("✗ {name}: {fault}", name=exercise_name, fault=kind))
