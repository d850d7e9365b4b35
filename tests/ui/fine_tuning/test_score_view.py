"""The My-hand score, drawn with the mouse: nothing led, nothing lost, an honest result."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from staging import FOUR, ONE, SEVEN, ZERO, draw_strokes, stroke

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.collection import Collection
from cnn_studio.core.drawing.hand_score import prompts, seed_of, session_of
from cnn_studio.core.drawing.jsonl import Drawing
from cnn_studio.core.runs.fine_tuning_record import digest_of
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.fine_tuning.score_result import Reference
from cnn_studio.ui.fine_tuning.score_view import ScoreView, read_session
from cnn_studio.ui.services.background_task import wait_for_background

SHAPES = {"0": ZERO, "1": ONE, "4": FOUR, "7": SEVEN}
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def classifier():
    return Classifier(resource("models", "digits.onnx"))


@pytest.fixture
def collection(tmp_path):
    return Collection(tmp_path / "my-drawings.jsonl")


@pytest.fixture
def open_view(qtbot, theme, settings, collection, classifier):
    made = []

    def open_one():
        view = ScoreView(
            theme, collection, settings, classifier, Reference("Studio digits", "MNIST digits", 0.9966)
        )
        view.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        made.append(view)
        with qtbot.waitExposed(view):
            view.show()
        qtbot.waitUntil(view.start_button.isEnabled)
        return view

    yield open_one
    wait_for_background(10)
    for view in made:
        view.close()
        view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def view(open_view):
    return open_view()


def click(button):
    QTest.mouseClick(button, LEFT)


def pen(view, shape=None):
    draw_strokes(view.page.canvas, shape or SHAPES.get(view.page.prompt.text(), SEVEN))


def start(view):
    click(view.start_button)
    return prompts("0123456789", seed_of(view.session.name))


def finish(view, qtbot):
    click(view.page.stop)
    qtbot.waitUntil(view.result_page.isVisible)


def test_prompts_come_in_the_order_of_the_session(view, collection):
    asked = start(view)
    for number, prompt in enumerate(asked[:4]):
        assert view.page.prompt.text() == prompt
        assert view.page.number.text() == f"{number + 1} of 50"
        pen(view)
        click(view.page.next)
    assert [each.label for each in collection.drawings] == list(asked[:4])
    assert all(before != after for before, after in pairwise(asked))


def test_each_drawing_is_on_disk_before_the_next_is_asked_for(view, collection):
    start(view)
    for count in range(1, 4):
        pen(view)
        click(view.page.next)
        again = Collection(collection.path).drawings
        assert len(again) == count
        assert {(each.origin, each.session) for each in again} == {("score", view.session.name)}


def test_the_answer_is_kept_but_not_shown(view, collection):
    asked = start(view)
    pen(view, SEVEN)
    click(view.page.next)
    (kept,) = collection.drawings
    assert (kept.answered, kept.label) == ("7", asked[0])
    assert kept.confidence > 0.9
    texts = [each.text() for each in view.page.findChildren(type(view.page.prompt))]
    assert not any("%" in text for text in texts)


def test_enter_keeps_the_drawing_and_an_empty_sheet_does_nothing(view, collection):
    start(view)
    QTest.keyClick(view.page.canvas, Qt.Key.Key_Return)
    assert collection.drawings == ()
    pen(view)
    QTest.keyClick(view.page.canvas, Qt.Key.Key_Return)
    assert len(collection.drawings) == 1
    assert view.page.canvas.sketch.empty
    assert not view.page.canvas.sketch.can_undo  # undo does not bring the last digit back


def test_back_takes_the_drawing_out_and_asks_again(view, collection):
    asked = start(view)
    assert not view.page.back.isEnabled()
    pen(view)
    click(view.page.next)
    click(view.page.back)
    assert collection.drawings == ()
    assert view.page.prompt.text() == asked[0]
    assert view.page.number.text() == "1 of 50"


def test_skip_leaves_one_out_and_back_returns_to_it(view, collection):
    asked = start(view)
    click(view.page.skip)
    assert view.page.prompt.text() == asked[1]
    click(view.page.back)
    assert view.page.prompt.text() == asked[0]
    assert collection.drawings == ()


def test_it_goes_on_by_itself_only_when_asked_to(view, collection, qtbot, settings):
    start(view)
    view.page._pause.setInterval(30)
    pen(view)
    qtbot.wait(100)
    assert collection.drawings == ()
    view.page.goes_on.click()
    assert settings.score_goes_on
    qtbot.waitUntil(lambda: len(collection.drawings) == 1)
    stroke(view.page.canvas, ONE[0], lift=False)
    qtbot.wait(100)
    assert len(collection.drawings) == 1  # never while the pen is down


def test_an_interrupted_session_goes_on_another_day(open_view, collection):
    first = open_view()
    asked = start(first)
    name = first.session.name
    for _ in range(3):
        pen(first)
        click(first.page.next)
    first.close()
    second = open_view()
    assert second.go_on_button.isVisible()
    assert "3 of 50" in second.go_on_button.text()
    click(second.go_on_button)
    assert second.session.name == name
    assert second.page.prompt.text() == asked[3]
    assert second.page.number.text() == "4 of 50"
    click(second.page.back)  # also what was drawn on the day before can be drawn again
    assert len(collection.drawings) == 2
    assert second.page.prompt.text() == asked[2]


def test_result_counts_what_was_read(view, collection, qtbot):
    start(view)
    for _ in range(6):
        pen(view, SEVEN)
        click(view.page.next)
    finish(view, qtbot)
    shown = [each.label for each in collection.drawings]
    right = shown.count("7")
    assert view.result_page.figure.text() == f"{100 * right / 6:.0f} %"
    assert f"{right} of 6" in view.result_page.interval.text()
    assert "99.66 %" in view.result_page.reference.text()
    assert "6 of 50" in view.result_page.verdict.text()
    matrix = view.result_page.matrix.counts
    assert matrix.sum() == 6
    assert matrix[:, 7].sum() == 6
    assert view.result_page.pictures.count() == 6 - right
    assert view.result_page.pictures.item(0).text().endswith("read 7")
    assert "Too few drawings" in view.result_page.advice.text()


def test_whole_session_ends_with_advice_for_each_class(view, collection, qtbot):
    start(view)
    for _ in range(50):
        view.page.drawn.emit(tuple(tuple(points) for points in SEVEN))
    qtbot.waitUntil(view.result_page.isVisible)
    assert len(collection.drawings) == 50
    text = view.result_page.advice.text()
    for name in "012345689":
        assert f"Teach {name}: 5 of 5 were misread, 5 as 7." in text
    assert "No drawing of 7 was misread; with so few, that means 57 % or better." in text
    assert "worse than its test images" in view.result_page.verdict.text()


def test_skip_after_the_last_prompt_does_nothing(view, collection, qtbot):
    start(view)
    pen(view)
    click(view.page.next)
    while view._queue:
        view.page.skipped.emit()
    view.page.skipped.emit()
    view.page.back.click()
    qtbot.waitUntil(view.result_page.isVisible)
    assert len(collection.drawings) == 1


def test_drawings_the_model_was_taught_do_not_count(view, collection, classifier):
    start(view)
    for shape in (FOUR, ONE, ZERO):
        pen(view, shape)
        click(view.page.next)
    session = session_of(view.session.name, classifier.card.classes, collection.drawings)
    taught = digest_of(Drawing(collection.drawings[0].strokes))
    assert len(read_session(session, classifier).images) == 3
    assert len(read_session(session, classifier, {taught}).images) == 2


def test_the_drawings_can_be_taught(view, collection, qtbot):
    start(view)
    pen(view)
    click(view.page.next)
    finish(view, qtbot)
    with qtbot.waitSignal(view.fine_tuning_requested) as asked:
        click(view.result_page.teach)
    assert asked.args[0] == tuple(each.id for each in collection.drawings)


def test_a_full_disk_keeps_the_drawing_on_the_sheet(view, collection, monkeypatch):
    start(view)
    pen(view)
    prompt = view.page.prompt.text()

    def fail(content):
        raise OSError("No space left on device")

    monkeypatch.setattr(collection._journal, "append", fail)
    click(view.page.next)
    assert "No space left" in view.banner.text
    assert view.page.prompt.text() == prompt
    assert not view.page.canvas.sketch.empty
    monkeypatch.undo()
    click(view.page.next)
    assert len(collection.drawings) == 1


def test_opened_from_the_pads_menu_and_from_my_drawings(window, draw, qtbot):
    action = next(each for each in draw.tools.menu.actions() if each.objectName() == "handScoreAction")
    action.trigger()
    (view,) = window.findChildren(ScoreView)
    qtbot.waitUntil(view.start_button.isEnabled)
    action.trigger()
    assert window.findChildren(ScoreView) == [view]
    view.close()
    assert draw.teach.my_drawings.findChild(object, "openScoreButton") is not None
