"""Taking a network away, with proof that it answers the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
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

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import JOB_ENDS, ExportEnded, JobCanceled, JobFailed, StageEntered
from cnn_studio.core.runs.export_formats import EXPORT_FORMATS
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner


class ExportDialog(QDialog):
    """Format, file, progress, and how the written file's answers compare.

    Signals:
        left: The job that goes on after the dialog was closed.
    """

    left = Signal(str)

    def __init__(
        self, theme: Theme, engine: EngineClient, settings: Settings, source: Path, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle(self.tr("Export the network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._engine, self._settings, self.source = engine, settings, source
        self._job = ""
        self._begun = False
        self._confirmed: Path | None = None
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
        self.cancel_button = QPushButton(self.tr("Cancel export"))
        self.cancel_button.setObjectName("exportCancelButton")
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setToolTip(self.tr("A running export continues; the window says how it ended"))
        self._lay_out()
        self._formats.button(0).setChecked(True)
        self._propose()
        self._show_state("")
        self._formats.idClicked.connect(lambda _: self._propose())
        self.save_button.clicked.connect(self._start)
        self.cancel_button.clicked.connect(self._cancel)
        self.close_button.clicked.connect(self.close)
        self.finished.connect(self._leave)
        engine.job_ended.connect(self._look_for_turn)

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
        self._browse_button = QPushButton(self.tr("Browse …"))
        self._browse_button.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(STEP_PX)
        row.addWidget(label(self.tr("File"), "field"))
        row.addWidget(self._path, 1)
        row.addWidget(self._browse_button)
        buttons = QHBoxLayout()
        buttons.addWidget(self._state, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 3 * STEP_PX, 3 * STEP_PX, 3 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(label(self.tr("Format"), "title"))
        page.addWidget(frame)
        page.addLayout(row)
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
        self._path.setText(str(folder / f"{self.source.name}{EXPORT_FORMATS[self.format].suffix}"))

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export to"), self._path.text())
        if name:
            self._path.setText(name)
            self._confirmed = Path(name)  # the dialog has asked whether it may be replaced

    def _target(self) -> Path | None:
        """Return the file that is named, with its ending; None after saying what is wrong with the name."""
        text = self._path.text().strip()
        try:
            target = Path(text).expanduser()
        except RuntimeError as error:  # "~somebody" whose home is not known
            self.banner.say(self.tr("Name a file in another folder."), f"{error}")
            return None
        if not text or not target.name:
            self.banner.say(self.tr("Name a file."))
            return None
        suffix = EXPORT_FORMATS[self.format].suffix
        return target.with_name(target.name + suffix) if suffix and target.suffix != suffix else target

    def _start(self) -> None:
        target = self._target()
        if target is None:
            self._fit()
            return
        self._path.setText(str(target))
        if target != self._confirmed and not may_write(self, target):
            return
        self._confirmed = None
        self._settings.export_folder = str(target.parent)
        self.banner.hide()
        self._begun = False
        self._job = self._engine.export(self.source, self.format, target)
        self._engine.subscribe(self._job, self._hear)
        self._show_delay()

    def _cancel(self) -> None:
        if self._job:
            self._engine.cancel(self._job)
            self.cancel_button.setEnabled(False)
            self._state.setText(self.tr("Canceling …"))

    def _show_delay(self) -> None:
        self._show_state(self._engine.delay(self._job) or self.tr("Writing"))

    def _fit(self) -> None:
        """Grow to what a message needs, once its text is laid out."""
        QTimer.singleShot(0, self, self.adjustSize)

    def _show_state(self, text: str) -> None:
        busy = bool(self._job)
        self._state.setText(text)
        self._progress.setVisible(busy)
        self.save_button.setVisible(not busy)
        self.save_button.setEnabled(not busy)
        self.cancel_button.setVisible(busy)
        self.cancel_button.setEnabled(busy)
        self._path.setEnabled(not busy)
        self._browse_button.setEnabled(not busy)
        for button in self._formats.buttons():
            button.setEnabled(not busy)

    @property
    def _canceling(self) -> bool:
        return not self.cancel_button.isEnabled()

    def _look_for_turn(self) -> None:
        """Another job has ended: the turn of this one may have come."""
        if self._job and not self._begun and not self._canceling:
            self._show_delay()

    def _hear(self, event: object) -> None:
        if isinstance(event, StageEntered):
            if not self._canceling:
                self._begun = True
                self._show_state(event.text)
        elif isinstance(event, JOB_ENDS):
            self._job = ""
            self._show_state("")
            say_outcome(self.banner, event)
            self._fit()

    def _leave(self) -> None:
        self._engine.job_ended.disconnect(self._look_for_turn)
        if self._job:
            self._engine.unsubscribe(self._job, self._hear)
            self.left.emit(self._job)
            self._job = ""


def say_outcome(banner: Banner, event: object) -> None:
    """Say in a banner how an export ended."""
    tr = partial(QCoreApplication.translate, "ExportDialog")
    match event:
        case ExportEnded():
            what = tr("Exported: {same} of {images} test images get the same answer.")
            why = tr("{path}, {size} kB. Largest difference in a probability: {difference:.1g}.")
            banner.say(
                what.format(same=event.same_predictions, images=event.images),
                why.format(
                    path=event.path,
                    size=f"{event.bytes / 1000:,.0f}",
                    difference=event.largest_difference,
                ),
                kind="good",
            )
        case JobFailed():
            banner.say(event.what, event.why, event.remedy, details=event.details)
        case JobCanceled():
            banner.say(tr("The export was canceled."), kind="warn")
