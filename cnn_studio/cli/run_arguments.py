"""What RUN, MODEL and DATASET mean on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import runs_folder
from cnn_studio.core.datasets.registry import REGISTRY
from cnn_studio.data.dataset_names import PREFIX, dataset_name
from cnn_studio.data.download_catalog import CATALOG

SOURCE_HELP = (
    "A run (its folder or its id, see 'cnn-studio runs'), a .keras file of CNN Studio, or an .onnx file."
)

SourceArgument = Annotated[str, typer.Argument(metavar="RUN|MODEL", help=SOURCE_HELP, show_default=False)]
RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A preset's name (see 'cnn-studio recipes') or a TOML file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line on standard output.")]


def find_source(name_or_path: str) -> Path:
    """Return the path of a run or model, given as a path or as the id of a run.

    Raises:
        StudioError: If there is neither.
    """
    path = Path(name_or_path)
    if path.exists():
        return path
    run = runs_folder() / name_or_path
    if path.name == name_or_path and run.is_dir():
        return run
    raise StudioError(
        f"There is no run or model '{name_or_path}'.",
        f"It is neither a file or folder here nor a run in {runs_folder()}.",
        "List the runs with: cnn-studio runs",
    )


def known_dataset(name: str | None) -> str | None:
    """Return the name of a data set that exists: shipped, downloadable, or a person's own file or folder.

    Raises:
        typer.BadParameter: If there is no such name and no such file.
    """
    if name is None or name in REGISTRY or name in CATALOG or name.startswith(f"{PREFIX}:"):
        return name
    path = Path(name)
    if path.exists():
        return dataset_name(path.resolve())
    names = ", ".join([*REGISTRY, *CATALOG])
    raise typer.BadParameter(
        f"There is no data set '{name}'. Choose one of {names}, or name a folder or file of your own."
    )


DatasetOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        callback=known_dataset,
        show_default=False,
        help=f"A data set other than its own: {', '.join(REGISTRY)}, a download, or your own folder or file.",
    ),
]
