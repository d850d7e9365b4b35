"""`cnn-studio evaluate` and `cnn-studio predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.table import Column, Table

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.exit_status import FAILED
from cnn_studio.cli.output import Output, mapping, percent, print_error, print_notice
from cnn_studio.cli.predict_inputs import InputItem, notice_of_frames, read_inputs
from cnn_studio.cli.predict_numbers import number_line, number_object, read_numbers
from cnn_studio.cli.run_arguments import SOURCE_HELP, DatasetOption, JsonOption, SourceArgument, find_source
from cnn_studio.core.evaluation.metrics import scores_of
from cnn_studio.core.evaluation.predictions import Evaluation, per_class, wilson_interval
from cnn_studio.core.runs.evaluation_source import Subset
from cnn_studio.core.runs.model_card import ModelCard

if TYPE_CHECKING:
    from cnn_studio.cli.predict_models import PredictReader

BATCH = 256
"""Images predicted together: enough to be fast, few enough that results keep coming."""


def evaluate(
    source: SourceArgument,
    dataset: DatasetOption = None,
    subset: Annotated[
        Subset,
        typer.Option(
            help="The test images, those its recipe validated on or trained on, or your saved drawings."
        ),
    ] = "test",
    json: JsonOption = False,
) -> None:
    """Evaluate a run or model on the test images of a data set, or on others."""
    path = find_source(source)
    output = Output(json)
    with engine_starting(output):
        from cnn_studio.engine import evaluator

    evaluation = evaluator.evaluate(path, dataset, subset=subset)
    if json:
        output.line(_evaluation_object(evaluation))
    else:
        _show_evaluation(output, evaluation)


def predict(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Image files, or drawings as JSON lines (.jsonl, .jsonl.gz).",
            show_default=False,
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="RUN|MODEL", help=f"{SOURCE_HELP} By default the shipped digit model."),
    ] = None,
    number: Annotated[
        bool,
        typer.Option(
            "--number",
            help="Read several digits in a drawing or photograph, left to right, as one number.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Predict what image files or drawings show. A blank one has no prediction.

    A file that cannot be read is reported on standard error; the others are predicted, and the status is 1.
    """
    from cnn_studio.cli.predict_models import open_reader

    output = Output(json)
    reader = open_reader(model, output)
    failed = _numbers(files, reader, output) if number else _single(files, reader, output)
    if failed:
        raise typer.Exit(FAILED)


def _numbers(files: list[str], reader: PredictReader, output: Output) -> bool:
    """Answer every drawing and picture with a number; return whether a file could not be read."""
    failed = False
    for item in read_numbers(files, reader.card, reader.probabilities):
        if item.error is not None:
            failed = True
            print_error(item.error)
            continue
        if item.frames > 1:
            print_notice(notice_of_frames(item.source, item.frames))
        if output.json:
            output.line(number_object(item, reader.card))
        else:
            output.show(number_line(item, reader.card))
    return failed


def _single(files: list[str], reader: PredictReader, output: Output) -> bool:
    failed = False
    waiting: list[InputItem] = []
    for item in read_inputs(files, reader.card):
        if item.error is None:
            waiting.append(item)
        # An error is reported after the answers before it, so that the two streams stay in step.
        if item.error is not None or len(waiting) == BATCH:
            _answer(waiting, reader, output)
            waiting = []
        if item.error is not None:
            failed = True
            print_error(item.error)
    _answer(waiting, reader, output)
    return failed


def _answer(items: list[InputItem], reader: PredictReader, output: Output) -> None:
    """Answer a batch and say so in the order of the items."""
    from cnn_studio.inference.out_of_distribution import guard_of

    images = [item.image for item in items if item.image is not None]
    rows = reader.probabilities(np.stack(images)) if images else ()
    guard = guard_of(reader.card)
    out_of_distribution = [False] * len(images)
    if guard is not None and images:
        out_of_distribution = (guard.digits(np.stack(images)) < guard.below).tolist()
    answers = iter(zip(rows, out_of_distribution, strict=True))
    for item in items:
        row, strange = (None, False) if item.image is None else next(answers)
        if item.frames > 1:
            print_notice(notice_of_frames(item.source, item.frames))
        content = _prediction_object(item, row, reader.card, strange)
        if output.json:
            output.line(content)
        else:
            output.show(_prediction_line(content, strange))


def _prediction_object(
    item: InputItem, row: NDArray[np.float64] | None, card: ModelCard, out_of_distribution: bool
) -> dict[str, Any]:
    classes = len(card.classes)
    confidence = 0.0 if row is None else float(row.max())
    return {
        "source": item.source,
        "index": item.index,
        "prediction": None if row is None else card.classes[int(row.argmax())],
        "confidence": confidence,
        "probabilities": [1 / classes] * classes if row is None else row.tolist(),
        "rejected": row is None or out_of_distribution or confidence < card.reject_below,
    }


def _prediction_line(content: dict[str, Any], out_of_distribution: bool) -> str:
    name = f"{content['source']} [{content['index']}]"
    if content["prediction"] is None:
        return f"{name}  blank"
    doubt = "  (not a digit?)" if out_of_distribution else "  (not sure)" if content["rejected"] else ""
    return f"{name}  {content['prediction']}  {percent(content['confidence'])}{doubt}"


def _evaluation_object(evaluation: Evaluation) -> dict[str, Any]:
    scores = scores_of(evaluation)
    matrix = scores.matrix
    return {
        **mapping(scores.summary),
        "calibration_error": scores.calibration.error,
        "confusion_matrix": matrix.tolist(),
        "classes": evaluation.classes,
        "per_class": [mapping(figures) for figures in per_class(matrix, evaluation.classes)],
        "dataset": evaluation.dataset,
        "subset": evaluation.subset,
        "images": len(evaluation.labels),
    }


def _show_evaluation(output: Output, evaluation: Evaluation) -> None:
    scores = scores_of(evaluation)
    matrix = scores.matrix
    summary, total = scores.summary, len(evaluation.labels)
    low, high = wilson_interval(int(matrix.trace()), total)
    output.show(
        f"{evaluation.dataset}, {total:,} {evaluation.subset} images"
        if evaluation.dataset
        else f"{total:,} saved drawings",
        f"Accuracy {percent(evaluation.accuracy)} (95% interval {percent(low)} to {percent(high)}), "
        f"loss {evaluation.loss:.4f}",
        f"Top 2 {percent(summary.top2)}, top 3 {percent(summary.top3)}, "
        f"balanced {percent(summary.balanced_accuracy)}, macro F1 {percent(summary.macro_f1)}, "
        f"kappa {'undefined' if summary.kappa is None else f'{summary.kappa:.4f}'}, "
        f"calibration error {percent(scores.calibration.error)}",
    )
    columns = (Column(title, justify="right") for title in ("Precision", "Recall", "F1", "Images"))
    figures = Table("Class", *columns)
    for row in per_class(matrix, evaluation.classes):
        figures.add_row(
            row.name, f"{row.precision:.4f}", f"{row.recall:.4f}", f"{row.f1:.4f}", f"{row.support:,}"
        )
    numbers = range(len(evaluation.classes))
    confusion = Table(
        "True \\ predicted",
        *(Column(evaluation.classes[number], justify="right") for number in numbers),
        title="Confusion matrix",
    )
    for number in numbers:
        confusion.add_row(evaluation.classes[number], *(str(count) for count in matrix[number].tolist()))
    output.show(figures, confusion)
