"""What can be chosen of what a network sees: the picture, the convolution, the epoch."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QSpinBox, QToolButton

from cnn_studio.ui.live_view.live_looker import LiveSnapshot
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

MOST_IMAGES = 10_000_000
NUMBER_PX, PICTURE_PX, LAYER_PX = 96, 152, 152


class LiveControls(QHBoxLayout):
    """The row above the pictures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.sources = QComboBox()
        self.sources.setObjectName("watchPictureSelector")
        self.sources.setAccessibleName(self.tr("Picture the network is shown"))
        self.sources.setToolTip(self.tr("Picture the network is shown"))
        for title, source in (
            (self.tr("Validation image"), "validation"),
            (self.tr("Test image"), "test"),
            (self.tr("My drawing"), "drawing"),
        ):
            self.sources.addItem(title, source)
        self.number = QSpinBox()
        self.number.setObjectName("watchPictureNumber")
        self.number.setAccessibleName(self.tr("Number of the picture"))
        self.number.setToolTip(self.tr("Which of these pictures, from 1"))
        self.number.setRange(1, MOST_IMAGES)
        self.number.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        self.layers = QComboBox()
        self.layers.setObjectName("watchLayerSelector")
        self.layers.setAccessibleName(self.tr("Convolution whose maps are shown"))
        self.layers.setToolTip(self.tr("Convolution whose maps are shown"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("watchEpochSlider")
        self.slider.setAccessibleName(self.tr("Epoch whose network is shown"))
        self.slider.setToolTip(self.tr("Go back through the epochs; at the right end the newest is followed"))
        self.slider.setRange(0, 0)
        self.larger = QToolButton()
        self.larger.setObjectName("watchLargerButton")
        self.larger.setAccessibleName(self.tr("Enlarge, in place of the curves"))
        self.larger.setToolTip(self.tr("Enlarge, in place of the curves"))
        self.larger.setCheckable(True)
        role(self.larger, "quiet")
        self.number.setMaximumWidth(NUMBER_PX)
        for widget, width in ((self.sources, PICTURE_PX), (self.number, NUMBER_PX), (self.layers, LAYER_PX)):
            widget.setMinimumWidth(width)
        self.setSpacing(STEP_PX)
        self.addWidget(self.sources)
        self.addWidget(self.number)
        self.addWidget(self.layers)
        self.addWidget(self.slider, 1)
        self.addWidget(self.larger)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def show_snapshot(self, snapshot: LiveSnapshot | None) -> None:
        """Offer what there is to be chosen."""
        if snapshot is not None:
            self._list_layers(snapshot)
            self.number.blockSignals(True)
            self.number.setMaximum(snapshot.count or MOST_IMAGES)
            self.number.blockSignals(False)
            self.slider.blockSignals(True)
            self.slider.setRange(0, len(snapshot.epochs) - 1)
            self.slider.setValue(snapshot.position)
            self.slider.blockSignals(False)
        self.slider.setEnabled(snapshot is not None and len(snapshot.epochs) > 1)
        self.layers.setEnabled(snapshot is not None and snapshot.layers > 1)
        self.number.setEnabled(self.sources.currentData() != "drawing")

    def _list_layers(self, snapshot: LiveSnapshot) -> None:
        if self.layers.count() != snapshot.layers:
            self.layers.clear()
            for number in range(snapshot.layers):
                self.layers.addItem(self.tr("Convolution {number}").format(number=number + 1))
        self.layers.setCurrentIndex(snapshot.layer)

    def _paint_icons(self) -> None:
        self.larger.setIcon(self._theme.icon("arrow-expand-vertical", "muted"))
