"""What is no digit, drawn by a program: letters, signs, doodles and scribbles.

A network that has only ever seen digits calls a chicken a 5 at 99.9 %. So a second, small network, the
guard, is shown such pictures beside digits and learns which is which (`packaging/train_guard.py`; the idea
is outlier exposure: Hendrycks, Mazeika and Dietterich, ICLR 2019). Letters and signs that people read as
digits are left out: O, I, l, J, S, Z, b, g, q, r, $ and the like.

Each glyph is a few strokes through points on a grid of 10 x 10 (y downwards); "!" after a point makes a
corner of it. Nothing here comes from anybody's handwriting.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawing.preprocessing import SIDE, Stroke, drawing_to_image
from cnn_studio.core.synthetic.digits import handwritten

LETTERS = {
    "A": "0,10! 5,0! 10,10; 2,6! 8,6",
    "B": "1,0! 1,10! 6,10 9,8 6,5 1,5! 5,5 8,3 5,0 1,0",
    "C": "9,2 6,0 2,2 1,5 2,8 6,10 9,8",
    "D": "1,0! 1,10! 6,10 9,7 9,3 6,0 1,0",
    "D apart": "1,0! 1,10; 0,0! 5,0 9,4 9,6 5,10 0,10",
    "G": "9,2 6,0 2,2 1,6 4,10 8,9 9,6! 5,6",
    "Q": "5,0 1,3 1,8 5,10 9,7 9,3 5,0; 6,7! 10,10",
    "U": "1,0! 1,7 4,10 8,8 9,6! 9,0",
    "Y": "0,0! 5,5! 10,0; 5,5! 5,10",
    "a": "8,3 5,2 1,5 2,8 5,9 8,6! 8,2! 8,8 10,10",
    "a printed": "2,3 5,1 8,3 8,10; 8,5 4,5 1,8 4,10 8,8",
    "c": "8,3 5,1 2,3 1,6 3,9 6,10 9,8",
    "f": "9,1 6,0 5,3! 5,10; 2,4! 8,4",
    "v": "1,2! 5,10! 9,2",
    "x": "1,2! 9,10; 9,2! 1,10",
    "y": "1,2! 5,7; 9,2! 5,7! 1,10",
    "M round": "0,10 1,1 3,1 5,9 7,1 9,1 10,10",
    "N round": "0,10 1,1 3,1 7,9 9,9 10,0",
    "H round": "1,0 2,5 1,10; 9,0 8,5 9,10; 2,5 5,4 8,5",
    "A round": "0,10 2,2 5,0 8,2 10,10; 2,6! 8,6",
    "E": "9,0! 1,0! 1,10! 9,10; 1,5! 8,5",
    "F": "9,0! 1,0! 1,10; 1,5! 7,5",
    "H": "1,0! 1,10; 9,0! 9,10; 1,5! 9,5",
    "K": "1,0! 1,10; 9,0! 1,6; 3,5! 9,10",
    "L": "1,0! 1,10! 8,10",
    "M": "0,10! 1,0! 5,7! 9,0! 10,10",
    "N": "1,10! 1,0! 9,10! 9,0",
    "P": "1,10! 1,0! 6,0 9,2 8,5 1,6",
    "R": "1,10! 1,0! 6,0 9,2 7,5 1,5! 3,5! 9,10",
    "T": "0,0! 10,0; 5,0! 5,10",
    "V": "0,0! 5,10! 10,0",
    "W": "0,0! 2,10! 5,3! 8,10! 10,0",
    "X": "0,0! 10,10; 10,0! 0,10",
    "d": "8,5 5,4 1,6 2,9 5,10 8,8; 8,0! 8,10",
    "e": "1,6! 9,6! 9,3 5,1 1,4 1,8 5,10 9,8",
    "h": "1,0! 1,10; 1,6 4,4 7,5 8,7 8,10",
    "k": "1,0! 1,10; 7,4! 1,7; 3,6! 7,10",
    "m": "0,10! 0,3! 0,5 2,3 4,5 4,10! 4,5 7,3 9,5 9,10",
    "n": "1,10! 1,3! 1,5 4,3 7,4 8,6 8,10",
    "p": "1,3! 1,10; 1,4 5,2 8,4 7,7 1,8",
    "t": "5,0! 5,9 7,10 9,9; 2,3! 8,3",
    "u": "1,3! 1,8 4,10 8,8! 8,3! 8,10",
    "w": "0,3 1,9 4,9 5,4 6,9 9,9 10,3",
    "E round": "8,1 3,1 3,4 7,5! 3,5 1,8 4,10 9,9",
    "pi": "1,2! 9,2; 3,2! 3,9; 7,2! 7,9 9,9",
    "Sigma": "9,0! 1,0! 6,5! 1,10! 9,10",
    "Omega": "1,10! 4,10! 1,6 2,1 8,1 9,6 6,10! 9,10",
    "Psi": "1,1 2,5 5,6 8,5 9,1; 5,0! 5,10",
    "Delta": "5,0! 10,10! 0,10! 5,0",
    "Zhe": "0,0! 10,10; 10,0! 0,10; 5,0! 5,10",
    "Sha": "0,0! 0,10! 10,10! 10,0; 5,0! 5,10",
    "Ya": "9,10! 9,0! 4,0 1,3 4,5 9,5; 5,5! 1,10",
    "Aleph": "1,0! 9,10; 8,0 8,4 5,5; 2,10 2,6 5,5",
    "tree sign": "5,0! 5,10; 0,3! 10,3; 5,3! 0,9; 5,3! 10,9",
    "field sign": "1,0! 9,0! 9,10! 1,10! 1,0; 1,5! 9,5; 5,0! 5,10",
    "water sign": "5,0! 5,10! 3,8; 1,3! 4,3! 0,8; 9,2! 6,4! 10,9",
    "ka": "1,3! 8,3 7,9 5,9; 4,0 4,5 1,10",
    "tsu": "1,1! 2,4; 4,1! 5,4; 9,1 8,6 3,10",
}
SIGNS = {
    "plus": "5,0! 5,10; 0,5! 10,5",
    "equals": "0,3! 10,3; 0,7! 10,7",
    "hash": "3,0! 3,10; 7,0! 7,10; 0,3! 10,3; 0,7! 10,7",
    "question": "2,3 3,0 7,0 8,3 5,5 5,7; 5,9! 5,10",
    "asterisk": "5,0! 5,10; 1,2! 9,8; 9,2! 1,8",
    "percent": "9,0! 1,10; 3,1 1,2 2,4 4,3 3,1; 8,6 6,7 7,9 9,8 8,6",
    "at": "7,4 4,4 4,7 7,6! 7,3! 7,7 9,6 9,2 5,0 1,3 1,8 6,10",
    "arrow": "0,5! 10,5; 7,2! 10,5! 7,8",
    "tick": "0,6! 3,10! 10,0",
    "infinity": "5,5 8,3 10,5 8,7 5,5 2,3 0,5 2,7 5,5",
    "music": "2,9 1,10 3,10 3,9! 3,1! 9,0! 9,8 7,9 9,9",
    "root": "0,6! 2,5! 4,10! 6,1! 10,1",
    "quotes": "2,0! 2,3; 7,0! 7,3",
    "dots": "1,5! 1,5.6; 5,5! 5,5.6; 9,5! 9,5.6",
}
DOODLES = {
    "smiley": "5,0 9,2 10,5 8,9 5,10 2,9 0,5 1,2 5,0; 3,3! 3,4; 7,3! 7,4; 2,6 5,8 8,6",
    "house": "0,4! 5,0! 10,4; 1,4! 1,10! 9,10! 9,4; 4,10! 4,7! 6,7! 6,10",
    "star": "2,10! 5,0! 8,10! 0,4! 10,4! 2,10",
    "heart": "5,10! 0,4 1,1 4,1 5,3! 6,1 9,1 10,4 5,10",
    "flower": "5,5 4,1 6,1 5,5 9,4 9,6 5,5 6,9 4,9 5,5 1,6 1,4 5,5; 5,6! 5,10",
    "fish": "10,2! 3,7 0,5 3,3 10,8! 10,2; 2,5! 2,5.4",
    "cat": "1,4! 1,0! 4,2! 6,2! 9,0! 9,4 8,8 5,10 2,8 1,4; 3,5! 3,6; 7,5! 7,6; 4,8 5,8 6,8",
    "sun": "5,3 7,5 5,7 3,5 5,3; 5,0! 5,2; 5,8! 5,10; 0,5! 2,5; 8,5! 10,5; 1,1! 3,3; 7,7! 9,9; 9,1! 7,3; 3,7! 1,9",
    "umbrella": "0,5 2,1 5,0 8,1 10,5! 0,5; 5,5! 5,9 4,10 3,9",
    "cup": "1,2! 2,10! 7,10! 8,2! 1,2; 8,4 10,4 10,7 8,7",
    "person": "5,0 6,1 5,3 4,1 5,0; 5,3! 5,7; 1,4! 9,4; 5,7! 2,10; 5,7! 8,10",
    "boat": "0,7! 10,7! 8,10! 2,10! 0,7; 5,7! 5,0! 9,6! 5,6",
    "car": "0,8! 0,5! 2,5! 3,2! 7,2! 8,5! 10,5! 10,8! 0,8; 2,8 3,9 2,10 1,9 2,8; 8,8 9,9 8,10 7,9 8,8",
    "hand": "2,10! 1,5! 1,3 2,3 2,5! 3,1 4,1 4,5! 5,0 6,0 6,5! 7,1 8,1 8,6! 9,5 10,5 8,10",
    "key": "3,5 1,3 0,5 1,7 3,5! 10,5! 10,7; 8,5! 8,7",
    "spiral": "5,5 6,5 6,6 4,6 4,4 7,4 7,7 3,7 3,3 8,3 8,9 2,9",
    "envelope": "0,2! 10,2! 10,8! 0,8! 0,2! 5,6! 10,2",
    "grid": "0,3! 10,3; 0,7! 10,7; 3,0! 3,10; 7,0! 7,10; 0,0! 10,0",
    "butterfly": "5,2! 5,9; 5,4 1,0 0,4 5,6; 5,6 1,10 3,10 5,7; 5,4 9,0 10,4 5,6; 5,6 9,10 7,10 5,7",
    "glasses": "0,5 2,3 4,5 2,7 0,5; 6,5 8,3 10,5 8,7 6,5; 4,5! 6,5",
    "chick": "2,3 4,1 6,3 5,5 8,5 10,3 9,8 6,9 3,8 3,5 2,3; 2,3! 0,4! 2,4; 5,9! 5,10; 7,9! 7,10",
    "lamp": "3,0! 7,0! 9,4! 1,4! 3,0; 5,4! 5,10; 2,10! 8,10",
}
SHARE_OF_SCRIBBLES = 0.35


def outliers(count: int, seed: int) -> NDArray[np.uint8]:
    """Draw things that are no digit, the same for the same seed (about 0.6 ms each).

    Returns:
        (count, 28, 28, 1) uint8 images, normalized like drawings on the pad.
    """
    random = np.random.default_rng((seed, 1873))
    images = np.zeros((count, SIDE, SIDE, 1), np.uint8)
    for number in range(count):
        image = drawing_to_image(outlier_strokes(random), float(random.uniform(1.5, 3.2)))
        assert image is not None  # each has points
        images[number, ..., 0] = image
    return images


def outlier_strokes(random: np.random.Generator) -> list[Stroke]:
    """Draw one thing that is no digit."""
    if random.random() < SHARE_OF_SCRIBBLES:
        return SCRIBBLES[random.integers(len(SCRIBBLES))](random)
    return handwritten(_glyph(random), random)


def _walk(random: np.random.Generator) -> list[Stroke]:
    """A line that wanders with a mind of its own."""
    turns = np.cumsum(random.normal(random.normal(0, 0.5), 1.0, random.integers(9, 24)))
    steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * random.uniform(0.3, 1.0, (len(turns), 1))
    return handwritten((np.cumsum(steps, axis=0),), random)


def _zigzag(random: np.random.Generator) -> list[Stroke]:
    """To and fro, at least three times."""
    count = int(random.integers(6, 14))
    x = np.linspace(0, 1, count) * random.uniform(0.4, 1.6)
    y = (np.arange(count) % 2) * random.uniform(0.5, 1.0) + random.normal(0, 0.1, count)
    return handwritten((np.stack([x, y], axis=1),), random, turn=random.uniform(0, np.pi))


def _coil(random: np.random.Generator) -> list[Stroke]:
    """Loops along a line, or round one place."""
    rounds = random.uniform(2.5, 6.0)
    angles = np.linspace(0, 2 * np.pi * rounds, int(8 * rounds)) * random.choice([-1, 1])
    radius = random.uniform(0.15, 0.4) * (1 + random.normal(0, 0.15, len(angles)))
    along = np.linspace(0, random.uniform(0.3, 1.6), len(angles))
    points = np.stack([along + radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    return handwritten((points,), random, turn=random.uniform(0, np.pi))


def _lines(random: np.random.Generator) -> list[Stroke]:
    """Straight lines anyhow."""
    strokes = tuple(random.uniform(0, 1, (2, 2)) for _ in range(random.integers(3, 8)))
    return handwritten(strokes, random)


def _hatching(random: np.random.Generator) -> list[Stroke]:
    """Parallel lines."""
    count = int(random.integers(3, 8))
    strokes = tuple(
        np.array([[place, random.normal(0, 0.08)], [place, 1 + random.normal(0, 0.08)]])
        for place in np.linspace(0, random.uniform(0.6, 1.2), count)
    )
    return handwritten(strokes, random, turn=random.uniform(0, np.pi))


def _dots(random: np.random.Generator) -> list[Stroke]:
    """Dots here and there."""
    places = random.uniform(0, 1, (random.integers(3, 12), 2))
    return handwritten(tuple(np.stack([place, place + 0.02]) for place in places), random)


def _several(random: np.random.Generator) -> list[Stroke]:
    """Two or three glyphs beside or over each other, where one digit is expected."""
    strokes: list[Stroke] = []
    for number in range(random.integers(2, 4)):
        aside = (number * random.uniform(0.2, 1.1), 0.0)
        strokes += [stroke + aside for stroke in handwritten(_glyph(random), random)]
    return strokes


def _glyph(random: np.random.Generator) -> tuple[Stroke, ...]:
    table = TABLES[random.integers(len(TABLES))]
    return table[random.integers(len(table))]


def _parsed(text: str) -> tuple[Stroke, ...]:
    """Read a glyph; a point with "!" comes twice, which makes a corner."""
    strokes = []
    for part in text.split(";"):
        points = []
        for word in part.split():
            point = tuple(float(number) / 10 for number in word.rstrip("!").split(","))
            points += [point] * (2 if word.endswith("!") else 1)
        strokes.append(np.array(points))
    return tuple(strokes)


TABLES: tuple[tuple[tuple[Stroke, ...], ...], ...] = tuple(
    tuple(_parsed(text) for text in table.values()) for table in (LETTERS, LETTERS, SIGNS, DOODLES)
)
"""What glyphs are drawn from, letters twice as often as each of the others."""
SCRIBBLES: tuple[Callable[[np.random.Generator], list[Stroke]], ...] = (
    _walk,
    _walk,
    _zigzag,
    _coil,
    _lines,
    _hatching,
    _dots,
    _several,
)
