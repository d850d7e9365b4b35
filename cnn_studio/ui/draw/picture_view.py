"""A picture instead of the pad: its digits boxed, and every step from the photograph to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.inference.channel_layout import plane
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.draw.number_bars import NumberBars
from cnn_studio.ui.draw.pad_number import Chosen
from cnn_studio.ui.draw.picture_canvas import PictureCanvas
from cnn_studio.ui.draw.picture_reading import FoundDigits, ReadPicture, png_of, read_picture
from cnn_studio.ui.draw.picture_words import PictureWords
from cnn_studio.ui.draw.thumbnail_strip import Thumbnail, ThumbnailStrip
from cnn_studio.ui.interpretability.array_pictures import gray_picture
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

Offered = Path | bytes | QImage | Sequence[Path]

STEPS_PX, DIGITS_PX = 88, 96
LONGEST_NAME = 36
REMEMBERED = 8
"""Pictures kept read, so that stepping back is at once."""


class PictureView(QWidget):
    """Reads pictures and shows what became of them; the drawing on the pad stays as it is behind it.

    Signals:
        changed: Another picture or digit is shown, or the view was opened or closed.
    """

    changed = Signal()

    def __init__(self, theme: Theme, banner: Banner, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("pictureView")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._theme, self._banner, self._page = theme, banner, page
        self._words = PictureWords(self)
        self._classifier: Classifier | None = None
        self._entries: list[tuple[str, Path | bytes | QImage]] = []
        self._read: dict[int, ReadPicture | StudioError] = {}
        self._hidden: list[QWidget] = []
        self._silent: list[QShortcut] = []
        self._covered: tuple[QWidget, ...] = ()
        self._reader = BackgroundTask(self._take, banner.say_error, self)
        self.number, self.index, self.step = 0, 0, 0
        self.picture: ReadPicture | None = None
        self.canvas = PictureCanvas(theme)
        self.steps = ThumbnailStrip(theme, "pictureSteps", self.tr("Step"), STEPS_PX)
        self.digits = ThumbnailStrip(theme, "pictureDigits", self.tr("Digit"), DIGITS_PX)
        self.title, self.note = label("", "title"), label("", "warning")
        self.sentence, self.problem = label("", "caption"), label("", "warning")
        self.count = label("", "field")
        self.previous = self._button("previousPictureButton", self.tr("Previous picture"), "chevron-left")
        self.next = self._button("nextPictureButton", self.tr("Next picture"), "chevron-right")
        self.back = QPushButton(self.tr("Back to the pad"))
        self.back.setObjectName("backToPadButton")
        self.back.setToolTip(self.tr("Close the picture; the drawing is as it was (Esc)"))
        self._keys = [
            QShortcut(QKeySequence(key), page)
            for key in (Qt.Key.Key_Escape, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        ]
        self._lay_out()
        actions = (self.close_view, lambda: self._show(self.number - 1), lambda: self._show(self.number + 1))
        for key, action, button in zip(
            self._keys, actions, (self.back, self.previous, self.next), strict=True
        ):
            key.activated.connect(action)
            key.setEnabled(False)
            button.clicked.connect(action)
        self.steps.chosen.connect(self._choose_step)
        self.digits.chosen.connect(self.pick)
        self.canvas.chosen.connect(self.pick)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    def _button(self, name: str, text: str, icon: str) -> QToolButton:
        button = QToolButton()
        role(button, "quiet")
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.setProperty("icon_name", icon)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(STEP_PX)
        head.addWidget(self.title, 1)
        for widget in (self.previous, self.count, self.next, self.back):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.sentence)
        column.addWidget(self.steps)
        column.addWidget(self.digits)
        column.addWidget(self.problem)

    @property
    def is_open(self) -> bool:
        """Whether a picture is shown instead of the pad."""
        return bool(self._hidden)

    def take_place_of(self, *widgets: QWidget) -> None:
        """Say what is hidden while a picture is shown."""
        self._covered = widgets

    def answer_with(self, classifier: Classifier) -> None:
        """Let another network read; the picture that is shown is read again."""
        self._classifier = classifier
        self._read.clear()
        self.picture = None  # its answers are of the other network's classes
        if self.is_open:
            self._show(self.number)

    def offer(self, offered: Offered) -> None:
        """Read one picture or several, and show them; a single one that cannot be read is explained."""
        if isinstance(offered, QImage | bytes):
            self._entries = [(self.tr("the pasted picture"), offered)]
        else:
            paths = [offered] if isinstance(offered, Path) else list(offered)
            self._entries = [(path.name, path) for path in paths]
        self._read.clear()
        self._banner.hide()  # now: what is said of those left out is to stay
        self._show(0)

    def close_view(self) -> None:
        """Go back to the pad."""
        self._reader.forget()
        if not self.is_open:
            return
        self.hide()
        for widget in self._hidden:
            widget.show()
        self._hidden = []
        for key in self._silent:
            if isValid(key):  # another model's classes have other keys
                key.setEnabled(True)
        for key in self._keys:
            key.setEnabled(False)
        self._read.clear()
        self.picture = None
        self._covered[0].setFocus()
        self.changed.emit()

    def show_on(self, bars: NumberBars) -> Chosen | None:
        """Show the digits in the heading of the bars; return the one whose bars are to be shown."""
        found = self._found()
        bars.show_number([each.answer for each in found] if len(found) > 1 else [], self.index)
        if not found:
            return None
        return Chosen(found[self.index].pixels, [], found[self.index].answer)

    def pick(self, index: int) -> None:
        """Show the bars of another digit, numbered from the left."""
        self.index = index
        self._show_picture()

    def _found(self) -> tuple[FoundDigits, ...]:
        return () if self.picture is None else self.picture.found

    def _show(self, number: int) -> None:
        if not 0 <= number < len(self._entries) or self._classifier is None:
            return
        self.number = number
        if number in self._read:
            self._take((number, self._read[number]))
            return
        (name, source), classifier = self._entries[number], self._classifier

        def work() -> tuple[int, ReadPicture | StudioError]:
            try:
                content = png_of(source) if isinstance(source, QImage) else source
                return number, read_picture(content, name, classifier)
            except StudioError as error:
                return number, error

        self._reader.ask(work)

    def _take(self, taken: tuple[int, ReadPicture | StudioError]) -> None:
        number, result = taken
        if isinstance(result, StudioError) and len(self._entries) == 1:
            self.close_view()
            self._banner.say_error(result)
            return
        self._read.pop(number, None)
        self._read[number] = result
        if len(self._read) > REMEMBERED:
            self._read.pop(next(iter(self._read)))
        self.picture = result if isinstance(result, ReadPicture) else None
        self.index = self.step = 0
        self._open()
        self._show_head(self._entries[number][0])
        self._say_problem(result)
        self._show_picture()

    def _open(self) -> None:
        if self.is_open:
            return
        self._hidden = [widget for widget in self._covered if not widget.isHidden()]
        for widget in self._hidden:
            widget.hide()
        # Keys of the pad would change a drawing that cannot be seen.
        window = self._page.window()  # other windows that belong to the page keep their keys
        self._silent = [
            key
            for key in self._page.findChildren(QShortcut)
            if key.isEnabled() and isinstance(parent := key.parent(), QWidget) and parent.window() is window
        ]
        for key in self._silent:
            key.setEnabled(False)
        for key in self._keys:
            key.setEnabled(True)
        self.show()
        self.setFocus()

    def _show_head(self, name: str) -> None:
        half = LONGEST_NAME // 2
        self.title.setText(name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}")
        self.title.setToolTip(name)
        several = len(self._entries) > 1
        for widget in (self.previous, self.count, self.next):
            widget.setVisible(several)
        self.previous.setEnabled(self.number > 0)
        self.next.setEnabled(self.number + 1 < len(self._entries))
        text = self.tr("{number} of {count}")
        self.count.setText(text.format(number=self.number + 1, count=len(self._entries)))
        frames = 1 if self.picture is None else self.picture.frames
        self.note.setText(self.tr("Only the first of its %n pictures is read.", "", frames))
        self.note.setVisible(frames > 1)

    def _say_problem(self, result: ReadPicture | StudioError) -> None:
        error = result if isinstance(result, StudioError) else self._words.nothing_found(result)
        parts = (error.what, error.why, error.remedy) if error is not None else ()
        self.problem.setText(" ".join(parts))
        self.problem.setVisible(error is not None)
        self.digits.setVisible(bool(self._found()))
        for widget in (self.canvas, self.steps, self.sentence):
            widget.setVisible(self.picture is not None)

    def _show_picture(self) -> None:
        """Show the chosen step and digit."""
        picture = self.picture
        if picture is not None:
            titles = self._words.titles()
            self.steps.show_thumbnails(
                tuple(Thumbnail(image, titles[kind]) for kind, image in picture.steps), self.step
            )
            kind, image = picture.steps[self.step]
            self.sentence.setText(self._words.sentence(kind, picture))
            assert self._classifier is not None
            names = self._classifier.card.classes
            whole = names != DIGITS  # then there is no digit to box
            texts = [
                names[each.answer.index] + ("?" if each.answer.rejected else "") for each in picture.found
            ]
            boxes = [] if whole else [each.box for each in picture.found]
            self.canvas.show_picture(image, boxes, texts, self.index)
            self.digits.show_thumbnails(tuple(map(self._thumbnail, picture.found)), self.index)
        self.setAccessibleName(self.tr("Picture {name}").format(name=self.title.toolTip()))
        self.changed.emit()

    def _thumbnail(self, found: FoundDigits) -> Thumbnail:
        assert self._classifier is not None
        card, answer = self._classifier.card, found.answer
        name, token = card.classes[answer.index], "bad" if answer.rejected else "muted"
        text = f"{name}  {100 * answer.confidence:.1f} %"
        if answer.out_of_distribution:
            text = self.tr("no digit?")
        return Thumbnail(gray_picture(plane(found.pixels, card.input_shape)), text, token, sharp=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.steps.keyPressEvent(event)

    def _choose_step(self, step: int) -> None:
        self.step = step
        self._show_picture()

    def _paint_icons(self) -> None:
        for button in (self.previous, self.next):
            button.setIcon(self._theme.icon(button.property("icon_name")))
        self.back.setIcon(self._theme.icon("arrow-left"))
