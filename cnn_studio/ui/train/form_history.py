"""What was changed in the form of a training, to be taken back and made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from cnn_studio.core.recipes.recipe import Recipe

SECTIONS = ("training", "optimizer", "schedule", "early_stopping", "split", "loss", "pen_digits", "leave_out")


@dataclass(frozen=True)
class _Change:
    """One section of a recipe, before and after; `place` is the field in it that was changed."""

    section: str
    place: str
    before: Any
    after: Any


class FormHistory:
    """Keeps changes of single sections, so that what other tabs changed meanwhile stays.

    What is typed into one field, keystroke by keystroke, is one change.
    """

    def __init__(self) -> None:
        self._done: list[_Change] = []
        self._undone: list[_Change] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        return bool(self._undone)

    def note(self, before: Recipe, after: Recipe) -> None:
        """Remember a change."""
        for section in SECTIONS:
            old, new = getattr(before, section), getattr(after, section)
            if old == new:
                continue
            place = _place(old, new)
            last = self._done[-1] if self._done and not self._undone else None
            if last is not None and (last.section, last.place) == (section, place):
                self._done[-1] = _Change(section, place, last.before, new)
            else:
                self._done.append(_Change(section, place, old, new))
        self._undone.clear()

    def undo(self, recipe: Recipe) -> Recipe:
        """Return the recipe without the last change."""
        change = self._done.pop()
        self._undone.append(change)
        return msgspec.structs.replace(recipe, **{change.section: change.before})

    def redo(self, recipe: Recipe) -> Recipe:
        """Return the recipe with the change that was taken back last."""
        change = self._undone.pop()
        self._done.append(change)
        return msgspec.structs.replace(recipe, **{change.section: change.after})

    def clear(self) -> None:
        """Forget everything: another recipe was chosen."""
        self._done.clear()
        self._undone.clear()


def _place(old: Any, new: Any) -> str:
    """Return the name of the field that differs; of another kind, both kinds."""
    if type(old) is not type(new):
        return f"{type(old).__name__} {type(new).__name__}"
    if not isinstance(old, msgspec.Struct):
        return ""
    return next(name for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name))
