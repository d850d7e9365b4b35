"""A file of lines that only grows: what was written before cannot be lost by what is written now."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Journal:
    """Appends lines, and reads those that are new. Several programs may use one file.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0

    def append(self, content: bytes) -> None:
        """Write whole lines at the end and hand them to the operating system: all of them, or none.

        Raises:
            OSError: If they cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    content = b"\n" + content  # a torn line stays alone
            try:
                while content:
                    content = content[file.write(content) :]
            except OSError:
                with suppress(OSError):
                    file.truncate(end)
                raise

    def read(self) -> tuple[bool, list[bytes], bytes]:
        """Return what is new.

        Returns:
            Whether the file is another one than before, so that all its lines are new; the lines, without
            their ends; and what follows the last line end, which the next call returns again.

        Raises:
            OSError: If there is a file that cannot be read.
        """
        anew = False
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._read_to:
                    anew, self._read_to = True, 0
                file.seek(self._read_to)
                content = file.read()
        except FileNotFoundError:
            anew, self._read_to = self._read_to > 0, 0
            return anew, [], b""
        *lines, tail = content.split(b"\n")
        self._read_to += len(content) - len(tail)
        return anew, lines, tail
