"""The pages of the Evaluate tab: their buttons, and a stack in which each is made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation
from cnn_studio.ui.style.theme import Theme, role


class PageStack(QStackedWidget):
    """Pages by their names.

    Signals:
        chosen: The name of a page that was asked for, even if it is shown already.

    Attributes:
        line: The row of buttons, for the tab to place.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QHBoxLayout()
        self.line.setSpacing(4)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self._makers: dict[str, Callable[[], EvaluationPage]] = {}
        self._made: dict[str, EvaluationPage] = {}
        self._reading: LoadedEvaluation | None = None
        self._hint = ""

    def add_page(self, name: str, title: str, make: Callable[[], EvaluationPage]) -> None:
        """Add a page and its button.

        Args:
            name: Of the page; its button is found as `<name>PageButton`.
            title: On the button.
            make: Makes the page when it is first shown.
        """
        button = QPushButton(title)
        button.setObjectName(f"{name}PageButton")
        button.setCheckable(True)
        role(button, "segment")
        button.clicked.connect(lambda: self.show_page(name))
        self._group.addButton(button)
        self.line.addWidget(button)
        self._buttons[name], self._makers[name] = button, make

    @property
    def made(self) -> tuple[str, ...]:
        """The names of the pages that were shown."""
        return tuple(self._made)

    def page(self, name: str) -> EvaluationPage:
        """Return a page, made if it was never shown."""
        if name not in self._made:
            self._made[name] = made = self._makers[name]()
            self.addWidget(made)
            made.show_reading(self._reading, self._hint)
        return self._made[name]

    def show_page(self, name: str) -> None:
        """Show a page as a click on its button does."""
        self.setCurrentWidget(self.page(name))
        self._buttons[name].setChecked(True)
        self.chosen.emit(name)

    def show_reading(self, reading: LoadedEvaluation | None, hint: str) -> None:
        """Show a reading, or a hint, on every page."""
        self._reading, self._hint = reading, hint
        for page in self._made.values():
            page.show_reading(reading, hint)


class Pages(PageStack):
    """The pages there are besides the first; a further one is one method and one line here."""

    def __init__(
        self, theme: Theme, engine: EngineClient, saver: FigureSaver, selection: ImageSelection
    ) -> None:
        super().__init__()
        self._theme, self._engine, self._saver, self._selection = theme, engine, saver, selection

    def add_all(self) -> None:
        """Add the pages that are made late."""
        self.add_page("classes", self.tr("Per class"), self._make_classes)
        self.add_page("curves", self.tr("Curves"), self._make_curves)
        self.add_page("calibration", self.tr("Calibration"), self._make_calibration)
        self.add_page("labels", self.tr("Labels"), self._make_labels)
        self.add_page("map", self.tr("Map"), self._make_map)

    def _make_classes(self) -> EvaluationPage:
        from cnn_studio.ui.evaluate.class_metrics_page import ClassMetricsPage

        return ClassMetricsPage(self._theme, self._saver, self._selection)

    def _make_curves(self) -> EvaluationPage:
        from cnn_studio.ui.evaluate.roc_pr_page import RocPrPage

        return RocPrPage(self._theme, self._saver)

    def _make_calibration(self) -> EvaluationPage:
        from cnn_studio.ui.evaluate.calibration_page import CalibrationPage

        return CalibrationPage(self._theme, self._saver, self._selection)

    def _make_labels(self) -> EvaluationPage:
        from cnn_studio.ui.evaluate.labels.labels_page import LabelsPage

        return LabelsPage(self._theme, self._engine, self._selection)

    def _make_map(self) -> EvaluationPage:
        from cnn_studio.ui.evaluate.map.map_page import MapPage

        return MapPage(self._theme, self._engine, self._selection)
