"""What the selected layer does to a picture of the chosen data."""
