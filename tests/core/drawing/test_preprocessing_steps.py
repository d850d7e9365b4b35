"""A drawing's steps and measures, against figures whose measures are known and the training set itself."""

import numpy as np
import pytest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.core.drawing.preprocessing_steps import MEASURES, measured, preprocessing_steps, usual_shares

SEVEN = [np.array([(3.0, 2.5), (7.0, 2.5), (4.5, 8.0)])]


def test_last_step_is_what_the_network_takes():
    steps = preprocessing_steps(SEVEN)
    assert np.array_equal(steps.image, drawing_to_image(SEVEN))
    assert steps.cropped.any(axis=0).all()
    assert steps.cropped.any(axis=1).all()
    assert steps.cropped.sum() == steps.ink.sum()
    assert steps.box.shape == (20, 20)
    assert steps.box.sum() == steps.image.sum()


def test_center_of_mass_is_near_pixel_14():
    assert preprocessing_steps(SEVEN).center == pytest.approx((14, 14), abs=0.5 + 1e-9)


def test_empty_sheet_has_no_steps():
    assert preprocessing_steps([]) is None


def bar(width, height=20, lean=0.0):
    """A bar in 28x28, drawn 16 times as fine; leans right by `lean` degrees."""
    fine = np.zeros((448, 448))
    y, x = (np.indices(fine.shape) + 0.5) / 16
    middle = 14 - np.tan(np.radians(lean)) * (y - 14)
    fine[(abs(x - middle) < width / 2) & (abs(y - 14) < height / 2)] = 255
    return fine.reshape(28, 16, 28, 16).mean(axis=(1, 3)).round().astype(np.uint8)


@pytest.mark.parametrize("width", [2.0, 3.0, 4.0])
def test_thickness_of_a_bar_is_its_width(width):
    amount, thickness, aspect, slant = measured(bar(width))
    assert amount == pytest.approx(20 * width, rel=0.02)
    assert thickness == pytest.approx(2 * 20 * width / (2 * (20 + width)), rel=0.1)  # 2 area / perimeter
    assert aspect == pytest.approx(width / 20, abs=0.051)  # half a pixel at both sides
    assert slant == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("lean", [-25, 10, 30])
def test_slant_is_the_lean_in_degrees(lean):
    assert measured(bar(2.5, 18, lean))[3] == pytest.approx(lean, abs=1)


def test_shares_are_those_counted_in_the_training_set():
    images, labels = load_subset("mnist", "train")
    sevens = images[labels == 7][:1500]
    values = np.array([measured(image[..., 0]) for image in sevens])
    for number in (0, 3, 11):
        shares = usual_shares(sevens[number][..., 0], 7)
        for column, name in enumerate(MEASURES):
            column_values, own = values[:, column].round(6), values[number, column].round(6)
            assert shares[name] == pytest.approx(
                ((column_values < own).mean() + (column_values <= own).mean()) / 2, abs=0.04
            )


def test_thin_upright_stroke_is_thinner_than_nearly_all_training_ones():
    line = np.zeros((28, 28), np.uint8)
    line[4:24, 14] = 255
    assert usual_shares(line, 1)["thickness"] < 0.02
    assert usual_shares(bar(7.0), 1)["thickness"] > 0.98


def test_table_is_small():
    assert resource("models", "usual.json").stat().st_size < 50_000
