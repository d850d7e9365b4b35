"""Training: it learns, it keeps what it learned, it stops when asked and says why it fails."""

import csv
import tempfile

import keras
import msgspec
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.predictions import load_evaluation
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    LearningRateChanged,
    RunEnded,
    RunStarted,
    StageEntered,
)
from cnn_studio.core.recipes.optimizers import SGD
from cnn_studio.core.recipes.recipe import Augmentation, NoSplit, RandomSplit, WatchedTestSplit
from cnn_studio.core.recipes.schedules import ConstantSchedule, ReduceLROnPlateau
from cnn_studio.core.runs.run_folder import HISTORY_COLUMNS, read_history, read_run
from cnn_studio.engine.trainer import train
from cnn_studio.inference.classifier import Classifier

FILES = {
    "run.json",
    "history.csv",
    "batches.csv",
    "checkpoint",
    "epochs",
    "model.keras",
    "model.onnx",
    "evaluation.npz",
}


@pytest.fixture(scope="module")
def linear(tiny_recipe):
    """The smallest recipe there is: one dense layer, small steps, two epochs."""
    return msgspec.structs.replace(
        tiny_recipe,
        layers=(Flatten(), Dense(units=10, activation="softmax")),
        optimizer=SGD(learning_rate=0.1),
        schedule=ConstantSchedule(),
        split=RandomSplit(fraction=0.5),
        training=msgspec.structs.replace(
            tiny_recipe.training, epochs=2, batch_size=50, precision="float32", steps_per_execution=1
        ),
    )


@pytest.fixture(scope="module")
def learned(tmp_path_factory, tiny_recipe):
    """A short real training: run, events."""
    training = msgspec.structs.replace(tiny_recipe.training, epochs=2)
    recipe = msgspec.structs.replace(tiny_recipe, training=training)
    events = []
    run = train(recipe, tmp_path_factory.mktemp("runs") / "learned", events.append, limit=4000, job="j")
    return run, events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_short_training_learns_to_read_digits(learned):
    run, _ = learned
    assert run.record.result.test_accuracy > 0.85
    rows = read_history(run.folder)
    assert rows[1]["loss"] < rows[0]["loss"]
    assert rows[1]["val_accuracy"] > 0.85


def test_finished_run_leaves_all_its_files_and_no_scraps(learned):
    run, _ = learned
    assert {path.name for path in run.folder.iterdir()} == FILES
    assert read_run(run.folder) == run
    assert (run.record.status, run.record.id, run.record.limit) == ("finished", "learned", 4000)
    assert {"tensorflow", "keras", "cnn-studio", "python"} <= set(run.record.versions)


def test_result_is_that_of_the_saved_answers_by_scikit_learn(learned):
    run, _ = learned
    evaluation = load_evaluation(run.folder / "evaluation.npz")
    labels = load_subset("mnist", "test")[1]
    np.testing.assert_array_equal(evaluation.labels, labels)
    answers = evaluation.probabilities.astype(np.float64)
    answers /= answers.sum(axis=1, keepdims=True)
    result = run.record.result
    assert result.test_accuracy == pytest.approx(accuracy_score(labels, answers.argmax(axis=1)))
    assert result.test_loss == pytest.approx(log_loss(labels, answers), rel=1e-4)


def test_history_has_a_row_an_epoch_with_the_reported_figures(learned):
    run, events = learned
    with (run.folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    ended = of(events, EpochEnded)
    assert tuple(rows[0]) == HISTORY_COLUMNS
    assert [int(row["epoch"]) for row in rows] == [1, 2] == [event.epoch for event in ended]
    for row, event in zip(rows, ended, strict=True):
        assert float(row["val_accuracy"]) == event.val_accuracy
        assert float(row["loss"]) == event.loss
    best = max(ended, key=lambda event: event.val_accuracy)
    result = run.record.result
    assert (result.best_epoch, result.best_val_accuracy) == (best.epoch, best.val_accuracy)


def test_events_come_in_order_with_the_right_counts(learned):
    run, events = learned
    started, ended = events[0], events[-1]
    assert isinstance(started, RunStarted)
    assert isinstance(ended, RunEnded)
    assert (started.train_images, started.validation_images) == (3800, 200)
    assert (started.epochs, started.steps) == (2, 30)  # 3,800 images in batches of 128
    assert (ended.stopped, ended.result) == (False, run.record.result)
    assert {event.job for event in events} == {"j"}
    batches = of(events, BatchEnded)
    assert [(batch.epoch, batch.step) for batch in batches] == sorted((b.epoch, b.step) for b in batches)
    for epoch in (1, 2):
        assert [batch.step for batch in batches if batch.epoch == epoch][-1] == 30
    assert run.record.result.train_images == 2 * 3800


def test_saved_onnx_agrees_with_the_saved_answers_of_keras(learned):
    run, _ = learned
    answers = Classifier(run.folder / "model.onnx").probabilities(load_subset("mnist", "test")[0][:1000])
    expected = load_evaluation(run.folder / "evaluation.npz").probabilities[:1000]
    assert np.abs(answers - expected).max() < 1e-4


def test_saved_keras_file_opens_in_plain_keras_with_the_same_answers(learned):
    run, _ = learned
    model = keras.models.load_model(run.folder / "model.keras")
    answers = np.asarray(model((load_subset("mnist", "test")[0][:500] / 255).astype(np.float32)))
    expected = load_evaluation(run.folder / "evaluation.npz").probabilities[:500]
    np.testing.assert_allclose(answers, expected, atol=1e-5)
    assert {weights.dtype for weights in model.weights} == {"float32"}


def test_same_seed_gives_the_same_history_and_another_seed_does_not(tmp_path, linear):
    augmented = msgspec.structs.replace(linear, augmentation=Augmentation(shift_px=2.0, noise=0.1))
    histories = []
    for number, seed in enumerate((1, 1, 2)):
        recipe = msgspec.structs.replace(
            augmented, training=msgspec.structs.replace(linear.training, seed=seed)
        )
        run = train(recipe, tmp_path / str(number), lambda event: None, limit=400)
        histories.append([(row["loss"], row["val_loss"]) for row in read_history(run.folder)])
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_training_leaves_nothing_in_the_folder_for_temporary_files(tmp_path, linear, monkeypatch):
    """AutoGraph would: it reads the source of what it compiles, which a packaged program does not have."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    train(linear, tmp_path / "run", lambda event: None, limit=500)
    assert list(temporary.iterdir()) == []


def test_stopping_in_the_middle_keeps_what_was_learned(tmp_path, linear):
    asked, events = [], []

    def should_stop():
        asked.append(True)
        return (
            len(asked) == 32
        )  # training batch 8 of the second epoch: 20 of training, 4 of validation before

    run = train(linear, tmp_path / "run", events.append, limit=2000, should_stop=should_stop)
    assert {path.name for path in run.folder.iterdir()} >= FILES - {"checkpoint", "epochs"}
    assert read_run(run.folder).record.status == "stopped"
    assert events[-1].stopped
    assert [row["epoch"] for row in read_history(run.folder)] == [1]
    assert 0.4 < run.record.result.test_accuracy < 1.0
    assert run.record.result.epochs == 1
    assert 1000 < run.record.result.train_images < 2000


def test_stopping_after_the_first_batch_still_leaves_a_whole_run(tmp_path, linear):
    answers = iter([False, True])
    run = train(linear, tmp_path / "run", lambda event: None, limit=400, should_stop=lambda: next(answers))
    assert {path.name for path in run.folder.iterdir()} >= FILES - {"checkpoint", "epochs"}
    assert run.record.status == "stopped"
    assert run.record.result.train_images == 50
    assert read_history(run.folder) == []


def test_stopped_training_says_that_it_is_only_saving_and_a_validating_one_does_not(tmp_path, linear):
    """Who waits for it to end may end its process in any other stage."""
    events = []
    answers = iter([False] * 4 + [True] * 99)  # stopped in the first validation
    train(linear, tmp_path / "run", events.append, limit=200, should_stop=lambda: next(answers))
    stages = [(event.text, event.ending is True) for event in events if isinstance(event, StageEntered)]
    assert stages == [
        ("Epoch 1: validating", False),
        ("Reading the test images", True),
        ("Saving the network", True),
    ]


def test_stopped_before_the_first_batch_is_canceled_and_marked_as_failed(tmp_path, linear):
    with pytest.raises(Canceled):
        train(linear, tmp_path / "run", lambda event: None, limit=400, should_stop=lambda: True)
    assert read_run(tmp_path / "run").record.status == "failed"


def test_stop_skips_remaining_validation(tmp_path, linear):
    events, validating = [], []

    def should_stop():
        inside = bool(of(events, StageEntered))
        validating.extend([True] * inside)
        return len(validating) == 2

    run = train(linear, tmp_path / "run", events.append, limit=6000, should_stop=should_stop)
    assert len(validating) == 2  # 3,000 images are six batches; the other four were never read
    (epoch,) = of(events, EpochEnded)
    assert (epoch.val_loss, epoch.val_accuracy) == (None, None)
    assert run.record.status == "stopped"
    assert read_history(run.folder)[0]["val_accuracy"] is None
    assert run.record.result.best_epoch is None


def test_diverging_training_says_what_to_do_and_is_marked_failed(tmp_path, tiny_recipe):
    wild = msgspec.structs.replace(
        tiny_recipe,
        layers=(Flatten(), *[Dense(units=64)] * 4, Dense(units=10, activation="softmax")),
        optimizer=SGD(learning_rate=10.0, momentum=0.99),
        scaling="none",
        schedule=ConstantSchedule(),
    )
    with pytest.raises(StudioError, match=r"training diverged.*nan.*[Ll]ower the learning rate"):
        train(wild, tmp_path / "run", lambda event: None, limit=2000)
    assert read_run(tmp_path / "run").record.status == "failed"


def test_plateau_reduction_is_reported_and_used_from_the_next_epoch(tmp_path, linear):
    recipe = msgspec.structs.replace(
        linear,
        optimizer=SGD(learning_rate=1e-6),
        schedule=ReduceLROnPlateau(reduction=0.5, patience=1, min_lr=1e-9),
        training=msgspec.structs.replace(linear.training, epochs=3),
    )
    events = []
    train(recipe, tmp_path / "run", events.append, limit=200)
    rates = [event.learning_rate for event in of(events, EpochEnded)]
    assert rates == pytest.approx([1e-6, 1e-6, 5e-7])
    reduced = of(events, LearningRateChanged)
    assert [(event.epoch, event.learning_rate) for event in reduced] == [
        (2, pytest.approx(5e-7)),
        (3, pytest.approx(2.5e-7)),
    ]


def test_watching_the_test_set_is_said_at_the_start(tmp_path, linear):
    events = []
    train(
        msgspec.structs.replace(linear, split=WatchedTestSplit()), tmp_path / "run", events.append, limit=50
    )
    assert events[0].validation_images == 10_000
    assert "flatters" in events[0].warnings[0]
    assert of(events, EpochEnded)[-1].val_accuracy == pytest.approx(events[-1].result.test_accuracy, abs=2e-4)


def test_training_without_validation_leaves_its_figures_empty(tmp_path, linear):
    run = train(
        msgspec.structs.replace(linear, split=NoSplit()), tmp_path / "run", lambda event: None, limit=100
    )
    assert [row["val_loss"] for row in read_history(run.folder)] == [None, None]
    assert run.record.result.best_val_accuracy is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": (Flatten(), Dense(units=3))}, "10 classes"),
        ({"dataset": "nowhere"}, "no data set 'nowhere'"),
        ({"device": "gpu:9"}, "device 'gpu:9' cannot be used.*Choose 'auto' or 'cpu'"),
    ],
)
def test_impossible_wishes_are_refused_without_leaving_a_folder(tmp_path, linear, changes, message):
    device = changes.pop("device", "auto")
    training = msgspec.structs.replace(linear.training, device=device)
    recipe = msgspec.structs.replace(linear, training=training, **changes)
    with pytest.raises(StudioError, match=message):
        train(recipe, tmp_path / "run", lambda event: None, limit=100)
    assert not (tmp_path / "run").exists()


def test_a_network_whose_answers_are_no_numbers_leaves_no_result(tmp_path, linear, monkeypatch):
    """The last step alone may do it: the epoch's mean loss is still a number then."""
    monkeypatch.setattr(
        "cnn_studio.engine.trainer.Answering", lambda *_: lambda x: np.full((len(x), 10), np.nan, np.float32)
    )
    with pytest.raises(StudioError, match="training diverged"):
        train(linear, tmp_path / "run", lambda event: None, limit=200)
    assert read_run(tmp_path / "run").record.status == "failed"
    assert not (tmp_path / "run" / "model.onnx").exists()


def test_every_epoch_shows_all_images_in_an_order_of_its_own(linear, tmp_path, monkeypatch):
    from cnn_studio.engine import training_loop

    def orders(folder, seed):
        shown = []

        class Listening(training_loop.TrainingStep):
            def run(self, numbers, *arguments):
                shown.extend(numbers.ravel().tolist())
                super().run(numbers, *arguments)

        monkeypatch.setattr(training_loop, "TrainingStep", Listening)
        training = msgspec.structs.replace(linear.training, epochs=3, seed=seed)
        recipe = msgspec.structs.replace(linear, training=training, split=NoSplit())
        train(recipe, folder, lambda event: None, limit=150)
        monkeypatch.undo()
        return [tuple(shown[start : start + 150]) for start in range(0, len(shown), 150)]

    first, again, other = (orders(tmp_path / name, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    assert [sorted(order) for order in first] == [list(range(150))] * 3
    assert len({*first, *other}) == 6
    assert first == again


def test_every_batch_is_varied_in_its_own_way_and_less_and_less_at_the_end(linear, tmp_path, monkeypatch):
    from cnn_studio.engine import training_loop

    places, amounts = [], []

    class Listening(training_loop.TrainingStep):
        def run(self, numbers, rates, seed, shares):
            places.extend((seed[0], seed[1] + step) for step in range(len(numbers)))
            amounts.extend(shares)
            super().run(numbers, rates, seed, shares)

    monkeypatch.setattr(training_loop, "TrainingStep", Listening)
    recipe = msgspec.structs.replace(
        linear,
        training=msgspec.structs.replace(linear.training, epochs=4, seed=6),
        augmentation=Augmentation(shift_px=2.0, fade_fraction=0.5),
        split=NoSplit(),
    )
    train(recipe, tmp_path / "faded", lambda event: None, limit=100)  # 4 epochs of 2 batches
    assert places == [(6, place) for place in range(8)]
    assert amounts == pytest.approx([1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25])
