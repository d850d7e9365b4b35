"""Taking a network away, with proof that it answers the same."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.events import ExportEnded, JobCancelled, JobFailed, StageEntered
from cnn_studio.core.formats import EXPORT_FORMATS
from cnn_studio.core.settings import Settings
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.forms import card, label
from cnn_studio.ui.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.notice import Banner


class ExportDialog(QDialog):
    """Format, place, progress, and how the written file's answers compare."""

    def __init__(
        self, theme: Theme, engine: EngineLink, settings: Settings, source: Path, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle(self.tr("Export the network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._engine, self._settings, self._source = engine, settings, source
        self._job = ""
        self.banner = Banner(theme)
        self._formats = QButtonGroup(self)
        self._path = QLineEdit()
        self._path.setObjectName("exportPath")
        self._path.setAccessibleName(self.tr("File"))
        self._state = QLabel()
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self.save_button = QPushButton(self.tr("Export"))
        self.save_button.setObjectName("exportSaveButton")
        role(self.save_button, "primary")
        self.close_button = QPushButton(self.tr("Close"))
        self._lay_out()
        self._formats.button(0).setChecked(True)
        self._propose()
        self._show_state("")
        self._formats.idClicked.connect(lambda _: self._propose())
        self.save_button.clicked.connect(self._start)
        self.close_button.clicked.connect(self.close)
        engine.heard.connect(self._hear)

    def _lay_out(self) -> None:
        frame, column = card()
        for number, (name, kind) in enumerate(EXPORT_FORMATS.items()):
            button = QRadioButton(kind.title)
            button.setObjectName(f"export_{name}")
            button.setProperty("format", name)
            self._formats.addButton(button, number)
            column.addWidget(button)
            explanation = label(self.tr(kind.purpose), "caption")
            explanation.setWordWrap(False)  # one line each, so that the dialog knows its height
            explanation.setContentsMargins(3 * STEP_PX, 0, 0, 4)
            column.addWidget(explanation)
        browse = QPushButton(self.tr("Browse …"))
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.setSpacing(STEP_PX)
        place.addWidget(label(self.tr("File"), "field"))
        place.addWidget(self._path, 1)
        place.addWidget(browse)
        buttons = QHBoxLayout()
        buttons.addWidget(self._state, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.save_button)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 3 * STEP_PX, 3 * STEP_PX, 3 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(label(self.tr("Format"), "title"))
        page.addWidget(frame)
        page.addLayout(place)
        page.addWidget(self._progress)
        page.addWidget(self.banner)
        page.addLayout(buttons)

    @property
    def format(self) -> str:
        """The chosen format."""
        chosen = self._formats.checkedButton()
        return str(chosen.property("format")) if chosen else next(iter(EXPORT_FORMATS))

    def _propose(self) -> None:
        folder = Path(self._settings.export_folder or Path.home())
        self._path.setText(str(folder / f"{self._source.name}{EXPORT_FORMATS[self.format].suffix}"))

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export to"), self._path.text())
        if name:
            self._path.setText(name)

    def _start(self) -> None:
        target = Path(self._path.text()).expanduser()
        suffix = EXPORT_FORMATS[self.format].suffix
        if suffix and target.suffix != suffix:
            target = target.with_name(target.name + suffix)
            self._path.setText(str(target))
        self._settings.export_folder = str(target.parent)
        self.banner.hide()
        self._job = self._engine.export(self._source, self.format, target)
        self._show_state(self.tr("Waiting for the engine") if not self._engine.ready else self.tr("Writing"))

    def _fit(self) -> None:
        """Grow to what a message needs, once its text is laid out."""
        QTimer.singleShot(0, self, self.adjustSize)

    def _show_state(self, text: str) -> None:
        busy = bool(self._job)
        self._state.setText(text)
        self._progress.setVisible(busy)
        self.save_button.setEnabled(not busy)
        self._path.setEnabled(not busy)
        for button in self._formats.buttons():
            button.setEnabled(not busy)

    def _hear(self, event: object) -> None:
        if not self._job or getattr(event, "job", "") != self._job:
            return
        match event:
            case StageEntered():
                self._show_state(event.text)
            case ExportEnded():
                self._job = ""
                self._show_state("")
                what = self.tr("Exported: {same} of {images} test images get the same answer.")
                why = self.tr("{path}, {size} kB. Largest difference of a probability: {difference:.1g}.")
                self.banner.say(
                    what.format(same=event.same_predictions, images=event.images),
                    why.format(
                        path=event.path,
                        size=f"{event.bytes / 1000:,.0f}",
                        difference=event.largest_difference,
                    ),
                    kind="good",
                )
                self._fit()
            case JobFailed():
                self._job = ""
                self._show_state("")
                self.banner.say(event.what, event.why, event.remedy, details=event.details)
                self._fit()
            case JobCancelled():
                self._job = ""
                self._show_state("")

    def closeEvent(self, event: QCloseEvent) -> None:
        self._engine.heard.disconnect(self._hear)
        super().closeEvent(event)
