"""Figures for reports and papers, drawn by matplotlib away from the window (about 0.5 s each)."""
