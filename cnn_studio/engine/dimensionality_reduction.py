"""Maps of images: a layer's output, brought to the plane by PCA or t-SNE.

t-SNE is openTSNE's (Poličar, Stražar and Zupan, 2024): scikit-learn's cannot be stopped or looked at before
its end. As van der Maaten and Hinton (2008) did, the features go to 50 principal components first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.lazy_arrays import Images
from cnn_studio.core.evaluation.embedding import PERPLEXITY, Embedding, Method
from cnn_studio.engine.model_sources import open_source
from cnn_studio.engine.training_step import Answering

Floats = NDArray[np.float32]
COMPONENTS = 50
MOST_FEATURES = 2048
"""Wider outputs are projected at random onto so many axes first, which keeps distances within a few percent
(Johnson and Lindenstrauss, 1984) and 10,000 images of a first convolution within 80 MB instead of 800."""
ITERATIONS = 750
"""openTSNE's own 250 with the clusters pulled apart and 500 without."""
BETWEEN_LOOKS = 10
FEWEST = 5

Look = Callable[[Embedding], None]


def embed(
    source: Path,
    images: Images,
    numbers: NDArray[np.int64],
    *,
    layer: str = "",
    method: Method = "t-sne",
    perplexity: float = PERPLEXITY,
    seed: int = 0,
    look: Look = lambda embedding: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Embedding:
    """Place images in the plane so that what is alike to a layer lies together.

    Args:
        source: A run folder or a `.keras` file of ours.
        images: (N, height, width, channels) uint8.
        numbers: Which of them to place.
        layer: "3" is the output of the third layer, "1/4" that of the fourth in block 1; empty takes the one
            before the classes.
        method: "t-sne" or "pca".
        perplexity: Of t-SNE; lowered where there are too few images.
        seed: Of what is drawn at random.
        look: Is shown how it stands every 10 iterations of t-SNE.
        should_stop: Asked between batches and iterations.

    Raises:
        StudioError: If the source has no layers to look into, or not that one, or there are too few images.
        Canceled: When `should_stop` says so.
    """
    if len(numbers) < FEWEST:
        raise StudioError(
            "There are too few images for a map.",
            f"It takes at least {FEWEST} images, and there are {len(numbers)}.",
            "Choose a part with more images.",
        )
    model, scaling = _model(source)
    layer = layer or str(max(1, len(model.layers) - 1))
    features = _features(_until(model, layer), scaling, images, numbers, seed, should_stop)
    wide, explained = _components(features, COMPONENTS, seed)

    def placed(points: Floats, done: float = 1.0) -> Embedding:
        shares = explained if method == "pca" else np.zeros(2, np.float32)
        return Embedding(points.astype(np.float32), numbers, method, layer, shares, done)

    if method == "pca":
        return placed(_two(wide))
    look(placed(_two(wide), 0.0))
    for points, done in _t_sne(wide, perplexity, seed, should_stop):
        look(placed(points, done))
    return placed(points)


def _model(source: Path) -> tuple[keras.Model, tuple[float, float]]:
    opened = open_source(source)
    if opened.model is None:
        raise StudioError(
            f"{source.name} cannot be mapped.",
            "An ONNX file does not keep its layers' names.",
            "Choose the run it came from, or its .keras file.",
        )
    return opened.model, (opened.card.input_scale, opened.card.input_offset)


def _until(model: keras.Model, layer: str) -> keras.Model:
    """Return the part of a network that ends with a layer."""
    inputs = keras.Input(model.input_shape[1:])
    here: Any = inputs
    inside: Any = model
    try:
        steps = [int(part) for part in layer.split("/")]
        for depth, number in enumerate(steps):
            layers = inside.layers
            if not 1 <= number <= len(layers):
                raise IndexError
            for before in layers[: number - 1]:
                here = before(here)
            inside = layers[number - 1]
            if depth == len(steps) - 1:
                here = inside(here)
            elif not isinstance(inside, keras.Sequential):
                inside = next(part for part in inside.layers if isinstance(part, keras.Sequential))
    except (ValueError, IndexError, AttributeError, StopIteration) as error:
        raise StudioError(
            f"The network has no layer {layer}.",
            f"It has {len(model.layers)} layers, counted from 1; “1/4” is the fourth in block 1.",
            "Choose another layer.",
        ) from error
    return keras.Model(inputs, keras.layers.Flatten()(here))


def _features(
    part: keras.Model,
    scaling: tuple[float, float],
    images: Images,
    numbers: NDArray[np.int64],
    seed: int,
    should_stop: Callable[[], bool],
) -> Floats:
    """Return (n, features) float32 of the chosen images."""
    width = int(part.output_shape[-1])
    answering = Answering(part, scaling)
    onto: Floats | None = None
    if width > MOST_FEATURES:
        random = np.random.default_rng(seed)
        onto = (random.standard_normal((width, MOST_FEATURES), np.float32) / MOST_FEATURES**0.5).astype(
            np.float32
        )
    pieces: list[Floats] = []
    for start in range(0, len(numbers), 250):
        answers = answering(images[numbers[start : start + 250]], should_stop)
        pieces.append(answers if onto is None else answers @ onto)
    return np.concatenate(pieces)


def _components(features: Floats, wanted: int, seed: int) -> tuple[Floats, Floats]:
    """Return the principal components, (n, at most `wanted`), and the shares of the first two, (2,)."""
    from sklearn.decomposition import PCA

    most = min(wanted, *features.shape)
    pca = PCA(most, random_state=seed)
    components = pca.fit_transform(features)
    shares = np.zeros(2, np.float32)
    found = np.nan_to_num(pca.explained_variance_ratio_[:2])  # images that are all alike vary by nothing
    shares[: len(found)] = found
    return components.astype(np.float32), shares


def _two(components: Floats) -> Floats:
    """Return the first two columns; a zero for a second one that is not there."""
    return components[:, :2] if components.shape[1] > 1 else np.pad(components, ((0, 0), (0, 1)))


def _t_sne(
    components: Floats, perplexity: float, seed: int, should_stop: Callable[[], bool]
) -> Iterator[tuple[Floats, float]]:
    """Give the points and the share of the iterations done, again and again to the end."""
    import openTSNE

    perplexity = min(perplexity, (len(components) - 1) / 3)
    affinities = openTSNE.affinity.PerplexityBasedNN(
        components, perplexity=perplexity, n_jobs=-1, random_state=seed
    )
    # A little at random besides: images that are exactly alike would stay on one point and divide by its spread.
    start = _two(components) + np.random.default_rng(seed).normal(0, 1e-3, (len(components), 2))
    start = openTSNE.initialization.rescale(start, target_std=1e-4)
    points = openTSNE.TSNEEmbedding(start, affinities, n_jobs=-1, random_state=seed)
    done = 0
    while done < ITERATIONS:
        if should_stop():
            raise Canceled
        early = done < ITERATIONS // 3
        points.optimize(
            BETWEEN_LOOKS,
            inplace=True,
            exaggeration=12 if early else None,
            momentum=0.5 if early else 0.8,
            learning_rate="auto",
        )
        done += BETWEEN_LOOKS
        yield np.asarray(points, np.float32), done / ITERATIONS
