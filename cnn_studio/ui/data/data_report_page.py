"""What should be known of the data before training on them, in a card that can be read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

MOST_LEAKS_NAMED = 5


class DataReportPage(QScrollArea):
    """The report of the data set: what to look at first, then the figures."""

    def __init__(self, theme: Theme, subject: ShownDataset, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reportPage")
        self.setAccessibleName(self.tr("Report on the data"))
        self._theme, self._subject = theme, subject
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        role(self.viewport(), "plain")
        for moved in (subject.emptied, subject.loaded, subject.described):
            moved.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    @property
    def text(self) -> str:
        """Everything the report says."""
        return "\n".join(each.text() for each in self.viewport().findChildren(QLabel))

    def refresh(self) -> None:
        """Write the report anew."""
        content = QWidget()
        role(content, "plain")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, STEP_PX, 0)
        column.setSpacing(2 * STEP_PX)
        facts = self._subject.facts
        if facts is None:
            reading = self._subject.dataset is None
            text = self._subject.hint if reading else self.tr("Looking through the images …")
            hint = label(text, "field")
            hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
            hint.setWordWrap(True)
            column.addStretch(1)
            column.addWidget(hint)
        else:
            dataset = self._subject.dataset
            notes = () if dataset is None else dataset.notes
            self._add_warnings(column, facts.report.warnings, notes)
            column.addLayout(self._figures())
        column.addStretch(1)
        self.setWidget(content)

    def _add_warnings(self, column: QVBoxLayout, warnings: Sequence[str], notes: Sequence[str]) -> None:
        lines = [(sentence, "alert-outline", "warn") for sentence in warnings]
        lines += [(sentence, "information-outline", "muted") for sentence in notes]
        if not warnings:
            nothing = self.tr("Nothing stands out: no leakage, no duplicates, no strong imbalance.")
            lines.insert(0, (nothing, "check-circle-outline", "good"))
        for sentence, icon, token in lines:
            line = QHBoxLayout()
            line.setSpacing(2 * STEP_PX)
            sign = QLabel()
            sign.setPixmap(self._theme.icon(icon, token).pixmap(QSize(20, 20)))
            line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            text = QLabel(sentence)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            line.addWidget(text, 1)
            column.addLayout(line)

    def _figures(self) -> QGridLayout:
        facts = self._subject.facts
        assert facts is not None
        found = facts.report
        low, high = found.value_range
        rows = [
            (self.tr("Training images"), f"{sum(found.train_counts):,}"),
            (self.tr("Test images"), f"{sum(found.test_counts):,}"),
            (self.tr("Size"), " × ".join(map(str, found.image_shape))),
            (self.tr("Classes"), f"{len(found.classes):,}"),
            (self.tr("Pixel values"), self.tr("{low} to {high}").format(low=low, high=high)),
            (self.tr("Largest class to smallest"), f"{found.imbalance:.2f} : 1"),
            (self.tr("Repeated in training"), f"{found.duplicates_in_train:,}"),
            (self.tr("Repeated in test"), f"{found.duplicates_in_test:,}"),
            (self.tr("Test images also trained on"), f"{found.duplicates_across:,}"),
            (self.tr("Images with two labels"), f"{found.conflicts:,}"),
            (self.tr("Images of one color"), f"{found.constant:,}"),
        ]
        if found.leaked:
            pairs = ", ".join(f"{test:,} = {train:,}" for test, train in found.leaked[:MOST_LEAKS_NAMED])
            rows.append((self.tr("First of them (test = training)"), pairs))
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * STEP_PX)
        grid.setVerticalSpacing(STEP_PX)
        grid.setColumnStretch(1, 1)
        for row, (name, figure) in enumerate(rows):
            grid.addWidget(label(name, "field"), row, 0)
            value = label(figure)
            value.setAccessibleName(f"{name}: {figure}")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(value, row, 1)
        return grid
