"""The card below the table: what is selected, what can be done with it, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.run_columns import BY_NAME, accuracy_text
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.ui.runs.run_actions import RunActions
from cnn_studio.ui.runs.run_details_view import RunDetails, empty_page
from cnn_studio.ui.style.form_layout import card
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from cnn_studio.ui.runs.comparison.comparison_view import ComparisonView

SUMMARY = ("data", "params", "seconds")
MOST_COMPARED = 12


class SelectionCard(QWidget):
    """Nothing, one run's details, or the comparison of several.

    Signals:
        enlarged: Whether it is to have the table's room too.
    """

    enlarged = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        banner: Banner,
        actions: RunActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._settings, self._actions = theme, settings, actions
        self._shown: tuple[Path, ...] = ()
        self._row: RunRow | None = None
        self.title, self.summary = ElidedLabel(), ElidedLabel()
        self.title.setObjectName("selectedRunsTitle")
        self.summary.setObjectName("selectedRunsSummary")
        role(self.title, "title")
        role(self.summary, "field")
        self.details = RunDetails(theme, settings, banner)
        self.comparison: ComparisonView | None = None
        self.stack = QStackedWidget()
        self.empty = empty_page(
            self.tr("Select a run to see its curves and figures, or several to compare them")
        )
        self.too_many = empty_page(
            self.tr("At most {count} runs are compared: select fewer").format(count=MOST_COMPARED)
        )
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.too_many)
        self.stack.addWidget(self.details)
        self._make_buttons()
        self._lay_out()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.show_rows([])

    def _make_buttons(self) -> None:
        self.pages = QButtonGroup(self)
        for number, (name, text, tip) in enumerate(self.details.page_titles()):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setCheckable(True)
            role(button, "segment")
            self.pages.addButton(button, number)
        self.pages.button(0).setChecked(True)
        self.pages.idClicked.connect(self.details.stack.setCurrentIndex)
        self.buttons: dict[str, QPushButton] = {}
        for row in self._actions.table:
            if row.button:
                action = self._actions.actions[row.name]
                button = QPushButton(row.text)
                button.setObjectName(f"{row.name}RunButton")
                button.setToolTip(row.tip)
                button.clicked.connect(action.trigger)
                self.buttons[row.name] = button
        self.more = QToolButton()
        self.more.setObjectName("moreRunButton")
        self.more.setAccessibleName(self.tr("More actions for the selected runs"))
        self.more.setToolTip(self.tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        menu.addActions([self._actions.actions[row.name] for row in self._actions.table if not row.button])
        self.more.setMenu(menu)
        self.enlarge = QToolButton()
        self.enlarge.setObjectName("enlargeRunButton")
        self.enlarge.setAccessibleName(self.tr("Fill the whole tab with this"))
        self.enlarge.setToolTip(self.tr("Fill the whole tab with this, or show the table again"))
        self.enlarge.setCheckable(True)
        self.enlarge.toggled.connect(self.enlarged)
        self.enlarge.toggled.connect(lambda _: self._paint_icons())
        for tool in (self.more, self.enlarge):
            role(tool, "quiet")

    def _lay_out(self) -> None:
        frame, column = card()
        heading = QHBoxLayout()
        heading.setSpacing(STEP_PX // 2)
        heading.addWidget(self.title)
        heading.addStretch(1)
        for widget in (*self.buttons.values(), self.more, self.enlarge):
            heading.addWidget(widget)
        self._tools = QWidget()
        role(self._tools, "plain")
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(STEP_PX // 2)
        for page in self.pages.buttons():
            tools.addWidget(page)
        tools.addStretch(1)
        tools.addWidget(self.summary)
        column.addLayout(heading)
        column.addWidget(self._tools)
        column.addWidget(self.stack, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show what is selected; the same runs again are read anew only where a file of theirs changed."""
        self._actions.offer(rows)
        for name, button in self.buttons.items():
            action = self._actions.actions[name]
            button.setEnabled(action.isEnabled())
            button.setVisible(bool(rows) and (action.isEnabled() or name == "report"))
        self._tools.setVisible(len(rows) == 1)
        for widget in (self.title, self.more):
            widget.setVisible(bool(rows))
        if not rows:
            self._shown = ()
            self.details.clear()
            self.stack.setCurrentWidget(self.empty)
        elif len(rows) == 1:
            self._show_one(rows[0])
        else:
            self._show_several(rows)

    def _show_one(self, row: RunRow) -> None:
        self.title.setText(row.name)
        parts = [accuracy_text(row)] if row.test_accuracy is not None else []
        parts += [text for name in SUMMARY if (text := BY_NAME[name].text(row)).strip("–")]
        self.summary.setText("   ".join(parts))
        self.stack.setCurrentWidget(self.details)
        if row is not self._row or self._shown != (row.folder,):  # else none of its files has changed
            self.details.show_run(row.folder)
        self._shown, self._row = (row.folder,), row

    def _show_several(self, rows: Sequence[RunRow]) -> None:
        self.title.setText(self.tr("%n run(s) selected", "", len(rows)))
        if len(rows) > MOST_COMPARED:
            self._shown = ()
            self.stack.setCurrentWidget(self.too_many)
            return
        if self.comparison is None:
            from cnn_studio.ui.runs.comparison.comparison_view import ComparisonView

            self.comparison = ComparisonView(self._theme, self._settings)
            self.stack.addWidget(self.comparison)
        self.stack.setCurrentWidget(self.comparison)
        folders = tuple(row.folder for row in rows)
        if folders != self._shown:
            self.comparison.show_runs(list(folders))
        self._shown = folders

    def _paint_icons(self) -> None:
        self.more.setIcon(self._theme.icon("dots-horizontal"))
        enlarged = self.enlarge.isChecked()
        self.enlarge.setIcon(self._theme.icon("arrow-collapse" if enlarged else "arrow-expand"))
        for row in self._actions.table:
            if row.button:
                self.buttons[row.name].setIcon(self._theme.icon(row.icon))
