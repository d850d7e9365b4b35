"""Grad-CAM by measured slopes, against TensorFlow's gradients and by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from networks import card_of, exported, linear, scaled

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.grad_cam import GradCam

LAYERS = keras.layers


@pytest.fixture(scope="module")
def digit():
    return load_subset("mnist", "test")[0][3]


def flattening():
    """Max pooling, two dense layers after the last convolution; named layers."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            LAYERS.Conv2D(6, 3, activation="relu"),
            LAYERS.MaxPooling2D(2),
            LAYERS.Conv2D(8, 3, activation="relu", name="last"),
            LAYERS.MaxPooling2D(2),
            LAYERS.Flatten(),
            LAYERS.Dense(20, activation="tanh"),
            LAYERS.Dense(10, activation="softmax", name="end"),
        ]
    )


def averaging():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            LAYERS.Conv2D(7, 3, strides=2, activation="relu", name="last"),
            LAYERS.GlobalAveragePooling2D(),
            LAYERS.Dense(10, activation="softmax", name="end"),
        ]
    )


def with_a_branch():
    """A branch that goes round the last convolution."""
    image = keras.Input((28, 28, 1))
    last = LAYERS.Conv2D(4, 5, strides=4, padding="same", activation="relu", name="last")(image)
    round_it = LAYERS.AveragePooling2D(4)(image)
    both = LAYERS.Flatten()(LAYERS.Multiply()([last, round_it]))
    return keras.Model(image, LAYERS.Dense(10, activation="softmax", name="end")(both))


def by_tensorflow(model, image, index):
    """Grad-CAM as its paper has it, from the gradients of the logit."""
    end = model.get_layer("end")
    inner = keras.Model(model.inputs[0], [model.get_layer("last").output, end.input])
    with tf.GradientTape() as tape:
        maps, features = inner(scaled(image[None]), training=False)
        score = (features @ end.kernel + end.bias)[0, index]
    weights = tape.gradient(score, maps).numpy()[0].mean(axis=(0, 1))
    return np.maximum((maps.numpy()[0] * weights).sum(axis=-1), 0)


@pytest.mark.parametrize("build", [flattening, averaging, with_a_branch])
@pytest.mark.parametrize("kind", ["ours", "stranger's"])
def test_map_is_that_of_the_gradients(build, kind, digit, tmp_path):
    keras.utils.set_random_seed(3)
    model = build()
    path = exported(model, tmp_path / "m.onnx", card_of() if kind == "ours" else None)
    content = path.read_bytes()
    cam = GradCam(content, Activations(content, card_of()))
    assert cam.output.kind == "activation"
    compared = 0
    for index in range(10):
        expected = by_tensorflow(model, digit, index)
        found = cam.map(digit, index)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 0.02 * expected.max() + 1e-6
        compared += expected.max() > 0
    assert compared >= 3


def test_network_without_a_convolution_has_none(tmp_path):
    path = linear(tmp_path / "linear.onnx", np.ones((784, 10)), np.zeros(10))
    with pytest.raises(StudioError, match="no convolution"):
        GradCam(path.read_bytes(), Activations(path.read_bytes(), card_of()))


def test_canceled_map_is_none(digit, tmp_path):
    path = exported(flattening(), tmp_path / "m.onnx", card_of())
    content = path.read_bytes()
    assert GradCam(content, Activations(content, card_of())).map(digit, 0, lambda: True) is None
