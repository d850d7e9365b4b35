"""Where a training is computed: what can be chosen, and what cannot with the reason."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from cnn_studio.core.base.automatic_device import automatic_device, is_processor
from cnn_studio.core.protocol.events import Device

TOOLTIP = Qt.ItemDataRole.ToolTipRole


class DeviceSelector(QComboBox):
    """The list of devices; a row that cannot be used is grayed and says why.

    Signals:
        accelerator_left: A person has chosen another device than the GPU or TPU chosen before.
    """

    accelerator_left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("deviceSelector")
        self.addItem(self.tr("Automatic"), "auto")
        self._automatic = self._computing = "cpu"
        self.currentIndexChanged.connect(self._explain)
        self.activated.connect(self._leave)

    def show_devices(self, devices: tuple[Device, ...], requested: str) -> None:
        """List the devices and choose the requested one, or "auto" where it cannot be used."""
        usable = [device.id for device in devices if device.usable]
        self._automatic = automatic_device(usable)
        self.clear()
        self.addItem(self.tr("Automatic ({device})").format(device=self._automatic.upper()), "auto")
        for device in devices:
            memory = f" · {device.memory_bytes / 2**30:.0f} GiB" if device.memory_bytes else ""
            self.addItem(f"{device.title}{memory}", device.id if device.usable else None)
            self.setItemData(self.count() - 1, device.explanation, TOOLTIP)
            rows = self.model()
            if not device.usable and isinstance(rows, QStandardItemModel):
                rows.item(self.count() - 1).setEnabled(False)
        self.setCurrentIndex(self.findData(requested) if requested in usable else 0)
        self._computing = self._meant()

    def _meant(self) -> str:
        chosen: str = self.currentData()
        return self._automatic if chosen == "auto" else chosen

    def _leave(self) -> None:
        before, self._computing = self._computing, self._meant()
        if before != self._computing and not is_processor(before):
            self.accelerator_left.emit()

    def _explain(self) -> None:
        explanation = self.currentData(TOOLTIP)
        self.setToolTip(explanation or self.tr("Where the network is computed"))
