"""`cnn-studio teach`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Column, Table

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.interruption import Interruption
from cnn_studio.cli.output import Output, percent
from cnn_studio.cli.predict_inputs import drawings_file
from cnn_studio.cli.run_arguments import SOURCE_HELP, JsonOption, find_source
from cnn_studio.cli.verbs.train import empty_folder
from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.settings import runs_folder
from cnn_studio.core.protocol.events import AnyEvent, BatchEnded, StageEntered
from cnn_studio.core.runs.fine_tuning_record import (
    HELD_SHARE,
    Change,
    FineTuningRecord,
    Score,
    Verdict,
    read_fine_tuning,
)
from cnn_studio.core.runs.run_folder import Run

SHIPPED_MODEL = ("models", "digits.keras")
VERDICTS: dict[Verdict, str] = {
    "same": "no image is read differently",
    "noise": "the difference may be chance",
    "better": "better, by more than chance",
    "worse": "worse, by more than chance",
}


def teach(
    drawings: Annotated[
        str,
        typer.Argument(
            metavar="DRAWINGS", help="Drawings with their labels, .jsonl or .jsonl.gz.", show_default=False
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="RUN|MODEL", help=f"{SOURCE_HELP} By default the shipped digit model."),
    ] = None,
    held_back: Annotated[
        float,
        typer.Option(
            metavar="SHARE", min=0.1, max=0.9, help="Share of the drawings held back to check the result."
        ),
    ] = HELD_SHARE,
    seed: Annotated[
        int,
        typer.Option(
            metavar="S",
            min=0,
            max=2**31 - 1,
            help="Seed for the choice of held-back drawings and for the order.",
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder for the fine-tuned run, new or empty; by default one among all runs.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fine-tune a network to your handwriting, and report how it read before and after.

    Some of the drawings are held back to check the result; the original model is not changed.
    """
    source = resource(*SHIPPED_MODEL) if model is None else find_source(model)
    output = Output(json)
    with Interruption() as interruption, drawings_file(Path(drawings)) as path:
        folder = None if out is None else empty_folder(out)
        with engine_starting(output):
            from cnn_studio.engine.fine_tuning import fine_tuning_job

        with output.console.status("Preparing …") as status:

            def report(event: AnyEvent) -> None:
                if isinstance(event, StageEntered):
                    status.update(f"{event.text} …")
                elif isinstance(event, BatchEnded):
                    status.update(f"Fine-tuning: batch {event.step} of {event.steps}")

            run = fine_tuning_job.fine_tune(
                source,
                path,
                runs_folder(),
                report,
                folder=folder,
                held_share=held_back,
                seed=seed,
                should_stop=lambda: interruption.wanted or output.closed,
            )
    result = read_fine_tuning(run.folder)
    if json:
        output.line(_object(run, result))
    else:
        _show(output, run, result)


def _object(run: Run, record: FineTuningRecord) -> dict[str, Any]:
    return {
        "event": "result",
        "run": str(run.folder),
        "source": record.source,
        "seed": record.seed,
        "taught": record.taught,
        "held_back": _change_object(record.held),
        "by_class": {name: msgspec.to_builtins(each) for name, each in record.held_by_class().items()},
        "test": {"dataset": record.dataset, **_change_object(record.test)},
        "taken": record.taken,
        "notes": record.notes,
        "seconds": record.seconds,
        "processor_seconds": record.processor_seconds,
    }


def _change_object(change: Change) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(change)
    for name, score in (("before", change.before), ("after", change.after)):
        content[name] |= {"share": score.share, "interval": score.interval}
    return {**content, "verdict": change.verdict}


def _show(output: Output, run: Run, record: FineTuningRecord) -> None:
    table = Table("", "Before", "After", "Fixed", "Broken", "")
    for name, change in (
        ("Drawings held back", record.held),
        (f"{record.dataset}, test images", record.test),
    ):
        table.add_row(
            name, _words(change.before), _words(change.after), str(change.fixed), str(change.broken),
            VERDICTS[change.verdict],
        )  # fmt: skip
    classes = Table("Class", *(Column(title, justify="right") for title in ("Held back", "Before", "After")))
    for name, change in record.held_by_class().items():
        figures = (change.before.total, change.before.right, change.after.right)
        classes.add_row(name, *(map(str, figures)))
    output.show(
        f"{record.source} was fine-tuned on {record.taught} drawings in {record.seconds:.0f} s "
        f"({record.processor_seconds:.0f} s of processor time).",
        f"{record.taken:.0%} of the change was kept, the share that reads validation images best.",
        table,
        classes,
        *record.notes,
        "95 % intervals are in parentheses. Each network read the test images once, and nothing was chosen by them.",
        f"The fine-tuned network is the run in {run.folder}",
    )


def _words(score: Score) -> str:
    low, high = score.interval
    return f"{score.right:,} of {score.total:,}, {percent(score.share)} ({percent(low)} to {percent(high)})"
