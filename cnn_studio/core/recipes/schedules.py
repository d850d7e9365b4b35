"""The learning-rate schedules a recipe can name: how each multiplies the optimizer's learning rate."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import Meta

from cnn_studio.core.recipes.optimizers import Share

WarmupFraction = Annotated[
    Share, Meta(description="Share of the training during which the learning rate rises.")
]
ENDS = "Share of the learning rate to end with."
EndFraction = Annotated[Share, Meta(description=ENDS)]
Patience = Annotated[
    int,
    Meta(ge=1, le=1000, description="How many epochs without improvement to wait.", extra={"unit": "epochs"}),
]


class Schedule(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """How the learning rate changes; `factor(progress)` multiplies the optimizer's learning rate."""

    def factor(self, progress: float) -> float:
        """Return the multiple of the learning rate at `progress`, 0 at the start and 1 at the end."""
        return 1.0


def _cosine(progress: float, start: float, end_fraction: float) -> float:
    """Fall from 1 at `start` to `end_fraction` at the end of the run along half a cosine."""
    remaining = min(1.0, (progress - start) / max(1e-9, 1 - start))
    return end_fraction + (1 - end_fraction) * 0.5 * (1 + math.cos(math.pi * remaining))


class ConstantSchedule(Schedule, frozen=True, kw_only=True, tag="constant"):
    """The same learning rate throughout."""


class OneCycle(Schedule, frozen=True, kw_only=True, tag="one-cycle"):
    """Up in a straight line, then down along a cosine (Smith and Topin, 2017).

    The optimizer's learning rate is the top; the cycle starts at `start_fraction` of it and ends at
    `end_fraction` of it.
    """

    warmup_fraction: WarmupFraction = 0.25
    start_fraction: Annotated[Share, Meta(description="Share of the learning rate to start with.")] = 0.1
    end_fraction: EndFraction = 0.001

    def factor(self, progress: float) -> float:
        if progress < self.warmup_fraction:
            return self.start_fraction + (1 - self.start_fraction) * progress / self.warmup_fraction
        return _cosine(progress, self.warmup_fraction, self.end_fraction)


class CosineDecay(Schedule, frozen=True, kw_only=True, tag="cosine"):
    """Up in a straight line for a while, then down along half a cosine (Loshchilov and Hutter, 2017)."""

    warmup_fraction: WarmupFraction = 0.05
    end_fraction: EndFraction = 0.0

    def factor(self, progress: float) -> float:
        if progress < self.warmup_fraction:
            return max(progress / self.warmup_fraction, 1e-3)
        return _cosine(progress, self.warmup_fraction, self.end_fraction)


class StepDecay(Schedule, frozen=True, kw_only=True, tag="step"):
    """Multiply the learning rate by `rate` at `steps` evenly spaced points of the run."""

    rate: Annotated[
        float,
        Meta(gt=0.0, lt=1.0, description="Factor the learning rate is multiplied by at each step down."),
    ] = 0.1
    steps: Annotated[int, Meta(ge=1, le=100, description="Number of steps down, evenly spaced.")] = 2

    def factor(self, progress: float) -> float:
        return float(self.rate ** min(self.steps, int(progress * (self.steps + 1))))


class ExponentialDecay(Schedule, frozen=True, kw_only=True, tag="exponential"):
    """Fall by the same share every step, down to `end_fraction` at the end."""

    end_fraction: Annotated[float, Meta(gt=0.0, lt=1.0, description=ENDS)] = 0.01

    def factor(self, progress: float) -> float:
        return float(self.end_fraction ** min(1.0, progress))


class ReduceLROnPlateau(Schedule, frozen=True, kw_only=True, tag="ReduceLROnPlateau"):
    """Multiply the learning rate by `factor` when validation accuracy has stopped rising.

    The rule is Keras's callback of the same name with its `min_delta` of 1e-4.
    """

    reduction: Annotated[
        float,
        Meta(
            gt=0.0,
            lt=1.0,
            description="Factor the learning rate is multiplied by when validation accuracy stops rising.",
        ),
    ] = 0.5
    patience: Patience = 3
    min_lr: Annotated[Share, Meta(description="Lower bound of the learning rate.")] = 1e-5


AnySchedule = ConstantSchedule | OneCycle | CosineDecay | StepDecay | ExponentialDecay | ReduceLROnPlateau
