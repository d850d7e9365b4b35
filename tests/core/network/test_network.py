"""The table of a network: what is computed from a list of layers, right or wrong."""

import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import (
    Block,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ResidualBlock,
)
from cnn_studio.core.network.network import checked, network_of


def vgg16_convolutions():
    """Simonyan and Zisserman, ICLR 2015, configuration D."""
    layers = []
    for filters, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [Conv2D(filters=filters, padding="same", activation="relu")] * times + [MaxPooling2D()]
    return layers


def test_receptive_fields_are_those_published_for_vgg16():
    rows = network_of(vgg16_convolutions(), (224, 224, 3)).rows
    at = [rows[number].receptive_field for number in (0, 1, 2, 4, 5, 8, 9, 12, 13, 16, 17)]
    assert at == [3, 5, 6, 14, 16, 40, 44, 92, 100, 196, 212]  # Araujo, Norris and Sim, Distill, 2019


def test_parameters_and_operations_are_those_published_for_vgg16():
    network = network_of(vgg16_convolutions(), (224, 224, 3))
    assert network.parameters == 14_714_688  # keras.applications.VGG16(include_top=False)
    assert network.flops == pytest.approx(30.7e9, rel=0.01)


def test_a_dilated_filter_sees_further():
    layers = [Conv2D(filters=1), Conv2D(filters=1, dilation_rate=2), Conv2D(filters=1, strides=2)]
    assert [row.receptive_field for row in network_of(layers, (28, 28, 1)).rows] == [3, 7, 9]


@pytest.mark.parametrize("whole", [GlobalAveragePooling2D(), Flatten()])
def test_from_where_all_is_joined_the_whole_picture_is_seen(whole):
    rows = network_of([Conv2D(filters=2), whole, Dense(units=3), Dropout()], (9, 9, 1)).rows
    expected = [3, None, None, None] if isinstance(whole, GlobalAveragePooling2D) else [3, 3, None, None]
    assert [row.receptive_field for row in rows] == expected


def test_a_residual_block_sees_as_far_as_its_layers():
    inside = (Conv2D(filters=4, padding="same"), Conv2D(filters=4, padding="same"))
    block = ResidualBlock(name="r", layers=inside)
    (row,) = network_of([block], (12, 12, 4)).rows
    assert row.receptive_field == 5
    assert row.held_values == 3 * 12 * 12 * 4


def test_memory_of_a_step_by_hand():
    layers = [Conv2D(filters=2), Flatten(), Dense(units=10)]
    network = network_of(layers, (28, 28, 1))
    weights, values = 20 + 26 * 26 * 2 * 10 + 10, 26 * 26 * 2 + 10
    assert network.parameters == weights
    assert network.training_bytes(32) == 16 * weights + 8 * 32 * values


def test_rows_before_a_mistake_are_there_and_it_is_marked():
    layers = [
        Conv2D(filters=2),
        Block(name="b", layers=(MaxPooling2D(pool_size=13), MaxPooling2D(pool_size=3))),
    ]
    network = checked(layers, (28, 28, 1))
    assert [row.path for row in network.rows] == [(0,), (1, 0)]
    assert [row.depth for row in network.rows] == [0, 1]
    assert (network.mistake.number, network.mistake.path) == (3, (1, 1))
    with pytest.raises(StudioError, match="Layer 3") as raised:
        network_of(layers, (28, 28, 1))
    assert str(raised.value) == str(network.mistake.error)


def test_an_end_with_other_outputs_than_classes_is_the_last_layers_mistake():
    layers = [Flatten(), Dense(units=12)]
    assert checked(layers, (28, 28, 1)).mistake is None
    mistake = checked(layers, (28, 28, 1), 10).mistake
    assert mistake.path == (1,)
    assert "10 classes" in mistake.error.why


def test_no_layers_are_a_mistake_of_no_layer():
    assert checked([], (28, 28, 1)).mistake.number is None
