"""Choosing one of many classes: a list that typing narrows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.ui.style.theme import STEP_PX, Theme, font, role

Index = QModelIndex | QPersistentModelIndex
WIDTH_PX = 28 * STEP_PX
ROW_PX = 28
MOST_ROWS = 12


class _RowPainter(QStyledItemDelegate):
    """Draws a class with room around it."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.tokens.color("accent_soft"))
            painter.drawRoundedRect(area, STEP_PX / 2, STEP_PX / 2)
        room = area.adjusted(STEP_PX, 0, -STEP_PX, 0)
        painter.setFont(font())
        painter.setPen(self._theme.tokens.color("text"))
        text = QFontMetricsF(painter.font()).elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class ClassPicker(QFrame):
    """A popup with a search field above the classes; it is hidden when one is chosen.

    Signals:
        chosen: The name of the class.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("classPicker")
        role(self, "card")
        self.setFixedWidth(WIDTH_PX)
        self._names = QStringListModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._names)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = QLineEdit()
        self.search.setObjectName("classSearch")
        self.search.setAccessibleName(self.tr("Find a class"))
        self.search.setPlaceholderText(self.tr("Find a class"))
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._choose_current)
        self.search.installEventFilter(self)
        self.list = QListView()
        self.list.setObjectName("classList")
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the search field keeps it, and moves the list
        self.list.setModel(self._found)
        self.list.setItemDelegate(_RowPainter(theme, self.list))
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda index: self._choose(index.data()))
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addWidget(self.search)
        column.addWidget(self.list)

    def ask(self, classes: Sequence[str], title: str, anchor: QWidget) -> None:
        """Show the classes below a widget; `title` says what is chosen."""
        self._names.setStringList(list(classes))
        self.setAccessibleName(title)
        self.search.setPlaceholderText(title)
        self.search.clear()
        self._narrow("")
        self.list.setFixedHeight(ROW_PX * min(MOST_ROWS, max(1, len(classes))) + STEP_PX)
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        screen = anchor.screen() or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        x = min(max(corner.x(), room.left()), room.right() - self.width())
        y = corner.y()
        if y + self.height() > room.bottom():
            y = max(room.top(), anchor.mapToGlobal(QPoint(0, -4)).y() - self.height())
        self.move(x, y)
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                row = min(max(self.list.currentIndex().row() + step, 0), self._found.rowCount() - 1)
                self.list.setCurrentIndex(self._found.index(row, 0))
                return True
        return False

    def _narrow(self, text: str) -> None:
        """Show what the text is in; one that is the very name comes to be chosen, else the first."""
        self._found.setFilterFixedString(text)
        rows = range(self._found.rowCount())
        same = (row for row in rows if self._found.index(row, 0).data().casefold() == text.casefold())
        self.list.setCurrentIndex(self._found.index(next(same, 0), 0))

    def _choose_current(self) -> None:
        if self.list.currentIndex().isValid():
            self._choose(self.list.currentIndex().data())

    def _choose(self, name: str) -> None:
        self.hide()
        self.chosen.emit(name)
