"""The resampling explorer: draw tests that might have been, and watch the interval grow out of them."""

from imgrec_course.widgets.resampling.explorer import ResamplingExplorer

__all__ = ["ResamplingExplorer"]
