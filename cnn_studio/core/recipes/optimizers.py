"""The optimizers a recipe can name, with Keras's argument names."""

from __future__ import annotations

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
