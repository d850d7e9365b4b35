"""Stopping a worker that does not stop by itself: asked, ended after 2 s, killed after 3 s more."""

import queue
import time

import pytest

from cnn_studio.core.protocol.commands import Train
from cnn_studio.core.protocol.events import (
    BatchEnded,
    JobCanceled,
    JobFailed,
    StageEntered,
    WorkerStarted,
)
from cnn_studio.worker import escalation as escalation_module
from cnn_studio.worker.client import WorkerLost, WorkerStarting

DEAF = """
greet()
while True:
    command = receive()
    if command["command"] == "start":
        batch(command["job"])
"""
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + DEAF
SLACK = 1.5
"""Seconds that a busy machine may add to a rung."""


HANGING = """
greet()
while True:
    command = receive()
    if command["command"] == "start":
        batch(command["job"])
    if command["command"] == "cancel":
        send(event="stage", job=command["job"], text="Epoch 3: validating")
"""
SAVING = """
greet()
while True:
    command = receive()
    if command["command"] == "start":
        stage_first and send(event="stage", job=command["job"], text="Saving the network", ending=True)
        batch(command["job"])
    if command["command"] == "cancel":
        stage_first or send(event="stage", job=command["job"], text="Saving the network", ending=True)
        time.sleep(2.5)  # longer than the first timer
        send(event="canceled", job=command["job"])
"""


def start_job(worker, tmp_path):
    """Start a job on a stand-in and return it once it runs."""
    worker.ear.wait_for(WorkerStarted)
    job, since = worker.ask(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))
    worker.ear.wait_for(BatchEnded, since)
    return job, since


def canceled_after(worker, job, since, times=1):
    """Cancel and return how many seconds the job went on."""
    began = time.monotonic()
    for _ in range(times):
        worker.client.cancel(job)
    assert worker.ear.wait_for((JobCanceled, JobFailed), since) == JobCanceled(job=job)
    return time.monotonic() - began


def test_deaf_worker_is_ended_after_2_seconds_and_replaced(start_stand_in, tmp_path):
    worker = start_stand_in(DEAF)
    job, since = start_job(worker, tmp_path)
    first = worker.client.pid
    assert 2.0 <= canceled_after(worker, job, since) < 2.0 + SLACK
    assert worker.ear.wait_for(WorkerLost, since).restarting
    assert worker.ear.wait_for(WorkerStarting, since).pid != first
    start_job(worker, tmp_path)  # the fresh one works


def test_worker_deaf_to_sigterm_is_killed_3_seconds_later(start_stand_in, tmp_path):
    worker = start_stand_in(STUBBORN)
    job, since = start_job(worker, tmp_path)
    assert 5.0 <= canceled_after(worker, job, since) < 5.0 + SLACK
    assert "signal 9" in worker.ear.wait_for(WorkerLost, since).reason
    start_job(worker, tmp_path)


def test_stage_after_a_cancel_does_not_spare_a_worker_that_hangs(start_stand_in, tmp_path):
    worker = start_stand_in(HANGING)
    job, since = start_job(worker, tmp_path)
    assert 2.0 <= canceled_after(worker, job, since) < 2.0 + SLACK
    assert worker.ear.wait_for(WorkerLost, since).restarting
    assert [event.text for event in worker.ear.of(StageEntered, since)] == ["Epoch 3: validating"]


@pytest.mark.parametrize("stage_first", [False, True])
def test_job_that_is_saving_what_it_learned_is_given_its_time(start_stand_in, tmp_path, stage_first):
    worker = start_stand_in(f"stage_first = {stage_first}" + SAVING)
    job, since = start_job(worker, tmp_path)
    pid = worker.client.pid
    canceled_after(worker, job, since)
    assert not worker.ear.of(WorkerLost, since)
    start_job(worker, tmp_path)
    assert worker.client.pid == pid


def test_asking_twice_does_not_wait_for_a_job_that_is_saving(start_stand_in, tmp_path):
    worker = start_stand_in("stage_first = True" + SAVING.replace("2.5", "60"))
    job, since = start_job(worker, tmp_path)
    assert canceled_after(worker, job, since, times=2) < SLACK


def test_timer_that_comes_late_leaves_the_next_job_alone(start_stand_in, tmp_path):
    """A timer that has fired cannot be taken back: the process may have another job by then."""
    worker = start_stand_in(
        "greet()\n"
        "while True:\n"
        "    command = receive()\n"
        "    if command['command'] == 'start': batch(command['job'])\n"
        "    if command['command'] == 'cancel': send(event='canceled', job=command['job'])\n"
    )
    job, since = start_job(worker, tmp_path)
    escalation, pid = worker.client._jobs[job], worker.client.pid
    canceled_after(worker, job, since)
    start_job(worker, tmp_path)
    for timer in escalation._timers:
        timer.function(*timer.args)
    _, last = start_job(worker, tmp_path)
    assert worker.client.pid == pid
    assert not worker.ear.of(WorkerLost, since)
    assert last > since


def test_asking_twice_does_not_wait(start_stand_in, tmp_path):
    worker = start_stand_in(DEAF)
    job, since = start_job(worker, tmp_path)
    assert canceled_after(worker, job, since, times=2) < SLACK
    start_job(worker, tmp_path)


def test_asking_a_stubborn_worker_twice_still_kills_it(start_stand_in, tmp_path):
    worker = start_stand_in(STUBBORN)
    job, since = start_job(worker, tmp_path)
    assert canceled_after(worker, job, since, times=2) < 3.0 + SLACK


def test_worker_that_stops_in_time_is_not_ended(start_stand_in, tmp_path):
    worker = start_stand_in(
        "greet()\n"
        "while True:\n"
        "    command = receive()\n"
        "    if command['command'] == 'start': batch(command['job'])\n"
        "    if command['command'] == 'cancel': send(event='canceled', job=command['job'])\n"
    )
    job, since = start_job(worker, tmp_path)
    pid = worker.client.pid
    assert canceled_after(worker, job, since) < SLACK
    _, again = start_job(worker, tmp_path)
    assert worker.client.pid == pid
    assert not worker.ear.of(WorkerLost, since)
    assert again > since


def test_canceling_an_unknown_or_ended_job_does_nothing(start_stand_in):
    worker = start_stand_in(DEAF)
    worker.ear.wait_for(WorkerStarted)
    pid = worker.client.pid
    worker.client.cancel("never heard of")
    worker.client.cancel("never heard of")
    assert worker.client.pid == pid


def test_impatience_while_the_engine_loads_does_not_use_up_its_restarts(start_stand_in, tmp_path):
    """Train and Stop, four times, before TensorFlow is loaded: no start has failed."""
    worker = start_stand_in("while True: receive()")  # loads for ever
    for _ in range(4):
        worker.ear.wait_for(WorkerStarting, count=len(worker.ear.of(WorkerLost)) + 1)
        job, since = worker.ask(lambda job: Train(job=job, recipe={}, parent=str(tmp_path)))
        canceled_after(worker, job, since, times=2)
    assert all(lost.restarting for lost in worker.ear.of(WorkerLost))


def test_job_that_hangs_while_it_saves_is_ended_too(monkeypatch):
    monkeypatch.setattr(escalation_module, "SECONDS_TO_SAVE", 0.05)
    monkeypatch.setattr(escalation_module, "SECONDS_TO_TERMINATE", 3600.0)
    ended = queue.SimpleQueue()
    escalation = escalation_module.CancelEscalation(ended.put)
    assert escalation.begin()
    escalation.extend()
    assert ended.get(timeout=60) is False  # asked to terminate first
    escalation.stop()


def test_each_further_stage_of_saving_does_not_begin_the_wait_anew(monkeypatch):
    monkeypatch.setattr(escalation_module, "SECONDS_TO_SAVE", 3600.0)
    escalation = escalation_module.CancelEscalation(lambda kill: None)
    escalation.begin()
    escalation.extend()
    timers = list(escalation._timers)
    escalation.extend()
    assert escalation._timers == timers
    escalation.stop()
