"""The latent explorer: a walk among generated images, the nearest training images beside them."""

from imgrec_course.widgets.latent.explorer import LatentExplorer

__all__ = ["LatentExplorer"]
