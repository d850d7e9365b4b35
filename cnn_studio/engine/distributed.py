"""The compiled training steps over several devices: each learns its share of a batch, the gradients are summed.

The result is that of one device, up to rounding, with three exceptions that Keras has too: batch
normalization sees only its device's share of a batch (its running means are the mean over the devices),
dropout draws the same pattern on each device, and augmentation draws another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.engine.builder import build_optimizer
from cnn_studio.engine.data_pipeline import Parts
from cnn_studio.engine.training_step import Answering, EpochSums, doses, learning_of, pixel_steps, stacks


class DistributedStep(EpochSums):
    """`step.TrainingStep` for a strategy: the same calls, the same figures.

    A batch is cut into shares that differ by one image at most. One that has fewer images than there are
    devices, or that a TPU (which computes equal shapes only) cannot share out evenly, is learned whole by
    every device, and each one's gradient counts for its part.

    Args:
        strategy: The devices.
        model: The network, made in the strategy's scope.
        optimizer: Made in the strategy's scope by `build_summing_optimizer`; built here.
        loss: The loss; takes one-hot rows.
        parts: The images to learn from; a batch's pixels are handed over with it, which costs little beside
            the summing, and no device needs room for all.
        recipe: For its augmentation and class weights.
        scaling: (scale, offset) of the input.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: keras.losses.Loss,
        parts: Parts,
        recipe: Recipe,
        scaling: tuple[float, float],
    ) -> None:
        super().__init__()
        self._strategy, self._optimizer, self._loss, self._parts = strategy, optimizer, loss, parts
        self._even = isinstance(strategy, tf.distribute.TPUStrategy)
        self._apart = [each for each in model.non_trainable_variables if "float" in each.dtype]
        self._compiled: dict[int, Callable[..., None]] = {}
        with strategy.scope():
            self._learn = learning_of(model, optimizer, self._mean, parts, recipe, scaling)

    def run(
        self,
        numbers: NDArray[np.int64],
        learning_rates: Sequence[float],
        seed: tuple[int, int],
        amounts: Sequence[float] | None = None,
    ) -> None:
        """Learn from some batches of one size; see `step.TrainingStep.run`."""
        size = numbers.shape[1]
        if size not in self._compiled:
            self._compiled[size] = self._compile(size)
        steps = self._compiled[size]
        for stack in stacks(self._parts, numbers, doses(learning_rates, amounts), seed):
            steps(*stack)

    def _compile(self, size: int) -> Callable[..., None]:
        """Return the compiled steps for batches of one size: a TPU has to know it."""
        strategy = self._strategy

        def learn(*batch: tf.Tensor) -> tf.Tensor:
            return strategy.reduce("SUM", strategy.run(self._learn_share, batch), axis=None)

        def afterwards() -> None:
            if self._apart:
                strategy.run(self._bring_together)

        shape = (size, *self._parts.x_train.shape[1:])
        return pixel_steps(shape, self._optimizer, learn, self._sums, afterwards)

    def _learn_share(
        self, pixels: tf.Tensor, truth: tf.Tensor, seed: tf.Tensor, dose: tf.Tensor
    ) -> tf.Tensor:
        """Learn one device's share of a batch; return its part of the figures' sums, (3,)."""
        size, count = truth.shape[0], self._strategy.num_replicas_in_sync
        device = tf.distribute.get_replica_context().replica_id_in_sync_group
        whole = size < count or (self._even and size % count > 0)
        if not whole:
            first, end = device * size // count, (device + 1) * size // count
            pixels, truth = pixels[first:end], truth[first:end]
            if size % count == 0:
                truth = tf.ensure_shape(truth, [size // count])
                pixels = tf.ensure_shape(pixels, [size // count, *pixels.shape[1:]])
        share = 1.0 / count if whole else tf.cast(tf.size(truth), tf.float32) / size
        seed = tf.random.experimental.stateless_fold_in(seed, device)
        figures = self._learn(pixels, truth, seed, dose, share)
        return figures / count if whole else figures

    def _mean(self, *arguments: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
        """Return the mean loss of one device's share; Keras divides it by the number of devices."""
        cost: tf.Tensor = self._loss(*arguments, sample_weight=sample_weight)
        return cost * self._strategy.num_replicas_in_sync

    def _bring_together(self) -> None:
        """Give every device the mean of what Keras lets each keep for itself: running means and variances.

        Once a call is enough: nothing reads them while learning, and the mean of running means is the
        running mean of the means.
        """
        context = tf.distribute.get_replica_context()
        means = context.all_reduce("MEAN", [tf.convert_to_tensor(each.value) for each in self._apart])
        for variable, mean in zip(self._apart, means, strict=True):
            variable.assign(mean)


class CopiedAnswering:
    """`step.Answering` for a network on several devices: a copy on one of them answers.

    Args:
        model: The network.
        scaling: (scale, offset) of the input.
    """

    def __init__(self, model: keras.Model, scaling: tuple[float, float]) -> None:
        self._model, self._copy = model, keras.models.clone_model(model)
        self._answering = Answering(self._copy, scaling)

    def __call__(
        self, x: NDArray[np.uint8], should_stop: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32]:
        """Return the network's answers; see `step.Answering`."""
        self._copy.set_weights(self._model.get_weights())
        return self._answering(x, should_stop)


class _Summing:
    """An optimizer that sums the devices' gradients before it clips them; Keras's own clips first."""

    def apply(self, grads: list[tf.Tensor], trainable_variables: list[Any] | None = None) -> None:
        """Update the variables by the sum of the devices' gradients."""
        summed = tf.distribute.get_replica_context().all_reduce("SUM", list(grads))
        super().apply(summed, trainable_variables)  # type: ignore[misc]

    def _all_reduce_sum_gradients(self, grads_and_vars: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        return list(grads_and_vars)


def build_summing_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Build the recipe's optimizer for several devices, of Keras's own class; in the strategy's scope."""
    name = type(recipe.optimizer).__name__
    return build_optimizer(recipe, {name: type(name, (_Summing, getattr(keras.optimizers, name)), {})})
