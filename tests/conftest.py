"""What every test gets: a home of its own, no network, no screen needed, nothing left behind."""

import os
import socket
import sys
import threading
import warnings

if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and sys.platform == "linux":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import hypothesis
import msgspec
import psutil
import pytest
from PIL import EpsImagePlugin

import cnn_studio.engine  # noqa: F401 - quietens TensorFlow before a test imports it; imports nothing itself

hypothesis.settings.register_profile("any machine", deadline=None)  # nothing here is a timed test
hypothesis.settings.load_profile("any machine")

LOOPBACK = ("127.", "::1", "localhost")
SECONDS_TO_END = 5


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    """Let a test be reported whatever that warns of.

    A warning is an error here, and one raised by a plugin that makes a report ends the whole session. Of a
    failing property Hypothesis imports LibCST, where it is there, and with it mypy's old extensions.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (yield)


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """Fail a test that leaves a thread or a child process running."""
    threads, children = set(threading.enumerate()), set(_children())
    yield
    left = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    for thread in left:
        thread.join(SECONDS_TO_END)
    alive = [thread.name for thread in left if thread.is_alive()]
    _, processes = psutil.wait_procs(
        [child for child in _children() if child not in children], SECONDS_TO_END
    )
    assert not alive, f"threads left running: {alive}"
    assert not processes, f"child processes left running: {processes}"


@pytest.fixture(autouse=True)
def studio_home(monkeypatch, tmp_path):
    """Keep a person's own files out of every test; the folder does not exist yet."""
    home = tmp_path / "home"
    monkeypatch.setenv("CNN_STUDIO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse connections that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise OSError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def ghostscript(monkeypatch, tmp_path):
    """Put a program in Ghostscript's place; the file returned is there once it was started."""
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # whether there is one, once looked up
    folder = tmp_path / "programs"
    folder.mkdir()
    program, started = folder / "gs", tmp_path / "started"
    program.write_text(f"#!/bin/sh\necho started >> '{started}'\necho 10.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return started


@pytest.fixture(scope="session")
def tiny_recipe():
    """The preset `studio-quick` cut to one epoch."""
    from cnn_studio.core.recipes.presets import find_recipe

    recipe = find_recipe("studio-quick")
    return msgspec.structs.replace(recipe, training=msgspec.structs.replace(recipe.training, epochs=1))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, tiny_recipe):
    """A run trained once for the whole session: 2,000 images, one epoch. Read it, do not change it."""
    from cnn_studio.engine.trainer import train

    folder = tmp_path_factory.mktemp("runs") / "tiny"
    return train(tiny_recipe, folder, lambda event: None, limit=2000)


def _children():
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found
