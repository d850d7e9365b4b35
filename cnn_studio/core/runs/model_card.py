"""What travels with every model file, so that it can be used without anything else."""

from __future__ import annotations

from typing import Any

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import Shape
from cnn_studio.core.recipes.recipe import Recipe, recipe_from_mapping, recipe_to_mapping

CARD_ENTRY = "cnn_studio.json"


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """The contract of a model file.

    A pixel p of 0 to 255 (ink or garment bright, background 0) enters the network as
    `p * input_scale + input_offset`. Probabilities are the network's outputs; a calibrated confidence
    is softmax(log(probabilities) / temperature). An answer whose calibrated confidence is below
    `reject_below` should be taken as "not sure".
    """

    classes: tuple[str, ...]
    input_shape: Shape
    input_scale: float
    input_offset: float
    recipe: dict[str, Any]
    dataset: str
    temperature: float = 1.0
    reject_below: float = 0.0
    format: int = 1


def card_for(
    recipe: Recipe, classes: tuple[str, ...], shape: Shape, scale: float, offset: float
) -> ModelCard:
    """Return the card of a network trained by `recipe`."""
    return ModelCard(
        classes=classes,
        input_shape=shape,
        input_scale=scale,
        input_offset=offset,
        recipe=recipe_to_mapping(recipe),
        dataset=recipe.dataset,
    )


def decode_card(content: bytes | str, origin: str) -> ModelCard:
    """Read a card.

    Raises:
        StudioError: If it is damaged.
    """
    try:
        return msgspec.json.decode(content, type=ModelCard)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StudioError(
            f"{origin} cannot be opened.", f"Its model card is damaged: {error}.", "Export the model again."
        ) from error


def require_sound_card(card: ModelCard, origin: str) -> None:
    """Check that a card describes a classifier of images.

    Raises:
        StudioError: If its shape, classes or temperature cannot be.
    """
    shape_fits = len(card.input_shape) == 3 and all(side > 0 for side in card.input_shape)
    if not shape_fits or not card.classes or not card.temperature > 0:
        raise StudioError(
            f"{origin} cannot be opened.",
            f"Its model card says shape {card.input_shape}, {len(card.classes)} classes, "
            f"temperature {card.temperature}.",
            "Export the model again.",
        )


def card_recipe(card: ModelCard, origin: str) -> Recipe:
    """Return the recipe inside a card, checked."""
    return recipe_from_mapping(card.recipe, origin)
