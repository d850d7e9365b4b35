"""Several runs compared: curves, recipes, what accuracy costs, confusions, errors, and what is noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.runs.comparison.comparison_page import scrolling
from cnn_studio.ui.runs.comparison.comparison_pair import PairChoice, Verdict
from cnn_studio.ui.runs.comparison.comparison_subject import RunComparison
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.lazy_tab import LazyTab

LOW_PX = 320
"""Below this height what the verdict rests on is in its tip only, so that the page has the room."""


class ComparisonView(QWidget):
    """The verdict on two of the runs above, pages of everything else below. It brings no card.

    Args:
        theme: The appearance.
        settings: Where figures were last saved.
        parent: The Qt parent.

    Signals:
        run_chosen: A run's point was chosen; its folder.
    """

    run_chosen = Signal(object)

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparisonView")
        self._theme, self._settings = theme, settings
        self.comparison = RunComparison(self)
        self.banner = Banner(theme)
        self.choice = PairChoice(theme, self.comparison)
        self.verdict = Verdict(theme, self.comparison)
        self._pages = (
            LazyTab("comparedCurves", self._make_curves),
            LazyTab("comparedRecipes", self._make_recipes),
            LazyTab("comparedTradeOff", self._make_trade_off),
            LazyTab("comparedConfusion", self._make_confusion),
            LazyTab("comparedErrors", self._make_errors),
            LazyTab("comparedNoise", self._make_noise),
        )
        self.stack = QStackedWidget()
        self.page_buttons = QButtonGroup(self)
        self._lay_out()
        self.comparison.failed.connect(self._show_error)

    def show_runs(self, folders: Sequence[Path]) -> None:
        """Compare runs; they are read off the GUI thread. Those compared before stay until then."""
        self.banner.hide()
        self.comparison.read(folders)

    def _make_curves(self) -> QWidget:
        from cnn_studio.ui.curves.curves_panel import CurvesPanel

        panel = CurvesPanel(self._theme, beside=True)
        panel.set_hints(
            self.tr("The accuracy of the compared runs appears here"),
            self.tr("Their loss appears here"),
        )
        panel.enable_saving(self.banner, self._settings)

        def show() -> None:
            panel.show_overlays([(run.name, run.history) for run in self.comparison.runs if run.history])

        self.comparison.changed.connect(show)
        show()
        return panel

    def _make_recipes(self) -> QWidget:
        from cnn_studio.ui.runs.comparison.comparison_recipes import RecipesPage

        return RecipesPage(self._theme, self.comparison)

    def _make_trade_off(self) -> QWidget:
        from cnn_studio.ui.runs.comparison.comparison_tradeoff import TradeOffPage

        page = TradeOffPage(self._theme, self.comparison)
        page.chosen.connect(lambda number: self.run_chosen.emit(self.comparison.runs[number].row.folder))
        return page

    def _make_confusion(self) -> QWidget:
        from cnn_studio.ui.runs.comparison.comparison_confusion import ComparedConfusionPage

        page = ComparedConfusionPage(self._theme, self.comparison)
        page.cell_chosen.connect(self._show_cell)
        return page

    def _make_errors(self) -> QWidget:
        from cnn_studio.ui.runs.comparison.comparison_errors import ErrorsPage

        page = ErrorsPage(self._theme, self.comparison)
        page.failed.connect(self._show_error)
        page.saved.connect(
            lambda path: self.banner.say(self.tr("Saved {path}").format(path=path), kind="good")
        )
        return page

    def _make_noise(self) -> QWidget:
        from cnn_studio.ui.runs.comparison.comparison_noise import NoisePage

        page = NoisePage(self._theme, self.comparison)
        page.pair_chosen.connect(self.choice.choose)
        return page

    def _lay_out(self) -> None:
        titles = (
            ("curves", self.tr("Curves"), self.tr("Accuracy and loss over the epochs, overlaid")),
            ("recipes", self.tr("Recipes"), self.tr("What differs between the recipes, and only that")),
            ("tradeOff", self.tr("Trade-off"), self.tr("Accuracy against parameters, operations, seconds")),
            ("confusion", self.tr("Confusion"), self.tr("Confusion matrices, and recall by class")),
            ("errors", self.tr("Errors"), self.tr("The images B fixed, and those it broke")),
            ("noise", self.tr("Noise"), self.tr("p values of every two runs; several seeds of one recipe")),
        )
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        for number, (page, (name, text, tip)) in enumerate(zip(self._pages, titles, strict=True)):
            button = QPushButton(text)
            button.setObjectName(f"{name}ComparisonButton")
            button.setCheckable(True)
            button.setToolTip(tip)
            role(button, "segment")
            self.page_buttons.addButton(button, number)
            self.stack.addWidget(scrolling(page))
            head.addWidget(button)
        self.show_page(0)
        self.page_buttons.idClicked.connect(self.show_page)
        head.addStretch(1)
        head.addWidget(self.choice, 4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(STEP_PX)
        whole.addWidget(self.banner)
        whole.addLayout(head)
        whole.addWidget(self.verdict)
        whole.addWidget(self.stack, 1)

    def show_page(self, number: int) -> None:
        """Show a page as a click on its button does."""
        self.page_buttons.button(number).setChecked(True)
        self.stack.setCurrentIndex(number)

    def _show_cell(self, true: int, read: int) -> None:
        from cnn_studio.ui.runs.comparison.comparison_errors import ErrorsPage

        number = next(
            index for index, page in enumerate(self._pages) if page.objectName() == "comparedErrors"
        )
        self.show_page(number)
        page = self._pages[number].page
        assert isinstance(page, ErrorsPage)
        page.show_cell(true, read)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verdict.be_terse(self.height() < LOW_PX)

    def _show_error(self, error: StudioError) -> None:
        self.banner.say_error(error)
