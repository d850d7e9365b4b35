"""Evaluating 10,000 images with every figure, beside plain `model.predict` on them in one go.

Both open the model file and read the images; the plain side then predicts and takes the accuracy. Ours
answers, makes matrix, per-class figures, curves, calibration and rejection, writes the file, and reads it
back as the window does, images included. They take turns, so that what else the machine does hits both;
beside the seconds on the clock stand those of the processor, which a busy machine changes less.

Usage: python benchmarks/evaluation.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.metrics import scores_of
from cnn_studio.core.evaluation.predictions import load_evaluation, save_evaluation
from cnn_studio.core.runs.evaluation_source import evaluation_path
from cnn_studio.engine.evaluator import evaluate
from cnn_studio.engine.model_files import load_keras
from cnn_studio.ui.services.evaluation_loader import load_evaluation_with_metrics

SOURCE = resource("models", "digits.keras")


def plain() -> None:
    """Predict in one go and take the accuracy."""
    model, _ = load_keras(SOURCE)
    images, labels = load_subset("mnist", "test")
    answers = model.predict(images.astype(np.float32) / 255, batch_size=len(images), verbose=0)
    assert np.mean(answers.argmax(axis=1) == labels) > 0.9


def in_batches() -> None:
    """Predict in Keras's own batches of 32 and take the accuracy."""
    model, _ = load_keras(SOURCE)
    images, labels = load_subset("mnist", "test")
    answers = model.predict(images.astype(np.float32) / 255, verbose=0)
    assert np.mean(answers.argmax(axis=1) == labels) > 0.9


def ours() -> None:
    """Evaluate, write, and read back with all figures."""
    path = evaluation_path(SOURCE, "test")
    save_evaluation(evaluate(SOURCE), path)
    assert load_evaluation_with_metrics(SOURCE).scores.summary.accuracy > 0.9


def seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long something took, on the clock and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    ways = {"model.predict, one batch": plain, "model.predict, batches of 32": in_batches, "ours": ours}
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
        os.environ["CNN_STUDIO_HOME"] = folder
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(repeats + 1):
            for name, work in ways.items():
                taken = seconds_of(work)
                if turn:  # the first one compiles
                    times[name].append(taken)
        evaluation = load_evaluation(evaluation_path(SOURCE, "test"))
        figures = statistics.median(seconds_of(lambda: scores_of(evaluation))[0] for _ in range(20))
    medians = {
        name: [statistics.median(column) for column in zip(*taken, strict=True)]
        for name, taken in times.items()
    }
    for name, (clock, processor) in medians.items():
        print(f"{name:30} {clock:6.2f} s, {processor:6.2f} s of the processor")
    print(f"{'of ours, all figures':30} {figures:6.3f} s")
    for number, unit in enumerate(("on the clock", "of the processor")):
        plain_ones = [medians[name][number] for name in ways if name != "ours"]
        for way, value in (("one batch", plain_ones[0]), ("batches of 32", plain_ones[1])):
            print(
                f"ours / predict in {way}: {medians['ours'][number] / value:.2f} {unit} (at most 1.5 wanted)"
            )


if __name__ == "__main__":
    main()
