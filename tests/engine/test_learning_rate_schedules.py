"""Learning rates from step to step, against Keras."""

import keras
import msgspec
import pytest

from cnn_studio.core.recipes.optimizers import SGD
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.schedules import (
    CosineDecay,
    ExponentialDecay,
    OneCycle,
    ReduceLROnPlateau,
    StepDecay,
)
from cnn_studio.engine.learning_rate_control import LearningRate

MADE_UP = [
    0.5,
    0.6,
    0.6,
    0.59995,
    0.6,
    0.61,
    0.6101,
    0.61005,
    0.6,
    0.6,
    0.6,
    0.6,
    0.6,
    0.7,
    0.1,
    0.1,
    0.1,
] + [0.2] * 30


def recipe_with(schedule, rate=0.01):
    return msgspec.structs.replace(
        find_recipe("mnist-4conv-rmsprop"), schedule=schedule, optimizer=SGD(learning_rate=rate)
    )


def rates_of_keras(rule, values, rate):
    """Let Keras's own callback judge the sequence; return the learning rate after each epoch."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor="val_accuracy", mode="max", factor=rule.reduction, patience=rule.patience, min_lr=rule.min_lr
    )
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_accuracy": value})
        rates.append(float(model.optimizer.learning_rate))
    return rates


@pytest.mark.parametrize("patience", [1, 2, 3, 5])
@pytest.mark.parametrize("reduction", [0.5, 0.1])
def test_plateau_rule_is_that_of_keras(patience, reduction):
    rule = ReduceLROnPlateau(reduction=reduction, patience=patience, min_lr=1e-4)
    ours = LearningRate(recipe_with(rule), 100)
    rates, reported = [], []
    for value in MADE_UP:
        reported.append(ours.after_epoch(value))
        rates.append(ours.at(0))
    expected = rates_of_keras(rule, MADE_UP, 0.01)
    assert rates == pytest.approx(expected, rel=1e-6)
    reduced = [new < 0.99 * old for old, new in zip([0.01, *expected], expected, strict=False)]
    assert [value is not None for value in reported] == reduced
    assert expected[-1] == pytest.approx(1e-4), "the made-up sequence should reach the floor"


def test_plateau_without_validation_never_reduces():
    ours = LearningRate(recipe_with(ReduceLROnPlateau(patience=1)), 10)
    assert [ours.after_epoch(None) for _ in range(5)] == [None] * 5
    assert ours.at(9) == 0.01


def test_constant_schedule_keeps_the_optimizers_rate():
    ours = LearningRate(recipe_with(find_recipe("fashion-vgg2").schedule), 10)
    assert {ours.at(step) for step in range(10)} == {0.01}
    assert ours.after_epoch(0.1) is None


def test_one_cycle_rises_in_a_line_to_the_top_and_falls_along_a_cosine():
    ours = LearningRate(
        recipe_with(OneCycle(warmup_fraction=0.25, start_fraction=0.1, end_fraction=0.01), 1.0), 1000
    )
    assert ours.at(0) == pytest.approx(0.1)
    assert ours.at(125) == pytest.approx(0.55)
    assert ours.at(250) == pytest.approx(1.0)
    assert ours.at(625) == pytest.approx((1.0 + 0.01) / 2)
    assert ours.at(1000) == pytest.approx(0.01)
    rates = [ours.at(step) for step in range(1000)]
    assert rates[:251] == sorted(rates[:251])
    assert rates[250:] == sorted(rates[250:], reverse=True)


@pytest.mark.parametrize("warmup", [0.0, 1.0])
def test_one_cycle_without_one_of_its_halves_stays_within_its_bounds(warmup):
    ours = LearningRate(recipe_with(OneCycle(warmup_fraction=warmup), 1.0), 50)
    assert all(0.001 <= ours.at(step) <= 1.0 for step in range(51))


@pytest.mark.parametrize(
    ("schedule", "progress", "factor"),
    [
        (CosineDecay(warmup_fraction=0.1), 0.05, 0.5),
        (CosineDecay(warmup_fraction=0.1), 0.1, 1.0),
        (CosineDecay(warmup_fraction=0.1), 0.55, 0.5),  # half way down
        (CosineDecay(warmup_fraction=0.0, end_fraction=0.2), 1.0, 0.2),
        (StepDecay(rate=0.1, steps=2), 0.32, 1.0),
        (StepDecay(rate=0.1, steps=2), 0.34, 0.1),
        (StepDecay(rate=0.1, steps=2), 0.99, 0.01),
        (ExponentialDecay(end_fraction=0.01), 0.5, 0.1),
        (ExponentialDecay(end_fraction=0.01), 1.0, 0.01),
    ],
)
def test_schedules_pass_through_figures_worked_out_by_hand(schedule, progress, factor):
    assert schedule.factor(progress) == pytest.approx(factor)


def test_learning_rate_a_person_asks_for_is_taken_and_the_schedule_goes_on_from_there():
    quick = find_recipe("studio-quick")
    recipe = msgspec.structs.replace(
        quick, optimizer=SGD(learning_rate=1.0), schedule=ExponentialDecay(end_fraction=0.01)
    )
    rate = LearningRate(recipe, 100)
    rate.change(50, 0.4)
    assert rate.at(50) == pytest.approx(0.4)
    assert rate.at(100) == pytest.approx(0.04)
