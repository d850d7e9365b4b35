"""What the whole network comes to."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnn_studio.ui.model.layer_text import memory_text, short_count
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, role


class Totals(QWidget):
    """Weights, operations, memory and receptive field, as far as the layers fit."""

    def __init__(self, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "plain")
        self._editor = editor
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2 * STEP_PX)
        self.parameters, self._parameters_unit = self._figure("totalParameters")
        self.flops, self._flops_unit = self._figure("totalFlops")
        self.memory, self._memory_unit = self._figure("totalMemory")
        self.receptive_field, self._field_unit = self._figure("totalField")
        self._line.addStretch(1)
        self._flops_unit.setText(self.tr("FLOPs per image"))
        self._field_unit.setText(self.tr("px receptive field"))
        editor.changed.connect(self._show)
        self._show()

    def _figure(self, name: str) -> tuple[QLabel, QLabel]:
        figure, unit = label("", "figure"), label("", "caption")
        figure.setObjectName(name)
        unit.setWordWrap(False)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(figure)
        column.addWidget(unit)
        self._line.addLayout(column)
        return figure, unit

    def _show(self) -> None:
        network, batch = self._editor.network, self._editor.base.training.batch_size
        trainable = network.trainable_parameters
        self.parameters.setText(f"{network.parameters:,}")
        self._parameters_unit.setText(
            self.tr("parameters")
            if trainable == network.parameters
            else self.tr("{count} trainable").format(count=f"{trainable:,}")
        )
        tip = self.tr("{count} parameters, {trained} of them trainable")
        self.parameters.setToolTip(tip.format(count=f"{network.parameters:,}", trained=f"{trainable:,}"))
        self.flops.setText(short_count(network.flops))
        self.flops.setToolTip(
            self.tr("Floating-point operations of a forward pass: {n}").format(n=f"{network.flops:,}")
        )
        self.memory.setText(memory_text(network.training_bytes(batch)))
        self._memory_unit.setText(self.tr("per step of {batch}").format(batch=f"{batch:,}"))
        self.memory.setToolTip(
            self.tr(
                "About how much memory a training step takes in float32: weights, "
                "gradients, Adam's moments, and what each layer keeps for the backward pass"
            )
        )
        fields = [row.receptive_field for row in network.rows]
        pictures = [side for side in fields if side is not None]
        self.receptive_field.setText(f"{pictures[-1]} × {pictures[-1]}" if pictures else "–")
        self.receptive_field.setToolTip(
            self.tr(
                "Receptive field: the part of the picture that one value before "
                "Flatten or global pooling is computed from"
            )
        )
