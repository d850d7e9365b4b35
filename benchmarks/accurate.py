"""How `studio-accurate` was chosen: short trainings, validated on writers that are not trained on.

Usage: python benchmarks/accurate.py [--epochs 10] [--seed 0]

MNIST keeps each writer's images together (`benchmarks/writers.py`), so the last sixth of the training images
is by others. Each candidate learns from the rest; printed are the errors and the mean loss on that sixth after
each of the last four epochs. Nothing of the test set is printed or used.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

import msgspec

from cnn_studio.core.network.layers import AnyLayer, Conv2D, Dropout, MaxPooling2D
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import LastSplit, Recipe
from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.engine.trainer import train

WATCHED = 10_000


def candidates() -> dict[str, Recipe]:
    """Return what was compared, by name; each but the first three is the one before it, with one change."""
    change = msgspec.structs.replace
    shipped = change(find_recipe("studio-handwriting"), pen_digits=0)
    accurate = find_recipe("studio-accurate")
    fading, mild = (change(accurate.augmentation, fade_fraction=share) for share in (0.25, 0.0))
    two_small = change(accurate, augmentation=fading)
    smoothed = change(two_small, layers=with_one_large_kernel(two_small.layers))
    dropping = change(smoothed, training=change(smoothed.training, label_smoothing=0.0))
    wide = change(dropping, layers=without_dropout_between_blocks(dropping.layers))
    return {
        "network and variations of studio-handwriting": shipped,
        "its network, milder variations": change(shipped, augmentation=mild),
        "its network, milder, fading over the last quarter": change(shipped, augmentation=fading),
        "wider network, milder variations": change(wide, augmentation=mild),
        "wider network, milder, fading": wide,
        "dropout of 0.15 between the blocks": dropping,
        "labels smoothed by 0.05": smoothed,
        "3x3 and 3x3 instead of 5x5 at the input": two_small,
    }


def with_one_large_kernel(layers: tuple[AnyLayer, ...]) -> tuple[AnyLayer, ...]:
    """Put one convolution of 5x5 instead of the first two and what stands between them."""
    second = [number for number, layer in enumerate(layers) if isinstance(layer, Conv2D)][1]
    return msgspec.structs.replace(layers[second], kernel_size=5), *layers[second + 1 :]


def without_dropout_between_blocks(layers: tuple[AnyLayer, ...]) -> tuple[AnyLayer, ...]:
    """Leave out what drops values right after a pooling."""
    return layers[:1] + tuple(
        layer
        for before, layer in pairwise(layers)
        if not (isinstance(before, MaxPooling2D) and isinstance(layer, Dropout))
    )


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    for name, recipe in candidates().items():
        training = msgspec.structs.replace(recipe.training, epochs=wanted.epochs, seed=wanted.seed)
        short = msgspec.structs.replace(recipe, training=training, split=LastSplit(fraction=1 / 6))
        with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
            run = train(short, Path(folder, "run"), lambda event: None)
            rows = read_history(run.folder)[-4:]
        errors = ", ".join(f"{WATCHED * (1 - (row['val_accuracy'] or 0)):.0f}" for row in rows)
        losses = ", ".join(f"{row['val_loss']:.4f}" for row in rows)
        print(f"{name:50} errors {errors}; loss {losses}", flush=True)


if __name__ == "__main__":
    main()
