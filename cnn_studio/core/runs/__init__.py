"""Run folders: what a training left, its table, its comparison with others."""
