"""One process at a time in a run folder, known to others until that process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnn_studio.core.base.errors import StudioError

LOCK_FILE = ".lock"
"""The system gives it free with the process that holds it, so a killed training leaves no folder taken."""

TRIES, SECONDS_BETWEEN_TRIES = 10, 0.02


@contextmanager
def occupying(folder: Path) -> Iterator[None]:
    """Hold a run folder, made where it is not there; one that this leaves empty vanishes again.

    Raises:
        StudioError: If another training holds it.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    descriptor = _held(path)
    try:
        if descriptor is None:
            raise StudioError(
                f"The run {folder.name} is being trained.",
                "Another process, a window or a command line, is using its folder.",
                "Wait until it ends, or stop it there.",
            )
        try:
            yield
        finally:
            if sys.platform != "win32":  # there a file that is open cannot be removed
                path.unlink(missing_ok=True)
    finally:
        if descriptor is not None:
            os.close(descriptor)
        if sys.platform == "win32" and descriptor is not None:
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


def _held(path: Path) -> int | None:
    """Return the lock file, opened and locked; None where another process holds it.

    One that only looks (`occupied`) holds it for a moment, and one that ends removes it: both are waited for.
    """
    for _ in range(TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        if _taken(descriptor):
            with suppress(OSError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):  # else its name is another file's
                    return descriptor
        os.close(descriptor)
        time.sleep(SECONDS_BETWEEN_TRIES)
    return None


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
