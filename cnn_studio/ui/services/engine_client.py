"""The engine as the window knows it: signals instead of threads."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from cnn_studio.core.base.automatic_device import automatic_device
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.embedding import Method
from cnn_studio.core.protocol.commands import (
    AnyCommand,
    Cancel,
    ChangeLearningRate,
    Continue,
    CrossValidate,
    Embed,
    Evaluate,
    Export,
    FineTune,
    ListDevices,
    Pause,
    Preview,
    Resume,
    Train,
    Watch,
)
from cnn_studio.core.protocol.events import (
    JOB_ENDS,
    AnyEvent,
    Device,
    DevicesListed,
    FineTuningEnded,
    HeartBeaten,
    JobCanceled,
    JobFailed,
    RunEnded,
    RunStarted,
    WorkerStarted,
)
from cnn_studio.core.recipes.recipe import Augmentation, Recipe, recipe_to_mapping
from cnn_studio.core.runs.evaluation_source import Subset
from cnn_studio.core.runs.run_folder import read_run, write_run
from cnn_studio.worker.client import Heard, WorkerClient, WorkerLost, WorkerStarting

log = logging.getLogger(__name__)


class JobEvents(QObject):
    """The events of one job; a listener whose `QObject` is destroyed is let go of by Qt."""

    heard = Signal(object)


class EngineClient(QObject):
    """Owns the worker's client and brings what it hears to the GUI thread.

    Who asks for a job subscribes to its events; nobody hears those of another one's.

    Signals:
        run_started: A `RunStarted`, after those who asked for it have heard it.
        job_ended: The last event of a job, likewise.
        state_changed: The engine's state in words, and whether it is ready.
        devices_changed: The devices, when they are known.
        run_finished: The folder of a run that is on disk.
        beaten: A `HeartBeaten`, once a second.
    """

    run_started = Signal(object)
    job_ended = Signal(object)
    state_changed = Signal(str, bool)
    devices_changed = Signal(object)
    run_finished = Signal(str)
    beaten = Signal(object)
    _arrived = Signal(object)

    def __init__(
        self, runs_folder: Path, log_path: Path | None, command: Sequence[str] | None = None
    ) -> None:
        super().__init__()
        self.runs_folder = runs_folder
        self._client = WorkerClient(self._arrived.emit, log_path, command)
        # Queued also where this thread emits it, as `cancel` does: nobody's call is answered inside it.
        self._arrived.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._folders: dict[str, Path] = {}
        self.open_jobs: dict[str, type[AnyCommand]] = {}  # in the order they were asked for
        self._subscriptions: dict[str, JobEvents] = {}
        self.ready = False
        self._renewed = False
        self.devices: tuple[Device, ...] = ()
        self.state = self.tr("Engine not started")

    @property
    def worker_pid(self) -> int | None:
        """The worker's process number."""
        return self._client.pid

    def start(self) -> None:
        """Start the engine in the background."""
        self._client.start()

    def train(self, recipe: Recipe, limit: int | None = None) -> str:
        """Ask for a training; return the job's name."""
        return self._send(
            Train(job=_job(), recipe=recipe_to_mapping(recipe), parent=str(self.runs_folder), limit=limit)
        )

    def resume(self, folder: Path, extend: int = 0) -> str:
        """Ask for a run to go on, or to be extended; return the job's name."""
        return self._send(Resume(job=_job(), folder=str(folder), extend=extend))

    def pause(self, job: str) -> None:
        """Let a training wait."""
        self._client.tell(Pause(job=job))

    def go_on(self, job: str) -> None:
        """Let a paused training go on."""
        self._client.tell(Continue(job=job))

    def change_learning_rate(self, job: str, learning_rate: float) -> None:
        """Take another learning rate from the next batch on."""
        self._client.tell(ChangeLearningRate(job=job, learning_rate=learning_rate))

    def watch(self, job: str, wanted: bool) -> None:
        """Let a training show its network while it learns, or no longer."""
        self._client.tell(Watch(job=job, wanted=wanted))

    def evaluate(self, source: Path, to: Path, dataset: str | None = None, subset: Subset = "test") -> str:
        """Ask for an evaluation of a run or model file; return the job's name."""
        return self._send(
            Evaluate(job=_job(), source=str(source), to=str(to), dataset=dataset, subset=subset)
        )

    def embed(
        self,
        source: Path,
        to: Path,
        *,
        dataset: str | None,
        subset: Subset,
        layer: str,
        method: Method,
        images: int,
        perplexity: float,
    ) -> str:
        """Ask for a map of images, see `core.protocol.commands.Embed`; return the job's name."""
        return self._send(
            Embed(
                job=_job(),
                source=str(source),
                to=str(to),
                dataset=dataset,
                subset=subset,
                layer=layer,
                method=method,
                images=images,
                perplexity=perplexity,
            )
        )

    def cross_validate(self, recipe: Recipe, to: Path, limit: int | None) -> str:
        """Ask for training images to be read by networks that never saw them; return the job's name."""
        return self._send(
            CrossValidate(job=_job(), recipe=recipe_to_mapping(recipe), to=str(to), limit=limit)
        )

    def export(self, source: Path, format: str, to: Path) -> str:
        """Ask for an export; return the job's name."""
        return self._send(Export(job=_job(), source=str(source), format=format, to=str(to)))

    def teach(self, source: Path, drawings: Path, held_share: float, seed: int) -> str:
        """Ask for a run or model to be taught the drawings of a file; return the job's name."""
        return self._send(
            FineTune(
                job=_job(),
                source=str(source),
                drawings=str(drawings),
                parent=str(self.runs_folder),
                held_share=held_share,
                seed=seed,
            )
        )

    def preview(self, images: Path, augmentation: Augmentation, seed: int, to: Path) -> str:
        """Ask for the images of an .npy file to be varied into another; return the job's name."""
        strengths = msgspec.to_builtins(augmentation)
        return self._send(
            Preview(job=_job(), images=str(images), augmentation=strengths, seed=seed, to=str(to))
        )

    def cancel(self, job: str) -> None:
        """Stop a job; asking again ends it at once, and with it the worker.

        A job that waits for another one is only taken out of the queue: the worker goes on.
        """
        if self.waits(job):
            self._client.tell(Cancel(job=job))
            self._arrived.emit(JobCanceled(job=job))
        else:
            self._client.cancel(job)

    def subscribe(self, job: str, listener: Callable[[Any], None]) -> None:
        """Call a listener with the events of a job, on the GUI thread, until the job has ended.

        Whoever subscribes before going back to the event loop misses nothing: events arrive through it. A job
        that has ended has none any more.

        Args:
            job: What the method that began it returned.
            listener: A method of a `QObject`, which is let go of when that is destroyed.
        """
        if job in self._subscriptions:
            self._subscriptions[job].heard.connect(listener)

    def unsubscribe(self, job: str, listener: Callable[[Any], None]) -> None:
        """Let go of a listener of a job before the job has ended."""
        if job in self._subscriptions:
            self._subscriptions[job].heard.disconnect(listener)

    def waits(self, job: str) -> bool:
        """Whether another job has to end before this one begins."""
        return job in self.open_jobs and next(iter(self.open_jobs)) != job

    def folder(self, job: str) -> Path | None:
        """Return the run folder of a training that has begun."""
        return self._folders.get(job)

    def free_accelerators(self) -> None:
        """Give back the memory of GPUs and TPUs; what is asked for next waits for the new engine."""
        self._client.free_accelerators()

    def delay(self, job: str) -> str:
        """Return in words what a job waits for; empty if it can begin."""
        if self.waits(job):
            training = next(iter(self.open_jobs.values())) in (Train, Resume)
            if training and self.open_jobs[job] is Preview:
                return self.tr("Waiting for the next batch of the training")
            return (
                self.tr("Waiting until the training has ended")
                if training
                else self.tr("Waiting until another job has ended")
            )
        return "" if self.ready else self.tr("Waiting for the engine")

    def close(self) -> None:
        """End the engine."""
        self._arrived.disconnect(self._hear)
        self._client.close()

    def _send(self, command: AnyCommand) -> str:
        self.open_jobs[command.job] = type(command)
        self._subscriptions[command.job] = JobEvents(self)
        self._client.send(command)
        return command.job

    def _deliver(self, event: AnyEvent) -> None:
        """Bring an event to those who asked for its job; what still comes after its end is nobody's."""
        events = self._subscriptions.get(event.job)
        if events is None:
            return
        over = isinstance(event, JOB_ENDS)
        if over:
            del self._subscriptions[event.job], self.open_jobs[event.job]
        events.heard.emit(event)
        if over:
            events.deleteLater()
            self.job_ended.emit(event)
        elif isinstance(event, RunStarted):
            self.run_started.emit(event)

    def _hear(self, event: Heard) -> None:
        match event:
            case HeartBeaten():
                self.beaten.emit(event)
                return
            case WorkerStarting():
                self._renewed = event.renewed and self.ready and bool(self.devices)
                if not self._renewed:
                    self._set_state(self.tr("Engine starting, about 7 s …"), False)
                return
            case WorkerLost():
                text = self.tr("Engine restarting …") if event.restarting else self.tr("Engine not available")
                self._set_state(text, False)
                return
            case WorkerStarted():
                if not self._renewed:  # else they are known, and trying them would take their memory again
                    if self.open_jobs:  # these come first: the devices may be hours away
                        self._set_state(self.tr("Engine ready"), True)
                    self._client.send(ListDevices())
            case DevicesListed():
                self.devices = event.devices
                titles = {device.id: device.title for device in event.devices if device.usable}
                best = titles[automatic_device(titles)]
                self._set_state(self.tr("Engine ready on {device}").format(device=best), True)
                self.devices_changed.emit(event.devices)
            case RunStarted():
                self._folders[event.job] = self.runs_folder / event.run
            case JobFailed():
                if event.details:
                    log.error("%s %s\n%s", event.what, event.why, event.details)
                self._mark_failed(event.job)
            case JobCanceled():
                self._mark_failed(event.job)
            case RunEnded():
                self._folders.pop(event.job, None)
        self._deliver(event)
        if isinstance(event, RunEnded | FineTuningEnded):
            self.run_finished.emit(event.run)

    def _set_state(self, text: str, ready: bool) -> None:
        self.state, self.ready = text, ready
        self.state_changed.emit(text, ready)

    def _mark_failed(self, job: str) -> None:
        """A worker that died cannot say so in its run folder."""
        folder = self._folders.pop(job, None)
        if folder is None:
            return
        try:
            run = read_run(folder)
            if run.record.status == "running":
                write_run(folder, msgspec.structs.replace(run.record, status="failed"))
        except (StudioError, OSError):
            log.warning("The run %s could not be marked as failed", folder.name)


def _job() -> str:
    return uuid.uuid4().hex[:12]
