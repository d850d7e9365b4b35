"""Images by their likeness in feature space, against scikit-learn's neighbors on the features."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.image_similarity import Similar


@pytest.fixture(scope="module")
def activations():
    path = resource("models", "digits.onnx")
    return Activations(path.read_bytes(), Classifier(path).card)


@pytest.fixture(scope="module")
def images():
    return load_subset("mnist", "test")[0][:600]


def test_nearest_come_first(activations, images):
    rows = np.random.default_rng(0).permutation(600)[:400]
    found = Similar(activations, images).nearest_first(rows, 8)
    features = activations.features(images)
    expected = NearestNeighbors(n_neighbors=400).fit(features[rows]).kneighbors(features[8:9])[1][0]
    np.testing.assert_array_equal(found, rows[expected])


def test_features_are_computed_once_and_only_of_what_is_asked_for(activations, images, monkeypatch):
    computed = []
    real = activations.features
    monkeypatch.setattr(activations, "features", lambda batch: computed.append(len(batch)) or real(batch))
    similar = Similar(activations, images)
    similar.nearest_first(np.arange(10), 3)
    similar.nearest_first(np.arange(10), 4)
    assert sum(computed) == 10
    similar.nearest_first(np.arange(12), 4)
    assert sum(computed) == 12


def test_canceled_comparison_is_none_and_goes_on_from_there(activations, images, monkeypatch):
    similar, asked = Similar(activations, images), iter([False, True])
    assert similar.nearest_first(np.arange(600), 0, canceled=lambda: next(asked)) is None
    computed = []
    real = activations.features
    monkeypatch.setattr(activations, "features", lambda batch: computed.append(len(batch)) or real(batch))
    assert len(similar.nearest_first(np.arange(600), 0)) == 600
    assert sum(computed) == 350


def test_other_images_are_refused_in_a_sentence(activations):
    with pytest.raises(StudioError, match="28 × 28 × 1, they are 32 × 32 × 3"):
        Similar(activations, np.zeros((2, 32, 32, 3), np.uint8))
