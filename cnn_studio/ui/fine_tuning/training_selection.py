"""What fine-tuning would use: a choice of drawings, those to train on, those held back."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.hand_score import seed_of
from cnn_studio.core.drawing.jsonl import Drawing
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.core.runs.fine_tuning_record import FINE_TUNING_FILE, digest_of, held_back, read_fine_tuning
from cnn_studio.inference.classifier import Classifier


class DrawingSelection(msgspec.Struct, frozen=True):
    """Some drawings and what they are called."""

    title: str
    ids: frozenset[str]


class TrainingSelection(msgspec.Struct, frozen=True):
    """What would be taught.

    Attributes:
        ids: Of the drawings, those held back included.
        classes: Name, taught, held back; only classes that are there.
    """

    ids: frozenset[str]
    classes: tuple[tuple[str, int, int], ...]

    @property
    def taught(self) -> int:
        """How many drawings are taught."""
        return sum(taught for _, taught, _ in self.classes)

    @property
    def held(self) -> int:
        """How many are held back."""
        return sum(held for *_, held in self.classes)


def selections(drawings: Sequence[LabeledDrawing], chosen: Set[str] = frozenset()) -> list[DrawingSelection]:
    """Return the choices a person has, those that are not empty."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("FineTuningView", text)

    latest = max((each.session for each in drawings if seed_of(each.session) is not None), default="")
    named = (
        (tr("These drawings"), [each for each in drawings if each.id in chosen]),
        (tr("All of My drawings"), drawings),
        (tr("Corrected ones"), [each for each in drawings if each.origin == "corrected"]),
        (tr("The last My-hand score"), [each for each in drawings if latest and each.session == latest]),
        (tr("All My-hand scores"), [each for each in drawings if each.origin == "score"]),
    )
    found: list[DrawingSelection] = []
    for title, those in named:
        ids = frozenset(each.id for each in those)
        if ids and ids not in {each.ids for each in found}:
            found.append(DrawingSelection(f"{title} ({len(ids)})", ids))
    return found or [DrawingSelection(tr("No drawings yet"), frozenset())]


def plan(
    drawings: Sequence[LabeledDrawing], source: Path, onnx: Path, share: float, seed: int
) -> TrainingSelection:
    """Work out what would be taught; the engine chooses the same.

    Args:
        drawings: The chosen ones.
        source: What would be taught.
        onnx: The same as it answers in the window.
        share: Held back of each class.
        seed: Of the choice.

    Raises:
        StudioError: If the model cannot be fine-tuned, or there are too few drawings.
    """
    if source.suffix.lower() == ".onnx":
        raise StudioError(
            f"{source.stem} cannot be fine-tuned.",
            "An opened file can only answer: it cannot be trained, and does not say which "
            "images it was trained on.",
            "Choose the shipped model or a run.",
        )
    classes = Classifier(onnx).card.classes
    before = read_fine_tuning(source).taught_before if (source / FINE_TUNING_FILE).is_file() else ()
    usable = {digest_of(Drawing(each.strokes)): each for each in drawings if each.label in classes}
    labels = [each.label for each in usable.values()]
    held = held_back(labels, list(usable), share, seed, frozenset(before))
    if not held.any() or held.all():
        raise StudioError(
            "There are too few drawings to fine-tune on.",
            f"{len(usable)} of {len(drawings)} can be used for this model; at least two of one class are needed, "
            "one to train on and one to check.",
            "Draw more: take the My-hand score, or correct the model while you draw.",
        )
    counts = []
    for name in classes:
        indexes = [number for number, label in enumerate(labels) if label == name]
        if indexes:
            kept = int(held[indexes].sum())
            counts.append((name, len(indexes) - kept, kept))
    return TrainingSelection(frozenset(each.id for each in usable.values()), tuple(counts))
