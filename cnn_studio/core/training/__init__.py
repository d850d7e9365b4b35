"""Trainings before and while they run: sweeps, the queue, learning curves, the batch log."""
