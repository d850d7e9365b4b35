"""The window's side of the boundary: starts the worker, receives its events, cancels it, replaces it when it dies.

No Qt here and no waiting for the caller: each method returns at once, everything that can block happens
on the client's own threads, and `on_event` is called on one of them, always the same.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import msgspec

from cnn_studio.core.base.automatic_device import is_processor
from cnn_studio.core.protocol.commands import (
    AnyCommand,
    Cancel,
    CrossValidate,
    Embed,
    Evaluate,
    Export,
    FineTune,
    Preview,
    Resume,
    Train,
)
from cnn_studio.core.protocol.events import (
    JOB_ENDS,
    PROTOCOL_VERSION,
    AnyEvent,
    DevicesListed,
    HeartBeaten,
    JobCanceled,
    JobFailed,
    RunStarted,
    StageEntered,
    WorkerStarted,
)
from cnn_studio.worker.escalation import SECONDS_TO_TERMINATE, CancelEscalation
from cnn_studio.worker.framing import FrameWriter, ProtocolError, event_reader
from cnn_studio.worker.worker_process import (
    WorkerLost,
    WorkerStarting,
    ending_in_words,
    start_worker,
    suppressing_close,
    worker_command,
)

MOST_FAILED_STARTS = 3
MOST_IDLE_BYTES = 2 * 2**30
"""Resident memory an idle worker may keep; one grows by about 4 MB a training."""
JOBS = (Train, Resume, Evaluate, CrossValidate, Embed, Export, FineTune, Preview)

__all__ = ["Heard", "WorkerClient", "WorkerLost", "WorkerStarting", "worker_command"]

log = logging.getLogger(__name__)


class _Renew(msgspec.Struct, frozen=True):
    """A request in the outbox: replace this worker with a new one."""

    worker: int


Heard = AnyEvent | WorkerLost | WorkerStarting


class WorkerClient:
    """A worker process that is replaced when it dies, and when it has become a burden.

    A GPU's memory is given back by the end of a process only, and what TensorFlow keeps of each training
    adds up: after a training on a GPU or TPU, or with too much memory, an idle worker makes room for another.

    Args:
        on_event: Called with each event, `WorkerStarting` and `WorkerLost`, one after the other and always on
            the same thread of the client's, never on a caller's; not before `start`, nor after `close`.
        log_path: Where the worker's standard error goes; None discards it.
        command: The argv to start; tests put a stand-in here.
        most_idle_bytes: Resident memory from which on an idle worker that has worked is replaced.
    """

    def __init__(
        self,
        on_event: Callable[[Heard], None],
        log_path: Path | None = None,
        command: Sequence[str] | None = None,
        most_idle_bytes: int = MOST_IDLE_BYTES,
    ) -> None:
        self._on_event = on_event
        self._log_path = log_path
        self._command = list(command or worker_command())
        self._most_idle_bytes = most_idle_bytes
        self._outbox: queue.SimpleQueue[AnyCommand | _Renew | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._serving = False
        self._given_up = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: FrameWriter | None = None
        self._jobs: dict[str, CancelEscalation] = {}
        self._sent: set[str] = set()
        self._worked = self._touched = self._accelerated = self._stale = False
        self._renewing = self._renewed = False
        self._ready = threading.Event()
        self._closing = False
        self._failed_starts = 0
        self._threads = [
            threading.Thread(target=self._live, name="worker events", daemon=True),
            threading.Thread(target=self._post, name="worker commands", daemon=True),
        ]
        self._news: queue.SimpleQueue[Heard | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell_news, name="worker news", daemon=True)

    @property
    def pid(self) -> int | None:
        """The worker's process number, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the worker in the background."""
        for thread in (self._teller, *self._threads):
            thread.start()

    def send(self, command: AnyCommand) -> None:
        """Queue a command; it is sent as soon as the worker reads."""
        if command.job:
            with self._lock:
                self._jobs.setdefault(command.job, CancelEscalation(partial(self._end, command.job)))
        self._outbox.put(command)
        if self._given_up:
            self._fail_jobs(self._given_up, False)

    def tell(self, command: AnyCommand) -> None:
        """Queue a request about a running job; it begins no job of its own."""
        self._outbox.put(command)

    def renew(self) -> None:
        """Replace this worker with a new one as soon as it has no job; what is sent meanwhile waits."""
        self._outbox.put(_Renew(self.pid or 0))

    def free_accelerators(self) -> None:
        """Give back the memory of GPUs and TPUs: a new worker, if this one has so much as probed one."""
        if self._touched:
            self.renew()

    def cancel(self, job: str) -> None:
        """Stop a job: ask, end the process after 2 s without an answer, kill it after 3 s more.

        Asking again does not wait: it ends the process at once.
        """
        with self._lock:
            escalation = self._jobs.get(job)
            if escalation is None:
                return
            if self._serving:
                if escalation.begin():
                    self._outbox.put(Cancel(job=job))
                return
            del self._jobs[job]  # the engine will drop it before it begins; nobody has to wait for that
        self._outbox.put(Cancel(job=job))
        self._news.put(JobCanceled(job=job))

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
            for escalation in self._jobs.values():
                escalation.stop()
        for thread in (*self._threads, self._teller):
            if thread is self._teller:
                self._news.put(None)  # after all that the others had to say
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(timeout)

    def _tell_news(self) -> None:
        """Hand on what is heard, until closed."""
        while (event := self._news.get()) is not None:
            self._on_event(event)

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
            if self._renewing:
                continue
            again = self._failed_starts < MOST_FAILED_STARTS
            log.warning("The worker ended: %s", reason)
            self._fail_jobs(reason, again)
            self._news.put(WorkerLost(reason=reason, restarting=again))
            if not again:
                self._given_up = reason
                self._fail_jobs(reason, False)  # what was sent while the last one died
                return

    def _one_life(self) -> str:
        self._failed_starts += 1
        with tempfile.TemporaryDirectory(prefix="cnn-studio-", ignore_cleanup_errors=True) as folder:
            return self._life_in(folder)

    def _life_in(self, folder: str) -> str:
        """Start a worker and receive its events to its end; what TensorFlow leaves in its temporary folder goes with it."""
        with self._lock:
            self._renewed, self._renewing = self._renewing, False
            self._worked = self._touched = self._accelerated = self._stale = False
            self._sent = set()
        with self._starting, contextlib.ExitStack() as stack:
            if self._closing:
                return "It was closed."
            errors: int | IO[bytes] = subprocess.DEVNULL
            if self._log_path is not None:
                self._log_path.parent.mkdir(parents=True, exist_ok=True)
                errors = stack.enter_context(self._log_path.open("ab"))
            process = start_worker(self._command, folder, errors)
            self._process = process
        assert process.stdin is not None and process.stdout is not None
        with self._starting:
            self._writer = FrameWriter(process.stdin)  # type: ignore[arg-type]
            self._ready.set()
        self._news.put(WorkerStarting(pid=process.pid, renewed=self._renewed))
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
                    problem = f"It sent a message that is not understood: {error}."
                    process.kill()
                    break
                if event is None:
                    break
                self._hear(event)
        code = process.wait()
        return problem or ending_in_words(code)

    def _hear(self, event: AnyEvent) -> None:
        if isinstance(event, WorkerStarted):
            self._failed_starts = 0
            self._serving = True
            if event.protocol != PROTOCOL_VERSION:
                self._news.put(
                    JobFailed(what="The engine is a different version.", why=f"Protocol {event.protocol}.")
                )
        if isinstance(event, RunStarted):
            self._accelerated = self._accelerated or not is_processor(event.device)
            self._touched = self._touched or self._accelerated
        if isinstance(event, DevicesListed):
            self._touched = any(each.usable and not is_processor(each.id) for each in event.devices)
        if isinstance(event, HeartBeaten) and event.resident_bytes > self._most_idle_bytes:
            self._renew_idle()
        if event.job and not isinstance(event, HeartBeaten):
            with self._lock:
                escalation = self._jobs.get(event.job)
                if escalation is not None and isinstance(event, StageEntered) and event.ending is True:
                    escalation.extend()  # let it keep what was learned
                if escalation is not None and isinstance(event, JOB_ENDS):
                    escalation.stop()
                if isinstance(event, JOB_ENDS):
                    self._jobs.pop(event.job, None)
                    self._sent.discard(event.job)
                    self._worked = True
            if isinstance(event, JOB_ENDS) and (self._stale or self._accelerated):
                self.renew()  # before the news of it: what is asked for next goes to the new worker
        self._news.put(event)

    def _renew_idle(self) -> None:
        """Ask for a new worker if this one has worked and has nothing to do; one that began so large may stay."""
        with self._lock:
            burden = self._worked and not self._sent and not self._stale
            self._stale = self._stale or burden
        if burden:
            self.renew()

    def _post(self) -> None:
        """Send what is queued; a command for a worker that has just died goes to the next one."""
        while (command := self._outbox.get()) is not None:
            if isinstance(command, _Renew):
                self._replace(command.worker)
                continue
            while not self._closing and self._ready.wait() and not self._closing:
                if self._is_over(command):
                    break
                writer = self._writer
                if isinstance(command, JOBS):
                    with self._lock:
                        self._sent.add(command.job)
                try:
                    writer.write(command)  # type: ignore[union-attr]
                except (OSError, ValueError, AttributeError):
                    with self._starting:
                        if writer is self._writer:  # else the next worker is there already
                            self._ready.clear()
                    continue
                except ProtocolError as error:
                    self._forget(command.job)
                    self._news.put(
                        JobFailed(job=command.job, what="The command is too large.", why=str(error))
                    )
                break

    def _replace(self, worker: int) -> None:
        """End a worker that has no job by closing its standard input; the next one starts when it has gone."""
        process = self._process
        if process is None or process.stdin is None or process.pid != worker or self._closing:
            return  # it has been replaced already
        with self._lock:
            if self._sent:
                self._stale = True
                return  # asked again when its job has ended
            if not self._serving:
                return  # a fresh one, still loading
            self._renewing, self._serving = True, False
        self._ready.clear()
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()
        try:
            process.wait(SECONDS_TO_TERMINATE)
        except subprocess.TimeoutExpired:
            process.kill()

    def _is_over(self, command: AnyCommand) -> bool:
        """Whether a job was reported as ended before its command could be sent."""
        with self._lock:
            return isinstance(command, JOBS) and command.job not in self._jobs

    def _forget(self, job: str) -> None:
        """Let go of a job that no worker will have."""
        with self._lock:
            self._sent.discard(job)
            escalation = self._jobs.pop(job, None)
            if escalation is not None:
                escalation.stop()

    def _fail_jobs(self, reason: str, again: bool) -> None:
        self._ready.clear()
        self._serving = False
        with self._lock:
            lost, self._jobs = self._jobs, {}
        for job, escalation in lost.items():
            escalation.stop()
            if escalation.requested:
                self._news.put(JobCanceled(job=job))
                continue
            self._news.put(
                JobFailed(
                    job=job,
                    what="The engine stopped in the middle of its work.",
                    why=reason,
                    remedy="A new engine is starting; finished epochs are kept. Start again."
                    if again
                    else "Restart CNN Studio; see the log for details.",
                )
            )

    def _end(self, job: str, kill: bool) -> None:
        """End the process that has a job; not if the job has ended meanwhile: it may have the next one."""
        with self._lock:
            process = self._process
            if job in self._jobs and process is not None and process.poll() is None:
                if kill:
                    process.kill()
                else:
                    process.terminate()
