"""`cnn-studio compare` as people run it."""

import pytest
from compared_runs import made_run
from scipy import stats


@pytest.fixture
def runs(studio_home):
    """Four seeds of two recipes, the second better by 20 images, and one without an evaluation."""
    parent = studio_home / "runs"
    made = [
        made_run(parent, "a0", range(100), seed=0),
        made_run(parent, "a1", range(2, 104), seed=1),
        made_run(parent, "b0", [*range(14, 100), *range(200, 209)], recipe="mnist-adadelta", seed=0),
        made_run(parent, "b1", range(40, 100), recipe="mnist-adadelta", seed=1),
        made_run(parent, "c", range(50), recipe="studio-accurate"),
    ]
    (made[4] / "evaluation.npz").unlink()
    return [folder.name for folder in made]


def of(rows, kind):
    return [row for row in rows if row["type"] == kind]


def test_the_ledger_of_two_runs(cli, runs):
    rows = cli.json("compare", runs[0], runs[2])
    (pair,) = of(rows, "pair")
    assert (pair["fixed"], pair["broken"], pair["both_wrong"], pair["both_right"]) == (14, 9, 86, 9891)
    assert sorted(pair["fixed_images"]) == list(range(14))
    assert sorted(pair["broken_images"]) == list(range(200, 209))
    assert pair["p_value"] == pytest.approx(stats.binomtest(14, 23, 0.5).pvalue)
    assert pair["p_value"] == pair["corrected_p_value"]
    assert pair["within_noise"] is True
    assert [row["errors"] for row in of(rows, "run")] == [100, 95]
    assert [row["test_looks"] for row in of(rows, "run")] == [1, 3]  # the second watched it for two epochs
    fields = {row["field"]: row["values"] for row in of(rows, "difference")}
    assert fields["optimizer"] == ["Adam, learning rate 0.006", "Adadelta, learning rate 1"]
    assert "epsilon" not in " ".join(fields)


def test_several_runs_are_corrected_grouped_and_their_means_compared(cli, runs):
    rows = cli.json("compare", *runs)
    pairs = of(rows, "pair")
    told = [row for row in pairs if "p_value" in row]
    assert (len(pairs), len(told)) == (10, 6)
    assert all(row["corrected_p_value"] >= row["p_value"] for row in told)
    assert [row["one_recipe"] for row in told] == [True, False, False, False, False, True]
    assert all("It has no evaluation yet." in row["problem"] for row in pairs if "p_value" not in row)
    groups = of(rows, "seeds")
    assert [(row["seeds"], row["trainings"]) for row in groups] == [(2, 2), (2, 2), (1, 1)]
    assert groups[0]["mean"] == pytest.approx(0.9899)
    compared = of(rows, "seeds_compared")
    expected = stats.ttest_ind([0.9905, 0.9940], [0.9900, 0.9898], equal_var=False)
    assert [row["p_value"] for row in compared] == pytest.approx([expected.pvalue])


def test_text_says_what_is_noise_in_words(cli, runs):
    done = cli("compare", runs[0], runs[2])
    assert done.returncode == 0, done.stderr
    assert "fixed 14, broke 9, both wrong 86 of 10,000 images" in done.stdout
    assert "this difference is within noise (p = 0.40)" in done.stdout
    assert "this difference is more than noise (p < 0.001)" in cli("compare", runs[0], runs[3]).stdout


def test_one_run_is_a_wrong_usage_and_an_unknown_one_fails(cli, runs):
    assert cli("compare", runs[0]).returncode == 2
    assert cli("compare", runs[0], runs[0]).returncode == 2
    done = cli("compare", runs[0], "nowhere")
    assert done.returncode == 1
    assert "There is no run or model 'nowhere'" in done.stderr


def test_runs_on_other_data_are_not_compared_image_by_image(cli, runs, studio_home):
    made_run(studio_home / "runs", "f", range(50), dataset="fashion_mnist")
    (pair,) = of(cli.json("compare", runs[0], "f"), "pair")
    assert "fashion_mnist" in pair["problem"]
    assert "p_value" not in pair
