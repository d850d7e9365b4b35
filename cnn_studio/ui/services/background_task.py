"""Work that must not happen on the GUI thread, and whose newest request wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError

log = logging.getLogger(__name__)

THREAD_NAME = "background work"


class _Carrier(QObject):
    """Carries results to the GUI thread."""

    done = Signal(int, object)
    failed = Signal(int, object)


class BackgroundTask(QObject):
    """Runs one kind of work on a thread; an answer that a newer request has overtaken is dropped.

    The threads are Python's daemons, not Qt's pool: Qt waits for its pool when the program ends, however
    long a folder with a million images takes to read.

    Args:
        on_done: Called on the GUI thread with what the work returned.
        on_error: Called on the GUI thread with the `StudioError` it raised.
        parent: The Qt parent.
    """

    def __init__(
        self, on_done: Callable[[Any], None], on_error: Callable[[StudioError], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._on_done, self._on_error = on_done, on_error
        self._newest = 0
        self._carrier = _Carrier()  # without a parent: it must live as long as the work that emits from it
        self._carrier.done.connect(self._take)
        self._carrier.failed.connect(self._take_error)

    def ask(self, work: Callable[[], Any]) -> None:
        """Run `work` on a thread of its own."""
        self._newest += 1
        number, carrier = self._newest, self._carrier

        def run() -> None:
            signal, result = carrier.done, None
            try:
                result = work()
            except StudioError as error:
                signal, result = carrier.failed, error
            except Exception as error:
                log.exception("Background work failed")
                what, why = "Something unexpected went wrong.", f"{type(error).__name__}: {error}"
                signal, result = carrier.failed, StudioError(what, why, "The log says more.")
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                signal.emit(number, result)

        threading.Thread(target=run, name=THREAD_NAME, daemon=True).start()

    def forget(self) -> None:
        """Drop the answer of what was asked and has not come yet."""
        self._newest += 1

    def _take(self, number: int, result: object) -> None:
        if number == self._newest:
            self._on_done(result)

    def _take_error(self, number: int, error: StudioError) -> None:
        if number == self._newest:
            self._on_error(error)


def wait_for_background(seconds: float) -> None:
    """Give work under way so long to end by itself."""
    deadline = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(max(0.0, deadline - time.monotonic()))
