"""How far an evaluation is, and the button that stops it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, role


class EvaluationProgress(QWidget):
    """One line, hidden while nothing is evaluated."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "plain")
        self.text = label("", "field")
        self.text.setObjectName("evaluationState")
        self.bar = QProgressBar()
        self.bar.setObjectName("evaluationProgress")
        self.bar.setAccessibleName(self.tr("Evaluation"))
        self.bar.setTextVisible(False)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("cancelEvaluationButton")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self.text)
        line.addWidget(self.bar, 1)
        line.addWidget(self.cancel_button)
        self.hide()

    def wait(self, text: str) -> None:
        """Say what it is doing where that cannot be measured."""
        self.text.setText(text)
        self.bar.setRange(0, 0)
        self.show()

    def show_done(self, done: int, total: int) -> None:
        """Say how many images of how many were read."""
        self.text.setText(
            self.tr("Evaluating: {done} of {total} images").format(done=f"{done:,}", total=f"{total:,}")
        )
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.show()
