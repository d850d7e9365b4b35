"""Teaching in a real worker: it runs to its end, and it can be canceled."""

import numpy as np
import pytest

from cnn_studio.core.drawing.jsonl import drawing_line
from cnn_studio.core.protocol.commands import FineTune
from cnn_studio.core.protocol.events import JOB_ENDS, BatchEnded, FineTuningEnded, JobCanceled, JobFailed
from cnn_studio.core.runs.fine_tuning_record import read_fine_tuning
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.core.synthetic.digits import drawn_digit_strokes


@pytest.fixture
def hand(tmp_path):
    random = np.random.default_rng(0)
    labels = [str(number % 10) for number in range(30)]
    path = tmp_path / "hand.jsonl"
    path.write_text(
        "".join(f"{drawing_line(drawn_digit_strokes(int(each), random), each)}\n" for each in labels)
    )
    return path


def test_a_teaching_leaves_a_run_and_a_canceled_one_nothing(worker, tiny_run, hand, tmp_path):
    parent = tmp_path / "runs"

    def teach(job):
        return FineTune(job=job, source=str(tiny_run.folder), drawings=str(hand), parent=str(parent), seed=5)

    job, since = worker.ask(teach)
    worker.ear.wait_for((BatchEnded, *JOB_ENDS), since)
    worker.client.cancel(job)
    assert isinstance(worker.ear.wait_for(JOB_ENDS, since), JobCanceled)
    assert not parent.exists()

    ended = worker.do(teach)[-1]
    assert isinstance(ended, FineTuningEnded), ended
    (folder,) = parent.iterdir()
    assert ended.run == str(folder)
    teaching = read_fine_tuning(folder)
    assert (teaching.seed, teaching.held, teaching.test) == (5, ended.held, ended.test)
    assert read_run(folder).record.note.startswith("Fine-tuned from tiny, drawings: 20,")


def test_a_file_that_is_no_drawings_is_explained(worker, tiny_run, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n")
    failed = worker.do(
        lambda job: FineTune(
            job=job, source=str(tiny_run.folder), drawings=str(path), parent=str(tmp_path / "runs")
        )
    )[-1]
    assert isinstance(failed, JobFailed)
    assert "Line 1" in failed.why
