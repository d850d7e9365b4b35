"""Image files and drawings -> the image a network takes, whatever it was trained on.

Digits are placed as MNIST's were (`core.drawing.preprocessing`). Anything else is placed as Fashion-MNIST's garments
were: gray, bright on 0, the longer side filling the image, centered (Xiao, Rasul and Vollgraf, 2017).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.preprocessing import (
    Stroke,
    drawing_to_image,
    flattened,
    picture_to_image,
    rasterized,
)
from cnn_studio.core.network.layers import Shape

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
"""Pillow's names of those that are opened (JPEG with the several pictures some phones put into one file). Pillow knows
fifty more, seldom used and little tested, and hands one of them, EPS, to another program."""
LONGEST_SIDE = 2048
"""Pixels a photograph is reduced to before anything else: its ink is still many times finer than 28."""
MOST_PIXELS = 40_000_000
"""More are not decoded (a JPEG file is decoded at a fraction of its size): about 160 MB and half a second."""
FLAT = 8
"""Of 255: a picture whose brightest and darkest pixel differ less is blank (compression noise)."""

Image8 = NDArray[np.uint8]


@dataclass(frozen=True)
class OpenedPicture:
    """A picture from a file.

    Attributes:
        picture: Upright, 8 bits a channel, at most 2048 pixels a side.
        frames: How many pictures the file holds; the first was opened.
        size: Width and height in the file.
    """

    picture: Image.Image
    frames: int
    size: tuple[int, int]


def open_frame(source: Path | BinaryIO, name: str | None = None) -> OpenedPicture:
    """Open an image of one of the known formats, whatever its name ends in; of an animation the first picture.

    Args:
        source: A file, or an open one: what was dropped or pasted.
        name: What messages call it; the path by default.

    Raises:
        StudioError: If it is missing, not an image, damaged, or too large to be decoded safely.
    """
    path = name if name is not None else source
    try:
        with warnings.catch_warnings():
            # Pillow warns from 89 megapixels on and refuses from 179 on: here the first limit counts.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as picture:
                size, frames = picture.size, getattr(picture, "n_frames", 1)
                picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture.load()
                ImageOps.exif_transpose(picture, in_place=True)  # a copy would take as much memory again
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise StudioError(
            f"{path} was not opened.",
            f"It has more than {MOST_PIXELS:,} pixels, a size that damaged or hostile files claim.",
            "Make the picture smaller first.",
        ) from error
    except UnidentifiedImageError as error:
        empty = isinstance(source, Path) and source.is_file() and not source.stat().st_size
        raise StudioError(
            f"{path} is not an image.",
            "It is empty." if empty else "Its content has none of the image formats known here.",
            "Give a PNG, JPEG, GIF, BMP, TIFF or WebP file, or drawings as .jsonl.",
        ) from error
    except FileNotFoundError as error:
        raise StudioError(f"There is no file {path}.", "Nothing has that name.", "Check the name.") from error
    except IsADirectoryError as error:
        raise StudioError(f"{path} was not opened.", "It is a folder.", "Give the files in it.") from error
    except Exception as error:
        cause = str(error).rstrip(".") or type(error).__name__
        raise StudioError(f"Cannot read the image {path}.", f"{cause}.", "Save it again as PNG.") from error
    sixteen_bits = picture.mode.startswith("I;16")
    reduced = _reduced(picture.convert("I") if sixteen_bits else picture)
    return OpenedPicture(_eight_bits(reduced, 65535.0 if sixteen_bits else None), frames, size)


def picture_to_input(picture: Image.Image, classes: tuple[str, ...], shape: Shape) -> Image8 | None:
    """Return what a network sees of a picture.

    Args:
        picture: From `open_frame`.
        classes: The names of the network's classes; digits are placed as MNIST's.
        shape: Height, width and channels (first or last) of its input.

    Returns:
        `shape` uint8, or None for a blank picture.
    """
    if classes == DIGITS:
        digit = picture_to_image(picture)
        return None if digit is None else fitted(digit, shape)
    gray = np.asarray(flattened(picture))
    if int(gray.max()) - int(gray.min()) < FLAT:
        return None
    rim = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return fitted(255 - gray if np.median(rim) > 127 else gray, shape)


def drawing_to_input(strokes: Sequence[Stroke], classes: tuple[str, ...], shape: Shape) -> Image8 | None:
    """Return what a network sees of a drawing; arguments and result as in `picture_to_input`."""
    ink = drawing_to_image(strokes) if classes == DIGITS else rasterized(strokes)
    return None if ink is None else fitted(ink, shape)


def fitted(gray: Image8, shape: Shape) -> Image8:
    """Scale an image so that it just fits, center it on 0, and repeat it for every channel.

    Args:
        gray: (height, width) uint8, bright on 0.
        shape: Three numbers, or two without channels; one of the first or last is 1 or 3 channels.

    Returns:
        `shape` uint8; a 28x28 image for a 28x28 network comes out unchanged.
    """
    channels_first = len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3)
    height, width = shape[1:] if channels_first else shape[:2]
    scale = min(height / gray.shape[0], width / gray.shape[1])
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    small = gray
    if size != gray.shape[::-1]:
        small = np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.HAMMING), np.uint8)
    image = np.zeros((height, width), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    image[top : top + size[1], left : left + size[0]] = small
    if len(shape) == 2:
        return image
    return np.broadcast_to(image[None] if channels_first else image[..., None], shape).copy()


def _reduced(picture: Image.Image) -> Image.Image:
    factor = -(-max(picture.size) // LONGEST_SIDE)
    if factor < 2:
        return picture
    if picture.mode in ("P", "1"):  # averaging numbers of a palette would invent colors
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    return picture.reduce(factor)


def _eight_bits(picture: Image.Image, white: float | None) -> Image.Image:
    """Spread 16 and 32 bits over 0 to 255: Pillow's own conversion cuts at 255 and leaves white.

    Args:
        picture: Of any mode; 8 bits a channel are left alone.
        white: The value of white, where the format says it; otherwise the range is the picture's own.
    """
    if picture.mode not in ("I", "F"):
        return picture
    values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0.0, neginf=0.0)
    low = 0.0 if white else float(values.min())
    extent = white or float(values.max()) - low or 1.0
    return Image.fromarray(np.round((values - low) / extent * 255).astype(np.uint8))
