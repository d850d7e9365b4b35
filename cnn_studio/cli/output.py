"""What the command line says: JSON lines or rich text on standard output, errors on standard error."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

import msgspec
from rich.console import Console, RenderableType
from rich.text import Text

from cnn_studio.core.base.errors import StudioError

PIPE_WIDTH = 120
"""Columns of a table that is piped into a file, where no terminal says how many there are."""


class Output:
    """Standard output, claimed: whatever else prints there from now on goes to standard error.

    Keras, TensorFlow and the converters print to standard output when they like; a script that reads
    JSON lines must never see that. So the real standard output is kept here and file descriptor 1
    is pointed at file descriptor 2, which also catches what C++ writes.

    Args:
        json: Whether to say everything as JSON, one object per line.
    """

    def __init__(self, json: bool) -> None:
        self.json = json
        self.closed = False
        self._stream = _claimed_standard_output()
        width = None if self._stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
        self.console = Console(file=self._stream, width=width, highlight=False, markup=False, emoji=False)

    def line(self, content: object) -> None:
        """Write one JSON object on a line of its own, immediately."""
        try:
            self._stream.write(msgspec.json.encode(content).decode() + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._close()

    def show(self, *parts: RenderableType) -> None:
        """Write text or tables for people."""
        try:
            for part in parts:
                self.console.print(part, soft_wrap=isinstance(part, str | Text))
            self._stream.flush()
        except BrokenPipeError:
            self._close()

    def _close(self) -> None:
        """Note that nobody is reading anymore, and discard what is still buffered without an error."""
        self.closed = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def print_error(error: StudioError) -> None:
    """Write the three parts of an error to standard error, one line each."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    console.print(Text(error.what, style="bold red"))
    for part in (error.why, error.remedy):
        if part:
            console.print(Text(part))


def print_notice(text: str) -> None:
    """Write a message that is not an error to standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True, emoji=False).print(Text(text))


def mapping(struct: msgspec.Struct) -> dict[str, Any]:
    """Return an event or record as a JSON object, without the job it has no use for here."""
    content: dict[str, Any] = msgspec.to_builtins(struct)
    content.pop("job", None)
    return content


def percent(share: float | None) -> str:
    """Return a fraction of 1 as a percentage, or a dash where there is none."""
    return "–" if share is None else f"{share:.2%}"


def _claimed_standard_output() -> TextIO:
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(real, "w", encoding="utf-8", errors="replace", newline="\n")
