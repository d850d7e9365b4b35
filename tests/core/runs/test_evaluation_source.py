"""Which images a network is evaluated on: compared with the arrays of the data set and scikit-learn's split."""

import msgspec
import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import DatasetSplit, LastSplit, NoSplit, RandomSplit, WatchedTestSplit
from cnn_studio.core.runs.evaluation_source import evaluation_path, images_for
from cnn_studio.core.runs.model_card import ModelCard, card_for

DIGITS = tuple("0123456789")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def mnist():
    with np.load(resource("datasets", "mnist.npz")) as archive:
        return {name: archive[name] for name in archive.files}


def card(split=None, classes=DIGITS, **changes):
    recipe = find_recipe("studio-quick")
    if split is not None:
        recipe = msgspec.structs.replace(recipe, split=split)
    made = card_for(recipe, classes, (28, 28, 1), 1 / 255, 0.0)
    return msgspec.structs.replace(made, **changes)


def same(chosen, images, labels):
    np.testing.assert_array_equal(chosen.images.reshape(-1, 28, 28), images)
    np.testing.assert_array_equal(chosen.labels, labels)


def test_test_images_are_all_of_them_in_order(mnist):
    chosen = images_for(card(), "test", None, None, "run")
    same(chosen, mnist["x_test"], mnist["y_test"])
    assert (chosen.dataset, chosen.indices) == ("mnist", None)


@pytest.mark.parametrize("limit", [None, 1000])
def test_validation_and_training_images_are_those_the_recipe_set_apart(mnist, limit):
    count = limit or 60_000
    learned, watched = train_test_split(np.arange(count), test_size=0.2, random_state=7)
    split = RandomSplit(fraction=0.2, seed=7)
    for subset, expected in (("train", np.sort(learned)), ("validation", np.sort(watched))):
        chosen = images_for(card(split), subset, None, limit, "run")
        np.testing.assert_array_equal(chosen.indices, expected)
        same(chosen, mnist["x_train"][expected], mnist["y_train"][expected])


def test_last_share_is_keras_validation_split(mnist):
    chosen = images_for(card(LastSplit(fraction=0.1)), "validation", None, None, "run")
    same(chosen, mnist["x_train"][54_000:], mnist["y_train"][54_000:])


def test_recipe_that_watched_the_test_set_is_validated_on_it(mnist):
    chosen = images_for(card(WatchedTestSplit()), "validation", None, None, "run")
    same(chosen, mnist["x_test"], mnist["y_test"])


def test_own_validation_set_is_kept_with_the_answers(mnist):
    """Its images cannot be found again by their places among the images that were learned from."""
    split = DatasetSplit(dataset="mnist", part="test")
    chosen = images_for(card(split), "validation", None, None, "run")
    same(chosen, mnist["x_test"], mnist["y_test"])
    assert chosen.kept_nowhere
    whole = images_for(card(split), "train", None, None, "run")
    same(whole, mnist["x_train"], mnist["y_train"])


def test_recipe_without_validation_says_so():
    with pytest.raises(StudioError, match="There are no validation images") as caught:
        images_for(card(NoSplit()), "validation", None, None, "my run")
    assert "my run" in caught.value.why


def test_data_set_of_other_classes_is_refused_with_their_names():
    with pytest.raises(StudioError, match="does not fit the data set Fashion-MNIST") as caught:
        images_for(card(), "test", "fashion_mnist", None, "run")
    assert "T-shirt/top" in caught.value.why
    assert "0, 1, 2, 3" in caught.value.why


def test_images_of_another_size_are_refused_with_both():
    with pytest.raises(StudioError) as caught:
        images_for(card(input_shape=(32, 32, 3)), "test", None, None, "run")
    assert "32 × 32 × 3" in caught.value.why
    assert "28 × 28 × 1" in caught.value.why


def test_classes_in_another_order_are_matched_by_their_names(mnist):
    chosen = images_for(card(classes=DIGITS[::-1]), "test", None, None, "run")
    np.testing.assert_array_equal(chosen.labels, 9 - mnist["y_test"].astype(int))
    assert chosen.classes == DIGITS[::-1]


def test_network_may_know_more_classes_than_the_data_set(mnist):
    chosen = images_for(card(classes=("none", *DIGITS)), "test", None, None, "run")
    np.testing.assert_array_equal(chosen.labels, mnist["y_test"].astype(int) + 1)


def stranger(classes):
    return ModelCard(
        classes=classes, input_shape=(28, 28, 1), input_scale=1.0, input_offset=0.0, recipe={}, dataset=""
    )


def test_strangers_model_takes_the_names_of_the_data_set_it_is_tried_on():
    chosen = images_for(stranger(DIGITS), "test", "fashion_mnist", None, "theirs.onnx")
    assert chosen.classes[0] == "T-shirt/top"
    with pytest.raises(StudioError, match="does not say which data set"):
        images_for(stranger(DIGITS), "test", None, None, "theirs.onnx")
    with pytest.raises(StudioError, match="no validation images"):
        images_for(stranger(DIGITS), "validation", "mnist", None, "theirs.onnx")
    with pytest.raises(StudioError, match="does not fit"):
        images_for(stranger(("0", "1")), "test", "mnist", None, "theirs.onnx")


def test_drawings_of_known_classes_are_evaluated():
    collection = Collection(my_drawings_path())
    stroke = np.array([(0.5, 0.2), (0.5, 0.8)]) * 300
    for label in ("1", "7", "snowman"):
        collection.add([stroke], label, side=300)
    chosen = images_for(card(), "drawings", None, None, "run")
    assert chosen.labels.tolist() == [1, 7]
    assert chosen.images.shape == (2, 28, 28, 1)
    assert chosen.images.max() > 200
    assert chosen.kept_nowhere


def test_without_drawings_there_is_a_sentence():
    with pytest.raises(StudioError, match="There are no drawings"):
        images_for(card(), "drawings", None, None, "run")


def test_answers_of_every_choice_have_a_file_of_their_own(tmp_path, home):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    choices = [("test", None), ("validation", None), ("train", None), ("drawings", None)]
    choices += [
        ("test", "fashion_mnist"),
        ("test", "file:/a/b"),
        ("test", "file:/a-b"),
        ("train", "file:/a-b"),
    ]
    paths = [evaluation_path(run, subset, dataset) for subset, dataset in choices]
    assert len(set(paths)) == len(paths)
    assert paths[0] == run / "evaluation.npz"
    assert {path.parent for path in paths} == {run}
    model = tmp_path / "model.onnx"
    model.write_bytes(b"one")
    before = evaluation_path(model, "test")
    assert evaluation_path(model, "test") == before
    model.write_bytes(b"another")
    assert evaluation_path(model, "test") != before  # answers of a file that was replaced are not its own
    models = [evaluation_path(tmp_path / place / "model.onnx", "test") for place in ("a", "b")]
    assert models[0] != models[1]
    assert all(home in path.parents for path in models)
