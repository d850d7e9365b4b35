"""Saying what the drawing on the pad shows, and saving it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.collection import Collection, LabeledDrawing
from cnn_studio.core.drawing.drawing_import import SIDE
from cnn_studio.core.drawing.labeled_drawing import labeled_drawing
from cnn_studio.core.drawing.stroke_model import Strokes
from cnn_studio.inference.classifier import Answer

Outcome = Literal["added", "relabeled", "unchanged"]


class Kept(msgspec.Struct, frozen=True):
    """A drawing that was kept, and whether it is new, has another label now, or had it already."""

    drawing: LabeledDrawing
    outcome: Outcome


class Correction(QObject):
    """Keeps drawings, each once.

    Another label for the same ink relabels what was kept; a drawing that was drawn on, or from which strokes
    were taken back, replaces what it was.

    Signals:
        kept: A `Kept`.
        failed: The `StudioError` of one that could not be kept.
    """

    kept = Signal(object)
    failed = Signal(object)

    def __init__(self, collection: Collection, parent: QObject) -> None:
        super().__init__(parent)
        self._collection = collection
        self._ids: dict[Strokes, str] = {}

    def keep(
        self, strokes: Strokes, label: str, classes: Sequence[str], answer: Answer | None = None
    ) -> None:
        """Keep a drawing.

        Args:
            strokes: On the unit square, as `core.drawing.stroke_model` holds them.
            label: The class it shows.
            classes: Of the model that answers.
            answer: What it answered.
        """
        try:
            kept = self._kept(strokes, label, classes, answer)
        except StudioError as error:
            self.failed.emit(error)
        else:
            self.kept.emit(kept)

    def drawing_of(self, strokes: Strokes) -> LabeledDrawing | None:
        """Return what this very ink is kept as, if it is."""
        id = self._ids.get(strokes)
        return None if id is None else self._collection.find(id)

    def recognize(self, drawing: LabeledDrawing) -> Strokes:
        """Return a kept drawing as the pad shows it; from now on that ink is known to be kept."""
        strokes = unit_strokes(drawing)
        self._ids[strokes] = drawing.id
        return strokes

    def _kept(self, strokes: Strokes, label: str, classes: Sequence[str], answer: Answer | None) -> Kept:
        known = self.drawing_of(strokes)
        if known is not None:
            self._collection.relabel(known.id, label)
            relabeled = self._collection.find(known.id) or known
            return Kept(relabeled, "unchanged" if known.label == label else "relabeled")
        answered = None if answer is None else classes[answer.index]
        drawing = labeled_drawing(
            [
                [(round(SIDE * x, 3), round(SIDE * y, 3), *pressure) for x, y, *pressure in stroke]
                for stroke in strokes
            ],
            label,
            side=SIDE,
            classes=classes,
            answered=answered,
            confidence=None if answer is None else answer.confidence,
            origin="added" if answered in (None, label) else "corrected",
        )
        begun = self._begun(strokes)
        if begun is None:
            self._collection.take([drawing])
        else:
            self._collection.replace(begun.id, drawing)
        self._ids[strokes] = drawing.id
        return Kept(drawing, "added")

    def _begun(self, strokes: Strokes) -> LabeledDrawing | None:
        """Return what was kept of this drawing with more strokes or fewer: it is not to count twice."""
        same = (id for ink, id in self._ids.items() if ink[:1] == strokes[:1])
        return next((drawing for drawing in map(self._collection.find, same) if drawing is not None), None)


def unit_strokes(drawing: LabeledDrawing) -> Strokes:
    """Return a drawing on the unit square; a third column stays where it can be a pressure."""
    strokes = []
    for stroke in drawing.strokes:
        pressed = all(len(point) > 2 and 0 <= point[2] <= 1 for point in stroke)
        strokes.append(
            tuple(
                (point[0] / drawing.side, point[1] / drawing.side, *(point[2:3] if pressed else ()))
                for point in stroke
            )
        )
    return tuple(strokes)
