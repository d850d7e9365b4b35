"""`cnn-studio predict --number`: the digits of drawings and photographs, left to right."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnn_studio.cli.output import percent
from cnn_studio.cli.predict_inputs import drawings_of
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.image_input import fitted, open_frame
from cnn_studio.core.number_reading.photographs import picture_steps
from cnn_studio.core.number_reading.segmentation import Answers, NumberReader
from cnn_studio.core.runs.model_card import ModelCard

Box = tuple[float, float, float, float]
Digits = tuple[tuple[Box, NDArray[np.float64]], ...]


@dataclass(frozen=True)
class NumberItem:
    """The digits of one drawing or picture, or the reason why it was not read.

    Attributes:
        source: The file's name as given.
        index: Its number inside the file, from 0.
        digits: Left to right, each its box and (classes,) probabilities; empty where none was found.
        error: Why the file could not be read.
        frames: How many pictures the file holds, of which the first was read.
    """

    source: str
    index: int = 0
    digits: Digits = ()
    error: StudioError | None = None
    frames: int = 1


def read_numbers(
    files: Sequence[str], card: ModelCard, probabilities: Callable[[NDArray[np.uint8]], NDArray[np.float64]]
) -> Iterator[NumberItem]:
    """Read every drawing and picture of every file in order.

    Raises:
        StudioError: If the network does not read digits.
    """
    if card.classes != DIGITS:
        raise StudioError(
            "This model cannot read numbers.",
            f"It distinguishes {len(card.classes)} classes, from {card.classes[0]} to {card.classes[-1]}.",
            "Choose a model of the digits 0 to 9, or omit --number.",
        )

    def answers(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        return probabilities(np.stack([fitted(image, card.input_shape) for image in images]))

    for name in files:
        shown = os.fsencode(name).decode("utf-8", "replace")
        try:
            for index, (digits, frames) in enumerate(_digits(Path(name), answers)):
                yield NumberItem(shown, index, digits, frames=frames)
        except StudioError as error:
            yield NumberItem(shown, error=error)


def _digits(path: Path, answers: Answers) -> Iterator[tuple[Digits, int]]:
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        reader = NumberReader(answers)
        for drawing in drawings_of(path):
            yield tuple((digit.box, digit.probabilities) for digit in reader.read(drawing.arrays())), 1
    else:
        opened = open_frame(path)
        found = picture_steps(opened.picture, answers).digits
        digits = ((digit.box, digit.probabilities) for digit in found)
        yield tuple((box, row) for box, row in digits if row is not None), opened.frames


def number_object(item: NumberItem, card: ModelCard) -> dict[str, Any]:
    """Return what `--json` writes for a number; its confidence is that of its least sure digit."""
    digits = [
        {
            "prediction": card.classes[int(row.argmax())],
            "confidence": float(row.max()),
            "probabilities": row.tolist(),
            "rejected": bool(row.max() < card.reject_below),
            "box": list(box),
        }
        for box, row in item.digits
    ]
    return {
        "source": item.source,
        "index": item.index,
        "number": "".join(str(digit["prediction"]) for digit in digits) or None,
        "confidence": min((float(row.max()) for _, row in item.digits), default=0.0),
        "rejected": not digits or any(digit["rejected"] for digit in digits),
        "digits": digits,
    }


def number_line(item: NumberItem, card: ModelCard) -> str:
    """Return the number and, for each digit, how sure it is."""
    content = number_object(item, card)
    name = f"{item.source} [{item.index}]"
    if content["number"] is None:
        return f"{name}  no digits"
    each = ", ".join(
        f"{digit['prediction']} {percent(digit['confidence'])}{' (not sure)' if digit['rejected'] else ''}"
        for digit in content["digits"]
    )
    return f"{name}  {content['number']}  {each}"
