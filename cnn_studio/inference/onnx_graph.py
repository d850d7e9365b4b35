"""What an ONNX graph is made of: its convolutions, activations and poolings, and how it ends.

Only reads and rewrites the graph; `inference.activations` runs it. `onnx` is imported when a graph is opened, not
with this module: the window must not pay for it before its first paint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.runs.model_card import CARD_ENTRY

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Kind = Literal["convolution", "activation", "pooling"]
Layout = Literal["first", "last"]
"""Where the channels are: ONNX's own operations have them first, tf2onnx may transpose."""

KINDS: dict[str, Kind] = {
    "Conv": "convolution",
    "ConvTranspose": "convolution",
    "MaxPool": "pooling",
    "AveragePool": "pooling",
    "LpPool": "pooling",
    "Clip": "activation",
    "Elu": "activation",
    "Gelu": "activation",
    "HardSigmoid": "activation",
    "HardSwish": "activation",
    "LeakyRelu": "activation",
    "Mish": "activation",
    "PRelu": "activation",
    "Relu": "activation",
    "Selu": "activation",
    "Sigmoid": "activation",
    "Softplus": "activation",
    "Softsign": "activation",
    "Tanh": "activation",
}
OWN_LAYOUT = {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool"}
KEEPS_LAYOUT = {
    "Add", "BatchNormalization", "Cast", "Concat", "Div", "Dropout", "Erf", "Identity", "InstanceNormalization",
    "Max", "Min", "Mul", "Pad", "Pow", "Sqrt", "Sub",
}  # fmt: skip
TURNS: dict[tuple[int, ...], Layout] = {(0, 2, 3, 1): "last", (0, 3, 1, 2): "first"}
SAME_NUMBERS = {"Dropout", "Flatten", "Identity", "Reshape", "Squeeze"}
"""What may stand between the global pooling and the dense layer without mixing the features."""
AFTER_DENSE = {"Add", "Identity", "LogSoftmax", "Softmax"}
NOT_LINEAR_AT_THE_END = {"Identity", "LogSoftmax", "Softmax"}
SPATIAL: dict[Layout, set[int]] = {"first": {2, 3}, "last": {1, 2}}


@dataclass(frozen=True)
class LayerOutput:
    """A layer output whose maps can be read.

    Attributes:
        kind: What computes them.
        number: Which of its kind, from 1.
        layer: The layer's name in the file, "" where it has none.
        tensor: The graph's name of the output.
        layout: Where its channels are.
    """

    kind: Kind
    number: int
    layer: str
    tensor: str
    layout: Layout


@dataclass(frozen=True)
class Head:
    """How a classifier ends.

    Attributes:
        features: The graph's name of what enters the last dense layer, (N, features); "" without one.
        maps: The graph's name of the maps whose mean the features are; "" where they are something else.
        layout: Where the maps' channels are.
        weights: (features, classes) float32 of the last dense layer, None without one.
    """

    features: str = ""
    maps: str = ""
    layout: Layout = "first"
    weights: NDArray[np.float32] | None = None


class Graph:
    """An opened graph.

    Args:
        content: The bytes of an `.onnx` file that holds its weights itself.
    """

    def __init__(self, content: bytes) -> None:
        import onnx

        self._model: ModelProto = onnx.load_model_from_string(content)
        self._nodes: list[NodeProto] = list(self._model.graph.node)
        self._makers = {name: node for node in self._nodes for name in node.output}
        self._constants = {tensor.name: tensor for tensor in self._model.graph.initializer}
        for node in self._nodes:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self._constants[node.output[0]] = node.attribute[0].t
        self._ours = any(entry.key == CARD_ENTRY for entry in self._model.metadata_props)
        self._layouts = self._find_layouts()
        self.layer_outputs = self._find_layer_outputs()
        self.head = self._find_head()

    @property
    def tensors(self) -> list[str]:
        """The graph's names of all that can be read: the layer outputs and what the head is made of."""
        names = [*(output.tensor for output in self.layer_outputs), self.head.features, self.head.maps]
        return [name for name in dict.fromkeys(names) if name]

    def putting_out(self, tensors: list[str]) -> bytes:
        """Return the graph with some of its tensors as further outputs."""
        import onnx

        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        present = {output.name for output in model.graph.output}
        for name in tensors:
            if name not in present:
                model.graph.output.append(onnx.ValueInfoProto(name=name))  # the runtime infers its type
        content: bytes = model.SerializeToString()
        return content

    def tail(self, start: str) -> bytes:
        """Return the part of the graph from one of its tensors to the scores, before any softmax.

        Its first input is that tensor, (N, ., ., .) floats; the graph's own input follows where a branch goes
        round the tensor.
        """
        import onnx
        from onnx import TensorProto, helper

        scores = self._scores()
        needed, nodes = {scores}, []
        for node in reversed(self._nodes):
            if start not in node.output and needed & set(node.output):
                nodes.append(node)
                needed.update(node.input)
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        inputs = [entry for entry in self._model.graph.input if entry.name in needed]
        for part in (model.graph.node, model.graph.input, model.graph.output, model.graph.value_info):
            del part[:]
        model.graph.node.extend(reversed(nodes))
        model.graph.input.append(helper.make_tensor_value_info(start, TensorProto.FLOAT, (None,) * 4))
        model.graph.input.extend(inputs)
        model.graph.output.append(onnx.ValueInfoProto(name=scores))
        content: bytes = model.SerializeToString()
        return content

    def _scores(self) -> str:
        """Return the name of the output, or of what the softmax at the end is taken of."""
        name = str(self._model.graph.output[0].name)
        while name in self._makers and self._makers[name].op_type in NOT_LINEAR_AT_THE_END:
            name = self._makers[name].input[0]
        return name

    def first_filters(self) -> NDArray[np.float32] | None:
        """Return the first convolution's weights, (height, width, channels in, filters), or None."""
        for node in self._nodes:
            if node.op_type == "Conv":
                weights = self._constant(node.input[1])
                return (
                    np.transpose(weights, (2, 3, 1, 0)) if weights is not None and weights.ndim == 4 else None
                )
        return None

    def _constant(self, name: str) -> NDArray[np.float32] | None:
        from onnx import numpy_helper

        if name not in self._constants:
            return None
        return np.asarray(numpy_helper.to_array(self._constants[name]), np.float32)

    def _find_layouts(self) -> dict[str, Layout]:
        """Follow where the channels are from every convolution and pooling on."""
        layouts: dict[str, Layout] = {}
        for node in self._nodes:  # ONNX demands that a graph is sorted
            known = [layouts[name] for name in node.input if name in layouts]
            found: Layout | None = None
            if node.op_type in OWN_LAYOUT:
                found = "first"
            elif node.op_type == "Transpose":
                turn = tuple(next((a.ints for a in node.attribute if a.name == "perm"), ()))
                found = TURNS.get(turn) if known else None
            elif node.op_type in KINDS or node.op_type in KEEPS_LAYOUT:
                found = known[0] if known else None
            if found:
                layouts.update(dict.fromkeys(node.output, found))
        return layouts

    def _find_layer_outputs(self) -> tuple[LayerOutput, ...]:
        outputs: list[LayerOutput] = []
        for node in self._nodes:
            kind, layout = KINDS.get(node.op_type), self._layouts.get(node.output[0]) if node.output else None
            if kind is None or layout is None:
                continue
            last = self._whole_swish(node) if node.op_type == "Sigmoid" else node
            number = 1 + sum(output.kind == kind for output in outputs)
            outputs.append(LayerOutput(kind, number, self._layer(node), last.output[0], layout))
        return tuple(outputs)

    def _whole_swish(self, sigmoid: NodeProto) -> NodeProto:
        """Return the product x * sigmoid(x), as SiLU is written before opset 24, or the sigmoid itself."""
        both = {sigmoid.input[0], sigmoid.output[0]}
        return next((n for n in self._nodes if n.op_type == "Mul" and set(n.input) == both), sigmoid)

    def _layer(self, node: NodeProto) -> str:
        """Return a layer's name, read from the node's or its weights' path."""
        paths = [node.name, *(name for name in node.input[1:] if name in self._constants)]
        names = [self._layer_of(path) for path in paths if "/" in path or "." in path]
        return " + ".join(dict.fromkeys(name for name in names if name))

    def _layer_of(self, path: str) -> str:
        if "/" not in path:
            return path.rpartition(".")[0]  # PyTorch: layer1.0.conv1.weight
        parts = [part for part in path.split("/") if part]
        if not self._ours:
            return parts[-2] if len(parts) > 1 else ""
        return parts[1].removesuffix("_1") if len(parts) > 2 else ""  # Keras writes each layer's name + "_1"

    def _find_head(self) -> Head:
        """Go back from the output to the last dense layer, and from there to a global average."""
        node = self._makers.get(self._model.graph.output[0].name)
        while node is not None and node.op_type in AFTER_DENSE:
            node = next((self._makers[name] for name in node.input if name in self._makers
                         and name not in self._constants), None)  # fmt: skip
        if node is None or node.op_type not in ("MatMul", "Gemm"):
            return Head()
        settings = {a.name: a for a in node.attribute}
        weights = self._constant(node.input[1])
        if "transA" in settings and settings["transA"].i:
            return Head()
        if weights is not None and "transB" in settings and settings["transB"].i:
            weights = weights.T
        if weights is not None and "alpha" in settings:
            weights = weights * np.float32(settings["alpha"].f)
        features = node.input[0]
        if weights is None or weights.ndim != 2:
            return Head(features)
        maps = self._averaged(features)
        return Head(features, maps, self._layouts.get(maps, "first"), weights)

    def _averaged(self, features: str) -> str:
        """Return the maps whose mean over all pixels `features` is, or ""."""
        node = self._makers.get(features)
        while node is not None and node.op_type in SAME_NUMBERS:
            node = self._makers.get(node.input[0])
        if node is None or node.input[0] not in self._layouts:
            return ""
        maps = node.input[0]
        if node.op_type == "GlobalAveragePool":
            return maps if self._layouts[maps] == "first" else ""
        if node.op_type != "ReduceMean":
            return ""
        given = next((list(a.ints) for a in node.attribute if a.name == "axes"), None)
        if given is None and len(node.input) > 1:
            axes = self._constant(node.input[1])
            given = None if axes is None else axes.astype(int).ravel().tolist()
        spatial = {axis % 4 for axis in given or ()}
        return maps if spatial == SPATIAL[self._layouts[maps]] else ""
