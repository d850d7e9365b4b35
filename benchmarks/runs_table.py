"""The Runs tab with 2,000 runs: reading, sorting, filtering, grouping, scrolling, beside a plain table.

Usage: python benchmarks/runs_table.py [COUNT]

The gap between two turns of the event loop is how long an event would have waited. The plain alternative is
Qt's own table of items, filled from the same rows on the GUI thread, sorted and filtered by hiding its rows.
"""

from __future__ import annotations

import sys
import time
import zipfile
from pathlib import Path

import msgspec
import numpy as np
from measuring import machine, open_studio, run_until
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem
from stalls import Watch, turn

from cnn_studio.core.evaluation.predictions import Evaluation, save_evaluation
from cnn_studio.core.recipes.presets import presets
from cnn_studio.core.runs.run_columns import FIELDS
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, write_history, write_run
from cnn_studio.core.runs.run_table import RunRow, RunTable

COUNT = 2000
IMAGES = 10_000
SHARED = ("evaluation.npz", "model.keras", "model.onnx", "history.csv")


def make_runs(parent: Path, count: int) -> None:
    """Write runs of the presets with seeds of their own; their large files are links to one."""
    random = np.random.default_rng(0)
    first = parent / ".first"
    first.mkdir(parents=True)
    answers = random.dirichlet(np.ones(10), IMAGES).astype(np.float32)
    classes = tuple("0123456789")
    evaluation = Evaluation(answers, random.integers(0, 10, IMAGES).astype(np.int32), classes, "mnist")
    save_evaluation(evaluation, first / "evaluation.npz")
    with zipfile.ZipFile(first / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    (first / "model.onnx").write_bytes(b"a network")
    rows = [{"epoch": number, "loss": 1 / number, "accuracy": 0.9} for number in range(1, 13)]
    write_history(first, rows)
    recipes = presets()
    for number in range(count):
        recipe = recipes[number % len(recipes)]
        recipe = msgspec.structs.replace(
            recipe, training=msgspec.structs.replace(recipe.training, seed=number // len(recipes))
        )
        folder = parent / f"run-{number:05}"
        folder.mkdir()
        for name in SHARED:
            (folder / name).hardlink_to(first / name)
        accuracy = 0.9 + 0.1 * float(random.random())
        result = RunResult(
            test_accuracy=accuracy,
            test_loss=0.1,
            seconds=600 * float(random.random()),
            images_per_second=9000.0,
            device="cpu",
            epochs=12,
            best_epoch=11,
            best_val_accuracy=accuracy,
        )
        created = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00+00:00"
        record = RunRecord(
            id=folder.name, recipe=recipe, created=created, status="finished", classes=classes, result=result
        )
        write_run(folder, record)


def plain_table(rows: list[RunRow]) -> None:
    """Measure Qt's table of items with the same rows."""
    began = time.perf_counter()
    table = QTableWidget(len(rows), len(FIELDS))
    for number, row in enumerate(rows):
        for column, field in enumerate(FIELDS):
            table.setItem(number, column, QTableWidgetItem(field.text(row)))
    table.show()
    table.grab()
    filled = time.perf_counter()
    table.sortItems(1, Qt.SortOrder.DescendingOrder)
    table.grab()
    ordered = time.perf_counter()
    for number in range(len(rows)):
        table.setRowHidden(number, "9" not in table.item(number, 4).text())
    table.grab()
    print(
        f"plain table of items:             filled {1000 * (filled - began):6.1f} ms   "
        f"sorted {1000 * (ordered - filled):6.1f} ms   filtered {1000 * (time.perf_counter() - ordered):6.1f} ms"
    )
    table.close()


def main(count: int) -> None:
    """Measure and print."""
    print(machine(), f"{count:,} runs")
    with open_studio() as studio:
        window = studio.window
        make_runs(studio.window._registry.runs_folder, count)
        run_until(lambda: studio.engine.ready)
        table = RunTable(studio.window._registry.runs_folder)
        began = time.perf_counter()
        rows = table.read()
        again = time.perf_counter()
        table.read()
        print(
            f"read {again - began:.2f} s, again with nothing changed {time.perf_counter() - again:.2f} s",
            flush=True,
        )
        watch = Watch()
        window.show_tab("runsTab")
        tab = window.runs.page
        run_until(lambda: len(tab.model.rows) == count)
        turn(300)
        watch.phase("tab opened, runs read and shown")
        for column in range(len(FIELDS)):
            tab.view.sortByColumn(column, Qt.SortOrder.DescendingOrder)
            turn(10)
        watch.phase("sorted by every column")
        for key in "test>95 data:fashion":
            QTest.keyClicks(tab.bar.filter, key)
            turn(150)
        watch.phase("filtered, letter by letter")
        tab.bar.filter.clear()
        turn(300)
        watch.phase("filter cleared")
        bar = tab.view.verticalScrollBar()
        for step in range(60):
            bar.setValue(bar.maximum() * step // 60)
            turn(5)
        watch.phase("scrolled through")
        for step in range(40):
            tab.view.setCurrentIndex(tab.model.index(step, 1))
            turn(40)
        watch.phase("40 runs selected, one by one")
        tab.view.selectAll()
        turn(100)
        watch.phase("all selected")
        tab.view.select([rows[0].folder])
        tab.bar.group_button.click()
        turn(200)
        watch.phase("seeds grouped")
        tab.view.expandAll()
        turn(200)
        watch.phase("every group unfolded")
        tab.refresh()
        turn(1500)
        watch.phase("read again")
        plain_table(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
