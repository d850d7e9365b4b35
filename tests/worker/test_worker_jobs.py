"""A real engine in a real process: what each job says and leaves."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.protocol.commands import Cancel, Evaluate, Export, ListDevices, Train
from cnn_studio.core.protocol.events import (
    JOB_ENDS,
    BatchEnded,
    DevicesListed,
    EpochEnded,
    EvaluationEnded,
    EvaluationProgressed,
    ExportEnded,
    HeartBeaten,
    JobCanceled,
    JobFailed,
    RunEnded,
    RunStarted,
    StageEntered,
    WorkerStarted,
)
from cnn_studio.core.runs.usage_of_test_set import uses_of_test_set

TEST_IMAGES = 10_000


@pytest.fixture(scope="session")
def training(worker, quick, tmp_path_factory):
    """Everything the worker said of one short training, and the folder it left."""
    parent = tmp_path_factory.mktemp("runs")
    said = worker.do(lambda job: Train(job=job, recipe=quick, parent=str(parent), limit=2000))
    assert isinstance(said[-1], RunEnded), said[-1]
    return said, Path(said[-1].run)


def test_hello_names_protocol_process_and_versions(worker):
    hello = worker.ear.of(WorkerStarted)[0]
    assert hello.protocol == 1
    assert hello.pid == worker.client.pid != os.getpid()
    assert hello.versions.keys() == {"cnn-studio", "tensorflow", "keras", "python"}
    assert hello.versions["tensorflow"].startswith("2.21.")
    assert 0 < hello.seconds < 60


def test_devices_name_the_cpu_and_explain_what_is_missing(worker):
    since = len(worker.ear.heard)
    worker.client.send(ListDevices())
    devices = worker.ear.wait_for(DevicesListed, since).devices
    cpu = next(device for device in devices if device.id == "cpu")
    assert cpu.usable
    assert all(device.explanation for device in devices if not device.usable)


def test_training_is_reported_in_order(training):
    said, _ = training
    kinds = [type(event) for event in said]
    assert kinds[0] is RunStarted
    assert kinds[-1] is RunEnded
    assert kinds.count(EpochEnded) == 1
    epoch = kinds.index(EpochEnded)
    assert BatchEnded in kinds[:epoch]
    assert BatchEnded not in kinds[epoch:]
    steps = [event.step for event in said if isinstance(event, BatchEnded)]
    assert steps == sorted(steps)
    assert steps[-1] == said[0].steps == np.ceil(1900 / 128)
    assert (said[0].train_images, said[0].validation_images) == (1900, 100)


def test_training_leaves_a_run_folder_that_says_the_same(training):
    said, folder = training
    assert {path.name for path in folder.iterdir()} - {".lock"} == {  # free a moment after the news
        "run.json", "history.csv", "batches.csv", "model.keras", "model.onnx", "evaluation.npz", "checkpoint",
        "epochs",
    }  # fmt: skip
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["result"]["test_accuracy"] == said[-1].result.test_accuracy
    rows = list(csv.DictReader((folder / "history.csv").read_text().splitlines()))
    epoch = next(event for event in said if isinstance(event, EpochEnded))
    assert [float(row["val_accuracy"]) for row in rows] == [epoch.val_accuracy]


def test_accuracy_is_the_share_of_right_answers_in_the_evaluation(training):
    said, folder = training
    with np.load(folder / "evaluation.npz") as archive:
        right = (archive["probabilities"].argmax(axis=1) == archive["labels"]).sum()
    assert said[-1].result.test_accuracy == pytest.approx(right / TEST_IMAGES)


def test_evaluating_a_run_again_gives_the_same_answers(worker, training, tmp_path):
    said, folder = training
    target = tmp_path / "again.npz"
    ended = worker.do(lambda job: Evaluate(job=job, source=str(folder), to=str(target)))[-1]
    assert isinstance(ended, EvaluationEnded), ended
    assert ended.accuracy == pytest.approx(said[-1].result.test_accuracy)
    with np.load(target) as again, np.load(folder / "evaluation.npz") as before:
        np.testing.assert_allclose(again["probabilities"], before["probabilities"], atol=1e-5)


def test_evaluating_other_images_is_reported_piece_by_piece(worker, training, tmp_path):
    _, folder = training
    target = tmp_path / "evaluations" / "validation.npz"
    said = worker.do(lambda job: Evaluate(job=job, source=str(folder), to=str(target), subset="validation"))
    assert isinstance(said[-1], EvaluationEnded), said[-1]
    assert [(event.done, event.total) for event in said if isinstance(event, EvaluationProgressed)] == [
        (0, 100)
    ]
    with np.load(target) as archive, np.load(resource("datasets", "mnist.npz")) as mnist:
        assert len(archive["labels"]) == 100
        assert archive["places"].max() < 2000  # the recipe was limited to so many
        np.testing.assert_array_equal(archive["labels"], mnist["y_train"][archive["places"]])
        right = archive["probabilities"].argmax(axis=1) == archive["labels"]
    with (folder / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert right.mean() == pytest.approx(float(row["val_accuracy"]), abs=0.02)  # trained in another precision


def test_only_looks_at_the_own_test_images_are_counted(worker, training, tmp_path):
    _, folder = training
    before = uses_of_test_set(folder)
    for subset in ("test", "validation", "train", "test"):
        target = str(tmp_path / "answers.npz")
        worker.do(lambda job: Evaluate(job=job, source=str(folder), to=target, subset=subset))  # noqa: B023
    assert uses_of_test_set(folder) == before + 2


def test_exported_onnx_answers_as_the_run_did(worker, training, mnist_test, tmp_path):
    _, folder = training
    target = tmp_path / "net.onnx"
    said = worker.do(lambda job: Export(job=job, source=str(folder), format="onnx", to=str(target)))
    ended = said[-1]
    assert isinstance(ended, ExportEnded), ended
    assert isinstance(said[0], StageEntered)
    assert (ended.same_predictions, ended.images) == (256, 256)
    assert ended.bytes == target.stat().st_size
    session = onnxruntime.InferenceSession(target.read_bytes(), providers=["CPUExecutionProvider"])
    pixels = mnist_test[0][:100].reshape(-1, 28, 28, 1).astype(np.float32) / 255
    answers = session.run(None, {session.get_inputs()[0].name: pixels})[0]
    with np.load(folder / "evaluation.npz") as archive:
        np.testing.assert_allclose(answers, archive["probabilities"][:100], atol=1e-4)


@pytest.fixture(scope="session")
def mnist_test():
    from cnn_studio.core.base.assets import resource

    with np.load(resource("datasets", "mnist.npz")) as archive:
        return archive["x_test"], archive["y_test"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"layers": []}, ""),
        ({"dataset": "letters"}, "letters"),
        ({"color": "red"}, "color"),
        ({"loss": 5}, "loss"),
    ],
)
def test_invalid_recipe_fails_in_three_parts_and_leaves_no_run(worker, quick, tmp_path, change, named):
    parent = tmp_path / "runs"
    said = worker.do(lambda job: Train(job=job, recipe={**quick, **change}, parent=str(parent), limit=64))
    failed = said[-1]
    assert isinstance(failed, JobFailed)
    assert failed.what
    assert failed.why
    assert failed.remedy
    assert named in f"{failed.what} {failed.why}"
    assert failed.details == ""  # expected errors come without a traceback
    assert not list(parent.glob("*/run.json"))


def test_worker_goes_on_after_a_failed_job(worker, tmp_path):
    process = worker.client.pid
    assert isinstance(worker.do(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))[-1], JobFailed)
    since = len(worker.ear.heard)
    worker.client.send(ListDevices(job="still there"))
    assert worker.ear.wait_for(DevicesListed, since).job == "still there"
    assert worker.client.pid == process


def test_job_canceled_before_it_began_leaves_nothing(worker, endless, quick, tmp_path):
    first, since = worker.ask(
        lambda job: Train(job=job, recipe=endless, parent=str(tmp_path / "a"), limit=512)
    )
    worker.ear.wait_for(BatchEnded, since)
    second, _ = worker.ask(lambda job: Train(job=job, recipe=quick, parent=str(tmp_path / "b"), limit=512))
    worker.client.send(Cancel(job=second))
    worker.client.cancel(first)
    canceled = worker.ear.wait_for(JobCanceled, since)
    assert canceled.job == second
    assert not (tmp_path / "b").exists()


def test_canceled_training_is_kept_as_stopped(worker, endless, tmp_path):
    process = worker.client.pid
    ended = worker.train_and_cancel(endless, tmp_path)
    assert isinstance(ended, RunEnded)
    assert ended.stopped
    folder = Path(ended.run)
    assert json.loads((folder / "run.json").read_text())["status"] == "stopped"
    with np.load(folder / "evaluation.npz") as archive:
        assert archive["probabilities"].shape == (TEST_IMAGES, 10)
    assert (folder / "model.onnx").stat().st_size > 0
    assert worker.client.pid == process  # the escalation's later steps were not needed


def test_heart_beats_once_a_second_and_says_its_memory(worker):
    since = len(worker.ear.heard)
    worker.ear.wait_for(HeartBeaten, since, count=2)
    assert all(beat.resident_bytes > 100e6 for beat in worker.ear.of(HeartBeaten, since))


def test_heart_beats_while_a_job_runs(worker, endless, tmp_path):
    job, since = worker.ask(lambda job: Train(job=job, recipe=endless, parent=str(tmp_path), limit=512))
    worker.ear.wait_for(RunStarted, since)
    worker.ear.wait_for(HeartBeaten, len(worker.ear.heard), count=2)
    assert not worker.ear.of(JOB_ENDS, since)
    worker.client.cancel(job)
    worker.ear.wait_for(RunEnded, since)
