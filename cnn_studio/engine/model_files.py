"""Model files: written with all they need, read without trusting them.

A model file from elsewhere is a stranger's program: Keras's own format can name code to run, and its
`safe_mode` is no protection. So a `.keras` file is opened only if it carries our card; the network is
rebuilt from the recipe in that card, and from the file come nothing but numbers of the expected shapes.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import msgspec
import numpy as np
import onnx

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.core.network.network import network_of
from cnn_studio.core.runs.model_card import (
    CARD_ENTRY,
    ModelCard,
    card_recipe,
    decode_card,
    require_sound_card,
)
from cnn_studio.engine.builder import build_model

WEIGHTS_ENTRY = "model.weights.h5"
CARD_LIMIT_BYTES = 2**20
EXTRA_WEIGHT_BYTES = 2**20
ONNX_OPSET = 17


def save_keras(model: keras.Model, card: ModelCard, path: Path) -> None:
    """Write a `.keras` file that any Keras can load and that carries our card."""
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder, replacing(path) as temporary:
        whole = Path(folder, "model.keras")
        model.save(whole)
        with zipfile.ZipFile(whole, "a") as archive:
            archive.writestr(CARD_ENTRY, msgspec.json.encode(card))
        temporary.write_bytes(whole.read_bytes())


def load_keras(path: Path) -> tuple[keras.Model, ModelCard]:
    """Open a `.keras` file that this program wrote.

    Raises:
        StudioError: If the file is missing, damaged, or not one of ours.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if CARD_ENTRY not in archive.namelist():
                raise _refused(path)
            card = decode_card(_bounded(archive, CARD_ENTRY, CARD_LIMIT_BYTES, path), path.name)
            recipe = card_recipe(card, path.name)
            require_sound_card(card, path.name)
            least = 4 * network_of(recipe.layers, card.input_shape, len(card.classes)).parameters
            weights = _bounded(archive, WEIGHTS_ENTRY, least + EXTRA_WEIGHT_BYTES, path)
            if len(weights) < least:  # before anything of that size is built
                raise _damaged(path, f"it holds {len(weights):,} bytes of numbers, {least:,} are expected")
            model = build_model(recipe, info_of(card))
    except FileNotFoundError as error:
        raise StudioError(f"There is no file {path}.", "", "Check the name.") from error
    except (OSError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        # RuntimeError: an entry that says it is encrypted or packed in a way Python does not know.
        raise _damaged(path, str(error)) from error
    _require_plain_numbers(weights, model, path)
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder:
        numbers = Path(folder, "model.weights.h5")
        numbers.write_bytes(weights)
        try:
            model.load_weights(numbers)
        except (ValueError, KeyError, OSError) as error:
            raise StudioError(
                f"{path.name} cannot be opened.",
                "Its weights do not fit the network its recipe describes.",
                "Export it again.",
            ) from error
    return model, card


def save_onnx(model: keras.Model, card: ModelCard, path: Path) -> None:
    """Write an ONNX file with the card in its metadata."""
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder, replacing(path) as temporary:
        plain = Path(folder, "model.onnx")
        model(np.zeros((1, *card.input_shape), np.float32))  # Keras exports only what has been called
        with quiet():
            model.export(plain, format="onnx", verbose=False, opset_version=ONNX_OPSET)
        proto = onnx.load(plain)
        entry = proto.metadata_props.add()
        entry.key, entry.value = CARD_ENTRY, msgspec.json.encode(card).decode()
        onnx.save(proto, temporary)


def info_of(card: ModelCard) -> DatasetInfo:
    """Return a registry row made of what a card says (the data set itself may not be here)."""
    return DatasetInfo(
        name=card.dataset,
        title=card.dataset,
        file="",
        classes=card.classes,
        image_shape=card.input_shape,
        license="",
        origin="",
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep converters' printing and logging away from the person's terminal."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(level)


def _damaged(path: Path, why: str) -> StudioError:
    return StudioError(f"{path.name} cannot be opened.", f"It is damaged: {why}.", "Export it again.")


def _refused(path: Path) -> StudioError:
    return StudioError(
        f"{path.name} was not opened.",
        "A model file from elsewhere can carry code that runs when it is loaded; "
        "this one was not written by CNN Studio.",
        "Open a run, a .keras file exported by CNN Studio, or an .onnx file.",
    )


def _bounded(archive: zipfile.ZipFile, entry: str, limit: int, path: Path) -> bytes:
    size = archive.getinfo(entry).file_size
    if size > limit:
        raise StudioError(
            f"{path.name} was not opened.",
            f"Its entry '{entry}' claims {size:,} bytes; at most {limit:,} are expected.",
            "Export it again.",
        )
    return archive.read(entry)


def _require_plain_numbers(weights: bytes, model: keras.Model, path: Path) -> None:
    """Refuse links to other files, data kept elsewhere, and arrays larger than the network's own."""
    largest = max((variable.shape.num_elements() or 1 for variable in model.variables), default=1)
    problems: list[str] = []

    def look(group: h5py.Group) -> None:
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                problems.append(f"'{key}' is a link")
                continue
            item = group[key]
            if isinstance(item, h5py.Group):
                look(item)
            elif not isinstance(item, h5py.Dataset) or item.size is None:
                problems.append(f"'{key}' holds no numbers")
            elif item.external or item.is_virtual:
                problems.append(f"'{key}' keeps its data in another file")
            elif item.size > max(largest, 64):
                problems.append(f"'{key}' has {item.size:,} numbers, more than any part of the network")

    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            look(file)
    except (OSError, RecursionError) as error:
        raise StudioError(f"{path.name} cannot be opened.", f"Its weights are damaged: {error}.") from error
    if problems:
        raise StudioError(f"{path.name} was not opened.", f"Its arrays are not plain numbers: {problems[0]}.")
