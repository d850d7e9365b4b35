"""Ctrl+C and SIGTERM as a question that a job asks after each batch."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHOW_CURSOR = b"\x1b[?25h\n"
ABORTED = 130
ECHO_SECONDS = 0.25
"""`timeout` and package runners signal a process and then its whole group: both count as one request."""


class Interruption:
    """While this context lasts, the first signal is only noted; a second one ends the process at once.

    Python runs signal handlers between two of its own instructions, so two presses of Ctrl+C during one
    long batch would count as one. A thread therefore reads each signal from the pipe Python's C handler
    writes to.

    Attributes:
        wanted: Whether a signal came.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        """Install the signal handling."""
        self._ours, self._signaled = socket.socketpair()
        self._signaled.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._signaled.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        self._thread = threading.Thread(target=self._count, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Restore the previous signal handling."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._signaled.close()
        self._thread.join()
        self._ours.close()

    def raise_if_wanted(self) -> None:
        """Raise `KeyboardInterrupt` where there is nothing yet to keep."""
        if self.wanted:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True

    def _count(self) -> None:
        """Wait for a second signal until the other end closes."""
        first: float | None = None
        while received := self._ours.recv(1):  # one at a time: two may wait here before this thread runs
            if received[0] not in SIGNALS:
                continue
            clock = time.monotonic()
            if first is None:
                first = clock
            elif clock - first > ECHO_SECONDS:
                if os.isatty(2):
                    os.write(2, SHOW_CURSOR)  # the progress bar hid it and cannot clean up anymore
                os._exit(ABORTED)
