"""The bytes of an image file -> its pixels, guarded against damaged and hostile files.

Images are placed as `core.drawing.image_input.fitted` places them: the proportions are kept, the longer side fills the
image, the rest is black. Nothing is inverted unless asked for, and nothing is cut off.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cnn_studio.data.decoding.options import Images

FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".webp")
LARGEST_PIXELS = 50_000_000
"""Of one image: more than any camera phone's ordinary picture, 150 MB once decoded."""
LARGEST_FILE_BYTES = 64 * 2**20
GRAY_MODES = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
TURNED = 5
"""Exif orientations from 5 to 8 exchange height and width."""


class Unreadable(Exception):  # noqa: N818 - says why a file is set aside, not that the program failed
    """A file cannot be used; its text is the reason, without a full stop."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image file says of itself.

    Attributes:
        height: Pixels, as it is shown (after any Exif rotation).
        width: Pixels.
        color: Whether its format can hold colors; its pixels may still be gray.
    """

    height: int
    width: int
    color: bool


def header_of(content: bytes) -> ImageHeader:
    """Read size and kind of an image without decoding its pixels.

    Raises:
        Unreadable: If it is none of the formats, or claims too many pixels.
    """
    with _opened(content) as picture:
        try:
            orientation = picture.getexif().get(0x0112, 1)
        except Exception:  # noqa: BLE001 - Pillow raises many kinds on damaged Exif, which is no matter here
            orientation = 1
        width, height = picture.size
        color = picture.mode not in GRAY_MODES
    turned = isinstance(orientation, int) and orientation >= TURNED
    return ImageHeader(width, height, color) if turned else ImageHeader(height, width, color)


def pixels_of(content: bytes, size: tuple[int, int], color: bool, invert: bool = False) -> Images:
    """Decode an image and place it.

    Args:
        content: The file.
        size: Height and width wanted, pixels; an image of that size comes out unchanged.
        color: Three channels instead of one.
        invert: Swap dark and bright (before the black around it is added).

    Returns:
        (height, width, 1 or 3) uint8, 0 to 255.

    Raises:
        Unreadable: If it cannot be decoded.
    """
    with _opened(content) as picture:
        try:
            picture.draft(None, (size[1] * 2, size[0] * 2))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            plain = _plain(upright, color)
        except Exception as error:
            raise Unreadable(f"it is damaged: {str(error).rstrip('.') or type(error).__name__}") from error
    if invert:
        plain = ImageOps.invert(plain)
    return _placed(plain, size)


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise Unreadable("it is empty, 0 bytes")
    if len(content) > LARGEST_FILE_BYTES:
        raise Unreadable(f"it has more than {LARGEST_FILE_BYTES // 2**20} MiB")
    try:
        with warnings.catch_warnings():
            # Pillow warns of pixels beyond a limit of its own; the limit here is lower, and counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise Unreadable(_too_large(error)) from error
    except UnidentifiedImageError as error:
        raise Unreadable("its content is not PNG, JPEG, BMP or WebP") from error
    except Exception as error:
        raise Unreadable(f"it is damaged: {str(error).rstrip('.') or type(error).__name__}") from error
    if picture.width * picture.height > LARGEST_PIXELS:
        claimed = f"{picture.height:,} x {picture.width:,} pixels"
        picture.close()
        raise Unreadable(_too_large(claimed))
    return picture


def _too_large(claimed: object) -> str:
    return f"it claims too many pixels, at most {LARGEST_PIXELS:,} are decoded ({claimed})"


def _plain(picture: Image.Image, color: bool) -> Image.Image:
    """Return an 8-bit picture without transparency: what is transparent becomes black."""
    if picture.mode.startswith("I;16"):
        deep = np.asarray(picture.convert("I"), np.float64)
        picture = Image.fromarray(np.round(deep / 257).astype(np.uint8))
    elif picture.mode in ("I", "F"):
        picture = Image.fromarray(_stretched(np.asarray(picture, np.float64)))
    if "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        black = Image.new("RGBA", layers.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, layers)
    if picture.mode == "P":
        picture = picture.convert("RGB")
    return picture.convert("RGB" if color else "L")


def _stretched(values: NDArray[np.float64]) -> Images:
    """32 bits a pixel: 16 of them used as a PNG does, or a range of its own."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high > 255:
        return np.round(values * (255 / max(high, 65535.0))).astype(np.uint8)
    if low >= 0 and high > 1:
        return np.round(values).astype(np.uint8)
    return np.round((values - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def _placed(picture: Image.Image, size: tuple[int, int]) -> Images:
    height, width = size
    channels = len(picture.getbands())
    if picture.size != (width, height):
        scale = min(height / picture.height, width / picture.width)
        inner = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(inner, Image.Resampling.HAMMING)
    pixels = np.asarray(picture, np.uint8).reshape(picture.height, picture.width, channels)
    if pixels.shape[:2] == size:
        return pixels
    image = np.zeros((height, width, channels), np.uint8)
    top, left = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    image[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return image


def resized(images: Images, size: tuple[int, int]) -> Images:
    """Place every image of an array; see `pixels_of` for how.

    Args:
        images: (N, height, width, 1 or 3) uint8.
        size: Height and width wanted, pixels.
    """
    if images.shape[1:3] == size:
        return images
    result = np.empty((len(images), *size, images.shape[3]), np.uint8)
    for number, image in enumerate(images):
        result[number] = _placed(Image.fromarray(image[..., 0] if image.shape[2] == 1 else image), size)
    return result


def with_channels(images: Images, channels: int) -> Images:
    """Turn gray into color by repeating it, or color into gray by the weights of ITU-R BT.601.

    Args:
        images: (N, height, width, 1 or 3) uint8.
        channels: 1 or 3.
    """
    if images.shape[3] == channels:
        return images
    if channels == CHANNELS_OF_COLOR:
        return np.repeat(images, CHANNELS_OF_COLOR, axis=3)
    gray = np.empty((*images.shape[:3], 1), np.uint8)
    for number, image in enumerate(images):
        gray[number, ..., 0] = np.asarray(Image.fromarray(image).convert("L"))
    return gray


def is_gray(images: Images) -> bool:
    """Return whether three channels say the same everywhere."""
    return bool((images[..., 0] == images[..., 1]).all() and (images[..., 0] == images[..., 2]).all())


CHANNELS_OF_COLOR = 3
