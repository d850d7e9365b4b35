"""A field for learning rates."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QWidget

DECIMALS = 8


class RateSpin(QDoubleSpinBox):
    """Shows as many decimals as a rate has, and gives back the very rate it was given.

    A rate with more decimals than the field keeps is rounded in what is shown only.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(DECIMALS)
        self.setRange(10.0**-DECIMALS, 10.0)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self._given = self._shown = self.value()

    def take(self, rate: float) -> None:
        """Show a rate."""
        self.setValue(rate)
        self._given, self._shown = rate, self.value()

    def rate(self) -> float:
        """Return the rate: what was given as long as nobody changed what is shown."""
        return self._given if self.value() == self._shown else self.value()

    def textFromValue(self, value: float) -> str:
        text = self.locale().toString(value, "f", DECIMALS)
        return text.rstrip("0").rstrip(self.locale().decimalPoint())
