"""Images per second and peak memory against the size of the training set, beside plain Keras.

Usage: python benchmarks/cost_against_size.py [SIZE ...] [--drawn 120000] [--preset studio-quick]

Sets of 28x28 images are made of the shipped MNIST (every digit shifted and with noise, no two alike) and
written as IDX files. Each side opens one and trains the preset's network on it, in a process of its own:
ours as everyone's own data are opened and trained on, plain Keras on the whole file as float32 of 0 to 1 in
memory, as most scripts do. Every set gives as many images to learn from, drawn at random from all of it: many
epochs of a small set, a part of one of a large set. The first call of each epoch, which compiles, does not
count for the speed. Memory is that of the whole process from its first import to its end: "anonymous" is what
only ending the process gives back; the rest of the resident memory is pages of files, which the system takes
away when it needs them. Linux only, which says how much is which.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIZES = (10_000, 60_000, 600_000)
TESTED = 1000
SEED = 0
AT_ONCE = 10_000
SECONDS_BETWEEN_CHECKS = 0.02


def write_set(folder: Path, size: int) -> None:
    """Write a training set of so many images, and a small test set, as IDX files."""
    from cnn_studio.core.datasets.registry import load_dataset

    data, random = load_dataset("mnist"), np.random.default_rng(SEED)
    folder.mkdir()
    for part, count in (("train", size), ("t10k", TESTED)):
        with (folder / f"{part}-images-idx3-ubyte").open("wb") as images:
            images.write(bytes([0, 0, 8, 3]) + np.array([count, 28, 28], ">u4").tobytes())
            for start in range(0, count, AT_ONCE):
                numbers = np.arange(start, min(count, start + AT_ONCE)) % len(data.x_train)
                shifted = np.roll(data.x_train[numbers, ..., 0], random.integers(-2, 3, 2), (1, 2))
                noise = random.integers(0, 32, shifted.shape, np.uint8)
                images.write(np.maximum(shifted, noise).tobytes())
        labels = data.y_train[np.arange(count) % len(data.y_train)].astype(np.uint8)
        header = bytes([0, 0, 8, 1]) + np.array([count], ">u4").tobytes()
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())


class Watch:
    """Adds up images and seconds, without those of the first call of each epoch."""

    def __init__(self) -> None:
        self.images, self.seconds, self._epoch = 0, 0.0, 0
        self._seen, self._clock = 0, 0.0

    def look(self, epoch: int, seen: int) -> None:
        """Take how many images of an epoch have been learned by now."""
        now = time.perf_counter()
        if epoch == self._epoch:
            self.images += seen - self._seen
            self.seconds += now - self._clock
        self._epoch, self._seen, self._clock = epoch, seen, now


def ours(preset: str, folder: Path, size: int, drawn: int) -> dict[str, float]:
    """Open the set by its name and train on it; return seconds to open and images a second."""
    import msgspec

    import cnn_studio.data  # noqa: F401 - knows people's own data by name
    from cnn_studio.core.datasets.registry import load_dataset
    from cnn_studio.core.protocol.events import BatchEnded, Event
    from cnn_studio.core.recipes.presets import find_recipe
    from cnn_studio.core.recipes.recipe import Augmentation, NoSplit
    from cnn_studio.core.recipes.schedules import ConstantSchedule
    from cnn_studio.data.dataset_names import dataset_name
    from cnn_studio.engine.trainer import train

    recipe = find_recipe(preset)
    name = dataset_name(folder)
    epochs = max(1, drawn // size)
    recipe = msgspec.structs.replace(
        recipe,
        dataset=name,
        split=NoSplit(),
        schedule=ConstantSchedule(),
        augmentation=Augmentation(),
        pen_digits=0,
        training=msgspec.structs.replace(recipe.training, epochs=epochs),
    )
    began = time.perf_counter()
    load_dataset(name)
    opening, watch, batch = time.perf_counter() - began, Watch(), recipe.training.batch_size

    def listen(event: Event) -> None:
        if isinstance(event, BatchEnded):
            watch.look(event.epoch, min(size, event.step * batch))

    train(recipe, folder.parent / f"run-{size}", listen, should_stop=lambda: watch.images >= drawn)
    return {"opening": opening, "speed": watch.images / watch.seconds}


def plain(preset: str, folder: Path, size: int, drawn: int) -> dict[str, float]:
    """The same of a plain script."""
    import keras

    from cnn_studio.core.datasets.registry import dataset_info
    from cnn_studio.core.recipes.presets import find_recipe
    from cnn_studio.engine.builder import build_model, build_optimizer

    recipe = find_recipe(preset)
    began = time.perf_counter()
    x = np.fromfile(folder / "train-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28, 1)
    x = x.astype(np.float32) / 255
    y = keras.utils.to_categorical(np.fromfile(folder / "train-labels-idx1-ubyte", np.uint8, offset=8))
    opening, watch, batch = time.perf_counter() - began, Watch(), recipe.training.batch_size

    class Looking(keras.callbacks.Callback):
        epoch = 0

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.epoch = epoch + 1

        def on_train_batch_end(self, number: int, logs: object = None) -> None:
            watch.look(self.epoch, min(size, (number + 1) * batch))

    model = build_model(recipe, dataset_info("mnist"))
    model.compile(build_optimizer(recipe), "categorical_crossentropy", metrics=["accuracy"])
    steps = drawn // batch if drawn < size else None
    model.fit(
        x, y, batch_size=batch, epochs=max(1, drawn // size), steps_per_epoch=steps, verbose=0,
        callbacks=[Looking()],
    )  # fmt: skip
    return {"opening": opening, "speed": watch.images / watch.seconds}


SIDES = {"plain": plain, "ours": ours}


def memory(pid: int) -> dict[str, float]:
    """Return a process's anonymous and whole resident memory now, in MB; empty once it has ended."""
    found = {}
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(("RssAnon:", "VmRSS:")):
                found[line.split(":")[0]] = int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return found


def measured(side: str, preset: str, folder: Path, size: int, drawn: int) -> dict[str, float]:
    """Run one side in a process of its own and watch its memory."""
    command = [
        sys.executable, __file__, "--side", side, "--preset", preset, "--folder", str(folder),
        "--drawn", str(drawn), str(size),
    ]  # fmt: skip
    peaks = {"RssAnon": 0.0, "VmRSS": 0.0}
    own = os.environ | {
        "CNN_STUDIO_HOME": str(folder.parent / "home")
    }  # leaves nothing with a person's files
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=own)
    while child.poll() is None:
        for key, value in memory(child.pid).items():
            peaks[key] = max(peaks[key], value)
        time.sleep(SECONDS_BETWEEN_CHECKS)
    output = child.communicate()[0]
    if child.returncode:
        raise SystemExit(f"{side} failed at {size:,} images")
    return json.loads(output.splitlines()[-1]) | peaks


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--drawn", type=int, default=120_000)
    parser.add_argument("--preset", default="studio-quick")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.side:
        figures = SIDES[wanted.side](wanted.preset, wanted.folder, wanted.sizes[0], wanted.drawn)
        print(json.dumps(figures))
        return
    print(
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}\n"
        f"{wanted.preset}'s network, {wanted.drawn:,} images learned from each set, drawn at random from all of it "
        f"({', '.join(f'{wanted.drawn / size:.2g}' for size in wanted.sizes)} epochs);\n"
        "opening reads the whole set; memory is the peak of the process, in MB\n"
    )
    print(
        f"{'images':>9} {'side':6} {'opening s':>9} {'images/s':>9} {'anonymous':>10} {'resident':>9}",
        flush=True,
    )
    results: dict[tuple[str, int], dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as temporary:
        for size in wanted.sizes:
            write_set(Path(temporary, f"set-{size}"), size)
        for size in wanted.sizes:
            for side in SIDES:
                result = measured(side, wanted.preset, Path(temporary, f"set-{size}"), size, wanted.drawn)
                results[side, size] = result
                print(
                    f"{size:9,} {side:6} {result['opening']:9.2f} {result['speed']:9,.0f} "
                    f"{result['RssAnon']:10,.0f} {result['VmRSS']:9,.0f}",
                    flush=True,
                )
    first = wanted.sizes[0]
    for size in wanted.sizes:
        own, others = results["ours", size], results["plain", size]
        print(
            f"{size:9,}: ours {own['speed'] / others['speed']:.2f} times as fast as plain with "
            f"{own['RssAnon'] / others['RssAnon']:.2f} of its anonymous memory; beside {first:,} images, ours "
            f"{own['speed'] / results['ours', first]['speed']:.2f} times as fast, "
            f"{own['RssAnon'] - results['ours', first]['RssAnon']:+,.0f} MB anonymous"
        )


if __name__ == "__main__":
    main()
