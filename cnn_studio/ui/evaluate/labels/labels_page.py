"""Doubted labels: look at them, and say which are wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.evaluation.label_review import (
    LabelReview,
    cross_validated_path,
    read_cross_validated,
    review_labels,
)
from cnn_studio.core.evaluation.label_verdicts import LabelVerdict, Verdict
from cnn_studio.core.protocol.events import EvaluationEnded, EvaluationProgressed, JobCanceled, JobFailed
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.labels.label_tiles import Doubt, DoubtGallery, doubts_of
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

NAME = "labels"
QUICK_SHAPE = (28, 28, 1)
KEYS: tuple[tuple[str, Verdict], ...] = (("W", "wrong"), ("A", "ambiguous"), ("F", "fine"), ("Delete", ""))


class LabelsPage(EvaluationPage):
    """Doubted labels of the images that are shown, or of all training images by cross-validation."""

    def __init__(
        self, theme: Theme, engine: EngineClient, selection: ImageSelection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._engine, self._selection = theme, engine, selection
        self.check: LabelReview | None = None
        self._job, self._path = "", Path()
        self._verdicts: UndoStack[list[LabelVerdict]] = UndoStack(redoable=False)
        """The verdicts that were there before each."""
        self._undo_of = Path()
        self._loader = BackgroundTask(self._take, self._take_error, self)
        self._recipes = BackgroundTask(self._train, self._say_error, self)
        self.banner = Banner(theme)
        self.gallery = DoubtGallery(theme)
        self.gallery.moved.connect(lambda position: self._choose())
        self._make_controls()
        self._lay_out()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show()

    def _make_controls(self) -> None:
        self.shown_button = QPushButton(self.tr("These images"))
        self.shown_button.setObjectName("labelsShownButton")
        self.shown_button.setToolTip(self.tr("The images chosen above, as this network reads them"))
        self.train_button = QPushButton(self.tr("All training images"))
        self.train_button.setObjectName("labelsTrainButton")
        self.train_button.setToolTip(
            self.tr(
                "Each read by one of five networks that were trained without it: a network that has "
                "learned a wrong label believes it"
            )
        )
        group = QButtonGroup(self)
        for button in (self.shown_button, self.train_button):
            button.setCheckable(True)
            role(button, "segment")
            group.addButton(button)
        self.shown_button.setChecked(True)
        group.buttonClicked.connect(self.refresh)
        self.filter = QComboBox()
        self.filter.setObjectName("labelsFilter")
        self.filter.setAccessibleName(self.tr("Show"))
        for text, value in (
            (self.tr("All doubted"), "all"),
            (self.tr("Surely another class"), "confident"),
            (self.tr("Not judged yet"), "open"),
            (self.tr("Judged"), "judged"),
        ):
            self.filter.addItem(text, value)
        self.filter.activated.connect(self._show)
        self.check_button = QPushButton()
        self.check_button.setObjectName("checkLabelsButton")
        role(self.check_button, "primary")
        self.check_button.clicked.connect(self._check_or_stop)
        self.progress = QProgressBar()
        self.progress.setObjectName("labelsProgress")
        self.progress.setAccessibleName(self.tr("Progress of the check"))
        self.progress.setTextVisible(False)
        self.copy_button = QPushButton()
        self.copy_button.setObjectName("copyLabelsButton")
        self.copy_button.setAccessibleName(self.tr("Copy the list"))
        self.copy_button.setToolTip(self.tr("Copy the list as comma-separated values"))
        role(self.copy_button, "quiet")
        self.copy_button.clicked.connect(self.copy)
        self.words = label("", "caption")
        self.words.setObjectName("labelsWords")
        self.verdict_buttons: dict[Verdict, QPushButton] = {}
        for (key, verdict), text in zip(
            KEYS,
            (self.tr("Wrong"), self.tr("Ambiguous"), self.tr("Fine"), self.tr("Take back")),
            strict=True,
        ):
            button = QPushButton(text)
            button.setObjectName(f"verdict{(verdict or 'none').capitalize()}Button")
            button.setToolTip(self.tr("What you think of the selected labels; key {key}").format(key=key))
            button.clicked.connect(lambda _=False, verdict=verdict: self.judge(verdict))
            self.verdict_buttons[verdict] = button
            shortcut = QShortcut(QKeySequence(key), self.gallery)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda verdict=verdict: self.judge(verdict))
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self.undo)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(STEP_PX)
        head.addWidget(self.shown_button)
        head.addWidget(self.train_button)
        head.addWidget(self.filter)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        head.addWidget(self.check_button)
        foot = QHBoxLayout()
        foot.setSpacing(STEP_PX)
        for button in self.verdict_buttons.values():
            foot.addWidget(button)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self.banner)
        column.addWidget(self.words)
        column.addWidget(self.gallery, 1)
        column.addLayout(foot)

    def _paint_icons(self) -> None:
        for verdict, button in self.verdict_buttons.items():
            name, token = {
                "wrong": ("close-circle", "bad"),
                "ambiguous": ("help-circle", "warn"),
                "fine": ("check-circle", "good"),
                "": ("undo", "text"),
            }[verdict]
            button.setIcon(self._theme.icon(name, token))
        self.copy_button.setIcon(self._theme.icon("content-copy"))
        self._show_state()

    @property
    def crossed(self) -> bool:
        """Whether all training images are looked at."""
        return self.train_button.isChecked()

    def refresh(self) -> None:
        """Find the doubted labels anew."""
        self.check = None
        self.banner.hide()
        self._loader.forget()
        reading = self.reading
        if reading is None:
            self._show()
            return
        evaluation, images = reading.evaluation, reading.images
        if self.crossed:
            self._loader.ask(lambda: _read_crossed(evaluation.dataset))
        elif evaluation.subset == "train":
            self._show()
        elif images is not None:
            self._loader.ask(lambda: review_labels(evaluation, images))
        else:
            self._show()

    def _take(self, check: LabelReview) -> None:
        if check.marks.path != self._undo_of:
            self._verdicts.clear()  # verdicts on another data set must not be taken back in this one's file
        self.check, self._undo_of = check, check.marks.path
        self._show()

    def _take_error(self, error: StudioError) -> None:
        self.check = None
        if (
            self.reading is not None and cross_validated_path(self.reading.evaluation.dataset).exists()
        ) or not self.crossed:
            self._say_error(error)
        self._show()

    def _say_error(self, error: StudioError) -> None:
        self.banner.say_error(error)

    def _show(self) -> None:
        """Show the tiles that the filter lets through; the current tile stays the same."""
        position = self.gallery.position
        wanted = self.filter.currentData()
        doubts = [] if self.check is None else doubts_of(self.check)
        shown = [
            doubt
            for doubt in doubts
            if wanted == "all"
            or (wanted == "confident" and doubt.confident)
            or (wanted == "open" and not doubt.verdict)
            or (wanted == "judged" and doubt.verdict)
        ]
        self.gallery.hint = self._empty_words()
        self.gallery.show_tiles(shown, self.check.images if self.check else None)
        if position >= 0 and shown:
            self.gallery.make_current(position)
        self._show_state()

    def _empty_words(self) -> str:
        if self._job:
            return self.tr("Five networks are trained, each without a fifth of the images")
        if self.reading is None:
            return self.hint or self.tr("Choose a run: labels its network doubts appear here")
        if self.check is not None:
            return self.tr("No label of this kind")
        if self.crossed:
            return self.tr(
                "Check the training labels: five networks are trained, each without a fifth of the "
                "images, and read what they did not see"
            )
        if self.reading.evaluation.subset == "train":
            return self.tr(
                "This network learned from these labels, so it believes them: look at “All training "
                "images” instead"
            )
        return self.tr("The images are not here")

    def _show_state(self) -> None:
        busy = bool(self._job)
        self.progress.setVisible(busy)
        self.check_button.setVisible(self.crossed)
        self.check_button.setEnabled(
            busy or (self.reading is not None and bool(self.reading.evaluation.dataset))
        )
        self.check_button.setText(
            self.tr("Stop")
            if busy
            else self.tr("Check again")
            if self.check is not None
            else self.tr("Check the labels")
        )
        self.check_button.setIcon(self._theme.icon("stop" if busy else "label-multiple-outline", "on_accent"))
        for button in self.verdict_buttons.values():
            button.setEnabled(bool(self.gallery.tiles))
        self.copy_button.setEnabled(bool(self.gallery.tiles))
        self.words.setText(self._in_words())

    def _in_words(self) -> str:
        if self._job:
            return self._engine.delay(self._job) or self.tr("Training five networks …")
        if self.check is None:
            return ""
        suspects = self.check.suspects
        sure = int(suspects.confident.sum())
        counts = self.check.marks.counts(self.check.subset)
        text = self.tr("%n label(s) are doubted", "", len(suspects.numbers))
        more = self.tr(
            ", {sure} of them surely (confident learning). Judged: {wrong} wrong, {ambiguous} "
            "ambiguous, {fine} fine; kept with the data set."
        )
        return text + more.format(
            sure=sure, wrong=counts["wrong"], ambiguous=counts["ambiguous"], fine=counts["fine"]
        )

    def judge(self, verdict: Verdict) -> None:
        """Say what is thought of the selected images' labels, and go on to the next one."""
        if self.check is None:
            return
        positions = self.gallery.chosen_positions or (
            [self.gallery.position] if self.gallery.position >= 0 else []
        )
        tiles = [self.gallery.tiles[position] for position in positions]
        before = [self.check.mark(tile.number, self.check.verdict(tile.number)) for tile in tiles]
        written = [self._write(self.check.mark(tile.number, verdict)) for tile in tiles]
        if positions and all(written):
            self._verdicts.push(before)
            stays = self.filter.currentData() in ("all", "confident")
            self._show()
            self.gallery.make_current(positions[-1] + 1 if stays else positions[0])
            self.gallery.setFocus()

    def undo(self) -> None:
        """Take the last verdict back, of all labels it was on."""
        if self._verdicts.can_undo and self.check is not None:
            for mark in self._verdicts.undo():
                self._write(mark)
            self._show()

    def _write(self, mark: LabelVerdict) -> bool:
        assert self.check is not None
        try:
            self.check.marks.add(mark)
        except OSError as error:
            self._say_error(
                StudioError(
                    self.tr("The verdict was not saved."),
                    str(error),
                    self.tr("Free some disk space and judge it again."),
                )
            )
            return False
        return True

    def _choose(self) -> None:
        """Let the tab's other pages show the image that is looked at."""
        position = self.gallery.position
        if position >= 0 and not self.crossed and self.check is not None:
            tile = self.gallery.tiles[position]
            title = self.tr("Labeled {true}, seems {other}").format(true=tile.true, other=tile.predicted)
            self._selection.choose([tile.number], title, NAME)

    def copy(self) -> None:
        """Copy the list as CSV."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("image", "label", "seems", "probability", "confident", "verdict"))
        for tile in self.gallery.tiles:
            if isinstance(tile, Doubt):
                number = tile.number if tile.known_as is None else tile.known_as
                row = (
                    number,
                    tile.true,
                    tile.predicted,
                    f"{tile.confidence:.4f}",
                    tile.confident,
                    tile.verdict,
                )
                writer.writerow(row)
        QApplication.clipboard().setText(text.getvalue())

    def _check_or_stop(self) -> None:
        if self._job:
            self._engine.cancel(self._job)
            return
        if self.reading is None:
            return
        self.banner.hide()
        folder, dataset, shape = (
            self.reading.folder,
            self.reading.evaluation.dataset,
            None if self.reading.images is None else self.reading.images.shape[1:],
        )
        self._recipes.ask(lambda: _recipe_for(folder, dataset, shape))

    def _train(self, recipe: Recipe) -> None:
        self._path = cross_validated_path(recipe.dataset)
        self._job = self._engine.cross_validate(recipe, self._path, limit=None)
        self._engine.subscribe(self._job, self._hear)
        self.progress.setRange(0, 0)
        self.check = None
        self._show()

    def _hear(self, event: object) -> None:
        if isinstance(event, EvaluationProgressed):
            self.progress.setRange(0, event.total)
            self.progress.setValue(event.done)
        elif isinstance(event, EvaluationEnded | JobCanceled | JobFailed):
            self._job = ""
            self.refresh()
            if isinstance(event, JobFailed):
                self.banner.say(event.what, event.why, event.remedy, details=event.details)
        self._show_state()


def _read_crossed(dataset: str) -> LabelReview:
    import cnn_studio.data  # noqa: F401 - knows people's own data by name; not needed before the first paint

    return read_cross_validated(dataset)


def _recipe_for(folder: Path, dataset: str, shape: tuple[int, ...] | None) -> Recipe:
    """Return what is trained to check labels: the quick network where it fits, else the run's own."""
    if shape == QUICK_SHAPE:
        return msgspec.structs.replace(find_recipe(Settings().recipe), dataset=dataset)
    return msgspec.structs.replace(read_run(folder).record.recipe, dataset=dataset)
