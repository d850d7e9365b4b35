"""A whole training on own data that are mapped, beside the same training on the same data in memory."""

import mmap
import shutil

import msgspec
import numpy as np
import pytest

import cnn_studio.data  # noqa: F401 - knows people's own data by name
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.core.datasets.registry import load_dataset, load_subset
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.runs.run_folder import EVALUATION_FILE, read_history
from cnn_studio.data.dataset_names import dataset_name
from cnn_studio.engine import training_step
from cnn_studio.engine.trainer import train

SAME = ("loss", "accuracy", "val_loss", "val_accuracy")


@pytest.fixture
def own_file(tmp_path):
    """600 digits without test images."""
    images, labels = load_subset("mnist", "test")
    path = tmp_path / "first.npz"
    np.savez(path, x=images[:600, ..., 0], y=labels[:600])
    return path


def test_a_run_on_mapped_data_is_that_on_data_in_memory(own_file, tmp_path, tiny_recipe, monkeypatch):
    training = msgspec.structs.replace(tiny_recipe.training, epochs=2, batch_size=50, precision="float32")
    layers = (Flatten(), Dense(units=10, activation="softmax"))
    recipe = msgspec.structs.replace(tiny_recipe, layers=layers, training=training, scaling="standardized")

    def run(path):
        named = msgspec.structs.replace(recipe, dataset=dataset_name(path))
        folder = train(named, tmp_path / f"run-{path.stem}", lambda event: None).folder
        rows = [[row[key] for key in SAME] for row in read_history(folder)]
        with np.load(folder / EVALUATION_FILE) as evaluation:
            return rows, {name: evaluation[name] for name in evaluation.files}

    rows, answers = run(own_file)
    monkeypatch.setattr(mapped_arrays, "LARGE_BYTES", 50_000)
    monkeypatch.setattr(training_step, "RESIDENT_BYTES", 50_000)
    copied = own_file.with_name("second.npz")
    shutil.copyfile(own_file, copied)
    base = load_dataset(dataset_name(copied)).x_train
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base.obj, mmap.mmap)
    same_rows, same_answers = run(copied)
    assert same_rows == rows
    numeric = [name for name, array in answers.items() if array.dtype.kind in "fiu"]
    assert numeric
    for name in numeric:
        np.testing.assert_array_equal(same_answers[name], answers[name])
