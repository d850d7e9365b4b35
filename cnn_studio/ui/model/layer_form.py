"""The fields of the selected layer, made from the layer table alone."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import AnyLayer
from cnn_studio.core.network.layers.layer_fields import Field, fields_of, tag_of
from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.layer_rows import LayerListRow
from cnn_studio.ui.model.layer_text import field_text, help_of, shape_text, short_count
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.form_layout import field as add_field
from cnn_studio.ui.style.form_layout import form, label
from cnn_studio.ui.style.theme import STEP_PX, role
from cnn_studio.ui.widgets.field_inputs import input_for


class LayerForm(QFrame):
    """Shows one layer; each keystroke changes the network, a refused value says why below its field."""

    def __init__(self, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "card")
        self.setObjectName("layerForm")
        self._editor = editor
        self._shown: tuple[Path, type[AnyLayer]] | None = None
        self._typed = ""
        self._fields: dict[str, Field] = {}
        self.inputs: dict[str, QWidget] = {}
        self.refusals: dict[str, QLabel] = {}
        self.title = label("", "title")
        self.title.setObjectName("layerTitle")
        self.figures = label("", "caption")
        self.figures.setObjectName("layerFigures")
        self.help = label("", "caption")
        self.help.setObjectName("fieldHelp")
        self._body_layout = QVBoxLayout()
        content = QWidget()
        role(content, "plain")
        inside = QVBoxLayout(content)
        inside.setContentsMargins(2 * STEP_PX, 0, STEP_PX, 0)
        inside.addLayout(self._body_layout)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Fields of the layer"))
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        role(scroll.viewport(), "plain")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP_PX, 0, STEP_PX)
        column.setSpacing(STEP_PX)
        for widget in (self.title, self.figures):
            widget.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, 0)
            column.addWidget(widget)
        column.addWidget(scroll, 1)
        self.help.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, 0)
        column.addWidget(self.help)
        self._body: QWidget | None = None
        editor.changed.connect(self._show)
        editor.selected.connect(self._show)
        focus = QApplication.instance()
        assert isinstance(focus, QApplication)
        focus.focusChanged.connect(self._explain)
        self._show()

    def _show(self) -> None:
        row = self._editor.selected_row
        shown = None if row is None else (row.path, type(row.layer))
        if shown != self._shown:
            self._shown = shown
            self._build(row)
        if row is None:
            self.title.setText(self.tr("No layer selected"))
            self.figures.setText(self.tr("Add a layer, or select one in the list or in the drawing."))
            self.help.setText("")
            return
        self.title.setText(tag_of(type(row.layer)))
        self.figures.setText(self._describe(row))
        for name, widget in self.inputs.items():
            if name != self._typed:  # where somebody types, the text stays as it is typed
                self.refusals[name].hide()
                widget.take(getattr(row.layer, name))  # type: ignore[attr-defined]

    def _describe(self, row: LayerListRow) -> str:
        lines = [help_of(type(row.layer))]
        if row.input_shape is not None and row.output_shape is not None:
            lines.append(f"{shape_text(row.input_shape)}  →  {shape_text(row.output_shape)}")
            texts = [
                self.tr("{count} parameters").format(count=f"{row.layer.parameters(row.input_shape):,}"),
                self.tr("{count}FLOPs").format(count=f"{short_count(row.layer.flops(row.input_shape))} "),
            ]
            if row.figures is not None:
                texts.append(field_text(row.figures.receptive_field))
            lines.append(" · ".join(texts))
        return "\n".join(lines)

    def _build(self, row: LayerListRow | None) -> None:
        if self._body is not None:
            self._body_layout.removeWidget(self._body)
            self._body.setParent(None)  # at once, so that no field is there twice
            self._body.deleteLater()
        self.inputs, self.refusals, self._fields = {}, {}, {}
        self._body = QWidget()
        role(self._body, "plain")
        layout = form()
        layout.setContentsMargins(0, 0, STEP_PX, 0)
        self._body.setLayout(layout)
        self._body_layout.addWidget(self._body)
        self._body.show()
        if row is None:
            return
        for one in fields_of(type(row.layer)):
            widget = input_for(one, partial(self._change, row.path, one.name))
            widget.setObjectName(f"field-{one.name}")
            add_field(layout, _title(one.name), widget, self._sentence(one))
            refusal = label("", "warning")
            refusal.setObjectName(f"refusal-{one.name}")
            refusal.hide()
            layout.addRow(refusal)
            widget.take(getattr(row.layer, one.name))  # type: ignore[attr-defined]
            self.inputs[one.name], self.refusals[one.name], self._fields[one.name] = widget, refusal, one
        first = next(iter(self._fields.values()), None)
        self.help.setText("" if first is None else self._sentence(first))

    def _change(self, path: Path, name: str, value: Any) -> None:
        refusal = self.refusals[name]
        self._typed = name
        try:
            self._editor.change(path, name, value)
        except StudioError as error:
            refusal.setText(self._reason(self._fields[name], value, error))
            refusal.show()
            self.inputs[name].setAccessibleDescription(refusal.text())
            return
        finally:
            self._typed = ""
        refusal.hide()
        self.inputs[name].setAccessibleDescription("")
        row = self._editor.selected_row
        if row is not None:
            self.inputs[name].take(getattr(row.layer, name))  # type: ignore[attr-defined]

    def _reason(self, field: Field, value: Any, error: StudioError) -> str:
        """Return why a value is not taken."""
        if field.kind == "real" and isinstance(value, str):
            return self.tr("Not accepted: “{value}” is not a number.").format(value=value)
        if field.kind in ("integer", "real"):
            text = self.tr("Not accepted: {value} is not within {limits}.")
            return text.format(value=f"{value:.10g}", limits=self._limits(field))
        return self.tr("Not accepted: {why}").format(why=error.why)

    def _sentence(self, field: Field) -> str:
        """Return what a field is for, with its limits."""
        if field.kind not in ("integer", "real"):
            return field.help
        return f"{field.help} ({self._limits(field)})"

    def _limits(self, field: Field) -> str:
        """Return the numbers a field takes."""
        low = "" if field.minimum is None else f"{field.minimum:g}"
        high = "" if field.maximum is None else f"{field.maximum:g}"
        if field.minimum_excluded:
            low = self.tr("more than {limit}").format(limit=low)
        if field.maximum_excluded:
            high = self.tr("less than {limit}").format(limit=high)
        unit = f" {field.unit}" if field.unit else ""
        return self.tr("{low} to {high}{unit}").format(low=low, high=high, unit=unit)

    def _explain(self, _: QObject | None, now: QObject | None) -> None:
        """Show the sentence of the field that has the focus."""
        while now is not None and now is not self:
            for name, widget in self.inputs.items():
                if now is widget:
                    self.help.setText(self._sentence(self._fields[name]))
                    return
            now = now.parent()


def _title(name: str) -> str:
    """Return Keras's argument name as words."""
    return name.replace("_", " ").capitalize()
