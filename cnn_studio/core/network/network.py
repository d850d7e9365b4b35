"""A list of layers seen as a whole: its rows, its totals and its first mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import AnyLayer, Block, Dense, Shape, ShapeError

FLOAT_BYTES = 4

Path = tuple[int, ...]
"""Where a layer stands: its index in the list, or its block's index and its own inside it, ..."""


class LayerRow(msgspec.Struct, frozen=True):
    """One line of the layer table; `depth` is 1 inside a block, 0 outside.

    Attributes:
        receptive_field: Side of the square of the input that each value is made from, in pixels, as if the
            input went on without end; None from the layer on where it is the whole picture.
        held_values: Values a training keeps for its way back, for one image.
    """

    number: int
    path: Path
    layer: AnyLayer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    trainable_parameters: int
    flops: int
    receptive_field: int | None
    held_values: int

    @property
    def depth(self) -> int:
        """How many blocks it stands in."""
        return len(self.path) - 1


class Mistake(msgspec.Struct, frozen=True):
    """The first thing that keeps a list of layers from being a network.

    Attributes:
        number: Of the layer, from 1; None where it is not one layer's fault.
        path: Where that layer stands.
        error: What happened, why and what to do.
    """

    number: int | None
    path: Path
    error: StudioError


class Network(msgspec.Struct, frozen=True):
    """The table of a network, as far as it fits together."""

    input_shape: Shape
    rows: tuple[LayerRow, ...]
    mistake: Mistake | None = None

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

    def training_bytes(self, batch_size: int) -> int:
        """Return about how much memory a step takes in float32: weights, gradients, Adam's two means, values.

        What each layer gives is kept until the way back has passed it, and its gradient beside it; buffers
        of the convolutions come on top.
        """
        held = sum(row.held_values for row in self.rows)
        return FLOAT_BYTES * (4 * self.trainable_parameters + 2 * held * batch_size)


def numbered(layers: Iterable[AnyLayer], inside: Path = ()) -> Iterator[tuple[Path, AnyLayer]]:
    """Give every layer that is not a block, blocks opened, with where it stands."""
    for index, layer in enumerate(layers):
        if type(layer) is Block:  # a residual block is one row: its shortcut belongs to none of its layers
            yield from numbered(layer.layers, (*inside, index))
        else:
            yield (*inside, index), layer


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
    network = checked(layers, input_shape, classes)
    if network.mistake is not None:
        raise network.mistake.error
    return network


def checked(layers: Sequence[AnyLayer], input_shape: Shape, classes: int | None = None) -> Network:
    """Compute the table of a network that is still being made: the rows before its first mistake, and that.

    Args:
        layers: The layers in order.
        input_shape: Height, width, channels of one image.
        classes: How many outputs there must be; None does not ask.
    """
    rows: list[LayerRow] = []
    shape, field, step = input_shape, 1, 1
    whole = False
    for number, (path, layer) in enumerate(numbered(layers), start=1):
        try:
            output = layer.output_shape(shape)
        except ShapeError as error:
            mistake = Mistake(
                number, path, StudioError("Cannot build the network.", f"Layer {number}: {error}")
            )
            return Network(input_shape, tuple(rows), mistake)
        window = layer.window()
        whole = whole or window is None
        if window is not None:
            field, step = field + (window[0] - 1) * step, step * window[1]
        rows.append(
            LayerRow(
                number=number,
                path=path,
                layer=layer,
                input_shape=shape,
                output_shape=output,
                parameters=layer.parameters(shape),
                trainable_parameters=layer.trainable_parameters(shape),
                flops=layer.flops(shape),
                receptive_field=None if whole else field,
                held_values=layer.held_values(shape),
            )
        )
        shape = output
    return Network(input_shape, tuple(rows), _mistake_at_the_end(rows, shape, classes))


def _mistake_at_the_end(rows: list[LayerRow], shape: Shape, classes: int | None) -> Mistake | None:
    what = "Cannot build the network."
    if not rows:
        return Mistake(None, (), StudioError(what, "It has no layers.", "Add at least one Dense layer."))
    if classes is None or shape == (classes,):
        return None
    error = StudioError(
        what,
        f"Its last layer gives {shape}; the data set has {classes} classes, so ({classes},) is expected.",
        f"End it with Dense, units {classes}, activation 'softmax'.",
    )
    return Mistake(rows[-1].number, rows[-1].path, error)
