"""How many steps a call takes follows from how long the calls took."""

import numpy as np
import pytest

from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.engine.data_pipeline import calls
from cnn_studio.engine.execution_tuner import ExecutionTuner


def test_the_call_that_compiles_does_not_count_and_quick_steps_are_taken_together():
    pace = ExecutionTuner()
    pace.after_call(1, 5.0)
    assert pace.steps == 1
    for _ in range(10):
        pace.after_call(pace.steps, 0.004 * pace.steps)
    assert pace.steps == 10


def test_a_long_batch_stays_alone_and_a_slower_machine_takes_fewer():
    pace = ExecutionTuner()
    for seconds in (5.0, 0.001, 0.001, 0.001, 0.001):
        pace.after_call(1, seconds)
    many = pace.steps
    for _ in range(20):
        pace.after_call(pace.steps, 0.3 * pace.steps)
    assert many > 4
    assert pace.steps == 1


def test_a_persons_choice_stays():
    pace = ExecutionTuner(fixed=3)
    for _ in range(5):
        pace.after_call(3, 9.0)
    assert pace.steps == 3


@pytest.mark.parametrize("steps", [1, 3, 100])
def test_an_epochs_calls_show_every_image_once_in_stacks_of_one_batch_size(steps):
    recipe = find_recipe("studio-quick")  # batches of 128
    stacks = list(calls(recipe, 1000, np.random.default_rng(0), lambda: steps))
    assert sorted(np.concatenate([stack.ravel() for stack in stacks])) == list(range(1000))
    assert [stack.shape[1] for stack in stacks][-1] == 1000 % 128
    assert {stack.shape[1] for stack in stacks[:-1]} == {128}
    assert max(len(stack) for stack in stacks) == min(steps, 7)
