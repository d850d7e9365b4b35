"""Asks the engine what a training would make of a few images; the newest request wins."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.protocol.events import JobCanceled, JobFailed, PreviewEnded
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.ui.services.engine_client import EngineClient

PAUSE_MS = 120
"""After the last change of a field, before it is asked for."""

SECONDS_A_FILE_IS_USED = 24 * 3600
PreviewRequest = tuple[NDArray[np.uint8], Augmentation, int]


class AugmentationPreviewer(QObject):
    """One preview at a time is under way; of the requests that come meanwhile the newest is asked next.

    Signals:
        varied: The varied images, (N, height, width, channels) uint8, as many as were given.
        waiting: Why it takes a while, in words; empty where it does not.
        failed: A `StudioError`.
    """

    varied = Signal(object)
    waiting = Signal(str)
    failed = Signal(object)

    def __init__(self, engine: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._request: PreviewRequest | None = None
        self._job = ""
        self._forgotten = False
        self._files: tuple[Path, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._send)
        _tidy(home() / "previews")
        engine.state_changed.connect(self._say_delay)

    def ask(self, images: NDArray[np.uint8], augmentation: Augmentation, seed: int) -> None:
        """Ask for a preview; where nothing is varied the images come back as they are, at once."""
        if augmentation.active:
            self._request = images, augmentation, seed
            self._timer.start()
        else:
            self.forget()
            self.varied.emit(images)

    def forget(self) -> None:
        """Drop what was asked for; an answer that still comes is not shown."""
        self._request = None
        self._timer.stop()
        self._forgotten = True
        self.waiting.emit("")

    def _send(self) -> None:
        if self._request is None or self._job:
            return
        (images, augmentation, seed), self._request = self._request, None
        folder, name = home() / "previews", uuid.uuid4().hex[:12]
        self._files = folder / f"{name}-images.npy", folder / f"{name}-varied.npy"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.save(self._files[0], images)
        except OSError as error:
            self._drop()
            self.failed.emit(
                StudioError("There is no preview.", f"{folder}: {error.strerror}.", "Free some space.")
            )
            return
        self._forgotten = False
        self._job = self._engine.preview(self._files[0], augmentation, seed, self._files[1])
        self._engine.subscribe(self._job, self._hear)
        self._say_delay()

    def _say_delay(self) -> None:
        if self._job and not self._forgotten:
            self.waiting.emit(self._engine.delay(self._job))

    def _drop(self) -> None:
        """Let go of the job under way and of its files."""
        self._job = ""
        for path in self._files:
            with suppress(OSError):
                path.unlink()
        self._files = ()

    def _hear(self, event: object) -> None:
        if not isinstance(event, PreviewEnded | JobFailed | JobCanceled):
            return
        self.waiting.emit("")
        if isinstance(event, PreviewEnded) and not self._forgotten:
            self._take(Path(event.path))
        elif isinstance(event, JobFailed) and not self._forgotten:
            self.failed.emit(StudioError(event.what, event.why, event.remedy))
        self._drop()
        self._send()

    def _take(self, path: Path) -> None:
        try:
            images = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            self.failed.emit(
                StudioError("There is no preview.", f"{path}: {error}.", "Change a field to try again.")
            )
            return
        self.varied.emit(images)


def _tidy(folder: Path) -> None:
    """Remove what was left where the program ended while a preview was under way."""
    for path in folder.glob("*.npy"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > SECONDS_A_FILE_IS_USED:
                path.unlink()
