"""Arrays as other programs save them -> uint8 images and class numbers.

What is recognized: channels first or last or none, flat rows of pixels, floats of 0 to 1 or -1 to 1, 16 bits,
labels as numbers, as text, as one column (MedMNIST) or as one-hot rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import pieces, written
from cnn_studio.data.decoding.image_tree import natural
from cnn_studio.data.decoding.options import MOST_CLASSES, Images, Labels, Part, require_room

AnyArray = NDArray[Any]
CHANNEL_COUNTS = (1, 3)
LARGEST_LABEL = 65_535


def as_images(arrays: Mapping[Part, AnyArray], source: str) -> tuple[dict[Part, Images], tuple[str, ...]]:
    """Turn the image arrays of a source into one kind.

    Args:
        arrays: Per part (N, height, width), (N, height, width, channels), (N, channels, height, width) or
            (N, pixels); all parts alike. Values 0 to 255, 0 to 1, -1 to 1, or 0 to 65535 as uint16.
        source: The file, for the errors.

    Returns:
        Per part (N, height, width, 1 or 3) uint8 0 to 255, and notes on what was converted.

    Raises:
        StudioError: For a shape or values that are no images, naming the first image that is wrong.
    """
    shaped = {part: _shaped(array, f"{source}, {part} images") for part, array in arrays.items()}
    shapes = {array.shape[1:] for array in shaped.values()}
    if len(shapes) > 1:
        said = "; ".join(f"{part} {' x '.join(map(str, array.shape[1:]))}" for part, array in shaped.items())
        raise _refused(source, f"The images of all parts must have one shape; received {said}.")
    low, high, notes = _range(shaped, source)
    return {part: _eight_bits(array, low, high, source) for part, array in shaped.items()}, notes


def as_labels(
    labels: Mapping[Part, AnyArray], counts: Mapping[Part, int], names: Mapping[int, str] | None, source: str
) -> tuple[dict[Part, Labels], tuple[str, ...]]:
    """Turn the labels of a source into class numbers without gaps, the same in every part.

    Args:
        labels: Per part (N,), (N, 1) or one-hot (N, classes); numbers or text.
        counts: Images of each part.
        names: What a label is called; None: its number.
        source: The file, for the errors.

    Returns:
        Per part (N,) int32, and the names of the classes in order.

    Raises:
        StudioError: Naming the row, what was expected and what was received.
    """
    flat: dict[Part, AnyArray] = {}
    for part, array in labels.items():
        if len(array) != counts[part]:
            raise _refused(
                source,
                f"The {part} part has {counts[part]:,} images but {len(array):,} labels; as many are expected.",
            )
        flat[part] = _flat(np.asarray(array), f"{source}, {part} labels")
    kinds = {array.dtype.kind == "U" for array in flat.values()}
    if len(kinds) > 1:
        raise _refused(source, "The labels of one part are text and those of another are numbers.")
    values = np.unique(np.concatenate(list(flat.values()))) if flat else np.array([], np.int64)
    if kinds == {True}:
        values = np.array(sorted((str(value) for value in values), key=natural))
        classes = tuple(str(value) for value in values)
    else:
        _require_named(flat, names, source)
        classes = tuple((names or {}).get(int(value), str(int(value))) for value in values)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise _refused(
            source, f"2 to {MOST_CLASSES:,} classes are expected; the labels have {len(classes):,}."
        )
    number = {value: index for index, value in enumerate(values.tolist())}
    numbered = {
        part: np.array([number[value] for value in array.tolist()], np.int32) for part, array in flat.items()
    }
    return numbered, classes


def square_shape(pixels: int, size: tuple[int, int] | None = None) -> tuple[int, int, int] | None:
    """Return the image that has so many values: the wanted size if it fits, else a square, gray before color."""
    for channels in CHANNEL_COUNTS:
        if size is not None and size[0] * size[1] * channels == pixels:
            return (*size, channels)
    for channels in CHANNEL_COUNTS:
        side = math.isqrt(pixels // channels)
        if side > 1 and side * side * channels == pixels:
            return side, side, channels
    return None


def _shaped(array: AnyArray, source: str) -> AnyArray:
    if array.dtype.kind not in "buif":
        raise _refused(source, f"Numbers are expected; received {array.dtype}.")
    received = array.shape
    if array.ndim == 2:
        shape = square_shape(array.shape[1])
        if shape is None:
            raise _refused(
                source, f"Each row has {array.shape[1]:,} values, which do not form a square image."
            )
        array = array.reshape(-1, *shape)
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim == 4 and array.shape[3] not in CHANNEL_COUNTS and array.shape[1] in CHANNEL_COUNTS:
        array = np.moveaxis(array, 1, 3)
    if array.ndim != 4 or array.shape[3] not in CHANNEL_COUNTS or 0 in array.shape:
        raise _refused(
            source,
            f"The shape {received} is not (N, height, width), (N, height, width, channels) or "
            "(N, channels, height, width) with 1 or 3 channels.",
        )
    require_room(array.shape, source)
    return array


def _range(arrays: Mapping[Part, AnyArray], source: str) -> tuple[float, float, tuple[str, ...]]:
    """Return which values are black and white, from those of all parts together."""
    for part, array in arrays.items():
        if array.dtype.kind == "f":
            start = 0
            for piece in pieces(array):
                bad = ~np.isfinite(piece).all(axis=(1, 2, 3))
                if bad.any():
                    number = start + int(bad.argmax())
                    raise _refused(
                        source,
                        f"Image {number} of the {part} part has a pixel that is not a number (NaN or infinite).",
                    )
                start += len(piece)
    spans = [(piece.min(), piece.max()) for array in arrays.values() for piece in pieces(array)]
    low, high = float(min(low for low, _ in spans)), float(max(high for _, high in spans))
    kinds = {array.dtype for array in arrays.values()}
    if high <= 1 and (low >= -1 if any(kind.kind == "f" for kind in kinds) else low >= 0):
        black = -1.0 if low < 0 else 0.0
        return black, 1.0, (f"Pixels of {black:.0f} to 1 were scaled to 0 to 255.",)
    if low >= 0 and high <= 255:
        return 0.0, 255.0, ()
    if kinds == {np.dtype(np.uint16)}:
        return 0.0, 65535.0, ("Pixels of 16 bits were scaled to 0 to 255.",)
    raise _refused(
        source, f"Pixels of 0 to 255, 0 to 1 or -1 to 1 are expected; received {low:g} to {high:g}."
    )


def _eight_bits(array: AnyArray, low: float, high: float, source: str) -> Images:
    if array.dtype == np.uint8 and high == 255:
        return array if array.flags.c_contiguous else written([array], source)

    def scaled(piece: AnyArray) -> Images:
        return np.round((piece.astype(np.float64) - low) * (255 / (high - low))).astype(np.uint8)

    return written([array], source, scaled)


def _flat(array: AnyArray, source: str) -> AnyArray:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "buif":
        array = _from_one_hot(array, source)
    if array.ndim != 1:
        raise _refused(source, f"One label per image is expected; received the shape {array.shape}.")
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError as error:
            raise _refused(source, "Its labels are text that is not UTF-8.") from error
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind not in "buif":
        raise _refused(source, f"Numbers or text are expected; received {array.dtype}.")
    wrong = ~np.isfinite(array) if array.dtype.kind == "f" else np.zeros(len(array), bool)
    wrong |= ~((array >= 0) & (array <= LARGEST_LABEL)) | (array != np.floor(array))
    if wrong.any():
        row = int(wrong.argmax())
        raise _refused(
            source,
            f"Label {row} should be a whole number from 0 to {LARGEST_LABEL:,}; received {array[row]}.",
        )
    return array.astype(np.int64)


def _from_one_hot(array: AnyArray, source: str) -> AnyArray:
    wrong = (np.count_nonzero(array, axis=1) != 1) | (array.max(axis=1, initial=0) != 1)
    if wrong.any():
        row = int(wrong.argmax())
        ones = np.count_nonzero(array[row])
        raise _refused(
            source,
            f"Labels of {array.shape[1]} columns are read as one-hot rows, a single 1 among zeros; "
            f"row {row} has {ones} values that are not 0.",
            "Images with several labels are not supported; keep one label per image.",
        )
    numbers: AnyArray = array.argmax(axis=1)
    return numbers


def _require_named(labels: Mapping[Part, AnyArray], names: Mapping[int, str] | None, source: str) -> None:
    if names is None:
        return
    for part, array in labels.items():
        unknown = ~np.isin(array, list(names))
        if unknown.any():
            row = int(unknown.argmax())
            raise _refused(
                source,
                f"Label {row} of the {part} part should be one of the {len(names)} classes, "
                f"{min(names)} to {max(names)}; received {array[row]}.",
            )


def _refused(source: str, why: str, remedy: str = "Correct the file and open it again.") -> StudioError:
    return StudioError(f"{source} cannot be used.", why, remedy)
