"""The card that shows the selected layer at work on a picture of the chosen data."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.explain import FILTERS, Explanation, explain
from cnn_studio.core.network.layers import Dense
from cnn_studio.ui.model.explain.explain_samples import Samples, load_samples
from cnn_studio.ui.model.explain.explain_stage import Stage
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

REST_MS = 40


class ExplainPane(QFrame):
    """Reads its pictures when it is first shown; says why where a layer is not shown at work."""

    def __init__(self, theme: Theme, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "card")
        self.setObjectName("explainPane")
        self._theme, self._editor = theme, editor
        self._samples: Samples | None = None
        self._read = ""
        self._number = 0
        self._reader = BackgroundTask(self._take, self._refuse, self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._show)
        self.stage = Stage(theme)
        self.stage.setAccessibleName(self.tr("The layer at work, before and after"))
        self.stage.moved.connect(self._write)
        self.filters = QComboBox()
        self.filters.setObjectName("exampleFilter")
        self.filters.setAccessibleName(self.tr("Example filter"))
        self.filters.setToolTip(
            self.tr("A network learns its filters; this one stands in for them until it has been trained")
        )
        for text, name in (
            (self.tr("Vertical edges"), "vertical edges"),
            (self.tr("Horizontal edges"), "horizontal edges"),
            (self.tr("Blur"), "blur"),
        ):
            self.filters.addItem(text, name)
        assert self.filters.count() == len(FILTERS)
        self.filters.activated.connect(self._show)
        self.next_button = QToolButton()
        self.next_button.setObjectName("nextPictureButton")
        self.next_button.setToolTip(self.tr("Another picture"))
        self.next_button.setAccessibleName(self.tr("Another picture"))
        role(self.next_button, "quiet")
        self.next_button.clicked.connect(self._next)
        self.note = label("", "caption")
        self.note.setObjectName("explainNote")
        self.lines = label("", "caption")
        self.lines.setObjectName("explainLines")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(label(self.tr("At work"), "title"), 1)
        head.addWidget(self.filters)
        head.addWidget(self.next_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP_PX, STEP_PX, 2 * STEP_PX, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addLayout(head)
        column.addWidget(self.stage, 1)
        column.addWidget(self.lines)
        column.addWidget(self.note)
        editor.changed.connect(self._rest.start)
        editor.selected.connect(self._rest.start)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._rest.start()

    def _next(self) -> None:
        self._number += 1
        self._show()

    def _ask_for_pictures(self) -> None:
        info = self._editor.info
        if info.name != self._read:
            self._read, self._samples, self._number = info.name, None, 0
            self._reader.ask(partial(load_samples, info.name, len(info.classes)))

    def _take(self, samples: Samples) -> None:
        self._samples = samples
        rows, columns = samples.images.shape[1:]
        self.stage.position = (rows // 2, columns // 2)
        self._show()

    def _refuse(self, error: StudioError) -> None:
        self.stage.show_work(None, ())
        self.note.setText(str(error))

    def _show(self) -> None:
        """Show the selected layer at work."""
        if not self.isVisible():
            return
        self._ask_for_pictures()
        row = self._editor.selected_row
        if self._samples is None or row is None:
            self.stage.show_work(None, ())
            self.note.setText(
                self.tr("Select a layer to see what it does to a picture.")
                if row is None
                else self.tr("Reading pictures …")
            )
            return
        explained = None
        example = self._samples.example(self._number, self.filters.currentData())
        try:
            explained = explain(row.layer, example)
        except ValueError:  # the window is larger than the picture: the list says so at its row
            explained = None
        dense = isinstance(row.layer, Dense)
        self.stage.setVisible(explained is not None)
        self.stage.show_work(explained, self._editor.info.classes if dense else ())
        self.filters.setVisible(explained is not None and explained.filtered)
        self.note.setText(self._sentence(explained))

    def _sentence(self, explained: Explanation | None) -> str:
        if explained is None:
            return self.tr("It cannot be shown on a picture with one channel.")
        return {
            "": self.tr(
                "Move the mouse over a picture, or use the arrow keys, to see how that value is computed."
            ),
            "class means": self.tr(
                "Shown with one unit per class; until it is trained, the mean image of "
                "each class stands in for its weights."
            ),
            "two channels": self.tr(
                "Shown with two channels, the picture [1] and its blur [2]: each is "
                "filtered on its own, then a 1 × 1 convolution mixes them."
            ),
            "filters": self.tr("The answers of the example filters stand in for the channels."),
            "one channel": self.tr("Shown with one channel; the frame marks what the value comes from."),
        }[explained.stand_in]

    def _write(self) -> None:
        moment = self.stage.moment
        self.lines.setText("" if moment is None else "\n".join(moment.lines))
        self.lines.setVisible(moment is not None)
        self.stage.setAccessibleDescription(self.lines.text())

    def _paint_icons(self) -> None:
        self.next_button.setIcon(self._theme.icon("refresh"))
