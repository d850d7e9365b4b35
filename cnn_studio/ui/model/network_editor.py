"""The network that is being made: its layers, what they come to, which one is selected, kept on disk."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.core.network.layer_draft import LayerDraft, Layers, layer_at, new_layer
from cnn_studio.core.network.layers import AnyLayer, Block
from cnn_studio.core.network.network import Network, Path, checked, with_classes
from cnn_studio.core.recipes.presets import find_recipe, preset_names
from cnn_studio.core.recipes.recipe import Recipe, Training, load_recipe, save_recipe
from cnn_studio.ui.model.layer_rows import LayerListRow, rows_of
from cnn_studio.ui.services.background_task import BackgroundTask

log = logging.getLogger(__name__)

SAVE_AFTER_MS = 400
"""Of rest, before the network is written to disk."""


class NetworkEditor(QObject):
    """Holds one network; the list, the form and the diagram show it and change it through this.

    Attributes:
        base: The preset or opened recipe that the layers came from, as it was.
        network: The table of the layers as far as they fit.
        rows: What the list shows.
        selection: Where the selected layer stands; None while there is none.

    Signals:
        changed: The layers, the data or what is folded are different.
        selected: Another layer is selected.
        taken: A person chose another recipe here.
    """

    changed = Signal()
    taken = Signal()
    selected = Signal()

    def __init__(self, base: Recipe, info: DatasetInfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.base, self.info = base, info
        self._draft = LayerDraft(with_classes(base.layers, len(info.classes)))
        self._bases: dict[Layers, Recipe] = {self._draft.layers: base}
        self._folded: set[Path] = set()
        self._own = False
        self.selection: Path | None = (0,) if base.layers else None
        self._saver = BackgroundTask(lambda _: None, lambda error: log.warning("%s", error), self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SAVE_AFTER_MS)
        self._rest.timeout.connect(self._save)
        self._compute()

    @property
    def layers(self) -> Layers:
        """The layers as they are now."""
        return self._draft.layers

    @property
    def edited(self) -> bool:
        """Whether the layers are others than the recipe's they came from, but for the number of classes.

        Layers of a person's own recipe that were kept from an earlier launch count as edited: no file may
        have them.
        """
        return self._own or self.layers != with_classes(self.base.layers, len(self.info.classes))

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._draft.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back."""
        return self._draft.can_redo

    @property
    def selected_row(self) -> LayerListRow | None:
        """The selected layer's row."""
        return next((row for row in self.rows if row.path == self.selection), None)

    def recipe(self) -> Recipe:
        """Return the recipe with the layers as they are now."""
        return msgspec.structs.replace(self.base, layers=self.layers, dataset=self.info.name)

    def select(self, path: Path | None) -> None:
        """Select a layer; the blocks around it are opened."""
        if path == self.selection:
            return
        self.selection = path
        around = {path[:depth] for depth in range(1, len(path))} & self._folded if path else set()
        if around:
            self._folded -= around
            self._compute()
            self.changed.emit()
        self.selected.emit()

    def fold(self, path: Path, folded: bool) -> None:
        """Hide or show the layers of a block; a selection inside goes to the block."""
        (self._folded.add if folded else self._folded.discard)(path)
        if (
            folded
            and self.selection
            and len(self.selection) > len(path)
            and self.selection[: len(path)] == path
        ):
            self.selection = path
            self.selected.emit()
        self._compute()
        self.changed.emit()

    def add(self, kind: type[AnyLayer]) -> None:
        """Put a new layer behind the selected one, or into the selected block if that is open and empty."""
        path = self._behind_selection()
        self._draft.insert(path, new_layer(kind))
        self._changed(path)

    def _behind_selection(self) -> Path:
        if self.selection is None:
            return (len(self.layers),)
        there = layer_at(self.layers, self.selection)
        if isinstance(there, Block) and not there.layers:
            return (*self.selection, 0)
        return (*self.selection[:-1], self.selection[-1] + 1)

    def remove(self, paths: Sequence[Path]) -> None:
        """Take layers out; what stood behind the first of them is selected then."""
        if not paths:
            return
        outer = [path for path in paths if not any(path[:n] in paths for n in range(1, len(path)))]
        self._draft.remove(outer)
        self._changed(min(outer))

    def duplicate(self) -> None:
        """Put a copy behind the selected layer and select it."""
        if self.selection is not None:
            self._changed(self._draft.duplicate(self.selection))

    def move(self, path: Path, to: Path) -> None:
        """Put a layer before what stands at `to`.

        Raises:
            StudioError: If a block would be put into itself.
        """
        if to not in (path, (*path[:-1], path[-1] + 1)):
            self._changed(self._draft.move(path, to))

    def move_up(self) -> None:
        """Put the selected layer one step up: past a layer, into an open block or out of its own."""
        path = self.selection
        if path is None:
            return
        if path[-1] > 0:
            before = (*path[:-1], path[-1] - 1)
            there = layer_at(self.layers, before)
            opened = isinstance(there, Block) and before not in self._folded
            self.move(path, (*before, len(there.layers)) if opened else before)  # type: ignore[union-attr]
        elif len(path) > 1:
            self.move(path, path[:-1])

    def move_down(self) -> None:
        """Put the selected layer one step down, likewise."""
        path = self.selection
        if path is None:
            return
        siblings = layer_at(self.layers, path[:-1]).layers if len(path) > 1 else self.layers  # type: ignore[union-attr]
        if path[-1] + 1 < len(siblings):
            behind = (*path[:-1], path[-1] + 1)
            opened = isinstance(siblings[path[-1] + 1], Block) and behind not in self._folded
            self.move(path, (*behind, 0) if opened else (*path[:-1], path[-1] + 2))
        elif len(path) > 1:
            self.move(path, (*path[:-2], path[-2] + 1))

    def change(self, path: Path, field: str, value: Any) -> None:
        """Give a field of a layer another value.

        Raises:
            StudioError: If the value is not within the field's limits.
        """
        self._draft.change(path, field, value)
        self._changed(self.selection)

    def undo(self) -> None:
        """Take back the last change."""
        self._draft.undo()
        self._return()

    def redo(self) -> None:
        """Make it again."""
        self._draft.redo()
        self._return()

    def _return(self) -> None:
        """Show layers that were there before, under the recipe they had then."""
        self.base = msgspec.structs.replace(
            self._bases.get(self.layers, self.base), training=self.base.training
        )
        self._changed(self.selection)

    def take(self, base: Recipe, followed: bool = False) -> None:
        """Take a preset or an opened recipe; undo brings the old layers back.

        Args:
            base: The recipe.
            followed: Whether another tab chose it.
        """
        self.base, self._own = base, False
        if self.info.name in REGISTRY and base.dataset in REGISTRY:  # a person's own data stay chosen
            self.info = REGISTRY[base.dataset]
        self._draft.replace(with_classes(base.layers, len(self.info.classes)))
        self._folded.clear()
        self._changed((0,))
        if not followed:
            self.taken.emit()

    def resume(self, base: Recipe, layers: Layers) -> None:
        """Go on with the layers that were kept; there is nothing to undo yet."""
        self.base, self._draft = base, LayerDraft(layers)
        self._own = base.name not in preset_names()
        self._bases = {layers: base}
        if self.info.name in REGISTRY and base.dataset in REGISTRY:
            self.info = REGISTRY[base.dataset]
        self.selection = (0,) if layers else None
        self._compute()

    def use_training(self, training: Training) -> None:
        """Take another batch size and the like for the same network."""
        self.base = msgspec.structs.replace(self.base, training=training)
        self.changed.emit()

    def use_data(self, info: DatasetInfo) -> None:
        """Check the layers against other data; an unedited network follows their number of classes."""
        edited, self.info = self.edited, info
        if not edited:
            self._draft.replace(with_classes(self.base.layers, len(info.classes)))
        self._changed(self.selection)

    def _changed(self, selection: Path | None) -> None:
        self._folded = {path for path in self._folded if _is_block(self.layers, path)}
        before, self.selection = self.selection, _nearest(self.layers, selection)
        self._bases[self.layers] = self.base
        self._compute()
        self._rest.start()
        self.changed.emit()
        if before != self.selection:
            self.selected.emit()

    def _compute(self) -> None:
        self.network: Network = checked(self.layers, self.info.image_shape, len(self.info.classes))
        self.rows: list[LayerListRow] = rows_of(self.layers, self.network, self._folded)

    def _save(self) -> None:
        recipe, path = self.recipe(), draft_file()
        self._saver.ask(lambda: save_recipe(recipe, path))

    def save_now(self) -> None:
        """Write what has not been written yet: the window is closing."""
        if self._rest.isActive():
            self._rest.stop()
            try:
                save_recipe(self.recipe(), draft_file())
            except OSError as error:
                log.warning("The network could not be saved: %s", error)


def draft_file() -> FilePath:
    """Return the file a network that is being made is kept in between two launches."""
    return home() / "draft.toml"


def kept_draft() -> tuple[Recipe, Layers] | None:
    """Return the recipe that the kept network was made from, and its layers; None if there is none."""
    if not draft_file().is_file():
        return None
    try:
        kept = load_recipe(draft_file())
    except StudioError as error:
        log.info("The saved network could not be read: %s", error)
        return None
    origin = find_recipe(kept.name) if kept.name in preset_names() else kept
    base = msgspec.structs.replace(origin, dataset=kept.dataset, training=kept.training)
    return base, kept.layers


def _is_block(layers: Layers, path: Path) -> bool:
    try:
        return isinstance(layer_at(layers, path), Block)
    except (IndexError, AssertionError):
        return False


def _nearest(layers: Layers, path: Path | None) -> Path | None:
    """Return the path that exists and is nearest to the one given."""
    if not layers:
        return None
    if path is None:
        return (0,)
    found: Path = ()
    for index in path:
        if not layers:
            return found
        index = min(index, len(layers) - 1)
        found = (*found, index)
        there = layers[index]
        if not isinstance(there, Block):
            return found
        layers = there.layers
    return found
