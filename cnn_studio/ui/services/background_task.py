"""Work that must not happen on the GUI thread, and whose newest request wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.errors import StudioError

log = logging.getLogger(__name__)

THREAD_NAME = "background work"

Canceled = Callable[[], bool]
Work = Callable[[Canceled], Any]
"""Asked to give up by its argument, it returns soon."""


class Request:
    """One piece of work that was asked for; no QObject, since the last to let go of it may be its thread.

    Attributes:
        canceled: Set when the work should give up.
        dropped: Whether what comes of it is not wanted any more; for the GUI thread only.
    """

    def __init__(self) -> None:
        self.canceled = threading.Event()
        self.dropped = False


class _Carrier(QObject):
    """Carries results to the GUI thread."""

    done = Signal(object, object)
    failed = Signal(object, object)


class BackgroundWork(QObject):
    """What all work in the background has in common: a thread each, a way to be told to give up, an answer.

    Args:
        on_done: Called on the GUI thread with what the work returned.
        on_error: Called on the GUI thread with the `StudioError` it raised.
        parent: The Qt parent.

    Attributes:
        ended: Tells all its work to give up, whatever was asked for when.
    """

    daemon = True
    """Whether the program ends without waiting for the thread."""
    in_the_log = "Background work failed"
    what = "Something unexpected went wrong."

    def __init__(
        self, on_done: Callable[[Any], None], on_error: Callable[[StudioError], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._on_done, self._on_error = on_done, on_error
        self.ended = threading.Event()
        self._newest: Request | None = None
        self._carrier = _Carrier()  # without a parent: it must live as long as the work that emits from it
        self._carrier.done.connect(self._take)
        self._carrier.failed.connect(self._take_error)

    def cancel(self) -> None:
        """Tell what was begun last to give up; what comes of it is handed over still."""
        if self._newest is not None:
            self._newest.canceled.set()

    def forget(self) -> None:
        """Tell what was begun last to give up, and drop its answer."""
        if self._newest is not None:
            self._newest.canceled.set()
            self._newest.dropped = True

    def _begin(self, work: Work) -> None:
        """Run `work` on a thread of its own."""
        request = self._newest = Request()
        carrier, ended, what, in_the_log = self._carrier, self.ended, self.what, self.in_the_log

        def run() -> None:
            signal, result = carrier.done, None
            try:
                result = work(lambda: request.canceled.is_set() or ended.is_set())
            except StudioError as error:
                signal, result = carrier.failed, error
            except Exception as error:
                log.exception(in_the_log)
                why = f"{type(error).__name__}: {error}"
                signal, result = carrier.failed, StudioError(what, why, "The log says more.")
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                signal.emit(request, result)

        threading.Thread(target=run, name=THREAD_NAME, daemon=self.daemon).start()

    def _take(self, request: Request, result: object) -> None:
        if not request.dropped:
            self._on_done(result)

    def _take_error(self, request: Request, error: StudioError) -> None:
        if not request.dropped:
            self._on_error(error)


class BackgroundTask(BackgroundWork):
    """Runs one kind of work at once; an answer that a newer request has overtaken is dropped.

    The threads are Python's daemons, not Qt's pool: Qt waits for its pool when the program ends, however
    long a folder with a million images takes to read.
    """

    def ask(self, work: Callable[[], Any]) -> None:
        """Run `work`, to its end."""
        self.ask_stoppable(lambda canceled: work())

    def ask_stoppable(self, work: Work) -> None:
        """Run `work`, which asks its argument whether it should give up."""
        self.forget()
        self._begin(work)


def end_of(widget: QWidget) -> threading.Event:
    """Return what is set when a widget, or the program, ends: it tells the widget's work to give up."""
    ended = threading.Event()
    widget.destroyed.connect(lambda: ended.set())
    QCoreApplication.instance().aboutToQuit.connect(lambda: ended.set())  # type: ignore[union-attr]
    return ended


def wait_for_background(seconds: float) -> None:
    """Give work under way so long to end by itself."""
    deadline = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(max(0.0, deadline - time.monotonic()))
