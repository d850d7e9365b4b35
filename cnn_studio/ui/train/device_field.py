"""The device of a training, and why others are missing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import Device
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, role
from cnn_studio.ui.train.device_selector import DeviceSelector
from cnn_studio.ui.train.form_rows import FormRow
from cnn_studio.ui.train.form_sections import narrow


class DeviceField(QWidget):
    """A selector, and below it the reasons, unfolded by "Why no GPU?".

    Args:
        settings: Remembers what a person chose.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.selector = DeviceSelector()
        narrow(self.selector)
        self.selector.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.selector.activated.connect(self._remember)
        self._note = label("", "caption")
        self._note.setObjectName("deviceNote")
        self._note.hide()
        self._why = QPushButton(self.tr("Why no GPU?"))
        self._why.setObjectName("deviceWhyButton")
        self._why.setToolTip(self.tr("Show what is missing for the devices that cannot be used"))
        role(self._why, "link")
        self._why.setCheckable(True)
        self._why.toggled.connect(self._note.setVisible)
        room = self._why.sizePolicy()
        room.setRetainSizeWhenHidden(True)  # the rows below do not move when the devices are known
        self._why.setSizePolicy(room)
        self._why.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(FormRow(self.tr("Device"), self.selector, self.tr("Where the network is computed")))
        column.addWidget(self._why, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self._note)

    def show_devices(self, devices: tuple[Device, ...]) -> None:
        """List the usable devices, and say why others are missing."""
        self.selector.show_devices(devices, self._settings.device)
        missing = [device for device in devices if not device.usable]
        self._note.setText("\n".join(f"{device.title}. {device.explanation}" for device in missing))
        self._why.setVisible(bool(missing))

    def _remember(self) -> None:
        self._settings.device = self.selector.currentData()
