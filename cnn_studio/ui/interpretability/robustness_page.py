"""How far the drawing can be moved, turned, scaled and thickened before the answer changes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.inference.robustness import SHIFTS, Robustness, RobustnessLine, measure_robustness
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

LABEL_PX = 18.0
TALLEST_STRIP_PX = 64.0
LONGEST_SHORT_NAME = 2
"""Letters of a class that fit into a square; the tip says it whole."""
FAINTEST = 0.25
"""Opacity of an answer at no confidence; full confidence is opaque."""


@dataclass(frozen=True)
class RobustnessShown:
    """What the page paints."""

    robustness: Robustness
    classes: tuple[str, ...]


@dataclass(frozen=True)
class RobustnessCell:
    """One copy: where it is painted, what was done to it, what it is read as."""

    area: QRectF
    change: str
    index: int
    confidence: float


class RobustnessPage(InspectionPage):
    """A grid of shifts, and a strip each of rotations, scales and thicknesses, colored by the answer."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "haloPage", parent)
        self.title = self.tr("Robustness")
        self.hint = self.tr("Draw, and see how far the answer holds when the drawing is moved or turned")
        self._cells: tuple[tuple[int, float, float], list[RobustnessCell]] = ((0, 0.0, 0.0), [])

    def job(self, subject: InspectionSubject) -> Work:
        def work(canceled: Canceled) -> RobustnessShown:
            return RobustnessShown(measure_robustness(subject.classifier, subject.pixels), subject.classes)

        return work

    def describe(self) -> str:
        shown: RobustnessShown = self.result
        text = self.tr(
            "{percent:.0f} % of 400 copies are read as {name}: blue is still read so, "
            "paler is less sure; orange is read as something else. The framed one in the "
            "middle is unchanged."
        )
        return text.format(percent=100 * shown.robustness.share, name=shown.classes[shown.robustness.index])

    def lines(self) -> list[tuple[str, RobustnessLine, str]]:
        """Return the strips: their names, answers and how a step is said."""
        found: Robustness = self.result.robustness
        return [
            (self.tr("turned −60° to 60°"), found.rotation, self.tr("turned by {step:+.0f}°")),
            (self.tr("scaled 0.6 to 1.67"), found.scale, self.tr("scaled to {step:.2f}")),
            (
                self.tr("thinner to thicker, ±1.4 px"),
                found.thickness,
                self.tr("edges moved by {step:+.1f} px"),
            ),
        ]

    def cells(self, area: QRectF) -> list[RobustnessCell]:
        """Return every copy and where it is painted, worked out once a result and size."""
        key = (id(self.result), area.width(), area.height())
        if self._cells[0] != key:
            self._cells = (key, self._cells_of(area))
        return self._cells[1]

    def _cells_of(self, area: QRectF) -> list[RobustnessCell]:
        found: Robustness = self.result.robustness
        side = self._grid_side(area) / len(SHIFTS)
        moved = self.tr("moved by {right:+d} right, {down:+d} down")
        cells = [
            RobustnessCell(
                QRectF(area.left() + column * side, area.top() + LABEL_PX + row * side, side, side),
                moved.format(right=int(right), down=int(down)),
                int(found.shift_indices[row, column]),
                float(found.shift_confidences[row, column]),
            )
            for row, down in enumerate(SHIFTS)
            for column, right in enumerate(SHIFTS)
        ]
        for strip, (_, line, said) in zip(self._strips(area), self.lines(), strict=True):
            width = strip.width() / len(line.steps)
            cells += [
                RobustnessCell(QRectF(strip.left() + number * width, strip.top(), width, strip.height()),
                     said.format(step=step), int(index), float(confidence))
                for number, (step, index, confidence)
                in enumerate(zip(line.steps, line.indices, line.confidences, strict=True))
            ]  # fmt: skip
        return cells

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: RobustnessShown = self.result
        tokens = self.theme.tokens
        painter.setFont(font(CAPTION_PT))
        painter.setPen(tokens.color("muted"))
        painter.drawText(QPointF(area.left(), area.top() + LABEL_PX - 5), self.tr("moved by up to 8 px"))
        strips = self._strips(area)
        for strip, (name, _, _) in zip(strips, self.lines(), strict=True):
            painter.drawText(QPointF(strip.left(), strip.top() - 5), name)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        holds, changes = tokens.color("training"), tokens.color("validation")
        cells = self.cells(area)
        for cell in cells:
            color = holds if cell.index == shown.robustness.index else changes
            color.setAlphaF(FAINTEST + (1 - FAINTEST) * cell.confidence)
            painter.fillRect(cell.area.adjusted(0, 0, -1, -1), color)
        painter.setFont(font(CAPTION_PT - 1))
        painter.setPen(tokens.color("text"))
        self._paint_names(painter, cells, shown)
        painter.setPen(QPen(tokens.color("text"), 2))
        side = self._grid_side(area) / len(SHIFTS)
        middle = len(SHIFTS) // 2
        painter.drawRect(QRectF(area.left() + middle * side, area.top() + LABEL_PX + middle * side,
                                side, side).adjusted(0, 0, -1, -1))  # fmt: skip
        for strip in strips:
            painter.drawLine(QPointF(strip.center().x(), strip.bottom() + 1),
                             QPointF(strip.center().x(), strip.bottom() + 5))  # fmt: skip

    def _paint_names(self, painter: QPainter, cells: list[RobustnessCell], shown: RobustnessShown) -> None:
        """Name the other answers: in each square of the grid, once a stretch in the strips."""
        last = None
        for number, cell in enumerate(cells):
            other = cell.index != shown.robustness.index
            in_grid = number < len(SHIFTS) ** 2
            begins = last is None or last.index != cell.index or last.area.top() != cell.area.top()
            if other and (in_grid or begins):
                name = shown.classes[cell.index][:LONGEST_SHORT_NAME]
                painter.drawText(cell.area.adjusted(-4, -4, 4, 4), Qt.AlignmentFlag.AlignCenter, name)
            last = cell

    def tip_at(self, x: float, y: float) -> str:
        found = next((cell for cell in self.cells(self.area) if cell.area.contains(x, y)), None)
        if found is None:
            return ""
        text = self.tr("{change}: read as {name} at {percent:.1f} %")
        name = self.result.classes[found.index]
        return text.format(change=found.change, name=name, percent=100 * found.confidence)

    def _grid_side(self, area: QRectF) -> float:
        room = min(area.height() - LABEL_PX, area.width() * 0.55)
        return max(float(len(SHIFTS)), room // len(SHIFTS) * len(SHIFTS))

    def _strips(self, area: QRectF) -> list[QRectF]:
        side = self._grid_side(area)
        left = area.left() + side + 3 * STEP_PX
        step = side / 3
        height = max(12.0, min(TALLEST_STRIP_PX, step - LABEL_PX - 1.5 * STEP_PX))
        apart = (side - height) / 2  # the last strip ends with the grid
        return [
            QRectF(left, area.top() + LABEL_PX + number * apart, max(1.0, area.right() - left), height)
            for number in range(3)
        ]
