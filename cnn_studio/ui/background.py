"""Work that must not happen on the GUI thread, and whose newest request wins."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from cnn_studio.core.errors import StudioError

log = logging.getLogger(__name__)


class _Carrier(QObject):
    """Carries results to the GUI thread."""

    done = Signal(int, object)
    failed = Signal(int, object)


class Background(QObject):
    """Runs one kind of work on a pool thread; an answer that a newer request has overtaken is dropped.

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
        self._carrier = _Carrier(self)
        self._carrier.done.connect(self._take)
        self._carrier.failed.connect(self._take_error)

    def ask(self, work: Callable[[], Any]) -> None:
        """Run `work` on a pool thread."""
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

        QThreadPool.globalInstance().start(QRunnable.create(run))

    def _take(self, number: int, result: object) -> None:
        if number == self._newest:
            self._on_done(result)

    def _take_error(self, number: int, error: StudioError) -> None:
        if number == self._newest:
            self._on_error(error)
