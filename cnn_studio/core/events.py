"""What the engine reports (past tense) and what it is asked to do (imperative).

The same structs go over the wire between the two processes, to the command line's progress bar and
into the window. Losses are nats, accuracies fractions of 1, times seconds; `val_…` is None where a
recipe has no validation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from cnn_studio.core.runs import RunResult
from cnn_studio.core.teaching import HELD_SHARE, Change

PROTOCOL_VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that happened; `job` is empty where it belongs to no job."""

    job: str = ""


class WorkerStarted(Event, frozen=True, kw_only=True, tag="hello"):
    """The engine is loaded and takes commands."""

    protocol: int
    pid: int
    versions: dict[str, str]
    seconds: float


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device, or the reason why there is none.

    Attributes:
        id: What `--device` takes: "cpu", "gpu:0", "gpus" (all of them), "tpu"; empty where none was found.
        title: For people, "CPU, 2 cores".
        usable: Whether a run can use it.
        explanation: Why it can't be used or what to know, in sentences.
        memory_bytes: Its memory, 0 where unknown.
    """

    id: str
    title: str
    usable: bool
    explanation: str = ""
    memory_bytes: int = 0


class DevicesListed(Event, frozen=True, kw_only=True, tag="devices"):
    """All devices, usable or explained."""

    devices: tuple[Device, ...]


class HeartBeaten(Event, frozen=True, kw_only=True, tag="heartbeat"):
    """The worker is alive; once a second."""

    resident_bytes: int = 0


class StageEntered(Event, frozen=True, kw_only=True, tag="stage"):
    """A part of a job began whose progress cannot be measured; `text` says what it is."""

    text: str


class RunStarted(Event, frozen=True, kw_only=True, tag="started"):
    """Training begins."""

    run: str
    epochs: int
    steps: int
    train_images: int
    validation_images: int
    device: str
    precision: str
    warnings: tuple[str, ...] = ()


class BatchEnded(Event, frozen=True, kw_only=True, tag="batch"):
    """Progress inside an epoch, at most ten a second; loss and accuracy are running means of the epoch.

    `steps_per_execution` is how many steps one call of the compiled loop takes at the moment.
    """

    epoch: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float
    images_per_second: float
    steps_per_execution: int = 1
    phase: str = "training"


class EpochEnded(Event, frozen=True, kw_only=True, tag="epoch"):
    """An epoch is done."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float


class LearningRateChanged(Event, frozen=True, kw_only=True, tag="learning_rate"):
    """The learning rate was changed in an epoch: by a plateau rule, or by a person."""

    epoch: int
    learning_rate: float
    by: Literal["schedule", "person"] = "schedule"


class TrainingPaused(Event, frozen=True, kw_only=True, tag="paused"):
    """The training waits after a batch."""

    epoch: int


class TrainingResumed(Event, frozen=True, kw_only=True, tag="resumed"):
    """The training goes on."""

    epoch: int


class RunEnded(Event, frozen=True, kw_only=True, tag="done"):
    """The run is on disk: finished, or stopped with what was learned until then."""

    run: str
    stopped: bool
    result: RunResult


class EvaluationEnded(Event, frozen=True, kw_only=True, tag="evaluated"):
    """An evaluation is on disk at `path` (see `core.evaluation`)."""

    path: str
    accuracy: float
    loss: float


class ExportEnded(Event, frozen=True, kw_only=True, tag="exported"):
    """An export was written and compared with the network it came from.

    Attributes:
        path: The file or folder.
        format: keras, savedmodel, tflite or onnx.
        bytes: Its size.
        images: How many test images were compared.
        same_predictions: How many got the same class.
        largest_difference: The largest difference of a probability.
    """

    path: str
    format: str
    bytes: int
    images: int
    same_predictions: int
    largest_difference: float


class TeachingEnded(Event, frozen=True, kw_only=True, tag="taught"):
    """A taught run is on disk; its folder's `teaching.json` says all (see `core.teaching`).

    Attributes:
        run: The folder.
        held: What was read of the drawings that were held back, before and after.
        test: The same of the data set's test images.
    """

    run: str
    held: Change
    test: Change


class PreviewEnded(Event, frozen=True, kw_only=True, tag="previewed"):
    """Varied images are on disk at `path`, as `Preview` asked for them."""

    path: str


class JobCancelled(Event, frozen=True, kw_only=True, tag="cancelled"):
    """A job ended because it was asked to, with nothing to keep."""


class JobFailed(Event, frozen=True, kw_only=True, tag="failed"):
    """A job ended with an error, in the three parts of `StudioError`."""

    what: str
    why: str = ""
    remedy: str = ""
    details: str = ""


AnyEvent = (
    WorkerStarted
    | DevicesListed
    | HeartBeaten
    | StageEntered
    | RunStarted
    | BatchEnded
    | EpochEnded
    | LearningRateChanged
    | TrainingPaused
    | TrainingResumed
    | RunEnded
    | EvaluationEnded
    | ExportEnded
    | TeachingEnded
    | PreviewEnded
    | JobCancelled
    | JobFailed
)
Report = Callable[[AnyEvent], None]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """Something the worker is asked to do; `job` names it in the events that follow."""

    job: str = ""


class ListDevices(Command, frozen=True, kw_only=True, tag="devices"):
    """Ask for `DevicesListed`."""


class Train(Command, frozen=True, kw_only=True, tag="start"):
    """Train a recipe (as a mapping) into a new folder inside `parent`, or into `folder` itself."""

    recipe: dict[str, Any]
    parent: str
    limit: int | None = None


class Evaluate(Command, frozen=True, kw_only=True, tag="evaluate"):
    """Evaluate a run or model file on a data set's test images."""

    source: str
    to: str
    dataset: str | None = None


class Export(Command, frozen=True, kw_only=True, tag="export"):
    """Export a run or model file."""

    source: str
    format: str
    to: str


class Teach(Command, frozen=True, kw_only=True, tag="teach"):
    """Teach a run or model the drawings of a file, into a new folder inside `parent`."""

    source: str
    drawings: str
    parent: str
    held_share: float = HELD_SHARE
    seed: int = 0


class Preview(Command, frozen=True, kw_only=True, tag="preview"):
    """Vary images as a training would, to be looked at.

    Attributes:
        images: An .npy file, (N, height, width, channels) uint8.
        augmentation: A recipe's augmentation, as a mapping.
        seed: The same seed gives the same variation.
        to: The .npy file of the varied images, of the same shape.
    """

    images: str
    augmentation: dict[str, Any]
    seed: int
    to: str


class Resume(Command, frozen=True, kw_only=True, tag="resume"):
    """Let an unfinished run go on, or extend a finished one by some epochs."""

    folder: str
    extend: int = 0


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    """Let a running training wait after the batch under way."""


class Continue(Command, frozen=True, kw_only=True, tag="continue"):
    """Let a paused training go on."""


class ChangeLearningRate(Command, frozen=True, kw_only=True, tag="change_learning_rate"):
    """Take another learning rate from the next batch on."""

    learning_rate: float


class Cancel(Command, frozen=True, kw_only=True, tag="cancel"):
    """Stop the job of that name within a batch."""


class Shutdown(Command, frozen=True, kw_only=True, tag="shutdown"):
    """End the worker."""


AnyCommand = (
    ListDevices
    | Train
    | Resume
    | Pause
    | Continue
    | ChangeLearningRate
    | Evaluate
    | Export
    | Teach
    | Preview
    | Cancel
    | Shutdown
)
