"""A card alone on a page."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget


def in_the_middle(frame: QFrame) -> QWidget:
    """Return a page with a card in its middle, a little above the center, as wide as the card allows."""
    page = QWidget()
    line = QHBoxLayout()
    line.addStretch(1)
    line.addWidget(frame, 20)
    line.addStretch(1)
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addStretch(1)
    outer.addLayout(line)
    outer.addStretch(2)
    return page
