"""The map: images placed by what a layer makes of them."""
