"""Downloading a published data set on a thread of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.background_task import Canceled as Stopped

if TYPE_CHECKING:
    from cnn_studio.data.download_catalog import Item
    from cnn_studio.data.remote_files import DownloadProgress


class _Download(BackgroundTask):
    in_the_log = "A download failed"
    what = "The download failed."


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
        self.name = ""
        self._work = _Download(self._end, self._fail, self)
        parent.destroyed.connect(self.cancel)

    def start(self, item: Item) -> None:
        """Fetch what is missing of a data set of the catalog."""
        self.name = name = item.info.name
        sizes = {file.name: file.size or 0 for file in item.files}
        received: dict[str, int] = {}

        def receive(progress: DownloadProgress) -> None:
            received[progress.file] = progress.received
            sizes[progress.file] = progress.total or sizes[progress.file]
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                self.progressed.emit(sum(received.values()), sum(sizes.values()))

        def work(stopped: Stopped) -> str:
            from cnn_studio.data.downloads import download

            with suppress(Canceled):
                download(item, progress=receive, should_stop=stopped)
            return name

        self._work.ask_stoppable(work)

    def cancel(self) -> None:
        """Stop soon, also while a server is silent."""
        self._work.cancel()

    def _end(self, name: str) -> None:
        self.name = ""
        self.ended.emit(name)

    def _fail(self, error: StudioError) -> None:
        self.name = ""
        self.failed.emit(error)
