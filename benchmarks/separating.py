"""Drawings of several digits, separated and read, beside cutting at empty columns.

Digits of `core.synthetic.digits` (or of a file of drawings of single digits) are put side by side, the gap
between their extents given as a share of the height, each up to 20 % larger or smaller and 10 % up or down.
Usage: python benchmarks/separating.py [--drawings FILE] [--count 100] [--seed 0]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.cli.predict_inputs import drawings_of
from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.number_reading.segmentation import NumberReader
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.inference.classifier import Classifier, calibrate

GAPS = (-0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6)
Random = np.random.Generator
Source = Callable[[], tuple[int, list[Stroke]]]


def placed(source: Source, gap: float, random: Random, count: int | None = None) -> tuple[list[Stroke], list[int], list[int]]:  # fmt: skip
    """Return the strokes of a number of 2 to 6 digits, the digit each belongs to, and the labels."""
    x, strokes, owners, labels = 0.0, [], [], []
    for number in range(count or int(random.integers(2, 7))):
        label, drawn = source()
        points = np.concatenate(drawn)
        scale = random.uniform(0.8, 1.2) / (float(np.ptp(points[:, 1])) or 1.0)
        shift = np.array([x, random.uniform(-0.1, 0.1)])
        low = np.array([points[:, 0].min(), points[:, 1].max()])
        moved = [(stroke - low) * scale + shift for stroke in drawn]
        x = float(np.concatenate(moved)[:, 0].max()) + gap
        strokes += moved
        owners += [number] * len(moved)
        labels.append(label)
    return strokes, owners, labels


def empty_columns(strokes: list[Stroke]) -> int:
    """Return how many digits there are when every empty column separates two."""
    extents = sorted((float(points[:, 0].min()), float(points[:, 0].max())) for points in strokes)
    count, end = 0, -np.inf
    for left, right in extents:
        count += left > end
        end = max(end, right)
    return count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawings", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    classifier = Classifier(resource("models", "digits.onnx"))

    def answers(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        return calibrate(classifier.probabilities(images), classifier.card.temperature)

    def drawn_by_program() -> tuple[int, list[Stroke]]:
        label = int(random.integers(10))
        return label, drawn_digit_strokes(label, random)

    source: Source = drawn_by_program
    singles = [drawn_by_program()[1] for _ in range(1000)]
    if options.drawings:
        given = [(int(drawing.label or 0), drawing.arrays()) for drawing in drawings_of(options.drawings)]
        singles = [strokes for _, strokes in given]
        source = lambda: given[int(random.integers(len(given)))]  # noqa: E731
    whole = sum(len(NumberReader(answers).read(strokes)) == 1 for strokes in singles)
    naive = sum(empty_columns(strokes) == 1 for strokes in singles)
    print(f"single digits kept whole: {whole} of {len(singles)}; cut at empty columns: {naive}")
    print(f"{'gap':>6s}{'right count':>14s}{'all right':>12s}{'empty columns, count':>23s}")
    for gap in GAPS:
        count = read = plain = 0
        for _ in range(options.count):
            strokes, _, labels = placed(source, gap, random)
            digits = NumberReader(answers).read(strokes)
            count += len(digits) == len(labels)
            read += [digit.index for digit in digits] == labels
            plain += empty_columns(strokes) == len(labels)
        print(
            f"{gap:+6.0%}{count / options.count:14.1%}{read / options.count:12.1%}{plain / options.count:23.1%}"
        )
    _print_times(source, random, answers)


def _print_times(
    source: Source, random: Random, answers: Callable[[NDArray[np.uint8]], NDArray[np.float64]]
) -> None:
    first, moving = [], []
    for _ in range(40):
        strokes, _, _ = placed(source, 0.15, random, 6)
        reader = NumberReader(answers)
        for length in range(2, len(strokes[-1]), 4):
            began = time.perf_counter()
            reader.read([*strokes[:-1], strokes[-1][:length]])
            (first if length == 2 else moving).append(1000 * (time.perf_counter() - began))
    print(
        f"six digits at once {np.median(first):.1f} ms, while the last stroke grows {np.median(moving):.1f} ms"
    )


if __name__ == "__main__":
    main()
