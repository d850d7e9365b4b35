"""The composition root: puts the parts of the window together."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from logging.handlers import RotatingFileHandler
from types import TracebackType

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.base.settings import home, load_settings, log_path, runs_folder

NO_DISPLAY = (
    "CNN Studio cannot open its window: there is no display here. Start it in a desktop session, "
    "run it on a virtual screen (xvfb-run cnn-studio), or use the command line: "
    "cnn-studio train, evaluate, predict, export (see cnn-studio --help)."
)
MISSING_LIBRARIES = (
    "CNN Studio cannot open its window: a library that Qt needs is missing ({library}). Install the packages "
    "named in the README, or use the command line: cnn-studio train, evaluate, predict, export."
)
LOG_BYTES = 2**20


def display_problem() -> str:
    """Return a sentence if no window can be opened here, else an empty text.

    Qt ends the process where it finds no display, so this looks before Qt does.
    """
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in (
        "offscreen",
        "minimal",
        "vnc",
    ):
        return ""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY")
    if not display or not _answers(display):
        return NO_DISPLAY
    missing = _missing_library()
    return MISSING_LIBRARIES.format(library=missing) if missing else ""


def _answers(display: str) -> bool:
    """Whether an X server answers at `display` (":1", "host:1.0")."""
    import ctypes
    import ctypes.util

    name = ctypes.util.find_library("xcb")
    if name is None:
        return True  # Qt's own message will say that a library is missing
    xcb = ctypes.CDLL(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


def _missing_library() -> str:
    """Return the name of the first library that Qt's xcb platform lacks."""
    import ctypes

    for library in (
        "libxcb-cursor.so.0",
        "libxkbcommon-x11.so.0",
        "libxcb-icccm.so.4",
        "libxcb-keysyms.so.1",
        "libEGL.so.1",
    ):
        try:
            ctypes.CDLL(library)
        except OSError:
            return library
    return ""


def start_logging() -> None:
    """Send the window's log records and uncaught errors to the log file."""
    path = log_path()
    handler: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError:  # a home that cannot be written must not keep the window from opening
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)

    def log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger("cnn_studio").critical("Uncaught error", exc_info=(kind, error, trace))

    sys.excepthook = log_uncaught


def run_window() -> int:
    """Open the window and serve it until it closes; return the exit status."""
    problem = display_problem()
    if problem:
        sys.stderr.write(problem + "\n")
        return 2
    from cnn_studio.core.training.training_queue import queue_path
    from cnn_studio.ui.shell.composition import Studio, application

    with ExitStack() as stack:
        alone = _held_home(stack)
        if alone is False:
            from cnn_studio.ui.shell.single_instance import call_first

            application()
            if call_first(home()):
                return 0
            alone = _held_home(stack)  # the one that does not answer may have ended meanwhile
        start_logging()
        kept = queue_path() if alone else None  # two windows would overwrite one another's queue
        studio = Studio(
            load_settings(), runs_folder(), log_path(), queue_path=kept, home=home() if alone else None
        )
        studio.show()
        return studio.serve()


def _held_home(stack: ExitStack) -> bool | None:
    """Hold the home folder as long as the window is open; False where another window does, None if it cannot be."""
    try:
        stack.enter_context(occupying(home()))
    except StudioError:
        return False
    except OSError:
        return None
    return True


def run_smoke_test(report: Callable[[str, float, str], None]) -> None:
    """Walk once through the real window; see `cnn_studio.ui.shell.smoke_walk`.

    Raises:
        StudioError: If there is no display, or at the first step that fails.
    """
    problem = display_problem()
    if problem:
        raise StudioError(problem)
    from cnn_studio.ui.shell.smoke_walk import walk

    walk(report, log_path())
