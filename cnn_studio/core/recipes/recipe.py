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
from cnn_studio.core.recipes.optimizers import Adam, AnyOptimizer
from cnn_studio.core.recipes.recipe_errors import explain
from cnn_studio.core.recipes.recipe_sections import (
    AnySplit,
    Augmentation,
    DatasetSplit,
    EarlyStopping,
    LastSplit,
    NoSplit,
    Part,
    Precision,
    RandomSplit,
    Source,
    Training,
    UsedPrecision,
    WatchedTestSplit,
)
from cnn_studio.core.recipes.schedules import AnySchedule, ConstantSchedule

__all__ = [
    "TEST_WATCHED",
    "AnySplit",
    "Augmentation",
    "DatasetSplit",
    "EarlyStopping",
    "LastSplit",
    "LeaveOut",
    "Loss",
    "NoSplit",
    "Part",
    "Precision",
    "RandomSplit",
    "Recipe",
    "Scaling",
    "Source",
    "Training",
    "UsedPrecision",
    "WatchedTestSplit",
    "load_recipe",
    "recipe_from_mapping",
    "recipe_from_toml",
    "recipe_to_mapping",
    "recipe_to_toml",
    "save_recipe",
]

Scaling = Literal["0-1", "none", "standardized"]
LeaveOut = Literal["none", "wrong", "wrong-and-ambiguous"]
Loss = Literal["categorical_crossentropy", "sparse_categorical_crossentropy"]

TEST_WATCHED = (
    "The test set is watched while training, as the source did. A figure chosen by watching it "
    "flatters: use a random or last-fraction split for results you want to trust."
)


class Recipe(Part, frozen=True, kw_only=True):
    """Everything needed to repeat a run.

    `pen_digits` (see `core.synthetic.digits`) never join the images watched or tested on. Which images
    `leave_out` names (see `core.evaluation.label_verdicts`) is in the run's record.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    title: str = ""
    description: str = ""
    dataset: Annotated[str, Meta(min_length=1)]
    training: Training
    layers: tuple[AnyLayer, ...]
    scaling: Scaling = "0-1"
    split: AnySplit = RandomSplit()
    pen_digits: Annotated[
        int,
        Meta(
            ge=0,
            le=200_000,
            description="Digits drawn by the program's pen that join the training images; for MNIST only.",
        ),
    ] = 0
    leave_out: Annotated[
        LeaveOut,
        Meta(
            description="Training images to leave out because of how you judged their labels on the Evaluate tab."
        ),
    ] = "none"
    augmentation: Augmentation = Augmentation()
    loss: Annotated[
        Loss,
        Meta(
            description="The loss to minimize: “Sparse” from class numbers, “Categorical” from one-hot labels; "
            "the value is the same. The curves show it as Keras does: with label smoothing and the penalty of L1 "
            "and L2."
        ),
    ] = "sparse_categorical_crossentropy"
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
            f"{origin} is not a recipe.", f"It is not valid TOML: {error}.", "Fix the line it names."
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
