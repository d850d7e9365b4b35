"""The boundary of the process: whatever goes wrong in a verb becomes a message and an exit status."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from contextlib import suppress

import typer

from cnn_studio.cli.output import print_error, print_notice
from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.base.settings import log_path
from cnn_studio.core.runs.run_folder import now

FAILED = 1
INTERRUPTED = 130


def guarded(verb: Callable[..., None]) -> Callable[..., None]:
    """Return the verb with every failure explained instead of raised."""

    @functools.wraps(verb)
    def guarded_verb(*arguments: object, **options: object) -> None:
        try:
            verb(*arguments, **options)
        except (typer.Exit, typer.BadParameter):
            raise
        except (KeyboardInterrupt, Canceled):
            print_notice("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        except StudioError as error:
            print_error(error)
            raise typer.Exit(FAILED) from None
        except Exception as error:  # noqa: BLE001 - the process edge: the user gets a message, the log the rest
            write_log(traceback.format_exc())
            print_error(_unexpected(error))
            raise typer.Exit(FAILED) from None

    return guarded_verb


def write_log(text: str) -> None:
    """Append to the log; a log that cannot be written must not hide the error itself."""
    with suppress(OSError):
        log_path().parent.mkdir(parents=True, exist_ok=True)
        with log_path().open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"{now()}\n{text.rstrip()}\n\n")


def _unexpected(error: Exception) -> StudioError:
    cause = f"{type(error).__name__}: {error}".splitlines()[0][:300].rstrip(".")
    return StudioError(f"CNN Studio failed unexpectedly ({cause}); the details are in {log_path()}.")
