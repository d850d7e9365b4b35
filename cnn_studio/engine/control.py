"""What a running training may be told from another thread: stop, pause, go on, another learning rate."""

from __future__ import annotations

import threading
from collections.abc import Callable

SECONDS_BETWEEN_LOOKS = 0.05


class Control:
    """The switches of one training; every method may be called from any thread.

    Args:
        should_stop: A further source of the wish to stop, asked after each batch.
    """

    def __init__(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        self._also = should_stop
        self._stop = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._lock = threading.Lock()
        self._learning_rate: float | None = None

    def stop(self) -> None:
        """Stop after the batch under way, also while paused."""
        self._stop.set()
        self._going.set()

    def pause(self) -> None:
        """Wait after the batch under way."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Take another learning rate from the next batch on."""
        with self._lock:
            self._learning_rate = learning_rate

    def should_stop(self) -> bool:
        """Whether anybody wants it to stop."""
        return self._stop.is_set() or self._also()

    @property
    def paused(self) -> bool:
        """Whether it is asked to wait."""
        return not self._going.is_set()

    def wait(self) -> None:
        """Return when it may go on, or should stop."""
        while not self._going.wait(SECONDS_BETWEEN_LOOKS) and not self.should_stop():
            pass

    def take_learning_rate(self) -> float | None:
        """Return a learning rate that was asked for since the last call."""
        with self._lock:
            asked, self._learning_rate = self._learning_rate, None
        return asked
