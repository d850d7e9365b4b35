"""One image of the data set, enlarged: its pixels, its label as the network takes it, its index in the file."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.ui.data.dataset_facts import DatasetSample
from cnn_studio.ui.data.pixel_matrix import ZOOM, PixelMatrix
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

FACTS_PX = 200
ARRAYS = (".npz", ".csv")
MOST_OF_ONE_HOT = 20
"""Classes up to which the whole one-hot vector is written out."""


class SampleView(QWidget):
    """An enlarged image.

    Signals:
        closed: Back to the grid; the image's index in it.
    """

    closed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sampleView")
        self._theme = theme
        self._sample: DatasetSample | None = None
        self._info: DatasetInfo | None = None
        self.index = 0
        self.matrix = PixelMatrix(theme)
        self.matrix.pointed.connect(self._point)
        self.back = self._button(
            "sampleBackButton", self.tr("All images"), self.tr("Back to all images (Esc)")
        )
        self.previous = self._button("samplePreviousButton", "", self.tr("Previous image (Left)"))
        self.next = self._button("sampleNextButton", "", self.tr("Next image (Right)"))
        self.smaller = self._button("zoomOutButton", "", self.tr("Zoom out (-)"))
        self.larger = self._button("zoomInButton", "", self.tr("Zoom in (+)"))
        self.whole = self._button(
            "zoomFitButton", self.tr("Whole image"), self.tr("Show the whole image (0)")
        )
        self.numbers = self._button(
            "zoomNumbersButton", self.tr("Numbers"), self.tr("Zoom in until the numbers can be read")
        )
        self.back.clicked.connect(self.close_view)
        self.previous.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        self.smaller.clicked.connect(lambda: self.matrix.zoom(1 / ZOOM))
        self.larger.clicked.connect(lambda: self.matrix.zoom(ZOOM))
        self.whole.clicked.connect(self.matrix.fit)
        self.numbers.clicked.connect(self.matrix.read_numbers)
        self.title = label("", "figure")
        self.title.setObjectName("sampleTitle")
        self.pixel = label("", "caption")
        self.pixel.setObjectName("pixelReadout")
        self._facts: dict[str, QLabel] = {}
        self._lay_out()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        role(button, "quiet")
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        head.addWidget(self.back)
        head.addStretch(1)
        for button in (self.smaller, self.larger, self.whole, self.numbers):
            head.addWidget(button)
        head.addSpacing(2 * STEP_PX)
        head.addWidget(self.previous)
        head.addWidget(self.next)
        side = QWidget()
        side.setFixedWidth(FACTS_PX)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self.title)
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, (name, text) in enumerate(
            (
                ("place", self.tr("Index in the file")),
                ("label", self.tr("Class number")),
                ("one_hot", self.tr("One-hot vector")),
                ("values", self.tr("Pixel values")),
            )
        ):
            fact = label("", "")
            fact.setObjectName(f"sampleFact-{name}")
            fact.setWordWrap(True)
            fact.setAccessibleName(text)
            fact.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._facts[name] = fact
            caption = label(text, "caption")
            caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(caption, 2 * row, 0)
            grid.addWidget(fact, 2 * row + 1, 0)
            grid.setRowMinimumHeight(2 * row, 4 * STEP_PX)
        column.addLayout(grid)
        column.addSpacing(STEP_PX)
        column.addWidget(self.pixel)
        column.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(2 * STEP_PX)
        body.addWidget(self.matrix, 1)
        body.addWidget(side)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addLayout(body, 1)

    def _paint_icons(self) -> None:
        for button, name in (
            (self.back, "arrow-left"),
            (self.previous, "chevron-left"),
            (self.next, "chevron-right"),
            (self.smaller, "magnify-minus-outline"),
            (self.larger, "magnify-plus-outline"),
        ):
            button.setIcon(self._theme.icon(name))

    def show_image(self, sample: DatasetSample, info: DatasetInfo, index: int) -> None:
        """Show an image by its index in a sample."""
        self._sample, self._info, self.index = sample, info, index
        number = int(sample.numbers[index])
        pixels = sample.images[number]
        chosen = int(sample.labels[number])
        self.title.setText(info.classes[chosen])
        self._facts["place"].setText(self._source_text(sample, number, info))
        self._facts["label"].setText(
            self.tr("{number} of 0 to {last}").format(number=chosen, last=len(info.classes) - 1)
        )
        self._facts["one_hot"].setText(one_hot(chosen, len(info.classes)))
        self._facts["values"].setText(
            self.tr("{low} to {high}, mean {mean:.1f}").format(
                low=int(pixels.min()), high=int(pixels.max()), mean=float(pixels.mean())
            )
        )
        self.matrix.show_pixels(pixels)
        self.previous.setEnabled(index > 0)
        self.next.setEnabled(index < len(sample.numbers) - 1)

    def _source_text(self, sample: DatasetSample, number: int, info: DatasetInfo) -> str:
        """Say where an image is: its file in a folder or archive, its index in an array or table."""
        file = sample.file or info.file
        whole = file.replace("\\", "/").rsplit("/", 1)[-1]
        if sample.names is not None:
            return self.tr("{file} in {folder}").format(file=sample.names[number], folder=whole)
        array = file.endswith(ARRAYS)
        text = self.tr("{file}, {part}[{number}]") if array else self.tr("{part}[{number}] of {file}")
        return text.format(file=whole, part=sample.source, number=number)

    def close_view(self) -> None:
        """Go back to the grid."""
        self.closed.emit(self.index)

    def _go(self, step: int) -> None:
        if self._sample is not None and self._info is not None:
            index = min(len(self._sample.numbers) - 1, max(0, self.index + step))
            self.show_image(self._sample, self._info, index)

    def _point(self, row: int, column: int) -> None:
        self.pixel.setText(self.matrix.describe(row, column))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_view()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._go(-1 if key == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)


def one_hot(label: int, classes: int) -> str:
    """Return a label as the vector a network is taught: 1 at its class, 0 elsewhere."""
    if classes <= MOST_OF_ONE_HOT:
        return " ".join("1" if number == label else "0" for number in range(classes))
    return f"0 … 1 … 0 (1 at {label} of {classes})"
