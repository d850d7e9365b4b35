"""Working on more images than memory holds: some of them by number, all of them piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.core.datasets.mapped_arrays import Store

Indices = NDArray[np.int64]
Pixels = NDArray[np.uint8]
PIECE_BYTES = 4 * 2**20


class Images(Protocol):
    """Images wherever they are: an array in memory, a mapped one, or a selection of either."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, height, width, channels)."""

    def __len__(self) -> int:
        """N."""

    def __getitem__(self, wanted: slice | Indices, /) -> Any:
        """Return the wanted images as (n, height, width, channels) uint8; keep n small."""


class Selected:
    """Some images of an array, in an order of one's own, without copying any until they are asked for.

    Args:
        images: (N, height, width, channels) uint8.
        numbers: Which of them, (n,).

    Attributes:
        whole: The images chosen from.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, images: Pixels, numbers: Indices) -> None:
        self.whole, self._numbers = images, numbers

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, height, width, channels)."""
        return len(self._numbers), *self.whole.shape[1:]

    def __len__(self) -> int:
        """Return n."""
        return len(self._numbers)

    def __getitem__(self, wanted: slice | Indices) -> Pixels:
        """Return the wanted ones as an array in memory; an index beyond the end is an IndexError."""
        return self.whole[self._numbers[wanted]]

    def __array__(self, *_: object, **__: object) -> NoReturn:
        """Refuse: NumPy and TensorFlow would load everything without a word.

        Raises:
            StudioError: Always; whoever works on images in general takes slices, or some by their numbers.
        """
        raise StudioError(
            "The images were not loaded into memory.",
            f"They take {size_bytes(self) / 2**20:,.0f} MiB, and all of them were asked for at once; at most "
            f"{mapped_arrays.LARGE_BYTES // 2**20} MiB are held.",
            "Train on one device, or on fewer images (--limit).",
        )


def let_go(images: Images) -> None:
    """Say that what was asked for of these images is not needed now; see `storage.let_go`."""
    array = images.whole if isinstance(images, Selected) else images
    if isinstance(array, np.ndarray):
        mapped_arrays.let_go(array)


def size_bytes(images: Images) -> int:
    """Return what the images take, or would take, in memory."""
    return int(np.prod(images.shape, dtype=np.int64))


def is_large(images: Images) -> bool:
    """Return whether the images are too many to be held in memory."""
    return size_bytes(images) > mapped_arrays.LARGE_BYTES


def selected(images: Pixels, numbers: Indices) -> Images:
    """Return some images: an array of their own if that is small, else a selection."""
    chosen = Selected(images, numbers)
    return chosen if is_large(chosen) else images[numbers]


def pieces(images: Images) -> Iterator[Any]:
    """Give the images from first to last, some 4 MiB at a time; each is to be used before the next is taken."""
    itemsize = getattr(images, "dtype", Selected.dtype).itemsize
    step = max(1, PIECE_BYTES // max(1, itemsize * int(np.prod(images.shape[1:], dtype=np.int64))))
    for start in range(0, len(images), step):
        yield images[start : start + step]
        let_go(images)


def written(parts: Iterable[Images], source: str, change: Callable[[Any], Pixels] | None = None) -> Pixels:
    """Write images one after the other into one array, in memory if that is small, else mapped.

    Args:
        parts: Images; the same height, width and channels once changed.
        source: Whose they are, for the errors.
        change: What is done to each piece, if anything; the number of images stays.

    Raises:
        StudioError: If the disk does not take them.
    """
    shape: tuple[int, ...] = ()
    count = 0
    with Store(source) as store:
        for images in parts:
            for piece in pieces(images) if len(images) else [images[:0]]:
                done = piece if change is None else change(piece)
                store.add(done)
                shape, count = done.shape[1:], count + len(done)
        array: Pixels = store.array(np.uint8, (count, *shape))
    return array
