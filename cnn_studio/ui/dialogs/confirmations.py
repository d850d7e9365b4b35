"""Questions before something would be lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget


def confirmed(parent: QWidget, what: str, why: str, yes: str, no: str, title: str = "") -> bool:
    """Ask, and return whether the answer was `yes`; Enter and Escape mean `no`."""
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle(title or what.rstrip("."))
    question.setText(what)
    question.setInformativeText(why)
    stay = question.addButton(no, QMessageBox.ButtonRole.RejectRole)
    go = question.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    question.setDefaultButton(stay)
    question.exec()
    return question.clickedButton() is go


def chosen(parent: QWidget, what: str, why: str, answers: Mapping[str, bool], title: str = "") -> str:
    """Ask with several answers, each with whether it acts; return the one that was clicked.

    The first that does not act is what Enter and Escape mean.
    """
    question = QMessageBox(parent)
    question.setIcon(QMessageBox.Icon.Question)
    question.setWindowTitle(title or what.rstrip("."))
    question.setText(what)
    question.setInformativeText(why)
    buttons = {
        text: question.addButton(
            text, QMessageBox.ButtonRole.AcceptRole if acts else QMessageBox.ButtonRole.RejectRole
        )
        for text, acts in answers.items()
    }
    stay = next(text for text, acts in answers.items() if not acts)
    question.setDefaultButton(buttons[stay])
    question.exec()
    clicked = question.clickedButton()
    return next((text for text, button in buttons.items() if button is clicked), stay)


def may_write(parent: QWidget, path: Path) -> bool:
    """Whether a file or folder may be written; asks where there is one of that name."""
    try:
        if not path.exists():
            return True
    except OSError:  # it cannot be seen; that it cannot be written either is said by who tries
        return True
    return confirmed(
        parent,
        QCoreApplication.translate("Questions", "{name} exists already.").format(name=path.name),
        QCoreApplication.translate("Questions", "Replacing it overwrites what is in {folder}.").format(
            folder=path.parent
        ),
        QCoreApplication.translate("Questions", "Replace"),
        QCoreApplication.translate("Questions", "Keep it"),
    )
