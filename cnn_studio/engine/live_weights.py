"""A network that can be seen while it learns: its graph and its weights of the moment, in the run folder.

Only while somebody watches: the graph is 0.2 s of work, once a run, and the weights are written at most once
a second, and never for more than a fiftieth of the time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnn_studio.core.runs.epoch_weight_files import EPOCHS_FOLDER, NOW_FILE, delete, write_weights

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1.0
SHARE_OF_THE_TIME = 0.02


class LiveWeights:
    """What a watched training leaves to be looked at.

    Args:
        run: The run folder.
        keep_graph: Writes the network's graph there, unless it is there already.
        weights: Returns what the network is at the moment.
    """

    def __init__(
        self, run: Path, keep_graph: Callable[[], None], weights: Callable[[], list[NDArray[Any]]]
    ) -> None:
        self._path = run / EPOCHS_FOLDER / NOW_FILE
        self._keep_graph, self._weights = keep_graph, weights
        self._graph_kept = False
        self._next = 0.0

    def between_batches(self) -> None:
        """Write what is due; what cannot be written is logged once and costs no training."""
        began = time.perf_counter()
        if began < self._next:
            return
        try:
            if not self._graph_kept:
                self._graph_kept = True
                self._keep_graph()
            began = time.perf_counter()
            write_weights(self._path, self._weights())
        except Exception:
            log.exception("The training cannot be watched")
            self._next = float("inf")
            return
        ended = time.perf_counter()
        self._next = ended + max(SECONDS_BETWEEN_LOOKS, (ended - began) / SHARE_OF_THE_TIME)

    def end(self) -> None:
        """Remove the weights of the moment: the epochs' own files say the rest."""
        delete([self._path])
