"""Trainings that wait for one another: their rows, the file they survive in, and what seeds have in common."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupied
from cnn_studio.core.base.settings import home
from cnn_studio.core.evaluation.significance import spread
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.recipe_diff import same_but_for_the_seed
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.core.runs.seed_groups import latest_of_each_seed
from cnn_studio.core.training.sweep import PlannedTraining

State = Literal["waiting", "training", "paused", "done", "stopped", "failed"]
ENDED: tuple[State, ...] = ("done", "stopped", "failed")
UNDER_WAY: tuple[State, ...] = ("training", "paused")


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One training of the queue.

    Attributes:
        id: Its name in the queue.
        recipe: Everything needed for it.
        base: The title of the recipe it was made from, where its own says more.
        state: How far it is.
        run: The folder of its run, as soon as there is one.
        epoch: The epoch under way, from 1.
        val_accuracy: The best so far, a fraction of 1.
        test_accuracy: A fraction of 1, when it is done.
        seconds: How long it trained.
        reason: Why it failed.
    """

    id: str
    recipe: Recipe
    base: str = ""
    state: State = "waiting"
    run: str = ""
    epoch: int = 0
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float | None = None
    reason: str = ""

    @property
    def title(self) -> str:
        """The recipe's title, in which a grid says what differs."""
        return self.recipe.title or self.recipe.name

    @property
    def parts(self) -> tuple[str, str]:
        """What differs from the recipe it was made from, empty where nothing does, and that one's title."""
        if not self.base:
            return "", self.title
        return self.title.removeprefix(f"{self.base}, "), self.base


class Figure(msgspec.Struct, frozen=True):
    """Mean and standard deviation (of a sample, n - 1) of some accuracies, fractions of 1; None of one alone."""

    mean: float
    deviation: float | None


class Seeds(msgspec.Struct, frozen=True):
    """Rows that differ in their seed alone.

    Attributes:
        title: The recipe they have in common.
        ids: The rows.
        seeds: How many different seeds they have.
        done: How many of these are done.
        validation: The best validation accuracies, of each seed its latest training's; None while there are
            none.
        test: The test accuracies, likewise.
    """

    title: str
    ids: tuple[str, ...]
    seeds: int
    done: int
    validation: Figure | None
    test: Figure | None


def queue_path() -> Path:
    """Return the file of a person's queue."""
    return home() / "queue.json"


def new_rows(planned: Iterable[PlannedTraining]) -> tuple[QueueRow, ...]:
    """Return rows that wait."""
    return tuple(QueueRow(id=uuid.uuid4().hex[:12], recipe=one.recipe, base=one.base) for one in planned)


def waiting_again(row: QueueRow) -> QueueRow:
    """Return a row as it was before anything of it was trained."""
    return QueueRow(id=row.id, recipe=row.recipe, base=row.base)


def seed_groups(rows: Sequence[QueueRow]) -> list[Seeds]:
    """Return the groups of two seeds or more, in the order of their first rows."""
    groups: dict[bytes, list[QueueRow]] = {}
    for row in rows:
        groups.setdefault(same_but_for_the_seed(row.recipe), []).append(row)
    found = [_seeds(group) for group in groups.values()]
    return [group for group in found if group.seeds > 1]


def _seeds(rows: Sequence[QueueRow]) -> Seeds:
    # A run's folder is named after the time it began.
    done = latest_of_each_seed(
        (row for row in rows if row.state == "done"), _seed, lambda row: Path(row.run).name
    )
    return Seeds(
        title=rows[0].title,
        ids=tuple(row.id for row in rows),
        seeds=len(set(map(_seed, rows))),
        done=len(done),
        validation=_figure([row.val_accuracy for row in done]),
        test=_figure([row.test_accuracy for row in done]),
    )


def _seed(row: QueueRow) -> int:
    return row.recipe.training.seed


def _figure(values: Sequence[float | None]) -> Figure | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    found = spread(known)
    return Figure(found.mean, found.deviation if found.count > 1 else None)


def save_queue(rows: Sequence[QueueRow], path: Path) -> None:
    """Write the queue; without rows its file vanishes."""
    if rows:
        write_atomically(path, msgspec.json.encode(rows))
    else:
        path.unlink(missing_ok=True)


def load_queue(path: Path) -> tuple[tuple[QueueRow, ...], StudioError | None]:
    """Read the queue as it goes on after the program was closed.

    A row whose training was cut off waits again, with its run, where that can go on; one whose training ended
    without this file hearing of it is done.

    Returns:
        The rows that can be read, and what is to be said of those that cannot; their file is kept beside.
    """
    try:
        parts = msgspec.json.decode(path.read_bytes(), type=list[msgspec.Raw])
    except FileNotFoundError:
        return (), None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return (), _unreadable(path, str(error))
    rows: list[QueueRow] = []
    problem = ""
    for part in parts:
        try:
            rows.append(msgspec.json.decode(part, type=QueueRow))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            problem = str(error)
    return tuple(after_a_break(row) for row in rows), _unreadable(path, problem) if problem else None


def after_a_break(row: QueueRow) -> QueueRow:
    """Return a row as it stands once its process is gone."""
    if row.state not in UNDER_WAY:
        return row
    again = waiting_again(row)
    if not row.run:
        return again
    folder = Path(row.run)
    try:
        record = read_run(folder).record
    except StudioError:
        return again
    if record.result is not None and record.status in ("finished", "stopped"):
        return msgspec.structs.replace(
            row,
            state="done" if record.status == "finished" else "stopped",
            val_accuracy=record.result.best_val_accuracy,
            test_accuracy=record.result.test_accuracy,
            seconds=record.result.seconds,
        )
    return msgspec.structs.replace(row, state="waiting") if not occupied(folder) else again


def _unreadable(path: Path, why: str) -> StudioError:
    kept = path.with_suffix(".damaged.json")
    try:
        write_atomically(kept, path.read_bytes())
        remedy = f"What was there is kept as {kept.name} beside it."
    except OSError:
        remedy = "Add those trainings again."
    return StudioError("Part of the queue could not be read.", f"{path.name}: {why}.", remedy)
