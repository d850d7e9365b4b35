"""Things that are no digit: drawn alike for the same seed, of many kinds, and refused by the shipped model."""

import numpy as np
from non_digits import TABLES, outlier_strokes, outliers

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.inference.classifier import Classifier


def test_the_same_seed_draws_the_same_and_another_seed_something_else():
    first, second, other = outliers(40, 3), outliers(40, 3), outliers(40, 4)
    np.testing.assert_array_equal(first, second)
    assert (first != other).any(axis=(1, 2, 3)).all()


def test_they_are_placed_like_drawings_on_the_pad():
    """A box of 20 x 20 around the ink, its center of mass in the middle (LeCun et al., 1998)."""
    for image in outliers(200, 0)[..., 0].astype(float):
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) in (18, 19, 20)
        weight = image.sum()
        center = (image * np.arange(28)[:, None]).sum() / weight, (image * np.arange(28)).sum() / weight
        assert np.abs(np.array(center) - 14).max() < 1.2


def test_every_glyph_has_ink():
    for table in TABLES:
        for strokes in table:
            assert all(stroke.shape[1] == 2 and len(stroke) > 1 for stroke in strokes)
            assert drawing_to_image(strokes) is not None


def test_strokes_are_numbers_whatever_the_kind():
    random = np.random.default_rng(5)
    for _ in range(500):
        assert all(np.isfinite(stroke).all() for stroke in outlier_strokes(random))


def test_the_shipped_model_is_not_sure_of_them():
    """Drawn with a seed it was not trained on."""
    refused = [
        answer.rejected for answer in Classifier(resource("models", "digits.onnx")).answers(outliers(500, 9))
    ]
    assert np.mean(refused) > 0.9
