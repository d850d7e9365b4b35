"""What the window and the worker say to one another: commands and events."""
