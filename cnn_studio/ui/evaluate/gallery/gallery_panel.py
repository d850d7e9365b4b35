"""The selected images, at the right of every page: in an order, filtered, enlarged, exported."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QSlider, QVBoxLayout

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.evaluation.image_list import ListedAnswers
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.gallery.gallery_export import GalleryExport
from cnn_studio.ui.evaluate.gallery.gallery_filter import GalleryFilter
from cnn_studio.ui.evaluate.gallery.gallery_similar import SimilarSorting
from cnn_studio.ui.evaluate.gallery.gallery_tiles import EvaluationTiles
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.opened_network import OpenedNetwork
from cnn_studio.ui.services.background_task import end_of
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.counts_text import images_in_words
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import LARGEST_PICTURE_PX, PICTURE_PX, SMALLEST_PICTURE_PX, as_image

SIMILAR = "similar"
SLIDER_PX = 96
Rows = NDArray[np.intp]


class GalleryPanel(EvaluationPage):
    """The title of the selection, its images, and what can be done with them.

    Signals:
        opened: The index, among `rows`, of an image that is to be put under the lens.
        reading_changed: Another evaluation is shown, or none.

    Attributes:
        rows: (N,) the rows of the evaluation that are shown, in their order.
        network: What answers for the reading; None without one.
    """

    opened = Signal(int)
    reading_changed = Signal()

    def __init__(self, theme: Theme, selection: ImageSelection, settings: Settings, banner: Banner) -> None:
        super().__init__()
        self.setObjectName("galleryPanel")
        self._theme, self._selection = theme, selection
        self._ended = end_of(self)
        self.answers: ListedAnswers | None = None
        self.rows: Rows = np.zeros(0, np.intp)
        self.network: OpenedNetwork | None = None
        self.gallery = Gallery(theme)
        self.filter = GalleryFilter()
        self.filter.hide()
        self.export = GalleryExport(theme, settings, banner, self.gallery, self._ended)
        self._alike = SimilarSorting(self._ended, self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._paint_icons()

    def _make_controls(self) -> None:
        self.title = label("", "title")
        self.title.setObjectName("galleryTitle")
        self.title.setWordWrap(True)
        self.errors_button = self._button(
            "allErrorsButton",
            self.tr("Errors"),
            self.tr("All misread images, the most confident mistake first"),
        )
        self.all_button = self._button("allImagesButton", self.tr("All"), self.tr("All images, read or not"))
        for button in (self.errors_button, self.all_button):
            role(button, "segment")
        self.filter_button = self._button(
            "galleryFilterButton", "", self.tr("Filter by class, confidence or number")
        )
        self.filter_button.setCheckable(True)
        role(self.filter_button, "tool")
        self.clear_button = self._button("clearFilterButton", "", self.tr("Clear the filter"))
        self.clear_button.hide()
        self.sorting = QComboBox()
        self.sorting.setObjectName("gallerySortSelector")
        self.sorting.setAccessibleName(self.tr("Order of the images"))
        self.sorting.setToolTip(
            self.tr(
                "The order of the images. “As chosen” is the order of the page they were "
                "chosen on; “Likeness” puts the images the network finds most like the "
                "marked one first."
            )
        )
        for name, text in (
            ("given", self.tr("As chosen")),
            ("surest", self.tr("Most confident")),
            ("least sure", self.tr("Least confident")),
            ("loss", self.tr("Highest loss")),
            ("true class", self.tr("True class")),
            ("read class", self.tr("Read class")),
            ("number", self.tr("Number")),
            (SIMILAR, self.tr("Likeness")),
        ):
            self.sorting.addItem(text, name)
        self.sorting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sorting.setMinimumContentsLength(7)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setObjectName("gallerySizeSlider")
        self.size_slider.setAccessibleName(self.tr("Size of the pictures"))
        self.size_slider.setToolTip(self.tr("Size of the pictures (Ctrl + and Ctrl −)"))
        self.size_slider.setRange(SMALLEST_PICTURE_PX, LARGEST_PICTURE_PX)
        self.size_slider.setSingleStep(2 * STEP_PX)
        self.size_slider.setPageStep(4 * STEP_PX)
        self.size_slider.setValue(PICTURE_PX)
        self.size_slider.setFixedWidth(SLIDER_PX)
        self.where = label("", "field")
        self.where.setObjectName("galleryWhere")
        self.back_button = self._button("galleryBackButton", "", self.tr("Previous page (Page Up)"))
        self.on_button = self._button("galleryOnButton", "", self.tr("Next page (Page Down)"))

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
        head.addWidget(self.title, 1)
        head.addWidget(self.errors_button)
        head.addWidget(self.all_button)
        tools = QHBoxLayout()
        tools.setSpacing(STEP_PX)
        name = label(self.tr("Sort by"), "field")
        name.setBuddy(self.sorting)
        tools.addWidget(name)
        tools.addWidget(self.sorting, 1)
        tools.addWidget(self.clear_button)
        tools.addWidget(self.filter_button)
        tools.addWidget(self.export.button)
        foot = QHBoxLayout()
        foot.setSpacing(STEP_PX // 2)
        foot.addWidget(self.where, 1)
        foot.addWidget(self.size_slider)
        foot.addWidget(self.back_button)
        foot.addWidget(self.on_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(head)
        column.addLayout(tools)
        column.addWidget(self.filter)
        column.addWidget(self.export.progress)
        column.addWidget(self.gallery, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self._selection.changed.connect(self._show_selection)
        self.gallery.selectionModel().selectionChanged.connect(self._mark)
        self.errors_button.clicked.connect(self.choose_errors)
        self.all_button.clicked.connect(self.choose_all)
        self.filter_button.toggled.connect(self.filter.setVisible)
        self.filter.changed.connect(self._arrange)
        self.clear_button.clicked.connect(self.filter.clear)
        self.sorting.currentIndexChanged.connect(self._arrange)
        self.size_slider.valueChanged.connect(self.gallery.resize_pictures)
        self.back_button.clicked.connect(lambda: self.gallery.turn(-1))
        self.on_button.clicked.connect(lambda: self.gallery.turn(1))
        self.gallery.turned.connect(self._say_where)
        self.gallery.opened.connect(self.opened)
        self.gallery.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.gallery.customContextMenuRequested.connect(self._open_menu)
        self._alike.progressed.connect(self._say_progress)
        self._alike.done.connect(self._take_similar)
        self._alike.failed.connect(self._refuse_similar)
        self._theme.changed.connect(self._paint_icons)

    def _paint_icons(self) -> None:
        self.filter_button.setIcon(self._theme.icon("filter-variant"))
        self.clear_button.setIcon(self._theme.icon("filter-remove-outline"))
        self.back_button.setIcon(self._theme.icon("chevron-left"))
        self.on_button.setIcon(self._theme.icon("chevron-right"))

    def choose_errors(self) -> None:
        """Select all misread images, the most confident mistake first."""
        if self.reading is not None:
            numbers = self.reading.evaluation.errors()
            title = self.tr("All errors: {count}").format(count=images_in_words(len(numbers)))
            self._selection.choose(numbers, title)

    def choose_all(self) -> None:
        """Select all images, in the order of their numbers."""
        if self.reading is not None:
            count = len(self.reading.evaluation.labels)
            title = self.tr("All: {count}").format(count=images_in_words(count))
            self._selection.choose(range(count), title, "gallery")

    def refresh(self) -> None:
        """Show the errors of a reading, or its hint."""
        reading = self.reading
        if self.network is not None:
            self.network.close()
        self._alike.forget()
        self.answers = None if reading is None else ListedAnswers(reading.evaluation)
        self.network = None if reading is None else OpenedNetwork(reading, self._ended)
        for widget in (
            self.errors_button,
            self.all_button,
            self.sorting,
            self.filter_button,
            self.size_slider,
        ):
            widget.setEnabled(reading is not None)
        if reading is None:
            self.title.setText(self.tr("Images"))
            self.gallery.hint = self.hint
            self._show_rows(np.zeros(0, np.intp))
        else:
            self.filter.show_classes(reading.evaluation.classes)
            self.choose_errors()
        self.reading_changed.emit()

    def _show_selection(self) -> None:
        if self.reading is not None:
            self.title.setText(self._selection.title)
            self._arrange()

    def _mark(self) -> None:
        """Let the other pages know which images are marked."""
        self._selection.mark(self.rows[self.gallery.chosen_positions].astype(np.intp))

    def _arrange(self) -> None:
        """Show the selection, filtered and in the order that is asked for."""
        answers = self.answers
        if answers is None:
            return
        self._alike.forget()
        marked = int(self.rows[self.gallery.position]) if self.gallery.position >= 0 else -1
        wanted, order = self.filter.wanted, self.sorting.currentData()
        rows = answers.chosen(self._selection.numbers, wanted)
        self.clear_button.setVisible(self.filter.is_set)
        left_out = len(rows) < len(self._selection.numbers)
        self.gallery.hint = self.filter.fault or (
            self.tr("No image matches the filter") if left_out else self.tr("No image of this kind")
        )
        if order == SIMILAR and len(rows):
            if not np.array_equal(np.sort(rows), np.sort(self.rows)):
                self._show_rows(rows)  # at once, and sorted as soon as that is known
            self._compare(rows, marked if marked >= 0 else int(rows[0]))
        else:
            self._show_rows(rows if order == SIMILAR else answers.arranged(rows, order))

    def show_similar(self, row: int) -> None:
        """Sort what is shown by its likeness to an image."""
        self.sorting.blockSignals(True)
        self.sorting.setCurrentIndex(self.sorting.findData(SIMILAR))
        self.sorting.blockSignals(False)
        self._compare(self.rows, row)

    def _compare(self, rows: Rows, row: int) -> None:
        """Sort images by their likeness to one, off the GUI thread."""
        assert self.network is not None
        self._alike.sort(self.network, rows, row)
        self.where.setText(self.tr("Opening the network …"))

    def _say_progress(self, share: float) -> None:
        if self._alike.busy:
            self.where.setText(self.tr("Comparing: {percent:.0f} %").format(percent=100 * share))

    def _take_similar(self, rows: Rows, row: int) -> None:
        self._show_rows(rows)
        positions = np.flatnonzero(rows == row)
        if len(positions):
            self.gallery.make_current(int(positions[0]))

    def _refuse_similar(self, error: StudioError) -> None:
        self.sorting.setCurrentIndex(0)
        self.export.banner.say_error(error)

    def _show_rows(self, rows: Rows) -> None:
        self.rows = rows
        images = None if self.reading is None else self.reading.images
        tiles = EvaluationTiles(self.answers, rows) if self.answers is not None else ()
        self.gallery.show_tiles(tiles, images)
        self.export.show_images(self.answers, images, rows, self.title.text())
        self._say_where()

    def _say_where(self) -> None:
        sight, count = self.gallery.in_sight, len(self.rows)
        text = self.tr("{first:,} to {last:,} of {count:,}")
        if count < len(self._selection.numbers) and self.reading is not None:
            text += " " + self.tr("(filtered)")
        said = text.format(first=sight.start + 1, last=sight.stop, count=count) if count else ""
        self.where.setText(said)
        bar = self.gallery.verticalScrollBar()
        self.back_button.setEnabled(bar.value() > 0)
        self.on_button.setEnabled(bar.value() < bar.maximum())

    def _open_menu(self, position: QPoint) -> None:
        """Offer what can be done with the image under the pointer, or with the marked one."""
        index = self.gallery.indexAt(position)
        number = index.row() if index.isValid() else self.gallery.position
        if number < 0:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Look closer"), lambda: self.opened.emit(number))
        similar = menu.addAction(self.tr("More like this"), lambda: self.show_similar(int(self.rows[number])))
        copy = menu.addAction(self.tr("Copy the image"), lambda: self._copy(number))
        for action in (similar, copy):
            action.setEnabled(self.reading is not None and self.reading.images is not None)
        menu.popup(self.gallery.viewport().mapToGlobal(position))

    def _copy(self, position: int) -> None:
        assert self.reading is not None
        assert self.reading.images is not None
        QGuiApplication.clipboard().setImage(as_image(self.reading.images[self.rows[position]]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl with + and - changes the pictures' size, Ctrl+F opens the filter."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.size_slider.setValue(self.size_slider.value() + 2 * STEP_PX)
        elif control and event.key() == Qt.Key.Key_Minus:
            self.size_slider.setValue(self.size_slider.value() - 2 * STEP_PX)
        elif control and event.key() == Qt.Key.Key_F:
            self.filter_button.setChecked(True)
            self.filter.true.setFocus()
        else:
            super().keyPressEvent(event)
