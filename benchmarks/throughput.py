"""Images per second of our trainer beside a plain `model.compile` and `model.fit` with the notebook's settings.

Usage: python benchmarks/throughput.py [PRESET ...] [--images 12000] [--repeats 3]

For each preset both sides train the same network with the same optimizer and batch size on the first images
of the training set: plain Keras on float64 pixels as the notebooks have them, ours through the ordinary
trainer in float32 and, where the processor multiplies bfloat16, in mixed precision, which presets then take
by themselves. Neither varies its images, whatever the recipe says. They take turns; the first epoch of each,
which compiles, does not count. Medians and the ratio are printed, with the accuracy on the test set after the
same number of epochs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import keras
import msgspec
import numpy as np

from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.recipes.presets import find_recipe, preset_names
from cnn_studio.core.recipes.recipe import Augmentation, NoSplit, Recipe
from cnn_studio.core.recipes.schedules import ConstantSchedule
from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.engine.builder import build_model, build_optimizer
from cnn_studio.engine.devices import has_bfloat16
from cnn_studio.engine.trainer import train

EPOCHS = 3


def plain(recipe: Recipe, images: int) -> tuple[list[float], float]:
    """Return images a second of each counted epoch, and the test accuracy, of a plain script."""
    data = load_dataset(recipe.dataset)
    factor = 255.0 if recipe.scaling == "0-1" else 1.0
    x, y = data.x_train[:images] / factor, keras.utils.to_categorical(data.y_train[:images])
    keras.utils.set_random_seed(0)
    model = build_model(recipe, data.info)
    model.compile(build_optimizer(recipe), "categorical_crossentropy", metrics=["accuracy"])
    speeds = []
    for epoch in range(EPOCHS):
        began = time.perf_counter()
        model.fit(x, y, batch_size=recipe.training.batch_size, epochs=1, verbose=0)
        if epoch:
            speeds.append(images / (time.perf_counter() - began))
    answers = model.predict(data.x_test / factor, batch_size=500, verbose=0)
    return speeds, float((answers.argmax(axis=1) == data.y_test).mean())


def ours(recipe: Recipe, images: int) -> tuple[list[float], float]:
    """The same of our trainer."""
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
        run = train(recipe, Path(folder, "run"), lambda event: None, limit=images)
        speeds = [float(row["images_per_second"] or 0) for row in read_history(run.folder)][1:]
    assert run.record.result is not None
    return speeds, run.record.result.test_accuracy


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("presets", nargs="*", default=preset_names())
    parser.add_argument("--images", type=int, default=12_000)
    parser.add_argument("--repeats", type=int, default=3)
    wanted = parser.parse_args()
    print(
        f"{'preset':34} {'plain':>9} {'ours':>9} {'ratio':>6} {'bfloat16':>9} {'ratio':>6}   accuracy plain, ours, bfloat16"
    )
    for name in wanted.presets:
        recipe = find_recipe(name)
        training = msgspec.structs.replace(
            recipe.training, epochs=EPOCHS, precision="float32", sampling="shuffled"
        )
        same = msgspec.structs.replace(
            recipe,
            training=training,
            split=NoSplit(),
            schedule=ConstantSchedule(),
            augmentation=Augmentation(),
            pen_digits=0,
        )
        mixed = msgspec.structs.replace(
            same, training=msgspec.structs.replace(training, precision="mixed_bfloat16")
        )
        sides = {"plain": (plain, same), "ours": (ours, same)} | (
            {"mixed": (ours, mixed)} if has_bfloat16() else {}
        )
        speeds: dict[str, list[float]] = {side: [] for side in sides}
        accuracies: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(wanted.repeats):
            for side, (measure, settings) in sides.items():
                counted, accuracy = measure(settings, wanted.images)
                speeds[side] += counted
                accuracies[side].append(accuracy)
        middle = {side: float(np.median(values)) for side, values in speeds.items()}
        mean = {side: 100 * float(np.mean(values)) for side, values in accuracies.items()}
        fast = middle.get("mixed", float("nan"))
        print(
            f"{name:34} {middle['plain']:9,.0f} {middle['ours']:9,.0f} {middle['ours'] / middle['plain']:6.2f} "
            f"{fast:9,.0f} {fast / middle['plain']:6.2f}   {', '.join(f'{value:.2f}' for value in mean.values())}",
            flush=True,
        )


if __name__ == "__main__":
    main()
