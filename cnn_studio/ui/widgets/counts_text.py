"""Counts in words, the same on every page of the Evaluate tab."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "Evaluate"


def images_in_words(count: int) -> str:
    """Return "1 image", "7 images"."""
    return QCoreApplication.translate(CONTEXT, "%n image(s)", "", count)


def errors_in_words(count: int) -> str:
    """Return "1 error", "93 errors"."""
    return QCoreApplication.translate(CONTEXT, "%n error(s)", "", count)
