"""The text that Keras's `model.summary()` prints, written without Keras."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from cnn_studio.core.network.layers import AnyLayer, Block, ResidualBlock, Shape
from cnn_studio.core.network.layers.layer_fields import tag_of
from cnn_studio.core.network.network import FLOAT_BYTES, network_of

WIDTHS = (36, 27, 15)
"""Of the text in Keras's three columns, at its usual 88 characters a line."""
HEADER = ("Layer (type)", "Output Shape", "Param #")
RULES = {"top": tuple("┏━┳┓"), "head": tuple("┡━╇┩"), "between": tuple("├─┼┤"), "bottom": tuple("└─┴┘")}
UNITS = ("B", "KB", "MB", "GB")


def keras_summary(layers: Sequence[AnyLayer], input_shape: Shape) -> str:
    """Return the summary of the network that the engine builds of these layers.

    Args:
        layers: The layers in order.
        input_shape: Height, width, channels of one image.

    Raises:
        StudioError: If the layers do not fit together.
    """
    network = network_of(layers, input_shape)
    lines = ['Model: "network"', _rule("top"), *_row(HEADER, "┃"), _rule("head")]
    shape = input_shape
    for number, layer in enumerate(layers, start=1):
        output = layer.output_shape(shape)
        shown = ", ".join(("None", *map(str, output)))
        cells = (
            f"{keras_name(layer, number)} ({_type(layer)})",
            f"({shown})",
            f"{layer.parameters(shape):,}",
        )
        if number > 1:
            lines.append(_rule("between"))
        lines += _row(cells, "│")
        shape = output
    lines.append(_rule("bottom"))
    trainable = network.trainable_parameters
    for title, count in (
        ("Total", network.parameters),
        ("Trainable", trainable),
        ("Non-trainable", network.parameters - trainable),
    ):
        lines.append(f" {title} params: {count:,} ({_memory(FLOAT_BYTES * count)})")
    return "\n".join(lines) + "\n"


def keras_name(layer: AnyLayer, number: int) -> str:
    """Return the name the engine gives a layer by its position, from 1, in its list."""
    if layer.name:
        return layer.name
    kind = "residual" if isinstance(layer, ResidualBlock) else tag_of(type(layer)).lower()
    return f"{kind}_{number}"


def _type(layer: AnyLayer) -> str:
    if isinstance(layer, Block):
        return "Functional" if isinstance(layer, ResidualBlock) else "Sequential"
    return tag_of(type(layer))


def _rule(kind: str) -> str:
    left, line, cross, right = RULES[kind]
    return left + cross.join(line * (width + 2) for width in WIDTHS) + right


def _row(cells: Sequence[str], edge: str) -> list[str]:
    """Return the lines of one row; what is longer than its column goes on in the next line."""
    columns = [textwrap.wrap(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)]
    lines = []
    for number in range(max(map(len, columns))):
        name, shape, count = (column[number] if number < len(column) else "" for column in columns)
        texts = (name.ljust(WIDTHS[0]), shape.ljust(WIDTHS[1]), count.rjust(WIDTHS[2]))
        lines.append(f"{edge} {f' {edge} '.join(texts)} {edge}")
    return lines


def _memory(size_bytes: float) -> str:
    for unit in UNITS[:-1]:
        if size_bytes < 1024:
            return f"{size_bytes:.2f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.2f} {UNITS[-1]}"
