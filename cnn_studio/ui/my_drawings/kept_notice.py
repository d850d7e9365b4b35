"""What was just kept, said quietly: a small card over the page, with a way back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.ui.my_drawings.correction import Kept
from cnn_studio.ui.my_drawings.thumbnails import Thumbnails
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

PICTURE_PX = 5 * STEP_PX
SHOWN_MS = 12_000
WIDTH_PX = 44 * STEP_PX
LONGEST_NAME = 24


class KeptNotice(QFrame):
    """Shown for some seconds at the bottom right of its page; not while the mouse or the focus is in it.

    Signals:
        undo_requested: The person wants it taken back.
    """

    undo_requested = Signal()

    def __init__(self, theme: Theme, thumbnails: Thumbnails, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("keptConfirmation")
        role(self, "banner-good")
        self._theme, self._thumbnails, self._page = theme, thumbnails, page
        self._picture = QLabel()
        self._picture.setFixedSize(PICTURE_PX, PICTURE_PX)
        self.title = label("")
        self.title.setObjectName("keptTitle")
        self.count = label("", "caption")
        self.count.setObjectName("keptCount")
        self.count.setWordWrap(False)
        self.undo = QPushButton(self.tr("Undo"))
        self.undo.setObjectName("keptUndoButton")
        self.undo.setAccessibleName(self.tr("Undo the last correction"))
        self.undo.setToolTip(self.undo.accessibleName())
        role(self.undo, "link")
        self.undo.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the pad its keys
        self.undo.clicked.connect(self.undo_requested)
        self._close = QToolButton()
        self._close.setObjectName("keptCloseButton")
        self._close.setAccessibleName(self.tr("Close message"))
        self._close.setToolTip(self.tr("Close"))
        role(self._close, "quiet")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self.hide)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.title)
        texts.addWidget(self.count)
        line = QHBoxLayout(self)
        line.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        line.setSpacing(STEP_PX)
        line.addWidget(self._picture)
        line.addLayout(texts, 1)
        line.addWidget(self.undo)
        line.addWidget(self._close)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._time = QTimer(self)
        self._time.setSingleShot(True)
        self._time.setInterval(SHOWN_MS)
        self._time.timeout.connect(self._leave)
        page.installEventFilter(self)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    def say(self, kept: Kept, count: int) -> None:
        """Say what a drawing was kept as, and how many of its class there are now."""
        name = kept.drawing.label
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        texts = {
            "added": self.tr("Kept as {name}"),
            "relabeled": self.tr("Now kept as {name}"),
            "unchanged": self.tr("Already kept as {name}"),
        }
        many = self.tr("{count} in its class now")
        ratio = self.devicePixelRatioF()
        self._picture.setPixmap(self._thumbnails.picture(kept.drawing, PICTURE_PX, ratio))
        self._say(texts[kept.outcome].format(name=name), many.format(count=f"{count:,}"))
        self.undo.setVisible(kept.outcome != "unchanged")

    def say_taken_back(self) -> None:
        """Say that the last correction no longer counts."""
        self._say(self.tr("Undone"), self.tr("The drawing is as it was in My drawings."))
        self.undo.hide()

    def _say(self, title: str, further: str) -> None:
        self.title.setText(title)
        self.count.setText(further)
        self.setAccessibleName(f"{title}. {further}")
        self._move_to_corner()
        self.show()
        self.raise_()
        self._time.start()

    def _leave(self) -> None:
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._time.start()
        else:
            self.hide()

    def _move_to_corner(self) -> None:
        width = min(WIDTH_PX, self._page.width() - 6 * STEP_PX)
        self.setFixedWidth(width)
        height = self.sizeHint().height()
        self.setGeometry(
            self._page.width() - 3 * STEP_PX - width, self._page.height() - STEP_PX - height, width, height
        )

    def enterEvent(self, event: QEnterEvent) -> None:
        self._time.start()
        super().enterEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._move_to_corner()
        return False

    def _paint_icons(self) -> None:
        self._close.setIcon(self._theme.icon("close", "muted"))
