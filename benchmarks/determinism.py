"""What `deterministic` costs, and what it gives: the same run twice with it, twice without.

Usage: python benchmarks/determinism.py [PRESET ...] [--images 6000] [--epochs 3]

Each run is a process of its own. Two runs are called the same if their test loss, computed from all 10,000
answers, is the same to the last bit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from measuring import machine, median

from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import save_recipe
from cnn_studio.core.runs.run_folder import read_history, read_run

PRESETS = ["mnist-adadelta-dropout", "fashion-vgg2-bn-before-adam", "studio-quick"]


def run(name: str, deterministic: bool, images: int, epochs: int) -> tuple[float, float]:
    """Return images a second after the first epoch, and the test loss."""
    recipe = find_recipe(name)
    training = msgspec.structs.replace(recipe.training, deterministic=deterministic, epochs=epochs)
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
        save_recipe(msgspec.structs.replace(recipe, training=training), Path(folder, "recipe.toml"))
        command = [
            "train",
            str(Path(folder, "recipe.toml")),
            "--limit",
            str(images),
            "--out",
            f"{folder}/run",
        ]
        subprocess.run([sys.executable, "-m", "cnn_studio", *command], check=True, capture_output=True)
        result = read_run(Path(folder, "run")).record.result
        assert result is not None
        speeds = [float(row["images_per_second"] or 0) for row in read_history(Path(folder, "run"))]
        return median(speeds[1:]), result.test_loss


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("presets", nargs="*", default=PRESETS)
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=3)
    wanted = parser.parse_args()
    print(machine())
    for name in wanted.presets:
        speeds: dict[bool, list[float]] = {False: [], True: []}
        losses: dict[bool, list[float]] = {False: [], True: []}
        for deterministic in (False, True, False, True):
            speed, loss = run(name, deterministic, wanted.images, wanted.epochs)
            speeds[deterministic].append(speed)
            losses[deterministic].append(loss)
        without, with_it = median(speeds[False]), median(speeds[True])
        print(
            f"{name:30} without {without:8,.0f} images/s, twice the same: {len(set(losses[False])) == 1!s:5}   "
            f"with {with_it:8,.0f} images/s, twice the same: {len(set(losses[True])) == 1!s:5}   "
            f"ratio {with_it / without:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
