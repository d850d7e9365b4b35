"""HTTP with separate time-outs for connecting and reading, that can be canceled while it waits."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cnn_studio.data.remote_files import Patience

POLL_SECONDS = 0.1


class Wires:
    """The sockets a download has open."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        self._cut = False

    def add(self, wire: socket.socket) -> None:
        """Take note of a socket; one that comes too late is cut at once."""
        self._open.append(wire)
        if self._cut:
            self.cut()

    def cut(self) -> None:
        """Shut all of them, which wakes whoever waits for their bytes."""
        self._cut = True
        for wire in list(self._open):
            with suppress(OSError):
                # Not SSLSocket's own: that one also takes the encryption away from under the reader.
                socket.socket.shutdown(wire, socket.SHUT_RDWR)


def opener_for(patience: Patience, wires: Wires) -> urllib.request.OpenerDirector:
    """Return an opener with these time-outs and, as urllib does by default, the system's proxy.

    Args:
        patience: `connect` counts until the connection (and its encryption) stands, `read` from then on.
        wires: Where its sockets are noted.
    """

    def connected(wire: Any) -> None:
        wire.settimeout(patience.read)
        wires.add(wire)

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            connected(self.sock)

    class Encrypted(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            connected(self.sock)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, request)

    class EncryptedHandler(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Encrypted, request, context=context)

    context = ssl.create_default_context()
    return urllib.request.build_opener(PlainHandler, EncryptedHandler(context=context))


@contextmanager
def cut_when(should_stop: Callable[[], bool], wires: Wires) -> Iterator[None]:
    """Cut the sockets as soon as `should_stop` says so, while the block waits for their bytes.

    Args:
        should_stop: Asked ten times a second, from a thread of its own.
        wires: What is cut.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(POLL_SECONDS):
            if should_stop():
                wires.cut()
                return

    watcher = threading.Thread(target=watch, name="download-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
