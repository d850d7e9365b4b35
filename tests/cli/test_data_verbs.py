"""`cnn-studio data` and `download`, and training on one's own pictures."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def pictures(tmp_path):
    """Three colors as three classes, easy to tell apart; one test image is also a training image."""
    random = np.random.default_rng(0)
    for part, count in (("train", 24), ("test", 6)):
        for channel, name in enumerate(("red", "green", "blue")):
            folder = tmp_path / "colors" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 60, (16, 16, 3), dtype=np.uint8)
                pixels[..., channel] += 180
                Image.fromarray(pixels).save(folder / f"{number}.png")
    leak = tmp_path / "colors" / "train" / "red" / "0.png"
    (tmp_path / "colors" / "test" / "red" / "0.png").write_bytes(leak.read_bytes())
    (tmp_path / "colors" / "train" / "blue" / "scan.png").write_text("nothing")
    return tmp_path / "colors"


def test_report_counts_classes_and_names_leakage_and_files_set_aside(cli, pictures):
    (facts,) = cli.json("data", pictures)
    assert dict(zip(facts["classes"], facts["train_counts"], strict=True)) == {
        "red": 24,
        "green": 24,
        "blue": 24,
    }
    assert facts["test_counts"] == [6, 6, 6]
    assert facts["duplicates_across"] == 1
    assert any("train" in sentence and "test" in sentence for sentence in facts["warnings"])
    assert [file["name"] for file in facts["set_aside"]] == ["train/blue/scan.png"]


def test_own_pictures_are_learned_evaluated_and_predicted_in_color(cli, pictures, tmp_path):
    run = tmp_path / "run"
    training = ("--dataset", pictures, "--epochs", 8, "--batch-size", 8)
    *events, result = cli.json("train", "studio-quick", *training, "--out", run)
    assert result["test_accuracy"] == 1.0
    (warning,) = (event["text"] for event in events if event["event"] == "warning")
    assert warning.startswith("1 file was set aside: train/blue/scan.png: ")
    (evaluation,) = cli.json("evaluate", run)
    assert evaluation["accuracy"] == 1.0
    assert sum(map(sum, evaluation["confusion_matrix"])) == 18
    files = [pictures / "test" / name / "3.png" for name in ("blue", "red", "green")]
    answers = cli.json("predict", *files, "--model", run)
    assert [answer["prediction"] for answer in answers] == ["blue", "red", "green"]


def test_what_is_no_data_set_is_named_with_what_there_is(cli):
    done = cli("data", "no such thing")
    assert done.returncode == 2
    assert "fashion_mnist" in done.stderr
    assert "kmnist" in done.stderr


def test_unknown_download_is_a_usage_error(cli):
    assert cli("download", "imagenet").returncode == 2
