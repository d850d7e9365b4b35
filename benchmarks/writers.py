"""Whether neighbors in MNIST were written by one hand: how alike their strokes are, by distance in the file.

Usage: python benchmarks/writers.py [--dataset mnist]

Four measures of an image that say more about a hand than about a digit (ink, slant, width of the stroke,
share of full black) are freed of what is due to its class, and images a number of positions apart compared:
0 would be strangers, 1 the same. MNIST's training images come from two groups of writers in turns (census
employees and students), each writer's one after the other. Images held back at random therefore have the
writers of those learned from; the last ones, as good as none.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.datasets.registry import load_subset

DISTANCES = (1, 2, 3, 4, 10, 20, 50, 100, 200, 500, 1000, 5000)


def hand(images: NDArray[np.uint8], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return ink, slant, width and blackness of each image, (N, 4), mean 0 and deviation 1 in each class."""
    x = images[..., 0] / 255
    ink = x.sum(axis=(1, 2))
    rows, columns = np.arange(x.shape[1])[:, None], np.arange(x.shape[2])[None, :]
    down = rows - ((x * rows).sum(axis=(1, 2)) / ink)[:, None, None]
    right = columns - ((x * columns).sum(axis=(1, 2)) / ink)[:, None, None]
    slant = (x * down * right).sum(axis=(1, 2)) / (x * down**2).sum(axis=(1, 2))
    edge = np.abs(np.diff(x, axis=1)).sum(axis=(1, 2)) + np.abs(np.diff(x, axis=2)).sum(axis=(1, 2))
    found = np.stack([ink, slant, ink / edge, (x > 0.95).sum(axis=(1, 2)) / ink], axis=1)
    for number in np.unique(labels):
        of_class = found[labels == number]
        found[labels == number] = (of_class - of_class.mean(axis=0)) / of_class.std(axis=0)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="mnist")
    dataset = parser.parse_args().dataset
    for subset in ("train", "test"):
        found = hand(*load_subset(dataset, subset))
        print(f"{dataset}, {subset}: index offset   ink  slant  width  black")
        for distance in DISTANCES:
            alike = (found[distance:] * found[:-distance]).mean(axis=0)
            print(f"{distance:24,}  " + "  ".join(f"{value:5.2f}" for value in alike))


if __name__ == "__main__":
    main()
