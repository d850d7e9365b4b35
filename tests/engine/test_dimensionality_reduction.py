"""Maps of images: the layer that was asked for, PCA as by hand, t-SNE that keeps neighbors and can be stopped."""

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.embedding import (
    drawn_numbers,
    layers_by_address,
    load_embedding,
    save_embedding,
)
from cnn_studio.core.network.layers import Block, Conv2D, Dense, Flatten
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.model_card import card_for
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.dimensionality_reduction import embed
from cnn_studio.engine.model_files import info_of, save_keras

LAYERS = (
    Block(name="encoder", layers=(Conv2D(filters=2, kernel_size=5, strides=4), Flatten())),
    Dense(units=12, activation="relu"),
    Dense(units=10, activation="softmax"),
)
RECIPE = msgspec.structs.replace(find_recipe("studio-quick"), layers=LAYERS)
CARD = card_for(RECIPE, tuple("0123456789"), (28, 28, 1), 1 / 255, 0.0)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    return build_model(RECIPE, info_of(CARD))


@pytest.fixture(scope="module")
def source(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "small.keras"
    save_keras(network, CARD, path)
    return path


@pytest.fixture(scope="module")
def images():
    return load_subset("mnist", "test")[0][:300]


def principal(features):
    """The first two principal components, by the singular values themselves."""
    centered = features.astype(np.float64) - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
    return left[:, :2] * sizes[:2], sizes[:2] ** 2 / (sizes**2).sum()


@pytest.mark.parametrize("layer", ["1", "1/1", "2", ""])
def test_pca_of_a_layer_is_that_of_its_own_output(source, network, images, layer):
    x = images.astype(np.float32) / 255
    encoder, dense = network.layers[0], network.layers[1]
    outputs = {
        "1": lambda: encoder(x),
        "1/1": lambda: encoder.layers[0](x),
        "2": lambda: dense(encoder(x)),
        "": lambda: dense(encoder(x)),
    }
    features = np.asarray(outputs[layer]()).reshape(len(x), -1)
    points, shares = principal(features)
    made = embed(source, images, np.arange(300), layer=layer, method="pca")
    scale = np.abs(points).max()
    # each axis may point the other way
    np.testing.assert_allclose(np.abs(made.points), np.abs(points), atol=2e-3 * scale)
    np.testing.assert_allclose(made.explained, shares, atol=1e-3)
    assert made.layer == (layer or "2")


def test_t_sne_keeps_what_is_alike_together_and_shows_how_it_goes(source):
    # Three kinds of images, many of each with a little noise: neighbors must be of one kind.
    random = np.random.default_rng(0)
    kinds = random.integers(0, 256, (3, 28, 28, 1))
    labels = np.repeat(np.arange(3), 40)
    images = np.clip(kinds[labels] + random.normal(0, 4, (120, 28, 28, 1)), 0, 255).astype(np.uint8)
    seen = []
    made = embed(source, images, np.arange(120), method="t-sne", perplexity=10, look=seen.append)
    away = np.linalg.norm(made.points[:, None] - made.points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    assert (labels[away.argmin(axis=1)] == labels).all()
    done = [embedding.done for embedding in seen]
    assert done[0] == 0.0
    assert done == sorted(done)
    assert made.done == 1.0
    again = embed(source, images, np.arange(120), method="t-sne", perplexity=10)
    np.testing.assert_allclose(again.points, made.points, atol=1e-3 * np.abs(made.points).max())


def test_stopping_ends_within_some_iterations(source, images):
    looks = []
    with pytest.raises(Canceled):
        embed(source, images, np.arange(300), look=looks.append, should_stop=lambda: len(looks) > 2)
    assert len(looks) == 3


def test_only_some_images_are_placed_and_keep_their_numbers(source, images):
    numbers = np.array([3, 50, 51, 200, 299])
    some = embed(source, images, numbers, method="pca")
    every = embed(source, images[numbers], np.arange(5), method="pca")
    assert some.numbers.tolist() == numbers.tolist()
    np.testing.assert_allclose(some.points, every.points, atol=1e-5)


@pytest.mark.parametrize("layer", ["0", "9", "2/1", "1/7", "first"])
def test_a_layer_that_is_not_there_is_named(source, images, layer):
    with pytest.raises(StudioError, match=f"no layer {layer}"):
        embed(source, images, np.arange(20), layer=layer, method="pca")


def test_too_few_images_are_said(source, images):
    with pytest.raises(StudioError, match="too few images for a map"):
        embed(source, images, np.arange(4))


def test_images_that_are_all_alike_are_one_point(source, images):
    same = np.repeat(images[:1], 20, axis=0)
    assert np.allclose(embed(source, same, np.arange(20), method="pca").points, 0, atol=1e-4)
    assert np.isfinite(embed(source, same, np.arange(20), method="t-sne").points).all()


def test_a_map_is_read_back_as_written_and_a_damaged_one_is_said(source, images, tmp_path):
    made = embed(source, images, np.arange(30), method="pca")
    path = tmp_path / "map.npz"
    save_embedding(made, path)
    read = load_embedding(path)
    np.testing.assert_array_equal(read.points, made.points)
    assert (read.method, read.layer, read.done) == ("pca", "2", 1.0)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(StudioError, match="Cannot read the map"):
        load_embedding(path)


def test_addresses_open_blocks_in_order():
    addresses = [address for address, _ in layers_by_address(LAYERS)]
    assert addresses == ["1", "1/1", "1/2", "2", "3"]


def test_drawn_numbers_are_different_ones_in_order():
    numbers = drawn_numbers(1000, 50, seed=3)
    assert len(set(numbers.tolist())) == 50
    assert numbers.tolist() == sorted(numbers.tolist())
    assert drawn_numbers(7, 50, seed=3).tolist() == list(range(7))
