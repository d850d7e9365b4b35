"""Run folders whose answers to MNIST's test images are made up, so that it is known what they differ in."""

import functools

import msgspec
import numpy as np

from cnn_studio.core.base.assets import resource
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, write_history, write_run

CLASSES = tuple(map(str, range(10)))


@functools.cache
def test_labels():
    """MNIST's test labels, read without the program."""
    with np.load(resource("datasets", "mnist.npz")) as archive:
        return archive["y_test"].astype(np.int32)


test_labels.__test__ = False  # no test, whatever its name begins with


def made_run(
    parent, name, misread, *, recipe="studio-quick", seed=0, seconds=4.0, dataset="mnist", title="", epochs=2
):
    """Write a finished run that misreads these images (each as the next class, at 80 %), the others at 90 %."""
    folder = parent / name
    folder.mkdir(parents=True)
    labels = test_labels()
    predictions, confidences = labels.copy(), np.full(len(labels), 0.9)
    misread = np.asarray(list(misread), dtype=np.intp)
    predictions[misread] = (labels[misread] + 1) % 10
    confidences[misread] = 0.8
    probabilities = np.repeat((1 - confidences[:, None]) / 9, 10, axis=1)
    probabilities[np.arange(len(labels)), predictions] = confidences
    np.savez_compressed(
        folder / "evaluation.npz", probabilities=probabilities.astype(np.float32), labels=labels,
        classes=np.array(CLASSES), dataset=np.array(dataset), subset=np.array("test"),
    )  # fmt: skip
    chosen = find_recipe(recipe)
    training = msgspec.structs.replace(chosen.training, seed=seed)
    chosen = msgspec.structs.replace(chosen, training=training, dataset=dataset)
    accuracy = float(np.mean(predictions == labels))
    result = RunResult(
        test_accuracy=accuracy, test_loss=0.04, seconds=seconds, images_per_second=9000.0, device="cpu",
        epochs=epochs,
    )  # fmt: skip
    record = RunRecord(
        id=name, recipe=chosen, created=f"2026-01-02T03:04:{len(list(parent.iterdir())):02}+00:00",
        status="finished", classes=CLASSES, result=result, title=title,
    )  # fmt: skip
    write_run(folder, record)
    rows = [
        {"epoch": epoch, "loss": 1 / epoch, "accuracy": 1 - 0.1 / epoch, "val_loss": 1 / epoch,
         "val_accuracy": 1 - 0.2 / epoch, "learning_rate": 0.001, "seconds": 1.0, "images_per_second": 9000.0}
        for epoch in range(1, epochs + 1)
    ]  # fmt: skip
    write_history(folder, rows)
    return folder
