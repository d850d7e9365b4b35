"""How many steps one compiled call takes."""

from __future__ import annotations

SECONDS_A_CALL = 0.04
"""A call cannot be interrupted; a person who cancels must not notice (100 ms, `benchmarks/cancel.py`)."""
MOST_STEPS = 32
SHARE_KEPT = 0.7


class ExecutionTuner:
    """As many steps a call as fit into 40 ms, found by watching how long the calls take.

    On this project's two-core machine 8 steps of a small network of batches of 50 learn 1.1 to 1.3 times as
    fast as single ones (`benchmarks/throughput.py`); batches that take longer than 40 ms stay alone.

    Args:
        fixed: Steps a call, where a person has chosen; None measures.
    """

    def __init__(self, fixed: int | None = None) -> None:
        self._fixed = fixed
        self._seconds_a_step: float | None = None
        self._calls = 0
        self.steps = fixed or 1

    def after_call(self, steps: int, seconds: float) -> None:
        """Take how long a call of so many steps took."""
        self._calls += 1
        if self._fixed is not None or self._calls == 1:  # the first one compiles
            return
        latest, before = seconds / steps, self._seconds_a_step
        mean = latest if before is None else SHARE_KEPT * before + (1 - SHARE_KEPT) * latest
        self._seconds_a_step = mean
        self.steps = max(1, min(MOST_STEPS, 2 * self.steps, int(SECONDS_A_CALL / max(mean, 1e-9))))
