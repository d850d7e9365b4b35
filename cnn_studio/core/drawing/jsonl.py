"""Drawings as JSON lines: `{"label": "7", "strokes": [[[x, y], ...], ...]}`, y down, any scale."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.preprocessing import Stroke

LARGEST_LINE_BYTES = 64 * 2**20
LOOKS_LIKE = 'Each line must look like {"label": "7", "strokes": [[[x, y], ...], ...]}.'


class Drawing(msgspec.Struct, frozen=True):
    """One drawing; other fields of its line are ignored."""

    strokes: tuple[tuple[tuple[float, ...], ...], ...]
    label: str | int | None = None

    def arrays(self) -> list[Stroke]:
        """Return one (points, 2) array a stroke; further columns (pressure, time) are left out."""
        return [
            np.array([point[:2] for point in stroke], np.float64).reshape(-1, 2) for stroke in self.strokes
        ]


def read_drawings(path: Path) -> list[Drawing]:
    """Read a file of drawings, one JSON object a line; empty lines are skipped.

    Raises:
        StudioError: Naming the line that is not a drawing.
    """
    drawings: list[Drawing] = []
    decoder = msgspec.json.Decoder(Drawing)
    try:
        with path.open("rb") as file:
            for number, line in lines_of(file, path.name):
                drawings.append(_decoded(line, decoder, path, number))
    except IsADirectoryError as error:
        raise StudioError(f"{path} was not opened.", "It is a folder.", "Give the files in it.") from error
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", str(error), "Check the file's name.") from error
    return drawings


def lines_of(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the content of each line that is not empty.

    Raises:
        StudioError: At a line too long to be a drawing.
    """
    number = 0
    while line := file.readline(LARGEST_LINE_BYTES + 1):
        number += 1
        if len(line) > LARGEST_LINE_BYTES:
            raise not_drawings(name, number, f"it is longer than {LARGEST_LINE_BYTES:,} bytes")
        if line.strip():
            yield number, line


def not_drawings(name: str, number: int, why: object) -> StudioError:
    """Return the error of a line that is not a drawing."""
    return StudioError(f"{name} is not a file of drawings.", f"Line {number}: {why}.", LOOKS_LIKE)


def _decoded(line: bytes, decoder: msgspec.json.Decoder[Drawing], path: Path, number: int) -> Drawing:
    try:
        drawing = decoder.decode(line)
        if any(len(point) < 2 for stroke in drawing.strokes for point in stroke):
            raise msgspec.ValidationError("a point needs x and y")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise not_drawings(path.name, number, error) from error
    return drawing


def drawing_line(strokes: Iterable[Stroke], label: str | None = None, side: float | None = None) -> str:
    """Return a drawing as one JSON line, without the line end.

    Args:
        strokes: (points, 2) arrays; further columns are written as well.
        label: What it shows.
        side: Of the canvas it was drawn on, so that it can be shown again where it was.
    """
    content: dict[str, object] = {} if label is None else {"label": label}
    if side is not None:
        content["side"] = side
    content["strokes"] = [np.round(stroke, 3).tolist() for stroke in strokes]
    return json.dumps(content)
