"""What a person thinks of labels: wrong, ambiguous or fine; kept with the data set, for all runs.

One file of JSON lines for each data set in `home()/label-marks`; it only grows, and of two lines on one
image the later counts. An image is known by its pixels, so that marks outlast a new order of the data.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.journal import Journal
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.lazy_arrays import Images
from cnn_studio.core.recipes.recipe import LeaveOut

Verdict = Literal["wrong", "ambiguous", "fine", ""]
"""What is thought of a label; empty takes an earlier verdict back."""
LEFT_OUT: dict[LeaveOut, tuple[Verdict, ...]] = {
    "none": (),
    "wrong": ("wrong",),
    "wrong-and-ambiguous": ("wrong", "ambiguous"),
}


class LabelVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict.

    Attributes:
        verdict: What is thought of the label.
        subset: "train" or "test".
        number: The image's number in the subset when it was marked.
        image: SHA-1 of its pixels, hexadecimal.
        label: The class number the data set gives it.
        seems: The class it seems to be, where one was named.
    """

    verdict: Verdict
    subset: str
    number: int
    image: str
    label: int
    seems: int | None = None


class LabelVerdicts:
    """The marks of one data set.

    Args:
        dataset: Its name.
        folder: Where the files are; None takes the person's own.
    """

    def __init__(self, dataset: str, folder: Path | None = None) -> None:
        self.path = (folder or home() / "label-marks") / file_name(dataset)
        self._journal = Journal(self.path)
        self._marks: dict[tuple[str, str, int], LabelVerdict] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Read what was added since, here or in another window; return whether there was anything."""
        anew, lines, _ = self._journal.read()
        if anew:
            self._marks.clear()
        for line in lines:
            try:
                self._take(msgspec.json.decode(line, type=LabelVerdict))
            except msgspec.MsgspecError:
                continue  # a torn or unknown line; the others count
        return anew or bool(lines)

    def __len__(self) -> int:
        """Return how many images are marked."""
        return len(self._marks)

    def verdict(self, subset: str, image: NDArray[np.uint8], label: int) -> Verdict:
        """Return what is thought of an image's label; empty for nothing."""
        mark = self._marks.get((subset, fingerprint(image), label))
        return mark.verdict if mark else ""

    def add(self, mark: LabelVerdict) -> None:
        """Keep a verdict, on disk when this returns.

        Raises:
            OSError: If it cannot be written; nothing has changed then.
        """
        self._journal.append(msgspec.json.encode(mark) + b"\n")
        self.refresh()

    def counts(self, subset: str = "") -> dict[Verdict, int]:
        """Return how many images have each verdict, of one subset or of all."""
        counts: dict[Verdict, int] = {"wrong": 0, "ambiguous": 0, "fine": 0}
        for mark in self._marks.values():
            if not subset or mark.subset == subset:
                counts[mark.verdict] += 1
        return counts

    def numbers(
        self, verdicts: Collection[Verdict], images: Images, labels: NDArray[np.int32], subset: str = "train"
    ) -> NDArray[np.int64]:
        """Return where the images with these verdicts are now, (n,) rising.

        Args:
            verdicts: Which of them.
            images: The subset's, (N, height, width, channels) uint8.
            labels: Their class numbers, (N,); an image whose label was changed since is not meant.
            subset: "train" or "test".
        """
        wanted = [mark for mark in self._marks.values() if mark.subset == subset and mark.verdict in verdicts]
        found: set[int] = set()
        moved: set[tuple[str, int]] = set()
        for mark in wanted:
            number = mark.number
            if number < len(images) and fingerprint(images[number : number + 1][0]) == mark.image:
                if labels[number] == mark.label:
                    found.add(number)
            else:
                moved.add((mark.image, mark.label))
        if moved:
            found |= {
                number
                for number in range(len(images))
                if (fingerprint(images[number : number + 1][0]), int(labels[number])) in moved
            }
        return np.array(sorted(found), np.int64)

    def _take(self, mark: LabelVerdict) -> None:
        key = (mark.subset, mark.image, mark.label)
        if mark.verdict:
            self._marks[key] = mark
        else:
            self._marks.pop(key, None)


def fingerprint(image: NDArray[np.uint8]) -> str:
    """Return the SHA-1 of an image's pixels."""
    return hashlib.sha1(np.ascontiguousarray(image).tobytes(), usedforsecurity=False).hexdigest()


def file_name(dataset: str) -> str:
    """Return the name of a data set's file: readable, and different for every data set."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", dataset).strip("-")[-40:]
    return f"{plain}-{hashlib.sha1(dataset.encode(), usedforsecurity=False).hexdigest()[:8]}.jsonl"
