"""Run folders made by hand for tests of what reads them."""

import zipfile

import msgspec
import numpy as np

from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, write_history, write_run

DIGITS = tuple("0123456789")
HISTORY = [
    {
        "epoch": number, "loss": 0.5 / number, "accuracy": 0.9 + 0.01 * number, "val_loss": 0.4 / number,
        "val_accuracy": 0.92 + 0.01 * number, "learning_rate": 0.001, "seconds": 4.0,
        "images_per_second": 9000.0,
    }
    for number in (1, 2, 3)
]  # fmt: skip


def seeded(recipe, seed):
    return msgspec.structs.replace(recipe, training=msgspec.structs.replace(recipe.training, seed=seed))


def write_answers(folder, labels, predictions, classes=DIGITS, dataset="mnist"):
    """Write answers, each at 90 %."""
    probabilities = np.full((len(labels), len(classes)), 0.1 / (len(classes) - 1), np.float32)
    probabilities[np.arange(len(labels)), predictions] = 0.9
    np.savez(
        folder / "evaluation.npz", probabilities=probabilities, labels=np.asarray(labels, np.int32),
        classes=np.array(classes), dataset=np.array(dataset), subset=np.array("test"),
    )  # fmt: skip


def make_run(
    parent,
    name="one",
    *,
    preset="studio-quick",
    recipe=None,
    seed=0,
    right=93,
    images=100,
    created="2026-01-02T03:04:05+00:00",
    status="finished",
    seconds=12.0,
    labels=None,
    **record,
):
    """Write a whole run that read `right` of so many test images; return its folder."""
    folder = parent / name
    folder.mkdir(parents=True)
    recipe = seeded(recipe or find_recipe(preset), seed)
    labels = np.arange(images) % 10 if labels is None else labels[:images]
    predictions = labels.copy()
    predictions[: images - right] = (predictions[: images - right] + 1) % 10
    write_answers(folder, labels, predictions)
    write_history(folder, HISTORY)
    (folder / "model.onnx").write_bytes(b"a network")
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    result = RunResult(
        test_accuracy=right / images, test_loss=0.2, seconds=seconds, images_per_second=9000.0, device="cpu",
        epochs=3, best_epoch=3, best_val_accuracy=0.95, precision="float32",
    )  # fmt: skip
    write_run(
        folder,
        RunRecord(
            id=name, recipe=recipe, created=created, status=status, classes=DIGITS, device="cpu",
            result=result, versions={"keras": "3.15.1", "tensorflow": "2.21.0"}, **record,
        ),
    )  # fmt: skip
    return folder
