"""What there is: recipes, runs, devices."""

from __future__ import annotations

from typing import Any

from rich.table import Column, Table

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.output import Output, mapping, percent, print_notice
from cnn_studio.cli.run_arguments import JsonOption
from cnn_studio.core.base.settings import runs_folder
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.presets import presets
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.run_folder import Run, list_runs
from cnn_studio.core.runs.run_table import RunTable


def recipes(json: JsonOption = False) -> None:
    """List the recipes that come with the program."""
    output = Output(json)
    rows = [_recipe_row(recipe) for recipe in presets()]
    if json:
        for row in rows:
            output.line(row)
        return
    table = Table(
        "Name",
        "Data set",
        *map(_right, ("Layers", "Parameters", "Trainable", "Epochs", "Reported")),
        "Source",
    )
    for row in rows:
        table.add_row(
            row["name"],
            row["dataset"],
            str(row["layers"]),
            f"{row['parameters']:,}",
            f"{row['trainable_parameters']:,}",
            str(row["epochs"]),
            percent(row["reported_accuracy"]),
            row["source"],
        )
    output.show(table)


def runs(json: JsonOption = False) -> None:
    """List the finished, stopped and failed trainings, newest first; damaged ones on standard error."""
    output = Output(json)
    found = list_runs(runs_folder())
    for each in RunTable(runs_folder()).read():
        if each.record is None and each.problem:
            print_notice(f"Skipped, damaged: {each.folder.name}: {each.problem}")
    if json:
        for run in found:
            output.line(_run_row(run))
        return
    if not found:
        output.show(
            f"There are no runs in {runs_folder()} yet. Train one with: cnn-studio train studio-quick"
        )
        return
    table = Table(
        "Run", "Recipe", "Data set", "Status", _right("Epochs"), _right("Test accuracy"), _right("Seconds")
    )
    for run in found:
        row = _run_row(run)
        table.add_row(
            row["id"],
            row["recipe"],
            row["dataset"],
            row["status"],
            str(row["epochs"]),
            percent(row["test_accuracy"]),
            "–" if row["seconds"] is None else f"{row['seconds']:.1f}",
        )
    output.show(table)


def devices(json: JsonOption = False) -> None:
    """List the devices a training can use here, and why others are missing."""
    output = Output(json)
    with engine_starting(output):
        from cnn_studio.engine.devices import list_devices

        found = list_devices()
    if json:
        for device in found:
            output.line(mapping(device))
        return
    table = Table("--device", "Device", _right("Memory"), "Remarks")
    for device in found:
        memory = f"{device.memory_bytes / 2**30:.1f} GiB" if device.memory_bytes else "–"
        table.add_row(device.id if device.usable else "–", device.title, memory, device.explanation)
    output.show(table)


def _right(title: str) -> Column:
    return Column(title, justify="right")


def _recipe_row(recipe: Recipe) -> dict[str, Any]:
    info = dataset_info(recipe.dataset)
    network = network_of(recipe.layers, info.image_shape, len(info.classes))
    return {
        "name": recipe.name,
        "title": recipe.title,
        "dataset": recipe.dataset,
        "layers": len(network.rows),
        "parameters": network.parameters,
        "trainable_parameters": network.trainable_parameters,
        "epochs": recipe.training.epochs,
        "reported_accuracy": recipe.source.reported_accuracy,
        "source": recipe.source.citation,
        "warnings": recipe.warnings,
    }


def _run_row(run: Run) -> dict[str, Any]:
    record, result = run.record, run.record.result
    return {
        "id": record.id,
        "run": str(run.folder),
        "recipe": record.recipe.name,
        "dataset": record.recipe.dataset,
        "status": record.status,
        "created": record.created,
        "epochs": result.epochs if result else 0,
        "test_accuracy": result.test_accuracy if result else None,
        "test_loss": result.test_loss if result else None,
        "seconds": result.seconds if result else None,
        "images_per_second": result.images_per_second if result else None,
        "device": record.device,
    }
