"""The data set that is looked at: loaded and looked through off the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import Dataset, DatasetInfo, load_dataset
from cnn_studio.core.recipes.recipe import AnySplit, DatasetSplit, NoSplit
from cnn_studio.ui.data.dataset_facts import DatasetFacts, DatasetSample, Part, divided, facts_of
from cnn_studio.ui.services.background_task import BackgroundTask


class ShownDataset(QObject):
    """Holds the data set, its parts as the recipe divides it, and what was found in it.

    Attributes:
        hint: What is said instead of the images while there are none.

    Signals:
        emptied: What was shown is let go of; `hint` says what comes.
        loaded: Its images are here and divided.
        divided: Another split: the parts are others.
        described: What was found in it is here.
        failed: A `StudioError`: it could not be read.
    """

    emptied = Signal()
    loaded = Signal()
    divided = Signal()
    described = Signal()
    failed = Signal(object)

    def __init__(self, split: AnySplit, parent: QObject) -> None:
        super().__init__(parent)
        self._reader = BackgroundTask(self._take, self._fail, self)
        self._looker = BackgroundTask(self._describe, self._fail, self)
        self._divider = BackgroundTask(self._take_parts, self.failed.emit, self)
        self._split = split
        self._wanted = ""
        self.hint = self.tr("Choose a data set")
        self.dataset: Dataset | None = None
        self.facts: DatasetFacts | None = None
        self.parts: dict[Part, DatasetSample] = {}

    def show(self, info: DatasetInfo | None) -> None:
        """Read a data set; what was shown is let go of."""
        if info is None:
            self._empty("", self.tr("Choose a data set"))
        elif info.name != self._wanted:
            self._empty(info.name, self.tr("Reading {name} …").format(name=info.title))
            self._reader.ask(lambda: load(info.name))

    def show_absent(self, info: DatasetInfo) -> None:
        """Say that a data set is not here yet."""
        self._empty(
            "", self.tr("{name} is not downloaded yet: download it on the left").format(name=info.title)
        )

    def _empty(self, name: str, hint: str) -> None:
        self._wanted, self.hint = name, hint
        self.dataset = self.facts = None
        self.parts = {}
        self._reader.forget()
        self._looker.forget()
        self._divider.forget()
        self.emptied.emit()

    def divide(self, split: AnySplit) -> None:
        """Divide the images as another recipe does."""
        if split == self._split:
            return
        self._split = split
        if self.dataset is not None:
            self._divide(self.dataset)
            self.divided.emit()

    def _divide(self, dataset: Dataset) -> None:
        """Divide the images; a separate validation set is read first, off the GUI thread."""
        split = self._split
        self._divider.forget()
        if isinstance(split, DatasetSplit):
            self.parts = divided(dataset, NoSplit())
            if split.dataset:
                self._divider.ask(lambda: divided_anew(dataset, split))
        else:
            self.parts = divided(dataset, split)

    def _take_parts(self, parts: dict[Part, DatasetSample]) -> None:
        self.parts = parts
        self.divided.emit()

    def _take(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._divide(dataset)
        self.loaded.emit()
        self._looker.ask(lambda: facts_of(dataset))

    def _describe(self, facts: DatasetFacts) -> None:
        self.facts = facts
        self.described.emit()

    def _fail(self, error: StudioError) -> None:
        if self.dataset is None:
            self._empty("", error.what)
        self.failed.emit(error)


def load(name: str) -> Dataset:
    """Load a data set, own and downloaded ones too."""
    import cnn_studio.data  # noqa: F401 - makes them known by their names

    return load_dataset(name)


def divided_anew(dataset: Dataset, split: DatasetSplit) -> dict[Part, DatasetSample]:
    """Divide a data set beside a validation set of its own, own and downloaded ones too."""
    import cnn_studio.data  # noqa: F401 - makes them known by their names

    return divided(dataset, split)
