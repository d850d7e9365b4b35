"""Smoothing, the best epoch, and where the learning rate changed."""

import numpy as np
import pytest

from cnn_studio.core.training.learning_curves import best_epoch, rate_steps, smoothed


def one_by_one(values, weight):
    """Average as TensorBoard's own loop does."""
    last, out = 0.0, []
    for count, value in enumerate(values, start=1):
        last = last * weight + (1 - weight) * value
        out.append(last / (1 - weight**count))
    return out


@pytest.mark.parametrize("weight", [1e-6, 0.01, 0.3, 0.6, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 1000])
def test_smoothing_is_the_corrected_moving_average(weight, count):
    values = np.random.default_rng(count).normal(size=count)
    assert smoothed(values, weight).tolist() == pytest.approx(one_by_one(values, weight), abs=1e-12)


def test_a_constant_curve_stays_where_it_is():
    assert smoothed(np.full(300, 0.7), 0.99).tolist() == pytest.approx([0.7] * 300)


def test_without_weight_nothing_is_smoothed():
    values = np.array([1.0, 5.0, 2.0])
    assert smoothed(values, 0.0).tolist() == [1, 5, 2]


def row(epoch, accuracy, val_accuracy=None):
    return {"epoch": float(epoch), "accuracy": accuracy, "val_accuracy": val_accuracy}


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([], None),
        ([row(1, 0.5), row(2, 0.7), row(3, 0.6)], 2),
        ([row(1, 0.5, 0.8), row(2, 0.7, 0.9), row(3, 0.99, 0.85)], 2),
        ([row(1, 0.5, 0.4), row(2, 0.99)], 1),  # what was validated counts, whatever was learned by heart
        ([row(1, 0.5, 0.9), row(2, 0.6, 0.9)], 1),
    ],
)
def test_best_epoch(rows, best):
    assert best_epoch(rows) == best


def test_a_rate_that_was_lowered_twice_has_two_steps():
    places = [number / 10 for number in range(30)]
    rates = [0.1] * 10 + [0.01] * 10 + [0.001] * 10
    assert rate_steps(places, rates) == [(1.0, 0.01), (2.0, 0.001)]


def test_a_rate_that_glides_has_none():
    places = list(range(100))
    assert rate_steps(places, [0.05 * (1 + float(np.cos(np.pi * p / 100))) for p in places]) == []


def test_rows_without_a_rate_are_passed_over():
    assert rate_steps([0, 1, 2, 3], [None, 0.1, None, 0.01]) == [(3, 0.01)]
