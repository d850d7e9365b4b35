"""How often the test images were looked at."""

import msgspec

from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import WatchedTestSplit
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, write_run
from cnn_studio.core.runs.usage_of_test_set import count_use_of_test_set, uses_of_test_set

RESULT = RunResult(
    test_accuracy=0.9, test_loss=0.1, seconds=1.0, images_per_second=1.0, device="cpu", epochs=12
)


def write(folder, recipe):
    folder.mkdir(exist_ok=True)
    record = RunRecord(
        id="r", recipe=recipe, created="2026-01-01", status="finished", classes=("a",), result=RESULT
    )
    write_run(folder, record)
    (folder / "evaluation.npz").write_bytes(b"")


def test_training_looks_once_and_each_evaluation_once_more(tmp_path):
    write(tmp_path, find_recipe("studio-quick"))
    assert uses_of_test_set(tmp_path) == 1
    assert [count_use_of_test_set(tmp_path), count_use_of_test_set(tmp_path)] == [2, 3]
    assert uses_of_test_set(tmp_path) == 3


def test_watching_the_test_set_is_a_look_after_every_epoch(tmp_path):
    write(tmp_path, msgspec.structs.replace(find_recipe("studio-quick"), split=WatchedTestSplit()))
    assert uses_of_test_set(tmp_path) == 13
    assert count_use_of_test_set(tmp_path) == 14


def test_folder_without_anything_was_never_looked_at(tmp_path):
    assert uses_of_test_set(tmp_path) == 0


def test_damaged_count_is_made_anew(tmp_path):
    write(tmp_path, find_recipe("studio-quick"))
    (tmp_path / "looks.json").write_bytes(b'{"test": "many"')
    assert uses_of_test_set(tmp_path) == 1
    assert count_use_of_test_set(tmp_path) == 2
