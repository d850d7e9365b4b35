"""The summary text is the one Keras itself prints."""

import os
import shutil

import keras
import msgspec
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.network.keras_summary import keras_summary
from cnn_studio.core.network.layers import (
    Block,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    ResidualBlock,
)
from cnn_studio.core.recipes.presets import presets
from cnn_studio.engine.builder import build_model

PRESETS = presets()


def printed(model, monkeypatch):
    monkeypatch.setattr(shutil, "get_terminal_size", lambda *_: os.terminal_size((200, 50)))
    monkeypatch.setenv("COLUMNS", "200")
    lines = []
    model.summary(print_fn=lambda text, **_: lines.append(text))
    keras.backend.clear_session()
    return [line.rstrip() for line in "".join(lines).splitlines()]


@pytest.mark.parametrize("recipe", PRESETS, ids=[recipe.name for recipe in PRESETS])
def test_every_preset_is_summed_up_as_keras_does(recipe, monkeypatch):
    info = dataset_info(recipe.dataset)
    expected = printed(build_model(recipe, info), monkeypatch)
    assert keras_summary(recipe.layers, info.image_shape).splitlines() == expected


def test_blocks_shortcuts_and_names_are_summed_up_as_keras_does(monkeypatch):
    inside = (Conv2D(filters=16, padding="same", strides=2), Conv2D(filters=16, padding="same"))
    layers = (
        Block(name="encoder", layers=(Conv2D(filters=8, name="first_look"),)),
        ResidualBlock(name="down", layers=inside),
        GlobalAveragePooling2D(),
        Dense(units=10, activation="softmax"),
    )
    recipe = msgspec.structs.replace(PRESETS[0], layers=layers)
    expected = printed(build_model(recipe, dataset_info("mnist")), monkeypatch)
    assert keras_summary(layers, (28, 28, 1)).splitlines() == expected


def test_a_network_that_does_not_fit_has_no_summary():
    with pytest.raises(StudioError, match="Layer 2"):
        keras_summary((Flatten(), Conv2D(filters=8)), (28, 28, 1))
