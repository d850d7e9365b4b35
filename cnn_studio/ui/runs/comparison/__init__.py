"""Two or more runs compared: curves, recipes, matrices, errors, significance."""
