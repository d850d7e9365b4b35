"""What a running training may be told from another thread: stop, pause, go on, be seen, do something between."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

SECONDS_BETWEEN_LOOKS = 0.05


class Control:
    """The switches of one training; every method may be called from any thread.

    Args:
        should_stop: A further source of the request to stop, asked after each batch.

    Attributes:
        watched: Whether somebody wants to see the network while it learns.
    """

    def __init__(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        self._also = should_stop
        self._stop = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._lock = threading.Lock()
        self._learning_rate: float | None = None
        self.watched = False
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

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

    def watch(self, wanted: bool) -> None:
        """Show the network while it learns, or no longer."""
        self.watched = wanted

    def send(self, task: Callable[[], None]) -> None:
        """Have something short done between two batches, on the training's own thread."""
        self._tasks.put(task)

    def run_tasks(self) -> None:
        """Do what was sent since the last call."""
        while not self._tasks.empty():
            self._tasks.get()()

    def between(self) -> bool:
        """Do what was sent, and tell whether anybody wants the training to stop."""
        self.run_tasks()
        return self.should_stop()

    @property
    def paused(self) -> bool:
        """Whether it is asked to wait."""
        return not self._going.is_set()

    def wait(self) -> None:
        """Return when it may go on, or should stop."""
        while not self._going.wait(SECONDS_BETWEEN_LOOKS) and not self.should_stop():
            self.run_tasks()

    def take_learning_rate(self) -> float | None:
        """Return a learning rate that was asked for since the last call."""
        with self._lock:
            asked, self._learning_rate = self._learning_rate, None
        return asked
