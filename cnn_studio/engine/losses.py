"""The loss as Keras's `fit` and `evaluate` report it: of the answers, plus what L1 and L2 add for the weights."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.datasets.mapped_arrays import LARGE_BYTES

SMALLEST = 1e-7
"""Keras clips probabilities here, `keras.config.epsilon()`."""


def weight_penalty(model: keras.Model) -> tf.Tensor:
    """Return what the regularizers of a network's weights add to the loss, () float32; 0 where there are none."""
    penalties = model.losses
    return tf.cast(tf.add_n(penalties), tf.float32) if penalties else tf.constant(0.0)


def cross_entropy(answers: NDArray[np.float32], labels: NDArray[np.int32], smoothing: float) -> float:
    """Return the mean cross-entropy in nats, with the label smoothing of the training.

    The same as `keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)`, without one-hot labels.

    Args:
        answers: (N, classes) probabilities, N at least 1.
        labels: (N,) true classes.
        smoothing: Share of each label that is spread over all classes.
    """
    total, classes = 0.0, answers.shape[1]
    at_once = max(1, LARGE_BYTES // (64 * classes))
    for start in range(0, len(labels), at_once):
        some, truth = answers[start : start + at_once].astype(np.float64), labels[start : start + at_once]
        with np.errstate(
            invalid="ignore", divide="ignore"
        ):  # answers that are no numbers give a loss that is none
            surprise = -np.log(np.clip(some / some.sum(axis=1, keepdims=True), SMALLEST, 1.0 - SMALLEST))
        total += (1.0 - smoothing) * surprise[np.arange(len(truth)), truth].sum()
        total += smoothing * surprise.mean(axis=1).sum()
    return float(total / len(labels))
