"""The map: points that the gallery follows, and that follow the gallery."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from staging import make_run, wait

from cnn_studio.core.evaluation.embedding import Embedding, load_embedding, save_embedding, unfinished_path
from cnn_studio.core.protocol.commands import Embed
from cnn_studio.core.protocol.events import EmbeddingEnded, EmbeddingMoved, JobCanceled, JobFailed
from cnn_studio.core.runs.run_folder import KERAS_FILE
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.map.map_page import MapPage
from cnn_studio.ui.services.evaluation_loader import load_evaluation_with_metrics

LEFT = Qt.MouseButton.LeftButton
# Two clumps, ten points each: images 0 to 9 lower left, 100 to 109 upper right.
NUMBERS = np.concatenate([np.arange(10), np.arange(100, 110)])
POINTS = np.concatenate(
    [np.random.default_rng(0).uniform(0, 1, (10, 2)), np.random.default_rng(1).uniform(9, 10, (10, 2))]
).astype(np.float32)


def embedding(done=1.0):
    return Embedding(POINTS, NUMBERS, "t-sne", "2", np.zeros(2, np.float32), done)


@pytest.fixture
def asked(engine, monkeypatch):
    """What the engine is asked to embed."""
    commands = []
    send = engine._send

    def record(command):
        if isinstance(command, Embed):
            commands.append(command)
            engine.jobs.append(command.job)
        return send(command)

    monkeypatch.setattr(engine, "_send", record)
    return commands


@pytest.fixture
def page(qtbot, theme, engine, asked, tmp_path):
    run = make_run(tmp_path / "runs")
    (run / KERAS_FILE).touch()
    made = MapPage(theme, engine, ImageSelection())
    qtbot.addWidget(made)
    made.resize(600, 600)
    with qtbot.waitExposed(made):
        made.show()
    made.show_reading(load_evaluation_with_metrics(run))
    wait(qtbot, made.layer.currentIndexChanged, lambda: made.layer.count() > 1)
    return made


@pytest.fixture
def placed(page, asked, engine, qtbot):
    """A page whose map was made."""
    page.make_button.click()
    save_embedding(embedding(), page._path)
    engine.heard.emit(EmbeddingEnded(job=asked[-1].job, path=str(page._path)))
    qtbot.waitUntil(lambda: len(page.scatter.points) == 20)
    return page


def drag_around(scatter, points):
    """Draw a lasso around some points."""
    places = [scatter.position_of(point) for point in points]
    left, right = min(p.x() for p in places) - 12, max(p.x() for p in places) + 12
    top, bottom = min(p.y() for p in places) - 12, max(p.y() for p in places) + 12
    corners = [
        QPoint(round(x), round(y)) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ]
    QTest.mousePress(scatter, LEFT, pos=corners[0])
    for corner in (*corners[1:], corners[0]):
        QTest.mouseMove(scatter, corner)
    QTest.mouseRelease(scatter, LEFT, pos=corners[0])


def test_the_layer_before_the_classes_is_asked_for_unless_another_is_chosen(page, asked, engine):
    before = page.layer.itemData(page.layer.count() - 2)
    page.make_button.click()
    assert (asked[-1].layer, asked[-1].method, asked[-1].subset) == (before, "t-sne", "test")
    engine.heard.emit(JobCanceled(job=asked[-1].job))
    page.layer.setCurrentIndex(0)
    page.findChild(type(page.make_button), "pcaButton").click()
    page.make_button.click()
    assert (asked[-1].layer, asked[-1].method) == ("1", "pca")


def test_a_lasso_chooses_the_images_inside_it(placed):
    drag_around(placed.scatter, range(10, 20))
    assert sorted(placed._selection.numbers.tolist()) == list(range(100, 110))
    assert "10" in placed._selection.title


def test_a_click_chooses_one_image_and_beside_all_points_none(placed):
    QTest.mouseClick(placed.scatter, LEFT, pos=placed.scatter.position_of(12).toPoint())
    chosen = placed._selection.numbers.tolist()
    assert len(chosen) == 1
    assert chosen[0] >= 100  # of that clump; points may lie on one another
    QTest.mouseClick(placed.scatter, LEFT, pos=QPoint(300, placed.scatter.height() // 2))
    assert placed._selection.numbers.tolist() == []


def test_images_chosen_elsewhere_are_lit(placed):
    placed._selection.choose([3, 105, 5000], "elsewhere")
    assert placed.scatter.chosen.tolist() == [3, 15]


def test_images_marked_in_the_gallery_are_lit_alone(placed):
    placed._selection.choose([3, 105, 107], "elsewhere")
    placed._selection.mark(np.array([107]))
    assert placed.scatter.chosen.tolist() == [17]
    placed._selection.choose([4], "others")
    assert placed.scatter.chosen.tolist() == [4]


def test_zoom_keeps_the_point_under_the_mouse_in_place(placed):
    scatter = placed.scatter
    before = scatter.position_of(4)
    scatter._zoom_by(2.0, before)
    after = scatter.position_of(4)
    assert (after - before).manhattanLength() < 1e-6
    assert (scatter.position_of(15) - before).manhattanLength() > 400  # the others went away from it
    QTest.mouseDClick(scatter, LEFT, pos=QPoint(5, 5))
    assert abs(scatter.position_of(4).x() - before.x()) < 1e-6


def move(page, engine, job, done=0.4):
    """Let the points of the map under way move, as the engine does; return where they are kept."""
    part = unfinished_path(page._path)
    save_embedding(embedding(done), part)
    engine.heard.emit(EmbeddingMoved(job=job, path=str(part), done=done))
    return part


def test_progress_is_shown_and_stop_leaves_no_half_map(page, asked, engine, qtbot):
    page.make_button.click()
    part = move(page, engine, asked[-1].job)
    qtbot.waitUntil(lambda: len(page.scatter.points) == 20)
    assert page.progress.value() == 40
    assert page.make_button.text() == "Stop"
    page.make_button.click()
    assert engine.canceled == [asked[-1].job]
    engine.heard.emit(JobCanceled(job=asked[-1].job))
    assert len(page.scatter.points) == 0
    assert not page._path.exists()
    assert not part.exists()


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("end", [JobCanceled, JobFailed])
def test_making_a_map_again_in_vain_keeps_the_one_that_was_there(placed, asked, engine, qtbot, moved, end):
    kept = placed._path.read_bytes()
    placed.perplexity.setValue(50)
    placed.make_button.click()
    job = asked[-1].job
    if moved:
        part = move(placed, engine, job)
        qtbot.waitUntil(lambda: placed._embedding.done == 0.4)
    engine.heard.emit(JobCanceled(job=job) if end is JobCanceled else JobFailed(job=job, what="No.", why=""))
    assert placed._path.read_bytes() == kept
    assert placed._embedding.done == 1
    assert len(placed.scatter.points) == 20
    assert placed.make_button.text() == "Make it again"
    assert not moved or not part.exists()


def test_points_that_vanish_while_they_move_do_not_empty_the_map(placed, asked, engine, qtbot):
    """The engine has ended and deleted them, and the news of that is still on its way."""
    placed.make_button.click()
    answered = []
    show = placed._loader._on_error
    placed._loader._on_error = lambda error: (show(error), answered.append(error))
    gone = unfinished_path(placed._path)
    engine.heard.emit(EmbeddingMoved(job=asked[-1].job, path=str(gone), done=0.9))
    qtbot.waitUntil(lambda: bool(answered))
    assert len(placed.scatter.points) == 20
    save_embedding(embedding(), placed._path)
    engine.heard.emit(EmbeddingEnded(job=asked[-1].job, path=str(placed._path)))
    qtbot.waitUntil(lambda: placed._embedding.done == 1)
    assert load_embedding(placed._path).done == 1


def test_a_map_given_up_for_another_run_is_not_taken_for_a_whole_one(page, asked, engine, qtbot):
    page.make_button.click()
    save_embedding(embedding(0.4), page._path)
    engine.heard.emit(EmbeddingMoved(job=asked[-1].job, path=str(page._path), done=0.4))
    qtbot.waitUntil(lambda: len(page.scatter.points) == 20)
    page.show_reading(page.reading)
    assert engine.canceled == [asked[-1].job]
    read_again = []
    page._loader._on_done = lambda made: (page._take(made), read_again.append(made))
    qtbot.waitUntil(lambda: bool(read_again))
    assert len(page.scatter.points) == 0
    assert page.make_button.text() == "Make the map"


def test_a_failure_is_told_in_the_page(page, asked, engine):
    page.make_button.click()
    engine.heard.emit(JobFailed(job=asked[-1].job, what="No.", why="Because.", remedy="Do."))
    assert page.banner.isVisible()
    assert page.make_button.isEnabled()


def test_a_map_made_before_is_shown_again(placed, theme, engine, qtbot):
    again = MapPage(theme, engine, ImageSelection())
    qtbot.addWidget(again)
    again.show_reading(placed.reading)
    qtbot.waitUntil(lambda: len(again.scatter.points) == 20)


def test_every_coloring_gives_each_point_a_color(placed):
    for row in range(placed.coloring.count()):
        placed.coloring.setCurrentIndex(row)
        placed.coloring.activated.emit(row)
        assert len(placed.scatter._groups) == 20
        assert placed.scatter._groups.max() < len(placed.scatter._colors)


def test_a_model_without_layers_cannot_be_mapped(page):
    (page.reading.folder / KERAS_FILE).unlink()
    page.show_reading(page.reading)
    assert not page.make_button.isEnabled()
    assert "no layers to look into" in page.scatter.hint
