"""What happens inside a network for one image: its maps, features, and its saliency.

The `.onnx` file is run with the outputs of its layers added to its own (`inference.onnx_graph`), so that it works
for any network and needs no TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.channel_layout import inputs, plane
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.onnx_graph import Graph, Layout
from cnn_studio.inference.sessions import Session, open_session

Floats = NDArray[np.float32]
Method = Literal["activation", "occlusion"]
IMAGES_AT_ONCE = 64
PATCHES_A_SIDE = 13
"""Patches of twice their step, side by side: 13 x 13 of 4 x 4 pixels on 28 x 28, 169 answers in 40 ms."""


@dataclass(frozen=True)
class Saliency:
    """Where a network finds what speaks for a class.

    Attributes:
        method: "activation" (Zhou et al., 2016; exact) or "occlusion" (Zeiler and Fergus, 2014).
        values: (rows, columns) float32, positive where the image speaks for the class. An activation map's
            mean, plus the class's bias, is the class's logit; an occlusion map holds the probability that
            is lost where that part is covered.
    """

    method: Method
    values: Floats


class Activations:
    """An opened network: its layers can be read.

    Args:
        content: The bytes of its `.onnx` file.
        card: How pixels enter it (`Classifier.card`).

    Raises:
        StudioError: If the runtime refuses the graph with its further outputs.
    """

    def __init__(self, content: bytes, card: ModelCard) -> None:
        try:
            graph = Graph(content)
            self._session = open_session(graph.putting_out(graph.tensors))
            # Of its own: a graph that gives all its maps away keeps them, and takes five times as long.
            ends = [graph.head.features] if graph.head.features else []
            self._end = open_session(graph.putting_out(ends))
        except Exception as error:  # whatever onnx or the runtime say of a third-party file
            raise StudioError(
                "The layers of this network cannot be read.",
                str(error).splitlines()[0][:300] if str(error) else type(error).__name__,
                "It still makes predictions; export it again to see inside.",
            ) from error
        self.card = card
        self.layer_outputs, self.head, self.filters = graph.layer_outputs, graph.head, graph.first_filters()
        entry = self._session.get_inputs()[0]
        fixed = (entry.shape or [None])[0]
        self._fixed = fixed if isinstance(fixed, int) else None
        self._input = entry.name

    def maps(self, image: NDArray[np.uint8]) -> tuple[Floats, ...]:
        """Return every layer output for one image.

        Args:
            image: The network's input, `card.input_shape` uint8 0 to 255.

        Returns:
            One (height, width, channels) float32 per layer output, in their order.
        """
        values = self._run(self._session, [output.tensor for output in self.layer_outputs], image[None])
        return tuple(
            _channels_last(value, output.layout)[0]
            for output, value in zip(self.layer_outputs, values, strict=True)
        )

    def features(self, images: NDArray[np.uint8]) -> Floats:
        """Return what enters the last dense layer; the outputs themselves in a network without one.

        Args:
            images: (N, *card.input_shape) uint8.

        Returns:
            (N, features) float32.
        """
        name = self.head.features or self._end.get_outputs()[0].name
        return self._run(self._end, [name], images)[0].reshape(len(images), -1)

    @property
    def shows_activation(self) -> bool:
        """Whether the network ends in a global average and one dense layer, so that its saliency map is exact."""
        return bool(self.head.maps)

    def activation(self, image: NDArray[np.uint8], index: int) -> Saliency:
        """Return a class activation map: the last maps weighted as the dense layer weights their means.

        Zhou, Khosla, Lapedriza, Oliva and Torralba, "Learning deep features for discriminative
        localization", CVPR 2016.
        """
        assert self.head.weights is not None
        maps = _channels_last(self._run(self._session, [self.head.maps], image[None])[0], self.head.layout)[0]
        return Saliency("activation", maps @ self.head.weights[:, index])

    def _run(self, session: Session, names: list[str], images: NDArray[np.uint8]) -> list[Floats]:
        if not names:
            return []
        most = self._fixed or IMAGES_AT_ONCE
        starts = range(0, len(images), most)
        parts = [
            session.run(names, {self._input: self.entering(images[start : start + most])}) for start in starts
        ]
        whole = parts[0] if len(parts) == 1 else [np.concatenate(part) for part in zip(*parts, strict=True)]
        return [np.asarray(value[: len(images)]) for value in whole]

    @property
    def batch(self) -> int | None:
        """How many images the network takes at once; None where any number will do."""
        return self._fixed

    def entering(self, images: NDArray[np.uint8]) -> Floats:
        """Return images, (N, *card.input_shape), as the numbers that enter the network; a fixed batch is filled up."""
        batch = images.reshape(-1, *self.card.input_shape).astype(np.float32)
        batch = batch * np.float32(self.card.input_scale) + np.float32(self.card.input_offset)
        if self._fixed is not None:  # only the last part can be short, so what is added stays at the end
            batch = np.pad(batch, ((0, self._fixed - len(batch)), (0, 0), (0, 0), (0, 0)))
        return batch


def occlusion(classifier: Classifier, image: NDArray[np.uint8], index: int) -> Saliency:
    """Cover the image patch by patch and see how much of a class's probability goes with each.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014. All covered copies
    are answered in one batch.

    Args:
        classifier: The network that answers.
        image: Its input, `card.input_shape` uint8.
        index: The class.

    Returns:
        The loss of probability, each pixel the mean over the patches that cover it.
    """
    shape = classifier.card.input_shape
    whole = plane(image, shape)
    height, width = whole.shape[:2]
    squares = _patches(height, width)
    copies = np.repeat(whole[None], len(squares) + 1, axis=0)
    for number, (top, left, bottom, right) in enumerate(squares):
        copies[number, top:bottom, left:right] = 0
    shares = classifier.probabilities(inputs(copies, shape))[:, index]
    lost = shares[-1] - shares[:-1]
    total, times = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for loss, (top, left, bottom, right) in zip(lost, squares, strict=True):
        total[top:bottom, left:right] += loss
        times[top:bottom, left:right] += 1
    return Saliency("occlusion", (total / np.maximum(times, 1)).astype(np.float32))


def _patches(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """Return top, left, bottom and right of overlapping patches that cover an image."""
    step = max(1, max(height, width) // (PATCHES_A_SIDE + 1))
    tops = range(0, max(1, height - step), step)
    lefts = range(0, max(1, width - step), step)
    return [(top, left, top + 2 * step, left + 2 * step) for top in tops for left in lefts]


def _channels_last(maps: Floats, layout: Layout) -> Floats:
    return np.moveaxis(maps, 1, -1) if layout == "first" else maps
