"""How `studio-accurate` was chosen: short trainings, watched on writers that are not learned from.

Usage: python benchmarks/accurate.py [--epochs 10] [--seed 0]

MNIST keeps each writer's images together (`benchmarks/writers.py`), so the last sixth of the training images
is by others. Each candidate learns from the rest; printed are the errors and the mean loss on that sixth after
each of the last four epochs. Nothing of the test set is printed or used.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from cnn_studio.core.presets import find_recipe
from cnn_studio.core.recipe import LastSplit, Recipe
from cnn_studio.core.runs import read_history
from cnn_studio.engine.trainer import train

WATCHED = 10_000


def candidates() -> dict[str, Recipe]:
    """Return what was compared, by name."""
    shipped = msgspec.structs.replace(find_recipe("studio-handwriting"), pen_digits=0)
    accurate = find_recipe("studio-accurate")
    fading, mild = (
        msgspec.structs.replace(accurate.augmentation, fade_fraction=share) for share in (0.25, 0.0)
    )
    return {
        "network and variations of studio-handwriting": shipped,
        "its network, milder variations": msgspec.structs.replace(shipped, augmentation=mild),
        "its network, milder, fading over the last quarter": msgspec.structs.replace(
            shipped, augmentation=fading
        ),
        "wider network, milder variations": msgspec.structs.replace(accurate, augmentation=mild),
        "wider network, milder, fading": msgspec.structs.replace(accurate, augmentation=fading),
    }


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
