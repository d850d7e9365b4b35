"""The learning rate over the epochs, drawn before anything is trained."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.base.figure_table import Entry, Table
from cnn_studio.core.recipes.learning_rate_preview import planned_rates, rate_at, waits_for_plateau
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.ui.charts.axes import Axes
from cnn_studio.ui.charts.chart import paint_focus
from cnn_studio.ui.charts.readout import paint_guide
from cnn_studio.ui.charts.table_window import TableWindow
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

HEIGHT_PX = 14 * STEP_PX
POINTS = 240
ROWS = 3
"""Lines behind the curve."""
MOST_ROWS = 200
KEY_STEPS = 40
"""So many presses of an arrow key lead from the first epoch to the last."""


class ScheduleCurve(QWidget):
    """Paints the planned learning rate; the mouse or the arrow keys read a value off it, Return shows a table.

    Args:
        theme: The appearance.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("scheduleCurve")
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Learning rate over the epochs"))
        self._theme = theme
        self._recipe: Recipe | None = None
        self._curve: list[QPointF] = []
        self._highest = 1.0
        self.reading: float | None = None
        theme.changed.connect(self.update)

    def show_recipe(self, recipe: Recipe) -> None:
        """Draw the learning rate a recipe plans."""
        self._recipe = recipe
        epochs, rates = planned_rates(recipe, POINTS)
        self._highest = max(float(rates.max()), 1e-30)
        self._curve = [
            QPointF(epoch / recipe.training.epochs, rate / self._highest)
            for epoch, rate in zip(epochs.tolist(), rates.tolist(), strict=True)
        ]
        if self.reading is not None:
            self.reading = min(self.reading, float(recipe.training.epochs))
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Say the curve in words, for those who do not see it."""
        recipe = self._recipe
        if recipe is None:
            return
        text = self.tr("Starts at {first}, peaks at {top} at epoch {place}, ends at {last}.")
        points = [(point.y(), -point.x()) for point in self._curve]
        peak = -max(points)[1] * recipe.training.epochs
        said = text.format(
            first=rate_text(rate_at(recipe, 0)),
            top=rate_text(self._highest),
            place=f"{peak:.3g}",
            last=rate_text(rate_at(recipe, recipe.training.epochs)),
        )
        if waits_for_plateau(recipe):
            said = self.tr("Stays at {rate} until validation accuracy no longer rises.").format(
                rate=rate_text(self._highest)
            )
        self.setAccessibleDescription(f"{said} {self.reading_text()}".strip())
        self.setToolTip(self.tr("{said} Return or a double click shows it as a table.").format(said=said))

    def reading_text(self) -> str:
        """Return the value that is read off, in words; empty where none is."""
        if self._recipe is None or self.reading is None:
            return ""
        text = self.tr("epoch {epoch}: {rate}")
        return text.format(epoch=f"{self.reading:.2f}", rate=rate_text(rate_at(self._recipe, self.reading)))

    def area(self) -> QRectF:
        """Return where the curve is drawn."""
        return QRectF(self.rect()).adjusted(4, 3 * STEP_PX, -4, -2.5 * STEP_PX)

    def _read(self, epoch: float | None) -> None:
        if self._recipe is not None and epoch is not None:
            epoch = min(float(self._recipe.training.epochs), max(0.0, epoch))
        if epoch != self.reading:
            self.reading = epoch
            self._describe()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self.area()
        if self._recipe is not None:
            self._read(Axes(area).position_at(event.position().x()) * self._recipe.training.epochs)

    def leaveEvent(self, event: object) -> None:
        if not self.hasFocus():
            self._read(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._read(None)

    def table(self) -> Table:
        """Return the planned learning rate at the beginning of each epoch and at the end; at most 201 rows."""
        assert self._recipe is not None
        epochs = self._recipe.training.epochs
        step = -(-epochs // MOST_ROWS)
        epochs_shown = [*range(0, epochs, step), epochs]
        rows: list[tuple[Entry, ...]] = [
            (epoch, rate_text(rate_at(self._recipe, epoch))) for epoch in epochs_shown
        ]
        return Table(self.accessibleName(), (self.tr("Epochs done"), self.tr("Learning rate")), rows)

    def show_table(self) -> None:
        """Show the numbers behind the curve."""
        if self._recipe is not None:
            TableWindow(self.table(), self).show()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_table()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.show_table()
            return
        epochs = 1 if self._recipe is None else self._recipe.training.epochs
        now = self.reading or 0.0
        target = {
            Qt.Key.Key_Left: now - epochs / KEY_STEPS,
            Qt.Key.Key_Right: now + epochs / KEY_STEPS,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: float(epochs),
        }.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            self._read(target)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(CAPTION_PT, tabular=True))
        tokens, area = self._theme.tokens, self.area()
        if self._recipe is None:
            return
        axes = Axes(area)
        axes.paint_rows(painter, tokens, [(share, "") for share, _ in axes.y_ticks(ROWS)])
        placed = [axes.point(point.x(), point.y()) for point in self._curve]
        below = QPolygonF([area.bottomLeft(), *placed, area.bottomRight()])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent_soft"))
        painter.drawPolygon(below)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        dashes = Qt.PenStyle.DashLine if waits_for_plateau(self._recipe) else Qt.PenStyle.SolidLine
        painter.setPen(QPen(tokens.color("accent"), 2, dashes))
        painter.drawPolyline(QPolygonF(placed))
        self._paint_words(painter, area)
        if self.hasFocus():
            paint_focus(painter, tokens, self.rect(), 4)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        assert self._recipe is not None
        tokens = self._theme.tokens
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        above = QRectF(area.left(), 0, area.width(), 3 * STEP_PX - 2)
        under = QRectF(area.left(), area.bottom(), area.width(), 2.5 * STEP_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(tokens.color("muted"))
        painter.drawText(above, left | middle, rate_text(self._highest))
        painter.drawText(under, left | middle, "0")
        epochs = self.tr("epoch {last}").format(last=self._recipe.training.epochs)
        painter.drawText(under, right | middle, epochs)
        if self.reading is None:
            if waits_for_plateau(self._recipe):
                painter.drawText(above, right | middle, self.tr("falls when validation no longer rises"))
            return
        rate = rate_at(self._recipe, self.reading)
        spot = Axes(area).point(self.reading / self._recipe.training.epochs, rate / self._highest)
        paint_guide(painter, tokens, spot.x(), area)
        painter.setPen(QPen(tokens.color("accent"), 2))
        painter.setBrush(tokens.color("surface"))
        painter.drawEllipse(spot, 4, 4)
        painter.setPen(tokens.color("text"))
        painter.drawText(above, right | middle, self.reading_text())


def rate_text(rate: float) -> str:
    """Return a learning rate in the digits that matter."""
    return f"{rate:.3g}"
