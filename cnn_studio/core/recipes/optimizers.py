"""The optimizers and learning-rate schedules a recipe can name, with Keras's argument names."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta

LearningRate = Annotated[float, Meta(gt=0.0, le=10.0)]
Momentum = Annotated[float, Meta(ge=0.0, lt=1.0)]
Epsilon = Annotated[float, Meta(gt=0.0, le=1.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class Optimizer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What every optimizer has; `type` is the Keras class name."""

    learning_rate: LearningRate = 1e-3
    clipnorm: Annotated[float, Meta(gt=0.0, le=1e6)] | None = None
    clipvalue: Annotated[float, Meta(gt=0.0, le=1e6)] | None = None
    global_clipnorm: Annotated[float, Meta(gt=0.0, le=1e6)] | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the Keras optimizer of the same name."""
        return {key: value for key, value in msgspec.structs.asdict(self).items() if value is not None}


class SGD(Optimizer, frozen=True, kw_only=True, tag="SGD"):
    """Stochastic gradient descent, with momentum where it is not 0."""

    learning_rate: LearningRate = 0.01
    momentum: Momentum = 0.0
    nesterov: bool = False


class Adam(Optimizer, frozen=True, kw_only=True, tag="Adam"):
    """Kingma and Ba, ICLR 2015."""

    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: Epsilon = 1e-7


class AdamW(Optimizer, frozen=True, kw_only=True, tag="AdamW"):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    weight_decay: Share = 0.004
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: Epsilon = 1e-7


class RMSprop(Optimizer, frozen=True, kw_only=True, tag="RMSprop"):
    """Gradient over its running root mean square (Hinton, Coursera lecture 6e)."""

    rho: Momentum = 0.9
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-7


class Adadelta(Optimizer, frozen=True, kw_only=True, tag="Adadelta"):
    """Zeiler, 2012; the paper's own learning rate is 1.0, Keras's default of 0.001 hardly learns."""

    rho: Momentum = 0.95
    epsilon: Epsilon = 1e-7


class Adagrad(Optimizer, frozen=True, kw_only=True, tag="Adagrad"):
    """Duchi, Hazan and Singer, JMLR 2011."""

    initial_accumulator_value: Share = 0.1
    epsilon: Epsilon = 1e-7


class Nadam(Optimizer, frozen=True, kw_only=True, tag="Nadam"):
    """Adam with Nesterov momentum (Dozat, 2015)."""

    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.999
    epsilon: Epsilon = 1e-7


class Lion(Optimizer, frozen=True, kw_only=True, tag="Lion"):
    """Steps by the sign of the momentum (Chen et al., 2023); wants a third to a tenth of Adam's rate."""

    learning_rate: LearningRate = 1e-4
    beta_1: Momentum = 0.9
    beta_2: Momentum = 0.99
    weight_decay: Share = 0.0


AnyOptimizer = SGD | Adam | AdamW | RMSprop | Adadelta | Adagrad | Nadam | Lion


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

    warmup_fraction: Share = 0.25
    start_fraction: Share = 0.1
    end_fraction: Share = 0.001

    def factor(self, progress: float) -> float:
        if progress < self.warmup_fraction:
            return self.start_fraction + (1 - self.start_fraction) * progress / self.warmup_fraction
        return _cosine(progress, self.warmup_fraction, self.end_fraction)


class CosineDecay(Schedule, frozen=True, kw_only=True, tag="cosine"):
    """Up in a straight line for a while, then down along half a cosine (Loshchilov and Hutter, 2017)."""

    warmup_fraction: Share = 0.05
    end_fraction: Share = 0.0

    def factor(self, progress: float) -> float:
        if progress < self.warmup_fraction:
            return max(progress / self.warmup_fraction, 1e-3)
        return _cosine(progress, self.warmup_fraction, self.end_fraction)


class StepDecay(Schedule, frozen=True, kw_only=True, tag="step"):
    """Multiply the learning rate by `rate` at `steps` evenly spaced places of the run."""

    rate: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.1
    steps: Annotated[int, Meta(ge=1, le=100)] = 2

    def factor(self, progress: float) -> float:
        return float(self.rate ** min(self.steps, int(progress * (self.steps + 1))))


class ExponentialDecay(Schedule, frozen=True, kw_only=True, tag="exponential"):
    """Fall by the same share every step, down to `end_fraction` at the end."""

    end_fraction: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.01

    def factor(self, progress: float) -> float:
        return float(self.end_fraction ** min(1.0, progress))


class ReduceLROnPlateau(Schedule, frozen=True, kw_only=True, tag="ReduceLROnPlateau"):
    """Multiply the learning rate by `factor` when validation accuracy has stopped rising.

    The rule is Keras's callback of the same name with its `min_delta` of 1e-4.
    """

    reduction: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.5
    patience: Annotated[int, Meta(ge=1, le=1000)] = 3
    min_lr: Annotated[float, Meta(ge=0.0, le=1.0)] = 1e-5


AnySchedule = ConstantSchedule | OneCycle | CosineDecay | StepDecay | ExponentialDecay | ReduceLROnPlateau
