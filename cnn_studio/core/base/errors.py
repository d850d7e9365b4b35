"""Errors that a person can act on: what happened, why, what to do."""

from __future__ import annotations


class StudioError(Exception):
    """A failure explained in three parts.

    Args:
        what: What happened, one sentence ("Cannot build the network.").
        why: The cause, with what was expected and what was received.
        remedy: What the person can do about it.
    """

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        self.what = what
        self.why = why
        self.remedy = remedy
        super().__init__(" ".join(part for part in (what, why, remedy) if part))

    def __reduce__(self) -> tuple[type[StudioError], tuple[str, str, str]]:
        return type(self), (self.what, self.why, self.remedy)


class Canceled(Exception):  # noqa: N818 - an outcome the person asked for, not an error
    """The person asked to stop; raised inside the batch loop, caught where the job began."""
