"""The arithmetic of the explanations: by hand, and against Keras where there is a layer for it."""

from typing import get_args

import keras
import numpy as np
import pytest

from cnn_studio.core.network.activation_functions import ACTIVATIONS
from cnn_studio.core.network.explain import FILTERS, WORK, Example, explain
from cnn_studio.core.network.layers import (
    ActivationLayer,
    AnyLayer,
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
    SpatialDropout2D,
    ZeroPadding2D,
)

RANDOM = np.random.default_rng(3)
PLANE = RANDOM.random((9, 8))
EXAMPLE = Example(PLANE, RANDOM.random((5, 9, 8)), RANDOM.random((4, 9, 8)))
SMALL = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])


def of_small(layer, **changes):
    return explain(layer, Example(SMALL, SMALL[None], SMALL[None], **changes))


def with_keras(layer, plane):
    return np.array(layer(plane[None, :, :, None]))[0, :, :, 0]


def test_a_vertical_edge_by_hand():
    explained = of_small(Conv2D(filters=1))
    # the filter is (-1, 0, 1) / 3 in each of three rows: 3 * 1 * 1/3
    assert explained.after == pytest.approx(np.array([[1.0]]))
    moment = explained.moment(0, 0)
    assert moment.window == (0, 0, 3, 3)
    assert moment.lines == (
        "0.00·(−0.33) + 0.00·0.00 + 1.00·0.33 + 0.00·(−0.33) + 0.00·0.00 + 1.00·0.33"
        " + 0.00·(−0.33) + 0.00·0.00 + 1.00·0.33 = 1.00",
    )
    window, weights, products = (grid for _, grid in moment.grids)
    assert (window == SMALL).all() and weights[0] == pytest.approx([-1 / 3, 0, 1 / 3])
    assert products.sum() == pytest.approx(1.0)


def test_a_filter_that_finds_nothing_is_silenced_by_relu():
    mirrored = Example(SMALL[:, ::-1], SMALL[None], SMALL[None])
    explained = explain(Conv2D(filters=1, activation="relu"), mirrored)
    assert explained.after[0, 0] == 0
    assert explained.moment(0, 0).lines[1] == "relu(−1.00) = 0.00"


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("size", "strides", "dilation"), [(3, 1, 1), (4, 2, 1), (5, 3, 1), (2, 1, 3), (1, 1, 1)]
)
def test_convolutions_are_keras_s(size, strides, dilation, padding):
    layer = Conv2D(filters=1, kernel_size=size, strides=strides, padding=padding, dilation_rate=dilation)
    explained = explain(layer, EXAMPLE)
    theirs = keras.layers.Conv2D(
        1, size, strides=strides, padding=padding, dilation_rate=dilation, use_bias=False
    )
    theirs.build((None, 9, 8, 1))
    theirs.set_weights([FILTERS["vertical edges"](size)[:, :, None, None]])
    assert explained.after == pytest.approx(with_keras(theirs, PLANE), abs=1e-5)


def test_the_window_is_where_the_value_came_from():
    explained = explain(Conv2D(filters=1, kernel_size=5, strides=2, padding="same"), EXAMPLE)
    # 9 rows, 5 places of stride 2: (4 * 2 + 5 - 9) = 4 added, 2 above; 8 columns: 3 added, 1 on the left
    assert explained.moment(0, 0).window == (-2, -1, 5, 5)
    assert explained.moment(2, 1).window == (2, 1, 5, 5)
    assert (explained.moment(2, 1).grids[0][1] == PLANE[2:7, 1:6]).all()


def test_a_depthwise_convolution_slides_the_same_way():
    assert (explain(DepthwiseConv2D(), EXAMPLE).after == explain(Conv2D(filters=1), EXAMPLE).after).all()


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "strides"), [(2, None), (3, 1), (3, 2)])
def test_poolings_are_keras_s(size, strides, padding):
    for ours, theirs in (
        (MaxPooling2D, keras.layers.MaxPooling2D),
        (AveragePooling2D, keras.layers.AveragePooling2D),
    ):
        explained = explain(ours(pool_size=size, strides=strides, padding=padding), EXAMPLE)
        expected = with_keras(theirs(size, strides=strides, padding=padding), PLANE)
        assert explained.after == pytest.approx(expected, abs=1e-6)


def test_a_pooling_is_written_out():
    pooled = of_small(MaxPooling2D(strides=1))
    assert pooled.moment(0, 1).lines == ("max(0.00, 1.00, 0.00, 1.00) = 1.00",)
    mean = of_small(AveragePooling2D(strides=1))
    assert mean.moment(0, 1).lines == ("(0.00 + 1.00 + 0.00 + 1.00) ÷ 4 = 0.50",)


def test_global_poolings():
    assert of_small(GlobalAveragePooling2D()).after == pytest.approx(np.array([[1 / 3]]))
    assert of_small(GlobalMaxPooling2D()).after[0, 0] == 1


def test_flatten_says_where_a_pixel_goes():
    explained = explain(Flatten(), EXAMPLE)
    assert explained.after.shape == (1, 72)
    moment = explained.moment(0, 19)
    assert moment.window == (2, 3, 1, 1) and moment.lines[0] == "2 × 8 + 3 = 19"
    assert explained.after[0, 19] == PLANE[2, 3]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_keras_s(name):
    values = np.linspace(-4, 4, 33)
    expected = np.array(keras.activations.get(name)(keras.ops.convert_to_tensor(values[None], "float32")))[0]
    assert ACTIVATIONS[name](values) == pytest.approx(expected, abs=1e-5)


def test_relu_and_its_leak_by_hand():
    relu = of_small(ActivationLayer(activation="relu"), filter="vertical edges")
    # at the right edge of the picture the 1 leaves: 0 * 1/3 - ... the column before it sees the 1 come
    assert relu.before[1] == pytest.approx([0.0, 1.0, 0.0])
    assert relu.moment(1, 1).lines == ("max(0, 1.00) = 1.00",)
    leak = explain(LeakyReLU(negative_slope=0.5), Example(SMALL[:, ::-1], SMALL[None], SMALL[None]))
    assert leak.after[1, 1] == pytest.approx(-0.5)
    assert leak.moment(1, 1).lines == ("0.5 · (−1.00) = −0.50",)


def test_a_batch_has_mean_0_and_deviation_1_after_its_normalization():
    layer = BatchNormalization(epsilon=1e-9)
    explained = [
        explain(layer, Example(plane, EXAMPLE.batch, EXAMPLE.means)).after for plane in EXAMPLE.batch
    ]
    assert np.mean(explained) == pytest.approx(0, abs=1e-9) and np.std(explained) == pytest.approx(
        1, abs=1e-6
    )


def test_a_dropout_silences_its_share_and_strengthens_the_rest():
    plane = np.full((100, 100), 0.6)
    explained = explain(Dropout(rate=0.25), Example(plane, plane[None], plane[None], seed=1))
    assert set(np.unique(explained.after)) == {0.0, 0.6 / 0.75}
    assert (explained.after == 0).mean() == pytest.approx(0.25, abs=0.02)
    other = explain(Dropout(rate=0.25), Example(plane, plane[None], plane[None], seed=2))
    assert (other.after != explained.after).any()


def test_softmax_makes_shares_that_add_up_to_1_and_finds_the_class():
    means = np.stack([np.eye(4), np.fliplr(np.eye(4)), np.ones((4, 4))])
    explained = explain(Dense(units=3, activation="softmax"), Example(means[1], means, means))
    assert explained.after.shape == (1, 3)
    assert explained.after.sum() == pytest.approx(1) and explained.after.argmax() == 1
    lines = explained.moment(0, 1).lines
    assert lines[0].startswith("Σ x·w + b = ") and lines[1].startswith("e^") and "÷ (e^" in lines[1]


def blurred(plane):
    """The mean of nine pixels, zeros outside, by loops."""
    rows, columns = plane.shape
    padded = np.zeros((rows + 2, columns + 2))
    padded[1:-1, 1:-1] = plane
    return np.array(
        [
            [padded[row : row + 3, column : column + 3].mean() for column in range(columns)]
            for row in range(rows)
        ]
    )


def test_a_separable_convolution_by_hand():
    explained = of_small(SeparableConv2D(filters=1))
    # channel 1: 3 * 1 * 1/3 = 1; channel 2, the blur: columns 0, 2/9 or 3/9, and as much at the right edge:
    # rows 2/9, 3/9, 2/9, so 7/9 * 1/3 - 0; mixed 1 - 7/27
    assert explained.after == pytest.approx(np.array([[1 - 7 / 27]]))
    first, second, mixed = explained.moment(0, 0).lines
    assert first.startswith("[1] 0.00·(−0.33) + ") and first.endswith(" = 1.00")
    assert second.endswith(" = 0.26")
    assert mixed == "1 × 1: 1.00·1.00 + (−1.00)·0.26 = 0.74"


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "strides"), [(3, 1), (5, 2)])
def test_separable_convolutions_are_keras_s(size, strides, padding):
    layer = SeparableConv2D(filters=1, kernel_size=size, strides=strides, padding=padding, activation="relu")
    explained = explain(layer, EXAMPLE)
    theirs = keras.layers.SeparableConv2D(
        1, size, strides=strides, padding=padding, use_bias=False, activation="relu"
    )
    theirs.build((None, 9, 8, 2))
    kernel = FILTERS["vertical edges"](size)[:, :, None, None]
    theirs.set_weights([np.concatenate([kernel, kernel], axis=2), np.array([1.0, -1.0])[None, None, :, None]])
    channels = np.stack([PLANE, blurred(PLANE)], axis=-1)
    expected = np.array(theirs(channels[None]))[0, :, :, 0]
    assert explained.after == pytest.approx(expected, abs=1e-5)


def test_a_rim_of_zeros_and_where_the_picture_went():
    explained = explain(ZeroPadding2D(padding=2), EXAMPLE)
    assert explained.after.shape == (13, 12) and explained.after.sum() == pytest.approx(PLANE.sum())
    inside = explained.moment(5, 4)
    assert inside.window == (3, 2, 1, 1)
    assert inside.lines == ("(5 − 2, 4 − 2) = (3, 2)", f"{PLANE[3, 2]:.2f}")
    assert explained.moment(1, 4).window[2:] == (0, 0)
    assert explained.moment(12, 11).lines == ("0.00",)


def test_a_layer_normalization_by_hand_and_keras_s():
    explained = of_small(LayerNormalization(epsilon=1e-9), filter="blur")
    # in the middle the filters answer 1 (vertical edge), 0 (no horizontal one) and 3/9
    mean, variance = 4 / 9, (1 + 0 + 1 / 9) / 3 - (4 / 9) ** 2
    assert explained.before[1, 1] == pytest.approx(1 / 3)
    assert explained.after[1, 1] == pytest.approx((1 / 3 - mean) / variance**0.5)
    total, result = explained.moment(1, 1).lines
    assert total == "(1.00 + 0.00 + 0.33) ÷ 3 = 0.44"
    assert result.startswith("(0.33 − 0.44) ÷ √(") and result.endswith("= −0.27")
    three = [
        explain(LayerNormalization(), Example(PLANE, PLANE[None], PLANE[None], name)) for name in FILTERS
    ]
    theirs = keras.layers.LayerNormalization(epsilon=1e-3)
    channels = np.stack([each.before for each in three], axis=-1)
    expected = np.array(theirs(channels[None].astype(np.float32)))[0]
    assert np.stack([each.after for each in three], axis=-1) == pytest.approx(expected, abs=1e-4)


def test_a_spatial_dropout_silences_whole_channels():
    silenced = 0
    for seed in range(200):
        explained = explain(SpatialDropout2D(rate=0.5), Example(PLANE, PLANE[None], PLANE[None], seed=seed))
        assert explained.after.shape == (18, 24)  # two rows of three channels of 9 x 8
        for row in range(0, 18, 9):
            for column in range(0, 24, 8):
                place = slice(row, row + 9), slice(column, column + 8)
                gone = not explained.after[place].any()
                silenced += gone
                assert gone or explained.after[place] == pytest.approx(2 * explained.before[place])
    assert silenced / 1200 == pytest.approx(0.5, abs=0.05)
    assert explained.moment(10, 9).window == (9, 8, 9, 8)


def test_a_residual_block_adds_what_came_in():
    block = ResidualBlock(name="r", layers=(Conv2D(filters=1, padding="same"),))
    mirrored = Example(SMALL[:, ::-1], SMALL[None], SMALL[None])
    explained = explain(block, mirrored)
    # rows of 1 0 0 under (-1 0 1) / 3 in three rows: the middle row's middle sees 1 leave: -1; what came in: 0
    assert explained.moment(1, 1).lines == ("F(x) + x = −1.00 + 0.00 = −1.00", "relu(−1.00) = 0.00")
    assert explained.moment(1, 0).lines[0] == "F(x) + x = 0.00 + 1.00 = 1.00"
    assert explained.after[1] == pytest.approx([1, 0, 0])
    assert explained.moment(1, 1).window == (0, 0, 3, 3)


def test_a_residual_block_that_makes_the_picture_smaller_is_keras_s():
    inside = (
        Conv2D(filters=1, strides=2, padding="same", activation="relu"),
        Conv2D(filters=1, padding="same"),
    )
    explained = explain(ResidualBlock(name="r", layers=inside, activation="linear"), EXAMPLE)
    plane = PLANE[None, :, :, None]
    made = plane
    for layer in inside:
        theirs = keras.layers.Conv2D(
            1, 3, strides=layer.strides, padding="same", use_bias=False, activation=layer.activation
        )
        theirs.build(made.shape)
        theirs.set_weights([FILTERS["vertical edges"](3)[:, :, None, None]])
        made = theirs(made)
    expected = np.array(made)[0, :, :, 0] + PLANE[::2, ::2]
    assert explained.after == pytest.approx(expected, abs=1e-5)


def test_a_block_shows_its_last_layer_and_how_far_it_sees():
    layers = (Conv2D(filters=1, activation="relu"), MaxPooling2D())
    explained = explain(Block(name="b", layers=layers), EXAMPLE)
    inner = explain(layers[0], EXAMPLE).after
    assert explained.after[1, 2] == inner[2:4, 4:6].max()
    moment = explained.moment(1, 2)
    # two by two places of 3 x 3 windows, one apart: 4 x 4 pixels from row 2, column 4 on
    assert moment.window == (2, 4, 4, 4)
    assert moment.lines[0].startswith("max(") and moment.lines[0].endswith(f"= {inner[2:4, 4:6].max():.2f}")


def test_a_block_normalizes_what_goes_through_it_by_the_whole_batch():
    layers = (AveragePooling2D(), BatchNormalization(epsilon=1e-9))
    explained = explain(Block(name="b", layers=layers), EXAMPLE)
    pooled = EXAMPLE.batch[:, :8].reshape(5, 4, 2, 4, 2).mean(axis=(2, 4))
    plane = PLANE[:8].reshape(4, 2, 4, 2).mean(axis=(1, 3))
    assert explained.after == pytest.approx((plane - pooled.mean()) / pooled.std(), abs=1e-6)


def test_an_encoder_ends_in_the_classes():
    layers = (Flatten(), Dense(units=4, activation="relu"), Dense(units=4, activation="softmax"))
    explained = explain(Block(name="encoder", layers=layers), EXAMPLE)
    assert explained.after.shape == (1, 4) and explained.after.sum() == pytest.approx(1)
    assert explained.moment(0, 2).window == (0, 0, 9, 8)


def test_a_block_of_layers_that_need_several_channels_is_not_shown():
    for inside in (LayerNormalization(), SpatialDropout2D()):
        assert explain(Block(name="b", layers=(Conv2D(filters=1), inside)), EXAMPLE) is None


def test_every_kind_of_layer_is_explained():
    kinds = set(get_args(AnyLayer)) - {Block, ResidualBlock}
    assert kinds == set(WORK)
