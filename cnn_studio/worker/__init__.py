"""The seam between the window and the engine: a process of its own, spoken to over pipes."""
