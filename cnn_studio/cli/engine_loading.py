"""Loading the engine without its start-up chatter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from cnn_studio.cli.exit_status import write_log
from cnn_studio.cli.output import Output


@contextmanager
def engine_starting(output: Output) -> Iterator[None]:
    """Import the engine inside this block (4 to 8 s); a terminal shows what is being waited for.

    TensorFlow's C++ side writes to file descriptor 2 before its own log level counts, and again when it
    first looks for a GPU. Only this block is silenced; if it fails, what was written goes to the log.
    """
    waiting = nullcontext() if output.json else output.console.status("Starting the engine…")
    with waiting, tempfile.TemporaryFile() as chatter:
        terminal = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            from cnn_studio.engine.devices import prepare_devices

            prepare_devices()
            yield
        except Exception:
            chatter.seek(0)
            write_log(chatter.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
