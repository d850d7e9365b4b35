"""The formats own data may have: one table, a row each, asked in order.

A new format is a module with `recognises` and `read`, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_studio.core.errors import StudioError
from cnn_studio.data.options import Found, Options
from cnn_studio.data.readers import archives, folders, idx, npz, tables


@dataclass(frozen=True)
class Reader:
    """One row.

    Attributes:
        title: What it is called.
        recognises: Tells by the name (or a folder's content) whether it is for this reader.
        read: Reads it, or raises a StudioError.
        patterns: Of file names, for a file dialog.
    """

    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Options], Found]
    patterns: tuple[str, ...] = ()


READERS = (
    Reader("IDX files", idx.recognises, idx.read, ("*-ubyte", "*-ubyte.gz", "*-int", "*-int.gz")),
    Reader("ZIP of a folder per class", archives.recognises_zip, archives.read_zip, ("*.zip",)),
    Reader(
        "tar of a folder per class",
        archives.recognises_tar,
        archives.read_tar,
        tuple(f"*{suffix}" for suffix in archives.TAR_SUFFIXES),
    ),
    Reader("NumPy archive", npz.recognises, npz.read, ("*.npz",)),
    Reader("CSV table", tables.recognises, tables.read, tuple(f"*{suffix}" for suffix in tables.SUFFIXES)),
    Reader("folder per class", folders.recognises, folders.read),
)


def reader_for(path: Path) -> Reader:
    """Return the reader of a file or folder.

    Raises:
        StudioError: If nothing is there, or no reader knows it.
    """
    if not path.exists():
        raise StudioError(f"There is no {path}.", "Nothing has that name.", "Check the name.")
    try:
        for reader in READERS:
            if reader.recognises(path):
                return reader
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", f"{error.strerror}.", "Check who may read it.") from error
    raise StudioError(
        f"{path} was not opened.",
        f"Expected is one of: {', '.join(reader.title for reader in READERS)}; its name fits none of them.",
        "Choose a folder with a folder per class, or a .zip, .tar, .npz, .csv or IDX file.",
    )
