"""Drawings as JSON lines: `{"label": "7", "strokes": [[[x, y], ...], ...]}`, y down, any scale."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from cnn_studio.core.errors import StudioError
from cnn_studio.core.ink import Stroke

LARGEST_LINE_BYTES = 64 * 2**20


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
            for number, line in enumerate(file, start=1):
                if line.strip():
                    drawings.append(_decoded(line, decoder, path, number))
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", str(error), "Check the file's name.") from error
    return drawings


def _decoded(line: bytes, decoder: msgspec.json.Decoder[Drawing], path: Path, number: int) -> Drawing:
    try:
        drawing = decoder.decode(line)
        if any(len(point) < 2 for stroke in drawing.strokes for point in stroke):
            raise msgspec.ValidationError("a point needs x and y")
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StudioError(
            f"{path.name} is not a file of drawings.",
            f"Line {number}: {error}.",
            'Each line must look like {"label": "7", "strokes": [[[x, y], ...], ...]}.',
        ) from error
    return drawing


def drawing_line(strokes: Iterable[Stroke], label: str | None = None) -> str:
    """Return a drawing as one JSON line, without the line end."""
    content: dict[str, object] = {} if label is None else {"label": label}
    content["strokes"] = [np.round(stroke, 3).tolist() for stroke in strokes]
    return json.dumps(content)
