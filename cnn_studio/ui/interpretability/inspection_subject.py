"""What is looked into: a network and a drawing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.grad_cam import GradCam
from cnn_studio.inference.nearest_neighbors import Index, open_index


class InspectedNetwork:
    """A classifier and what is made of its file when it is first needed; may be used from any thread.

    Args:
        classifier: The network.
        ended: Set when the window ends.

    Attributes:
        closed: Whether another network has replaced it.
    """

    def __init__(self, classifier: Classifier, ended: threading.Event) -> None:
        self.classifier = classifier
        self.closed = False
        self._ended = ended
        self._lock = threading.RLock()
        self._content: bytes | None = None
        self._activations: Activations | None = None
        self._gradcam: GradCam | None = None
        self._index: Index | None = None

    def activations(self) -> Activations:
        """Return the network opened up (0.1 s the first time).

        Raises:
            StudioError: If its file cannot be read or opened up.
        """
        with self._lock:
            if self._activations is None:
                path = self.classifier.path
                try:
                    self._content = path.read_bytes()
                except OSError as error:
                    raise StudioError(
                        f"Cannot read {path}.", str(error), "Choose the model again."
                    ) from error
                self._activations = Activations(self._content, self.classifier.card)
            return self._activations

    def gradcam(self) -> GradCam:
        """Return what makes its Grad-CAM maps.

        Raises:
            StudioError: If it has no convolution, or cannot be opened up.
        """
        with self._lock:
            if self._gradcam is None:
                activations = self.activations()
                assert self._content is not None
                self._gradcam = GradCam(self._content, activations)
            return self._gradcam

    def index(self, report: Callable[[float], None]) -> Index | None:
        """Return its training images' features (some 15 s the first time); None once closed.

        Raises:
            StudioError: If the training images are not known or not here.
        """
        activations = self.activations()
        if self._index is None:
            assert self._content is not None
            self._index = open_index(
                self._content, activations, report, lambda: self.closed or self._ended.is_set()
            )
        return self._index


@dataclass(frozen=True)
class InspectionSubject:
    """A drawing in front of a network.

    Attributes:
        network: The network.
        pixels: Its input, `card.input_shape` uint8 0 to 255.
        strokes: The drawing the pixels were made of; none where they come from a file.
    """

    network: InspectedNetwork
    pixels: NDArray[np.uint8]
    strokes: tuple[Stroke, ...]

    @property
    def classifier(self) -> Classifier:
        """The network that answers."""
        return self.network.classifier

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes."""
        return self.classifier.card.classes
