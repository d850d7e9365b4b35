"""A tab that is made when it is first shown, so that it does not delay the program's first paint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class LazyTab(QWidget):
    """Stands in for a tab.

    Args:
        name: The object name of the tab.
        make: Makes what is shown in it.

    Attributes:
        page: What is shown; None before it was first shown.
    """

    def __init__(self, name: str, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._make = make
        self.page: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        if self.page is None:
            self.page = self._make()
            self._column.addWidget(self.page)
            self.page.show()  # now: a layout would do it a turn of the event loop later
            self.setFocusProxy(self.page)
        super().showEvent(event)
