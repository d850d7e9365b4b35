"""The batches a training leaves: as reported, and after stopping and going on."""

import csv
from itertools import pairwise

import msgspec
import pytest

from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.protocol.events import BatchEnded, EpochEnded
from cnn_studio.core.training.batch_log import read_batches
from cnn_studio.engine.trainer import resume, train
from cnn_studio.engine.training_control import Control

LIMIT = 2000


@pytest.fixture
def recipe(tiny_recipe):
    layers = (Flatten(), Dense(units=10, activation="softmax"))
    training = msgspec.structs.replace(
        tiny_recipe.training, epochs=2, batch_size=50, steps_per_execution=4, device="cpu"
    )
    return msgspec.structs.replace(tiny_recipe, layers=layers, training=training)


def test_the_means_of_the_rows_are_those_of_the_epochs(tmp_path, recipe):
    events = []
    run = train(recipe, tmp_path / "run", events.append, limit=LIMIT)
    rows = read_batches(run.folder)
    said = [event for event in events if isinstance(event, BatchEnded)]
    assert [(int(row[0]), int(row[1])) for row in rows] == [(event.epoch, event.step) for event in said]
    for ended in (event for event in events if isinstance(event, EpochEnded)):
        own = rows[rows[:, 0] == ended.epoch]
        assert own[-1, 1] == own[-1, 2]  # the last batch of the epoch is always there
        sizes = [after - before for before, after in pairwise([0.0, *own[:, 1].tolist()])]
        for column, figure in ((3, ended.loss), (4, ended.accuracy)):
            mean = sum(size * value for size, value in zip(sizes, own[:, column], strict=True)) / sum(sizes)
            assert mean == pytest.approx(figure, rel=1e-4)


def test_a_stopped_epoch_is_kept_until_it_is_learned_again(tmp_path, recipe):
    control, seen = Control(), []

    def report(event):
        seen.append(event)
        if isinstance(event, BatchEnded) and event.epoch == 2:
            control.stop()

    stopped = train(recipe, tmp_path / "run", report, limit=LIMIT, control=control)
    assert stopped.record.status == "stopped"
    assert set(read_batches(stopped.folder)[:, 0]) == {1, 2}
    first = read_batches(stopped.folder)
    first = first[first[:, 0] == 1]
    run = resume(stopped.folder, seen.append)
    rows = read_batches(run.folder)
    assert (rows[rows[:, 0] == 1] == first).all()
    places = [(row[0], row[1]) for row in rows.tolist()]
    assert places == sorted(set(places))
    assert places[-1][0] == 2


def test_the_file_opens_in_a_spreadsheet(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", lambda event: None, limit=LIMIT)
    with (run.folder / "batches.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"epoch", "step", "steps", "loss", "accuracy", "learning_rate"}
    assert all(0 <= float(row["accuracy"]) <= 1 for row in rows)
