"""The learning rate of the running training: shown as it falls, changed by hand."""

from __future__ import annotations

import math

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import Field
from cnn_studio.core.recipes.form_fields import changed, fields_of, sentence_of_limits
from cnn_studio.core.recipes.optimizers import Optimizer
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX
from cnn_studio.ui.widgets.number_input import NumberInput

DECADE_STEPS = 100
LOWEST_POWER, HIGHEST_POWER = -7, 1
SPIN_PX = 128
MS_TO_SETTLE = 150
"""While the slider moves, the engine is told once it rests so long."""


class LearningRateSlider(QWidget):
    """A logarithmic slider with a field; it follows the schedule until a person takes hold of it.

    Signals:
        rate_changed: A learning rate a person wants from the next batch on.
        refused: A `StudioError`: what was typed is no learning rate; None when it is mended.
    """

    rate_changed = Signal(float)
    refused = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        (self._field,) = (one for one in fields_of(Optimizer) if one.name == "learning_rate")
        self._rate = self._sent = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(MS_TO_SETTLE)
        self._rest.timeout.connect(self._send)
        tip = self.tr(
            "Learning rate of the running training: applies from the next batch on; the "
            "schedule continues from there"
        )
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("rateSlider")
        self.slider.setAccessibleName(self.tr("Learning rate of the running training, logarithmic"))
        self.slider.setRange(LOWEST_POWER * DECADE_STEPS, HIGHEST_POWER * DECADE_STEPS)
        self.slider.setPageStep(DECADE_STEPS // 4)
        self.slider.setSingleStep(5)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderReleased.connect(self._send)
        self.spin = NumberInput(self._field, self._type)
        self.spin.setObjectName("rateSpin")
        self.spin.setAccessibleName(self.tr("Learning rate of the running training"))
        self.spin.setFixedWidth(SPIN_PX)
        self.spin.editingFinished.connect(self._send)
        self.spin.stepped.connect(self._rest.start)
        for widget in (self.slider, self.spin):
            widget.setToolTip(f"{tip}. {sentence_of_limits(self._field)}")
        self._refusal: StudioError | None = None
        self._typed = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * STEP_PX)
        title = label(self.tr("Learning rate"), "field")
        title.setBuddy(self.slider)
        line.addWidget(title)
        line.addWidget(self.slider, 1)
        line.addWidget(self.spin)
        self.setEnabled(False)

    @property
    def rate(self) -> float:
        """What is shown."""
        return self._rate

    def begin(self) -> None:
        """A training learns: whatever was typed in the last one is gone."""
        self._typed = False
        self._refuse(None)
        self.setEnabled(True)

    def end(self) -> None:
        """There is nothing to steer."""
        self._rest.stop()
        self.setEnabled(False)

    def follow(self, rate: float) -> None:
        """Show the learning rate the training has now, unless a person is changing it."""
        if self.slider.isSliderDown() or self._typed or self._rest.isActive() or not math.isfinite(rate):
            return
        self._rate = self._sent = rate
        self._show_slider()
        self.spin.take(float(f"{rate:.4g}"))

    def _show_slider(self) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(math.log10(max(self._rate, 1e-12)) * DECADE_STEPS))

    def _slide(self, position: int) -> None:
        self._rate = float(f"{10 ** (position / DECADE_STEPS):.3g}")
        self._typed = False
        self._refuse(None)
        self.spin.take(self._rate)
        self._rest.start()

    def _type(self, value: object) -> None:
        self._typed = True
        try:
            self._rate = _checked(self._field, value)
        except StudioError as error:
            self._refuse(error)
            return
        self._refuse(None)
        self._show_slider()

    def _refuse(self, error: StudioError | None) -> None:
        if str(error or "") != str(self._refusal or ""):
            self._refusal = error
            self.spin.setAccessibleDescription(str(error or ""))
            self.refused.emit(error)

    def _send(self) -> None:
        """Report the rate that is wanted, once."""
        self._rest.stop()
        if self._refusal is not None:
            return
        self._typed = False
        if self.isEnabled() and self._rate != self._sent:
            self._sent = self._rate
            self.rate_changed.emit(self._rate)


def _checked(field: Field, value: object) -> float:
    """Return a learning rate as a recipe takes it.

    Raises:
        StudioError: If it does not.
    """
    usual: Optimizer = msgspec.convert({}, Optimizer)
    return float(changed(usual, field, value).learning_rate)
