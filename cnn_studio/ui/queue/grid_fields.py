"""A field of the recipe and its values, typed as a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QVBoxLayout, QWidget

from cnn_studio.core.recipes.sweep_fields import SweepField, show_value
from cnn_studio.ui.style.form_layout import field, form, label
from cnn_studio.ui.style.theme import STEP_PX

MOST_LINES = 14


class GridAxis(QWidget):
    """Chooses one field and takes its values.

    Args:
        number: Of the field in the grid, from 1.
        choices: What can be chosen.
        chosen: The path of the field that is chosen first; empty chooses none.

    Signals:
        changed: Another field, or another text.
    """

    changed = Signal()

    def __init__(
        self, number: int, choices: Sequence[SweepField], chosen: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._fields = {swept.text: swept for swept in choices}
        self.selector = QComboBox()
        self.selector.setObjectName(f"gridField{number}")
        self.selector.setEditable(True)  # to be found by typing; nothing new can be entered
        self.selector.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.selector.setMaxVisibleItems(MOST_LINES)
        self.selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.selector.addItem(self.tr("none"), "")
        for swept in choices:
            self.selector.addItem(f"{swept.part} · {swept.word}", swept.text)
        completer, line = self.selector.completer(), self.selector.lineEdit()
        assert completer is not None
        assert line is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.values = QLineEdit()
        self.values.setObjectName(f"gridValues{number}")
        self.note = label("", "caption")
        fields = form()
        fields.setContentsMargins(0, 0, 0, 0)
        field(
            fields,
            self.tr("Field {number}").format(number=number),
            self.selector,
            self.tr("What differs from training to training; type a part of its name to find it"),
        )
        field(fields, self.tr("Values"), self.values, self.tr("Values with commas between"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX // 2)
        column.addLayout(fields)
        column.addWidget(self.note)
        self.selector.setCurrentIndex(max(0, self.selector.findData(chosen)))
        self._show_place()
        self.selector.currentIndexChanged.connect(self._choose)
        line.editingFinished.connect(self._put_back)
        self.values.textEdited.connect(self.changed)

    @property
    def swept(self) -> SweepField | None:
        """The chosen field."""
        return self._fields.get(self.selector.currentData() or "")

    def _choose(self) -> None:
        self._show_place()
        self.changed.emit()

    def _put_back(self) -> None:
        """Show the chosen field again where something was typed that is none."""
        self.selector.setEditText(self.selector.itemText(self.selector.currentIndex()))

    def _show_place(self) -> None:
        swept = self.swept
        self.values.setEnabled(swept is not None)
        if swept is None:
            self.values.setText("")
            self.values.setPlaceholderText("")
            self.note.setText(self.tr("Only one field is varied"))
            return
        now = show_value(swept.value)
        self.values.setText(now)
        self.values.setPlaceholderText(now)
        text = self.tr("{expected}; the recipe has {value}").format(expected=swept.expected, value=now)
        self.note.setText(text[:1].upper() + text[1:])
