"""The table of runs: sorted by its heads, its columns chosen, its cells written in place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QStyleOptionViewItem, QTreeView, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.run_columns import FIELDS
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.core.runs.seed_groups import SeedGroup
from cnn_studio.ui.runs.run_cells import RunCells, unreadable
from cnn_studio.ui.runs.run_model import NAME, NOTE, STAR, STATUS, RunModel
from cnn_studio.ui.style.theme import STEP_PX, Theme, font

NAMES = [field.name for field in FIELDS]
USUAL_SORT = "-date"
INDENT_PX = 3 * STEP_PX
ROWS = QItemSelectionModel.SelectionFlag.Rows


class RunView(QTreeView):
    """Shows a `RunModel`, and keeps what is selected when its lines change.

    Signals:
        chosen: Other runs are selected.
        starred: The runs whose star was clicked, or all selected ones where S was pressed.
        deleting: Delete was pressed.
        opened: A run was double-clicked outside what is written in place, or Enter was pressed.
    """

    chosen = Signal()
    starred = Signal(object)
    deleting = Signal()
    opened = Signal()

    def __init__(
        self, theme: Theme, model: RunModel, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runTable")
        self.setAccessibleName(self.tr("Runs"))
        self._theme, self._runs, self._settings = theme, model, settings
        self.hint = ""
        self._kept: tuple[set[Path], Path | None, set[bytes], int] = (set(), None, set(), 0)
        self._changing = False
        self.setModel(model)
        self._cells = RunCells(theme, model, self)
        self.setItemDelegate(self._cells)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTreePosition(NAME)
        self.setExpandsOnDoubleClick(False)
        self._prepare_header()
        self.show_groups(model.grouped)
        model.about_to_change.connect(self._keep)
        model.shown_changed.connect(self._restore)
        self.selectionModel().selectionChanged.connect(self._choose)
        self.clicked.connect(self._click)
        self.doubleClicked.connect(self._double_click)
        theme.changed.connect(self.viewport().update)

    def _prepare_header(self) -> None:
        header = self.header()
        header.setObjectName("runTableHeader")
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(4 * STEP_PX)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        # With the view's own it would look through all rows for each head, whether all of them are selected.
        header.setSelectionModel(QItemSelectionModel(self._runs, header))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda point: self.column_menu().popup(header.viewport().mapToGlobal(point))
        )
        self.setSortingEnabled(True)
        self._show_columns(self._settings.runs_columns or usual_columns())
        requested = self._settings.runs_sort
        name = requested.lstrip("-") if requested.lstrip("-") in NAMES else USUAL_SORT.lstrip("-")
        backwards = (requested if requested.lstrip("-") in NAMES else USUAL_SORT).startswith("-")
        self.sortByColumn(
            NAMES.index(name), Qt.SortOrder.DescendingOrder if backwards else Qt.SortOrder.AscendingOrder
        )
        for changed in (header.sectionResized, header.sectionMoved, header.sortIndicatorChanged):
            changed.connect(self._remember)

    def _show_columns(self, columns: dict[str, int]) -> None:
        """Show columns in an order and with widths; those that are not named are hidden."""
        header = self.header()
        known = [name for name in columns if name in NAMES] or list(usual_columns())
        if "name" not in known:
            known.insert(0, "name")
        for position, name in enumerate([*known, *(name for name in NAMES if name not in known)]):
            number = NAMES.index(name)
            header.moveSection(header.visualIndex(number), position)
            header.setSectionHidden(number, name not in known)
            header.resizeSection(number, columns.get(name) or FIELDS[number].width_px)

    def _remember(self) -> None:
        header = self.header()
        if self._changing:
            return
        order = sorted(range(len(NAMES)), key=header.visualIndex)
        self._settings.runs_columns = {
            NAMES[number]: header.sectionSize(number)
            for number in order
            if not header.isSectionHidden(number)
        }
        backwards = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        self._settings.runs_sort = ("-" if backwards else "") + NAMES[header.sortIndicatorSection()]

    def column_menu(self) -> QMenu:
        """Return a menu of all columns, those that are shown ticked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, field in enumerate(FIELDS):
            title = self.tr("Star") if number == STAR else self.tr(field.title)
            action = QAction(title, menu)
            action.setToolTip(field.explanation)
            action.setCheckable(True)
            action.setChecked(not self.header().isSectionHidden(number))
            action.setEnabled(number != NAME)
            action.toggled.connect(lambda shown, number=number: self.show_column(number, shown))
            menu.addAction(action)
        menu.addSeparator()
        usual = QAction(self.tr("Default columns"), menu)
        usual.triggered.connect(self.show_usual_columns)
        menu.addAction(usual)
        return menu

    def show_column(self, number: int, shown: bool) -> None:
        """Show or hide a column."""
        self.header().setSectionHidden(number, not shown)
        if shown and self.header().sectionSize(number) < self.header().minimumSectionSize():
            self.header().resizeSection(number, FIELDS[number].width_px)
        self._remember()

    def show_usual_columns(self) -> None:
        """Show the columns, their order and widths as they were at first."""
        self._changing = True
        self._show_columns(usual_columns())
        self._changing = False
        self._remember()

    def show_groups(self, grouped: bool) -> None:
        """Make room for the arrows before groups, or not."""
        self.setRootIsDecorated(grouped)
        self.setIndentation(INDENT_PX if grouped else 0)

    @property
    def selected(self) -> list[RunRow]:
        """The selected runs, in the order of the table."""
        return self._runs.rows_of(self.selectionModel().selection())

    def select(self, folders: list[Path]) -> None:
        """Select runs and show the first of them."""
        found = [index for folder in folders if (index := self._runs.index_of(folder)).isValid()]
        selection = QItemSelection()
        for index in found:
            selection.select(index, index)
        if found:
            self.selectionModel().setCurrentIndex(found[0], QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(found[0])
        self.selectionModel().select(selection, ROWS | QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def write(self, column: int) -> None:
        """Let the current run's name or note be written in place."""
        index = self.currentIndex().siblingAtColumn(column)
        if index.isValid():
            self.header().setSectionHidden(column, False)
            self.scrollTo(index)
            self.edit(index)

    def _keep(self) -> None:
        selected = {row.folder for row in self.selected}
        line = self._runs.line(self.currentIndex())
        current = line.folder if isinstance(line, RunRow) else line.rows[0].folder if line else None
        expanded = {
            line.key
            for number, line in enumerate(self._runs.lines)
            if isinstance(line, SeedGroup) and self.isExpanded(self._runs.index(number, 0))
        }
        self._kept = selected, current, expanded, self.verticalScrollBar().value()
        self._changing = True

    def _restore(self) -> None:
        selected, current, expanded, scrolled = self._kept
        selection = QItemSelection()
        runs = self._runs
        for number, line in enumerate(runs.lines):
            if isinstance(line, RunRow):
                if line.folder in selected:
                    selection.select(runs.index(number, 0), runs.index(number, 0))
                continue
            chosen = [child for child, row in enumerate(line.rows) if row.folder in selected]
            if line.key in expanded or 0 < len(chosen) < len(line.rows):
                self.setExpanded(runs.index(number, 0), True)
            if len(chosen) == len(line.rows):
                selection.select(runs.index(number, 0), runs.index(number, 0))
                continue
            for child in chosen:
                index = runs.index(child, 0, runs.index(number, 0))
                selection.select(index, index)
        if current is not None:
            index = runs.index_of(current)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.selectionModel().select(selection, ROWS | QItemSelectionModel.SelectionFlag.Select)
        self.verticalScrollBar().setValue(scrolled)
        self._changing = False
        self.chosen.emit()
        self.viewport().update()

    def _choose(self) -> None:
        if not self._changing:
            self.chosen.emit()

    def _click(self, index: QModelIndex) -> None:
        line = self._runs.line(index)
        if index.column() == STAR and isinstance(line, RunRow):
            self.starred.emit([line])

    def _double_click(self, index: QModelIndex) -> None:
        if isinstance(self._runs.line(index), SeedGroup):
            first = index.siblingAtColumn(0)
            self.setExpanded(first, not self.isExpanded(first))
        elif index.column() not in (NAME, NOTE, STAR):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:  # its editor lets Return through
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_S and not event.modifiers():
            self.starred.emit(self.selected)
        elif event.key() == Qt.Key.Key_Delete:
            self.deleting.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.write(self.currentIndex().column() if self.currentIndex().column() == NOTE else NAME)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def drawRow(
        self,
        painter: QPainter,
        options: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().drawRow(painter, options, index)
        line = self._runs.line(index)
        if isinstance(line, RunRow) and unreadable(line):
            area = self.visualRect(self._runs.sibling(index.row(), STATUS, index))
            area.setRight(self.viewport().width())
            self._cells.paint_problem(painter, area, line)
        if self.hasFocus() and line is not None and line is self._runs.line(self.currentIndex()):
            painter.setPen(self._theme.tokens.color("accent"))
            area = options.rect
            painter.drawRect(QRect(0, area.top(), self.viewport().width() - 1, area.height() - 1))

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if self.selectionModel().isSelected(index):
            painter.fillRect(rect, self._theme.tokens.color("accent_soft"))
        if isinstance(self._runs.line(index), SeedGroup):
            icon = "chevron-down" if self.isExpanded(index) else "chevron-right"
            square = QRect(0, 0, INDENT_PX, INDENT_PX)
            square.moveCenter(rect.center())
            self._theme.icon(icon, "muted").paint(painter, square)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._runs.lines and self.hint:
            painter = QPainter(self.viewport())
            painter.setFont(font())
            painter.setPen(self._theme.tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 0, -16, 0), flags, self.hint)


def usual_columns() -> dict[str, int]:
    """Return the columns that are shown at first, and their widths in pixels."""
    return {field.name: field.width_px for field in FIELDS if field.shown}
