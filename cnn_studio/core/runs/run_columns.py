"""The figures and words of a run that a table shows, sorts and filters by: one row a field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_studio.core.datasets.registry import REGISTRY
from cnn_studio.core.runs.run_folder import RunResult
from cnn_studio.core.runs.run_table import RunRow, created

Value = float | str | None
DASH = "–"
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class RunColumn:
    """What can be asked of a run.

    Attributes:
        name: As a filter names it.
        title: The head of its column.
        explanation: What it says, with its unit.
        value: Of a row; None where it is not known.
        text: Of a row, as it is shown.
        numeric: Whether values are numbers, which are compared and right-aligned.
        shares: Whether it is a fraction of 1 that is shown and filtered in percent.
        width_px: Of its column at first.
        shown: Whether its column is shown at first.
    """

    name: str
    title: str
    explanation: str
    value: Callable[[RunRow], Value]
    text: Callable[[RunRow], str]
    numeric: bool = False
    shares: bool = False
    width_px: int = 96
    shown: bool = True


def dataset_title(name: str) -> str:
    """Return a data set's name for people: of custom data only the file's."""
    kind, _, path = name.partition(":")
    if kind == "file":
        return Path(path.partition("?")[0]).name
    return REGISTRY[name].title if name in REGISTRY else kind


def short_count(count: float) -> str:
    """Return a large number in three digits: 34.8 k, 2.31 M."""
    for size, prefix in PREFIXES:
        if count >= size:
            return f"{count / size:.3g} {prefix}"
    return f"{count:.0f}"


def duration(seconds: float) -> str:
    """Return a time span: 3.9 s, 2:14 min, 1:02:03 h."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def percent(share: float | None, digits: int = 2) -> str:
    """Return a fraction of 1 in percent."""
    return DASH if share is None else f"{100 * share:.{digits}f} %"


def interval_text(interval: tuple[float, float] | None) -> str:
    """Return an interval of fractions in percent: 98.87 – 99.24."""
    return "" if interval is None else f"{100 * interval[0]:.2f} – {100 * interval[1]:.2f}"


def accuracy_text(row: RunRow) -> str:
    """Return the test accuracy with its interval: 99.07 % (98.87 – 99.24)."""
    if row.test_accuracy is None:
        return DASH
    between = interval_text(row.interval)
    return percent(row.test_accuracy) + (f" ({between})" if between else "")


def status_text(row: RunRow) -> str:
    """Return a run's state, with what is wrong with it."""
    return f"{row.state}: {row.problem}" if row.problem else row.state


def _of_record(value: Callable[[RunRow], str]) -> Callable[[RunRow], str]:
    return lambda row: value(row) if row.record is not None else ""


def _of_result(value: Callable[[RunResult], float | None]) -> Callable[[RunRow], float | None]:
    return lambda row: value(row.record.result) if row.record and row.record.result else None


def _number(
    name: str,
    title: str,
    explanation: str,
    value: Callable[[RunRow], float | None],
    text: Callable[[float], str] = lambda value: f"{value:,.0f}",
    *,
    width_px: int = 88,
    shown: bool = True,
    shares: bool = False,
) -> RunColumn:
    def shown_as(row: RunRow) -> str:
        found = value(row)
        return DASH if found is None else text(found)

    return RunColumn(name, title, explanation, value, shown_as, True, shares, width_px, shown)


def _words(
    name: str,
    title: str,
    explanation: str,
    value: Callable[[RunRow], str],
    *,
    width_px: int = 112,
    shown: bool = True,
) -> RunColumn:
    return RunColumn(name, title, explanation, value, value, width_px=width_px, shown=shown)


def _recipe_name(row: RunRow) -> str:
    return row.record.recipe.name if row.record else ""


def _split(row: RunRow) -> str:
    return row.record.recipe.split.__struct_config__.tag if row.record else ""  # type: ignore[return-value]


def _precision(row: RunRow) -> str:
    if row.record is None:
        return ""
    used = row.record.result.precision if row.record.result else ""
    return (used or row.record.recipe.training.precision).replace("mixed_", "")


FIELDS: tuple[RunColumn, ...] = (
    RunColumn(
        "star", "★", "Starred: click, or press S", lambda row: float(_starred(row)),
        lambda row: "★" if _starred(row) else "", True, width_px=40,
    ),
    _words("name", "Name", "Its name: press F2 or double-click to change it", lambda row: row.name, width_px=168),
    _words("status", "Status", "Whether it finished, and what is wrong with it", status_text, width_px=112),
    RunColumn(
        "data", "Data", "The data set it was trained on", lambda row: _dataset(row).partition("?")[0],
        lambda row: dataset_title(_dataset(row)), width_px=120,
    ),
    RunColumn(
        "test", "Test accuracy", "Share of the test images classified correctly, with its 95 % interval (Wilson)",
        lambda row: row.test_accuracy, accuracy_text, True, True, 224,
    ),
    _number(
        "val", "Best val.", "Best share of the validation images classified correctly after any epoch",
        lambda row: row.validation_accuracy, percent, shares=True,
    ),
    _number(
        "params", "Parameters", "Weights of the network", lambda row: row.parameters, short_count, width_px=100,
    ),
    _number(
        "seconds", "Time", "Seconds from the first to the last step, and what came after",
        _of_result(lambda result: result.seconds), duration, width_px=88,
    ),
    _words("date", "Started", "When its training started", lambda row: created(row)[:16].replace("T", " "), width_px=144),
    _number("looks", "Test uses", "How often its test images were evaluated: choosing runs by them makes the chosen one look better",
            lambda row: row.test_set_uses, width_px=64),
    _words("note", "Note", "Your note: double-click to change it",
           _of_record(lambda row: row.record.note if row.record else ""), width_px=64),
    _number("flops", "FLOPs", "Floating point operations for one image", lambda row: row.flops, short_count,
            shown=False),
    _number("epochs", "Epochs", "Whole epochs done", lambda row: row.epochs, shown=False),
    _number("best", "Best epoch", "The epoch with the best validation accuracy",
            _of_result(lambda result: result.best_epoch), shown=False),
    _number("loss", "Test loss", "Mean cross-entropy on the test images, nats; without smoothing, L1 and L2",
            _of_result(lambda result: result.test_loss), lambda value: f"{value:.4f}", shown=False),
    _words("recipe", "Recipe", "The recipe's name in its file", _of_record(_recipe_name), width_px=160, shown=False),
    _number("seed", "Seed", "Seed of the weights, the order, the augmentation and the dropout",
            lambda row: row.record.recipe.training.seed if row.record else None, lambda value: f"{value:.0f}",
            shown=False),
    _number("batch", "Batch size", "Images per step",
            lambda row: row.record.recipe.training.batch_size if row.record else None, shown=False),
    _number("rate", "Learning rate", "The optimizer's, before its schedule",
            lambda row: row.record.recipe.optimizer.learning_rate if row.record else None,
            lambda value: f"{value:g}", width_px=104, shown=False),
    _words("optimizer", "Optimizer", "What changes the weights",
           _of_record(lambda row: type(row.record.recipe.optimizer).__name__ if row.record else ""), shown=False),
    _words("split", "Validation by", "How validation images were chosen", _of_record(_split), shown=False),
    _words("device", "Device", "Where it was computed", _of_record(lambda row: row.record.device if row.record else ""),
           width_px=80, shown=False),
    _words("precision", "Precision", "The number format it was computed in", _of_record(_precision), shown=False),
    _number("speed", "Images/s", "Training images per second", _of_result(lambda result: result.images_per_second),
            shown=False),
    _words("folder", "Folder", "The name of its folder", lambda row: row.folder.name, width_px=240, shown=False),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}


def _starred(row: RunRow) -> bool:
    return row.record is not None and row.record.starred


def _dataset(row: RunRow) -> str:
    return row.record.recipe.dataset if row.record else ""
