"""A list of layers while a person shapes it: positions, changes, undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.network.layers import AnyLayer, Block
from cnn_studio.core.network.layers.layer_fields import fields_of
from cnn_studio.core.network.network import Path

Layers = tuple[AnyLayer, ...]
NEW_VALUES: dict[str, Any] = {"filters": 32, "units": 10, "name": "block", "layers": ()}
"""Of a new layer, for what has no default."""


def layer_at(layers: Layers, path: Path) -> AnyLayer:
    """Return the layer that stands there."""
    layer = layers[path[0]]
    if len(path) == 1:
        return layer
    assert isinstance(layer, Block)
    return layer_at(layer.layers, path[1:])


def new_layer(kind: type[AnyLayer]) -> AnyLayer:
    """Return a layer with Keras's defaults, and usual values for what has none."""
    names = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return kind(**{name: NEW_VALUES[name] for name in names})


def changed(layer: AnyLayer, field: str, value: Any) -> AnyLayer:
    """Return the layer with another value in one field.

    Raises:
        StudioError: If the value is not within the field's limits, as a recipe is held to them.
    """
    content = msgspec.to_builtins(layer)
    content[field] = msgspec.to_builtins(value)
    try:
        made: AnyLayer = msgspec.convert(content, AnyLayer)
    except msgspec.ValidationError as error:
        text = str(error).partition(" - at")[0]
        (known,) = (one for one in fields_of(type(layer)) if one.name == field)
        raise StudioError(
            f"{layer.describe()} was not changed.",
            f"“{field}”: {text[0].lower()}{text[1:]}, received {value!r}.",
            known.help,
        ) from error
    return made


class LayerDraft:
    """Layers with a history; every change makes a new list, so that undo is exact.

    Args:
        layers: What to begin with.
    """

    def __init__(self, layers: Sequence[AnyLayer]) -> None:
        self._layers: Layers = tuple(layers)
        self._steps: UndoStack[tuple[Layers, Layers]] = UndoStack()
        """The layers before and after each."""
        self._typed: tuple[Path, str] | None = None

    @property
    def layers(self) -> Layers:
        """The layers as they are now."""
        return self._layers

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._steps.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        return self._steps.can_redo

    def undo(self) -> None:
        """Take back the last change."""
        self._typed = None
        if self.can_undo:
            self._layers, _ = self._steps.undo()

    def redo(self) -> None:
        """Make the change again that was taken back."""
        self._typed = None
        if self.can_redo:
            _, self._layers = self._steps.redo()

    def insert(self, path: Path, layer: AnyLayer) -> Path:
        """Put a layer before what stands at `path`, or at the end of that list; return where it stands."""
        self._take(_spliced(self.layers, path, 0, (layer,)))
        return path

    def remove(self, paths: Sequence[Path]) -> None:
        """Take layers out, in one step."""
        layers = self.layers
        for path in sorted(set(paths), reverse=True):  # from the end, so that the positions before stay
            layers = _spliced(layers, path, 1, ())
        self._take(layers)

    def duplicate(self, path: Path) -> Path:
        """Put a copy behind a layer; its name is left to be made anew. Return where the copy stands."""
        layer = layer_at(self.layers, path)
        copy = layer if isinstance(layer, Block) else msgspec.structs.replace(layer, name="")
        behind = (*path[:-1], path[-1] + 1)
        return self.insert(behind, copy)

    def move(self, path: Path, to: Path) -> Path:
        """Put a layer before what stands at `to` (as the list is now); return where it stands then.

        Raises:
            StudioError: If a block would be put into itself.
        """
        if to[: len(path)] == path and len(to) > len(path):
            raise StudioError(
                "The block was not moved.", "It would be inside itself.", "Choose a position outside it."
            )
        layer = layer_at(self.layers, path)
        taken = _spliced(self.layers, path, 1, ())
        depth = len(path) - 1
        if len(to) > depth and to[:depth] == path[:depth] and to[depth] > path[depth]:
            to = (*to[:depth], to[depth] - 1, *to[depth + 1 :])
        self._take(_spliced(taken, to, 0, (layer,)))
        return to

    def change(self, path: Path, field: str, value: Any) -> None:
        """Give a field of a layer another value; what is typed into one field is one step to take back.

        Raises:
            StudioError: If the value is not within the field's limits.
        """
        layer = changed(layer_at(self.layers, path), field, value)
        again = self._typed == (path, field) and not self.can_redo
        if again:
            self._layers, _ = self._steps.undo()
        layers = _spliced(self.layers, path, 1, (layer,))
        made = layers != self.layers  # typed as it is already, there is no step that could be typed on in
        self._take(layers)
        self._typed = (path, field) if made else None

    def replace(self, layers: Sequence[AnyLayer]) -> None:
        """Take other layers altogether, such as a preset's; undo brings the old ones back."""
        self._take(tuple(layers))

    def _take(self, layers: Layers) -> None:
        self._typed = None
        if layers != self.layers:
            self._steps.push((self._layers, layers))
            self._layers = layers


def _spliced(layers: Layers, path: Path, out: int, put: Layers) -> Layers:
    """Return the layers with some at a position taken out and others put there."""
    index = path[0]
    if len(path) == 1:
        return (*layers[:index], *put, *layers[index + out :])
    block = layers[index]
    assert isinstance(block, Block)
    inside = msgspec.structs.replace(block, layers=_spliced(block.layers, path[1:], out, put))
    return (*layers[:index], inside, *layers[index + 1 :])
