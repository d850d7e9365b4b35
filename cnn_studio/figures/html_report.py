"""A report of one run or of several as one web page that needs nothing else, fit to be handed in or printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnn_studio import __version__
from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import per_class
from cnn_studio.core.recipes.recipe import recipe_to_toml
from cnn_studio.core.runs.run_columns import accuracy_text, dataset_title, percent
from cnn_studio.core.runs.run_comparison import ComparedRun, read_compared
from cnn_studio.core.runs.run_details import RunDetailsRead, read_run_details
from cnn_studio.core.runs.run_folder import now
from cnn_studio.figures.confusion_matrix_figure import matrix_figure
from cnn_studio.figures.html_page import drawn, folded, page, table, terms, text
from cnn_studio.figures.learning_curve_figures import curves_figure
from cnn_studio.figures.report_comparison import comparison, letter
from cnn_studio.figures.report_images import images_of, shown

MOST_ERRORS = 40
MOST_DRAWN_CLASSES = 30
"""A matrix of more classes is drawn in pixels: as SVG it has thousands of parts."""
INTERVALS = "95 % confidence intervals are Wilson's (Journal of the American Statistical Association, 1927)."


def write_report(folders: Sequence[Path], path: Path) -> Path:
    """Write a report of one run, or a comparison of several, as an HTML file.

    People's own data are found where `cnn_studio.data` was imported.

    Args:
        folders: Run folders; of a damaged one is said what is wrong.
        path: The file; it is whole or not there.

    Returns:
        The file.

    Raises:
        StudioError: If no run can be read, or the file cannot be written.
    """
    content = report(folders)
    try:
        write_atomically(path, content.encode())
    except OSError as error:
        raise StudioError(f"Cannot write {path}.", str(error), "Choose another folder.") from error
    return path


def report(folders: Sequence[Path]) -> str:
    """Return the page; see `write_report`."""
    folders = list(dict.fromkeys(folders))
    readings = [read_run_details(folder) for folder in folders]
    if not any(reading.row.record for reading in readings):
        problems = " ".join(f"{item.row.folder.name}: {item.problem}" for item in readings)
        raise StudioError(
            "There is nothing to report.", problems or "No run was named.", "Choose an undamaged run."
        )
    runs = read_compared(folders)
    single = len(runs) == 1
    title = f"Report of the run “{runs[0].row.name}”" if single else f"Comparison of {len(runs)} runs"
    body = ["<main>", text("h1", title), text("p", f"Made by CNN Studio {__version__}, {_today()}.", "lead")]
    if not single:
        body += comparison(runs)
    for number, (run, reading) in enumerate(zip(runs, readings, strict=True)):
        body += _run(run, reading, "" if single else letter(number))
    body += ["</main>", f"<footer>{text('p', INTERVALS)}</footer>"]
    return page(title, body)


def _today() -> str:
    return now()[:16].replace("T", " ")


def _run(run: ComparedRun, reading: RunDetailsRead, name: str) -> list[str]:
    row, record = run.row, run.row.record
    parts = [f'<section class="{"run" if name else ""}">']
    if name:
        parts.append(text("h2", f"{name}: {row.name}"))
    if reading.problem:
        parts.append(text("p", f"This run's folder is damaged: {reading.problem}", "warning"))
    if record is None:
        return [*parts, "</section>"]
    if row.test_accuracy is not None:
        data = dataset_title(record.recipe.dataset)
        parts.append(text("p", f"Test accuracy {accuracy_text(row)} on {data}", "key"))
    parts += [text("p", warning, "warning") for warning in record.recipe.warnings]
    if record.note:
        parts.append(text("p", f"Note: {record.note}"))
    level = "h3" if name else "h2"
    parts += [text(level, "Result"), terms(reading.facts, "Results of the run")]
    parts += _curves(reading, level)
    parts += _answers(run, level)
    parts += _recipe(reading, level)
    parts += [text(level, "Versions"), terms(reading.versions, "The software versions it was trained with")]
    return [*parts, "</section>"]


def _curves(reading: RunDetailsRead, level: str) -> list[str]:
    parts = [text(level, "Training")]
    history = reading.history
    if not history:
        return [*parts, text("p", "No epoch was recorded.")]
    last = history[-1]
    said = [
        f"{name} {percent(last.get(key))}"
        for name, key in (("training accuracy", "accuracy"), ("validation accuracy", "val_accuracy"))
        if last.get(key) is not None
    ]
    alternative = f"Curves of accuracy and loss over {len(history)} epochs; at the end {', '.join(said)}."
    parts.append(drawn(curves_figure(history), alternative, "Accuracy and loss over the epochs"))
    rows = [
        [
            f"{row['epoch'] or 0:.0f}",
            _figure(row.get("loss")),
            percent(row.get("accuracy")),
            _figure(row.get("val_loss")),
            percent(row.get("val_accuracy")),
        ]
        for row in history
    ]
    heads = ("Epoch", "Loss", "Accuracy", "Validation loss", "Validation accuracy")
    listed = table(heads, rows, "The values of the curves; losses in nats", range(5))
    return [*parts, f"<details><summary>The values of the curves</summary>{listed}</details>"]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _answers(run: ComparedRun, level: str) -> list[str]:
    """Return matrix, classes and errors, or why they are not here."""
    evaluation = run.evaluation
    parts = [text(level, "Confusion matrix")]
    if evaluation is None:
        return [*parts, text("p", run.problem or "It has no evaluation.", "warning")]
    matrix = evaluation.confusion_matrix()
    wrong = evaluation.errors()
    alternative = (
        f"Confusion matrix of {len(evaluation.classes)} classes: {len(wrong):,} of {len(evaluation.labels):,} "
        "test images are misclassified. The table of classes says how many of each."
    )
    many = len(evaluation.classes) > MOST_DRAWN_CLASSES
    caption = "Rows are true classes, columns predicted classes; numbers of images"
    parts.append(drawn(matrix_figure(evaluation), alternative, caption, pixels=many))
    rows = [
        [
            figures.name,
            percent(figures.precision),
            percent(figures.recall),
            percent(figures.f1),
            f"{figures.support:,}",
        ]
        for figures in per_class(matrix, evaluation.classes)
    ]
    heads = ("Class", "Precision", "Recall", "F1", "Images")
    parts += [text(level, "Classes"), table(heads, rows, "Metrics of each class", range(1, 5))]
    parts.append(text(level, f"Errors: {len(wrong):,} of {len(evaluation.labels):,} images"))
    if not len(wrong):
        return [*parts, text("p", "It classifies every test image correctly.")]
    images = images_of(evaluation)
    if isinstance(images, str):
        return [*parts, text("p", images)]
    if len(wrong) > MOST_ERRORS:
        parts.append(text("p", f"The {MOST_ERRORS} most confident mistakes; → the predicted class."))
    else:
        parts.append(text("p", "The most confident mistakes first; → the predicted class."))
    return [*parts, shown(evaluation, images, wrong[:MOST_ERRORS])]


def _recipe(reading: RunDetailsRead, level: str) -> list[str]:
    record = reading.row.record
    parts = [text(level, "Recipe"), terms(reading.recipe, "Everything needed to repeat it")]
    if reading.layers:
        rows = [
            [str(line.number), line.text, " × ".join(map(str, line.shape)), f"{line.parameters:,}"]
            for line in reading.layers
        ]
        heads = ("No.", "Layer", "Output", "Parameters")
        parts.append(table(heads, rows, "The network, layer by layer", (0, 2, 3)))
    if record is not None:
        toml = recipe_to_toml(record.recipe)
        parts.append(folded("The recipe as a TOML file, for “cnn-studio train”", toml))
    return parts
