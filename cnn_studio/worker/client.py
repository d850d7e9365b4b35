"""The window's side of the seam: starts the worker, hears it, cancels it, replaces it when it dies.

No Qt here and no waiting for the caller: each method returns at once, everything that can block happens
on the client's own threads, and `on_event` is called on one of them.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from cnn_studio.core.events import (
    PROTOCOL_VERSION,
    AnyCommand,
    AnyEvent,
    Cancel,
    Evaluate,
    EvaluationEnded,
    Export,
    ExportEnded,
    HeartBeaten,
    JobCancelled,
    JobFailed,
    Resume,
    RunEnded,
    Train,
    WorkerStarted,
)
from cnn_studio.worker.protocol import FrameWriter, ProtocolError, event_reader

SECONDS_TO_TERMINATE = 2.0
SECONDS_TO_KILL = 3.0
MOST_FAILED_STARTS = 3
JOB_ENDS = (RunEnded, EvaluationEnded, ExportEnded, JobCancelled, JobFailed)

JOBS = (Train, Resume, Evaluate, Export)

log = logging.getLogger(__name__)


class WorkerLost(msgspec.Struct, frozen=True, kw_only=True):
    """The worker ended without being asked to; `restarting` says whether a fresh one is coming."""

    reason: str
    restarting: bool


class WorkerStarting(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process was started and is loading TensorFlow."""

    pid: int


Heard = AnyEvent | WorkerLost | WorkerStarting


def worker_command() -> list[str]:
    """Return the argv that starts a worker: a module of this Python, or the frozen program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-m", "cnn_studio.worker"]


@contextlib.contextmanager
def suppressing_close(stream: IO[bytes]) -> Iterator[None]:
    """Close a stream at the end of the block, also where it was closed or broken before."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            stream.close()


class WorkerClient:
    """A worker process that is replaced when it dies.

    Args:
        on_event: Called on a thread of the client's with each event, `WorkerStarting` and `WorkerLost`.
        log_path: Where the worker's standard error goes; None discards it.
        command: The argv to start; tests put a stand-in here.
    """

    def __init__(
        self,
        on_event: Callable[[Heard], None],
        log_path: Path | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        self._on_event = on_event
        self._log_path = log_path
        self._command = list(command or worker_command())
        self._outbox: queue.SimpleQueue[AnyCommand | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._serving = False
        self._given_up = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: FrameWriter | None = None
        self._jobs: dict[str, list[threading.Timer]] = {}
        self._ready = threading.Event()
        self._closing = False
        self._failed_starts = 0
        self._threads = [
            threading.Thread(target=self._live, name="worker events", daemon=True),
            threading.Thread(target=self._post, name="worker commands", daemon=True),
        ]

    @property
    def pid(self) -> int | None:
        """The worker's process number, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the worker in the background."""
        for thread in self._threads:
            thread.start()

    def send(self, command: AnyCommand) -> None:
        """Queue a command; it is sent as soon as the worker reads."""
        if command.job:
            with self._lock:
                self._jobs.setdefault(command.job, [])
        self._outbox.put(command)
        if self._given_up:
            self._fail_jobs(self._given_up, False)

    def tell(self, command: AnyCommand) -> None:
        """Queue a wish about a running job; it begins no job of its own."""
        self._outbox.put(command)

    def cancel(self, job: str) -> None:
        """Stop a job: ask, end the process after 2 s without an answer, kill it after 3 s more.

        Asking again does not wait: it ends the process at once.
        """
        with self._lock:
            ladder = self._jobs.get(job)
            if ladder is None:
                return
            loading = not self._serving
            if loading:
                del self._jobs[job]
        if loading:  # the engine will drop the job before it begins; nobody has to wait for that
            self._outbox.put(Cancel(job=job))
            self._on_event(JobCancelled(job=job))
            return
        with self._lock:
            if ladder:
                for rung in ladder:
                    rung.cancel()
                ladder[:] = [
                    threading.Timer(0.0, self._end, (False,)),
                    threading.Timer(SECONDS_TO_KILL, self._end, (True,)),
                ]
            else:
                self._outbox.put(Cancel(job=job))
                ladder[:] = [
                    threading.Timer(SECONDS_TO_TERMINATE, self._end, (False,)),
                    threading.Timer(SECONDS_TO_TERMINATE + SECONDS_TO_KILL, self._end, (True,)),
                ]
            for rung in ladder:
                rung.daemon = True
                rung.start()

    def close(self, timeout: float = 2.0) -> None:
        """End the worker and the client's threads.

        Closing its standard input ends an idle worker at once; one that has not gone after `timeout`
        seconds is killed.
        """
        with self._starting:  # a worker that is just being started is waited for, and then ended
            self._closing = True
        self._ready.set()
        self._outbox.put(None)
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                process.stdin.close()
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with self._lock:
            rungs = [rung for ladder in self._jobs.values() for rung in ladder]
        for rung in rungs:
            rung.cancel()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _live(self) -> None:
        """Start workers and read what they say, one after the other, until closed."""
        while not self._closing:
            try:
                reason = self._one_life()
            except OSError as error:
                reason = f"It could not be started: {error}."
                self._failed_starts = MOST_FAILED_STARTS
            if self._closing:
                return
            again = self._failed_starts < MOST_FAILED_STARTS
            log.warning("The worker ended: %s", reason)
            self._fail_jobs(reason, again)
            self._on_event(WorkerLost(reason=reason, restarting=again))
            if not again:
                self._given_up = reason
                self._fail_jobs(reason, False)  # what was sent while the last one died
                return

    def _one_life(self) -> str:
        self._failed_starts += 1
        with self._starting, contextlib.ExitStack() as stack:
            if self._closing:
                return "It was closed."
            errors: int | IO[bytes] = subprocess.DEVNULL
            if self._log_path is not None:
                self._log_path.parent.mkdir(parents=True, exist_ok=True)
                errors = stack.enter_context(self._log_path.open("ab"))
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
            )
            self._process = process
        assert process.stdin is not None and process.stdout is not None
        with self._starting:
            self._writer = FrameWriter(process.stdin)  # type: ignore[arg-type]
            self._ready.set()
        self._on_event(WorkerStarting(pid=process.pid))
        with (
            suppressing_close(process.stdin),
            open(process.stdout.fileno(), "rb", closefd=False) as stream,
            process.stdout,
        ):
            reader = event_reader(stream)
            problem = ""
            while True:
                try:
                    event = reader.read()
                except (ProtocolError, OSError) as error:
                    problem = f"It sent something that is not understood: {error}."
                    process.kill()
                    break
                if event is None:
                    break
                self._hear(event)
        code = process.wait()
        return problem or _ending(code)

    def _hear(self, event: AnyEvent) -> None:
        if isinstance(event, WorkerStarted):
            self._failed_starts = 0
            self._serving = True
            if event.protocol != PROTOCOL_VERSION:
                self._on_event(
                    JobFailed(what="The engine is of another version.", why=f"Protocol {event.protocol}.")
                )
        if event.job and not isinstance(event, HeartBeaten):
            with self._lock:
                ladder = (
                    self._jobs.pop(event.job, [])
                    if isinstance(event, JOB_ENDS)
                    else self._jobs.get(event.job, [])
                )
                answered = isinstance(event, JOB_ENDS) or event.__struct_config__.tag == "stage"
                if answered:  # it is stopping or has stopped: let it keep what was learned
                    for rung in ladder:
                        rung.cancel()
        self._on_event(event)

    def _post(self) -> None:
        """Send what is queued; a command for a worker that has just died goes to the next one."""
        while (command := self._outbox.get()) is not None:
            while not self._closing and self._ready.wait() and not self._closing:
                if self._is_over(command):
                    break
                writer = self._writer
                try:
                    writer.write(command)  # type: ignore[union-attr]
                except (OSError, ValueError, AttributeError):
                    with self._starting:
                        if writer is self._writer:  # else the next worker is there already
                            self._ready.clear()
                    continue
                except ProtocolError as error:
                    self._on_event(
                        JobFailed(job=command.job, what="The command is too large.", why=str(error))
                    )
                break

    def _is_over(self, command: AnyCommand) -> bool:
        """Whether a job was reported as ended before its command could be sent."""
        with self._lock:
            return isinstance(command, JOBS) and command.job not in self._jobs

    def _fail_jobs(self, reason: str, again: bool) -> None:
        self._ready.clear()
        self._serving = False
        with self._lock:
            lost, self._jobs = self._jobs, {}
        for job, ladder in lost.items():
            asked = bool(ladder)
            for rung in ladder:
                rung.cancel()
            if asked:
                self._on_event(JobCancelled(job=job))
                continue
            self._on_event(
                JobFailed(
                    job=job,
                    what="The engine stopped in the middle of its work.",
                    why=reason,
                    remedy="A fresh engine is starting; what finished epochs left is kept. Start again."
                    if again
                    else "Restart CNN Studio; the log says more.",
                )
            )

    def _end(self, kill: bool) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            if kill:
                process.kill()
            else:
                process.terminate()


def _ending(code: int) -> str:
    if code < 0:
        return f"Its process was ended by signal {-code}."
    return f"Its process ended with exit status {code}."
