"""The layers a recipe can name: one table of fields, limits, shapes, parameters and FLOPs.

Everything here is computed without Keras; `tests/core/test_layers.py` compares it with Keras. A new layer
is one class in the module of its kind and its name in `blocks.AnyLayer`; its `type` is the Keras class
name, its fields are Keras's own arguments, and its methods say what it does to a shape. The engine
builds it from those fields alone and the window draws its form from them.
"""

from cnn_studio.core.network.layers.blocks import AnyLayer, Block, ResidualBlock
from cnn_studio.core.network.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from cnn_studio.core.network.layers.dense import ActivationLayer, Dense, Flatten, LeakyReLU
from cnn_studio.core.network.layers.layer import L1, L2, Activation, Layer, Regularizer, Shape, ShapeError
from cnn_studio.core.network.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    Pooling,
)
from cnn_studio.core.network.layers.regularization import (
    BatchNormalization,
    Dropout,
    LayerNormalization,
    SpatialDropout2D,
)

__all__ = [
    "L1",
    "L2",
    "Activation",
    "ActivationLayer",
    "AnyLayer",
    "AveragePooling2D",
    "BatchNormalization",
    "Block",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling2D",
    "Pooling",
    "Regularizer",
    "ResidualBlock",
    "SeparableConv2D",
    "Shape",
    "ShapeError",
    "SpatialDropout2D",
    "ZeroPadding2D",
]
