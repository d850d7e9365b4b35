"""The pages below a training's progress; folded they leave their room to the curves."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QToolButton

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

ROOMY_PX = 760
"""In a window at least so high the pages are open until a person folds them."""
USUAL_PX, LOWEST_PX, NARROWEST_PX = 22 * STEP_PX, 14 * STEP_PX, 68 * STEP_PX
"""No page makes the smallest window wider: it is squeezed a little instead."""
ANY_HEIGHT_PX = 16_777_215


class FoldingPages(QTabWidget):
    """Pages whose titles stay visible; a click on a title opens them.

    Args:
        theme: The appearance.
        settings: Remembers what a person chose.

    Signals:
        folded: Whether they are open now.
    """

    folded = Signal(bool)

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._theme, self._settings = theme, settings
        self.setObjectName("trainingPages")
        self.setAccessibleName(self.tr("More about the training"))
        self.setDocumentMode(True)
        self.opened = False
        self.button = QToolButton()
        self.button.setObjectName("foldPagesButton")
        role(self.button, "quiet")
        self.button.clicked.connect(lambda: self.choose(not self.opened))
        self.setCornerWidget(self.button)
        self.tabBarClicked.connect(lambda _: self.choose(True))
        self.currentChanged.connect(lambda _: self.updateGeometry())  # another page may need more room
        theme.changed.connect(self._paint)
        self._open(False)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), USUAL_PX)

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        wanted = 0 if page is None else self.tabBar().sizeHint().height() + page.minimumSizeHint().height()
        return QSize(min(NARROWEST_PX, super().minimumSizeHint().width()), max(LOWEST_PX, wanted))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._suit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self._suit()

    def _suit(self) -> None:
        """Open or fold them as a person chose, else as the window's height allows."""
        wanted = self._settings.train_pages
        wanted = self.window().height() >= ROOMY_PX if wanted is None else wanted
        if wanted != self.opened:
            self._open(wanted)

    def choose(self, opened: bool) -> None:
        """Open or fold them, and remember it."""
        self._settings.train_pages = opened
        self._open(opened)

    def _open(self, opened: bool) -> None:
        self.opened = opened
        height = max(self.tabBar().sizeHint().height(), self.button.sizeHint().height())
        self.setMaximumHeight(ANY_HEIGHT_PX if opened else height)
        self.setMinimumHeight(0 if opened else height)
        for page in self.findChildren(QStackedWidget, "qt_tabwidget_stackedwidget"):
            page.setVisible(opened)  # or Tab would go there
        self._paint()
        self.folded.emit(opened)

    def _paint(self) -> None:
        text = (
            self.tr("Fold these pages: more room for the curves")
            if self.opened
            else self.tr("Open these pages")
        )
        self.button.setToolTip(text)
        self.button.setAccessibleName(text)
        self.button.setIcon(self._theme.icon("chevron-down" if self.opened else "chevron-up", "muted"))
