"""Uneven light taken out of a photograph, and its ink separated from its paper.

Light is evened out by dividing by the paper, which is what a morphological closing leaves of the picture
when it fills everything narrower than a pen (Gonzalez and Woods, "Digital Image Processing", section 9.6);
unlike a blur it keeps the edge of a shadow. The threshold is Sauvola and Pietikainen's ("Adaptive document
image binarization", Pattern Recognition 33, 2000), m (1 + k (s / R - 1)), from the mean m and deviation s
of a window, with Wolf and Jolion's reading of it for weak contrast (2004): R is the largest deviation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_studio.core.number_reading.connected_components import Mask

Gray = NDArray[np.float64]

WIDEST_PEN = 0.14
"""Of the longer side: what is narrower is ink, what is wider is light."""
WINDOW = 0.12
SAUVOLA_K = 0.35
OVER_NOISE = 5.0
WIDEST_LINE = 0.012
"""Of the longer side: lines of paper are narrower."""
WEAKEST = 16.0
"""Of 255: less contrast is blank paper."""


def is_light_on_dark(gray: Gray) -> bool:
    """Return whether the few strong pixels are brighter than their surroundings."""
    residual = _box_mean(gray, 3) - _box_mean(gray, max(3, round(max(gray.shape) / 5)))
    strong = np.clip(residual, *np.quantile(residual, [0.002, 0.998]))
    return bool((strong**3).mean() > 0)


def _box_mean(values: Gray, window: int) -> Gray:
    """Return the mean of a window around every pixel by a picture of running sums; edges are repeated."""
    before, after = window // 2, window - window // 2 - 1
    padded = np.pad(values, ((before + 1, after), (before + 1, after)), mode="edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    inner = (
        sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    )
    result: Gray = inner / (window * window)
    return result


def _closed(values: Gray, window: int) -> Gray:
    """Return the morphological closing by a square: dark parts narrower than `window` are filled."""
    return -_spread(-_spread(values, window), window)


def _spread(values: Gray, window: int) -> Gray:
    """Return the largest value in a square around every pixel; reach doubles with every step."""
    for axis in (0, 1):
        before = window // 2
        widths = [(0, 0), (0, 0)]
        widths[axis] = (before, window - 1 - before)
        padded = np.pad(values, widths, mode="edge")
        length, reach = values.shape[axis], 1
        while reach < window:
            step = min(reach, window - reach)
            cut = padded.shape[axis] - step
            padded = np.maximum(padded.take(range(cut), axis), padded.take(range(step, step + cut), axis))
            reach += step
        values = padded.take(range(length), axis)
    return values


def evened(dark: Gray) -> Gray:
    """Return dark ink on white paper: the picture divided by its paper; (height, width), about 0 to 255."""
    height, width = dark.shape
    factor = max(1.0, max(dark.shape) / 160)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    picture = Image.fromarray(dark.astype(np.float32))
    small = np.asarray(picture.resize(size, Image.Resampling.BOX), np.float64)
    window = max(3, round(WIDEST_PEN * max(small.shape)))
    paper = _box_mean(_closed(small, window), max(3, window // 4))
    large = Image.fromarray(paper.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    even: Gray = np.minimum(255.0, 255.0 * dark / np.maximum(np.asarray(large, np.float64), 16.0))
    return even


def thresholded(even: Gray) -> tuple[Mask, float]:
    """Return where ink is, and how much darker than paper it is (of 255)."""
    smooth = _box_mean(even, 3) if min(even.shape) >= 100 else even
    paper = float(np.median(smooth))
    contrast = paper - float(np.quantile(smooth, 0.002))
    quiet = smooth[smooth > paper - contrast / 2]
    noise = 1.4826 * float(np.median(np.abs(quiet - np.median(quiet))))
    if contrast < max(WEAKEST, OVER_NOISE * noise):
        return np.zeros(even.shape, bool), contrast
    window = max(15, round(WINDOW * max(even.shape)))
    mean = _box_mean(smooth, window)
    deviation = np.sqrt(np.maximum(0.0, _box_mean(smooth**2, window) - mean**2))
    darkest = paper - contrast
    level = mean - SAUVOLA_K * (1 - deviation / max(1e-9, float(deviation.max()))) * (mean - darkest)
    mask: Mask = smooth < np.minimum(level, paper - max(0.2 * contrast, 3 * noise))
    return mask, contrast


def fine_lines(even: Gray) -> tuple[Mask, Gray]:
    """Return what is darker than both its sides within a few pixels, however pale, and how dark all is.

    Lines of paper are found there, and thin ink.
    """
    smooth = _box_mean(even, 3)
    depth = _closed(smooth, max(5, round(WIDEST_LINE * max(even.shape)))) - smooth
    noise = float(np.median(depth))
    found: Mask = depth > max(WEAKEST / 2, OVER_NOISE * noise)
    return found, float(np.median(smooth)) - smooth
