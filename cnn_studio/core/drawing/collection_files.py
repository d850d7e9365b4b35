"""Kept drawings as files: read from JSON lines, written as a folder of images a class."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PIL import Image

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.drawing_import import MOST_DRAWINGS, MOST_POINTS, imported_drawings_of
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.jsonl import lines_of
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing, fault_of, labeled_drawing
from cnn_studio.core.drawing.preprocessing import SIDE

FORBIDDEN = re.compile(
    r'[<>:"/\\|?*%\x00-\x1f]|[. ]$|^\.|^(?:con|prn|aux|nul|com\d|lpt\d)(?=$|\.)', re.IGNORECASE
)
"""What a folder's name may not hold or be on one of the platforms, and "%", which stands for it."""
LONGEST_NAME = 60


class ReadDrawings(msgspec.Struct, frozen=True):
    """What a file held.

    Attributes:
        drawings: Those with a label.
        unlabeled: The number of those without, which were left out.
        more: Whether there are more, which were not read.
    """

    drawings: tuple[LabeledDrawing, ...]
    unlabeled: int = 0
    more: bool = False


def read_kept(path: Path) -> ReadDrawings:
    """Read labeled drawings: what `Collection.export` wrote comes back as it was, others as new ones.

    Raises:
        StudioError: If it cannot be read or is not a file of drawings; then nothing of it is used.
    """
    drawings: list[LabeledDrawing] = []
    unlabeled = 0
    try:
        with path.open("rb") as file:
            for number, line in lines_of(file, path.name):
                if len(drawings) + unlabeled == MOST_DRAWINGS:
                    return ReadDrawings(tuple(drawings), unlabeled, True)
                drawing = _exported(line) or _imported(line, path.name, number)
                if drawing is None:
                    unlabeled += 1
                else:
                    drawings.append(drawing)
    except OSError as error:
        raise StudioError(f"Cannot read {path}.", f"{error}.", "Check the file's name.") from error
    return ReadDrawings(tuple(drawings), unlabeled)


def _exported(line: bytes) -> LabeledDrawing | None:
    try:
        drawing = msgspec.json.decode(line, type=LabeledDrawing)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    usual = sum(map(len, drawing.strokes)) <= MOST_POINTS and not fault_of(drawing)
    return drawing if usual else None


def _imported(line: bytes, name: str, number: int) -> LabeledDrawing | None:
    """Return a drawing of anybody's; None for one without a label."""
    try:
        (imported,) = imported_drawings_of(line, name).drawings
    except StudioError as error:
        why = f"Line {number}: " + error.why.removeprefix("Line 1: ")
        raise StudioError(error.what, why, error.remedy) from error
    return labeled_drawing(imported.strokes, imported.label, side=1) if imported.label else None


def write_class_folders(drawings: Sequence[LabeledDrawing], folder: Path) -> None:
    """Write each drawing as the image a network sees, 28x28 gray PNG, in the folder of its class.

    Args:
        drawings: Those to write.
        folder: Made anew; it must not exist.

    Raises:
        StudioError: If it exists or cannot be written; then nothing of it is left.
    """
    labels = sorted({drawing.label for drawing in drawings})
    digits, names = set(DIGITS).issuperset(labels), folder_names(labels)
    try:
        folder.mkdir(parents=True)
        try:
            for drawing in drawings:
                classes = DIGITS if digits else drawing.classes
                pixels = drawing_to_input(drawing.arrays(), classes, (SIDE, SIDE, 1))
                if pixels is not None:
                    class_folder = folder / names[drawing.label]
                    class_folder.mkdir(exist_ok=True)
                    Image.fromarray(pixels[..., 0]).save(class_folder / f"{folder_name(drawing.id)}.png")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise StudioError(
            f"{folder.name} was not written.", f"{error}.", "Choose another folder or name."
        ) from error


def folder_names(labels: Sequence[str]) -> dict[str, str]:
    """Return a folder's name for each class; those that differ only in upper and lower case stay apart."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for label in labels:
        name = folder_name(label)
        while name.casefold() in taken:
            name += "%"
        taken.add(name.casefold())
        names[label] = name
    return names


def folder_name(label: str) -> str:
    """Return a class's name as a folder's: the same one where every platform takes it, else spelled with %."""
    spelled = FORBIDDEN.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), label)
    if len(spelled) <= LONGEST_NAME:
        return spelled
    return f"{spelled[:LONGEST_NAME]}%{hashlib.sha256(label.encode()).hexdigest()[:8]}"
