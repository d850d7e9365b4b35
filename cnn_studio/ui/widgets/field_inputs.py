"""What a field of a layer or of a training is edited with, by its kind alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QLocale, QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from cnn_studio.core.base.field_spec import Field, tag_of
from cnn_studio.core.network.layers.layer_fields import fields_of
from cnn_studio.ui.style.theme import STEP_PX

FLAG_PX = 36
MOST = 999_999
"""More can be typed than a field takes, so that its refusal can be read."""
Changed = Callable[[Any], None]


class CountInput(QSpinBox):
    """A whole number; where it may be empty, 0 stands for nothing. Arrows stay within the limits."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        self._field = field
        self._changed = changed
        least = 0 if field.optional or (field.minimum or 0) >= 0 else -MOST
        self.setRange(least, MOST)
        if field.optional:
            self.setSpecialValueText(self.tr("empty"))
        if field.unit:
            self.setSuffix(f" {field.unit}")
        self.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        self.valueChanged.connect(self._tell)

    def _tell(self, value: int) -> None:
        self._changed(None if self._field.optional and value == 0 else value)

    def stepBy(self, steps: int) -> None:
        low = 0 if self._field.optional else int(self._field.minimum or 0)
        target = max(low, self.value() + steps)
        if self._field.maximum is not None:
            target = min(int(self._field.maximum), target)
        self.setValue(target)
        self.selectAll()

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        if (None if self._field.optional and self.value() == 0 else self.value()) != value:
            with QSignalBlocker(self):
                self.setValue(0 if value is None else value)


class RealInput(QLineEdit):
    """A number with as many digits as it has; what is no number is told as it was typed."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        self._changed = changed
        self.textEdited.connect(lambda _: changed(self._value()))

    def _value(self) -> Any:
        text = self.text().strip()
        number, understood = self.locale().toDouble(text)
        if not understood:
            number, understood = QLocale.c().toDouble(text)
        return number if understood and math.isfinite(number) else text

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        if self._value() != value:
            self.setText(f"{value:.10g}")


class ChoiceInput(QComboBox):
    """One of several values."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        for value in field.choices:
            self.addItem(str(value), value)
        self.activated.connect(lambda _: changed(self.currentData()))

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        self.setCurrentIndex(self.findData(value))


class FlagInput(QCheckBox):
    """Yes or no."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        self.setMinimumHeight(FLAG_PX)
        self.clicked.connect(lambda wanted: changed(wanted))  # Qt cannot count the arguments of a partial

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        self.setChecked(bool(value))


class TextInput(QLineEdit):
    """A name."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("by itself"))
        self.textEdited.connect(changed)

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        if self.text() != value:
            self.setText(value)


class PartInput(QWidget):
    """A choice among small sections, such as regularizers, each with a number or two of its own; or none."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        self._field, self._changed = field, changed
        self._value: Any = None
        self.choice = QComboBox()
        self.choice.addItem(self.tr("none"), None)
        for part in field.choices:
            self.choice.addItem(tag_of(part), part)
        self.choice.activated.connect(self._choose)
        self._own = QVBoxLayout()
        self._own.setSpacing(4)
        self._inputs: dict[str, QWidget] = {}
        column = QHBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self.choice, 1)
        column.addLayout(self._own, 1)
        self.setFocusProxy(self.choice)

    def _choose(self) -> None:
        part = self.choice.currentData()
        self._changed(None if part is None else part())

    def _set(self, name: str, value: Any) -> None:
        """Tell the section with another number; text that is no number is passed on as it is, to be refused."""
        content = msgspec.to_builtins(self._value) | {name: value}
        self._changed(content)

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        same = type(value) is type(self._value)
        self._value = value
        self.choice.setCurrentIndex(0 if value is None else self.choice.findText(tag_of(type(value))))
        if not same:
            for old in self._inputs.values():
                self._own.removeWidget(old)
                old.deleteLater()
            self._inputs = {}
            for field in () if value is None else fields_of(type(value)):
                made = input_for(field, partial(self._set, field.name))
                made.setObjectName(f"field-{self._field.name}-{field.name}")
                made.setAccessibleName(field.name)
                made.setToolTip(field.help)
                self._own.addWidget(made)
                self._inputs[field.name] = made
        for name, made in self._inputs.items():
            made.take(getattr(value, name))  # type: ignore[attr-defined]


INPUTS: dict[str, Callable[[Field, Changed], QWidget]] = {
    "integer": CountInput,
    "real": RealInput,
    "choice": ChoiceInput,
    "flag": FlagInput,
    "text": TextInput,
    "part": PartInput,
}


def input_for(field: Field, changed: Changed) -> QWidget:
    """Return the widget a field is edited with.

    Args:
        field: The field.
        changed: Called with each new value as it is typed, whether it is within the limits or not.
    """
    return INPUTS[field.kind](field, changed)
