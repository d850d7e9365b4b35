"""What is read inside a network, against Keras's own intermediate outputs."""

import subprocess
import sys

import keras
import numpy as np
import onnxruntime
import pytest
from networks import card_of, exported, linear, scaled
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.activations import Activations, occlusion
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.onnx_graph import Graph

LAYERS = keras.layers


@pytest.fixture(scope="module")
def digits():
    return load_subset("mnist", "test")[0][:4]


@pytest.fixture(scope="module")
def averaging():
    """A network that ends in global average pooling and one dense layer."""
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            LAYERS.Conv2D(5, 3, padding="same", name="first", activation="relu"),
            LAYERS.MaxPooling2D(2, name="pool"),
            LAYERS.Conv2D(7, 3, strides=2, name="second"),
            LAYERS.Activation("elu", name="bent"),
            LAYERS.GlobalAveragePooling2D(name="average"),
            LAYERS.Dropout(0.3),
            LAYERS.Dense(10, activation="softmax", name="last", bias_initializer="random_normal"),
        ]
    )


@pytest.fixture(scope="module", params=["ours", "stranger's"])
def activations(request, averaging, tmp_path_factory):
    path = tmp_path_factory.mktemp("taps") / "averaging.onnx"
    card = card_of()
    exported(averaging, path, card if request.param == "ours" else None)
    return Activations(path.read_bytes(), card)


def output_of(model, name, images):
    """What Keras computes in a layer, (N, ...)."""
    return keras.Model(model.inputs[0], model.get_layer(name).output)(scaled(images), training=False).numpy()


def test_maps_are_what_keras_computes_in_each_layer(activations, averaging, digits):
    maps = activations.maps(digits[0])
    found = {
        (output.kind, output.number): value
        for output, value in zip(activations.layer_outputs, maps, strict=True)
    }
    for place, name in {
        ("activation", 1): "first",
        ("pooling", 1): "pool",
        ("convolution", 2): "second",
        ("activation", 2): "bent",
    }.items():
        expected = output_of(averaging, name, digits[:1])[0]
        assert found[place].shape == expected.shape
        assert np.abs(found[place] - expected).max() < 1e-4
    assert len(found) == 5


def test_features_are_what_enters_the_last_dense_layer(activations, averaging, digits):
    expected = output_of(averaging, "average", digits)
    assert np.abs(activations.features(digits) - expected).max() < 1e-4


def test_layers_are_named_as_in_keras(averaging, tmp_path):
    path = exported(averaging, tmp_path / "named.onnx", card_of())
    names = [
        output.layer for output in Graph(path.read_bytes()).layer_outputs if output.kind == "convolution"
    ]
    assert names == ["first", "second"]


@pytest.mark.parametrize("index", [0, 7])
def test_mean_of_the_activation_map_and_the_bias_is_the_logit(activations, averaging, digits, index):
    assert activations.shows_activation
    sight = activations.activation(digits[1], index)
    weights, bias = averaging.get_layer("last").get_weights()
    logit = output_of(averaging, "average", digits[1:2])[0] @ weights + bias
    assert sight.method == "activation"
    assert sight.values.mean() + bias[index] == pytest.approx(logit[index], abs=1e-4)


def test_first_filters_are_the_weights_of_the_first_convolution(activations, averaging):
    assert np.allclose(activations.filters, averaging.get_layer("first").get_weights()[0])


def test_flattening_network_shows_no_activation_map(tmp_path, digits):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            LAYERS.Conv2D(2, 5, name="only", activation="silu"),
            LAYERS.Flatten(name="flat"),
            LAYERS.Dense(6, activation="relu", name="hidden"),
            LAYERS.Dense(10, activation="softmax"),
        ]
    )
    path = exported(model, tmp_path / "flat.onnx", card_of())
    activations = Activations(path.read_bytes(), card_of())
    assert not activations.shows_activation
    assert np.abs(activations.features(digits) - output_of(model, "hidden", digits)).max() < 1e-4
    bent = [
        value
        for output, value in zip(activations.layer_outputs, activations.maps(digits[0]), strict=True)
        if output.kind == "activation"
    ]
    assert len(bent) == 1
    assert np.abs(bent[0] - output_of(model, "only", digits[:1])[0]).max() < 1e-4  # x * sigmoid(x), whole


def test_pytorchs_channels_first_are_read_too(tmp_path):
    """As PyTorch exports: (N, 3, 8, 10), a batch of one only, Gemm with its weights turned round, logits."""
    rng = np.random.default_rng(0)
    kernel, dense = (rng.normal(size=size).astype(np.float32) for size in ((4, 3, 3, 3), (5, 4)))
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "body.0.weight"], ["c"], "/body/body.0/Conv", pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c"], ["r"], "/body/body.1/Relu"),
            helper.make_node("ReduceMean", ["r"], ["m"], axes=[-2, -1], keepdims=0),
            helper.make_node("Gemm", ["m", "head.weight"], ["y"], transB=1),
        ],
        "torch",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, 8, 10))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 5))],
        [numpy_helper.from_array(kernel, "body.0.weight"), numpy_helper.from_array(dense, "head.weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = card_of(tuple("abcde"), (3, 8, 10))
    activations = Activations(model.SerializeToString(), card)
    image = rng.integers(0, 256, (3, 8, 10), dtype=np.uint8)
    conv, bent = activations.maps(image)
    padded = np.pad(scaled(image), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    expected = np.einsum("cyxhw,fchw->yxf", windows, kernel)
    assert conv.shape == (8, 10, 4)
    assert np.abs(conv - expected).max() < 1e-4
    assert np.abs(bent - np.maximum(expected, 0)).max() < 1e-4
    logits = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": scaled(image)[None]})[0][
        0
    ]
    assert activations.activation(image, 3).values.mean() == pytest.approx(logits[3], abs=1e-4)
    assert activations.features(np.stack([image, image, image])).shape == (3, 4)
    assert activations.layer_outputs[0].layer.startswith("body.0")


def test_occlusion_finds_the_only_pixels_that_count(tmp_path):
    weights = np.zeros((28, 28, 10), np.float32)
    weights[4:8, 20:24, 3] = 1.0  # only these pixels speak for a 3
    path = linear(tmp_path / "spot.onnx", weights.reshape(784, 10), np.zeros(10))
    image = np.full((28, 28, 1), 40, np.uint8)
    sight = occlusion(Classifier(path), image, 3)
    assert sight.method == "occlusion"
    assert sight.values.shape == (28, 28)
    row, column = np.unravel_index(sight.values.argmax(), (28, 28))
    assert 4 <= row < 8
    assert 20 <= column < 24
    assert sight.values[15:, :15] == pytest.approx(0, abs=1e-6)
    # Covered whole, the logit falls from 16 * 40 / 255 to 0: worked out by hand.
    share = np.exp(16 * 40 / 255) / (np.exp(16 * 40 / 255) + 9)
    assert 0 < sight.values.max() <= share - 0.1 + 1e-6


def test_damaged_file_is_refused_in_three_parts():
    with pytest.raises(StudioError) as caught:
        Activations(b"no graph", card_of())
    assert caught.value.what
    assert caught.value.why
    assert caught.value.remedy


def test_onnx_is_not_imported_with_the_panel():
    code = "import sys, cnn_studio.ui.interpretability.inspection_panel as p; print('onnx' in sys.modules, 'keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]
