"""Several models answer the same drawing side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.draw.compare_button import MOST, CompareButton
from cnn_studio.ui.draw.compared_model import (
    ComparedInput,
    ComparedModel,
    Image8,
    entry_of,
    open_compared_model,
    title_of,
)
from cnn_studio.ui.draw.model_comparison_table import LOWEST_PX, ComparisonTable, ModelRow
from cnn_studio.ui.services.background_task import BackgroundTask, Canceled
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.prediction_bars import PredictionBars

AT_ONCE_MS = 3.0
"""What the compared models may take together while the pen waits; the others answer on a thread."""
ELSEWHERE_PX = 368
"""Of the page's height, what is not the inside of the answer's card."""
LEAST_BARS_PX = 244
"""A heading and ten bars; where there is less above the table, the heading stands alone."""


class ModelComparison(QObject):
    """The compared models: chosen with the button, read off the GUI thread, their answers in the table.

    Attributes:
        layout: The bars, and the table below them.

    Signals:
        chosen: The path of a model that is to become the main one.
        changed: Other models are compared: the drawing is to be answered again.
    """

    chosen = Signal(Path)
    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        registry: ModelRegistry,
        settings: Settings,
        banner: Banner,
        bars: PredictionBars,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._registry, self._settings, self._banner = registry, settings, banner
        self._bars, self._page = bars, page
        self._main: Classifier | None = None
        self._main_answer: Answer | None = None
        self._models: dict[Path, ComparedModel] = {}
        self._answers: dict[Path, Answer | None] = {}
        self._rows: dict[Path, ModelRow] = {}
        self._looking_inside = self._registry_was_read = False
        self._loader = BackgroundTask(self._take, banner.say_error, self)
        self._latest = LatestRequest(self._take_late, banner.say_error, self)
        self.table = ComparisonTable(theme)
        self.table.chosen.connect(self._choose)
        self.table.hide()
        self.button = CompareButton(theme, registry)
        self.button.chosen.connect(self._compare)
        self.layout = QVBoxLayout()
        self.layout.setSpacing(STEP_PX)
        self.layout.addWidget(bars, 1)
        self.layout.addWidget(self.table)
        registry.changed.connect(self._take_registry)
        page.installEventFilter(self)
        ended = self._latest.ended
        page.destroyed.connect(lambda: ended.set())
        QCoreApplication.instance().aboutToQuit.connect(lambda: ended.set())  # type: ignore[union-attr]

    @property
    def models(self) -> Mapping[Path, ComparedModel]:
        """The models that are compared and can answer, in their order."""
        return self._models

    def answer_with(self, classifier: Classifier) -> None:
        """Take another main model; one that was compared swaps with the one before."""
        before, self._main = self._main, classifier
        path, compared = str(classifier.path), self._settings.compared
        if path in compared:
            others = [] if before is None or before.path == classifier.path else [str(before.path)]
            index = compared.index(path)
            self._settings.compared = [*compared[:index], *others, *compared[index + 1 :]]
            self._models.pop(classifier.path, None)
        self._load()

    def give_room(self, looking_inside: bool) -> None:
        """Become a strip below the answer while the network is looked into."""
        self._looking_inside = looking_inside
        self._arrange()
        self._show()

    def show_answer(self, pixels: Image8 | None, strokes: Sequence[Stroke], answer: Answer | None) -> None:
        """Answer what is shown now with every compared model.

        Args:
            pixels: The main model's input, `card.input_shape` uint8; None for an empty canvas.
            strokes: What it was made of; none where it comes from a picture.
            answer: The main model's.
        """
        if self._main is None or not self._models:
            return
        self._main_answer = answer
        if pixels is None:
            self._latest.forget()
            self._answers = {}
        else:
            self._ask(ComparedInput(self._main.card, pixels, strokes))
        self._show()

    def _ask(self, drawn: ComparedInput) -> None:
        """Answer with the fast models now, and with those that would delay the pen on a thread."""
        slow: dict[Path, ComparedModel] = {}
        spent = 0.0
        for path, model in sorted(self._models.items(), key=lambda entry: entry[1].milliseconds):
            spent += model.milliseconds
            if spent <= AT_ONCE_MS:
                self._answers[path] = model.answer(drawn)
            else:
                slow[path] = model
        if not slow:
            return

        def work(canceled: Canceled) -> dict[Path, Answer | None] | None:
            found: dict[Path, Answer | None] = {}
            for path, model in slow.items():
                if canceled():
                    return None
                found[path] = model.answer(drawn)
            return found

        self._latest.ask(work)

    def _take_late(self, found: dict[Path, Answer | None]) -> None:
        self._answers |= {path: answer for path, answer in found.items() if path in self._models}
        self._show()

    def _show(self) -> None:
        if self._main is None or not self._models:
            return
        main = replace(self._row(self._main), answer=self._main_answer)
        others = [
            replace(self._row(model.classifier), answer=self._answers.get(path))
            for path, model in self._models.items()
        ]
        self.table.show_rows(main, others)

    def _row(self, classifier: Classifier) -> ModelRow:
        path = classifier.path
        if path in self._rows:
            return self._rows[path]
        entry = entry_of(self._registry, path)
        about = [str(path)]
        if entry is not None and entry.run is not None and entry.run.record.result is not None:
            accuracy = f"{100 * entry.run.record.result.test_accuracy:.2f}"
            about.insert(0, self.tr("Test accuracy {percent} %").format(percent=accuracy))
        self._rows[path] = ModelRow(
            title_of(self._registry, path), path, "\n".join(about), classifier.card.classes
        )
        return self._rows[path]

    def _choose(self, path: Path) -> None:
        if entry_of(self._registry, path) is not None:
            self.chosen.emit(path)
        else:  # opened before the last launch
            self._registry.add_opened(path, title_of(self._registry, path))

    def _compare(self, paths: list[str]) -> None:
        self._settings.compared = paths
        self._load()

    def _take_registry(self) -> None:
        self._registry_was_read = True
        self._load()

    def _load(self) -> None:
        """Read what is to be compared and has not been read, or has changed; off the GUI thread.

        Nothing is read before the registry was, which happens after the first paint.
        """
        self._rows.clear()
        self._show_state()
        if self._main is None or not self._registry_was_read:
            return
        wanted, known = [Path(path) for path in self._settings.compared[:MOST]], dict(self._models)
        if wanted:
            self._loader.ask(lambda: [(path, open_compared_model(path, known.get(path))) for path in wanted])
            return
        self._loader.forget()
        if self._models:
            self._take([])

    def _take(self, loaded: list[tuple[Path, ComparedModel | StudioError]]) -> None:
        self._rows.clear()
        self._models = {path: model for path, model in loaded if isinstance(model, ComparedModel)}
        self._answers = {path: answer for path, answer in self._answers.items() if path in self._models}
        failed = {path: model for path, model in loaded if isinstance(model, StudioError)}
        self._settings.compared = [path for path in self._settings.compared if Path(path) not in failed]
        if failed:
            names = ", ".join(title_of(self._registry, path) for path in failed)
            why = " ".join(f"{error.what} {error.why}".strip() for error in failed.values())
            self._banner.say(self.tr("{names} cannot be compared.").format(names=names), why, kind="warn")
        self._show_state()
        self._arrange()
        self.changed.emit()

    def _show_state(self) -> None:
        main = None if self._main is None else self._main.path
        self.button.show_state(main, self._settings.compared, len(self._models))

    def _arrange(self) -> None:
        """Make room for the table; the bars make room for it."""
        comparing = bool(self._models)
        room, rows = self._page.height() - ELSEWHERE_PX, len(self._models) + 1
        crowded = comparing and room < LEAST_BARS_PX + STEP_PX + rows * LOWEST_PX
        alone = self._looking_inside or crowded
        self._bars.set_compact(alone)
        self._bars.setMinimumHeight(LEAST_BARS_PX if comparing and not alone else 0)
        self.table.set_strip(self._looking_inside)
        self.table.setVisible(comparing)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._models:
            self._arrange()
        return False
