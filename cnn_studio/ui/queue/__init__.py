"""Trainings that run one after the other."""
