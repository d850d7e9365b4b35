"""The formats custom data may have: one table, a row each, asked in order.

A new format is a module with `recognizes` and `read`, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_studio.core.base.errors import StudioError
from cnn_studio.data.decoding.options import Options, ReadData
from cnn_studio.data.readers import archives, csv_tables, folders, idx, npz


@dataclass(frozen=True)
class DataReader:
    """One row.

    Attributes:
        title: What it is called.
        recognizes: Tells by the name (or a folder's content) whether it is for this reader.
        read: Reads it, or raises a StudioError.
        patterns: Of file names, for a file dialog.
    """

    title: str
    recognizes: Callable[[Path], bool]
    read: Callable[[Path, Options], ReadData]
    patterns: tuple[str, ...] = ()


READERS = (
    DataReader("IDX files", idx.recognizes, idx.read, ("*-ubyte", "*-ubyte.gz", "*-int", "*-int.gz")),
    DataReader("ZIP of a folder per class", archives.recognizes_zip, archives.read_zip, ("*.zip",)),
    DataReader(
        "tar of a folder per class",
        archives.recognizes_tar,
        archives.read_tar,
        tuple(f"*{suffix}" for suffix in archives.TAR_SUFFIXES),
    ),
    DataReader("NumPy archive", npz.recognizes, npz.read, ("*.npz",)),
    DataReader(
        "CSV table",
        csv_tables.recognizes,
        csv_tables.read,
        tuple(f"*{suffix}" for suffix in csv_tables.SUFFIXES),
    ),
    DataReader("folder per class", folders.recognizes, folders.read),
)


def reader_for(path: Path) -> DataReader:
    """Return the reader of a file or folder.

    Raises:
        StudioError: If nothing is there, or no reader knows it.
    """
    if not path.exists():
        raise StudioError(f"There is no {path}.", "Nothing has that name.", "Check the name.")
    try:
        for reader in READERS:
            if reader.recognizes(path):
                return reader
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", f"{error.strerror}.", "Check who may read it.") from error
    raise StudioError(
        f"{path} was not opened.",
        f"One of these is expected: {', '.join(reader.title for reader in READERS)}; its name matches none of them.",
        "Choose a folder with a folder per class, or a .zip, .tar, .npz, .csv or IDX file.",
    )
