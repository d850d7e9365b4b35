"""The data sets that can be downloaded: one table.

Sizes and SHA-256 are those TensorFlow Datasets publishes (`url_checksums/kmnist.txt`, `emnist.txt` and
`qmnist.txt`); the addresses are the authors' own, and those torchvision uses. No independent mirror is known
for KMNIST and EMNIST; a mirror is one more address in the table, the hash shows whether it is the same file.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS, DatasetInfo, load_subset
from cnn_studio.data.decoding.class_names import BALANCED_NAMES, KMNIST_NAMES, LETTER_NAMES
from cnn_studio.data.decoding.options import Images, Labels, Options, Part
from cnn_studio.data.readers.idx import from_arrays, read_array, read_idx
from cnn_studio.data.remote_files import RemoteFile

Loaded = tuple[tuple[Images, Labels], tuple[Images, Labels]]
"""Images and class numbers to train on, and to test on."""


@dataclass(frozen=True)
class Item:
    """One row.

    Attributes:
        info: Its row as a data set; `info.name` is what a recipe calls it.
        folder: The folder of its files, inside that of the data sets.
        files: What it consists of.
        read: Reads it from its folder.
    """

    info: DatasetInfo
    folder: str
    files: tuple[RemoteFile, ...]
    read: Callable[[Path], Loaded]


def _read_kmnist(folder: Path) -> Loaded:
    images = {part: read_array(folder / f"{stem}-images-idx3-ubyte.gz") for part, stem in STEMS.items()}
    labels = {part: read_array(folder / f"{stem}-labels-idx1-ubyte.gz") for part, stem in STEMS.items()}
    return _loaded(images, labels, "kmnist", folder)


def _read_qmnist(folder: Path) -> Loaded:
    images: dict[Part, NDArray[Any]] = {"train": read_array(folder / "qmnist-test-images-idx3-ubyte.gz")}
    labels: dict[Part, NDArray[Any]] = {"train": read_array(folder / "qmnist-test-labels-idx2-int.gz")[:, 0]}
    found = from_arrays(images, labels, "qmnist", str(folder), PLAIN).parts["train"]
    return load_subset("mnist", "train"), (found.images, found.labels)


def _read_emnist(folder: Path, name: str) -> Loaded:
    """Read one of EMNIST's sets out of the archive that has all six, without unpacking it."""
    path = folder / EMNIST_ARCHIVE.name
    images: dict[Part, NDArray[Any]] = {}
    labels: dict[Part, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for part in ("train", "test"):
                stem = f"gzip/{name}-{part}"
                images[part] = _packed(archive, f"{stem}-images-idx3-ubyte.gz", path)
                labels[part] = _packed(archive, f"{stem}-labels-idx1-ubyte.gz", path)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise StudioError(
            f"Cannot read {path}.", f"It is damaged: {error}.", "Delete it and download it again."
        ) from error
    return _loaded(images, labels, name, path)


def _packed(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    with archive.open(name) as member, gzip.open(member) as content:
        return read_idx(content, f"{path}, {name}")


def _loaded(
    images: dict[Part, NDArray[Any]], labels: dict[Part, NDArray[Any]], name: str, source: Path
) -> Loaded:
    parts = from_arrays(images, labels, name, str(source), PLAIN).parts
    train, test = parts["train"], parts["test"]
    return (train.images, train.labels), (test.images, test.labels)


STEMS: Mapping[Part, str] = {"train": "train", "test": "t10k"}
PLAIN = Options(channels="gray")

_KMNIST = ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/")
_QMNIST = (
    "https://raw.githubusercontent.com/facebookresearch/qmnist/main/",
    "https://github.com/facebookresearch/qmnist/raw/main/",
    "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
)


def _file(bases: tuple[str, ...], name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(name=name, urls=tuple(base + name for base in bases), size=size, sha256=sha256)


KMNIST_FILES = (
    _file(
        _KMNIST, "train-images-idx3-ubyte.gz", 18_165_135,
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    ),
    _file(
        _KMNIST, "train-labels-idx1-ubyte.gz", 29_497,
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    ),
    _file(
        _KMNIST, "t10k-images-idx3-ubyte.gz", 3_041_136,
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
    ),
    _file(
        _KMNIST, "t10k-labels-idx1-ubyte.gz", 5_120,
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
)  # fmt: skip

QMNIST_FILES = (
    _file(
        _QMNIST, "qmnist-test-images-idx3-ubyte.gz", 9_742_279,
        "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
    ),
    _file(
        _QMNIST, "qmnist-test-labels-idx2-int.gz", 526_800,
        "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
    ),
)  # fmt: skip

EMNIST_ARCHIVE = RemoteFile(
    name="gzip.zip",
    urls=("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",),
    size=561_753_746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
)
"""All six sets in one archive of 536 MiB; NIST has them in no smaller piece."""


def _emnist(part: str, title: str, classes: tuple[str, ...], train_size: int, test_size: int) -> Item:
    info = DatasetInfo(
        name=f"emnist_{part}",
        title=title,
        file=EMNIST_ARCHIVE.name,
        classes=classes,
        train_size=train_size,
        test_size=test_size,
        license="none stated (published by NIST)",
        origin="Cohen, Afshar, Tapson and van Schaik, 2017",
    )
    return Item(info, "emnist", (EMNIST_ARCHIVE,), partial(_read_emnist, name=f"emnist-{part}"))


CATALOG: dict[str, Item] = {
    item.info.name: item
    for item in (
        Item(
            DatasetInfo(
                name="kmnist",
                title="Kuzushiji-MNIST",
                file=KMNIST_FILES[0].name,
                classes=KMNIST_NAMES,
                license="CC BY-SA 4.0",
                origin="Clanuwat and others (CODH), 2018",
            ),
            "kmnist",
            KMNIST_FILES,
            _read_kmnist,
        ),
        _emnist("letters", "EMNIST letters", LETTER_NAMES, 124_800, 20_800),
        _emnist("digits", "EMNIST digits", DIGITS, 240_000, 40_000),
        _emnist("balanced", "EMNIST balanced", BALANCED_NAMES, 112_800, 18_800),
        Item(
            DatasetInfo(
                name="qmnist",
                title="MNIST with QMNIST's 60,000 test digits",
                file=QMNIST_FILES[0].name,
                classes=DIGITS,
                test_size=60_000,
                license="BSD (QMNIST), CC BY-SA 3.0 (MNIST)",
                origin="Yadav and Bottou, 2019",
            ),
            "qmnist",
            QMNIST_FILES,
            _read_qmnist,
        ),
    )
}
"""What can be downloaded, by the name a recipe uses."""
