"""Teaching a network a hand: it learns, nothing is lost, the rest is not unlearned, and it can be stopped."""

import hashlib
import json
from collections import Counter

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.jsonl import drawing_line, read_drawings
from cnn_studio.core.evaluation.predictions import load_evaluation
from cnn_studio.core.protocol.events import BatchEnded, FineTuningEnded, StageEntered
from cnn_studio.core.runs.fine_tuning_record import digest_of, read_fine_tuning
from cnn_studio.core.runs.run_folder import KERAS_FILE, list_runs, read_run
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.engine.fine_tuning.fine_tuning_job import fine_tune
from cnn_studio.engine.fine_tuning.rehearsal_data import rehearsal_batches
from cnn_studio.engine.model_files import load_keras
from cnn_studio.inference.classifier import Classifier

STEPS = 300
EACH = 8


def slanted(strokes):
    """A hand that leans far to the left."""
    return [stroke @ np.array([[1.0, 0.0], [0.9, 1.0]]) for stroke in strokes]


def write_hand(path, labels, seed=0):
    random = np.random.default_rng(seed)
    lines = [drawing_line(slanted(drawn_digit_strokes(int(label), random)), label) for label in labels]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def hand(tmp_path_factory):
    return write_hand(tmp_path_factory.mktemp("hand") / "hand.jsonl", [str(n % 10) for n in range(10 * EACH)])


def contents(folder):
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def taught(tmp_path_factory, tiny_run, hand):
    """One teaching: the run, its events, and the files of the model before and after."""
    events, before = [], contents(tiny_run.folder)
    parent = tmp_path_factory.mktemp("taught")
    run = fine_tune(tiny_run.folder, hand, parent, events.append, seed=3, steps=STEPS, job="j")
    return run, events, before, contents(tiny_run.folder)


def test_a_strange_hand_is_learned_and_the_rest_is_kept(taught):
    teaching = read_fine_tuning(taught[0].folder)
    assert (teaching.taught, teaching.held.after.total) == (50, 30)
    assert teaching.held.before.share < 0.5
    assert teaching.held.after.right >= teaching.held.before.right + 4
    assert teaching.held.verdict == "better"
    assert teaching.test.verdict != "worse"


def test_figures_are_those_of_the_files(taught, tiny_run, hand):
    """Read again with ONNX Runtime, by digest: what was held back, and the test images."""
    run = taught[0]
    teaching = read_fine_tuning(run.folder)
    images, labels = load_subset("mnist", "test")
    told = {each.digest: each for each in teaching.drawings}
    drawings = {digest_of(each): each for each in read_drawings(hand)}
    assert told.keys() == drawings.keys()
    for folder, when in ((tiny_run.folder, "before"), (run.folder, "after")):
        classifier = Classifier(folder / "model.onnx")
        right = classifier.probabilities(images).argmax(axis=1) == labels
        assert abs(right.sum() - getattr(teaching.test, when).right) <= 1  # two libraries' rounding
        for digest, drawing in drawings.items():
            seen = drawing_to_input(drawing.arrays(), classifier.card.classes, (28, 28, 1))
            answer = classifier.probabilities(seen[None]).argmax()
            assert getattr(told[digest], when) == str(answer)


def test_the_result_is_an_ordinary_run_that_says_where_it_came_from(taught, tiny_run):
    run = taught[0]
    assert read_run(run.folder) == run
    assert [each.folder for each in list_runs(run.folder.parent)] == [run.folder]
    record = run.record
    assert record.status == "finished"
    assert record.note == f"Fine-tuned from {tiny_run.folder.name}, drawings: 50, seed: 3."
    assert record.recipe.name == "studio-quick, taught"
    assert record.recipe.layers == tiny_run.record.recipe.layers
    evaluation = load_evaluation(run.folder / "evaluation.npz")
    assert record.result.test_accuracy == evaluation.accuracy
    assert len(evaluation.labels) == 10_000
    assert len(read_drawings(run.folder / "taught-drawings.jsonl")) == 80
    model, card = load_keras(run.folder / "model.keras")
    assert card.recipe["name"] == record.recipe.name
    assert 0.5 <= card.temperature <= 3.0
    assert card.temperature != load_keras(tiny_run.folder / "model.keras")[1].temperature
    assert all(layer.trainable for layer in model.layers)


def test_the_model_itself_is_not_touched(taught):
    assert taught[2] == taught[3]


def test_progress_is_told_to_the_end(taught):
    run, events, *_ = taught
    assert {event.job for event in events} == {"j"}
    steps = [event.step for event in events if isinstance(event, BatchEnded)]
    assert steps == sorted(steps)
    assert steps[-1] == STEPS
    assert isinstance(events[0], StageEntered)
    assert isinstance(events[-1], FineTuningEnded)
    assert events[-1].run == str(run.folder)
    assert events[-1].held == read_fine_tuning(run.folder).held


def test_what_a_model_was_taught_is_not_held_back_the_next_time(taught, hand, tmp_path):
    first = read_fine_tuning(taught[0].folder)
    learned = {each.digest for each in first.drawings if not each.held_back}
    again = fine_tune(taught[0].folder, hand, tmp_path, lambda event: None, seed=99, steps=1)
    second = read_fine_tuning(again.folder)
    assert not {each.digest for each in second.drawings if each.held_back} & learned
    assert again.record.recipe.name == "studio-quick, taught"
    assert learned <= set(second.taught_before)
    from_file = fine_tune(taught[0].folder / KERAS_FILE, hand, tmp_path, lambda event: None, seed=99, steps=1)
    third = read_fine_tuning(from_file.folder)
    assert not {each.digest for each in third.drawings if each.held_back} & learned
    assert from_file.record.limit == taught[0].record.limit


@pytest.mark.parametrize("when", [StageEntered, BatchEnded])
def test_a_canceled_teaching_leaves_nothing(tiny_run, hand, tmp_path, when):
    events = []
    with pytest.raises(Canceled):
        fine_tune(
            tiny_run.folder, hand, tmp_path, events.append, steps=10_000,
            should_stop=lambda: any(isinstance(event, when) for event in events),
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert sum(isinstance(event, BatchEnded) for event in events) <= 1


def test_an_onnx_file_cannot_be_taught(tiny_run, hand, tmp_path):
    with pytest.raises(StudioError) as caught:
        fine_tune(tiny_run.folder / "model.onnx", hand, tmp_path, lambda event: None)
    assert "cannot be fine-tuned" in caught.value.what
    assert caught.value.why
    assert "run" in caught.value.remedy


def test_too_few_drawings_are_refused_with_the_reason(tiny_run, tmp_path):
    for number, labels in enumerate((["1"], ["1", "2", "3"], ["x", "x"])):
        path = write_hand(tmp_path / f"{number}.jsonl", ["1"] * len(labels))
        lines = [
            json.loads(line) | {"label": label}
            for line, label in zip(path.read_text().splitlines(), labels, strict=True)
        ]
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        with pytest.raises(StudioError, match="too few drawings"):
            fine_tune(tiny_run.folder, path, tmp_path / "runs", lambda event: None)
    assert not (tmp_path / "runs").exists()


def test_what_cannot_be_used_is_left_out_and_said(tiny_run, hand, tmp_path):
    lines = hand.read_text().splitlines()
    strange = json.dumps(json.loads(lines[0]) | {"label": "A"})
    blank = json.dumps({"label": "1", "strokes": []})
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([*lines, strange, blank, lines[1]]) + "\n")
    teaching = read_fine_tuning(
        fine_tune(tiny_run.folder, path, tmp_path, lambda event: None, steps=1).folder
    )
    assert len(teaching.drawings) == 80
    assert [note for note in teaching.notes if note.startswith("1 left out")] == [
        "1 left out: without a class of this model.", "1 left out: blank.", "1 left out: drawn more than once.",
    ]  # fmt: skip


def test_batch_normalization_keeps_its_statistics(tiny_recipe, tmp_path, hand):
    from cnn_studio.core.network.layers import BatchNormalization, Dense, Flatten
    from cnn_studio.core.runs.model_card import card_for
    from cnn_studio.engine.builder import build_model
    from cnn_studio.engine.model_files import info_of, save_keras

    recipe = msgspec.structs.replace(
        tiny_recipe, layers=(Flatten(), BatchNormalization(), Dense(units=10, activation="softmax"))
    )
    card = card_for(recipe, tuple("0123456789"), (28, 28, 1), 1 / 255, 0.0)
    model = build_model(recipe, info_of(card))
    save_keras(model, card, tmp_path / "model.keras")
    run = fine_tune(tmp_path / "model.keras", hand, tmp_path, lambda event: None, steps=3)
    after = load_keras(run.folder / "model.keras")[0]
    for before, now in zip(model.layers, after.layers, strict=True):
        same = all(
            np.array_equal(*pair) for pair in zip(before.get_weights(), now.get_weights(), strict=True)
        )
        assert same == isinstance(before, keras.layers.BatchNormalization | keras.layers.Flatten)


def test_batches_keep_the_classes_as_common_as_in_the_data_set():
    random = np.random.default_rng(0)
    rest = random.choice(4, 9000, p=[0.1, 0.2, 0.3, 0.4])
    labels = np.concatenate([[2] * 20, rest]).astype(np.int32)  # a hand of twenty drawings, all of one class
    batches = rehearsal_batches(labels, taught=20, steps=400, batch_size=100, seed=1)
    assert batches.shape == (400, 100)
    drawn = Counter(batches[batches < 20].tolist())
    assert max(drawn.values()) - min(drawn.values()) <= 1
    assert sum(drawn.values()) == 400 * 12
    shares = np.bincount(labels[batches].ravel(), minlength=4) / batches.size
    assert shares == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.02)


def test_a_single_drawing_is_no_eighth_of_a_batch():
    labels = np.arange(1000, dtype=np.int32) % 10
    batches = rehearsal_batches(labels, taught=1, steps=50, batch_size=128, seed=0)
    assert (batches == 0).sum(axis=1).max() == 2


def test_a_second_teaching_with_other_drawings_does_not_forget_the_first(taught, hand, tmp_path):
    first = read_fine_tuning(taught[0].folder)
    learned = {each.digest for each in first.drawings if not each.held_back}
    other = write_hand(tmp_path / "other.jsonl", ["1", "1", "2", "2"], seed=8)
    second = fine_tune(taught[0].folder, other, tmp_path, lambda event: None, steps=1)
    teaching = read_fine_tuning(second.folder)
    assert not learned & {each.digest for each in teaching.drawings}
    assert set(teaching.taught_before) == learned | {
        each.digest for each in teaching.drawings if not each.held_back
    }
    both = tmp_path / "both.jsonl"
    both.write_text(hand.read_text() + other.read_text())
    third = read_fine_tuning(
        fine_tune(second.folder, both, tmp_path, lambda event: None, seed=99, steps=1).folder
    )
    assert not {each.digest for each in third.drawings if each.held_back} & set(teaching.taught_before)
