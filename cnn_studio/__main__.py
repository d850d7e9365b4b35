"""The entry point: the window without arguments, the worker for the window, the command line otherwise."""

from __future__ import annotations

import sys

WORKER = "--worker"
"""How a frozen program starts its own executable as the worker process."""


def main() -> None:
    """Start what the arguments ask for and exit with its status."""
    arguments = sys.argv[1:]
    # Each way imports only its own side: the window must be up in a second, the worker must not know Qt.
    if not arguments:
        from cnn_studio.app import run_window

        sys.exit(run_window())
    if arguments[0] == WORKER:
        from cnn_studio.worker.server import main as serve

        serve()
        sys.exit(0)
    try:
        from cnn_studio.cli.program import run

        status = run(arguments)
    except KeyboardInterrupt:  # before a verb could take care of it
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
