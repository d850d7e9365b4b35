"""One image under the lens: probabilities, saliency, neighbors."""
