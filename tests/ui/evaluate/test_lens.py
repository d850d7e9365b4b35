"""The lens: one image, what the network makes of it, and the way through the gallery."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from staging import answers_of, make_run, mnist_test_images, pixels_of, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.image_list import ListedAnswers
from cnn_studio.core.evaluation.metrics import scores_of
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.inference import nearest_neighbors
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.grad_cam import GradCam
from cnn_studio.ui.evaluate.lens.lens import Lens
from cnn_studio.ui.evaluate.lens.lens_bars import LensBars
from cnn_studio.ui.evaluate.lens.lens_saliency import LensSaliencyPage
from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation

LEFT = Qt.MouseButton.LeftButton
SIGHT, NEIGHBORS, MAPS, HALO, EDITS, EPOCHS = range(6)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def tab(evaluate, run, qtbot, monkeypatch):
    """The Evaluate tab with that run's errors."""
    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", 1000)
    evaluate.show_run(run)
    wait(qtbot, evaluate.images.reading_changed, lambda: evaluate.images.reading is not None)
    yield evaluate
    lens = evaluate.lens.lens
    if lens is not None:
        workers = [lens._opener, *(page.latest for page in lens.panel.pages)]
        qtbot.waitUntil(lambda: not any(worker.busy for worker in workers), timeout=60_000)


@pytest.fixture
def lens(tab, qtbot):
    """The lens over the fourth image."""
    tab.images.gallery.make_current(3)
    QTest.keyClick(tab.images.gallery, Qt.Key.Key_Return)
    return tab.lens.lens


def shown(qtbot, lens, number=SIGHT):
    """Choose a page and wait until it says something of the image."""
    lens.panel.choose(number)
    page = lens.panel.pages[number]
    pixels = mnist_test_images()[0][lens.row][..., None]

    def there():
        subject = page.subject
        return page.result is not None and not page.latest.busy and np.array_equal(subject.pixels, pixels)

    qtbot.waitUntil(there, timeout=60_000)
    return page


def test_enter_opens_the_lens_and_escape_leaves_it(tab, lens):
    assert tab.lens.currentWidget() is lens
    assert lens.index == 3
    QTest.keyClick(lens.matrix, Qt.Key.Key_Escape)
    assert tab.lens.currentIndex() == 0
    assert tab.images.gallery.position == 3


def test_image_and_answer_are_those_of_the_gallery(tab, lens, run):
    row = tab.images.gallery.tiles[3].number
    labels, read, confidence = answers_of(run)
    np.testing.assert_array_equal(lens.matrix.pixels[..., 0], mnist_test_images()[0][row])
    assert lens.title.text() == f"{labels[row]}, read as {read[row]}"
    assert f"{100 * confidence[row]:.1f} % sure" in lens.facts.text()
    assert f"number {row:,}" in lens.facts.text()
    assert "4 of 300" in lens.facts.text()
    assert f"true class {labels[row]}" in lens.bars.accessibleName()


def test_arrows_go_through_the_gallery_in_its_order(tab, lens, qtbot):
    rows = [tile.number for tile in tab.images.gallery.tiles]
    QTest.keyClick(lens.matrix, Qt.Key.Key_Right)
    assert lens.row == rows[4]
    QTest.keyClick(lens.matrix, Qt.Key.Key_Left)
    QTest.keyClick(lens.matrix, Qt.Key.Key_Left)
    assert lens.row == rows[2]
    for _ in range(5):
        qtbot.mouseClick(lens.previous, LEFT)
    assert lens.row == rows[0]
    assert not lens.previous.isEnabled()
    QTest.keyClick(lens.matrix, Qt.Key.Key_Escape)
    assert tab.images.gallery.position == 0


def test_newest_image_wins_whatever_is_computed(tab, lens, qtbot):
    shown(qtbot, lens)
    for _ in range(4):
        QTest.keyClick(lens.matrix, Qt.Key.Key_Right)
    page = shown(qtbot, lens)
    classifier = Classifier(resource("models", "digits.onnx"))
    answer = classifier.answers(mnist_test_images()[0][[lens.row]])[0].index
    assert page.result.name == str(answer)


@pytest.mark.parametrize("number", [SIGHT, NEIGHBORS, MAPS, HALO])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_page_paints_the_image_and_says_it_in_words(lens, qtbot, theme, number, mode):
    theme.choose(mode)
    page = shown(qtbot, lens, number)
    assert page.notice == ""
    assert page.caption.text()
    assert "drawing" not in page.caption.text()
    painted = pixels_of(page.canvas)[:, :, :3].reshape(-1, 3)
    assert len(np.unique(painted, axis=0)) > 20


def test_both_maps_are_of_the_class_that_is_asked_for(lens, qtbot):
    page = shown(qtbot, lens)
    assert isinstance(page, LensSaliencyPage)
    assert page.result.gradcam is not None
    assert page.target.itemText(0) == "its answer"
    before = page.result
    page.target.setCurrentIndex(page.target.findText("5"))
    page.target.activated.emit(page.target.currentIndex())
    qtbot.waitUntil(lambda: page.result is not before, timeout=30_000)
    assert page.result.name == "5"
    assert page.result.gradcam != before.gradcam
    page.target.setCurrentIndex(page.target.findText("its true class"))
    page.target.activated.emit(page.target.currentIndex())
    label = str(mnist_test_images()[1][lens.row])
    qtbot.waitUntil(lambda: page.result.name == label, timeout=30_000)


def test_map_is_brightest_where_gradcam_is_largest(lens, qtbot):
    page = shown(qtbot, lens)
    content = resource("models", "digits.onnx").read_bytes()
    activations = Activations(content, Classifier(resource("models", "digits.onnx")).card)
    image = mnist_test_images()[0][lens.row][..., None]
    found = GradCam(content, activations).map(image, int(page.result.name))
    assert page.result.grid == found.shape
    picture = page.result.gradcam.convertToFormat(QImage.Format.Format_RGB888)
    seen = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    seen = seen[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).astype(int)
    blue = seen[..., 2] - seen[..., 0]
    down, right = np.unravel_index(blue.argmax(), blue.shape)
    cell = down * found.shape[0] // blue.shape[0], right * found.shape[1] // blue.shape[1]
    assert found[cell] > 0.5 * found.max()


def test_neighbors_are_counted_in_words(lens, qtbot):
    page = shown(qtbot, lens, NEIGHBORS)
    labels = [page.result.classes[one.label] for one in page.result.found]
    said = page.caption.text().partition("labels of the nearest 7: ")[2].rstrip(".").split(", ")
    assert sorted(said) == sorted(f"{name} ({labels.count(name)})" for name in set(labels))


def test_training_image_is_no_neighbor_of_its_own(tab, run, qtbot):
    """The first thousand training images, read by a network that was asked about them."""
    images, labels = load_subset("mnist", "train")
    classifier = Classifier(resource("models", "digits.onnx"))
    rows = np.arange(20, dtype=np.int64) * 3
    evaluation = Evaluation(
        classifier.probabilities(images[rows]), labels[rows], tuple("0123456789"), "mnist", "train", rows
    )
    reading = LoadedEvaluation(run, evaluation, images[rows], scores_of(evaluation))
    tab.images.show_reading(reading)
    tab.images.choose_all()
    tab.lens.open(4)
    page = tab.lens.lens.panel.pages[NEIGHBORS]
    tab.lens.lens.panel.choose(NEIGHBORS)
    qtbot.waitUntil(lambda: page.result is not None, timeout=60_000)
    assert 12 not in [one.number for one in page.result.found]
    assert len(page.result.found) == 7
    assert page.result.found[0].distance > 0


def test_opened_model_is_looked_into_as_a_run_is(tab, qtbot):
    reading = tab.images.reading
    opened = LoadedEvaluation(
        resource("models", "digits.onnx"), reading.evaluation, reading.images, reading.scores
    )
    tab.images.show_reading(opened)
    tab.lens.open(0)
    assert shown(qtbot, tab.lens.lens).result.gradcam is not None


def test_misread_image_is_asked_what_it_lacks_of_its_true_class(lens, qtbot):
    label = int(mnist_test_images()[1][lens.row])
    page = lens.panel.pages[EDITS]
    qtbot.waitUntil(lambda: page.target == label, timeout=30_000)
    QTest.keyClick(lens.matrix, Qt.Key.Key_Right)
    assert page.target == int(mnist_test_images()[1][lens.row])


def test_arrows_turn_images_after_a_click_on_a_button(lens, qtbot):
    for button in (lens.panel.buttons[MAPS], lens.larger, lens.next):
        place = lens.index
        qtbot.mouseClick(button, LEFT)
        QTest.keyClick(lens.window().focusWidget(), Qt.Key.Key_Right)
        assert lens.index == place + 1 + (button is lens.next)
        assert lens.panel.page is lens.panel.pages[MAPS]


def test_more_like_this_sorts_the_gallery(tab, lens, qtbot):
    row = lens.row
    with qtbot.waitSignal(tab.images.gallery.model().modelReset, timeout=60_000):
        qtbot.mouseClick(lens.similar, LEFT)
    assert tab.lens.currentIndex() == 0
    assert tab.images.sorting.currentData() == "similar"
    assert tab.images.gallery.tiles[0].number == row


def test_another_page_or_run_closes_the_lens(tab, lens, run, qtbot):
    tab.show_page("confusion")
    assert tab.lens.currentIndex() == 0
    tab.lens.open(0)
    assert tab.lens.currentWidget() is lens
    with qtbot.waitSignal(tab.images.reading_changed):
        tab.show_run(run)
    assert tab.lens.currentIndex() == 0


def test_run_without_its_network_still_shows_the_image(tab, run, qtbot):
    (run / "model.onnx").unlink()
    tab.lens.open(0)
    lens = tab.lens.lens
    qtbot.waitUntil(lambda: "cannot be looked into" in lens.notice.text(), timeout=30_000)
    assert lens._stack.currentWidget() is lens.notice
    assert lens.matrix.isVisible()


def test_without_images_the_probabilities_are_shown(tab, run, evaluate, qtbot):
    with np.load(run / "evaluation.npz") as archive:
        content = dict(archive) | {"dataset": np.array("file:/moved/away")}
    np.savez(run / "evaluation.npz", **content)
    with qtbot.waitSignal(tab.images.reading_changed):
        tab.show_run(run)
    tab.lens.open(0)
    lens = tab.lens.lens
    assert not lens.matrix.isVisible()
    assert "images are not here" in lens.notice.text()
    assert not lens.taking.save_button.isEnabled()


def test_images_of_another_shape_are_refused_in_a_sentence(tab, qtbot):
    lens = Lens(tab._theme, tab._settings, tab.banner)
    qtbot.addWidget(lens)
    panel = tab.images
    color = np.zeros((10_000, 32, 32, 3), np.uint8)
    lens.show_images(panel.answers, color, panel.rows, panel.network, 0)
    qtbot.waitUntil(lambda: "28 × 28 × 1" in lens.notice.text(), timeout=30_000)
    assert "32 × 32 × 3" in lens.notice.text()


def test_image_is_copied_and_saved(lens, tab, tmp_path, qtbot):
    image = mnist_test_images()[0][lens.row]
    QTest.keyClick(lens.matrix, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (560, 560)
    assert copied.pixelColor(20 * 14 + 5, 20 * 10 + 5).red() == image[10, 14]
    path = tmp_path / "one.png"
    lens.taking.save(lens.taking.own_pixels(), path)
    qtbot.waitUntil(tab.banner.isVisible)
    with Image.open(path) as saved:
        np.testing.assert_array_equal(np.asarray(saved.convert("L")), image)


def test_place_that_cannot_be_written_is_said(lens, tab, tmp_path, qtbot):
    (tmp_path / "file").write_text("")
    lens.taking.save(lens.taking.own_pixels(), tmp_path / "file" / "one.png")
    qtbot.waitUntil(tab.banner.isVisible)
    assert "Cannot write" in tab.banner.text


def test_bars_always_have_the_true_class(qtbot, theme):
    bars = LensBars(theme)
    qtbot.addWidget(bars)
    bars.resize(280, 120)
    shares = np.linspace(0.02, 0, 100, dtype=np.float32)
    bars.show_answer(shares, tuple(f"class {number}" for number in range(100)), 99)
    rows = bars.rows()
    assert rows[:-1] == list(range(len(rows) - 1))
    assert rows[-1] == 99
    assert bars.accessibleName().startswith("Probabilities: class 0 2.0 %, class 1")


def test_lens_fits_into_the_smallest_window(window, lens):
    window.resize(1024, 680)
    assert (window.width(), window.height()) == (1024, 680)
    assert lens.panel.page.canvas.height() >= 190


def test_lens_of_a_whole_set_knows_its_place(tab, lens, qtbot):
    panel = tab.images
    QTest.keyClick(lens.matrix, Qt.Key.Key_Escape)
    panel.choose_all()
    assert isinstance(panel.answers, ListedAnswers)
    tab.lens.open(9_999)
    assert "10,000 of 10,000" in lens.facts.text()
    assert not lens.next.isEnabled()
