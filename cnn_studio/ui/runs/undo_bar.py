"""A line that says what was done and takes it back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from cnn_studio.ui.style.theme import STEP_PX, Theme, role


class UndoBar(QFrame):
    """Hidden until something can be taken back.

    Signals:
        undo_requested: The button was clicked.
    """

    undo_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runUndoBar")
        role(self, "banner-good")
        self._theme = theme
        self._icon, self._text = QLabel(), QLabel()
        self.button = QPushButton(self.tr("Undo"))
        self.button.setObjectName("runUndoButton")
        self.button.setToolTip(self.tr("Bring it back (Ctrl+Z)"))
        self.button.clicked.connect(self.undo_requested)
        self._close = QToolButton()
        self._close.setObjectName("runUndoCloseButton")
        self._close.setAccessibleName(self.tr("Close message"))
        self._close.setToolTip(self.tr("Close"))
        role(self._close, "quiet")
        self._close.clicked.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(2 * STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self._icon)
        line.addWidget(self._text, 1)
        line.addWidget(self.button)
        line.addWidget(self._close)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(self, text: str) -> None:
        """Say what was done."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _paint_icons(self) -> None:
        self._icon.setPixmap(self._theme.icon("trash-can-outline", "good").pixmap(QSize(20, 20)))
        self.button.setIcon(self._theme.icon("undo"))
        self._close.setIcon(self._theme.icon("close", "muted"))
