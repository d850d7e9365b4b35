"""Digits drawn by a program: the same for the same seed, placed as MNIST's, and readable."""

import hashlib

import numpy as np
import pytest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.synthetic.digits import drawn_digit_strokes, drawn_digits, styles
from cnn_studio.inference.classifier import Classifier


def test_same_seed_draws_the_same_digits_and_another_seed_others():
    first, second, other = drawn_digits(40, 3)[0], drawn_digits(40, 3)[0], drawn_digits(40, 4)[0]
    assert (first == second).all()
    assert (first != other).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize(
    ("count", "seed", "digest"),
    [
        (50, 0, "93c9ce2b55fbb1509ae4026e9a6dbfd7f81d618227a65d6256288d099db7faab"),
        (50, 41, "73738f74005ce6acecf9395eaff243e9c7eb5cdb5cc8ff071d1980351c9711a0"),
        (600, 7, "b7fac85b04d9b0327a97a8760a08c632f5e53ded1623f13d626562a660537f93"),
    ],
)
def test_a_seed_draws_what_it_has_always_drawn(count, seed, digest):
    """Recipes with drawn digits, the shipped model's among them, give the same network only then."""
    images, labels = drawn_digits(count, seed)
    assert hashlib.sha256(images.tobytes() + labels.astype("<i4").tobytes()).hexdigest() == digest


def test_every_class_is_drawn_equally_often():
    assert np.bincount(drawn_digits(200, 0)[1]).tolist() == [20] * 10


def test_ink_fills_the_box_and_amounts_to_about_what_mnist_has():
    images, _ = drawn_digits(500, 0)
    sides = [np.ptp(np.argwhere(image[..., 0]), axis=0).max() + 1 for image in images]
    assert set(sides) <= {19, 20}
    mnist = load_subset("mnist", "test")[0].mean()
    assert images.mean() == pytest.approx(mnist, rel=0.25)


def test_each_style_is_drawn():
    random = np.random.default_rng(0)
    for label, of_digit in styles().items():
        counts = {len(drawn_digit_strokes(label, random)) for _ in range(60)}
        assert counts == {len(strokes) for _, strokes in of_digit}


def test_most_can_be_read_by_the_shipped_model():
    images, labels = drawn_digits(500, 12345)
    read = Classifier(resource("models", "digits.onnx")).probabilities(images).argmax(axis=1)
    assert (read == labels).mean() > 0.9
