"""What of the curves is in view, and how: shared by both plots."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.axis_ticks import Span

MOST_ZOOM = 2000.0
"""The whole axis is at most so many times as long as what is in view."""
MOST_REMEMBERED = 50
LEAST_HEIGHT = 1e-5
MOST_DECADES = 20.0


class CurvesView(QObject):
    """The epochs in view, the heights of each plot, scale, smoothing, and the position that is pointed at.

    Attributes:
        span: First and last epoch in view; None shows all.
        heights: Lowest and highest height in view by plot ("accuracy", "loss"); without one it fits itself.
        logarithmic: Whether losses and errors have logarithmic axes.
        smoothing: The weight of the past, see `core.training.learning_curves.smoothed`.
        batches: Whether the curves inside the epochs are shown.
        position: The epoch pointed at, fractional between epochs; None if none is.

    Signals:
        changed: Something else is in view.
        position_changed: Another position is pointed at.
    """

    changed = Signal()
    position_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.span: Span | None = None
        self.heights: dict[str, Span] = {}
        self.logarithmic = False
        self.smoothing = 0.0
        self.batches = True
        self.position: float | None = None
        self._before: list[tuple[Span | None, dict[str, Span]]] = []

    @property
    def zoomed(self) -> bool:
        """Whether less than everything is in view."""
        return self.span is not None or bool(self.heights)

    def fit(self) -> None:
        """Show everything."""
        if self.zoomed:
            self.remember()
            self.span, self.heights = None, {}
            self.changed.emit()

    def forget(self) -> None:
        """Show everything of something else: what was in view before means nothing in it."""
        self.fit()
        self._before = []

    def remember(self) -> None:
        """Let `back` show what is in view now."""
        self._before = [*self._before[1 - MOST_REMEMBERED :], (self.span, dict(self.heights))]

    def back(self) -> None:
        """Show what was in view before the last rectangle, or before everything was shown."""
        if self._before:
            self.span, self.heights = self._before.pop()
            self.changed.emit()

    def show_span(self, low: float, high: float, epochs: int) -> None:
        """Show these epochs, kept inside the axis; a span as long as the axis shows everything."""
        whole = float(epochs)
        length = min(max(high - low, whole / MOST_ZOOM), whole)
        low = min(max(0.0, (low + high - length) / 2), whole - length)
        self.span = None if length >= whole * (1 - 1e-9) else (low, low + length)
        self.changed.emit()

    def show_heights(self, plot: str, low: float, high: float) -> None:
        """Show these heights in one plot, within what numbers can be written for."""
        if self.logarithmic:
            low, high = max(low, -MOST_DECADES), min(high, MOST_DECADES)
        if high - low >= LEAST_HEIGHT:
            self.heights[plot] = (low, high)
            self.changed.emit()

    def zoom(self, factor: float, around: float, epochs: int) -> None:
        """Show `factor` times as much of the axis, what is at `around` staying where it is."""
        low, high = self.span or (0.0, float(epochs))
        around = min(max(around, low), high)
        self.show_span(around - (around - low) * factor, around + (high - around) * factor, epochs)

    def move(self, by: float, epochs: int) -> None:
        """Show later epochs, or, by less than 0, earlier ones."""
        if self.span is not None:
            low, high = self.span
            by = min(max(by, -low), epochs - high)
            self.show_span(low + by, high + by, epochs)

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Choose the scale; heights of the other scale mean nothing in it."""
        if logarithmic != self.logarithmic:
            self.logarithmic, self.heights, self._before = logarithmic, {}, []
            self.changed.emit()

    def set_smoothing(self, weight: float) -> None:
        """Choose the smoothing."""
        if weight != self.smoothing:
            self.smoothing = weight
            self.changed.emit()

    def set_batches(self, shown: bool) -> None:
        """Show or hide the curves inside the epochs."""
        if shown != self.batches:
            self.batches = shown
            self.changed.emit()

    def point_at(self, position: float | None) -> None:
        """Point at a position in both plots, or at none."""
        if position != self.position:
            self.position = position
            self.position_changed.emit()
