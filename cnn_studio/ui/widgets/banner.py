"""A banner for what a person can mend: what happened, why, what to do."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

Kind = Literal["bad", "warn", "good"]
ICONS: dict[str, str] = {
    "bad": "alert-circle-outline",
    "warn": "alert-outline",
    "good": "check-circle-outline",
}


class Banner(QFrame):
    """One message above a tab's content, hidden until there is one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme = theme
        self._kind: Kind = "bad"
        self._icon = QLabel()
        self._what = QLabel()
        self._what.setWordWrap(True)
        self._why = QLabel()
        self._why.setWordWrap(True)
        role(self._why, "field")
        for label in (self._what, self._why):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details_text = ""
        self._details = QPushButton(self.tr("Details"))
        role(self._details, "link")
        self._details.setObjectName("bannerDetailsButton")
        self._details.setCheckable(True)
        self._details.toggled.connect(self._show_details)
        self._trace = QLabel()
        self._trace.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        role(self._trace, "caption")
        close = QToolButton()
        close.setObjectName("bannerCloseButton")
        role(close, "quiet")
        close.setAccessibleName(self.tr("Close message"))
        close.setToolTip(self.tr("Close"))
        close.clicked.connect(self.hide)
        self._close = close
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for widget in (self._what, self._why, self._details, self._trace):
            texts.addWidget(widget)
        line = QHBoxLayout(self)
        line.setContentsMargins(2 * STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        line.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._paint_icons)
        self.hide()

    @property
    def text(self) -> str:
        """Everything the banner says."""
        return f"{self._what.text()} {self._why.text()}".strip()

    def say(self, what: str, why: str = "", remedy: str = "", kind: Kind = "bad", details: str = "") -> None:
        """Show a message in its three parts."""
        self._kind = kind
        role(self, f"banner-{kind}")
        self.style().unpolish(self)
        self.style().polish(self)
        self._what.setText(what)
        rest = " ".join(part for part in (why, remedy) if part)
        self._why.setText(rest)
        self._why.setVisible(bool(rest))
        self._details_text = details
        self._details.setVisible(bool(details))
        self._details.setChecked(False)
        self._show_details(False)
        self.setAccessibleName(f"{what} {rest}")
        self._paint_icons()
        self.show()

    def say_error(self, error: StudioError) -> None:
        """Show an error."""
        self.say(error.what, error.why, error.remedy)

    def _show_details(self, wanted: bool) -> None:
        self._trace.setText(self._details_text[-4000:] if wanted else "")
        self._trace.setVisible(wanted)

    def _paint_icons(self) -> None:
        size = QSize(20, 20)
        self._icon.setPixmap(self._theme.icon(ICONS[self._kind], self._kind).pixmap(size))
        self._close.setIcon(self._theme.icon("close", "muted"))
