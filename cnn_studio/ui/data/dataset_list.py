"""The data sets there are: shipped, downloaded, to be downloaded, a person's own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font
from cnn_studio.ui.widgets.row_background import paint_row_background

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 52
ICON_PX = 20


class DatasetEntry(msgspec.Struct, frozen=True):
    """A row: a data set, and whether its files are here."""

    info: DatasetInfo
    here: bool = True

    @property
    def images(self) -> int:
        """All images, to train and to test on."""
        return self.info.train_size + self.info.test_size


class DatasetListModel(QAbstractListModel):
    """The rows in order."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: Sequence[DatasetEntry] = ()

    def show(self, entries: Sequence[DatasetEntry]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.entries)

    def describe(self, entry: DatasetEntry) -> str:
        """Return what is said below the title."""
        text = (
            self.tr("{images:,} images · {classes:,} classes")
            if entry.here
            else self.tr("{images:,} images · not downloaded yet")
        )
        return text.format(images=entry.images, classes=len(entry.info.classes))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{entry.info.title}, {self.describe(entry)}"
        return self.tr("{origin}. License: {license}").format(
            origin=entry.info.origin, license=entry.info.license
        ) if role == Qt.ItemDataRole.ToolTipRole else None  # fmt: skip


class DatasetListPainter(QStyledItemDelegate):
    """Draws a row: an icon of where it comes from, title, size."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, DatasetListModel)
        entry = model.entries[index.row()]
        tokens = self._theme.tokens
        painter.save()
        area, is_chosen = paint_row_background(painter, option, tokens)
        name = (
            "folder-outline"
            if entry.info.name.startswith("file:")
            else "database-outline" if entry.here else "cloud-download-outline"
        )  # fmt: skip
        icon = self._theme.icon(name, "accent" if is_chosen else "muted")
        corner = area.topLeft().toPoint()
        icon.paint(painter, corner.x() + STEP_PX, corner.y() + (ROW_PX - ICON_PX) // 2 - 1, ICON_PX, ICON_PX)
        inner = area.adjusted(ICON_PX + 2 * STEP_PX, STEP_PX - 2, -STEP_PX, 2 - STEP_PX)
        for text, chosen, token, where in (
            (entry.info.title, font(bold=is_chosen), "text", Qt.AlignmentFlag.AlignTop),
            (model.describe(entry), font(CAPTION_PT, tabular=True), "muted", Qt.AlignmentFlag.AlignBottom),
        ):
            painter.setFont(chosen)
            painter.setPen(tokens.color(token))
            short = QFontMetricsF(chosen).elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, where, short)
        painter.restore()


class DatasetList(QListView):
    """The list.

    Signals:
        picked: The entry a person moved to.
    """

    picked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataSetList")
        self.setAccessibleName(self.tr("Data sets"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = DatasetListModel(self)
        self.setModel(self._model)
        self.setItemDelegate(DatasetListPainter(theme, self))
        self._showing = False
        self.selectionModel().currentChanged.connect(self._pick)
        theme.changed.connect(self.viewport().update)

    @property
    def entry(self) -> DatasetEntry | None:
        """The row a person is at."""
        row = self.currentIndex().row()
        return self._model.entries[row] if 0 <= row < len(self._model.entries) else None

    def show_entries(self, entries: Sequence[DatasetEntry], current: str) -> None:
        """Show rows, that of one name as the current one; nothing is picked by this."""
        self._showing = True
        if list(entries) != list(self._model.entries):
            self._model.show(entries)
        names = [entry.info.name for entry in entries]
        row = names.index(current) if current in names else -1
        self.setCurrentIndex(self._model.index(row, 0) if row >= 0 else QModelIndex())
        self._showing = False

    def row_rect(self, name: str) -> QRectF:
        """Return where a data set's row is, in the viewport."""
        names = [entry.info.name for entry in self._model.entries]
        return QRectF(self.visualRect(self._model.index(names.index(name), 0)))

    def _pick(self) -> None:
        if not self._showing and self.entry is not None:
            self.picked.emit(self.entry)
