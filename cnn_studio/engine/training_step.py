"""The compiled steps: batches of training, a batch of answers.

The images live on the device once, as bytes (47 MB for MNIST, not 188 MB of float32); a step gathers its
batch by number, scales and varies it, and learns. Nothing but image numbers and learning rates crosses
from Python. Only of a training set too large for that (`RESIDENT_BYTES`) the pixels of some steps at a time
are handed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled
from cnn_studio.core.datasets.lazy_arrays import let_go, size_bytes
from cnn_studio.core.datasets.mapped_arrays import LARGE_BYTES
from cnn_studio.core.recipes.recipe import Augmentation, Recipe
from cnn_studio.engine.augmentation import augmented
from cnn_studio.engine.data_pipeline import Parts
from cnn_studio.engine.losses import weight_penalty
from cnn_studio.engine.tf_graphs import compiled, repeat

ANSWER_BATCH = 250
"""A cancel waits for one batch: 20 ms of `mnist-adadelta-dropout` on 2 cores."""
RESIDENT_BYTES = LARGE_BYTES
"""Images kept on the device. What is larger is not in memory either: a copy here would bring it all back."""
STACK_BYTES = 8 * 2**20
"""Pixels handed over in one call, if one batch does not have more: 10,000 images of 28x28."""


Call = Callable[[NDArray[np.int64], NDArray[np.float32], tuple[int, int]], None]
"""Learns from (steps, batch size) images by number, with a dose (see `doses`) a step, and a seed."""


@dataclass(frozen=True)
class Learning:
    """What one batch of pixels does to a network; traced into a compiled step.

    Attributes:
        model: The network.
        optimizer: Its optimizer, built.
        loss: The loss; takes one-hot rows.
        augmentation: How images are varied.
        scaling: (scale, offset) of the input.
        class_weights: (classes,), or None.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss: keras.losses.Loss
    augmentation: Augmentation
    scaling: tuple[float, float]
    class_weights: NDArray[np.float32] | None

    def __call__(
        self,
        pixels: tf.Tensor,
        truth: tf.Tensor,
        seed: tf.Tensor,
        dose: tf.Tensor,
        share: tf.Tensor | float = 1.0,
    ) -> tf.Tensor:
        """Learn from a batch.

        Args:
            pixels: (N, height, width, channels) uint8.
            truth: (N,) int32 class numbers.
            seed: (2,) int32, of the augmentation.
            dose: (2,) float32, see `doses`; its learning rate is the optimizer's already.
            share: Weight of this batch's gradients, where several devices learn parts of one batch.

        Returns:
            Sum of the losses (each with the penalty of the weights, as Keras reports it), right answers,
            and N; (3,) float32.
        """
        scale, offset = self.scaling
        batch = tf.cast(pixels, tf.float32)
        if self.augmentation.active:
            batch = augmented(batch / 255.0, self.augmentation, seed, dose[1]) * 255.0
        batch = batch * scale + offset
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            answers = self.model(batch, training=True)
            weight = None if self.class_weights is None else tf.gather(self.class_weights, truth)
            cost = self.loss(tf.one_hot(truth, answers.shape[-1]), answers, sample_weight=weight)
            whole = cost + tf.cast(weight_penalty(self.model), cost.dtype)
            total = whole * share
        self.optimizer.apply(tape.gradient(total, variables), variables)
        count = tf.cast(tf.size(truth), tf.float32)
        hits = tf.equal(tf.argmax(answers, axis=1, output_type=tf.int32), truth)
        right = tf.reduce_sum(tf.cast(hits, tf.float32))
        return tf.stack([tf.cast(whole, tf.float32) * count, right, count])


def learning_of(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: keras.losses.Loss,
    parts: Parts,
    recipe: Recipe,
    scaling: tuple[float, float],
) -> Learning:
    """Return the learning a recipe describes; the optimizer is built."""
    optimizer.build(model.trainable_variables)
    balanced = recipe.training.class_weight == "balanced"
    weights = class_weights(parts.y_train, model.output_shape[-1]) if balanced else None
    return Learning(model, optimizer, loss, recipe.augmentation, scaling, weights)


class EpochSums:
    """Running sums of the epoch: losses, right answers, images."""

    def __init__(self) -> None:
        self._sums = tf.Variable(tf.zeros(3), trainable=False)

    def means(self) -> tuple[float, float]:
        """Return mean loss (with the penalty of the weights) and accuracy since the last `reset`."""
        loss, right, count = self._sums.numpy()
        return float(loss / max(count, 1)), float(right / max(count, 1))

    def reset(self) -> None:
        """Start a new epoch's means."""
        self._sums.assign(tf.zeros(3))


class TrainingStep(EpochSums):
    """Compiled training steps, with running sums of the epoch.

    Several steps may be taken in one call: what a call costs besides the learning (about 1 ms from Python)
    is then shared. How many makes no difference to the result, to the last bit: it is one compiled loop.

    Args:
        model: The network.
        optimizer: Its optimizer; built here.
        loss: The loss; takes one-hot rows.
        parts: The images to learn from.
        recipe: For its augmentation and class weights.
        scaling: (scale, offset) of the input.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: keras.losses.Loss,
        parts: Parts,
        recipe: Recipe,
        scaling: tuple[float, float],
    ) -> None:
        super().__init__()
        learn = learning_of(model, optimizer, loss, parts, recipe, scaling)
        resident = size_bytes(parts.x_train) <= RESIDENT_BYTES
        self._call = (_resident if resident else _handed_over)(learn, parts, self._sums)

    def run(
        self,
        numbers: NDArray[np.int64],
        learning_rates: Sequence[float],
        seed: tuple[int, int],
        amounts: Sequence[float] | None = None,
    ) -> None:
        """Learn from some batches of one size.

        Args:
            numbers: The image numbers, (steps, batch size).
            learning_rates: One a step.
            seed: The run's seed, and the number of the first step in the run.
            amounts: Share of the augmentation's strengths, one a step; None is all of them.
        """
        self._call(numbers, doses(learning_rates, amounts), seed)


def doses(learning_rates: Sequence[float], amounts: Sequence[float] | None) -> NDArray[np.float32]:
    """Return what changes from step to step, (steps, 2): learning rate, amount of augmentation."""
    shares = [1.0] * len(learning_rates) if amounts is None else amounts
    return np.asarray([learning_rates, shares], np.float32).T


def _resident(learn: Learning, parts: Parts, sums: tf.Variable) -> Call:
    """Compile the steps that gather their batches from images on the device."""
    # Variables, not constants: only from a variable does TensorFlow gather bytes on a GPU.
    images = tf.Variable(parts.x_train, trainable=False)
    labels = tf.Variable(parts.y_train.astype(np.int64), trainable=False)

    @compiled(
        tf.TensorSpec([None, None], tf.int64),
        tf.TensorSpec([None, 2], tf.float32),
        tf.TensorSpec([2], tf.int32),
    )
    def steps(numbers: tf.Tensor, dosed: tf.Tensor, seed: tf.Tensor) -> None:
        def step(number: tf.Tensor) -> None:
            learn.optimizer.learning_rate.assign(dosed[number, 0])
            truth = tf.cast(tf.gather(labels, numbers[number]), tf.int32)
            batch = tf.gather(images, numbers[number]), truth
            sums.assign_add(learn(*batch, seed + tf.stack([0, number]), dosed[number]))

        repeat(tf.shape(numbers)[0], step)

    def call(numbers: NDArray[np.int64], dosed: NDArray[np.float32], seed: tuple[int, int]) -> None:
        steps(tf.constant(numbers), tf.constant(dosed), tf.constant(seed, tf.int32))

    return call


def _handed_over(learn: Learning, parts: Parts, sums: tf.Variable) -> Call:
    """Compile the steps that are given the pixels of their batches, gathered here from memory or disk."""
    steps = pixel_steps((None, *parts.x_train.shape[1:]), learn.optimizer, learn, sums)

    def call(numbers: NDArray[np.int64], dosed: NDArray[np.float32], seed: tuple[int, int]) -> None:
        for stack in stacks(parts, numbers, dosed, seed):
            steps(*stack)

    return call


def pixel_steps(
    batch: tuple[int | None, ...],
    optimizer: keras.optimizers.Optimizer,
    learn: Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor],
    sums: tf.Variable,
    afterwards: Callable[[], None] = lambda: None,
) -> Callable[..., None]:
    """Compile a loop of steps that takes what `stacks` gives.

    Args:
        batch: Shape of a batch's pixels; a number of images of None lets each call have its own.
        optimizer: Takes the learning rate of each step.
        learn: Learns from pixels, class numbers, seed and dose as `Learning` does; returns what the sums grow by.
        sums: Losses, right answers, images.
        afterwards: Traced once behind the last step.
    """

    @compiled(
        tf.TensorSpec([None, *batch], tf.uint8),
        tf.TensorSpec([None, batch[0]], tf.int32),
        tf.TensorSpec([None, 2], tf.float32),
        tf.TensorSpec([2], tf.int32),
    )
    def steps(pixels: tf.Tensor, truth: tf.Tensor, dosed: tf.Tensor, seed: tf.Tensor) -> None:
        def step(number: tf.Tensor) -> None:
            optimizer.learning_rate.assign(dosed[number, 0])
            step_seed = seed + tf.stack([0, number])
            sums.assign_add(learn(pixels[number], truth[number], step_seed, dosed[number]))

        repeat(tf.shape(truth)[0], step)
        afterwards()

    made: Callable[..., None] = steps
    return made


def stacks(
    parts: Parts, numbers: NDArray[np.int64], dosed: NDArray[np.float32], seed: tuple[int, int]
) -> Iterator[tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Give a call's steps with their pixels, as few at a time as `STACK_BYTES` says.

    Args:
        parts: The images to learn from.
        numbers: The image numbers, (steps, batch size).
        dosed: See `doses`.
        seed: The run's seed, and the number of the first step in the run.

    Returns:
        Pixels (steps, batch size, height, width, channels) uint8, class numbers, doses, and the seed.
    """
    shape = parts.x_train.shape[1:]
    at_once = max(1, STACK_BYTES // (numbers.shape[1] * math.prod(shape)))
    for start in range(0, len(numbers), at_once):
        some = numbers[start : start + at_once]
        pixels = parts.x_train[some.reshape(-1)].reshape(*some.shape, *shape)
        let_go(parts.x_train)
        yield (
            tf.constant(pixels),
            tf.constant(parts.y_train[some]),
            tf.constant(dosed[start : start + at_once]),
            tf.constant((seed[0], seed[1] + start), tf.int32),
        )


def class_weights(labels: NDArray[np.int32], classes: int) -> NDArray[np.float32]:
    """Return the weight of each class: N / (classes * its images), 0 for a class without images.

    Source: scikit-learn's `compute_class_weight("balanced")`, after King and Zeng, 2001.
    """
    counts = np.bincount(labels, minlength=classes)
    share = len(labels) / (classes * np.maximum(counts, 1))
    return np.where(counts > 0, share, 0.0).astype(np.float32)


class Answering:
    """A network's answer, compiled here once (some 100 ms in which nothing is heard) and asked often.

    Args:
        model: The network.
        scaling: (scale, offset) of the input.
    """

    def __init__(self, model: keras.Model, scaling: tuple[float, float]) -> None:
        scale, offset = scaling

        @compiled(tf.TensorSpec([None, *model.input_shape[1:]], tf.uint8))
        def answer(batch: tf.Tensor) -> tf.Tensor:
            return model(tf.cast(batch, tf.float32) * scale + offset, training=False)

        self._answer = answer
        answer.get_concrete_function()

    def __call__(
        self, x: NDArray[np.uint8], should_stop: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32]:
        """Return the network's answers, (N, classes) float32.

        Args:
            x: (N, height, width, channels) uint8.
            should_stop: Asked before each batch of 250.

        Raises:
            Canceled: When `should_stop` says so.
        """
        return in_batches(lambda batch: self._answer(tf.constant(batch)).numpy(), x, should_stop)


def in_batches(
    answer: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    x: NDArray[np.uint8],
    should_stop: Callable[[], bool],
) -> NDArray[np.float32]:
    """Ask in batches of 250 and join the answers; raise `Canceled` when `should_stop` says so."""
    answers = []
    for start in range(0, len(x), ANSWER_BATCH):
        if should_stop():
            raise Canceled
        answers.append(answer(x[start : start + ANSWER_BATCH]))
        let_go(x)
    return np.concatenate(answers).astype(np.float32)
