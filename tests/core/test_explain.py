"""The arithmetic of the explanations: by hand, and against Keras where there is a layer for it."""

import keras
import numpy as np
import pytest

from cnn_studio.core.activations import ACTIVATIONS
from cnn_studio.core.explain import FILTERS, Example, explain
from cnn_studio.core.layers import (
    ActivationLayer,
    AveragePooling2D,
    BatchNormalization,
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


def test_a_batch_has_mean_0_and_deviation_1_after_its_normalisation():
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


def test_kinds_that_are_not_explained_have_none():
    assert explain(LayerNormalization(), EXAMPLE) is None
