"""The window, the worker and the command line under a watcher: nobody is called, no report is left to be sent."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from PIL import Image

TRACE = ("strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=%network")
SECONDS = 120
AWAY = re.compile(r"AF_INET6?\b")
LOOPBACK = re.compile(r'inet_addr\("127\.|AF_INET6.*"::1"|"::ffff:127\.')
WINDOW = """
from PySide6.QtCore import QTimer
from cnn_studio.core.base.settings import Settings, runs_folder
from cnn_studio.ui.shell.composition import Studio

studio = Studio(Settings(), runs_folder())
studio.show()
studio.window.closed.connect(lambda: QTimer.singleShot(0, studio._application.quit))
QTimer.singleShot(6000, studio.window.close)
studio.serve()
import sys
assert "onnxruntime" in sys.modules
"""


def refused():
    """Say why nothing can be watched here; empty where it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run([*TRACE, "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not watch here: {tried.stderr.strip()}"


class Watched:
    """Starts programs in a home of their own and gathers what they ask of the network."""

    def __init__(self, folder):
        self.folder = folder
        self.places = {name: folder / name for name in ("home", "cache", "temporary")}
        for place in self.places.values():
            place.mkdir()
        self.calls = []

    def __call__(self, *arguments):
        log = self.folder / "calls"
        plain = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
        places = zip(("HOME", "XDG_CACHE_HOME", "TMPDIR"), map(str, self.places.values()), strict=True)
        done = subprocess.run(
            [*TRACE, "-o", log, sys.executable, *map(str, arguments)],
            env={**plain, **dict(places), "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.calls += log.read_text().splitlines()

    def strangers(self):
        """Return the calls that name an address other than this machine's own."""
        asked = [
            line for line in self.calls if re.search(r"\b(connect|send\w+)\(", line) and AWAY.search(line)
        ]
        return [line for line in asked if not LOOPBACK.search(line)]

    def reports(self):
        """Return the files of a telemetry kind, wherever they were put."""
        found = [path for place in self.places.values() for path in place.rglob("*")]
        return [
            path
            for path in found
            if path.parent == self.places["temporary"]
            or re.search(
                r"microsoft|telemetry|deviceid|\.ses$", str(path.relative_to(self.folder)), re.IGNORECASE
            )
        ]


@pytest.fixture
def watched(tmp_path):
    why = refused()
    if why:
        pytest.skip(why)
    return Watched(tmp_path)


def test_the_watcher_sees_a_call_to_another_machine(watched):
    watched("-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))")
    (call,) = watched.strangers()
    assert "192.0.2.1" in call


def test_the_window_with_its_engine_calls_nobody(watched):
    watched("-c", WINDOW)
    assert watched.calls
    assert watched.strangers() == []
    assert watched.reports() == []


def test_training_and_predicting_call_nobody(watched, tmp_path):
    picture = Image.new("L", (60, 60), 255)
    picture.paste(0, (27, 8, 33, 52))
    picture.save(tmp_path / "one.png")
    watched("-m", "cnn_studio", "train", "studio-quick", "--limit", 200, "--epochs", 1)
    watched("-m", "cnn_studio", "predict", tmp_path / "one.png")
    assert watched.strangers() == []
    assert watched.reports() == []
