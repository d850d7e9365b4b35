"""The queue's rows and its file."""

import statistics

import msgspec
import pytest
from run_folders import make_run

from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs import seed_groups as of_runs
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, read_run, write_run
from cnn_studio.core.runs.run_table import RunTable
from cnn_studio.core.training.sweep import PlannedTraining, seeds
from cnn_studio.core.training.training_queue import load_queue, new_rows, queue_path, save_queue, seed_groups

QUICK = find_recipe("studio-quick")


def with_state(row, state, **fields):
    return msgspec.structs.replace(row, state=state, **fields)


def run_folder(tmp_path, status):
    result = RunResult(
        test_accuracy=0.97, test_loss=0.1, seconds=8.0, images_per_second=1.0, device="cpu", epochs=2,
        best_val_accuracy=0.98,
    )  # fmt: skip
    folder = tmp_path / f"run-{status}"
    folder.mkdir()
    write_run(
        folder,
        RunRecord(
            id=folder.name,
            recipe=QUICK,
            created="",
            status=status,
            classes=("0", "1"),
            result=None if status == "running" else result,
        ),
    )
    return folder


@pytest.fixture
def rows():
    return new_rows(seeds(QUICK, "0-3"))


def test_a_queue_comes_back_as_it_was(rows, tmp_path):
    rows = (
        with_state(rows[0], "done", run="r", val_accuracy=0.5, test_accuracy=0.25, seconds=3.5),
        with_state(rows[1], "failed", reason="It diverged."),
        *rows[2:],
    )
    path = tmp_path / "home" / "queue.json"
    save_queue(rows, path)
    assert load_queue(path) == (rows, None)


def test_an_empty_queue_leaves_no_file(rows, tmp_path):
    path = tmp_path / "queue.json"
    save_queue(rows, path)
    save_queue((), path)
    assert not path.exists()
    assert load_queue(path) == ((), None)


def test_the_queue_lies_in_the_home_folder(studio_home):
    assert queue_path() == studio_home / "queue.json"


def test_a_row_that_cannot_be_read_costs_no_other_and_is_kept(rows, tmp_path):
    path = tmp_path / "queue.json"
    save_queue(rows, path)
    content = msgspec.json.decode(path.read_bytes())
    content[1]["recipe"]["optimizer"]["type"] = "FromTheFuture"
    path.write_bytes(msgspec.json.encode(content))
    before = path.read_bytes()
    found, problem = load_queue(path)
    assert found == (rows[0], *rows[2:])
    assert "FromTheFuture" in problem.why
    assert (tmp_path / "queue.damaged.json").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[{", b"{}", b"\xff\xfe", b"[1, 2]"])
def test_a_damaged_file_is_explained(tmp_path, content):
    path = tmp_path / "queue.json"
    path.write_bytes(content)
    rows, problem = load_queue(path)
    assert rows == ()
    assert problem.what
    assert "queue.json" in problem.why
    assert "queue.damaged.json" in problem.remedy


@pytest.mark.parametrize(
    ("status", "state", "test"),
    [("finished", "done", 0.97), ("stopped", "stopped", 0.97), ("running", "waiting", None)],
)
def test_a_row_cut_off_is_what_its_run_says(rows, tmp_path, status, state, test):
    folder = run_folder(tmp_path, status)
    path = tmp_path / "queue.json"
    save_queue((with_state(rows[0], "training", run=str(folder), epoch=1),), path)
    ((row,), _) = load_queue(path)
    assert (row.state, row.test_accuracy) == (state, test)
    assert row.run == str(folder)  # it goes on from there


def test_a_row_whose_run_is_gone_or_another_process_trains_begins_anew(rows, tmp_path):
    folder = run_folder(tmp_path, "running")
    path = tmp_path / "queue.json"
    save_queue(
        (
            with_state(rows[0], "training", run=str(tmp_path / "gone"), epoch=1),
            with_state(rows[1], "paused", run=str(folder), epoch=1),
        ),
        path,
    )
    with occupying(folder):
        found, _ = load_queue(path)
    assert found == rows[:2]


def test_seeds_of_one_recipe_are_a_group_with_mean_and_deviation(rows):
    tests = (0.99, 0.98, 0.985)
    done = [with_state(row, "done", test_accuracy=test) for row, test in zip(rows, tests, strict=False)]
    (other,) = new_rows([PlannedTraining(find_recipe("studio-accurate"))])
    (group,) = seed_groups((*done, other, rows[3]))
    assert group.ids == tuple(row.id for row in rows)
    assert group.done == 3
    assert group.test.mean == pytest.approx(sum(tests) / 3)
    assert group.test.deviation == pytest.approx(statistics.pstdev(tests) * (3 / 2) ** 0.5)  # of a sample
    assert group.validation is None


def test_one_seed_has_no_deviation_and_the_same_seed_twice_is_no_group(rows):
    (group,) = seed_groups((with_state(rows[0], "done", test_accuracy=0.9), rows[1]))
    assert group.test.deviation is None
    assert seed_groups(new_rows([PlannedTraining(QUICK), PlannedTraining(QUICK)])) == []


def test_the_queue_and_the_table_of_runs_show_one_mean_where_a_seed_was_trained_twice(tmp_path):
    """Seeds 0, 0 and 1 read 92, 90 and 92 of 100; the later run of seed 0 counts, whatever its row."""
    folders = [
        make_run(tmp_path, "20260102-1-later", seed=0, right=90, created="2026-01-02T00:00:00+00:00"),
        make_run(tmp_path, "20260101-1-before", seed=0, right=92, created="2026-01-01T00:00:00+00:00"),
        make_run(tmp_path, "20260103-1-other", seed=1, right=92, created="2026-01-03T00:00:00+00:00"),
    ]
    rows = []
    for folder, planned in zip(folders, new_rows(seeds(QUICK, "0, 1")[i] for i in (0, 0, 1)), strict=True):
        result = read_run(folder).record.result
        rows.append(
            with_state(
                planned, "done", run=str(folder), test_accuracy=result.test_accuracy,
                val_accuracy=result.best_val_accuracy,
            )
        )  # fmt: skip
    (queued,) = seed_groups(rows)
    (shown,) = of_runs.seed_groups(RunTable(tmp_path).read())
    assert (queued.seeds, queued.done) == (2, 2)
    for mean, deviation in (
        (queued.test.mean, queued.test.deviation),
        (shown.test.mean, shown.test.deviation),
    ):
        assert mean == pytest.approx(0.91)
        assert deviation == pytest.approx(0.0002**0.5)  # of a sample: 0.01 below and above
    assert shown.test.count == 2


def test_recipes_that_differ_in_their_titles_only_are_one_group_as_in_the_table_of_runs():
    planned = seeds(QUICK, "0, 1")
    other = msgspec.structs.replace(planned[1].recipe, title="Another title")
    (group,) = seed_groups(new_rows([planned[0], PlannedTraining(other)]))
    assert group.seeds == 2
