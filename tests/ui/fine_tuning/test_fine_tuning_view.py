"""Teaching from the window: what would be taught, the progress, before and after, and the way back."""

import json
import shutil

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid
from staging import batch, make_run

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.collection import Collection
from cnn_studio.core.drawing.jsonl import read_drawings
from cnn_studio.core.protocol.events import FineTuningEnded, JobCanceled, JobFailed, StageEntered
from cnn_studio.core.runs.fine_tuning_record import (
    Change,
    FineTuningDrawing,
    FineTuningRecord,
    Score,
    digest_of,
    held_back,
    write_fine_tuning,
    write_fine_tuning_drawings,
)
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.ui.fine_tuning.fine_tuning_view import FineTuningView
from cnn_studio.ui.services.background_task import wait_for_background
from cnn_studio.ui.services.model_registry import ModelRegistry

LEFT = Qt.MouseButton.LeftButton
SHIPPED = resource("models", "digits.onnx")
TEST = Change(before=Score(9966, 10_000), after=Score(9964, 10_000), fixed=3, broken=5)


@pytest.fixture
def collection(tmp_path):
    """Twenty drawings of a score, five corrected ones, and one that no digit model knows."""
    made = Collection(tmp_path / "my-drawings.jsonl")
    random = np.random.default_rng(0)
    for number in range(25):
        label = str(number % 5)
        origin = (
            {"origin": "score", "session": "score-20260101T000000-1"}
            if number < 20
            else {"origin": "corrected"}
        )
        made.add(
            [stroke.tolist() for stroke in drawn_digit_strokes(int(label), random)], label, side=1, **origin
        )
    made.add([[(0.0, 0.0), (1.0, 1.0)]], "A", side=1)
    return made


@pytest.fixture
def open_view(qtbot, theme, engine, collection, tmp_path):
    made = []

    def open_one(chosen=(), model=SHIPPED):
        registry = ModelRegistry(tmp_path / "runs")
        with qtbot.waitSignal(registry.changed):
            registry.refresh()
        view = FineTuningView(theme, engine, registry, collection, model, chosen)
        made.append(view)
        with qtbot.waitExposed(view):
            view.show()
        qtbot.waitUntil(lambda: view.summary.text() != "" or view.banner.isVisible())
        return view

    yield open_one
    for view in filter(isValid, made):
        view.close()
    wait_for_background(10)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def click(button):
    QTest.mouseClick(button, LEFT)


def begin(view, engine, qtbot):
    click(view.train_button)
    qtbot.waitUntil(lambda: bool(engine.taught))
    return engine.jobs[-1], engine.taught[-1]


def choose(box, number):
    box.setCurrentIndex(number)
    box.activated.emit(number)


def write_outcome(tmp_path, drawings_file, fixed=2, broken=1):
    """Write what the engine would leave: the first held-back drawings are fixed, then some are broken."""
    folder = make_run(tmp_path / "runs", name="20260103-000000-taught")
    drawings = read_drawings(drawings_file)
    labels = [str(each.label) for each in drawings]
    held = held_back(labels, [digest_of(each) for each in drawings], 0.4, 1)
    rows, changed = [], 0
    for drawing, label, kept in zip(drawings, labels, held, strict=True):
        changed += bool(kept)
        before = "9" if kept and changed <= fixed else label
        after = "8" if kept and fixed < changed <= fixed + broken else label
        rows.append(
            FineTuningDrawing(
                label=label, digest=digest_of(drawing), held_back=bool(kept), before=before, after=after
            )
        )
    fine_tuning = FineTuningRecord(
        source="digits", seed=1, dataset="mnist", drawings=tuple(rows), test=TEST,
        classes=tuple("0123456789"), seconds=31.4, notes=("No drawing of 9: nothing was taught of it.",),
    )  # fmt: skip
    write_fine_tuning(folder, fine_tuning)
    write_fine_tuning_drawings(folder, drawings)
    return folder, fine_tuning


@pytest.fixture
def outcome(open_view, engine, qtbot, tmp_path):
    """A view that shows how fine-tuning ended."""
    view = open_view()
    job, (_, drawings, *_) = begin(view, engine, qtbot)
    folder, fine_tuning = write_outcome(tmp_path, drawings)
    engine.heard.emit(FineTuningEnded(job=job, run=str(folder), held=fine_tuning.held, test=TEST))
    qtbot.waitUntil(view.result_page.isVisible)
    return view, folder


def test_counts_are_said_before_anything_begins(open_view):
    view = open_view()
    assert view.summary.text() == "15 drawings to train on, 10 held back"
    spoken = [", ".join(f"{name} {count}" for name in "01234") for count in (3, 2)]
    assert view.by_class.accessibleName() == f"trained on: {spoken[0]}. held back: {spoken[1]}"
    choose(view.share, 2)
    choose(view.selection, 1)
    titles = [view.selection.itemText(number) for number in range(view.selection.count())]
    assert titles == ["All of My drawings (26)", "Corrected ones (5)", "The last My-hand score (20)"]


def test_drawings_that_were_handed_over_are_offered_first(open_view, collection, qtbot):
    view = open_view([each.id for each in collection.drawings[:10]])
    assert view.selection.currentText() == "These drawings (10)"
    assert view.summary.text() == "5 drawings to train on, 5 held back"


def test_too_few_drawings_are_said_and_nothing_can_begin(open_view, qtbot):
    view = open_view()
    choose(view.selection, 1)
    qtbot.waitUntil(view.banner.isVisible)
    assert "too few drawings" in view.banner.text
    assert not view.train_button.isEnabled()
    choose(view.selection, 0)
    qtbot.waitUntil(view.train_button.isEnabled)
    assert not view.banner.isVisible()


def test_an_opened_file_cannot_be_taught(open_view, qtbot, tmp_path, theme):
    view = open_view()
    opened = tmp_path / "stranger.onnx"
    shutil.copy(resource("models", "digits.onnx"), opened)
    entry = type(view.models.itemData(0))("stranger", opened)
    view.models.addItem("stranger", entry)
    choose(view.models, view.models.count() - 1)
    qtbot.waitUntil(view.banner.isVisible)
    assert "stranger cannot be fine-tuned" in view.banner.text
    assert "Choose the shipped model or a run" in view.banner.text


def test_the_engine_is_given_the_model_the_drawings_and_the_share(open_view, engine, qtbot):
    view = open_view()
    job, (source, drawings, share, seed) = begin(view, engine, qtbot)
    assert source == resource("models", "digits.keras")
    assert share == 0.4
    lines = [json.loads(line) for line in drawings.read_text().splitlines()]
    assert [line["label"] for line in lines] == [str(number % 5) for number in range(25)]
    held = held_back(
        [line["label"] for line in lines], [digest_of(each) for each in read_drawings(drawings)], share, seed
    )
    assert held.sum() == 10
    engine.heard.emit(JobCanceled(job=job))
    assert not drawings.exists()


def test_a_run_is_taught_from_its_folder(open_view, engine, qtbot, tmp_path):
    folder = make_run(tmp_path / "runs")
    view = open_view(model=folder / "model.onnx")
    assert view.models.currentData().run is not None
    _, (source, *_) = begin(view, engine, qtbot)
    assert source == folder


def test_progress_and_cancel(open_view, engine, qtbot):
    view = open_view()
    job, _ = begin(view, engine, qtbot)
    engine.heard.emit(StageEntered(job=job, text="Preparing the images"))
    assert view.state.text() == "Preparing the images"
    engine.heard.emit(batch(job, step=150, steps=300))
    assert (view.progress.value(), view.progress.maximum()) == (150, 300)
    assert not view.train_button.isVisible()
    click(view.cancel_button)
    assert engine.canceled == [job]
    engine.heard.emit(batch(job, step=160, steps=300))
    assert view.state.text() == "Canceling …"
    engine.heard.emit(JobCanceled(job=job))
    assert "nothing was changed" in view.banner.text
    assert view.train_button.isVisible()
    assert view.train_button.isEnabled()


def test_a_failure_is_explained_and_can_be_tried_again(open_view, engine, qtbot):
    view = open_view()
    job, _ = begin(view, engine, qtbot)
    engine.heard.emit(
        JobFailed(job=job, what="Cannot read the data set.", why="It is gone.", remedy="Put it back.")
    )
    assert "It is gone." in view.banner.text
    assert view.train_button.isEnabled()


def test_closing_the_window_cancels(open_view, engine, qtbot):
    view = open_view()
    job, _ = begin(view, engine, qtbot)
    view.close()
    assert engine.canceled == [job]
    engine.heard.emit(JobCanceled(job=job))


def test_escape_closes_and_cancels_once(open_view, engine, qtbot):
    view = open_view()
    job, _ = begin(view, engine, qtbot)
    click(view.cancel_button)
    assert engine.canceled == [job]
    with qtbot.waitSignal(view.destroyed, timeout=20_000):
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert engine.canceled == [job]  # a second one would end the engine at once


def test_before_and_after_stand_side_by_side(outcome):
    page = outcome[0].result_page
    held = [figure.text() for figures in page.held._figures for figure in figures]
    assert held == ["80 %", "8 of 10", "95 %: 49 – 94 %", "90 %", "9 of 10", "95 %: 60 – 98 %"]
    test = [figure.text() for figures in page.test._figures for figure in figures]
    assert test[:2] == ["99.66 %", "9,966 of 10,000"]
    assert test[3:5] == ["99.64 %", "9,964 of 10,000"]
    assert page.test.sentence.text().startswith("3 read correctly now, 5 misread now: within chance")
    assert page.fixed.count() == 2
    assert page.broken.count() == 1
    assert page.fixed.item(0).text().startswith("9 → ")
    assert page.broken.item(0).text().endswith("→ 8")
    assert "No drawing of 9" in page.notes.text()


def test_the_taught_model_can_be_discarded_and_brought_back(outcome, qtbot, studio_home):
    view, folder = outcome
    with qtbot.waitSignal(view.discarded):
        click(view.result_page.discard)
    assert not folder.exists()
    assert not view.result_page.use.isEnabled()
    with qtbot.waitSignal(view.result_page.brought_back):
        click(view.result_page.discard)
    assert (folder / "run.json").is_file()
    assert view.result_page.use.isEnabled()
    with qtbot.waitSignal(view.discarded):
        click(view.result_page.discard)
    view.close()
    qtbot.waitUntil(lambda: not (studio_home / "discarded").exists())
    assert not folder.exists()


def test_use_hands_over_the_run_and_closes(outcome, qtbot):
    view, folder = outcome
    with qtbot.waitSignal(view.use_requested) as asked:
        click(view.result_page.use)
    assert asked.args == [folder]
    assert not view.isVisible()


def test_the_taught_model_answers_in_the_draw_tab(window, draw, engine, qtbot, tmp_path):
    folder = make_run(tmp_path / "runs", name="20260103-000000-taught")
    window.fine_tuning.windows._use(folder)
    qtbot.waitUntil(lambda: draw.classifier.path == folder / "model.onnx")
    assert draw.selector.currentData() == str(folder / "model.onnx")
    window.fine_tuning.windows._forget(folder)
    qtbot.waitUntil(lambda: draw.classifier.path == resource("models", "digits.onnx"))


def test_opened_from_the_pads_menu(window, draw, qtbot):
    action = next(each for each in draw.tools.menu.actions() if each.objectName() == "teachAction")
    action.trigger()
    (view,) = window.findChildren(FineTuningView)
    qtbot.waitUntil(view.banner.isVisible)
    assert "too few drawings" in view.banner.text
    action.trigger()
    assert window.findChildren(FineTuningView) == [view]
    view.close()
