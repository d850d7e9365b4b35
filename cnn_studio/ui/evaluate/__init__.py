"""The parts of the Evaluate tab: what is selected, the pages, the gallery, the lens."""
