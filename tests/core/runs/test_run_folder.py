"""What a run leaves on disk, and the other small files."""

import msgspec
import pytest

from cnn_studio.core.base.atomic_files import replacing, write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings, home, load_settings, runs_folder, save_settings
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.model_card import card_for, card_recipe, decode_card
from cnn_studio.core.runs.run_folder import (
    HISTORY_FILE,
    RunRecord,
    list_runs,
    new_run_id,
    read_history,
    read_run,
    write_history,
    write_run,
)


def record(name="one", created="2026-01-02T03:04:05+00:00"):
    return RunRecord(
        id=name, recipe=find_recipe("studio-quick"), created=created, status="running", classes=("0", "1")
    )


def test_a_record_survives_writing_and_reading(tmp_path):
    write_run(tmp_path / "one", record())
    assert read_run(tmp_path / "one").record == record()


def test_runs_are_listed_newest_first_and_damaged_ones_left_out(tmp_path):
    for name, created in (
        ("old", "2025-01-01T00:00:00"),
        ("new", "2026-01-01T00:00:00"),
        ("mid", "2025-06-01T00:00:00"),
    ):
        write_run(tmp_path / name, record(name, created))
    write_atomically(tmp_path / "broken" / "run.json", b'{"id": "broken"')
    (tmp_path / "empty").mkdir()
    assert [run.record.id for run in list_runs(tmp_path)] == ["new", "mid", "old"]
    assert list_runs(tmp_path / "nowhere") == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"id": "\xff"}'])
def test_a_folder_that_is_no_run_and_a_damaged_one_are_told_apart(tmp_path, content):
    with pytest.raises(StudioError, match="is not a run folder"):
        read_run(tmp_path)
    write_atomically(tmp_path / "run.json", content)
    with pytest.raises(StudioError, match="is damaged"):
        read_run(tmp_path)


def test_run_names_never_collide(tmp_path):
    recipe = find_recipe("studio-quick")
    names = []
    for _ in range(3):
        names.append(new_run_id(recipe, tmp_path))
        (tmp_path / names[-1]).mkdir()
    assert len(set(names)) == 3
    assert all("studio-quick" in name for name in names)


def test_history_keeps_figures_exactly_and_missing_ones_as_none(tmp_path):
    rows = [
        {
            "epoch": 1,
            "loss": 0.1 + 0.2,
            "accuracy": 1 / 3,
            "val_loss": None,
            "val_accuracy": None,
            "job": "x",
        },
        {"epoch": 2, "loss": 1e-9, "accuracy": 1.0, "val_loss": 0.25, "val_accuracy": 0.5},
    ]
    write_history(tmp_path, rows)
    read = read_history(tmp_path)
    assert [row["loss"] for row in read] == [0.1 + 0.2, 1e-9]
    assert [row["val_accuracy"] for row in read] == [None, 0.5]
    assert "job" not in read[0]
    assert read_history(tmp_path / "nowhere") == []
    file = tmp_path / HISTORY_FILE
    file.write_bytes(file.read_bytes()[:-9])
    assert [row["epoch"] for row in read_history(tmp_path)] == [1]  # a figure cut off is another figure


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_two_threads_that_replace_a_file_do_not_take_each_others_half(tmp_path):
    path = tmp_path / "file"
    with replacing(path) as first, replacing(path) as second:
        first.write_bytes(b"first")
        second.write_bytes(b"second")
        assert first.read_bytes() == b"first"
    assert path.read_bytes() == b"first"  # which ended last
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def folder_with(path, content):
    (path / "inside").mkdir(parents=True)
    (path / "inside" / "file").write_bytes(content)


def test_a_whole_folder_takes_the_place_of_another_and_a_failed_one_does_not(tmp_path, monkeypatch):
    path = tmp_path / "folder"
    folder_with(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        folder_with(temporary, b"half of the n")
        raise RuntimeError
    assert (path / "inside" / "file").read_bytes() == b"old"
    with replacing(path) as temporary:
        folder_with(temporary, b"new")
    assert (path / "inside" / "file").read_bytes() == b"new"
    with pytest.raises(OSError, match="busy"), monkeypatch.context() as busy, replacing(path) as temporary:
        folder_with(temporary, b"newest")
        rename = type(path).rename

        def refuse(self, to):
            if self == temporary:
                raise OSError("busy")
            return rename(self, to)

        busy.setattr(type(path), "rename", refuse)
    assert (path / "inside" / "file").read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_home_follows_the_environment_variable(studio_home, monkeypatch):
    assert home() == studio_home
    assert runs_folder() == studio_home / "runs"
    monkeypatch.delenv("CNN_STUDIO_HOME")
    assert home() != studio_home
    assert "CNN Studio" in str(home())


def test_settings_are_remembered_and_damaged_ones_forgotten(studio_home):
    assert load_settings() == Settings()
    save_settings(Settings(theme="dark", device="cpu"))
    assert load_settings() == Settings(theme="dark", device="cpu")
    for damaged in (b'{"theme": 3}', b'{"theme": "\xff"}'):
        (studio_home / "settings.json").write_bytes(damaged)
        assert load_settings() == Settings()


def test_a_card_carries_its_recipe(tmp_path):
    recipe = find_recipe("fashion-vgg2")
    card = card_for(recipe, ("a", "b"), (28, 28, 1), 1 / 255, 0.0)
    read = decode_card(msgspec.json.encode(card), "model")
    assert read == card
    assert card_recipe(read, "model") == recipe


@pytest.mark.parametrize("content", [b"", b"[]", b'{"classes": []}', b"\xff", b'{"dataset": "\xff"}'])
def test_a_damaged_card_is_explained(content):
    with pytest.raises(StudioError, match=r"model.onnx cannot be opened.*card is damaged"):
        decode_card(content, "model.onnx")


def test_error_keeps_its_three_parts_when_it_travels_between_processes():
    import pickle

    error = pickle.loads(pickle.dumps(StudioError("What.", "Why.", "Remedy.")))
    assert (error.what, error.why, error.remedy, str(error)) == (
        "What.",
        "Why.",
        "Remedy.",
        "What. Why. Remedy.",
    )
