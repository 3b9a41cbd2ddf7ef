"""Figures that several lessons share: what stands in them is what was given."""

import numpy as np
import pytest

from imgrec_course import plots


def test_a_confusion_matrix_shows_its_counts_and_shades_by_row():
    confusion = np.array([[8, 2, 0], [1, 30, 1], [0, 0, 0]])
    figure = plots.confusion_matrix(confusion, ["cat", "dog", "bird"], "Cats pass for dogs")
    axes, scale = figure.axes
    shown = {tuple(map(int, text.get_position()[::-1])): int(text.get_text()) for text in axes.texts}
    assert shown == {place: count for place, count in np.ndenumerate(confusion) if count}
    np.testing.assert_allclose(
        axes.images[0].get_array(), [[0.8, 0.2, 0], [1 / 32, 30 / 32, 1 / 32], [0, 0, 0]]
    )
    assert (axes.get_ylabel(), axes.get_xlabel(), scale.get_ylabel()) == (
        "truth",
        "answer",
        "share of the row",
    )
    assert axes.get_title(loc="left") == "Cats pass for dogs"


@pytest.mark.parametrize("confusion", [np.ones(4), np.ones((2, 3)), np.ones((2, 2))])
def test_a_confusion_matrix_that_does_not_fit_its_names_is_refused(confusion):
    with pytest.raises(ValueError, match=r"confusion must have shape \(3, 3\).*not \("):
        plots.confusion_matrix(confusion, ["cat", "dog", "bird"], "title")
