"""What `predict` reads: image files and files of drawings, one image after the other."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawings import Drawing, read_drawings
from cnn_studio.core.errors import StudioError
from cnn_studio.core.modelcard import ModelCard
from cnn_studio.core.pictures import drawing_to_input, open_picture, picture_to_input
from cnn_studio.data.decoding import Unreadable, pixels_of
from cnn_studio.data.naming import PREFIX, parsed_name

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
    """

    source: str
    index: int = 0
    image: NDArray[np.uint8] | None = None
    error: StudioError | None = None


def read_inputs(files: Sequence[str], card: ModelCard) -> Iterator[InputItem]:
    """Give every image of every file in order; an unreadable file gives one item with its error."""
    for name in files:
        shown = os.fsencode(name).decode("utf-8", "replace")
        try:
            for index, image in enumerate(_images(Path(name), card)):
                yield InputItem(shown, index, image)
        except StudioError as error:
            yield InputItem(shown, error=error)


def _images(path: Path, card: ModelCard) -> Iterator[NDArray[np.uint8] | None]:
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        for drawing in drawings_of(path):
            yield drawing_to_input(drawing.arrays(), card.classes, card.input_shape)
    else:
        yield _picture(path, card)


def _picture(path: Path, card: ModelCard) -> NDArray[np.uint8] | None:
    """Place a picture as the network's training images were: own data keep their colours and background."""
    if not card.dataset.startswith(f"{PREFIX}:"):
        return picture_to_input(open_picture(path), card.classes, card.input_shape)
    height, width, channels = card.input_shape
    try:
        return pixels_of(
            path.read_bytes(), (height, width), channels == 3, parsed_name(card.dataset)[1].invert
        )
    except (OSError, Unreadable) as error:
        raise StudioError(f"Cannot read the image {path}.", f"{error}.", "Save it again as PNG.") from error


def drawings_of(path: Path) -> list[Drawing]:
    """Read a file of drawings, `.jsonl` or `.jsonl.gz`."""
    if not path.name.lower().endswith(".gz"):
        return read_drawings(path)
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder:
        unpacked = Path(folder, path.name[: -len(".gz")])
        _unpack(path, unpacked)
        return read_drawings(unpacked)


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
