"""IDX, the format of the MNIST files: a header of sizes, then the numbers.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", 1998: two bytes 0, one for the
type, one for the number of dimensions, then each dimension as a big-endian 32-bit number.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import written
from cnn_studio.core.datasets.mapped_arrays import Store
from cnn_studio.data.decoding.array_decoding import as_images, as_labels
from cnn_studio.data.decoding.array_fitting import fitted_parts
from cnn_studio.data.decoding.class_names import EMNIST_CLASSES
from cnn_studio.data.decoding.options import Options, Part, ReadData, require_room

NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test|valid|val)?(?P<dash>[-_.]?)(?P<kind>images|labels)"
    r"(?P<rest>[-.]idx\d-[a-z]+)(?P<packed>\.gz)?",
    re.IGNORECASE,
)
PARTS: dict[str, Part] = {
    "train": "train",
    "t10k": "test",
    "test": "test",
    "valid": "validation",
    "val": "validation",
}
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MAGIC = (0, 0)
CHUNK_BYTES = 2**22
DAMAGE = (OSError, EOFError, zlib.error)


class Readable(Protocol):
    """An open file, of whatever kind."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most so many bytes; none at the end."""


@dataclass(frozen=True)
class _Pair:
    images: Path
    labels: Path


def recognizes(path: Path) -> bool:
    """Return whether this is an IDX file, or a folder that has some, by the names."""
    if path.is_dir():
        return bool(_image_files(path))
    return NAME.fullmatch(path.name) is not None


def read(path: Path, options: Options) -> ReadData:
    """Read IDX files.

    Args:
        path: A file of images or labels, whose companions beside it are found by their names, or the
            folder of one set of them.
        options: Size, channels and inversion count here.

    Raises:
        StudioError: If a companion is missing, a file is damaged, or the numbers do not fit together.
    """
    name, pairs = _pairs(path)
    images = {part: read_array(pair.images) for part, pair in pairs.items()}
    labels = {part: _class_column(read_array(pair.labels)) for part, pair in pairs.items()}
    return from_arrays(images, labels, name, str(path), options)


def from_arrays(
    images: dict[Part, NDArray[Any]],
    labels: dict[Part, NDArray[Any]],
    name: str,
    source: str,
    options: Options,
) -> ReadData:
    """Return what a set of IDX arrays holds; EMNIST's images, published lying on their side, are set upright.

    Args:
        images: Per part, (N, height, width).
        labels: Per part, (N,).
        name: The set's name, such as "emnist-letters"; "" for MNIST's four files.
        source: The file, for the errors.
        options: Size, channels and inversion count here.
    """
    pixels, notes = as_images(images, source)
    classes = EMNIST_CLASSES.get(name.casefold().strip("-_."))
    if name.casefold().startswith("emnist"):
        pixels = {part: written([array.transpose(0, 2, 1, 3)], source) for part, array in pixels.items()}
        notes = (*notes, "EMNIST's images are published transposed; they were set upright.")
    counts = {part: len(array) for part, array in pixels.items()}
    numbers, names = as_labels(labels, counts, classes, source)
    return fitted_parts(pixels, numbers, names, notes, options, source)


def read_array(path: Path) -> NDArray[Any]:
    """Read one IDX file, packed with gzip or not.

    Raises:
        StudioError: If it is missing, empty, damaged, or claims more than it has.
    """
    try:
        if path.suffix.casefold() == ".gz":
            with gzip.open(path, "rb") as packed:
                return read_idx(packed, str(path))
        with path.open("rb") as file:
            return read_idx(file, str(path))
    except FileNotFoundError as error:
        raise StudioError(
            f"There is no file {path}.", "It belongs to the data and was not found.", "Put it there."
        ) from error
    except DAMAGE as error:
        raise _damaged(str(path), f"{str(error).rstrip('.')}") from error


def read_idx(file: Readable, source: str) -> NDArray[Any]:
    """Read an IDX array from an open file.

    Raises:
        StudioError: If its header or length is wrong.
    """
    start = file.read(4)
    if not start:
        raise _damaged(source, "a header is expected, the file is empty")
    if len(start) < 4 or tuple(start[:2]) != MAGIC or start[2] not in TYPES or not 1 <= start[3] <= 4:
        raise _damaged(source, f"an IDX header (0, 0, type, dimensions) is expected, received {tuple(start)}")
    dtype, dimensions = np.dtype(TYPES[start[2]]), start[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise _damaged(source, "it ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    require_room((*shape, dtype.itemsize), source)
    expected = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    with Store(source) as store:
        while store.size <= expected:  # in pieces: a header that lies costs neither memory nor disk
            piece = file.read(min(CHUNK_BYTES, expected + 1 - store.size))
            if not piece:
                break
            store.add(piece)
        if store.size != expected:
            received = f"{store.size:,}" if store.size < expected else "more"
            raise _damaged(
                source,
                f"its header says {' x '.join(map(str, shape))}, {expected:,} bytes; received {received}",
            )
        return store.array(dtype, shape)


def _class_column(labels: NDArray[Any]) -> NDArray[Any]:
    """Return the classes; QMNIST's extended labels have them in the first of eight columns."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 8 else labels


def _image_files(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    found = []
    for file in sorted(folder.iterdir()):
        match = NAME.fullmatch(file.name)
        if match and match["kind"].casefold() == "images":
            found.append((file, match))
    return found


def _pairs(path: Path) -> tuple[str, dict[Part, _Pair]]:
    """Find the files that belong together, and what their set is called."""
    folder = path if path.is_dir() else path.parent
    files = _image_files(folder)
    sets = sorted({match["set"].casefold() for _, match in files})
    if path.is_dir():
        if len(sets) > 1:
            raise StudioError(
                f"{path} holds several data sets.",
                f"IDX files of one are expected; found {', '.join(name or '(no name)' for name in sets)}.",
                "Open the file of training images instead of the folder.",
            )
        wanted = sets[0]
    else:
        chosen = NAME.fullmatch(path.name)
        wanted = chosen["set"].casefold() if chosen else ""
    pairs: dict[Part, _Pair] = {}
    for file, match in files:
        if match["set"].casefold() == wanted:
            pairs[PARTS[(match["part"] or "train").casefold()]] = _Pair(file, _labels_beside(file, match))
    if "train" not in pairs:
        if not path.is_dir() and len(pairs) == 1:  # one pair on its own, whatever it is called
            return wanted, {"train": next(iter(pairs.values()))}
        raise StudioError(
            f"{path} has no training images.",
            f"A file such as {wanted}train-images-idx3-ubyte.gz is expected beside it.",
            "Put the files of images and labels into one folder.",
        )
    return wanted, pairs


def _labels_beside(images: Path, match: re.Match[str]) -> Path:
    stem = f"{match['set']}{match['part'] or ''}{match['dash']}labels".casefold()
    for file in sorted(images.parent.iterdir()):
        if file.name.casefold().startswith(stem) and NAME.fullmatch(file.name):
            return file
    expected = images.name.replace("images", "labels").replace("idx3", "idx1")
    raise StudioError(
        f"The labels of {images} are missing.",
        f"A file {expected} is expected beside it.",
        "Put it there and open the data again.",
    )


def _damaged(source: str, why: str) -> StudioError:
    return StudioError(
        f"{source} cannot be read.", f"It is not a complete IDX file: {why}.", "Copy or download it again."
    )
