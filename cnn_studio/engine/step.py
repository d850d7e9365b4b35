"""The compiled steps: batches of training, a batch of answers.

The images live on the device once, as bytes (47 MB for MNIST, not 188 MB of float32); a step gathers its
batch by number, scales and varies it, and learns. Nothing but image numbers and learning rates crosses
from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.errors import Cancelled
from cnn_studio.core.recipe import Augmentation, Recipe
from cnn_studio.engine.augmentation import augmented
from cnn_studio.engine.pipeline import Parts

ANSWER_BATCH = 500


class TrainingStep:
    """Compiled training steps over resident images, with running sums of the epoch.

    Several steps may be taken in one call: what a call costs besides the learning (about 1 ms from Python)
    is then shared. How many makes no difference to the result, to the last bit: it is one compiled loop.

    Args:
        model: The network.
        optimizer: Its optimiser; built here.
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
        images, labels = tf.constant(parts.x_train), tf.constant(parts.y_train)
        classes = model.output_shape[-1]
        scale, offset = scaling
        strengths: Augmentation = recipe.augmentation
        weights = (
            class_weights(parts.y_train, classes) if recipe.training.class_weight == "balanced" else None
        )
        self._sums = tf.Variable(tf.zeros(3), trainable=False)
        variables = model.trainable_variables
        optimizer.build(variables)
        sums = self._sums

        def learn(numbers: tf.Tensor, seed: tf.Tensor) -> None:
            batch = tf.cast(tf.gather(images, numbers), tf.float32)
            if strengths.active:
                batch = augmented(batch / 255.0, strengths, seed) * 255.0
            batch = batch * scale + offset
            truth = tf.gather(labels, numbers)
            with tf.GradientTape() as tape:
                answers = model(batch, training=True)
                weight = None if weights is None else tf.gather(weights, truth)
                cost = loss(tf.one_hot(truth, classes), answers, sample_weight=weight)
                penalty = tf.add_n(model.losses) if model.losses else 0.0
                total = cost + tf.cast(penalty, cost.dtype)
            optimizer.apply(tape.gradient(total, variables), variables)
            count = tf.cast(tf.size(truth), tf.float32)
            hits = tf.equal(tf.argmax(answers, axis=1, output_type=tf.int32), truth)
            right = tf.reduce_sum(tf.cast(hits, tf.float32))
            sums.assign_add(tf.stack([tf.cast(cost, tf.float32) * count, right, count]))

        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[
                tf.TensorSpec([None, None], tf.int64),
                tf.TensorSpec([None], tf.float32),
                tf.TensorSpec([2], tf.int32),
            ]
        )
        def steps(numbers: tf.Tensor, rates: tf.Tensor, seed: tf.Tensor) -> None:
            for number in tf.range(tf.shape(numbers)[0]):
                optimizer.learning_rate.assign(rates[number])
                learn(numbers[number], seed + tf.stack([0, number]))

        self._steps = steps

    def run(self, numbers: NDArray[np.int64], learning_rates: Sequence[float], seed: tuple[int, int]) -> None:
        """Learn from some batches of one size.

        Args:
            numbers: The image numbers, (steps, batch size).
            learning_rates: One a step.
            seed: The run's seed, and the place of the first step in the run.
        """
        rates = tf.constant(learning_rates, tf.float32)
        self._steps(tf.constant(numbers), rates, tf.constant(seed, tf.int32))

    def means(self) -> tuple[float, float]:
        """Return mean loss and accuracy since the last `reset`."""
        loss, right, count = self._sums.numpy()
        return float(loss / max(count, 1)), float(right / max(count, 1))

    def reset(self) -> None:
        """Start a new epoch's means."""
        self._sums.assign(tf.zeros(3))


def class_weights(labels: NDArray[np.int32], classes: int) -> NDArray[np.float32]:
    """Return the weight of each class: N / (classes * its images), 0 for a class without images.

    Source: scikit-learn's `compute_class_weight("balanced")`, after King and Zeng, 2001.
    """
    counts = np.bincount(labels, minlength=classes)
    share = len(labels) / (classes * np.maximum(counts, 1))
    return np.where(counts > 0, share, 0.0).astype(np.float32)


class Answering:
    """A network's compiled answer, made once and asked often.

    Args:
        model: The network.
        scaling: (scale, offset) of the input.
    """

    def __init__(self, model: keras.Model, scaling: tuple[float, float]) -> None:
        scale, offset = scaling

        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[tf.TensorSpec([None, *model.input_shape[1:]], tf.uint8)]
        )
        def answer(batch: tf.Tensor) -> tf.Tensor:
            return model(tf.cast(batch, tf.float32) * scale + offset, training=False)

        self._answer = answer

    def __call__(
        self, x: NDArray[np.uint8], should_stop: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32]:
        """Return the network's answers, (N, classes) float32.

        Args:
            x: (N, height, width, channels) uint8.
            should_stop: Asked before each batch of 500.

        Raises:
            Cancelled: When `should_stop` says so.
        """
        return in_batches(lambda batch: self._answer(tf.constant(batch)).numpy(), x, should_stop)


def in_batches(
    answer: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    x: NDArray[np.uint8],
    should_stop: Callable[[], bool],
) -> NDArray[np.float32]:
    """Ask in batches of 500 and join the answers; raise `Cancelled` when `should_stop` says so."""
    answers = []
    for start in range(0, len(x), ANSWER_BATCH):
        if should_stop():
            raise Cancelled
        answers.append(answer(x[start : start + ANSWER_BATCH]))
    return np.concatenate(answers).astype(np.float32)
