"""What the network sees of a drawing: its steps, maps, saliency, robustness, smallest edit and neighbors."""
