"""The layer table against Keras: shapes, parameters, trainable parameters, FLOPs."""

import typing

import keras
import pytest
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from cnn_studio.core.network import layers as table
from cnn_studio.core.network.layers import (
    ActivationLayer,
    AveragePooling2D,
    BatchNormalization,
    Block,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    ResidualBlock,
    SeparableConv2D,
    ShapeError,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnn_studio.core.network.network import with_classes

PICTURE = (13, 11, 3)
FEATURES = (37,)
WINDOWS = [
    {"padding": padding, "strides": strides, "size": size}
    for padding in ("valid", "same")
    for strides in (1, 2, 3)
    for size in (1, 2, 3, 5, 11)
]


def conv(filters=7, **changes):
    return Conv2D(filters=filters, **changes)


POOLINGS = [
    (kind(pool_size=window["size"], strides=window["strides"], padding=window["padding"]), PICTURE)
    for kind in (MaxPooling2D, AveragePooling2D)
    for window in WINDOWS
] + [
    (kind(pool_size=2), shape) for kind in (MaxPooling2D, AveragePooling2D) for shape in (PICTURE, (2, 9, 1))
]
CONVOLUTIONS = (
    [
        (conv(kernel_size=window["size"], strides=window["strides"], padding=window["padding"]), PICTURE)
        for window in WINDOWS
    ]
    + [
        (conv(use_bias=False), PICTURE),
        (conv(filters=1, kernel_size=11), (28, 28, 1)),
        (conv(activation="relu", padding="same"), (1, 1, 5)),
        (conv(dilation_rate=3, kernel_size=3), PICTURE),
        (conv(dilation_rate=2, padding="same", kernel_initializer="he_normal"), PICTURE),
    ]
    + [
        (layer, PICTURE)
        for window in WINDOWS[::4]
        for layer in (
            DepthwiseConv2D(kernel_size=window["size"], padding=window["padding"], depth_multiplier=2),
            SeparableConv2D(filters=5, kernel_size=window["size"], padding=window["padding"], use_bias=False),
            SeparableConv2D(filters=4, kernel_size=window["size"], padding="same", depth_multiplier=3),
            DepthwiseConv2D(kernel_size=window["size"], padding="same", strides=2),
        )
    ]
)
DENSE = [
    (Dense(units=units, use_bias=bias, activation=activation), FEATURES)
    for units in (1, 10)
    for bias in (True, False)
    for activation in ("linear", "softmax")
]
GLOBAL = [(GlobalAveragePooling2D(), PICTURE), (GlobalMaxPooling2D(), PICTURE)]
OTHERS = [
    (BatchNormalization(), PICTURE),
    (BatchNormalization(momentum=0.9, epsilon=1e-5), FEATURES),
    (LayerNormalization(), PICTURE),
    (LayerNormalization(epsilon=1e-5), FEATURES),
    (ZeroPadding2D(), PICTURE),
    (ZeroPadding2D(padding=3), PICTURE),
    (Dropout(rate=0.3), PICTURE),
    (Dropout(rate=0.0), FEATURES),
    (SpatialDropout2D(rate=0.2), PICTURE),
    (Flatten(), PICTURE),
    (Flatten(), FEATURES),
    (LeakyReLU(negative_slope=0.2), PICTURE),
    (LeakyReLU(), FEATURES),
    *((ActivationLayer(activation=name), FEATURES) for name in typing.get_args(table.Activation)),
]
CASES = POOLINGS + CONVOLUTIONS + DENSE + GLOBAL + OTHERS


def identify(value):
    return f"{type(value).__name__}-{value.arguments()}" if isinstance(value, table.Layer) else str(value)


def in_keras(layer):
    """Return the Keras layer a table entry stands for, by its tag and arguments."""
    tag = type(layer).__struct_config__.tag
    return getattr(keras.layers, tag)(**layer.arguments())


def keras_model(layer, shape):
    model = keras.Sequential([keras.Input(shape)])
    if isinstance(layer, Block):
        for inner in layer.layers:
            model.add(in_keras(inner))
    else:
        model.add(in_keras(layer))
    return model


def trainable(model):
    return sum(int(variable.shape.num_elements()) for variable in model.trainable_variables)


def profiled_flops(model, shape):
    """Count a frozen model's operations for one image with TensorFlow's own profiler."""
    signature = tf.TensorSpec((1, *shape))
    concrete = tf.function(lambda images: model(images, training=False)).get_concrete_function(signature)
    graph = convert_variables_to_constants_v2(concrete).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    return profiler.profile(graph, options=options.with_empty_output().build()).total_float_ops


BLOCK = Block(
    name="encoder",
    layers=(conv(), BatchNormalization(), MaxPooling2D(), Flatten(), Dense(units=4)),
)


@pytest.mark.parametrize(("layer", "shape"), [*CASES, (BLOCK, PICTURE)], ids=identify)
def test_shape_and_parameters_are_those_of_keras(layer, shape):
    model = keras_model(layer, shape)
    assert (None, *layer.output_shape(shape)) == model.output_shape
    assert layer.parameters(shape) == model.count_params()
    assert layer.trainable_parameters(shape) == trainable(model)


def test_every_layer_of_the_table_is_compared_with_keras():
    compared = {type(layer) for layer, _ in CASES} | {Block, ResidualBlock}
    assert compared == set(typing.get_args(table.AnyLayer))


@pytest.mark.parametrize(
    ("strides", "channels", "shortcut"), [(1, 3, False), (1, 8, True), (2, 3, True), (2, 8, True)]
)
def test_residual_block_adds_its_input_through_a_1x1_convolution_where_shapes_differ(
    strides, channels, shortcut
):
    inside = (
        conv(channels, padding="same", strides=strides, activation="relu"),
        conv(channels, padding="same"),
    )
    block = ResidualBlock(name="r", layers=inside)
    image = keras.Input(PICTURE)
    x = keras.layers.Conv2D(channels, 3, strides, "same", activation="relu")(image)
    x = keras.layers.Conv2D(channels, 3, padding="same")(x)
    beside = keras.layers.Conv2D(channels, 1, strides)(image) if shortcut else image
    model = keras.Model(image, keras.layers.ReLU()(keras.layers.Add()([x, beside])))
    assert (None, *block.output_shape(PICTURE)) == model.output_shape
    assert block.parameters(PICTURE) == model.count_params()


def test_residual_block_that_cannot_be_added_is_refused_with_a_remedy():
    block = ResidualBlock(name="r", layers=(conv(3, kernel_size=4),))
    with pytest.raises(ShapeError, match=r"cannot be added.*padding 'same'"):
        block.output_shape(PICTURE)


def test_strides_and_dilation_together_are_refused_as_keras_does():
    with pytest.raises(ShapeError, match="one of them must be 1"):
        conv(strides=2, dilation_rate=2).output_shape(PICTURE)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layer, shape)
        for layer, shape in POOLINGS[:60:7] + CONVOLUTIONS[::5] + [CONVOLUTIONS[-3]] + DENSE
        if getattr(layer, "activation", "linear") == "linear"
    ]
    + GLOBAL[:1],
    ids=identify,
)
def test_flops_are_those_of_tensorflows_profiler(layer, shape):
    assert layer.flops(shape) == profiled_flops(keras_model(layer, shape), shape)


@pytest.mark.parametrize(
    ("layer", "shape", "flops"),
    [
        (conv(filters=2, activation="relu"), (4, 4, 3), 8 * (2 * 9 * 3 + 1 + 1)),
        (conv(filters=2, use_bias=False), (4, 4, 3), 8 * 2 * 9 * 3),
        (Dense(units=10, activation="softmax"), (20,), 2 * 20 * 10 + 10 + 10),
        (GlobalMaxPooling2D(), (5, 4, 3), 60),
        (BatchNormalization(), (5, 4, 3), 120),
        (LeakyReLU(), (5, 4, 3), 60),
        (LayerNormalization(), (5, 4, 3), 480),
        (ZeroPadding2D(), (5, 4, 3), 0),
        (DepthwiseConv2D(), (4, 4, 3), 2 * 2 * 3 * (2 * 9 + 1)),
        (SeparableConv2D(filters=5, use_bias=False), (4, 4, 3), 4 * (3 * 2 * 9 + 5 * 2 * 3)),
        # 16 values: a 3x3 convolution with its bias, the addition, the ReLU
        (ResidualBlock(name="r", layers=(conv(1, padding="same"),)), (4, 4, 1), 16 * (18 + 1 + 1 + 1)),
        (ActivationLayer(activation="tanh"), (7,), 7),
        (ActivationLayer(activation="linear"), (7,), 0),
        (Flatten(), (5, 4, 3), 0),
        (Dropout(), (5, 4, 3), 0),
        (SpatialDropout2D(), (5, 4, 3), 0),
        (Block(name="b", layers=(Flatten(), Dense(units=1))), (2, 2, 1), 2 * 4 + 1),
    ],
    ids=identify,
)
def test_flops_counted_by_hand(layer, shape, flops):
    assert layer.flops(shape) == flops


@pytest.mark.parametrize(
    "layer",
    [
        conv(),
        MaxPooling2D(),
        AveragePooling2D(),
        GlobalAveragePooling2D(),
        GlobalMaxPooling2D(),
        SpatialDropout2D(),
    ],
    ids=identify,
)
def test_picture_layer_refuses_features_and_says_where_it_belongs(layer):
    with pytest.raises(
        ShapeError, match=rf"{type(layer).__name__} needs a picture .* given \(37,\).*before Flatten"
    ):
        layer.output_shape(FEATURES)


def test_dense_refuses_a_picture_and_says_what_to_put_before_it():
    with pytest.raises(ShapeError, match=r"needs a list of features.*Flatten"):
        Dense(units=3).output_shape(PICTURE)


@pytest.mark.parametrize("layer", [conv(kernel_size=5), MaxPooling2D(pool_size=5)], ids=identify)
def test_window_larger_than_the_picture_is_refused_with_a_remedy(layer):
    with pytest.raises(ShapeError, match=r"would shrink 4 to nothing.*padding to 'same'"):
        layer.output_shape((9, 4, 1))


def test_networks_end_is_fitted_to_the_number_of_classes_also_inside_a_block():
    head = Block(name="head", layers=(Flatten(), Dense(units=10)))
    assert with_classes((conv(), head), 3)[-1].layers[-1].units == 3
    assert with_classes((Flatten(), Dense(units=10, activation="softmax")), 4)[-1] == Dense(
        units=4, activation="softmax"
    )
    assert with_classes((conv(),), 4) == (conv(),)
