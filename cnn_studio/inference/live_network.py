"""A network while it learns: its answers, feature maps and first filters after each epoch and at the moment.

Reads what a training leaves in its run folder (`core.runs.epoch_weight_files`), finished or not, and needs no TensorFlow.
One session takes the weights as inputs, so a new epoch costs no new session. `onnx` is imported when a run
is opened, as in `inference.onnx_graph`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.epoch_weight_files import (
    EPOCHS_FOLDER,
    NETWORK_FILE,
    NOW_FILE,
    Weights,
    files_of_epochs,
    read_weights,
)
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard, decode_card, require_sound_card
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.inference.classifier import Classifier, calibrate
from cnn_studio.inference.epoch_networks import IMAGE
from cnn_studio.inference.onnx_graph import Graph, LayerOutput
from cnn_studio.inference.sessions import open_session

Floats = NDArray[np.float32]
NOW = 0
"""Stands for the weights of the moment where an epoch's number is expected."""


@dataclass(frozen=True)
class Look:
    """One network of a run in front of one image.

    Attributes:
        probabilities: (classes,) float64, sum 1.
        maps: (height, width, count) float32 of the convolution asked for; None where there is none.
        filters: (height, width, channels in, count) float32 of the first convolution, or None.
    """

    probabilities: NDArray[np.float64]
    maps: Floats | None
    filters: Floats | None


class LiveNetwork:
    """The networks of a run that are on disk at the moment; for one thread at a time.

    Args:
        run: The run folder.

    Raises:
        StudioError: If it keeps no graph (yet), or that is damaged.

    Attributes:
        card: How pixels enter the network, and the names of its classes.
        convolutions: Where the maps of each convolution can be read, activated if an activation follows.
    """

    def __init__(self, run: Path) -> None:
        import onnx

        self.run = run
        path = run / EPOCHS_FOLDER / NETWORK_FILE
        try:
            content = path.read_bytes()
            self._graph = Graph(content)
            self.convolutions = after_convolutions(self._graph.layer_outputs)
            self._session = open_session(
                self._graph.putting_out([output.tensor for output in self.convolutions])
            )
            entries = onnx.load_model_from_string(content).metadata_props
        except FileNotFoundError as error:
            raise StudioError(
                f"The run {run.name} cannot be inspected.", "It has no saved graph of its network.", ""
            ) from error
        except Exception as error:  # whatever onnx and its runtime say of a damaged file
            raise _unreadable(run, f"{NETWORK_FILE} is damaged.") from error
        text = next((entry.value for entry in entries if entry.key == CARD_ENTRY), None)
        # runs of before the card traveled with the graph have it in their model
        self.card: ModelCard = (
            Classifier(run / ONNX_FILE).card if text is None else decode_card(text, path.name)
        )
        require_sound_card(self.card, path.name)
        self._output = self._session.get_outputs()[0].name
        self._read: tuple[Path, int, Weights] | None = None
        self._answers: dict[int, NDArray[np.float64]] = {}
        self._image = b""

    def epochs(self) -> tuple[int, ...]:
        """Return the epochs that are kept now, in their order."""
        return tuple(files_of_epochs(self.run))

    @property
    def learning(self) -> bool:
        """Whether the weights of the moment are there."""
        return self._path(NOW).exists()

    def answer(self, epoch: int, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return what an epoch's network (or `NOW`'s) answers; epochs already asked for an image are remembered.

        Args:
            epoch: One of `epochs`, or `NOW`.
            image: `card.input_shape` uint8 0 to 255.

        Returns:
            (classes,) probabilities, sum 1.

        Raises:
            StudioError: If its weights are gone, damaged, or of another network.
        """
        self._turn_to(image)
        if epoch == NOW or epoch not in self._answers:
            (raw,) = self._run(epoch, image, [self._output])
            answer: NDArray[np.float64] = calibrate(np.asarray(raw, np.float32), self.card.temperature)[0]
            if epoch == NOW:
                return answer
            self._answers[epoch] = answer
        return self._answers[epoch]

    def answers(
        self, image: NDArray[np.uint8], canceled: Callable[[], bool] = lambda: False
    ) -> tuple[tuple[int, ...], NDArray[np.float64]] | None:
        """Answer one image with every network that is there.

        Args:
            image: As in `answer`.
            canceled: Asked before each network.

        Returns:
            The epochs in their order, `NOW` last where the run is learning, and (epochs, classes)
            probabilities; None once canceled.

        Raises:
            StudioError: As `answer`; a network that is deleted meanwhile is left out.
        """
        epochs, rows = [], []
        for epoch in (*self.epochs(), *([NOW] if self.learning else [])):
            if canceled():
                return None
            try:
                rows.append(self.answer(epoch, image))
                epochs.append(epoch)
            except StudioError:
                if self._path(epoch).exists():
                    raise
        return tuple(epochs), np.array(rows).reshape(len(rows), -1)

    def look(self, epoch: int, image: NDArray[np.uint8], convolution: int) -> Look:
        """Look into an epoch's network (or `NOW`'s).

        Args:
            epoch: One of `epochs`, or `NOW`.
            image: `card.input_shape` uint8 0 to 255.
            convolution: The index of one in `convolutions`; the last one counts where there are fewer.

        Raises:
            StudioError: As `answer`.
        """
        names = [self._output]
        output = (
            self.convolutions[min(convolution, len(self.convolutions) - 1)] if self.convolutions else None
        )
        if output is not None:
            names.append(output.tensor)
        raw, *rest = self._run(epoch, image, names)
        maps = None
        if output is not None:
            maps = np.moveaxis(rest[0], 1, -1)[0] if output.layout == "first" else rest[0][0]
        assert self._read is not None
        filters = next((array for array in self._read[2] if array.ndim == 4), None)
        probabilities = calibrate(np.asarray(raw, np.float32), self.card.temperature)[0]
        return Look(probabilities, maps, filters if output is not None else None)

    def _turn_to(self, image: NDArray[np.uint8]) -> None:
        content = image.tobytes()
        if content != self._image:
            self._image, self._answers = content, {}

    def _path(self, epoch: int) -> Path:
        return self.run / EPOCHS_FOLDER / (NOW_FILE if epoch == NOW else f"{epoch:04}.npz")

    def _weights(self, epoch: int) -> Weights:
        path = self._path(epoch)
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:  # it has been deleted since
            stamp = self._read[1] if self._read is not None and self._read[0] == path else 0
        if self._read is None or self._read[:2] != (path, stamp):
            self._read = path, stamp, read_weights(path)
        return self._read[2]

    def _run(self, epoch: int, image: NDArray[np.uint8], names: list[str]) -> list[Floats]:
        batch = image.reshape(1, *self.card.input_shape).astype(np.float32)
        fed = {IMAGE: batch * np.float32(self.card.input_scale) + np.float32(self.card.input_offset)}
        fed |= {f"weights_{number}": array for number, array in enumerate(self._weights(epoch))}
        wanted = {entry.name for entry in self._session.get_inputs()}
        try:
            found: list[Floats] = self._session.run(
                names, {name: array for name, array in fed.items() if name in wanted}
            )
        except Exception as error:  # whatever the runtime says of these numbers
            raise _unreadable(self.run, str(error).splitlines()[0][:300]) from error
        if found[0].shape[-1] != len(self.card.classes):
            raise _unreadable(self.run, "They are of a network with other classes.")
        return found


def after_convolutions(outputs: tuple[LayerOutput, ...]) -> tuple[LayerOutput, ...]:
    """Return for every convolution the activation that follows it, or itself where none does."""
    found = []
    for index, output in enumerate(outputs):
        if output.kind == "convolution":
            following = outputs[index + 1] if index + 1 < len(outputs) else output
            found.append(following if following.kind == "activation" else output)
    return tuple(found)


def _unreadable(run: Path, why: str) -> StudioError:
    return StudioError(f"The epochs of the run {run.name} cannot be read.", why, "Train its recipe again.")
