"""The engine's side of the boundary: takes commands, runs one job at a time, reports events.

Nothing is imported from the engine before the pipes are in place, so that Keras's printing cannot get
between two frames and the window receives a heartbeat while TensorFlow loads.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cnn_studio.core.base.automatic_device import is_processor
from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.protocol.commands import AnyCommand, Cancel, Shutdown
from cnn_studio.core.protocol.events import (
    PROTOCOL_VERSION,
    AnyEvent,
    HeartBeaten,
    JobCanceled,
    JobFailed,
    RunEnded,
    RunStarted,
    WorkerStarted,
)
from cnn_studio.worker.framing import (
    OWN_FOLDER,
    FrameReader,
    FrameWriter,
    LostStreamError,
    ProtocolError,
    command_reader,
)
from cnn_studio.worker.jobs import JOBS, SWITCHES, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnn_studio.engine.training_control import Control

HEARTBEAT_SECONDS = 1.0
PROCESSOR = "cpu"
NICENESS = 10
SECONDS_TO_FINISH = 1.5
"""What a run that has ended may still take to write its epochs' graph when the window closes."""


class Server:
    """One worker: a reader thread, a heartbeat thread, and jobs on the main thread."""

    def __init__(self, writer: FrameWriter, reader: FrameReader[AnyCommand]) -> None:
        self._writer = writer
        self._reader = reader
        self._jobs: queue.SimpleQueue[AnyCommand] = queue.SimpleQueue()
        self._canceled: set[str] = set()
        self._running: tuple[str, Control | None] = ("", None)
        self._device = PROCESSOR
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._ended = threading.Event()

    def report(self, event: AnyEvent) -> None:
        """Send an event; if the window is gone, end with it."""
        if isinstance(event, RunEnded):
            self._idle.clear()  # its epochs' graph is written after the news
        if isinstance(event, RunStarted):
            self._device = event.device
        try:
            self._writer.write(event)
        except OSError:
            _leave()

    def run(self) -> None:
        """Serve until told to shut down, or until standard input closes."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        began = time.perf_counter()
        from cnn_studio.engine.devices import prepare_devices
        from cnn_studio.engine.trainer import versions

        prepare_devices()
        # TensorFlow's modules are hundreds of thousands of objects that never go away: without this, each
        # full collection looks at all of them, and one cancel in fourteen took 350 ms (benchmarks/cancel.py).
        gc.freeze()
        self.report(
            WorkerStarted(
                protocol=PROTOCOL_VERSION,
                pid=os.getpid(),
                versions=versions(),
                seconds=time.perf_counter() - began,
            )
        )
        while not isinstance(command := self._jobs.get(), Shutdown):
            self._serve(command)
        self._ended.set()

    def _listen(self) -> None:
        while True:
            try:
                command = self._reader.read()
            except ProtocolError as error:
                self.report(
                    JobFailed(what="The engine did not understand a command.", why=f"It received {error}.")
                )
                if isinstance(error, LostStreamError):
                    os._exit(1)
                continue
            if command is None:  # the window is gone, however it ended
                self._idle.wait(SECONDS_TO_FINISH)
                _leave()
            if isinstance(command, Cancel):
                self._canceled.add(command.job)
            elif type(command) in SWITCHES:
                self._switch(command)
            elif not (isinstance(command, TASKS) and self._send(command)):
                self._jobs.put(command)

    def _switch(self, command: AnyCommand) -> None:
        """Pass a request to the running training; one for another job is too late."""
        job, control = self._running
        if control is not None and command.job == job:
            SWITCHES[type(command)](control, command)

    def _send(self, command: AnyCommand) -> bool:
        """Let a running training do something short between two batches; False where none runs."""
        with self._lock:
            _, control = self._running
            if control is not None:
                control.send(lambda: self._do(command))
            return control is not None

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            self.report(
                HeartBeaten(
                    resident_bytes=_resident_bytes(),
                    cpu_seconds=time.process_time(),
                    clock_seconds=time.monotonic(),
                    accelerator_bytes=self._accelerator_bytes(),
                )
            )

    def _accelerator_bytes(self) -> int:
        """Return what the running training holds of the memory of GPUs."""
        if is_processor(self._device):  # also before TensorFlow is loaded: asking would load it here
            return 0
        from cnn_studio.engine.devices import memory_in_use

        return memory_in_use()

    def _serve(self, command: AnyCommand) -> None:
        self._do(command)
        with self._lock:  # from here on no task is sent to it any more
            _, control = self._running
            self._running, self._device = ("", None), PROCESSOR
        if control is not None:
            control.run_tasks()
        self._idle.set()

    def _do(self, command: AnyCommand) -> None:
        job = command.job
        try:
            if job in self._canceled:
                raise Canceled
            JOBS[type(command)](self, command)
        except Canceled:
            self.report(JobCanceled(job=job))
        except StudioError as error:
            self.report(JobFailed(job=job, what=error.what, why=error.why, remedy=error.remedy))
        except Exception as error:  # noqa: BLE001 - the process edge: whatever it was, the window is notified
            self.report(
                JobFailed(
                    job=job,
                    what="The engine failed unexpectedly.",
                    why=f"{type(error).__name__}: {error}"[:2000],
                    remedy="The details are in the log; the engine keeps running.",
                    details=traceback.format_exc()[-20_000:],
                )
            )
        finally:
            self._canceled.discard(job)

    def should_stop(self, job: str) -> Callable[[], bool]:
        """Return the question a job asks after every batch."""
        return lambda: job in self._canceled

    def control(self, job: str) -> Control:
        """Return what stops, pauses and steers a training from another thread, from now on."""
        from cnn_studio.engine.training_control import Control

        control = Control(self.should_stop(job))
        self._running = (job, control)
        return control


def main() -> None:
    """Serve on standard input and output until they close."""
    frames = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what Keras prints goes to the log, not between two frames
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)  # the window's answer comes before the next batch
    Server(FrameWriter(frames), command_reader(sys.stdin.buffer)).run()
    os._exit(0)  # TensorFlow's threads take up to a second to unwind and hold nothing worth saving


def _leave() -> NoReturn:
    """End at once, and leave no temporary file behind where nobody else would remove it."""
    if folder := os.environ.get(OWN_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
