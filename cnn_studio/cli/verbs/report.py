"""`cnn-studio report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import JsonOption, find_source


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN ...", help="Folders or ids of runs, see 'cnn-studio runs'.", show_default=False
        ),
    ],
    to: Annotated[Path, typer.Option(metavar="FILE", help="The HTML file to write.", show_default=False)],
    json: JsonOption = False,
) -> None:
    """Write what is known of a run, or a comparison of several, into one HTML file."""
    folders = [find_source(run) for run in runs]
    output = Output(json)
    # matplotlib takes half a second to import, which other verbs do not have to wait for
    from cnn_studio.figures.html_report import write_report

    write_report(folders, to)
    if json:
        output.line({"report": str(to), "runs": [str(folder) for folder in folders]})
    else:
        output.show(f"Wrote {to} ({to.stat().st_size:,} bytes).")
