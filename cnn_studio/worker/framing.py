"""Frames over pipes: u32 little-endian length, then UTF-8 JSON (msgspec tagged unions), at most 1 MiB.

Arrays never travel here; they are files in a job's folder and only their paths are sent.
"""

from __future__ import annotations

import struct
import threading
from typing import BinaryIO, Generic, TypeVar

import msgspec

from cnn_studio.core.protocol.commands import AnyCommand
from cnn_studio.core.protocol.events import AnyEvent

LENGTH = struct.Struct("<I")
LARGEST_FRAME_BYTES = 2**20
OWN_FOLDER = "CNN_STUDIO_WORKER_FOLDER"
"""Names the worker's temporary folder: its client removes it, and where that was killed, the worker itself."""

T = TypeVar("T")


class ProtocolError(Exception):
    """The other side sent something that is not a frame."""


class LostStreamError(ProtocolError):
    """What came is no frame at all: where the next one begins is unknown."""


class FrameWriter:
    """Writes whole frames, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()

    def write(self, message: AnyEvent | AnyCommand) -> None:
        """Send one message.

        Raises:
            ProtocolError: If it would be longer than 1 MiB.
            OSError: If the other side is gone.
        """
        body = self._encoder.encode(message)
        if len(body) > LARGEST_FRAME_BYTES:
            raise ProtocolError(
                f"a message of {len(body):,} bytes; at most {LARGEST_FRAME_BYTES:,} are allowed"
            )
        with self._lock:
            self._stream.write(LENGTH.pack(len(body)) + body)
            self._stream.flush()


class FrameReader(Generic[T]):
    """Reads whole frames of one union of messages."""

    def __init__(self, stream: BinaryIO, message_type: object) -> None:
        self._stream = stream
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(message_type)

    def read(self) -> T | None:
        """Wait for the next message; None when the other side is gone.

        Raises:
            LostStreamError: If what came is not a frame; reading on makes no sense.
            ProtocolError: If it is a frame, but not a known message.
        """
        head = self._stream.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(head)
        if length > LARGEST_FRAME_BYTES:
            raise LostStreamError(f"a frame of {length:,} bytes; at most {LARGEST_FRAME_BYTES:,} are allowed")
        body = self._stream.read(length)
        if len(body) < length:
            return None
        try:
            return self._decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise ProtocolError(str(error)) from error


def event_reader(stream: BinaryIO) -> FrameReader[AnyEvent]:
    """Return a reader of what the worker reports."""
    return FrameReader(stream, AnyEvent)


def command_reader(stream: BinaryIO) -> FrameReader[AnyCommand]:
    """Return a reader of what the window asks for."""
    return FrameReader(stream, AnyCommand)
