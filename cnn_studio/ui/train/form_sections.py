"""Sections of a recipe as forms, made from the table of fields alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import Field, tag_of
from cnn_studio.core.recipes.form_fields import (
    changed,
    fields_of,
    kind_title,
    sentence_of,
    sentence_of_limits,
    taken_over,
    title_of,
    value_title,
)
from cnn_studio.ui.style.theme import STEP_PX
from cnn_studio.ui.train.form_rows import ROW_PX, FormRow
from cnn_studio.ui.widgets.field_inputs import FlagInput
from cnn_studio.ui.widgets.number_input import NumberInput

Changed = Callable[[Any], None]
Make = Callable[[Field, Changed], QWidget]


class ValueInput(QComboBox):
    """One of several values, by the names people use for them."""

    def __init__(self, field: Field, changed: Changed) -> None:
        super().__init__()
        for value in field.choices:
            self.addItem(value_title(value), value)
        narrow(self)
        self.currentIndexChanged.connect(lambda _: changed(self.currentData()))

    def take(self, value: Any) -> None:
        """Show a value without telling it."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(value))


INPUTS: Mapping[str, Make] = {
    "integer": NumberInput,
    "real": NumberInput,
    "choice": ValueInput,
    "flag": FlagInput,
}


def narrow(selector: QComboBox) -> None:
    """Let a list be wider than its field, so that a long row does not widen the form."""
    selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    selector.setMinimumContentsLength(8)


class SectionForm(QWidget):
    """Some fields of one section; each keystroke is told, a refused value says why below its field.

    Args:
        prefix: What the object names of its fields begin with.
        only: Names of the fields to show; None shows all.
        without: Names of fields that are left out.
        names: Object names of fields that have one of their own.
        special: What is edited with in fields of these names.

    Signals:
        edited: The section with a new value in it.
        built: Its fields are others than before.
    """

    edited = Signal(object)
    built = Signal()

    def __init__(
        self,
        prefix: str,
        *,
        only: tuple[str, ...] | None = None,
        without: tuple[str, ...] = (),
        names: Mapping[str, str] | None = None,
        special: Mapping[str, Make] | None = None,
    ) -> None:
        super().__init__()
        self._prefix, self._only, self._without = prefix, only, without
        self._names, self._special = names or {}, special or {}
        self._section: msgspec.Struct | None = None
        self._typing = ""
        self._body: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.rows: dict[str, FormRow] = {}
        self.inputs: dict[str, QWidget] = {}

    def show_section(self, section: msgspec.Struct) -> None:
        """Show a section; what is typed and was refused stays until the section has another value there."""
        before, self._section = self._section, section
        if type(before) is not type(section):
            self._build(type(section))
            before = None
        for name, widget in self.inputs.items():
            value = getattr(section, name)
            kept = before is not None and self.rows[name].error is not None and getattr(before, name) == value
            if name != self._typing and not kept:
                self.rows[name].refuse(None)
                widget.take(value)  # type: ignore[attr-defined]

    def refusals(self) -> list[FormRow]:
        """Return the rows whose values are not taken."""
        return [row for row in self.rows.values() if row.error is not None]

    def _build(self, kind: type[msgspec.Struct]) -> None:
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.setParent(None)  # at once, so that no field is there twice
            self._body.deleteLater()
        self.rows, self.inputs = {}, {}
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        for field in fields_of(kind, self._only):
            if field.name in self._without:
                continue
            make = self._special.get(field.name) or INPUTS[field.kind]
            widget = make(field, partial(self._change, field))
            widget.setObjectName(self._names.get(field.name, f"{self._prefix}-{field.name}"))
            number = field.kind in ("integer", "real")
            tip = f"{field.help} {sentence_of_limits(field)}" if number else field.help
            note = field.help if field.kind == "flag" else ""
            row = FormRow(title_of(field), widget, tip, note)
            self.rows[field.name], self.inputs[field.name] = row, widget
            column.addWidget(row)
        self._column.addWidget(self._body)
        self._body.setVisible(bool(self.rows))
        self.built.emit()

    def _change(self, field: Field, value: Any) -> None:
        assert self._section is not None
        row = self.rows[field.name]
        try:
            section = changed(self._section, field, value)
        except StudioError as error:
            row.refuse(error)
            return
        row.refuse(None)
        if section != self._section:
            self._typing = field.name  # where somebody types, the text stays as it is typed
            self.edited.emit(section)
            self._typing = ""
            self._section = section


class ChosenForm(QWidget):
    """A choice among sections, such as optimizers, and the fields of the chosen one.

    Args:
        title: What is chosen.
        tip: What it is, in a sentence.
        kinds: The classes there are.
        form: Shows the fields of the chosen one, or some of them.
        name: Object name of the choice.

    Signals:
        edited: Another section, or another value in it.
    """

    edited = Signal(object)

    def __init__(
        self, title: str, tip: str, kinds: tuple[type[msgspec.Struct], ...], form: SectionForm, name: str
    ) -> None:
        super().__init__()
        self._tip, self._kinds = tip, kinds
        self._section: msgspec.Struct | None = None
        self.form = form
        self.selector = QComboBox()
        self.selector.setObjectName(name)
        narrow(self.selector)
        for kind in kinds:
            self.selector.addItem(kind_title(kind), tag_of(kind))
        self.selector.currentIndexChanged.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(FormRow(title, self.selector, tip))
        column.addWidget(form)
        form.edited.connect(self.edited)

    def show_section(self, section: msgspec.Struct) -> None:
        """Show a section and its fields."""
        self._section = section
        with QSignalBlocker(self.selector):
            self.selector.setCurrentIndex(self._kinds.index(type(section)))
        self.selector.setToolTip(f"{self._tip}. {sentence_of(type(section))}")
        self.form.show_section(section)
        self.form.setVisible(bool(self.form.rows))

    def _choose(self) -> None:
        kind = self._kinds[self.selector.currentIndex()]
        if self._section is not None and kind is not type(self._section):
            self.edited.emit(taken_over(kind, self._section))


class OptionalForm(QWidget):
    """A section that may be left out; what it said is kept while it is.

    Signals:
        edited: The section, or None.
    """

    edited = Signal(object)

    def __init__(self, title: str, tip: str, usual: msgspec.Struct, form: SectionForm, name: str) -> None:
        super().__init__()
        self._kept = usual
        self.form = form
        self.check = QCheckBox(self.tr("on"))
        self.check.setMinimumHeight(ROW_PX)
        self.check.setObjectName(name)
        self.check.clicked.connect(lambda wanted: self.edited.emit(self._kept if wanted else None))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(FormRow(title, self.check, tip))
        column.addWidget(form)
        form.edited.connect(self.edited)

    def show_section(self, section: msgspec.Struct | None) -> None:
        """Show a section, or that there is none."""
        self._kept = section or self._kept
        self.check.setChecked(section is not None)
        self.form.show_section(self._kept)
        self.form.setVisible(section is not None)

    def refusals(self) -> list[FormRow]:
        """Return the rows whose values are not taken; none of a section that is left out."""
        return self.form.refusals() if self.check.isChecked() else []
