"""The images themselves: a grid by part and class, in the file's order or shuffled, one of them enlarged."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.ui.data.dataset_facts import PARTS, Part, chosen, counts_of
from cnn_studio.ui.data.sample_grid import SampleGrid
from cnn_studio.ui.data.sample_view import SampleView
from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role


class ImagesPage(QWidget):
    """What there is to learn from; R shuffles it."""

    def __init__(self, theme: Theme, subject: ShownDataset, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("imagesPage")
        self._theme, self._subject = theme, subject
        self.seed: int | None = None
        self.grid = SampleGrid(theme)
        self.view = SampleView(theme)
        self.part_selector = QComboBox()
        self.part_selector.setObjectName("partSelector")
        self.part_selector.setAccessibleName(self.tr("Part"))
        self.part_selector.setToolTip(self.tr("Which part of the data, as the recipe divides them"))
        names: dict[Part, str] = {
            "train": self.tr("Training"),
            "validation": self.tr("Validation"),
            "test": self.tr("Test"),
        }
        for part in PARTS:
            self.part_selector.addItem(names[part], part)
        self.class_selector = QComboBox()
        self.class_selector.setObjectName("classSelector")
        self.class_selector.setAccessibleName(self.tr("Class"))
        self.class_selector.setToolTip(self.tr("Show the images of one class only"))
        for selector in (self.part_selector, self.class_selector):
            selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.part_selector.setMinimumContentsLength(9)
        self.class_selector.setMinimumContentsLength(14)
        self.shuffle_button = self._button(
            "shuffleButton", self.tr("Shuffle"), self.tr("Show the images in another random order (R)")
        )
        self.order_button = self._button(
            "fileOrderButton", self.tr("File order"), self.tr("Show the images in the order of the file")
        )
        self.back_button = self._button("previousPageButton", "", self.tr("Previous page (Page Up)"))
        self.on_button = self._button("nextPageButton", "", self.tr("Next page (Page Down)"))
        self.where = label("", "field")
        self.where.setObjectName("pageLabel")
        self.pages = QStackedWidget()
        self._lay_out()
        self._connect()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        role(button, "quiet")
        return button

    def _lay_out(self) -> None:
        choice = QHBoxLayout()
        choice.setSpacing(STEP_PX)
        choice.addWidget(self.part_selector)
        choice.addWidget(self.class_selector, 1)
        choice.addWidget(self.shuffle_button)
        choice.addWidget(self.order_button)
        foot = QHBoxLayout()
        foot.addWidget(self.where)
        foot.addStretch(1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.on_button)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(choice)
        column.addWidget(self.grid, 1)
        column.addLayout(foot)
        self.pages.addWidget(whole)
        self.pages.addWidget(self.view)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.pages)

    def _connect(self) -> None:
        self._subject.emptied.connect(self._empty)
        self._subject.loaded.connect(self._take)
        self._subject.divided.connect(self._take)
        self.part_selector.currentIndexChanged.connect(self._take)
        self.class_selector.currentIndexChanged.connect(self.refresh)
        self.shuffle_button.clicked.connect(self.shuffle)
        self.order_button.clicked.connect(self.unshuffle)
        self.back_button.clicked.connect(lambda: self.grid.turn(-1))
        self.on_button.clicked.connect(lambda: self.grid.turn(1))
        self.grid.turned.connect(self._count_pages)
        self.grid.opened.connect(self.enlarge)
        self.view.closed.connect(self._back)

    def _paint_icons(self) -> None:
        self.shuffle_button.setIcon(self._theme.icon("shuffle-variant"))
        self.back_button.setIcon(self._theme.icon("chevron-left"))
        self.on_button.setIcon(self._theme.icon("chevron-right"))

    def _empty(self) -> None:
        self.pages.setCurrentIndex(0)
        self._take()

    def _take(self) -> None:
        """List the classes of the chosen part; the chosen one stays chosen."""
        dataset = self._subject.dataset
        before = self.class_selector.currentData()
        self.class_selector.blockSignals(True)
        self.class_selector.clear()
        if dataset is not None:
            sample = self._subject.parts[self.part_selector.currentData()]
            counts = counts_of(sample, len(dataset.info.classes))
            self.class_selector.addItem(self.tr("All classes · {count:,}").format(count=sum(counts)), None)
            for number, (name, count) in enumerate(zip(dataset.info.classes, counts, strict=True)):
                self.class_selector.addItem(f"{name} · {count:,}", number)
            self.class_selector.setCurrentIndex(max(0, self.class_selector.findData(before)))
        self.class_selector.blockSignals(False)
        self.refresh()

    def refresh(self) -> None:
        """Show the images that are asked for."""
        dataset = self._subject.dataset
        for widget in (self.part_selector, self.class_selector, self.shuffle_button):
            widget.setEnabled(dataset is not None)
        self.order_button.setVisible(self.seed is not None and dataset is not None)
        if dataset is None:
            self.grid.hint = self._subject.hint
            self.grid.show_sample(None, ())
            return
        part: Part = self.part_selector.currentData()
        sample = chosen(self._subject.parts[part], self.class_selector.currentData(), self.seed)
        if not len(sample.numbers):
            self.grid.hint = self.tr("No images here: the recipe sets none aside for this part")
        self.grid.show_sample(sample, dataset.info.classes)
        self._sample = sample

    def shuffle(self) -> None:
        """Take another random order; the same number of shuffles gives the same one."""
        self.seed = 1 if self.seed is None else self.seed + 1
        self.refresh()

    def unshuffle(self) -> None:
        """Take the order of the file."""
        self.seed = None
        self.refresh()

    def enlarge(self, index: int) -> None:
        """Show one image as its numbers."""
        dataset = self._subject.dataset
        if dataset is not None:
            self.view.show_image(self._sample, dataset.info, index)
            self.pages.setCurrentWidget(self.view)
            self.view.matrix.setFocus()

    def _back(self, index: int) -> None:
        self.pages.setCurrentIndex(0)
        self.grid.make_current(index)
        self.grid.setFocus()

    def _count_pages(self) -> None:
        shown, count = self.grid.in_view, self.grid.count
        order = (
            "" if self.seed is None else " · " + self.tr("shuffled with seed {seed}").format(seed=self.seed)
        )
        text = self.tr("{first:,} to {last:,} of {count:,}")
        self.where.setText(
            text.format(first=shown.start + 1, last=shown.stop, count=count) + order if count else ""
        )
        bar = self.grid.verticalScrollBar()
        self.back_button.setEnabled(bar.value() > 0)
        self.on_button.setEnabled(bar.value() < bar.maximum())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() == Qt.Key.Key_R
            and self._subject.dataset is not None
            and self.pages.currentIndex() == 0
        ):
            self.shuffle()
        else:
            super().keyPressEvent(event)
