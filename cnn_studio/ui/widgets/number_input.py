"""A field for a number that takes whatever is typed, so that a refusal can be read."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QLocale, QSignalBlocker, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox

from cnn_studio.core.base.field_spec import Field
from cnn_studio.ui.style.theme import STEP_PX

DIGITS = 10
SMALLEST_WRITTEN_OUT = 1e-8
Step = QAbstractSpinBox.StepEnabledFlag


class NumberInput(QAbstractSpinBox):
    """A number with as many digits as it has; its arrows go in steps of its second digit, within the limits.

    Args:
        field: What it may be.
        changed: Called with each new value as it is typed: a number, None where it may be empty and is, else
            the text.

    Signals:
        stepped: The arrows were used, and `changed` has been called.
    """

    stepped = Signal()

    def __init__(self, field: Field, changed: Callable[[Any], None]) -> None:
        super().__init__()
        self._field, self._changed = field, changed
        self.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        if field.optional:
            self.lineEdit().setPlaceholderText(self.tr("empty"))
        self.lineEdit().textEdited.connect(lambda _: self._changed(self.value()))

    def value(self) -> Any:
        """Return the number that is shown, None for an empty field that may be empty, else the text."""
        text = self.text().strip()
        if not text and self._field.optional:
            return None
        number, understood = QLocale.c().toDouble(text)
        if not understood:
            number, understood = self.locale().toDouble(text)
        if not understood or not math.isfinite(number):
            return text
        return int(number) if self._field.kind == "integer" and number.is_integer() else number

    def setValue(self, value: Any) -> None:
        """Put a value in as if it was typed."""
        self._put(value)
        self._changed(self.value())

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        if self.value() != value or not self.text():
            self._put(value)

    def _put(self, value: Any) -> None:
        with QSignalBlocker(self.lineEdit()):
            self.lineEdit().setText(shown(value))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return Step.StepUpEnabled | Step.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        number = self.value()
        if not isinstance(number, int | float):
            number = self._field.default if self._field.default is not None else (self._field.minimum or 0)
        target = further(float(number), steps, self._field)
        self.setValue(int(target) if self._field.kind == "integer" else target)
        self.selectAll()
        self.stepped.emit()


def shown(value: Any) -> str:
    """Return a number as it is written in a field: without an exponent down to hundred-millionths."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.{DIGITS}g}"
    return f"{Decimal(text):f}" if SMALLEST_WRITTEN_OUT <= abs(value) < 1 else text


def further(number: float, steps: int, field: Field) -> float:
    """Return a number some steps further: of 1 for whole ones, of a tenth of its leading digit for others."""
    size = 1.0
    if field.kind == "real":
        power = math.floor(math.log10(abs(number))) if number else -1
        if steps < 0 and number == 10.0**power:
            power -= 1  # down from 0.01 in steps of 0.001
        size = 10.0 ** (power - 1)
    target = round(number + steps * size, 15)
    target = float(f"{target:.12g}")
    low, high = field.minimum, field.maximum
    if low is not None and (target < low or (field.minimum_excluded and target == low)):
        return number if field.minimum_excluded else low
    if high is not None and (target > high or (field.maximum_excluded and target == high)):
        return number if field.maximum_excluded else high
    return target
