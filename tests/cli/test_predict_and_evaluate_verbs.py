"""evaluate, predict and export."""

import gzip
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

PREDICTION_KEYS = {"source", "index", "prediction", "confidence", "probabilities", "rejected"}
ONE = {"label": "1", "strokes": [[[50, 0], [50, 100]]]}
BLANK = {"strokes": []}


def giant_png(width, height):
    """The few bytes of a PNG file that claims a huge size."""
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            *(
                struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
                for kind, data in ((b"IHDR", size), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
            ),
        )
    )


@pytest.fixture
def inputs(tmp_path):
    """A folder with pictures and drawings, good and bad."""
    one = Image.new("L", (28, 28))
    ImageDraw.Draw(one).line([(14, 4), (14, 24)], fill=255, width=3)
    one.save(tmp_path / "one.png")
    one.save(tmp_path / "moving.gif", save_all=True, append_images=[Image.new("L", (28, 28))])
    Image.new("RGB", (40, 30), "white").save(tmp_path / "blank.jpg")
    (tmp_path / "giant.png").write_bytes(giant_png(100_000, 100_000))
    (tmp_path / "cut.png").write_bytes((tmp_path / "one.png").read_bytes()[:60])
    (tmp_path / "text.png").write_text("no image")
    lines = "".join(f"{json.dumps(drawing)}\n" for drawing in (ONE, BLANK, ONE))
    (tmp_path / "some.jsonl").write_text(lines)
    (tmp_path / "some.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "bad.jsonl").write_text("{}\n")
    (tmp_path / "bad.jsonl.gz").write_text(lines)
    return tmp_path


def test_evaluate_agrees_with_the_training_that_made_the_run(trained, run_folder):
    cli, lines = trained
    (found,) = cli.json("evaluate", run_folder)
    matrix = np.array(found["confusion_matrix"])
    assert found["accuracy"] == pytest.approx(lines[-1]["test_accuracy"])
    assert found["loss"] == pytest.approx(lines[-1]["test_loss"], rel=1e-4)
    assert matrix.shape == (10, 10)
    assert matrix.trace() / matrix.sum() == pytest.approx(found["accuracy"])
    assert found["classes"] == list("0123456789")
    assert [row["name"] for row in found["per_class"]] == found["classes"]
    assert set(found["per_class"][0]) == {"name", "precision", "recall", "f1", "support"}
    assert found["per_class"][3]["recall"] == pytest.approx(matrix[3, 3] / matrix[3].sum())


def test_evaluate_reads_other_images_on_wish(trained, run_folder):
    cli, _ = trained
    (found,) = cli.json("evaluate", run_folder, "--subset", "validation")
    (test,) = cli.json("evaluate", run_folder)
    assert (found["subset"], test["subset"]) == ("validation", "test")
    assert found["images"] < test["images"] == 10_000
    assert 0 < found["kappa"] < 1
    done = cli("evaluate", run_folder, "--subset", "drawings")
    assert done.returncode == 1
    assert "There are no drawings to evaluate." in done.stderr


def test_predict_answers_pictures_and_drawings_in_order(trained, run_folder, inputs):
    cli, _ = trained
    files = ["one.png", "some.jsonl", "blank.jpg", "moving.gif", "some.jsonl.gz"]
    done = cli("predict", *files, "--model", run_folder, "--json", cwd=inputs)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)  # of the animation
    rows = cli.objects(done.stdout)
    assert all(set(row) == PREDICTION_KEYS for row in rows)
    assert [(row["source"], row["index"]) for row in rows] == [
        ("one.png", 0),
        ("some.jsonl", 0),
        ("some.jsonl", 1),
        ("some.jsonl", 2),
        ("blank.jpg", 0),
        ("moving.gif", 0),
        ("some.jsonl.gz", 0),
        ("some.jsonl.gz", 1),
        ("some.jsonl.gz", 2),
    ]
    assert [row["prediction"] for row in rows] == ["1", "1", None, "1", None, "1", "1", None, "1"]
    for row in rows:
        assert sum(row["probabilities"]) == pytest.approx(1)
    blank, one = rows[2], rows[0]
    assert (blank["confidence"], blank["rejected"]) == (0.0, True)
    assert blank["probabilities"] == [0.1] * 10
    assert one["confidence"] == max(one["probabilities"]) == one["probabilities"][1]
    assert rows[5]["probabilities"] == pytest.approx(one["probabilities"])


def test_predict_answers_the_rest_when_files_cannot_be_read(trained, run_folder, inputs):
    cli, _ = trained
    bad = ["giant.png", "cut.png", "text.png", "missing.png", ".", "bad.jsonl", "bad.jsonl.gz", "no.jsonl"]
    files = [name for each in bad for name in (each, "one.png")]
    done = cli("predict", *files, "--model", run_folder, "--json", cwd=inputs)
    assert done.returncode == 1
    assert [json.loads(line)["prediction"] for line in done.stdout.splitlines()] == ["1"] * len(bad)
    told = done.stderr.splitlines()
    assert len(told) == 3 * len(bad)
    for name, what in zip(bad, told[::3], strict=True):
        assert name in what


def test_predict_with_a_run_does_not_load_tensorflow(monkeypatch, trained, run_folder, inputs):
    cli, _ = trained
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    done = cli("predict", "one.png", "--model", run_folder, cwd=inputs)
    assert done.returncode == 0
    assert "onnxruntime" in done.stderr
    assert "tensorflow" not in done.stderr
    assert "PySide6" not in done.stderr
    assert done.stdout.startswith("one.png [0]  1  ")


def test_the_keras_file_of_a_run_answers_like_its_onnx_file(trained, run_folder, inputs):
    cli, _ = trained
    runs = [
        cli.json("predict", "some.jsonl", "--model", f"{run_folder}/model.{kind}", cwd=inputs)
        for kind in ("keras", "onnx")
    ]
    for keras, onnx in zip(*runs, strict=True):
        assert keras["prediction"] == onnx["prediction"]
        assert keras["probabilities"] == pytest.approx(onnx["probabilities"], abs=1e-4)


def test_a_run_is_found_by_its_id(trained, run_folder, inputs):
    cli, _ = trained
    name = run_folder.rsplit("/", 1)[-1]
    assert cli.json("predict", "one.png", "--model", name, cwd=inputs)[0]["prediction"] == "1"


def test_a_model_from_elsewhere_is_refused_with_the_reason(cli, tmp_path):
    stranger = tmp_path / "model.h5"
    stranger.write_bytes(b"\x89HDF")
    done = cli("predict", "one.png", "--model", stranger)
    assert done.returncode == 1
    assert "code" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "verb", [("evaluate",), ("export", "--format", "onnx", "--to", "x.onnx"), ("predict", "x", "--model")]
)
def test_a_missing_model_fails_at_once(cli, verb):
    done = cli(*verb, "no-such-run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no-such-run" in done.stderr


def test_export_writes_a_file_that_answers_the_same(trained, run_folder, inputs):
    cli, _ = trained
    done = cli("export", run_folder, "--format", "onnx", "--to", inputs / "away.onnx")
    assert (done.returncode, done.stderr) == (0, "")
    assert "256 images" in done.stdout
    rows = [
        cli.json("predict", "one.png", "--model", model, cwd=inputs)[0] for model in ("away.onnx", run_folder)
    ]
    assert rows[0]["probabilities"] == pytest.approx(rows[1]["probabilities"], abs=1e-5)


def test_an_unknown_format_is_wrong_usage(trained, run_folder):
    cli, _ = trained
    done = cli("export", run_folder, "--format", "jpeg", "--to", "x")
    assert done.returncode == 2
    assert "savedmodel" in done.stderr


def test_a_letter_gets_its_answer_and_is_rejected(cli, tmp_path):
    strokes = [[[0, 10], [5, 0], [10, 10]], [[2, 6], [8, 6]]]  # an A
    (tmp_path / "a.jsonl").write_text(json.dumps({"strokes": strokes}) + "\n")
    (answer,) = cli.json("predict", tmp_path / "a.jsonl")
    assert answer["rejected"] is True
    assert answer["prediction"] in tuple("0123456789")
    assert "not a digit?" in cli("predict", tmp_path / "a.jsonl").stdout
