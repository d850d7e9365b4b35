"""A recipe: everything needed to repeat a run, in a TOML file a person can read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tomli_w
from msgspec import Meta

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import AnyLayer
from cnn_studio.core.recipes.former_spellings import with_present_spellings
from cnn_studio.core.recipes.optimizers import Adam, AnyOptimizer, AnySchedule, ConstantSchedule
from cnn_studio.core.recipes.recipe_errors import explain

Fraction = Annotated[float, Meta(gt=0.0, lt=1.0)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Scaling = Literal["0-1", "none", "standardized"]
LeaveOut = Literal["none", "wrong", "wrong-and-ambiguous"]
Loss = Literal["categorical_crossentropy", "sparse_categorical_crossentropy"]
UsedPrecision = Literal["float32", "mixed_bfloat16"]
Precision = Literal["auto", "float32", "mixed_bfloat16"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of a recipe; a field it does not know is an error, not a silence."""


class Source(Part, frozen=True, kw_only=True):
    """Where an experiment was published, and what it reported."""

    citation: str = ""
    reported_accuracy: Fraction | None = None
    reported_text: str = ""


class RandomSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="random"):
    """A random share of the training images, as scikit-learn's `train_test_split` draws it."""

    fraction: Fraction = 0.1
    seed: Seed = 0


class LastSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="last"):
    """The last share of the training images, as Keras's `validation_split` takes it."""

    fraction: Fraction = 0.1


class WatchedTestSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="test"):
    """The test set watched while training: what it then says of the network is flattering."""


class NoSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """No validation: train on everything."""


class DatasetSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="dataset"):
    """An own validation set: images of a second data set; all training images are learned from.

    `dataset` is any name a data set can have, "file:PATH" for a person's own; its images must be of the
    same size and classes. `part` says which of them are watched.
    """

    dataset: str = ""
    part: Literal["all", "train", "test"] = "all"


AnySplit = RandomSplit | LastSplit | WatchedTestSplit | NoSplit | DatasetSplit

TEST_WATCHED = (
    "The test set is watched while training, as the source did. A figure chosen by watching it "
    "flatters: use a random or last-fraction split for results you want to trust."
)


class Augmentation(Part, frozen=True, kw_only=True):
    """How far each training image is varied; every figure is a largest strength, 0 leaves it out.

    Attributes:
        shift_px: Shift along each axis, pixels of the image.
        rotation_degrees: Rotation either way.
        scale_fraction: Growth or shrinkage, 0.1 is from 0.9 to 1.1.
        shear_degrees: Slant either way.
        elastic_px: Amplitude of a smooth random warp, pixels (Simard, Steinkraus and Platt, 2003).
        thickness: Share of a full 3x3 dilation or erosion blended in, 0 to 1.
        erase_fraction: Largest share of the image's area a gray rectangle hides.
        noise: Standard deviation of added noise, in units of the full value range.
        contrast: Stretch or squeeze of the values around their middle, 0.2 is from 0.8 to 1.2.
        flip_horizontal: Whether half of the images are mirrored left to right (never for digits).
        flip_vertical: Whether half of the images are turned upside down.
        fade_fraction: Share of the training, at its end, over which all strengths but the flips fall to
            nothing: a network learns widely first, and the images as they are last (He et al., 2019, "Data
            Augmentation Revisited").
    """

    shift_px: Annotated[float, Meta(ge=0.0, le=14.0)] = 0.0
    rotation_degrees: Annotated[float, Meta(ge=0.0, le=180.0)] = 0.0
    scale_fraction: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.0
    shear_degrees: Annotated[float, Meta(ge=0.0, le=60.0)] = 0.0
    elastic_px: Annotated[float, Meta(ge=0.0, le=8.0)] = 0.0
    thickness: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    erase_fraction: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.0
    noise: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    contrast: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    fade_fraction: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0

    @property
    def active(self) -> bool:
        """Whether anything is varied at all."""
        return any(msgspec.structs.astuple(msgspec.structs.replace(self, fade_fraction=0.0)))

    def amount(self, done: float) -> float:
        """Return the share of the strengths that applies when this share of the training is done."""
        if self.fade_fraction == 0.0:
            return 1.0
        return max(0.0, min(1.0, (1.0 - done) / self.fade_fraction))


class Training(Part, frozen=True, kw_only=True):
    """How long, in what steps, from what seed and where.

    Attributes:
        epochs: How many times the training images are seen.
        batch_size: Images a step.
        sampling: "shuffled" shows every image once an epoch; "contiguous-window" takes batches of
            neighboring images at random places, as notebook 000 does.
        seed: Of the weights, the order, the augmentation and the dropout.
        precision: "auto" takes mixed_bfloat16 where the processor multiplies bfloat16 (1.3 to 1.9 times as
            fast, equal accuracy: `benchmarks/results/throughput.txt`), float32 elsewhere; "mixed_bfloat16"
            falls back to float32 where the instructions are missing. What is saved is always float32.
        steps_per_execution: Batches one call of the compiled loop takes, Keras's name; None fits them into
            40 ms by measuring. It makes no difference to the result.
        device: "auto", "cpu", "gpu:0", "gpus" (all of them) or "tpu".
        ema_momentum: Keeps a moving average of the weights and ends with it; 0 keeps none.
        label_smoothing: Share of each label spread over the other classes.
        class_weight: "balanced" weighs a class by the inverse of how often it comes, as scikit-learn does.
        deterministic: Asks TensorFlow for the same result to the last bit, at the cost of some speed.
    """

    epochs: Annotated[int, Meta(ge=1, le=10_000)]
    batch_size: Annotated[int, Meta(ge=1, le=100_000)]
    sampling: Literal["shuffled", "contiguous-window"] = "shuffled"
    seed: Seed = 0
    precision: Precision = "auto"
    steps_per_execution: Annotated[int, Meta(ge=1, le=1000)] | None = None
    device: str = "auto"
    ema_momentum: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.0
    label_smoothing: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.0
    class_weight: Literal["none", "balanced"] = "none"
    deterministic: bool = False


class EarlyStopping(Part, frozen=True, kw_only=True):
    """End the training when validation has not improved for `patience` epochs (Keras's rule and names)."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: Annotated[int, Meta(ge=1, le=1000)] = 5
    min_delta: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    restore_best_weights: bool = True


class Recipe(Part, frozen=True, kw_only=True):
    """Everything needed to repeat a run.

    `pen_digits` is the number of digits drawn by a program's pen (see `core.synthetic.digits`) that join the
    training images; they never join those watched or tested on. `leave_out` names the training images that are not
    learned from since a person doubts their labels (see `core.evaluation.label_verdicts`); which ones is in the run's record.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    title: str = ""
    description: str = ""
    dataset: Annotated[str, Meta(min_length=1)]
    training: Training
    layers: tuple[AnyLayer, ...]
    scaling: Scaling = "0-1"
    split: AnySplit = RandomSplit()
    pen_digits: Annotated[int, Meta(ge=0, le=200_000)] = 0
    leave_out: LeaveOut = "none"
    augmentation: Augmentation = Augmentation()
    loss: Loss = "sparse_categorical_crossentropy"
    optimizer: AnyOptimizer = Adam()
    schedule: AnySchedule = ConstantSchedule()
    early_stopping: EarlyStopping | None = None
    source: Source = Source()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before trusting this recipe's result."""
        return (TEST_WATCHED,) if isinstance(self.split, WatchedTestSplit) else ()


def recipe_from_mapping(content: dict[str, Any], origin: str = "recipe") -> Recipe:
    """Check a mapping (from TOML or JSON) and return the recipe it describes.

    Raises:
        StudioError: Naming the field, what was expected and what was received.
    """
    try:
        return msgspec.convert(with_present_spellings(content), Recipe)
    except msgspec.ValidationError as error:
        raise explain(error, content, Recipe, origin) from error


def recipe_from_toml(text: str, origin: str = "recipe") -> Recipe:
    """Read a recipe from TOML text; see `recipe_from_mapping` for the errors."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudioError(
            f"{origin} is not a recipe.", f"It is not valid TOML: {error}.", "Mend the line it names."
        ) from error
    return recipe_from_mapping(content, origin)


def load_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        StudioError: If the file cannot be read or is not a valid recipe.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudioError(f"Cannot read the recipe {path}.", str(error), "Check the file's name.") from error
    return recipe_from_toml(text, str(path))


def recipe_to_mapping(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as plain dictionaries and lists, without the fields that have no value."""
    mapping: dict[str, Any] = _without_none(msgspec.to_builtins(recipe))
    return mapping


def recipe_to_toml(recipe: Recipe) -> str:
    """Return the recipe as TOML text that `recipe_from_toml` reads back unchanged."""
    return tomli_w.dumps(recipe_to_mapping(recipe))


def save_recipe(recipe: Recipe, path: Path) -> None:
    """Write the recipe as a TOML file."""
    write_atomically(path, recipe_to_toml(recipe).encode())


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value
