"""A new worker in the place of one that holds a GPU's memory, or too much of the machine's; and what workers leave."""

import json
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
from hearing import Worker, has_ended, stand_in

from cnn_studio.core.protocol.commands import ListDevices, Train
from cnn_studio.core.protocol.events import (
    DevicesListed,
    HeartBeaten,
    JobFailed,
    RunEnded,
    RunStarted,
    StageEntered,
    WorkerStarted,
)
from cnn_studio.worker.client import WorkerLost, WorkerStarting

RESULT = {
    "test_accuracy": 1.0,
    "test_loss": 0.0,
    "seconds": 1.0,
    "images_per_second": 1.0,
    "device": "",
    "epochs": 1,
}
TRAINING = f"""
import threading

def beat(resident):
    while True:
        send(event="heartbeat", resident_bytes=resident)
        time.sleep(0.05)

def begin(job, device):
    send(event="started", job=job, run="r", epochs=1, steps=1, train_images=1, validation_images=0,
         device=device, precision="float32")

def end(job):
    send(event="done", job=job, run=str(os.getpid()), stopped=False, result={json.dumps(RESULT)})

def serve(device):
    greet()
    while True:
        command = receive()
        if command["command"] == "devices":
            send(event="devices", devices=[dict(id=device, title=device, usable=True)])
        if command["command"] == "start":
            begin(command["job"], device)
            end(command["job"])
"""


def pid_that_trained(worker, tmp_path):
    """Train on the stand-in; return the process that did, which it names in its answer."""
    said = worker.do(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))
    assert [type(event) for event in said] == [RunStarted, RunEnded]
    return int(said[-1].run)


@pytest.mark.parametrize("device", ["gpu:0", "gpus", "tpu"])
def test_each_training_on_a_gpu_or_tpu_has_a_worker_of_its_own(start_stand_in, tmp_path, device):
    worker = start_stand_in(TRAINING + f"serve({device!r})")
    pids = [pid_that_trained(worker, tmp_path) for _ in range(3)]  # at once, not waiting for the next one
    assert len(set(pids)) == 3
    assert all(has_ended(pid, 5) for pid in pids)
    worker.ear.wait_for(WorkerStarted, count=4)  # and the next is there before it is asked for
    assert [event.renewed for event in worker.ear.of(WorkerStarting)] == [False, True, True, True]
    assert not worker.ear.of((WorkerLost, JobFailed))


def test_trainings_on_the_cpu_share_a_worker(start_stand_in, tmp_path):
    worker = start_stand_in(TRAINING + "serve('cpu')")
    assert len({pid_that_trained(worker, tmp_path) for _ in range(3)}) == 1


def test_worker_with_a_job_is_replaced_after_it(start_stand_in, tmp_path):
    """The second of two jobs sent together has begun, or goes to the next worker; neither is lost."""
    slow = TRAINING.replace("            end(", "            time.sleep(0.3); end(")
    worker = start_stand_in(slow + "serve('gpu:0')")
    worker.ear.wait_for(WorkerStarted)
    for job in ("first", "second"):
        worker.client.send(Train(job=job, recipe={}, parent=str(tmp_path)))
    worker.ear.wait_for(RunStarted)
    worker.client.renew()
    worker.ear.wait_for(RunEnded, count=2)
    worker.ear.wait_for(WorkerStarted, count=2)
    assert {event.job for event in worker.ear.of(RunEnded)} == {"first", "second"}
    assert not worker.ear.of((WorkerLost, JobFailed))


@pytest.mark.parametrize(("device", "replaced"), [("gpu:0", True), ("cpu", False)])
def test_memory_is_freed_where_a_gpu_was_only_probed(start_stand_in, device, replaced):
    worker = start_stand_in(TRAINING + f"serve({device!r})")
    worker.client.send(ListDevices())
    worker.ear.wait_for(DevicesListed)
    pid = worker.client.pid
    worker.client.free_accelerators()
    if replaced:
        worker.ear.wait_for(WorkerStarted, count=2)
        assert has_ended(pid, 5)
        worker.client.free_accelerators()  # this one has touched no GPU yet
    worker.client.send(ListDevices())
    worker.ear.wait_for(DevicesListed, count=2)
    assert len(worker.ear.of(WorkerStarting)) == 1 + replaced


def test_idle_worker_that_grew_too_large_is_replaced_once_it_has_worked(tmp_path):
    code = TRAINING + "threading.Thread(target=beat, args=(3_000,), daemon=True).start()\nserve('cpu')"
    worker = Worker(stand_in(code))
    worker.client._most_idle_bytes = 2_000
    worker.client.start()
    try:
        worker.ear.wait_for(HeartBeaten, count=10)
        first = worker.client.pid
        assert pid_that_trained(worker, tmp_path) == first  # large from the start: it was left alone
        worker.ear.wait_for(WorkerStarted, count=2)
        worker.ear.wait_for(HeartBeaten, len(worker.ear.heard), count=10)
        assert len(worker.ear.of(WorkerStarting)) == 2  # the next one, as large, has not worked
        assert not worker.ear.of(WorkerLost)
    finally:
        worker.client.close()


def test_worker_that_does_not_go_is_killed(start_stand_in, tmp_path):
    worker = start_stand_in("os._exit = lambda code: time.sleep(60)\n" + TRAINING + "serve('gpu:0')")
    began = time.monotonic()
    first = pid_that_trained(worker, tmp_path)
    assert pid_that_trained(worker, tmp_path) != first
    assert time.monotonic() - began < 10
    assert has_ended(first, 1)


LITTERING = """
import tempfile
greet()
open(os.path.join(tempfile.gettempdir(), "__autograph_generated_file.py"), "w").close()
send(event="stage", job="", text=tempfile.gettempdir())
while True: receive()
"""


@pytest.mark.parametrize("end", ["closed", "killed"])
def test_temporary_folder_of_a_worker_goes_with_it(start_stand_in, end):
    worker = start_stand_in(LITTERING)
    folder = Path(worker.ear.wait_for(StageEntered).text)
    assert folder.parent == Path(tempfile.gettempdir())
    assert (folder / "__autograph_generated_file.py").exists()
    if end == "closed":
        worker.client.close()
    else:
        os.kill(worker.client.pid, signal.SIGKILL)
        assert Path(worker.ear.wait_for(StageEntered, count=2).text) != folder
    assert not folder.exists()
