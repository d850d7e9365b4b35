"""The rows of the queue as a table: what, seed, state, figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnn_studio.core.training.training_queue import QueueRow, State
from cnn_studio.ui.style.theme import Theme

WHAT, SEED, STATE, VALIDATION, TEST, TIME = range(6)
ICONS: dict[State, tuple[str, str]] = {
    "waiting": ("clock-outline", "muted"),
    "training": ("progress-clock", "accent"),
    "paused": ("pause-circle-outline", "warn"),
    "done": ("check-circle-outline", "good"),
    "stopped": ("stop-circle-outline", "muted"),
    "failed": ("close-circle-outline", "bad"),
}
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class QueueTable(QAbstractTableModel):
    """Shows the rows it is given."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: tuple[QueueRow, ...] = ()
        self._titles = (
            self.tr("Recipe"),
            self.tr("Seed"),
            self.tr("State"),
            self.tr("Validation"),
            self.tr("Test"),
            self.tr("Time"),
        )
        theme.changed.connect(self._repaint)

    def take(self, rows: Sequence[QueueRow]) -> None:
        """Show other rows."""
        before, self.rows = self.rows, tuple(rows)
        if [row.id for row in before] == [row.id for row in rows]:
            for number, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(number, 0), self.index(number, TIME))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole if column == STATE:
                return self._theme.icon(*ICONS[row.state])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ToolTipRole:
                return row.reason or (row.title if column == WHAT else None)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {self._text(row, column) or self.tr('none')}"
        return None

    def _text(self, row: QueueRow, column: int) -> str:
        match column:
            case 0:
                return " · ".join(part for part in row.parts if part)
            case 1:
                return str(row.recipe.training.seed)
            case 2:
                return self.state_text(row)
            case 3:
                return _percent(row.val_accuracy)
            case 4:
                return _percent(row.test_accuracy)
        return "" if row.seconds is None else duration(row.seconds)

    def state_text(self, row: QueueRow) -> str:
        """Return a row's state in words."""
        epoch = self.tr("epoch {epoch} of {epochs}").format(
            epoch=row.epoch, epochs=row.recipe.training.epochs
        )
        match row.state:
            case "waiting":
                return self.tr("waiting to resume") if row.run else self.tr("waits")
            case "training":
                return epoch if row.epoch else self.tr("begins")
            case "paused":
                return self.tr("paused in {epoch}").format(epoch=epoch)
            case "done":
                return self.tr("done")
            case "stopped":
                return self.tr("stopped")
        return self.tr("failed: {reason}").format(reason=row.reason)

    def _repaint(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, TIME))


def duration(seconds: float) -> str:
    """Return a time as m:ss, or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f} %"


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in (WHAT, STATE) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
