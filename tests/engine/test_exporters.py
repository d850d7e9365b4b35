"""Exports never cost a person anything that is not this program's."""

import pytest

from cnn_studio.core.errors import Cancelled, StudioError
from cnn_studio.engine.exporters import export


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
def test_a_cancelled_export_leaves_nothing(tiny_run, tmp_path, format, name, asked_before):
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) > asked_before

    with pytest.raises(Cancelled):
        export(tiny_run.folder, format, tmp_path / name, lambda event: None, should_stop=should_stop)
    assert written(tmp_path) == set()
