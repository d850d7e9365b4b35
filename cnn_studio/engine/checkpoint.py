"""The state of a training after an epoch: enough to go on as if nothing had happened.

`checkpoint/state.npz` holds every variable of the network and of its optimizer (weights, running means,
the states of the dropout's random numbers, moments, moving averages, the step count) and, as JSON, the
epoch, the history and the states of schedule and early stopping. The order of the images and their
augmentation come from the seed and the number of the step, so they need no state. Written to a temporary
name and renamed: a killed program leaves the last whole epoch.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.run_folder import CHECKPOINT_FILE

Arrays = list[NDArray[Any]]


class CheckpointState(msgspec.Struct, kw_only=True):
    """How far a training has come.

    Attributes:
        epoch: The last finished epoch, 0 before the first.
        history: A row an epoch, as in `history.csv`.
        images: Training images seen.
        seconds: Spent learning.
        learning_rate: The state of `schedules.LearningRate`.
        stopping: The state of `stopping.EarlyStop`.
    """

    epoch: int = 0
    history: list[dict[str, Any]] = []
    images: int = 0
    seconds: float = 0.0
    learning_rate: dict[str, float] = {}
    stopping: dict[str, float] = {}


def save_checkpoint(
    folder: Path,
    progress: CheckpointState,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    best: Arrays | None,
) -> None:
    """Write the checkpoint of a run folder; `best` are the weights early stopping may go back to."""
    groups: dict[str, Arrays] = {
        "model": [variable.numpy() for variable in model.variables],
        "optimizer": [variable.numpy() for variable in optimizer.variables],
        "best": best or [],
    }
    arrays = {
        f"{group}_{number}": array for group, rows in groups.items() for number, array in enumerate(rows)
    }
    # bfloat16 has no name in the file format; everything kept here is float32 or an integer
    with replacing(folder / CHECKPOINT_FILE) as temporary, temporary.open("wb") as file:
        arrays["progress"] = np.frombuffer(msgspec.json.encode(progress), np.uint8)
        np.savez(file, allow_pickle=False, **arrays)


def load_checkpoint(
    folder: Path, model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> tuple[CheckpointState, Arrays | None]:
    """Put a checkpoint's numbers into a network and its built optimizer.

    Returns:
        How far it had come, and the best weights if there are any.

    Raises:
        StudioError: If it is missing, damaged, or of another network.
    """
    path = folder / CHECKPOINT_FILE
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            progress = msgspec.json.decode(archive["progress"].tobytes(), type=CheckpointState)
            for name, variables in (("model", model.variables), ("optimizer", optimizer.variables)):
                for number, variable in enumerate(variables):
                    variable.assign(archive[f"{name}_{number}"])
            count = sum(1 for name in archive.files if name.startswith("best_"))
            best = [archive[f"best_{number}"] for number in range(count)] or None
    except FileNotFoundError as error:
        raise StudioError(
            f"The run {folder.name} cannot be resumed.",
            "It has no checkpoint: no epoch was completed.",
            "Train its recipe again.",
        ) from error
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, msgspec.MsgspecError) as error:
        raise StudioError(
            f"The run {folder.name} cannot be resumed.",
            f"Its checkpoint is damaged or belongs to another network: {error}.",
            "Train its recipe again.",
        ) from error
    return progress, best
