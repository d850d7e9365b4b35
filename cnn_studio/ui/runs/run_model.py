"""The runs as Qt's views see them: a line each, or gathered by recipe with their seeds below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from cnn_studio.core.evaluation.significance import Spread
from cnn_studio.core.runs.run_columns import DASH, FIELDS, RunColumn, duration, interval_text, percent
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.core.runs.seed_groups import SeedGroup, seed_groups

Line = RunRow | SeedGroup
Index = QModelIndex | QPersistentModelIndex
NAME, STAR, NOTE, STATUS = (
    next(number for number, field in enumerate(FIELDS) if field.name == name)
    for name in ("name", "star", "note", "status")
)
EDITABLE = {NAME: "title", NOTE: "note"}
"""The columns a person writes into, and what they are called in `run.json`."""
WHOLE = -1
"""Stands for a group's member: all of it."""
PLAIN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
WRITABLE = PLAIN | Qt.ItemFlag.ItemIsEditable
FEWEST_SEEDS = 2
"""So many runs of one recipe make a group."""


class RunModel(QAbstractItemModel):
    """Rows that are filtered and sorted here, in Python's own sort.

    A proxy model would ask Python for every comparison of two lines.

    Signals:
        edited: A row was given another title or note: the row, the name in its record, the text.
        about_to_change: Other lines will be shown, or in another order.
        shown_changed: Other lines are shown, or in another order.
    """

    edited = Signal(object, str, str)
    about_to_change = Signal()
    shown_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []
        self.lines: list[Line] = []
        self.grouped = False
        self.progress: dict[str, str] = {}
        self._predicate: Callable[[RunRow], bool] = lambda row: True
        self._column, self._order = 0, Qt.SortOrder.AscendingOrder

    def take(self, rows: Sequence[RunRow]) -> None:
        """Show other rows."""
        if list(rows) != self.rows:
            self.rows = list(rows)
            self._arrange()

    def filter(self, predicate: Callable[[RunRow], bool]) -> None:
        """Show only the rows that pass."""
        self._predicate = predicate
        self._arrange()

    def group(self, wanted: bool) -> None:
        """Gather runs that differ in nothing but the seed, or not."""
        self.grouped = wanted
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._order = column, order
        self._arrange()

    def say_progress(self, name: str, text: str) -> None:
        """Say how far the training of a run is."""
        self.progress[name] = text
        for parent, line in enumerate(self.lines):
            for child, row in enumerate(members(line)):
                if row.folder.name == name:
                    above = self.index(parent, 0) if isinstance(line, SeedGroup) else QModelIndex()
                    number = child if above.isValid() else parent
                    last = len(FIELDS) - 1
                    self.dataChanged.emit(self.index(number, 0, above), self.index(number, last, above))
                    return

    def _arrange(self) -> None:
        self.about_to_change.emit()
        self.beginResetModel()
        field = FIELDS[self._column]
        backwards = self._order == Qt.SortOrder.DescendingOrder
        shown = ordered([row for row in self.rows if self._predicate(row)], field, backwards)
        self.lines = list(shown)
        if self.grouped:
            lines: list[Line] = [
                group if len(group.rows) >= FEWEST_SEEDS else group.rows[0] for group in seed_groups(shown)
            ]
            self.lines = ordered(lines, field, backwards)
        self.endResetModel()
        self.shown_changed.emit()

    def line(self, index: Index) -> Line | None:
        """Return what an index stands for."""
        if not index.isValid():
            return None
        above = index.internalId()
        if above == 0:
            return self.lines[index.row()]
        return members(self.lines[above - 1])[index.row()]

    def rows_of(self, selection: QItemSelection) -> list[RunRow]:
        """Return the selected runs in the order of the table, each once; a group stands for all of its runs."""
        positions: set[tuple[int, int]] = set()
        for span in selection.toList():
            above, numbers = span.parent(), range(span.top(), span.bottom() + 1)
            if above.isValid():
                positions |= {(above.row(), number) for number in numbers}
            else:
                positions |= {(number, WHOLE) for number in numbers}
        found: dict[Path, RunRow] = {}
        for top, child in sorted(positions):
            rows = members(self.lines[top])
            for row in rows if child == WHOLE else rows[child : child + 1]:
                found[row.folder] = row
        return list(found.values())

    def index_of(self, folder: Path) -> QModelIndex:
        """Return where a run is shown."""
        for number, line in enumerate(self.lines):
            if isinstance(line, RunRow):
                if line.folder == folder:
                    return self.index(number, 0)
                continue
            for child, row in enumerate(line.rows):
                if row.folder == folder:
                    return self.index(child, 0, self.index(number, 0))
        return QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not 0 <= column < len(FIELDS):
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(row, column, 0) if 0 <= row < len(self.lines) else QModelIndex()
        inside = 0 <= row < self.rowCount(parent)
        return self.createIndex(row, column, parent.row() + 1) if inside else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override] # noqa: B008
        above = index.internalId() if index.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self.lines)
        line = self.line(parent)
        return len(line.rows) if isinstance(line, SeedGroup) and parent.column() == 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(FIELDS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.column() not in EDITABLE:  # asked for every line whenever lines change
            return PLAIN
        line = self.line(index)
        return WRITABLE if isinstance(line, RunRow) and line.record is not None else PLAIN

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        field = FIELDS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(field.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tr("{explanation}. Filter: {name}").format(
                explanation=field.explanation, name=field.name
            )
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(field)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("Star") if section == STAR else self.tr(field.title)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, field = self.line(index), FIELDS[index.column()]
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(line, field)
        if role == Qt.ItemDataRole.EditRole and isinstance(line, RunRow):
            return field.text(line)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(field)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(line, field)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.tr(field.title)}: {self.text(line, field) or self.tr('none')}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.line(index)
        if role != Qt.ItemDataRole.EditRole or not isinstance(line, RunRow) or line.record is None:
            return False
        text = " ".join(str(value).split())
        if text != FIELDS[index.column()].text(line):
            self.edited.emit(line, EDITABLE[index.column()], text)
        return True

    def text(self, line: Line, field: RunColumn) -> str:
        """Return what a cell says."""
        if isinstance(line, SeedGroup):
            return self._group_text(line, field)
        if field.name == "status":
            words = {
                "training": self.tr("training"),
                "unfinished": self.tr("cut off"),
                "finished": self.tr("finished"),
                "stopped": self.tr("stopped"),
                "failed": self.tr("failed"),
                "damaged": self.tr("damaged"),
            }[line.state]
            if line.state == "training":  # its icon says so too
                return self.progress.get(line.folder.name, words)
            return f"{words}: {line.problem}" if line.problem else words
        return field.text(line)

    def tip(self, line: Line, field: RunColumn) -> str:
        """Return what a cell says when the mouse rests on it."""
        if field.name == "star":
            return field.explanation
        if isinstance(line, SeedGroup) and field.name == "test":
            return self.tr(
                "Mean and standard deviation over the seeds in %, from each seed's latest "
                "finished run, with the 95 % interval of the mean (Student's t)"
            )
        if isinstance(line, SeedGroup) and field.name in ("val", "seconds"):
            return self.tr("Mean over the seeds, from each seed's latest finished run")
        if field.name in ("params", "flops"):
            value = field.value(members(line)[0])
            return f"{value:,.0f}" if isinstance(value, int | float) else ""
        return self.text(line, field)

    def _group_text(self, group: SeedGroup, field: RunColumn) -> str:
        if field.name == "name":
            count = self.tr("%n run(s)", "", len(group.rows))
            return f"{group.rows[0].name}  ·  {count}"
        if field.name == "test":
            return spread_text(group.test)
        if field.name == "val":
            return percent(group.validation.mean) if group.validation else DASH
        if field.name == "seconds":
            return duration(group.seconds.mean) if group.seconds else DASH
        if field.name in ("looks", "star"):
            total = int(sum(float(field.value(row) or 0) for row in group.rows))
            return str(total) if field.name == "looks" else ""
        texts = {field.text(row) for row in group.rows}
        if field.name == "date":
            return max(texts)
        return texts.pop() if len(texts) == 1 else ""


def members(line: Line) -> tuple[RunRow, ...]:
    """Return the runs of a line."""
    return line.rows if isinstance(line, SeedGroup) else (line,)


def spread_text(spread: Spread | None) -> str:
    """Return mean and deviation in percent, and the interval of the mean: 99.07 ± 0.05 (98.95 – 99.19)."""
    if spread is None:
        return DASH
    if spread.count < FEWEST_SEEDS:
        return percent(spread.mean)
    return f"{100 * spread.mean:.2f} ± {100 * spread.deviation:.2f} ({interval_text(spread.interval)})"


def alignment(field: RunColumn) -> Qt.AlignmentFlag:
    """Return how a column is aligned."""
    if field.name == "star":
        return Qt.AlignmentFlag.AlignCenter
    side = Qt.AlignmentFlag.AlignRight if field.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def ordered(lines: Sequence[Any], field: RunColumn, backwards: bool) -> list[Any]:
    """Return lines sorted by a field, those that have no value for it last either way."""
    known: list[tuple[float | str, Any]] = []
    unknown: list[Any] = []
    for line in lines:
        value = _sorted_by(line, field)
        if value is None or value == "":
            unknown.append(line)
        else:
            known.append((value.casefold() if isinstance(value, str) else value, line))
    known.sort(key=lambda pair: pair[0], reverse=backwards)
    return [line for _, line in known] + unknown


def _sorted_by(line: Line, field: RunColumn) -> float | str | None:
    if isinstance(line, RunRow):
        return field.value(line)
    spread = {"test": line.test, "val": line.validation, "seconds": line.seconds}.get(field.name)
    if spread is not None:
        return spread.mean
    values = [value for row in line.rows if (value := field.value(row)) is not None]
    if not values:
        return None
    return max(values, key=lambda value: (isinstance(value, str), value))
