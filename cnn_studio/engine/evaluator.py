"""Reading a data set's test images with a run or a model file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnn_studio.core.datasets import dataset_info, load_subset
from cnn_studio.core.errors import StudioError
from cnn_studio.core.evaluation import Evaluation
from cnn_studio.engine.sources import open_source


def evaluate(
    source: Path, dataset: str | None = None, should_stop: Callable[[], bool] = lambda: False
) -> Evaluation:
    """Read the test images of a data set.

    Args:
        source: A run folder, a `.keras` file of ours, or an `.onnx` file.
        dataset: The data set; None takes the one the network was trained on.
        should_stop: Asked between batches.

    Returns:
        The answers on the whole test set.

    Raises:
        StudioError: If the source cannot be opened or does not fit the data set.
        Cancelled: When `should_stop` says so.
    """
    opened = open_source(source)
    name = dataset or opened.card.dataset
    if not name:
        raise StudioError(
            f"{source.name} does not say which data set it was trained on.",
            "It was not written by CNN Studio.",
            "Name one with --dataset.",
        )
    info = dataset_info(name)
    if info.image_shape != opened.card.input_shape or len(info.classes) != len(opened.card.classes):
        raise StudioError(
            f"{source.name} does not fit the data set {info.title}.",
            f"It takes images of {opened.card.input_shape} and knows {len(opened.card.classes)} classes; "
            f"the data set has {info.image_shape} and {len(info.classes)}.",
            "Choose the data set it was trained on.",
        )
    images, labels = load_subset(name, "test")
    return Evaluation(opened.answers(images, should_stop), labels, info.classes, name)
