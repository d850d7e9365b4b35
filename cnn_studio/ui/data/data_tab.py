"""Choose data, look at them, and say how they are divided, scaled and varied."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.data.dataset_panel import DatasetPanel
from cnn_studio.ui.data.images_page import ImagesPage
from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.recipe_store import RecipeStore
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.lazy_tab import LazyTab


class DataTab(QWidget):
    """The data sets on the left, what is in the chosen one on the right.

    Args:
        theme: The appearance.
        engine: Varies images for the preview.
        field: The choice of the data, the Train tab's own.
        workbench: The recipe that says how the data are divided, scaled and varied.
    """

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        field: DataField,
        workbench: RecipeStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dataTabPage")
        self.setAcceptDrops(True)
        self._theme, self._engine, self._field, self._workbench = theme, engine, field, workbench
        self.banner = Banner(theme)
        self.subject = ShownDataset(workbench.recipe.split, self)
        self.open_button = QPushButton(self.tr("Open …"))
        self.open_button.setObjectName("dataTabOpenButton")
        self.open_button.setToolTip(
            self.tr(
                "Your own images: a folder per class, an archive of one, IDX, NPZ or CSV; or drop them here"
            )
        )
        role(self.open_button, "link")
        menu = QMenu(self.open_button)
        menu.addActions(field.open_button.menu().actions())
        self.open_button.setMenu(menu)
        self.sets = DatasetPanel(theme, field, self.open_button)
        self.images = ImagesPage(theme, self.subject)
        self._pages: tuple[QWidget, ...] = (
            self.images,
            LazyTab("classes", self._make_classes),
            LazyTab("report", self._make_report),
            LazyTab("preparation", self._make_preparation),
            LazyTab("augmentation", self._make_augmentation),
        )
        self.note = label("", "caption")
        self.note.setObjectName("dataTabNote")
        self.note.hide()
        self._stack = QStackedWidget()
        self._drop = QLabel(self.tr("Drop a folder, an archive, an IDX, NPZ or CSV file"), self)
        self._drop.setObjectName("dropHint")
        self._drop.setAlignment(Qt.AlignmentFlag.AlignCenter)
        role(self._drop, "drop")
        self._drop.hide()
        self._lay_out()
        self._connect()
        self._choose()

    def _make_classes(self) -> QWidget:
        from cnn_studio.ui.data.class_distribution_page import ClassDistributionPage

        return ClassDistributionPage(self._theme, self.subject)

    def _make_report(self) -> QWidget:
        from cnn_studio.ui.data.data_report_page import DataReportPage

        return DataReportPage(self._theme, self.subject)

    def _make_preparation(self) -> QWidget:
        from cnn_studio.ui.data.preparation_page import PreparationPage

        return PreparationPage(self.subject, self._workbench, self._field)

    def _make_augmentation(self) -> QWidget:
        from cnn_studio.ui.data.augmentation_page import AugmentationPage

        return AugmentationPage(self._theme, self._engine, self.subject, self._workbench)

    def _lay_out(self) -> None:
        frame, column = card()
        self.page_buttons = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        titles = (
            ("imagesPage", self.tr("Images"), self.tr("Look at the images and their numbers")),
            ("classesPage", self.tr("Classes"), self.tr("How many images each class has, and its mean")),
            ("reportPage", self.tr("Report"), self.tr("Balance, duplicates, leakage, skipped files")),
            ("preparationPage", self.tr("Split"), self.tr("Validation images, and how pixels are scaled")),
            ("augmentationPage", self.tr("Augmentation"), self.tr("How training images are varied")),
        )
        for number, (page, (name, text, tip)) in enumerate(zip(self._pages, titles, strict=True)):
            button = QPushButton(text)
            button.setObjectName(f"{name}Button")
            button.setCheckable(True)
            button.setToolTip(tip)
            role(button, "segment")
            self.page_buttons.addButton(button, number)
            self._stack.addWidget(page)
            head.addWidget(button)
        head.addStretch(1)
        self.page_buttons.button(0).setChecked(True)
        self.page_buttons.idClicked.connect(self._stack.setCurrentIndex)
        column.setSpacing(2 * STEP_PX)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addWidget(self.sets)
        columns.addWidget(frame, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        whole.setSpacing(2 * STEP_PX)
        whole.addWidget(self.banner)
        whole.addWidget(self.note)
        whole.addLayout(columns, 1)

    def _connect(self) -> None:
        self._field.changed.connect(self._choose)
        self._field.failed.connect(self._show_error)
        self.sets.failed.connect(self._show_error)
        self.sets.absent.connect(self._show_absence)
        self.subject.failed.connect(self._show_error)
        self._workbench.changed.connect(lambda: self.subject.divide(self._workbench.recipe.split))

    def _choose(self) -> None:
        """Show the data that are chosen."""
        self.note.hide()
        self.subject.show(self._field.info())

    def _show_absence(self, info: DatasetInfo | None) -> None:
        """Nothing is shown of data that are not here; those chosen for the training stay chosen."""
        if info is None:
            self.subject.show(self._field.info())
            return
        self.subject.show_absent(info)

    def _show_error(self, error: StudioError | None) -> None:
        self.note.hide()
        if error is None:
            self.banner.hide()
        else:
            self.banner.say_error(error)

    def open(self, path: Path) -> None:
        """Read a person's own data and choose them."""
        self.banner.hide()
        self.note.setText(self.tr("Reading {name} …").format(name=path.name))
        self.note.show()
        self._field.open(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()
            self._drop.setGeometry(self.rect().adjusted(STEP_PX, STEP_PX, -STEP_PX, -STEP_PX))
            self._drop.raise_()
            self._drop.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.hide()
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.open(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drop.setGeometry(self.rect().adjusted(STEP_PX, STEP_PX, -STEP_PX, -STEP_PX))


def _dropped(event: QDropEvent) -> Path | None:
    """Return the one file or folder that is dropped, if it is one of this machine."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
