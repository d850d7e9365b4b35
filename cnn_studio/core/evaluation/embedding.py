"""A map of images: where each lies in the plane, as an embedding of a layer's output places them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import AnyLayer, Block

Method = Literal["t-sne", "pca"]
PERPLEXITY = 30.0
"""How many neighbors each image holds on to, as van der Maaten and Hinton (2008) suggest: 5 to 50."""
MOST_IMAGES = 10_000
"""As many as are placed in about a minute on two cores."""


@dataclass(frozen=True)
class Embedding:
    """Positions of some images in the plane.

    Attributes:
        points: (n, 2) float32, without a unit: only what lies near what means something.
        numbers: (n,) int64, which images of the subset they are.
        method: "t-sne" or "pca".
        layer: The layer whose output was embedded, "3" or "1/4" for the fourth of block 1.
        explained: For "pca" the share of the variance each axis explains, else zeros; (2,) float32.
        done: Share of the work that was done, 1 for a finished embedding.
    """

    points: NDArray[np.float32]
    numbers: NDArray[np.int64]
    method: Method
    layer: str
    explained: NDArray[np.float32]
    done: float = 1.0


def drawn_numbers(count: int, wanted: int, seed: int) -> NDArray[np.int64]:
    """Return which of `count` images are placed, in rising order: all, or `wanted` drawn at random."""
    if count <= wanted:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, wanted, replace=False))


def layers_by_address(layers: Sequence[AnyLayer], inside: str = "") -> list[tuple[str, AnyLayer]]:
    """Return every layer, blocks and what is in them too, with its address: "3", or "1/4" in block 1."""
    found: list[tuple[str, AnyLayer]] = []
    for number, layer in enumerate(layers, start=1):
        found.append((f"{inside}{number}", layer))
        if isinstance(layer, Block):
            found += layers_by_address(layer.layers, f"{inside}{number}/")
    return found


def unfinished_path(path: Path) -> Path:
    """Return where a map is kept while its points are still moving: a map made before stays until the end."""
    return path.with_name(f"{path.name}.part")


def save_embedding(embedding: Embedding, path: Path) -> None:
    """Write an embedding as `.npz` without pickles."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            points=embedding.points,
            numbers=embedding.numbers,
            method=np.array(embedding.method),
            layer=np.array(embedding.layer),
            explained=embedding.explained,
            done=np.array(embedding.done),
        )


def load_embedding(path: Path) -> Embedding:
    """Read an embedding.

    Raises:
        StudioError: If the file is missing or damaged.
    """
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            method: Method = "pca" if str(archive["method"]) == "pca" else "t-sne"
            return Embedding(
                archive["points"],
                archive["numbers"],
                method,
                str(archive["layer"]),
                archive["explained"],
                float(archive["done"]),
            )
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StudioError("Cannot read the map.", f"{path}: {error}", "Compute it again.") from error
