"""Evaluating a trained run on every kind of image, beside Keras's own predict on arrays read without the program."""

import shutil

import keras
import numpy as np
import pytest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.evaluation.predictions import load_evaluation, save_evaluation
from cnn_studio.core.runs.evaluation_source import evaluation_path
from cnn_studio.core.runs.usage_of_test_set import uses_of_test_set
from cnn_studio.engine.evaluator import evaluate


@pytest.fixture
def run(tiny_run, tmp_path):
    """A copy of the short run that may be written to."""
    return shutil.copytree(tiny_run.folder, tmp_path / "run")


@pytest.fixture(scope="module")
def mnist():
    with np.load(resource("datasets", "mnist.npz")) as archive:
        return {name: archive[name] for name in archive.files}


def predicted(run, images):
    model = keras.models.load_model(run / "model.keras", compile=False)
    return model.predict(images[..., None].astype(np.float32) / 255, verbose=0)


def test_training_and_validation_images_are_the_first_two_thousand(run, mnist):
    train, validation = (evaluate(run, subset=subset) for subset in ("train", "validation"))
    both = np.concatenate([train.indices, validation.indices])
    assert sorted(both) == list(range(2000))
    np.testing.assert_array_equal(train.labels, mnist["y_train"][train.indices])
    images = mnist["x_train"][validation.indices]
    np.testing.assert_allclose(validation.probabilities, predicted(run, images), atol=1e-4)


def test_progress_counts_all_images_and_canceling_ends_it(run):
    told = []
    evaluate(run, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 10_000), (2500, 10_000), (5000, 10_000), (7500, 10_000)]
    with pytest.raises(Canceled):
        evaluate(run, should_stop=lambda: len(told) > 0)


def test_only_a_finished_look_at_the_test_images_counts(run):
    before = uses_of_test_set(run)
    evaluate(run, subset="validation")
    with pytest.raises(Canceled):
        evaluate(run, should_stop=lambda: True)
    assert uses_of_test_set(run) == before
    evaluate(run)
    assert uses_of_test_set(run) == before + 1


def test_drawings_are_kept_with_their_answers(run):
    stroke = np.array([(0.5, 0.2), (0.5, 0.8)]) * 300
    Collection(my_drawings_path()).add([stroke], "1", side=300)
    path = evaluation_path(run, "drawings")
    save_evaluation(evaluate(run, subset="drawings"), path)
    kept = load_evaluation(path)
    assert (kept.labels.tolist(), kept.images.shape) == ([1], (1, 28, 28, 1))
    np.testing.assert_allclose(kept.probabilities, predicted(run, kept.images[..., 0]), atol=1e-4)


def test_data_set_that_does_not_fit_is_refused(run):
    with pytest.raises(StudioError, match="does not fit the data set Fashion-MNIST"):
        evaluate(run, "fashion_mnist")
