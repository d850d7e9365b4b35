"""What every page of the Evaluate tab is: a widget that shows a reading, and may choose images of it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation


class EvaluationPage(QWidget):
    """A page; the tab makes it when it is first shown and then tells it of every reading.

    Attributes:
        reading: What is shown; None while there is nothing.
        hint: What to say while there is nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reading: LoadedEvaluation | None = None
        self.hint = ""

    def show_reading(self, reading: LoadedEvaluation | None, hint: str = "") -> None:
        """Show a reading; None and a hint clear the page."""
        self.reading, self.hint = reading, hint
        self.refresh()

    def refresh(self) -> None:
        """Show `reading` and, where it is None, `hint`; each page has its own."""
        raise NotImplementedError
