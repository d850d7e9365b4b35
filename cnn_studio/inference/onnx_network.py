"""An ONNX model that says how probable each class is: opened, checked and asked, on one core."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.network.layers import Shape
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard, decode_card, require_sound_card
from cnn_studio.inference.sessions import Session, open_session

ONNX_LIMIT_BYTES = 512 * 2**20
LARGEST_DEVIATION_OF_A_SUM = 0.02
Float = TypeVar("Float", np.float32, np.float64)
MOST_IMAGES_AT_ONCE = 500
"""More at once only take more memory, and time with it: measured on one core."""


class OnnxNetwork:
    """An ONNX model, its card and a session on one core.

    Args:
        path: An `.onnx` file: one of ours, or any with one image input and one output of probabilities.

    Raises:
        StudioError: If the file cannot be opened or does not classify images.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._session = _session(path)
        if not self._session.get_inputs() or not self._session.get_outputs()[0].shape:
            raise StudioError(
                f"{path.name} does not classify images.",
                "It has no input, or no output with one number per class.",
                "Open a classifier's .onnx file.",
            )
        self._input = self._session.get_inputs()[0]
        fixed = (self._input.shape or [None])[0]  # a third-party model may take one image at a time only
        self._most_at_once = fixed if isinstance(fixed, int) else MOST_IMAGES_AT_ONCE
        self._fixed = fixed if isinstance(fixed, int) else None
        self._logits = False
        self.card = self._read_card()
        self._require_fitting_card()
        self._try_out()

    def _read_card(self) -> ModelCard:
        text = self._session.get_modelmeta().custom_metadata_map.get(CARD_ENTRY)
        if text is not None:
            return decode_card(text, self.path.name)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = tuple(self._input.shape[1:])
        classes = outputs[0].shape[-1]
        known = all(isinstance(side, int) for side in (*shape, classes))
        if len(inputs) != 1 or len(shape) != 3 or not known or self._input.type != "tensor(float)":
            raise StudioError(
                f"{self.path.name} does not classify images.",
                f"Expected one input (batch, height, width, channels) of floats, received {self._input.shape}.",
                "Open a classifier's .onnx file.",
            )
        names = DIGITS if classes == len(DIGITS) else tuple(map(str, range(classes)))
        return ModelCard(
            classes=names, input_shape=shape, input_scale=1 / 255, input_offset=0.0, recipe={}, dataset=""
        )

    def _require_fitting_card(self) -> None:
        require_sound_card(self.card, self.path.name)
        wanted = ((self._input.shape or [])[1:], self.card.input_shape)
        given = (self._session.get_outputs()[0].shape[-1:], (len(self.card.classes),))
        for graph, card in (wanted, given):
            fits = all(
                not isinstance(side, int) or side == said for side, said in zip(graph, card, strict=False)
            )
            if len(graph) != len(card) or not fits:
                raise StudioError(
                    f"{self.path.name} cannot be opened.",
                    f"Its model card says {tuple(card)} where the network has {tuple(graph)}.",
                    "Export the model again.",
                )

    def _try_out(self) -> None:
        """Answer two images; a network that cannot is refused here, not while a person draws.

        A third-party network may put out logits, as PyTorch's exports do: where its answers are no
        probabilities, softmax makes them some (it leaves log-probabilities' meaning as it is, too).
        """
        shape = self.card.input_shape
        noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        try:
            answers = self.probabilities(np.stack([np.zeros(shape, np.uint8), noise]))
        except Exception as error:  # whatever the runtime says of this file
            raise StudioError(
                f"{self.path.name} was opened, but cannot make predictions.",
                str(error).splitlines()[0][:300],
                "Export it again, with a batch of any size.",
            ) from error
        if answers.shape != (2, len(self.card.classes)) or not np.isfinite(answers).all():
            raise StudioError(
                f"{self.path.name} was opened, but does not answer with one number per class.",
                f"Two images got answers of the shape {answers.shape}.",
                "Open a classifier's .onnx file.",
            )
        sums = answers.sum(axis=1)
        self._logits = bool((answers < 0).any() or (np.abs(sums - 1) > LARGEST_DEVIATION_OF_A_SUM).any())

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the network's own outputs, not calibrated.

        Args:
            images: (N, height, width) or (N, height, width, channels) uint8 0 to 255.

        Returns:
            (N, classes) float32.
        """
        shape: Shape = self.card.input_shape
        rows = images.reshape(-1, *shape)
        if len(rows) <= self._most_at_once:
            return self._run(rows)
        starts = range(0, len(rows), self._most_at_once)
        return np.concatenate([self._run(rows[start : start + self._most_at_once]) for start in starts])

    def _run(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        batch = rows.astype(np.float32) * np.float32(self.card.input_scale) + np.float32(
            self.card.input_offset
        )
        if self._fixed is not None:  # the last batch may be smaller than the one it was made for
            missing = self._fixed - len(batch)
            batch = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)))
        outputs: NDArray[np.float32] = self._session.run(None, {self._input.name: batch})[0][: len(rows)]
        return softmax(outputs) if self._logits else outputs


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """Turn logits, (N, classes), into probabilities."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    result: NDArray[Float] = exponentials
    return result


def _session(path: Path) -> Session:
    try:
        size = path.stat().st_size
        if size > ONNX_LIMIT_BYTES:
            raise StudioError(
                f"{path.name} was not opened.", f"It has {size:,} bytes.", "Open a smaller model."
            )
        return open_session(path.read_bytes())
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", str(error), "Check the file's name.") from error
    except Exception as error:
        if isinstance(error, StudioError):
            raise
        raise StudioError(
            f"{path.name} is not an ONNX model this program can run.",
            str(error).splitlines()[0][:300],
            "Export it again.",
        ) from error
