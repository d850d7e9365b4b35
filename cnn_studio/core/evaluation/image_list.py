"""Images of an evaluation as a list: which of them, in which order, and as files to export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_studio.core.base.atomic_files import replacing, write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation

Numbers = NDArray[np.intp]
Order = Literal["given", "surest", "least sure", "loss", "true class", "read class", "number"]
BEST = 3
"""The most probable classes named with each image."""
SMALLEST = 1e-7
"""Probabilities are clipped here before their logarithm is taken, as Keras does."""


class ImageFilter(msgspec.Struct, frozen=True):
    """Which images are wanted.

    Attributes:
        true: The class they are of; None for any.
        read: The class they are read as; None for any.
        only_errors: Whether only misread ones.
        lowest: The least confidence, 0 to 1.
        highest: The largest.
        numbers: Numbers in the data set; empty for any.
    """

    true: int | None = None
    read: int | None = None
    only_errors: bool = False
    lowest: float = 0.0
    highest: float = 1.0
    numbers: tuple[int, ...] = ()


class ListedAnswers:
    """An evaluation's answers, worked out once.

    Attributes:
        evaluation: Whose.
        read: (N,) the most probable class of each image.
        confidence: (N,) its probability.
        loss: (N,) cross-entropy in nats.
        numbers: (N,) each image's number in its part of the data set.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        count = len(evaluation.labels)
        self.evaluation = evaluation
        self.read = evaluation.predictions
        self.confidence = evaluation.confidences
        true = evaluation.probabilities[np.arange(count), evaluation.labels].astype(np.float64)
        self.loss: NDArray[np.float64] = -np.log(np.clip(true, SMALLEST, 1.0))
        self.numbers: NDArray[np.int64] = (
            np.arange(count, dtype=np.int64) if evaluation.indices is None else evaluation.indices
        )

    def best(self, row: int) -> tuple[tuple[int, float], ...]:
        """Return the three most probable classes of an image and their probabilities, the best first."""
        shares = self.evaluation.probabilities[row]
        order = np.argsort(-shares, kind="stable")[:BEST]
        return tuple((int(index), float(shares[index])) for index in order)

    def chosen(self, rows: Numbers, wanted: ImageFilter) -> Numbers:
        """Return those of some images that a filter lets through, in the order they came."""
        labels, read, confidence = self.evaluation.labels[rows], self.read[rows], self.confidence[rows]
        kept = (confidence >= wanted.lowest) & (confidence <= wanted.highest)
        if wanted.true is not None:
            kept &= labels == wanted.true
        if wanted.read is not None:
            kept &= read == wanted.read
        if wanted.only_errors:
            kept &= labels != read
        if wanted.numbers:
            kept &= np.isin(self.numbers[rows], wanted.numbers)
        return rows[kept]

    def arranged(self, rows: Numbers, order: Order) -> Numbers:
        """Return some images in another order; among equals the surest comes first, then the lowest number."""
        confidence = -self.confidence[rows]
        keys: dict[Order, tuple[NDArray[np.generic], ...]] = {
            "surest": (confidence,),
            "least sure": (-confidence,),
            "loss": (-self.loss[rows],),
            "true class": (self.evaluation.labels[rows], self.read[rows], confidence),
            "read class": (self.read[rows], self.evaluation.labels[rows], confidence),
            "number": (self.numbers[rows],),
        }
        if order == "given":
            return rows
        return rows[np.lexsort((self.numbers[rows], *reversed(keys[order])))]


def read_numbers(text: str) -> tuple[int, ...]:
    """Read numbers such as "12, 40-43"; empty text is none.

    Raises:
        ValueError: If it is something else, or names more than 100,000.
    """
    found: list[int] = []
    for part in text.replace(",", " ").replace(";", " ").split():
        first, dash, last = part.replace("–", "-").partition("-")
        low = int(first)
        high = int(last) if dash else low
        if high < low or len(found) + high - low > 100_000:
            raise ValueError(part)
        found.extend(range(low, high + 1))
    return tuple(found)


def as_table(answers: ListedAnswers, rows: Sequence[int] | Numbers, delimiter: str = ",") -> str:
    """Return a list of images as CSV: number, classes, confidence, loss and the three best classes."""
    classes = answers.evaluation.classes
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    best = [name for rank in range(1, BEST + 1) for name in (f"class_{rank}", f"probability_{rank}")]
    writer.writerow(["number", "true", "read", "confidence", "loss", *best])
    for row in map(int, rows):
        cells: list[object] = [
            int(answers.numbers[row]),
            classes[answers.evaluation.labels[row]],
            classes[answers.read[row]],
            f"{answers.confidence[row]:.6f}",
            f"{answers.loss[row]:.6f}",
        ]
        for index, share in answers.best(row):
            cells += [classes[index], f"{share:.6f}"]
        writer.writerow(cells)
    return text.getvalue()


def save_csv(answers: ListedAnswers, rows: Sequence[int] | Numbers, path: Path) -> None:
    """Write a list of images as UTF-8; see `as_table`.

    Raises:
        StudioError: If the file cannot be written.
    """
    try:
        write_atomically(path, as_table(answers, rows).encode("utf-8-sig"))  # Excel needs the mark
    except OSError as error:
        raise _unwritten(path, error) from error


def save_images(
    answers: ListedAnswers,
    images: NDArray[np.uint8],
    rows: Sequence[int] | Numbers,
    folder: Path,
    report: Callable[[int], None] = lambda done: None,
    canceled: Callable[[], bool] = lambda: False,
) -> int:
    """Write images as PNG files of their own pixels, named by number, true and read class.

    Args:
        answers: What is known of them.
        images: (N, height, width, 1 or 3) uint8.
        rows: Which.
        folder: Where to; made where it is missing.
        report: Notified after every hundredth of how many are written.
        canceled: Asked before each; what is written stays.

    Returns:
        How many were written.

    Raises:
        StudioError: If a file cannot be written.
    """
    classes = answers.evaluation.classes
    done = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row in map(int, rows):
            if canceled():
                break
            names = classes[answers.evaluation.labels[row]], classes[answers.read[row]]
            true, read = (_plain(name) for name in names)
            path = folder / f"{int(answers.numbers[row]):06d}_true-{true}_read-{read}.png"
            save_png(images[row], path)
            done += 1
            if done % 100 == 0:
                report(done)
    except OSError as error:
        raise _unwritten(folder, error) from error
    return done


def save_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write an image, (height, width, 1 or 3) uint8, as PNG.

    Raises:
        OSError: If it cannot be written.
    """
    with replacing(path) as temporary:
        Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(temporary, format="PNG")


def _plain(name: str) -> str:
    """Return a class's name as a part of a file's."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:40] or "-"


def _unwritten(path: Path, error: OSError) -> StudioError:
    return StudioError(f"Cannot write {path}.", str(error), "Choose another folder, or free some space.")
