"""Rows of the training form: all labels of one width, below each field its refusal or a note."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

LABEL_PX = 120
ROW_PX = 36


class FormRow(QWidget):
    """A labeled field; the label is its accessible name, the tip says what it does.

    Args:
        title: The label.
        field: What is edited with.
        tip: What it does, in a sentence.
        note: Said below it at all times.
    """

    def __init__(self, title: str, field: QWidget, tip: str, note: str = "") -> None:
        super().__init__()
        self.title, self.field = title, field
        name = label(title, "field")
        name.setBuddy(field)
        name.setFixedWidth(LABEL_PX)
        name.setMinimumHeight(ROW_PX)
        field.setAccessibleName(title)
        for widget in (name, field):
            widget.setToolTip(tip)
        self.refusal = label("", "warning")
        self.refusal.setObjectName(f"refusal-{field.objectName()}")
        self.refusal.hide()
        line = QHBoxLayout()
        line.setSpacing(STEP_PX)
        line.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        if note:
            said = label(note, "caption")
            said.setContentsMargins(LABEL_PX + STEP_PX, 0, 0, 4)
            column.addWidget(said)
        column.addWidget(self.refusal)
        self.error: StudioError | None = None
        only_when_focused(field)

    def refuse(self, error: StudioError | None) -> None:
        """Say why what is typed is not taken; None says nothing."""
        self.error = error
        self.refusal.setText("" if error is None else str(error))
        self.refusal.setVisible(error is not None)
        self.field.setAccessibleDescription(self.refusal.text())
        if error is not None:
            QTimer.singleShot(0, self, self.bring_into_view)  # once it is laid out

    def bring_into_view(self) -> None:
        """Scroll the form so that the whole row is seen."""
        around = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if around is not None:
            around.ensureWidgetVisible(self, 0, STEP_PX)


def order_keys(layout: QLayout) -> None:
    """Let the Tab key go through a form in the order it is seen, whenever its fields were made."""
    fields = list(_fields_of(layout))
    for before, after in pairwise(fields):
        QWidget.setTabOrder(before, after)


def _fields_of(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget = None if item is None else item.widget()
        if widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
            continue
        inner = widget.layout() if widget is not None else None if item is None else item.layout()
        if inner is not None:
            yield from _fields_of(inner)


class _WheelGuard(QObject):
    """Lets the wheel scroll the form where its field has no focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def only_when_focused(field: QWidget) -> None:
    """Keep the wheel from changing a field that a person only scrolls past."""
    for widget in (field, *field.findChildren(QComboBox)):
        if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(_WheelGuard(widget))


class Fold(QWidget):
    """A button that folds what is below it.

    Args:
        theme: The appearance.
        title: What is folded.
        content: It.
        opened: Whether it is open at first.

    Signals:
        toggled: Whether it is open now.
    """

    toggled = Signal(bool)

    def __init__(self, theme: Theme, title: str, content: QWidget, opened: bool) -> None:
        super().__init__()
        self._theme, self.content = theme, content
        self.button = QPushButton(title)
        self.button.setCheckable(True)
        self.button.setChecked(opened)
        role(self.button, "link")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(content)
        self.button.toggled.connect(self._show)
        theme.changed.connect(self._paint)
        self._show(opened)

    def _show(self, opened: bool) -> None:
        self.content.setVisible(opened)
        self._paint()
        self.toggled.emit(opened)

    def _paint(self) -> None:
        self.button.setIcon(
            self._theme.icon("chevron-down" if self.button.isChecked() else "chevron-right", "accent")
        )
