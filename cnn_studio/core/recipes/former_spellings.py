"""What recipes, runs and journals of version 0.1.0 spell in British English, read as it is written now."""

from __future__ import annotations

import re
from typing import Any

SCALING = {"standardised": "standardized"}
CHANNELS = {"grey": "gray", "colour": "color"}
"""Of the options in the names of own data: `file:PATH?channels=grey`."""
FORMER = re.compile(rb"standardised|channels=(?:grey|colour)")
"""What the bytes of a file hold where something in it may be spelled as it was."""
_CHANNELS_OPTION = re.compile(r"(?<=[?&]channels=)(grey|colour)(?=&|$)")


def with_present_spellings(content: Any) -> Any:
    """Return the mapping of a recipe with what earlier versions wrote spelled as it is now.

    Args:
        content: From TOML or JSON; left as it is. Anything but a mapping is returned unchanged.
    """
    if not isinstance(content, dict):
        return content
    known = dict(content)
    if isinstance(scaling := known.get("scaling"), str):
        known["scaling"] = SCALING.get(scaling, scaling)
    if isinstance(dataset := known.get("dataset"), str):
        known["dataset"] = _CHANNELS_OPTION.sub(lambda found: CHANNELS[found[0]], dataset)
    return known
