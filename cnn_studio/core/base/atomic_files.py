"""Files and folders that are whole or not there."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_numbers = itertools.count()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` that becomes `path` when the block ends without an error.

    A reader sees the old file or the new one, never half of one; a failed block leaves the old one. What is
    made under the temporary name may also be a folder, which takes the place of a folder. Each block has a
    name of its own: two threads may replace the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            _replace_folder(path, temporary)
        else:
            temporary.replace(path)
    finally:
        _delete(temporary)


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` through a temporary name."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _beside(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}-{next(_numbers)}-{path.name}")


def _replace_folder(path: Path, new: Path) -> None:
    """Put one folder in the place of another, which comes back if that fails: no system does both at once."""
    old = _beside(path)
    path.rename(old)
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise
    _delete(old)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        path.unlink()
