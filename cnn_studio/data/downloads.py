"""Downloading published data sets into the person's own folder, and loading them from there.

The table is in `data.download_catalog`. A file put into the folder by hand counts as well as a downloaded one: it is
checked in the same way, and nothing is fetched that is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.registry import Dataset, DatasetInfo
from cnn_studio.data.download_catalog import CATALOG, Item
from cnn_studio.data.file_transfer import Opener, Transfer
from cnn_studio.data.http_connection import Wires, cut_when, opener_for
from cnn_studio.data.remote_files import DownloadProgress, Patience, ProgressListener, RemoteFile, problem_of


def datasets_folder() -> Path:
    """Return the folder of downloaded data sets (not created yet)."""
    return home() / "datasets"


def item_folder(item: Item, folder: Path | None = None) -> Path:
    """Return where an item's files are: a folder of its own, or one it shares (EMNIST's parts)."""
    return (folder or datasets_folder()) / item.folder


def missing_files(item: Item, folder: Path | None = None) -> list[RemoteFile]:
    """Return the files of an item that are not there or not whole."""
    return [file for file in item.files if problem_of(item_folder(item, folder) / file.name, file)]


def download(
    item: Item,
    folder: Path | None = None,
    progress: ProgressListener = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    opener: Opener | None = None,
    patience: Patience | None = None,
) -> Path:
    """Download what is missing of an item.

    Each file comes as `NAME.part`, which a later call continues where a hash is known to check the whole
    by, and gets its name only once its size and SHA-256 are right. Where neither is published (None in the
    table), the file is taken as it comes and its hash recorded for the next time. A server that fails
    temporarily is tried again after 1, 2, 4... seconds, then the next mirror. Requests go through the proxy that
    the system or the variables `http_proxy` and `https_proxy` name.

    Args:
        item: A row of the catalog.
        folder: Holds a folder per item; None takes `datasets` in the person's own folder.
        progress: Notified of each file, at most ten times a second.
        should_stop: Asked often, also from another thread while a server is silent.
        opener: Sends the requests; None makes one with `patience`'s time-outs and the system's proxy.
        patience: Time-outs, tries and waits.

    Returns:
        The folder with the item's files, all whole.

    Raises:
        StudioError: If a file cannot be had; it says which to fetch from where, and where to put it.
        Canceled: When `should_stop` says so; what has come is kept for the next time.
    """
    patience = patience or Patience()
    target = item_folder(item, folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        wrong = {file.name: problem_of(target / file.name, file) for file in item.files}
    except OSError as error:
        raise StudioError(f"Cannot use {target}.", f"{error.strerror}.", "Check the folder.") from error
    wires = Wires()
    opener = opener or opener_for(patience, wires)
    with cut_when(should_stop, wires):
        for file in item.files:
            if wrong[file.name] is None:
                size = (target / file.name).stat().st_size
                progress(DownloadProgress(file.name, size, size))
                continue
            if should_stop():
                raise Canceled
            failures = Transfer(file, target, opener, patience, progress, should_stop).run()
            if failures:
                raise _not_had(item, target, failures)
    return target


def load_item(item: Item, folder: Path | None = None) -> Dataset:
    """Load a downloaded data set.

    Raises:
        StudioError: If its files are not there, or damaged; it says which to fetch and where to put them.
    """
    if missing_files(item, folder):
        raise _not_had(item, item_folder(item, folder), ["It has not been downloaded yet."])
    train, test = item.read(item_folder(item, folder))
    return Dataset(item.info, *train, *test)


def item_info(name: str) -> DatasetInfo:
    """Return the row of a data set of the catalog; its files need not be there."""
    return CATALOG[name].info


def _not_had(item: Item, target: Path, failures: list[str]) -> StudioError:
    lines = []
    for file in item.files:
        problem = problem_of(target / file.name, file)
        if problem:
            there = (target / file.name).exists()
            lines.append(
                f"{file.urls[0]} as {file.name}"
                + (f" (the file there now cannot be used: {problem})" if there else "")
            )
    return StudioError(
        f"{item.info.title} is not here.",
        " ".join(failures),
        f"Connect to the network and download it, or fetch on another machine {'; '.join(lines)}, "
        f"and put {'it' if len(lines) == 1 else 'them'}, still packed, into {target}.",
    )
