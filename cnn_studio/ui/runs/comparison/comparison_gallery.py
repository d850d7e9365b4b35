"""Images of two networks' ledger: below each its true class and what A and B read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.runs.comparison.comparison_subject import Pair
from cnn_studio.ui.style.theme import CAPTION_PT, Theme, font
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import ImageTile, LazyTiles

LEAST_PX = 96
NO_NUMBERS: NDArray[np.intp] = np.zeros(0, np.intp)


class LedgerTiles(LazyTiles):
    """A tile each for some images of a pair, made when it is asked for.

    Args:
        pair: The two networks' answers.
        numbers: Of the images, in their order.
    """

    def __init__(self, pair: Pair, numbers: NDArray[np.intp]) -> None:
        super().__init__(numbers)
        self._pair = pair

    def tile(self, row: int) -> ImageTile:
        pair = self._pair
        label = int(pair.labels[row])
        true = QCoreApplication.translate("Comparison", "true {name}").format(name=pair.classes[label])
        lines, reads = [(true, "text")], []
        for letter, answers in zip("AB", pair.answers, strict=True):
            read, sure = int(answers.predictions[row]), float(answers.confidences[row])
            mark, token = ("✓", "good") if read == label else ("✗", "bad")
            lines.append((f"{letter} {mark} {pair.classes[read]} · {100 * sure:.0f} %", token))
            reads.append((pair.classes[read], sure))
        (first, first_sure), (second, second_sure) = reads
        note = QCoreApplication.translate("Comparison", "by B; A read {name} at {confidence:.1f} %")
        return ImageTile(
            row,
            pair.classes[label],
            second,
            second_sure,
            note=note.format(name=first, confidence=100 * first_sure),
            lines=tuple(lines),
        )


class LedgerGallery(Gallery):
    """A gallery whose tiles have a line more."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("ledgerGallery")
        self.setAccessibleName(self.tr("Images two runs are compared on"))
        self.resize_pictures(self.picture_px)
        self.setMinimumHeight(LEAST_PX)

    def resize_pictures(self, picture_px: int) -> None:
        super().resize_pictures(picture_px)
        line = QFontMetricsF(font(CAPTION_PT)).height() + 2
        self._tile = QSize(self._tile.width(), self._tile.height() + round(line))
        self.updateGeometries()

    @property
    def numbers(self) -> NDArray[np.intp]:
        """The numbers of the images shown, in order."""
        return self.tiles.rows if isinstance(self.tiles, LedgerTiles) else NO_NUMBERS

    def show_images(self, pair: Pair | None, numbers: NDArray[np.intp]) -> None:
        """Show images of a pair by their numbers, in that order; None shows nothing."""
        if pair is None:
            self.show_tiles([], None)
        else:
            self.show_tiles(LedgerTiles(pair, numbers), pair.images)
