"""How well a model reads people's pen strokes: accuracy with interval, by class and by writer, what it refuses.

Usage: python benchmarks/handwriting.py FILE [--model MODEL.onnx] [--sheet ERRORS.png]

FILE holds drawings, one JSON object a line, plain or gzip: {"label": "7", "writer": "somebody", "strokes":
[[[x, y], ...], ...]}; the writer is optional. The plain alternative, in the same run, is the same network on
the drawing's canvas merely shrunk to 28 x 28, as most drawing programs do it. `--sheet` writes a picture of
every error: the drawing as the network saw it, its label, and what was read.
"""

from __future__ import annotations

import argparse
import gzip
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
from measuring import machine
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.core.evaluation.predictions import wilson_interval
from cnn_studio.inference.classifier import Answer, Classifier

SIDE, PEN_SHARE, SHEET_COLUMNS, CELL = 28, 0.07, 12, 84


class Drawing(msgspec.Struct):
    """One line of the file."""

    strokes: list[list[list[float]]]
    label: str
    writer: str = ""


def read(path: Path) -> list[Drawing]:
    """Return the drawings of a file."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        return [msgspec.json.decode(line, type=Drawing) for line in file if line.strip()]


def shrunk(drawing: Drawing) -> NDArray[np.uint8]:
    """Return the canvas, with a margin of a fifth, drawn with a round pen and shrunk to 28 x 28."""
    points = np.concatenate([np.array(stroke)[:, :2] for stroke in drawing.strokes if stroke])
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-9)
    place = 280 * 0.2 + (280 * 0.6 - np.ptp(points, axis=0) / extent * 280 * 0.6) / 2
    sheet = Image.new("L", (280, 280), 0)
    pen = ImageDraw.Draw(sheet)
    for stroke in drawing.strokes:
        way = [tuple(((np.array(point[:2]) - low) / extent * 280 * 0.6 + place).tolist()) for point in stroke]
        pen.line(way, fill=255, width=round(280 * PEN_SHARE), joint="curve")
    return np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def accuracy_line(name: str, right: NDArray[np.bool_]) -> str:
    """Return an accuracy with its 95 % interval."""
    low, high = wilson_interval(int(right.sum()), len(right))
    return f"{name:34} {100 * right.mean():6.2f} %   95 %: {100 * low:.2f} - {100 * high:.2f}   of {len(right):,}"


def contact_sheet(path: Path, images: NDArray[np.uint8], texts: list[str]) -> None:
    """Write the errors as one picture."""
    rows = max(1, -(-len(images) // SHEET_COLUMNS))
    sheet = Image.new("L", (SHEET_COLUMNS * CELL, rows * (CELL + 16)), 255)
    pen = ImageDraw.Draw(sheet)
    for number, (image, text) in enumerate(zip(images, texts, strict=True)):
        x, y = number % SHEET_COLUMNS * CELL, number // SHEET_COLUMNS * (CELL + 16)
        sheet.paste(Image.fromarray(255 - image).resize((CELL - 4, CELL - 4)), (x, y))
        pen.text((x + 2, y + CELL - 4), text, fill=0)
    sheet.save(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, default=resource("models", "digits.onnx"))
    parser.add_argument("--sheet", type=Path)
    wanted = parser.parse_args()
    classifier = Classifier(wanted.model)
    names = classifier.card.classes
    drawings = [drawing for drawing in read(wanted.file) if any(drawing.strokes)]
    strokes = [[np.array(stroke)[:, :2] for stroke in drawing.strokes if stroke] for drawing in drawings]
    images = np.stack([drawing_to_image(each) for each in strokes])
    labels = np.array([names.index(str(drawing.label)) for drawing in drawings])
    answers: list[Answer] = classifier.answers(images)
    found = np.array([answer.index for answer in answers])
    refused = np.array([answer.rejected for answer in answers])
    right = found == labels
    plain = classifier.probabilities(np.stack([shrunk(drawing) for drawing in drawings])).argmax(axis=1)
    print(f"{machine()}; {wanted.model.name}, {len(drawings):,} drawings")
    print(accuracy_line("normalized as MNIST was", right))
    print(accuracy_line("canvas shrunk to 28 x 28", plain == labels))
    print(
        f"errors, plain to ours{100 * (plain != labels).mean() / max(100 * (~right).mean(), 1e-9):21.1f} to 1"
    )
    print(
        f"good digits refused{100 * refused[right].mean():22.2f} %; errors refused {100 * refused[~right].mean():.0f} %"
    )
    for number, name in enumerate(names):
        if (labels == number).any():
            print(accuracy_line(f"class {name}", right[labels == number]))
    by_writer: dict[str, list[int]] = defaultdict(list)
    for number, drawing in enumerate(drawings):
        by_writer[drawing.writer].append(number)
    worst = sorted(by_writer.items(), key=lambda item: right[item[1]].mean())
    for writer, numbers in worst[:5]:
        print(accuracy_line(f"writer {writer}", right[numbers]))
    print(f"{len(by_writer)} writers; the five who are read worst are listed")
    matrix = np.zeros((len(names), len(names)), int)
    np.add.at(matrix, (labels, found), 1)
    print("true \\ read " + "".join(f"{name:>6}" for name in names))
    for name, row in zip(names, matrix, strict=True):
        print(f"{name:>11} " + "".join(f"{count or '·':>6}" for count in row))
    if wanted.sheet:
        wrong = np.flatnonzero(~right)
        texts = [f"{names[labels[each]]} read {names[found[each]]}" for each in wrong]
        contact_sheet(wanted.sheet, images[wrong], texts)
        print(f"errors drawn in {wanted.sheet}")


if __name__ == "__main__":
    main()
