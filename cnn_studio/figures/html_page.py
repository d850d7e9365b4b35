"""A web page in one file: headings, tables, figures and images, everything inside it, nothing executed."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from cnn_studio.figures.figure_files import DOTS_PER_INCH

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.5rem; background: #fff; color: #1b2430;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .75rem; padding-top: 1rem; border-top: 1px solid #e1e5eb; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; }
.lead { color: #566273; }
.key { font-size: 1.15rem; font-weight: 600; }
.warning { border-left: 4px solid #8a5a00; padding: .25rem .75rem; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #566273; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1.25rem .2rem 0; }
thead th { border-bottom: 1px solid #8793a3; font-weight: 600; }
tbody th { font-weight: 400; color: #566273; white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid #eef1f5; }
.number { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; }
figure { margin: .75rem 0; break-inside: avoid; }
figure > img { max-width: 100%; height: auto; }
figcaption { color: #566273; font-size: .875rem; }
.gallery { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: .5rem 0; list-style: none; }
.gallery figure { margin: 0; width: 6rem; text-align: center; }
.gallery img { width: 5.25rem; height: 5.25rem; object-fit: contain; image-rendering: pixelated;
  border: 1px solid #e1e5eb; }
.gallery figcaption { font-size: .75rem; line-height: 1.25; overflow-wrap: anywhere; }
pre { background: #f6f7f9; padding: .75rem; overflow-x: auto; font-size: .8rem; }
summary { cursor: pointer; }
footer { margin-top: 3rem; color: #566273; font-size: .875rem; }
@media print {
  @page { margin: 18mm; }
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  .wide table { font-size: 9pt; }
  .wide :is(th, td) { padding-right: .75rem; }
  h2, h3 { break-after: avoid; }
  tr, .gallery li { break-inside: avoid; }
  .run { break-before: page; }
}
""".strip()


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page; `body` is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def text(tag: str, words: str, kind: str = "") -> str:
    """Return an element that holds words."""
    return f"<{tag}{_class(kind)}>{escape(words)}</{tag}>"


def terms(rows: Sequence[tuple[str, str]], caption: str) -> str:
    """Return a table of terms with what they say."""
    lines = "".join(
        f'<tr><th scope="row">{escape(term)}</th><td>{escape(words)}</td></tr>' for term, words in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{lines}</tbody></table>" if rows else ""


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, numbers: Sequence[int] = ()
) -> str:
    """Return a table whose first column names its rows.

    Args:
        heads: Of the columns.
        rows: As many texts each.
        caption: What it shows.
        numbers: The columns that hold figures, from 0: aligned to the right.
    """

    def cells(row: Sequence[str]) -> str:
        first, *rest = row
        return f'<th scope="row"{_right(0, numbers)}>{escape(first)}</th>' + "".join(
            f"<td{_right(column, numbers)}>{escape(cell)}</td>" for column, cell in enumerate(rest, start=1)
        )

    head = "".join(
        f'<th scope="col"{_right(column, numbers)}>{escape(name)}</th>' for column, name in enumerate(heads)
    )
    lines = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def drawn(figure: Figure, alternative: str, caption: str, *, pixels: bool = False) -> str:
    """Return a figure as SVG, or as PNG where it has too many parts.

    Args:
        figure: What matplotlib drew.
        alternative: What it shows, for readers who cannot see it.
        caption: Below it.
        pixels: As PNG.
    """
    file = io.BytesIO()
    if pixels:
        figure.savefig(file, format="png", dpi=DOTS_PER_INCH)
    else:
        figure.savefig(file, format="svg", metadata={"Date": None})
    kind = "png" if pixels else "svg+xml"
    return (
        f'<figure><img alt="{escape(alternative)}" src="{_data(kind, file.getvalue())}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def gallery(images: Sequence[tuple[NDArray[np.uint8], str, str]]) -> str:
    """Return images with what each shows in a few words and in a sentence.

    Args:
        images: (height, width, 1 or 3) uint8, the words below it, the sentence for readers who cannot see it.
    """
    items = "".join(
        f'<li><figure><img alt="{escape(alternative)}" src="{_data("png", _png(pixels))}">'
        f"<figcaption>{escape(words)}</figcaption></figure></li>"
        for pixels, words, alternative in images
    )
    return f'<ul class="gallery">{items}</ul>'


def folded(title: str, content: str) -> str:
    """Return preformatted text below a heading that unfolds it."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(content)}</pre></details>"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG", optimize=True)
    return file.getvalue()


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _right(column: int, numbers: Sequence[int]) -> str:
    return _class("number") if column in numbers else ""
