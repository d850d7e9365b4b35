"""Exports never cost a person anything that is not this program's."""

from dataclasses import replace

import numpy as np
import pytest

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.engine import exporters
from cnn_studio.engine.exporters import export
from cnn_studio.inference.classifier import Classifier


def written(folder):
    return {path.name for path in folder.iterdir()}


def test_a_savedmodel_replaces_its_own_earlier_export_and_nothing_else(tiny_run, tmp_path):
    folder = tmp_path / "saved"
    export(tiny_run.folder, "savedmodel", folder, lambda event: None)
    first = written(folder)
    export(tiny_run.folder, "savedmodel", folder, lambda event: None)
    assert written(folder) == first
    (folder / "thesis.docx").write_bytes(b"two years of work")
    with pytest.raises(StudioError, match="saved"):
        export(tiny_run.folder, "savedmodel", folder, lambda event: None)
    assert (folder / "thesis.docx").read_bytes() == b"two years of work"


def test_somebody_elses_savedmodel_is_not_replaced(tiny_run, tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"theirs")
    with pytest.raises(StudioError, match="theirs"):
        export(tiny_run.folder, "savedmodel", folder, lambda event: None)
    assert written(folder) == {"saved_model.pb"}


@pytest.mark.parametrize(("format", "name"), [("savedmodel", "saved"), ("keras", "model.keras")])
@pytest.mark.parametrize("asked_before", [0, 1])
def test_a_canceled_export_leaves_nothing(tiny_run, tmp_path, format, name, asked_before):
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) > asked_before

    with pytest.raises(Canceled):
        export(tiny_run.folder, format, tmp_path / name, lambda event: None, should_stop=should_stop)
    assert written(tmp_path) == set()


NAMES = {"keras": "model.keras", "savedmodel": "saved", "tflite": "model.tflite", "onnx": "model.onnx"}


def written_otherwise(monkeypatch, format, amount):
    """Let a format write a network whose last bias is not the one it was given."""
    row = exporters.FORMATS[format]

    def write(model, card, path):
        *others, bias = model.get_weights()
        changed = bias.copy()
        changed[0] += amount
        model.set_weights([*others, changed])
        row.write(model, card, path)
        model.set_weights([*others, bias])

    monkeypatch.setitem(exporters.FORMATS, format, replace(row, write=write))


@pytest.mark.parametrize("format", NAMES)
def test_a_file_that_answers_a_little_differently_is_never_called_the_network(
    tiny_run, tmp_path, monkeypatch, format
):
    assert NAMES.keys() == exporters.FORMATS.keys()
    written_otherwise(
        monkeypatch, format, 0.05
    )  # hardly an answer changes, no probability by more than 0.0125
    with pytest.raises(StudioError, match="is not the same network") as caught:
        export(tiny_run.folder, format, tmp_path / NAMES[format])
    differs = float(caught.value.why.split()[4].rstrip(";"))
    assert 0.001 < differs <= 0.0125


def test_a_file_that_answers_with_no_numbers_is_not_the_network(tiny_run, tmp_path, monkeypatch):
    written_otherwise(monkeypatch, "keras", np.nan)
    with pytest.raises(StudioError, match="is not the same network"):
        export(tiny_run.folder, "keras", tmp_path / "model.keras")


@pytest.mark.parametrize("format", NAMES)
def test_what_is_said_of_an_export_is_what_the_file_answers(tiny_run, tmp_path, monkeypatch, format):
    row, told = exporters.FORMATS[format], {}

    def answers(path, card, x):
        told["answers"] = row.answers(path, card, x) + np.eye(10)[3] * 5e-4  # below what is refused
        return told["answers"]

    monkeypatch.setitem(exporters.FORMATS, format, replace(row, answers=answers))
    ended = export(tiny_run.folder, format, tmp_path / NAMES[format])
    images = load_subset("mnist", "test")[0][:256]
    expected = Classifier(tiny_run.folder / "model.onnx").probabilities(images)
    assert ended.images == 256
    assert ended.largest_difference == pytest.approx(np.abs(told["answers"] - expected).max(), abs=2e-5)
    same = (told["answers"].argmax(axis=1) == expected.argmax(axis=1)).sum()
    assert abs(ended.same_predictions - same) <= 1  # two libraries' rounding


def contents(folder):
    """Return everything in a folder, by its path inside it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


EXPORTS = [("savedmodel", "saved"), ("keras", "m.keras"), ("tflite", "m.tflite"), ("onnx", "m.onnx")]


@pytest.mark.parametrize(("format", "name"), EXPORTS)
@pytest.mark.parametrize("end", ["canceled", "canceled late", "not the same", "disk full"])
def test_an_export_in_vain_keeps_the_earlier_one(tiny_run, tmp_path, monkeypatch, format, name, end):
    folder, row = tmp_path / "theirs", exporters.FORMATS[format]
    export(tiny_run.folder, format, folder / name)
    kept = contents(folder)
    asked = iter([False, True] if end == "canceled" else [False, False, True])

    def fill_disk(model, card, path):
        row.write(model, card, path)
        raise OSError("No space left on device")

    if end == "not the same":
        monkeypatch.setattr(exporters, "LARGEST_DIFFERENCE", -1.0)
    if end == "disk full":
        monkeypatch.setitem(exporters.FORMATS, format, exporters.Format(fill_disk, row.answers))
    canceled = end.startswith("canceled")
    with pytest.raises(Canceled if canceled else StudioError):
        export(tiny_run.folder, format, folder / name, should_stop=lambda: canceled and next(asked))
    assert contents(folder) == kept
