"""How a job is made to end: asked, then its process terminated, then killed."""

from __future__ import annotations

import threading
from collections.abc import Callable

SECONDS_TO_TERMINATE = 2.0
SECONDS_TO_KILL = 3.0
SECONDS_TO_SAVE = 600.0
"""How long a canceled job may take to save what it learned; it reads its test images first."""


class CancelEscalation:
    """The steps of one job; its methods are called with the client's lock held.

    Only the job's end stops them. A job that saves what it learned gets more time, once: one that hangs while
    it saves is ended too.

    Args:
        end: Ends the process; kills it if its argument is True. Called on a timer's thread.
    """

    def __init__(self, end: Callable[[bool], None]) -> None:
        self._end = end
        self._timers: list[threading.Timer] = []
        self._requests = 0
        self._saving = False

    @property
    def requested(self) -> bool:
        """Whether anybody has asked for the job to end."""
        return self._requests > 0

    def begin(self) -> bool:
        """Begin to end the job; return whether it is to be asked, as this is the first request.

        At a second request its process is ended at once.
        """
        self._requests += 1
        first = self._requests == 1
        patient = SECONDS_TO_SAVE if self._saving else SECONDS_TO_TERMINATE
        self._start(patient if first else 0.0)
        return first

    def extend(self) -> None:
        """Give the job time to save, the first time it says that it does; after a second request, none."""
        if self._saving:
            return
        self._saving = True
        if self._requests == 1:
            self._start(SECONDS_TO_SAVE)

    def stop(self) -> None:
        """Leave the process alone: the job has ended."""
        for timer in self._timers:
            timer.cancel()

    def _start(self, wait: float) -> None:
        self.stop()
        self._timers = [
            threading.Timer(wait, self._end, (False,)),
            threading.Timer(wait + SECONDS_TO_KILL, self._end, (True,)),
        ]
        for timer in self._timers:
            timer.daemon = True
            timer.start()
