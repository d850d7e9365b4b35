"""Tables of figures: as CSV for other programs, as tab-separated text for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError

Entry = str | int | float | None


class Table(msgspec.Struct, frozen=True):
    """A table.

    Attributes:
        title: What it shows.
        columns: Their names, units included.
        rows: One entry a column each; None where there is no figure.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Entry, ...]]

    def text(self, delimiter: str = ",") -> str:
        """Return the table as CSV; texts that a spreadsheet would take for formulas are kept as texts."""
        content = io.StringIO(newline="")
        writer = csv.writer(content, delimiter=delimiter, lineterminator="\n")
        writer.writerow([_plain(name) for name in self.columns])
        writer.writerows([_plain(entry) for entry in row] for row in self.rows)
        return content.getvalue()


def _plain(entry: Entry) -> Entry:
    if isinstance(entry, str) and entry[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{entry}"
    return entry


def write_table(table: Table, path: Path) -> None:
    """Write a table as CSV, UTF-8 with a byte order mark, as spreadsheets expect it.

    Raises:
        StudioError: If the file cannot be written.
    """
    try:
        write_atomically(path, table.text().encode("utf-8-sig"))
    except OSError as error:
        raise StudioError(f"Cannot write {path}.", str(error), "Choose another folder.") from error
