"""What the engine is asked to do (imperative): the way from the window to the worker."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cnn_studio.core.evaluation.embedding import MOST_IMAGES, PERPLEXITY
from cnn_studio.core.runs.fine_tuning_record import HELD_SHARE


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
    """Evaluate a run or model file on images of a data set; see `core.runs.evaluation_source` for the subsets."""

    source: str
    to: str
    dataset: str | None = None
    subset: Literal["test", "validation", "train", "drawings"] = "test"


class CrossValidate(Command, frozen=True, kw_only=True, tag="cross_validate"):
    """Read a data set's training images by networks that did not learn from them; ends as `Evaluate` does.

    Attributes:
        recipe: What is trained once a fold, as a mapping.
        to: The evaluation's file.
        folds: How many networks are trained.
        limit: Use only the first training images.
    """

    recipe: dict[str, Any]
    to: str
    folds: int = 5
    limit: int | None = None


class Embed(Command, frozen=True, kw_only=True, tag="embed"):
    """Make a map of the images that were evaluated; see `engine.dimensionality_reduction`.

    Attributes:
        source: A run or model file.
        to: The map's file.
        dataset: As in `Evaluate`.
        subset: As in `Evaluate`.
        layer: The layer whose output is embedded, "3" or "1/4"; empty takes the one before the classes.
        method: "t-sne" or "pca".
        images: How many images at most; more are drawn from.
        perplexity: Of t-SNE.
        seed: Of what is drawn at random.
    """

    source: str
    to: str
    dataset: str | None = None
    subset: Literal["test", "validation", "train", "drawings"] = "test"
    layer: str = ""
    method: Literal["t-sne", "pca"] = "t-sne"
    images: int = MOST_IMAGES
    perplexity: float = PERPLEXITY
    seed: int = 0


class Export(Command, frozen=True, kw_only=True, tag="export"):
    """Export a run or model file."""

    source: str
    format: str
    to: str


class FineTune(Command, frozen=True, kw_only=True, tag="teach"):
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


class Watch(Command, frozen=True, kw_only=True, tag="watch"):
    """Let a running training show its network while it learns, or no longer (see `engine.live_weights`)."""

    wanted: bool = True


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
    | Watch
    | Evaluate
    | CrossValidate
    | Embed
    | Export
    | FineTune
    | Preview
    | Cancel
    | Shutdown
)
