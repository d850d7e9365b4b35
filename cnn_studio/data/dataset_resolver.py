"""How `core.datasets.registry` finds custom data ("file:PATH?options") and downloaded data ("kmnist") by their names."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from cnn_studio.core.datasets.registry import Dataset, DatasetInfo, Resolver, add_resolver
from cnn_studio.data.dataset_names import PREFIX, parsed_name
from cnn_studio.data.decoding.options import OpenedData
from cnn_studio.data.download_catalog import CATALOG
from cnn_studio.data.downloads import item_info, load_item
from cnn_studio.data.opening import open_data

Stamp = tuple[tuple[str, int, int], ...]


def add_resolvers() -> None:
    """Make the data sets of this room known to `core.datasets.registry`."""
    last = LastOpened()
    add_resolver(PREFIX, Resolver(last.dataset, last.info, f"{PREFIX}:PATH"))
    for name in CATALOG:
        add_resolver(name, Resolver(_downloaded, item_info, name))


def _downloaded(name: str) -> Dataset:
    return load_item(CATALOG[name])


class LastOpened:
    """Opens custom data by name and keeps the last, since a run asks for the same more than once.

    It is read anew once its file, or any folder within it, has changed on the disk.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[str, Stamp, OpenedData] | None = None

    def opened(self, name: str) -> OpenedData:
        """Return the data of a name; see `open_data` for the errors."""
        path, options = parsed_name(name)
        with self._lock:
            stamp = _stamp(path)
            if self._kept is None or self._kept[:2] != (name, stamp):
                self._kept = None  # two at once would take the memory of both
                self._kept = (name, stamp, open_data(path, options))
            return self._kept[2]

    def dataset(self, name: str) -> Dataset:
        """Return the data set of a name."""
        return self.opened(name).dataset

    def info(self, name: str) -> DatasetInfo:
        """Return the row of a name; the data are read for it, and kept."""
        return self.dataset(name).info


def _stamp(path: Path) -> Stamp:
    """Return size and time of a file, or those of a folder and of all folders in it."""
    paths = [path] if not path.is_dir() else [Path(folder) for folder, _, _ in os.walk(path)]
    return tuple(_state(each) for each in paths if each.exists())


def _state(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path), status.st_mtime_ns, status.st_size
