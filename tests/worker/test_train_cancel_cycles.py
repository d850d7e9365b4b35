"""Twenty trainings begun and canceled leave no process, no thread and no growing memory behind."""

import threading

import psutil
from hearing import client_threads, has_ended

from cnn_studio.core.protocol.events import RunEnded, WorkerStarted

CYCLES = 20
WARM_UP = 5
LARGEST_GROWTH_BYTES = 250e6
"""A third of what 15 cycles would add if each kept the 47 MB of the training images; what was measured
is 30 to 110 MB, most of it the allocator's."""


def test_twenty_train_cancel_cycles_leave_nothing_behind(own_worker, endless, tmp_path):
    children, threads = set(psutil.Process().children(recursive=True)), client_threads()
    own_worker.client.start()
    own_worker.ear.wait_for(WorkerStarted)
    process = psutil.Process(own_worker.client.pid)
    before = set(threading.enumerate())
    resident = []
    for _ in range(CYCLES):
        ended = own_worker.train_and_cancel(endless, tmp_path)
        assert isinstance(ended, RunEnded)
        assert ended.stopped
        resident.append(process.memory_info().rss)
    assert set(threading.enumerate()) <= before | threads
    assert set(psutil.Process().children(recursive=True)) - children == {process}
    assert resident[-1] - resident[WARM_UP - 1] < LARGEST_GROWTH_BYTES, [size // 10**6 for size in resident]
    assert len(list(tmp_path.glob("*/run.json"))) == CYCLES
    own_worker.client.close()
    assert has_ended(process.pid, 3)
    assert client_threads() <= threads
    assert set(psutil.Process().children(recursive=True)) <= children
