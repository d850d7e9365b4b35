"""What the numbers of published data sets' labels stand for."""

from __future__ import annotations

import string

DIGIT_NAMES = tuple(string.digits)
LETTER_NAMES = tuple(string.ascii_uppercase)
# Letters whose small form looks like the capital are one class with it, which leaves eleven small ones.
BALANCED_NAMES = (*string.digits, *string.ascii_uppercase, *"abdefghnqrt")
ALL_NAMES = (*string.digits, *string.ascii_uppercase, *string.ascii_lowercase)

EMNIST_CLASSES: dict[str, dict[int, str]] = {
    "emnist-balanced": dict(enumerate(BALANCED_NAMES)),
    "emnist-bymerge": dict(enumerate(BALANCED_NAMES)),
    "emnist-byclass": dict(enumerate(ALL_NAMES)),
    "emnist-digits": dict(enumerate(DIGIT_NAMES)),
    "emnist-mnist": dict(enumerate(DIGIT_NAMES)),
    "emnist-letters": dict(enumerate(LETTER_NAMES, start=1)),
}
"""EMNIST's label -> character (Cohen, Afshar, Tapson and van Schaik, 2017); the letters count from 1."""

KMNIST_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
"""Kuzushiji-MNIST's ten characters (Clanuwat and others, 2018)."""
