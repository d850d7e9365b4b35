"""What starts, pauses, stops and extends a training."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.ui.style.theme import STEP_PX, Theme, role

TRAIN_KEYS, PAUSE_KEYS, STOP_KEYS = "Ctrl+Return", "Ctrl+Shift+P", "Ctrl+."
MOST_EPOCHS = 10_000
USUAL_EXTENSION = 3


@dataclass(frozen=True)
class ButtonState:
    """What the buttons have to know.

    Attributes:
        busy: Whether a training is under way.
        can_train: Whether there are data to train on.
        queueing: Whether trainings run one after the other, and a further one would join them.
        can_pause: Whether it learns, and is not being stopped.
        paused: Whether it waits.
        stopping: Whether it was asked to stop.
        patient: Whether a stop is so fresh that no second click is taken.
        extendable: Whether there is a run that can go on.
    """

    busy: bool = False
    can_train: bool = False
    queueing: bool = False
    can_pause: bool = False
    paused: bool = False
    stopping: bool = False
    patient: bool = False
    extendable: bool = False


class TrainButtons(QWidget):
    """The buttons below the form, with their keys.

    Args:
        theme: The appearance.
        page: Where the keys work.
    """

    def __init__(self, theme: Theme, page: QWidget) -> None:
        super().__init__()
        self._theme, self._paused = theme, False
        self.train = self._button("trainButton")
        role(self.train, "primary")
        self.pause, self.stop = self._button("pauseButton"), self._button("stopButton")
        self.extend = self._button("extendButton")
        self.extend.setText(self.tr("Train further by"))
        self.extend.setToolTip(self.tr("Continue the last run for this many more epochs"))
        self.extension = QSpinBox()
        self.extension.setObjectName("extendSpin")
        self.extension.setRange(1, MOST_EPOCHS)
        self.extension.setValue(USUAL_EXTENSION)
        self.extension.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        self.extension.setAccessibleName(self.tr("More epochs to train"))
        self.extension.setToolTip(self.extend.toolTip())
        self.extension.valueChanged.connect(self._name_unit)
        self._name_unit()
        self.train_line = QHBoxLayout()
        self.train_line.addWidget(self.train, 1)
        self.train_line.setSpacing(STEP_PX)
        self._below = QStackedWidget()  # one stack for what is never of use at the same time: nothing moves
        self._below.addWidget(_line(self.pause, self.stop))
        self._below.addWidget(_line(self.extend, self.extension))
        self._below.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(self.train_line)
        column.addWidget(self._below)
        for keys, button in ((TRAIN_KEYS, self.train), (PAUSE_KEYS, self.pause), (STOP_KEYS, self.stop)):
            QShortcut(QKeySequence(keys), page).activated.connect(button.click)
        theme.changed.connect(self._paint)
        self.show_state(ButtonState())

    def _button(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setIconSize(QSize(2 * STEP_PX, 2 * STEP_PX))
        return button

    def _name_unit(self) -> None:
        count = self.extension.value()
        self.extension.setSuffix(f" {self.tr('epoch') if count == 1 else self.tr('epochs')}")

    def show_state(self, state: ButtonState) -> None:
        """Enable and name the buttons for what is going on."""
        self._paused = state.paused
        self.train.setEnabled((state.queueing or not state.busy) and state.can_train)
        self.train.setText(self.tr("Add to queue") if state.queueing else self.tr("Train"))
        self.train.setToolTip(
            self.tr("Train this recipe when those before it have ended ({keys})").format(keys=TRAIN_KEYS)
            if state.queueing
            else self.tr("Train this recipe ({keys})").format(keys=TRAIN_KEYS)
        )
        self.pause.setEnabled(state.can_pause)
        self.pause.setText(self.tr("Resume") if state.paused else self.tr("Pause"))
        self.pause.setToolTip(
            self.tr("Resume where it was paused ({keys})").format(keys=PAUSE_KEYS)
            if state.paused
            else self.tr("Pause after the current batch ({keys})").format(keys=PAUSE_KEYS)
        )
        self._below.setCurrentIndex(int(state.extendable and not state.busy and not state.queueing))
        self.stop.setEnabled(state.busy and not state.patient)
        if state.patient:
            self.stop.setText(self.tr("Stopping …"))
        else:
            self.stop.setText(self.tr("Stop now") if state.stopping else self.tr("Stop"))
        self.stop.setToolTip(
            self.tr("End the engine without waiting for the network to be saved ({keys})").format(
                keys=STOP_KEYS
            )
            if state.stopping
            else self.tr("Stop after the current batch and keep what was learned ({keys})").format(
                keys=STOP_KEYS
            )
        )
        self._paint()

    def _paint(self) -> None:
        self.train.setIcon(self._theme.icon("play", "on_accent"))
        self.stop.setIcon(self._theme.icon("stop"))
        self.pause.setIcon(self._theme.icon("play" if self._paused else "pause"))
        self.extend.setIcon(self._theme.icon("plus"))


def _line(first: QWidget, second: QWidget) -> QWidget:
    """Return two widgets side by side, of the same width."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(STEP_PX)
    line.addWidget(first, 1)
    line.addWidget(second, 1)
    return holder
