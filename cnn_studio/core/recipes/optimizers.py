"""The optimizers and learning-rate schedules a recipe can name, with Keras's argument names."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Momentum = Annotated[float, Meta(ge=0.0, lt=1.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Clip = Annotated[float, Meta(gt=0.0, le=1e6)]
LearningRate = Annotated[
    float, Meta(gt=0.0, le=10.0, description="Size of each step; a schedule multiplies it.")
]
StepMomentum = Annotated[
    Momentum, Meta(description="Share of the last step that carries over into the next; 0.9 is common.")
]
Beta1 = Annotated[
    Momentum,
    Meta(description="Decay of the running mean of the gradients: 0.9 averages about 10 steps."),
]
Beta2 = Annotated[
    Momentum,
    Meta(description="Decay of the running mean of their squares: 0.999 averages about 1,000 steps."),
]
Rho = Annotated[
    Momentum,
    Meta(description="Decay of the running mean of the squared gradients: 0.9 averages about 10 steps."),
]
Epsilon = Annotated[
    float,
    Meta(gt=0.0, le=1.0, description="Added to the denominator, so that nothing is divided by 0."),
]
WeightDecay = Annotated[
    Share,
    Meta(description="Share of each weight that every step subtracts, times the learning rate."),
]
WarmupFraction = Annotated[
    Share, Meta(description="Share of the training during which the learning rate rises.")
]
ENDS = "Share of the learning rate to end with."
EndFraction = Annotated[Share, Meta(description=ENDS)]
Patience = Annotated[
    int,
    Meta(ge=1, le=1000, description="How many epochs without improvement to wait.", extra={"unit": "epochs"}),
]


class Optimizer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What every optimizer has; `type` is the Keras class name."""

    learning_rate: LearningRate = 1e-3
    clipnorm: (
        Annotated[
            Clip,
            Meta(
                description="Largest norm of one variable's gradient; longer gradients are scaled down to it. Empty: no limit."
            ),
        ]
        | None
    ) = None
    clipvalue: (
        Annotated[
            Clip,
            Meta(description="Largest value in a gradient; larger ones are clipped to it. Empty: no limit."),
        ]
        | None
    ) = None
    global_clipnorm: (
        Annotated[Clip, Meta(description="Largest norm of all gradients together. Empty: no limit.")] | None
    ) = None

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the Keras optimizer of the same name."""
        return {key: value for key, value in msgspec.structs.asdict(self).items() if value is not None}


class SGD(Optimizer, frozen=True, kw_only=True, tag="SGD"):
    """Stochastic gradient descent, with momentum where it is not 0."""

    learning_rate: LearningRate = 0.01
    momentum: StepMomentum = 0.0
    nesterov: Annotated[
        bool,
        Meta(
            description="Looks ahead: takes the gradient at the point the momentum leads to (Nesterov, 1983)."
        ),
    ] = False


class Adam(Optimizer, frozen=True, kw_only=True, tag="Adam"):
    """Kingma and Ba, ICLR 2015."""

    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7


class AdamW(Optimizer, frozen=True, kw_only=True, tag="AdamW"):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    weight_decay: WeightDecay = 0.004
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7


class RMSprop(Optimizer, frozen=True, kw_only=True, tag="RMSprop"):
    """Gradient over its running root mean square (Hinton, Coursera lecture 6e)."""

    rho: Rho = 0.9
    momentum: StepMomentum = 0.0
    epsilon: Epsilon = 1e-7


class Adadelta(Optimizer, frozen=True, kw_only=True, tag="Adadelta"):
    """Zeiler, 2012; the paper's own learning rate is 1.0, Keras's default of 0.001 hardly learns."""

    rho: Rho = 0.95
    epsilon: Epsilon = 1e-7


class Adagrad(Optimizer, frozen=True, kw_only=True, tag="Adagrad"):
    """Duchi, Hazan and Singer, JMLR 2011."""

    initial_accumulator_value: Annotated[
        Share, Meta(description="Starting value of the sum of the squared gradients.")
    ] = 0.1
    epsilon: Epsilon = 1e-7


class Nadam(Optimizer, frozen=True, kw_only=True, tag="Nadam"):
    """Adam with Nesterov momentum (Dozat, 2015)."""

    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7


class Lion(Optimizer, frozen=True, kw_only=True, tag="Lion"):
    """Steps by the sign of the momentum (Chen et al., 2023); wants a third to a tenth of Adam's rate."""

    learning_rate: LearningRate = 1e-4
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.99
    weight_decay: WeightDecay = 0.0


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
