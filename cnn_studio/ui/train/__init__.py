"""The parts of the Train tab: the form of a training, its progress, what steers it."""
