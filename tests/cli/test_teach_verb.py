"""cnn-studio teach."""

import gzip
import json

import numpy as np
import pytest

from cnn_studio.core.drawing.jsonl import drawing_line
from cnn_studio.core.synthetic.digits import drawn_digit_strokes


@pytest.fixture
def hand(tmp_path):
    random = np.random.default_rng(0)
    labels = [str(number % 10) for number in range(30)]
    path = tmp_path / "hand.jsonl"
    path.write_text(
        "".join(f"{drawing_line(drawn_digit_strokes(int(each), random), each)}\n" for each in labels)
    )
    return path


def test_teach_tells_before_and_after_and_leaves_a_run_that_answers(trained, run_folder, hand, tmp_path):
    cli, lines = trained
    out = tmp_path / "taught"
    (told,) = cli.json("teach", hand, "--model", run_folder, "--seed", 4, "--out", out)
    assert told["run"] == str(out)
    assert (told["taught"], told["held_back"]["after"]["total"], told["seed"]) == (20, 10, 4)
    assert told["test"]["before"]["right"] == round(10_000 * lines[-1]["test_accuracy"])
    low, high = told["held_back"]["after"]["interval"]
    assert low <= told["held_back"]["after"]["share"] <= high
    assert {name: each["after"]["total"] for name, each in told["by_class"].items()} == dict.fromkeys(
        "0123456789", 1
    )
    assert told["held_back"]["verdict"] in ("same", "noise", "better", "worse")
    (evaluation,) = cli.json("evaluate", out)
    assert evaluation["accuracy"] == pytest.approx(told["test"]["after"]["right"] / 10_000)
    assert len(cli.json("predict", hand, "--model", out)) == 30
    shown = cli("teach", hand, "--model", out, "--seed", 4, "--out", tmp_path / "again")
    assert shown.returncode == 0, shown.stderr
    assert "Drawings held back" in shown.stdout
    assert str(tmp_path / "again") in shown.stdout
    assert "taught was fine-tuned on" in shown.stdout


def test_teach_explains_what_it_cannot_teach(cli, hand, tmp_path, run_folder):
    from cnn_studio.core.base.assets import resource

    done = cli("teach", hand, "--model", resource("models", "digits.onnx"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    assert "cannot be fine-tuned" in done.stderr
    packed = tmp_path / "few.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps({"label": "1", "strokes": [[[0, 0], [0, 9]]]}).encode()))
    done = cli("teach", packed, "--model", run_folder, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "too few drawings" in done.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    done = cli("teach", hand, "--out", tmp_path / "full")
    assert done.returncode == 1
    assert "not an empty folder" in done.stderr
