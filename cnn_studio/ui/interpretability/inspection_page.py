"""One page of the panel: controls above, a painted picture, and a sentence below."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Work
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, font


class InspectionCanvas(QWidget):
    """Where a page paints; its tips come from the page too."""

    resized = Signal()

    def __init__(self, page: InspectionPage) -> None:
        super().__init__(page)
        self._page = page
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(480, 280)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 190)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font())
        area = QRectF(self.rect())
        if self._page.result is not None and not self._page.notice:
            self._page.paint(painter, self._page.area)
            return
        painter.setPen(self._page.theme.tokens.color("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area.adjusted(16, 0, -16, 0), flags, self._page.notice or self._page.hint)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            result = self._page.result
            tip = "" if result is None else self._page.tip_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._page.pressed(event.position().x(), event.position().y())


class InspectionPage(QWidget):
    """Answers one question about a drawing; computes only when asked to show one.

    Signals:
        answered: A result is shown.

    Attributes:
        title: What the page is called in the row above.
        hint: What its empty canvas says.
        result: What is shown, None while empty.
        notice: Why nothing can be shown, or what is waited for.
    """

    answered = Signal()
    title = ""
    hint = ""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.theme = theme
        self.subject: InspectionSubject | None = None
        self.result: Any = None
        self.notice = ""
        self.latest = LatestRequest(self._take, self._take_error, self)
        self.controls = QHBoxLayout()
        self.controls.setSpacing(STEP_PX)
        self.canvas = InspectionCanvas(self)
        self.canvas.setObjectName(f"{name}Sheet")
        self.caption = label("", "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(self.controls)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.caption)
        theme.changed.connect(self.ask_again)

    def make_selector(self, name: str, title: str, tip: str, first: str, value: object) -> QComboBox:
        """Return a choice whose change computes the page afresh.

        Args:
            name: Its object name.
            title: What a screen reader calls it.
            tip: Its tooltip.
            first: The choice it begins with.
            value: The data of that choice.
        """
        made = QComboBox()
        made.setObjectName(name)
        made.setAccessibleName(title)
        made.setToolTip(tip)
        made.addItem(first, value)
        made.activated.connect(lambda: self.ask_again())
        return made

    def show_subject(self, subject: InspectionSubject | None) -> None:
        """Look at a drawing; None empties the page."""
        self.subject = subject
        if subject is None:
            self.latest.forget()
            self.result, self.notice = None, ""
            self._say()
        else:
            self.ask_again()

    def ask_again(self) -> None:
        """Compute afresh, with the controls and colors as they are now."""
        if self.subject is not None and self.isVisible():
            self.latest.ask(self.job(self.subject))

    @property
    def area(self) -> QRectF:
        """Where the canvas is painted: all of it but the last pixel, which a frame's line needs."""
        return QRectF(self.canvas.rect()).adjusted(0, 0, -1, -1)

    def job(self, subject: InspectionSubject) -> Work:
        """Return what is to be computed, which touches no widget."""
        raise NotImplementedError

    def describe(self) -> str:
        """Return the sentence below the picture; also what a screen reader hears."""
        return ""

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Paint the result."""
        raise NotImplementedError

    def tip_at(self, x: float, y: float) -> str:
        """Return the tooltip at a position of the canvas."""
        return ""

    def pressed(self, x: float, y: float) -> None:
        """Take a click on the canvas."""

    def say_notice(self, text: str) -> None:
        """Show a sentence instead of a picture."""
        self.notice = text
        self._say()

    def _take(self, result: object) -> None:
        self.result, self.notice = result, ""
        self._say()
        self.answered.emit()

    def _take_error(self, error: StudioError) -> None:
        self.result = None
        self.say_notice(" ".join(part for part in (error.what, error.why, error.remedy) if part))
        self.answered.emit()

    def _say(self) -> None:
        text = self.describe() if self.result is not None and not self.notice else ""
        self.caption.setText(text)
        self.canvas.setAccessibleName(f"{self.title}: {text or self.notice or self.hint}")
        self.canvas.update()
