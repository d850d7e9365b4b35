"""Run the published experiments to their full epochs and set the results beside the notebooks'.

Usage: python benchmarks/recipes.py [PRESET ...] [--seeds 0 1 2] [--again] | --kept RUN ...

Several seeds of a preset are several runs; the table gives each and their mean.

Each preset goes through the ordinary command line (`cnn-studio train PRESET --json`) in a process of its
own. Results are kept in `benchmarks/results/recipes.json` after every run, so that the script can be
stopped and started again: what is there already is not run again unless `--again` asks for it. The table
is written to `benchmarks/results/recipes.md`. --kept takes finished runs of presets that were trained with
`cnn-studio train PRESET --seed N --out RUN`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cnn_studio.core.evaluation.predictions import wilson_interval
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.presets import find_recipe, preset_names
from cnn_studio.core.runs.run_folder import read_history, read_run

RESULTS = Path(__file__).parent / "results"
TEST_IMAGES = 10_000
# the quickest first, so that an interrupted session leaves the most
ORDER = (
    "mnist-raw-pixels",
    "mnist-adadelta",
    "mnist-adadelta-dropout",
    "fashion-vgg2",
    "fashion-vgg3",
    "fashion-vgg2-bn-before-adam",
    "fashion-vgg2-bn-before-rmsprop",
    "fashion-vgg2-bn-after-rmsprop",
    "fashion-encoder-mlp",
    "fashion-3conv",
    "mnist-4conv-rmsprop",
    "studio-accurate",  # ours, beside no notebook
)


def run(name: str, seed: int) -> dict[str, object]:
    """Train one preset and return its row."""
    with tempfile.TemporaryDirectory(prefix="cnn-studio-recipes-") as folder:
        out = Path(folder, "run")
        command = [
            sys.executable,
            "-m",
            "cnn_studio",
            "train",
            name,
            "--seed",
            str(seed),
            "--out",
            str(out),
            "--json",
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | {"CNN_STUDIO_HOME": folder}
        )
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        return row_of(out)


def row_of(run: Path) -> dict[str, object]:
    """Return the row of a finished run."""
    record, history = read_run(run).record, read_history(run)
    result = record.result
    assert result is not None
    return {
        "reported": record.recipe.source.reported_accuracy,
        "test_accuracy": result.test_accuracy,
        "test_loss": result.test_loss,
        "preset": record.recipe.name,
        "seed": record.recipe.training.seed,
        "precision": result.precision,
        "parameters": network_of(record.recipe.layers, (28, 28, 1)).parameters,
        "epochs": result.epochs,
        "seconds_per_epoch": sum(row["seconds"] or 0.0 for row in history) / len(history),
        "images_per_second": result.images_per_second,
        "device": result.device,
        "versions": record.versions,
    }


Row = dict[str, object]


def table(rows: list[Row]) -> str:
    """Return the runs as a Markdown table, a line a preset; the interval is that of all its test answers."""
    lines = [
        "| preset | reported | ours (mean) | of seeds 0, 1, ... | 95 % interval of one run | difference, points | "
        "parameters | epochs | s an epoch | computed in |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in ORDER:
        runs = sorted((row for row in rows if row["preset"] == name), key=lambda row: row["seed"])
        if not runs:
            continue
        accuracies = [row["test_accuracy"] for row in runs]
        reported, ours = runs[0]["reported"], sum(accuracies) / len(runs)
        low, high = wilson_interval(round(ours * TEST_IMAGES), TEST_IMAGES)
        seconds = sum(row["seconds_per_epoch"] for row in runs) / len(runs)
        theirs = "–" if reported is None else f"{100 * reported:.2f} %"
        difference = "–" if reported is None else f"{100 * (ours - reported):+.2f}"
        lines.append(
            f"| `{name}` | {theirs} | {100 * ours:.2f} % | "
            f"{', '.join(f'{100 * accuracy:.2f}' for accuracy in accuracies)} | "
            f"{100 * low:.2f} – {100 * high:.2f} | {difference} | {runs[0]['parameters']:,} | "
            f"{runs[0]['epochs']} | {seconds:.1f} | {runs[0]['precision']} on {runs[0]['device']} |"
        )
    return "\n".join(lines) + "\n"


def same(one: Row, other: Row) -> bool:
    """Whether two rows are of the same preset and seed."""
    return (one["preset"], one["seed"]) == (other["preset"], other["seed"])


def main() -> None:
    """Run what is wanted and not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("presets", nargs="*", choices=[[], *preset_names()], default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--kept", type=Path, nargs="+", default=[], metavar="RUN")
    wanted = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "recipes.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    for kept in wanted.kept:
        row = row_of(kept)
        rows = [other for other in rows if not same(other, row)] + [row]
        path.write_text(json.dumps(rows, indent=2) + "\n")
        (RESULTS / "recipes.md").write_text(table(rows))
    for seed in [] if wanted.kept else wanted.seeds:
        for name in wanted.presets or ORDER:
            there = [row for row in rows if (row["preset"], row["seed"]) == (name, seed)]
            if there and not wanted.again:
                continue
            print(f"{name}, seed {seed}: {find_recipe(name).training.epochs} epochs …", flush=True)
            row = run(name, seed)
            rows = [other for other in rows if other not in there] + [row]
            path.write_text(json.dumps(rows, indent=2) + "\n")
            (RESULTS / "recipes.md").write_text(table(rows))
            print(f"{name}, seed {seed}: {100 * row['test_accuracy']:.2f} %", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
