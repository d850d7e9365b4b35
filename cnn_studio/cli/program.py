"""The program `cnn-studio` with arguments: its verbs in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from cnn_studio import __version__
from cnn_studio.cli.exit_status import guarded
from cnn_studio.cli.verbs.compare import compare
from cnn_studio.cli.verbs.data import data, download
from cnn_studio.cli.verbs.export import export
from cnn_studio.cli.verbs.listings import devices, recipes, runs
from cnn_studio.cli.verbs.predict_and_evaluate import evaluate, predict
from cnn_studio.cli.verbs.report import report
from cnn_studio.cli.verbs.script import script
from cnn_studio.cli.verbs.smoke_test import smoke_test
from cnn_studio.cli.verbs.teach import teach
from cnn_studio.cli.verbs.train import resume, train

VERBS: dict[str, Callable[..., None]] = {
    "recipes": recipes,
    "data": data,
    "download": download,
    "train": train,
    "resume": resume,
    "evaluate": evaluate,
    "predict": predict,
    "export": export,
    "script": script,
    "teach": teach,
    "report": report,
    "runs": runs,
    "compare": compare,
    "devices": devices,
    "smoke-test": smoke_test,
}


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: What was typed after the program's name.

    Returns:
        The exit status: 0, 1 failed, 2 usage, 130 interrupted.
    """
    try:
        _program()(args=list(arguments), prog_name="cnn-studio")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return 0


def _program() -> typer.Typer:
    program = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_about)
    for name, verb in VERBS.items():
        program.command(name)(guarded(verb))
    return program


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"CNN Studio {__version__}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Train, evaluate and use small image-classification CNNs. Without arguments, open the window.

    Exit status: 0 done, 1 failed, 2 usage error, 130 interrupted (what was trained is kept).
    """
