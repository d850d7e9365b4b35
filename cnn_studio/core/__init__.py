"""What the window and the engine share: standard library, NumPy, Pillow and msgspec only."""
