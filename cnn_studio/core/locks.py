"""One process at a time in a run folder, known to others until that process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnn_studio.core.errors import StudioError

LOCK_FILE = ".lock"
"""The system gives it free with the process that holds it, so a killed training leaves no folder taken."""


@contextmanager
def occupying(folder: Path) -> Iterator[None]:
    """Hold a run folder, made where it is not there; one that this leaves empty vanishes again.

    Raises:
        StudioError: If another training holds it.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        if not _taken(descriptor):
            raise StudioError(
                f"The run {folder.name} is being trained.",
                "Another process, a window or a command line, holds its folder.",
                "Wait until it has ended, or stop it there.",
            )
        try:
            yield
        finally:
            if sys.platform != "win32":  # there a file that is open cannot be removed
                path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
        if sys.platform == "win32":
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if made:
            with suppress(OSError):  # not empty: something was trained
                folder.rmdir()


def occupied(folder: Path) -> bool:
    """Return whether some process trains in a run folder now."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock of an open file, if nobody has it; file systems without locks always give it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
