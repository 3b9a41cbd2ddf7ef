"""What nbgrader's hidden tests call: points for the answers of the notebook that calls.

With the course's own nbgrader_config.py no test cell is run in a notebook's kernel at all (see
``gradebook``). Where another configuration runs them there, this still judges the *texts* of the cells, in
a process of its own; but a notebook shares its kernel with this call, and could replace it.
"""

from imgrec_course.checks.exercises import find
from imgrec_course.classroom.marking import mark
from imgrec_course.classroom.room import package_without_solutions
from imgrec_course.language import say


def points(name, sources, seed):
    """Points for an exercise such as "01.f_beta": its stars or 0.

    sources   texts of the cells that have been run, as IPython's ``In`` holds them
    seed      of the hidden cases
    """
    lesson, _, short = name.partition(".")
    find(name)
    with package_without_solutions() as package:
        earned = mark(lesson, short, [str(source) for source in sources], seed, package)
    say(earned.said["text"], **earned.said["values"])
    return earned.points
