"""Fetching one file: resumed, retried, from one mirror after the other, whole or not at all."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.data.remote_files import (
    CHUNK_BYTES,
    DownloadProgress,
    Patience,
    ProgressListener,
    RemoteFile,
    problem_of,
    record_path,
)

AGENT = "CNN-Studio (data set download)"
REPORTS_PER_SECOND = 10
PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
RANGE_REFUSED = 416
PARTIAL = 206
SPARE_BYTES = 2**24
WAIT_SLICE = 0.05


class Opener(Protocol):
    """What is needed of `urllib.request.OpenerDirector`."""

    def open(self, fullurl: urllib.request.Request) -> http.client.HTTPResponse:
        """Send a request and return the response once its headers are here."""


class _Passing(Exception):  # noqa: N818
    """This address may work in a moment."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class _Refused(Exception):  # noqa: N818
    """This address will not work; another may."""


@dataclass
class Transfer:
    """One file on its way into a folder.

    Attributes:
        file: What is fetched.
        folder: Where it goes.
        opener: Sends the requests.
        patience: Tries and waits; the time-outs are the opener's.
        progress: Notified ten times a second, and at the end.
        should_stop: Asked between pieces and while waiting.
    """

    file: RemoteFile
    folder: Path
    opener: Opener
    patience: Patience
    progress: ProgressListener
    should_stop: Callable[[], bool]
    _reported: float = field(default=0.0, init=False)

    @property
    def path(self) -> Path:
        """Where the whole file will be."""
        return self.folder / self.file.name

    @property
    def part(self) -> Path:
        """Where its bytes are kept until it is whole."""
        return self.folder / f"{self.file.name}.part"

    def run(self) -> list[str]:
        """Fetch the file.

        Returns:
            Why each address failed, in sentences; empty once the file is complete and has its name.

        Raises:
            StudioError: If the disk does not take it.
            Canceled: When `should_stop` says so; what has come is kept for the next time.
        """
        failures: list[str] = []
        for url in self.file.urls:
            try:
                self._patiently(url)
            except _Refused as error:
                failures.append(f"{url}: {error}.")
            else:
                return []
        return failures

    def _patiently(self, url: str) -> None:
        """Try one address several times, waiting longer each time."""
        wait = self.patience.first_wait
        for attempt in range(1, self.patience.attempts + 1):
            self._require_going_on()
            try:
                self._once(url)
            except _Passing as error:
                self._require_going_on()
                if attempt == self.patience.attempts:
                    raise _Refused(f"{error} ({attempt} tries)") from error
                self._pause(min(max(wait, error.wait), self.patience.longest_wait))
                wait *= 2
            else:
                return

    def _once(self, url: str) -> None:
        # A part of unknown content is not continued: nothing would show that two files were mixed.
        if self.file.sha256 is None:
            self.part.unlink(missing_ok=True)
        have = self.part.stat().st_size if self.part.exists() else 0
        if self.file.size is not None and have > self.file.size:
            self.part.unlink()
            have = 0
        resumed = have > 0
        if self.file.size is None or have < self.file.size:
            resumed = self._receive(url, have)
        self._accept(resumed)

    def _receive(self, url: str, have: int) -> bool:
        """Append what the address sends to the part; return whether it continued what was there."""
        request = urllib.request.Request(url, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"})
        if have:
            request.add_header("Range", f"bytes={have}-")
        try:
            response = self.opener.open(request)
        except urllib.error.HTTPError as error:
            with error:
                self._explain_status(error)
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(error) from error
        with response:
            start = _start(response, have)
            if start not in (0, have):
                self.part.unlink(missing_ok=True)
                raise _Passing(f"it sent the bytes from {start:,} on; those from {have:,} on were requested")
            total = _total(response, start)
            self._require_plausible(response, total)
            self._require_space((total or 0) - start)
            self._copy(response, start, total)
        return start > 0

    def _explain_status(self, error: urllib.error.HTTPError) -> None:
        if error.code == RANGE_REFUSED:
            self.part.unlink(missing_ok=True)
            raise _Passing("it has no more bytes than came before, which were wrong") from error
        if error.code in PASSING_STATUS:
            after = error.headers.get("Retry-After", "")
            raise _Passing(
                f"the server answered {error.code} {error.reason}", float(after) if after.isdecimal() else 0.0
            ) from error
        raise _Refused(f"the server answered {error.code} {error.reason}") from error

    def _copy(self, response: http.client.HTTPResponse, start: int, total: int | None) -> None:
        received = start
        limit = self.file.size if self.file.size is not None else total
        with self._writable("r+b" if start else "wb") as target:
            target.seek(start)
            target.truncate()
            self._report(received, total, at_once=True)
            while total is None or received < total:
                self._require_going_on()
                try:
                    piece = response.read1(CHUNK_BYTES)  # what is here: a slow line gives little at a time
                except (OSError, http.client.HTTPException) as error:
                    self._require_going_on()
                    raise _Passing(f"it broke off after {received:,} bytes ({_cause(error)})") from error
                if not piece:
                    break
                self._write(target, piece)
                received += len(piece)
                if limit is not None and received > limit:
                    break
                self._report(received, total)
        self._require_going_on()
        if limit is not None and received < limit:
            raise _Passing(f"it broke off after {received:,} of {limit:,} bytes")
        self._report(received, total, at_once=True)

    def _accept(self, resumed: bool) -> None:
        """Give the part its name if it is the file that was wanted."""
        recorded = record_path(self.path)
        problem = problem_of(self.part, self._expected())
        record_path(self.part).unlink(missing_ok=True)
        if problem:
            self.part.unlink(missing_ok=True)
            if resumed:  # what was there before may have been another file's
                raise _Passing(f"it sent something different from what came before: {problem}")
            raise _Refused(f"it sent another file: {problem}")
        try:
            self.part.replace(self.path)
            recorded.unlink(missing_ok=True)
            problem_of(self.path, self.file)  # records the hash
        except OSError as error:
            raise self._disk(error) from error

    def _expected(self) -> RemoteFile:
        return RemoteFile(name=self.part.name, urls=(), size=self.file.size, sha256=self.file.sha256)

    def _require_plausible(self, response: http.client.HTTPResponse, total: int | None) -> None:
        if self.file.size is not None and total is not None and total != self.file.size:
            raise _Refused(f"it offers {total:,} bytes, {self.file.size:,} are expected")
        if response.headers.get_content_type() == "text/html":
            raise _Refused("it sent a web page instead of the file")

    def _require_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < needed + SPARE_BYTES:
            raise StudioError(
                f"There is no room for {self.file.name}.",
                f"It needs {needed:,} more bytes; {free:,} are free in {self.folder}.",
                "Free some space and try again.",
            )

    def _writable(self, mode: str) -> BinaryIO:
        try:
            return self.part.open(mode)  # type: ignore[return-value]
        except OSError as error:
            raise self._disk(error) from error

    def _write(self, target: BinaryIO, piece: bytes) -> None:
        try:
            target.write(piece)
        except OSError as error:
            raise self._disk(error) from error

    def _disk(self, error: OSError) -> StudioError:
        return StudioError(
            f"Cannot write {self.path}.",
            f"{error.strerror or error}.",
            "Check the folder and the space left.",
        )

    def _report(self, received: int, total: int | None, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._reported >= 1 / REPORTS_PER_SECOND:
            self._reported = now
            self.progress(DownloadProgress(self.file.name, received, self.file.size or total))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._require_going_on()
            time.sleep(min(left, WAIT_SLICE))

    def _require_going_on(self) -> None:
        if self.should_stop():
            raise Canceled


def _start(response: http.client.HTTPResponse, have: int) -> int:
    """Return the first byte's position in the file; a server that ignores Range begins at 0."""
    if response.status != PARTIAL:
        return 0
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else have


def _total(response: http.client.HTTPResponse, start: int) -> int | None:
    """Return how many bytes the whole file is said to have."""
    match = re.match(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status == PARTIAL and match:
        return int(match[1])
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _unreachable(error: BaseException) -> Exception:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    text = f"it could not be reached ({_cause(reason)})"
    # A name that cannot be resolved or a certificate that is not trusted will not change in a second.
    final = isinstance(reason, socket.gaierror | ssl.SSLCertVerificationError)
    return _Refused(text) if final else _Passing(text)


def _cause(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).rstrip(".")
