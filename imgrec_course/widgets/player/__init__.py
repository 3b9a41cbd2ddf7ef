"""The clip player: short films side by side, played in step."""

from imgrec_course.widgets.player.explorer import ClipPlayer

__all__ = ["ClipPlayer"]
