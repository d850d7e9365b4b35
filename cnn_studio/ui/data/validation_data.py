"""A separate validation set: any data set whose images are like those learned from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.core.datasets.splits import check_validation_set
from cnn_studio.core.recipes.recipe import DatasetSplit
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.data.data_menu import DataMenu
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.own_data import FoundData, look_at, look_up
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import role

TOOLTIP = Qt.ItemDataRole.ToolTipRole


class ValidationData(QWidget):
    """A selector of the data set that is watched, and a button that opens another.

    Data sets that do not fit are grayed and say why; what a recipe names all the same is refused below.

    Args:
        field: The data that are learned from, and all that are known.

    Signals:
        chosen: The name of a data set, as a recipe has it.
    """

    chosen = Signal(str)

    def __init__(self, field: DataField) -> None:
        super().__init__()
        self._field = field
        self._split = DatasetSplit()
        self._lost: StudioError | None = None
        self._looked_for = ""
        self._reader = BackgroundTask(self._take, self._refuse, self)
        self._finder = BackgroundTask(self._find, self._lose, self)
        self.selector = QComboBox()
        self.selector.setObjectName("validationSelector")
        self.selector.setAccessibleName(self.tr("Validation data set"))
        self.selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.selector.setMinimumContentsLength(6)
        self.selector.setPlaceholderText(self.tr("Choose …"))
        self.selector.activated.connect(self._choose)
        self.open_button = QPushButton(self.tr("Open data …"))
        self.open_button.setObjectName("openValidationButton")
        self.open_button.setAccessibleName(self.tr("Open validation data"))
        self.open_button.setToolTip(
            self.tr("Your own validation images: a folder per class, an archive of one, IDX, NPZ or CSV")
        )
        DataMenu(self.open_button, self).chosen.connect(self.open)
        self.note = label("", "caption")
        self.note.setObjectName("validationNote")
        self.refusal = label("", "warning")
        self.refusal.setObjectName("validationRefusal")
        self.error: StudioError | None = None
        role(self.open_button, "link")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.selector)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.note)
        column.addWidget(self.refusal)
        self.setFocusProxy(self.selector)
        field.changed.connect(self._list)
        self._list()

    def show_split(self, split: DatasetSplit) -> None:
        """Show what a recipe says; a data set that is not known is looked for off the GUI thread."""
        self._split = split
        if split.dataset and split.dataset not in self._infos() and split.dataset != self._looked_for:
            self._looked_for, self._lost = split.dataset, None
            self.note.setText(self.tr("Looking for {name} …").format(name=split.dataset))
            self._finder.ask(lambda: look_up(split.dataset))
        self._list()

    def take(self, name: str) -> None:
        """Show a data set without reporting it."""
        self.show_split(DatasetSplit(dataset=name, part=self._split.part))

    def open(self, path: Path) -> None:
        """Read a person's own data off the GUI thread, and watch them."""
        self.note.setText(self.tr("Reading {name} …").format(name=path.name))
        self.note.show()
        self._reader.ask(lambda: look_at(path))

    def _infos(self) -> dict[str, DatasetInfo]:
        return {info.name: info for info in self._field.known()} | self._field.beside

    def _list(self) -> None:
        """List what is known, and say whether the chosen one fits."""
        infos, learned = self._infos(), self._field.info()
        with QSignalBlocker(self.selector):
            self.selector.clear()
            for name, info in infos.items():
                self.selector.addItem(info.title, name)
                error = None if learned is None else _misfit(self._split, learned, info)
                rows = self.selector.model()
                if error is not None and isinstance(rows, QStandardItemModel):
                    self.selector.setItemData(self.selector.count() - 1, str(error), TOOLTIP)
                    rows.item(self.selector.count() - 1).setEnabled(name == self._split.dataset)
            self.selector.setCurrentIndex(self.selector.findData(self._split.dataset))
        chosen = infos.get(self._split.dataset)
        looking = bool(self._split.dataset) and chosen is None
        if looking:
            self._say(self._lost)
        elif learned is not None:
            self._say(_misfit(self._split, learned, chosen))
        self.note.setVisible(looking and self._lost is None)

    def _say(self, error: StudioError | None) -> None:
        self.error = error
        self.refusal.setText("" if error is None else str(error))
        self.refusal.setVisible(error is not None)
        self.selector.setAccessibleDescription(self.refusal.text())

    def _choose(self) -> None:
        self._reader.forget()
        self.chosen.emit(self.selector.currentData())

    def _take(self, found: FoundData) -> None:
        self._field.beside[found.info.name] = found.info
        self._list()
        self.chosen.emit(found.info.name)

    def _find(self, found: FoundData) -> None:
        self._field.beside[found.info.name] = found.info
        self._list()

    def _lose(self, error: StudioError) -> None:
        self._lost = error
        self._list()

    def _refuse(self, error: StudioError) -> None:
        self.note.hide()
        self._say(error)


def _misfit(split: DatasetSplit, learned: DatasetInfo, watched: DatasetInfo | None) -> StudioError | None:
    """Return why images cannot be watched, or None."""
    try:
        asked = split if watched is None else DatasetSplit(dataset=watched.name, part=split.part)
        check_validation_set(asked, learned, watched)
    except StudioError as error:
        return error
    return None
