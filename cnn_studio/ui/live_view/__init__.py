"""What a network sees while it learns."""
