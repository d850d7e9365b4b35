"""The smallest edit: the fewest pixels to erase or add that turn an answer into another.

Greedy, and in batches: every step answers copies with one more pixel flipped, keeps the flip that brings the
wanted class nearest, and asks in the same step whether the best few flips together are already enough. What
was found is then thinned until no pixel can be left out. The fewest of all cannot be known without trying
every combination; this is an upper bound, as in Su, Vargas and Sakurai, "One pixel attack for fooling deep
neural networks" (2019), which searches blindly too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.inference.channel_layout import inputs, plane
from cnn_studio.inference.classifier import Classifier

MOST_CHANGES = 60
"""More pixels than that are no small edit: a digit of MNIST has about 100 with ink."""
LOOKED_AT = 128
"""Flips asked again in a step, the best of the last full round."""
FULL_ROUND = 8
"""Steps after which every flip is asked again: flips near one another help each other."""
FINEST_GRID = 32
"""Larger images are edited in squares, so that a round stays one of about a thousand flips."""
TINY = 1e-38


@dataclass(frozen=True)
class Counterfactual:
    """What to change.

    Attributes:
        target: The class the edited image is read as.
        erased: (n, 2) row and column of the squares set to 0.
        added: (m, 2) row and column of the squares set to 255.
        square: Their side in pixels, 1 up to 32 x 32.
        image: The edited image, as the network takes it.
    """

    target: int
    erased: NDArray[np.int64]
    added: NDArray[np.int64]
    square: int
    image: NDArray[np.uint8]

    @property
    def size(self) -> int:
        """How many squares are changed."""
        return len(self.erased) + len(self.added)


class _Search:
    """Asks for sets of flipped squares in batches."""

    def __init__(self, classifier: Classifier, image: NDArray[np.uint8], target: int) -> None:
        self._classifier, self._target = classifier, target
        self.shape = classifier.card.input_shape
        self.whole = plane(image, self.shape)
        height, width = self.whole.shape[:2]
        self.square = -(-max(height, width) // FINEST_GRID)
        self.columns = -(-width // self.square)
        self.count = -(-height // self.square) * self.columns
        square = self.square
        corners = [divmod(number, self.columns) for number in range(self.count)]
        self.areas = [
            (slice(row * square, (row + 1) * square), slice(column * square, (column + 1) * square))
            for row, column in corners
        ]
        self.inked = np.array([self.whole[area].mean() >= 128 for area in self.areas])

    def edited(self, flips: list[int]) -> NDArray[np.uint8]:
        """Return (height, width, channels) with some squares flipped."""
        copy = self.whole.copy()
        for number in flips:
            copy[self.areas[number]] = 0 if self.inked[number] else 255
        return copy

    def margins(self, sets: list[list[int]]) -> NDArray[np.float64]:
        """Return for each set of flips log p(target) - log p(the best other class); above 0 it is read so."""
        copies = np.stack([self.edited(flips) for flips in sets])
        shares = self._classifier.probabilities(inputs(copies, self.shape)).astype(np.float64)
        logs = np.log(np.maximum(shares, TINY))
        wanted = logs[:, self._target].copy()
        logs[:, self._target] = -np.inf
        margins: NDArray[np.float64] = wanted - logs.max(axis=1)
        return margins


def smallest_counterfactual(
    classifier: Classifier,
    image: NDArray[np.uint8],
    target: int,
    canceled: Callable[[], bool] = lambda: False,
) -> Counterfactual | None:
    """Find few pixels that turn the answer into a chosen class.

    Args:
        classifier: The network that answers.
        image: Its input, `card.input_shape` uint8 0 to 255, background 0.
        target: The class wanted.
        canceled: Asked between two batches; the search is given up where it says so.

    Returns:
        The edit, of no pixel where the answer is the wanted one already; None where none of at most 60
        pixels was found, or where canceled.
    """
    search = _Search(classifier, image, target)
    if search.margins([[]])[0] > 0:
        return _edit(search, target, [])
    found = _greedy(search, canceled)
    if found is None or canceled():
        return None
    fewer = _thinned(search, found, canceled)
    return None if canceled() else _edit(search, target, fewer)


def _greedy(search: _Search, canceled: Callable[[], bool]) -> list[int] | None:
    """Return flips that are enough, or None."""
    best: list[int] | None = None
    flips: list[int] = []
    order = list(range(search.count))
    while len(flips) + 1 < (len(best) if best else MOST_CHANGES):
        if canceled():
            return None
        full = len(flips) % FULL_ROUND == 0
        free = [number for number in (range(search.count) if full else order) if number not in flips]
        asked = free if full else free[:LOOKED_AT]
        gains = search.margins([[*flips, number] for number in asked])
        ranked = [asked[index] for index in np.argsort(-gains, kind="stable")]
        order = ranked if full else [*ranked, *free[LOOKED_AT:]]
        room = (len(best) - 1 if best else MOST_CHANGES) - len(flips)
        prefixes = [[*flips, *ranked[:length]] for length in range(1, room + 1)]
        enough = np.flatnonzero(search.margins(prefixes) > 0)
        if len(enough):
            best = prefixes[enough[0]]
        flips.append(ranked[0])
    return best


def _thinned(search: _Search, flips: list[int], canceled: Callable[[], bool]) -> list[int]:
    """Leave out flips one by one, the most dispensable first, while the rest is still enough."""
    while flips and not canceled():
        fewer = [flips[:index] + flips[index + 1 :] for index in range(len(flips))]
        margins = search.margins(fewer)
        if not margins.max() > 0:
            break
        flips = fewer[int(margins.argmax())]
    return flips


def _edit(search: _Search, target: int, flips: list[int]) -> Counterfactual:
    squares = np.array([divmod(number, search.columns) for number in flips], np.int64).reshape(-1, 2)
    inked = search.inked[flips] if flips else np.zeros(0, bool)
    image = inputs(search.edited(flips)[None], search.shape)[0]
    return Counterfactual(target, squares[inked], squares[~inked], search.square, np.ascontiguousarray(image))
