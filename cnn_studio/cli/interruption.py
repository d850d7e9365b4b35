"""Ctrl+C and SIGTERM as a question that a job asks after each batch."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While this context lasts, the first signal is only noted; a second one ends the process at once.

    The second is left to the operating system, so that it works even while C++ is computing.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        """Take the signals."""
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def raise_if_wanted(self) -> None:
        """Raise `KeyboardInterrupt` where there is nothing yet to keep."""
        if self.wanted:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
