"""Rules about devices' ids that the window and the engine must agree on."""

from __future__ import annotations

from collections.abc import Iterable

PREFERRED = ("gpu:", "tpu", "cpu")
"""What "auto" looks for, in this order."""


def automatic_device(ids: Iterable[str]) -> str:
    """Return the id that "auto" stands for among the usable ones: the first GPU, else the TPU, else the CPU."""
    ids = list(ids)
    return next((name for start in PREFERRED for name in ids if name.startswith(start)), "cpu")


def is_processor(device: str) -> bool:
    """Whether a device's id means the processor, whose memory needs no giving back."""
    return device in ("cpu", "cpus")
