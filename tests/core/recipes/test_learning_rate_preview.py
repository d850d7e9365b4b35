"""The planned learning rate, against values worked out by hand."""

import msgspec
import numpy as np
import pytest

from cnn_studio.core.recipes.learning_rate_preview import planned_rates, rate_at, waits_for_plateau
from cnn_studio.core.recipes.optimizers import SGD
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.schedules import (
    ConstantSchedule,
    ExponentialDecay,
    OneCycle,
    ReduceLROnPlateau,
    StepDecay,
)


def with_schedule(schedule, epochs=12):
    recipe = find_recipe("studio-quick")
    training = msgspec.structs.replace(recipe.training, epochs=epochs)
    return msgspec.structs.replace(
        recipe, schedule=schedule, optimizer=SGD(learning_rate=0.4), training=training
    )


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ConstantSchedule(), {0: 0.4, 6: 0.4, 12: 0.4}),
        (StepDecay(rate=0.1, steps=2), {0: 0.4, 3.9: 0.4, 4.1: 0.04, 8.1: 0.004, 12: 0.004}),
        (ExponentialDecay(end_fraction=0.01), {0: 0.4, 6: 0.04, 12: 0.004}),
        (OneCycle(warmup_fraction=0.25, start_fraction=0.1, end_fraction=0.0), {0: 0.04, 3: 0.4, 7.5: 0.2, 12: 0.0}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_rates_are_those_worked_out_by_hand(schedule, expected):
    recipe = with_schedule(schedule)
    assert {epoch: rate_at(recipe, epoch) for epoch in expected} == pytest.approx(expected, abs=1e-12)


def test_the_curve_spans_the_training():
    epochs, rates = planned_rates(with_schedule(StepDecay(rate=0.5, steps=1), epochs=4), 5)
    np.testing.assert_allclose(epochs, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(rates, [0.4, 0.4, 0.2, 0.2, 0.2])


def test_only_a_plateau_cannot_be_planned():
    assert waits_for_plateau(with_schedule(ReduceLROnPlateau()))
    assert not waits_for_plateau(with_schedule(OneCycle()))
