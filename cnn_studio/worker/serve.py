"""The engine's side of the seam: takes commands, runs one job at a time, reports events.

Nothing is imported from the engine before the pipes are in place, so that Keras's printing cannot get
between two frames and the window hears a heartbeat while TensorFlow loads.
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

from cnn_studio.core.errors import Cancelled, StudioError
from cnn_studio.core.events import (
    PROTOCOL_VERSION,
    AnyCommand,
    AnyEvent,
    Cancel,
    ChangeLearningRate,
    Continue,
    DevicesListed,
    Evaluate,
    EvaluationEnded,
    Export,
    HeartBeaten,
    JobCancelled,
    JobFailed,
    ListDevices,
    Pause,
    Preview,
    PreviewEnded,
    Resume,
    Shutdown,
    Teach,
    Train,
    WorkerStarted,
)
from cnn_studio.worker.protocol import (
    OWN_FOLDER,
    FrameReader,
    FrameWriter,
    LostStreamError,
    ProtocolError,
    command_reader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnn_studio.engine.control import Control

HEARTBEAT_SECONDS = 1.0
NICENESS = 10


class Server:
    """One worker: a reader thread, a heartbeat thread, and jobs on the main thread."""

    def __init__(self, writer: FrameWriter, reader: FrameReader[AnyCommand]) -> None:
        self._writer = writer
        self._reader = reader
        self._jobs: queue.SimpleQueue[AnyCommand] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._running: tuple[str, Control | None] = ("", None)
        self._ended = threading.Event()

    def report(self, event: AnyEvent) -> None:
        """Send an event; if the window is gone, end with it."""
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
                _leave()
            if isinstance(command, Cancel):
                self._cancelled.add(command.job)
            elif type(command) in SWITCHES:
                self._switch(command)
            else:
                self._jobs.put(command)

    def _switch(self, command: AnyCommand) -> None:
        """Pass a wish to the running training; one for another job is too late."""
        job, control = self._running
        if control is not None and command.job == job:
            SWITCHES[type(command)](control, command)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            self.report(HeartBeaten(resident_bytes=_resident_bytes()))

    def _serve(self, command: AnyCommand) -> None:
        job = command.job
        try:
            if job in self._cancelled:
                raise Cancelled
            JOBS[type(command)](self, command)
        except Cancelled:
            self.report(JobCancelled(job=job))
        except StudioError as error:
            self.report(JobFailed(job=job, what=error.what, why=error.why, remedy=error.remedy))
        except Exception as error:  # noqa: BLE001 - the process edge: whatever it was, the window hears of it
            self.report(
                JobFailed(
                    job=job,
                    what="The engine failed unexpectedly.",
                    why=f"{type(error).__name__}: {error}"[:2000],
                    remedy="The details are in the log; the engine goes on.",
                    details=traceback.format_exc()[-20_000:],
                )
            )
        finally:
            self._cancelled.discard(job)
            self._running = ("", None)

    def should_stop(self, job: str) -> Callable[[], bool]:
        """Return the question a job asks after every batch."""
        return lambda: job in self._cancelled

    def list_devices(self, command: ListDevices) -> None:
        """Report the devices."""
        from cnn_studio.engine.devices import list_devices

        self.report(DevicesListed(job=command.job, devices=list_devices()))

    def train(self, command: Train) -> None:
        """Train into a new run folder."""
        from cnn_studio.core.recipe import recipe_from_mapping
        from cnn_studio.core.runs import new_run_id
        from cnn_studio.engine.trainer import train

        recipe = recipe_from_mapping(command.recipe)
        parent = Path(command.parent)
        train(
            recipe,
            parent / new_run_id(recipe, parent),
            self.report,
            limit=command.limit,
            control=self._control(command.job),
            job=command.job,
        )

    def resume(self, command: Resume) -> None:
        """Let a run go on, or extend it."""
        from cnn_studio.engine.trainer import resume

        control = self._control(command.job)
        resume(Path(command.folder), self.report, extend=command.extend, control=control, job=command.job)

    def _control(self, job: str) -> Control:
        from cnn_studio.engine.control import Control

        control = Control(self.should_stop(job))
        self._running = (job, control)
        return control

    def evaluate(self, command: Evaluate) -> None:
        """Evaluate and leave the answers in a file."""
        from cnn_studio.core.evaluation import save_evaluation
        from cnn_studio.engine.evaluator import evaluate

        evaluation = evaluate(Path(command.source), command.dataset, self.should_stop(command.job))
        save_evaluation(evaluation, Path(command.to))
        self.report(
            EvaluationEnded(
                job=command.job, path=command.to, accuracy=evaluation.accuracy, loss=evaluation.loss
            )
        )

    def export(self, command: Export) -> None:
        """Export and compare."""
        from cnn_studio.engine.exporters import export

        job, place = command.job, Path(command.to)
        stop = self.should_stop(job)
        self.report(export(Path(command.source), command.format, place, self.report, job, stop))

    def teach(self, command: Teach) -> None:
        """Teach a network somebody's hand, into a new run folder."""
        from cnn_studio.engine.teaching import teach

        teach(
            Path(command.source),
            Path(command.drawings),
            Path(command.parent),
            self.report,
            held_share=command.held_share,
            seed=command.seed,
            should_stop=self.should_stop(command.job),
            job=command.job,
        )

    def preview(self, command: Preview) -> None:
        """Vary images as a training would, and leave them in a file."""
        import msgspec
        import numpy as np

        from cnn_studio.core.files import replacing
        from cnn_studio.core.recipe import Augmentation
        from cnn_studio.engine.augmentation import preview

        images = np.load(command.images, allow_pickle=False)
        strengths = msgspec.convert(command.augmentation, Augmentation)
        with replacing(Path(command.to)) as temporary, temporary.open("wb") as file:
            np.save(file, preview(images, strengths, command.seed))
        self.report(PreviewEnded(job=command.job, path=command.to))


JOBS: dict[type, Callable[..., None]] = {
    ListDevices: Server.list_devices,
    Train: Server.train,
    Resume: Server.resume,
    Evaluate: Server.evaluate,
    Export: Server.export,
    Teach: Server.teach,
    Preview: Server.preview,
}


SWITCHES: dict[type, Callable[..., None]] = {
    Pause: lambda control, command: control.pause(),
    Continue: lambda control, command: control.resume(),
    ChangeLearningRate: lambda control, command: control.set_learning_rate(command.learning_rate),
}


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
