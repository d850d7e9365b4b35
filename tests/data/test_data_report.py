"""What the report says of a data set is what counting by other means gives."""

from collections import Counter

import msgspec
import numpy as np
import pytest
from samples import noise

from cnn_studio.core.datasets.registry import REGISTRY, Dataset, DatasetInfo, load_dataset
from cnn_studio.data.data_report import report


def dataset(x_train, y_train, x_test, y_test, classes=("a", "b")):
    info = DatasetInfo(
        name="d", title="D", file="", classes=classes, image_shape=x_train.shape[1:], license="", origin=""
    )
    labels = [np.asarray(each, np.int32) for each in (y_train, y_test)]
    return Dataset(info, x_train, labels[0], x_test, labels[1])


def clean():
    """40 different images to train on, 10 to test on, two classes."""
    images = noise(50)
    return images[:40].copy(), np.arange(40) % 2, images[40:].copy(), np.arange(10) % 2


def test_clean_data_give_no_warning():
    facts = report(dataset(*clean()))
    assert facts.warnings == ()
    assert facts.train_counts == (20, 20)
    assert facts.test_counts == (5, 5)
    assert (facts.imbalance, facts.value_range) == (1.0, (0, 255))
    assert facts.image_shape == (28, 28, 1)


def test_duplicates_leaks_and_conflicts_are_counted():
    x_train, y_train, x_test, y_test = clean()
    x_train[10] = x_train[0]  # both of class 0
    x_train[12] = x_train[0]
    x_train[11] = x_train[2]  # classes 1 and 0
    x_test[4] = x_test[2]
    x_test[6] = x_train[30]  # class 0 in both
    x_test[7] = x_train[32]  # classes 1 and 0
    facts = report(dataset(x_train, y_train, x_test, y_test))
    counted = Counter(image.tobytes() for image in x_train)
    assert facts.duplicates_in_train == sum(count - 1 for count in counted.values()) == 3
    assert facts.duplicates_in_test == 1
    assert facts.duplicates_across == 2
    assert facts.leaked == ((6, 30), (7, 32))
    assert facts.conflicts == 2
    assert facts.warnings[0].startswith("Leakage: 2 of 10 test images are also training images.")
    assert "2 images with more than one label" in facts.warnings[1]


def test_published_data_sets_are_counted_as_numpy_counts():
    for name in REGISTRY:
        loaded = load_dataset(name)
        facts = report(loaded)
        for part, repeated in (("train", facts.duplicates_in_train), ("test", facts.duplicates_in_test)):
            images = loaded.subset(part)[0]
            assert repeated == len(images) - len({image.tobytes() for image in images})
        assert facts.train_counts == tuple(np.bincount(loaded.y_train))
        assert facts.warnings == ()


def test_imbalance_few_images_and_classes_without_images_are_named():
    images = noise(120)
    y_train = np.array([0] * 100 + [1] * 5)
    facts = report(dataset(images[:105], y_train, images[105:], np.zeros(15), classes=("cat", "dog", "eel")))
    assert facts.imbalance == 20
    text = " ".join(facts.warnings)
    assert "No training images of 'eel'" in text
    assert "No test images of 'dog', 'eel'" in text
    assert "Fewer than 10 training images of 'dog':" in text
    assert "20 times as many" in text


def test_constant_faint_and_inverted_images_are_noticed():
    x_train, y_train, x_test, y_test = clean()
    x_train[3], x_test[1] = 7, 200
    facts = report(dataset(x_train, y_train, x_test, y_test))
    assert facts.constant == 2
    assert "2 images of one color all over" in facts.warnings[0]
    faint = report(dataset(x_train // 8, y_train, x_test // 8, y_test))
    assert "0 to 31 of 0 to 255" in faint.warnings[-1]
    digits = tuple("0123456789")
    paper = [np.full((20, 28, 28, 1), 255, np.uint8), np.arange(20) % 10] * 2
    paper[0] = paper[0].copy()
    paper[0][:, 5:20, 5:20] = noise(20, 15, 15)
    assert "open the data inverted" in report(dataset(*paper, classes=digits)).warnings[-1]


def test_colors_of_one_shade_are_constant_and_stripes_are_not():
    flat = np.tile(np.array([200, 10, 30], np.uint8), (20, 8, 8, 1))
    assert report(dataset(flat, np.arange(20) % 2, flat[:0], [])).constant == 20
    striped = flat.copy()
    striped[:, 0, 0, 2] = 31
    assert report(dataset(striped, np.arange(20) % 2, flat[:0], [])).constant == 0


def test_a_report_can_be_written_down():
    facts = report(dataset(*clean()))
    assert msgspec.json.decode(msgspec.json.encode(facts))["train_counts"] == [20, 20]


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_images_are_no_error(count):
    x_train, y_train, x_test, y_test = clean()
    facts = report(dataset(x_train[:count], y_train[:count], x_test[:0], y_test[:0]))
    assert sum(facts.train_counts) == count
    assert facts.warnings


def test_every_test_image_that_leaks_counts_also_of_one_training_image():
    x_train, y_train, x_test, y_test = clean()
    x_train[20] = x_train[9]
    x_test[[1, 5, 8]] = x_train[9]
    facts = report(dataset(x_train, y_train, x_test, y_test))
    assert facts.duplicates_across == 3
    assert facts.leaked == ((1, 9), (5, 9), (8, 9))
    assert "3 of 10 test images" in facts.warnings[0]


def test_bright_images_without_contrast_are_faint_too():
    x_train, y_train, x_test, y_test = clean()
    facts = report(dataset(200 + x_train // 8, y_train, 200 + x_test // 8, y_test))
    assert "200 to 231 of 0 to 255" in facts.warnings[-1]


def test_the_ground_of_digits_is_what_lies_at_the_rim():
    # Mostly bright inside: a ring of ink that fills the sheet, on black.
    digits = tuple("0123456789")
    images = noise(20)
    images[:, 2:-2, 2:-2] |= 128
    images[:, (0, 1, -2, -1)] = 0
    facts = report(dataset(images, np.arange(20) % 10, images[:0], [], classes=digits))
    assert not any("inverted" in warning for warning in facts.warnings)
