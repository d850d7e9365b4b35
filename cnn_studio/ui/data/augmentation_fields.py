"""The fields of a recipe's augmentation: a slider and a number for each strength, their limits the recipe's."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QSlider, QWidget

from cnn_studio.core.base.field_spec import field_of
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX


class AugmentationField(NamedTuple):
    """How a field is shown: `factor` times its value, with `unit` and `decimals`."""

    name: str
    title: str
    unit: str
    factor: float
    decimals: int
    help: str


def strengths() -> tuple[AugmentationField, ...]:
    """Return the fields in the order they are shown, in the person's language."""

    def say(text: str) -> str:
        return QCoreApplication.translate("Strengths", text)

    return (
        AugmentationField("shift_px", say("Shift"), " px", 1, 1, say("Up to this many pixels along each axis")),
        AugmentationField("rotation_degrees", say("Rotation"), "°", 1, 0, say("Either way")),
        AugmentationField("scale_fraction", say("Scale"), " %", 100, 0, say("Larger or smaller by up to this share")),
        AugmentationField("shear_degrees", say("Slant"), "°", 1, 0, say("Either way")),
        AugmentationField("elastic_px", say("Elastic"), " px", 1, 1, say("A smooth random warp (Simard and others, 2003)")),
        AugmentationField("thickness", say("Thickness"), " %", 100, 0, say("Thicker or thinner strokes")),
        AugmentationField("contrast", say("Contrast"), " %", 100, 0, say("More or less of it")),
        AugmentationField("noise", say("Noise"), " %", 100, 0, say("Standard deviation, of the full range")),
        AugmentationField("erase_fraction", say("Erasing"), " %", 100, 0, say("The largest share a gray rectangle hides")),
        AugmentationField("fade_fraction", say("Fading"), " %", 100, 0, say("Share of the training, at its end, "
                                                                            "over which all this fades to nothing; "
                                                                            "not shown in the preview")),
    )  # fmt: skip


@cache
def largest(name: str) -> float:
    """Return the largest value the recipe allows in a field."""
    most = field_of(Augmentation, name).maximum
    assert most is not None
    return float(most)


class AugmentationFields(QWidget):
    """All strengths.

    Signals:
        changed: A person changed one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showing = False
        self._given = Augmentation()
        self._strengths = strengths()
        self.spins: dict[str, QDoubleSpinBox] = {}
        self.sliders: dict[str, QSlider] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, STEP_PX, 0)
        grid.setHorizontalSpacing(STEP_PX)
        grid.setVerticalSpacing(STEP_PX // 2)
        grid.setColumnStretch(1, 1)
        for row, strength in enumerate(self._strengths):
            self._add(grid, row, strength)
        self.flips: dict[str, QCheckBox] = {}
        for number, (name, text, tip) in enumerate(
            (
                ("flip_horizontal", self.tr("Mirror left and right"), self.tr("Half of the images; never for digits")),
                ("flip_vertical", self.tr("Turn upside down"), self.tr("Half of the images")),
            )
        ):  # fmt: skip
            check = QCheckBox(text)
            check.setObjectName(f"{name}Check")
            check.setToolTip(tip)
            check.toggled.connect(self._report)
            self.flips[name] = check
            grid.addWidget(check, len(self._strengths) + number, 0, 1, 3)

    def _add(self, grid: QGridLayout, row: int, strength: AugmentationField) -> None:
        most = largest(strength.name) * strength.factor
        title = label(strength.title, "field")
        title.setToolTip(strength.help)
        spin = QDoubleSpinBox()
        spin.setObjectName(f"{strength.name}Spin")
        spin.setRange(0.0, most)
        spin.setDecimals(strength.decimals)
        spin.setSingleStep(0.5 if strength.decimals else 1.0)
        spin.setSuffix(strength.unit)
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"{strength.name}Slider")
        slider.setRange(0, round(most * 10**strength.decimals))
        for widget in (spin, slider):
            widget.setToolTip(strength.help)
            widget.setAccessibleName(strength.title)
            widget.setAccessibleDescription(strength.help)
        spin.setFixedWidth(84)
        slider.setMinimumWidth(64)
        title.setBuddy(spin)
        slider.valueChanged.connect(
            lambda value: None if self._showing else spin.setValue(value / 10**strength.decimals)
        )
        spin.valueChanged.connect(self._report)
        self.spins[strength.name], self.sliders[strength.name] = spin, slider
        grid.addWidget(title, row, 0)
        grid.addWidget(slider, row, 1)
        grid.addWidget(spin, row, 2)

    def show_strengths(self, given: Augmentation) -> None:
        """Show what a recipe says."""
        self._given, self._showing = given, True
        for strength in self._strengths:
            self.spins[strength.name].setValue(getattr(given, strength.name) * strength.factor)
        for name, check in self.flips.items():
            check.setChecked(getattr(given, name))
        self._align()
        self._showing = False

    def strengths(self) -> Augmentation:
        """Return what the fields say; a value with more decimals than its field shows stays as it was."""
        values: dict[str, float | bool] = {name: check.isChecked() for name, check in self.flips.items()}
        for strength in self._strengths:
            spin, before = self.spins[strength.name], getattr(self._given, strength.name)
            same = round(before * strength.factor, strength.decimals) == round(
                spin.value(), strength.decimals
            )
            values[strength.name] = before if same else spin.value() / strength.factor
        return msgspec.structs.replace(self._given, **values)

    def _align(self) -> None:
        for strength in self._strengths:
            value = self.spins[strength.name].value()
            self.sliders[strength.name].setValue(round(value * 10**strength.decimals))

    def _report(self) -> None:
        if self._showing:
            return
        self._showing = True
        self._align()
        self._showing = False
        self.changed.emit()
