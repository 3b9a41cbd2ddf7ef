"""nbgrader's autograding without a kernel: answers run in rooms of their own, the points are set here.

nbgrader runs a returned notebook and its tests in one kernel, where the former can change what the latter
see. ``GradeElsewhere`` takes the place of nbgrader's ``Execute``: the notebook is never run as a whole.
"""

from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from imgrec_course.classroom.marking import mark
from imgrec_course.classroom.room import package_without_solutions
from imgrec_course.classroom.submission import CHECK
from imgrec_course.language import message, render


class GradeElsewhere(NbGraderPreprocessor):
    """Give each locked test cell the output from which nbgrader reads its points."""

    seed = Integer(0, help="Seed of the hidden cases; one for a class.").tag(config=True)

    def preprocess(self, nb, resources):
        """Grade all test cells of a notebook that nbgrader has sanitised (its locked cells restored)."""
        before = []
        with package_without_solutions() as package:
            for cell in nb.cells:
                if cell.cell_type != "code":
                    continue
                before.append(cell.source)
                cell.outputs, cell.execution_count = [], None
                if utils.is_grade(cell) and not utils.is_solution(cell):
                    said, points = self._graded(cell, before, package)
                    cell.execution_count = len(before)
                    cell.outputs = [
                        new_output("stream", name="stdout", text=render(said) + "\n"),
                        new_output(
                            "execute_result", data={"text/plain": str(points)}, execution_count=len(before)
                        ),
                    ]
        return nb, resources

    def _graded(self, cell, before, package):
        match = CHECK.search(cell.source)
        if match is None:
            return message("✗ The test cell asks for no exercise of the course."), 0
        earned = mark(match["lesson"], match["exercise"], before, self.seed, package)
        most = float(cell.metadata["nbgrader"]["points"])
        # Whoever teaches may have given an exercise other points than its stars.
        return earned.said, round(most * earned.points / earned.of, 2) if earned.of else 0
