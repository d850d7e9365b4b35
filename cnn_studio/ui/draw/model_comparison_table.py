"""Rows of answers below one another: one a model, each a button that makes it the model that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QWidget

from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

LOWEST_PX, USUAL_PX, HIGHEST_PX = 20, 32, 40
MOST_ROWS = 5
STRIP_PX = 24
MARK_PX = 18.0
"""Room for the mark of a row that disagrees."""
SHORTEST_BAR_PX = 32.0
LEAST_TITLE_PX = 120.0
WIDEST_BAR_PX = 160.0
WITH_FIGURE_PX, WITH_SECOND_PX, WITH_WORDS_PX = 150.0, 380.0, 560.0
"""Widths of a row from which on there is room for the confidence, the second answer, the verdict in words."""


@dataclass(frozen=True)
class ModelRow:
    """What a row shows.

    Attributes:
        title: The model's name.
        path: Its file.
        about: What the tip says of it.
        classes: The names of its classes.
        answer: Its answer; None where nothing is drawn, or it has not come yet.
    """

    title: str
    path: Path
    about: str
    classes: tuple[str, ...]
    answer: Answer | None = None

    @property
    def name(self) -> str:
        """The class it answers with."""
        return "" if self.answer is None else self.classes[self.answer.index]

    @property
    def second(self) -> tuple[str, float]:
        """The second most probable class and its probability."""
        if self.answer is None or len(self.classes) < 2:
            return "", 0.0
        share, index = max(
            (share, -number)
            for number, share in enumerate(self.answer.probabilities)
            if number != self.answer.index
        )
        return self.classes[-index], share

    def disagrees(self, other: ModelRow) -> bool:
        """Whether it knows what the other answers, and answers something else."""
        return bool(self.name) and other.name in self.classes and self.name != other.name


class RowButton(QAbstractButton):
    """One row."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("comparedModel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAttribute(
            Qt.WidgetAttribute.WA_OpaquePaintEvent
        )  # or the card is painted anew with every answer
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme = theme
        self.row: ModelRow | None = None
        self.main = self.differs = False
        self.names_px = self.seconds_px = 0.0
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, USUAL_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(72, LOWEST_PX)

    def show_row(self, row: ModelRow, main: ModelRow) -> None:
        """Show a row beside the main model's, which may be itself."""
        before, main_before = self.row, self.main
        self.row, self.main, self.differs = row, row.path == main.path, row.disagrees(main)
        if before is None or (before.path, before.about, main_before) != (row.path, row.about, self.main):
            self._describe(row)
        self.setAccessibleName(self.said())
        self.update()

    def _describe(self, row: ModelRow) -> None:
        """Take another model: what the tip says, and whether a click does something."""
        self.setCursor(Qt.CursorShape.ArrowCursor if self.main else Qt.CursorShape.PointingHandCursor)
        action = (
            self.tr("This model answers above")
            if self.main
            else self.tr("Click to let this model answer above")
        )
        self.setToolTip("\n".join(text for text in (row.title, row.about, action) if text))

    def said(self) -> str:
        """Return the row in words."""
        row = self.row
        assert row is not None
        if row.answer is None:
            return self.tr("{title}: no answer").format(title=row.title)
        text = self.tr("{title}: {name}, {percent} percent").format(
            title=row.title, name=row.name, percent=f"{100 * row.answer.confidence:.1f}"
        )
        second = self.tr("second {name}").format(name=row.second[0]) if row.second[0] else ""
        differs = self.tr("differs") if self.differs else ""
        return ", ".join(part for part in (text, second, self.verdict(), differs) if part)

    def verdict(self) -> str:
        """Say where the answer should not be taken."""
        answer = self.row.answer if self.row is not None else None
        if answer is None or not answer.rejected:
            return ""
        return self.tr("not a digit?") if answer.out_of_distribution else self.tr("not sure")

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.row is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, area = self._theme.tokens, QRectF(self.rect())
        painter.fillRect(area, tokens.color("surface"))
        if self.underMouse() and not self.main:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(area, STEP_PX / 2, STEP_PX / 2)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), STEP_PX / 2, STEP_PX / 2)
        self._paint_row(painter, area.adjusted(STEP_PX / 2, 0, -STEP_PX / 2, 0), self.row)

    def _paint_row(self, painter: QPainter, area: QRectF, row: ModelRow) -> None:
        """Paint from the right what has a fixed width, then the name into what is left."""
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        caption, bold, figures = font(CAPTION_PT), font(bold=True), font(tabular=True)
        token = "bad" if row.answer is not None and row.answer.rejected else "text"
        free = QRectF(area)

        def take(width: float) -> QRectF:
            taken = QRectF(free.right() - width, free.top(), width, free.height())
            free.setRight(taken.left())
            return taken

        if area.width() >= WITH_WORDS_PX:
            words = [self.tr("not a digit?"), self.tr("not sure")]
            room = take(max(QFontMetricsF(caption).horizontalAdvance(text) for text in words) + STEP_PX)
            self._write(painter, room, self.verdict(), "bad", caption, right)
        for icon, color, shown in self._marks(area.width()):
            mark = QRect(0, 0, 16, 16)
            mark.moveCenter(take(MARK_PX).center().toPoint())
            if shown:
                self._theme.icon(icon, color).paint(painter, mark)
        if area.width() >= WITH_SECOND_PX:
            self._paint_second(painter, take(self.seconds_px), row)
        if area.width() >= WITH_FIGURE_PX:
            text = "–" if row.answer is None else f"{100 * row.answer.confidence:.1f} %"
            room = take(QFontMetricsF(figures).horizontalAdvance("100.0 %") + STEP_PX)
            self._write(painter, room, text, token, figures, right)
        spare = free.width() - self.names_px
        bar = min(WIDEST_BAR_PX, 0.45 * spare, spare - LEAST_TITLE_PX)
        if bar >= SHORTEST_BAR_PX:
            self._paint_bar(painter, take(bar), row)
        name = row.name if row.answer is not None else "–"
        self._write(painter, take(self.names_px).adjusted(STEP_PX, 0, 0, 0), name, token, bold, left)
        small = area.width() < WITH_FIGURE_PX
        title = QFontMetricsF(caption if small else font(bold=self.main)).elidedText(
            row.title,  # a run's time, at its end, distinguishes it from others of its recipe
            Qt.TextElideMode.ElideRight if small else Qt.TextElideMode.ElideMiddle,
            free.width(),
        )
        token = "text" if self.main else "muted"
        self._write(painter, free, title, token, caption if small else font(bold=self.main), left)

    def _marks(self, width: float) -> list[tuple[str, str, bool]]:
        """Return the icons of a row, their colors and whether they are shown: each has its spot where there is room."""
        marks = [
            ("help-circle-outline", "bad", bool(self.verdict())),
            ("not-equal-variant", "warn", self.differs),
        ]
        if width >= WITH_WORDS_PX:
            return marks[1:]  # the verdict stands there in words
        if width >= WITH_SECOND_PX:
            return marks
        return marks[1:] if self.differs else [mark for mark in marks[:1] if mark[2]]

    def _write(
        self, painter: QPainter, room: QRectF, text: str, token: str, type_: QFont, side: Qt.AlignmentFlag
    ) -> None:
        painter.setFont(type_)
        painter.setPen(self._theme.tokens.color(token))
        text = QFontMetricsF(type_).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_second(self, painter: QPainter, room: QRectF, row: ModelRow) -> None:
        name, share = row.second
        if not name:
            return
        caption, right = font(CAPTION_PT, tabular=True), Qt.AlignmentFlag.AlignRight
        figure = f" {100 * share:.1f} %"
        self._write(painter, room, figure, "muted", caption, right)
        left = room.adjusted(STEP_PX / 2, 0, -QFontMetricsF(caption).horizontalAdvance(figure), 0)
        self._write(painter, left, name, "muted", caption, right)

    def _paint_bar(self, painter: QPainter, room: QRectF, row: ModelRow) -> None:
        tokens, thickness = self._theme.tokens, 8.0
        track = QRectF(
            room.left() + STEP_PX, room.center().y() - thickness / 2, room.width() - STEP_PX, thickness
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("hairline"))
        painter.drawRoundedRect(track, thickness / 2, thickness / 2)
        if row.answer is not None:
            token = "border" if row.answer.rejected else "warn" if self.differs else "accent"
            painter.setBrush(tokens.color(token))
            track.setWidth(max(thickness, track.width() * row.answer.confidence))
            painter.drawRoundedRect(track, thickness / 2, thickness / 2)


class ComparisonTable(QWidget):
    """The rows, the main model's first; as a strip, without it, beside one another.

    Signals:
        chosen: The path of a model whose row was clicked.
    """

    chosen = Signal(Path)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparisonTable")
        self.setAccessibleName(self.tr("Answers of the compared models"))
        self._theme = theme
        self.strip = False
        self.buttons: list[RowButton] = []
        self.rows: list[ModelRow] = []
        self._aligned: list[tuple[Path, tuple[str, ...]]] = []
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 2, 0, 0)
        self._layout.setSpacing(0)

    def set_strip(self, strip: bool) -> None:
        """Put the rows beside one another, where there is no height for them."""
        directions = QBoxLayout.Direction
        self.strip = strip
        self._layout.setDirection(directions.LeftToRight if strip else directions.TopToBottom)
        self._layout.setSpacing(STEP_PX if strip else 0)
        self.setMaximumHeight(STRIP_PX if strip else MOST_ROWS * HIGHEST_PX)

    def show_rows(self, main: ModelRow, others: Sequence[ModelRow]) -> None:
        """Show the answers of the compared models."""
        self.rows = list(others) if self.strip else [main, *others]
        while len(self.buttons) < len(self.rows):
            button = RowButton(self._theme, self)
            button.setMaximumHeight(HIGHEST_PX)
            button.clicked.connect(lambda _=False, button=button: self._choose(button))
            self._layout.addWidget(button)
            self.buttons.append(button)
        for number, button in enumerate(self.buttons):
            shown = number < len(self.rows)
            if shown:
                button.show_row(self.rows[number], main)
            if button.isHidden() == shown:
                button.setVisible(shown)
        models = [(row.path, row.classes) for row in self.rows]
        if models != self._aligned:
            self._aligned = models
            self._align()

    def _align(self) -> None:
        """Give the answers and the second answers the room of the longest class's name."""
        bold, caption = QFontMetricsF(font(bold=True)), QFontMetricsF(font(CAPTION_PT))
        longest = [max(row.classes, key=len, default="") for row in self.rows]
        if not self.strip:
            longest = [max(longest, key=len, default="")] * len(longest)
        share = 0.45 / max(1, len(self.rows)) if self.strip else 0.2
        for button, name in zip(self.buttons, longest, strict=False):
            button.names_px = min(share * self.width(), bold.horizontalAdvance(name) + 2 * STEP_PX)
            seconds = caption.horizontalAdvance(f"{name} 50.0 %") + STEP_PX
            button.seconds_px = min(0.22 * self.width(), seconds)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._align()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.strip:
            painter = QPainter(self)
            painter.setPen(self._theme.tokens.color("hairline"))
            painter.drawLine(0, 0, self.width(), 0)

    def _choose(self, button: RowButton) -> None:
        if button.row is not None and not button.main:
            self.chosen.emit(button.row.path)
