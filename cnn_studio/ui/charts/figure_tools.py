"""What can be done with a painted figure: save it, copy it, read it as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from cnn_studio.core.base.figure_table import Table
from cnn_studio.ui.charts.table_window import TableWindow
from cnn_studio.ui.style.theme import Theme, role

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Saver(Protocol):
    """Saves figures and reports."""

    def ask(self, stem: str, draw: Callable[[], Figure], table: Table | None = None) -> None:
        """Ask for a file name and save what `draw` gives, or the table."""


class FigureTools(QWidget):
    """Three quiet buttons beside a figure.

    Args:
        theme: The appearance.
        saver: Saves and reports.
        figure: The painted widget, which is copied as it looks.
        stem: Returns the proposed file name without its ending.
        draw: Draws the figure to be saved; called on a thread.
        table: Returns the figure's numbers.
    """

    def __init__(
        self,
        theme: Theme,
        saver: Saver,
        figure: QWidget,
        stem: Callable[[], str],
        draw: Callable[[], Callable[[], Figure]],
        table: Callable[[], Table],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        role(self, "plain")
        self._theme, self._saver, self._figure = theme, saver, figure
        self._stem, self._draw, self._table = stem, draw, table
        name = figure.objectName()
        self.table_button = self._button(f"{name}TableButton", self.tr("Show as a table"))
        self.table_button.clicked.connect(self._show_table)
        self.copy_button = self._button(f"{name}CopyButton", self.tr("Copy the figure or its numbers"))
        self.copy_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.copy_button)
        menu.addAction(self.tr("Copy as picture"), self.copy_picture)
        menu.addAction(self.tr("Copy as table"), self.copy_table)
        self.copy_button.setMenu(menu)
        self.save_button = self._button(
            f"{name}SaveButton", self.tr("Save the figure as PNG, SVG or PDF, or its numbers as CSV")
        )
        self.save_button.clicked.connect(self._save)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for button in (self.table_button, self.copy_button, self.save_button):
            line.addWidget(button)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        role(button, "quiet")
        return button

    def _paint_icons(self) -> None:
        self.table_button.setIcon(self._theme.icon("table"))
        self.copy_button.setIcon(self._theme.icon("content-copy"))
        self.save_button.setIcon(self._theme.icon("image-outline"))

    def _show_table(self) -> None:
        window = TableWindow(self._table(), self.window())
        window.show()

    def copy_picture(self) -> None:
        """Put the figure on the clipboard as it looks."""
        QGuiApplication.clipboard().setPixmap(self._figure.grab())

    def copy_table(self) -> None:
        """Put the figure's numbers on the clipboard, as spreadsheets take them."""
        QGuiApplication.clipboard().setText(self._table().text("\t"))

    def _save(self) -> None:
        self._saver.ask(self._stem(), self._draw(), self._table())
