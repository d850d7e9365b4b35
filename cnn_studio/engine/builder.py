"""Recipe -> keras.Model. Nothing here names a layer: the table in `core.layers` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import msgspec

from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.core.network.layers import L1, L2, AnyLayer, Block, ResidualBlock, Shape
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.recipe import Recipe, UsedPrecision

LayerTypes = Mapping[str, Callable[..., keras.Layer]]


def build_model(
    recipe: Recipe, info: DatasetInfo, precision: UsedPrecision = "float32", instead: LayerTypes | None = None
) -> keras.Model:
    """Build the network of a recipe with fresh weights.

    Args:
        recipe: The recipe.
        info: The data set's row; its image shape and number of classes bound the network.
        precision: Keras's dtype policy; the last layer always computes in float32.
        instead: Layer classes that stand in for Keras's of the same name (see `engine.fused_layers`).

    Raises:
        StudioError: Naming the first layer that does not fit.
    """
    network_of(recipe.layers, info.image_shape, len(info.classes))
    maker = _Maker(precision, instead or {})
    model: keras.Model = maker.sequential(recipe.layers, info.image_shape, "network", last=True)
    return model


def build_optimizer(recipe: Recipe, instead: Mapping[str, type] | None = None) -> keras.optimizers.Optimizer:
    """Build the recipe's optimizer, with a moving average of the weights where the recipe asks for one.

    Args:
        recipe: The recipe.
        instead: Classes that stand in for Keras's of the same name (see `engine.fused_layers`).
    """
    arguments = recipe.optimizer.arguments()
    if recipe.training.ema_momentum:
        arguments |= {"use_ema": True, "ema_momentum": recipe.training.ema_momentum}
    name = type(recipe.optimizer).__name__
    made = (instead or {}).get(name) or getattr(keras.optimizers, name)
    return made(**arguments)


def build_loss(recipe: Recipe) -> keras.losses.Loss:
    """Build the recipe's loss; it takes one-hot rows, which give the same figure as class numbers do."""
    return keras.losses.CategoricalCrossentropy(label_smoothing=recipe.training.label_smoothing)


@dataclass(frozen=True)
class _Maker:
    """Makes the layers of one network."""

    precision: UsedPrecision
    instead: LayerTypes

    def sequential(self, layers: Iterable[AnyLayer], shape: Shape, name: str, last: bool) -> keras.Sequential:
        model = keras.Sequential([keras.Input(shape)], name=name)
        layers = tuple(layers)
        for number, layer in enumerate(layers, start=1):
            model.add(self._layer(layer, shape, number, last and number == len(layers)))
            shape = layer.output_shape(shape)
        return model

    def _layer(self, layer: AnyLayer, shape: Shape, number: int, last: bool) -> keras.Layer:
        if isinstance(layer, ResidualBlock):
            return self._residual(layer, shape, number, last)
        if isinstance(layer, Block):
            return self.sequential(layer.layers, shape, layer.name or f"block_{number}", last)
        dtype = "float32" if last else self.precision
        tag = str(type(layer).__struct_config__.tag)
        arguments = {key: _argument(value) for key, value in layer.arguments().items()}
        made = self.instead.get(tag) or getattr(keras.layers, tag)
        return made(name=layer.name or f"{tag.lower()}_{number}", dtype=dtype, **arguments)

    def _residual(self, block: ResidualBlock, shape: Shape, number: int, last: bool) -> keras.Model:
        """Build activation(layers(x) + shortcut(x))."""
        inputs = keras.Input(shape)
        inside = self.sequential(block.layers, shape, "inside", last=False)(inputs)
        shortcut = block.shortcut(shape)
        beside = inputs if shortcut is None else self._layer(shortcut, shape, 0, last=False)(inputs)
        total = keras.layers.Add(dtype=self.precision)([inside, beside])
        dtype = "float32" if last else self.precision
        outputs = keras.layers.Activation(block.activation, dtype=dtype)(total)
        return keras.Model(inputs, outputs, name=block.name or f"residual_{number}")


def _argument(value: Any) -> Any:
    """Return a layer's field as Keras takes it."""
    if isinstance(value, L1 | L2):
        return getattr(keras.regularizers, type(value).__name__)(**msgspec.structs.asdict(value))
    return value
