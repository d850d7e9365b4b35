"""The Model tab as a person works with it: list, form, mistakes, undo, presets, files, hand-over."""

import ast

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
)
from staging import LEFT, NO_KEYS, mnist_test_images, pixels_of, wait

from cnn_studio.core.network.layers import (
    L2,
    BatchNormalization,
    Block,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerNormalization,
    MaxPooling2D,
    ResidualBlock,
    SeparableConv2D,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnn_studio.core.network.layers.layer_fields import fields_of, layer_types, tag_of
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import load_recipe, save_recipe
from cnn_studio.ui.model.network_editor import draft_file, kept_draft

CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
END = Dense(units=10, activation="softmax")
SIMPLE = (Conv2D(filters=8), MaxPooling2D(), Flatten(), END)
NESTED = (Block(name="encoder", layers=(Conv2D(filters=8), MaxPooling2D())), Flatten(), END)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture
def tab(window):
    window.tabs.setCurrentWidget(window.model)
    return window.model.page


@pytest.fixture
def simple(tab):
    return holding(tab, SIMPLE)


def holding(tab, layers):
    recipe = msgspec.structs.replace(find_recipe("studio-quick"), name="mine", title="Mine", layers=layers)
    tab.editor.take(recipe)
    return tab


def place(tab, path):
    """Return the middle of a layer's row in the list."""
    view = tab.layers.list
    return view.visualRect(view.rows.index_of(path)).center()


def click(tab, path, modifiers=NO_KEYS):
    QTest.mouseClick(tab.layers.list.viewport(), LEFT, modifiers, place(tab, path))


def press_button(tab, name):
    button = tab.findChild(QToolButton, name) or tab.findChild(QPushButton, name)
    QTest.mouseClick(button, LEFT)


def field(tab, name, kind=QSpinBox):
    return tab.form.findChild(kind, f"field-{name}")


def type_into(widget, text):
    widget.setFocus()
    widget.selectAll()
    QTest.keyClicks(widget, text)


def spoken(tab):
    view = tab.layers.list
    return [
        view.rows.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(view.rows.rowCount())
    ]


# The list.


def test_every_row_says_its_layer_shape_and_weights(simple):
    assert spoken(simple) == [
        "Conv2D 8, 3x3, gives 26 × 26 × 8, 80 parameters",  # 3 * 3 * 8 + 8
        "MaxPooling2D 2x2, gives 13 × 13 × 8, 0 parameters",
        "Flatten, gives 1352, 0 parameters",
        "Dense 10, softmax, gives 10, 13530 parameters",  # 1352 * 10 + 10
    ]


def test_a_layer_is_found_by_typing_and_added_behind_the_selected_one(simple):
    click(simple, (1,))
    press_button(simple, "addLayerButton")
    menu = simple.layers.menu
    QTest.keyClicks(menu.search, "normalizat")
    shown = [item for item in menu._items() if not item.isHidden()]
    assert len(shown) == 3  # a kind's heading and two layers
    QTest.keyClick(menu.search, Qt.Key.Key_Return)
    assert menu.isHidden()
    assert simple.editor.layers == (*SIMPLE[:2], BatchNormalization(), *SIMPLE[2:])
    assert simple.editor.selection == (2,)


def test_the_menu_offers_every_layer_with_its_sentence(simple):
    press_button(simple, "addLayerButton")
    menu = simple.layers.menu
    texts = [item.data(Qt.ItemDataRole.AccessibleTextRole) for item in menu._items()]
    for kind in layer_types():
        assert any(tag_of(kind) in text and kind.__doc__.partition("\n")[0] in text for text in texts)
    QTest.keyClicks(menu.search, "nothing is called so")
    assert all(item.isHidden() for item in menu._items())
    menu.hide()


def test_several_selected_layers_are_removed_in_one_step(simple):
    click(simple, (0,))
    click(simple, (1,), SHIFT)
    QTest.keyClick(simple.layers.list, Qt.Key.Key_Delete)
    assert simple.editor.layers == SIMPLE[2:]
    QTest.keyClick(simple.layers.list, Qt.Key.Key_Z, CONTROL)
    assert simple.editor.layers == SIMPLE


def test_a_layer_is_duplicated_and_the_copy_selected(simple):
    click(simple, (0,))
    press_button(simple, "duplicateLayerButton")
    assert simple.editor.layers == (SIMPLE[0], *SIMPLE)
    assert simple.editor.selection == (1,)


def drag(tab, path, point):
    viewport, start = tab.layers.list.viewport(), place(tab, path)
    QTest.mousePress(viewport, LEFT, NO_KEYS, start)
    for step in range(1, 11):
        QTest.mouseMove(viewport, start + (point - start) * step / 10)
    QTest.mouseRelease(viewport, LEFT, NO_KEYS, point)


def test_a_layer_is_dragged_to_another_place(simple):
    drag(simple, (0,), place(simple, (1,)) + QPoint(0, 15))
    assert simple.editor.layers == (SIMPLE[1], SIMPLE[0], *SIMPLE[2:])
    assert simple.editor.selection == (1,)


def test_a_layer_is_dragged_into_a_block(tab):
    holding(tab, NESTED)
    drag(tab, (1,), place(tab, (0,)))
    assert tab.editor.layers == (Block(name="encoder", layers=(*NESTED[0].layers, Flatten())), END)


def test_a_block_is_not_dragged_into_itself(tab):
    holding(tab, NESTED)
    drag(tab, (0,), place(tab, (0, 1)))
    assert tab.editor.layers == NESTED


def test_alt_and_arrows_move_a_layer_into_a_block_and_out_of_it(tab):
    holding(tab, NESTED)
    click(tab, (1,))
    keys = tab.layers.list
    QTest.keyClick(keys, Qt.Key.Key_Up, ALT)
    assert tab.editor.layers[0].layers == (*NESTED[0].layers, Flatten())
    for _ in range(3):
        QTest.keyClick(keys, Qt.Key.Key_Up, ALT)
    assert tab.editor.layers == (Flatten(), *NESTED[:1], END)
    for _ in range(4):
        QTest.keyClick(keys, Qt.Key.Key_Down, ALT)
    assert tab.editor.layers == NESTED
    assert tab.editor.selection == (1,)


def test_a_folded_block_hides_its_layers_and_is_passed_as_one(tab):
    holding(tab, NESTED)
    click(tab, (0,))
    QTest.keyClick(tab.layers.list, Qt.Key.Key_Left)
    assert [text.partition(",")[0] for text in spoken(tab)] == ["Block “encoder”", "Flatten", "Dense 10"]
    click(tab, (1,))
    QTest.keyClick(tab.layers.list, Qt.Key.Key_Up, ALT)
    assert tab.editor.layers == (Flatten(), NESTED[0], END)


def test_a_block_is_folded_with_the_mouse(tab):
    holding(tab, NESTED)
    view = tab.layers.list
    row = view.visualRect(view.rows.index_of((0,)))
    QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, row.topLeft() + QPoint(22, 24))
    assert view.rows.rowCount() == 3
    tab.editor.select((0, 1))  # as a click in the drawing does
    assert view.rows.rowCount() == 5


def test_without_layers_the_list_says_what_to_do(simple):
    QTest.keyClick(simple.layers.list, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(simple.layers.list, Qt.Key.Key_Delete)
    assert simple.editor.layers == ()
    assert simple.layers._empty.isVisible() and not simple.head.train_button.isEnabled()
    press_button(simple, "addLayerButton")
    QTest.keyClicks(simple.layers.menu.search, "flatten")
    QTest.keyClick(simple.layers.menu.search, Qt.Key.Key_Return)
    assert simple.editor.layers == (Flatten(),) and not simple.layers._empty.isVisible()


# Mistakes.


def test_the_first_mistake_stands_at_its_row_and_the_rest_is_muted(simple):
    before = simple.layers.list.visualRect(simple.layers.list.rows.index_of((1,))).height()
    click(simple, (1,))
    type_into(field(simple, "pool_size"), "31")
    error = "Cannot build the network. Layer 2: MaxPooling2D 31x31 would shrink 26 to nothing."
    assert error in spoken(simple)[1]
    assert spoken(simple)[2:] == ["Flatten", "Dense 10, softmax"]
    view = simple.layers.list
    view.doItemsLayout()
    assert view.visualRect(view.rows.index_of((1,))).height() > before
    assert not simple.head.train_button.isEnabled()
    type_into(field(simple, "pool_size"), "2")
    assert "gives 10" in spoken(simple)[3] and simple.head.train_button.isEnabled()


def test_a_wrong_number_of_outputs_is_marked_at_the_last_layer(simple):
    click(simple, (3,))
    type_into(field(simple, "units"), "7")
    assert "10 classes" in spoken(simple)[3]


def test_a_mistake_in_a_folded_block_is_marked_at_the_block(tab):
    holding(tab, NESTED)
    tab.editor.change((0, 1), "pool_size", 31)
    tab.editor.fold((0,), True)
    assert "would shrink 26" in spoken(tab)[0]


# The form.


@pytest.mark.parametrize("kind", layer_types(), ids=tag_of)
def test_the_form_has_every_field_of_a_layer(tab, kind):
    holding(tab, ())
    tab.editor.add(kind)
    names = [one.name for one in fields_of(kind)]
    assert list(tab.form.inputs) == names
    for name in names:
        assert tab.form.inputs[name].accessibleName() and tab.form.inputs[name].toolTip()


def test_each_keystroke_changes_the_network(simple):
    click(simple, (0,))
    field(simple, "filters").setFocus()
    field(simple, "filters").selectAll()
    seen = []
    for key in "124":
        QTest.keyClicks(field(simple, "filters"), key)
        seen.append(simple.editor.network.rows[0].parameters)
    assert seen == [10, 120, 1240]  # (3 * 3 + 1) times 1, 12, 124
    press_button(simple, "undoLayerButton")  # what was typed is one step
    assert simple.editor.layers == SIMPLE
    assert field(simple, "filters").value() == 8


def test_a_refused_value_says_why_and_changes_nothing(simple):
    click(simple, (0,))
    type_into(field(simple, "filters"), "5000")
    refusal = simple.form.refusals["filters"]
    assert refusal.isVisible() and "4096" in refusal.text() and "5000" in refusal.text()
    assert simple.editor.layers[0].filters == 500  # the last that was within the limits
    type_into(field(simple, "filters"), "16")
    assert not refusal.isVisible() and simple.editor.layers[0].filters == 16


def test_arrows_stay_within_the_limits(simple):
    click(simple, (0,))
    for _ in range(3):
        QTest.keyClick(field(simple, "strides"), Qt.Key.Key_Down)
    assert simple.editor.layers[0].strides == 1
    assert not simple.form.refusals["strides"].isVisible()


def test_a_field_that_may_be_empty_can_be_emptied(tab):
    holding(tab, (Conv2D(filters=2), MaxPooling2D(strides=1), Flatten(), END))
    click(tab, (1,))
    strides = field(tab, "strides")
    assert strides.value() == 1
    QTest.keyClick(strides, Qt.Key.Key_Down)
    assert tab.editor.layers[1].strides is None and strides.text().startswith("empty")


def test_a_real_number_is_taken_as_typed_and_words_are_refused(tab):
    holding(tab, (Flatten(), Dropout(rate=0.5), END))
    click(tab, (1,))
    rate = field(tab, "rate", QLineEdit)
    type_into(rate, "0.25")
    assert tab.editor.layers[1].rate == 0.25 and rate.text() == "0.25"
    type_into(rate, "a lot")
    assert tab.form.refusals["rate"].isVisible() and tab.editor.layers[1].rate == 0.25
    type_into(rate, "1.5")
    assert "1" in tab.form.refusals["rate"].text() and tab.editor.layers[1].rate != 1.5


def test_a_regularizer_is_chosen_with_its_strength(simple):
    click(simple, (0,))
    part = simple.form.inputs["kernel_regularizer"]
    part.choice.setCurrentIndex(part.choice.findText("L2"))
    part.choice.activated.emit(part.choice.currentIndex())
    assert simple.editor.layers[0].kernel_regularizer == L2()
    type_into(simple.form.findChild(QLineEdit, "field-kernel_regularizer-l2"), "0.01")
    assert simple.editor.layers[0].kernel_regularizer == L2(l2=0.01)


def test_the_focused_field_explains_itself(simple, window, qtbot):
    click(simple, (0,))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field(simple, "strides").setFocus()
    assert "How far the window moves" in simple.form.help.text() and "1 to 31 px" in simple.form.help.text()


def test_a_choice_is_taken(simple):
    click(simple, (0,))
    box = field(simple, "padding", QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert simple.editor.layers[0].padding == "same"


# Totals, presets, data.


def test_the_totals_are_those_of_the_network(simple):
    totals = simple.drawing.totals
    assert totals.parameters.text() == "13,610"  # 80 + 13,530
    assert totals.receptive_field.text() == "4 × 4"  # 3, and the neighbor
    # convolution 26*26*8*(2*9+1), pooling 13*13*8*4, dense 2*1352*10+10, softmax 10
    assert totals.flops.text() == "135 k"
    before = totals.memory.text()
    training = msgspec.structs.replace(simple.editor.base.training, batch_size=1000)
    simple.editor.use_training(training)
    assert totals.memory.text() != before and "1,000" in totals._memory_unit.text()


def test_a_preset_is_taken_and_undo_brings_the_old_layers_back(simple):
    head = simple.head
    row = next(row for row in range(head.selector.count()) if "4 conv" in head.selector.itemText(row))
    head.selector.setCurrentIndex(row)
    head.selector.activated.emit(row)
    assert simple.editor.layers == find_recipe("mnist-4conv-rmsprop").layers
    assert not simple.editor.edited
    press_button(simple, "undoLayerButton")
    assert simple.editor.layers == SIMPLE
    assert head.selector.currentText() == "Mine"


def test_a_presets_source_and_reported_result_are_shown(tab):
    tab.editor.take(find_recipe("mnist-4conv-rmsprop"))
    source = find_recipe("mnist-4conv-rmsprop").source
    text = tab.head.source.toolTip()
    assert source.citation in text and f"{100 * source.reported_accuracy:.2f} %" in text


def test_an_edited_preset_is_called_so_and_its_own_again_when_it_is_changed_back(tab):
    title = tab.editor.base.title
    assert tab.head.selector.currentText() == title
    tab.editor.change((0,), "filters", 17)
    assert tab.head.selector.currentText() == f"{title} (edited)"
    tab.editor.undo()
    assert tab.head.selector.currentText() == title


# Kept, saved, opened, copied.


def test_the_network_is_kept_until_the_next_launch(simple, window):
    simple.editor.change((0,), "filters", 99)
    window.tabs.setCurrentWidget(window.draw)  # it is written at once when the tab is left
    base, layers = kept_draft()
    assert layers == (Conv2D(filters=99), *SIMPLE[1:])
    assert base.title == "Mine"


def test_a_kept_preset_is_still_compared_with_the_preset(tab, window):
    tab.editor.change((0,), "filters", 17)
    window.tabs.setCurrentWidget(window.draw)
    base, layers = kept_draft()
    assert base.layers == find_recipe(base.name).layers and layers[0].filters == 17


def test_a_damaged_kept_network_is_no_obstacle(own_home):
    draft_file().parent.mkdir(parents=True)
    draft_file().write_text("layers = [", encoding="utf-8")
    assert kept_draft() is None


def test_a_saved_recipe_is_the_same_when_opened(simple, tmp_path, qtbot):
    simple.editor.change((0,), "filters", 21)
    path = tmp_path / "mine.toml"
    simple.files.save(path)
    wait(qtbot, simple.files.said, path.exists)
    assert load_recipe(path).layers == simple.editor.layers
    simple.editor.take(find_recipe("studio-quick"))
    simple.files.open(path)
    qtbot.waitUntil(lambda: simple.editor.layers[0].filters == 21)
    assert simple.editor.base.title == "Mine"


def test_a_recipe_from_the_future_is_refused_and_nothing_is_lost(simple, tmp_path, qtbot):
    path = tmp_path / "future.toml"
    save_recipe(simple.editor.base, path)
    path.write_text("quantum = true\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    simple.files.open(path)
    qtbot.waitUntil(simple.banner.isVisible)
    assert "quantum" in simple.banner.text and simple.editor.layers == SIMPLE
    assert simple.banner.text.endswith("a newer CNN Studio may know it.")


def test_the_copied_script_is_python_with_the_edited_network(simple):
    simple.editor.change((0,), "filters", 23)
    simple.files.copy_script()
    text = QGuiApplication.clipboard().text()
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    convolutions = [call for call in calls if getattr(call.func, "attr", "") == "Conv2D"]
    assert [call.args[0].value if call.args else call.keywords[0].value.value for call in convolutions] == [
        23
    ]


def test_a_network_that_does_not_fit_has_no_script_but_a_reason(simple):
    simple.editor.change((1,), "pool_size", 31)
    QGuiApplication.clipboard().setText("before")
    simple.files.copy_script()
    assert simple.banner.isVisible() and "Layer 2" in simple.banner.text
    assert QGuiApplication.clipboard().text() == "before"


def test_the_summary_is_shown_and_copied(simple):
    simple.files.show_summary()
    dialog = simple.findChild(QDialog, "summaryDialog")
    text = dialog.findChild(QPlainTextEdit).toPlainText()
    assert "conv2d_1 (Conv2D)" in text and "Total params: 13,610" in text
    QTest.mouseClick(dialog.findChild(QPushButton, "copySummaryButton"), LEFT)
    assert QGuiApplication.clipboard().text() == text
    dialog.close()


# Hand-over to the Train tab.


def test_the_network_is_handed_to_the_train_tab_as_an_edit(tab, window, engine):
    title = tab.editor.base.title
    tab.editor.change((0,), "filters", 19)
    QTest.mouseClick(tab.head.train_button, LEFT)
    assert window.tabs.currentWidget() is window.train
    panel = window.train.panel
    assert panel.recipe_selector.currentText() == f"{title} (edited)"
    window.train.start()
    assert engine.recipes[-1].layers[0].filters == 19


def test_a_preset_chosen_in_the_train_tab_leaves_the_edited_network(tab, window):
    tab.editor.change((0,), "filters", 19)
    layers = tab.editor.layers
    QTest.mouseClick(tab.head.train_button, LEFT)
    panel = window.train.panel
    panel.recipe_selector.setCurrentIndex(panel.recipe_selector.findData("fashion-vgg2"))
    assert tab.editor.layers == layers
    assert tab.editor.info.name == "fashion_mnist"  # but it is checked against the data chosen there


def test_an_unedited_network_follows_the_train_tab(tab, window):
    panel = window.train.panel
    panel.recipe_selector.setCurrentIndex(panel.recipe_selector.findData("fashion-vgg2"))
    assert tab.editor.layers == find_recipe("fashion-vgg2").layers


def test_what_is_handed_over_twice_is_what_it_was_last(tab, window):
    tab.editor.change((0,), "filters", 19)
    QTest.mouseClick(tab.head.train_button, LEFT)
    count = window.train.panel.recipe_selector.count()
    window.tabs.setCurrentWidget(window.model)
    tab.editor.change((0,), "filters", 20)
    QTest.mouseClick(tab.head.train_button, LEFT)
    assert window.train.panel.recipe().layers[0].filters == 20
    assert window.train.panel.recipe_selector.count() == count


def test_a_preset_chosen_here_is_the_train_tabs_too_and_stays_when_another_field_changes(tab, window):
    choice = tab.head.selector
    rows = [choice.itemData(row) for row in range(choice.count())]
    choice.setCurrentIndex([recipe.name for recipe in rows if recipe is not None].index("fashion-vgg2"))
    choice.activated.emit(choice.currentIndex())
    panel = window.train.panel
    assert panel.recipe_selector.currentData() == "fashion-vgg2"
    panel.epochs.setValue(3)
    assert tab.editor.layers == find_recipe("fashion-vgg2").layers
    assert panel.recipe().training.epochs == 3


def test_a_recipe_opened_here_under_a_presets_name_is_trained_as_it_stands_in_its_file(
    tab, window, tmp_path, qtbot
):
    own = tab.editor.base
    own = msgspec.structs.replace(
        own,
        augmentation=msgspec.structs.replace(own.augmentation, rotation_degrees=40.0),
        training=msgspec.structs.replace(own.training, epochs=123),
    )
    save_recipe(own, tmp_path / "mine.toml")
    with qtbot.waitSignal(tab.editor.taken, timeout=20_000):
        tab.files.open(tmp_path / "mine.toml")
    QTest.mouseClick(tab.head.train_button, LEFT)
    trained = window.train.panel.recipe()
    assert (trained.augmentation.rotation_degrees, trained.training.epochs) == (40.0, 123)


def test_a_persons_own_network_kept_from_an_earlier_launch_is_not_swapped_for_a_preset(tab, window):
    own = msgspec.structs.replace(tab.editor.base, name="mine", layers=SIMPLE)
    tab.editor.resume(own, SIMPLE)
    panel = window.train.panel
    panel.epochs.setValue(7)
    panel.recipe_selector.setCurrentIndex(panel.recipe_selector.findData("studio-accurate"))
    assert tab.editor.layers == SIMPLE


# The layer at work.


@pytest.fixture
def pane(simple, qtbot):
    made = simple.explanation
    qtbot.waitUntil(lambda: made.stage.moment is not None, timeout=60_000)
    return made


def first_test_picture():
    return mnist_test_images()[0][0] / 255


def shown(simple, qtbot, path):
    """Select a layer and wait until it is at work."""
    if path != simple.editor.selection:
        with qtbot.waitSignal(simple.explanation.stage.moved):
            simple.editor.select(path)
    simple.grab()  # the layout is as it will be
    return simple.explanation.stage


def test_the_selected_layer_is_at_work_on_a_picture_of_the_data(simple, pane, qtbot):
    stage = shown(simple, qtbot, (1,))
    stage.choose(5, 6)
    window = first_test_picture()[10:12, 12:14]
    assert pane.lines.text().endswith(f"= {window.max():.2f}")
    QTest.mouseClick(pane.next_button, LEFT)
    window = mnist_test_images()[0][1][10:12, 12:14] / 255
    assert pane.lines.text().endswith(f"= {window.max():.2f}")


def test_the_mouse_moves_the_window(simple, pane, qtbot):
    stage = shown(simple, qtbot, (0,))
    _, after = stage.areas()
    point = after.topLeft() + (after.bottomRight() - after.topLeft()) * (20.5 / 26)
    QTest.mouseClick(stage, LEFT, NO_KEYS, point.toPoint())
    assert stage.position == (20, 20)
    patch = first_test_picture()[20:23, 20:23]
    value = (patch[:, 2] - patch[:, 0]).sum() / 3  # the example filter finds vertical edges
    assert pane.lines.text().replace("−", "-").endswith(f"= {value:.2f}".replace("-0.00", "0.00"))


def test_the_arrow_keys_move_the_window_and_stop_at_the_rim(simple, pane, qtbot):
    stage = shown(simple, qtbot, (0,))
    stage.choose(0, 25)
    QTest.keyClick(stage, Qt.Key.Key_Right)
    QTest.keyClick(stage, Qt.Key.Key_Down)
    assert stage.position == (1, 25)


def test_a_pixel_is_found_again_after_flatten(simple, pane, qtbot):
    stage = shown(simple, qtbot, (2,))
    before, _ = stage.areas()
    corner, way = before.topLeft(), before.bottomRight() - before.topLeft()
    QTest.mouseMove(stage, (corner + way * (10.5 / 28)).toPoint())
    QTest.mouseMove(stage, (corner + way * (14.5 / 28)).toPoint())
    assert pane.lines.text().startswith("14 × 28 + 14 = 406")


def test_the_dense_layers_softmax_is_written_out_for_a_class(simple, pane, qtbot):
    stage = shown(simple, qtbot, (3,))
    stage.choose(0, 7)
    share = float(pane.lines.text().rpartition("= ")[2])
    assert share > 0.5  # the first test picture is a 7, and looks like the mean 7
    assert not pane.filters.isVisible()


def test_a_block_that_needs_several_channels_says_so(simple, pane, qtbot):
    holding(simple, (Block(name="inner", layers=(LayerNormalization(),)), Flatten(), END))
    simple.editor.select((0,))
    qtbot.waitUntil(lambda: "cannot be shown" in pane.note.text())
    assert not pane.stage.isVisible() and not pane.lines.isVisible()


def test_what_stands_in_for_channels_and_weights_is_said(simple, pane, qtbot):
    holding(
        simple,
        (
            ZeroPadding2D(),
            SeparableConv2D(filters=4),
            LayerNormalization(),
            SpatialDropout2D(),
            ResidualBlock(name="inner", layers=(Conv2D(filters=4, padding="same"),)),
            Flatten(),
            END,
        ),
    )
    said = []
    for number in range(7):
        stage = shown(simple, qtbot, (number,))
        assert stage.isVisible() and pane.lines.text()
        said.append(pane.note.text())
    ways = (
        "Move the mouse",
        "two channels",
        "example filters",
        "example filters",
        "one channel",
        "Move the mouse",
    )
    assert all(way in note for way, note in zip((*ways, "mean image"), said, strict=True))


def test_the_tab_is_painted_dark_and_light_again(simple, pane, window):
    light = pixels_of(window)
    window.choose_theme("dark")
    assert pixels_of(window)[:, :, :3].mean() < 100 < 180 < light[:, :, :3].mean()
    window.choose_theme("light")
    assert (pixels_of(window) == light).all()


def test_it_fits_the_smallest_window(simple, pane, window):
    simple.editor.take(find_recipe("studio-accurate"))
    assert window.minimumSizeHint().width() <= 1024
    room = 680 - (window.height() - window.model.height())
    assert simple.minimumSizeHint().height() <= room
