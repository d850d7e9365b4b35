"""A training that was cut off is offered for going on."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from staging import make_run, started

from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.runs.run_folder import CHECKPOINT_FILE, read_run, write_history, write_run


def cut_off(parent, name, done=1):
    """A run whose process was killed after some epochs of `studio-quick`'s two."""
    folder = make_run(parent, name=name, created=f"{name[:4]}-01-02T03:04:05+00:00")
    record = read_run(folder).record
    write_run(folder, msgspec.structs.replace(record, status="running", result=None))
    if done:
        progress = np.frombuffer(msgspec.json.encode({"epoch": done}), np.uint8)
        (folder / CHECKPOINT_FILE).parent.mkdir()
        np.savez(folder / CHECKPOINT_FILE, progress=progress)
        write_history(
            folder, [{"epoch": number, "loss": 0.5, "accuracy": 0.9} for number in range(1, done + 1)]
        )
    return folder


@pytest.fixture
def offer(train):
    return train.unfinished


def looked(offer, qtbot, parent):
    with qtbot.waitSignal(offer.changed, timeout=20_000):
        offer.look(parent)


def test_nothing_is_offered_where_all_runs_have_ended(window, offer, qtbot, tmp_path):
    make_run(tmp_path / "runs")
    cut_off(tmp_path / "runs", "20250101-000000-none", done=0)
    looked(offer, qtbot, tmp_path / "runs")
    assert not offer.isVisible()
    assert window.tabs.tabIcon(window.tabs.indexOf(window.train)).isNull()


def test_a_run_that_was_cut_off_is_named_and_goes_on(window, offer, engine, qtbot, tmp_path):
    folder = cut_off(tmp_path / "runs", "20250101-000000-quick")
    looked(offer, qtbot, tmp_path / "runs")
    assert offer.isVisible()
    assert "1 of 2 epochs" in offer.accessibleName()
    assert not window.tabs.tabIcon(window.tabs.indexOf(window.train)).isNull()
    qtbot.mouseClick(offer.go_on, Qt.MouseButton.LeftButton)
    assert engine.resumed == [(folder, 0)]
    assert window.train.training
    assert not offer.isVisible()


def test_a_run_that_is_left_is_not_offered_again(offer, qtbot, tmp_path):
    older, newer = (cut_off(tmp_path / "runs", f"{year}0101-000000-quick") for year in (2024, 2025))
    looked(offer, qtbot, tmp_path / "runs")
    assert "1 more" in offer.accessibleName()
    qtbot.mouseClick(offer.leave, Qt.MouseButton.LeftButton)
    assert read_run(newer).record.status == "stopped"
    assert offer.isVisible()
    qtbot.mouseClick(offer.leave, Qt.MouseButton.LeftButton)
    assert read_run(older).record.status == "stopped"
    looked(offer, qtbot, tmp_path / "runs")
    assert not offer.isVisible()


def test_a_run_another_process_trains_is_not_offered(offer, qtbot, tmp_path):
    with occupying(cut_off(tmp_path / "runs", "20250101-000000-quick")):
        looked(offer, qtbot, tmp_path / "runs")
        assert not offer.isVisible()


def test_none_begins_while_another_training_runs(train, offer, qtbot, tmp_path):
    cut_off(tmp_path / "runs", "20250101-000000-quick")
    looked(offer, qtbot, tmp_path / "runs")
    qtbot.mouseClick(train.train_button, Qt.MouseButton.LeftButton)
    assert not offer.go_on.isEnabled()


def test_a_run_that_goes_on_by_another_way_is_not_offered_any_more(offer, train, engine, qtbot, tmp_path):
    """The queue, or the Runs tab, asked for it."""
    folder = cut_off(tmp_path / "runs", "20250101-000000-quick")
    looked(offer, qtbot, tmp_path / "runs")
    assert offer.isVisible()
    job = train.finish(folder)
    engine._folders[job] = folder
    engine.heard.emit(started(job))
    assert not offer.isVisible()
    assert not offer.offering
