"""Where the volumes of a drawn network stand and how large they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPolygonF

from cnn_studio.core.network.layers import ResidualBlock, Shape
from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.layer_rows import LayerListRow
from cnn_studio.ui.model.layer_text import color_of
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, font

TALLEST_PX = 112.0
"""Height of the largest picture; the others are in proportion."""
SMALLEST_PX = 5.0
SLANT = 0.32
"""How far a volume goes back, as a share of its width."""
CHANNEL_PX, FEATURE_PX = 3.2, 9.0
"""A doubling of the channels, or of the features of a list, adds so much (log scale)."""
BAR_PX, SUM_PX, UNKNOWN_PX = 8.0, 18.0, 40.0
GAP_PX, PITCH_PX = 16.0, 30.0
LABEL_DEGREES = 38.0
LONGEST_LABEL_PX = 164.0


@dataclass(frozen=True)
class Volume:
    """One drawn result.

    Attributes:
        path: The layer it belongs to; None is the picture that comes in.
        label: The layer in words.
        color: Token of its color.
        shape: What it holds; None where it is not known.
        front: Its front side; the center line is y = 0.
        back: How far it goes back, to the right and up.
        sum: Whether it is the sum at a residual block's end.
        mistaken: Whether the network's first mistake is here.
    """

    path: Path | None
    label: str
    color: str
    shape: Shape | None
    front: QRectF
    back: QPointF
    sum: bool = False
    mistaken: bool = False

    @property
    def outline(self) -> QPolygonF:
        """All that is seen of it."""
        f, b = self.front, self.back
        return QPolygonF(
            [
                f.bottomLeft(),
                f.topLeft(),
                f.topLeft() + b,
                f.topRight() + b,
                f.bottomRight() + b,
                f.bottomRight(),
            ]
        )

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.front.right() + self.back.x()


@dataclass(frozen=True)
class Edge:
    """An arrow on the center line; the text is the shape that goes along it, where it is a new one."""

    left: float
    right: float
    text: str


@dataclass(frozen=True)
class BlockFrame:
    """What is drawn round a block; `shortcut` leads from its start to its end where it is a residual one."""

    path: Path
    title: str
    area: QRectF
    shortcut: tuple[float, float, str] | None


@dataclass
class DiagramLayout:
    """A network laid out from left to right."""

    volumes: list[Volume] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    frames: list[BlockFrame] = field(default_factory=list)
    area: QRectF = field(default_factory=QRectF)

    @property
    def labels_top(self) -> float:
        """Where the slanted names begin."""
        bottoms = [volume.front.bottom() + STEP_PX for volume in self.volumes]
        return max([0.0, *bottoms, *(frame.area.bottom() for frame in self.frames)]) + STEP_PX

    def path_at(self, point: QPointF) -> Path | None:
        """Return the layer or block drawn there; None for the background and the picture that comes in."""
        for volume in reversed(self.volumes):
            if volume.outline.boundingRect().adjusted(-4, -4, 4, 4).contains(point):
                return volume.path
        for frame in reversed(self.frames):
            if QRectF(frame.area.left(), frame.area.top(), frame.area.width(), 20).contains(point):
                return frame.path
        return None


def diagram_layout(rows: Sequence[LayerListRow], input_shape: Shape) -> DiagramLayout:
    """Lay a network out.

    Args:
        rows: All its rows, no block folded.
        input_shape: Height, width, channels of one image.
    """
    return _Planner(rows, input_shape).plan


class _Planner:
    """Goes through the rows from left to right."""

    def __init__(self, rows: Sequence[LayerListRow], input_shape: Shape) -> None:
        self.plan = DiagramLayout()
        self._pen = 0.0
        self._metrics = QFontMetricsF(font(CAPTION_PT))
        shapes = [input_shape, *(row.output_shape for row in rows if row.output_shape)]
        self._per_pixel = TALLEST_PX / max(max(shape[:2]) for shape in shapes if len(shape) == 3)
        self._open: list[tuple[LayerListRow, float]] = []
        title = QCoreApplication.translate("NetworkPlan", "Image")
        self._put(Volume(None, title, "muted", input_shape, *self._sized(input_shape, 0.0)))
        for row in rows:
            self._close_down_to(row.depth)
            if row.block:
                self._open.append((row, self._pen + STEP_PX))
                self._pen += 2 * STEP_PX
            else:
                self._add(row)
        self._close_down_to(0)
        last = self.plan.volumes[-1].shape
        if last is not None:
            text = _edge_text(last)
            right = self._pen + self._metrics.horizontalAdvance(text) + GAP_PX
            self.plan.edges.append(Edge(self._pen, right, text))
            self._pen = right
        self._measure()

    def _add(self, row: LayerListRow) -> None:
        left = self._lead(row.output_shape)
        box, back = self._sized(row.output_shape, left)
        mistaken = row.error is not None
        color = "bad" if mistaken else color_of(row.layer)
        number = f"{row.number} " if row.number is not None else ""
        label = number + row.layer.describe()
        self._put(Volume(row.path, label, color, row.output_shape, box, back, mistaken=mistaken))

    def _lead(self, shape: Shape | None) -> float:
        """Draw the arrow to the next volume; return where that begins."""
        before = self.plan.volumes[-1]
        known = [volume.shape for volume in self.plan.volumes[-2:]]
        fresh = before.shape is not None and (len(known) < 2 or known[0] != known[1])
        text = _edge_text(before.shape) if fresh and before.shape is not None else ""
        room = self._metrics.horizontalAdvance(text) + GAP_PX if text else GAP_PX
        right: float = max(self._pen + room, before.front.left() + PITCH_PX)
        self.plan.edges.append(Edge(before.right, right, text))
        return right

    def _put(self, volume: Volume) -> None:
        self.plan.volumes.append(volume)
        self._pen = volume.right

    def _sized(self, shape: Shape | None, left: float) -> tuple[QRectF, QPointF]:
        """Return front and depth of a shape's volume."""
        if shape is None:
            return QRectF(left, -UNKNOWN_PX / 2, BAR_PX, UNKNOWN_PX), QPointF()
        if len(shape) == 1:
            height = max(SMALLEST_PX, FEATURE_PX * math.log2(1 + shape[0]))
            return QRectF(left, -height / 2, BAR_PX, height), QPointF()
        height = max(SMALLEST_PX, shape[0] * self._per_pixel)
        width = max(SMALLEST_PX, shape[1] * self._per_pixel) * SLANT
        thickness = max(3.0, CHANNEL_PX * math.log2(1 + shape[2]))
        return QRectF(left, -height / 2, thickness, height), QPointF(width, -width * 0.6)

    def _close_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            row, left = self._open.pop()
            shortcut = None
            if isinstance(row.layer, ResidualBlock):
                start = self._lead(row.output_shape)
                box = QRectF(start, -SUM_PX / 2, SUM_PX, SUM_PX)
                color = "bad" if row.error is not None else color_of(row.layer)
                number = f"{row.number} " if row.number is not None else ""
                label = f"{number}+ {row.layer.activation}"
                mistaken = row.error is not None
                self._put(
                    Volume(
                        row.path, label, color, row.output_shape, box, QPointF(), sum=True, mistaken=mistaken
                    )
                )
                shortcut = (left + STEP_PX / 2, start + SUM_PX / 2, _shortcut_text(row))
            self._pen += STEP_PX
            area = QRectF(left, 0.0, self._pen - left, 0.0)  # its height is measured when all is there
            self.plan.frames.append(BlockFrame(row.path, row.layer.describe(), area, shortcut))

    def _measure(self) -> None:
        """Give the frames their height, outer ones round inner ones, and the whole its area."""
        plan = self.plan
        top = min(volume.outline.boundingRect().top() for volume in plan.volumes) - STEP_PX
        bottom = max(volume.front.bottom() for volume in plan.volumes) + STEP_PX
        deepest = max((len(frame.path) for frame in plan.frames), default=0)
        shortcuts = any(frame.shortcut for frame in plan.frames)
        top_room = 28.0 if shortcuts else 4.0
        framed = []
        for frame in plan.frames:
            outside = deepest - len(frame.path)
            up, down = top - top_room - 24.0 * (outside + 1), bottom + STEP_PX / 2 * outside
            area = QRectF(frame.area.left(), up, frame.area.width(), down - up)
            framed.append(BlockFrame(frame.path, frame.title, area, frame.shortcut))
        plan.frames = framed
        top = min([top, *(frame.area.top() for frame in framed)])
        slant = math.radians(LABEL_DEGREES)
        longest = max(self._metrics.horizontalAdvance(volume.label) for volume in plan.volumes)
        longest = min(longest, LONGEST_LABEL_PX)
        bottom = plan.labels_top + longest * math.sin(slant) + 2 * STEP_PX
        right = max(self._pen, plan.volumes[-1].front.left() + longest * math.cos(slant)) + STEP_PX
        plan.area = QRectF(-STEP_PX, top - STEP_PX, right + STEP_PX, bottom - top + STEP_PX)


def _edge_text(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _shortcut_text(row: LayerListRow) -> str:
    layer = row.layer
    assert isinstance(layer, ResidualBlock)
    if row.input_shape is None or row.output_shape is None or len(row.input_shape) != 3:
        return ""
    beside = layer.shortcut(row.input_shape)
    return "" if beside is None else beside.describe()
