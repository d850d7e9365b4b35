"""Everything is told on one thread of the client's, whoever's call or failure it is the news of."""

import sys
import threading

from hearing import Worker

from cnn_studio.core.protocol.commands import Train
from cnn_studio.core.protocol.events import JobCanceled, JobFailed, WorkerStarted
from cnn_studio.worker.client import WorkerLost, WorkerStarting
from cnn_studio.worker.framing import LARGEST_FRAME_BYTES

DEAF = "greet()\nwhile True: receive()"


def told_by(worker):
    """Return the one thread that told everything."""
    (thread,) = worker.ear.threads
    assert thread is not threading.current_thread()
    return thread


def train(worker, recipe=None):
    job, since = worker.ask(lambda job: Train(job=job, recipe=recipe or {}, parent=""))
    return job, since


def test_cancel_while_the_engine_loads_is_not_answered_inside_the_call(start_stand_in):
    worker = start_stand_in("while True: receive()")
    worker.ear.wait_for(WorkerStarting)
    job, since = train(worker)
    worker.client.cancel(job)
    worker.ear.wait_for(JobCanceled, since)
    told_by(worker)


def test_job_sent_to_an_engine_that_was_given_up_is_not_refused_inside_the_call(tmp_path):
    worker = Worker([str(tmp_path / "no such program")])
    worker.client.start()
    worker.ear.wait_for(WorkerLost)
    _, since = train(worker)
    worker.ear.wait_for(JobFailed, since)
    told_by(worker)
    worker.client.close()


def test_command_too_large_fails_on_the_same_thread_and_its_job_is_over(start_stand_in):
    worker = start_stand_in(DEAF)
    worker.ear.wait_for(WorkerStarted)
    job, since = train(worker, {"name": "x" * (LARGEST_FRAME_BYTES)})
    assert worker.ear.wait_for(JobFailed, since).job == job
    told_by(worker)
    worker.client.renew()  # nothing is under way: the next worker comes at once
    worker.ear.wait_for(WorkerStarted, since, seconds=10)
    assert len(worker.ear.of(JobFailed)) == 1


def test_client_may_be_closed_from_what_it_tells():
    closed = threading.Event()
    worker = Worker([sys.executable, "-c", "import sys; sys.stdin.read()"])
    ear = worker.ear

    def hear(event):
        ear(event)
        if isinstance(event, WorkerStarting):
            worker.client.close()
            closed.set()

    worker.client._on_event = hear
    worker.client.start()
    assert closed.wait(10)
