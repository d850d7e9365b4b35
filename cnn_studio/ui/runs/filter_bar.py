"""The line above the table of runs: what is typed to filter them, how many pass, groups and columns."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.run_filter import parsed_filter
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

FILTER_PX = 48 * STEP_PX
MS_AFTER_A_KEY = 120
"""A filter is applied once so long no key was pressed."""


class FilterBar(QWidget):
    """Says at once what is wrong with a filter; what was shown stays until it is mended.

    Args:
        theme: The appearance.
        grouped: Whether runs of one recipe are gathered at first.

    Signals:
        changed: What tells whether a `RunRow` passes.
        grouped: Whether runs of one recipe are to be gathered.
        columns_requested: Where, on the screen, the menu of the columns is to open.
    """

    changed = Signal(object)
    grouped = Signal(bool)
    columns_requested = Signal(QPoint)

    def __init__(self, theme: Theme, grouped: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "plain")
        self._theme = theme
        self.typed = QTimer(self)
        self.typed.setSingleShot(True)
        self.typed.setInterval(MS_AFTER_A_KEY)
        self.typed.timeout.connect(self._apply)
        self._make_field()
        self.mistake = label("", "warning")
        self.mistake.setObjectName("runFilterMistake")
        self.mistake.hide()
        self.count = label("", "field")
        self.count.setObjectName("runCount")
        self._make_buttons(grouped)
        self._lay_out()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _make_field(self) -> None:
        self.filter = QLineEdit()
        self.filter.setObjectName("runFilter")
        self.filter.setAccessibleName(self.tr("Filter the runs"))
        self.filter.setPlaceholderText(self.tr("Filter: words, test>99, data:fashion"))
        self.filter.setToolTip(
            self.tr(
                "Words are searched for in names, notes, data and status. Columns are "
                "compared by the name shown in their headers’ tooltips: test>99, "
                'val>=98.5, params<100k, seed=3, date>=2026-03, note:"two words", '
                "star:yes. A minus negates a term: -data:mnist (Ctrl+F)"
            )
        )
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(FILTER_PX)
        self._magnifier = QAction(self)
        self.filter.addAction(self._magnifier, QLineEdit.ActionPosition.LeadingPosition)
        for number, button in enumerate(self.filter.findChildren(QToolButton)):  # Qt's own, at its ends
            button.setObjectName(f"runFilterEnd{number}")
            button.setAccessibleName(self.tr("Clear the filter"))
        self.filter.textChanged.connect(lambda _: self.typed.start())
        self.filter.returnPressed.connect(self._apply)

    def _make_buttons(self, grouped: bool) -> None:
        self.group_button = QPushButton(self.tr("Group seeds"))
        self.group_button.setObjectName("groupSeedsButton")
        self.group_button.setToolTip(
            self.tr(
                "Group runs of one recipe that differ in their seed: mean, standard deviation, 95 % interval"
            )
        )
        self.group_button.setCheckable(True)
        self.group_button.setChecked(grouped)
        self.group_button.toggled.connect(self.grouped)
        self.columns_button = QPushButton(self.tr("Columns"))
        self.columns_button.setObjectName("runColumnsButton")
        self.columns_button.setToolTip(
            self.tr(
                "Choose the columns; right-clicking a header does the same, dragging a "
                "header moves its column"
            )
        )
        self.columns_button.clicked.connect(
            lambda: self.columns_requested.emit(
                self.columns_button.mapToGlobal(self.columns_button.rect().bottomLeft())
            )
        )
        for button in (self.group_button, self.columns_button):
            role(button, "segment")

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(STEP_PX // 2)
        line.addWidget(self.filter)
        line.addSpacing(STEP_PX)
        line.addWidget(self.count)
        line.addStretch(1)
        line.addWidget(self.group_button)
        line.addWidget(self.columns_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(line)
        column.addWidget(self.mistake)

    def focus(self) -> None:
        """Let a filter be typed in place of the old one."""
        self.filter.setFocus()
        self.filter.selectAll()

    def _apply(self) -> None:
        self.typed.stop()
        try:
            predicate = parsed_filter(self.filter.text())
        except StudioError as error:
            self.mistake.setText(str(error))
            self.mistake.show()
            return
        self.mistake.hide()
        self.changed.emit(predicate)

    def _paint_icons(self) -> None:
        self._magnifier.setIcon(self._theme.icon("magnify", "muted"))
        self.group_button.setIcon(self._theme.icon("dice-multiple-outline"))
        self.columns_button.setIcon(self._theme.icon("view-column-outline"))
