"""What a run's network made of the drawing after each of its epochs."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QSlider, QWidget

from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.epoch_networks import EpochNetworks
from cnn_studio.ui.interpretability.epochs_chart import EpochsChart, EpochsShown
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import Theme, font

MEBIBYTE = 2**20


class EpochsPage(InspectionPage):
    """Each class's probability over the epochs, and the answer at one of them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "epochsPage", parent)
        self.title = self.tr("Epochs")
        self.hint = self.tr("Draw, and see what the run's network made of it after each epoch")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("epochSlider")
        self.slider.setAccessibleName(self.tr("Epoch whose answer is shown"))
        self.slider.setToolTip(self.tr("Step through the epochs; clicking the chart works too"))
        self.slider.setRange(0, 0)
        self.slider.setEnabled(False)
        self.slider.valueChanged.connect(lambda value: self._say())
        self.reading = label("", "field")
        self.reading.setMinimumWidth(
            QFontMetricsF(font()).boundingRect("epoch 100: 7 at 100.0 %").toRect().width()
        )
        name = label(self.tr("Epoch"), "field")
        name.setBuddy(self.slider)
        self.controls.addWidget(name)
        self.controls.addWidget(self.slider, 1)
        self.controls.addWidget(self.reading)
        self._opened: tuple[Classifier, EpochNetworks] | None = None
        self._shown: Classifier | None = None

    def job(self, subject: InspectionSubject) -> Work:
        def work(canceled: Canceled) -> EpochsShown | None:
            classifier = subject.classifier
            if self._opened is None or self._opened[0] is not classifier:  # only ever one thread works here
                self._opened = (classifier, EpochNetworks(classifier.path, classifier.card))
            networks = self._opened[1]
            shares = networks.answers(subject.pixels, canceled)
            if shares is None:
                return None
            rows = read_history(classifier.path.parent)
            validation = {
                int(row["epoch"]): row["val_accuracy"]
                for row in rows
                if row["epoch"] is not None and row["val_accuracy"] is not None
            }
            return EpochsShown(
                networks.epochs, networks.kept, shares, validation, networks.bytes, subject.classes
            )

        return work

    def _take(self, result: object) -> None:
        assert isinstance(result, EpochsShown) and self.subject is not None
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(result.shares) - 1)
        if self._shown is not self.subject.classifier:
            self._shown = self.subject.classifier
            self.slider.setValue(result.kept)
        self.slider.blockSignals(False)
        super()._take(result)

    def _say(self) -> None:
        shown: EpochsShown | None = None if self.notice else self.result
        self.slider.setEnabled(shown is not None and len(shown.shares) > 1)
        self.reading.setText(self._reading(shown) if shown is not None else "")
        self.slider.setAccessibleDescription(self.reading.text())
        super()._say()

    def epoch_name(self, position: int) -> str:
        """Say which epoch a network is of; the one kept may be none's."""
        shown: EpochsShown = self.result
        if position == len(shown.epochs):
            return self.tr("as saved")
        return self.tr("epoch {number}").format(number=shown.epochs[position])

    def _reading(self, shown: EpochsShown) -> str:
        position = self.slider.value()
        index = shown.tops[position]
        text = self.tr("{epoch}: {name} at {percent:.1f} %")
        percent = 100 * shown.shares[position, index]
        return text.format(epoch=self.epoch_name(position), name=shown.classes[index], percent=percent)

    def describe(self) -> str:
        """Say where the answer changed, which network was kept, and what the epochs cost."""
        shown: EpochsShown = self.result
        changes = [
            self.tr("{before} → {after} ({epoch})").format(
                before=shown.classes[flip.before], after=shown.classes[flip.after],
                epoch=self.epoch_name(flip.position),
            )
            for flip in shown.flips
        ]  # fmt: skip
        if changes:
            first = self.tr("The answer changed: {changes}.").format(changes=", ".join(changes))
        else:
            name = shown.classes[shown.tops[0]]
            first = self.tr("Read as {name} from the first epoch on.").format(name=name)
        if shown.kept + 1 < len(shown.shares):
            kept = self.tr("The run kept {epoch}.").format(epoch=self.epoch_name(shown.kept))
            first = f"{first} {kept}"
        size = self.tr("On disk: {size:.1f} MB.").format(size=shown.bytes / MEBIBYTE)
        return f"{first} {size}"

    def paint(self, painter: QPainter, area: QRectF) -> None:
        self.chart().paint(painter)

    def chart(self) -> EpochsChart:
        """Return what is painted."""
        return EpochsChart(self.theme, self.result, self.area, self.slider.value(), self.tr("kept"))

    def pressed(self, x: float, y: float) -> None:
        if self.result is not None and not self.notice and x <= self.chart().plot.right():
            self.slider.setValue(self.chart().position_at(x))

    def tip_at(self, x: float, y: float) -> str:
        shown: EpochsShown = self.result
        if x > self.chart().plot.right():
            return ""
        position = self.chart().position_at(x)
        best = np.argsort(-shown.shares[position], kind="stable")[:3]
        texts = [f"{shown.classes[index]} {100 * shown.shares[position, index]:.1f} %" for index in best]
        tip = f"{self.epoch_name(position)}: {', '.join(texts)}"
        accuracy = shown.validation.get(shown.epochs[position]) if position < len(shown.epochs) else None
        if accuracy is None:
            return tip
        watched = self.tr("validation accuracy {percent:.2f} %").format(percent=100 * accuracy)
        return f"{tip}\n{watched}"
