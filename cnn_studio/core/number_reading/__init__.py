"""Several digits in one drawing or photograph: light, components, segmentation."""
