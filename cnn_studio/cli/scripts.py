"""`cnn-studio script`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnn_studio.cli.output import Output
from cnn_studio.cli.sources import DatasetOption, RecipeArgument
from cnn_studio.cli.training import configured
from cnn_studio.core.datasets import dataset_info
from cnn_studio.core.errors import StudioError
from cnn_studio.core.files import write_atomically
from cnn_studio.core.presets import find_recipe
from cnn_studio.core.script import keras_script


def script(
    recipe: RecipeArgument,
    dataset: DatasetOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The .py file to write; without it, it is printed.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a recipe as a Python script that runs on its own with plain Keras."""
    chosen = configured(find_recipe(recipe), dataset)
    info = dataset_info(chosen.dataset)
    text = keras_script(chosen, info.image_shape, len(info.classes))
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        write_atomically(to, text.encode())
    except OSError as error:
        raise StudioError(f"Cannot write {to}.", str(error), "Choose another file with --to.") from error
    Output(json=False).show(f"Wrote {to}.")
