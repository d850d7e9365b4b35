"""What a run's network answered after each of its epochs, from the weights its run folder keeps.

`onnx` is imported when a run is opened, not with this module, as in `inference.onnx_graph`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.epoch_weight_files import (
    EPOCHS_FOLDER,
    FINAL_FILE,
    NETWORK_FILE,
    Weights,
    files_of_epochs,
    read_weights,
)
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.runs.run_folder import RUN_FILE
from cnn_studio.inference.classifier import calibrate
from cnn_studio.inference.sessions import Session, open_session

if TYPE_CHECKING:
    from onnx import ModelProto

IMAGE = "image"
"""The graph's input for images."""


class EpochNetworks:
    """The networks a run was; opening one of them takes up to 10 ms, at its first answer.

    Args:
        model: The run's `model.onnx`.
        card: Its card.

    Raises:
        StudioError: If it is no run's, or its run kept no epochs, or they cannot be read.

    Attributes:
        epochs: The epochs kept, in their order; not every one where they would have taken too much room.
        kept: Index in `epochs` of the network the run kept; one past them where it is none of theirs,
            and then `answers` has a row more.
        bytes: What they take on disk.
    """

    def __init__(self, model: Path, card: ModelCard) -> None:
        run = model.parent
        files = files_of_epochs(run)
        if not files:
            raise _nothing_kept(model)
        self._name, self._card = run.name, card
        self._weights = [read_weights(path) for path in files.values()]
        self.epochs = tuple(files)
        self.kept = len(files) - 1
        final = run / EPOCHS_FOLDER / FINAL_FILE
        if final.exists():
            self._locate_final(read_weights(final))
        self.bytes = sum(path.stat().st_size for path in (run / EPOCHS_FOLDER).glob("*"))
        self._graph = _read_graph(run / EPOCHS_FOLDER / NETWORK_FILE)
        self._sessions: list[Session] = []

    def _locate_final(self, final: Weights) -> None:
        """Find the network that was kept among the epochs, the last one first, or add it behind them."""
        for index in reversed(range(len(self._weights))):
            pairs = zip(self._weights[index], final, strict=False)
            if all(np.array_equal(ours, theirs) for ours, theirs in pairs):
                self.kept = index
                return
        self.kept = len(self._weights)
        self._weights.append(final)

    def answers(
        self, image: NDArray[np.uint8], canceled: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float64] | None:
        """Answer one image with every network.

        Args:
            image: `card.input_shape` uint8 0 to 255.
            canceled: Asked before each network.

        Returns:
            (networks, classes) calibrated probabilities, each row sums to 1; None once canceled.

        Raises:
            StudioError: If the numbers kept are of another network.
        """
        card, rows = self._card, []
        pixels = image.reshape(1, *card.input_shape).astype(np.float32)
        batch = pixels * np.float32(card.input_scale) + np.float32(card.input_offset)
        for index in range(len(self._weights)):
            if canceled():
                return None
            try:
                if index == len(self._sessions):
                    self._sessions.append(_session(self._graph, self._weights[index]))
                    self._weights[index] = []  # the session has its own
                rows.append(self._sessions[index].run(None, {IMAGE: batch})[0][0])
            except Exception as error:  # whatever the runtime says of these numbers
                raise _unreadable(self._name, str(error).splitlines()[0][:300]) from error
        if len(rows[0]) != len(card.classes):
            raise _unreadable(self._name, "They are of a network with other classes.")
        return calibrate(np.asarray(rows, np.float32), card.temperature)


def _nothing_kept(model: Path) -> StudioError:
    if (model.parent / RUN_FILE).exists():
        return StudioError(
            "This run has no saved epochs.",
            "It was trained before epochs were saved, ended within its first, is too large, or they were deleted.",
            "Train its recipe again, or train it further.",
        )
    return StudioError(
        "This model came without its epochs.",
        "",
        "Train a run and use it: its epochs are saved.",
    )


def _unreadable(name: str, why: str) -> StudioError:
    return StudioError(f"The epochs of the run {name} cannot be read.", why, "Train its recipe again.")


def _read_graph(path: Path) -> ModelProto:
    import onnx

    if not path.exists():
        raise StudioError(
            "The epochs of this run cannot be used yet.",
            "Their network is written half a second after the run has ended.",
            "Draw again; if that does not help, train the run one epoch further.",
        )
    try:
        return onnx.load_model_from_string(path.read_bytes())
    except Exception as error:  # whatever onnx says of a damaged file
        raise _unreadable(path.parent.parent.name, f"{path.name} is damaged.") from error


def _session(graph: ModelProto, weights: Weights) -> Session:
    """Return a session with the weights built in: several times as fast as one that is fed with them."""
    from onnx import ModelProto, numpy_helper

    whole = ModelProto()
    whole.CopyFrom(graph)
    del whole.graph.input[:]
    whole.graph.input.extend(entry for entry in graph.graph.input if entry.name == IMAGE)
    whole.graph.initializer.extend(
        numpy_helper.from_array(array, f"weights_{number}") for number, array in enumerate(weights)
    )
    # the further optimizations take longer than they save in the answers to a drawing
    return open_session(whole.SerializeToString(), light=True)
