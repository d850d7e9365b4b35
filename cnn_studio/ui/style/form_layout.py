"""Cards, titles and rows, so that every tab is aligned the same way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.ui.style.theme import STEP_PX, role

LABEL_PX = 96
"""One width for the labels of all forms, so that forms below one another are aligned."""


def card(parent: QWidget | None = None) -> tuple[QFrame, QVBoxLayout]:
    """Return a card and the column inside it."""
    frame = QFrame(parent)
    role(frame, "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
    column.setSpacing(STEP_PX)
    return frame, column


def label(text: str, kind: str = "") -> QLabel:
    """Return a label in a role: title, caption, field, figure, warning; wrapped where it is a sentence."""
    widget = QLabel(text)
    if kind:
        role(widget, kind)
    wrapped = kind in ("caption", "warning")
    widget.setWordWrap(wrapped)
    if wrapped:
        widget.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    else:
        widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return widget


def form() -> QFormLayout:
    """Return a form with labels above one another and fields of one width."""
    layout = QFormLayout()
    layout.setHorizontalSpacing(2 * STEP_PX)
    layout.setVerticalSpacing(STEP_PX)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def field(layout: QFormLayout, text: str, widget: QWidget, tip: str) -> None:
    """Add a labeled field; the label is its accessible name, the tip says what it does."""
    name = label(text, "field")
    name.setBuddy(widget)
    name.setMinimumHeight(36)
    name.setMinimumWidth(LABEL_PX)
    widget.setAccessibleName(text)
    widget.setToolTip(tip)
    name.setToolTip(tip)
    if isinstance(widget, QAbstractSpinBox):
        widget.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
    layout.addRow(name, widget)


def heading(text: str, action: QWidget) -> QHBoxLayout:
    """Return a title with an action at its right."""
    line = QHBoxLayout()
    line.addWidget(label(text, "title"), 1)
    line.addWidget(action)
    return line


def name_clear_button(line: QLineEdit, name: str) -> None:
    """Give the button that empties a line a name: Qt's own has none, for tests as for screen readers."""
    for button in line.findChildren(QToolButton):
        button.setObjectName(f"{line.objectName()}ClearButton")
        button.setAccessibleName(name)


def tool_button(name: str, tip: str, action: Callable[[], object]) -> QToolButton:
    """Return a button that is only an icon; its tip, less the keys in brackets, is its accessible name."""
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    role(button, "quiet")
    button.clicked.connect(lambda: action())
    return button
