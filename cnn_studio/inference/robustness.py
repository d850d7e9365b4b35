"""How far an answer holds: about 400 copies of an image, moved, turned, scaled, thicker and thinner.

The copies are made from the image itself by resampling, all in one sweep of NumPy (10 ms), rather than
from the strokes: 400 times `core.drawing.preprocessing` takes some 300 ms, and a picture from a file has no strokes.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cnn_studio.inference.channel_layout import inputs, plane
from cnn_studio.inference.classifier import Classifier, calibrate

SHIFTS = np.arange(-8, 9)
"""Pixels of a 28x28 image; larger images are moved in proportion."""
DEGREES = np.linspace(-60, 60, 41)
SCALES = np.geomspace(0.6, 1 / 0.6, 41)
THICKNESSES = np.linspace(-1.4, 1.4, 29)
"""Pixels that every edge moves outwards (inwards below 0)."""
SIDE = 28
THREADS = min(4, os.cpu_count() or 1)
"""The copies are answered in so many parts at once; the network computes each on one core."""


@dataclass(frozen=True)
class RobustnessLine:
    """Answers along one line of copies; `indices` are classes, `confidences` calibrated, each (steps,)."""

    steps: NDArray[np.float64]
    indices: NDArray[np.int64]
    confidences: NDArray[np.float64]


@dataclass(frozen=True)
class Robustness:
    """Where an answer holds.

    Attributes:
        index: The class the image itself is read as.
        shift_indices: (17, 17) classes; row = shift down, column = shift right, by `SHIFTS`.
        shift_confidences: (17, 17) calibrated probabilities of those classes.
        rotation: Along `DEGREES`, clockwise.
        scale: Along `SCALES`.
        thickness: Along `THICKNESSES`.
    """

    index: int
    shift_indices: NDArray[np.int64]
    shift_confidences: NDArray[np.float64]
    rotation: RobustnessLine
    scale: RobustnessLine
    thickness: RobustnessLine

    @property
    def share(self) -> float:
        """The share of all copies that are read as the image is."""
        lines = (self.rotation, self.scale, self.thickness)
        read = np.concatenate([self.shift_indices.ravel(), *(line.indices for line in lines)])
        return float((read == self.index).mean())


def measure_robustness(classifier: Classifier, image: NDArray[np.uint8]) -> Robustness:
    """Answer all copies of an image in one batch.

    Args:
        classifier: The network that answers.
        image: Its input, `card.input_shape` uint8 0 to 255, background 0.
    """
    shape = classifier.card.input_shape
    copies = copies_of(plane(image, shape))
    asked = inputs(np.concatenate([plane(image, shape)[None], copies]), shape)
    with ThreadPoolExecutor(THREADS) as pool:  # the runtime lets other threads of Python work meanwhile
        raw = np.concatenate(list(pool.map(classifier.probabilities, np.array_split(asked, THREADS))))
    calibrated = calibrate(raw, classifier.card.temperature)
    indices, confidences = calibrated.argmax(axis=1), calibrated.max(axis=1)
    grid = (len(SHIFTS), len(SHIFTS))
    ends = np.cumsum([1, len(SHIFTS) ** 2, len(DEGREES), len(SCALES), len(THICKNESSES)])
    parts = [slice(start, end) for start, end in pairwise(ends)]
    rotation, scale, thickness = (
        RobustnessLine(steps, indices[part], confidences[part])
        for steps, part in zip((DEGREES, SCALES, THICKNESSES), parts[1:], strict=True)
    )
    grid_part = parts[0]
    return Robustness(
        int(indices[0]), indices[grid_part].reshape(grid), confidences[grid_part].reshape(grid),
        rotation, scale, thickness,
    )  # fmt: skip


def copies_of(whole: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return all copies of an image, (height, width, channels): shifts by rows, rotations, scales, widths.

    Returns:
        (400, height, width, channels) uint8.
    """
    height, width = whole.shape[:2]
    angles = np.radians(DEGREES)
    turns = np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], axis=1)
    sizes = np.eye(2).ravel() / SCALES[:, None]
    turned = resampled(whole, np.concatenate([turns, sizes]).reshape(-1, 2, 2))
    return np.concatenate([shifted(whole), turned, thickened(whole, THICKNESSES * max(height, width) / SIDE)])


def shifted(whole: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move an image by whole pixels, with 0 behind it.

    Returns:
        (17 * 17, height, width, channels) uint8, shifts to the right within shifts down.
    """
    height, width = whole.shape[:2]
    down, right = (np.round(SHIFTS * side / SIDE).astype(int) for side in (height, width))
    top, left = int(down[-1]), int(right[-1])
    padded = np.pad(whole, ((top, top), (left, left), (0, 0)))
    return np.stack(
        [padded[top - dy : top - dy + height, left - dx : left - dx + width] for dy in down for dx in right]
    )


def resampled(whole: NDArray[np.uint8], matrices: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Resample an image about its middle, bilinearly, with 0 outside.

    Args:
        whole: (height, width, channels).
        matrices: (N, 2, 2), from a point in the copy (y, x about the middle) to one in the image.

    Returns:
        (N, height, width, channels) uint8.
    """
    height, width, channels = whole.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2], np.float32)
    pixels = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1)
    about = pixels.reshape(1, -1, 2).astype(np.float32) - middle
    source = about @ np.swapaxes(matrices, 1, 2).astype(np.float32) + middle
    low = np.floor(source)
    share = source - low
    # Two rows and columns of 0 all round, so that what lies farther out can be clipped onto them.
    padded = np.pad(whole, ((2, 2), (2, 2), (0, 0))).astype(np.float32)
    y = np.clip(low[..., 0], -2, height).astype(np.int32) + 2
    x = np.clip(low[..., 1], -2, width).astype(np.int32) + 2
    flat, stride = padded.reshape(-1, channels), width + 4
    corner = y * stride + x
    v, h = share[..., :1], share[..., 1:]
    upper = flat[corner] * (1 - h) + flat[corner + 1] * h
    lower = flat[corner + stride] * (1 - h) + flat[corner + stride + 1] * h
    values: NDArray[np.uint8] = (
        np.round(upper * (1 - v) + lower * v).astype(np.uint8).reshape(-1, height, width, channels)
    )
    return values


def thickened(whole: NDArray[np.uint8], widths: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Move every edge outwards (below 0 inwards) by so many pixels: gray dilation and erosion by a cross.

    Parts of a pixel blend two whole steps.

    Returns:
        (widths, height, width, channels) uint8.
    """
    most = int(np.ceil(np.abs(widths).max(initial=0.0)))
    steps = {0: whole.astype(np.float32)}
    for step in range(1, most + 1):
        steps[step] = _with_neighbors(steps[step - 1], np.maximum)
        steps[-step] = _with_neighbors(steps[1 - step], np.minimum)
    copies = []
    for wanted in widths:
        low = min(int(np.floor(wanted)), most - 1) if most else 0
        share = np.float32(wanted - low)
        copies.append(steps[low] * (1 - share) + steps[low + 1] * share if share else steps[low])
    return np.round(np.stack(copies)).astype(np.uint8)


def _with_neighbors(values: NDArray[np.float32], choose: np.ufunc) -> NDArray[np.float32]:
    """Return each pixel's largest or smallest value among itself and its four neighbors."""
    rim = np.pad(values, ((1, 1), (1, 1), (0, 0)))
    result = values
    for near in (rim[:-2, 1:-1], rim[2:, 1:-1], rim[1:-1, :-2], rim[1:-1, 2:]):
        result = choose(result, near)
    return result
