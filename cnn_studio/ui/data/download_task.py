"""Downloading a published data set on a thread of its own."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.ui.services.background_task import THREAD_NAME

if TYPE_CHECKING:
    from cnn_studio.data.download_catalog import Item
    from cnn_studio.data.remote_files import DownloadProgress

log = logging.getLogger(__name__)


class DownloadTask(QObject):
    """One download at a time; what has come of a canceled one is kept and continued the next time.

    Signals:
        progressed: Bytes of all files so far, and of all files together (0 where that is not known).
        ended: The data set's name: all its files are here, or the download was canceled.
        failed: A `StudioError`.
    """

    progressed = Signal(object, object)
    ended = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__()  # without a parent: it must live as long as the thread that emits from it
        self._stop = threading.Event()
        self.name = ""
        self.ended.connect(self._end)
        self.failed.connect(self._end)
        parent.destroyed.connect(self.cancel)

    def start(self, item: Item) -> None:
        """Fetch what is missing of a data set of the catalog."""
        name = item.info.name
        self.name, self._stop = name, threading.Event()
        stop = self._stop
        sizes = {file.name: file.size or 0 for file in item.files}
        received: dict[str, int] = {}

        def receive(progress: DownloadProgress) -> None:
            received[progress.file] = progress.received
            sizes[progress.file] = progress.total or sizes[progress.file]
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                self.progressed.emit(sum(received.values()), sum(sizes.values()))

        def run() -> None:
            from cnn_studio.data.downloads import download

            signal: tuple[object, object] = (self.ended, name)
            try:
                download(item, progress=receive, should_stop=stop.is_set)
            except Canceled:
                pass
            except StudioError as error:
                signal = (self.failed, error)
            except Exception as error:
                log.exception("A download failed")
                what, why = "The download failed.", f"{type(error).__name__}: {error}"
                signal = (self.failed, StudioError(what, why, "The log says more."))
            with suppress(RuntimeError):
                signal[0].emit(signal[1])  # type: ignore[attr-defined]

        threading.Thread(target=run, name=THREAD_NAME, daemon=True).start()

    def cancel(self) -> None:
        """Stop soon, also while a server is silent."""
        self._stop.set()

    def _end(self) -> None:
        self.name = ""
