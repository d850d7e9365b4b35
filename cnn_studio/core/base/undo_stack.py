"""Changes that can be taken back and made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Change = TypeVar("Change")


class UndoStack(Generic[Change]):
    """Changes in the order they were made, and how many of them hold now.

    What a change is, and how it is taken back, is its owner's: a state before and one after, a function, the
    rows that were removed.

    Args:
        limit: How many changes are kept at most, the oldest forgotten first; all of them by default.
        redoable: Whether a change that was taken back is kept, to be made again.
    """

    def __init__(self, *, limit: int | None = None, redoable: bool = True) -> None:
        self._limit, self._redoable = limit, redoable
        self._changes: list[Change] = []
        self._made = 0

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._made > 0

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back that can be made again."""
        return self._made < len(self._changes)

    @property
    def made(self) -> tuple[Change, ...]:
        """The changes that hold now, oldest first."""
        return tuple(self._changes[: self._made])

    @property
    def last(self) -> Change | None:
        """The change that `undo` takes back; None where there is none."""
        return self._changes[self._made - 1] if self._made else None

    def push(self, change: Change, merge: Callable[[Change, Change], Change | None] | None = None) -> None:
        """Keep a change that was made; what was taken back before cannot be made again.

        Args:
            change: The change.
            merge: Makes one change of the last one and this one, as of two keystrokes in a field, or returns
                None where they stay two. It is not asked when something was taken back since the last one.
        """
        if merge is not None and self.can_undo and not self.can_redo:
            merged = merge(self._changes[-1], change)
            if merged is not None:
                self._changes[-1] = merged
                return
        self.forget_undone()
        self._changes.append(change)
        if self._limit is not None:
            del self._changes[: -self._limit]
        self._made = len(self._changes)

    def undo(self) -> Change:
        """Return the last change, which its owner takes back.

        Raises:
            IndexError: If there is none.
        """
        if not self.can_undo:
            raise IndexError("There is no change to take back.")
        self._made -= 1
        change = self._changes[self._made]
        if not self._redoable:
            self.forget_undone()
        return change

    def redo(self) -> Change:
        """Return the change that was taken back last, which its owner makes again.

        Raises:
            IndexError: If there is none.
        """
        if not self.can_redo:
            raise IndexError("No change was taken back.")
        self._made += 1
        return self._changes[self._made - 1]

    def forget_undone(self) -> None:
        """Let what was taken back not be made again."""
        del self._changes[self._made :]

    def clear(self) -> None:
        """Forget every change."""
        self._changes.clear()
        self._made = 0
