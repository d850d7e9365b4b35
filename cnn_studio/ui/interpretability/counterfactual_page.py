"""The fewest pixels that turn the answer into a class a person chooses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QButtonGroup, QComboBox, QPushButton, QSizePolicy, QWidget

from cnn_studio.inference.channel_layout import plane
from cnn_studio.inference.classifier import Answer
from cnn_studio.inference.counterfactuals import Counterfactual, smallest_counterfactual
from cnn_studio.ui.interpretability.array_pictures import draw_pixels, gray_picture, pair_in
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import Theme, role

QUIET_MS = 250
"""A search takes about a second, so it waits until the pen rests."""
MOST_BUTTONS = 10
LONGEST_BUTTON = 2
NONE = -1


@dataclass(frozen=True)
class CounterfactualShown:
    """What the page paints; `edit` is None where no small one was found."""

    image: NDArray[np.uint8]
    edited: NDArray[np.uint8]
    edit: Counterfactual | None
    before: str
    wanted: str
    after: Answer | None


class CounterfactualPage(InspectionPage):
    """A row of classes; the drawing with what to erase and add; the edited drawing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "editsPage", parent)
        self.title = self.tr("Smallest edit")
        self.hint = self.tr("Draw, choose another class, and see how few pixels turn the answer into it")
        self.target = NONE
        self.buttons: list[QPushButton] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.choose)
        self.selector = QComboBox()
        self.selector.setObjectName("editTargetSelector")
        self.selector.setAccessibleName(self.tr("Class the answer should become"))
        self.selector.activated.connect(lambda index: self.choose(index - 1))
        self.controls.addWidget(label(self.tr("Make it a"), "field"))
        self.controls.addWidget(self.selector, 1)
        self._classes: tuple[str, ...] = ()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(QUIET_MS)
        self._rest.timeout.connect(self._search)
        self.show_classes(())

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """Offer the classes of a network: as buttons, or as a list where they need more room."""
        if classes == self._classes and classes:
            return
        self._classes, self.target = classes, NONE
        for button in self.buttons:
            self._group.removeButton(button)
            button.deleteLater()
        short = len(classes) <= MOST_BUTTONS and all(len(name) <= LONGEST_BUTTON for name in classes)
        self.buttons = [self._button(number, name) for number, name in enumerate(classes)] if short else []
        self.selector.setVisible(bool(classes) and not short)
        self.selector.clear()
        self.selector.addItems([self.tr("choose …"), *classes])

    def choose(self, target: int) -> None:
        """Take the class the answer should become."""
        self.target = target
        if self.buttons and target != NONE:
            self.buttons[target].setChecked(True)
        self.selector.setCurrentIndex(target + 1)
        self.ask_again()

    def show_subject(self, subject: InspectionSubject | None) -> None:
        if subject is not None:
            self.show_classes(subject.classes)
        super().show_subject(subject)

    def ask_again(self) -> None:
        """Search once the pen rests; what was found for the drawing before goes at once."""
        if self.subject is None or not self.isVisible():
            return
        self.latest.forget()
        self.result = None
        if self.target == NONE:
            self.say_notice(self.tr("Choose what the answer should become"))
        else:
            self.say_notice(self.tr("Searching …"))
            self._rest.start()

    def _search(self) -> None:
        if self.subject is not None and self.target != NONE:
            self.latest.ask(self.job(self.subject))

    def _button(self, number: int, name: str) -> QPushButton:
        button = QPushButton(name)
        role(button, "letter")
        button.setObjectName(f"editTarget{number}")
        button.setAccessibleName(self.tr("Make it a {name}").format(name=name))
        button.setCheckable(True)
        button.setMinimumWidth(24)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group.addButton(button, number)
        self.controls.addWidget(button)
        return button

    def job(self, subject: InspectionSubject) -> Work:
        target = self.target

        def work(canceled: Canceled) -> CounterfactualShown | None:
            classifier, shape = subject.classifier, subject.classifier.card.input_shape
            before = classifier.answers(subject.pixels[None])[0]
            edit = smallest_counterfactual(classifier, subject.pixels, target, canceled)
            if canceled():
                return None
            after = None if edit is None else classifier.answers(edit.image[None])[0]
            edited = subject.pixels if edit is None else edit.image
            return CounterfactualShown(
                plane(subject.pixels, shape), plane(edited, shape), edit,
                subject.classes[before.index], subject.classes[target], after,
            )  # fmt: skip

        return work

    def describe(self) -> str:
        shown: CounterfactualShown = self.result
        if shown.edit is None or shown.after is None:
            text = self.tr("No edit of at most 60 pixels was found that turns this {before} into {wanted}.")
            return text.format(before=shown.before, wanted=shown.wanted)
        if not shown.edit.size:
            return self.tr("It is read as {wanted} already.").format(wanted=shown.wanted)
        unit = self.tr("Pixels")
        if shown.edit.square > 1:
            unit = self.tr("Squares of {side} × {side} pixels").format(side=shown.edit.square)
        text = self.tr(
            "{unit} that turn this {before} into {wanted} ({percent:.0f} %): {count}, "
            "{added} of them added (+, blue) and {erased} erased (−, orange). None can be "
            "left out."
        )
        return text.format(
            unit=unit,
            count=shown.edit.size, before=shown.before, wanted=shown.wanted,
            percent=100 * shown.after.confidence, added=len(shown.edit.added), erased=len(shown.edit.erased),
        )  # fmt: skip

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: CounterfactualShown = self.result
        tokens = self.theme.tokens
        for number, (square, image) in enumerate(
            zip(pair_in(area), (shown.image, shown.edited), strict=True)
        ):
            drawn = draw_pixels(painter, square, gray_picture(image))
            painter.setPen(tokens.color("hairline"))
            painter.drawRect(drawn)
            if number == 0 and shown.edit is not None:
                pixel = drawn.width() / image.shape[1] * shown.edit.square
                self._paint_marks(painter, drawn, pixel, shown.edit.erased, "validation", upright=False)
                self._paint_marks(painter, drawn, pixel, shown.edit.added, "training", upright=True)

    def _paint_marks(
        self, painter: QPainter, drawn: QRectF, pixel: float, marked: NDArray[np.int64], token: str, *,
        upright: bool,
    ) -> None:  # fmt: skip
        color = self.theme.tokens.color(token)
        for row, column in marked:
            square = QRectF(drawn.left() + column * pixel, drawn.top() + row * pixel, pixel, pixel)
            painter.fillRect(square, color)
            middle, reach = square.center(), pixel * 0.3
            painter.setPen(QPen(Qt.GlobalColor.white, max(1.0, pixel / 7)))
            painter.drawLine(middle - QPointF(reach, 0), middle + QPointF(reach, 0))
            if upright:
                painter.drawLine(middle - QPointF(0, reach), middle + QPointF(0, reach))
