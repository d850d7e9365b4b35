"""Reading runs for a comparison: each as far as its files can be read."""

import numpy as np
import pytest
from compared_runs import made_run
from scipy import stats

from cnn_studio.core.runs.run_comparison import group_accuracies, pair_tests, read_compared
from cnn_studio.core.runs.seed_groups import seed_groups


def test_figures_of_a_run_are_those_of_its_answers(tmp_path):
    (run,) = read_compared([made_run(tmp_path, "a", range(95))])
    assert (run.accuracy, run.errors, run.seconds) == (pytest.approx(0.9905), 95, 4.0)
    expected = stats.binomtest(9905, 10_000).proportion_ci(method="wilson")
    assert run.interval == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert run.row.parameters == (5 * 5 * 16 + 16) + (5 * 5 * 16 * 32 + 32) + (4 * 4 * 32 * 128 + 128) + 1290
    assert [row["epoch"] for row in run.history] == [1, 2]
    assert (run.problem, run.row.test_set_uses) == ("", 1)


def test_damaged_and_missing_files_become_sentences_and_the_rest_is_read(tmp_path):
    folders = [made_run(tmp_path, name, range(9)) for name in "abcd"]
    content = (folders[1] / "evaluation.npz").read_bytes()
    (folders[1] / "evaluation.npz").write_bytes(content[: len(content) // 2])
    (folders[2] / "evaluation.npz").unlink()
    (folders[2] / "history.csv").write_text("epoch,loss\n1,zero\n")
    (folders[3] / "run.json").write_text("{")
    runs = read_compared([*folders, tmp_path / "nowhere"])
    assert [run.evaluation is not None for run in runs] == [True, False, False, True, False]
    assert [bool(run.history) for run in runs] == [True, True, False, True, False]
    assert runs[1].problem == "evaluation.npz is truncated or damaged: evaluate the run again."
    assert runs[2].problem == "It has no evaluation yet."
    assert "run.json" in runs[3].problem
    assert "run.json is missing" in runs[4].problem
    assert runs[1].accuracy == pytest.approx(0.9991)  # what the training's end said of it
    assert [(test.first, test.second) for test in pair_tests(runs)] == [(0, 3)]


def test_every_run_has_a_name_of_its_own(tmp_path):
    folders = [
        made_run(tmp_path, "a", [], seed=1),
        made_run(tmp_path, "b", [], seed=2),
        made_run(tmp_path, "c", [], seed=2),
        made_run(tmp_path, "d", [], title="Mine"),
    ]
    names = [run.name for run in read_compared(folders)]
    assert len(set(names)) == 4
    assert names[0].endswith("seed 1") and names[0].startswith("1 · ")
    assert names[3] == "4 · Mine"
    assert [run.name for run in read_compared(folders[2:])][1] == "Mine"


def test_p_values_of_all_pairs_are_corrected_together(tmp_path):
    folders = [
        made_run(tmp_path, "a", range(100)),
        made_run(tmp_path, "b", range(10, 100)),
        made_run(tmp_path, "c", range(95, 100)),
        made_run(tmp_path, "d", range(5), dataset="fashion_mnist"),
    ]
    tests = pair_tests(read_compared(folders))
    assert [(test.first, test.second) for test in tests] == [(0, 1), (0, 2), (1, 2)]
    # a coin that falls 10, 95 and 85 times on one side: 2 / 2**n
    alone = [2.0**-9, 2.0**-94, 2.0**-84]
    assert [test.p_value for test in tests] == pytest.approx(alone, rel=1e-9)
    assert [test.corrected for test in tests] == pytest.approx(
        [alone[0], 3 * alone[1], 2 * alone[2]], rel=1e-9
    )


def test_only_trainings_that_finished_count_as_seeds(tmp_path):
    folders = [made_run(tmp_path, name, range(10 + seed), seed=seed) for seed, name in enumerate("abc")]
    text = (folders[2] / "run.json").read_text()
    (folders[2] / "run.json").write_text(text.replace('"finished"', '"stopped"'))
    (group,) = seed_groups([run.row for run in read_compared(folders)])
    assert group_accuracies(group) == pytest.approx([0.9990, 0.9989])
    assert group.seeds == 2


def test_reading_is_given_up_between_runs(tmp_path):
    folders = [made_run(tmp_path, name, []) for name in "ab"]
    asked = iter([False, True])
    assert len(read_compared(folders, lambda: next(asked))) == 1


def test_answers_are_told_apart_from_the_labels(tmp_path):
    (run,) = read_compared([made_run(tmp_path, "a", [3])])
    wrong = np.flatnonzero(run.evaluation.predictions != run.evaluation.labels)
    assert wrong.tolist() == [3]
