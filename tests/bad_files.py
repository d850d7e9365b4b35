"""Files that people drop by mistake, or that are made to do harm; for window and command line."""

import json
import struct
import zlib

import numpy as np
from PIL import Image

GIANT_SIDE = 40_000


def write_giant(path):
    """Write a whole PNG of 40,000 x 40,000 pixels: 200 kB that are 1.6 billion pixels."""
    packer = zlib.compressobj(1)
    row = bytes(1 + GIANT_SIDE // 8)
    content = b"".join([packer.compress(row * 1000) for _ in range(GIANT_SIDE // 1000)]) + packer.flush()
    head = struct.pack(">IIBBBBB", GIANT_SIDE, GIANT_SIDE, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", content) + _chunk(b"IEND", b"")
    )


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def upright():
    """Return a picture of a 1."""
    picture = Image.new("L", (100, 100), 255)
    picture.paste(0, (46, 15, 54, 85))
    return picture


def write_half(path):
    """Write the first half of a PNG."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(path, "PNG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def write_animation(path):
    """Write a GIF of a 1, a blank picture and another 1."""
    first = upright()
    first.save(path, "GIF", save_all=True, append_images=[Image.new("L", first.size, 255), first])


def write_million(path):
    """Write a drawing of an ellipse gone round a hundred times with a million points."""
    angles = np.linspace(0, 200 * np.pi, 1_000_000)
    points = np.column_stack([np.cos(angles), 1.5 * np.sin(angles)]).round(4).tolist()
    path.write_text(json.dumps({"strokes": [points]}))


def write_photoshop(path):
    """Write the smallest gray PSD, 4 x 4 pixels."""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 1, 4, 4, 8, 1)
    path.write_bytes(head + bytes(12) + bytes(2) + bytes(16))


def write_fits(path):
    """Write a FITS image of 4 x 4 bytes, as telescopes do."""
    cards = ["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 4", "NAXIS2  = 4", "END"]
    path.write_bytes("".join(card.ljust(80) for card in cards).ljust(2880).encode() + bytes(2880))


def _writer(kind):
    return lambda path: upright().convert("RGB").resize((128, 128)).save(path, kind)


OTHER_FORMATS = {
    "eps.png": _writer("EPS"),
    "icon.ico": _writer("ICO"),
    "icon.icns": _writer("ICNS"),
    "paint.pcx": _writer("PCX"),
    "plain.ppm": _writer("PPM"),
    "shop.psd": write_photoshop,
    "stars.fits": write_fits,
}
"""Whole images in formats that are not read here; Pillow would run another program for the first of them."""
KNOWN_FORMATS = "Give a PNG, JPEG, GIF, BMP, TIFF or WebP file"

REFUSED = {
    "giant.png": (write_giant, "giant.png was not opened.", "pixels"),
    "liar.png": (lambda path: path.write_text("hello\n" * 99), "liar.png is not an image.", "none of the"),
    "half.png": (write_half, "Cannot read the image half.png.", "truncated"),
    "empty.png": (lambda path: path.touch(), "empty.png is not an image.", "It is empty."),
    "empty.jsonl": (lambda path: path.touch(), "empty.jsonl contains no drawings.", "It is empty."),
    "nan.jsonl": (
        lambda path: path.write_text('{"strokes": [[[NaN, 1], [2, 3]]]}'),
        "nan.jsonl is not a file of drawings.",
        "Line 1",
    ),
    "bytes.jsonl": (
        lambda path: path.write_bytes(bytes(range(256)) * 9),
        "bytes.jsonl is not a file of drawings.",
        "Line 1",
    ),
    "deep.jsonl": (
        lambda path: path.write_text('{"strokes": ' + "[" * 99_999 + "]" * 99_999 + "}"),
        "deep.jsonl is not a file of drawings.",
        "Line 1",
    ),
    "folder.png": (lambda path: path.mkdir(), "folder.png was not opened.", "It is a folder."),
    "folder.jsonl": (lambda path: path.mkdir(), "folder.jsonl was not opened.", "It is a folder."),
    **{
        name: (write, f"{name} is not an image.", KNOWN_FORMATS)
        for name, write in OTHER_FORMATS.items()
        if name != "stars.fits"  # no image's kind to the window, which takes it for drawings
    },
    "missing.jsonl": (lambda path: None, "Cannot read", "No such file"),
}
"""By name: what writes it, how the sentence begins, and what it says besides."""
