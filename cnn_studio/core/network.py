"""A list of layers seen as a whole: its rows, its totals and its first mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cnn_studio.core.errors import StudioError
from cnn_studio.core.layers import AnyLayer, Block, Dense, Shape, ShapeError


class LayerRow(msgspec.Struct, frozen=True):
    """One line of the layer table; `depth` is 1 inside a block, 0 outside."""

    number: int
    depth: int
    layer: AnyLayer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    trainable_parameters: int
    flops: int


class Network(msgspec.Struct, frozen=True):
    """The table of a network that fits together."""

    input_shape: Shape
    rows: tuple[LayerRow, ...]

    @property
    def output_shape(self) -> Shape:
        """Shape after the last layer."""
        return self.rows[-1].output_shape if self.rows else self.input_shape

    @property
    def parameters(self) -> int:
        """All weights."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable_parameters(self) -> int:
        """The weights that training changes."""
        return sum(row.trainable_parameters for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating point operations for one image."""
        return sum(row.flops for row in self.rows)


def numbered(layers: Iterable[AnyLayer], depth: int = 0) -> Iterator[tuple[int, AnyLayer]]:
    """Give every layer that is not a block, blocks opened, with its depth."""
    for layer in layers:
        if type(layer) is Block:  # a residual block is one row: its shortcut belongs to none of its layers
            yield from numbered(layer.layers, depth + 1)
        else:
            yield depth, layer


def with_classes(layers: Sequence[AnyLayer], classes: int) -> tuple[AnyLayer, ...]:
    """Return the layers with as many outputs as there are classes, where they end with Dense.

    A preset ends with Dense 10; on data of another number of classes only that number has to change.
    """
    if not layers:
        return ()
    *before, last = layers
    if isinstance(last, Dense):
        last = msgspec.structs.replace(last, units=classes)
    elif type(last) is Block:
        last = msgspec.structs.replace(last, layers=with_classes(last.layers, classes))
    return (*before, last)


def network_of(layers: Sequence[AnyLayer], input_shape: Shape, classes: int | None = None) -> Network:
    """Compute the table of a network.

    Args:
        layers: The layers in order.
        input_shape: Height, width, channels of one image.
        classes: How many outputs there must be; None does not ask.

    Raises:
        StudioError: At the first layer that does not fit, or if the end is not one output a class.
    """
    rows: list[LayerRow] = []
    shape = input_shape
    for number, (depth, layer) in enumerate(numbered(layers), start=1):
        try:
            output = layer.output_shape(shape)
        except ShapeError as error:
            raise StudioError("Cannot build the network.", f"Layer {number}: {error}") from error
        rows.append(
            LayerRow(
                number,
                depth,
                layer,
                shape,
                output,
                layer.parameters(shape),
                layer.trainable_parameters(shape),
                layer.flops(shape),
            )
        )
        shape = output
    if not rows:
        raise StudioError("Cannot build the network.", "It has no layers.", "Add at least one Dense layer.")
    if classes is not None and shape != (classes,):
        raise StudioError(
            "Cannot build the network.",
            f"Its last layer gives {shape}; the data set has {classes} classes, so ({classes},) is expected.",
            f"End it with Dense, units {classes}, activation 'softmax'.",
        )
    return Network(input_shape, tuple(rows))
