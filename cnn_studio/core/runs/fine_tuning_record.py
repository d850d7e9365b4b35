"""Fine-tuning to one person's hand: which drawings are trained on, which are held back, and the result.

`teaching.json` in the folder of a fine-tuned run is a `FineTuningRecord`; the drawings themselves are beside it, in
`taught-drawings.jsonl`, line by line in the same order.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.jsonl import Drawing, drawing_line
from cnn_studio.core.evaluation.predictions import wilson_interval

FINE_TUNING_FILE = "teaching.json"
DRAWINGS_FILE = "taught-drawings.jsonl"
HELD_SHARE = 0.4
"""Of fifty drawings, five a class, three per class are trained on and two are held back."""
CHANCE = 0.05
"""A difference that chance alone makes at least this often is called noise."""

Verdict = Literal["same", "noise", "better", "worse"]


class Score(msgspec.Struct, frozen=True):
    """So many of so many were read rightly."""

    right: int
    total: int

    @property
    def share(self) -> float:
        """As a fraction of 1; 0 for none."""
        return self.right / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share (Wilson)."""
        return wilson_interval(self.right, self.total)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The same images read before and after.

    Attributes:
        before: Read rightly before.
        after: Read rightly after.
        fixed: How many were misread before only.
        broken: How many are misread after only.
    """

    before: Score
    after: Score
    fixed: int
    broken: int

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is more than chance would make (exact test of McNemar, 1947)."""
        if self.fixed == self.broken == 0:
            return "same"
        if mcnemar(self.fixed, self.broken) >= CHANCE:
            return "noise"
        return "better" if self.fixed > self.broken else "worse"


class FineTuningDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing: its class, whether it was held back, and the class it was read as before and after."""

    label: str
    digest: str
    held_back: bool
    before: str
    after: str


class FineTuningRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a fine-tuning did.

    Attributes:
        source: The model that was fine-tuned.
        seed: Of the split, the order and the variation.
        dataset: The data set it was mixed with.
        drawings: Every drawing that was used, in the order of the file.
        test: The data set's test images; each network read them once, after all was decided.
        classes: The model's classes, in order.
        taught_before: Digests of the drawings that the model had been fine-tuned on earlier.
        notes: What a person should know, in sentences.
        taken: Share of the change that was kept, the one that reads validation images best.
        seconds: From the call to the files on disk.
        processor_seconds: Of all cores together.
    """

    source: str
    seed: int
    dataset: str
    drawings: tuple[FineTuningDrawing, ...]
    test: Change
    classes: tuple[str, ...]
    taught_before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    taken: float = 1.0
    seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def held(self) -> Change:
        """What was read of the drawings that were held back."""
        return change_of([each for each in self.drawings if each.held_back])

    def held_by_class(self) -> dict[str, Change]:
        """Return the same for each class, in their order; a class without drawings is there, too."""
        held = [each for each in self.drawings if each.held_back]
        return {name: change_of([each for each in held if each.label == name]) for name in self.classes}

    @property
    def taught(self) -> int:
        """How many drawings were trained on."""
        return sum(not each.held_back for each in self.drawings)

    def numbers(self, kind: Literal["fixed", "broken"]) -> list[int]:
        """Return the numbers of the held-back drawings that were misread before only, or after only."""
        wanted = kind == "fixed"
        return [
            number
            for number, each in enumerate(self.drawings)
            if each.held_back
            and (each.after == each.label) == wanted
            and (each.before == each.label) != wanted
        ]


def change_of(drawings: Sequence[FineTuningDrawing]) -> Change:
    """Return how the reading of some drawings changed."""
    before = np.array([each.before == each.label for each in drawings], bool)
    after = np.array([each.after == each.label for each in drawings], bool)
    return change(before, after)


def change(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Change:
    """Return how the reading of some images changed; (N,) whether each was read rightly."""
    return Change(
        before=Score(int(before.sum()), len(before)),
        after=Score(int(after.sum()), len(after)),
        fixed=int((after & ~before).sum()),
        broken=int((before & ~after).sum()),
    )


def mcnemar(fixed: int, broken: int) -> float:
    """Return how often chance alone makes a difference of that size or a larger one, 0 to 1.

    The exact test of McNemar (Psychometrika, 1947): of the images read differently, each is as likely to be
    fixed as broken; two-sided.
    """
    total = fixed + broken
    tail = sum(math.comb(total, count) for count in range(min(fixed, broken) + 1))
    return min(1.0, float(2 * tail / 2**total))


def digest_of(drawing: Drawing) -> str:
    """Return a name of a drawing's strokes, the same wherever they are kept; its label does not count."""
    return hashlib.sha256(msgspec.json.encode(drawing.strokes)).hexdigest()[:32]


def held_back(
    labels: Sequence[str],
    digests: Sequence[str],
    share: float = HELD_SHARE,
    seed: int = 0,
    taught_before: Set[str] = frozenset(),
) -> NDArray[np.bool_]:
    """Choose the drawings that are held back, class by class.

    Which they are depends on their strokes and the seed, not on their order. The only drawing of a class is
    trained on; of two or more at least one is held back and one trained on. What a model was trained on before is never
    held back, so of a class whose other drawings are new all these may be.

    Args:
        labels: The class of each.
        digests: See `digest_of`; each once.
        share: How much to hold back, between 0 and 1.
        seed: Another one makes another choice.
        taught_before: Digests that must not be held back.

    Returns:
        (N,) True where held back.
    """
    chosen = np.zeros(len(labels), bool)
    for name, count in Counter(labels).items():
        known = [
            number
            for number, label in enumerate(labels)
            if label == name and digests[number] in taught_before
        ]
        new = [number for number, label in enumerate(labels) if label == name and number not in known]
        new.sort(key=lambda number: hashlib.sha256(f"{seed}:{digests[number]}".encode()).digest())
        wanted = max(1, math.floor(share * count + 0.5))
        chosen[new[: min(wanted, len(new) if known else len(new) - 1)]] = True
    return chosen


def notes_on(labels: Sequence[str], held: NDArray[np.bool_], classes: Sequence[str]) -> list[str]:
    """Return which classes have too few drawings, in sentences."""
    counts, kept = Counter(labels), Counter(np.array(labels, object)[held].tolist())
    missing = [name for name in classes if not counts[name]]
    unchecked = [name for name in classes if counts[name] and not kept[name]]
    notes = []
    if missing:
        notes.append(f"No drawing of {_listed(missing)}: nothing was learned about it.")
    if unchecked:
        notes.append(
            f"Too few drawings of {_listed(unchecked)} to hold one back: what was learned about it is not checked."
        )
    return notes


def write_fine_tuning(folder: Path, record: FineTuningRecord) -> None:
    """Write `teaching.json`."""
    write_atomically(folder / FINE_TUNING_FILE, msgspec.json.format(msgspec.json.encode(record), indent=1))


def write_fine_tuning_drawings(folder: Path, drawings: Sequence[Drawing]) -> None:
    """Write the drawings of a fine-tuning beside it, in the same order."""
    lines = (drawing_line(drawing.arrays(), str(drawing.label)) for drawing in drawings)
    write_atomically(folder / DRAWINGS_FILE, "".join(f"{line}\n" for line in lines).encode())


def read_fine_tuning(folder: Path) -> FineTuningRecord:
    """Read the `teaching.json` of a fine-tuned run.

    Raises:
        StudioError: If it is missing or damaged.
    """
    try:
        return msgspec.json.decode((folder / FINE_TUNING_FILE).read_bytes(), type=FineTuningRecord)
    except FileNotFoundError as error:
        raise StudioError(
            f"{folder.name} was not fine-tuned.", f"It has no {FINE_TUNING_FILE}.", "Choose a fine-tuned run."
        ) from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StudioError(
            f"The fine-tuning record of {folder.name} cannot be read.",
            f"{FINE_TUNING_FILE}: {error}.",
            "Its model files may still be usable.",
        ) from error


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
