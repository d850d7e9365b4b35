"""What the network sees of a drawing: its steps, maps, sight, robustness, smallest edit and neighbors."""
