"""A folder on disk that holds a folder per class."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cnn_studio.core.base.errors import StudioError
from cnn_studio.data.decoding.image_decoding import LARGEST_FILE_BYTES, Unreadable
from cnn_studio.data.decoding.image_tree import ImageEntry, read_tree
from cnn_studio.data.decoding.options import Options, ReadData, SetAside


def recognizes(path: Path) -> bool:
    """Return whether this is a folder; any folder may hold classes."""
    return path.is_dir()


def read(path: Path, options: Options) -> ReadData:
    """Read a folder per class; linked files are read, linked folders are not followed.

    Raises:
        StudioError: If it has no images, fewer than two classes, or cannot be listed.
    """
    entries: list[ImageEntry] = []
    left_out: list[SetAside] = []

    def note(error: OSError) -> None:
        name = Path(error.filename or path)
        left_out.append(SetAside(str(name), f"it cannot be listed: {error.strerror}"))

    for folder, folders, files in os.walk(path, onerror=note):
        inside = Path(folder).relative_to(path).parts
        for name in folders:
            if Path(folder, name).is_symlink():
                left_out.append(SetAside("/".join((*inside, name)), "it is a link to another folder"))
        entries += [ImageEntry((*inside, name), _reader(Path(folder, name))) for name in files]
    if not entries and left_out:
        raise StudioError(
            f"{path} cannot be read.", f"{left_out[0].name}: {left_out[0].reason}.", "Check who may read it."
        )
    return read_tree(entries, options, str(path), left_out)


def _reader(path: Path) -> Callable[[], bytes]:
    def content() -> bytes:
        try:
            if not path.is_file():  # a pipe or a device would wait forever
                raise Unreadable("it is not a regular file")
            with path.open("rb") as file:
                return file.read(LARGEST_FILE_BYTES + 1)
        except OSError as error:
            raise Unreadable(f"it cannot be read: {error.strerror}") from error

    return content
