"""My-hand score: how well a model reads one person, by fifty drawings they were asked for.

The order of the prompts follows from a seed, and the seed is part of the session's name, which each drawing
of the collection carries. So a session that was interrupted goes on from nothing but the drawings it left.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.core.evaluation.predictions import wilson_interval

MOST_PROMPTS = 50
MOST_PER_CLASS = 5
ENOUGH = 3
"""Drawings of a class below which nothing is said of it."""
SESSION = re.compile(r"score-\d{8}T\d{6}-(\d+)")

Kind = Literal["good", "few", "slip", "teach", "practice"]


def prompts(classes: Sequence[str], seed: int) -> tuple[str, ...]:
    """Return what to ask for, in order: each class equally often, at most 50, never one twice in a row.

    Ten classes are asked for five times each. Of more than fifty classes, fifty are drawn by lot.

    Args:
        classes: Their names.
        seed: Another one gives another order.
    """
    random = np.random.default_rng(seed)
    chosen = [classes[number] for number in random.permutation(len(classes))[:MOST_PROMPTS]]
    each = min(MOST_PER_CLASS, MOST_PROMPTS // max(1, len(chosen)))
    left = dict.fromkeys(chosen, each)
    order: list[str] = []
    for _ in range(each * len(chosen)):
        others = [name for name in chosen if left[name] and name != (order[-1] if order else None)]
        if not others:  # a single class
            others = [name for name in chosen if left[name]]
        most = max(left[name] for name in others)
        # One that is ahead of the others must not be left over for the end, where it would follow itself.
        urgent = [name for name in others if left[name] == most] if 2 * most > sum(left.values()) else others
        order.append(urgent[int(random.integers(len(urgent)))])
        left[order[-1]] -= 1
    return tuple(order)


def new_session(seed: int) -> str:
    """Return the name of a session that begins now."""
    return f"score-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{seed}"


def seed_of(session: str) -> int | None:
    """Return the seed of a session; None for a name that is none of ours."""
    match = SESSION.fullmatch(session)
    return int(match[1]) if match else None


class Session(msgspec.Struct, frozen=True):
    """A session, reconstructed from its drawings.

    Attributes:
        name: See `new_session`.
        prompts: All that it asks for, in order.
        drawn: What was drawn, oldest first.
    """

    name: str
    prompts: tuple[str, ...]
    drawn: tuple[LabeledDrawing, ...] = ()

    @property
    def left(self) -> tuple[str, ...]:
        """What is still to be asked for, in order: for each drawing, the first prompt of its class is done."""
        done = Counter(drawing.label for drawing in self.drawn)
        left = []
        for prompt in self.prompts:
            if done[prompt]:
                done[prompt] -= 1
            else:
                left.append(prompt)
        return tuple(left)


def session_of(name: str, classes: Sequence[str], drawings: Sequence[LabeledDrawing]) -> Session:
    """Return a session with those of the drawings that belong to it."""
    drawn = tuple(each for each in drawings if each.session == name)
    return Session(name, prompts(classes, seed_of(name) or 0), drawn)


def unfinished(drawings: Sequence[LabeledDrawing], classes: Sequence[str]) -> Session | None:
    """Return the newest session if it was for these classes and something of it is still to be drawn."""
    latest = max((each.session for each in drawings if seed_of(each.session) is not None), default="")
    if not latest:
        return None
    session = session_of(latest, classes, drawings)
    fits = all(each.classes == tuple(classes) for each in session.drawn)
    return session if fits and session.left else None


class ClassScore(msgspec.Struct, frozen=True):
    """How the drawings of one class were read.

    Attributes:
        name: The class.
        right: How many were read rightly.
        total: How many there are.
        read_as: The wrong classes and how often each was read, the commonest first.
    """

    name: str
    right: int
    total: int
    read_as: tuple[tuple[str, int], ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share read rightly."""
        return wilson_interval(self.right, self.total)

    @property
    def kind(self) -> Kind:
        """What may be said of the class.

        "few": too few drawings to judge. "good": none misread. "slip": one, which may be a slip. "teach": several
        misread, most of them as one class, so the hand has a shape the model does not know. "practice": several
        misread, each as something else.
        """
        wrong = self.total - self.right
        if self.total < ENOUGH:
            return "few"
        if wrong < 2:
            return "slip" if wrong else "good"
        return "teach" if self.read_as[0][1] > wrong / 2 else "practice"


class HandScore(msgspec.Struct, frozen=True):
    """What a model read of some drawings.

    Attributes:
        classes: Of the model, in order.
        labels: What each drawing shows.
        answers: What it was read as.
    """

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def right(self) -> int:
        """How many were read rightly."""
        return sum(label == answer for label, answer in zip(self.labels, self.answers, strict=True))

    @property
    def total(self) -> int:
        """How many drawings there are."""
        return len(self.labels)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share read rightly (Wilson)."""
        return wilson_interval(self.right, self.total)

    def chance(self, accuracy: float) -> float:
        """Return how often so few or fewer were read rightly if each were with that chance (binomial).

        Exact, because near 100 % no approximate interval of fifty drawings is good enough to decide by.
        """
        total = self.total
        return math.fsum(
            math.comb(total, right) * accuracy**right * (1 - accuracy) ** (total - right)
            for right in range(self.right + 1)
        )

    def confusion_matrix(self) -> NDArray[np.int64]:
        """Return (classes, classes) counts, row = what it shows, column = what it was read as."""
        index = {name: number for number, name in enumerate(self.classes)}
        matrix = np.zeros((len(index), len(index)), np.int64)
        for label, answer in zip(self.labels, self.answers, strict=True):
            matrix[index[label], index[answer]] += 1
        return matrix

    def misread(self) -> list[int]:
        """Return the numbers of the misread drawings, by class."""
        wrong = [number for number, label in enumerate(self.labels) if label != self.answers[number]]
        return sorted(wrong, key=lambda number: self.classes.index(self.labels[number]))

    def by_class(self) -> list[ClassScore]:
        """Return the score of each class that was drawn, the worst first."""
        scores = []
        for name in self.classes:
            answers = Counter(
                answer for label, answer in zip(self.labels, self.answers, strict=True) if label == name
            )
            if answers:
                wrong = tuple((other, count) for other, count in answers.most_common() if other != name)
                scores.append(ClassScore(name, answers[name], answers.total(), wrong))
        return sorted(scores, key=lambda score: (score.right / score.total, -score.total))
