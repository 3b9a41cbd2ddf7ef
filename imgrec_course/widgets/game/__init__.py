"""The game explorer: generator against discriminator, moment by moment."""

from imgrec_course.widgets.game.explorer import GameExplorer

__all__ = ["GameExplorer"]
