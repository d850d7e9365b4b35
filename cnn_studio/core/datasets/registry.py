"""The data sets: one table of what is shipped, how it is loaded, and where other data come in.

Other data have names with a prefix, such as "file:PATH"; whoever can open them adds a resolver for it
(`cnn_studio.data` does on import), so that this room need not know them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import Shape

Subset = Literal["train", "test"]
Names = NDArray[Any]
"""Of NumPy's `StringDType`: text of any length, several times smaller than a list of Python's strings."""

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class DatasetInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the registry; `file` is relative to `resources/datasets`.

    `grouped` says that images of one origin (a writer) lie together, so that the last images are strangers to
    the ones before, and random ones are not.
    """

    name: str
    title: str
    file: str
    classes: tuple[str, ...]
    image_shape: Shape = (28, 28, 1)
    train_size: int = 60_000
    test_size: int = 10_000
    license: str
    origin: str
    grouped: bool = False


REGISTRY: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            name="mnist",
            title="MNIST digits",
            file="mnist.npz",
            classes=DIGITS,
            license="CC BY-SA 3.0",
            origin="LeCun, Cortes and Burges, 1998",
            grouped=True,  # benchmarks/writers.py
        ),
        DatasetInfo(
            name="fashion_mnist",
            title="Fashion-MNIST",
            file="fashion_mnist.npz",
            classes=FASHION,
            license="MIT",
            origin="Xiao, Rasul and Vollgraf (Zalando), 2017",
        ),
    )
}


@dataclass(frozen=True)
class Dataset:
    """A loaded data set; images that are large (`storage.LARGE_BYTES`) are mapped, not in memory.

    Attributes:
        info: Its row of the registry.
        x_train: Images, (N, height, width, channels), uint8 0 to 255.
        y_train: Class numbers, (N,), int32.
        x_test: Images, like `x_train`.
        y_test: Class numbers, like `y_train`.
        notes: What a person who trains on it should know, in sentences.
        train_names: What the file of each training image is called, with its folders, (N,); None where the
            images have no files of their own.
        test_names: The same of the test images.
    """

    info: DatasetInfo
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int32]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int32]
    notes: tuple[str, ...] = ()
    train_names: Names | None = None
    test_names: Names | None = None

    def subset(self, subset: Subset) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Return images and class numbers of one part."""
        return (self.x_train, self.y_train) if subset == "train" else (self.x_test, self.y_test)


@dataclass(frozen=True)
class Resolver:
    """Knows the data sets of one prefix, by their whole names.

    Attributes:
        load: Returns the data set of a name, or raises a StudioError.
        info: Returns its row without loading more than that needs, or raises a StudioError.
        shape_of_names: What its names look like, said when a name is unknown ("file:PATH").
    """

    load: Callable[[str], Dataset]
    info: Callable[[str], DatasetInfo]
    shape_of_names: str


_resolvers: dict[str, Resolver] = {}


def add_resolver(prefix: str, resolver: Resolver) -> None:
    """Let in the data sets named "prefix" or "prefix:anything"; the last one added for a prefix counts.

    Raises:
        ValueError: If the prefix is a shipped data set's name or holds a colon.
    """
    if prefix in REGISTRY or ":" in prefix:
        raise ValueError(f"'{prefix}' cannot be a prefix of data sets' names.")
    _resolvers[prefix] = resolver


def dataset_info(name: str) -> DatasetInfo:
    """Return a data set's row.

    Raises:
        StudioError: If there is no such data set.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    return _resolver(name).info(name)


def load_dataset(name: str) -> Dataset:
    """Load a data set whole (about 0.3 s and 55 MB for MNIST); the last one shipped is kept, read-only.

    Raises:
        StudioError: If there is no such data set or its file is damaged.
    """
    if name not in REGISTRY:
        return _resolver(name).load(name)
    return _shipped(name)


@lru_cache(maxsize=1)
def _shipped(name: str) -> Dataset:
    info = REGISTRY[name]
    dataset = Dataset(info, *_read(info, "train"), *_read(info, "test"))
    for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test):
        array.flags.writeable = False  # one copy is shared by everyone who asks for it
    return dataset


def load_subset(name: str, subset: Subset) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Load one part of a data set; see `Dataset` for shapes and ranges."""
    if name not in REGISTRY:
        return _resolver(name).load(name).subset(subset)
    return _read(REGISTRY[name], subset)


def _resolver(name: str) -> Resolver:
    resolver = _resolvers.get(name.partition(":")[0])
    if resolver is None:
        choices = (*REGISTRY, *(known.shape_of_names for known in _resolvers.values()))
        raise StudioError(
            f"There is no data set '{name}'.",
            "The name is not in the registry.",
            f"Choose one of: {', '.join(choices)}.",
        )
    return resolver


def _read(info: DatasetInfo, subset: Subset) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    path = resource("datasets", info.file)
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            images = archive[f"x_{subset}"].reshape(-1, *info.image_shape)
            return images, archive[f"y_{subset}"].astype(np.int32)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise StudioError(
            f"Cannot read the data set {info.title}.", f"{path}: {error}", "Reinstall the program."
        ) from error
