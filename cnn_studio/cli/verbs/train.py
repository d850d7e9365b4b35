"""`cnn-studio train` and `cnn-studio resume`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
import typer

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.exit_status import INTERRUPTED
from cnn_studio.cli.interruption import Interruption
from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import DatasetOption, JsonOption, RecipeArgument, find_source
from cnn_studio.cli.training_progress import JsonProgress, TerminalProgress, TrainingProgress
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import field_of
from cnn_studio.core.base.settings import runs_folder
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.network.network import network_of, with_classes
from cnn_studio.core.protocol.events import Report
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Recipe, Training
from cnn_studio.core.runs.run_folder import Run, new_run_id


def help_of(field: str) -> str:
    """Return the sentence of a field of `Training`, which the Train tab's form shows too."""
    return field_of(Training, field).help


def within_limits(field: str) -> Callable[[Any], Any]:
    """Return a check of an option against the limits of that field of `Training`."""
    limits = get_type_hints(Training, include_extras=True)[field]

    def check(value: Any) -> Any:
        if value is None:
            return None
        try:
            return msgspec.convert(value, limits)
        except msgspec.ValidationError as error:
            text = str(error)
            raise typer.BadParameter(f"{text[0].lower()}{text[1:]}, received {value!r}.") from error

    return check


def known_device(name: str | None) -> str | None:
    """Return the name if it has the form of a device; whether it is there, the engine knows."""
    kind, colon, number = (name or "auto").partition(":")
    if (kind in ("auto", "cpu", "gpus", "tpu") and not colon) or (kind == "gpu" and number.isdecimal()):
        return name
    raise typer.BadParameter(f"expected auto, cpu, gpu:0, gpus or tpu, received {name!r}.")


def train(
    recipe: RecipeArgument,
    dataset: DatasetOption = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", callback=within_limits("epochs"), help=help_of("epochs")),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", callback=within_limits("batch_size"), help=help_of("batch_size")),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Use only the first N training images.")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            callback=known_device,
            help=f"{help_of('device')} auto, cpu, gpu:0, gpus or tpu (see 'cnn-studio devices').",
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            callback=within_limits("precision"),
            help=f"auto, float32 or mixed_bfloat16. {help_of('precision')}",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="S",
            callback=within_limits("seed"),
            help=help_of("seed"),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The folder for this run, new or empty; by default one among all runs."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train a network and save it as a run. Options override the recipe.

    Ctrl+C stops within a batch and keeps what was learned; pressed twice, it quits immediately.
    """
    wanted = configured(
        find_recipe(recipe),
        dataset,
        epochs=epochs,
        batch_size=batch_size,
        device=device,
        precision=precision,
        seed=seed,
    )
    output = Output(json)
    with Interruption() as interruption, run_folder(out, wanted) as folder:
        with engine_starting(output):
            from cnn_studio.engine import trainer

        _watched(
            lambda report, should_stop: trainer.train(
                wanted, folder, report, limit=limit, should_stop=should_stop
            ),
            interruption,
            output,
        )


def resume(
    source: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its id.")],
    extend: Annotated[
        int, typer.Option(metavar="N", min=0, max=10_000, help="Train N epochs more than the recipe says.")
    ] = 0,
    json: JsonOption = False,
) -> None:
    """Resume an unfinished run after its last whole epoch, or extend a finished one."""
    output = Output(json)
    folder = find_source(source)
    with Interruption() as interruption:
        with engine_starting(output):
            from cnn_studio.engine import trainer

        _watched(
            lambda report, should_stop: trainer.resume(
                folder, report, extend=extend, should_stop=should_stop
            ),
            interruption,
            output,
        )


def _watched(
    work: Callable[[Report, Callable[[], bool]], Run], interruption: Interruption, output: Output
) -> None:
    """Train with progress and Ctrl+C; conclude with the result."""
    interruption.raise_if_wanted()
    progress: TrainingProgress = (
        JsonProgress(output) if output.json else TerminalProgress(output, interruption)
    )
    with progress:
        run = work(progress.report, lambda: interruption.wanted or output.closed)
    progress.conclude(run)
    if output.closed:
        raise StudioError("Nobody is reading the output anymore.", f"What was trained is in {run.folder}.")
    if run.record.status == "stopped":
        raise typer.Exit(INTERRUPTED)


def configured(recipe: Recipe, dataset: str | None, **training: Any) -> Recipe:
    """Return the recipe with the options that were given in place of its own fields.

    Raises:
        StudioError: If the network does not fit the data set; found here, before the engine is loaded.
    """
    given = {field: value for field, value in training.items() if value is not None}
    info = dataset_info(dataset or recipe.dataset)
    changed = msgspec.structs.replace(
        recipe,
        dataset=info.name,
        layers=with_classes(recipe.layers, len(info.classes)) if dataset else recipe.layers,
        training=msgspec.structs.replace(recipe.training, **given),
    )
    network_of(changed.layers, info.image_shape, len(info.classes))
    return changed


@contextmanager
def run_folder(requested: Path | None, recipe: Recipe) -> Iterator[Path]:
    """Make the folder of a run; it vanishes again if the block fails and leaves it empty.

    Args:
        requested: The folder itself, new or empty; None takes a new one among all runs.
        recipe: Names a new folder.

    Raises:
        StudioError: If there is something in it, or it cannot be created.
    """
    try:
        folder = _new_folder(recipe) if requested is None else empty_folder(requested)
    except OSError as error:
        raise StudioError(
            f"Cannot create the run's folder {requested or runs_folder()}.",
            f"{error}.",
            "Choose another with --out.",
        ) from error
    try:
        yield folder
    except BaseException:
        with suppress(OSError):  # not empty: something was trained
            folder.rmdir()
        raise


def _new_folder(recipe: Recipe) -> Path:
    parent = runs_folder()
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        folder = parent / new_run_id(recipe, parent)
        with suppress(FileExistsError):  # another training began in the same second
            folder.mkdir()
            return folder


def empty_folder(folder: Path) -> Path:
    """Make a folder a person named for a run, or take it if it is empty.

    Raises:
        StudioError: If there is something in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudioError(
            f"Cannot train into {folder}.",
            "It exists and is not an empty folder; nothing in it was changed.",
            "Choose another folder with --out.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()  # its name is the run's id, also for "."
