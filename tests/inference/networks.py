"""Small networks as ONNX files, made by Keras or by hand, for the tests of what is looked into."""

import io
from contextlib import redirect_stdout

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.core.runs.model_card import ModelCard

DIGITS = tuple("0123456789")


def card_of(classes=DIGITS, shape=(28, 28, 1), dataset=""):
    """A card that scales pixels to 0 to 1."""
    return ModelCard(
        classes=classes,
        input_shape=shape,
        input_scale=1 / 255,
        input_offset=0.0,
        recipe={},
        dataset=dataset,
    )


def scaled(images):
    """What enters a network with such a card."""
    return images.astype(np.float32) / 255


def exported(model, path, card=None):
    """Write a Keras model as the engine does, or without a card as a stranger would."""
    from cnn_studio.engine.model_files import quiet, save_onnx

    if card is not None:
        save_onnx(model, card, path)
        return path
    model(np.zeros((1, *model.input_shape[1:]), np.float32))
    with quiet(), redirect_stdout(io.StringIO()):
        model.export(path, format="onnx", verbose=False, opset_version=17)
    return path


def linear(path, weights, bias, card=None, batch="N"):
    """Write a network of one dense layer on the 784 pixels: every answer can be worked out by hand."""
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["sums"]),
            helper.make_node("Softmax", ["sums"], ["probabilities"], axis=1),
        ],
        "linear",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (batch, 28, 28, 1))],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (batch, weights.shape[1]))],
        [
            numpy_helper.from_array(weights.astype(np.float32), "weights"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path
