"""Images drawn by a program."""
