"""Which data: the list, what is known of the chosen set, and fetching one that is not here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.data.dataset_list import DatasetEntry, DatasetList
from cnn_studio.ui.data.download_task import DownloadTask
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.own_data import OWN, downloadable, downloaded
from cnn_studio.ui.style.form_layout import heading, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

if TYPE_CHECKING:
    from cnn_studio.data.download_catalog import Item

log = logging.getLogger(__name__)

PANEL_PX = 296
MEBIBYTE = 2**20


class DatasetPanel(QFrame):
    """The left card of the Data tab.

    Signals:
        failed: A `StudioError` of a download, or None when another begins.
        absent: The row of a set that was picked and is not here; None when one that is here is.
    """

    failed = Signal(object)
    absent = Signal(object)

    def __init__(
        self, theme: Theme, field: DataField, open_button: QPushButton, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        role(self, "card")
        self.setFixedWidth(PANEL_PX)
        self._theme, self._field = theme, field
        self._here: list[DatasetInfo] = []
        self._catalog: dict[str, Item] = {}
        self._picked_absent = False
        self._lister = BackgroundTask(self._list, lambda error: log.warning("%s", error), self)
        self.downloading = DownloadTask(self)
        self.list = DatasetList(theme)
        self.title = label("", "figure")
        self.title.setWordWrap(True)
        self.facts = label("", "caption")
        self.facts.setObjectName("dataSetFacts")
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.download_button = QPushButton(self.tr("Download"))
        self.download_button.setObjectName("downloadButton")
        role(self.download_button, "primary")
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("cancelDownloadButton")
        self.progress = QProgressBar()
        self.progress.setObjectName("downloadProgress")
        self.progress.setAccessibleName(self.tr("Download"))
        self.progress.setTextVisible(False)
        self.amount = label("", "caption")
        self.amount.setObjectName("downloadAmount")
        self._lay_out(open_button)
        self.list.picked.connect(self._pick)
        self.download_button.clicked.connect(self._download)
        self.cancel_button.clicked.connect(self._cancel)
        self.downloading.progressed.connect(self._show_progress)
        self.downloading.ended.connect(self._take_download)
        self.downloading.failed.connect(self._fail)
        field.changed.connect(self.refresh)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def _lay_out(self, open_button: QPushButton) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP_PX, 2 * STEP_PX, STEP_PX, 2 * STEP_PX)
        column.setSpacing(STEP_PX)
        head = heading(self.tr("Data sets"), open_button)
        head.setContentsMargins(STEP_PX, 0, STEP_PX, 0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        below = QVBoxLayout()
        below.setContentsMargins(STEP_PX, 0, STEP_PX, 0)
        below.setSpacing(STEP_PX // 2)
        below.addWidget(self.title)
        below.addWidget(self.facts)
        below.addSpacing(STEP_PX // 2)
        below.addWidget(self.download_button)
        below.addWidget(self.amount)
        below.addWidget(self.progress)
        line = QHBoxLayout()
        line.addWidget(self.cancel_button)
        line.addStretch(1)
        below.addLayout(line)
        column.addLayout(below)

    def _paint_icons(self) -> None:
        self.download_button.setIcon(self._theme.icon("download", "on_accent"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._lister.ask(lambda: (downloaded(), downloadable()))

    def _list(self, found: tuple[list[DatasetInfo], dict[str, Item]]) -> None:
        self._here, self._catalog = found
        self._field.list_downloaded()
        self.refresh()

    def entries(self) -> list[DatasetEntry]:
        """Return the rows: those that can be chosen, then those that can be downloaded."""
        known = {info.name: info for info in (*self._field.known(), *self._here)}
        shipped = [DatasetEntry(known[name]) for name in REGISTRY]
        own = [DatasetEntry(info) for name, info in known.items() if name.startswith(OWN)]
        others = [DatasetEntry(item.info, name in known) for name, item in self._catalog.items()]
        return [
            *shipped,
            *own,
            *(entry for entry in others if entry.here),
            *(e for e in others if not e.here),
        ]

    def refresh(self) -> None:
        """Show the chosen data set, unless a person is at one that is not here."""
        entry, info = self.list.entry, self._field.info()
        entries = self.entries()
        wanted = "" if info is None else info.name
        names = {each.info.name: each.here for each in entries}
        if entry is not None and not names.get(entry.info.name, True) and self._picked_absent:
            wanted = entry.info.name
        self.list.show_entries(entries, wanted)
        self._describe()

    def _pick(self, entry: DatasetEntry) -> None:
        self._picked_absent = not entry.here
        self.failed.emit(None)
        self.absent.emit(None if entry.here else entry.info)
        if entry.here:
            self._field.want(entry.info.name)
        self._describe()

    def _describe(self) -> None:
        entry = self.list.entry
        self.title.setVisible(entry is not None)
        self.facts.setVisible(entry is not None)
        busy = bool(self.downloading.name)
        self.download_button.setVisible(entry is not None and not entry.here and not busy)
        for widget in (self.progress, self.amount, self.cancel_button):
            widget.setVisible(busy)
        if entry is None:
            return
        info = entry.info
        self.title.setText(info.title)
        lines = [
            self.tr("{train:,} training and {test:,} test images").format(
                train=info.train_size, test=info.test_size
            ),
            self.tr("{shape} pixels, {classes:,} classes").format(
                shape=" × ".join(map(str, info.image_shape)), classes=len(info.classes)
            ),
            self.tr("Origin: {origin}").format(origin=info.origin),
            self.tr("License: {license}").format(license=info.license),
        ]
        self.facts.setText("\n".join(lines))
        if not entry.here:
            size = sum(file.size or 0 for file in self._catalog[info.name].files)
            text = self.tr("Download ({size:,.0f} MiB)") if size else self.tr("Download")
            self.download_button.setText(text.format(size=size / MEBIBYTE))

    def _download(self) -> None:
        entry = self.list.entry
        if entry is None or entry.here or self.downloading.name:
            return
        self.failed.emit(None)
        self.downloading.start(self._catalog[entry.info.name])
        self.progress.setRange(0, 0)
        self.amount.setText(self.tr("Connecting …"))
        self.cancel_button.setEnabled(True)
        self._describe()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.amount.setText(self.tr("Canceling …"))
        self.downloading.cancel()

    def _show_progress(self, received: int, total: int) -> None:
        if not self.cancel_button.isEnabled():
            return
        self.progress.setRange(0, 1000 if total else 0)
        if total:
            self.progress.setValue(1000 * received // total)
        text = self.tr("{received:,.1f} of {total:,.1f} MiB") if total else self.tr("{received:,.1f} MiB")
        self.amount.setText(text.format(received=received / MEBIBYTE, total=total / MEBIBYTE))

    def _take_download(self, name: str) -> None:
        """A download that is whole is chosen, unless it was canceled."""
        whole = self.cancel_button.isEnabled()
        self._describe()
        if whole:
            self._picked_absent = False
            self.absent.emit(None)
            self._here = [*self._here, self._catalog[name].info]
            self._field.list_downloaded()
            self._field.want(name)
        self.refresh()

    def _fail(self, error: object) -> None:
        self._describe()
        self.failed.emit(error)
