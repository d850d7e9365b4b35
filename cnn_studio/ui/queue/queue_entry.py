"""The queue in the Train tab: its page, its button, and the offer to go on with one of an earlier session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.network import network_of
from cnn_studio.core.training.sweep import PlannedTraining
from cnn_studio.ui.queue.add_several_dialog import SeveralDialog
from cnn_studio.ui.queue.queue_file import QueueFile
from cnn_studio.ui.queue.queue_page import QueuePage
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.train.train_tab import TrainTab


class QueueEntry(QObject):
    """Puts the queue into the Train tab.

    Args:
        theme: The appearance.
        engine: Trains.
        registry: Finished runs, which tell how long further ones take.
        train: The tab.
        path: The file the queue survives in; None keeps none.
    """

    def __init__(
        self, theme: Theme, engine: EngineClient, registry: ModelRegistry, train: TrainTab, path: Path | None
    ) -> None:
        super().__init__(train)
        self._theme, self._registry, self._train = theme, registry, train
        self._busy = False
        self.queue = TrainingQueue(train, engine, self)
        self.page = QueuePage(theme, self.queue)
        self.page.several_requested.connect(self.open_several)
        self.page.overlays_changed.connect(train.view.curves.show_overlays)
        self.page.room_wanted.connect(train.view.give_room)
        self.page.failed.connect(train.banner.say_error)
        train.view.add_page(self.page, self.tr("Queue"))
        self.add_button = QToolButton()
        self.add_button.setObjectName("addToQueueButton")
        self.add_button.setAccessibleName(self.tr("Add to queue"))
        self.add_button.setToolTip(self.tr("Add to queue: train this recipe after those already waiting"))
        self.add_button.clicked.connect(self.add_current)
        train.train_line.addWidget(self.add_button)
        self.offer = QueueOffer(theme)
        self.offer.accepted.connect(self._accept)
        train.add_notice(self.offer)
        train.queue_requested.connect(self.add_current)
        train.panel.changed.connect(self._show_state)
        # When all have heard of the end; else the tab would still take itself for busy.
        train.ended.connect(self.queue.go_on, Qt.ConnectionType.QueuedConnection)
        self.queue.changed.connect(self._show_state)
        self.keeper = QueueFile(self.queue, path, self) if path is not None else None
        if self.keeper is not None:
            self.keeper.restored.connect(self._offer)
            self.keeper.failed.connect(train.banner.say_error)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show_state()

    @property
    def offering(self) -> bool:
        """Whether there is a queue of an earlier session to decide on."""
        return not self.offer.isHidden()

    def load(self) -> None:
        """Look for the queue of an earlier session."""
        if self.keeper is not None:
            self.keeper.load()

    def flush(self) -> None:
        """Write what has not been written; the program ends."""
        if self.keeper is not None:
            self.keeper.flush()

    def add_current(self) -> None:
        """Let the recipe in the form wait; what cannot be trained is explained in the banner."""
        found = self._train.panel.upcoming()
        if found is None:
            return
        recipe, info = found
        try:
            network_of(recipe.layers, info.image_shape, len(info.classes))
            self._train.panel.check()
        except StudioError as error:
            self._train.refuse(error)
            return
        self._train.banner.hide()
        self._add([PlannedTraining(recipe)])

    def open_several(self) -> SeveralDialog | None:
        """Ask for seeds or a grid of the recipe in the form."""
        found = self._train.panel.upcoming()
        if found is None:
            return None
        recipe, info = found
        records = [run.record for run in self._registry.runs]
        dialog = SeveralDialog(self._theme, recipe, info, records, self._train)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.added.connect(self._add)
        dialog.open()
        return dialog

    def _add(self, planned: Sequence[PlannedTraining]) -> None:
        ids = self.queue.add(planned)
        self._train.view.pages.setCurrentWidget(self.page)
        self.page.select(ids[:1])

    def _offer(self, waiting: int) -> None:
        self._train.view.pages.setCurrentWidget(self.page)
        self.offer.say(waiting)

    def _accept(self) -> None:
        self.queue.start()

    def _show_state(self) -> None:
        if self.queue.busy != self._busy:
            self._busy = self.queue.busy
            self._train.set_queue_busy(self._busy)
        self.add_button.setEnabled(self._train.panel.info() is not None)
        self.add_button.setVisible(not self.queue.busy)
        self.page.several_button.setEnabled(self._train.panel.info() is not None)
        if self.queue.running or not self.queue.waiting:
            self.offer.leave()
        pages = self._train.view.pages
        waiting = self.queue.waiting
        title = self.tr("Queue ({waiting})").format(waiting=waiting) if waiting else self.tr("Queue")
        index = pages.indexOf(self.page)
        if title != pages.tabText(index):
            pages.setTabText(index, title)

    def _paint_icons(self) -> None:
        self.add_button.setIcon(self._theme.icon("playlist-plus"))


class QueueOffer(QFrame):
    """Says that trainings wait since the last session; hidden while none do.

    Signals:
        accepted: They are to be trained.
        changed: It is shown now, or no longer.
    """

    accepted = Signal()
    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("queueOffer")
        role(self, "banner-warn")
        self._theme = theme
        self._icon, self._what = QLabel(), label("", "title")
        start = QPushButton(self.tr("Start queue"))
        start.setObjectName("queueOfferStartButton")
        role(start, "primary")
        start.clicked.connect(self.accepted)
        later = QPushButton(self.tr("Later"))
        later.setObjectName("queueOfferLaterButton")
        later.setToolTip(self.tr("They stay on the page “Queue”"))
        later.clicked.connect(self.leave)
        line = QHBoxLayout(self)
        line.setContentsMargins(2 * STEP_PX, STEP_PX, 2 * STEP_PX, STEP_PX)
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self._icon)
        line.addWidget(self._what, 1)
        line.addWidget(later)
        line.addWidget(start)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    def say(self, waiting: int) -> None:
        """Offer that many trainings."""
        text = self.tr("%n training(s) left in the queue from last time", "", waiting)
        self._what.setText(text)
        self.setAccessibleName(text)
        self.show()
        self.changed.emit()

    def leave(self) -> None:
        """Offer it no longer."""
        if not self.isHidden():
            self.hide()
            self.changed.emit()

    def _paint_icons(self) -> None:
        self._icon.setPixmap(self._theme.icon("history", "warn").pixmap(QSize(20, 20)))
