"""The kernel explorer: step a kernel over an image, change it, and see how a feature map comes about."""

from imgrec_course.widgets.kernel.explorer import KernelExplorer

__all__ = ["KernelExplorer"]
