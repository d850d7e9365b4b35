"""Work whose newest request wins, one at a time: what the pen asks faster than it can be done is skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.services.background_task import BackgroundWork, Request, Work


class LatestRequest(BackgroundWork):
    """Runs one request at a time; of those that come meanwhile only the newest is run after it.

    An answer that is done is handed over even if a newer request waits, so that something moves while the
    pen does; never two run at once, so that they do not slow one another. Work that gave up returns None,
    which is not handed over.

    The threads are no daemons, as `BackgroundTask`'s are: one that Python cuts off inside ONNX Runtime takes
    the whole process down with it ("terminate called without an active exception"). The program's end waits
    for them, so all work must give up soon when told: `ended` tells.
    """

    daemon = False
    in_the_log = "Looking into the network failed"

    def __init__(
        self, on_done: Callable[[Any], None], on_error: Callable[[StudioError], None], parent: QObject
    ) -> None:
        super().__init__(on_done, on_error, parent)
        self._waiting: Work | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._newest is not None

    def ask(self, work: Work) -> None:
        """Run `work` on a thread, now or as soon as what runs has ended or given up."""
        if self.busy:
            self._waiting = work
            self.cancel()
        else:
            self._begin(work)

    def forget(self) -> None:
        """Drop every answer asked so far."""
        self._waiting = None
        super().forget()

    def _go_on(self) -> None:
        """Start what waits."""
        self._newest, work, self._waiting = None, self._waiting, None
        if work is not None:
            self._begin(work)

    def _take(self, request: Request, result: object) -> None:
        self._go_on()
        if result is not None:
            super()._take(request, result)

    def _take_error(self, request: Request, error: StudioError) -> None:
        self._go_on()
        super()._take_error(request, error)
