"""Taking a network away: one table of formats, each written and then asked the same questions.

A new format is one row in `FORMATS` (how it is written, and how what was written answers) and its name in
`core.runs.export_formats`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.protocol.events import ExportEnded, Report, StageEntered
from cnn_studio.core.runs.export_formats import EXPORT_FORMATS
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard
from cnn_studio.engine.model_files import load_keras, quiet, save_keras, save_onnx
from cnn_studio.engine.model_sources import open_source
from cnn_studio.engine.training_step import Answering
from cnn_studio.inference.classifier import Classifier

COMPARED_IMAGES = 256
LARGEST_DIFFERENCE = 1e-3
"""A larger difference of any probability is an error: the file would not be the same network."""

SAVEDMODEL_ENTRIES = {"saved_model.pb", "fingerprint.pb", "variables", "assets", CARD_ENTRY}

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Attributes:
        write: Writes the network to a path where nothing is yet.
        answers: Opens that path afresh and answers (N, height, width, channels) uint8 images.
    """

    write: Callable[[keras.Model, ModelCard, Path], None]
    answers: Callable[[Path, ModelCard, Bytes], Floats]


def scaled(card: ModelCard, x: Bytes) -> Floats:
    """Return what enters the network for images of 0 to 255."""
    return x.astype(np.float32) * np.float32(card.input_scale) + np.float32(card.input_offset)


def _keras_answers(path: Path, card: ModelCard, x: Bytes) -> Floats:
    return Answering(load_keras(path)[0], (card.input_scale, card.input_offset))(x)


def _write_savedmodel(model: keras.Model, card: ModelCard, path: Path) -> None:
    model(np.zeros((1, *card.input_shape), np.float32))
    with quiet():
        model.export(path, format="tf_saved_model", verbose=False)
    path.joinpath(CARD_ENTRY).write_bytes(msgspec.json.encode(card))


def _savedmodel_answers(path: Path, card: ModelCard, x: Bytes) -> Floats:
    loaded = tf.saved_model.load(str(path))  # kept in a name: its variables go with it
    return np.asarray(loaded.serve(tf.constant(scaled(card, x))), np.float32)


def _write_tflite(model: keras.Model, card: ModelCard, path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder, replacing(path) as temporary:
        whole = Path(folder, "model.tflite")
        with quiet():
            model.export(whole, format="litert", verbose=False)
        temporary.write_bytes(whole.read_bytes())


def _tflite_answers(path: Path, card: ModelCard, x: Bytes) -> Floats:
    # The reference kernels: they say nothing on standard error, and 256 images need no speed.
    interpreter = Interpreter(
        model_path=str(path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()  # for one image at a time, the batch size it was written with
    index = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    answers = []
    for image in scaled(card, x):
        interpreter.set_tensor(index, image[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(result)[0])
    return np.stack(answers)


def _onnx_answers(path: Path, card: ModelCard, x: Bytes) -> Floats:
    del card  # it travels inside the file
    return Classifier(path).probabilities(x)


FORMATS: dict[str, Format] = {
    "keras": Format(save_keras, _keras_answers),
    "savedmodel": Format(_write_savedmodel, _savedmodel_answers),
    "tflite": Format(_write_tflite, _tflite_answers),
    "onnx": Format(save_onnx, _onnx_answers),
}


def export(
    source: Path,
    format: str,
    to: Path,
    report: Report = lambda event: None,
    job: str = "",
    should_stop: Callable[[], bool] = lambda: False,
) -> ExportEnded:
    """Write a run or model in another format and prove that it answers the same.

    Args:
        source: A run folder or a `.keras` file of ours.
        format: A key of `FORMATS`.
        to: The file, or the folder for a SavedModel; an earlier one is replaced by a whole and compared
            one only, and stays where there is none.
        report: Takes the stages.
        job: Named in the events.
        should_stop: Asked before writing, and before and after what was written is compared.

    Returns:
        Where it is, its size, and how its answers compare.

    Raises:
        StudioError: If it cannot be written, or answers differently than the network it came from; then
            nothing is left of it.
        Canceled: When `should_stop` says so; what was written by then is removed.
    """
    if format not in FORMATS:
        raise StudioError(
            f"There is no export format '{format}'.", "", f"Choose one of: {', '.join(FORMATS)}."
        )
    row, kind = FORMATS[format], EXPORT_FORMATS[format]
    opened = open_source(source)
    if opened.model is None:
        raise StudioError(
            f"{source.name} cannot be exported.",
            "An ONNX file cannot be converted back into a Keras network.",
            "Export the run or the .keras file it came from.",
        )
    if to.is_dir() and (kind.suffix or _holds_something_else(to)):
        raise StudioError(
            f"Cannot write {to}.",
            "A folder with that name already exists and holds other files.",
            "Choose another name.",
        )
    if should_stop():
        raise Canceled
    report(StageEntered(job=job, text=f"Writing {kind.title}"))
    try:
        with replacing(to) as temporary:
            row.write(opened.model, opened.card, temporary)
            if should_stop():
                raise Canceled
            report(StageEntered(job=job, text="Comparing its answers with the network's"))
            images = _test_images(opened.card)
            before = opened.answers(images, lambda: False)
            after = row.answers(temporary, opened.card, images)
            largest = float(np.abs(before - after).max())
            same = int((before.argmax(axis=1) == after.argmax(axis=1)).sum())
            if not largest <= LARGEST_DIFFERENCE:
                raise StudioError(
                    f"The exported {kind.title} file is not the same network, and was not kept.",
                    f"A probability differs by {largest:.4f}; "
                    f"{len(images) - same} of {len(images)} answers differ.",
                    "Export to another format, and report this with the run's recipe.",
                )
            if should_stop():
                raise Canceled
    except OSError as error:
        raise StudioError(f"Cannot write {to}.", str(error), "Choose another folder.") from error
    return ExportEnded(
        job=job,
        path=str(to),
        format=format,
        bytes=_size(to),
        images=len(images),
        same_predictions=same,
        largest_difference=largest,
    )


def _test_images(card: ModelCard) -> Bytes:
    """Return images to compare answers on: the network's own test set, or noise where it is not here."""
    with suppress(StudioError):  # the data set may be elsewhere by now
        images = load_subset(card.dataset, "test")[0][:COMPARED_IMAGES]
        if images.shape[1:] == card.input_shape:
            return images
    return np.random.default_rng(0).integers(0, 256, (COMPARED_IMAGES, *card.input_shape), dtype=np.uint8)


def _holds_something_else(folder: Path) -> bool:
    """Whether a folder has anything but a SavedModel this program wrote: replacing it would lose that."""
    names = {path.name for path in folder.iterdir()}
    return bool(names) and not (CARD_ENTRY in names and names <= SAVEDMODEL_ENTRIES)


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
