"""What a person thinks of labels, and what is left out of a training for it."""

import numpy as np
import pytest

from cnn_studio.core.evaluation.label_verdicts import (
    LEFT_OUT,
    LabelVerdict,
    LabelVerdicts,
    file_name,
    fingerprint,
)

IMAGES = np.random.default_rng(3).integers(0, 256, (6, 4, 4, 1)).astype(np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.int32)


def mark(number: int, verdict: str, subset: str = "train") -> LabelVerdict:
    return LabelVerdict(
        verdict=verdict,  # type: ignore[arg-type]
        subset=subset,
        number=number,
        image=fingerprint(IMAGES[number]),
        label=int(LABELS[number]),
    )


@pytest.fixture
def marks(tmp_path):
    return LabelVerdicts("mnist", tmp_path)


def test_a_mark_is_on_disk_at_once_and_another_window_reads_it(marks, tmp_path):
    other = LabelVerdicts("mnist", tmp_path)
    marks.add(mark(2, "wrong"))
    assert other.verdict("train", IMAGES[2], 2) == ""
    assert other.refresh()
    assert other.verdict("train", IMAGES[2], 2) == "wrong"
    assert LabelVerdicts("mnist", tmp_path).verdict("train", IMAGES[2], 2) == "wrong"


def test_the_last_verdict_counts_and_an_empty_one_takes_it_back(marks):
    marks.add(mark(1, "wrong"))
    marks.add(mark(1, "ambiguous"))
    assert marks.counts() == {"wrong": 0, "ambiguous": 1, "fine": 0}
    marks.add(mark(1, ""))
    assert marks.counts() == {"wrong": 0, "ambiguous": 0, "fine": 0}


def test_only_the_asked_verdicts_of_training_images_are_left_out(marks):
    for number, verdict in ((0, "wrong"), (3, "fine"), (4, "ambiguous")):
        marks.add(mark(number, verdict))
    marks.add(mark(5, "wrong", "test"))
    assert marks.numbers(LEFT_OUT["wrong"], IMAGES, LABELS).tolist() == [0]
    assert marks.numbers(LEFT_OUT["wrong-and-ambiguous"], IMAGES, LABELS).tolist() == [0, 4]
    assert marks.numbers(LEFT_OUT["none"], IMAGES, LABELS).tolist() == []


def test_marks_follow_their_images_into_a_new_order(marks):
    marks.add(mark(0, "wrong"))
    order = np.array([5, 4, 3, 2, 1, 0])
    assert marks.numbers(("wrong",), IMAGES[order], LABELS[order]).tolist() == [5]


def test_an_image_whose_label_was_mended_is_no_longer_left_out(marks):
    marks.add(mark(0, "wrong"))
    mended = LABELS.copy()
    mended[0] = 2
    assert marks.numbers(("wrong",), IMAGES, mended).tolist() == []


def test_a_torn_line_costs_only_itself(marks, tmp_path):
    marks.add(mark(0, "wrong"))
    with marks.path.open("ab") as file:
        file.write(b'{"verdict": "wro')
    marks.add(mark(1, "fine"))
    again = LabelVerdicts("mnist", tmp_path)
    assert (again.verdict("train", IMAGES[0], 0), again.verdict("train", IMAGES[1], 1)) == ("wrong", "fine")


def test_data_sets_with_the_same_readable_name_have_files_of_their_own():
    assert file_name("file:/a/cats") != file_name("file:/b/cats")
    assert "/" not in file_name("file:/a/cats?size=32x32")
