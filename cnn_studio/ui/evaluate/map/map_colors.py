"""What the color of a point on the map says."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.ui.style.theme import Tokens

Coloring = Literal["true", "read", "right", "confidence"]
COLORINGS: tuple[Coloring, ...] = get_args(Coloring)
CONFIDENCE_STEPS = 8
Colored = tuple[NDArray[np.intp], list[QColor], tuple[str, ...]]


def colored(
    evaluation: Evaluation, numbers: NDArray[np.int64], coloring: Coloring, tokens: Tokens
) -> Colored:
    """Return the group of each of some images, the groups' colors, and the names worth writing."""
    if coloring in ("true", "read"):
        of = evaluation.labels if coloring == "true" else evaluation.predictions
        return of[numbers].astype(np.intp), class_colors(tokens), evaluation.classes
    if coloring == "right":
        wrong = evaluation.predictions[numbers] != evaluation.labels[numbers]
        return wrong.astype(np.intp), [tokens.color("border"), tokens.color("bad")], ()
    steps = (1 - evaluation.confidences[numbers]) * CONFIDENCE_STEPS
    groups = np.minimum(steps.astype(np.intp), CONFIDENCE_STEPS - 1)
    return groups, _ramp(tokens), ()


def class_colors(tokens: Tokens) -> list[QColor]:
    """Return a color a class, again from the start where there are more classes."""
    return [QColor(color) for color in tokens.classes]


def _ramp(tokens: Tokens) -> list[QColor]:
    """Return colors from sure, which is faint, to unsure."""
    sure, unsure = tokens.color("border"), tokens.color("bad")
    shares = np.linspace(0, 1, CONFIDENCE_STEPS)
    return [
        QColor.fromRgbF(
            sure.redF() + share * (unsure.redF() - sure.redF()),
            sure.greenF() + share * (unsure.greenF() - sure.greenF()),
            sure.blueF() + share * (unsure.blueF() - sure.blueF()),
        )
        for share in shares
    ]
