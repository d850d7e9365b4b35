"""The gallery of the Evaluate tab: images, filters, export."""
