"""What the engine reports (past tense); what it is asked to do is in `core.protocol.commands`.

The same structs go over the wire between the two processes, to the command line's progress bar and
into the window. Losses are nats, accuracies fractions of 1, times seconds; `val_…` is None where a
recipe has no validation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from cnn_studio.core.runs.fine_tuning_record import Change
from cnn_studio.core.runs.run_folder import RunResult

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
    """The worker is alive; once a second.

    Attributes:
        resident_bytes: What it holds of the machine's memory, 0 where unknown.
        cpu_seconds: Processor time it has taken since it started, of all its threads.
        clock_seconds: Its own clock; only differences mean something.
        accelerator_bytes: What the running job holds of the memory of GPUs, 0 where there is none.
    """

    resident_bytes: int = 0
    cpu_seconds: float = 0.0
    clock_seconds: float = 0.0
    accelerator_bytes: int = 0


class StageEntered(Event, frozen=True, kw_only=True, tag="stage"):
    """A part of a job began whose progress cannot be measured.

    Attributes:
        text: What it is.
        ending: Whether the job learns no more, stopped or not, and is only saving what it has: to end its
            process now would lose that. Left out where it is not.
    """

    text: str
    ending: bool | msgspec.UnsetType = msgspec.UNSET


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

    The loss is what Keras reports: with the penalty of L1 and L2.

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
    """An epoch is done; its losses are what Keras reports: with label smoothing and the penalty of L1 and L2."""

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


class EvaluationProgressed(Event, frozen=True, kw_only=True, tag="evaluating"):
    """So many images of so many were read."""

    done: int
    total: int


class EvaluationEnded(Event, frozen=True, kw_only=True, tag="evaluated"):
    """An evaluation is on disk at `path` (see `core.evaluation.predictions`)."""

    path: str
    accuracy: float
    loss: float


class EmbeddingMoved(Event, frozen=True, kw_only=True, tag="embedding"):
    """A map of images as it stands is on disk at `path` (see `core.evaluation.embedding`); at most five a second."""

    path: str
    done: float


class EmbeddingEnded(Event, frozen=True, kw_only=True, tag="embedded"):
    """A map of images is on disk at `path`."""

    path: str


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


class FineTuningEnded(Event, frozen=True, kw_only=True, tag="taught"):
    """A taught run is on disk; its folder's `teaching.json` says all (see `core.runs.fine_tuning_record`).

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


class JobCanceled(Event, frozen=True, kw_only=True, tag="canceled"):
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
    | EvaluationProgressed
    | EvaluationEnded
    | EmbeddingMoved
    | EmbeddingEnded
    | ExportEnded
    | FineTuningEnded
    | PreviewEnded
    | JobCanceled
    | JobFailed
)
JOB_ENDS = (
    RunEnded,
    EvaluationEnded,
    EmbeddingEnded,
    ExportEnded,
    FineTuningEnded,
    PreviewEnded,
    JobCanceled,
    JobFailed,
)
"""After one of these nothing of its job comes any more."""
Report = Callable[[AnyEvent], None]
