"""The pen of the drawing canvas: its width when the program is first started, and the range it can be set to.

What the network sees does not depend on it; see `PEN_WIDTH` in `core.drawing.preprocessing` for the ink it is given.
"""

from __future__ import annotations

PEN_PERCENT = 7
"""Width of the pen on the screen, in hundredths of the canvas's side."""
PEN_RANGE = (2, 16)
"""Thinnest and thickest pen, in hundredths of the canvas's side."""
