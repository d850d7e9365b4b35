"""Grad-CAM without a framework that knows gradients: the few it needs are measured.

Grad-CAM weights each map of a layer by the mean, over the map's pixels, of the score's gradient (Selvaraju et
al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV 2017). The sum of
a map's gradient is how the score changes when the whole map is raised, so one weight is one difference of two
runs of the network's end. Any `.onnx` file will do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.onnx_graph import Graph, LayerOutput
from cnn_studio.inference.sessions import open_session

Floats = NDArray[np.float32]
RAISED_BY = 0.01
"""Of the largest value in the layer: small, so that few activations change sides, and far above rounding."""
COPIES_AT_ONCE = 32


class GradCam:
    """The end of a network, from its last convolution on.

    Args:
        content: The bytes of its `.onnx` file.
        activations: The opened network.

    Attributes:
        output: The layer whose maps are weighted: the last convolution, activated, whose maps have several pixels.

    Raises:
        StudioError: If there is no such layer, or the network's end cannot be cut off.
    """

    def __init__(self, content: bytes, activations: Activations) -> None:
        self._activations = activations
        self._number = _last_convolution(activations)
        self.output: LayerOutput = activations.layer_outputs[self._number]
        try:
            self._end = open_session(Graph(content).tail(self.output.tensor))
        except Exception as error:  # whatever onnx or the runtime say of a third-party file
            raise StudioError(
                "Grad-CAM cannot split off the end of this network.",
                str(error).splitlines()[0][:300] if str(error) else type(error).__name__,
                "The occlusion map works with any network.",
            ) from error

    @property
    def layer(self) -> int:
        """The convolution's number among the network's, from 1."""
        before = self._activations.layer_outputs[: self._number + 1]
        return sum(output.kind == "convolution" for output in before)

    def map(
        self, image: NDArray[np.uint8], index: int, canceled: Callable[[], bool] = lambda: False
    ) -> Floats | None:
        """Return where the last convolution finds what speaks for a class.

        Args:
            image: The network's input, `card.input_shape` uint8 0 to 255.
            index: The class.
            canceled: Asked between runs of 32 copies; the work is given up where it says so.

        Returns:
            (rows, columns) float32 of the layer's size, 0 and above; None where canceled.
        """
        maps = self._activations.maps(image)[self._number]
        step = np.float32(RAISED_BY * (float(np.abs(maps).max()) or 1.0))
        channels = maps.shape[2]
        slopes = np.zeros(channels, np.float32)
        at_once = COPIES_AT_ONCE if self._activations.batch is None else 1
        for start in range(0, channels, at_once):
            if canceled():
                return None
            chosen = np.arange(start, min(channels, start + at_once))
            raises = np.zeros((len(chosen), 1, 1, channels), np.float32)
            raises[np.arange(len(chosen)), 0, 0, chosen] = step
            higher, lower = (self._scores(maps + sign * raises, image)[:, index] for sign in (1, -1))
            slopes[chosen] = (higher - lower) / (2 * step)
        weighted: Floats = np.maximum(maps @ (slopes / (maps.shape[0] * maps.shape[1])), 0)
        return weighted

    def _scores(self, copies: Floats, image: NDArray[np.uint8]) -> Floats:
        """Return the scores, (N, classes), of copies of the layer's maps, (N, rows, columns, channels)."""
        first, *others = self._end.get_inputs()
        fed = {first.name: np.moveaxis(copies, -1, 1) if self.output.layout == "first" else copies}
        if others:  # a branch goes round the layer
            fed[others[0].name] = self._activations.entering(np.repeat(image[None], len(copies), axis=0))
        scores: Floats = self._end.run(None, fed)[0]
        return scores


def _last_convolution(activations: Activations) -> int:
    """Return the index among the layer outputs of the last convolution, or of the activation that follows it.

    Raises:
        StudioError: If the network has none whose maps have several pixels.
    """
    found = activations.maps(np.zeros(activations.card.input_shape, np.uint8))
    for number in reversed(range(len(activations.layer_outputs))):
        height, width = found[number].shape[:2]
        if activations.layer_outputs[number].kind == "convolution" and height * width > 1:
            after = activations.layer_outputs[number + 1 : number + 2]
            return number + 1 if after and after[0].kind == "activation" else number
    raise StudioError(
        "Grad-CAM is not available for this network.",
        "It has no convolution whose maps have more than one pixel.",
        "The occlusion map works with any network.",
    )
