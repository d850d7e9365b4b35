"""The boundary between the window and the engine: a process of its own, reached over pipes."""
