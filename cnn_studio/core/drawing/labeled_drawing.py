"""A drawing that is kept: what was drawn, what it shows, and what a model had answered."""

from __future__ import annotations

import datetime
import math
import secrets
from collections.abc import Sequence
from itertools import chain
from typing import Literal, Required, TypedDict, Unpack

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.preprocessing import FARTHEST, Stroke

Origin = Literal["corrected", "score", "added"]
"""The model was wrong and was corrected; drawn for a My-hand score; anything else a person added."""
StrokeLike = NDArray[np.float64] | Sequence[Sequence[float]]
"""(points, 2 or more): x, y, and further columns such as pressure."""


class LabeledDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing and what is known of it.

    Attributes:
        id: Unique, sortable by time.
        label: The class that the person says it shows.
        strokes: Points x, y and further columns (pressure from 0 to 1), y down, in units of the canvas.
        side: Of the canvas, in the same units.
        classes: Of the model that answered then.
        answered: The class that model answered; None where none did.
        confidence: Of that answer, calibrated, 0 to 1.
        origin: How it came here.
        session: The My-hand score session it belongs to, or empty.
        when: UTC, ISO 8601.
    """

    id: str
    label: str
    strokes: tuple[tuple[tuple[float, ...], ...], ...]
    side: float
    classes: tuple[str, ...]
    answered: str | None
    confidence: float | None
    origin: Origin
    session: str = ""
    when: str

    def arrays(self) -> list[Stroke]:
        """Return one (points, 2) array a stroke; further columns are left out."""
        return [np.array([point[:2] for point in stroke], np.float64) for stroke in self.strokes]


class Circumstances(TypedDict, total=False):
    """What is known of a drawing besides its strokes and label; see the attributes of `LabeledDrawing`."""

    side: Required[float]
    classes: Sequence[str]
    answered: str | None
    confidence: float | None
    origin: Origin
    session: str


def labeled_drawing(
    strokes: Sequence[StrokeLike], label: str, **known: Unpack[Circumstances]
) -> LabeledDrawing:
    """Return a drawing with an id and a time of its own; without an origin it was added.

    Raises:
        StudioError: If it has no point, a point that lies outside the canvas, no label or no size.
    """
    time, confidence = datetime.datetime.now(datetime.UTC), known.get("confidence")
    drawing = LabeledDrawing(
        id=f"{time:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}",
        label=label,
        strokes=tuple(
            tuple(tuple(map(float, point)) for point in stroke) for stroke in strokes if len(stroke)
        ),
        side=float(known["side"]),
        classes=tuple(known.get("classes", ())),
        answered=known.get("answered"),
        confidence=None if confidence is None else float(confidence),
        origin=known.get("origin", "added"),
        session=known.get("session", ""),
        when=time.isoformat(timespec="seconds"),
    )
    why = fault_of(drawing)
    if why:
        raise StudioError("The drawing was not kept.", f"{why}.", "Draw it again.")
    return drawing


def fault_of(drawing: LabeledDrawing) -> str:
    """Return why a drawing cannot be kept; empty where it can."""
    if not drawing.label:
        return "It has no label"
    if not 0 < drawing.side < FARTHEST:
        return f"Its canvas has the side {drawing.side}"
    if not any(drawing.strokes):
        return "It has no point"
    for stroke in drawing.strokes:
        if min(map(len, stroke), default=2) < 2:
            return "It has a point without x and y"
        numbers = list(chain.from_iterable(stroke))
        if not all(map(math.isfinite, numbers)) or max(map(abs, numbers), default=0.0) >= FARTHEST:
            return "It has a point that lies outside the canvas"
    return ""
