"""Nearest training images, against Keras's features and brute force."""

import os
import time

import keras
import msgspec
import numpy as np
import pytest
from networks import card_of, exported, scaled

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference import nearest_neighbors
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.nearest_neighbors import Index, open_index, training_set

COUNT = 1500


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(6, 5, strides=3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(12, activation="relu", name="features"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    path = exported(model, tmp_path_factory.mktemp("near") / "m.onnx", card_of(dataset="mnist"))
    return model, path.read_bytes()


@pytest.fixture(autouse=True)
def fewer_images(monkeypatch):
    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", COUNT)


def opened(network):
    return Activations(network[1], card_of(dataset="mnist"))


def test_nearest_are_those_brute_force_finds_in_keras_features(network):
    model, content = network
    activations = opened(network)
    index = open_index(content, activations)
    images, labels = load_subset("mnist", "train")
    drawn = load_subset("mnist", "test")[0][:20]
    inner = keras.Model(model.inputs[0], model.get_layer("features").output)
    known, asked = (inner(scaled(part)).numpy().astype(np.float64) for part in (images[:COUNT], drawn))
    for image, features in zip(drawn, asked, strict=True):
        distances = np.sort(np.linalg.norm(known - features, axis=1))[:3]
        found = index.nearest(activations.features(image[None])[0])
        assert [one.distance for one in found] == pytest.approx(distances, rel=5e-3, abs=5e-3)
        for one in found:
            assert np.array_equal(one.image, images[one.number])
            assert one.label == labels[one.number]


def test_training_image_is_its_own_nearest(network):
    activations = opened(network)
    images, _ = load_subset("mnist", "train")
    first = open_index(network[1], activations).nearest(activations.features(images[700:701])[0])[0]
    assert (first.number, first.distance) == (700, pytest.approx(0, abs=0.01))


def test_features_are_computed_once_a_model_and_kept(network, studio_home):
    seen = []
    open_index(network[1], opened(network), seen.append)
    assert seen == [pytest.approx(start / COUNT) for start in range(0, COUNT, 250)]
    kept = list((studio_home / "features").iterdir())
    assert len(kept) == 1
    assert kept[0].stat().st_size < COUNT * 12 * 2 + 200
    again = []
    assert len(open_index(network[1], opened(network), again.append)) == COUNT
    assert again == []


def test_damaged_kept_features_are_computed_again(network, studio_home):
    open_index(network[1], opened(network))
    next((studio_home / "features").iterdir()).write_bytes(b"half a file")
    seen = []
    assert len(open_index(network[1], opened(network), seen.append)) == COUNT
    assert seen


def test_only_the_latest_models_are_kept(network, studio_home, monkeypatch):
    monkeypatch.setattr(nearest_neighbors, "KEPT_INDEXES", 2)
    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", 10)
    for number in range(4):
        open_index(network[1] + bytes([number]), opened(network))
    assert len(list((studio_home / "features").iterdir())) == 2


def test_canceled_index_leaves_nothing(network, studio_home):
    assert open_index(network[1], opened(network), canceled=lambda: True) is None
    assert not (studio_home / "features").exists()


def test_ties_go_to_the_earlier_image():
    index = Index(np.ones((6, 3), np.float16), np.zeros((6, 2), np.uint8), np.arange(6, dtype=np.int32))
    assert [one.number for one in index.nearest(np.ones(3, np.float32))] == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"dataset": "fashion_mnist"}, "fashion_mnist"),
        ({"dataset": ""}, "mnist"),
        ({"dataset": "mnist"}, "mnist"),
    ],
)
def test_training_set_is_the_cards(changes, name):
    assert training_set(msgspec.structs.replace(card_of(), **changes)) == name


@pytest.mark.parametrize(
    "changes", [{"classes": ("cat", "dog")}, {"input_shape": (32, 32, 3)}, {"dataset": "gone:nowhere"}]
)
def test_unknown_training_set_is_said(changes):
    with pytest.raises(StudioError) as caught:
        training_set(msgspec.structs.replace(card_of(), **changes))
    assert caught.value.why
    assert caught.value.remedy


def test_a_persons_own_data_that_have_changed_are_read_anew(network, monkeypatch):
    images, labels = load_subset("mnist", "train")
    held = {"images": images[:40].copy()}
    monkeypatch.setattr(nearest_neighbors, "training_set", lambda card: "file:/mine")
    monkeypatch.setattr(nearest_neighbors, "load_subset", lambda name, subset: (held["images"], labels[:40]))
    activations = opened(network)
    open_index(network[1], activations)
    held["images"] = images[40:80].copy()  # other pictures under the same name
    nearest = open_index(network[1], activations).nearest(activations.features(images[50:51])[0])[0]
    assert (nearest.number, nearest.distance) == (10, pytest.approx(0, abs=0.01))


def test_a_model_asked_for_again_outlives_one_that_was_not(network, studio_home, monkeypatch):
    monkeypatch.setattr(nearest_neighbors, "KEPT_INDEXES", 2)
    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", 10)
    models = [network[1] + bytes([number]) for number in range(3)]
    for age, content in ((200, models[0]), (100, models[1])):
        before = set((studio_home / "features").glob("*"))
        open_index(content, opened(network))
        (made,) = set((studio_home / "features").glob("*")) - before
        earlier = time.time() - age
        os.utime(made, (earlier, earlier))
    open_index(models[0], opened(network))  # the oldest is asked for again
    open_index(models[2], opened(network))
    seen = []
    open_index(models[0], opened(network), seen.append)
    assert seen == []
    open_index(models[1], opened(network), seen.append)
    assert seen != []


def test_features_beyond_half_precision_are_still_compared(studio_home, monkeypatch):
    class Loud:
        card = card_of(dataset="mnist")

        def features(self, images):
            return np.full((len(images), 3), 1e6, np.float32) * np.arange(len(images))[:, None]

    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", 4)
    index = open_index(b"loud", Loud())
    assert [one.number for one in index.nearest(np.zeros(3, np.float32), count=1)] == [0]
    assert np.isfinite(index.nearest(np.zeros(3, np.float32), count=4)[-1].distance)
