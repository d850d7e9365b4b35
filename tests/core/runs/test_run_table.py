"""The table of runs: its figures, its filter, its groups, and what it says of damaged folders."""

import json
import zipfile

import msgspec
import numpy as np
import pytest
from run_folders import make_run, seeded
from scipy import stats

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.model_card import card_for
from cnn_studio.core.runs.run_columns import BY_NAME, FIELDS
from cnn_studio.core.runs.run_details import read_run_details
from cnn_studio.core.runs.run_filter import parsed_filter
from cnn_studio.core.runs.run_folder import RunRecord, read_run, write_outcome, write_run
from cnn_studio.core.runs.run_table import RunTable, read_row
from cnn_studio.core.runs.seed_groups import seed_groups

QUICK_PARAMETERS = 16 * (5 * 5 + 1) + 32 * (16 * 5 * 5 + 1) + 128 * (4 * 4 * 32 + 1) + 10 * (128 + 1)


def rewritten(folder, **fields):
    write_run(folder, msgspec.structs.replace(read_run(folder).record, **fields))


def test_a_row_holds_the_figures_of_its_run(tmp_path):
    row = read_row(make_run(tmp_path, right=93, images=100))
    wilson = stats.binomtest(93, 100).proportion_ci(method="wilson")
    assert row.interval == pytest.approx((wilson.low, wilson.high), abs=1e-6)
    assert (row.state, row.problem, row.epochs, row.test_images) == ("finished", "", 3, 100)
    assert row.parameters == QUICK_PARAMETERS
    assert BY_NAME["test"].text(row) == f"93.00 % ({100 * wilson.low:.2f} – {100 * wilson.high:.2f})"
    assert BY_NAME["data"].text(row) == "MNIST digits"
    assert BY_NAME["date"].text(row) == "2026-01-02 03:04"


def test_a_run_whose_test_images_were_watched_says_how_often_they_were_looked_at(tmp_path):
    once, watched = make_run(tmp_path), make_run(tmp_path, "watched", preset="mnist-adadelta")
    assert (read_row(once).test_set_uses, read_row(watched).test_set_uses) == (1, 1 + 3)


def break_record(folder):
    (folder / "run.json").write_bytes((folder / "run.json").read_bytes()[:200])


def break_evaluation(folder):
    path = folder / "evaluation.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def shorten_history(folder):
    lines = (folder / "history.csv").read_text().splitlines(keepends=True)
    (folder / "history.csv").write_text("".join(lines[:2]))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "run.json").unlink(), "run.json is missing"),
        (break_record, "run.json: Input data was truncated"),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe"), "run.json"),
        (lambda folder: (folder / "evaluation.npz").unlink(), "evaluation.npz is missing"),
        (break_evaluation, "evaluation.npz is truncated or damaged"),
        (lambda folder: (folder / "evaluation.npz").write_bytes(b""), "evaluation.npz is truncated"),
        (lambda folder: (folder / "history.csv").unlink(), "history.csv is missing"),
        (shorten_history, "history.csv has 1 of 3 epochs"),
        (lambda folder: (folder / "model.onnx").unlink(), "model.onnx is missing"),
        (lambda folder: (folder / "model.keras").write_bytes(b"PK\x03\x04 and no more"), "model.keras is truncated"),
    ],
)  # fmt: skip
def test_a_damaged_run_stays_in_the_table_with_what_is_wrong(tmp_path, damage, words):
    sound, damaged = make_run(tmp_path, "sound"), make_run(tmp_path, "damaged")
    damage(damaged)
    rows = {row.folder: row for row in RunTable(tmp_path).read()}
    assert set(rows) == {sound, damaged}
    assert rows[sound].problem == ""
    assert rows[damaged].state == "damaged"
    assert words in rows[damaged].problem
    assert [field.text(rows[damaged]) for field in FIELDS]  # none of them fails
    assert read_run_details(damaged).problem


def test_a_history_with_a_torn_figure_is_told_and_the_rest_still_read(tmp_path):
    folder = make_run(tmp_path)
    text = (folder / "history.csv").read_text().replace("0.25", "0.2x")
    (folder / "history.csv").write_text(text)
    reading = read_run_details(folder)
    assert "history.csv is damaged" in reading.problem
    assert reading.history == []
    assert ("Epochs", "3") in reading.facts


def test_a_file_beside_the_runs_and_a_hidden_folder_are_no_runs(tmp_path):
    make_run(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".trash").mkdir()
    assert [row.folder.name for row in RunTable(tmp_path).read()] == ["one"]


def test_there_is_nothing_to_read_where_there_is_no_folder(tmp_path):
    assert RunTable(tmp_path / "nowhere").read() == []


def test_rows_come_newest_first_a_damaged_one_by_its_name(tmp_path):
    make_run(tmp_path, "a", created="2026-01-01T00:00:00+00:00")
    make_run(tmp_path, "b", created="2026-03-01T00:00:00+00:00")
    (tmp_path / "20260201-101112-quick").mkdir()
    assert [row.folder.name for row in RunTable(tmp_path).read()] == ["b", "20260201-101112-quick", "a"]


def test_what_changed_on_the_disk_is_read_again(tmp_path):
    folder = make_run(tmp_path)
    table = RunTable(tmp_path)
    (before,) = table.read()
    (same,) = table.read()
    assert same is before
    rewritten(folder, note="changed")
    (after,) = table.read()
    assert after.record.note == "changed"
    (folder / "model.onnx").unlink()
    (after,) = table.read()
    assert "model.onnx" in after.problem


def test_a_run_that_is_held_is_training_and_one_cut_off_is_not(tmp_path):
    folder = make_run(tmp_path, status="running")
    rewritten(folder, result=None)
    table = RunTable(tmp_path)
    assert table.read()[0].state == "unfinished"
    with occupying(folder):
        row = table.read()[0]
        assert (row.state, row.problem, row.can_go_on) == ("training", "", False)
    assert table.read()[0].state == "unfinished"


def test_own_data_have_their_shape_from_the_saved_network(tmp_path):
    recipe = msgspec.structs.replace(find_recipe("studio-quick"), dataset="file:/gone/pictures?side=32")
    folder = make_run(tmp_path, recipe=recipe)
    assert read_row(folder).parameters is None
    card = card_for(recipe, tuple("0123456789"), (32, 32, 3), 1 / 255, 0.0)
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("cnn_studio.json", msgspec.json.encode(card))
    side = ((32 - 4) // 2 - 4) // 2
    expected = 16 * (3 * 25 + 1) + 32 * (16 * 25 + 1) + 128 * (side * side * 32 + 1) + 10 * 129
    row = read_row(folder)
    assert row.parameters == expected
    assert BY_NAME["data"].text(row) == "pictures"


def test_a_record_from_before_names_and_stars_can_be_read(tmp_path):
    folder = make_run(tmp_path)
    content = json.loads((folder / "run.json").read_text())
    del content["title"], content["starred"]
    (folder / "run.json").write_text(json.dumps(content))
    row = read_row(folder)
    assert row.name == find_recipe("studio-quick").title
    assert not row.record.starred


def test_what_a_person_wrote_while_it_trained_is_kept(tmp_path):
    folder = make_run(tmp_path, status="running")
    began = read_run(folder).record
    rewritten(folder, title="Mine", note="look here", starred=True)
    write_outcome(folder, msgspec.structs.replace(began, status="finished"))
    record = read_run(folder).record
    assert (record.status, record.title, record.note, record.starred) == (
        "finished",
        "Mine",
        "look here",
        True,
    )


def test_an_outcome_is_written_where_the_record_was_damaged(tmp_path):
    folder = make_run(tmp_path)
    record = read_run(folder).record
    break_record(folder)
    write_outcome(folder, record)
    assert read_run(folder).record == record


@pytest.fixture
def four(tmp_path):
    """Runs a (97 %, MNIST), b (99 %, Fashion), c (99.5 %, MNIST, starred, with a note) and a damaged d."""
    make_run(tmp_path, "a", right=970, images=1000, created="2026-01-01T00:00:00+00:00")
    make_run(
        tmp_path,
        "b",
        preset="fashion-vgg2",
        right=990,
        images=1000,
        seed=3,
        created="2026-02-01T00:00:00+00:00",
    )
    make_run(
        tmp_path, "c", right=995, images=1000, seconds=200.0, created="2026-03-01T00:00:00+00:00",
        title="Best so far", note="wider net", starred=True,
    )  # fmt: skip
    break_record(make_run(tmp_path, "d", created="2025-01-01T00:00:00+00:00"))
    return RunTable(tmp_path).read()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "abcd"),
        ("test>98", "bc"),
        ("test>=99%", "bc"),
        ("test>0.98", "bc"),
        ("test=97", "a"),
        ("test>1", ""),  # 1 is the whole, as 0.98 is most of it
        ("test<1", "abc"),
        ("test>1%", "abc"),
        ("test<0.98%", ""),
        ("test>.98%", "abc"),
        ("test<99 data:mnist", "a"),
        ("data:fashion", "b"),
        ("data=mnist", "ac"),
        ("-data:fashion", "acd"),
        ("-data=mnist", "bd"),
        ("params>80k", "ac"),
        ("params<=0.0799M", "b"),
        ("seconds>60", "c"),
        ("seed=3", "b"),
        ("seed!=3", "ac"),
        ("date>=2026-02", "bc"),
        ("date<2026-02", "a"),
        ("star:yes", "c"),
        ("wider", "c"),
        ("BEST", "c"),
        ('note:"wider net"', "c"),
        ('"best so" test>99', "c"),
        ("status:damaged", "d"),
        ("truncated", "d"),
        ("fashion -vgg2", ""),
        ("nowhere to be found", ""),
    ],
)
def test_a_filter_lets_through_what_it_says(four, text, names):
    holds = parsed_filter(text)
    assert "".join(sorted(row.folder.name for row in four if holds(row))) == names


@pytest.mark.parametrize("text", ["color:red", "test>good", "params<", "seed:abc"])
def test_a_filter_that_is_not_understood_says_what_is_expected(text):
    with pytest.raises(StudioError, match="is not understood"):
        parsed_filter(text)


def test_runs_that_differ_in_their_seed_only_are_one_group(tmp_path):
    rights = [970, 975, 990]
    for seed, right in enumerate(rights):
        make_run(tmp_path, f"s{seed}", seed=seed, right=right, images=1000)
    make_run(tmp_path, "s2 again", seed=2, right=1000, images=1000, created="2026-03-01T00:00:00+00:00")
    make_run(tmp_path, "s2 before", seed=2, right=400, images=1000, created="2025-12-31T00:00:00+00:00")
    rights[2] = 1000  # a seed trained several times is one sample: its latest
    make_run(tmp_path, "stopped", seed=7, right=500, images=1000, status="stopped")
    other = seeded(find_recipe("studio-quick"), 0)
    other = msgspec.structs.replace(other, training=msgspec.structs.replace(other.training, batch_size=64))
    make_run(tmp_path, "other", recipe=other)
    (tmp_path / "broken").mkdir()
    groups = {len(group.rows): group for group in seed_groups(RunTable(tmp_path).read())}
    assert sorted(groups) == [1, 6]
    group, shares = groups[6], np.array(rights) / 1000
    assert group.seeds == 3
    assert (group.test.count, group.test.mean) == (3, pytest.approx(shares.mean()))
    assert group.test.deviation == pytest.approx(shares.std(ddof=1))
    expected = stats.t.interval(0.95, 2, shares.mean(), stats.sem(shares))
    assert group.test.interval == pytest.approx(expected)


def test_runs_of_another_number_of_images_are_another_group(tmp_path):
    make_run(tmp_path, "whole")
    make_run(tmp_path, "part", limit=1000)
    assert len(seed_groups(RunTable(tmp_path).read())) == 2


def test_a_run_without_a_result_has_no_figures_but_its_recipe(tmp_path):
    folder = tmp_path / "new"
    write_run(
        folder,
        RunRecord(
            id="new", recipe=find_recipe("mnist-adadelta"), created="2026-01-01T00:00:00", status="failed",
            classes=tuple("0123456789"),
        ),
    )  # fmt: skip
    row = read_row(folder)
    assert (row.state, row.problem, row.test_accuracy, row.interval) == ("failed", "", None, None)
    assert row.parameters == 32 * 10 + 64 * (32 * 9 + 1) + 128 * (12 * 12 * 64 + 1) + 10 * 129
    reading = read_run_details(folder)
    assert ("Validation", "the test images, which makes results look better than they are") in reading.recipe
    assert [line.shape for line in reading.layers][:3] == [(26, 26, 32), (24, 24, 64), (12, 12, 64)]


def test_runs_that_left_out_other_images_are_another_group(tmp_path):
    for name in ("all", "fewer"):
        make_run(tmp_path, name)
    record = read_run(tmp_path / "fewer").record
    write_run(tmp_path / "fewer", msgspec.structs.replace(record, left_out=(4, 8)))
    assert len(seed_groups(RunTable(tmp_path).read())) == 2
