"""Keeps what a network was after each epoch, so that a drawing can be shown to all of them later.

A few milliseconds an epoch; what cannot be written (a full disk) is logged and costs no training.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import keras
import msgspec
import onnx
import tensorflow as tf
from keras.src.export.tf2onnx_lib import patch_tf2onnx
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.epoch_weight_files import (
    EPOCHS_FOLDER,
    FINAL_FILE,
    MOST_BYTES,
    NETWORK_FILE,
    NOW_FILE,
    delete,
    files_of_epochs,
    thin_out,
    write_weights,
)
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.model_files import ONNX_OPSET, info_of, quiet
from cnn_studio.engine.tf_graphs import compiled

log = logging.getLogger(__name__)


class EpochWeights:
    """Writes a training's epochs into its run folder.

    Args:
        run: The run folder.
        most_bytes: What all of them may take; where they would take more, every second is left out, then
            every second of those left, and so on, never the first and the last.
    """

    def __init__(self, run: Path, most_bytes: int = MOST_BYTES) -> None:
        self._run, self._most_bytes = run, most_bytes

    def begin(self, done: int) -> None:
        """Forget what an earlier training in this folder left beyond the epochs that are done."""
        stale = [path for epoch, path in files_of_epochs(self._run).items() if epoch > done]
        folder = self._run / EPOCHS_FOLDER
        stale.append(folder / NOW_FILE)
        delete(stale if done else [*stale, folder / FINAL_FILE, folder / NETWORK_FILE])

    def keep(self, epoch: int, weights: list[NDArray[Any]]) -> None:
        """Keep the weights after an epoch."""
        try:
            write_weights(self._run / EPOCHS_FOLDER / f"{epoch:04}.npz", weights)
            thin_out(self._run, self._most_bytes)
        except OSError as error:
            log.warning("The weights of epoch %d are not kept: %s", epoch, error)


def weights_to_keep(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, recipe: Recipe
) -> list[NDArray[Any]]:
    """Return the weights a run would keep if it ended now: the moving average where the recipe asks for one.

    Early stopping that goes back to the best epoch goes back to what was learned, not to the average.

    Args:
        model: The network as it learns.
        optimizer: Its optimizer.
        recipe: The recipe.
    """
    goes_back = recipe.early_stopping is not None and recipe.early_stopping.restore_best_weights
    if not recipe.training.ema_momentum or goes_back:
        weights: list[NDArray[Any]] = model.get_weights()
        return weights
    averages = dict(
        zip(map(id, model.trainable_variables), optimizer._model_variables_moving_average, strict=True)
    )
    return [averages.get(id(variable), variable).numpy() for variable in model.weights]


def keep_graph(recipe: Recipe, card: ModelCard, run: Path) -> None:
    """Write the graph of a run's network before the run has ended, unless it is there.

    Args:
        recipe: The run's recipe; the network is built once more, of plain Keras layers in float32.
        card: What travels with it.
        run: The run folder.
    """
    path = run / EPOCHS_FOLDER / NETWORK_FILE
    if not path.exists():
        _write_graph(build_model(recipe, info_of(card)), card, path)


def keep_network(model: keras.Model, card: ModelCard, run: Path) -> None:
    """Write what the kept epochs need to answer: the network that was kept, and its graph without weights.

    Args:
        model: The network the run kept, of plain Keras layers in float32.
        card: What travels with it.
        run: The run folder; nothing happens where it kept no epochs.
    """
    folder = run / EPOCHS_FOLDER
    if not files_of_epochs(run):
        return
    try:
        write_weights(folder / FINAL_FILE, model.get_weights())
        if not (folder / NETWORK_FILE).exists():
            _write_graph(model, card, folder / NETWORK_FILE)
    except Exception:  # the run is finished and whole without it
        log.exception("The epochs of the run %s cannot answer", run.name)


def _write_graph(model: keras.Model, card: ModelCard, path: Path) -> None:
    """Write the network as ONNX with inputs "image" and "weights_0", "weights_1", ... (0.1 to 0.3 s)."""
    indices = {id(variable): number for number, variable in enumerate(model.weights)}
    # the states of random numbers, which no answer depends on
    others = {id(variable): variable.numpy() for variable in model.variables if id(variable) not in indices}

    @compiled()
    def answer(image: tf.Tensor, *weights: tf.Tensor) -> tf.Tensor:
        def values(variables: list[Any]) -> list[tf.Tensor]:
            return [
                weights[indices[id(variable)]]
                if id(variable) in indices
                else tf.constant(others[id(variable)])
                for variable in variables
            ]

        trainable, rest = values(model.trainable_variables), values(model.non_trainable_variables)
        return model.stateless_call(trainable, rest, image, training=False)[0]

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="image")]
    signature += [
        tf.TensorSpec(variable.shape, tf.float32, name=f"weights_{number}")
        for number, variable in enumerate(model.weights)
    ]
    patch_tf2onnx()  # as `model.export` does: tf2onnx alone knows NumPy 2 badly
    import tf2onnx  # after the patch

    with quiet():
        proto, _ = tf2onnx.convert.from_function(answer, signature, opset=ONNX_OPSET)
    entry = proto.metadata_props.add()
    entry.key, entry.value = CARD_ENTRY, msgspec.json.encode(card).decode()
    with replacing(path) as temporary:
        onnx.save(proto, temporary)
