"""Drawings from a file or the clipboard -> strokes as the pad holds them.

A file may come from anywhere: it is read piece by piece, so that the interpreter is never held for long
by one call and the window goes on answering, and what is too much to be drawn on is thinned out.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.jsonl import LOOKS_LIKE, drawing_line, lines_of, not_drawings
from cnn_studio.core.drawing.preprocessing import FARTHEST
from cnn_studio.core.drawing.stroke_model import Strokes

MOST_DRAWINGS = 5000
MOST_STROKES = 500
MOST_STROKES_READ = 20_000
MOST_POINTS = 4000
"""What a drawing is thinned to: a digit has about 100 points, and the network sees 28 x 28 pixels."""
MOST_POINTS_TOGETHER = 500_000
"""Of all drawings: as Python's numbers they take 60 MB and half a second to make."""
GRID = 1024
"""Points of a drawing with too many that share a cell of so many a side are taken as one, in a row."""
BOX = 0.7
"""Share of the canvas's side that a drawing of unknown scale fills."""
PIECE_BYTES = 2**16
SIDE = 1000
"""Units of a saved drawing's side; three decimals are kept of each."""

Points = NDArray[np.float64]


class ImportedDrawing(msgspec.Struct, frozen=True):
    """One drawing on the unit square.

    Attributes:
        strokes: As `core.drawing.stroke_model` holds them.
        label: What the file says it shows; empty where it says nothing.
    """

    strokes: Strokes
    label: str = ""


class ImportedDrawings(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        name: Of the file.
        drawings: At least one.
        more: Whether the file has more drawings than are shown.
        thinned: The number of points of the largest drawing that was thinned out; 0 for none.
        left_out: The number of points that were no finite numbers or beyond any canvas.
        blank: The number of drawings without a point.
    """

    name: str
    drawings: tuple[ImportedDrawing, ...]
    more: bool = False
    thinned: int = 0
    left_out: int = 0
    blank: int = 0


class _Line(msgspec.Struct):
    strokes: msgspec.Raw
    label: str | int | None = None
    side: float | None = None


def read_imported_drawings(path: Path) -> ImportedDrawings:
    """Read a file of drawings.

    Raises:
        StudioError: If it cannot be read, is not a file of drawings, or holds none.
    """
    try:
        with path.open("rb") as file:
            return _read_drawings(file, path.name)
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", f"{error}.", "Check the file's name.") from error


def imported_drawings_of(content: bytes, name: str) -> ImportedDrawings:
    """Read drawings from a text; errors as in `read_imported_drawings`."""
    return _read_drawings(io.BytesIO(content), name)


def line_of(strokes: Strokes, label: str | None) -> str:
    """Return the line that brings a drawing back to where it is."""
    scale = np.array([SIDE, SIDE, 1.0])
    arrays = [np.array(stroke, np.float64) for stroke in strokes]
    return drawing_line([array * scale[: array.shape[1]] for array in arrays], label, SIDE)


def _read_drawings(file: BinaryIO, name: str) -> ImportedDrawings:
    drawings: list[ImportedDrawing] = []
    thinned = left_out = blank = kept = 0
    more = False
    for number, line in lines_of(file, name):
        if len(drawings) == MOST_DRAWINGS or kept >= MOST_POINTS_TOGETHER:
            more = True
            break
        try:
            read = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=_Line)
            raws = msgspec.json.decode(read.strokes, type=list[msgspec.Raw])
            strokes = [_points(bytes(raw)) for raw in raws[:: 1 + len(raws) // MOST_STROKES_READ]]
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise not_drawings(name, number, error) from error
        drawn, lost = _finite(strokes)
        left_out += lost
        if not drawn:
            blank += 1
            continue
        placed = _placed(drawn, read.side)
        total = sum(map(len, placed))
        if total > MOST_POINTS or len(placed) > MOST_STROKES:
            placed, thinned = thin(placed), max(thinned, total, len(raws))
        kept += sum(map(len, placed))
        label = "" if read.label is None else str(read.label)
        drawings.append(
            ImportedDrawing(tuple(tuple(map(tuple, points.tolist())) for points in placed), label)
        )
    if not drawings:
        why = "It is empty." if not blank else "None of its drawings has a point that can be shown."
        raise StudioError(f"{name} contains no drawings.", why, LOOKS_LIKE)
    return ImportedDrawings(name, tuple(drawings), more, thinned, left_out, blank)


def _points(raw: bytes) -> Points:
    """Return (points, 2) or, with a pressure from 0 to 1 for every point, (points, 3)."""
    text = raw.strip()
    if len(text) <= PIECE_BYTES:
        return _piece(text)
    parts, start = [], 1  # past the bracket that opens the stroke
    while start < len(text) - 1:
        end = text.find(b"]", start + PIECE_BYTES)
        end = len(text) - 1 if end < 0 or end >= len(text) - 2 else end + 1
        content = text[start:end].strip(b" \t\r\n,")
        if content:
            parts.append(_piece(b"[" + content + b"]"))
        start = end
    width = min(part.shape[1] for part in parts)
    return np.concatenate([part[:, :width] for part in parts])


def _piece(text: bytes) -> Points:
    points = msgspec.json.decode(text, type=list[tuple[float, ...]])
    narrowest = min(map(len, points), default=2)
    if narrowest < 2:
        raise ValueError("a point needs x and y")
    width = min(narrowest, 3)
    array = np.array([point[:width] for point in points], np.float64).reshape(-1, width)
    pressed = width == 3 and bool(((array[:, 2] >= 0) & (array[:, 2] <= 1)).all())
    return array if pressed else array[:, :2]


def _finite(strokes: list[Points]) -> tuple[list[Points], int]:
    """Return the strokes without points that lie on no canvas, and the number of those."""
    kept = [points[(np.abs(points[:, :2]) < FARTHEST).all(axis=1)] for points in strokes]
    return [points for points in kept if len(points)], sum(map(len, strokes)) - sum(map(len, kept))


def _placed(strokes: list[Points], side: float | None) -> list[Points]:
    """Return the strokes on the unit square: where they were, or else as large as is good."""
    low = np.min([points[:, :2].min(axis=0) for points in strokes], axis=0)
    high = np.max([points[:, :2].max(axis=0) for points in strokes], axis=0)
    if side is not None and side > 0 and min(low / side) >= -1 and max(high / side) <= 2:
        scale, shift = 1 / side, np.zeros(2)
    else:
        extent = float(max(high - low))
        scale = BOX / extent if extent > 1 / FARTHEST else 0.0
        shift = 0.5 - (low + high) / 2 * scale
    return [np.column_stack([points[:, :2] * scale + shift, points[:, 2:]]) for points in strokes]


def thin(strokes: list[Points], most_points: int = MOST_POINTS) -> list[Points]:
    """Return a drawing that looks the same with fewer points, and at last one that has few enough."""
    if len(strokes) > MOST_STROKES:
        strokes = strokes[:: -(-len(strokes) // MOST_STROKES)]
    fewer = []
    for points in strokes:
        cells = np.round(points[:, :2] * GRID)
        moved = np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)])
        fewer.append(points[moved])
    total = sum(map(len, fewer))
    if total <= most_points:
        return fewer
    step = -(-total // max(1, most_points - len(fewer)))
    return [np.concatenate([points[:-1:step], points[-1:]]) for points in fewer]
