"""Icons painted from the Material Design font that qtawesome ships.

Only qtawesome's files are read: importing it imports `qtpy`, which makes every class of Qt's (0.2 s), and
loads eleven fonts where one is used; that was a third of the time to the first paint.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from cnn_studio.core.base.errors import StudioError

FONT, NAMES = "materialdesignicons6-webfont-[0-9]*.ttf", "materialdesignicons6-webfont-charmap-*.json"
SHARE_OF_HEIGHT = 0.875
"""Of an icon's height that its letter is high, as qtawesome has it."""


def glyph_icon(name: str, color: QColor, disabled: QColor) -> QIcon:
    """Return an icon that is painted at whatever size it is shown.

    Args:
        name: As Material Design Icons call it, such as "folder-open-outline".
        color: Of the icon.
        disabled: Of the icon on a widget that cannot be used.

    Raises:
        StudioError: If the installation lacks the font.
        KeyError: If the font has no such icon.
    """
    family, letters = _letters()
    return QIcon(_GlyphEngine(family, chr(int(letters[name], 16)), color, disabled))


@cache
def _letters() -> tuple[str, dict[str, str]]:
    """Return the font's family, and the hexadecimal code of each icon's letter."""
    found = importlib.util.find_spec("qtawesome")
    folders = (
        found.submodule_search_locations if found is not None else None
    )  # a frozen program has no more of it
    folder = Path(*(folders or ())[:1], "fonts")
    fonts, names = sorted(folder.glob(FONT)), sorted(folder.glob(NAMES))
    number = QFontDatabase.addApplicationFont(str(fonts[-1])) if fonts and names else -1
    if number < 0:
        raise StudioError(
            "CNN Studio's icons are missing.",
            f"No font {FONT} of the package qtawesome was found.",
            "Install the program again.",
        )
    letters: dict[str, str] = json.loads(names[-1].read_bytes())
    return QFontDatabase.applicationFontFamilies(number)[0], letters


class _GlyphEngine(QIconEngine):
    """Paints one letter of a font."""

    def __init__(self, family: str, letter: str, color: QColor, disabled: QColor) -> None:
        super().__init__()
        self._family, self._letter, self._color, self._disabled = family, letter, color, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        font = QFont()
        font.setFamily(self._family)
        font.setPixelSize(max(1, round(SHARE_OF_HEIGHT * rect.height())))
        painter.setFont(font)
        painter.setPen(self._disabled if mode == QIcon.Mode.Disabled else self._color)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._letter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn
