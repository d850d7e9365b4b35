"""The Evaluate tab: every number and every image compared with the run's own file."""

import os
import shutil
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QProgressBar, QPushButton
from staging import answers_of, make_run, mnist_test_images, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.core.protocol.events import EvaluationEnded, EvaluationProgressed, JobCanceled, JobFailed
from cnn_studio.ui.evaluate import evaluate_tab

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def shown(evaluate, run, qtbot):
    """The Evaluate tab with that run's answers."""
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    return evaluate


def click_cell(tab, qtbot, true, predicted):
    qtbot.mouseClick(tab.matrix, LEFT, pos=tab.matrix.cell_center(true, predicted).toPoint())


def numbers(tab):
    return [tile.number for tile in tab.gallery.tiles]


def test_empty_tab_says_what_will_be_there(evaluate):
    assert evaluate.matrix.counts.size == 0
    assert "click Evaluate" in evaluate.matrix.hint
    assert (
        evaluate.header.selector.currentText() == "Studio digits"
    )  # it can be evaluated before anything is trained
    assert not evaluate.findChild(QPushButton, "allErrorsButton").isEnabled()
    assert list(evaluate.gallery.tiles) == []


def test_matrix_counts_every_answer_of_the_run(shown, run):
    labels, predictions, _ = answers_of(run)
    counts = np.zeros((10, 10), int)
    for true, predicted in zip(labels, predictions, strict=True):
        counts[true, predicted] += 1
    np.testing.assert_array_equal(shown.matrix.counts, counts)


def test_figures_are_those_of_the_run(shown):
    assert shown.findChild(QLabel, "accuracyFigure").text() == "97.00 %"  # 300 of 10,000 misread
    assert shown.findChild(QLabel, "errorsFigure").text() == "300 errors"


def test_all_errors_are_shown_the_most_confident_first(shown, run):
    labels, predictions, confidences = answers_of(run)
    wrong = np.flatnonzero(labels != predictions)
    assert numbers(shown) == sorted(wrong, key=lambda number: -confidences[number])
    assert [tile.confidence for tile in shown.gallery.tiles] == pytest.approx(
        sorted(confidences[wrong], reverse=True)
    )


def test_tiles_name_true_and_predicted_class(shown, run):
    labels, predictions, _ = answers_of(run)
    for tile in shown.gallery.tiles:
        assert (tile.true, tile.predicted) == (str(labels[tile.number]), str(predictions[tile.number]))


def test_tiles_show_those_very_images(shown):
    images, _ = mnist_test_images()
    model = shown.gallery.model()
    for tile in shown.gallery.tiles:
        np.testing.assert_array_equal(model.images[tile.number].reshape(28, 28), images[tile.number])


@pytest.mark.parametrize(("true", "predicted"), [(4, 9), (9, 4), (0, 0), (7, 2), (0, 9), (9, 0)])
def test_click_on_a_cell_shows_exactly_its_images(shown, run, qtbot, true, predicted):
    click_cell(shown, qtbot, true, predicted)
    labels, predictions, confidences = answers_of(run)
    expected = [n for n in range(len(labels)) if labels[n] == true and predictions[n] == predicted]
    assert shown.matrix.selected == (true, predicted)
    assert numbers(shown) == sorted(expected, key=lambda number: -confidences[number])
    title = shown.findChild(QLabel, "galleryTitle").text()
    assert f"{len(expected):,} image" in title or f"{len(expected)} image" in title


def test_all_errors_button_leaves_the_cell(shown, qtbot):
    errors = numbers(shown)
    click_cell(shown, qtbot, 3, 5)
    qtbot.mouseClick(shown.findChild(QPushButton, "allErrorsButton"), LEFT)
    assert numbers(shown) == errors
    assert shown.matrix.selected is None


def test_run_without_an_evaluation_is_explained(evaluate, run, qtbot):
    (run / "evaluation.npz").unlink()
    with qtbot.waitSignal(evaluate._loader._carrier.failed):
        evaluate.show_run(run)
    assert evaluate.banner.isVisible()
    assert "Cannot read the evaluation." in evaluate.banner.text
    assert "Evaluate the run again." in evaluate.banner.text


def test_runs_are_listed_newest_first_and_can_be_chosen(evaluate, run, tmp_path, window, qtbot):
    newer = make_run(
        tmp_path / "runs", "20260203-000000-newer", "2026-02-03T00:00:00+00:00", seed=1, wrong=17
    )
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    selector = evaluate.findChild(QComboBox, "runSelector")
    assert [selector.itemData(number) for number in range(2)] == [str(newer), str(run)]
    assert selector.itemText(selector.count() - 1) == "Studio digits"
    evaluate.show_run(newer)
    wait(
        qtbot,
        evaluate.gallery.model().modelReset,
        lambda: evaluate.reading and evaluate.reading.folder == newer,
    )
    assert len(evaluate.gallery.tiles) == 17
    selector.setCurrentIndex(1)
    selector.activated.emit(1)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: len(evaluate.gallery.tiles) == 300)


def test_selector_names_the_run_that_is_shown_whatever_is_read_first(evaluate, run, tmp_path, window, qtbot):
    """A run that ends is read twice at once: its answers, and the list of runs."""
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    newer = make_run(
        tmp_path / "runs", "20260203-000000-newer", "2026-02-03T00:00:00+00:00", seed=1, wrong=17
    )
    evaluate.show_run(newer)  # its answers come first ...
    wait(
        qtbot,
        evaluate.gallery.model().modelReset,
        lambda: evaluate.reading and evaluate.reading.folder == newer,
    )
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()  # ... and then the list that has it
    assert evaluate.reading.folder == newer
    assert evaluate.findChild(QComboBox, "runSelector").currentData() == str(newer)


def is_empty(tab):
    return (
        tab.reading is None
        and tab.matrix.counts.size == 0
        and not tab.gallery.tiles
        and not tab.findChild(QLabel, "accuracyFigure").text()
        and not tab.findChild(QLabel, "errorsFigure").text()
        and not tab.findChild(QLabel, "intervalFigure").text()
        and not tab.confusion.save_button.isEnabled()
    )


@pytest.fixture
def two(window, shown, run, tmp_path, qtbot):
    """The tab with a run shown, and an older one whose evaluation is damaged."""
    older = make_run(tmp_path / "runs", "20260101-000000-older", "2026-01-01T00:00:00+00:00", seed=1)
    (older / "evaluation.npz").write_bytes(b"PK")
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    return shown, older


def choose(tab, qtbot, folder):
    tab.header.selector.setCurrentIndex(tab.header.selector.findData(str(folder)))
    tab.header.selector.activated.emit(tab.header.selector.currentIndex())


def test_run_that_cannot_be_read_leaves_nothing_of_the_one_before(two, qtbot):
    tab, older = two
    choose(tab, qtbot, older)
    qtbot.waitUntil(tab.banner.isVisible)
    assert is_empty(tab)
    assert tab.header.selector.currentData() == str(older)


def test_export_takes_the_chosen_run(two, qtbot, window):
    tab, older = two
    choose(tab, qtbot, older)
    qtbot.waitUntil(tab.banner.isVisible)
    qtbot.mouseClick(tab.header.export_button, LEFT)
    assert window.findChild(QDialog, "exportDialog").source == older


def test_damaged_evaluation_is_made_again_by_a_button(two, qtbot, engine, run):
    tab, older = two
    choose(tab, qtbot, older)
    qtbot.waitUntil(tab.banner.isVisible)
    qtbot.mouseClick(tab.header.evaluate_button, LEFT)
    assert engine.evaluated == [(older, older / "evaluation.npz", None, "test")]
    assert not tab.header.evaluate_button.isEnabled()
    shutil.copy(run / "evaluation.npz", older / "evaluation.npz")
    engine.heard.emit(
        EvaluationEnded(job=engine.jobs[-1], path=str(older / "evaluation.npz"), accuracy=0.97, loss=0.1)
    )
    wait(qtbot, tab.gallery.model().modelReset, lambda: tab.reading is not None)
    assert tab.reading.folder == older
    assert len(tab.gallery.tiles) == 300
    assert not tab.banner.isVisible()


def test_failed_evaluation_is_explained_and_can_be_tried_again(two, qtbot, engine):
    tab, older = two
    choose(tab, qtbot, older)
    qtbot.waitUntil(tab.banner.isVisible)
    qtbot.mouseClick(tab.header.evaluate_button, LEFT)
    engine.heard.emit(JobFailed(job=engine.jobs[-1], what="No model.", why="Gone.", remedy="Train."))
    assert tab.banner.text == "No model. Gone. Train."
    assert tab.header.evaluate_button.isEnabled()


def test_deleted_run_is_neither_shown_nor_exported(window, shown, run, qtbot):
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    shutil.rmtree(run)
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    assert is_empty(shown)
    assert shown.header.selector.currentText() == "Studio digits"
    assert shown.header.selector.findData(str(run)) < 0


def test_next_run_takes_the_place_of_a_deleted_one(window, shown, run, tmp_path, qtbot):
    other = make_run(tmp_path / "runs", "20260101-000000-older", "2026-01-01T00:00:00+00:00", wrong=17)
    shutil.rmtree(run)
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    wait(qtbot, shown.gallery.model().modelReset, lambda: len(shown.gallery.tiles) == 17)
    assert shown.reading.folder == other


def change_dataset(run, **changes):
    with np.load(run / "evaluation.npz") as archive:
        content = dict(archive)
    np.savez(run / "evaluation.npz", **{**content, **changes})


def test_matrix_is_shown_without_images_where_the_data_have_moved(evaluate, run, qtbot):
    change_dataset(run, dataset=np.array("file:/moved/away"))
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    assert evaluate.matrix.counts.sum() == 10_000
    assert evaluate.findChild(QLabel, "accuracyFigure").text() == "97.00 %"
    assert evaluate.banner.isVisible()
    assert "/moved/away" in evaluate.banner.text
    click_cell(evaluate, qtbot, 4, 9)
    assert evaluate.gallery.model().images is None


def test_data_that_changed_since_show_no_wrong_images(evaluate, run, qtbot):
    labels, _, _ = answers_of(run)
    change_dataset(run, labels=np.roll(labels, 1))
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    assert "does not fit its data set" in evaluate.banner.text
    assert evaluate.gallery.model().images is None
    assert evaluate.header.evaluate_button.isEnabled()


def test_slow_reading_does_not_stay_under_the_other_runs_name(two, qtbot, monkeypatch):
    tab, older = two
    going = Event()
    monkeypatch.setattr(evaluate_tab, "load_evaluation_with_metrics", lambda *_: going.wait(20))
    choose(tab, qtbot, older)
    with qtbot.waitSignal(tab._late.timeout):
        pass
    assert is_empty(tab)
    tab._loader.forget()
    going.set()


def choose_images(tab, text):
    """Choose an entry of the second selector as a person does."""
    selector = tab.findChild(QComboBox, "subsetSelector")
    selector.setCurrentIndex(selector.findText(text))
    selector.activated.emit(selector.currentIndex())


def write_other(run, subset, places, wrong):
    """Write the answers on some training images, so many of them misread."""
    with np.load(resource("datasets", "mnist.npz")) as archive:
        labels = archive["y_train"][places].astype(np.int32)
    predictions = labels.copy()
    predictions[:wrong] = (labels[:wrong] + 1) % 10
    np.savez(
        run / f"evaluation-{subset}.npz", probabilities=np.eye(10, dtype=np.float32)[predictions], labels=labels,
        classes=np.array([str(digit) for digit in range(10)]), dataset=np.array("mnist"),
        subset=np.array(subset), places=places,
    )  # fmt: skip


def test_validation_images_are_shown_by_their_places_among_the_training_images(shown, run, qtbot):
    places = np.array([59_999, 5, 17, 40_000])
    write_other(run, "validation", places, wrong=3)
    choose_images(shown, "Validation images")
    wait(qtbot, shown.gallery.model().modelReset, lambda: len(shown.gallery.tiles) == 3)
    with np.load(resource("datasets", "mnist.npz")) as archive:
        expected = archive["x_train"][places]
    np.testing.assert_array_equal(shown.reading.images[..., 0], expected)
    assert shown.findChild(QLabel, "accuracyFigure").text() == "25.00 %"
    choose_images(shown, "Test images")
    wait(qtbot, shown.gallery.model().modelReset, lambda: len(shown.gallery.tiles) == 300)


def test_answers_from_before_a_further_training_are_told_apart(shown, run, qtbot):
    write_other(run, "validation", np.arange(10), wrong=3)
    (run / "model.keras").write_bytes(b"newer")
    os.utime(run / "evaluation-validation.npz", (1_000_000, 1_000_000))
    choose_images(shown, "Validation images")
    qtbot.waitUntil(shown.banner.isVisible)
    assert "an earlier state of the network" in shown.banner.text
    assert len(shown.gallery.tiles) == 3
    choose_images(shown, "Test images")
    wait(qtbot, shown.gallery.model().modelReset, lambda: len(shown.gallery.tiles) == 300)
    assert not shown.banner.isVisible()


def test_images_not_read_yet_are_evaluated_by_the_button_with_progress_and_cancel(shown, run, qtbot, engine):
    choose_images(shown, "Training images")
    assert is_empty(shown)
    assert shown.header.evaluate_button.text() == "Evaluate"
    assert not shown.banner.isVisible()
    engine.ready = True
    qtbot.mouseClick(shown.header.evaluate_button, LEFT)
    assert engine.evaluated == [(run, run / "evaluation-train.npz", None, "train")]
    job, bar = engine.jobs[-1], shown.findChild(QProgressBar, "evaluationProgress")
    engine.heard.emit(EvaluationProgressed(job=job, done=20_000, total=54_000))
    assert bar.isVisible()
    assert (bar.value(), bar.maximum()) == (20_000, 54_000)
    assert "20,000 of 54,000" in shown.findChild(QLabel, "evaluationState").text()
    qtbot.mouseClick(shown.findChild(QPushButton, "cancelEvaluationButton"), LEFT)
    assert engine.canceled == [job]
    engine.heard.emit(JobCanceled(job=job))
    assert not bar.isVisible()
    assert shown.header.evaluate_button.isEnabled()
    assert not shown.banner.isVisible()  # who cancels needs no message


def test_evaluation_under_way_stays_its_own_while_another_is_looked_at(shown, run, qtbot, engine):
    choose_images(shown, "Training images")
    engine.ready = True
    qtbot.mouseClick(shown.header.evaluate_button, LEFT)
    choose_images(shown, "Test images")
    wait(qtbot, shown.gallery.model().modelReset, lambda: shown.reading is not None)
    engine.heard.emit(EvaluationProgressed(job=engine.jobs[-1], done=20_000, total=54_000))
    assert not shown.progress.isVisible()
    assert shown.findChild(QLabel, "accuracyFigure").text() == "97.00 %"
    choose_images(shown, "Training images")
    assert shown.progress.isVisible()
    assert len(engine.evaluated) == 1


def test_looks_at_the_test_images_are_told(evaluate, run, qtbot):
    (run / "looks.json").write_text('{"test": 4}')
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    qtbot.waitUntil(lambda: "used 4 times" in evaluate.header.evaluate_button.toolTip())


def test_other_data_set_has_answers_of_its_own(shown, run, qtbot, engine):
    choose_images(shown, "Fashion-MNIST")
    qtbot.mouseClick(shown.header.evaluate_button, LEFT)
    source, to, dataset, subset = engine.evaluated[-1]
    assert (source, dataset, subset) == (run, "fashion_mnist", "test")
    assert to.parent == run
    assert to.name != "evaluation.npz"


def test_shipped_model_is_evaluated_into_the_home_folder(evaluate, qtbot, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "home"))
    qtbot.mouseClick(evaluate.header.evaluate_button, LEFT)
    source, to, dataset, subset = engine.evaluated[-1]
    assert source == resource("models", "digits.onnx")
    assert tmp_path / "home" / "evaluations" in to.parents
    assert (dataset, subset) == (None, "test")


def test_own_data_are_opened_and_become_a_choice(shown, run, qtbot, engine, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (28, 28), 20 * number).save(tmp_path / "pets" / name / f"{number}.png")
    with qtbot.waitSignal(shown.header.images_chosen, timeout=30_000):
        shown.header.open_data(tmp_path / "pets")
    assert "pets" in shown.findChild(QComboBox, "subsetSelector").currentText()
    qtbot.mouseClick(shown.header.evaluate_button, LEFT)
    assert engine.evaluated[-1][2].startswith("file:")
    engine.heard.emit(JobFailed(job=engine.jobs[-1], what="It does not fit.", why="Cats.", remedy="Digits."))
    assert shown.banner.text == "It does not fit. Cats. Digits."
    choose_images(shown, "Test images")
    wait(qtbot, shown.gallery.model().modelReset, lambda: shown.reading is not None)


def test_data_that_cannot_be_read_change_nothing(shown, qtbot, tmp_path):
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(shown.header.failed, timeout=30_000):
        shown.header.open_data(tmp_path / "empty")
    assert shown.banner.isVisible()
    assert shown.findChild(QComboBox, "subsetSelector").currentText() == "Test images"
    assert len(shown.gallery.tiles) == 300


def test_opened_model_is_not_exported_again(evaluate, run, qtbot):
    assert not evaluate.header.export_button.isEnabled()
    evaluate.show_run(run)
    assert evaluate.header.export_button.isEnabled()


def test_pages_are_made_when_they_are_first_shown(shown, qtbot):
    for name in ("classes", "curves", "calibration"):
        assert name not in shown.pages.made
        qtbot.mouseClick(shown.findChild(QPushButton, f"{name}PageButton"), LEFT)
        assert shown.page(name).isVisible()
        assert shown.page(name).reading is shown.reading


@pytest.mark.parametrize("content", [b"", b"PK", "half"])
def test_truncated_evaluation_is_a_sentence(evaluate, run, qtbot, content):
    path = run / "evaluation.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    evaluate.show_run(run)
    qtbot.waitUntil(evaluate.banner.isVisible)
    assert "Cannot read the evaluation." in evaluate.banner.text
    assert is_empty(evaluate)
