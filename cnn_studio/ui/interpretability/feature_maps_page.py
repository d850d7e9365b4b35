"""The feature maps of every layer while the pen moves, and the first convolution's filters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from cnn_studio.inference.activations import Activations
from cnn_studio.inference.onnx_graph import LayerOutput
from cnn_studio.ui.interpretability.array_pictures import mosaic, text_at
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, Tokens, font

ALL, FILTERS = -1, -2
TITLE_PX = 16.0
SMALLEST_PX, GOOD_PX, LARGEST_PX = 12, 26, 96
"""A map's side; several rows of good ones rather than one of larger ones."""
GAP_PX = 2
MOST_MAPS = 512

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MapStrip:
    """One part of the page: maps of one layer.

    Attributes:
        tap: The layer, None for the first filters.
        activated: Whether the maps are what the activation after that layer leaves of its own.
        shape: Height, width and number of all its maps.
        shown: How many fit.
        picture: They.
    """

    tap: LayerOutput | None
    activated: bool
    shape: tuple[int, ...]
    shown: int
    picture: QImage


@dataclass(frozen=True)
class FeatureMapsShown:
    """What the page paints, and the taps to choose from."""

    taps: tuple[LayerOutput, ...]
    has_filters: bool
    strips: tuple[MapStrip, ...]


class FeatureMapsPage(InspectionPage):
    """A strip of maps for every convolution, or all maps of one layer."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "mapsPage", parent)
        self.title = self.tr("Feature maps")
        self.hint = self.tr("Draw, and see what every layer makes of it")
        self.layers = self.make_selector(
            "mapsLayerSelector",
            self.tr("Layer whose maps are shown"),
            self.tr("One strip for every convolution, or all maps of one layer"),
            self.tr("All convolutions"),
            ALL,
        )
        self.controls.addWidget(label(self.tr("Layer"), "field"))
        self.controls.addWidget(self.layers, 1)
        self.canvas.resized.connect(self.ask_again)
        self._listed: tuple[LayerOutput, ...] = ()

    def job(self, subject: InspectionSubject) -> Work:
        size, ratio = (self.canvas.width(), self.canvas.height()), self.canvas.devicePixelRatioF()
        choice, tokens = self.layers.currentData(), self.theme.tokens

        def work(canceled: Canceled) -> FeatureMapsShown:
            activations = subject.network.activations()
            strips = _strips(activations, subject.pixels, choice, size, tokens, ratio)
            return FeatureMapsShown(activations.layer_outputs, activations.filters is not None, strips)

        return work

    def describe(self) -> str:
        """List the layers of a network that has not been seen before, and say how to read the colors."""
        shown: FeatureMapsShown = self.result
        if shown.taps != self._listed:
            self._list(shown)
        if not shown.strips:
            return self.tr("This network has no convolution that can be read.")
        return self.tr("Each layer has its own scale; orange is below zero, where a layer can be.")

    def layer_title(self, tap: LayerOutput) -> str:
        """Name a layer: what it does, its number, its name in the file."""
        kinds = {
            "convolution": self.tr("Convolution {number}"),
            "activation": self.tr("Activation {number}"),
            "pooling": self.tr("Pooling {number}"),
        }
        title = kinds[tap.kind].format(number=tap.number)
        return f"{title} · {tap.layer}" if tap.layer else title

    def strip_title(self, strip: MapStrip) -> str:
        """Name a strip."""
        if strip.tap is None:
            return self.tr("Filters of the first convolution")
        if strip.activated:
            return self.tr("Convolution {number}, activated").format(number=strip.tap.number)
        return self.layer_title(strip.tap)

    def _list(self, shown: FeatureMapsShown) -> None:
        chosen = self.layers.currentData()
        self._listed = shown.taps
        self.layers.clear()
        self.layers.addItem(self.tr("All convolutions"), ALL)
        if shown.has_filters:
            self.layers.addItem(self.tr("Filters of the first convolution"), FILTERS)
        for number, tap in enumerate(shown.taps):
            self.layers.addItem(self.layer_title(tap), number)
        self.layers.setCurrentIndex(max(0, self.layers.findData(chosen)))

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: FeatureMapsShown = self.result
        tokens, top = self.theme.tokens, area.top()
        painter.setFont(font(CAPTION_PT))
        for strip in shown.strips:
            height, width, count = strip.shape
            name = self.strip_title(strip)
            counted = self.tr("{count} of {height} × {width}")
            if strip.shown < count:
                counted = self.tr("{shown} of its {count} maps of {height} × {width}")
            text = counted.format(shown=strip.shown, count=count, height=height, width=width)
            text_at(painter, area.left(), top + TITLE_PX - 4, f"{name} · {text}", tokens.color("muted"))
            painter.drawImage(QPointF(area.left(), top + TITLE_PX), strip.picture)
            top += TITLE_PX + strip.picture.height() / strip.picture.devicePixelRatioF() + STEP_PX / 2


def _strips(
    activations: Activations,
    pixels: NDArray[np.uint8],
    choice: int,
    size: tuple[int, int],
    tokens: Tokens,
    ratio: float,
) -> tuple[MapStrip, ...]:
    if choice == FILTERS and activations.filters is not None:
        filters = activations.filters
        flat = np.moveaxis(filters, 2, -1).reshape(*filters.shape[:2], -1)
        return (_whole(None, flat, size, tokens, ratio),)
    maps = activations.maps(pixels)
    if 0 <= choice < len(maps):
        return (_whole(activations.layer_outputs[choice], maps[choice], size, tokens, ratio),)
    chosen = _after_convolutions(activations.layer_outputs)
    if not chosen:
        return ()
    room = size[1] / len(chosen) - TITLE_PX - STEP_PX / 2
    most = max(maps[number].shape[2] for _, number in chosen)
    side = _side(room, size[0], most)
    rows, columns = (max(1, int(length // (side + GAP_PX))) for length in (room, size[0]))
    strips = []
    for layer, number in chosen:
        count = min(maps[number].shape[2], rows * columns)
        picture = mosaic(maps[number][..., :count], min(count, columns), side, tokens, ratio)
        strips.append(
            MapStrip(activations.layer_outputs[layer], number != layer, maps[number].shape, count, picture)
        )
    return tuple(strips)


def _side(height: float, width: int, count: int) -> int:
    """Return the side of maps that all fit into an area; where that would be tiny, of few that are seen well."""
    for side in range(LARGEST_PX, GOOD_PX, -1):
        if int(height // (side + GAP_PX)) * (width // (side + GAP_PX)) >= count:
            return side
    rows = max(1, int(height // (GOOD_PX + GAP_PX)))
    return int(min(max(height / rows - GAP_PX, SMALLEST_PX), LARGEST_PX))


def _after_convolutions(taps: tuple[LayerOutput, ...]) -> list[tuple[int, int]]:
    """Return every convolution with the activation that follows it, or itself where none does."""
    numbers = []
    for number, tap in enumerate(taps):
        if tap.kind == "convolution":
            follows = number + 1 < len(taps) and taps[number + 1].kind == "activation"
            numbers.append((number, number + 1 if follows else number))
    return numbers


def _whole(
    tap: LayerOutput | None, maps: Floats, size: tuple[int, int], tokens: Tokens, ratio: float
) -> MapStrip:
    """Return all maps of one layer, as large as fits."""
    count = min(maps.shape[2], MOST_MAPS)
    height = size[1] - TITLE_PX
    side = min(LARGEST_PX, int(math.sqrt(size[0] * height / count)))
    while side > 4 and -(-count // max(1, size[0] // (side + GAP_PX))) * (side + GAP_PX) > height:
        side -= 1
    side = max(side, 4)
    columns = max(1, min(count, size[0] // (side + GAP_PX)))
    return MapStrip(tap, False, maps.shape, count, mosaic(maps[..., :count], columns, side, tokens, ratio))
