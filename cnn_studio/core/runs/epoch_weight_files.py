"""The weights a run had after each epoch: small files in its folder, which may be deleted at any time.

`epochs/0003.npz` holds the weights after the third epoch, `epochs/final.npz` those of the network that was
kept (which after early stopping, or when stopped within an epoch, are others than the last epoch's), and
`epochs/network.onnx` the network with its weights as inputs (see `engine.epoch_weights`); while somebody
watches the training, `epochs/now.npz` holds what it is at the moment. Kernels are kept in 16 bits a weight, as whole numbers of steps of each filter's largest weight / 32,767: half of float32's
size, with a tenth of float16's error. Vectors (biases, the figures of batch normalization) are float32.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError

EPOCHS_FOLDER = "epochs"
NETWORK_FILE = "network.onnx"
FINAL_FILE = "final.npz"
NOW_FILE = "now.npz"
MOST_BYTES = 64 * 2**20
"""What the epochs of a run take on disk at most: 200 of a network of 160,000 weights, 20 of 1.6 million."""

LARGEST = np.iinfo(np.int16).max

Weights = list[NDArray[np.float32]]


def write_weights(path: Path, weights: Sequence[NDArray[Any]]) -> None:
    """Write the weights of one epoch.

    Args:
        path: An `.npz` file; it is whole or not there.
        weights: The network's, in the order of `keras.Model.get_weights`.

    Raises:
        OSError: If there is no room for it.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for number, array in enumerate(weights):
        arrays |= _packed(number, array)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_weights(path: Path) -> Weights:
    """Read what `write_weights` wrote, as float32.

    Raises:
        StudioError: If it is gone or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            count = sum(1 for name in archive.files if name.startswith("weights_"))
            return [_unpacked(archive, number) for number in range(count)]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise StudioError(
            f"The epochs of the run {path.parent.parent.name} cannot be read.",
            f"{path.name} is damaged or gone: {error}.",
            "Train its recipe again.",
        ) from error


def files_of_epochs(run: Path) -> dict[int, Path]:
    """Return the files of a run folder's epochs by their numbers, in their order."""
    found = {int(path.stem): path for path in (run / EPOCHS_FOLDER).glob("*.npz") if path.stem.isdecimal()}
    return dict(sorted(found.items()))


def worth_keeping(epochs: Collection[int], most: int) -> set[int]:
    """Return which epochs stay where there is room for `most`: the first, the last, and evenly every k-th.

    k is a power of two, so that what is left out once is never missed later.
    """
    if not epochs or most < 2:
        return set()
    ends, step = {min(epochs), max(epochs)}, 1
    while len(kept := ends | {epoch for epoch in epochs if epoch % step == 0}) > most:
        step *= 2
    return kept


def thin_out(run: Path, most_bytes: int) -> None:
    """Delete epochs until they and the final weights take no more than `most_bytes`: all where three take more."""
    files = files_of_epochs(run)
    if not files:
        return
    largest = max(path.stat().st_size for path in files.values())
    kept = worth_keeping(files.keys(), most_bytes // largest - 1)  # one is for the final weights
    delete([path for epoch, path in files.items() if epoch not in kept])


def delete(paths: Sequence[Path]) -> None:
    """Delete files that nobody has to miss."""
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _packed(number: int, array: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return a kernel as whole numbers with a scale for each of its last axis, anything else as float32."""
    plain = array.astype(np.float32)
    if array.ndim < 2 or not np.isfinite(plain).all():
        return {f"weights_{number}": plain}
    largest = np.abs(plain).max(axis=tuple(range(array.ndim - 1)), initial=0.0)
    scale = np.where(largest > 0, largest / LARGEST, 1.0).astype(np.float32)
    return {f"weights_{number}": np.rint(plain / scale).astype(np.int16), f"scale_{number}": scale}


def _unpacked(archive: Mapping[str, NDArray[Any]], number: int) -> NDArray[np.float32]:
    array, scale = archive[f"weights_{number}"], f"scale_{number}"
    return np.asarray(array * archive[scale] if scale in archive else array, np.float32)
