"""Everything that is reported about one run, read from its folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from cnn_studio.core.runs.recipe_text import LayerLine, layer_lines, recipe_facts
from cnn_studio.core.runs.run_columns import accuracy_text, duration, percent
from cnn_studio.core.runs.run_folder import HISTORY_FILE, read_history
from cnn_studio.core.runs.run_table import RunRow, image_shape, read_row

KILO = 1000
UNITS = ("B", "kB", "MB", "GB")
USES_WARNING = 2
"""From so many uses of the test images on, a choice among runs by their test accuracy should be doubted."""


class RunDetailsRead(msgspec.Struct, frozen=True):
    """One run, as far as its files can be read.

    Attributes:
        row: Its line of the table.
        history: Rows as `core.runs.run_folder.read_history` gives them.
        recipe: What its recipe says, term by term.
        layers: Its network.
        facts: Its results, term by term.
        versions: The versions of the programs it was made with.
        files: Relative names and sizes in bytes of the files in its folder, largest first.
        problem: What is wrong with the folder; empty where nothing is.
    """

    row: RunRow
    history: list[dict[str, float | None]]
    recipe: list[tuple[str, str]]
    layers: list[LayerLine]
    facts: list[tuple[str, str]]
    versions: list[tuple[str, str]]
    files: list[tuple[str, int]]
    problem: str = ""


def read_run_details(folder: Path) -> RunDetailsRead:
    """Read a run folder; nothing in it is an error (milliseconds, not on the GUI thread)."""
    row = read_row(folder)
    problem = row.problem
    history: list[dict[str, float | None]] = []
    try:
        history = read_history(folder)
    except (ValueError, TypeError, UnicodeDecodeError):
        problem = f"{problem} {HISTORY_FILE} is damaged.".strip()
    recipe = row.recipe
    shape = image_shape(folder, recipe) if recipe else None
    return RunDetailsRead(
        row,
        history,
        recipe_facts(recipe) if recipe else [],
        layer_lines(recipe, shape) if recipe and shape else [],
        run_facts(row),
        sorted(row.record.versions.items()) if row.record else [],
        _files(folder),
        problem,
    )


def run_facts(row: RunRow) -> list[tuple[str, str]]:
    """Return the results of a run, term by term."""
    record, result = row.record, row.record.result if row.record else None
    facts: list[tuple[str, str]] = []
    if record is not None:
        facts.append(("Started", record.created[:19].replace("T", " ")))
        if record.limit is not None:
            facts.append(("Training images at most", f"{record.limit:,}"))
    if result is not None:
        facts.append(("Test accuracy", accuracy_text(row)))
        if row.test_images:
            facts.append(("Test images", f"{row.test_images:,}"))
        facts.append(("Test loss", f"{result.test_loss:.4f} nats"))
        facts.append(("Test set uses", uses_text(row.test_set_uses)))
        if result.best_val_accuracy is not None:
            text = percent(result.best_val_accuracy)
            if result.best_epoch is not None:
                text += f" after epoch {result.best_epoch}"
            facts.append(("Best validation accuracy", text))
        facts.append(("Epochs", str(result.epochs)))
        facts.append(("Time", duration(result.seconds)))
        facts.append(("Speed", f"{result.images_per_second:,.0f} images per second"))
    if record is not None:
        facts.append(("Device", (result.device if result else "") or record.device or "unknown"))
    if result is not None and result.precision:
        facts.append(("Precision", result.precision))
    if row.parameters is not None:
        facts.append(("Parameters", f"{row.parameters:,}"))
    if row.flops is not None:
        facts.append(("FLOPs per image", f"{row.flops:,}"))
    return facts


def uses_text(count: int) -> str:
    """Return how often test images were evaluated, with what that means."""
    if count < USES_WARNING:
        return {0: "never", 1: "once"}[count]
    return f"{count} times; choosing runs by them makes the chosen one look better than it is"


def size_text(size_bytes: float) -> str:
    """Return a file's size: 1.2 MB."""
    for unit in UNITS[:-1]:
        if size_bytes < KILO:
            return f"{size_bytes:.3g} {unit}"
        size_bytes /= KILO
    return f"{size_bytes:.3g} {UNITS[-1]}"


def _files(folder: Path) -> list[tuple[str, int]]:
    """Return the files of a run and their sizes; a run that is deleted meanwhile has fewer, or none."""
    found: list[tuple[str, int]] = []
    for directory, _, names in os.walk(folder):  # passes over what is gone, where Path.rglob raises
        for path in map(Path(directory).joinpath, names):
            with suppress(OSError):
                found.append((path.relative_to(folder).as_posix(), path.stat().st_size))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))
