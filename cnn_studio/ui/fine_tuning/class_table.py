"""A few figures for each class, the classes side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, font, role

MOST_CLASSES = 12
LONGEST_NAME = 6
"""Letters of a class name that stand above its figures; the whole name is its tooltip."""


class ClassTable(QWidget):
    """One column a class, one row a figure; of many classes the first twelve."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        role(self, "plain")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * STEP_PX)
        self._grid.setVerticalSpacing(4)

    def show_rows(
        self, title: str, classes: Sequence[str], rows: Sequence[tuple[str, Sequence[str], Sequence[bool]]]
    ) -> None:
        """Show figures instead of what was shown.

        Args:
            title: Of the line with the classes' names.
            classes: Their names.
            rows: For each line its title, a text a class, and which of them stand out.
        """
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        head = title, tuple(self._short(name) for name in classes), (True,) * len(classes)
        for line, (name, texts, bold) in enumerate((head, *rows)):
            self._grid.addWidget(label(name, "field"), line, 0)
            for column, text in enumerate(texts[:MOST_CLASSES], start=1):
                cell = self._cell(text, bold[column - 1])
                cell.setToolTip(classes[column - 1])
                self._grid.addWidget(cell, line, column, Qt.AlignmentFlag.AlignHCenter)
            if len(texts) > MOST_CLASSES:
                self._grid.addWidget(self._cell("…", False), line, MOST_CLASSES + 1)
        self._grid.setColumnStretch(MOST_CLASSES + 2, 1)
        said = (", ".join(f"{c} {t}" for c, t in zip(classes, texts, strict=True)) for _, texts, _ in rows)
        self.setAccessibleName(
            ". ".join(f"{name}: {figures}" for (name, _, _), figures in zip(rows, said, strict=True))
        )

    @staticmethod
    def _short(name: str) -> str:
        return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"

    @staticmethod
    def _cell(text: str, bold: bool) -> QLabel:
        cell = label(text)
        cell.setFont(font(bold=bold, tabular=True))
        return cell
