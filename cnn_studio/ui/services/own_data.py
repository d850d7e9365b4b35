"""What the window says of data that are not shipped: a person's own, and downloaded ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo

if TYPE_CHECKING:
    from cnn_studio.data.decoding.options import Options
    from cnn_studio.data.download_catalog import Item

MOST_FILES_NAMED = 3
OWN = "file:"
"""What the names of a person's own data begin with."""


class FoundData(msgspec.Struct, frozen=True):
    """Data that can be chosen: the row a recipe needs, and what should be known of them, in sentences."""

    info: DatasetInfo
    sentences: tuple[str, ...] = ()
    inverted: bool = False


# What follows imports `cnn_studio.data`, which is not needed before the first paint.


def look_at(path: Path, options: Options | None = None) -> FoundData:
    """Read data and look them over (seconds for thousands of files: not on the GUI thread).

    Raises:
        StudioError: If they cannot be read; it names the file and what to do.
    """
    from cnn_studio.data.data_report import report
    from cnn_studio.data.opening import open_data

    opened = open_data(path, options)
    sentences = [*opened.notes, *report(opened.dataset).warnings]
    if opened.set_aside:
        names = ", ".join(f"{file.name} ({file.reason})" for file in opened.set_aside[:MOST_FILES_NAMED])
        more = len(opened.set_aside) - MOST_FILES_NAMED
        sentences.append(f"Set aside: {names}" + (f" and {more:,} more." if more > 0 else "."))
    return FoundData(opened.dataset.info, tuple(sentences), options is not None and options.invert)


def look_up(name: str, invert: bool | None = None) -> FoundData:
    """Find the data a recipe names; as slow as `look_at`.

    Args:
        name: As in a recipe.
        invert: Whether dark and bright are to be swapped in own data; None as the name says.

    Raises:
        StudioError: If there are no such data, or they are not here.
    """
    import cnn_studio.data  # noqa: F401 - makes them known by their names
    from cnn_studio.core.datasets.registry import dataset_info
    from cnn_studio.data.dataset_names import parsed_name
    from cnn_studio.data.download_catalog import CATALOG
    from cnn_studio.data.downloads import load_item, missing_files

    if name.startswith(OWN):
        path, options = parsed_name(name)
        if invert is not None:
            options = msgspec.structs.replace(options, invert=invert)
        return look_at(path, options)
    item = CATALOG.get(name)
    if item is not None and missing_files(item):
        load_item(item)  # says which files are missing, and where to put them
    return FoundData(dataset_info(name))


def downloaded() -> list[DatasetInfo]:
    """Return the rows of the data sets that were downloaded, by the names and sizes of their files."""
    from cnn_studio.data.download_catalog import CATALOG
    from cnn_studio.data.downloads import item_folder

    found = []
    for item in CATALOG.values():
        files = [(item_folder(item) / file.name, file.size) for file in item.files]
        if all(path.is_file() and size in (None, path.stat().st_size) for path, size in files):
            found.append(item.info)
    return [info for info in found if info.name not in REGISTRY]


def downloadable() -> dict[str, Item]:
    """Return what can be downloaded, by the names recipes use; whether it is here does not matter."""
    from cnn_studio.data.download_catalog import CATALOG

    return CATALOG
