"""The threshold explorer: move a threshold, see what is returned, what is right and what is missed."""

from imgrec_course.widgets.threshold.explorer import ThresholdExplorer

__all__ = ["ThresholdExplorer"]
