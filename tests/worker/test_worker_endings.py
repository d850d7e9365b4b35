"""How a worker's process ends, and that nothing but frames leaves its standard output."""

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hearing import LIMIT, has_ended, stand_in

from cnn_studio.core.protocol.commands import Train
from cnn_studio.core.protocol.events import HeartBeaten, RunEnded, WorkerStarted
from cnn_studio.worker.client import WorkerStarting, worker_command

NOISY = """
import os, sys
from cnn_studio.core.protocol.commands import ListDevices
from cnn_studio.worker import jobs, server

def devices(desk, command):
    print("printed by the engine", flush=True)
    os.write(1, b"written by a library")
    jobs.list_devices(desk, command)

jobs.JOBS[ListDevices] = devices
server.main()
"""

PARENT = """
import sys, threading
from cnn_studio.core.protocol.commands import Train
from cnn_studio.core.protocol.events import HeartBeaten, RunEnded, WorkerStarted
from cnn_studio.worker.client import WorkerClient

alive = threading.Event()
client = WorkerClient(lambda event: alive.set() if isinstance(event, HeartBeaten) else None)
client.start()
alive.wait()
print(client.pid, flush=True)
threading.Event().wait()
"""


def frame(content):
    body = json.dumps(content).encode()
    return struct.pack("<I", len(body)) + body


def frames_in(sent):
    """Every frame in the bytes, which must hold nothing else."""
    found, place = [], 0
    while place < len(sent):
        (length,) = struct.unpack_from("<I", sent, place)
        assert len(sent) >= place + 4 + length
        found.append(json.loads(sent[place + 4 : place + 4 + length].decode()))
        place += 4 + length
    return found


@pytest.fixture
def process():
    """Start a process with pipes; it is killed at the end where it still runs."""
    made = []

    def start(command):
        made.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
        return made[-1]

    yield start
    for one in made:
        one.kill()
        one.wait()
        for pipe in (one.stdin, one.stdout, one.stderr):
            pipe.close()


def test_standard_output_carries_only_frames_and_shutdown_ends_with_status_0(process, quick, tmp_path):
    noisy = process([sys.executable, "-c", NOISY])
    run = {"command": "start", "job": "t", "recipe": quick, "parent": str(tmp_path), "limit": 256}
    commands = [{"command": "devices", "job": "d"}, run, {"command": "shutdown"}]
    noisy.stdin.write(b"".join(map(frame, commands)))
    noisy.stdin.flush()
    with contextlib.closing(noisy.stdin):
        sent = noisy.stdout.read()  # until the process ends by itself, its standard input still open
    assert noisy.wait(10) == 0
    events = [content["event"] for content in frames_in(sent)]
    assert [name for name in events if name in ("hello", "devices", "started", "done")] == [
        "hello", "devices", "started", "done",
    ]  # fmt: skip
    errors = noisy.stderr.read()
    assert b"printed by the engine" in errors
    assert b"written by a library" in errors


def test_closing_standard_input_ends_the_worker_while_it_loads(process):
    loading = process(worker_command())
    loading.stdin.close()
    assert loading.wait(10) == 0


def test_worker_ends_when_nobody_reads_what_it_says(process):
    unheard = process(worker_command())
    unheard.stdout.close()
    assert unheard.wait(30) == 0  # at its next heartbeat


@pytest.mark.timeout(60)
def test_oversized_frame_gets_one_complaint(process):
    """The bytes of a refused frame must not be taken for the beginnings of others."""
    asked = process(worker_command())
    sent, _ = asked.communicate(struct.pack("<I", 2**20 + 1) + b"x" * (2**20 + 1))
    complaints = [content for content in frames_in(sent) if content["event"] == "failed"]
    assert len(complaints) <= 1


def test_closing_the_client_ends_an_idle_worker(own_worker):
    own_worker.client.start()
    pid = own_worker.ear.wait_for(WorkerStarting).pid
    own_worker.ear.wait_for(HeartBeaten)
    own_worker.client.close()
    assert has_ended(pid, 3)
    assert own_worker.client.pid is None


@pytest.mark.parametrize("attempt", range(5))
def test_closing_right_after_the_start_leaves_no_process(start_stand_in, attempt):
    del attempt  # the moment differs from one to the next
    before = psutil.Process().children()  # workers of other tests
    worker = start_stand_in("greet()\nwhile True: receive()")
    worker.client.close()
    left = [child for child in psutil.Process().children() if child not in before]
    assert psutil.wait_procs(left, 2)[1] == []


def test_closing_kills_a_worker_that_does_not_listen(start_stand_in):
    worker = start_stand_in(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ngreet()\nwhile True: time.sleep(60)"
    )
    pid = worker.ear.wait_for(WorkerStarting).pid
    worker.client.close(timeout=0.2)
    assert has_ended(pid, 3)


def test_killed_parent_leaves_no_worker():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        try:
            folder = Path(psutil.Process(pid).environ()["TMPDIR"])
            assert folder.is_dir()
            parent.send_signal(signal.SIGKILL)
            parent.wait(5)
            assert has_ended(pid, 5)
            assert not folder.exists()  # nobody else is left to remove it
        finally:
            parent.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_stand_ins_speak_by_hand():
    """The stand-ins' own frames are checked too: they judge the client."""
    done = subprocess.run(stand_in("greet()\nbatch('j')"), capture_output=True, check=True, timeout=20)
    assert [content["event"] for content in frames_in(done.stdout)] == ["hello", "batch"]


def test_modules_lying_in_the_current_folder_are_not_taken_for_the_libraries(
    own_worker, tmp_path, monkeypatch
):
    for name in ("keras", "random", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a student’s own file')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    own_worker.client.start()
    assert own_worker.ear.wait_for(WorkerStarted).versions["keras"]


def test_window_closed_with_the_news_of_a_run_leaves_its_epochs_able_to_answer(own_worker, quick, tmp_path):
    own_worker.client.start()
    _, since = own_worker.ask(lambda job: Train(job=job, recipe=quick, parent=str(tmp_path), limit=LIMIT))
    run = Path(own_worker.ear.wait_for(RunEnded, since).run)
    own_worker.client.close()
    assert (run / "epochs" / "network.onnx").is_file()
    assert not list((run / "epochs").glob(".*"))  # nothing half written
