"""Tiles of doubted labels: the image, its label, what it seems to be, and what was judged."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from cnn_studio.core.evaluation.label_review import LabelReview
from cnn_studio.core.evaluation.label_verdicts import Verdict
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import ImageTile, ImageTilePainter, Index

ICON_PX = 20


class Doubt(ImageTile, frozen=True):
    """A tile with a verdict.

    Attributes:
        verdict: What was judged.
        confident: Whether confident learning counts the image as another class.
    """

    verdict: Verdict = ""
    confident: bool = False


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict in words."""
    return {
        "wrong": QCoreApplication.translate("Verdicts", "label is wrong"),
        "ambiguous": QCoreApplication.translate("Verdicts", "ambiguous"),
        "fine": QCoreApplication.translate("Verdicts", "label is fine"),
        "": "",
    }[verdict]


def doubts_of(check: LabelReview) -> list[Doubt]:
    """Return a tile for each doubted label, the most doubtful first."""
    suspects = check.suspects
    return [
        _doubt(check, int(number), int(suggested), bool(sure))
        for number, suggested, sure in zip(
            suspects.numbers, suspects.suggested, suspects.confident, strict=True
        )
    ]


def _doubt(check: LabelReview, number: int, suggested: int, confident: bool) -> Doubt:
    evaluation, verdict = check.evaluation, check.verdict(number)
    true, seems = evaluation.classes[int(evaluation.labels[number])], evaluation.classes[suggested]
    probability = float(evaluation.probabilities[number, suggested])
    labeled = QCoreApplication.translate("Doubt", "labeled {name}")
    likely = QCoreApplication.translate("Doubt", "seems {name} · {percent:.0f} %")
    return Doubt(
        number,
        true,
        seems,
        probability,
        known_as=None if evaluation.indices is None else int(evaluation.indices[number]),
        note=verdict_text(verdict),
        wording=(labeled, likely, "bad" if confident else "muted"),
        verdict=verdict,
        confident=confident,
    )


class DoubtPainter(ImageTilePainter):
    """Draws a tile and, in its corner, the verdict, or that the label surely is another one."""

    ICONS: ClassVar[dict[Verdict, tuple[str, str]]] = {
        "wrong": ("close-circle", "bad"),
        "ambiguous": ("help-circle", "warn"),
        "fine": ("check-circle", "good"),
        "": ("alert-outline", "warn"),
    }

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        tile = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(tile, Doubt) and (tile.verdict or tile.confident):
            name, token = self.ICONS[tile.verdict]
            spot = QRect(option.rect.right() - ICON_PX - 6, option.rect.top() + 6, ICON_PX, ICON_PX)
            self._theme.icon(name, token).paint(painter, spot)


class DoubtGallery(Gallery):
    """The gallery of doubted labels."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._painter = DoubtPainter(theme, self)
        self.setItemDelegate(self._painter)
        self.setObjectName("doubtGallery")
        self.setAccessibleName(self.tr("Doubted labels"))

    def sizeHint(self) -> QSize:
        return QSize(40 * STEP_PX, 40 * STEP_PX)
