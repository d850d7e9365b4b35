"""Axes of curves: round numbers, logarithms of losses and errors, what is in view."""

import numpy as np
import pytest

from cnn_studio.core.base.axis_ticks import (
    ErrorLogarithmic,
    Linear,
    Logarithmic,
    heights_in_view,
    nice_ticks,
    rate_text,
    readable_ticks,
    value_text,
)


@pytest.mark.parametrize(
    ("low", "high", "wanted", "ticks", "step"),
    [
        (0.0, 1.0, 5, [0.0, 0.5, 1.0], 0.5),
        (0.0, 100.0, 6, [0, 20, 40, 60, 80, 100], 20),
        (0.0, 2.3, 5, [0, 1, 2], 1),
        (0.93, 0.99, 4, [0.94, 0.96, 0.98], 0.02),
        (-3.0, 7.0, 6, [-2, 0, 2, 4, 6], 2),
        (0.0012, 0.0058, 5, [0.002, 0.004], 0.002),
        (3.0, 3.0, 5, [3.0], 1.0),
    ],
)
def test_ticks_are_round_numbers(low, high, wanted, ticks, step):
    found, distance = nice_ticks(low, high, wanted)
    assert distance == pytest.approx(step)
    assert found == pytest.approx(ticks)


def test_an_axis_has_two_numbers_at_least():
    assert len(nice_ticks(0.9401, 0.9699, 3)[0]) == 1
    assert readable_ticks(0.9401, 0.9699, 3)[0] == pytest.approx([0.95, 0.96])


def test_linear_ticks_are_written_as_percent_with_the_decimals_they_need():
    assert [text for _, text in Linear(percent=True).ticks(0.97, 0.995, 4)] == ["97 %", "98 %", "99 %"]
    assert next(text for _, text in Linear(percent=True).ticks(0.991, 0.995, 5)) == "99.1 %"
    assert [text for _, text in Linear(percent=False).ticks(0.0, 0.2, 3)] == ["0.0", "0.1", "0.2"]


def test_heights_of_losses_are_their_decimal_logarithms():
    scale = Logarithmic()
    assert scale.heights(np.array([1.0, 0.1, 0.001])).tolist() == pytest.approx([0, -1, -3])
    assert scale.heights(np.array([0.0]))[0] == -np.inf
    assert scale.ticks(-3, 0, 4) == [
        (pytest.approx(-3), "0.001"), (pytest.approx(-2), "0.01"), (pytest.approx(-1), "0.1"), (0, "1"),
    ]  # fmt: skip


def test_ninety_ninety_nine_and_three_nines_are_equally_far_apart():
    scale = ErrorLogarithmic()
    first, second, third = scale.heights(np.array([0.9, 0.99, 0.999]))
    assert second - first == pytest.approx(third - second) == pytest.approx(1)
    assert scale.heights(np.array([1.0]))[0] == np.inf
    texts = {text for _, text in scale.ticks(first, third, 5)}
    assert {"90 %", "99 %", "99.9 %"} <= texts
    for height, text in scale.ticks(0.2, 3.4, 8):
        assert scale.heights(np.array([float(text[:-2]) / 100]))[0] == pytest.approx(height, abs=1e-6)


def test_a_logarithmic_axis_inside_a_decade_still_has_numbers():
    texts = [float(text) for _, text in Logarithmic().ticks(np.log10(0.0311), np.log10(0.0379), 4)]
    assert len(texts) >= 2
    assert all(0.0311 <= value <= 0.0379 for value in texts)


def test_what_is_in_view_follows_the_epochs_in_view():
    places, values = np.arange(1.0, 11.0), np.linspace(1.0, 0.1, 10)
    whole = heights_in_view([(places, values, False)], (0.0, 10.0), Linear(percent=False), percent=False)
    assert whole[0] < 0.1 < 1.0 < whole[1]
    part = heights_in_view([(places, values, False)], (8.5, 10.0), Linear(percent=False), percent=False)
    assert part[0] < 0.1
    assert 0.25 <= part[1] < 0.3  # halfway between the eighth epoch's 0.3 and the ninth's 0.2
    assert heights_in_view([], (0.0, 1.0), Linear(percent=False), percent=False) == (0.0, 1.0)


def test_the_first_batches_do_not_flatten_the_rest():
    places = np.arange(100.0)
    values = np.concatenate([[50.0, 20.0], np.full(98, 0.5)])
    high = heights_in_view([(places, values, True)], (0.0, 100.0), Linear(percent=False), percent=False)[1]
    assert high < 1
    high = heights_in_view([(places, values, False)], (0.0, 100.0), Linear(percent=False), percent=False)[1]
    assert high > 50


def test_accuracies_never_reach_beyond_their_ends():
    low, high = heights_in_view(
        [(np.array([1.0, 2.0]), np.array([0.0, 1.0]), False)], (0.0, 2.0), Linear(percent=True), percent=True
    )
    assert (low, high) == (0.0, 1.0)


def test_figures_are_written_with_the_digits_people_compare():
    assert value_text(0.99069998, percent=True) == "99.07 %"
    assert value_text(0.03121, percent=False) == "0.0312"
    assert value_text(0.0000456, percent=False) == "4.56e-05"
    assert (rate_text(0.001), rate_text(0.00005)) == ("0.001", "5e-5")
