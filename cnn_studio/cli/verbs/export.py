"""`cnn-studio export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import SourceArgument, find_source
from cnn_studio.core.runs.export_formats import EXPORT_FORMATS


def export(
    source: SourceArgument,
    format: Annotated[
        str, typer.Option(metavar="NAME", help="keras, savedmodel, tflite or onnx.", show_default=False)
    ],
    to: Annotated[
        Path,
        typer.Option(
            metavar="PATH", help="The file to write; for savedmodel the folder.", show_default=False
        ),
    ],
) -> None:
    """Write a run or model in another format and check that it gives the same answers."""
    if format not in EXPORT_FORMATS:
        raise typer.BadParameter(
            f"expected {', '.join(EXPORT_FORMATS)}, received {format!r}.", param_hint="--format"
        )
    path = find_source(source)
    output = Output(json=False)
    with engine_starting(output):
        from cnn_studio.engine import exporters

    with output.console.status(f"Writing and checking {to}…"):
        ended = exporters.export(path, format, to)
    output.show(
        f"Wrote {ended.path} ({ended.bytes:,} bytes).",
        f"It predicts the same class for {ended.same_predictions:,} of {ended.images:,} images; "
        f"the largest difference in a probability is {ended.largest_difference:.1e}.",
    )
