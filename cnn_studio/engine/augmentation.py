"""Varying training images inside the compiled step, the same for the same seed."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.recipes.recipe import Augmentation

CONTROL_POINTS = 5


def augmented(
    images: tf.Tensor, strengths: Augmentation, seed: tf.Tensor, amount: tf.Tensor | float = 1.0
) -> tf.Tensor:
    """Vary a batch of images.

    Args:
        images: (N, height, width, channels) float32, 0 (background) to 1.
        strengths: The largest variation of each kind.
        seed: (2,) int32; the same seed gives the same variation.
        amount: Share of the strengths that applies, 0 to 1; whether an image is flipped does not depend on it.

    Returns:
        Images of the same shape and range.
    """
    draws = _Draws(tf.shape(images)[0], seed, amount)
    if strengths.thickness:
        images = _thickened(images, draws.within(strengths.thickness))
    if any(
        (
            strengths.shift_px,
            strengths.rotation_degrees,
            strengths.scale_fraction,
            strengths.shear_degrees,
            strengths.elastic_px,
        )
    ):
        images = _warped(images, strengths, draws)
    images = _flipped(images, strengths, draws)
    if strengths.contrast:
        stretch = 1.0 + draws.within(strengths.contrast)[:, None, None, None]
        images = tf.clip_by_value((images - 0.5) * stretch + 0.5, 0.0, 1.0)
    if strengths.erase_fraction:
        images = _erased(images, strengths.erase_fraction, draws)
    if strengths.noise:
        noise = draws.normal(tf.shape(images), strengths.noise)
        images = tf.clip_by_value(images + noise, 0.0, 1.0)
    return images


def preview(images: NDArray[np.uint8], strengths: Augmentation, seed: int) -> NDArray[np.uint8]:
    """Return varied copies of images, to be looked at beside them.

    Args:
        images: (N, height, width, channels) uint8.
        strengths: The largest variation of each kind.
        seed: The same seed gives the same variation.

    Returns:
        Images of the same shape, uint8.
    """
    varied = augmented(tf.cast(images, tf.float32) / 255.0, strengths, tf.constant([seed, 0], tf.int32))
    return np.asarray(tf.cast(tf.round(varied * 255.0), tf.uint8))


class _Draws:
    """Random numbers for one batch, each call from a stream of its own."""

    def __init__(self, count: tf.Tensor, seed: tf.Tensor, amount: tf.Tensor | float) -> None:
        self.count = count
        self.amount = amount
        self._seed = seed
        self._calls = 0

    def _next(self) -> tf.Tensor:
        self._calls += 1
        return tf.random.experimental.stateless_fold_in(self._seed, self._calls)

    def between(self, low: float, high: float) -> tf.Tensor:
        """(N,) uniform."""
        return tf.random.stateless_uniform((self.count,), self._next(), low, high)

    def within(self, strength: float) -> tf.Tensor:
        """(N,) uniform, either way as far as the strength and its amount allow."""
        return self.between(-strength, strength) * self.amount

    def normal(self, shape: tf.Tensor, strength: float) -> tf.Tensor:
        return tf.random.stateless_normal(shape, self._next()) * (strength * self.amount)


def _thickened(images: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
    """Blend in a 3x3 dilation (amount > 0) or erosion (amount < 0)."""
    amount = amount[:, None, None, None]
    thick = tf.nn.max_pool2d(images, 3, 1, "SAME")
    thin = 1.0 - tf.nn.max_pool2d(1.0 - images, 3, 1, "SAME")
    other = tf.where(amount > 0, thick, thin)
    return images + tf.abs(amount) * (other - images)


def _warped(images: tf.Tensor, strengths: Augmentation, draws: _Draws) -> tf.Tensor:
    """Rotate, scale, shear, shift and bend in one bilinear resampling."""
    height, width = images.shape[1], images.shape[2]
    turn = strengths.rotation_degrees * math.pi / 180
    slant = math.tan(strengths.shear_degrees * math.pi / 180)
    angle = draws.within(turn)
    shear = draws.within(slant)
    scale_x = 1 / (1 + draws.within(strengths.scale_fraction))
    scale_y = scale_x / (1 + draws.within(strengths.scale_fraction) / 2)
    rows = tf.range(height, dtype=tf.float32) - (height - 1) / 2
    columns = tf.range(width, dtype=tf.float32) - (width - 1) / 2
    y, x = rows[None, :, None], columns[None, None, :]
    cos, sin = (value[:, None, None] for value in (tf.cos(angle), tf.sin(angle)))
    x_turned, y_turned = cos * x + sin * y, cos * y - sin * x
    x_source = scale_x[:, None, None] * (x_turned + shear[:, None, None] * y_turned)
    y_source = scale_y[:, None, None] * y_turned
    x_source += draws.within(strengths.shift_px)[:, None, None] + (width - 1) / 2
    y_source += draws.within(strengths.shift_px)[:, None, None] + (height - 1) / 2
    if strengths.elastic_px:
        field = draws.normal(
            tf.stack([draws.count, CONTROL_POINTS, CONTROL_POINTS, 2]), strengths.elastic_px / 2
        )
        field = tf.image.resize(field, (height, width), "bicubic")
        x_source += field[..., 0]
        y_source += field[..., 1]
    return _sampled(images, y_source, x_source)


def _sampled(images: tf.Tensor, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Read the images at fractional positions, bilinear, 0 outside."""
    height, width, channels = images.shape[1:]
    padded = tf.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    flat = tf.reshape(padded, (-1, (height + 2) * (width + 2), channels))
    y = tf.clip_by_value(y + 1, 0.0, height + 0.999)
    x = tf.clip_by_value(x + 1, 0.0, width + 0.999)
    y_low, x_low = tf.floor(y), tf.floor(x)
    y_part, x_part = (y - y_low)[..., None], (x - x_low)[..., None]
    corner = tf.cast(y_low, tf.int32) * (width + 2) + tf.cast(x_low, tf.int32)

    def at(offset: int) -> tf.Tensor:
        indices = tf.reshape(corner + offset, (-1, height * width))
        return tf.reshape(tf.gather(flat, indices, batch_dims=1), (-1, height, width, channels))

    top = at(0) * (1 - x_part) + at(1) * x_part
    bottom = at(width + 2) * (1 - x_part) + at(width + 3) * x_part
    return top * (1 - y_part) + bottom * y_part


def _flipped(images: tf.Tensor, strengths: Augmentation, draws: _Draws) -> tf.Tensor:
    """Mirror each image with a chance of one half, in the directions asked for."""
    for wanted, axis in ((strengths.flip_horizontal, 2), (strengths.flip_vertical, 1)):
        if wanted:
            chosen = draws.between(0.0, 1.0)[:, None, None, None] < 0.5
            images = tf.where(chosen, tf.reverse(images, [axis]), images)
    return images


def _erased(images: tf.Tensor, fraction: float, draws: _Draws) -> tf.Tensor:
    """Hide a rectangle of up to `fraction` of the area behind a random gray (Zhong et al., 2017)."""
    height, width = images.shape[1], images.shape[2]
    side = tf.sqrt(draws.between(0.0, fraction) * draws.amount)[:, None]
    aspect = tf.exp(draws.between(-0.5, 0.5))[:, None]
    rows = tf.range(height, dtype=tf.float32)[None] / height - draws.between(0.0, 1.0)[:, None]
    columns = tf.range(width, dtype=tf.float32)[None] / width - draws.between(0.0, 1.0)[:, None]
    hidden = (tf.abs(rows) < side * aspect / 2)[:, :, None] & (tf.abs(columns) < side / aspect / 2)[
        :, None, :
    ]
    gray = draws.between(0.0, 1.0)[:, None, None, None]
    return tf.where(hidden[..., None], gray, images)
