"""The line of controls above the curves: scale, smoothing, batches, fit, table, saving."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font, role

MOST_SMOOTHING = 99
"""Hundredths."""
SLIDER_PX = 96


class CurvesToolbar(QWidget):
    """Steers a `CurvesView`.

    Signals:
        table_wanted: The table button was clicked.
        figure_wanted: The curves are to be saved as a figure.
        epochs_wanted: The epochs are to be saved as CSV.
        batches_wanted: The batches are to be saved as CSV.
    """

    table_wanted = Signal()
    figure_wanted = Signal()
    epochs_wanted = Signal()
    batches_wanted = Signal()

    def __init__(self, view: CurvesView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._theme = view, theme
        self.linear = self._segment(self.tr("Linear"), "curvesLinear")
        self.logarithmic = self._segment(self.tr("Log"), "curvesLog")
        self.logarithmic.setToolTip(
            self.tr("Logarithmic axes: of the loss, and of the error where accuracy is shown")
        )
        self.logarithmic.setAccessibleName(self.tr("Logarithmic axes"))
        self.linear.setAccessibleName(self.tr("Linear axes"))
        scales = QButtonGroup(self)
        scales.addButton(self.linear)
        scales.addButton(self.logarithmic)
        self.linear.setChecked(True)
        self.logarithmic.toggled.connect(view.set_logarithmic)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setObjectName("curvesSmoothing")
        self.smoothing.setAccessibleName(self.tr("Smoothing"))
        self.smoothing.setToolTip(
            self.tr(
                "Weight of the past in an exponential moving average. It smooths the batches, or the epochs "
                "where no batches are shown; the curves themselves stay behind it, faint"
            )
        )
        self.smoothing.setRange(0, MOST_SMOOTHING)
        self.smoothing.setPageStep(10)
        self.smoothing.setMinimumWidth(SLIDER_PX // 2)
        self.smoothing.setMaximumWidth(2 * SLIDER_PX)
        self.smoothing.valueChanged.connect(self._smooth)
        self._weight = label("0.00", "field")
        self._weight.setFont(font(CAPTION_PT, tabular=True))
        self._weight.setMinimumWidth(28)
        self.batches = self._segment(self.tr("Batches"), "curvesBatches")
        self.batches.setToolTip(self.tr("Show the thin curves inside the epochs"))
        self.batches.setChecked(True)
        self.batches.toggled.connect(view.set_batches)
        self.fit = self._button("curvesFit", self.tr("Show everything"))
        self.fit.setToolTip(
            self.tr(
                "Show everything (0, or a double click). Drag a rectangle or turn the wheel to zoom in; Backspace goes back"
            )
        )
        self.fit.clicked.connect(view.fit)
        self.table = self._button("curvesTableButton", self.tr("Show the figures as a table"))
        self.table.clicked.connect(self.table_wanted)
        self.save = self._button("saveCurvesButton", self.tr("Save the curves"))
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save.setMenu(self._save_menu())
        self.save.hide()
        view.changed.connect(self._show_view)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show_view()
        self._lay_out()

    def _save_menu(self) -> QMenu:
        menu = QMenu(self)
        figure = QAction(self.tr("Figure (PNG, SVG, PDF) …"), menu)
        epochs = QAction(self.tr("Epochs as CSV …"), menu)
        self.batches_action = QAction(self.tr("Batches as CSV …"), menu)
        for action, signal in (
            (figure, self.figure_wanted),
            (epochs, self.epochs_wanted),
            (self.batches_action, self.batches_wanted),
        ):
            action.triggered.connect(lambda _=False, signal=signal: signal.emit())
            menu.addAction(action)
        return menu

    def _segment(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setCheckable(True)
        role(button, "segment")
        return button

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.setIconSize(QSize(18, 18))
        role(button, "quiet")
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(STEP_PX, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.linear)
        line.addWidget(self.logarithmic)
        line.addSpacing(STEP_PX)
        line.addWidget(self.batches)
        line.addSpacing(STEP_PX)
        name = label(self.tr("Smoothing"), "field")
        name.setBuddy(self.smoothing)
        line.addWidget(name)
        line.addWidget(self.smoothing, 1)
        line.addWidget(self._weight)
        line.addStretch(1)
        buttons: tuple[QAbstractButton, ...] = (self.fit, self.table, self.save)
        for button in buttons:
            line.addWidget(button)

    def _smooth(self, hundredths: int) -> None:
        self._weight.setText(f"{hundredths / 100:.2f}")
        self._view.set_smoothing(hundredths / 100)

    def _show_view(self) -> None:
        self.fit.setEnabled(self._view.zoomed)

    def _paint_icons(self) -> None:
        for button, name in (
            (self.fit, "fit-to-page-outline"),
            (self.table, "table"),
            (self.save, "download"),
        ):
            button.setIcon(self._theme.icon(name))
