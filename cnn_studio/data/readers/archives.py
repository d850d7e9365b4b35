"""A ZIP or tar archive that holds a folder per class, read without unpacking anything onto the disk.

Names are only looked at, never written to, so one that climbs out of the archive does no harm; it is set
aside, as links are. An archive that grows out of proportion (a bomb) is refused before it is unpacked far.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.mapped_arrays import Store
from cnn_studio.data.decoding.image_decoding import LARGEST_FILE_BYTES, SUFFIXES, Unreadable
from cnn_studio.data.decoding.image_tree import ImageEntry, read_tree
from cnn_studio.data.decoding.options import Options, ReadData, SetAside

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
MOST_GROWTH = 200
HARMLESS_BYTES = 2**30
"""Unpacked, an archive may have this much, or 200 times its own size; images hardly shrink when packed."""
MOST_ENTRIES = 2_000_000
ENCRYPTED = 1
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


def recognizes_zip(path: Path) -> bool:
    """Return whether this is a ZIP archive by its name."""
    return path.name.casefold().endswith(ZIP_SUFFIXES)


def recognizes_tar(path: Path) -> bool:
    """Return whether this is a tar archive by its name."""
    return path.name.casefold().endswith(TAR_SUFFIXES)


def read_zip(path: Path, options: Options) -> ReadData:
    """Read a ZIP of a folder per class.

    Raises:
        StudioError: If it is damaged, a bomb, or holds no such folders.
    """
    _require_content(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _require_proportion(path, sum(member.file_size for member in members), len(members))
            entries: list[ImageEntry] = []
            left_out: list[SetAside] = []
            for member in members:
                reason = _zip_reason(member)
                if reason:
                    left_out.append(SetAside(member.filename, reason))
                elif not member.is_dir():
                    entries.append(ImageEntry(_parts(member.filename), _zip_reader(archive, member)))
            return read_tree(entries, options, str(path), left_out)
    except DAMAGE as error:
        raise _damaged(path, error) from error


def read_tar(path: Path, options: Options) -> ReadData:
    """Read a tar (plain, .gz, .xz or .bz2) of a folder per class.

    Raises:
        StudioError: If it is damaged, a bomb, or holds no such folders.
    """
    _require_content(path)
    entries: list[ImageEntry] = []
    left_out: list[SetAside] = []
    unpacked = 0
    with Store(str(path)) as store:  # a tar can only be read from front to back
        try:
            with (
                _unpacked(path) as stream,
                tarfile.open(fileobj=_Bounded(stream, path), mode="r|") as archive,
            ):
                for number, member in enumerate(archive):
                    unpacked += member.size
                    _require_proportion(path, unpacked, number)
                    reason = _tar_reason(member)
                    if reason:
                        left_out.append(SetAside(member.name, reason))
                    elif member.isfile():
                        start = store.size
                        if member.name.casefold().endswith(SUFFIXES):
                            file = archive.extractfile(member)
                            store.add(file.read() if file else b"")
                        entries.append(
                            ImageEntry(_parts(member.name), _kept(store, start, store.size - start))
                        )
        except DAMAGE as error:
            raise _damaged(path, error) from error
        return read_tree(entries, options, str(path), left_out)


class _Bounded(io.BufferedIOBase):
    """The unpacked bytes of a tar, as far as they are in proportion; headers can be bombs as well."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream = stream
        self._path = path
        self._given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most `size` bytes."""
        piece = self._stream.read(-1 if size is None else size)
        self._given += len(piece)
        _require_proportion(self._path, self._given, 0)
        return piece


def _unpacked(path: Path) -> IO[bytes]:
    """Open a tar through the packer its first bytes name, whatever the file is called."""
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in PACKERS.items() if start.startswith(magic)), open)
    stream: IO[bytes] = opener(path, "rb")
    return stream


PACKERS: dict[bytes, Callable[..., IO[bytes]]] = {
    b"\x1f\x8b": gzip.open,  # type: ignore[dict-item]
    b"\xfd7zXZ\0": lzma.open,
    b"BZh": bz2.open,
}


def _zip_reason(member: zipfile.ZipInfo) -> str:
    """Return why a member is left out; empty if it is not."""
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "it is a link, not a file"
    if _climbs(member.filename):
        return "its name leads out of the archive"
    if member.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if member.file_size > LARGEST_FILE_BYTES:
        return f"it claims {member.file_size:,} bytes, at most {LARGEST_FILE_BYTES:,} are read"
    return ""


def _tar_reason(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "it is a link, not a file"
    if not (member.isfile() or member.isdir()):
        return "it is not a regular file"
    if _climbs(member.name):
        return "its name leads out of the archive"
    if member.size > LARGEST_FILE_BYTES:
        return f"it has {member.size:,} bytes, at most {LARGEST_FILE_BYTES:,} are read"
    return ""


def _climbs(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.drive or windows.root or ".." in windows.parts)


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.replace("\\", "/")).parts or (name,)


def _zip_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def content() -> bytes:
        try:
            return archive.read(member)
        except (*DAMAGE, RuntimeError, NotImplementedError) as error:
            raise Unreadable(f"it cannot be unpacked: {str(error).rstrip('.')}") from error

    return content


def _kept(store: Store, start: int, size: int) -> Callable[[], bytes]:
    return lambda: store.part(start, size)


def _require_content(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", f"{error.strerror}.", "Check the file's name.") from error
    if size == 0:
        raise StudioError(
            f"{path} is empty.", "An archive is expected; the file has 0 bytes.", "Copy or download it again."
        )


def _require_proportion(path: Path, unpacked: int, count: int) -> None:
    allowed = max(HARMLESS_BYTES, MOST_GROWTH * path.stat().st_size)
    if unpacked > allowed or count > MOST_ENTRIES:
        raise StudioError(
            f"{path} was not opened.",
            f"It would unpack to {unpacked:,} bytes in {count:,} files or more; at most {allowed:,} bytes in "
            f"{MOST_ENTRIES:,} files are taken. Archives that grow so much are made to fill a disk.",
            "If you trust it, unpack it and open the folder.",
        )


def _damaged(path: Path, error: BaseException) -> StudioError:
    cause = str(error).rstrip(".") or type(error).__name__
    return StudioError(
        f"Cannot read the archive {path}.", f"It is damaged: {cause}.", "Copy or download it again."
    )
