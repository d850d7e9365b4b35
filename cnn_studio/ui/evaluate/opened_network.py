"""The network behind an evaluation, opened when it is first looked into; and what it is asked of many images."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.image_similarity import Similar
from cnn_studio.ui.interpretability.inspection_subject import InspectedNetwork
from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation


class OpenedNetwork:
    """What answers for a reading; may be used from any thread, and nothing is opened before it is.

    Args:
        reading: Whose network.
        ended: Set when the window ends.
    """

    def __init__(self, reading: LoadedEvaluation, ended: threading.Event) -> None:
        self.reading = reading
        self._ended = ended
        self._lock = threading.RLock()
        self._network: InspectedNetwork | None = None
        self._similar: Similar | None = None

    def network(self) -> InspectedNetwork:
        """Return the network (0.1 s the first time).

        Raises:
            StudioError: If its file is not here, or cannot be read.
        """
        with self._lock:
            if self._network is None:
                self._network = InspectedNetwork(Classifier(_onnx_of(self.reading.folder)), self._ended)
            return self._network

    def similar(self) -> Similar:
        """Return the reading's images in the network's feature space.

        Raises:
            StudioError: If there are none, or they do not enter this network.
        """
        with self._lock:
            if self._similar is None:
                images: NDArray[np.uint8] | None = self.reading.images
                if images is None:
                    raise StudioError("The images are not here.", "", "Sort by something else.")
                self._similar = Similar(self.network().activations(), images)
            return self._similar

    def close(self) -> None:
        """Let what is still computed for it end."""
        with self._lock:
            if self._network is not None:
                self._network.closed = True


def _onnx_of(source: Path) -> Path:
    path = source / ONNX_FILE if source.is_dir() else source
    if path.suffix == ".onnx" and path.is_file():
        return path
    raise StudioError(
        QCoreApplication.translate("Lens", "This network cannot be looked into."),
        QCoreApplication.translate("Lens", "There is no {name}.").format(name=path)
        if path.suffix == ".onnx"
        else QCoreApplication.translate("Lens", "{name} is no ONNX file.").format(name=path.name),
        QCoreApplication.translate("Lens", "Export it as ONNX and open that."),
    )
