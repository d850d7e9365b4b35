"""What differs between recipes, and only that, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cnn_studio.core.network.layers import AnyLayer, Block, ResidualBlock
from cnn_studio.core.network.layers.layer_fields import tag_of
from cnn_studio.core.recipes.recipe import Recipe, Source
from cnn_studio.core.runs.run_folder import RunRecord

NOTHING = "–"
NAMES = ("name", "title", "description", "source")
"""Fields of a recipe that do not change what is trained."""
SECTIONS = ("Data", "Augmentation", "Layers", "Training", "Optimizer")
SECTION_OF = {
    "augmentation": "Augmentation",
    "layers": "Layers",
    "training": "Training",
    "loss": "Training",
    "early_stopping": "Training",
    "optimizer": "Optimizer",
    "schedule": "Optimizer",
}
"""Where a recipe's field belongs; those not named belong to the data."""
SAID_BY_DESCRIPTION = {
    "name",
    "layers",
    "filters",
    "units",
    "kernel_size",
    "pool_size",
    "rate",
    "activation",
    "negative_slope",
}
"""Fields of a layer that its description says, or that do not matter."""
UNITS = {"px": "px", "degrees": "degrees", "fraction": "share"}
"""What the last word of a field's name says of its unit."""
EQUAL, SAME_KIND = 3, 2
"""What it is worth to put two equal layers, or two of one kind, beside one another."""


class RecipeDifference(msgspec.Struct, frozen=True):
    """One field in which recipes differ.

    Attributes:
        section: Where it belongs: "Data", "Layers", "Training", ...
        field: Its name in words.
        values: What it is in each recipe, in their order; a dash where there is no such thing.
    """

    section: str
    field: str
    values: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The difference in one line, such as "Conv2D filters: 32 → 64"."""
        return f"{self.field}: {' → '.join(self.values)}"


class FieldAddress(msgspec.Struct, frozen=True):
    """A layer in a recipe: its number from 1 (blocks opened), its depth, itself without its name."""

    number: int
    depth: int
    layer: AnyLayer


def same_but_for_the_seed(recipe: Recipe) -> bytes:
    """Return a key that recipes share which differ in nothing but the seed, their names and their words."""
    training = msgspec.structs.replace(recipe.training, seed=0)
    plain = msgspec.structs.replace(
        recipe, name="-", title="", description="", source=Source(), training=training
    )
    return msgspec.json.encode(plain)


def record_differences(records: Sequence[RunRecord]) -> list[RecipeDifference]:
    """Return in what runs differ: their recipes, and what they were trained on."""
    limits = [NOTHING if record.limit is None else f"{record.limit:,}" for record in records]
    devices = [record.device or NOTHING for record in records]
    precisions = [(record.result.precision if record.result else "") or NOTHING for record in records]
    rows = [
        ("training images at most", limits),
        ("training images left out", [f"{len(record.left_out):,}" for record in records]),
        ("device used", devices),
        ("precision used", precisions),
        *(
            (name, [record.versions.get(name, NOTHING) for record in records])
            for name in sorted({name for record in records for name in record.versions})
        ),
    ]
    found = recipe_differences([record.recipe for record in records])
    found += [RecipeDifference("Run", field, tuple(values)) for field, values in rows if len(set(values)) > 1]
    return found


def recipe_differences(recipes: Sequence[Recipe]) -> list[RecipeDifference]:
    """Return in what recipes differ; their names, titles, words and sources are not compared."""
    found: dict[str, list[RecipeDifference]] = {section: [] for section in SECTIONS}
    for field in Recipe.__struct_fields__:
        if field not in NAMES:
            section = SECTION_OF.get(field, "Data")
            values = [getattr(recipe, field) for recipe in recipes]
            found[section] += (
                _layer_differences(values) if field == "layers" else _compared(section, field, values)
            )
    return [difference for section in SECTIONS for difference in found[section]]


def _compared(section: str, field: str, values: Sequence[Any]) -> list[RecipeDifference]:
    """Compare one field, and what is inside it where all have the same kind of part."""
    if all(value == values[0] for value in values):
        return []
    first = values[0]
    if isinstance(first, msgspec.Struct) and all(type(value) is type(first) for value in values):
        inside = "" if field in ("training", "augmentation", "optimizer") else f"{words(field)} "
        found = []
        for part in msgspec.structs.fields(first):
            parts = [getattr(value, part.name) for value in values]
            if any(value != parts[0] for value in parts):
                found.append(
                    RecipeDifference(section, f"{inside}{words(part.name)}", tuple(map(described, parts)))
                )
        return found
    texts = tuple(map(described, values))
    if field == "dataset":
        short = tuple(Path(text.partition("?")[0]).name if ":" in text else text for text in texts)
        texts = short if len(set(short)) == len(set(texts)) else texts
    return [RecipeDifference(section, words(field), texts)]


def words(field: str) -> str:
    """Return a field's name in words, its unit last: "shift (px)"."""
    stem, _, unit = field.rpartition("_")
    if stem and unit in UNITS:
        return f"{stem.replace('_', ' ')} ({UNITS[unit]})"
    return {"optimizer": "optimizer", "dataset": "data set"}.get(field, field.replace("_", " "))


def described(value: Any) -> str:
    """Return a value of a recipe in words."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, msgspec.Struct):
        return str(value)
    tag = value.__struct_config__.tag
    parts = [] if tag is None else [str(tag)]
    for part in msgspec.structs.fields(value):
        inside = getattr(value, part.name)
        if part.name == "learning_rate" or inside != part.default:
            parts.append(f"{words(part.name)} {described(inside)}")
    return ", ".join(parts) or "default"


def _layer_differences(networks: Sequence[tuple[AnyLayer, ...]]) -> list[RecipeDifference]:
    found: list[RecipeDifference] = []
    for row in aligned([list(_opened(layers)) for layers in networks]):
        numbers = list(dict.fromkeys(address.number for address in row if address is not None))
        here = f"layer {'/'.join(map(str, numbers))}"
        present = [address.layer for address in row if address is not None]
        kind = tag_of(type(present[0]))
        if len(present) < len(row):
            texts = tuple(NOTHING if address is None else _whole(address.layer) for address in row)
            found.append(RecipeDifference("Layers", here, texts))
            continue
        for part in msgspec.structs.fields(present[0]):
            values = [getattr(layer, part.name) for layer in present]
            if any(value != values[0] for value in values):
                texts = tuple(map(described, values))
                found.append(RecipeDifference("Layers", f"{here}, {kind}: {words(part.name)}", texts))
    return found


def _whole(layer: AnyLayer) -> str:
    """Return a layer's description with every field that is not at its default."""
    rest = [
        f"{words(part.name)} {described(value)}"
        for part in msgspec.structs.fields(layer)
        if part.name not in SAID_BY_DESCRIPTION
        and (value := getattr(layer, part.name)) != part.default
        and str(value) not in layer.describe()
    ]
    return ", ".join((layer.describe(), *rest))


def _opened(layers: Sequence[AnyLayer], depth: int = 0) -> Iterator[FieldAddress]:
    """Give every layer with its number; a residual block is a line of its own before what is inside it."""
    number = 0
    waiting = [(layer, depth) for layer in reversed(layers)]
    while waiting:
        layer, depth = waiting.pop()
        inside: Sequence[AnyLayer] = layer.layers if isinstance(layer, Block) else ()
        if type(layer) is not Block:
            number += 1
            bare: dict[str, Any] = {"name": "block" if isinstance(layer, ResidualBlock) else ""}
            if isinstance(layer, ResidualBlock):
                bare["layers"] = ()
            yield FieldAddress(number, depth, msgspec.structs.replace(layer, **bare))
        waiting += [(one, depth + isinstance(layer, ResidualBlock)) for one in reversed(inside)]


def aligned(networks: Sequence[Sequence[FieldAddress]]) -> list[list[FieldAddress | None]]:
    """Put the layers of several networks beside one another, those of one kind in one row.

    Each network in turn is aligned with the rows so far by the alignment that is worth most (Needleman and
    Wunsch, Journal of Molecular Biology 1970; a gap costs nothing).

    Returns:
        Rows in order, one entry a network, None where it has no such layer.
    """
    rows: list[list[FieldAddress | None]] = [[address] for address in networks[0]]
    for count, network in enumerate(networks[1:], start=1):
        merged: list[list[FieldAddress | None]] = []
        for row, address in _paired(rows, network):
            merged.append([*(row or [None] * count), address])
        rows = merged
    return rows


def _worth(row: Sequence[FieldAddress | None], address: FieldAddress) -> int:
    worth = 0
    for other in row:
        if other is not None:
            if type(other.layer) is not type(address.layer) or other.depth != address.depth:
                return 0
            worth = max(worth, EQUAL if other.layer == address.layer else SAME_KIND)
    return worth


def _paired(
    rows: Sequence[list[FieldAddress | None]], network: Sequence[FieldAddress]
) -> list[tuple[list[FieldAddress | None] | None, FieldAddress | None]]:
    best = [[0] * (len(network) + 1) for _ in range(len(rows) + 1)]  # from row i and layer j to the ends
    for i in reversed(range(len(rows))):
        for j in reversed(range(len(network))):
            worth = _worth(rows[i], network[j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], worth and worth + best[i + 1][j + 1])
    pairs: list[tuple[list[FieldAddress | None] | None, FieldAddress | None]] = []
    i = j = 0
    while i < len(rows) and j < len(network):
        worth = _worth(rows[i], network[j])
        if worth and best[i][j] == worth + best[i + 1][j + 1]:
            pairs.append((rows[i], network[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((rows[i], None))
            i += 1
        else:
            pairs.append((None, network[j]))
            j += 1
    pairs += [(row, None) for row in rows[i:]]
    pairs += [(None, address) for address in network[j:]]
    return pairs
