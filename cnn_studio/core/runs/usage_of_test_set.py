"""How often a run's test images were evaluated.

Whoever chooses among runs by their test accuracy flatters the chosen one, the more so the more often they
used them (Dwork et al., "The reusable holdout", Science 2015). So each use is counted.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.recipe import WatchedTestSplit
from cnn_studio.core.runs.run_folder import EVALUATION_FILE, read_run

USES_FILE = "looks.json"


class _Uses(msgspec.Struct, frozen=True):
    test: int


def uses_of_test_set(folder: Path) -> int:
    """Return how often a run's test images were evaluated.

    The evaluation that ends a training is one; a training that validated on the test set instead of validation
    images used them once more after every epoch. A damaged count is made anew from these.
    """
    try:
        return msgspec.json.decode((folder / USES_FILE).read_bytes(), type=_Uses).test
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return _uses_of_the_training(folder)


def count_use_of_test_set(folder: Path) -> int:
    """Count one more evaluation of a run's test images; return how many there were.

    Raises:
        OSError: If the run folder cannot be written to.
    """
    count = uses_of_test_set(folder) + 1
    write_atomically(folder / USES_FILE, msgspec.json.encode(_Uses(count)))
    return count


def _uses_of_the_training(folder: Path) -> int:
    count = int((folder / EVALUATION_FILE).is_file())
    try:
        record = read_run(folder).record
    except StudioError:
        return count
    if record.result is not None and isinstance(record.recipe.split, WatchedTestSplit):
        count += record.result.epochs
    return count
