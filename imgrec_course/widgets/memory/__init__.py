"""The memory meter: how much of the first frame is still in the last state."""

from imgrec_course.widgets.memory.explorer import MemoryMeter

__all__ = ["MemoryMeter"]
