"""CSV tables, an image a row, as Kaggle publishes them: the label, then a column per pixel."""

from __future__ import annotations

import csv
import gzip
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.mapped_arrays import Store
from cnn_studio.data.decoding.array_decoding import as_images, as_labels, square_shape
from cnn_studio.data.decoding.array_fitting import fitted_parts
from cnn_studio.data.decoding.options import Options, Part, ReadData

SUFFIXES = (".csv", ".csv.gz")
LABEL_COLUMNS = ("label", "labels", "class", "target", "y")
FEWEST_COLUMNS = 5
LONGEST_LINE = 2**22
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class _Table:
    """The numbers of one file; pixels (rows, columns) float32, labels as written."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.str_]


def recognizes(path: Path) -> bool:
    """Return whether this is a CSV table by its name."""
    return path.name.casefold().endswith(SUFFIXES)


def read(path: Path, options: Options) -> ReadData:
    """Read a table, and the one with the test images if it is beside it under the same name.

    "x_train.csv" takes "x_test.csv" as its test set if that has as many columns (Kaggle's digit recognizer
    has one without labels, which is left alone).

    Args:
        path: The file; the label is in the column called "label", "class", "target" or "y", or in the first.
        options: The size says how to read rows whose number of pixels is no square.

    Raises:
        StudioError: Naming the row, what was expected and what was received.
    """
    columns = _first_row(path)
    files: dict[Part, Path] = {"train": path}
    test = path.with_name(path.name.replace("train", "test"))
    if test != path and test.is_file() and _first_row(test) == columns:
        files["test"] = test
    tables = {part: _table(file) for part, file in files.items()}
    shape = square_shape(columns - 1, options.size)
    if shape is None:
        raise StudioError(
            f"{path} cannot be used.",
            f"A row has a label and {columns - 1:,} pixels, which do not form a square image.",
            "Choose the size of the images: height x width must be that number.",
        )
    arrays = {part: table.pixels.reshape(-1, *shape) for part, table in tables.items()}
    pixels, notes = as_images(arrays, str(path))
    if "test" in files:
        notes = (*notes, f"The test images are those of {test.name}, beside it.")
    counts = {part: len(array) for part, array in pixels.items()}
    labels = _numbers({part: table.labels for part, table in tables.items()})
    numbers, classes = as_labels(labels, counts, None, str(path))
    return fitted_parts(pixels, numbers, classes, notes, options, str(path))


def _open(path: Path) -> IO[str]:
    if path.suffix.casefold() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline=None)
    return path.open(encoding="utf-8-sig")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines that are not blank, with their numbers from 1.

    Raises:
        StudioError: If the file cannot be read, or a line has no end.
    """
    try:
        with _open(path) as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise _wrong(
                        path, number, f"at most {LONGEST_LINE:,} characters are expected, it has more"
                    )
                if stripped := line.strip():
                    yield number, stripped
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise StudioError(
            f"Cannot read {path}.", f"It is damaged: {error}.", "Copy or download it again."
        ) from error


def _first_row(path: Path) -> int:
    """Return how many columns the first line has."""
    for number, line in _lines(path):
        columns = line.count(",") + 1
        if columns < FEWEST_COLUMNS:
            raise _wrong(
                path, number, f"a label and a column per pixel are expected, it has {columns} columns"
            )
        return columns
    raise StudioError(
        f"{path} is empty.", "Rows of a label and pixels are expected; it has none.", "Copy it again."
    )


def _table(path: Path) -> _Table:
    column, columns = 0, 0
    labels: list[str] = []
    waiting: list[tuple[int, str]] = []
    with Store(str(path)) as store:
        for number, line in _lines(path):
            if not columns:
                columns = line.count(",") + 1
                header = _header(line)
                if header is not None:
                    column = _label_column(header, path, number)
                    continue
            if line.count(",") + 1 != columns:
                raise _wrong(
                    path,
                    number,
                    f"{columns:,} columns are expected as in the first line, it has {line.count(',') + 1:,}",
                )
            label, rest = _parted(line, column, columns)
            labels.append(sys.intern(label))
            waiting.append((number, rest))
            if len(waiting) == ROWS_AT_ONCE:
                store.add(_pixels(waiting, path, columns - 1))
                waiting = []
        if waiting:
            store.add(_pixels(waiting, path, columns - 1))
        if not labels:
            raise StudioError(f"{path} has no rows.", "Only a header was found.", "Copy it again.")
        return _Table(store.array(np.float32, (len(labels), columns - 1)), np.array(labels))


def _parted(line: str, column: int, columns: int) -> tuple[str, str]:
    """Part a row into its label and the text of its pixels."""
    if column == 0:
        label, _, rest = line.partition(",")
    elif column == columns - 1:
        rest, _, label = line.rpartition(",")
    else:
        values = line.split(",")
        label = values.pop(column)
        rest = ",".join(values)
    return label.strip().strip('"').strip(), rest


def _pixels(rows: list[tuple[int, str]], path: Path, columns: int) -> NDArray[np.float32]:
    try:
        block = np.loadtxt(
            (text for _, text in rows), np.float32, delimiter=",", comments=None, quotechar='"', ndmin=2
        )
    except ValueError as error:
        for number, text in rows:
            for index, value in enumerate(text.split(",")):
                if not _is_number(value):
                    raise _wrong(
                        path, number, f"a number is expected as pixel {index}, received '{value[:20]}'"
                    ) from error
        raise _wrong(path, rows[0][0], str(error)) from error
    if block.shape != (len(rows), columns):
        raise _wrong(path, rows[0][0], f"{columns} pixels per row are expected, received {block.shape[1]}")
    if not np.isfinite(block).all():
        row, index = np.argwhere(~np.isfinite(block))[0]
        raise _wrong(
            path, rows[row][0], f"a number is expected as pixel {index}, received {block[row, index]}"
        )
    return block


def _header(line: str) -> list[str] | None:
    """Return the names of the columns; None if the line holds pixels."""
    names = [name.strip() for name in next(csv.reader([line]))]
    wordy = sum(not _is_number(name) for name in names)
    return names if wordy > 1 or names[0].casefold() in LABEL_COLUMNS else None


def _label_column(names: list[str], path: Path, number: int) -> int:
    lowered = [name.casefold() for name in names]
    for known in LABEL_COLUMNS:
        if known in lowered:
            return lowered.index(known)
    if lowered[0].startswith("pixel"):
        raise _wrong(
            path, number, f"a column called '{LABEL_COLUMNS[0]}' is expected, the first is '{names[0]}'"
        )
    return 0


def _is_number(text: str) -> bool:
    try:
        float(text.strip().strip('"'))
    except ValueError:
        return False
    return True


def _numbers(labels: dict[Part, NDArray[np.str_]]) -> dict[Part, NDArray[np.str_] | NDArray[np.float64]]:
    """Return the labels as numbers if all of them are, else as the text they are."""
    try:
        return {part: array.astype(np.float64) for part, array in labels.items()}
    except ValueError:
        return dict(labels.items())


def _wrong(path: Path, number: int, why: str) -> StudioError:
    return StudioError(
        f"{path} cannot be used.", f"Line {number}: {why}.", "Correct that line and open it again."
    )
