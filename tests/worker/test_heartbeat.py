"""What the worker says of itself once a second."""

import psutil
import pytest

from cnn_studio.core.protocol.events import HeartBeaten


def test_heartbeats_carry_the_processes_memory_and_processor_time(worker):
    """Beside what psutil reads of the same process."""
    since = len(worker.ear.heard)
    last = worker.ear.wait_for(HeartBeaten, since, count=2)
    before = worker.ear.of(HeartBeaten, since)[0]
    process = psutil.Process(worker.client.pid)
    taken = process.cpu_times()
    assert last.cpu_seconds == pytest.approx(taken.user + taken.system, rel=0.1, abs=0.5)
    assert last.cpu_seconds >= before.cpu_seconds
    assert last.clock_seconds - before.clock_seconds >= 0.9  # once a second
    assert last.resident_bytes == pytest.approx(process.memory_info().rss, rel=0.2)
    assert last.accelerator_bytes == 0  # nothing is trained on a GPU here
