"""`cnn-studio data` and `cnn-studio download`: a look at a data set before training on it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from cnn_studio.cli.interruption import Interruption
from cnn_studio.cli.output import Output, mapping
from cnn_studio.cli.run_arguments import JsonOption, known_dataset
from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.data.data_report import report
from cnn_studio.data.dataset_names import PREFIX, parsed_name
from cnn_studio.data.decoding.options import SetAside
from cnn_studio.data.download_catalog import CATALOG
from cnn_studio.data.downloads import download as fetch
from cnn_studio.data.opening import open_data
from cnn_studio.data.remote_files import DownloadProgress as FileProgress

MOST_FILES_SHOWN = 20


def data(
    source: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH",
            help="A data set's name, or a folder, archive, IDX, NPZ or CSV file of your own.",
            show_default=False,
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Check a data set: images per class, imbalance, duplicates, leakage, files that cannot be read."""
    name = known_dataset(source)
    assert name is not None
    output = Output(json)
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    if name.startswith(f"{PREFIX}:"):
        opened = open_data(*parsed_name(name))
        dataset, set_aside, notes = opened.dataset, opened.set_aside, opened.notes
    else:
        dataset = load_dataset(name)
    facts = report(dataset)
    if json:
        files = [{"name": file.name, "reason": file.reason} for file in set_aside]
        output.line(mapping(facts) | {"notes": list(notes), "set_aside": files})
        return
    table = Table("Class", "Training images", "Test images")
    for label, train, test in zip(facts.classes, facts.train_counts, facts.test_counts, strict=True):
        table.add_row(label, f"{train:,}", f"{test:,}")
    height, width, channels = facts.image_shape
    output.show(table)
    output.show(
        f"{height} x {width} pixels, {'gray' if channels == 1 else 'color'}, values {facts.value_range[0]} to {facts.value_range[1]}; "
        f"largest to smallest class {facts.imbalance:.1f} to 1; duplicates: {facts.duplicates_in_train:,} in training, "
        f"{facts.duplicates_in_test:,} in the test set, {facts.duplicates_across:,} across."
    )
    for sentence in (*facts.warnings, *notes):
        output.show(sentence)
    for file in set_aside[:MOST_FILES_SHOWN]:
        output.show(f"Set aside: {file.name}: {file.reason}.")
    if len(set_aside) > MOST_FILES_SHOWN:
        output.show(f"… and {len(set_aside) - MOST_FILES_SHOWN:,} more; --json lists them all.")


def known_download(name: str) -> str:
    """Return the name if it can be downloaded, as a check of an argument."""
    if name not in CATALOG:
        raise typer.BadParameter(f"There is no download '{name}'. Choose one of: {', '.join(CATALOG)}.")
    return name


def download(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", callback=known_download, help=", ".join(CATALOG), show_default=False),
    ],
) -> None:
    """Download a data set; an interrupted download is resumed, and files put there by hand are used."""
    output = Output(json=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Interruption() as interruption, Progress(*columns, console=output.console) as bar:
        task = bar.add_task(name, total=None)

        def show(progress: FileProgress) -> None:
            bar.update(task, description=progress.file, completed=progress.received, total=progress.total)

        folder = fetch(CATALOG[name], progress=show, should_stop=lambda: interruption.wanted)
    output.show(f"{CATALOG[name].info.title} is in {folder}.")
