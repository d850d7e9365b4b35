"""The My-hand score: what is asked for, how a session goes on, what may be said of the result."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import confusion_matrix

from cnn_studio.core.drawing.hand_score import (
    ClassScore,
    HandScore,
    new_session,
    prompts,
    seed_of,
    session_of,
    unfinished,
)
from cnn_studio.core.drawing.labeled_drawing import labeled_drawing

DIGITS = tuple("0123456789")
LINE = [[(0.0, 0.0), (1.0, 1.0)]]


def drawn(label, session, classes=DIGITS):
    return labeled_drawing(LINE, label, side=1, classes=classes, origin="score", session=session)


@pytest.mark.parametrize("seed", range(40))
def test_each_digit_is_asked_for_five_times_and_never_twice_in_a_row(seed):
    asked = prompts(DIGITS, seed)
    assert Counter(asked) == dict.fromkeys(DIGITS, 5)
    assert all(before != after for before, after in pairwise(asked))


def test_order_follows_from_the_seed_alone():
    assert prompts(DIGITS, 3) == prompts(DIGITS, 3)
    assert len({prompts(DIGITS, seed) for seed in range(20)}) == 20


@pytest.mark.parametrize("count", [1, 2, 3, 7, 26, 49, 50, 51, 120])
def test_other_class_sets_are_balanced_within_fifty(count):
    names = [f"class {number}" for number in range(count)]
    asked = prompts(names, 1)
    assert len(asked) <= 50
    assert len(set(Counter(asked).values())) == 1
    assert len(set(asked)) == min(count, 50)
    assert count == 1 or all(before != after for before, after in pairwise(asked))


def test_a_session_goes_on_where_its_drawings_end():
    name = new_session(77)
    assert seed_of(name) == 77
    asked = prompts(DIGITS, 77)
    others = drawn("3", new_session(5)), labeled_drawing(LINE, "3", side=1)
    session = session_of(name, DIGITS, [*others, *(drawn(label, name) for label in asked[:23])])
    assert len(session.drawn) == 23
    assert session.left == asked[23:]


def test_what_was_skipped_is_asked_again_first():
    name, asked = new_session(8), prompts(DIGITS, 8)
    session = session_of(name, DIGITS, [drawn(label, name) for label in asked[1:6]])
    left = Counter(asked) - Counter(asked[1:6])
    assert Counter(session.left) == left
    assert len(session.left) == 45


def test_only_the_newest_session_of_the_same_classes_is_offered():
    old, new = "score-20260101T000000-1", "score-20260102T000000-2"
    some = [drawn("1", old), drawn("2", new)]
    assert unfinished(some, DIGITS).name == new
    assert unfinished(some, (*DIGITS, "x")) is None
    whole = [drawn(label, new) for label in prompts(DIGITS, 2)]
    assert unfinished([drawn("1", old), *whole], DIGITS) is None
    assert unfinished([labeled_drawing(LINE, "1", side=1)], DIGITS) is None


def test_figures_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    labels = random.choice(DIGITS, 50)
    answers = np.where(random.random(50) < 0.7, labels, random.choice(DIGITS, 50))
    score = HandScore(DIGITS, tuple(labels.tolist()), tuple(answers.tolist()))
    matrix = confusion_matrix(labels, answers, labels=list(DIGITS))
    assert np.array_equal(score.confusion_matrix(), matrix)
    assert score.right == matrix.trace()
    assert {(each.name, each.right, each.total) for each in score.by_class()} == {
        (name, matrix[place, place], matrix[place].sum()) for place, name in enumerate(DIGITS)
    }
    wrong = [number for number in range(50) if labels[number] != answers[number]]
    assert sorted(score.misread()) == wrong


def test_interval_of_46_of_50_is_the_published_kind():
    score = HandScore(("0", "1"), ("0",) * 50, ("0",) * 46 + ("1",) * 4)
    low, high = score.interval
    # R: prop.test(46, 50, correct = FALSE)$conf.int
    assert (low, high) == pytest.approx((0.8116175, 0.9684505), abs=1e-6)


@pytest.mark.parametrize(("right", "accuracy"), [(49, 0.9966), (47, 0.9966), (50, 0.99), (0, 0.5), (30, 0.6)])
def test_chance_agrees_with_scipy(right, accuracy):
    score = HandScore(("0", "1"), ("0",) * 50, ("0",) * right + ("1",) * (50 - right))
    assert score.chance(accuracy) == pytest.approx(binom.cdf(right, 50, accuracy))


@pytest.mark.parametrize(
    ("right", "total", "read_as", "kind"),
    [
        (5, 5, (), "good"),
        (4, 5, (("7", 1),), "slip"),
        (3, 5, (("7", 2),), "teach"),
        (2, 5, (("7", 2), ("4", 1)), "teach"),
        (3, 5, (("7", 1), ("4", 1)), "practice"),
        (1, 5, (("7", 2), ("4", 1), ("9", 1)), "practice"),
        (2, 2, (), "few"),
        (0, 2, (("7", 2),), "few"),
    ],
)
def test_what_may_be_said_of_a_class(right, total, read_as, kind):
    assert ClassScore("1", right, total, read_as).kind == kind


def test_the_worst_class_comes_first():
    score = HandScore(("a", "b", "c"), tuple("aabbcc"), tuple("aabacb"))
    assert [each.name for each in score.by_class()] == ["b", "c", "a"]
    assert score.by_class()[0].read_as == (("a", 1),)
