"""Figures as files: PNG, SVG or PDF, whole or not there."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError

KINDS = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 150


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the file's ending says the kind.

    Raises:
        StudioError: If the ending is not .png, .svg or .pdf, or the file cannot be written.
    """
    if path.suffix.lower() not in KINDS:
        raise StudioError(
            f"Cannot save {path.name}.",
            f"Expected a name that ends in {', '.join(KINDS)}, received '{path.suffix}'.",
            "Choose one of these endings.",
        )
    try:
        with replacing(path) as temporary:
            figure.savefig(temporary, format=path.suffix.lower()[1:], dpi=DOTS_PER_INCH)
    except OSError as error:
        raise StudioError(f"Cannot write {path}.", str(error), "Choose another folder.") from error
