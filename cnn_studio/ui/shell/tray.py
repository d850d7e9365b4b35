"""The icon in the system's tray, where there is a tray."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from cnn_studio.ui.style.theme import Theme

SHOWN_MS = 15_000
"""So long the icon of a message stays that has no other reason to be there."""


class Tray(QObject):
    """Says progress and messages; made only when it is first needed.

    Signals:
        opened: The window is wanted back.
        stop_requested: What is trained is to be stopped.
    """

    opened = Signal()
    stop_requested = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._window = theme, window
        self._icon: QSystemTrayIcon | None = None
        self._stays = False

    @property
    def available(self) -> bool:
        """Whether the system has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_progress(self, text: str) -> None:
        """Stay in the tray with a text."""
        if self.available:
            self._stays = True
            icon = self._made()
            icon.setToolTip(text)
            icon.show()

    def leave(self) -> None:
        """Vanish from the tray."""
        self._stays = False
        if self._icon is not None:
            self._icon.hide()

    def say(self, title: str, text: str) -> None:
        """Show a message beside the tray; without one the window's entry in the task bar asks for attention."""
        if not (self.available and QSystemTrayIcon.supportsMessages()):
            QApplication.alert(self._window)
            return
        icon = self._made()
        icon.show()
        icon.showMessage(title, text, icon.icon(), SHOWN_MS)
        QTimer.singleShot(SHOWN_MS, self, self._leave_unless_needed)

    def _leave_unless_needed(self) -> None:
        if not self._stays and self._icon is not None:
            self._icon.hide()

    def _made(self) -> QSystemTrayIcon:
        if self._icon is None:
            self._icon = QSystemTrayIcon(self._theme.icon("brain", "accent"), self)
            menu = QMenu(self._window)
            for text, signal in (
                (self.tr("Show the window"), self.opened),
                (self.tr("Stop and keep"), self.stop_requested),
            ):
                action = QAction(text, menu)
                action.triggered.connect(lambda _=False, signal=signal: signal.emit())
                menu.addAction(action)
            self._icon.setContextMenu(menu)
            self._icon.activated.connect(self._activate)
            self._icon.messageClicked.connect(self.opened)
        return self._icon

    def _activate(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context:
            self.opened.emit()
