"""Sentences about kept drawings that several widgets say."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from cnn_studio.core.datasets import DIGITS
from cnn_studio.core.kept import KeptDrawing

translate = QCoreApplication.translate


def that_was(name: str) -> str:
    """Return what a person says by choosing a class."""
    if name == "8":
        return translate("Teach", "That was an 8")
    if name in DIGITS:
        return translate("Teach", "That was a {name}").format(name=name)
    return translate("Teach", "That was “{name}”").format(name=name)


def answer_of(drawing: KeptDrawing) -> str:
    """Return what the model had answered, in a few words."""
    if drawing.answered is None:
        return translate("Teach", "no answer")
    if drawing.confidence is None:
        return translate("Teach", "read {name}").format(name=drawing.answered)
    percent = f"{100 * drawing.confidence:.0f}"
    return translate("Teach", "read {name} · {percent} %").format(name=drawing.answered, percent=percent)


def date_of(drawing: KeptDrawing) -> str:
    """Return when it was drawn, as people here write it."""
    time = QDateTime.fromString(drawing.when, Qt.DateFormat.ISODate)
    return QLocale().toString(time.toLocalTime(), QLocale.FormatType.ShortFormat) if time.isValid() else ""
