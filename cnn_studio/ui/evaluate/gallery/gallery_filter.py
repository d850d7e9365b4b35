"""Which of the chosen images are shown: by true and read class, confidence, number, only errors."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from cnn_studio.core.evaluation.image_list import ImageFilter, read_numbers
from cnn_studio.ui.style.form_layout import label, name_clear_button
from cnn_studio.ui.style.theme import STEP_PX, role

ALL_PERCENT = 100
TYPING_MS = 200
FIELD_PX = 72


class GalleryFilter(QWidget):
    """The fields of a filter.

    Signals:
        changed: Another filter is set; read `wanted`.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("galleryFilter")
        role(self, "plain")
        self.true = self._classes("filterTrueSelector", self.tr("True class"))
        self.read = self._classes("filterReadSelector", self.tr("Read as"))
        self.lowest = self._percent("filterLowestSpin", self.tr("Lowest confidence, percent"), 0)
        self.highest = self._percent("filterHighestSpin", self.tr("Highest confidence, percent"), ALL_PERCENT)
        self.numbers = QLineEdit()
        self.numbers.setObjectName("filterNumbers")
        self.numbers.setAccessibleName(self.tr("Numbers of images"))
        self.numbers.setPlaceholderText("12, 40-43")
        self.numbers.setToolTip(self.tr("Numbers in the data set, such as 12, 40-43"))
        self.numbers.setClearButtonEnabled(True)
        name_clear_button(self.numbers, self.tr("Clear the numbers"))
        self.only_errors = QCheckBox(self.tr("Only errors"))
        self.only_errors.setObjectName("filterErrorsCheck")
        self.only_errors.setToolTip(self.tr("Leave out what was read correctly"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._lay_out()
        self._connect()

    def _classes(self, name: str, text: str) -> QComboBox:
        selector = QComboBox()
        selector.setObjectName(name)
        selector.setAccessibleName(text)
        selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        selector.setMinimumContentsLength(4)
        return selector

    def _percent(self, name: str, text: str, value: int) -> QSpinBox:
        spin = QSpinBox()
        spin.setObjectName(name)
        spin.setAccessibleName(text)
        spin.setToolTip(text)
        spin.setRange(0, ALL_PERCENT)
        spin.setSuffix(" %")
        spin.setValue(value)
        spin.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        return spin

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(STEP_PX)
        grid.setVerticalSpacing(STEP_PX // 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for row, column, text, widget in (
            (0, 0, self.tr("True class"), self.true),
            (0, 2, self.tr("Read as"), self.read),
            (1, 0, self.tr("Confidence"), self.lowest),
            (1, 2, self.tr("to"), self.highest),
            (2, 0, self.tr("Number"), self.numbers),
        ):
            name = label(text, "field")
            name.setBuddy(widget)
            widget.setMinimumWidth(FIELD_PX)
            grid.addWidget(name, row, column)
            grid.addWidget(widget, row, column + 1)
        grid.addWidget(self.only_errors, 2, 2, 1, 2)

    def _connect(self) -> None:
        self._typing.timeout.connect(self.changed)
        for selector in (self.true, self.read):
            selector.currentIndexChanged.connect(self.changed)
        self.only_errors.toggled.connect(self.changed)
        self.lowest.valueChanged.connect(self._take_lowest)
        self.highest.valueChanged.connect(self._take_highest)
        self.numbers.textChanged.connect(lambda text: self._typing.start())

    @property
    def wanted(self) -> ImageFilter:
        """The filter that is set; numbers that cannot be read are none."""
        try:
            numbers = read_numbers(self.numbers.text())
        except ValueError:
            numbers = ()
        return ImageFilter(
            self.true.currentData(),
            self.read.currentData(),
            self.only_errors.isChecked(),
            self.lowest.value() / ALL_PERCENT,
            self.highest.value() / ALL_PERCENT,
            numbers,
        )

    @property
    def is_set(self) -> bool:
        """Whether it leaves anything out."""
        return self.wanted != ImageFilter()

    @property
    def fault(self) -> str:
        """What is wrong with the numbers, or nothing."""
        try:
            read_numbers(self.numbers.text())
        except ValueError:
            return self.tr("Numbers are written as 12, 40-43.")
        return ""

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """Offer the classes of another evaluation; what is set stays where its class is still there."""
        for selector in (self.true, self.read):
            before = selector.currentText()
            selector.blockSignals(True)
            selector.clear()
            selector.addItem(self.tr("any"), None)
            for number, name in enumerate(classes):
                selector.addItem(name, number)
            selector.setCurrentIndex(max(0, selector.findText(before)))
            selector.blockSignals(False)

    def clear(self) -> None:
        """Let everything through."""
        fields = (self.true, self.read, self.lowest, self.highest, self.numbers, self.only_errors)
        for field in fields:
            field.blockSignals(True)
        self.true.setCurrentIndex(0)
        self.read.setCurrentIndex(0)
        self.lowest.setValue(0)
        self.highest.setValue(ALL_PERCENT)
        self.numbers.clear()
        self.only_errors.setChecked(False)
        for field in fields:
            field.blockSignals(False)
        self.changed.emit()

    def _take_lowest(self, value: int) -> None:
        if value > self.highest.value():
            self.highest.setValue(value)
        self.changed.emit()

    def _take_highest(self, value: int) -> None:
        if value < self.lowest.value():
            self.lowest.setValue(value)
        self.changed.emit()
