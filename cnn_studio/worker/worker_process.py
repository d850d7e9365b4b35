"""A worker's process as its client sees it: how it is started, and what is said of its beginning and end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from cnn_studio.worker.framing import OWN_FOLDER

TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""What names the folder of temporary files: one of its own for each worker, which leaves files in it if ended."""


class WorkerLost(msgspec.Struct, frozen=True, kw_only=True):
    """The worker ended without being asked to; `restarting` says whether a fresh one is coming."""

    reason: str
    restarting: bool


class WorkerStarting(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process was started and is loading TensorFlow.

    `renewed` says that it replaces one that had nothing to do: nobody has to be notified.
    """

    pid: int
    renewed: bool = False


def worker_command() -> list[str]:
    """Return the argv that starts a worker: a module of this Python, or the frozen program itself.

    `python -m` would look for every module in the current folder first, where a student's `keras.py` may lie.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    root = str(Path(__file__).parents[2])  # last, and needed only by a checkout that is not installed
    start = f"import sys; sys.path.append({root!r}); from cnn_studio.worker.server import main; main()"
    return [sys.executable, "-P", "-c", start]


@contextlib.contextmanager
def suppressing_close(stream: IO[bytes]) -> Iterator[None]:
    """Close a stream at the end of the block, also where it was closed or broken before."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            stream.close()


def start_worker(command: Sequence[str], folder: str, errors: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a worker with pipes; `folder` takes its temporary files, `errors` its standard error.

    Raises:
        OSError: If it cannot be started.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        bufsize=0,
        env=os.environ | dict.fromkeys((*TEMPORARY, OWN_FOLDER), folder),
    )


def ending_in_words(code: int) -> str:
    """Return how a process ended, by its exit status."""
    if code < 0:
        return f"Its process was ended by signal {-code}."
    return f"Its process ended with exit status {code}."
