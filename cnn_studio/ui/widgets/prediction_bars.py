"""What the network answers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.style.theme import ANSWER_PT, CAPTION_PT, STEP_PX, TITLE_PT, Theme, font

SURE = 0.9
"""Calibrated confidence from which the answer is called sure."""
BESIDE_PX = 112
"""Room for the confidence and the verdict beside the answer."""
SMALLEST_ROW_PX = 16
MOST_BEST_ROWS = 15
"""Where not every class has room for a row, so many of the best are shown at most."""
COMPACT_PX = 80
UNLIMITED_PX = 16_777_215  # Qt's own QWIDGETSIZE_MAX
WIDEST_NAME = 0.45
"""Share of the width that the names may take."""
MARK_PX = 12
INSET_PX = 4
"""From the edge of a row to what stands in it."""


class PredictionBars(QWidget):
    """The top answer, large, and one bar a class.

    Attributes:
        hovered: The class whose row is shown as one that can be chosen.
        marked: The class whose row has a check mark.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionBars")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self.answer: Answer | None = None
        self.compact = False
        self.hovered: int | None = None
        self.marked: int | None = None
        self._classes: tuple[str, ...] = ()
        self._corner: QWidget | None = None
        self.hint = self.tr("The answer appears here while you draw")
        self._describe()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, COMPACT_PX if self.compact else 330)

    def set_compact(self, compact: bool) -> None:
        """Show the answer alone, without the bars: the room is needed for something else."""
        self.compact = compact
        self.setMaximumHeight(COMPACT_PX if compact else UNLIMITED_PX)
        self.updateGeometry()
        self.update()

    def set_corner(self, widget: QWidget) -> None:
        """Show a widget at the right of the heading, which leaves it room."""
        self._corner = widget
        widget.setParent(self)
        self.place_corner()
        widget.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_corner()

    def place_corner(self) -> None:
        """Give the widget in the corner the size it needs now."""
        if self._corner is not None:
            size = self._corner.sizeHint()
            self._corner.setGeometry(self.width() - size.width(), 0, size.width(), size.height())
            self.update()

    def show_hovered(self, number: int | None) -> None:
        """Show that a class can be chosen."""
        if number != self.hovered:
            self.hovered = number
            self.update()

    def show_marked(self, number: int | None) -> None:
        """Put a check mark at a class."""
        if number != self.marked:
            self.marked = number
            self.update()

    def row_at(self, position: QPointF) -> int | None:
        """Return the class whose row is there."""
        return next((number for number, row in self._row_areas() if row.contains(position)), None)

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """Take the names of the classes of another model."""
        self._classes = classes
        self.hovered = self.marked = None
        self.show_answer(None)

    def show_answer(self, answer: Answer | None) -> None:
        """Show an answer; None shows the empty state."""
        self.answer = answer
        self._describe()
        self.update()

    def _describe(self) -> None:
        if self.answer is None:
            self.setAccessibleName(self.tr("Answer: nothing drawn"))
        else:
            text = self.tr("Answer: {name}, {percent} percent")
            name = self._classes[self.answer.index]
            self.setAccessibleName(text.format(name=name, percent=f"{100 * self.answer.confidence:.1f}"))

    def verdict(self) -> tuple[str, str]:
        """Return how sure the answer is, in words, and the token of its color."""
        assert self.answer is not None
        if self.answer.out_of_distribution:
            return self.tr("not a digit?"), "bad"
        if self.answer.rejected:
            return self.tr("not sure"), "bad"
        if self.answer.confidence >= SURE:
            return self.tr("sure"), "good"
        return self.tr("fairly sure"), "warn"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = 0 if self._corner is None else self._corner.width() + STEP_PX
        room = QRectF(INSET_PX, 0, self.width() - INSET_PX - corner, self._heading_px())
        self._paint_heading(painter, room)
        if not self.compact:
            self._paint_bars(painter)

    def _heading_px(self) -> float:
        return float(self.height()) if self.compact else min(120.0, self.height() * 0.28)

    def _row_areas(self) -> list[tuple[int, QRectF]]:
        """Return the classes that have a row, and where."""
        if self.compact or not self._classes:
            return []
        top = self._heading_px() + STEP_PX
        height = self.height() - top
        shown = self.rows(height)
        if len(shown) < len(self._classes):
            height -= SMALLEST_ROW_PX  # of the note
        row = min(36.0, height / len(shown))
        return [
            (number, QRectF(0, top + position * row, self.width(), row))
            for position, number in enumerate(shown)
        ]

    def _paint_heading(self, painter: QPainter, area: QRectF) -> None:
        tokens = self._theme.tokens
        if self.answer is None:
            painter.setPen(tokens.color("muted"))
            painter.setFont(font(TITLE_PT))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        name = self._classes[self.answer.index]
        most = area.width() - BESIDE_PX - 3 * STEP_PX
        large = font(ANSWER_PT if len(name) <= 2 else 28)
        while large.pointSizeF() > 14 and (
            QFontMetricsF(large).height() > area.height()
            or QFontMetricsF(large).horizontalAdvance(name) > most
        ):
            large.setPointSizeF(large.pointSizeF() - 4)
        painter.setFont(large)
        painter.setPen(tokens.color("text"))
        metrics = QFontMetricsF(large)
        name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, most)
        width = max(metrics.horizontalAdvance(name), 56.0)
        painter.drawText(
            QRectF(area.left(), area.top(), width + 4, area.height()), Qt.AlignmentFlag.AlignVCenter, name
        )
        beside = QRectF(
            area.left() + width + 3 * STEP_PX, area.top(), area.width() - width - 3 * STEP_PX, area.height()
        )
        verdict, token = self.verdict()
        painter.setFont(font(20, tabular=True))
        middle = beside.center().y()
        painter.drawText(
            QRectF(beside.left(), middle - 36, beside.width(), 36),
            Qt.AlignmentFlag.AlignBottom,
            f"{100 * self.answer.confidence:.1f} %",
        )
        painter.setFont(font(TITLE_PT))
        painter.setPen(tokens.color(token))
        painter.drawText(
            QRectF(beside.left(), middle + 2, beside.width(), 28), Qt.AlignmentFlag.AlignTop, verdict
        )

    def rows(self, height: float) -> list[int]:
        """Return the numbers of the classes that get a row: all in order, or the best ones, best first."""
        count = len(self._classes)
        if count * SMALLEST_ROW_PX <= height:
            return list(range(count))
        most = max(1, min(MOST_BEST_ROWS, int(height / SMALLEST_ROW_PX) - 1))  # one is for the note
        if self.answer is None:
            return list(range(most))
        probabilities = self.answer.probabilities
        return sorted(range(count), key=lambda number: -probabilities[number])[:most]

    def _paint_bars(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        areas = self._row_areas()
        if not areas:
            return
        rows = [number for number, _ in areas]
        if len(rows) < len(self._classes):
            note = self.tr("The best {shown} of {all} classes") if self.answer else self.tr("{all} classes")
            painter.setFont(font(CAPTION_PT))
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(0, self.height() - SMALLEST_ROW_PX, self.width(), SMALLEST_ROW_PX),
                Qt.AlignmentFlag.AlignBottom,
                note.format(shown=len(rows), all=f"{len(self._classes):,}"),
            )
        row = areas[0][1].height()
        label_font, figure_font = font(), font(CAPTION_PT if row < 20 else 10.5, tabular=True)
        names, label = self._elided(rows, self.width())
        figure = QFontMetricsF(figure_font).horizontalAdvance("100.0") + STEP_PX
        track = self.width() - label - figure - STEP_PX - INSET_PX
        thickness = max(4.0, min(14.0, row * 0.45))
        for number, area in areas:
            top = area.top()
            if number == self.hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.color("accent_soft"))
                painter.drawRoundedRect(area, STEP_PX / 2, STEP_PX / 2)
            if number == self.marked:
                mark = QRectF(label - MARK_PX - 3, top + (row - MARK_PX) / 2, MARK_PX, MARK_PX)
                self._theme.icon("check-bold", "good").paint(painter, mark.toAlignedRect())
            share = self.answer.probabilities[number] if self.answer else 0.0
            first = self.answer is not None and self.answer.index == number
            painter.setFont(font(bold=True) if first else label_font)
            lit = first or self.answer is None or number == self.hovered
            painter.setPen(tokens.color("text" if lit else "muted"))
            painter.drawText(QRectF(INSET_PX, top, label, row), Qt.AlignmentFlag.AlignVCenter, names[number])
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(label, top + (row - thickness) / 2, track, thickness)
            painter.setBrush(tokens.color("hairline"))
            painter.drawRoundedRect(bar, thickness / 2, thickness / 2)
            if share > 0.002:
                painter.setBrush(tokens.color("accent" if first else "border"))
                painter.drawRoundedRect(
                    QRectF(bar.left(), bar.top(), max(thickness, track * share), thickness),
                    thickness / 2,
                    thickness / 2,
                )
            painter.setFont(figure_font)
            painter.setPen(tokens.color("text" if first else "muted"))
            text = f"{100 * share:.1f}" if self.answer else "–"
            painter.drawText(
                QRectF(area.right() - figure - INSET_PX, top, figure, row),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                text,
            )

    def _elided(self, rows: list[int], width: float) -> tuple[dict[int, str], float]:
        """Return the names of the rows, shortened where they need more than their share, and their room."""
        metrics = QFontMetricsF(font(bold=True))  # the first one is bold
        room = WIDEST_NAME * width - 2 * STEP_PX
        names = {
            number: metrics.elidedText(self._classes[number], Qt.TextElideMode.ElideMiddle, room)
            for number in rows
        }
        return names, max(metrics.horizontalAdvance(name) for name in names.values()) + 2 * STEP_PX + INSET_PX
