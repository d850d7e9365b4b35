"""Recipe -> keras.Model. Nothing here names a layer: the table in `core.layers` does."""

from __future__ import annotations

from collections.abc import Iterable

import keras

from cnn_studio.core.datasets import DatasetInfo
from cnn_studio.core.layers import AnyLayer, Block, Shape
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
        dtype: Precision = "float32" if final else precision
        if isinstance(layer, Block):
            model.add(_sequential(layer.layers, shape, precision, layer.name, final))
        else:
            tag = str(type(layer).__struct_config__.tag)
            label = layer.name or f"{tag.lower()}_{number}"
            model.add(getattr(keras.layers, tag)(name=label, dtype=dtype, **layer.arguments()))
        shape = layer.output_shape(shape)
    return model
