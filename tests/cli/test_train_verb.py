"""train: its lines, its options, and what an interruption leaves."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from cnn_studio.cli.training_progress import JsonProgress
from cnn_studio.cli.verbs.train import configured
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.protocol.events import RunStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import WatchedTestSplit, save_recipe
from cnn_studio.core.runs.run_folder import read_run

EPOCH_KEYS = {
    "event", "epoch", "epochs", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    "images_per_second",
}  # fmt: skip
RESULT_KEYS = {
    "event", "run", "test_accuracy", "test_loss", "seconds", "images_per_second", "device", "stopped", "recipe",
}  # fmt: skip


@pytest.fixture
def watched(tmp_path):
    """A recipe file that watches the test set, as some sources do."""
    path = tmp_path / "watched.toml"
    save_recipe(msgspec.structs.replace(find_recipe("studio-quick"), split=WatchedTestSplit()), path)
    return path


def test_a_line_an_epoch_then_the_result(trained):
    cli, (epoch, result) = trained
    assert set(epoch) == EPOCH_KEYS
    assert (epoch["event"], epoch["epoch"], epoch["epochs"]) == ("epoch", 1, 1)
    assert set(result) >= RESULT_KEYS
    assert (result["event"], result["stopped"], result["recipe"]) == ("result", False, "studio-quick")
    run = read_run(Path(result["run"]))
    assert run.folder.parent == cli.home / "runs"
    assert (run.record.limit, run.record.recipe.training.seed) == (2000, 7)
    assert run.record.result.test_accuracy == result["test_accuracy"] > 0.3


def test_people_get_the_warning_a_line_an_epoch_and_a_summary(cli, watched, tmp_path):
    done = cli("train", watched, "--limit", 500, "--epochs", 1, "--out", tmp_path / "here")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Warning: The test set is watched" in done.stdout
    assert "Epoch 1/1: loss" in done.stdout
    assert str(tmp_path / "here") in done.stdout
    assert "\x1b" not in done.stdout
    assert (tmp_path / "here" / "model.onnx").is_file()


def test_warnings_are_lines_of_their_own():
    class Lines(list):
        line = list.append

    lines = Lines()
    started = RunStarted(
        run="",
        epochs=1,
        steps=1,
        train_images=1,
        validation_images=0,
        device="",
        precision="",
        warnings=("Look.",),
    )
    JsonProgress(lines).report(started)
    assert lines == [{"event": "warning", "text": "Look."}]


def test_ctrl_c_keeps_what_was_trained_and_exits_with_130(cli):
    with cli.start("train", "studio-quick", "--limit", 2000, "--epochs", 500, "--json") as process:
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""
    assert first["event"] == "epoch"
    result = json.loads(rest.splitlines()[-1])
    assert (result["event"], result["stopped"]) == ("result", True)
    run = read_run(Path(result["run"]))
    assert run.record.status == "stopped"
    assert 1 <= run.record.result.epochs < 500
    assert (run.folder / "model.onnx").is_file()
    assert (run.folder / "model.keras").is_file()


def test_a_reader_that_goes_away_stops_the_training_and_keeps_it(cli):
    with cli.start("train", "studio-quick", "--limit", 2000, "--epochs", 500, "--json") as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(60)
    assert process.returncode == 1
    assert "Traceback" not in errors
    (run,) = (cli.home / "runs").iterdir()
    assert read_run(run).record.status == "stopped"


SLEEPER = """
import time
from cnn_studio.cli import interruption
interruption.ECHO_SECONDS = {echo}
with interruption.Interruption() as asked:
    print("ready", flush=True)
    while not asked.wanted:
        time.sleep(0.01)
    print("noted", flush=True)
    input()
print("done")
"""


def signaled_twice(echo):
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER.format(echo=echo)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "noted\n"
        process.send_signal(signal.SIGINT)
        if echo:
            rest, errors = process.communicate("\n", timeout=20)
        else:
            process.wait(20)
            rest, errors = process.stdout.read(), process.stderr.read()
        assert errors == ""
        return process.returncode, rest


def test_a_second_ctrl_c_ends_at_once():
    assert signaled_twice(echo=0) == (130, "")


def test_the_same_ctrl_c_delivered_twice_counts_once():
    assert signaled_twice(echo=1000) == (0, "done\n")


def test_a_folder_with_something_in_it_is_left_alone(cli, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("important")
    for target in (tmp_path, mine):
        done = cli("train", "studio-quick", "--out", target)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 3
        assert done.stdout == ""
    assert mine.read_text() == "important"


def test_an_unknown_recipe_fails_with_the_names_there_are(cli):
    done = cli("train", "nonsense", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    what, why, remedy = done.stderr.splitlines()
    assert what == "There is no recipe 'nonsense'."
    assert why
    assert "studio-quick" in remedy


@pytest.mark.parametrize(
    ("option", "value"),
    [("--epochs", "0"), ("--batch-size", "-5"), ("--seed", "-1"), ("--limit", "0"), ("--device", "npu"),
     ("--device", "gpu:x"), ("--dataset", "cifar"), ("--epochs", "many"), ("--nonsense", "1")],
)  # fmt: skip
def test_a_wrong_option_is_named_and_exits_with_2(cli, option, value):
    done = cli("train", "studio-quick", option, value)
    assert done.returncode == 2
    assert option in done.stderr
    assert "Traceback" not in done.stderr


def test_options_replace_fields_of_the_recipe_and_leave_the_rest():
    recipe = find_recipe("studio-quick")
    changed = configured(recipe, "fashion_mnist", epochs=9, batch_size=None, device="cpu", seed=0)
    assert (changed.dataset, changed.training.epochs, changed.training.device) == ("fashion_mnist", 9, "cpu")
    assert changed.training.batch_size == recipe.training.batch_size
    assert changed.layers == recipe.layers


def test_a_network_that_does_not_fit_is_refused_before_the_engine_loads():
    recipe = find_recipe("studio-quick")
    with pytest.raises(StudioError, match="Cannot build the network"):
        configured(msgspec.structs.replace(recipe, layers=recipe.layers[:-1]), None)
