"""What a screen reader and the keyboard meet: the widgets a person can act on, and their names."""

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QListView, QPlainTextEdit, QWidget

INTERACTIVE = (QAbstractButton, QComboBox, QAbstractSpinBox, QPlainTextEdit, QListView)


def interactive(window):
    """Every widget a person can act on, without the parts Qt makes inside its own widgets."""
    for widget in window.findChildren(QWidget):
        inside = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QComboBox)
        own_scroll = widget.objectName() in ("ScrollLeftButton", "ScrollRightButton")
        private = type(widget).__name__.startswith("QComboBoxPrivate") or type(
            widget.parent()
        ).__name__.startswith("QComboBoxPrivate")
        popup = any(isinstance(parent, QComboBox) for parent in parents_of(widget))
        if isinstance(widget, INTERACTIVE) and not (inside or own_scroll or private or popup):
            yield widget


def parents_of(widget):
    while (widget := widget.parent()) is not None:
        yield widget


def accessible_name(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
