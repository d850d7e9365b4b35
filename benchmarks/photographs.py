"""Photographs of digits through the shipped model, beside resizing the whole picture to 28x28.

The photographs are made here: digits of `core.synthetic.digits` (or of a file of drawings) written with a pen of
some width on paper, squared or ruled, under uneven light, tilted, noisy, blurred and saved as JPEG; or with
chalk on a board. Usage: python benchmarks/photographs.py [--drawings FILE] [--count 40] [--seed 0]
"""

from __future__ import annotations

import argparse
import io
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from cnn_studio.cli.predict_inputs import drawings_of
from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.number_reading.photographs import picture_steps
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.inference.classifier import Classifier, calibrate

WIDTH, HEIGHT = 800, 600
KINDS = ("plain", "gradient", "shadow", "ruled", "squared", "tilted", "pencil", "marker", "noisy", "board", "everything")  # fmt: skip
Random = np.random.Generator


def photograph(
    numbers: Sequence[Sequence[Stroke]], kind: str, random: Random, width: int = WIDTH, height: int = HEIGHT
) -> Image.Image:
    """Return a photograph of digits side by side; `kind` is one of KINDS."""
    sheet = Image.new("L", (2 * width, 2 * height), 0)
    lines = Image.new("L", sheet.size, 0)
    tall = random.uniform(0.3, 0.55) * 2 * height / (1 if len(numbers) < 3 else len(numbers) / 2.2)
    pen = tall * {"pencil": 0.025, "marker": 0.16}.get(kind, random.uniform(0.04, 0.1))
    angle = math.radians(random.uniform(-18, 18) if kind in ("tilted", "everything") else random.normal(0, 2))
    if kind in ("ruled", "squared", "everything"):
        _rule(lines, angle, tall * random.uniform(0.5, 0.9), kind == "squared", random)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    x, placed = 0.0, []
    for strokes in numbers:
        points = np.concatenate(strokes)
        low, scale = points.min(axis=0), tall / float(np.ptp(points, axis=0).max() or 1.0)
        moved = [(stroke - low) * scale + (x, random.uniform(-0.05, 0.05) * tall) for stroke in strokes]
        x = float(np.concatenate(moved)[:, 0].max()) + random.uniform(0.2, 0.5) * tall + pen
        placed += moved
    points = np.concatenate(placed) @ turn.T
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    room = np.maximum(0, (sheet.size - np.ptp(points, axis=0)) / 2 - 2 * pen - 20)
    middle = np.array(sheet.size) / 2 + random.uniform(-1, 1, 2) * room * 0.6 - middle
    draw = ImageDraw.Draw(sheet)
    for stroke in placed:
        _stroke(draw, stroke @ turn.T + middle, pen)
    ink = np.asarray(sheet.resize((width, height), Image.Resampling.BOX), np.float64) / 255
    rules = np.asarray(lines.resize((width, height), Image.Resampling.BOX), np.float64) / 255
    return _lit(ink, rules, kind, random)


def _stroke(draw: ImageDraw.ImageDraw, points: Stroke, pen: float) -> None:
    draw.line([(float(x), float(y)) for x, y in points], fill=255, width=max(1, round(pen)), joint="curve")
    for x, y in points:
        draw.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=255)


def _rule(lines: Image.Image, angle: float, apart: float, squared: bool, random: Random) -> None:
    draw = ImageDraw.Draw(lines)
    reach = sum(lines.size)
    for turn in (0.0, math.pi / 2)[: 1 + squared]:
        along = np.array([math.cos(angle + turn), math.sin(angle + turn)])
        across = np.array([-along[1], along[0]])
        for number in range(-40, 40):
            middle = np.array(lines.size) / 2 + across * (number + 0.3) * apart * (0.5 if squared else 1)
            ends = [tuple(map(float, middle + side * reach * along)) for side in (-1, 1)]
            draw.line(ends, fill=255, width=int(random.integers(3, 6)))


def _lit(ink: NDArray[np.float64], rules: NDArray[np.float64], kind: str, random: Random) -> Image.Image:
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width] / max(ink.shape)
    paper, dark = random.uniform(190, 235), random.uniform(25, 80)
    if kind == "pencil":
        dark = random.uniform(90, 125)
    scene = paper - rules * random.uniform(40, 90)
    scene = scene * (1 - ink) + dark * ink
    if kind == "board":
        chalk = np.clip(random.normal(0.85, 0.2, ink.shape), 0.3, 1)
        scene = random.uniform(35, 70) * (1 - ink * chalk) + 215 * ink * chalk
    light = np.ones(ink.shape)
    if kind in ("gradient", "board", "everything"):
        way = random.uniform(0, 2 * math.pi)
        light *= 1 - random.uniform(0.3, 0.6) * np.clip(0.5 + (x - 0.5) * math.cos(way) + (y - 0.4) * math.sin(way), 0, 1)  # fmt: skip
    if kind in ("shadow", "everything"):
        way = random.uniform(0, 2 * math.pi)
        depth = (x - random.uniform(0.3, 0.7)) * math.cos(way) + (y - 0.4) * math.sin(way)
        light *= 1 - random.uniform(0.3, 0.55) / (1 + np.exp(-depth * random.uniform(20, 150)))
    texture = np.asarray(
        Image.fromarray(random.normal(0, 25, (height // 3, width // 3)).astype(np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
    )
    grain = 12.0 if kind in ("noisy", "everything") else 4.0
    scene = (scene + 0.1 * texture) * light + random.normal(0, grain, ink.shape)
    picture = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    blur = random.uniform(1.0, 2.0) if kind in ("noisy", "everything") else 0.7
    picture = picture.filter(ImageFilter.GaussianBlur(blur))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(random.integers(50, 90)))
    return Image.open(io.BytesIO(file.getvalue()))


def plain_alternative(picture: Image.Image) -> NDArray[np.uint8]:
    """Return the whole picture resized to 28x28 and inverted, as tutorials do."""
    return 255 - np.asarray(picture.convert("L").resize((28, 28), Image.Resampling.BILINEAR))


def main() -> None:
    """Measure and print a row for every kind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawings", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    given = list(drawings_of(options.drawings)) if options.drawings else []
    classifier = Classifier(resource("models", "digits.onnx"))

    def answers(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        return calibrate(classifier.probabilities(images), classifier.card.temperature)

    def digit() -> tuple[str, list[Stroke]]:
        if given:
            drawing = given[int(random.integers(len(given)))]
            return str(drawing.label), drawing.arrays()
        label = int(random.integers(10))
        return str(label), drawn_digit_strokes(label, random)

    print(f"{'kind':12s}{'one digit':>12s}{'resized':>10s}{'number of 2-5':>15s}{'ms':>8s}")
    for kind in KINDS:
        print(_row(kind, options.count, random, digit, answers))


def _row(
    kind: str,
    count: int,
    random: Random,
    digit: Callable[[], tuple[str, list[Stroke]]],
    answers: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
) -> str:
    right = plain = whole = 0
    took = []
    for number in range(2 * count):
        several = number >= count
        chosen = [digit() for _ in range(int(random.integers(2, 6)) if several else 1)]
        wanted = "".join(label for label, _ in chosen)
        picture = photograph([strokes for _, strokes in chosen], kind, random)
        began = time.perf_counter()
        steps = picture_steps(picture, answers)
        took.append(time.perf_counter() - began)
        read = "".join(
            str(int(d.probabilities.argmax())) for d in steps.digits if d.probabilities is not None
        )
        if several:
            whole += read == wanted
        else:
            right += read == wanted
            plain += str(answers(plain_alternative(picture)[None])[0].argmax()) == wanted
    middle = 1000 * sorted(took)[len(took) // 2]
    return f"{kind:12s}{right / count:12.1%}{plain / count:10.1%}{whole / count:15.1%}{middle:8.0f}"


if __name__ == "__main__":
    main()
