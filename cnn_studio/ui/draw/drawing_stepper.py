"""The drawings of an opened file, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnn_studio.core.drawing.drawing_import import ImportedDrawings
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas


class Stepper(QWidget):
    """Shown while a file with several drawings is open; each step can be undone like a stroke."""

    def __init__(self, theme: Theme, canvas: DrawCanvas, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("drawingStepper")
        self._theme, self._canvas, self._page = theme, canvas, page
        self._imported: ImportedDrawings | None = None
        self.number = 0
        self.previous = self._button(
            "previousDrawingButton",
            self.tr("Previous drawing"),
            "chevron-left",
            Qt.Key.Key_PageUp,
            self._back,
        )
        self.next = self._button(
            "nextDrawingButton", self.tr("Next drawing"), "chevron-right", Qt.Key.Key_PageDown, self._forward
        )
        self._close = self._button(
            "closeDrawingsButton", self.tr("Close the file"), "close", None, self.close_file
        )
        self.text = label("", "field")
        self.text.setObjectName("drawingNumber")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(STEP_PX)
        for widget in (self.previous, self.next):
            line.addWidget(widget)
        line.addWidget(self.text, 1)
        line.addWidget(self._close)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    def open(self, imported: ImportedDrawings) -> None:
        """Show the first drawing, and the way to the others."""
        self._imported = imported
        self._show(0)
        self.setVisible(len(imported.drawings) > 1)

    def close_file(self) -> None:
        """Go on with the drawing that is shown."""
        self._imported = None
        self.hide()

    def _show(self, number: int) -> None:
        if self._imported is None or not 0 <= number < len(self._imported.drawings):
            return
        self.number = number
        drawings = self._imported.drawings
        text = self.tr("Drawing {number} of {count}").format(
            number=f"{number + 1:,}", count=f"{len(drawings):,}"
        )
        if drawings[number].label:
            text += " · " + self.tr("labeled {label}").format(label=drawings[number].label[:40])
        self.text.setText(text)
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number + 1 < len(drawings))
        self._canvas.show_strokes(drawings[number].strokes)

    def _back(self) -> None:
        self._show(self.number - 1)

    def _forward(self) -> None:
        self._show(self.number + 1)

    def _button(
        self, name: str, text: str, icon: str, key: Qt.Key | None, action: Callable[[], None]
    ) -> QToolButton:
        button = QToolButton()
        role(button, "quiet")
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.setProperty("icon_name", icon)
        button.clicked.connect(lambda: action())
        if key is not None:
            sequence = QKeySequence(key)
            QShortcut(sequence, self._page).activated.connect(action)
            button.setToolTip(f"{text} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")
        return button

    def _paint_icons(self) -> None:
        for button in (self.previous, self.next, self._close):
            button.setIcon(self._theme.icon(button.property("icon_name")))
