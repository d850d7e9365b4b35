"""How a job is made to end: asked, then its process ended, then killed."""

from __future__ import annotations

import threading
from collections.abc import Callable

SECONDS_TO_TERMINATE = 2.0
SECONDS_TO_KILL = 3.0


class CancelEscalation:
    """The escalation steps of one job; its methods are called with the client's lock held.

    Args:
        end: Ends the process; kills it if its argument is True. Called on a timer's thread.
    """

    def __init__(self, end: Callable[[bool], None]) -> None:
        self._end = end
        self._rungs: list[threading.Timer] = []
        self._times = 0
        self._spared = False

    @property
    def climbed(self) -> bool:
        """Whether anybody has wanted the job to end."""
        return self._times > 0

    def climb(self) -> bool:
        """Begin to end the job; return whether it is to be asked, as it is the first time.

        Wanted again, its process is ended at once.
        """
        self._times += 1
        first = self._times == 1
        if first and self._spared:
            return True
        self.rest()
        wait = SECONDS_TO_TERMINATE if first else 0.0
        self._rungs = [
            threading.Timer(wait, self._end, (False,)),
            threading.Timer(wait + SECONDS_TO_KILL, self._end, (True,)),
        ]
        for rung in self._rungs:
            rung.daemon = True
            rung.start()
        return first

    def spare(self) -> None:
        """Give the job its time: it has said that it is ending. Who wants it to end twice does not wait."""
        self._spared = True
        if self._times < 2:
            self.rest()

    def rest(self) -> None:
        """Leave the process alone: the job has ended."""
        for rung in self._rungs:
            rung.cancel()
