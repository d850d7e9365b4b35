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

    @property
    def climbed(self) -> bool:
        """Whether anybody has wanted the job to end."""
        return bool(self._rungs)

    def climb(self) -> bool:
        """Begin to end the job; return whether it is to be asked, as it is the first time.

        Wanted again, its process is ended at once.
        """
        first = not self._rungs
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

    def rest(self) -> None:
        """Let the job go on in peace: it has answered, or has ended."""
        for rung in self._rungs:
            rung.cancel()
