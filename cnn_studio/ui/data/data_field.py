"""The images to learn from: shipped, downloaded, or a person's own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.ui.data.data_menu import DataMenu
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.own_data import OWN, FoundData, downloaded, look_at, look_up
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import role

log = logging.getLogger(__name__)


class DataField(QObject):
    """The selector of the data, the button that opens others, and what is said of them.

    Nothing is chosen while the data that a recipe names are looked for, or where they cannot be found.

    Attributes:
        beside: The rows of data that were opened to be watched, not to be learned from.

    Signals:
        changed: Other data are chosen, or none.
        failed: A `StudioError` to be shown, or None when the last one is fixed.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._infos: dict[str, DatasetInfo] = dict(REGISTRY)
        self._found: dict[str, FoundData] = {}
        self.beside: dict[str, DatasetInfo] = {}
        self._refused = False
        self._reader = BackgroundTask(self._take, self._refuse, self)
        self._finder = BackgroundTask(self._take, self._refuse, self)
        self._lister = BackgroundTask(self._list, lambda error: log.warning("%s", error), self)
        self.selector = QComboBox()
        self.selector.setObjectName("datasetSelector")
        for info in REGISTRY.values():
            self.selector.addItem(info.title, info.name)
        self.open_button = QPushButton(self.tr("Open data …"))
        self.open_button.setObjectName("openDataButton")
        self.open_button.setToolTip(
            self.tr("Your own images: a folder per class, an archive of one, IDX, NPZ or CSV")
        )
        role(self.open_button, "link")
        DataMenu(self.open_button, parent).chosen.connect(self.open)
        self.note = label("", "caption")
        self.note.setObjectName("dataNote")
        self.note.hide()
        self.swap = QCheckBox(self.tr("Swap dark and bright"))
        self.swap.setObjectName("swapCheck")
        self.swap.setToolTip(
            self.tr("Read your images inverted: drawings are bright on black, scans of ink dark on white")
        )
        self.swap.hide()
        self.swap.clicked.connect(self._swap)
        self.selector.currentIndexChanged.connect(self._describe)
        self.selector.activated.connect(self._stop_looking)

    def info(self) -> DatasetInfo | None:
        """Return the chosen data set's row; None while none is chosen."""
        return self._infos.get(self.selector.currentData() or "")

    def known(self) -> tuple[DatasetInfo, ...]:
        """Return the rows of all data that can be chosen, in the selector's order."""
        return tuple(self._infos[self.selector.itemData(row)] for row in range(self.selector.count()))

    def want(self, name: str) -> None:
        """Choose the data a recipe names; unknown ones are looked for off the GUI thread."""
        self._finder.forget()
        index = self.selector.findData(name)
        if index < 0:
            self.selector.setPlaceholderText(self.tr("Looking for {name} …").format(name=name))
            self._finder.ask(lambda: look_up(name))
        else:
            self._clear_error()
        self.selector.setCurrentIndex(index)

    def list_downloaded(self) -> None:
        """Add what was downloaded meanwhile to the selector."""
        self._lister.ask(downloaded)

    def open(self, path: Path) -> None:
        """Read a person's own data off the GUI thread, and choose them; what was found is said below."""
        self._read(path.name, lambda: look_at(path))

    def _read(self, name: str, work: Callable[[], FoundData]) -> None:
        self.note.setText(self.tr("Reading {name} …").format(name=name))
        self.note.show()
        self._reader.ask(work)

    def _swap(self, wanted: bool) -> None:
        info = self.info()
        if info is not None:
            self._read(info.title, lambda: look_up(info.name, wanted))

    def _stop_looking(self) -> None:
        """A person chose something: what is still looked for must not replace it."""
        self._finder.forget()
        self._clear_error()

    def _clear_error(self) -> None:
        if self._refused:
            self._refused = False
            self.failed.emit(None)

    def _add(self, info: DatasetInfo, inverted: bool = False) -> int:
        self._infos[info.name] = info
        index = self.selector.findData(info.name)
        if index < 0:
            title = self.tr("{title}, swapped").format(title=info.title) if inverted else info.title
            with QSignalBlocker(self.selector):  # the first row of an empty choice would choose itself
                before = self.selector.currentIndex()
                self.selector.addItem(title, info.name)
                self.selector.setCurrentIndex(before)
            index = self.selector.count() - 1
        return index

    def _list(self, infos: list[DatasetInfo]) -> None:
        for info in infos:
            self._add(info)

    def _take(self, found: FoundData) -> None:
        self._finder.forget()
        self._found[found.info.name] = found
        self.selector.setCurrentIndex(self._add(found.info, found.inverted))
        self._describe()
        self._refused = False
        self.failed.emit(None)

    def _refuse(self, error: StudioError) -> None:
        if self.selector.currentIndex() < 0:
            self.selector.setPlaceholderText(self.tr("Not found"))
        self._refused = True
        self._describe()
        self.failed.emit(error)

    def _describe(self) -> None:
        """Say what was found in the chosen data."""
        info = self.info()
        found = self._found.get(info.name) if info is not None else None
        self.note.setVisible(found is not None)
        self.swap.setVisible(info is not None and info.name.startswith(OWN))
        self.swap.setChecked(found is not None and found.inverted)
        if found is not None:
            height, width, channels = found.info.image_shape
            text = self.tr(
                "{train} training and {test} test images, {classes} classes, {height} × {width} × {channels}."
            )
            first = text.format(
                train=f"{found.info.train_size:,}",
                test=f"{found.info.test_size:,}",
                classes=len(found.info.classes),
                height=height,
                width=width,
                channels=channels,
            )
            self.note.setText("\n".join([first, *found.sentences]))
        self.changed.emit()

    def controls(self) -> tuple[QWidget, ...]:
        """Return what must not be changed while a training runs."""
        return self.selector, self.open_button, self.swap
