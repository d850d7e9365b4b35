"""Setting test images aside."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_studio.data.test_split import mixed, stratified_split


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=80), st.floats(0.01, 0.99), st.integers(0, 2**31 - 1))
def test_every_image_is_in_one_part_and_every_class_gives_its_share(labels, fraction, seed):
    labels = np.array(labels, np.int32)
    train, test = stratified_split(labels, fraction, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert len(train) and len(test)
    counts = np.bincount(labels, minlength=5)
    if counts.max() > 1:
        for total, taken in zip(counts, np.bincount(labels[test], minlength=5), strict=True):
            assert taken == 0 if total < 2 else 1 <= taken <= total - 1
            assert total < 2 or abs(taken - fraction * total) <= 1


def test_scikit_learn_takes_as_many_of_each_class():
    from sklearn.model_selection import train_test_split

    labels = np.repeat([0, 1, 2], [100, 50, 10])
    expected = train_test_split(labels, test_size=0.2, stratify=labels, random_state=0)[1]
    assert np.bincount(labels[stratified_split(labels, 0.2, 0)[1]]).tolist() == np.bincount(expected).tolist()


def test_mixed_is_an_order_of_all():
    assert sorted(mixed(100, 3)) == list(range(100))
    np.testing.assert_array_equal(mixed(100, 3), mixed(100, 3))
    assert not np.array_equal(mixed(100, 3), mixed(100, 4))
