"""Arrays of images that are all alike -> the size and the channels that were asked for."""

from __future__ import annotations

import numpy as np

from cnn_studio.core.datasets.lazy_arrays import pieces, written
from cnn_studio.data.decoding.image_decoding import is_gray, resized, with_channels
from cnn_studio.data.decoding.options import (
    CHANNELS,
    COMMON_SIDE,
    LARGEST_OWN_SIDE,
    Images,
    Labels,
    Options,
    Part,
    ReadData,
    SourceSample,
    require_room,
)


def fitted_parts(
    images: dict[Part, Images],
    labels: dict[Part, Labels],
    classes: tuple[str, ...],
    notes: tuple[str, ...],
    options: Options,
    source: str,
) -> ReadData:
    """Return what was found in arrays, as asked for.

    Args:
        images: Per part (N, height, width, 1 or 3) uint8, one shape for all parts.
        labels: Per part (N,) int32.
        classes: The names of the classes.
        notes: What was converted already.
        options: Size, channels and inversion count here.
        source: The file, for the errors.
    """
    height, width, channels = next(iter(images.values())).shape[1:]
    size = options.size or (height, width)
    if options.size is None and max(size) > LARGEST_OWN_SIDE:
        size = (COMMON_SIDE, COMMON_SIDE)
        notes = (
            *notes,
            f"The images are {height} x {width} pixels; all were scaled to {COMMON_SIDE} x {COMMON_SIDE}, "
            "proportions kept, on black. You can choose another size.",
        )
    wanted = CHANNELS.get(options.channels)
    if wanted is None:
        wanted = (
            1
            if channels == 1 or all(is_gray(piece) for array in images.values() for piece in pieces(array))
            else channels
        )
    require_room((sum(map(len, images.values())), *size, wanted), source)

    def fitted(piece: Images) -> Images:
        inked = np.subtract(255, piece, dtype=np.uint8) if options.invert else piece
        return with_channels(resized(inked, size), wanted)

    parts: dict[Part, SourceSample] = {}
    for part, array in images.items():
        as_it_is = array.shape[1:] == (*size, wanted) and not options.invert
        parts[part] = SourceSample(array if as_it_is else written([array], source, fitted), labels[part])
    return ReadData(parts, classes, notes=notes)
