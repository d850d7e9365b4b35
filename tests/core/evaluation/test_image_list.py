"""Lists of images: filtered, ordered and written, against loops over plain lists."""

import csv
import math

import numpy as np
import pytest
from PIL import Image

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.image_list import (
    ImageFilter,
    ListedAnswers,
    read_numbers,
    save_csv,
    save_images,
)
from cnn_studio.core.evaluation.predictions import Evaluation

CLASSES = ("cat, tame", "dog", "übergröße")


@pytest.fixture
def evaluation():
    random = np.random.default_rng(5)
    shares = random.random((200, 3)) ** 4
    shares /= shares.sum(axis=1, keepdims=True)
    return Evaluation(
        shares.astype(np.float32), random.integers(0, 3, 200).astype(np.int32), CLASSES, "some", "validation",
        np.arange(200, dtype=np.int64) * 7 + 3,
    )  # fmt: skip


@pytest.fixture
def answers(evaluation):
    return ListedAnswers(evaluation)


def facts(evaluation):
    """Number, true, read, confidence and loss of each image, one by one."""
    for row, shares in enumerate(evaluation.probabilities.astype(float).tolist()):
        true = int(evaluation.labels[row])
        read = shares.index(max(shares))
        yield row, true, read, shares[read], -math.log(max(shares[true], 1e-7))


def rows_by(evaluation, key):
    return [row for row, *_ in sorted(facts(evaluation), key=key)]


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("surest", lambda fact: -fact[3]),
        ("least sure", lambda fact: fact[3]),
        ("loss", lambda fact: -fact[4]),
        ("true class", lambda fact: (fact[1], fact[2], -fact[3])),
        ("read class", lambda fact: (fact[2], fact[1], -fact[3])),
        ("number", lambda fact: fact[0]),
    ],
)
def test_orders(evaluation, answers, order, key):
    shuffled = np.random.default_rng(0).permutation(200)
    assert answers.arranged(shuffled, order).tolist() == rows_by(evaluation, key)


def test_given_order_stays(answers):
    shuffled = np.random.default_rng(0).permutation(200)
    np.testing.assert_array_equal(answers.arranged(shuffled, "given"), shuffled)


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (ImageFilter(), lambda fact: True),
        (ImageFilter(true=1), lambda fact: fact[1] == 1),
        (ImageFilter(read=2), lambda fact: fact[2] == 2),
        (ImageFilter(true=0, read=0), lambda fact: fact[1] == fact[2] == 0),
        (ImageFilter(only_errors=True), lambda fact: fact[1] != fact[2]),
        (ImageFilter(lowest=0.6, highest=0.8), lambda fact: 0.6 <= fact[3] <= 0.8),
        (ImageFilter(numbers=(3, 17, 18)), lambda fact: fact[0] in (0, 2)),
    ],
)
def test_filters(evaluation, answers, wanted, passes):
    expected = [fact[0] for fact in facts(evaluation) if passes(fact)]
    assert answers.chosen(np.arange(200), wanted).tolist() == expected


@pytest.mark.parametrize(
    ("text", "numbers"), [("", ()), ("12", (12,)), ("1, 5-7;9", (1, 5, 6, 7, 9)), (" 40–42 ", (40, 41, 42))]
)
def test_numbers_are_read(text, numbers):
    assert read_numbers(text) == numbers


@pytest.mark.parametrize("text", ["seven", "7-", "9-3", "0-100000000", "-4"])
def test_what_is_no_list_of_numbers_is_refused(text):
    with pytest.raises(ValueError):
        read_numbers(text)


def test_csv_holds_every_answer(evaluation, answers, tmp_path):
    path = tmp_path / "list.csv"
    save_csv(answers, [4, 1], path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    expected = list(facts(evaluation))
    assert [int(row["number"]) for row in rows] == [4 * 7 + 3, 1 * 7 + 3]
    for row, number in zip(rows, (4, 1), strict=True):
        _, true, read, confidence, loss = expected[number]
        assert (row["true"], row["read"]) == (CLASSES[true], CLASSES[read])
        assert float(row["confidence"]) == pytest.approx(confidence, abs=1e-6)
        assert float(row["loss"]) == pytest.approx(loss, abs=1e-5)
        shares = sorted(zip(evaluation.probabilities[number].tolist(), CLASSES, strict=True), reverse=True)
        assert [row[f"class_{place}"] for place in (1, 2, 3)] == [name for _, name in shares]


def test_images_are_written_as_they_are(answers, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (200, 5, 6, 3), np.uint8)
    told = []
    assert save_images(answers, images, [7, 0], tmp_path / "new" / "folder", told.append) == 2
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name[:6] for file in files] == ["000003", "000052"]
    with Image.open(files[1]) as picture:
        np.testing.assert_array_equal(np.asarray(picture), images[7])
    assert all("," not in file.name and file.suffix == ".png" for file in files)


def test_canceled_writing_keeps_what_is_written(answers, tmp_path):
    images = np.zeros((200, 5, 6, 1), np.uint8)
    asked = iter([False, False, True])
    assert save_images(answers, images, range(50), tmp_path, canceled=lambda: next(asked)) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_place_that_cannot_be_written_is_said(answers, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="Cannot write"):
        save_csv(answers, [0], tmp_path / "file" / "list.csv")
    with pytest.raises(StudioError, match="Cannot write"):
        save_images(answers, np.zeros((200, 2, 2, 1), np.uint8), [0], tmp_path / "file")
