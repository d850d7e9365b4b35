"""Arrays too large for memory: written piece by piece into a temporary file, which is then mapped.

It is always a copy, never a person's own file mapped in place: were that rewritten while it is open, the
system would end this program (SIGBUS), or on Windows refuse the writing. The file has no name where the
system allows that and goes with the last array that shows it, however the program ends: there is no cache
that could be stale, cut off or in the way, at the price of reading the source once each time it is opened.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home

LARGE_BYTES = 64 * 2**20
"""Up to here arrays are in memory: 47 MB are MNIST's 60,000 images to train on."""


def scratch_folder() -> Path:
    """Return where the temporary files are: not the system's folder, which may itself be memory."""
    return home() / "scratch"


def free_bytes() -> int:
    """Return how much may still be written there."""
    folder = scratch_folder()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


class _Mapped(mmap.mmap):
    """A mapping made here: read only, so that none of its pages holds anything the file does not."""


class Store:
    """Takes bytes piece by piece and gives them back as one array, in memory or mapped.

    A context manager: leaving it closes the file, the arrays made of it stay.

    Args:
        source: Whose data they are, for the errors.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, piece: bytes | NDArray[Any]) -> None:
        """Append bytes, or an array's values row by row.

        Raises:
            StudioError: If the disk does not take them.
        """
        values = memoryview(piece) if isinstance(piece, bytes) else _bytes_of(piece)
        if self._file is None and self.size + len(values) <= LARGE_BYTES:
            self._held += values
        else:
            try:
                self._on_disk().write(values)
            except OSError as error:
                raise self._full(error) from error
        self.size += len(values)

    def part(self, start: int, size: int) -> bytes:
        """Return some of the bytes again."""
        if self._file is None:
            return bytes(self._held[start : start + size])
        self._file.seek(start)
        content = self._file.read(size)
        self._file.seek(0, 2)
        return content

    def array(self, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return everything as an array; a mapped one is read-only.

        Args:
            dtype: Of its values.
            shape: As many values as were added.
        """
        if self._file is None:
            return np.frombuffer(self._held, dtype).reshape(shape) if self.size else np.empty(shape, dtype)
        try:
            self._file.flush()
            content = _Mapped(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise self._full(error) from error
        return np.frombuffer(content, dtype).reshape(shape)

    def _on_disk(self) -> IO[bytes]:
        if self._file is None:
            scratch_folder().mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(prefix="cnn-studio-", dir=scratch_folder())  # noqa: SIM115
            self._file.write(self._held)
            self._held = bytearray()
        return self._file

    def _full(self, error: OSError) -> StudioError:
        return StudioError(
            f"{self._source} was not opened.",
            f"Data larger than {LARGE_BYTES // 2**20} MiB is kept in {scratch_folder()} while in use; only "
            f"{self.size:,} bytes could be written: {error.strerror or error}.",
            "Free some space there, or choose a smaller image size or fewer images.",
        )


def let_go(array: NDArray[Any]) -> None:
    """Say that what was read of an array is not needed now: of a mapped one no page stays with this process.

    Without this the resident memory would grow to the whole file, although the system may take it back at any
    time. Reading it again costs next to nothing while the system has it cached. Windows has no such call.
    """
    under: object = array
    while isinstance(under, np.ndarray):
        under = under.base
    under = under.obj if isinstance(under, memoryview) else under
    if isinstance(under, _Mapped) and hasattr(mmap, "MADV_DONTNEED"):
        under.madvise(mmap.MADV_DONTNEED)


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
