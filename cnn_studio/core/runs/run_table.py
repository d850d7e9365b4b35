"""All run folders as rows of a table, the damaged ones with what is wrong with them."""

from __future__ import annotations

import math
import os
import threading
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import LOCK_FILE, occupied
from cnn_studio.core.datasets.registry import REGISTRY, dataset_info
from cnn_studio.core.evaluation.predictions import wilson_interval
from cnn_studio.core.network.layers import AnyLayer, Shape
from cnn_studio.core.network.network import checked
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard
from cnn_studio.core.runs.recipe_diff import same_but_for_the_seed
from cnn_studio.core.runs.run_folder import (
    CHECKPOINT_FILE,
    EVALUATION_FILE,
    HISTORY_FILE,
    KERAS_FILE,
    ONNX_FILE,
    RUN_FILE,
    RunRecord,
    read_run,
)
from cnn_studio.core.runs.usage_of_test_set import USES_FILE, uses_of_test_set

State = Literal["training", "unfinished", "finished", "stopped", "failed", "damaged"]
Stamp = tuple[tuple[int, int] | None, ...]
READ_FILES = tuple(
    map(
        str,
        (
            RUN_FILE,
            HISTORY_FILE,
            EVALUATION_FILE,
            KERAS_FILE,
            ONNX_FILE,
            CHECKPOINT_FILE,
            USES_FILE,
            LOCK_FILE,
        ),
    )
)
"""The files that a row is made of."""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run folder as a line of the table; what is not known is None.

    Attributes:
        folder: The run folder.
        state: "training" while a process holds the folder, "unfinished" where one was cut off.
        record: What `run.json` says; None where it cannot be read.
        problem: What is wrong with the folder, in a sentence; empty where nothing is.
        changed: When `run.json` or the folder was last changed, seconds since 1970.
        parameters: All weights of the network.
        flops: Floating point operations for one image.
        epochs: Whole epochs done.
        test_images: How many images the test accuracy was measured on.
        interval: The 95 % confidence interval of the test accuracy (Wilson), fractions of 1.
        test_set_uses: How often the test images were evaluated with this run.
        group: What it shares with runs of the same recipe and the same images, whatever their seeds.
        can_go_on: Whether there is a checkpoint to go on from.
        can_answer: Whether its network can be used by the window.
    """

    folder: Path
    state: State
    record: RunRecord | None = None
    problem: str = ""
    changed: float = 0.0
    parameters: int | None = None
    flops: int | None = None
    epochs: int | None = None
    test_images: int | None = None
    interval: tuple[float, float] | None = None
    test_set_uses: int = 0
    group: bytes = b""
    can_go_on: bool = False
    can_answer: bool = False

    @property
    def recipe(self) -> Recipe | None:
        """The recipe, where the record can be read."""
        return self.record.recipe if self.record else None

    @property
    def name(self) -> str:
        """What the person called it, else the recipe's title or name, else the folder's name."""
        if self.record is None:
            return self.folder.name
        recipe = self.record.recipe
        return self.record.title or recipe.title or recipe.name

    @property
    def test_accuracy(self) -> float | None:
        """Share of the test images read rightly."""
        result = self.record.result if self.record else None
        return result.test_accuracy if result else None

    @property
    def validation_accuracy(self) -> float | None:
        """Best share of the validation images read rightly."""
        result = self.record.result if self.record else None
        return result.best_val_accuracy if result else None


class RunTable:
    """Reads the runs of a folder, on any thread; a run whose files have not changed is not read again."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent
        self._kept: dict[Path, tuple[Stamp, RunRow]] = {}
        self._lock = threading.Lock()

    def read(self) -> list[RunRow]:
        """Return a row for every folder there is, newest first."""
        with self._lock:
            return self._read()

    def _read(self) -> list[RunRow]:
        rows: list[RunRow] = []
        kept: dict[Path, tuple[Stamp, RunRow]] = {}
        try:
            folders = [path for path in self.parent.iterdir() if path.is_dir() and path.name[0] != "."]
        except OSError:
            folders = []
        for folder in folders:
            stamp = _stamp(folder)
            known = self._kept.get(folder)
            row = known[1] if known and known[0] == stamp else read_row(folder)
            if row.state != "training":  # that one changes without any file showing it
                kept[folder] = stamp, row
            rows.append(row)
        self._kept = kept
        return sorted(rows, key=created, reverse=True)


def created(row: RunRow) -> str:
    """Return when a run began, ISO 8601; of a damaged one, what its folder's name begins with."""
    if row.record is not None:
        return row.record.created
    digits = row.folder.name[:15]
    if len(digits) == 15 and digits.replace("-", "", 1).isdigit():
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[9:11]}:{digits[11:13]}:{digits[13:15]}"
    return ""


def read_row(folder: Path) -> RunRow:
    """Return a run folder's row; nothing in the folder is an error."""
    held = occupied(folder)
    changed = _changed(folder)
    try:
        record = read_run(folder).record
    except StudioError as error:
        if held and not (folder / RUN_FILE).exists():
            return RunRow(folder=folder, state="training", changed=changed)
        problem = error.why if (folder / RUN_FILE).exists() else f"{RUN_FILE} is missing."
        can_answer = (folder / ONNX_FILE).is_file()
        return RunRow(folder=folder, state="damaged", problem=problem, changed=changed, can_answer=can_answer)
    result = record.result
    problems: list[str] = []
    done = _epochs_in_history(folder, problems, result.epochs if result else 0)
    test_images = _test_images(folder, problems) if result else None
    if result is not None:
        problems += [f"{name} is missing." for name in (ONNX_FILE, KERAS_FILE) if not _there(folder / name)]
        if _there(folder / KERAS_FILE) and not zipfile.is_zipfile(folder / KERAS_FILE):
            problems.append(f"{KERAS_FILE} is truncated or damaged.")
    counts = (
        network_counts(record.recipe.layers, shape) if (shape := image_shape(folder, record.recipe)) else None
    )
    interval = None
    if result is not None and test_images:
        interval = wilson_interval(round(result.test_accuracy * test_images), test_images)
    cut_off = record.status == "running"
    state: State = "training" if held else "unfinished" if cut_off else record.status  # type: ignore[assignment]
    return RunRow(
        folder=folder,
        state="damaged" if problems and not held else state,
        record=record,
        problem="" if held else " ".join(problems),
        changed=changed,
        parameters=counts and counts[0],
        flops=counts and counts[1],
        epochs=done if result is None or held else result.epochs,
        test_images=test_images,
        interval=interval,
        test_set_uses=uses_of_test_set(folder),
        group=same_but_for_the_seed(record.recipe) + f"{record.limit} {record.left_out}".encode(),
        can_go_on=_there(folder / CHECKPOINT_FILE) and not held,
        can_answer=_there(folder / ONNX_FILE),
    )


@lru_cache(maxsize=4096)
def network_counts(layers: tuple[AnyLayer, ...], shape: Shape) -> tuple[int, int] | None:
    """Return parameters and FLOPs of a network; None where its layers do not fit the images."""
    network = checked(layers, shape)
    return None if network.mistake else (network.parameters, network.flops)


def image_shape(folder: Path, recipe: Recipe) -> Shape | None:
    """Return height, width and channels of a run's images, without reading the images.

    From the registry, from the card in the saved network, or from the catalog of downloads.
    """
    name = recipe.dataset
    if name in REGISTRY:
        return REGISTRY[name].image_shape
    try:
        with zipfile.ZipFile(folder / KERAS_FILE) as archive:
            return msgspec.json.decode(archive.read(CARD_ENTRY), type=ModelCard).input_shape
    except (OSError, KeyError, zipfile.BadZipFile, msgspec.MsgspecError, UnicodeDecodeError):
        pass
    if name.startswith("file:"):
        return None
    try:
        return dataset_info(name).image_shape
    except StudioError:
        return None


def _epochs_in_history(folder: Path, problems: list[str], expected: int) -> int | None:
    """Return the epochs in `history.csv`, and note where some are missing."""
    try:
        content = (folder / HISTORY_FILE).read_bytes()
    except OSError:
        if expected:
            problems.append(f"{HISTORY_FILE} is missing.")
        return None
    done = max(0, content.count(b"\n") - 1)
    if done < expected:
        problems.append(f"{HISTORY_FILE} has {done} of {expected} epochs.")
    return done


def _test_images(folder: Path, problems: list[str]) -> int | None:
    """Return how many answers `evaluation.npz` holds, from the head of its labels."""
    path = folder / EVALUATION_FILE
    try:
        with zipfile.ZipFile(path) as archive:
            if not {"probabilities.npy", "labels.npy", "classes.npy"} <= set(archive.namelist()):
                raise ValueError
            with archive.open("labels.npy") as file:
                major = np.lib.format.read_magic(file)[0]
                read = (
                    np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
                )
                shape: tuple[int, ...] = read(file)[0]
                return math.prod(shape)
    except FileNotFoundError:
        problems.append(f"{EVALUATION_FILE} is missing.")
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        problems.append(f"{EVALUATION_FILE} is truncated or damaged.")
    return None


def _there(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _changed(folder: Path) -> float:
    for path in (folder / RUN_FILE, folder):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return 0.0


def _stamp(folder: Path) -> Stamp:
    """Return what shows that one of the files a row is made of was changed."""
    found: list[tuple[int, int] | None] = []
    for name in READ_FILES:
        try:
            status = os.stat(f"{folder}{os.sep}{name}")  # noqa: PTH116 - for thousands of runs, pathlib is slow
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)
