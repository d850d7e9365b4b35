"""A drawing that can be undone: strokes in a unit square, and every state it went through."""

from __future__ import annotations

import numpy as np

from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.drawing.eraser import Point, Points, cut
from cnn_studio.core.drawing.preprocessing import Stroke

Strokes = tuple[Points, ...]


class StrokeModel:
    """Strokes and their history. Coordinates are fractions of the canvas's side, y downwards.

    A point of a stroke that a pen with pressure drew has a third number, its pressure from 0 to 1.
    """

    def __init__(self) -> None:
        self._kept: Strokes = ()
        self._steps: UndoStack[tuple[Strokes, Strokes]] = UndoStack()
        """The strokes before and after each."""
        self._growing: list[Point] | None = None
        self._erased: Strokes | None = None
        self._converted: tuple[Strokes, list[Stroke]] = ((), [])

    @property
    def finished(self) -> Strokes:
        """The strokes without the growing one; what is left of them while the eraser is down."""
        return self._kept if self._erased is None else self._erased

    @property
    def strokes(self) -> list[Points]:
        """All strokes, the growing one last."""
        finished = list(self.finished)
        return [*finished, tuple(self._growing)] if self._growing else finished

    @property
    def growing(self) -> list[Point]:
        """The points of the stroke being drawn; to be read only."""
        return self._growing or []

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return not self._growing and not self.finished

    @property
    def drawing(self) -> bool:
        """Whether the pen is down."""
        return self._growing is not None

    @property
    def erasing(self) -> bool:
        """Whether the eraser is down."""
        return self._erased is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before this one."""
        return self._steps.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return self._steps.can_redo

    def arrays(self) -> list[Stroke]:
        """Return the strokes as (points, 2) arrays, as `core.drawing.preprocessing` takes them."""
        if self._converted[0] is not self.finished:
            self._converted = (self.finished, arrays_of(self.finished))
        grown = arrays_of((tuple(self._growing),)) if self._growing else []
        return [*self._converted[1], *grown]

    def begin(self, point: Point) -> None:
        """Put the pen down."""
        self.end()
        self._growing = [point]

    def extend(self, point: Point) -> None:
        """Move the pen; nothing happens while it is up."""
        if self._growing is not None:
            self._growing.append(point)

    def begin_erasing(self) -> None:
        """Put the eraser down: all that it takes away until `end` is one step of the history."""
        self.end()
        self._erased = self.finished

    def erase(self, here: Point, there: Point, radius: float, whole: bool = False) -> bool:
        """Take away what a round eraser touches on a straight way; nothing happens while it is up.

        Args:
            here: Where it came from.
            there: Where it is now.
            radius: A share of the sheet's side.
            whole: Take away every stroke it touches as a whole.

        Returns:
            Whether something was touched.
        """
        if self._erased is None:
            return False
        left: list[Points] = []
        for stroke in self._erased:
            pieces = cut(stroke, here, there, radius)
            left.extend((stroke,) if pieces is None else () if whole else pieces)
        changed = len(left) != len(self._erased) or any(
            after is not before for after, before in zip(left, self._erased, strict=True)
        )
        if changed:
            self._erased = tuple(left)
        return changed

    def end(self) -> None:
        """Lift the pen or the eraser: the gesture becomes one step of the history."""
        if self._growing:
            stroke, self._growing = tuple(self._growing), None
            self._push((*self.finished, stroke))
        if self._erased is not None:
            erased, self._erased = self._erased, None
            if erased is not self._kept:
                self._push(erased)

    def drop(self) -> None:
        """Forget the gesture under way."""
        self._growing = self._erased = None

    def clear(self) -> None:
        """Remove everything, as one step that can be undone."""
        self.replace(())

    def replace(self, strokes: Strokes) -> None:
        """Show other strokes, as one step that can be undone; a gesture under way is dropped."""
        self.drop()
        if strokes or self._kept:
            self._push(strokes)

    def undo(self) -> None:
        """Go back one step; a gesture under way is dropped first."""
        if self.drawing or self.erasing:
            self.drop()
        elif self.can_undo:
            self._kept, _ = self._steps.undo()

    def redo(self) -> None:
        """Take the last undone step again."""
        if self.can_redo:
            self.drop()
            _, self._kept = self._steps.redo()

    def _push(self, state: Strokes) -> None:
        self._steps.push((self._kept, state))
        self._kept = state


def arrays_of(strokes: Strokes) -> list[Stroke]:
    """Return strokes as (points, 2) arrays; further columns are left out."""
    return [np.array(stroke, np.float64).reshape(len(stroke), -1)[:, :2] for stroke in strokes]


def first_points(strokes: Strokes, count: int) -> Strokes:
    """Return the strokes as they were when so many points had been drawn."""
    shown: list[Points] = []
    for stroke in strokes:
        if count <= 0:
            break
        shown.append(stroke[:count])
        count -= len(stroke)
    return tuple(shown)
