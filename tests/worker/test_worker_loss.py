"""A worker that dies: a clear message, a fresh one, and an end to trying where that does not help."""

import json
import os
import signal

import pytest
from hearing import Worker

from cnn_studio.core.protocol.commands import ListDevices, Train
from cnn_studio.core.protocol.events import BatchEnded, JobFailed, RunEnded, StageEntered, WorkerStarted
from cnn_studio.worker.client import WorkerLost, WorkerStarting

SERVING = "greet()\nwhile True:\n    command = receive()\n"


def test_worker_killed_in_an_epoch_is_explained_and_replaced(own_worker, endless, quick, tmp_path):
    own_worker.client.start()
    own_worker.ear.wait_for(WorkerStarted)
    job, since = own_worker.ask(
        lambda job: Train(job=job, recipe=endless, parent=str(tmp_path / "a"), limit=2000)
    )
    own_worker.ear.wait_for(BatchEnded, since)
    killed = own_worker.client.pid
    os.kill(killed, signal.SIGKILL)
    failed = own_worker.ear.wait_for(JobFailed, since)
    assert failed.job == job
    assert failed.what == "The engine stopped in the middle of its work."
    assert "signal 9" in failed.why
    assert failed.remedy
    assert own_worker.ear.wait_for(WorkerLost, since).restarting
    assert own_worker.ear.wait_for(WorkerStarted, since).pid != killed
    parent = tmp_path / "b"
    said = own_worker.do(lambda job: Train(job=job, recipe=quick, parent=str(parent), limit=512))
    assert isinstance(said[-1], RunEnded)
    (run,) = parent.glob("*/run.json")
    assert json.loads(run.read_text())["status"] == "finished"


def test_worker_that_dies_at_every_start_is_given_up_after_3(start_stand_in):
    worker = start_stand_in("sys.exit(7)")
    lost = worker.ear.wait_for(WorkerLost, count=3)
    assert [one.restarting for one in worker.ear.of(WorkerLost)] == [True, True, False]
    assert lost.reason == "Its process ended with exit status 7."
    assert len(worker.ear.of(WorkerStarting)) == 3
    assert worker.client.pid is None


def test_job_waiting_for_a_worker_that_never_starts_fails(start_stand_in, tmp_path):
    worker = start_stand_in("time.sleep(0.2); sys.exit(7)")
    job, since = worker.ask(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))
    assert worker.ear.wait_for(JobFailed, since).job == job


def test_job_asked_for_after_giving_up_fails(start_stand_in, tmp_path):
    """Nobody will ever answer it; a window that waits would be stuck."""
    worker = start_stand_in("sys.exit(7)")
    worker.ear.wait_for(WorkerLost, count=3)
    job, since = worker.ask(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))
    failed = worker.ear.wait_for(JobFailed, since)
    assert failed.job == job
    assert failed.remedy


def test_program_that_cannot_be_started_is_explained(tmp_path):
    worker = Worker([str(tmp_path / "no such program")])
    worker.client.start()
    lost = worker.ear.wait_for(WorkerLost)
    worker.client.close()
    assert not lost.restarting
    assert "could not be started" in lost.reason


@pytest.mark.parametrize("garbage", ["b'Hello, World'", "struct.pack('<I', 2) + b'{}'", "b'\\xff' * 64"])
def test_worker_that_talks_nonsense_is_replaced(start_stand_in, garbage):
    worker = start_stand_in(
        f"greet()\nsys.stdout.buffer.write({garbage})\nsys.stdout.buffer.flush()\nwhile True: receive()"
    )
    lost = worker.ear.wait_for(WorkerLost)
    assert "not understood" in lost.reason
    assert lost.restarting
    worker.ear.wait_for(WorkerStarting, count=2)


def test_a_good_start_forgives_earlier_failures(start_stand_in, tmp_path):
    """Deaths of a worker that did start are not counted as failed starts, however many."""
    worker = start_stand_in(SERVING + "    os._exit(9)\n")
    for number in range(1, 6):
        worker.ear.wait_for(WorkerStarted, count=number)
        since = len(worker.ear.heard)
        worker.client.send(Train(job=f"t{number}", recipe={}, parent=str(tmp_path)))
        assert worker.ear.wait_for(JobFailed, since).job == f"t{number}"
    assert all(lost.restarting for lost in worker.ear.of(WorkerLost))


def test_job_that_failed_with_its_worker_is_not_run_by_the_next_one(start_stand_in, tmp_path):
    """What a person was told has failed must not train in the background."""
    begun = tmp_path / "begun"
    worker = start_stand_in(
        SERVING
        + f"    with open({str(begun)!r}, 'a') as file: print(os.getpid(), command['job'], file=file)\n"
        + "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    worker.ear.wait_for(WorkerStarted)
    jobs = [f"t{number}" for number in range(30)]
    for job in jobs:
        worker.client.send(Train(job=job, recipe={}, parent=str(tmp_path)))
    worker.ear.wait_for(JobFailed, count=len(jobs))
    told, lives = {}, {}
    for number, event in enumerate(worker.ear.heard):
        if isinstance(event, JobFailed):
            told.setdefault(event.job, number)
        elif isinstance(event, WorkerStarting):
            lives[event.pid] = number
    begun_in = [line.split() for line in begun.read_text().splitlines()]
    assert [job for pid, job in begun_in if lives[int(pid)] > told[job]] == []
    assert set(told) == set(jobs)


def test_commands_sent_before_the_worker_reads_arrive_in_order(start_stand_in):
    worker = start_stand_in(
        "time.sleep(0.5)\n"
        + SERVING
        + "    send(event='stage', job=command['job'], text=command['command'])\n"
    )
    for number in range(50):
        worker.client.send(ListDevices(job=str(number)))
    worker.ear.wait_for(StageEntered, count=50)
    assert [event.job for event in worker.ear.of(StageEntered)] == [str(number) for number in range(50)]
