"""Recipe -> keras.Model. Nothing here names a layer: the table in `core.layers` does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import msgspec

from cnn_studio.core.datasets import DatasetInfo
from cnn_studio.core.layers import L1, L2, AnyLayer, Block, ResidualBlock, Shape
from cnn_studio.core.network import network_of
from cnn_studio.core.recipe import Precision, Recipe


def build_model(recipe: Recipe, info: DatasetInfo, precision: Precision = "float32") -> keras.Model:
    """Build the network of a recipe with fresh weights.

    Args:
        recipe: The recipe.
        info: The data set's row; its image shape and number of classes bound the network.
        precision: Keras's dtype policy; the last layer always computes in float32.

    Raises:
        StudioError: Naming the first layer that does not fit.
    """
    network_of(recipe.layers, info.image_shape, len(info.classes))
    model: keras.Model = _sequential(recipe.layers, info.image_shape, precision, "network", last=True)
    return model


def build_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Build the recipe's optimiser, with a moving average of the weights where the recipe asks for one."""
    arguments = recipe.optimizer.arguments()
    if recipe.training.ema_momentum:
        arguments |= {"use_ema": True, "ema_momentum": recipe.training.ema_momentum}
    return getattr(keras.optimizers, type(recipe.optimizer).__name__)(**arguments)


def build_loss(recipe: Recipe) -> keras.losses.Loss:
    """Build the recipe's loss; it takes one-hot rows, which give the same figure as class numbers do."""
    return keras.losses.CategoricalCrossentropy(label_smoothing=recipe.training.label_smoothing)


def _sequential(
    layers: Iterable[AnyLayer], shape: Shape, precision: Precision, name: str, last: bool
) -> keras.Sequential:
    model = keras.Sequential([keras.Input(shape)], name=name)
    layers = tuple(layers)
    for number, layer in enumerate(layers, start=1):
        final = last and number == len(layers)
        model.add(_layer(layer, shape, precision, number, final))
        shape = layer.output_shape(shape)
    return model


def _layer(layer: AnyLayer, shape: Shape, precision: Precision, number: int, last: bool) -> keras.Layer:
    if isinstance(layer, ResidualBlock):
        return _residual(layer, shape, precision, number, last)
    if isinstance(layer, Block):
        return _sequential(layer.layers, shape, precision, layer.name or f"block_{number}", last)
    dtype = "float32" if last else precision
    tag = str(type(layer).__struct_config__.tag)
    arguments = {key: _argument(value) for key, value in layer.arguments().items()}
    name = layer.name or f"{tag.lower()}_{number}"
    return getattr(keras.layers, tag)(name=name, dtype=dtype, **arguments)


def _residual(
    block: ResidualBlock, shape: Shape, precision: Precision, number: int, last: bool
) -> keras.Model:
    """Build activation(layers(x) + shortcut(x))."""
    inputs = keras.Input(shape)
    inside = _sequential(block.layers, shape, precision, "inside", last=False)(inputs)
    shortcut = block.shortcut(shape)
    beside = inputs if shortcut is None else _layer(shortcut, shape, precision, 0, last=False)(inputs)
    total = keras.layers.Add(dtype=precision)([inside, beside])
    dtype = "float32" if last else precision
    outputs = keras.layers.Activation(block.activation, dtype=dtype)(total)
    return keras.Model(inputs, outputs, name=block.name or f"residual_{number}")


def _argument(value: Any) -> Any:
    """Return a layer's field as Keras takes it."""
    if isinstance(value, L1 | L2):
        return getattr(keras.regularizers, type(value).__name__)(**msgspec.structs.asdict(value))
    return value
