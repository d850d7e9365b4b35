"""Try a packaged program: window, training, every export, report, teaching, map. Not part of `pytest`.

Usage: pyinstaller pyinstaller.spec
       python tests/packaged.py dist/cnn-studio/cnn-studio

A packaged program lacks what nobody imports by its plain name, and all sources: only running it shows that.
Needs a display (`xvfb-run`). About a minute.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from cnn_studio.core.protocol import commands, events
from cnn_studio.worker.client import WorkerClient

FORMATS = ("keras", "savedmodel", "onnx", "tflite")


def drawings(path: Path) -> None:
    """Write ten drawings of each of three simple digits."""
    shapes = {
        "1": [[[0.5, 0.0], [0.5, 1.0]]],
        "7": [[[0.2, 0.0], [0.8, 0.0], [0.4, 1.0]]],
        "0": [[[0.5, 0.0], [0.8, 0.5], [0.5, 1.0], [0.2, 0.5], [0.5, 0.0]]],
    }
    lines = [
        json.dumps(
            {
                "label": label,
                "strokes": [[[x + number * 0.02 * y, y] for x, y in line] for line in strokes],
            }
        )
        for label, strokes in shapes.items()
        for number in range(10)
    ]
    path.write_text("\n".join(lines) + "\n")


def embedded(program: str, run: Path, folder: Path) -> str:
    """Let the packaged engine make a t-SNE map of a run; return what went wrong, or nothing."""
    ended = threading.Event()
    heard: list[events.JobFailed] = []

    def hear(event: object) -> None:
        if isinstance(event, events.JobFailed):
            heard.append(event)
        if isinstance(event, events.JobFailed | events.EmbeddingEnded):
            ended.set()

    client = WorkerClient(hear, command=[program, "--worker"])
    client.start()
    client.send(commands.Embed(job="map", source=str(run), to=str(folder / "map.npz"), images=500))
    in_time = ended.wait(120)
    client.close()
    return "" if in_time and not heard else str(heard or "no answer within 120 s")


def main() -> int:
    """Run every verb; say what each took and which failed."""
    program = str(Path(sys.argv[1]).resolve())
    failures = 0
    with tempfile.TemporaryDirectory(prefix="cnn-studio-packaged-") as name:
        os.environ["CNN_STUDIO_HOME"] = name  # of the program and of its engine
        folder = Path(name)
        run, drawn = folder / "runs" / "first", folder / "drawings.jsonl"
        drawings(drawn)
        verbs: list[list[str]] = [
            ["smoke-test"],
            ["recipes"],
            ["devices"],
            ["train", "studio-quick", "--epochs", "1", "--limit", "6000", "--out", str(run)],
            *(["export", str(run), "--format", kind, "--to", str(folder / kind)] for kind in FORMATS),
            ["evaluate", str(run)],
            ["predict", str(drawn)],
            ["teach", str(drawn)],
            ["report", str(run), "--to", str(folder / "report.html")],
            ["script", "studio-quick", "--to", str(folder / "script.py")],
            ["data", "mnist"],
        ]
        for verb in verbs:
            began = time.perf_counter()
            done = subprocess.run([program, *verb], capture_output=True, text=True)
            failures += done.returncode != 0
            sys.stdout.write(f"{time.perf_counter() - began:6.1f} s  {done.returncode}  {' '.join(verb)}\n")
            if done.returncode:
                sys.stdout.write(done.stderr[-2000:] + "\n")
        began = time.perf_counter()
        problem = embedded(program, run, folder)
        failures += bool(problem)
        sys.stdout.write(f"{time.perf_counter() - began:6.1f} s  {int(bool(problem))}  map {problem}\n")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
