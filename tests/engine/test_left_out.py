"""Labels that a person judged are left out of a training, and stay out when it goes on."""

import msgspec
import numpy as np
import pytest

from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.drawing.jsonl import drawing_line
from cnn_studio.core.evaluation.label_verdicts import LabelVerdict, LabelVerdicts, fingerprint
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.protocol.events import RunStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import NoSplit
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.engine.fine_tuning.fine_tuning_job import fine_tune
from cnn_studio.engine.fine_tuning.rehearsal_data import rehearsal_for
from cnn_studio.engine.trainer import resume, train

QUICK = find_recipe("studio-quick")
RECIPE = msgspec.structs.replace(
    QUICK,
    layers=(Flatten(), Dense(units=10, activation="softmax")),
    training=msgspec.structs.replace(QUICK.training, epochs=1, device="cpu"),
    split=NoSplit(),
)


def judge(number, verdict):
    dataset = load_dataset("mnist")
    LabelVerdicts("mnist").add(
        LabelVerdict(
            verdict=verdict,
            subset="train",
            number=number,
            image=fingerprint(dataset.x_train[number]),
            label=int(dataset.y_train[number]),
        )
    )


@pytest.mark.parametrize(
    ("which", "left"), [("none", ()), ("wrong", (4, 90)), ("wrong-and-ambiguous", (4, 8, 90))]
)
def test_a_run_leaves_out_what_its_recipe_says_and_records_it(tmp_path, studio_home, which, left):
    for number, verdict in ((90, "wrong"), (4, "wrong"), (8, "ambiguous"), (9, "fine"), (700, "wrong")):
        judge(number, verdict)
    heard = []
    run = train(msgspec.structs.replace(RECIPE, leave_out=which), tmp_path / "run", heard.append, limit=200)
    started = next(event for event in heard if isinstance(event, RunStarted))
    assert run.record.left_out == left
    assert started.train_images == 200 - len(left)
    assert any("left out" in warning for warning in started.warnings) == (which != "none")


def test_a_run_that_goes_on_leaves_out_what_it_left_out_before(tmp_path, studio_home):
    judge(4, "wrong")
    folder = tmp_path / "run"
    train(msgspec.structs.replace(RECIPE, leave_out="wrong"), folder, lambda event: None, limit=200)
    judge(5, "wrong")
    resume(folder, lambda event: None, extend=1)
    assert read_run(folder).record.left_out == (4,)


def test_a_taught_run_leaves_out_what_its_model_left_out(tmp_path, studio_home):
    judge(4, "wrong")
    judge(90, "wrong")
    run = train(
        msgspec.structs.replace(RECIPE, leave_out="wrong"), tmp_path / "run", lambda event: None, limit=200
    )
    drawings = tmp_path / "drawings.jsonl"
    random = np.random.default_rng(0)
    lines = [drawing_line(drawn_digit_strokes(label, random), str(label)) for label in (1, 1, 2, 2)]
    drawings.write_text("".join(f"{line}\n" for line in lines))
    taught = fine_tune(run.folder, drawings, tmp_path / "taught", lambda event: None, steps=1)
    assert taught.record.left_out == (4, 90)
    again = rehearsal_for(taught.record.recipe, taught.folder, seed=0)
    judged = {fingerprint(image) for image in load_dataset("mnist").x_train[[4, 90]]}
    shown = {fingerprint(image) for image in (*again.x, *again.x_guard)}
    assert len(shown) == 198
    assert not judged & shown
