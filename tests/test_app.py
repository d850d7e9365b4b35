"""The program as it is started: without a display, and with one."""

import os
import subprocess
import sys

import pytest

WITHOUT_ENGINE = """
import sys
from PySide6.QtCore import QTimer
from cnn_studio.core.base.settings import Settings, runs_folder
from cnn_studio.ui.shell.composition import Studio

idle = [sys.executable, "-c", "import sys; sys.stdin.buffer.read()"]
studio = Studio(Settings(), runs_folder(), None, idle)
studio.show()
studio.window.closed.connect(lambda: QTimer.singleShot(0, studio._application.quit))
QTimer.singleShot(500, studio.window.close)
studio.serve()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def start(arguments, **environment):
    """Run the program with a changed environment; None takes a variable away."""
    changed = {**os.environ, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None, **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        env={name: value for name, value in changed.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize("display", [None, "", ":999", "nonsense"])
def test_without_a_display_it_says_so_and_names_the_alternatives(studio_home, display):
    done = start(["-m", "cnn_studio"], DISPLAY=display)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "there is no display" in line
    assert "xvfb-run" in line
    assert "desktop session" in line
    assert "cnn-studio train" in line
    assert "Traceback" not in done.stderr
    assert not studio_home.exists()


def test_window_process_never_loads_the_engine():
    done = start(["-c", WITHOUT_ENGINE], QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.split())
    assert "PySide6" in modules
    assert not modules & {"tensorflow", "keras", "sklearn", "tf2onnx", "h5py"}
