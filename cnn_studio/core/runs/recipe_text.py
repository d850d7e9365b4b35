"""A recipe in words, and its network as a table."""

from __future__ import annotations

import msgspec

from cnn_studio.core.network.layers import Shape
from cnn_studio.core.network.network import checked
from cnn_studio.core.recipes.recipe import LastSplit, NoSplit, RandomSplit, Recipe, WatchedTestSplit
from cnn_studio.core.runs.recipe_diff import described, words
from cnn_studio.core.runs.run_columns import dataset_title

SCALINGS = {
    "0-1": "pixels divided by 255",
    "none": "pixels as they are, 0 to 255",
    "standardized": "pixels less their mean, over their standard deviation",
}


class LayerLine(msgspec.Struct, frozen=True):
    """A layer in the table of a network: its number from 1, what it is, its output's shape, its weights."""

    number: int
    text: str
    shape: Shape
    parameters: int


def recipe_facts(recipe: Recipe) -> list[tuple[str, str]]:
    """Return what a recipe says, but for its layers, as terms with a few words each."""
    training, augmentation = recipe.training, recipe.augmentation
    facts = [
        ("Recipe", recipe.title or recipe.name),
        ("Source", recipe.source.citation),
        ("Data", dataset_title(recipe.dataset)),
        ("Validation", split_words(recipe)),
        ("Scaling", SCALINGS[recipe.scaling]),
        ("Augmentation", described(augmentation) if augmentation.active else "none"),
        ("Drawn digits", f"{recipe.pen_digits:,} added to the training images" if recipe.pen_digits else ""),
        ("Left out", f"labels judged {recipe.leave_out}" if recipe.leave_out != "none" else ""),
        ("Loss", recipe.loss.replace("_", " ")),
        ("Optimizer", described(recipe.optimizer)),
        ("Schedule", described(recipe.schedule)),
        ("Epochs", f"at most {training.epochs:,}" if recipe.early_stopping else f"{training.epochs:,}"),
        ("Early stopping", described(recipe.early_stopping) if recipe.early_stopping else "none"),
        ("Batch size", f"{training.batch_size:,}"),
        ("Seed", str(training.seed)),
    ]
    for part in msgspec.structs.fields(training):
        value = getattr(training, part.name)
        if part.name not in ("epochs", "batch_size", "seed") and value != part.default:
            facts.append((words(part.name).capitalize(), described(value)))
    return [(term, text) for term, text in facts if text]


def split_words(recipe: Recipe) -> str:
    """Return in words which images it is validated on while it trains."""
    match recipe.split:
        case RandomSplit(fraction=fraction, seed=seed):
            return f"a random {100 * fraction:g} % of the training images (seed {seed})"
        case LastSplit(fraction=fraction):
            return f"the last {100 * fraction:g} % of the training images"
        case WatchedTestSplit():
            return "the test images, which makes results look better than they are"
        case NoSplit():
            return "none"
    return described(recipe.split)


def layer_lines(recipe: Recipe, shape: Shape) -> list[LayerLine]:
    """Return the layers of a recipe's network, as far as they fit images of a shape."""
    return [
        LayerLine(
            row.number,
            row.layer.describe(),
            row.output_shape,
            row.parameters,
        )
        for row in checked(recipe.layers, shape).rows
    ]
