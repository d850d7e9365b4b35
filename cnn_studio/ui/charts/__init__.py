"""Charts: axes, ticks, lines, hover and saving, shared by every tab."""
