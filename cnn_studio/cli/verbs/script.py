"""`cnn-studio script`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import DatasetOption, RecipeArgument
from cnn_studio.cli.verbs.train import configured
from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.recipes.keras_script import keras_script
from cnn_studio.core.recipes.presets import find_recipe


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
