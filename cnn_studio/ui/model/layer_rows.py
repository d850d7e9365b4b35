"""What the list of layers shows: a row for every layer and block, with its figures and its mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import AnyLayer, Block, Shape, ShapeError
from cnn_studio.core.network.network import LayerRow, Network, Path, numbered


@dataclass(frozen=True)
class LayerListRow:
    """One line of the list.

    Attributes:
        path: Where the layer stands.
        number: From 1, as mistakes name it; None for a block and for what stands inside a residual one.
        layer: The layer or block.
        folded: Whether it is a block whose layers are hidden.
        input_shape: What it is given; None after the first mistake.
        output_shape: What it makes of it; None from the first mistake on.
        figures: Its line of the network's table, where it has one.
        error: The network's first mistake, where it is this row's.
    """

    path: Path
    number: int | None
    layer: AnyLayer
    folded: bool
    input_shape: Shape | None
    output_shape: Shape | None
    figures: LayerRow | None
    error: StudioError | None

    @property
    def depth(self) -> int:
        """How many blocks it stands in."""
        return len(self.path) - 1

    @property
    def block(self) -> bool:
        """Whether it holds layers."""
        return isinstance(self.layer, Block)

    @property
    def muted(self) -> bool:
        """Whether it stands after the first mistake, where nothing can be said of it."""
        return self.input_shape is None

    @property
    def parameters(self) -> int | None:
        """Its weights; None from the first mistake on."""
        if self.input_shape is None or self.output_shape is None:
            return None
        return self.layer.parameters(self.input_shape)


def rows_of(
    layers: Sequence[AnyLayer], network: Network, folded: AbstractSet[Path] = frozenset()
) -> list[LayerListRow]:
    """Return the rows of a list of layers, without those inside folded blocks.

    Args:
        layers: The layers.
        network: Their table, as `core.network.network.checked` makes it.
        folded: Where the blocks stand whose layers are hidden.
    """
    table = _Table(
        network,
        {row.path: row for row in network.rows},
        {path: number for number, (path, _) in enumerate(numbered(layers), start=1)},
        folded,
    )
    return list(_walk(layers, (), network.input_shape, table))


@dataclass(frozen=True)
class _Table:
    """What is known of the whole list."""

    network: Network
    figures: dict[Path, LayerRow]
    numbers: dict[Path, int]
    folded: AbstractSet[Path]


def _walk(
    layers: Sequence[AnyLayer],
    inside: Path,
    shape: Shape | None,
    table: _Table,
) -> Iterator[LayerListRow]:
    for index, layer in enumerate(layers):
        path = (*inside, index)
        hidden = isinstance(layer, Block) and path in table.folded
        output = None if shape is None else _output(layer, shape)
        error = _error(table.network, path, hidden)
        number = table.numbers.get(path)
        yield LayerListRow(path, number, layer, hidden, shape, output, table.figures.get(path), error)
        if isinstance(layer, Block) and not hidden:
            yield from _walk(layer.layers, path, shape, table)
        shape = output


def _output(layer: AnyLayer, shape: Shape) -> Shape | None:
    try:
        return layer.output_shape(shape)
    except ShapeError:
        return None


def _error(network: Network, path: Path, hidden: bool) -> StudioError | None:
    """Return the mistake if it stands there, or in the folded block that stands there."""
    mistake = network.mistake
    if mistake is None or mistake.number is None:
        return None
    there = mistake.path[: len(path)] if hidden else mistake.path
    return mistake.error if there == path else None
