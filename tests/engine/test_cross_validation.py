"""Cross-validation: every image is read by a network that did not learn from it."""

import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.engine.cross_validation import cross_validate, folded

QUICK = find_recipe("studio-quick")
RECIPE = msgspec.structs.replace(
    QUICK,
    layers=(Flatten(), Dense(units=10, activation="softmax")),
    training=msgspec.structs.replace(QUICK.training, epochs=6, precision="float32"),
)


def test_each_class_is_spread_evenly_over_the_parts():
    labels = np.repeat(np.arange(3), (40, 25, 10)).astype(np.int32)
    parts = folded(labels, 5, seed=0)
    counts = np.array(
        [[np.sum((labels == label) & (parts == part)) for part in range(5)] for label in range(3)]
    )
    assert counts.tolist() == [[8] * 5, [5] * 5, [2] * 5]
    assert not np.array_equal(parts, folded(labels, 5, seed=1))


def test_a_wrong_label_is_not_believed(monkeypatch):
    # A network that had seen these labels would learn them: their images are shown in no other class.
    from cnn_studio.core.datasets import registry
    from cnn_studio.engine import cross_validation

    dataset = registry.load_dataset("mnist")
    wrong = np.array([3, 77, 300, 555])
    labels = dataset.y_train[:800].copy()
    labels[wrong] = (labels[wrong] + 5) % 10
    changed = registry.Dataset(dataset.info, dataset.x_train[:800], labels, dataset.x_test, dataset.y_test)
    monkeypatch.setattr(cross_validation, "load_dataset", lambda name: changed)
    told = []
    evaluation = cross_validate(RECIPE, 4, on_progress=lambda done, total: told.append((done, total)))
    assert evaluation.subset == "train"
    assert evaluation.labels.tolist() == labels.tolist()
    np.testing.assert_allclose(evaluation.probabilities.sum(axis=1), 1, atol=1e-4)
    believed = evaluation.probabilities[wrong, labels[wrong]]
    assert believed.max() < 0.5
    assert evaluation.accuracy > 0.7  # the others are read well all the same: nobody guesses
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_stopping_ends_it():
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 5

    with pytest.raises(Canceled):
        cross_validate(RECIPE, 3, limit=600, should_stop=stop)


@pytest.mark.parametrize(("folds", "limit"), [(1, 100), (7, 5)])
def test_parts_that_cannot_be_are_said(folds, limit):
    with pytest.raises(StudioError, match="cannot be divided"):
        cross_validate(RECIPE, folds, limit=limit)


def test_what_can_only_be_known_by_heart_is_not_known(monkeypatch):
    # Noise with labels drawn by lot: whoever learned an image reads it, whoever did not can only guess.
    from cnn_studio.core.datasets import registry
    from cnn_studio.engine import cross_validation

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (120, 28, 28, 1), dtype=np.uint8)
    labels = random.integers(0, 10, 120).astype(np.int32)
    noise = registry.Dataset(registry.dataset_info("mnist"), images, labels, images[:0], labels[:0])
    monkeypatch.setattr(cross_validation, "load_dataset", lambda name: noise)
    training = msgspec.structs.replace(RECIPE.training, epochs=40, batch_size=20)
    evaluation = cross_validate(
        msgspec.structs.replace(RECIPE, training=training, augmentation=Augmentation(), pen_digits=0), 2
    )
    assert evaluation.labels.tolist() == labels.tolist()
    assert evaluation.accuracy < 0.3
