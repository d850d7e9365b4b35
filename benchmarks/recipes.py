"""Run the published experiments to their full epochs and set the results beside the notebooks'.

Usage: python benchmarks/recipes.py [PRESET ...] [--seed 0] [--again]

Each preset goes through the ordinary command line (`cnn-studio train PRESET --json`) in a process of its
own. Results are kept in `benchmarks/results/recipes.json` after every run, so that the script can be
stopped and started again: what is there already is not run again unless `--again` asks for it. The table
is written to `benchmarks/results/recipes.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cnn_studio.core.evaluation import wilson_interval
from cnn_studio.core.network import network_of
from cnn_studio.core.presets import find_recipe, preset_names
from cnn_studio.core.runs import read_history, read_run

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
        record, history = read_run(out).record, read_history(out)
    result = record.result
    assert result is not None
    low, high = wilson_interval(round(result.test_accuracy * TEST_IMAGES), TEST_IMAGES)
    return {
        "reported": record.recipe.source.reported_accuracy,
        "test_accuracy": result.test_accuracy,
        "interval": [low, high],
        "test_loss": result.test_loss,
        "seed": seed,
        "parameters": network_of(record.recipe.layers, (28, 28, 1)).parameters,
        "epochs": result.epochs,
        "seconds_per_epoch": sum(row["seconds"] or 0.0 for row in history) / len(history),
        "images_per_second": result.images_per_second,
        "device": result.device,
        "versions": record.versions,
    }


def table(results: dict[str, dict[str, object]]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| preset | reported | ours (seed) | 95 % interval | difference, points | parameters | epochs | s an epoch |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in results.items():
        reported, ours = float(row["reported"]), float(row["test_accuracy"])
        low, high = row["interval"]
        lines.append(
            f"| `{name}` | {100 * reported:.2f} % | {100 * ours:.2f} % ({row['seed']}) | "
            f"{100 * low:.2f} – {100 * high:.2f} | {100 * (ours - reported):+.2f} | {row['parameters']:,} | "
            f"{row['epochs']} | {row['seconds_per_epoch']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is wanted and not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("presets", nargs="*", choices=[[], *preset_names()], default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true")
    wanted = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "recipes.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for name in wanted.presets or ORDER:
        if name in results and not wanted.again:
            continue
        print(f"{name}: {find_recipe(name).training.epochs} epochs …", flush=True)
        results[name] = run(name, wanted.seed)
        path.write_text(json.dumps(results, indent=2) + "\n")
        (RESULTS / "recipes.md").write_text(table(results))
        print(f"{name}: {100 * results[name]['test_accuracy']:.2f} %", flush=True)
    print(table(results))


if __name__ == "__main__":
    main()
