"""Teach it your hand: corrections, and the drawings they collect."""
