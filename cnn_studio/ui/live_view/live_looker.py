"""Looks into a run that may be learning: what is shown of it, made off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.stroke_model import Strokes, arrays_of
from cnn_studio.core.runs.evaluation_source import EvaluatedImages, images_for
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.inference.channel_layout import plane
from cnn_studio.inference.live_network import NOW, LiveNetwork, Look
from cnn_studio.ui.interpretability.array_pictures import gray_picture, mosaic
from cnn_studio.ui.interpretability.epochs_chart import EpochsShown
from cnn_studio.ui.services.background_task import Canceled
from cnn_studio.ui.style.theme import Tokens

GAP_PX = 4
LARGEST_PX, SMALLEST_PX = 96, 6
"""A filter's or map's side; of those that would be smaller only as many are shown as fit."""


@dataclass(frozen=True)
class LookRequest:
    """What a person wants to see.

    Attributes:
        run: The run folder.
        images: Where the image comes from; None for the drawing.
        number: Which one of them.
        strokes: The drawing.
        layer: Whose maps, the number of a convolution.
        epoch: Whose network, `NOW` for that of the moment; None for the newest there is.
        filters: Width and height of the room for the filters.
        maps: The same for the maps.
        ratio: Device pixels a pixel.
        tokens: The theme's colors.
    """

    run: Path
    images: EvaluatedImages | None
    number: int
    strokes: Strokes
    layer: int
    epoch: int | None
    filters: tuple[int, int]
    maps: tuple[int, int]
    ratio: float
    tokens: Tokens


@dataclass(frozen=True)
class LookResult:
    """Filters or maps, as many as fit.

    Attributes:
        picture: They.
        shape: Height, width and number of all.
        shown: How many fit.
        channels: How many of them are one filter, which has one for each channel of the image.
    """

    picture: QImage
    shape: tuple[int, ...]
    shown: int
    channels: int = 1


@dataclass(frozen=True)
class LiveSnapshot:
    """What is shown.

    Attributes:
        chart: The answers of all networks.
        position: Which of them the rest is about.
        picture: The image.
        label: Its class; empty for a drawing.
        number: Which of the images it is, `count` of them in all (0: a drawing).
        layers: How many convolutions there are.
        layer: Which of them the maps are of.
        filters: The first convolution's, or None.
        maps: What the chosen convolution makes of the image, or None.
        epochs: The networks by their epochs, `NOW` last where there is one.
    """

    chart: EpochsShown
    position: int
    picture: QImage
    label: str
    number: int
    count: int
    layers: int
    layer: int
    filters: LookResult | None
    maps: LookResult | None
    epochs: tuple[int, ...]


class LiveLooker:
    """Keeps a run open from one look to the next; for one thread at a time."""

    def __init__(self) -> None:
        self._run: LiveNetwork | None = None

    def look(self, request: LookRequest, canceled: Canceled) -> LiveSnapshot | None:
        """Look; None once canceled.

        Raises:
            StudioError: If there is nothing to be seen: no image, no network yet, a damaged file.
        """
        if self._run is None or self._run.run != request.run:
            self._run = LiveNetwork(request.run)
        run = self._run
        pixels, label, number, count = _image(request, run.card)
        found = run.answers(pixels, canceled)
        if found is None:
            return None
        epochs, shares = found
        if not epochs:
            raise StudioError(
                QCoreApplication.translate("LivePage", "The network cannot be shown yet."),
                QCoreApplication.translate("LivePage", "Its first batches are under way."),
                "",
            )
        newest = len(epochs) - 1
        position = epochs.index(request.epoch) if request.epoch in epochs else newest
        look = run.look(epochs[position], pixels, request.layer)
        chart = EpochsShown(
            epochs[:-1] if epochs[-1] == NOW else epochs, newest, shares, {}, 0, run.card.classes
        )
        image = plane(pixels, run.card.input_shape)
        layers = len(run.convolutions)
        return LiveSnapshot(
            chart, position, gray_picture(image), label, number, count, layers, min(request.layer, layers - 1),
            *_sheaves(look, request), epochs,
        )  # fmt: skip


def read_images(run: Path, source: Literal["validation", "test"]) -> EvaluatedImages:
    """Return the images a run watched or is tested on (0.3 s for a shipped data set, longer for own data).

    Raises:
        StudioError: If there are none, or the data cannot be read.
    """
    card = LiveNetwork(run).card
    if card.dataset not in REGISTRY:
        import cnn_studio.data  # noqa: F401 - makes downloaded and own data known by their names
    return images_for(card, source, None, read_run(run).record.limit, run.name)


def _image(request: LookRequest, card: ModelCard) -> tuple[NDArray[np.uint8], str, int, int]:
    """Return an input of the network, its class, its number, and how many there are."""
    if request.images is None:
        strokes = arrays_of(request.strokes)
        pixels = drawing_to_input(strokes, card.classes, card.input_shape) if strokes else None
        if pixels is None:
            raise StudioError(
                QCoreApplication.translate("LivePage", "There is no drawing yet."),
                "",
                QCoreApplication.translate("LivePage", "Draw something in the Draw tab."),
            )
        return pixels, "", 0, 0
    images, count = request.images, len(request.images.labels)
    number = min(request.number, count - 1)
    return images.images[number], images.classes[images.labels[number]], number, count


def _sheaves(look: Look, request: LookRequest) -> tuple[LookResult | None, LookResult | None]:
    filters, channels = look.filters, 1
    if filters is not None:
        channels = filters.shape[2]
        filters = np.moveaxis(filters, 2, -1).reshape(*filters.shape[:2], -1)
    return _sheaf(filters, request.filters, request, channels), _sheaf(look.maps, request.maps, request)


def _sheaf(
    planes: NDArray[np.float32] | None, room: tuple[int, int], request: LookRequest, channels: int = 1
) -> LookResult | None:
    if planes is None or min(room) < SMALLEST_PX:
        return None
    side, columns, shown = fitting(planes.shape[2], room)
    picture = mosaic(planes[..., :shown], columns, side, request.tokens, request.ratio, GAP_PX)
    return LookResult(picture, planes.shape, shown, channels)


def fitting(count: int, room: tuple[int, int]) -> tuple[int, int, int]:
    """Return the largest side at which squares fit into a room, how many fit in a row, and how many in all."""
    for side in range(min(LARGEST_PX, *room), SMALLEST_PX - 1, -1):
        columns, rows = ((length + GAP_PX) // (side + GAP_PX) for length in room)
        if columns * rows >= count:
            return side, min(columns, count), count
    return SMALLEST_PX, columns, columns * rows
