"""What the worker's tests share: listening to a client, and stand-ins that misbehave on purpose."""

import sys
import threading
import time

import msgspec
import psutil

from cnn_studio.core.protocol.commands import Train
from cnn_studio.core.protocol.events import JOB_ENDS, BatchEnded
from cnn_studio.core.recipes.recipe import recipe_to_mapping
from cnn_studio.worker.client import WorkerClient

SECONDS = 60.0
LIMIT = 512

BY_HAND = """
import json, os, signal, struct, sys, time

def send(**fields):
    body = json.dumps(fields).encode()
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()

def receive():
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        os._exit(0)
    return json.loads(sys.stdin.buffer.read(struct.unpack("<I", head)[0]))

def greet():
    send(event="hello", protocol=1, pid=os.getpid(), versions={}, seconds=0.0)

def batch(job):
    send(event="batch", job=job, epoch=1, step=1, steps=9, loss=1.0, accuracy=0.5,
         learning_rate=0.1, images_per_second=1.0)
"""
"""What every stand-in can do: frames put together by hand, so that they check the real ones."""


class Ear:
    """What a client hears, in order, and waiting for it."""

    def __init__(self):
        self.heard = []
        self.threads = set()
        self._news = threading.Condition()

    def __call__(self, event):
        self.threads.add(threading.current_thread())
        with self._news:
            self.heard.append(event)
            self._news.notify_all()

    def wait_for(self, kind, since=0, count=1, seconds=SECONDS):
        """Return the event number `count` of a type among those heard after number `since`."""
        end = time.monotonic() + seconds
        with self._news:
            while len(found := self.of(kind, since)) < count:
                left = end - time.monotonic()
                assert left > 0, (
                    f"{len(found)} of {count} {kind} in {seconds} s; last heard: {self.heard[-5:]}"
                )
                self._news.wait(left)
        return found[count - 1]

    def of(self, kind, since=0):
        return [event for event in self.heard[since:] if isinstance(event, kind)]


class Worker:
    """A client with its ear."""

    def __init__(self, command=None, log=None):
        self.ear = Ear()
        self.client = WorkerClient(self.ear, log, command)
        self._jobs = 0

    def ask(self, make):
        """Send `make(job)`; return the job's name and how much was heard before."""
        self._jobs += 1
        job, since = f"job{self._jobs}", len(self.ear.heard)
        self.client.send(make(job))
        return job, since

    def do(self, make):
        """Send `make(job)`, wait for its end, and return everything heard of the job."""
        job, since = self.ask(make)
        self.ear.wait_for(JOB_ENDS, since)
        return [event for event in self.ear.heard[since:] if getattr(event, "job", "") == job]

    def train_and_cancel(self, recipe, parent):
        """Cancel a training at its first batch; return how it ended."""
        job, since = self.ask(lambda job: Train(job=job, recipe=recipe, parent=str(parent), limit=LIMIT))
        self.ear.wait_for((BatchEnded, *JOB_ENDS), since)
        self.client.cancel(job)
        return self.ear.wait_for(JOB_ENDS, since)


def stand_in(code):
    """Return the argv of a worker that runs the given Python code."""
    return [sys.executable, "-u", "-c", BY_HAND + code]


def with_epochs(recipe, epochs):
    """Return a recipe as it travels, with another number of epochs."""
    training = msgspec.structs.replace(recipe.training, epochs=epochs)
    return recipe_to_mapping(msgspec.structs.replace(recipe, training=training))


def has_ended(pid, seconds=10.0):
    """Wait for a process to end and tell whether it did; a zombie has ended."""
    try:
        psutil.Process(pid).wait(seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def client_threads():
    """Return the threads that belong to clients: three each, and the timers of escalations."""
    return {
        thread
        for thread in threading.enumerate()
        if thread.name in ("worker events", "worker commands", "worker news")
        or isinstance(thread, threading.Timer)
    }
