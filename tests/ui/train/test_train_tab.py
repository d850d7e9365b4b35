"""The Train tab: fields, and a training told by events put together here."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from staging import batch, done, epoch, started

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import Device, JobCanceled, JobFailed, LearningRateChanged, StageEntered
from cnn_studio.core.recipes.presets import find_recipe, preset_names, presets
from cnn_studio.core.recipes.recipe import WatchedTestSplit, recipe_to_toml
from cnn_studio.ui.train.recipe_panel import RecipePanel

LEFT = Qt.MouseButton.LeftButton
TOOLTIP = Qt.ItemDataRole.ToolTipRole
FIELDS = (
    "recipeSelector", "datasetSelector", "deviceSelector", "epochsSpin", "batchSizeSpin", "seedSpin", "openRecipeButton",
)  # fmt: skip


def part(tab, name):
    """Return a widget of the tab by its object name."""
    return tab.findChild(QWidget, name)


def choose(train, name):
    part(train, "recipeSelector").setCurrentIndex(part(train, "recipeSelector").findData(name))


def begin(train, qtbot, engine, epochs=3):
    """Click Train and return the job's name."""
    part(train, "epochsSpin").setValue(epochs)
    qtbot.mouseClick(train.train_button, LEFT)
    return engine.jobs[-1]


@pytest.mark.parametrize("name", preset_names())
def test_recipe_fills_the_fields_and_comes_back_unchanged(train, name):
    recipe = find_recipe(name)
    choose(train, name)
    assert part(train, "datasetSelector").currentData() == recipe.dataset
    assert part(train, "epochsSpin").value() == recipe.training.epochs
    assert part(train, "batchSizeSpin").value() == recipe.training.batch_size
    assert part(train, "learningRateSpin").value() == pytest.approx(recipe.optimizer.learning_rate, abs=5e-9)
    assert part(train, "seedSpin").value() == recipe.training.seed
    assert train.panel.recipe() == recipe


def test_changed_fields_are_in_the_recipe(train):
    choose(train, "studio-quick")
    part(train, "epochsSpin").setValue(7)
    part(train, "batchSizeSpin").setValue(64)
    part(train, "learningRateSpin").setValue(0.0125)
    part(train, "seedSpin").setValue(99)
    part(train, "datasetSelector").setCurrentIndex(part(train, "datasetSelector").findData("fashion_mnist"))
    recipe, original = train.panel.recipe(), find_recipe("studio-quick")
    assert (recipe.training.epochs, recipe.training.batch_size, recipe.training.seed) == (7, 64, 99)
    assert recipe.optimizer.learning_rate == pytest.approx(0.0125)
    assert recipe.dataset == "fashion_mnist"
    assert recipe.layers == original.layers
    assert recipe.training.precision == original.training.precision
    train.panel.form.more.button.setChecked(True)
    choice = part(train, "precisionSelector")
    choice.setCurrentIndex(choice.findText("float32"))
    assert train.panel.recipe().training.precision == "float32"


def test_choosing_a_recipe_again_takes_back_changes(train):
    choose(train, "studio-quick")
    part(train, "epochsSpin").setValue(77)
    choose(train, "fashion-vgg2")
    choose(train, "studio-quick")
    assert train.panel.recipe() == find_recipe("studio-quick")


@pytest.mark.parametrize("recipe", presets(), ids=lambda recipe: recipe.name)
def test_warning_is_shown_where_the_test_set_is_watched(train, recipe):
    choose(train, recipe.name)
    assert part(train, "recipeWarning").isVisible() == isinstance(recipe.split, WatchedTestSplit)
    if part(train, "recipeWarning").isVisible():
        assert "test set is watched" in part(train, "recipeWarning").text()


def test_recipe_file_of_ones_own_is_chosen(train, tmp_path):
    path = tmp_path / "mine.toml"
    text = recipe_to_toml(find_recipe("studio-quick")).replace('"studio-quick"', '"mine"')
    path.write_text(text, encoding="utf-8")
    train.panel.open_recipe(path)
    assert train.panel.recipe().name == "mine"


def opened_recipe(train, tmp_path, change):
    """Open studio-quick, changed."""
    path = tmp_path / "mine.toml"
    path.write_text(change(recipe_to_toml(find_recipe("studio-quick"))), encoding="utf-8")
    train.panel.open_recipe(path)


@pytest.mark.parametrize("rate", [3e-6, 1.25e-7, 0.000123456, 0.0123456789012])
def test_small_and_long_learning_rates_are_kept_as_they_are(train, tmp_path, rate):
    own = find_recipe("studio-quick").optimizer.learning_rate
    opened_recipe(
        train,
        tmp_path,
        lambda text: text.replace(f"learning_rate = {own}", f"learning_rate = {rate:.15f}"),
    )
    assert train.panel.recipe().optimizer.learning_rate == rate
    assert float(part(train, "learningRateSpin").text()) == pytest.approx(rate, abs=6e-9)
    assert not part(train, "learningRateSpin").text().endswith("0")
    part(train, "learningRateSpin").setValue(0.02)
    assert train.panel.recipe().optimizer.learning_rate == 0.02
    assert part(train, "learningRateSpin").text() == "0.02"


def test_opened_recipe_is_not_what_the_next_launch_looks_for(train, settings, tmp_path):
    choose(train, "fashion-vgg2")
    opened_recipe(train, tmp_path, lambda text: text.replace('"studio-quick"', '"mine"'))
    assert settings.recipe == "fashion-vgg2"


def test_recipe_that_is_gone_leaves_the_usual_one(qtbot, theme):
    panel = RecipePanel(theme, Settings(recipe="long gone"))
    qtbot.addWidget(panel)
    assert panel.recipe().name == "studio-quick"


def test_invalid_recipe_file_is_explained(train, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("name = 'x'\nepochs = 'many'\n", encoding="utf-8")
    before = train.panel.recipe()
    train.panel.open_recipe(path)
    assert train.banner.isVisible()
    assert "is not a valid recipe" in train.banner.text
    assert train.panel.recipe() == before


def test_train_sends_the_recipe_of_the_fields(train, engine, qtbot):
    begin(train, qtbot, engine, epochs=5)
    assert engine.recipes == [train.panel.recipe()]
    assert engine.recipes[0].training.epochs == 5
    assert train.training
    assert not train.train_button.isEnabled()
    assert train.stop_button.isEnabled()
    assert not any(part(train, name).isEnabled() for name in FIELDS)


def test_second_click_starts_no_second_training(train, engine, qtbot):
    begin(train, qtbot, engine)
    qtbot.mouseClick(train.train_button, LEFT)
    train.start()
    assert len(engine.jobs) == 1


def test_epochs_are_drawn_and_the_best_is_marked(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    for number, accuracy, validated in ((1, 0.90, 0.91), (2, 0.95, 0.97), (3, 0.97, 0.96)):
        engine.heard.emit(epoch(job, number, accuracy, validated))
    assert train.view.accuracy.points == {
        "training": [(1, 0.90), (2, 0.95), (3, 0.97)],
        "validation": [(1, 0.91), (2, 0.97), (3, 0.96)],
    }
    assert [value for _, value in train.view.loss.points["validation"]] == pytest.approx([0.09, 0.03, 0.04])
    assert train.view.accuracy.best_epoch == train.view.loss.best_epoch == 2


def test_best_epoch_without_validation_is_that_of_training(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    for number, accuracy in ((1, 0.9), (2, 0.96), (3, 0.95)):
        engine.heard.emit(epoch(job, number, accuracy, None))
    assert train.view.accuracy.best_epoch == 2
    assert train.view.accuracy.points["validation"] == []


def test_progress_shows_epoch_batch_speed_and_time_left(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job, epochs=3, steps=10))
    engine.heard.emit(batch(job, epoch=2, step=5))
    assert (train.view.progress.value(), train.view.progress.maximum()) == (15, 30)
    assert part(train, "trainStatus").text() == "Epoch 2 of 3"
    figures = {name: part(train, f"{name}Figure").text() for name in ("batch", "speed", "left", "elapsed")}
    assert figures == {"batch": "5 of 10", "speed": "9,000", "left": "0:00", "elapsed": "0:00"}


def test_log_tells_what_happened(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    for event in (
        started(job, warnings=("The test set is watched.",)),
        epoch(job, 1, 0.9, 0.91),
        LearningRateChanged(job=job, epoch=1, learning_rate=0.0005),
        done(job, "/runs/this-one"),
    ):
        engine.heard.emit(event)
    lines = [line.split("  ", 1)[1] for line in train.view.log.toPlainText().splitlines()]
    assert lines == [
        f"Recipe {train.panel.recipe().name}, seed {train.panel.recipe().training.seed}",
        "54,000 training and 6,000 validation images, float32 on CPU",
        "The test set is watched.",
        "Epoch 1: loss 0.1000, accuracy 90.00 %; validation loss 0.0900, accuracy 91.00 %; 4.0 s",
        "Learning rate changed to 0.0005",
        "Test accuracy 98.76 %, loss 0.0400",
        "Saved in /runs/this-one",
    ]


def test_finished_run_can_be_inspected_and_trained_again(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    with qtbot.waitSignal(train.ended):
        engine.heard.emit(done(job, "/runs/this-one"))
    assert not train.training
    assert train.train_button.isEnabled()
    assert not train.stop_button.isEnabled()
    assert all(part(train, name).isEnabled() for name in FIELDS)
    assert train.view.progress.value() == train.view.progress.maximum()
    with qtbot.waitSignal(train.inspect_requested) as asked:
        qtbot.mouseClick(train.view.inspect_button, LEFT)
    assert asked.args == ["/runs/this-one"]


def test_double_click_on_stop_stops_once_and_a_second_click_is_taken_later(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    qtbot.mouseClick(train.stop_button, LEFT)
    qtbot.mouseDClick(train.stop_button, LEFT)
    train.stop()
    assert engine.canceled == [job]
    assert train._patience.interval() >= 1000
    with qtbot.waitSignal(train._patience.timeout):
        train._patience.start(0)
    assert train.stop_button.isEnabled()
    assert train.stop_button.text() == "Stop now"
    qtbot.mouseClick(train.stop_button, LEFT)
    assert engine.canceled == [job, job]
    engine.heard.emit(JobCanceled(job=job))
    assert train.train_button.isEnabled()
    assert not train.stop_button.isEnabled()
    assert not train.banner.isVisible()
    assert train.stop_button.text() == "Stop"


def test_stopped_run_is_called_stopped_and_kept(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    engine.heard.emit(done(job, stopped=True))
    assert part(train, "trainStatus").text().startswith("Stopped, and kept")


def test_failure_is_explained_in_three_parts_and_train_works_again(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    engine.heard.emit(
        JobFailed(
            job=job, what="The training diverged.", why="The loss became nan.", remedy="Lower the rate."
        )
    )
    assert train.banner.isVisible()
    assert train.banner.text == "The training diverged. The loss became nan. Lower the rate."
    assert train.train_button.isEnabled()
    assert not train.stop_button.isEnabled()
    begin(train, qtbot, engine)
    assert not train.banner.isVisible()
    assert len(engine.jobs) == 2


def test_traceback_waits_behind_the_details_button(train, engine, qtbot, expected_log):
    expected_log.append("The engine failed")
    job = begin(train, qtbot, engine)
    engine.heard.emit(
        JobFailed(job=job, what="It failed.", why="Why.", remedy="Do.", details="Traceback: here")
    )
    (details,) = (
        button
        for button in train.banner.findChildren(QPushButton)
        if button.text() == "Details" and button.isVisible()
    )
    assert "Traceback" not in train.banner.text
    qtbot.mouseClick(details, LEFT)
    shown = [label.text() for label in train.banner.findChildren(QLabel) if label.isVisible()]
    assert any("Traceback: here" in text for text in shown)


def test_events_of_other_jobs_are_ignored(train, engine, qtbot):
    job = begin(train, qtbot, engine)
    engine.heard.emit(started(job))
    engine.heard.emit(epoch("another", 1, 0.5, 0.5))
    engine.heard.emit(JobFailed(job="another", what="Elsewhere."))
    engine.heard.emit(StageEntered(job="", text="nothing"))
    assert train.training
    assert train.view.accuracy.points["training"] == []
    assert not train.banner.isVisible()


def test_devices_are_listed_and_missing_ones_explained(train, engine, qtbot):
    devices = (
        Device(id="cpu", title="CPU, 2 cores", usable=True, explanation="Always there."),
        Device(id="gpu:0", title="GPU 0: Test", usable=True, memory_bytes=24 * 2**30),
        Device(id="gpus", title="All GPUs, 2", usable=True, explanation="Each batch is shared out."),
        Device(id="", title="Intel GPU", usable=False, explanation="TensorFlow has no driver for it."),
    )
    engine.devices_changed.emit(devices)
    texts = [
        part(train, "deviceSelector").itemText(number)
        for number in range(part(train, "deviceSelector").count())
    ]
    assert texts == ["Automatic (GPU:0)", "CPU, 2 cores", "GPU 0: Test · 24 GiB", "All GPUs, 2", "Intel GPU"]
    enabled = [part(train, "deviceSelector").model().item(number).isEnabled() for number in range(5)]
    assert enabled == [True, True, True, True, False]
    assert part(train, "deviceSelector").itemData(4, TOOLTIP) == "TensorFlow has no driver for it."
    assert part(train, "deviceWhyButton").isVisible()
    qtbot.mouseClick(part(train, "deviceWhyButton"), LEFT)
    assert part(train, "deviceNote").isVisible()
    assert "TensorFlow has no driver for it." in part(train, "deviceNote").text()
    part(train, "deviceSelector").setCurrentIndex(2)
    assert train.panel.recipe().training.device == "gpu:0"


@pytest.mark.parametrize(
    ("chosen", "freed"), [(["gpu:0"], 0), (["cpu"], 1), (["gpus", "cpu", "cpu"], 2), (["cpu", "auto"], 1)]
)
def test_choosing_another_device_than_the_gpu_frees_its_memory(
    train, engine, qtbot, monkeypatch, chosen, freed
):
    """ "auto" stands for the first GPU here: choosing that one by name changes nothing."""
    devices = [Device(id=name, title=name, usable=True) for name in ("cpu", "gpu:0", "gpu:1", "gpus")]
    asked = []
    monkeypatch.setattr(engine._client, "free_accelerators", lambda: asked.append(True))
    engine.devices_changed.emit(tuple(devices))
    selector = part(train, "deviceSelector")
    for name in chosen:
        selector.setCurrentIndex(selector.findData(name))
        selector.activated.emit(selector.currentIndex())  # as Qt does for a person's choice only
    assert len(asked) == freed
