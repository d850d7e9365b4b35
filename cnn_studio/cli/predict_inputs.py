"""What `predict` reads: image files and files of drawings, one image after the other."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.image_input import drawing_to_input, open_frame, picture_to_input
from cnn_studio.core.drawing.jsonl import LOOKS_LIKE, Drawing, read_drawings
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.data.image_placement import is_own, own_input

LARGEST_UNPACKED_BYTES = 2**30
PIECE_BYTES = 2**20


@dataclass(frozen=True)
class InputItem:
    """One image to answer, or the reason why a file has none.

    Attributes:
        source: The file's name as given.
        index: Its number inside the file, from 0.
        image: As the network's input shape says, uint8; None where nothing is drawn.
        error: Why the file could not be read.
        frames: How many pictures the file holds, of which the first is the image.
    """

    source: str
    index: int = 0
    image: NDArray[np.uint8] | None = None
    error: StudioError | None = None
    frames: int = 1


def read_inputs(files: Sequence[str], card: ModelCard) -> Iterator[InputItem]:
    """Yield every image of every file in order; an unreadable file gives one item with its error."""
    for name in files:
        shown = os.fsencode(name).decode("utf-8", "replace")
        try:
            for index, (image, frames) in enumerate(_images(Path(name), card)):
                yield InputItem(shown, index, image, frames=frames)
        except StudioError as error:
            yield InputItem(shown, error=error)


def notice_of_frames(source: str, frames: int) -> str:
    """Return the notice about an animation."""
    return f"{source} is an animation: only the first of its {frames:,} pictures is read."


def _images(path: Path, card: ModelCard) -> Iterator[tuple[NDArray[np.uint8] | None, int]]:
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        for drawing in drawings_of(path):
            yield drawing_to_input(drawing.arrays(), card.classes, card.input_shape), 1
    else:
        yield _picture(path, card)


def _picture(path: Path, card: ModelCard) -> tuple[NDArray[np.uint8] | None, int]:
    """Place a picture as the network's training images were: custom data keeps its colors and background."""
    opened = open_frame(path)
    if is_own(card):
        return own_input(path.read_bytes(), str(path), card), opened.frames
    return picture_to_input(opened.picture, card.classes, card.input_shape), opened.frames


def drawings_of(path: Path) -> list[Drawing]:
    """Read a file of drawings, `.jsonl` or `.jsonl.gz`."""
    with drawings_file(path) as unpacked:
        drawings = read_drawings(unpacked)
    if not drawings:
        raise StudioError(f"{path} contains no drawings.", "It is empty.", LOOKS_LIKE)
    return drawings


@contextmanager
def drawings_file(path: Path) -> Iterator[Path]:
    """Yield a file of drawings, unpacked for the duration of the block if it is a `.jsonl.gz`."""
    if not path.name.lower().endswith(".gz"):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder:
        unpacked = Path(folder, path.name[: -len(".gz")])
        _unpack(path, unpacked)
        yield unpacked


def _unpack(path: Path, to: Path) -> None:
    """Unpack a gzip file piece by piece, so that one which claims terabytes fills neither memory nor disk."""
    size = 0
    try:
        with gzip.open(path, "rb") as packed, to.open("wb") as unpacked:
            while piece := packed.read(PIECE_BYTES):
                size += len(piece)
                if size > LARGEST_UNPACKED_BYTES:
                    raise StudioError(
                        f"{path} was not opened.",
                        f"It unpacks to more than {LARGEST_UNPACKED_BYTES:,} bytes.",
                        "Split it into smaller files.",
                    )
                unpacked.write(piece)
    except FileNotFoundError as error:
        raise StudioError(f"There is no file {path}.", "Nothing has that name.", "Check the name.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise StudioError(f"Cannot unpack {path}.", f"{error}.", "Pack it again with gzip.") from error
