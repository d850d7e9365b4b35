"""A run folder whose kept epochs are made by hand: one dense layer, so every answer can be worked out."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.core.epoch_files import write_weights
from cnn_studio.core.modelcard import CARD_ENTRY

CARD = (
    '{"classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "input_shape": [28, 28, 1], '
    '"input_scale": 0.00392156862745098, "input_offset": 0.0, "recipe": {}, "dataset": "mnist"}'
)


def dense_graph(weights, bias, given):
    """Softmax of one dense layer on 784 pixels; its weights are inputs of the graph where `given`."""
    tensors = {"weights_0": weights, "weights_1": bias}
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ("N", 28, 28, 1))]
    if given:
        inputs += [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
            for name, array in tensors.items()
        ]
    constants = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in tensors.items()]
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights_0", "weights_1"], ["sums"]),
            helper.make_node("Softmax", ["sums"], ["probabilities"], axis=1),
        ],
        "dense",
        inputs,
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ("N", len(bias)))],
        [] if given else constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_model(path, weights, bias, card=CARD):
    """Write a dense network as an ONNX file with a card."""
    model = dense_graph(weights, bias, given=False)
    entry = model.metadata_props.add()
    entry.key, entry.value = CARD_ENTRY, card
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def biased(index, strength=9.0):
    """Weights and bias of a network that answers one class whatever it sees."""
    bias = np.zeros(10, np.float32)
    bias[index] = strength
    return [np.zeros((784, 10), np.float32), bias]


def write_epochs(run, networks, final=None):
    """Keep networks, by their epochs, in a run folder, whose model is the last of them or `final`."""
    folder = run / "epochs"
    folder.mkdir(parents=True, exist_ok=True)
    for epoch, weights in networks.items():
        write_weights(folder / f"{epoch:04}.npz", weights)
    kept = final if final is not None else list(networks.values())[-1]
    write_weights(folder / "final.npz", kept)
    onnx.save(dense_graph(*kept, given=True), folder / "network.onnx")
    return write_model(run / "model.onnx", *kept)
