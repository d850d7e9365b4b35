"""What the engine takes of the machine, from one heartbeat to the next."""

from __future__ import annotations

import os

from cnn_studio.core.protocol.events import HeartBeaten

GIB, MIB = 2**30, 2**20


class MachineUsage:
    """Makes shares of a second out of the seconds of processor time that heartbeats carry.

    Args:
        cores: Of the machine; None asks it.
    """

    def __init__(self, cores: int | None = None) -> None:
        self.cores = cores or os.cpu_count() or 1
        self._last: HeartBeaten | None = None

    def share(self, beat: HeartBeaten) -> float | None:
        """Return the share of all cores the engine took since the last heartbeat, 0 to 1.

        None at the first heartbeat of a process: of what was before nothing is known.
        """
        last, self._last = self._last, beat
        if last is None or beat.clock_seconds <= last.clock_seconds or beat.cpu_seconds < last.cpu_seconds:
            return None
        seconds = beat.clock_seconds - last.clock_seconds
        return min(1.0, (beat.cpu_seconds - last.cpu_seconds) / seconds / self.cores)


def memory_text(size_bytes: int) -> str:
    """Return a process's memory in words: 812 MiB, 1.24 GiB."""
    return f"{size_bytes / GIB:.2f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:.0f} MiB"


def duration_text(seconds: float) -> str:
    """Return a time as m:ss, from an hour on as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
