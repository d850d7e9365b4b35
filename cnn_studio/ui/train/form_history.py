"""What was changed in the form of a training, to be taken back and made again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.recipes.recipe import Recipe

SECTIONS = ("training", "optimizer", "schedule", "early_stopping", "split", "loss", "pen_digits", "leave_out")


@dataclass(frozen=True)
class _Change:
    """One section of a recipe, before and after; `field` is the field in it that was changed."""

    section: str
    field: str
    before: Any
    after: Any


class FormHistory:
    """Keeps changes of single sections, so that what other tabs changed meanwhile stays.

    What is typed into one field, keystroke by keystroke, is one change.
    """

    def __init__(self) -> None:
        self._changes: UndoStack[_Change] = UndoStack()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._changes.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        return self._changes.can_redo

    def note(self, before: Recipe, after: Recipe) -> None:
        """Remember a change."""
        for section in SECTIONS:
            old, new = getattr(before, section), getattr(after, section)
            if old != new:
                self._changes.push(_Change(section, _place(old, new), old, new), _typed_on)
        self._changes.forget_undone()

    def undo(self, recipe: Recipe) -> Recipe:
        """Return the recipe without the last change."""
        change = self._changes.undo()
        return msgspec.structs.replace(recipe, **{change.section: change.before})

    def redo(self, recipe: Recipe) -> Recipe:
        """Return the recipe with the change that was taken back last."""
        change = self._changes.redo()
        return msgspec.structs.replace(recipe, **{change.section: change.after})

    def clear(self) -> None:
        """Forget everything: another recipe was chosen."""
        self._changes.clear()


def _typed_on(last: _Change, change: _Change) -> _Change | None:
    """Return both as one change where they are of the same field."""
    if (last.section, last.field) != (change.section, change.field):
        return None
    return replace(change, before=last.before)


def _place(old: Any, new: Any) -> str:
    """Return the name of the field that differs; of another kind, both kinds."""
    if type(old) is not type(new):
        return f"{type(old).__name__} {type(new).__name__}"
    if not isinstance(old, msgspec.Struct):
        return ""
    return next(name for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name))
