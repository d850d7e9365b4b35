"""Image files in folders, wherever they are kept -> labeled images.

A folder on disk and an archive both give a list of entries; what the names mean is decided here: which
folder is a class, which is a part ("train", "test", "val"), and which files are none of the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import pieces, written
from cnn_studio.core.datasets.mapped_arrays import Store
from cnn_studio.data.decoding.image_decoding import (
    SUFFIXES,
    ImageHeader,
    Unreadable,
    header_of,
    is_gray,
    pixels_of,
)
from cnn_studio.data.decoding.options import (
    COMMON_SIDE,
    LARGEST_OWN_SIDE,
    MOST_CLASSES,
    Options,
    Part,
    ReadData,
    SetAside,
    SourceSample,
    require_room,
)

PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
NOT_DATA = {"__macosx", "thumbs.db", "desktop.ini"}
MANY = 3


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One file.

    Attributes:
        path: Its folders and name, from the top.
        read: Returns its bytes, or raises `Unreadable`.
    """

    path: tuple[str, ...]
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """Its path as text."""
        return "/".join(self.path)


@dataclass(frozen=True, slots=True)
class _Image:
    entry: ImageEntry
    part: Part
    label: str
    header: ImageHeader


def natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
    """Return a sort key under which "2" comes before "10" and "b" before "C"."""
    pieces = re.split(r"(\d+)", name.casefold())
    # Only what int() reads counts as a number: "²" is a digit to Python's isdigit().
    return [(0, int(piece)) if piece.isdecimal() else (1, piece) for piece in pieces if piece], name


def read_tree(
    entries: Iterable[ImageEntry], options: Options, source: str, set_aside: Iterable[SetAside]
) -> ReadData:
    """Read a folder per class.

    Args:
        entries: Every file, in any order.
        options: Size, channels and inversion count here.
        source: The folder or archive, for the errors.
        set_aside: What was left out already.

    Returns:
        The images, class by class in natural order of the names.

    Raises:
        StudioError: If there are no images, fewer than two classes, none readable, or too many.
    """
    left_out = list(set_aside)
    candidates = []
    for entry in entries:
        hidden = any(piece.startswith(".") or piece.casefold() in NOT_DATA for piece in entry.path)
        if hidden:
            continue
        if entry.path[-1].casefold().endswith(SUFFIXES):
            candidates.append(entry)
        else:
            left_out.append(SetAside(entry.name, "it is not a PNG, JPEG, BMP or WebP file"))
    if not candidates:
        raise StudioError(
            f"{source} holds no images.",
            f"PNG, JPEG, BMP or WebP files in a folder per class are expected; {_listed(left_out) or 'it is empty'}.",
            "Choose the folder that holds the classes' folders.",
        )
    images = _with_headers(_meaning(candidates, left_out), left_out)
    classes = tuple(sorted({image.label for image in images}, key=natural))
    _require_classes(classes, source, left_out)
    return _decoded(images, classes, options, source, left_out)


def _meaning(entries: list[ImageEntry], left_out: list[SetAside]) -> list[tuple[ImageEntry, Part, str]]:
    """Find the class and the part of each file from its folders."""
    depth = _common_depth(entries)
    with_parts = _has_parts(entries, depth)
    found: list[tuple[ImageEntry, Part, str]] = []
    for entry in sorted(entries, key=lambda entry: [natural(piece) for piece in entry.path]):
        part = _part_at(entry, depth) if with_parts else "train"
        folders = entry.path[depth + with_parts : -1]
        if part is None:
            left_out.append(SetAside(entry.name, "it is outside the folders of training and test images"))
        elif not folders:
            left_out.append(SetAside(entry.name, "it is in no class's folder"))
        else:
            found.append((entry, part, folders[0]))
    return found


def _common_depth(entries: list[ImageEntry]) -> int:
    """Return how many folders all files share before the classes (or the parts) begin."""
    depth = 0
    while True:
        tops = {entry.path[depth] for entry in entries if len(entry.path) > depth + 1}
        deep_enough = all(len(entry.path) > depth + 2 for entry in entries)
        if len(tops) != 1 or not deep_enough or PARTS.get(next(iter(tops)).casefold()) == "train":
            return depth
        depth += 1


def _has_parts(entries: list[ImageEntry], depth: int) -> bool:
    """Return whether folders like "train" are parts; beside "car" and "plane", it is a class."""
    parts = {part for entry in entries if (part := _part_at(entry, depth))}
    tops = {entry.path[depth].casefold() for entry in entries if len(entry.path) > depth + 1}
    return "train" in parts and (len(parts) > 1 or tops <= PARTS.keys())


def _part_at(entry: ImageEntry, depth: int) -> Part | None:
    """Return the part a file's folder names; a class inside it is expected."""
    return PARTS.get(entry.path[depth].casefold()) if len(entry.path) > depth + 2 else None


def _with_headers(files: list[tuple[ImageEntry, Part, str]], left_out: list[SetAside]) -> list[_Image]:
    images = []
    for entry, part, label in files:
        try:
            images.append(_Image(entry, part, label, header_of(entry.read())))
        except Unreadable as error:
            left_out.append(SetAside(entry.name, str(error)))
    return images


def _require_classes(classes: tuple[str, ...], source: str, left_out: list[SetAside]) -> None:
    if len(classes) < 2:
        what = f"one class, '{classes[0]}'" if classes else "no readable images"
        raise StudioError(
            f"{source} cannot be trained on.",
            f"At least two classes, a folder each, are expected; it has {what}."
            + (f" Left out: {_listed(left_out)}." if left_out else ""),
            "Choose the folder that holds the classes' folders.",
        )
    if len(classes) > MOST_CLASSES:
        raise StudioError(
            f"{source} was not opened.",
            f"It has {len(classes):,} folders; at most {MOST_CLASSES:,} classes are taken.",
            "Choose the folder that holds one folder per class.",
        )


def _decoded(
    images: list[_Image], classes: tuple[str, ...], options: Options, source: str, left_out: list[SetAside]
) -> ReadData:
    size, note = _size(images, options)
    color = (
        any(image.header.color for image in images)
        if options.channels == "auto"
        else options.channels == "color"
    )
    require_room((len(images), *size, 3 if color else 1), source)
    kept: list[_Image] = []
    with Store(source) as store:
        for image in images:
            try:
                store.add(pixels_of(image.entry.read(), size, color, options.invert))
                kept.append(image)
            except Unreadable as error:
                left_out.append(SetAside(image.entry.name, str(error)))
        pixels = store.array(np.uint8, (len(kept), *size, 3 if color else 1))
    classes = tuple(name for name in classes if name in {image.label for image in kept})
    _require_classes(classes, source, left_out)
    if options.channels == "auto" and color and all(map(is_gray, pieces(pixels))):
        pixels = written([pixels[..., :1]], source)
    number = {name: index for index, name in enumerate(classes)}
    labels = np.array([number[image.label] for image in kept], np.int32)
    whole = SourceSample(
        pixels, labels, np.array([image.entry.name for image in kept], np.dtypes.StringDType())
    )
    parts: dict[Part, SourceSample] = {}
    for part in ("train", "validation", "test"):
        chosen = np.array([image.part == part for image in kept])
        if chosen.all():
            parts[part] = whole
        elif chosen.any():
            parts[part] = whole.chosen(np.flatnonzero(chosen), source)
    if "train" not in parts:
        raise StudioError(
            f"{source} cannot be trained on.",
            f"None of its training images could be read: {_listed(left_out)}.",
            "Save them again as PNG.",
        )
    return ReadData(parts, classes, tuple(left_out), note, class_by_class=True)


def _size(images: list[_Image], options: Options) -> tuple[tuple[int, int], tuple[str, ...]]:
    sizes = {(image.header.height, image.header.width) for image in images}
    smallest, largest = min(sizes), max(sizes)
    if options.size is not None:
        return options.size, ()
    if len(sizes) == 1 and max(largest) <= LARGEST_OWN_SIDE:
        return largest, ()
    span = (
        f"are {largest[0]} x {largest[1]}" if len(sizes) == 1
        else f"have {len(sizes)} sizes, from {smallest[0]} x {smallest[1]} to {largest[0]} x {largest[1]}"
    )  # fmt: skip
    return (COMMON_SIDE, COMMON_SIDE), (
        f"The images {span} pixels; all were scaled to {COMMON_SIDE} x {COMMON_SIDE}, proportions kept, "
        "on black. You can choose another size.",
    )


def _listed(left_out: list[SetAside]) -> str:
    """Name the first few files left out."""
    named = "; ".join(f"{item.name}: {item.reason}" for item in left_out[:MANY])
    more = len(left_out) - MANY
    return named + (f"; and {more:,} more" if more > 0 else "")
