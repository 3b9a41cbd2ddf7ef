"""Training curves: rate, loss and macro-F1 drawn in the browser while a network learns."""

from imgrec_course.widgets.training.explorer import TrainingCurves

__all__ = ["TrainingCurves"]
