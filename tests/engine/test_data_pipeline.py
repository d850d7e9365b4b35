"""Splits, scaling and batches."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keras.src.trainers.data_adapters.array_slicing import train_validation_split
from sklearn.model_selection import train_test_split

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.core.datasets.lazy_arrays import Selected
from cnn_studio.core.datasets.registry import Dataset, dataset_info
from cnn_studio.core.datasets.splits import split_indices
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import LastSplit, NoSplit, RandomSplit, WatchedTestSplit
from cnn_studio.engine.data_pipeline import batches, parts_of, scaling_of, steps_per_epoch

NOTEBOOK_000 = find_recipe("mnist-4conv-rmsprop")


def small_set(train=50, test=20):
    """A data set whose images hold their own number."""
    images = np.arange(train + test, dtype=np.uint8)[:, None, None, None] * np.ones((1, 28, 28, 1), np.uint8)
    labels = (np.arange(train + test) % 10).astype(np.int32)
    return Dataset(dataset_info("mnist"), images[:train], labels[:train], images[train:], labels[train:])


def with_split(split):
    return msgspec.structs.replace(NOTEBOOK_000, split=split)


def with_batch(size, sampling="shuffled"):
    training = msgspec.structs.replace(NOTEBOOK_000.training, batch_size=size, sampling=sampling)
    return msgspec.structs.replace(NOTEBOOK_000, training=training)


def test_notebook_000_splits_into_the_same_54000_and_6000_images():
    ours = split_indices(NOTEBOOK_000.split, 60_000)
    theirs = train_test_split(np.arange(60_000), test_size=0.1, random_state=2)
    for mine, sklearns in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, sklearns)
    assert [len(part) for part in ours] == [54_000, 6_000]


@given(count=st.integers(2, 2000), fraction=st.floats(0.001, 0.999), seed=st.integers(0, 2**31 - 1))
def test_random_split_is_scikit_learns(count, fraction, seed):
    if math.ceil(fraction * count) >= count:
        return  # scikit-learn refuses an empty training set, and so does `parts_of`
    ours = split_indices(RandomSplit(fraction=fraction, seed=seed), count)
    theirs = train_test_split(np.arange(count), test_size=fraction, random_state=seed)
    for mine, sklearns in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, sklearns)


@given(count=st.integers(10, 2000), fraction=st.floats(0.1, 0.9))
@example(count=10, fraction=0.9)  # of 10 images Keras would learn from 9e-16, and refuses
def test_last_split_is_keras_validation_split(count, fraction):
    ours = split_indices(LastSplit(fraction=fraction), count)
    if math.floor((1 - fraction) * count) == 0:
        with pytest.raises(ValueError, match="not sufficient to split"):
            train_validation_split((np.arange(count),), fraction)
        assert len(ours[0]) == 0  # which `parts_of` refuses
        return
    theirs = train_validation_split((np.arange(count),), fraction)
    for mine, (keras_part,) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, keras_part)


def test_notebook_003_watches_the_last_18000_images():
    train, validation = split_indices(find_recipe("fashion-vgg2").split, 60_000)
    assert (train[0], train[-1], validation[0], validation[-1]) == (0, 41_999, 42_000, 59_999)


def test_parts_hold_images_with_their_own_labels():
    parts = parts_of(small_set(), with_split(RandomSplit(fraction=0.3, seed=5)))
    for images, labels in ((parts.x_train, parts.y_train), (parts.x_validation, parts.y_validation)):
        np.testing.assert_array_equal(images[:, 0, 0, 0] % 10, labels)
    both = np.concatenate([parts.x_train, parts.x_validation])[:, 0, 0, 0]
    assert sorted(both.tolist()) == list(range(50))


def test_limit_takes_the_first_training_images_before_splitting():
    parts = parts_of(small_set(), with_split(LastSplit(fraction=0.25)), limit=20)
    assert parts.x_train[:, 0, 0, 0].tolist() == list(range(15))
    assert parts.x_validation[:, 0, 0, 0].tolist() == list(range(15, 20))


def test_left_out_images_are_not_learned_from_but_watched_where_they_were():
    split = with_split(LastSplit(fraction=0.25))
    parts = parts_of(small_set(), split, limit=20, left_out=(0, 7, 18, 44))
    assert parts.x_train[:, 0, 0, 0].tolist() == [n for n in range(15) if n not in (0, 7)]
    assert parts.x_validation[:, 0, 0, 0].tolist() == list(range(15, 20))
    with pytest.raises(StudioError, match="Nothing is left to train on"):
        parts_of(small_set(), split, limit=20, left_out=range(15))


def test_watched_test_set_is_the_whole_test_set_and_leaves_training_whole():
    parts = parts_of(small_set(), with_split(WatchedTestSplit()), limit=30)
    assert len(parts.x_train) == 30
    assert parts.x_validation[:, 0, 0, 0].tolist() == list(range(50, 70))


def test_no_split_leaves_nothing_to_watch():
    parts = parts_of(small_set(), with_split(NoSplit()))
    assert (len(parts.x_train), len(parts.x_validation)) == (50, 0)


@pytest.mark.parametrize(
    ("split", "limit"), [(NoSplit(), 0), (RandomSplit(fraction=0.5), 1), (LastSplit(fraction=0.99), 1)]
)
def test_split_that_leaves_nothing_is_refused_with_the_numbers(split, limit):
    with pytest.raises(StudioError, match=f"Cannot split.*{limit} images would leave"):
        parts_of(small_set(), with_split(split), limit)


def test_scaling_matches_its_name():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 28, 28, 1)).astype(np.uint8)
    scaled = {
        name: pixels * factor + offset
        for name in ("0-1", "none", "standardized")
        for factor, offset in [scaling_of(name, pixels)]
    }
    np.testing.assert_allclose(scaled["0-1"], pixels / 255)
    np.testing.assert_array_equal(scaled["none"], pixels)
    assert scaled["standardized"].mean() == pytest.approx(0, abs=1e-9)
    assert scaled["standardized"].std() == pytest.approx(1)


def test_standardizing_a_single_gray_does_not_divide_by_zero():
    scale, offset = scaling_of("standardized", np.full((2, 4, 4, 1), 9, np.uint8))
    assert 9 * scale + offset == pytest.approx(0)


def test_contiguous_windows_give_54_steps_of_1000_neighbors():
    numbers = list(batches(NOTEBOOK_000, 54_000, np.random.default_rng(0)))
    assert len(numbers) == 54 == steps_per_epoch(NOTEBOOK_000, 54_000)
    for batch in numbers:
        np.testing.assert_array_equal(np.diff(batch), 1)
        assert len(batch) == 1000
        assert 0 <= batch[0] <= batch[-1] < 54_000
    assert len({int(batch[0]) for batch in numbers}) > 40


def test_contiguous_window_larger_than_the_set_is_the_whole_set():
    (batch,) = batches(with_batch(1000, "contiguous-window"), 300, np.random.default_rng(0))
    assert batch.tolist() == list(range(300))


@given(count=st.integers(1, 500), size=st.integers(1, 600))
def test_shuffled_epoch_shows_every_image_once(count, size):
    recipe = with_batch(size)
    numbers = list(batches(recipe, count, np.random.default_rng(1)))
    assert sorted(np.concatenate(numbers).tolist()) == list(range(count))
    assert len(numbers) == steps_per_epoch(recipe, count)
    assert all(len(batch) == size for batch in numbers[:-1])


def test_epochs_are_shuffled_differently_and_repeatably():
    recipe = with_batch(50)
    first, second, again = (
        np.concatenate(list(batches(recipe, 200, np.random.default_rng((0, epoch))))) for epoch in (1, 2, 1)
    )
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("pen_digits", [0, 7])
@pytest.mark.parametrize("split", [RandomSplit(fraction=0.3, seed=5), LastSplit(fraction=0.3), NoSplit()])
def test_parts_of_a_large_set_are_those_of_a_small_one(monkeypatch, split, pen_digits):
    recipe = msgspec.structs.replace(with_split(split), pen_digits=pen_digits)
    small = parts_of(small_set(), recipe, limit=40)
    monkeypatch.setattr(mapped_arrays, "LARGE_BYTES", 784 * 3)
    large = parts_of(small_set(), recipe, limit=40)
    assert isinstance(large.x_train, Selected) or pen_digits
    assert isinstance(small.x_train, np.ndarray)
    for name in ("x_train", "y_train", "x_validation", "y_validation"):
        np.testing.assert_array_equal(getattr(large, name)[:], getattr(small, name), strict=True)


def test_a_large_set_is_standardized_by_all_its_pixels(monkeypatch):
    monkeypatch.setattr("cnn_studio.core.datasets.lazy_arrays.PIECE_BYTES", 784 * 4)
    pixels = np.random.default_rng(0).integers(0, 256, (31, 28, 28, 1)).astype(np.uint8)
    numbers = np.random.default_rng(1).permutation(31)[:30]
    scale, offset = scaling_of("standardized", Selected(pixels, numbers))
    chosen = pixels[numbers].astype(np.float64)
    assert scale == pytest.approx(1 / chosen.std(), rel=1e-12)
    assert offset == pytest.approx(-chosen.mean() / chosen.std(), rel=1e-12)
