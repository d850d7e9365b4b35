"""Copies of a drawing and where the answer holds, against slices, known figures and answers one by one."""

import msgspec
import numpy as np
import pytest
from networks import linear

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.robustness import (
    DEGREES,
    SCALES,
    SHIFTS,
    THICKNESSES,
    copies_of,
    measure_robustness,
    resampled,
    shifted,
    thickened,
)


@pytest.fixture(scope="module")
def digit():
    return load_subset("mnist", "test")[0][0]


def test_there_are_four_hundred_copies_and_the_middle_ones_are_the_image(digit):
    copies = copies_of(digit)
    assert copies.shape == (400, 28, 28, 1)
    ends = np.cumsum([len(SHIFTS) ** 2, len(DEGREES), len(SCALES), len(THICKNESSES)])
    for start, end in zip((0, *ends), ends, strict=False):
        assert np.array_equal(copies[(start + end) // 2], digit)


def test_shift_moves_by_whole_pixels_and_leaves_nothing_behind(digit):
    copies = shifted(digit).reshape(17, 17, 28, 28, 1)
    expected = np.zeros_like(digit)
    expected[3:, :-5] = digit[:-3, 5:]
    assert np.array_equal(copies[8 + 3, 8 - 5], expected)


def test_quarter_turn_is_exact(digit):
    clockwise = np.array([[[0.0, -1.0], [1.0, 0.0]]])  # from a place in the copy to one in the image
    assert np.array_equal(resampled(digit, clockwise)[0], np.rot90(digit, -1))


def test_rotation_runs_clockwise():
    image = np.zeros((29, 29, 1), np.uint8)
    image[2:15, 14] = 255  # from the middle upwards
    right = copies_of(image)[289 + int(np.flatnonzero(np.isclose(DEGREES, 60))[0])]
    assert right[:, 15:].sum() > 10 * right[:, :14].sum()


def test_scaling_changes_the_extent_by_its_factor():
    image = np.zeros((28, 28, 1), np.uint8)
    image[8:20, 8:20] = 255
    copies = copies_of(image)[289 + 41 : 289 + 82]
    for factor, copy in zip(SCALES, copies, strict=True):
        assert np.sqrt(copy.sum() / 255) == pytest.approx(12 * factor, rel=0.05)


def test_thickness_moves_edges_by_so_many_pixels():
    bar = np.zeros((28, 28, 1), np.uint8)
    bar[:, 12:16] = 255
    widths = thickened(bar, np.array([-1.0, -0.5, 0.0, 0.5, 1.0]))[:, 14].sum(axis=(1, 2)) / 255
    assert widths == pytest.approx([2, 3, 4, 5, 6], abs=0.02)


def test_answers_are_those_of_the_copies_one_by_one(tiny_run, digit):
    classifier = Classifier(tiny_run.folder / "model.onnx")
    found = measure_robustness(classifier, digit)
    singly = [classifier.answers(copy[None])[0] for copy in copies_of(digit)[::13]]
    read = np.concatenate(
        [
            found.shift_indices.ravel(),
            *(line.indices for line in (found.rotation, found.scale, found.thickness)),
        ]
    )
    sure = np.concatenate(
        [
            found.shift_confidences.ravel(),
            *(line.confidences for line in (found.rotation, found.scale, found.thickness)),
        ]
    )
    assert read[::13].tolist() == [answer.index for answer in singly]
    assert sure[::13] == pytest.approx([answer.confidence for answer in singly], abs=1e-4)
    assert found.index == classifier.answers(digit[None])[0].index
    assert found.share == pytest.approx((read == found.index).mean())


def test_network_that_looks_at_one_side_loses_the_answer_where_the_ink_leaves_it(tmp_path):
    weights = np.zeros((28, 28, 2), np.float32)
    weights[:, :14, 0] = weights[:, 14:, 1] = 1.0  # class 0: ink at the left
    classifier = Classifier(linear(tmp_path / "side.onnx", weights.reshape(784, 2), np.array([0.5, 0.0])))
    image = np.zeros((28, 28, 1), np.uint8)
    image[10:18, 8:10] = 255
    found = measure_robustness(classifier, image)
    assert found.index == 0
    # Column 8 and 9 become 13 and 14 at 5 to the right, a draw that the bias decides; from 6 on it is lost.
    assert (found.shift_indices[8] == (SHIFTS >= 6)).all()


def test_confidences_are_calibrated_ones(tmp_path):
    # The answer's odds are e to 4 at the temperature 1, so e to 2 at 2; a bias answers every copy alike.
    weights, bias = np.zeros((784, 2), np.float32), np.array([4.0, 0.0])
    path = linear(tmp_path / "sure.onnx", weights, bias)
    classifier = Classifier(path)
    classifier.card = msgspec.structs.replace(classifier.card, temperature=2.0)
    found = measure_robustness(classifier, np.zeros((28, 28, 1), np.uint8))
    sure = 1 / (1 + np.exp(-2.0))
    assert found.shift_confidences == pytest.approx(np.full((17, 17), sure), abs=1e-6)
    assert found.thickness.confidences == pytest.approx(np.full(29, sure), abs=1e-6)


def test_a_larger_image_is_thickened_in_proportion():
    bar = np.zeros((56, 56, 1), np.uint8)
    bar[:, 20:30] = 255
    thickest = copies_of(bar)[-1]
    assert (thickest[28] / 255).sum() == pytest.approx(10 + 2 * 2 * 1.4, abs=0.02)
