"""The map: every image a point, near to those that are alike to a layer of the network."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.embedding import (
    MOST_IMAGES,
    PERPLEXITY,
    Embedding,
    Method,
    layers_by_address,
    load_embedding,
    unfinished_path,
)
from cnn_studio.core.protocol.events import EmbeddingEnded, EmbeddingMoved, JobCanceled, JobFailed
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.evaluation_source import Subset, evaluation_path
from cnn_studio.core.runs.run_folder import KERAS_FILE, read_run
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.map.map_colors import COLORINGS, Coloring, colored
from cnn_studio.ui.evaluate.map.map_scatter import MapScatter
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.image_tiles import as_image

USUAL_IMAGES = 3000
"""Placed in about twenty seconds on two cores."""
NAME = "map"


class MapPage(EvaluationPage):
    """Choose a layer, make its map, catch points: the gallery shows their images, and the other way round."""

    def __init__(
        self, theme: Theme, engine: EngineClient, selection: ImageSelection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._engine, self._selection = theme, engine, selection
        self._job, self._path = "", Path()
        self._embedding: Embedding | None = None
        self._follows = True
        self._before: Embedding | None = None
        self._loader = BackgroundTask(self._take, self._miss, self)
        self._recipes = BackgroundTask(self._list_layers, lambda error: self._list_layers(None), self)
        self.banner = Banner(theme)
        self.scatter = MapScatter(theme)
        self.scatter.caught.connect(self._choose)
        self.scatter.hovered.connect(self._show_under)
        self._make_controls()
        self._lay_out()
        selection.changed.connect(self._show_selection)
        selection.marked_changed.connect(self._show_selection)
        theme.changed.connect(self._recolor)
        self._show_state()

    def _make_controls(self) -> None:
        self.layer = QComboBox()
        self.layer.setObjectName("mapLayerSelector")
        self.layer.setAccessibleName(self.tr("Layer"))
        self.layer.setToolTip(self.tr("What the images are compared by: the output of this layer"))
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.layer.setMinimumContentsLength(10)
        self.layer.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.layer.activated.connect(self._look_for_map)
        self.methods = QButtonGroup(self)
        self._method_buttons: dict[Method, QPushButton] = {}
        tips: dict[Method, str] = {
            "t-sne": self.tr(
                "Keeps neighbors together (van der Maaten and Hinton, 2008); distances between "
                "groups say nothing"
            ),
            "pca": self.tr("The two directions in which the outputs vary most; done in a moment"),
        }
        for method, text in (("t-sne", "t-SNE"), ("pca", "PCA")):
            button = QPushButton(text)
            button.setObjectName(f"{method}Button")
            button.setCheckable(True)
            role(button, "segment")
            self.methods.addButton(button)
            self._method_buttons[method] = button  # type: ignore[index]
            button.setToolTip(tips[method])  # type: ignore[index]
        self._method_buttons["t-sne"].setChecked(True)
        self.methods.buttonClicked.connect(self._look_for_map)
        self.images = QSpinBox()
        self.images.setObjectName("mapImagesSpin")
        self.images.setAccessibleName(self.tr("Images"))
        self.images.setToolTip(self.tr("At most this many images; of more, a random sample is shown"))
        self.images.setRange(100, MOST_IMAGES)
        self.images.setSingleStep(500)
        self.images.setValue(USUAL_IMAGES)
        self.images.setGroupSeparatorShown(True)
        self.images.setSuffix(self.tr(" images"))
        self.perplexity = QSpinBox()
        self.perplexity.setObjectName("mapPerplexitySpin")
        self.perplexity.setAccessibleName(self.tr("Perplexity"))
        self.perplexity.setToolTip(self.tr("How many neighbors each image is kept close to, usually 5 to 50"))
        self.perplexity.setRange(5, 100)
        self.perplexity.setValue(round(PERPLEXITY))
        self.perplexity.setPrefix(self.tr("perplexity "))
        for spin in (self.images, self.perplexity):
            spin.lineEdit().setTextMargins(STEP_PX - 1, 0, 0, 0)  # style sheets do not reach inside
        self.coloring = QComboBox()
        self.coloring.setObjectName("mapColorSelector")
        self.coloring.setAccessibleName(self.tr("Color"))
        self.coloring.setToolTip(self.tr("What the color of a point shows"))
        for coloring in COLORINGS:
            self.coloring.addItem(self._coloring_text(coloring), coloring)
        self.coloring.activated.connect(self._recolor)
        self.make_button = QPushButton(self.tr("Make the map"))
        self.make_button.setObjectName("makeMapButton")
        role(self.make_button, "primary")
        self.make_button.clicked.connect(self._make_or_stop)
        self.progress = QProgressBar()
        self.progress.setObjectName("mapProgress")
        self.progress.setAccessibleName(self.tr("Progress of the map"))
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 100)
        self.progress.hide()
        self._words: QLabel = label("", "caption")
        self._words.setObjectName("mapWords")

    def _coloring_text(self, coloring: Coloring) -> str:
        return {
            "true": self.tr("True class"),
            "read": self.tr("Read as"),
            "right": self.tr("Right or wrong"),
            "confidence": self.tr("Confidence"),
        }[coloring]

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(STEP_PX)
        first.addWidget(self.layer, 1)
        for button in self._method_buttons.values():
            first.addWidget(button)
        first.addWidget(self.make_button)
        second = QHBoxLayout()
        second.setSpacing(STEP_PX)
        second.addWidget(self.coloring)
        second.addWidget(self.images)
        second.addWidget(self.perplexity)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.progress)
        column.addWidget(self.banner)
        column.addWidget(self.scatter, 1)
        column.addWidget(self._words)

    @property
    def method(self) -> Method:
        """The chosen method."""
        return "pca" if self._method_buttons["pca"].isChecked() else "t-sne"

    def refresh(self) -> None:
        """Show the map of the reading that was made before, if there is one."""
        if self._job:
            self._engine.cancel(self._job)
            self._engine.unsubscribe(self._job, self._hear)
            self._job = ""
        self.banner.hide()
        self._loader.forget()
        self._take_missing(None)
        reading = self.reading
        if reading is not None:
            folder = reading.folder
            self._recipes.ask(lambda: read_run(folder).record.recipe)

    def _list_layers(self, recipe: Recipe | None) -> None:
        chosen = self.layer.currentData()
        self.layer.clear()
        layers = layers_by_address(recipe.layers) if recipe is not None else []
        for address, layer in layers:
            inside = "    " * address.count("/")
            self.layer.addItem(f"{inside}{address}  {layer.describe()}", address)
        if not layers:
            self.layer.addItem(self.tr("The layer before the classes"), "")
        index = self.layer.findData(chosen)
        outer = [row for row, (address, _) in enumerate(layers) if "/" not in address]
        usual = outer[-2] if len(outer) > 1 else 0
        self.layer.setCurrentIndex(index if chosen and index >= 0 else usual)
        self._show_state()
        self._look_for_map()

    def _look_for_map(self) -> None:
        """Show the map of this layer and method, if it was made before."""
        if self.reading is None or self._job:
            return
        path = self._map_path()
        self._loader.ask(lambda: load_embedding(path))

    def _map_path(self) -> Path:
        """Return where the map is kept: beside the answers it was made of."""
        assert self.reading is not None
        answers = evaluation_path(self.reading.folder, self._subset(), self._dataset())
        layer = hashlib.sha1((self.layer.currentData() or "").encode(), usedforsecurity=False).hexdigest()[:8]
        return answers.with_name(f"map-{answers.stem}-{self.method}-{layer}.npz")

    def _subset(self) -> Subset:
        assert self.reading is not None
        subset: Subset = self.reading.evaluation.subset  # type: ignore[assignment]
        return subset

    def _dataset(self) -> str | None:
        """Return the name of the data set where it is not the network's own."""
        assert self.reading is not None
        return self.reading.dataset

    def _take(self, embedding: Embedding) -> None:
        half = embedding.done < 1 and not self._job  # left behind when it was given up for another run
        if (
            half
            or self.reading is None
            or embedding.numbers.max(initial=-1) >= len(self.reading.evaluation.labels)
        ):
            self._take_missing(None)  # or the data were others when it was made
            return
        before, self._embedding = self._embedding, embedding
        self.scatter.show_points(embedding.points, keep_view=before is not None)
        if before is None or len(before.numbers) != len(embedding.numbers) or embedding.done in (0.0, 1.0):
            self._recolor()
            self._show_selection()
        self._show_state()

    def _take_missing(self, error: StudioError | None) -> None:
        self._embedding = None
        self.scatter.hint = self.hint or (
            self.tr("Make the map: every image becomes a point, close to those this layer finds similar")
            if self._has_layers
            else self.tr(
                "There are no layers to look into: choose a run with its model.keras, or a .keras file"
            )
        )
        self.scatter.show_points(np.zeros((0, 2), np.float32))
        self._show_state()

    def _make_or_stop(self) -> None:
        if self._job:
            self._engine.cancel(self._job)
            return
        if self.reading is None:
            return
        self.banner.hide()
        self._path, self._before = self._map_path(), self._embedding
        self._job = self._engine.embed(
            self.reading.folder,
            self._path,
            dataset=self._dataset(),
            subset=self._subset(),
            layer=self.layer.currentData() or "",
            method=self.method,
            images=self.images.value(),
            perplexity=float(self.perplexity.value()),
        )
        self._engine.subscribe(self._job, self._hear)
        self.progress.setRange(0, 0)
        self._show_state()

    def _hear(self, event: object) -> None:
        if isinstance(event, EmbeddingMoved):
            self.progress.setRange(0, 100)
            self.progress.setValue(round(100 * event.done))
            self._load(Path(event.path))
        elif isinstance(event, EmbeddingEnded):
            self._job = ""
            self._load(self._path)
        elif isinstance(event, JobCanceled):
            self._give_up()
        elif isinstance(event, JobFailed):
            self._give_up()
            self.banner.say(event.what, event.why, event.remedy, details=event.details)
        self._show_state()

    def _give_up(self) -> None:
        """Show the map that was there before; half a map is none."""
        self._job = ""
        self._loader.forget()
        with suppress(OSError):  # left where the engine was ended
            unfinished_path(self._path).unlink()
        if self._before is not None:
            self._take(self._before)
        else:
            self._take_missing(None)
        self._load(self._path)

    def _load(self, path: Path) -> None:
        self._loader.ask(lambda: load_embedding(path))

    def _miss(self, error: StudioError) -> None:
        """Show that there is no map; while one is being made, its last state may be gone already."""
        if not self._job:
            self._take_missing(error)

    @property
    def _has_layers(self) -> bool:
        """Whether the network shown has layers that can be looked into; an ONNX file has lost their names."""
        return self.reading is not None and (
            self.reading.folder.suffix == ".keras" or (self.reading.folder / KERAS_FILE).is_file()
        )

    def _show_state(self) -> None:
        busy, can = bool(self._job), self._has_layers
        self.make_button.setEnabled(busy or can)
        self.make_button.setText(
            self.tr("Stop")
            if busy
            else self.tr("Make it again")
            if self._embedding is not None
            else self.tr("Make the map")
        )
        self.make_button.setIcon(self._theme.icon("stop" if busy else "scatter-plot", "on_accent"))
        self.progress.setVisible(busy)
        for widget in (self.layer, self.images, *self._method_buttons.values()):
            widget.setEnabled(not busy and can)
        self.perplexity.setEnabled(not busy and can and self.method == "t-sne")
        self._words.setText(self._in_words())

    def _in_words(self) -> str:
        if self._job:
            delay = self._engine.delay(self._job)
            return delay or self.tr("The points are settling; similar images draw together")
        embedding = self._embedding
        if embedding is None:
            return ""
        text = self.tr(
            "%n point(s). Drag around points to see their images; Shift-drag moves the "
            "map, the wheel zooms, a double-click shows all.",
            "",
            len(embedding.numbers),
        )
        if embedding.method == "pca":
            explained = self.tr("Across {first:.0f} %, up {second:.0f} % of what varies.").format(
                first=100 * embedding.explained[0], second=100 * embedding.explained[1]
            )
            return f"{explained} {text}"
        return text

    def _recolor(self) -> None:
        if self._embedding is None or self.reading is None:
            return
        coloring: Coloring = self.coloring.currentData()
        groups, colors, names = colored(
            self.reading.evaluation, self._embedding.numbers, coloring, self._theme.tokens
        )
        self.scatter.show_groups(groups, colors, names)

    def _choose(self, points: list[int]) -> None:
        """Choose the images of some points in the gallery."""
        if self._embedding is None:
            return
        numbers = self._embedding.numbers[points] if points else np.zeros(0, np.int64)
        self._selection.choose(numbers.tolist(), self.tr("On the map: %n image(s)", "", len(points)), NAME)

    def _show_selection(self) -> None:
        """Show where the images are that were chosen here or elsewhere, or those marked in the gallery."""
        if self._embedding is None:
            return
        marked = self._selection.marked
        self.scatter.show_chosen(self._points_of(marked if len(marked) else self._selection.numbers))

    def _points_of(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        assert self._embedding is not None
        return np.flatnonzero(np.isin(self._embedding.numbers, numbers))

    def _show_under(self, point: int) -> None:
        if point < 0 or self._embedding is None or self.reading is None:
            return
        number = int(self._embedding.numbers[point])
        evaluation = self.reading.evaluation
        text = self.tr("Image {number}: true {true}, read {read} at {percent:.1f} %")
        self.scatter.setToolTip(
            text.format(
                number=number,
                true=evaluation.classes[evaluation.labels[number]],
                read=evaluation.classes[evaluation.predictions[number]],
                percent=100 * float(evaluation.confidences[number]),
            )
        )
        if self.reading.images is not None:
            self.scatter.show_picture(as_image(self.reading.images[number]))
