"""The file of batches: means between events, what a resumed or killed run keeps of it."""

import pytest

from cnn_studio.core.protocol.events import BatchEnded
from cnn_studio.core.training.batch_log import BATCH_COLUMNS, BatchLog, positions_of, read_batches, since


def event(epoch, step, loss, accuracy=0.5, steps=10):
    return BatchEnded(
        epoch=epoch, step=step, steps=steps, loss=loss, accuracy=accuracy, learning_rate=0.01,
        images_per_second=1.0,
    )  # fmt: skip


def test_a_row_is_the_mean_of_the_batches_since_the_last():
    # Four batches of loss 2 and then six of loss 1: the epoch's mean is 1.4.
    assert since(None, event(1, 4, 2.0)) == (2.0, 0.5)
    loss, accuracy = since(event(1, 4, 2.0, 0.25), event(1, 10, 1.4, 0.7))
    assert (loss, accuracy) == (pytest.approx(1.0), pytest.approx(1.0))
    assert since(event(1, 10, 1.4), event(2, 3, 0.9)) == (0.9, 0.5)


def write(folder, epochs, begin=0):
    log = BatchLog(folder)
    log.begin(begin)
    for epoch in epochs:
        for step in (5, 10):
            log.add(event(epoch, step, 1 / epoch))
        log.flush()
    return log


def test_rows_are_read_as_they_were_written(tmp_path):
    write(tmp_path, [1, 2])
    rows = read_batches(tmp_path)
    assert rows.shape == (4, len(BATCH_COLUMNS))
    assert rows[:, :3].tolist() == [[1, 5, 10], [1, 10, 10], [2, 5, 10], [2, 10, 10]]
    assert rows[:, 3].tolist() == [1, 1, 0.5, 0.5]
    assert positions_of(rows).tolist() == [0.5, 1, 1.5, 2]


def test_nothing_is_written_inside_an_epoch(tmp_path):
    log = write(tmp_path, [1])
    log.add(event(2, 5, 0.5))
    assert len(read_batches(tmp_path)) == 2
    log.flush()
    assert len(read_batches(tmp_path)) == 3


def test_going_on_forgets_the_epochs_that_are_learned_again(tmp_path):
    write(tmp_path, [1, 2, 3])
    write(tmp_path, [3], begin=2)
    assert read_batches(tmp_path)[:, 0].tolist() == [1, 1, 2, 2, 3, 3]


def test_a_new_training_begins_with_an_empty_file(tmp_path):
    write(tmp_path, [1, 2])
    BatchLog(tmp_path).begin(0)
    assert read_batches(tmp_path).shape == (0, len(BATCH_COLUMNS))
    assert (tmp_path / "batches.csv").read_text() == ",".join(BATCH_COLUMNS) + "\n"


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    write(tmp_path, [1, 2])
    path = tmp_path / "batches.csv"
    path.write_text(path.read_text()[:-9])
    assert len(read_batches(tmp_path)) == 3


@pytest.mark.parametrize(
    "content", ["", "nonsense", "a,b\n1,2\n", ",".join(BATCH_COLUMNS) + "\n1,2,3\n1,2,x,4,5,6\n"]
)
def test_a_damaged_or_missing_file_has_no_rows(tmp_path, content):
    (tmp_path / "batches.csv").write_text(content)
    assert len(read_batches(tmp_path)) == 0
    assert len(read_batches(tmp_path / "nowhere")) == 0
