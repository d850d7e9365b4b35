"""The error ledger: the images that B fixed, broke, and those that both misread or both read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.significance import ChangeCounts, ledger_table
from cnn_studio.ui.runs.comparison.comparison_gallery import NO_NUMBERS, LedgerGallery
from cnn_studio.ui.runs.comparison.comparison_page import ComparisonPage
from cnn_studio.ui.runs.comparison.comparison_subject import Pair, RunComparison
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

Entry = Literal["fixed", "broken", "both_wrong", "both_right"]


class ErrorsPage(ComparisonPage):
    """Four buttons with their counts, and the images of the one that is down.

    Signals:
        saved: The list was written to this path.
        failed: It could not be.
    """

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__("errorLedgerPage", parent)
        self._theme, self._comparison = theme, comparison
        self._pair: Pair | None = None
        self._cell: tuple[int, int] | None = None
        self._writer = BackgroundTask(self.saved.emit, self.failed.emit, self)
        self.gallery = LedgerGallery(theme)
        self._patterns: dict[Entry, str] = {
            "fixed": self.tr("Fixed {count}"),
            "broken": self.tr("Broke {count}"),
            "both_wrong": self.tr("Both wrong {count}"),
            "both_right": self.tr("Both right {count}"),
        }
        tips: dict[Entry, str] = {
            "fixed": self.tr("Images that A misreads and B reads correctly"),
            "broken": self.tr("Images that A reads correctly and B misreads"),
            "both_wrong": self.tr("Images that both misread"),
            "both_right": self.tr("Images that both read correctly"),
        }
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        group = QButtonGroup(self)
        self.buttons: dict[Entry, QPushButton] = {}
        for entry in self._patterns:
            button = QPushButton()
            button.setObjectName(f"ledger-{entry}")
            button.setCheckable(True)
            button.setToolTip(tips[entry])
            role(button, "segment")
            button.clicked.connect(self._show_images)
            group.addButton(button)
            head.addWidget(button)
            self.buttons[entry] = button
        self.buttons["fixed"].setChecked(True)
        self.cell_button = QPushButton()
        self.cell_button.setObjectName("ledgerCellButton")
        self.cell_button.setToolTip(self.tr("Show the images of all classes again"))
        role(self.cell_button, "quiet")
        self.cell_button.clicked.connect(self.show_all)
        self.save_button = QPushButton(self.tr("Save list …"))
        self.save_button.setObjectName("saveLedgerButton")
        self.save_button.setToolTip(self.tr("Save all images on which the two differ or err, as a CSV file"))
        self.save_button.clicked.connect(self._ask_to_save)
        head.addSpacing(STEP_PX)
        head.addWidget(self.cell_button)
        head.addStretch(1)
        head.addWidget(self.save_button)
        self.note = label("", "caption")
        self.note.setObjectName("ledgerNote")
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addWidget(self.note)
        page.addWidget(self.gallery, 1)
        self.follow(comparison.paired)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _paint_icons(self) -> None:
        icons: dict[Entry, tuple[str, str]] = {
            "fixed": ("arrow-up-bold", "good"),
            "broken": ("arrow-down-bold", "bad"),
        }
        for entry, (name, token) in icons.items():
            self.buttons[entry].setIcon(self._theme.icon(name, token))
        self.cell_button.setIcon(self._theme.icon("close"))

    @property
    def _ledger(self) -> ChangeCounts | None:
        return self._comparison.pair.ledger if self._comparison.pair else None

    @property
    def entry(self) -> Entry:
        """Which entry of the ledger is shown."""
        return next(entry for entry, button in self.buttons.items() if button.isChecked())

    def show_cell(self, true: int, read: int) -> None:
        """Show only images of one true class that A or B read as another, wherever most of them are."""
        self._cell = true, read
        self._show_counts()
        counts = {entry: len(self._numbers(entry)) for entry in self.buttons}
        if not counts[self.entry]:
            fullest = max(counts, key=lambda entry: counts[entry])
            self.buttons[fullest].setChecked(True)
            self._show_images()

    def show_all(self) -> None:
        """Show the images of all classes."""
        self._cell = None
        self._show_counts()

    def refresh(self) -> None:
        """Show the chosen pair; the cell of another is forgotten."""
        if self._pair is not self._comparison.pair:
            self._pair, self._cell = self._comparison.pair, None
        self._show_counts()

    def _numbers(self, entry: Entry) -> NDArray[np.intp]:
        pair, entries = self._comparison.pair, self._ledger
        if pair is None or entries is None:
            return NO_NUMBERS
        numbers: NDArray[np.intp] = getattr(entries, entry)
        if self._cell is None:
            return numbers
        true, read = self._cell
        a, b = (answers.predictions for answers in pair.answers)
        inside = (pair.labels == true) & ((a == read) | (b == read))
        within: NDArray[np.intp] = numbers[inside[numbers]]
        return within

    def _show_counts(self) -> None:
        known = self._ledger is not None
        for entry, button in self.buttons.items():
            count = f"{len(self._numbers(entry)):,}" if known else ""
            button.setText(self._patterns[entry].format(count=count).strip())
            button.setEnabled(known)
        self.save_button.setEnabled(known)
        pair = self._comparison.pair
        self.cell_button.setVisible(self._cell is not None)
        if self._cell is not None and pair is not None:
            true, read = (pair.classes[number] for number in self._cell)
            self.cell_button.setText(self.tr("true {true}, read as {read}").format(true=true, read=read))
        problem = pair.problem if pair is not None else None
        self.note.setText("" if problem is None else str(problem))
        self.note.setVisible(problem is not None and known)
        self._show_images()

    def _show_images(self) -> None:
        pair, problem = self._comparison.pair, None
        if pair is not None:
            problem = pair.problem
        if self._ledger is None:
            waiting = self.tr("The images on which two runs differ appear here")
            self.gallery.hint = waiting if problem is None else str(problem)
            self.gallery.show_images(None, NO_NUMBERS)
            return
        self.gallery.hint = self.tr("No image of this kind")
        self.gallery.show_images(pair, self._numbers(self.entry))

    def _ask_to_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save list"),
            str(Path.home() / "comparison.csv"),
            self.tr("CSV files (*.csv)"),
        )
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the images on which the two differ or err as CSV, off the GUI thread."""
        pair = self._comparison.pair
        if pair is None or pair.ledger is None:
            return
        path = path if path.suffix else path.with_suffix(".csv")
        self._writer.ask(lambda: _written(pair, path))


def _written(pair: Pair, path: Path) -> Path:
    assert pair.ledger is not None and pair.a.evaluation is not None and pair.b.evaluation is not None
    try:
        write_atomically(path, ledger_table(pair.ledger, pair.a.evaluation, pair.b.evaluation).encode())
    except OSError as error:
        raise StudioError(f"Cannot write {path}.", str(error), "Choose another folder.") from error
    return path
