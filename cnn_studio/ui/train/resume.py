"""Training a run further: where it stopped, and what the engine is asked for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cnn_studio.core.runs.run_folder import CHECKPOINT_FILE, RunRecord, epochs_done


class ResumePlan(msgspec.Struct, frozen=True):
    """A run's last whole epoch, and `extend` as `engine.trainer.resume` takes it."""

    done: int
    extend: int


def can_resume(folder: Path) -> bool:
    """Whether a run left a checkpoint."""
    return (folder / CHECKPOINT_FILE).is_file()


def resume_plan(folder: Path, record: RunRecord, more: int) -> ResumePlan:
    """Return how a run goes on by `more` epochs after its last whole one.

    Raises:
        StudioError: If the checkpoint cannot be read.
    """
    done = epochs_done(folder)
    if record.status == "finished":
        return ResumePlan(done, more)
    return ResumePlan(done, done + more - record.recipe.training.epochs)
