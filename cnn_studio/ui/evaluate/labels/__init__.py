"""Labels that are probably wrong, and what a person decides about them."""
