"""What every page of a comparison is: filled only while it is seen, scrolled where there is little room."""

from __future__ import annotations

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ComparisonPage(QWidget):
    """Refreshes itself when it is shown, and while it is shown whenever what it follows changes."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._stale = True

    def follow(self, signal: SignalInstance) -> None:
        """Refresh when this signal comes, or when next shown."""
        signal.connect(self._note)

    def refresh(self) -> None:
        """Show what there is; each page has its own."""
        raise NotImplementedError

    def _note(self) -> None:
        self._stale = True
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        self._stale = False
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        if self._stale:
            self._fill()
        super().showEvent(event)


def scrolling(page: QWidget) -> QScrollArea:
    """Return a page that scrolls where the card is lower than it needs."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    whole = QWidget()
    column = _Column(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(page)
    area.setWidget(whole)
    for widget in (area.viewport(), whole):
        widget.setAutoFillBackground(False)
    return area


class _Column(QVBoxLayout):
    """A column that may be as low as its widgets can be; else wrapped labels keep it at its usual height."""

    def hasHeightForWidth(self) -> bool:
        return False
