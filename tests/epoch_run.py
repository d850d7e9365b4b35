"""A run folder whose kept epochs are made by hand: one dense layer, so every answer can be worked out."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.core.runs.epoch_weight_files import write_weights
from cnn_studio.core.runs.model_card import CARD_ENTRY

CARD = (
    '{"classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "input_shape": [28, 28, 1], '
    '"input_scale": 0.00392156862745098, "input_offset": 0.0, "recipe": {}, "dataset": "mnist"}'
)

RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(0, 1, (28, 27, 1, 3)).astype(np.float32)
"""Of a convolution almost as large as the image: it has two places, so two numbers a filter."""
HEAD = RANDOM.normal(0, 0.2, (6, 10)).astype(np.float32)


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


def write_watched(run, networks, dataset="mnist"):
    """Write a run of a convolution, its ReLU and ten classes, as tf2onnx writes one with weights as inputs."""
    nodes = [
        helper.make_node("Transpose", ["image"], ["turned"], perm=(0, 3, 1, 2)),
        helper.make_node("Transpose", ["weights_0"], ["kernel"], perm=(3, 2, 0, 1)),
        helper.make_node("Conv", ["turned", "kernel"], ["sums"]),
        helper.make_node("Relu", ["sums"], ["maps"]),
        helper.make_node("Flatten", ["maps"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights_1"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    shapes = {"image": ("N", 28, 28, 1), "weights_0": KERNEL.shape, "weights_1": HEAD.shape}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ("N", 10))]
    graph = helper.make_graph(nodes, "network", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    entry = model.metadata_props.add()
    entry.key, entry.value = CARD_ENTRY, CARD.replace("mnist", dataset)
    (run / "epochs").mkdir(parents=True, exist_ok=True)
    for name, weights in networks.items():
        write_weights(run / "epochs" / f"{name}.npz", weights)
    onnx.save(model, run / "epochs" / "network.onnx")
    return run
