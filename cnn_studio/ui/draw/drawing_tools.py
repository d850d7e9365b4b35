"""The row below the canvas: undo, redo, eraser, clear, the pen's width, and a menu for the rest."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSlider, QToolButton, QWidget

from cnn_studio.core.base.canvas_pen import PEN_RANGE
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

Keys = QKeySequence | QKeySequence.StandardKey


class ToolRow(QWidget):
    """Buttons for one canvas; their keys work wherever the focus is in `page`."""

    def __init__(self, theme: Theme, canvas: DrawCanvas, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._theme, self._canvas, self._settings, self._page = theme, canvas, settings, page
        standard = QKeySequence.StandardKey
        self.undo = self._button("undoButton", self.tr("Undo"), "undo", standard.Undo, canvas.undo)
        self.redo = self._button("redoButton", self.tr("Redo"), "redo", standard.Redo, canvas.redo)
        for keys in ("Ctrl+Y", "Ctrl+Shift+Z"):  # both are usual; the platform's own is one of them
            if QKeySequence(keys) not in QKeySequence.keyBindings(standard.Redo)[:1]:
                QShortcut(QKeySequence(keys), page).activated.connect(canvas.redo)
        self.eraser = self._button(
            "eraserButton", self.tr("Eraser"), "eraser", QKeySequence("E"), self._switch_eraser
        )
        self.eraser.setCheckable(True)
        role(self.eraser, "tool")
        self.eraser.setToolTip(
            self.tr("Erase what the eraser touches; with Shift, whole strokes (E, or the right mouse button)")
        )
        self.clear = self._button(
            "clearButton",
            self.tr("Clear"),
            "trash-can-outline",
            QKeySequence(Qt.Key.Key_Delete),
            canvas.clear,
        )
        self._pen_icon = QLabel()
        self.pen = self._pen_slider()
        self.menu_button = QToolButton()
        self.menu_button.setObjectName("drawingMenuButton")
        self.menu_button.setAccessibleName(self.tr("Open, save, copy and paste drawings"))
        self.menu_button.setToolTip(self.menu_button.accessibleName())
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setFixedHeight(self.clear.sizeHint().height())
        self.menu = QMenu(self.menu_button)
        self.menu_button.setMenu(self.menu)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(STEP_PX)
        for widget in (self.undo, self.redo, self.eraser, self.clear):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self._pen_icon)
        line.addWidget(self.pen)
        line.addWidget(self.menu_button)
        canvas.eraser_changed.connect(self.eraser.setChecked)
        canvas.pen_changed.connect(self._remember_pen)
        canvas.set_pen(settings.pen_percent)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def add_action(self, name: str, text: str, keys: Keys, action: Callable[[], None]) -> QAction:
        """Add a line to the menu, with keys that work on the whole page."""
        added = QAction(text, self)
        added.setObjectName(name)
        added.setShortcut(QKeySequence(keys))
        added.triggered.connect(lambda: action())
        self.menu.addAction(added)
        self._page.addAction(added)
        return added

    def show_state(self) -> None:
        """Enable what can be done with the drawing as it is now."""
        sketch = self._canvas.sketch
        self.undo.setEnabled(sketch.can_undo)
        self.redo.setEnabled(sketch.can_redo)
        self.clear.setEnabled(not sketch.empty)

    def _button(self, name: str, text: str, icon: str, keys: Keys, action: Callable[[], None]) -> QPushButton:
        button = QPushButton("" if icon in ("undo", "redo") else text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setProperty("icon_name", icon)
        sequence = QKeySequence(keys)
        button.setToolTip(f"{text} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")
        button.clicked.connect(lambda: action())
        QShortcut(sequence, self._page).activated.connect(action)
        return button

    def _pen_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("penSlider")
        slider.setAccessibleName(self.tr("Pen width on the screen"))
        slider.setToolTip(
            self.tr(
                "Pen width on the screen, in hundredths of the canvas ([ and ]); the "
                "network's pen width is fixed"
            )
        )
        slider.setRange(*PEN_RANGE)
        slider.setValue(self._canvas.pen_percent)
        slider.setFixedWidth(12 * STEP_PX)
        slider.valueChanged.connect(self._canvas.set_pen)
        for keys, step in (("[", -1), ("]", 1)):
            shortcut = QShortcut(QKeySequence(keys), self._page)
            shortcut.activated.connect(
                lambda step=step: self._canvas.set_pen(self._canvas.pen_percent + step)
            )
        return slider

    def _switch_eraser(self) -> None:
        self._canvas.set_eraser(not self._canvas.eraser)

    def _remember_pen(self, percent: int) -> None:
        self._settings.pen_percent = percent
        self.pen.setValue(percent)

    def _paint_icons(self) -> None:
        for button in (self.undo, self.redo, self.eraser, self.clear):
            button.setIcon(self._theme.icon(button.property("icon_name")))
        self.menu_button.setIcon(self._theme.icon("dots-horizontal"))
        self._pen_icon.setPixmap(self._theme.icon("pencil", "muted").pixmap(2 * STEP_PX, 2 * STEP_PX))
