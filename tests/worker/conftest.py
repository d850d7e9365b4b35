"""Workers: one real one for the whole session, one for a single test, and stand-ins."""

import psutil
import pytest
from hearing import Worker, client_threads, has_ended, stand_in, with_epochs

from cnn_studio.core.protocol.events import WorkerStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.worker.client import WorkerStarting


@pytest.fixture(scope="session")
def worker(tmp_path_factory):
    """A real worker that has said hello; tests leave it alive."""
    made = Worker(log=tmp_path_factory.mktemp("worker") / "log")
    made.client.start()
    made.ear.wait_for(WorkerStarted)
    yield made
    made.client.close()


@pytest.fixture
def own_worker(tmp_path):
    """A real worker for one test, not started yet."""
    made = Worker(log=tmp_path / "log")
    yield made
    made.client.close()


@pytest.fixture
def start_stand_in():
    """Start a client whose worker runs the given Python code."""
    made = []

    def start(code):
        made.append(Worker(stand_in(code)))
        made[-1].client.start()
        return made[-1]

    yield start
    left = []
    for worker in made:
        worker.client.close()
        for started in worker.ear.of(WorkerStarting):
            if not has_ended(started.pid, 1):
                left.append(started.pid)
                psutil.Process(started.pid).kill()  # the next test starts clean
    assert not left, f"workers left running: {left}"


@pytest.fixture(autouse=True)
def no_client_thread_left():
    """Fail a test that leaves a client's thread running (they are daemons, which nobody else counts)."""
    before = client_threads()
    yield
    left = client_threads() - before
    for thread in left:
        thread.join(5)
    assert not [thread.name for thread in left if thread.is_alive()]


@pytest.fixture(scope="session")
def quick():
    """The preset `studio-quick` as it travels, one epoch."""
    return with_epochs(find_recipe("studio-quick"), 1)


@pytest.fixture(scope="session")
def endless():
    """The same with more epochs than any test waits for."""
    return with_epochs(find_recipe("studio-quick"), 10_000)
