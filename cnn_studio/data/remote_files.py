"""What is known of a file to download, before it is here, while it comes, and once it is here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from cnn_studio.core.base.atomic_files import write_atomically

CHUNK_BYTES = 2**18


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the network.

    Attributes:
        name: What it is called in the folder it is put into.
        urls: Where it is, the official address first, then mirrors.
        size: Bytes; None where nobody published it.
        sha256: In hexadecimal; None where nobody published it. Then a download is not checked, but its hash
            is recorded in a file beside it, so that later damage is noticed.
    """

    name: Annotated[str, Meta(pattern=r"^[^/\\]+$")]
    urls: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None


class DownloadProgress(msgspec.Struct, frozen=True):
    """How far a download is.

    Attributes:
        file: The file under way.
        received: Bytes of it so far, those of an earlier attempt included.
        total: Its bytes; None where the server does not say.
    """

    file: str
    received: int
    total: int | None


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, all in seconds.

    Attributes:
        connect: For a connection.
        read: For the next bytes.
        attempts: Tries of each address.
        first_wait: Before the second try; doubled before each further one.
        longest_wait: Between two tries, also where a server asks for more.
    """

    connect: float = 10.0
    read: float = 20.0
    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 30.0


ProgressListener = Callable[[DownloadProgress], None]


def record_path(path: Path) -> Path:
    """Return where the hash of a file is recorded, as `sha256sum` writes it."""
    return path.with_name(f"{path.name}.sha256")


def problem_of(path: Path, file: RemoteFile) -> str | None:
    """Return what is wrong with a file that was downloaded, or put there by hand.

    The hash is computed once and recorded beside the file; as long as the file is not newer than its record,
    the record is believed.

    Returns:
        None if it is whole, else the reason, one sentence without a full stop.
    """
    if not path.is_file():
        return "it is not there"
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"it has {size:,} bytes, {file.size:,} are expected"
    if size == 0:
        return "it is empty"
    record = record_path(path)
    recorded = _recorded(record)
    expected = file.sha256 or recorded
    if recorded is not None and recorded == expected and record.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return None
    received = sha256_of(path)
    if expected is not None and received != expected:
        return f"its SHA-256 is {received}, {expected} is expected"
    write_record(path, received)
    return None


def write_record(path: Path, digest: str) -> None:
    """Record the hash of a file beside it."""
    write_atomically(record_path(path), f"{digest}  {path.name}\n".encode())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recorded(record: Path) -> str | None:
    try:
        return record.read_text(encoding="utf-8").split()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        return None
