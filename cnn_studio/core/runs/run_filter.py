"""A filter over the table of runs, typed as text: words, `field:text` and `field>number`."""

from __future__ import annotations

import re
from collections.abc import Callable

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.run_columns import BY_NAME, RunColumn
from cnn_studio.core.runs.run_table import RunRow

Predicate = Callable[[RunRow], bool]

TERM = re.compile(
    r"""(?P<not>-)?(?:(?P<field>[A-Za-z_]+)(?P<sign><=|>=|!=|[:<>=]))?(?P<value>"[^"]*"?|\S*)""", re.VERBOSE
)
NUMBER = re.compile(r"(?P<digits>\d+(?:\.\d+)?|\.\d+)(?P<prefix>[kMG]?)(?P<percent>%?)", re.IGNORECASE)
FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
ALIASES = {
    "accuracy": "test",
    "validation": "val",
    "dataset": "data",
    "parameters": "params",
    "time": "seconds",
    "state": "status",
    "starred": "star",
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
WORD_FIELDS = ("name", "recipe", "note", "data", "status", "device", "optimizer", "folder")
"""Where a word alone is looked for."""
SHARES_UP_TO = 1.0
"""`test>0.99` means 99 %: nobody asks for runs above 0.99 %, unless they write the sign."""


def parsed_filter(text: str) -> Predicate:
    """Return a function that says whether a row passes the filter; every term has to hold.

    `fashion`: the word is in its name, note, data, ...; `note:"two words"`: in that field; `test>99`,
    `params<=100k`, `date>=2026-03`: compared, percentages in percent; a minus before a term negates it.

    Raises:
        StudioError: If a term names no field or compares with no number.
    """
    predicates = [_predicate(match) for match in TERM.finditer(text) if match.group().strip()]
    return lambda row: all(predicate(row) for predicate in predicates)


def _predicate(match: re.Match[str]) -> Predicate:
    name, sign = (match["field"] or "").lower(), match["sign"]
    value = match["value"].strip('"')
    wanted = _by_words(value) if not name else _by_field(name, sign, value, match.group())
    return (lambda row: not wanted(row)) if match["not"] else wanted


def _by_words(value: str) -> Predicate:
    folded = value.casefold()
    fields = [BY_NAME[name] for name in WORD_FIELDS]
    return lambda row: any(_holds(field, row, folded) for field in fields)


def _holds(field: RunColumn, row: RunRow, folded: str) -> bool:
    return folded in str(field.value(row)).casefold() or folded in field.text(row).casefold()


def _by_field(name: str, sign: str, value: str, term: str) -> Predicate:
    field = BY_NAME.get(ALIASES.get(name, name))
    if field is None:
        raise StudioError(
            f"The filter “{term}” is not understood.",
            f"There is no field “{name}”.",
            f"Use one of {', '.join(BY_NAME)}.",
        )
    if field.numeric:
        return _by_number(field, sign, value, term)
    folded = value.casefold()
    if sign == ":":
        return lambda row: _holds(field, row, folded)
    if sign in ("=", "!="):
        return lambda row: (str(field.value(row)).casefold() == folded) == (sign == "=")
    # Dates compare as text: ISO 8601 sorts by time. A shorter one is compared as far as it goes.
    compare: Callable[[str, str], bool] = {
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    }[sign]
    return lambda row: (
        bool(field.value(row)) and compare(str(field.value(row)).casefold()[: len(folded)], folded)
    )


def _by_number(field: RunColumn, sign: str, value: str, term: str) -> Predicate:
    word = {"yes": "1", "no": "0", "true": "1", "false": "0"}.get(value.casefold(), value)
    match = NUMBER.fullmatch(word)
    if match is None:
        raise StudioError(
            f"The filter “{term}” is not understood.",
            f"“{field.name}” is compared with a number, received “{value}”.",
            f"Write, for example, {field.name}>{'99' if field.shares else '10'}.",
        )
    number = float(match["digits"]) * FACTORS[match["prefix"].lower()]
    if field.shares and (match["percent"] or number > SHARES_UP_TO):
        number /= 100
    compare = COMPARISONS[sign]

    def holds(row: RunRow) -> bool:
        found = field.value(row)
        return isinstance(found, int | float) and compare(float(found), number)

    return holds
