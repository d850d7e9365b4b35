"""Tables of words for reading: terms with what they say, and lists with figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, TEXT_PT, TITLE_PT, Theme, font

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A title, the heads of its columns (none: terms with words), and its rows."""


class TextTable(QTextBrowser):
    """Shows tables below one another; their text can be selected and copied."""

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setFont(font())
        self.document().setDocumentMargin(0)
        self._theme = theme
        self._tables: Sequence[Table] = ()
        theme.changed.connect(self._write)

    def show_tables(self, tables: Sequence[Table]) -> None:
        """Show other tables; one without rows is left out."""
        self._tables = tables
        self._write()

    def _write(self) -> None:
        tokens = self._theme.tokens
        parts: list[str] = []
        for title, heads, rows in self._tables:
            if not rows:
                continue
            parts.append(
                f'<p style="font-size:{TITLE_PT}pt; font-weight:600; color:{tokens.text}; '
                f'margin:0 0 {STEP_PX // 2}px 0">{escape(title)}</p>'
            )
            cells: list[str] = []
            if heads:
                cells.append(
                    "<tr>"
                    + "".join(
                        f'<td align="{side}" style="color:{tokens.muted}; font-size:{CAPTION_PT}pt; '
                        f'padding:2px {2 * STEP_PX}px 2px 0">{escape(head)}</td>'
                        for head, side in zip(heads, _sides(rows), strict=True)
                    )
                    + "</tr>"
                )
            for row in rows:
                cells.append("<tr>" + self._cells(row, bool(heads), _sides(rows)) + "</tr>")
            table = f'<table cellspacing="0" style="margin-bottom:{2 * STEP_PX}px">{"".join(cells)}</table>'
            parts.append(table)
        self.setHtml("".join(parts))

    def _cells(self, row: Sequence[str], listed: bool, sides: Sequence[str]) -> str:
        tokens = self._theme.tokens
        return "".join(
            f'<td align="{side if listed else "left"}" style="font-size:{TEXT_PT}pt; '
            f"color:{tokens.muted if not listed and index == 0 else tokens.text}; "
            f'padding:2px {2 * STEP_PX}px 2px 0">{escape(text)}</td>'
            for index, (text, side) in enumerate(zip(row, sides, strict=True))
        )


def _sides(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return how each column is aligned: figures to the right."""
    return [
        "right" if all(text[:1].isdigit() for text in column) else "left"
        for column in zip(*rows, strict=True)
    ]
