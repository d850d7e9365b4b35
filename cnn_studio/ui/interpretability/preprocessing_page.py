"""The pictures between the pen and the network, and how usual the digit is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.preprocessing import SIDE, Stroke
from cnn_studio.core.drawing.preprocessing_steps import (
    PreprocessingSteps,
    measured,
    preprocessing_steps,
    usual_shares,
)
from cnn_studio.inference.channel_layout import plane
from cnn_studio.ui.interpretability.array_pictures import draw_pixels, gray_picture, text_at
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

UNUSUAL = 0.02
"""Nearer to an end of the training digits than this is said in the color of a warning."""
ROW_PX, LINE_PX, GAP_PX, DOT_PX = 25.0, 18.0, 2.5 * STEP_PX, 4.5
TITLE_PX, MEASURES_PX = 120.0, 264.0
"""Widths: of a measure's name before its bar, and of the measures beside the pictures."""


@dataclass(frozen=True)
class PreprocessingShown:
    """What the page paints; `shares` and `values` are empty unless the network reads digits."""

    strokes: tuple[Stroke, ...]
    steps: PreprocessingSteps | None
    image: NDArray[np.uint8]
    digit: str
    shares: dict[str, float]
    values: tuple[float, ...]


class PreprocessingPage(InspectionPage):
    """Strokes > crop > 20x20 > center of mass in 28x28, and four measures among the training digits."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "stepsPage", parent)
        self.title = self.tr("Steps")
        self.hint = self.tr("Draw, and see each step from your strokes to the network's pixels")

    def job(self, subject: InspectionSubject) -> Work:
        def work(canceled: Canceled) -> PreprocessingShown:
            shape = subject.classifier.card.input_shape
            image = plane(subject.pixels, shape)
            reads_digits = subject.classes == DIGITS
            steps = preprocessing_steps(subject.strokes) if reads_digits else None
            answer = subject.classifier.answers(subject.pixels[None])[0].index
            gray = image[..., 0]
            known = reads_digits and gray.shape == (SIDE, SIDE) and bool(gray.any())
            return PreprocessingShown(
                subject.strokes, steps, image, subject.classes[answer],
                usual_shares(gray, answer) if known else {}, measured(gray) if known else (),
            )  # fmt: skip

        return work

    def describe(self) -> str:
        """Say the most unusual measure."""
        shown: PreprocessingShown = self.result
        if not shown.shares:
            return self.tr("How usual a drawing is can only be said for networks that read MNIST's digits.")
        name = max(shown.shares, key=lambda one: abs(shown.shares[one] - 0.5))
        text = self.tr("Most unusual: {what}.")
        return text.format(what=self.sentence(name, shown.shares[name], shown.digit))

    def sentence(self, name: str, share: float, digit: str) -> str:
        """Say how a measure compares: "thinner than 98 % of the training 7s"."""
        less, more = {
            "ink": (self.tr("less ink"), self.tr("more ink")),
            "thickness": (self.tr("thinner"), self.tr("thicker")),
            "aspect": (self.tr("narrower"), self.tr("wider")),
            "slant": (self.tr("further left"), self.tr("further right")),
        }[name]
        text = self.tr("{more} than {percent:.0f} % of the training {digit}s")
        return text.format(
            more=more if share >= 0.5 else less, percent=100 * max(share, 1 - share), digit=digit
        )

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Paint the pictures in a row above the measures, or, where that makes them larger, beside them."""
        shown: PreprocessingShown = self.result
        pictures = self._pictures(shown)
        count = len(pictures)
        table = ROW_PX * len(shown.shares) + (STEP_PX if shown.shares else 0)
        side = min(area.height() - table - LINE_PX, (area.width() - GAP_PX * (count - 1)) / count)
        beside = min(
            (area.height() - GAP_PX - 2 * LINE_PX) / 2, (area.width() - MEASURES_PX - 3 * GAP_PX) / 2
        )
        columns = 2 if shown.shares and beside > side else count
        side = beside if columns < count else side
        step = QPointF(side + GAP_PX, side + LINE_PX + STEP_PX)
        squares = [
            QRectF(
                area.left() + number % columns * step.x(),
                area.top() + number // columns * step.y(),
                side,
                side,
            )
            for number in range(count)
        ]
        for number, (square, (name, picture)) in enumerate(zip(squares, pictures, strict=True)):
            self._paint_picture(painter, square, name, picture, shown)
            if number % columns:
                arrow = QRectF(square.left() - GAP_PX, square.top(), GAP_PX, side)
                painter.drawText(arrow, Qt.AlignmentFlag.AlignCenter, "›")
        if shown.steps is not None:
            self._paint_center(painter, squares[-1], shown.steps.center)
        if columns < count:
            left = squares[1].right() + 2 * GAP_PX
            room = QRectF(left, area.top(), area.right() - left, squares[-1].bottom() - area.top())
            self._paint_measures(painter, room, shown, stacked=True)
        else:
            top = squares[-1].bottom() + LINE_PX + STEP_PX
            room = QRectF(area.left(), top, area.width(), area.bottom() - top)
            self._paint_measures(painter, room, shown, stacked=False)

    def _pictures(self, shown: PreprocessingShown) -> list[tuple[str, QImage | None]]:
        """Return the steps and their names; None for the strokes, which are lines."""
        pictures: list[tuple[str, QImage | None]] = [(self.tr("strokes"), None)] if shown.strokes else []
        if shown.steps is not None:
            pictures += [
                (self.tr("inked, cropped"), gray_picture(shown.steps.cropped[..., None])),
                (self.tr("20 × 20"), gray_picture(shown.steps.box[..., None])),
            ]
        height, width = shown.image.shape[:2]
        last = self.tr("{width} × {height}").format(width=width, height=height)
        return [*pictures, (last, gray_picture(shown.image))]

    def _paint_picture(
        self, painter: QPainter, square: QRectF, name: str, picture: QImage | None, shown: PreprocessingShown
    ) -> None:
        tokens = self.theme.tokens
        painter.setFont(font(CAPTION_PT))
        painter.fillRect(square, tokens.color("paper") if picture is None else Qt.GlobalColor.black)
        if picture is None:
            self._paint_strokes(painter, square, shown.strokes)
        else:
            draw_pixels(painter, square, picture)
        painter.setPen(tokens.color("hairline"))
        painter.drawRect(square)
        text_at(painter, square.left(), square.bottom() + 14, name, tokens.color("muted"))

    def _paint_measures(
        self, painter: QPainter, room: QRectF, shown: PreprocessingShown, *, stacked: bool
    ) -> None:
        if not shown.shares:
            return
        height = room.height() / len(shown.shares)
        for number, (name, share) in enumerate(shown.shares.items()):
            row = QRectF(room.left(), room.top() + number * height, room.width(), height)
            self._paint_measure(painter, row, name, share, shown.values[number], shown.digit, stacked=stacked)

    def _paint_strokes(self, painter: QPainter, square: QRectF, strokes: tuple[Stroke, ...]) -> None:
        points = np.concatenate(strokes)
        low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max()) or 1.0
        scale = (square.width() - 2 * STEP_PX) / extent
        middle = (low + points.max(axis=0)) / 2
        painter.setPen(QPen(self.theme.tokens.color("ink"), 1.5))
        for stroke in strokes:
            scaled_points = (stroke - middle) * scale + (square.center().x(), square.center().y())
            painter.drawPolyline([QPointF(x, y) for x, y in scaled_points])
            painter.drawEllipse(QPointF(*scaled_points[0]), 2.5, 2.5)  # where the pen came down

    def _paint_center(self, painter: QPainter, square: QRectF, center: tuple[float, float]) -> None:
        pixel = square.width() / SIDE
        x, y = (edge + (offset + 0.5) * pixel
                for edge, offset in zip((square.left(), square.top()), center, strict=True))  # fmt: skip
        painter.setPen(QPen(self.theme.tokens.color("validation"), 2))
        painter.drawLine(QPointF(x - 6, y), QPointF(x + 6, y))
        painter.drawLine(QPointF(x, y - 6), QPointF(x, y + 6))

    def _paint_measure(
        self,
        painter: QPainter,
        row: QRectF,
        name: str,
        share: float,
        value: float,
        digit: str,
        *,
        stacked: bool,
    ) -> None:
        """Paint what was measured, where that is among the training digits, and that in words."""
        names = {
            "ink": self.tr("ink {value:.0f} px"),
            "thickness": self.tr("pen {value:.1f} px wide"),
            "aspect": self.tr("width / height {value:.2f}"),
            "slant": self.tr("slant {value:+.0f}°"),
        }
        title, words = names[name].format(value=value), self.sentence(name, share, digit)
        middle = row.center().y()
        if stacked:
            said = QRectF(row.left(), middle - 1.5 * LINE_PX, row.width(), LINE_PX)
            bar = QRectF(row.left() + DOT_PX, middle - LINE_PX / 2, row.width() - 2 * DOT_PX, LINE_PX)
            rest = QRectF(row.left(), middle + LINE_PX / 2, row.width(), LINE_PX)
        else:
            said = QRectF(row.left(), row.top(), TITLE_PX, row.height())
            bar = QRectF(said.right(), row.top(), row.width() * 0.15, row.height())
            left = bar.right() + STEP_PX
            rest = QRectF(left, row.top(), row.right() - left, row.height())
        tokens, odd = self.theme.tokens, min(share, 1 - share) < UNUSUAL
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(font(CAPTION_PT, tabular=True))
        painter.setPen(tokens.color("text"))
        painter.drawText(said, flags, title)
        painter.setPen(QPen(tokens.color("border"), 1))
        painter.drawLine(QPointF(bar.left(), middle), QPointF(bar.right(), middle))
        painter.drawLine(QPointF(bar.center().x(), middle - 4), QPointF(bar.center().x(), middle + 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("warn" if odd else "accent"))
        painter.drawEllipse(QPointF(bar.left() + bar.width() * share, middle), DOT_PX, DOT_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(tokens.color("warn" if odd else "muted"))
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, flags, elided)
