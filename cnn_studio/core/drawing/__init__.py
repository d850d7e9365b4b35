"""Strokes and pictures: from what a person draws to the image a network takes, and drawings on disk."""
