"""Recipes: everything needed to repeat a training, as TOML, as form fields, as a Keras script."""
