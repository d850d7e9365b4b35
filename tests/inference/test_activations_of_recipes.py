"""Networks that recipes describe are looked into: nested models, residual blocks, color, other sizes."""

import msgspec
import numpy as np
import pytest
from networks import card_of, exported

from cnn_studio.core.datasets.registry import FASHION, dataset_info
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import recipe_from_toml
from cnn_studio.inference.activations import Activations, occlusion
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.counterfactuals import smallest_counterfactual
from cnn_studio.inference.robustness import measure_robustness

RESIDUAL = """
name = "residual"
dataset = "fashion_mnist"
layers = [
  { type = "Conv2D", filters = 6, kernel_size = 3, padding = "same", activation = "relu" },
  { type = "ResidualBlock", name = "block", layers = [
    { type = "Conv2D", filters = 8, kernel_size = 3, strides = 2, padding = "same" },
    { type = "BatchNormalization" },
    { type = "Activation", activation = "relu" },
    { type = "Conv2D", filters = 8, kernel_size = 3, padding = "same" },
  ] },
  { type = "GlobalAveragePooling2D" },
  { type = "Dense", units = 10, activation = "softmax" },
]
[training]
epochs = 1
batch_size = 32
[optimizer]
type = "Adam"
"""
COLOR = """
name = "color"
dataset = "fashion_mnist"
layers = [
  { type = "Conv2D", filters = 5, kernel_size = 5, padding = "same", activation = "elu" },
  { type = "MaxPooling2D", pool_size = 2 },
  { type = "SeparableConv2D", filters = 7, kernel_size = 3, padding = "same", activation = "relu" },
  { type = "GlobalAveragePooling2D" },
  { type = "Dense", units = 10, activation = "softmax" },
]
[training]
epochs = 1
batch_size = 32
[optimizer]
type = "Adam"
"""
# Of every convolution the size and number of its maps, in any order; a residual block that changes the size has
# one in its short cut; a separable convolution is two.
NETWORKS = {
    "nested": (find_recipe("fashion-encoder-mlp"), (28, 28, 1), [(26, 26, 32), (11, 11, 64)], (3, 3, 1, 32)),
    "residual": (
        recipe_from_toml(RESIDUAL),
        (28, 28, 1),
        [(28, 28, 6), (14, 14, 8), (14, 14, 8), (14, 14, 8)],
        (3, 3, 1, 6),
    ),
    "color": (recipe_from_toml(COLOR), (32, 32, 3), [(32, 32, 5), (16, 16, 5), (16, 16, 7)], (5, 5, 3, 5)),
}


@pytest.fixture(scope="module", params=NETWORKS)
def opened(request, tmp_path_factory):
    """Return the answering network, its activations, an image, and what is expected of it."""
    from cnn_studio.engine.builder import build_model

    recipe, shape, maps, filters = NETWORKS[request.param]
    info = msgspec.structs.replace(dataset_info("fashion_mnist"), image_shape=shape)
    path = tmp_path_factory.mktemp("nets") / "model.onnx"
    model = build_model(recipe, info)
    exported(model, path, card_of(FASHION, shape, "fashion_mnist"))
    classifier = Classifier(path)
    image = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    return classifier, Activations(path.read_bytes(), classifier.card), image, (maps, filters, model)


def test_every_convolution_has_its_maps(opened):
    _, activations, image, (expected, _, _) = opened
    convolutions = [
        maps.shape
        for output, maps in zip(activations.layer_outputs, activations.maps(image), strict=True)
        if output.kind == "convolution"
    ]
    assert sorted(convolutions) == sorted(expected)
    assert convolutions[0] == expected[0]


def test_filters_are_the_first_convolutions_weights(opened):
    _, activations, _, (_, shape, model) = opened
    first = next(weight for weight in model.weights if len(weight.shape) == 4)
    assert activations.filters.shape == shape
    np.testing.assert_allclose(activations.filters, first.numpy(), atol=1e-6)


def test_there_is_a_map_of_where_it_looks(opened):
    """Exact behind a global average; by covering parts anywhere."""
    classifier, activations, image, (_, _, model) = opened
    averages = any("GlobalAverage" in type(layer).__name__ for layer in model.layers)
    assert activations.shows_activation == averages
    if averages:
        logits = np.log(classifier.probabilities(image[None])[0])
        means = [activations.activation(image, index).values.mean() for index in range(10)]
        bias = model.layers[-1].bias.numpy()
        np.testing.assert_allclose(
            np.subtract(logits, logits[0]), means + bias - (means + bias)[0], atol=1e-3
        )
    covered = occlusion(classifier, image, 4)
    assert covered.values.shape == image.shape[:2]
    assert np.abs(covered.values).max() > 0


def test_robustness_and_edits_take_the_network(opened):
    classifier, _, image, _ = opened
    found = measure_robustness(classifier, image)
    assert found.index == classifier.probabilities(image[None])[0].argmax()
    edit = smallest_counterfactual(classifier, image, int(found.index))
    assert edit.size == 0
