"""One window for one home folder: a further launch brings the first one's window to the front."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

SECONDS_TO_ANSWER = 2.0
SECONDS_BETWEEN_TRIES = 0.1
QUESTION, ANSWER = b"show\n", b"shown\n"


class SingleInstance(QObject):
    """Listens for further launches. Only the process that holds the home folder's lock may have one.

    Args:
        folder: The home folder.

    Signals:
        called: The program was launched again.
    """

    called = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        name = server_name(folder)
        QLocalServer.removeServer(name)  # of a process that was killed; the lock says that none is alive
        self._server.listen(name)

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._answer(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() >= len(QUESTION) and bytes(socket.readAll().data()) == QUESTION:
            self.called.emit()
            socket.write(ANSWER)
            socket.flush()


def server_name(folder: Path) -> str:
    """Return the socket's name for a home folder."""
    return f"cnn-studio-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"


def call_first(folder: Path, seconds: float = SECONDS_TO_ANSWER) -> bool:
    """Ask the window of another process to show itself; return whether it answered in that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        socket = QLocalSocket()
        socket.connectToServer(server_name(folder))
        left = max(1, int(1000 * (deadline - time.monotonic())))
        if socket.waitForConnected(left):
            socket.write(QUESTION)
            answered = socket.waitForReadyRead(left) and bytes(socket.readAll().data()) == ANSWER
            socket.abort()
            return bool(answered)
        time.sleep(SECONDS_BETWEEN_TRIES)
    return False
