"""Layers made of layers at work: each on what the one before leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cnn_studio.core.network.activation_functions import ACTIVATIONS
from cnn_studio.core.network.explain.explanation import Example, Explanation, Floats, Moment, number_text
from cnn_studio.core.network.layers import AnyLayer, BatchNormalization, Block, Dense, ResidualBlock

MOST_OF_BATCH = 8
"""Pictures that go through a block with the one shown, for its batch normalizations."""
NEED_BATCH = {BatchNormalization, Block, ResidualBlock}
NEED_MEANS = {Dense, Block, ResidualBlock}
"""Kinds that are shown with more than the picture (a block may hold such)."""
Work = Callable[[AnyLayer, Example], Explanation | None]


def block(layer: Block, example: Example, work: Work) -> Explanation | None:
    """Show what the last layer of a block does with what the others make of the picture."""
    chain = _chain(layer, example, work)
    if not chain:
        return None
    last = chain[-1]

    def moment(row: int, column: int) -> Moment:
        return replace(last.moment(row, column), window=_seen(chain, row, column))

    return Explanation(example.plane, last.after, moment, any(each.filtered for each in chain), "one channel")


def residual_block(layer: ResidualBlock, example: Example, work: Work) -> Explanation | None:
    """Add the picture to what a block makes of it; a 1x1 convolution on the way round stands with weight 1."""
    chain = _chain(layer, example, work)
    if not chain:
        return None
    made, plane = chain[-1].after, example.plane
    step = -(-plane.shape[0] // made.shape[0])
    passed = plane[::step, ::step]
    if passed.shape != made.shape:
        return None
    sums = made + passed
    after = ACTIVATIONS[layer.activation](sums)

    def moment(row: int, column: int) -> Moment:
        parts = made[row, column], passed[row, column], sums[row, column]
        f, x, total = (number_text(float(value)) for value in parts)
        lines = [f"F(x) + x = {f} + {f'({x})' if parts[1] < 0 else x} = {total}"]
        if layer.activation != "linear":
            lines.append(f"{layer.activation}({total}) = {number_text(after[row, column])}")
        return Moment(_seen(chain, row, column), (), tuple(lines))

    return Explanation(plane, after, moment, any(each.filtered for each in chain), "one channel")


def _chain(layer: Block, example: Example, work: Work) -> list[Explanation]:
    """Return every layer at work on what the one before leaves; none where one of them cannot be shown."""
    chain: list[Explanation] = []
    example = replace(example, batch=example.batch[:MOST_OF_BATCH])
    for number, inside in enumerate(layer.layers, start=1):
        explained = work(inside, example)
        if explained is None:
            return []
        chain.append(explained)
        later = {type(each) for each in layer.layers[number:]}
        batch, means = (
            _through(inside, planes, example, work) if later & needed else planes
            for planes, needed in ((example.batch, NEED_BATCH), (example.means, NEED_MEANS))
        )
        example = replace(example, plane=explained.after, batch=batch, means=means)
    return chain


def _through(layer: AnyLayer, planes: Floats, example: Example, work: Work) -> Floats:
    """Return what a layer makes of other pictures."""
    made = [work(layer, replace(example, plane=plane)) for plane in planes]
    return np.stack([each.after for each in made if each is not None])


def _seen(chain: list[Explanation], row: int, column: int) -> tuple[int, int, int, int]:
    """Return the window of the picture that a value of the last layer comes from."""
    top, left, height, width = chain[-1].moment(row, column).window
    for explained in reversed(chain[:-1]):
        rows, columns = explained.after.shape
        corners = [
            explained.moment(min(max(at, 0), rows - 1), min(max(across, 0), columns - 1)).window
            for at in (top, top + height - 1)
            for across in (left, left + width - 1)
        ]
        top, left = min(corner[0] for corner in corners), min(corner[1] for corner in corners)
        height = max(corner[0] + corner[2] for corner in corners) - top
        width = max(corner[1] + corner[3] for corner in corners) - left
    return top, left, height, width
