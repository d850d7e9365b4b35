"""The smallest edit: it works, no pixel of it is idle, and it is the smallest where that can be known."""

import itertools

import numpy as np
import pytest
from networks import linear

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.counterfactuals import smallest_counterfactual


@pytest.fixture(scope="module")
def tiny(tiny_run):
    return Classifier(tiny_run.folder / "model.onnx")


@pytest.fixture(scope="module")
def digits():
    return load_subset("mnist", "test")[0][:5]


def changed(image, edit, leaving_out=()):
    """The image with an edit made by hand, without some of its places."""
    copy = image.copy()
    for value, places in ((0, edit.erased), (255, edit.added)):
        for place in places:
            if tuple(place) not in leaving_out:
                copy[tuple(place)] = value
    return copy


@pytest.mark.parametrize(("number", "target"), [(0, 3), (1, 8), (2, 7), (3, 6)])
def test_edited_picture_gets_the_chosen_answer_and_no_pixel_can_be_left_out(tiny, digits, number, target):
    image = digits[number]
    edit = smallest_counterfactual(tiny, image, target)
    assert edit is not None
    places = [tuple(place) for place in (*edit.erased, *edit.added)]
    assert 0 < edit.size == len(set(places)) <= 60
    assert np.array_equal(edit.image, changed(image, edit))
    assert tiny.answers(edit.image[None])[0].index == target
    for place in places:
        fewer = changed(image, edit, leaving_out=(place,))
        assert tiny.answers(fewer[None])[0].index != target


def test_erased_pixels_had_ink_and_added_ones_had_none(tiny, digits):
    edit = smallest_counterfactual(tiny, digits[0], 1)
    assert all(digits[0][tuple(place)] >= 128 for place in edit.erased)
    assert all(digits[0][tuple(place)] < 128 for place in edit.added)


def test_fewest_of_all_are_found_where_pixels_add_up(tmp_path):
    """In a linear network the fewest pixels are known: the strongest first."""
    weights = np.zeros((784, 2), np.float32)
    strengths = np.random.default_rng(3).permutation(np.linspace(0.1, 1.0, 784)).astype(np.float32)
    weights[:, 1] = strengths
    bias = np.array([12.3, 0.0])
    classifier = Classifier(linear(tmp_path / "sum.onnx", weights, bias))
    edit = smallest_counterfactual(classifier, np.zeros((28, 28, 1), np.uint8), 1)
    sums = list(itertools.accumulate(sorted(strengths.tolist(), reverse=True)))
    assert edit.size == 1 + sum(total <= 12.3 for total in sums)
    assert len(edit.erased) == 0


def test_answer_that_is_wanted_already_needs_no_pixel(tiny, digits):
    edit = smallest_counterfactual(tiny, digits[0], tiny.answers(digits[:1])[0].index)
    assert edit.size == 0
    assert np.array_equal(edit.image, digits[0])


def test_answer_out_of_reach_gives_none(tmp_path):
    weights = np.zeros((784, 2), np.float32)
    weights[:, 1] = 0.01
    classifier = Classifier(linear(tmp_path / "far.onnx", weights, np.array([50.0, 0.0])))
    assert smallest_counterfactual(classifier, np.zeros((28, 28, 1), np.uint8), 1) is None


def test_search_gives_up_when_told(tiny, digits):
    asked = []

    def canceled():
        asked.append(True)
        return len(asked) > 1

    assert smallest_counterfactual(tiny, digits[0], 3, canceled) is None
    assert len(asked) <= 4


def test_search_told_while_thinning_gives_none(tiny, digits, monkeypatch):
    monkeypatch.setattr("cnn_studio.inference.counterfactuals._greedy", lambda search, canceled: [0, 1, 2])
    asked = iter([False, True, True])
    assert smallest_counterfactual(tiny, digits[0], 3, lambda: next(asked)) is None


def test_what_was_flipped_in_vain_is_left_out_again(tmp_path, monkeypatch):
    weights = np.zeros((784, 2), np.float32)
    weights[[0, 5, 40], 1] = 1.0, 8.0, 9.0  # 12.3 are needed: the first is too weak to matter
    classifier = Classifier(linear(tmp_path / "vain.onnx", weights, np.array([12.3, 0.0])))
    monkeypatch.setattr("cnn_studio.inference.counterfactuals._greedy", lambda search, canceled: [0, 5, 40])
    edit = smallest_counterfactual(classifier, np.zeros((28, 28, 1), np.uint8), 1)
    assert sorted(map(tuple, edit.added.tolist())) == [(0, 5), (1, 12)]
    assert np.count_nonzero(edit.image) == 2
