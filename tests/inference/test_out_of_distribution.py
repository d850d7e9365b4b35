"""The guard refuses what is no digit, lets digits pass, and stands before digit networks only."""

import json

import msgspec
import numpy as np
import pytest
from non_digits import outliers

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.synthetic.digits import drawn_digits
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.out_of_distribution import Guard, guard_of

DIGITS = ModelCard(
    classes=tuple("0123456789"),
    input_shape=(28, 28, 1),
    input_scale=1.0,
    input_offset=0.0,
    recipe={},
    dataset="",
)


@pytest.fixture(scope="module")
def shipped():
    return Classifier(resource("models", "digits.onnx"))


def share_out_of_distribution(classifier, images):
    return np.mean([answer.out_of_distribution for answer in classifier.answers(images)])


def test_digits_pass(shipped):
    """MNIST's test images and drawn digits of another seed; neither was trained on."""
    assert share_out_of_distribution(shipped, load_subset("mnist", "test")[0]) < 0.01
    assert share_out_of_distribution(shipped, drawn_digits(1000, 99)[0]) < 0.01


def test_pictures_of_clothes_letters_noise_and_nothing_are_refused(shipped):
    """Clothes, noise and blanks are of kinds it was never shown."""
    random = np.random.default_rng(0)
    assert share_out_of_distribution(shipped, load_subset("fashion_mnist", "test")[0][:2000]) > 0.9
    assert share_out_of_distribution(shipped, outliers(1000, 99)) > 0.95
    assert (
        share_out_of_distribution(shipped, random.integers(0, 256, (200, 28, 28, 1), dtype=np.uint8)) == 1.0
    )


def test_what_is_no_digit_is_rejected_and_still_has_its_answer(shipped):
    (answer,) = shipped.answers(load_subset("fashion_mnist", "test")[0][:1])
    assert (answer.out_of_distribution, answer.rejected) == (True, True)
    assert answer.index == int(np.argmax(answer.probabilities))


@pytest.mark.parametrize(
    "changes", [{"classes": tuple("abcdefghij")}, {"input_shape": (28, 28, 3)}, {"input_shape": (32, 32, 1)}]
)
def test_it_stands_before_digit_networks_only(changes):
    assert guard_of(DIGITS) is not None
    assert guard_of(msgspec.structs.replace(DIGITS, **changes)) is None


def test_a_drawing_is_refused_exactly_below_the_probability_the_guard_was_fitted_to(shipped, monkeypatch):
    below = json.loads(resource("models", "guard.json").read_bytes())["guard_below"]
    sure = np.array([0.0, 0.45, 0.75, 0.999, 1.001]) * below
    monkeypatch.setattr(Guard, "digits", lambda self, images: sure[: len(images)])
    images = load_subset("mnist", "test")[0][: len(sure)]
    assert [answer.out_of_distribution for answer in shipped.answers(images)] == [True] * 4 + [False]
