"""The run folder: everything a run left, as plain files.

`run.json` (this record), `history.csv` (a row an epoch), `batches.csv` (inside the epochs, see
`core.training.batch_log`), `model.keras`, `model.onnx`, `evaluation.npz`, `epochs/` (the weights after each epoch, see `core.runs.epoch_weight_files`; may be deleted).
Each is written to a temporary name and renamed, so a killed program leaves whole files.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupied
from cnn_studio.core.recipes.former_spellings import FORMER, with_present_spellings
from cnn_studio.core.recipes.recipe import Recipe

RUN_FILE = "run.json"
HISTORY_FILE = "history.csv"
KERAS_FILE = "model.keras"
CHECKPOINT_FILE = Path("checkpoint", "state.npz")
"""Everything a training needs to go on, written by `engine.checkpoint` after each epoch."""
ONNX_FILE = "model.onnx"
EVALUATION_FILE = "evaluation.npz"
HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
    "images_per_second",
)

Status = Literal["running", "finished", "stopped", "failed"]


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run achieved; accuracies are fractions of 1, speed counts training images only.

    `precision` is what it was trained in; the accuracies are always those of the saved float32 network.
    `test_loss` is the mean cross-entropy of its answers alone, in nats: unlike the losses of the history it has
    neither label smoothing nor the penalty of L1 and L2, so that it compares networks trained differently.
    """

    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float
    device: str
    epochs: int
    best_epoch: int | None = None
    best_val_accuracy: float | None = None
    train_images: int = 0
    precision: str = ""


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `run.json`; title, note and star are the person's own."""

    id: str
    recipe: Recipe
    created: str
    status: Status
    classes: tuple[str, ...]
    device: str = ""
    limit: int | None = None
    left_out: tuple[int, ...] = ()
    versions: dict[str, str] = {}
    result: RunResult | None = None
    title: str = ""
    note: str = ""
    starred: bool = False


class Run(msgspec.Struct, frozen=True):
    """A run folder and its record."""

    folder: Path
    record: RunRecord

    @property
    def label(self) -> str:
        """Its own name or the recipe's, own data and time, for a selector."""
        recipe = self.record.recipe
        kind, _, source = recipe.dataset.partition(":")
        parts = [
            self.record.title or recipe.name,
            Path(source.partition("?")[0]).name if kind == "file" else "",
        ]
        return " · ".join(part for part in (*parts, self.record.created[5:16].replace("T", " ")) if part)


def new_run_id(recipe: Recipe, parent: Path) -> str:
    """Return a name no run in `parent` has: time, recipe, a number where needed."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    stem = f"{stamp}-{re.sub(r'[^A-Za-z0-9_-]+', '-', recipe.name).strip('-')[:60]}"
    taken = 1
    name = stem
    while (parent / name).exists():
        taken += 1
        name = f"{stem}-{taken}"
    return name


def now() -> str:
    """Return the local time, ISO 8601, to the second."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def write_run(folder: Path, record: RunRecord) -> None:
    """Write `run.json`."""
    write_atomically(folder / RUN_FILE, msgspec.json.format(msgspec.json.encode(record), indent=2))


def write_outcome(folder: Path, record: RunRecord) -> None:
    """Write `run.json` after a training, with what the person called and noted it meanwhile."""
    with suppress(StudioError):
        own = read_run(folder).record
        record = msgspec.structs.replace(record, title=own.title, note=own.note, starred=own.starred)
    write_run(folder, record)


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        StudioError: If `run.json` is missing or damaged.
    """
    path = folder / RUN_FILE
    try:
        return Run(folder, _decoded(path.read_bytes()))
    except OSError as error:
        raise StudioError(
            f"{folder} is not a run folder.", f"It has no readable {RUN_FILE}.", "Choose a folder of a run."
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StudioError(
            f"The run {folder.name} is damaged.",
            f"{path.name}: {error}.",
            "Its model files may still be usable.",
        ) from error


def _decoded(content: bytes) -> RunRecord:
    if not FORMER.search(content):
        return msgspec.json.decode(content, type=RunRecord)
    record = msgspec.json.decode(content, type=dict[str, Any])
    return msgspec.convert({**record, "recipe": with_present_spellings(record.get("recipe"))}, RunRecord)


def epochs_done(folder: Path) -> int:
    """Return how many whole epochs a run's checkpoint has behind it.

    Raises:
        StudioError: If there is no checkpoint, or it is damaged.
    """
    path = folder / CHECKPOINT_FILE
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return int(msgspec.json.decode(archive["progress"].tobytes())["epoch"])
    except FileNotFoundError as error:
        raise StudioError(
            f"The run {folder.name} cannot be resumed.",
            "It has no checkpoint: no epoch was finished.",
            "Train its recipe again.",
        ) from error
    except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise StudioError(
            f"The run {folder.name} cannot be resumed.",
            f"Its checkpoint is damaged: {error}.",
            "Train its recipe again.",
        ) from error


def list_runs(parent: Path) -> list[Run]:
    """Return all readable runs in a folder, newest first; damaged ones are left out."""
    found: list[Run] = []
    for path in parent.glob(f"*/{RUN_FILE}"):
        try:
            found.append(read_run(path.parent))
        except StudioError:
            continue
    return sorted(found, key=lambda run: run.record.created, reverse=True)


def unfinished_runs(parent: Path) -> list[Run]:
    """Return the runs, newest first, whose training was cut off after a whole epoch or more and can go on."""
    return [
        run
        for run in list_runs(parent)
        if run.record.status == "running"
        and (run.folder / CHECKPOINT_FILE).is_file()
        and not occupied(run.folder)
    ]


def write_history(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write `history.csv`, one row an epoch, missing figures empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HISTORY_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(folder / HISTORY_FILE, text.getvalue().encode())


def read_history(folder: Path) -> list[dict[str, float | None]]:
    """Read `history.csv`; a missing file gives no rows, an empty figure None, a row cut off is left out."""
    try:
        text = (folder / HISTORY_FILE).read_text(encoding="utf-8")
    except OSError:
        return []
    return [
        {key: float(value) if value else None for key, value in row.items() if key is not None}
        for row in csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1]))
    ]
