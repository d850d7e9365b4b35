"""The page of the My-hand score that is drawn on: a prompt, a canvas, and nothing that gives the answer away."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.stroke_model import StrokeModel, Strokes
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import ANSWER_PT, STEP_PX, TITLE_PT, Theme, font, role
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

PAUSE_MS = 1500
SHORT_NAME = 2
"""Letters of a class name up to which it is shown as large as an answer."""


class ScorePage(QWidget):
    """Asks for one drawing after the other.

    Signals:
        drawn: The strokes of a drawing that the person has finished.
        skipped: The prompt is left out.
        taken_back: The last step is to be taken again.
        stopped: Enough for now.
    """

    drawn = Signal(object)
    skipped = Signal()
    taken_back = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._settings = theme, settings
        self.canvas = DrawCanvas(theme)
        self.canvas.setObjectName("scoreCanvas")
        self.canvas.set_pen(settings.pen_percent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._next)
        self.prompt = label("")
        self.prompt.setObjectName("scorePrompt")
        self.prompt.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.prompt.setWordWrap(True)
        self.prompt.setMinimumHeight(14 * STEP_PX)
        self.number = label("", "figure")
        self.number.setObjectName("scorePlace")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.next = self._button("scoreNextButton", self.tr("Next"), self.tr("Keep the drawing (Enter)"))
        role(self.next, "primary")
        self.back = self._button(
            "scoreBackButton", self.tr("Back"), self.tr("Draw the last one again (Ctrl+Backspace)")
        )
        self.back.setShortcut("Ctrl+Backspace")
        self.skip = self._button(
            "scoreSkipButton", self.tr("Skip"), self.tr("Leave this one out (Ctrl+Right)")
        )
        self.skip.setShortcut("Ctrl+Right")
        self.clear = self._button("scoreClearButton", self.tr("Clear"), self.tr("Clear the canvas (Delete)"))
        self.clear.setShortcut("Delete")
        self.stop = self._button(
            "scoreStopButton",
            self.tr("Stop and keep"),
            self.tr("See the result so far; continue another time"),
        )
        self.goes_on = self._button(
            "scoreGoesOnButton",
            self.tr("Continue automatically"),
            self.tr("Keeps the drawing 1.5 s after the pen is lifted"),
        )
        self.goes_on.setCheckable(True)
        role(self.goes_on, "tool")
        self.goes_on.setChecked(settings.score_goes_on)
        self.goes_on.toggled.connect(self._choose_going_on)
        self._lay_out()
        self.canvas.drawing_changed.connect(self._look)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(QKeySequence(key), self).activated.connect(self._next)
        QShortcut(QKeySequence.StandardKey.Undo, self).activated.connect(self.canvas.undo)
        QShortcut(QKeySequence.StandardKey.Redo, self).activated.connect(self.canvas.redo)
        self.next.clicked.connect(self._next)
        self.back.clicked.connect(self._go_back)
        self.skip.clicked.connect(self._skip)
        self.clear.clicked.connect(self.canvas.clear)
        self.stop.clicked.connect(self._stop)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        frame, column = card()
        asked = label(self.tr("Draw"), "field")
        asked.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(asked)
        column.addWidget(self.prompt)
        column.addStretch(1)
        column.addWidget(self.number)
        column.addWidget(self.bar)
        column.addSpacing(2 * STEP_PX)
        column.addWidget(self.next)
        pair = QHBoxLayout()
        pair.setSpacing(STEP_PX)
        pair.addWidget(self.back, 1)
        pair.addWidget(self.skip, 1)
        column.addLayout(pair)
        column.addWidget(self.clear)
        column.addSpacing(STEP_PX)
        column.addWidget(self.goes_on)
        column.addStretch(1)
        column.addWidget(label(self.tr("No answer is shown, so that you write as you always do."), "caption"))
        column.addWidget(self.stop)
        frame.setFixedWidth(32 * STEP_PX)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(3 * STEP_PX)
        line.addWidget(self.canvas, 1)
        line.addWidget(frame)

    def ask(self, prompt: str, number: int, total: int, can_go_back: bool) -> None:
        """Ask for a drawing on an empty canvas.

        Args:
            prompt: The class.
            number: Its number among all, from 1.
            total: How many there are.
            can_go_back: Whether there is a step to be taken again.
        """
        self._pause.stop()
        self.canvas.sketch = StrokeModel()  # undo must not bring back the drawing before
        self.prompt.setText(prompt)
        self.prompt.setAccessibleName(self.tr("Draw {name}").format(name=prompt))
        self.prompt.setFont(font(ANSWER_PT if len(prompt) <= SHORT_NAME else 2 * TITLE_PT, bold=True))
        self.number.setText(self.tr("{place} of {total}").format(place=number, total=total))
        self.bar.setRange(0, total)
        self.bar.setValue(number - 1)
        self.canvas.hint = self.tr("Draw {name}").format(name=prompt)
        self.back.setEnabled(can_go_back)
        self.canvas.show_strokes(())
        self._look()
        self.canvas.setFocus()

    def _look(self) -> None:
        """See whether there is something to keep, and whether the person has paused."""
        sketch = self.canvas.sketch
        self.next.setEnabled(not sketch.empty)
        self.clear.setEnabled(not sketch.empty)
        self._pause.stop()
        if self.goes_on.isChecked() and not (sketch.empty or sketch.drawing or sketch.erasing):
            self._pause.start()

    def _choose_going_on(self, wanted: bool) -> None:
        self._settings.score_goes_on = wanted
        self._look()

    def _next(self) -> None:
        self._pause.stop()
        self.canvas.sketch.end()
        strokes: Strokes = tuple(self.canvas.sketch.strokes)
        if strokes:
            self.drawn.emit(strokes)

    def _skip(self) -> None:
        self._pause.stop()
        self.skipped.emit()

    def _go_back(self) -> None:
        self._pause.stop()
        self.taken_back.emit()

    def _stop(self) -> None:
        self._pause.stop()
        self.stopped.emit()

    def hideEvent(self, event: object) -> None:
        self._pause.stop()

    def _paint_icons(self) -> None:
        for button, icon in (
            (self.back, "arrow-left"),
            (self.skip, "arrow-right"),
            (self.clear, "trash-can-outline"),
            (self.goes_on, "timer-outline"),
        ):
            button.setIcon(self._theme.icon(icon))
        self.next.setIcon(self._theme.icon("check", "on_accent"))
