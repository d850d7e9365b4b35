"""NumPy archives, with the names Keras's, MedMNIST's and most people's have."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.mapped_arrays import Store, let_go
from cnn_studio.data.decoding.array_decoding import as_images, as_labels
from cnn_studio.data.decoding.array_fitting import fitted_parts
from cnn_studio.data.decoding.options import Options, Part, ReadData, require_room

PART_NAMES: dict[Part, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
PATTERNS = (("x_{0}", "y_{0}"), ("{0}_x", "{0}_y"), ("{0}_images", "{0}_labels"), ("{0}_data", "{0}_labels"))
ALONE = (("x", "y"), ("images", "labels"), ("data", "labels"), ("data", "target"), ("arr_0", "arr_1"))
CLASS_NAMES = ("class_names", "classes", "label_names", "target_names")
SUFFIX = ".npy"
CHUNK_BYTES = 2**22
ROWS_AT_ONCE = 1024
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
)


def recognizes(path: Path) -> bool:
    """Return whether this is a NumPy archive by its name."""
    return path.name.casefold().endswith(".npz")


def read(path: Path, options: Options) -> ReadData:
    """Read an archive of arrays; pickled objects in it are never opened.

    Raises:
        StudioError: If it is damaged, has none of the known names, or arrays that do not fit together.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise StudioError(f"{path} is empty.", "Arrays are expected; the file has 0 bytes.", "Copy it again.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                name.removesuffix(SUFFIX).casefold(): name
                for name in archive.namelist() if name.endswith(SUFFIX)
            }  # fmt: skip
            chosen = _chosen(members, path)
            images = {part: _array(archive, members[x], path) for part, (x, _) in chosen.items()}
            labels = {part: _array(archive, members[y], path) for part, (_, y) in chosen.items()}
            names = _class_names(archive, members, path)
    except DAMAGE as error:
        cause = str(error).rstrip(".") or type(error).__name__
        raise StudioError(
            f"Cannot read {path}.", f"It is damaged: {cause}.", "Copy or download it again."
        ) from error
    pixels, notes = as_images(images, str(path))
    numbers, classes = as_labels(
        labels, {part: len(array) for part, array in pixels.items()}, names, str(path)
    )
    return fitted_parts(pixels, numbers, classes, notes, options, str(path))


def _chosen(members: Mapping[str, str], path: Path) -> dict[Part, tuple[str, str]]:
    """Return the names of images and labels of each part."""
    found: dict[Part, tuple[str, str]] = {}
    for part, words in PART_NAMES.items():
        for word in words:
            for images, labels in PATTERNS:
                pair = images.format(word), labels.format(word)
                if part not in found and pair[0] in members and pair[1] in members:
                    found[part] = pair
    if "train" in found:
        return found
    for pair in ALONE:
        if pair[0] in members and pair[1] in members:
            return {"train": pair}
    raise StudioError(
        f"{path} has no labeled images under known names.",
        "Arrays named x_train and y_train, train_images and train_labels, or x and y are expected; "
        f"it has {', '.join(members) or 'none'}.",
        "Save them again under those names with numpy.savez_compressed.",
    )


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    """Read one array after its header was found to be plausible."""
    source = f"{path}, array {name.removesuffix(SUFFIX)}"
    with archive.open(name) as file:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)
        shape, by_columns, dtype = header
        if dtype.hasobject:
            raise StudioError(
                f"{source} was not opened.",
                "It holds Python objects, which can carry code that runs when they are read.",
                "Save it again as numbers or text.",
            )
        require_room((*shape, dtype.itemsize), source)
        begins = file.tell()
        expected = begins + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    received = archive.getinfo(name).file_size
    if received != expected:
        raise StudioError(
            f"{source} is damaged.",
            f"Its header says {' x '.join(map(str, shape))}, {expected:,} bytes; received {received:,}.",
            "Save it again.",
        )
    with archive.open(name) as file, Store(source) as store:
        file.read(begins)
        while piece := file.read(CHUNK_BYTES):
            store.add(piece)
        array = store.array(dtype, shape[::-1] if by_columns else shape)
    return _by_rows(array.T, source) if by_columns else array


def _by_rows(array: NDArray[Any], source: str) -> NDArray[Any]:
    """Return an array that was saved column by column (Fortran order) as the others are."""
    with Store(source) as store:
        for start in range(0, len(array), ROWS_AT_ONCE):
            store.add(array[start : start + ROWS_AT_ONCE])
            let_go(array)
        return store.array(array.dtype, array.shape)


def _class_names(archive: zipfile.ZipFile, members: Mapping[str, str], path: Path) -> dict[int, str] | None:
    for key in CLASS_NAMES:
        if key in members:
            names = _array(archive, members[key], path)
            if names.ndim == 1 and names.dtype.kind == "U":
                return {number: str(name) for number, name in enumerate(names)}
    return None
