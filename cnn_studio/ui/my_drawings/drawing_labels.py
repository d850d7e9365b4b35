"""The part of the Draw tab where a person says what a drawing shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.collection import Collection, LabeledDrawing
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.drawing.stroke_model import Strokes
from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.my_drawings.class_picker import ClassPicker
from cnn_studio.ui.my_drawings.correction import Correction, Kept
from cnn_studio.ui.my_drawings.kept_notice import KeptNotice
from cnn_studio.ui.my_drawings.row_chooser import RowChooser
from cnn_studio.ui.my_drawings.thumbnails import Thumbnails
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas
from cnn_studio.ui.widgets.prediction_bars import PredictionBars

if TYPE_CHECKING:
    from cnn_studio.ui.my_drawings.my_drawings_window import MyDrawingsWindow


class DrawingLabels(QObject):
    """Corrections by row, key and list, their confirmation, and the way to "My drawings".

    Args:
        theme: The appearance.
        canvas: The pad.
        bars: The answer's rows.
        collection: Where corrected drawings are kept.
        banner: Where it is said what went wrong.
        settings: Remembers the folder of exports.
        page: The tab.

    Signals:
        opening: A kept drawing is about to be shown on the pad.
        counted: There are so many kept drawings now.
        made: "My drawings" was opened for the first time; it is made then.
    """

    opening = Signal()
    counted = Signal(int)
    made = Signal(object)
    _changed = Signal()

    def __init__(
        self,
        theme: Theme,
        canvas: DrawCanvas,
        bars: PredictionBars,
        collection: Collection,
        banner: Banner,
        settings: Settings,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._theme, self._canvas, self._bars, self._collection = theme, canvas, bars, collection
        self._page = page
        self._classes: tuple[str, ...] = ()
        self._answer: Answer | None = None
        self._part: Sequence[Stroke] | None = None
        self._shortcuts: list[QShortcut] = []
        self._own = False
        self._settings, self._thumbnails = settings, Thumbnails(theme)
        self.correction = Correction(collection, self)
        self.correction.kept.connect(self._say)
        self.correction.failed.connect(banner.say_error)
        self.confirmation = KeptNotice(theme, self._thumbnails, page)
        self.confirmation.undo_requested.connect(self._take_back)
        self._banner = banner
        self.picker = ClassPicker(theme, page)
        self.picker.chosen.connect(self._choose_name)
        self._rows = RowChooser(bars)
        self._rows.chosen.connect(lambda number: self.choose(number))
        self.choose_button = self._link("thatWasButton", "Ctrl+T", self._ask)
        self.drawings_button = self._link("myDrawingsButton", "Ctrl+D", self.show_drawings)
        bars.set_corner(self._corner())
        self._changed.connect(self._show_change)  # emitted on whatever thread made the change
        collection.subscribe(self._changed.emit)
        self._reader = BackgroundTask(lambda _: self._show_count(), banner.say_error, self)
        self._reader.ask(collection.catch_up)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._name_button()
        self._show_offer()

    @cached_property
    def my_drawings(self) -> MyDrawingsWindow:
        """The window of all kept drawings, made when it is first asked for."""
        from cnn_studio.ui.my_drawings.my_drawings_window import MyDrawingsWindow

        made = MyDrawingsWindow(self._theme, self._collection, self._thumbnails, self._settings, self._page)
        made.open_requested.connect(self._open)
        made.offer_classes(self._classes)
        self.made.emit(made)
        return made

    def answer_with(self, classes: tuple[str, ...]) -> None:
        """Take the classes of another model; those that are digits get their keys."""
        self._classes = self._rows.classes = classes
        if "my_drawings" in vars(self):
            self.my_drawings.offer_classes(classes)
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
        for number, name in enumerate(classes):
            if name in DIGITS:
                shortcut = QShortcut(QKeySequence(name), self._canvas)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.setAutoRepeat(False)
                shortcut.activated.connect(lambda number=number: self.choose(number))
                self._shortcuts.append(shortcut)
        self._name_button()

    def follow(self, answer: Answer | None, part: Sequence[Stroke] | None = None) -> None:
        """Take the answer that is shown.

        Args:
            answer: None while nothing is.
            part: The strokes it is about, where that is not the whole drawing.
        """
        self._answer, self._part = answer, part
        self._show_offer()

    @property
    def offered(self) -> bool:
        """Whether there is a drawing that a person can say something of."""
        return self._answer is not None and not self._canvas.sketch.empty and not self._canvas.replaying

    def choose(self, number: int) -> None:
        """Keep the drawing as one of the model's classes."""
        if self.offered:
            self._own = True
            try:
                self.correction.keep(self._strokes(), self._classes[number], self._classes, self._answer)
            finally:
                self._own = False

    def show_drawings(self) -> None:
        """Open "My drawings"."""
        self._reader.ask(self._collection.catch_up)
        self.my_drawings.present()

    def _choose_name(self, name: str) -> None:
        if name in self._classes:
            self.choose(self._classes.index(name))
        self._canvas.setFocus()

    def _ask(self) -> None:
        if self.offered:
            self.picker.ask(self._classes, self.choose_button.text(), self.choose_button)

    def _strokes(self) -> Strokes:
        if self._part is None:
            return tuple(self._canvas.sketch.strokes)
        return tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in self._part)

    def _say(self, kept: Kept) -> None:
        try:
            count = self._collection.counts()[kept.drawing.label]
        except StudioError as error:
            self._banner.say_error(error)
            return
        self.confirmation.say(kept, count)
        self._show_offer()

    def _take_back(self) -> None:
        self._own = True
        try:
            self._collection.undo()
        except StudioError as error:
            self._banner.say_error(error)
        else:
            self.confirmation.say_taken_back()
        finally:
            self._own = False

    def _open(self, drawing: LabeledDrawing) -> None:
        self.opening.emit()
        self._canvas.show_strokes(self.correction.recognize(drawing))
        self._canvas.window().activateWindow()
        self._canvas.setFocus()

    def _show_change(self) -> None:
        if not self._own:
            self.confirmation.hide()  # its way back would take back something else
        self._show_count()
        self._show_offer()

    def _show_count(self) -> None:
        count = len(self._collection.drawings)
        text = self.tr("My drawings · {count}") if count else self.tr("My drawings")
        self.drawings_button.setText(text.format(count=f"{count:,}"))
        self.drawings_button.setAccessibleName(self.drawings_button.text())
        self._bars.place_corner()
        self.counted.emit(count)

    def _show_offer(self) -> None:
        offered = self.offered
        self.choose_button.setVisible(offered)
        self._rows.switch(offered)
        number = None
        if offered and not self._canvas.sketch.drawing and not self._canvas.sketch.erasing:
            kept = self.correction.drawing_of(self._strokes())
            if kept is not None and kept.label in self._classes:
                number = self._classes.index(kept.label)
        self._bars.show_marked(number)

    def _name_button(self) -> None:
        digits = set(DIGITS).issuperset(self._classes)
        self.choose_button.setText(self.tr("That was a …") if digits else self.tr("That was …"))
        self.choose_button.setAccessibleName(self.choose_button.text())
        self._bars.place_corner()

    def _link(self, name: str, keys: str, action: Callable[[], None]) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        role(button, "link")
        button.clicked.connect(lambda: action())
        sequence = QKeySequence(keys)
        QShortcut(sequence, self._page).activated.connect(action)
        text = sequence.toString(QKeySequence.SequenceFormat.NativeText)
        tips = {
            "thatWasButton": self.tr(
                "Say what the drawing shows, and keep it in My drawings ({keys}); clicking "
                "a row of the answer or pressing a digit's key on the pad does the same"
            ),
            "myDrawingsButton": self.tr("The drawings you corrected, to look through and export ({keys})"),
        }
        button.setToolTip(tips[name].format(keys=text))
        return button

    def _corner(self) -> QWidget:
        corner = QWidget()
        column = QVBoxLayout(corner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX // 2)
        for button in (self.drawings_button, self.choose_button):
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
            column.addWidget(button)
        return corner

    def _paint_icons(self) -> None:
        self.choose_button.setIcon(self._theme.icon("tag-outline", "accent"))
        self.drawings_button.setIcon(self._theme.icon("image-multiple-outline", "accent"))
