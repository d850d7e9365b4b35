"""Doubted labels: found, judged by keys, undone, kept; and training labels by networks that never saw them."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from staging import answers_of, make_run

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.label_verdicts import LabelVerdicts
from cnn_studio.core.evaluation.predictions import Evaluation, save_evaluation
from cnn_studio.core.protocol.commands import CrossValidate
from cnn_studio.core.protocol.events import EvaluationEnded, EvaluationProgressed, JobCanceled
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.labels.labels_page import LabelsPage
from cnn_studio.ui.services.evaluation_loader import load_evaluation_with_metrics
from cnn_studio.ui.widgets.image_tiles import _words as said_below


@pytest.fixture
def asked(engine, monkeypatch):
    commands = []
    send = engine._send

    def record(command):
        if isinstance(command, CrossValidate):
            commands.append(command)
            engine.jobs.append(command.job)
        return send(command)

    monkeypatch.setattr(engine, "_send", record)
    return commands


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def page(qtbot, theme, engine, asked, run, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "home"))
    made = LabelsPage(theme, engine, ImageSelection())
    qtbot.addWidget(made)
    made.resize(640, 640)
    with qtbot.waitExposed(made):
        made.show()
    made.show_reading(load_evaluation_with_metrics(run))
    qtbot.waitUntil(lambda: len(made.gallery.tiles) > 0)
    return made


def press(page, qtbot, key, place=0):
    page.activateWindow()
    page.gallery.setFocus()
    qtbot.waitUntil(page.gallery.hasFocus)
    page.gallery.make_current(place)
    QTest.keyClick(page.gallery, key)


def test_every_misread_image_is_doubted_and_no_other(page, run):
    labels, predictions, _ = answers_of(run)
    doubted = {tile.number for tile in page.gallery.tiles}
    assert doubted == set(np.flatnonzero(labels != predictions).tolist())


@pytest.mark.parametrize(
    ("key", "verdict"), [(Qt.Key.Key_W, "wrong"), (Qt.Key.Key_A, "ambiguous"), (Qt.Key.Key_F, "fine")]
)
def test_a_key_judges_and_goes_on_to_the_next(page, qtbot, key, verdict):
    first = page.gallery.tiles[0].number
    press(page, qtbot, key)
    assert page.gallery.tiles[0].verdict == verdict
    assert page.gallery.position == 1
    images, labels = load_subset("mnist", "test")
    assert LabelVerdicts("mnist").verdict("test", images[first], int(labels[first])) == verdict


def test_undo_gives_the_verdict_before_and_delete_takes_it_back(page, qtbot):
    press(page, qtbot, Qt.Key.Key_W)
    press(page, qtbot, Qt.Key.Key_F)
    page.undo()
    assert page.gallery.tiles[0].verdict == "wrong"
    press(page, qtbot, Qt.Key.Key_Delete)
    assert page.gallery.tiles[0].verdict == ""


def test_undo_touches_no_other_data_set(page, qtbot):
    press(page, qtbot, Qt.Key.Key_W)
    press(page, qtbot, Qt.Key.Key_F)
    mine = page.reading
    fashion = replace(mine.evaluation, dataset="fashion_mnist")
    others = msgspec.structs.replace(mine, evaluation=fashion)
    page.show_reading(others)
    qtbot.waitUntil(lambda: page.check is not None)
    page.undo()
    assert len(LabelVerdicts("fashion_mnist")) == 0
    assert LabelVerdicts("mnist").counts()["fine"] == 1


def test_a_long_class_name_leaves_what_a_label_seems_readable(page, qtbot):
    metrics = QFontMetricsF(page.font())
    tile = msgspec.structs.replace(page.gallery.tiles[0], true="T-shirt/top", predicted="Sneaker")
    room = metrics.horizontalAdvance("Sneaker · 100 %") + 8
    first, second = (text for text, _ in said_below(tile, metrics, room, short=False))
    assert second.startswith("Sneaker")
    assert first == "T-shirt/top"
    assert metrics.horizontalAdvance(second) <= room


def test_undo_takes_back_a_verdict_of_all_labels_it_was_on(page, qtbot):
    page.gallery.make_current(0)
    page.gallery.selectAll()
    page.judge("ambiguous")
    assert {tile.verdict for tile in page.gallery.tiles} == {"ambiguous"}
    page.undo()
    assert {tile.verdict for tile in page.gallery.tiles} == {""}


def test_the_filter_shows_what_is_not_judged_yet(page, qtbot):
    count, first = len(page.gallery.tiles), page.gallery.tiles[0].number
    press(page, qtbot, Qt.Key.Key_W)
    page.filter.setCurrentIndex(page.filter.findData("open"))
    page.filter.activated.emit(0)
    assert len(page.gallery.tiles) == count - 1
    assert first not in {tile.number for tile in page.gallery.tiles}
    press(page, qtbot, Qt.Key.Key_A)
    assert page.gallery.position == 0  # the next one has moved up


def test_the_images_learned_from_are_not_doubted_by_who_learned_them(page, qtbot, run):
    images, labels = load_subset("mnist", "train")
    sure = np.eye(10, dtype=np.float32)[labels[:50]]
    learned = Evaluation(sure, labels[:50], tuple("0123456789"), "mnist", "train")
    page.show_reading(type(page.reading)(run, learned, images[:50], page.reading.scores))
    assert len(page.gallery.tiles) == 0
    assert "believes them" in page.gallery.hint


def test_training_labels_are_checked_by_networks_that_never_saw_them(page, qtbot, asked, engine):
    page.train_button.click()
    qtbot.waitUntil(lambda: "Check the training labels" in page.gallery.hint)
    page.check_button.click()
    qtbot.waitUntil(lambda: bool(asked))
    command = asked[-1]
    assert command.recipe["dataset"] == "mnist"
    engine.heard.emit(EvaluationProgressed(job=command.job, done=30, total=120))
    assert (page.progress.value(), page.progress.maximum()) == (30, 120)
    _, labels = load_subset("mnist", "train")
    answers = np.full((200, 10), 0.01, np.float32)
    answers[np.arange(200), labels[:200]] = 0.91
    answers[17] = 0.01
    answers[17, (labels[17] + 1) % 10] = 0.91
    save_evaluation(Evaluation(answers, labels[:200], tuple("0123456789"), "mnist", "train"), page._path)
    engine.heard.emit(EvaluationEnded(job=command.job, path=str(page._path), accuracy=0.995, loss=0.1))
    qtbot.waitUntil(lambda: [tile.number for tile in page.gallery.tiles] == [17])
    assert page.gallery.tiles[0].confident


def test_a_stopped_check_leaves_the_offer(page, qtbot, asked, engine):
    page.train_button.click()
    page.check_button.click()
    qtbot.waitUntil(lambda: bool(asked))
    page.check_button.click()
    assert engine.canceled == [asked[-1].job]
    engine.heard.emit(JobCanceled(job=asked[-1].job))
    assert page.check_button.text() == "Check the labels"
    assert not page.progress.isVisible()


def test_the_list_is_copied_as_comma_separated_values(page):
    page.copy_button.click()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "image,label,seems,probability,confident,verdict"
    assert len(lines) == 1 + len(page.gallery.tiles)
    assert lines[1].split(",")[0] == str(page.gallery.tiles[0].number)
