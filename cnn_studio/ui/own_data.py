"""What the window says of data a person opens."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cnn_studio.core.datasets import DatasetInfo

MOST_FILES_NAMED = 3


class FoundData(msgspec.Struct, frozen=True):
    """A person's own data: the row a recipe needs, and what should be known of them, in sentences."""

    info: DatasetInfo
    sentences: tuple[str, ...]


def look_at(path: Path) -> FoundData:
    """Read data and look them over (seconds for thousands of files: not on the GUI thread).

    Raises:
        StudioError: If they cannot be read; it names the place and what to do.
    """
    # not needed before a person opens data, so not before the first paint
    from cnn_studio.data.opening import open_data
    from cnn_studio.data.report import report

    opened = open_data(path)
    sentences = [*opened.notes, *report(opened.dataset).warnings]
    if opened.set_aside:
        names = ", ".join(f"{file.name} ({file.reason})" for file in opened.set_aside[:MOST_FILES_NAMED])
        more = len(opened.set_aside) - MOST_FILES_NAMED
        sentences.append(f"Set aside: {names}" + (f" and {more:,} more." if more > 0 else "."))
    return FoundData(opened.dataset.info, tuple(sentences))
