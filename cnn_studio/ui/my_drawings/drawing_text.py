"""Sentences about kept drawings that several widgets say."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing

translate = QCoreApplication.translate


def that_was(name: str) -> str:
    """Return what a person says by choosing a class."""
    if name == "8":
        return translate("DrawingLabels", "That was an 8")
    if name in DIGITS:
        return translate("DrawingLabels", "That was a {name}").format(name=name)
    return translate("DrawingLabels", "That was “{name}”").format(name=name)


def answer_of(drawing: LabeledDrawing) -> str:
    """Return what the model had answered, in a few words."""
    if drawing.answered is None:
        return translate("DrawingLabels", "no answer")
    if drawing.confidence is None:
        return translate("DrawingLabels", "read {name}").format(name=drawing.answered)
    percent = f"{100 * drawing.confidence:.0f}"
    return translate("DrawingLabels", "read {name} · {percent} %").format(
        name=drawing.answered, percent=percent
    )


def date_of(drawing: LabeledDrawing) -> str:
    """Return when it was drawn, as people here write it."""
    time = QDateTime.fromString(drawing.when, Qt.DateFormat.ISODate)
    return QLocale().toString(time.toLocalTime(), QLocale.FormatType.ShortFormat) if time.isValid() else ""
