"""A plain table of texts that can be copied into a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from cnn_studio.ui.style.theme import STEP_PX, Theme, font

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
WIDEST_PX, WIDEST_OF_MANY_PX = 320, 176
MANY_COLUMNS = 4
LONGEST_MEASURED = 4


@dataclass(frozen=True)
class TableCell:
    """A text, its token's color, and whether it is a figure (at the right) or bold."""

    text: str
    token: str = "text"
    right: bool = False
    bold: bool = False


class CopyableTable(QTableWidget):
    """Rows of cells; a row with one cell only is a heading over the whole width.

    Args:
        name: Its object name.
        said: Its accessible name.
        theme: The appearance.
        elastic: Whether the first column takes the room the others leave; else the last does.
    """

    def __init__(
        self, name: str, said: str, theme: Theme, *, elastic: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(0, 0, parent)
        self.setObjectName(name)
        self.setAccessibleName(said)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self.horizontalHeader().setHighlightSections(False)
        self.setTabKeyNavigation(False)
        self._theme, self._elastic = theme, elastic
        self._shown: tuple[list[TableCell], list[list[TableCell]]] = [], []
        theme.changed.connect(self._show_again)

    def _show_again(self) -> None:
        self.show_rows(*self._shown)

    def show_rows(self, titles: list[TableCell], rows: list[list[TableCell]]) -> None:
        """Show rows under titles; the last column takes what room is left."""
        self._shown = titles, rows
        self.clearSpans()
        self.setColumnCount(len(titles))
        self.setRowCount(len(rows))
        for column, title in enumerate(titles):
            header = QTableWidgetItem(title.text)
            header.setTextAlignment(RIGHT if title.right else LEFT)
            header.setToolTip(title.text)
            self.setHorizontalHeaderItem(column, header)
        fonts = {bold: font(bold=bold, tabular=True) for bold in (False, True)}
        for number, row in enumerate(rows):
            if len(row) == 1 < len(titles):
                self.setSpan(number, 0, 1, len(titles))
            for column, cell in enumerate(row):
                self.setItem(number, column, self._item(cell, fonts[cell.bold]))
        header_view = self.horizontalHeader()
        header_view.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header_view.setStretchLastSection(False)
        many = len(titles) > MANY_COLUMNS
        for column, title in enumerate(titles):
            shown = [row[column].text for row in rows if len(row) > column and len(row) > 1]
            widest = WIDEST_OF_MANY_PX if many and column else WIDEST_PX
            self.setColumnWidth(column, min(widest, self._width_of(title.text, shown)))
        if self._elastic and titles:
            header_view.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        else:
            header_view.setStretchLastSection(bool(titles) and not titles[-1].right)

    def _width_of(self, title: str, shown: list[str]) -> int:
        """Return the width of a column; only its longest texts are measured, as measuring all takes long."""
        metrics = QFontMetrics(font(bold=True, tabular=True))
        longest = sorted({title, *shown}, key=len)[-LONGEST_MEASURED:]
        return max(map(metrics.horizontalAdvance, longest)) + 2 * STEP_PX

    def _item(self, cell: TableCell, chosen: QFont) -> QTableWidgetItem:
        item = QTableWidgetItem(cell.text)
        item.setTextAlignment(RIGHT if cell.right else LEFT)
        item.setForeground(self._theme.tokens.color(cell.token))
        item.setFont(chosen)
        item.setToolTip(cell.text)
        return item

    def text(self) -> str:
        """Return everything that is shown, a line a row, tabs between the cells."""
        titles, rows = self._shown
        return "\n".join("\t".join(cell.text for cell in row) for row in (titles, *rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
            return
        super().keyPressEvent(event)
