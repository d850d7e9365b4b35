"""The form of a training: every field of a recipe, refusals at the field, the drawn schedule, keys."""

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)
from staging import done, make_run, pixels_of, started, write_checkpoint

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.recipes.optimizers import SGD, Adam, AdamW
from cnn_studio.core.recipes.presets import find_recipe, presets
from cnn_studio.core.recipes.recipe import EarlyStopping, Training
from cnn_studio.core.recipes.schedules import ConstantSchedule, OneCycle, StepDecay
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
PRESET = find_recipe("studio-quick")


def part(tab, name):
    """Return a widget of the tab by its object name."""
    found = tab.findChild(QWidget, name)
    assert found is not None, name
    return found


def type_into(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def pick(train, name, text):
    """Choose a row of a selector as a person does, by what it says."""
    selector = part(train, name)
    selector.setCurrentIndex(selector.findText(text))


def hover(widget, place):
    """Move the mouse over a widget without a button down."""
    none = Qt.MouseButton.NoButton
    everywhere = widget.mapToGlobal(place)
    moved = QMouseEvent(QEvent.Type.MouseMove, place, everywhere, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, moved)


@pytest.fixture
def active(window, qtbot):
    """The window has the focus: keys of one that has not are lost."""
    with qtbot.waitActive(window):
        window.raise_()
        window.activateWindow()


@pytest.fixture
def form(train):
    """The form with everything open."""
    train.panel.form.more.button.setChecked(True)
    return train.panel.form


def recipe(train):
    return train.panel.workbench.recipe


# --- every field


def test_every_field_of_a_training_is_there_but_the_device_which_has_its_own(form):
    shown = {*form.length.inputs, *form.rest.inputs}
    assert shown == {field.name for field in msgspec.structs.fields(Training)} - {"device"}


@pytest.mark.parametrize("kind", [SGD, AdamW], ids=lambda kind: kind.__name__)
def test_an_optimizer_brings_its_own_fields(train, form, kind):
    pick(train, "optimizerSelector", kind.__name__)
    shown = {*form.rate.inputs, *form.detail.inputs}
    assert shown == {field.name for field in msgspec.structs.fields(kind)}
    assert recipe(train).optimizer == kind(learning_rate=0.006)  # the preset's, which is not Adam's default
    assert recipe(train).name.endswith("-edited")


def test_a_schedule_brings_its_own_fields_and_is_on_the_bench(train, form):
    pick(train, "scheduleSelector", "Steps down")
    type_into(part(train, "schedule-steps"), "4")
    assert recipe(train).schedule == StepDecay(steps=4)
    pick(train, "scheduleSelector", "Constant")
    assert recipe(train).schedule == ConstantSchedule()
    assert form.schedule.form.inputs == {}


def test_what_is_seldom_changed_can_be_changed(train, form):
    type_into(part(train, "training-ema_momentum"), "0.99")
    type_into(part(train, "training-label_smoothing"), "0.1")
    type_into(part(train, "optimizer-clipnorm"), "1.5")
    pick(train, "training-class_weight", "Balanced")
    part(train, "training-deterministic").click()
    said = recipe(train)
    training = said.training
    assert (training.ema_momentum, training.label_smoothing, training.class_weight) == (0.99, 0.1, "balanced")
    assert training.deterministic
    assert said.optimizer == msgspec.structs.replace(PRESET.optimizer, clipnorm=1.5)
    type_into(part(train, "optimizer-clipnorm"), " ")
    assert recipe(train).optimizer.clipnorm is None


def test_early_stopping_is_switched_on_with_its_fields_and_off_again(train, form):
    check = part(train, "earlyStoppingCheck")
    assert isinstance(check, QCheckBox)
    assert not form.stopping.form.isVisible()
    check.click()
    assert recipe(train).early_stopping == EarlyStopping()
    type_into(part(train, "stopping-patience"), "9")
    pick(train, "stopping-monitor", "Accuracy")
    assert recipe(train).early_stopping == EarlyStopping(patience=9, monitor="val_accuracy")
    check.click()
    assert recipe(train).early_stopping is None
    check.click()
    assert recipe(train).early_stopping.patience == 9


def test_a_value_changed_back_gives_the_preset_back(train, form):
    pick(train, "optimizerSelector", "SGD")
    assert recipe(train) != PRESET
    pick(train, "optimizerSelector", "Adam")
    assert recipe(train) == PRESET
    assert part(train, "recipeSelector").currentData() == PRESET.name


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_no_preset_is_changed_by_being_shown(train, form, preset):
    selector = part(train, "recipeSelector")
    selector.setCurrentIndex(selector.findData(preset.name))
    assert recipe(train) == preset
    assert form.refusals() == []


# --- refusals


@pytest.mark.parametrize("typed", ["-1", "fast", "0"])
def test_a_bad_learning_rate_is_explained_at_its_field_and_nothing_is_lost(train, form, typed):
    type_into(part(train, "learningRateSpin"), typed)
    said = part(train, "refusal-learningRateSpin")
    assert said.isVisible()
    assert f"Learning rate was not changed to {typed}" in said.text().replace("“", "").replace("”", "")
    assert (
        "more than 0 and at most 10 is expected. Type a number in that range; until then it stays 0.006."
        in said.text()
    )
    assert part(train, "learningRateSpin").accessibleDescription() == said.text()
    assert recipe(train).optimizer == PRESET.optimizer
    type_into(part(train, "epochsSpin"), "5")  # another field leaves what was typed
    assert part(train, "learningRateSpin").text() == typed
    assert recipe(train).training.epochs == 5
    type_into(part(train, "learningRateSpin"), "0.02")
    assert not said.isVisible()
    assert recipe(train).optimizer.learning_rate == 0.02


def test_train_says_what_is_refused_and_goes_there(train, engine, qtbot, form, active):
    type_into(part(train, "training-label_smoothing"), "1")
    form.more.button.setChecked(False)
    qtbot.mouseClick(train.train_button, LEFT)
    assert engine.jobs == []
    assert "Label smoothing was not changed to 1." in train.banner.text
    field = part(train, "training-label_smoothing")
    assert field.isVisible()
    assert QApplication.focusWidget() is field
    type_into(part(train, "epochsSpin"), "5")
    assert train.banner.isVisible()  # mends nothing
    type_into(field, "0.1")
    assert not train.banner.isVisible()
    qtbot.mouseClick(train.train_button, LEFT)
    assert engine.recipes[0].training.label_smoothing == 0.1


def test_a_refused_field_of_a_section_that_is_left_out_keeps_nothing_from_training(train, engine, form):
    part(train, "earlyStoppingCheck").click()
    type_into(part(train, "stopping-patience"), "0")
    assert form.refusals()
    part(train, "earlyStoppingCheck").click()
    train.start()
    assert len(engine.jobs) == 1


def test_arrows_stay_within_the_limits(train, form):
    rate = part(train, "learningRateSpin")
    type_into(rate, "0.01")
    for _ in range(60):
        QTest.keyClick(rate, Qt.Key.Key_PageDown)
    assert 0 < recipe(train).optimizer.learning_rate < 1e-6
    momentum = part(train, "optimizer-beta_1")
    momentum.setFocus()
    QTest.keyClick(momentum, Qt.Key.Key_Up)
    QTest.keyClick(momentum, Qt.Key.Key_PageUp)
    assert recipe(train).optimizer.beta_1 < 1
    assert form.refusals() == []


def test_the_wheel_scrolls_past_a_field_without_changing_it(train, form):
    train.setFocus()
    for name in ("epochsSpin", "optimizerSelector"):
        field = part(train, name)
        middle = QPointF(field.rect().center())
        event = QWheelEvent(
            middle, QPointF(field.mapToGlobal(field.rect().center())), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)
    assert recipe(train) == PRESET


# --- the drawn schedule


def test_the_curve_follows_every_keystroke(train, form):
    curve = part(train, "scheduleCurve")
    before = pixels_of(curve)
    type_into(part(train, "schedule-warmup_fraction"), "0.7")
    after = pixels_of(curve)
    assert (before != after).any()
    type_into(part(train, "schedule-warmup_fraction"), "0.25")
    assert (pixels_of(curve) == before).all()


def test_return_shows_the_schedule_as_a_table(train, form):
    panel = train.panel
    panel.workbench.set_recipe(
        msgspec.structs.replace(
            panel.workbench.recipe,
            optimizer=Adam(learning_rate=0.01),
            schedule=StepDecay(rate=0.1, steps=1),
            training=msgspec.structs.replace(panel.workbench.recipe.training, epochs=4),
        ),
        None,
    )
    QTest.keyClick(part(train, "scheduleCurve"), Qt.Key.Key_Return)
    table = part(train, "figureTable").model()
    rows = [tuple(table.index(row, column).data() for column in range(2)) for row in range(table.rowCount())]
    assert rows == [("0", "0.01"), ("1", "0.01"), ("2", "0.001"), ("3", "0.001"), ("4", "0.001")]
    part(train, "tableWindow").close()


def test_the_curve_says_itself_in_words(train, form):
    curve = part(train, "scheduleCurve")
    type_into(part(train, "epochsSpin"), "8")
    assert isinstance(
        recipe(train).schedule, OneCycle
    )  # from a tenth, up to a quarter of 8 epochs, to 1/1000
    assert curve.accessibleDescription().startswith("Starts at 0.0006, peaks at 0.006 at epoch 2")
    assert curve.accessibleDescription().endswith("ends at 6e-06.")


def test_values_are_read_off_by_mouse_and_by_keys(train, form):
    pick(train, "scheduleSelector", "Exponential")
    type_into(part(train, "learningRateSpin"), "1")
    curve = part(train, "scheduleCurve")
    train.panel.ensureWidgetVisible(curve)
    area = curve.area()
    hover(curve, area.center())
    assert curve.reading == pytest.approx(1.0, abs=0.02)  # the middle of two epochs
    read = float(curve.reading_text().partition(": ")[2])
    assert read == pytest.approx(0.01 ** (curve.reading / 2), rel=0.01)
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_End)
    assert curve.reading_text() == "epoch 2.00: 0.01"
    QTest.keyClick(curve, Qt.Key.Key_Home)
    assert curve.reading_text() == "epoch 0.00: 1"
    focused = pixels_of(curve)  # the ring round it hides nothing of the curve
    assert (focused[30:-30, 20:-20] != focused[40, 100]).any(axis=2).sum() > 1000
    assert "epoch 0.00: 1" in curve.accessibleDescription()


# --- undo


def test_changes_are_taken_back_one_by_one_and_made_again(train, form, qtbot, active):
    undo, redo = part(train, "undoTrainingButton"), part(train, "redoTrainingButton")
    assert not undo.isEnabled()
    pick(train, "scheduleSelector", "Constant")
    type_into(part(train, "epochsSpin"), "125")  # three keystrokes, one change
    after = recipe(train)
    qtbot.mouseClick(undo, LEFT)
    assert recipe(train).training == PRESET.training
    assert part(train, "epochsSpin").text() == str(PRESET.training.epochs)
    train.panel.recipe_selector.setFocus()
    QTest.keyClick(train.panel.recipe_selector, Qt.Key.Key_Z, CTRL)
    assert recipe(train) == PRESET
    assert not undo.isEnabled()
    qtbot.mouseClick(redo, LEFT)
    qtbot.mouseClick(redo, LEFT)
    assert recipe(train) == after
    assert not redo.isEnabled()


def test_undo_leaves_what_another_tab_changed_meanwhile(train, form, qtbot):
    type_into(part(train, "epochsSpin"), "9")
    bench = train.panel.workbench
    bench.set_recipe(msgspec.structs.replace(bench.recipe, scaling="none"), "test")
    qtbot.mouseClick(part(train, "undoTrainingButton"), LEFT)
    assert recipe(train).training == PRESET.training
    assert recipe(train).scaling == "none"


def test_nothing_is_taken_back_in_a_training_that_runs(train, form, qtbot, active):
    type_into(part(train, "epochsSpin"), "9")
    train.start()
    assert not part(train, "undoTrainingButton").isEnabled()
    QTest.keyClick(train.panel, Qt.Key.Key_Z, CTRL)
    assert recipe(train).training.epochs == 9


# --- manners


def test_more_stays_as_it_was_left(window, train, theme, engine, settings, tmp_path, qtbot):
    assert not part(train, "moreButton").isChecked()
    qtbot.mouseClick(part(train, "moreButton"), LEFT)
    assert settings.train_more
    again = MainWindow(theme, engine, ModelRegistry(tmp_path / "runs"), settings)
    qtbot.addWidget(again)
    assert again.findChild(QWidget, "moreButton").isChecked()
    again.asks = False


def test_keys_train_pause_and_stop(train, engine, monkeypatch, active):
    asked = []
    monkeypatch.setattr(engine, "pause", asked.append)
    part(train, "epochsSpin").setFocus()
    QTest.keyClick(part(train, "epochsSpin"), Qt.Key.Key_Return, CTRL)
    (job,) = engine.jobs
    engine.heard.emit(started(job))
    QTest.keyClick(train, Qt.Key.Key_P, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert asked == [job]
    QTest.keyClick(train, Qt.Key.Key_Period, CTRL)
    assert engine.canceled == [job]


def test_tab_leads_through_the_whole_form_to_the_buttons(train, form, active):
    train.panel.recipe_selector.setFocus()
    seen = []
    for _ in range(80):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget().objectName())
        if seen[-1] == "trainButton":
            break
    wanted = [
        "epochsSpin",
        "optimizerSelector",
        "learningRateSpin",
        "scheduleSelector",
        "scheduleCurve",
        "trainButton",
    ]
    assert [name for name in seen if name in wanted] == wanted


def test_every_field_has_a_name_and_a_tip(train, form):
    part(train, "earlyStoppingCheck").click()
    fields = [
        *form.findChildren(QAbstractSpinBox), *form.findChildren(QComboBox), *form.findChildren(QCheckBox),
    ]  # fmt: skip
    assert len(fields) > 20
    for field in fields:
        assert field.objectName(), field
        assert field.accessibleName(), field.objectName()
        assert field.toolTip(), field.objectName()


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_no_label_of_the_form_is_cut_off_in_the_smallest_window(window, train, form, appearance):
    window.choose_theme(appearance)
    window.resize(1024, 680)
    part(train, "earlyStoppingCheck").click()
    QApplication.processEvents()
    assert form.width() <= train.panel.viewport().width()
    for each in form.findChildren(QLabel):
        if each.isVisible() and not each.wordWrap():
            assert each.sizeHint().width() <= each.width(), each.text()
    for selector in form.findChildren(QComboBox):
        option = QStyleOptionComboBox()
        selector.initStyleOption(option)
        part_of = QStyle.SubControl.SC_ComboBoxEditField
        room = selector.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part_of, selector)
        texts = [selector.itemText(row) for row in range(selector.count())]
        cut = [text for text in texts if selector.fontMetrics().horizontalAdvance(text) > room.width()]
        assert cut == []


def test_the_extension_says_its_epochs(train, engine, qtbot, tmp_path):
    qtbot.mouseClick(train.train_button, LEFT)
    folder = make_run(tmp_path / "more")
    write_checkpoint(folder, 3)
    engine.heard.emit(started(engine.jobs[-1]))
    engine.heard.emit(done(engine.jobs[-1], folder))
    spin = part(train, "extendSpin")
    assert spin.isVisible()
    type_into(spin, "7")
    assert spin.text() == "7 epochs"
    qtbot.mouseClick(train.extend_button, LEFT)
    assert engine.resumed == [(folder, 7)]
    assert not spin.isVisible()


def test_settings_without_the_new_rows_are_read():
    assert msgspec.json.decode(b'{"theme": "dark"}', type=Settings).train_more is False
    assert Adam().learning_rate == 0.001
