"""The page that shows what a network sees while it learns, and after."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.stroke_model import StrokeModel, Strokes
from cnn_studio.core.protocol.commands import Resume, Train
from cnn_studio.core.protocol.events import JOB_ENDS, BatchEnded, EpochEnded, RunStarted
from cnn_studio.core.runs.epoch_weight_files import EPOCHS_FOLDER, NETWORK_FILE, NOW_FILE
from cnn_studio.core.runs.evaluation_source import EvaluatedImages
from cnn_studio.inference.live_network import NOW
from cnn_studio.ui.live_view.live_canvas import LiveCanvas
from cnn_studio.ui.live_view.live_controls import LiveControls
from cnn_studio.ui.live_view.live_looker import LiveLooker, LiveSnapshot, LookRequest, read_images
from cnn_studio.ui.services.background_task import BackgroundTask, Canceled
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.theme import STEP_PX, Theme

ROOMY_PX = 760
"""In a window at least so high there is room for the curves beside it."""
LEAST_SEEN_PX = 3 * STEP_PX


class LivePage(QWidget):
    """Follows the training that is under way, as long as it can be seen; stays with it when it has ended.

    Args:
        theme: The appearance.
        engine: Whose trainings are followed.

    Signals:
        room_wanted: Whether the curves should make room.
    """

    room_wanted = Signal(bool)

    def __init__(self, theme: Theme, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchPage")
        self._theme, self._engine = theme, engine
        self._job = ""
        self._run: Path | None = None
        self._strokes: Strokes = ()
        self._stamp = 0
        self._follows, self._watched = True, False
        self._was_shown = self._has_room = self._chosen = False
        self._looker = LiveLooker()
        self._images: tuple[tuple[Path, str], EvaluatedImages] | None = None
        self._reader = BackgroundTask(self._take_images, self._miss_images, self)
        self._read_now: tuple[Path, str] | None = None
        self.latest = LatestRequest(self._take, self._take_error, self)
        QCoreApplication.instance().aboutToQuit.connect(self.latest.ended.set)  # type: ignore[union-attr]
        self.canvas = LiveCanvas(theme)
        self.canvas.pointed.connect(self._choose)
        self.canvas.resized.connect(self.look)
        self.controls = LiveControls(theme)
        self.sources, self.number = self.controls.sources, self.controls.number
        self.layers, self.slider, self.larger = (
            self.controls.layers, self.controls.slider, self.controls.larger,
        )  # fmt: skip
        self.sources.activated.connect(self._change_source)
        self.number.valueChanged.connect(self.look)
        self.layers.activated.connect(self.look)
        self.slider.valueChanged.connect(self._slide)
        self.larger.clicked.connect(self._show_room)
        self.reading = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP_PX, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(self.controls)
        column.addWidget(self.canvas, 1)
        engine.run_started.connect(self._begin)
        theme.changed.connect(self.look)
        self._say("")

    def remember(self, sketch: StrokeModel) -> None:
        """Keep what was drawn last."""
        if sketch.finished:
            self._strokes = sketch.finished

    def look(self) -> None:
        """Look again, with everything as it is now."""
        self._watch()
        if self._run is None or not self.seen:
            return
        if not (self._run / EPOCHS_FOLDER / NETWORK_FILE).exists():
            self._say(
                self.tr("Waiting for the first batch …") if self._job else self.tr("This run kept no epochs.")
            )
            return
        drawing = self.sources.currentData() == "drawing"
        if not drawing and not self._have_images():
            return
        _, filters, maps, _ = self.canvas.panels()
        position = self.slider.value()
        snapshot = self.canvas.snapshot
        known = snapshot is not None and not self._follows and position < len(snapshot.epochs)
        request = LookRequest(
            run=self._run,
            images=None if drawing or self._images is None else self._images[1],
            number=self.number.value() - 1,
            strokes=self._strokes,
            layer=max(0, self.layers.currentIndex()),
            epoch=snapshot.epochs[position] if known and snapshot is not None else None,
            filters=(int(filters.width()), int(filters.height())),
            maps=(int(maps.width()), int(maps.height())),
            ratio=self.devicePixelRatioF(),
            tokens=self._theme.tokens,
        )

        def work(canceled: Canceled) -> LiveSnapshot | None:
            return self._looker.look(request, canceled)

        self.latest.ask(work)

    def _have_images(self) -> bool:
        """Tell whether the chosen images are here; else read them."""
        assert self._run is not None
        wanted = self._run, self.sources.currentData()
        if self._images is not None and self._images[0] == wanted:
            return True
        if self._read_now != wanted:
            self._read_now, self._images = wanted, None
            if self.canvas.snapshot is None:
                self._say(self.tr("Reading the pictures …"))
            self._reader.ask(partial(read_images, *wanted))
        return False

    def _take_images(self, images: EvaluatedImages) -> None:
        assert self._read_now is not None
        self._images = self._read_now, images
        self.look()

    def _miss_images(self, error: StudioError) -> None:
        """Say why there are none; where nobody chose validation images, take the test images instead."""
        if self._chosen or self.sources.currentData() != "validation":
            self._take_error(error)
        else:
            self.sources.setCurrentIndex(self.sources.findData("test"))
            self.look()

    def _change_source(self) -> None:
        self._chosen = True
        self.number.setEnabled(self.sources.currentData() != "drawing")
        self.look()

    def _choose(self, position: int) -> None:
        self.slider.setValue(position)

    def _slide(self, position: int) -> None:
        self._follows = position == self.slider.maximum()
        self.look()

    def _begin(self, event: RunStarted) -> None:
        if self._engine.open_jobs.get(event.job) in (Train, Resume):
            self._job, self._run = event.job, self._engine.folder(event.job)
            self._engine.subscribe(event.job, self._follow)
            self._follows, self._stamp = True, 0
            self._watched = False
            self.look()

    def _follow(self, event: object) -> None:
        if isinstance(event, EpochEnded):
            self.look()
        elif isinstance(event, BatchEnded):
            self._look_if_newer()
        elif isinstance(event, JOB_ENDS):
            self._job = ""
            self.look()

    def _look_if_newer(self) -> None:
        if self._run is None or not self.seen:
            return
        try:
            stamp = (self._run / EPOCHS_FOLDER / NOW_FILE).stat().st_mtime_ns
        except OSError:
            return
        if stamp != self._stamp:
            self._stamp = stamp
            self.look()

    @property
    def seen(self) -> bool:
        """Whether it can be seen: its tab is chosen and not folded."""
        return self.isVisible() and self.height() >= LEAST_SEEN_PX

    def _watch(self) -> None:
        """Let the training know whether anybody looks."""
        if self._job and self.seen != self._watched:
            self._watched = self.seen
            self._engine.watch(self._job, self._watched)

    def _show_room(self) -> None:
        """Ask for the curves' room, or give it back."""
        wanted = self.seen and self.larger.isChecked()
        if wanted != self._has_room:
            self._has_room = wanted
            self.room_wanted.emit(wanted)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self.larger.setChecked(self.window().height() < ROOMY_PX)
        self._show_room()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show_room()
        self._watch()
        self.latest.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_room()

    def _take(self, snapshot: LiveSnapshot) -> None:
        self.reading = self.describe(snapshot)
        self._show(snapshot, self.reading)

    def _take_error(self, error: StudioError) -> None:
        self._say(" ".join(part for part in (error.what, error.why, error.remedy) if part))

    def _say(self, notice: str) -> None:
        """Show a sentence instead of the pictures."""
        hint = self.tr(
            "Click Train: what the network sees of a picture is shown here while it learns, "
            "its filters, its feature maps and its answer after each epoch."
        )
        self.reading = ""
        self._show(None, notice or hint)

    def _show(self, snapshot: LiveSnapshot | None, text: str) -> None:
        self.controls.show_snapshot(snapshot)
        self.canvas.show_snapshot(snapshot, text)
        self.canvas.setAccessibleName(self.tr("What it sees"))
        self.canvas.setAccessibleDescription(text)

    def describe(self, snapshot: LiveSnapshot) -> str:
        """Say what the chosen network answers."""
        shares = snapshot.chart.shares[snapshot.position]
        epoch = snapshot.epochs[snapshot.position]
        when = self.tr("now") if epoch == NOW else self.tr("epoch {number}").format(number=epoch)
        best = int(shares.argmax())
        text = self.tr("{epoch}: {name} at {percent:.1f} %")
        return text.format(epoch=when, name=snapshot.chart.classes[best], percent=100 * shares[best])
