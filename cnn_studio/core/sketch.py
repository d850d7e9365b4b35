"""A drawing that can be undone: strokes in a unit square, and every state it went through."""

from __future__ import annotations

import numpy as np

from cnn_studio.core.ink import Stroke

Point = tuple[float, float]


class Sketch:
    """Strokes and their history. Coordinates are fractions of the canvas's side, y downwards."""

    def __init__(self) -> None:
        self._states: list[tuple[tuple[Point, ...], ...]] = [()]
        self._place = 0
        self._growing: list[Point] | None = None

    @property
    def strokes(self) -> list[tuple[Point, ...]]:
        """All strokes, the growing one last."""
        finished = list(self._states[self._place])
        return [*finished, tuple(self._growing)] if self._growing else finished

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return not self._growing and not self._states[self._place]

    @property
    def drawing(self) -> bool:
        """Whether the pen is down."""
        return self._growing is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before this one."""
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return self._place + 1 < len(self._states)

    def arrays(self) -> list[Stroke]:
        """Return the strokes as (points, 2) arrays, as `core.ink` takes them."""
        return [np.array(stroke, np.float64).reshape(-1, 2) for stroke in self.strokes]

    def begin(self, point: Point) -> None:
        """Put the pen down."""
        self._growing = [point]

    def extend(self, point: Point) -> None:
        """Move the pen; nothing happens while it is up."""
        if self._growing is not None:
            self._growing.append(point)

    def end(self) -> None:
        """Lift the pen: the stroke becomes one step of the history."""
        if self._growing:
            self._push((*self._states[self._place], tuple(self._growing)))
        self._growing = None

    def clear(self) -> None:
        """Remove everything, as one step that can be undone."""
        self._growing = None
        if self._states[self._place]:
            self._push(())

    def undo(self) -> None:
        """Go back one step; a growing stroke is dropped first."""
        if self._growing is not None:
            self._growing = None
        elif self.can_undo:
            self._place -= 1

    def redo(self) -> None:
        """Take the last undone step again."""
        if self.can_redo:
            self._place += 1

    def _push(self, state: tuple[tuple[Point, ...], ...]) -> None:
        del self._states[self._place + 1 :]
        self._states.append(state)
        self._place += 1
