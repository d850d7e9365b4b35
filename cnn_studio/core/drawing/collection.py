"""What a person drew and said it shows, "My drawings", kept in one journal.

The journal is a file of JSON lines. Every change is one line at its end, handed to the operating system
before the change counts, so a program that dies loses nothing. A line that was torn is stepped over and
left where it is. The line of a drawing is also one that `core.drawing.jsonl.read_drawings` reads.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, Unpack

import msgspec

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.journal import Journal
from cnn_studio.core.base.settings import home
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.drawing.labeled_drawing import (
    Circumstances,
    StrokeLike,
    fault_of,
    labeled_drawing,
)
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing as LabeledDrawing

FILE_NAME = "my-drawings.jsonl"
CHANGE = b'{"change":'
"""What the line of a change begins with; any other line is a drawing."""

Kind = Literal["added", "removed", "relabeled"]


class _Change(msgspec.Struct, frozen=True):
    """A line that changes drawings before it."""

    change: Literal["removed", "restored", "relabeled", "relabelled"]  # the last in journals of 0.1.0
    ids: tuple[str, ...]
    label: str = ""


class _Undo(msgspec.Struct, frozen=True):
    """What takes a change of this session back."""

    kind: Kind
    changes: tuple[_Change, ...]


def my_drawings_path() -> Path:
    """Return the journal in the folder of everything a person made here."""
    return home() / FILE_NAME


class Collection:
    """The drawings of one journal.

    Nothing is read before it is needed. May be used from several threads; several programs may add to
    the same journal, and each sees what the others did when it next changes something or catches up.

    Args:
        path: The journal; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._undos: UndoStack[_Undo] = UndoStack(redoable=False)
        self._journal = Journal(path)
        self._loaded = False
        self._all: dict[str, LabeledDrawing] = {}
        self._removed: set[str] = set()
        self._shown: tuple[LabeledDrawing, ...] | None = None
        self._damaged = 0
        self._revision = 0

    @property
    def drawings(self) -> tuple[LabeledDrawing, ...]:
        """The drawings, oldest first, without the removed ones.

        Raises:
            StudioError: If the journal cannot be read, the first time it is.
        """
        with self._lock:
            if not self._loaded:
                self._read()
            if self._shown is None:
                self._shown = tuple(one for one in self._all.values() if one.id not in self._removed)
            return self._shown

    @property
    def damaged(self) -> int:
        """The number of lines that could not be read and were stepped over."""
        with self._lock:
            return self._damaged

    @property
    def undoable(self) -> Kind | None:
        """The last change of this session, which `undo` takes back."""
        with self._lock:
            last = self._undos.last
            return None if last is None else last.kind

    def counts(self) -> dict[str, int]:
        """Return how many drawings each label has, labels in order."""
        counted = Counter(drawing.label for drawing in self.drawings)
        return dict(sorted(counted.items()))

    def find(self, id: str) -> LabeledDrawing | None:
        """Return the drawing of an id, unless it is removed or unknown; errors as in `drawings`."""
        with self._lock:
            if not self._loaded:
                self._read()
            return self._all.get(id) if id not in self._removed else None

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change, on the thread that made it."""
        self._listeners.append(listener)

    def catch_up(self) -> None:
        """Read what is new in the journal, another program's changes included.

        Raises:
            StudioError: If it cannot be read.
        """
        with self._lock:
            before = self._revision
            self._read()
            changed = self._revision != before
        if changed:
            self._tell()

    def add(
        self, strokes: Sequence[StrokeLike], label: str, **known: Unpack[Circumstances]
    ) -> LabeledDrawing:
        """Keep a drawing; see `labeled_drawing` for what is known of it.

        Raises:
            StudioError: If it cannot be kept; see `labeled_drawing` and `take`.
        """
        drawing = labeled_drawing(strokes, label, **known)
        self.take([drawing])
        return drawing

    def take(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Keep several drawings as one change.

        Raises:
            StudioError: If the journal cannot be written; then none of them is kept.
        """
        if drawings:
            gone = _Change("removed", tuple(drawing.id for drawing in drawings))
            self._change(drawings, _Undo("added", (gone,)))

    def replace(self, id: str, drawing: LabeledDrawing) -> None:
        """Keep a drawing instead of another one, as one change.

        Raises:
            StudioError: If the journal cannot be written; then the other one is kept still.
        """
        with self._lock:
            self._read()
            there = bool(self.find(id))
            gone = [_Change("removed", (id,))] if there else []
            back = (_Change("removed", (drawing.id,)), *([_Change("restored", (id,))] if there else []))
            self._change([drawing, *gone], _Undo("added", back))

    def remove(self, ids: Iterable[str]) -> None:
        """Take drawings out; unknown ids are passed over.

        Raises:
            StudioError: If the journal cannot be written; then nothing is removed.
        """
        with self._lock:
            self._read()
            known = tuple(id for id in ids if self.find(id))
            if known:
                self._change([_Change("removed", known)], _Undo("removed", (_Change("restored", known),)))

    def relabel(self, ids: str | Iterable[str], label: str) -> None:
        """Say of one drawing, or of several, that they show something else; unknown ids are passed over.

        Raises:
            StudioError: If there is no label, or the journal cannot be written; then nothing changes.
        """
        if not label:
            raise StudioError("The drawing keeps its label.", "The new one is empty.", "Choose a class.")
        with self._lock:
            self._read()
            found = [self.find(id) for id in ([ids] if isinstance(ids, str) else ids)]
            others = [drawing for drawing in found if drawing and drawing.label != label]
            if not others:
                return
            before: dict[str, list[str]] = {}
            for drawing in others:
                before.setdefault(drawing.label, []).append(drawing.id)
            back = tuple(_Change("relabeled", tuple(those), old) for old, those in before.items())
            change = _Change("relabeled", tuple(drawing.id for drawing in others), label)
            self._change([change], _Undo("relabeled", back))

    def undo(self) -> bool:
        """Take back the last change of this session; return whether there was one.

        Raises:
            StudioError: If the journal cannot be written; then nothing changes.
        """
        with self._lock:
            last = self._undos.last
            if last is None:
                return False
            self._append(last.changes)
            self._undos.undo()
        self._tell()
        return True

    def export(self, path: Path, ids: Iterable[str] | None = None) -> None:
        """Write drawings as JSON lines, which `cnn-studio predict` and `read_drawings` read.

        Args:
            path: A file, replaced as a whole.
            ids: Of the drawings to write; all by default.

        Raises:
            StudioError: If it cannot be written.
        """
        wanted = None if ids is None else set(ids)
        chosen = [drawing for drawing in self.drawings if wanted is None or drawing.id in wanted]
        try:
            write_atomically(path, _lines(chosen))
        except OSError as error:
            raise StudioError(
                f"{path.name} was not saved.", f"{error}.", "Choose another folder or name."
            ) from error

    def _change(self, lines: Sequence[LabeledDrawing | _Change], undo: _Undo) -> None:
        with self._lock:
            self._append(lines)
            self._undos.push(undo)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _append(self, lines: Sequence[LabeledDrawing | _Change]) -> None:
        """Write lines at the end, and take in what the journal then says."""
        try:
            self._journal.append(_lines(lines))
        except OSError as error:
            raise StudioError(
                "My drawings were not changed.",
                f"{self.path} cannot be written: {error}.",
                "Free some space, or allow the program to write there.",
            ) from error
        self._read()

    def _read(self) -> None:
        """Take in what is new in the journal."""
        try:
            anew, lines, tail = self._journal.read()
        except OSError as error:
            raise StudioError(
                "My drawings cannot be read.",
                f"{self.path}: {error}.",
                "Allow the program to read that file; nothing in it was changed.",
            ) from error
        self._loaded = True
        if anew:
            self._all, self._removed, self._shown, self._damaged = {}, set(), None, 0
            self._revision += 1
        for line in lines:
            self._damaged += not self._take_line(line)
        self._take_line(tail)

    def _take_line(self, line: bytes) -> bool:
        """Follow one line; return whether it could be read."""
        if not line.strip():
            return True
        try:
            if line.startswith(CHANGE):
                self._follow(_changes.decode(line))
            else:
                drawing = _drawings.decode(line)
                if fault_of(drawing):
                    return False
                self._all[drawing.id] = drawing
                self._removed.discard(drawing.id)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return False
        self._shown = None
        self._revision += 1
        return True

    def _follow(self, change: _Change) -> None:
        if change.change == "removed":
            self._removed.update(change.ids)
        elif change.change == "restored":
            self._removed.difference_update(change.ids)
        else:
            for id in change.ids:
                if id in self._all:
                    self._all[id] = msgspec.structs.replace(self._all[id], label=change.label)


_drawings = msgspec.json.Decoder(LabeledDrawing)
_changes = msgspec.json.Decoder(_Change)


def _lines(records: Iterable[LabeledDrawing | _Change]) -> bytes:
    try:
        return b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    except UnicodeEncodeError as error:
        raise StudioError(
            "The drawing was not kept.",
            f"Its class has a name that is no text: {error}.",
            "Rename the class.",
        ) from error
