"""Work whose newest request wins, one at a time: what the pen asks faster than it can be done is skipped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.services.background_task import THREAD_NAME

log = logging.getLogger(__name__)

Canceled = Callable[[], bool]
Work = Callable[[Canceled], Any]
"""Asked to give up by its argument, it returns None."""


class _Carrier(QObject):
    """Carries results to the GUI thread."""

    done = Signal(object)
    failed = Signal(object)


class LatestRequest(QObject):
    """Runs one request at a time; of those that come meanwhile only the newest is run after it.

    An answer that is done is handed over even if a newer request waits, so that something moves while the
    pen does; never two run at once, so that they do not slow one another.

    The threads are no daemons, as `Background`'s are: one that Python cuts off inside ONNX Runtime takes the
    whole process down with it ("terminate called without an active exception"). The program's end waits for
    them, so all work must give up soon when asked to: `ended` says so.

    Args:
        on_done: Called on the GUI thread with what the work returned, unless that is None.
        on_error: Called on the GUI thread with the error it raised.
        parent: The Qt parent.
    """

    def __init__(
        self, on_done: Callable[[Any], None], on_error: Callable[[StudioError], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._on_done, self._on_error = on_done, on_error
        self.ended = threading.Event()
        self._carrier = _Carrier()  # without a parent: it must live as long as the work that emits from it
        self._carrier.done.connect(self._done)
        self._carrier.failed.connect(self._failed)
        self._running: threading.Event | None = None
        self._waiting: Work | None = None
        self._forgotten = False

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._running is not None

    def ask(self, work: Work) -> None:
        """Run `work` on a thread, now or as soon as what runs has ended or given up."""
        if self._running is None:
            self._start(work)
        else:
            self._waiting = work
            self._running.set()

    def forget(self) -> None:
        """Drop every answer asked so far."""
        self._waiting = None
        if self._running is not None:
            self._running.set()
            self._forgotten = True

    def _start(self, work: Work) -> None:
        overtaken = self._running = threading.Event()
        self._forgotten = False
        carrier, ended = self._carrier, self.ended

        def run() -> None:
            signal, result = carrier.done, None
            try:
                result = work(lambda: overtaken.is_set() or ended.is_set())
            except StudioError as error:
                signal, result = carrier.failed, error
            except Exception as error:
                log.exception("Looking into the network failed")
                what, why = "Something unexpected went wrong.", f"{type(error).__name__}: {error}"
                signal, result = carrier.failed, StudioError(what, why, "The log says more.")
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                signal.emit(result)

        threading.Thread(target=run, name=THREAD_NAME).start()

    def _ended(self) -> bool:
        """Start what waits; return whether the answer that came is still wanted."""
        wanted, self._running = not self._forgotten, None
        work, self._waiting = self._waiting, None
        if work is not None:
            self._start(work)
        return wanted

    def _done(self, result: object) -> None:
        if self._ended() and result is not None:
            self._on_done(result)

    def _failed(self, error: StudioError) -> None:
        if self._ended():
            self._on_error(error)
